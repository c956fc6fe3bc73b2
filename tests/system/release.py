# SPDX-License-Identifier: GPL-2.0-or-later
"""A release of Debian with the program in it, as a layer that containers are made on.

The root of it (roots.sh) stays as it was made: what install.sh adds lies in an overlay, in the tests' own /run."""

import os
import pathlib
import subprocess

from service import TOP

HERE = pathlib.Path(__file__).resolve().parent


def mount(*argv):
    subprocess.run(["mount", *map(str, argv)], check=True)


def umount(path):
    """Not lazily: whoever still holds it is a failure."""
    subprocess.run(["umount", "--recursive", str(path)], check=True)


def overlay(folder, *lower):
    """Mounts FOLDER/root: what is written to it goes to FOLDER/upper, and LOWER stay as they are, the first on top."""
    for name in ("root", "upper", "scratch"):
        (folder / name).mkdir(parents=True)
    layers = ":".join(map(str, lower))
    mount("-t", "overlay", "-o", f"lowerdir={layers},upperdir={folder}/upper,workdir={folder}/scratch", "overlay",
          folder / "root")
    return folder / "root"


class Release:
    def __init__(self, name):
        self.name = name
        self.base = TOP / "build" / f"root-{name}"
        self.build = TOP / "build" / f"system-{name}"
        self._folder = pathlib.Path(f"/run/release-{name}")

    def is_made(self):
        return (self.base / ".made").exists()

    @property
    def layers(self):
        return [self._folder / "upper", self.base]

    def install(self):
        self.build.mkdir(exist_ok=True)
        root = overlay(self._folder, self.base)
        for path in ("src", "build"):
            (root / path).mkdir()
        mount("--bind", "-o", "ro", TOP, root / "src")
        mount("--bind", self.build, root / "build")
        mount("--bind", "/dev", root / "dev")
        mount("-t", "proc", "proc", root / "proc")
        try:
            done = subprocess.run([HERE / "install.sh", root], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, check=False, env={**os.environ, "CC": "gcc"})
            assert done.returncode == 0, done.stdout
        finally:
            umount(root)
        # A journal that outlasts a boot.
        (self._folder / "upper/var/log/journal").mkdir(parents=True, exist_ok=True)
