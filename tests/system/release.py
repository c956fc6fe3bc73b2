# SPDX-License-Identifier: GPL-2.0-or-later
"""A release of Debian with the package in it, as layers that containers are made on.

The root of it (roots.sh) stays as it was made: what apt adds lies in an overlay, in the tests' own /run."""

import pathlib
import shutil
import subprocess

from service import TOP

HERE = pathlib.Path(__file__).resolve().parent
APT = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "--yes"]


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
        self.build_root = TOP / "build" / f"root-{name}-build"
        self.package = TOP / "build" / f"package-{name}"
        self._folder = pathlib.Path(f"/run/release-{name}")

    def is_made(self):
        return all((root / ".made").exists() for root in (self.base, self.build_root))

    @property
    def layers(self):
        return [self._folder / "upper", self.base]

    def build(self):
        """The package, if it is not there yet."""
        done = subprocess.run([HERE / "package.sh", self.name], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        assert done.returncode == 0, done.stdout

    def deb(self, build="first"):
        found, = (self.package / build).glob("ipherald_*.deb")
        return found

    def install(self):
        """As `apt-get install ./ipherald_*.deb` does it, on a machine that does not run."""
        root = overlay(self._folder, self.base)
        shutil.copy(self.deb(), root / "tmp")
        mount("--bind", "/dev", root / "dev")
        mount("-t", "proc", "proc", root / "proc")
        try:
            done = subprocess.run(["chroot", root, *APT, "install", f"/tmp/{self.deb().name}"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, check=False)
            assert done.returncode == 0, done.stdout
        finally:
            umount(root)
        # A journal that outlasts a boot.
        (self._folder / "upper/var/log/journal").mkdir(parents=True, exist_ok=True)
