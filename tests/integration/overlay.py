# SPDX-License-Identifier: GPL-2.0-or-later
"""Roots below build/ (tests/debian_root.sh), used without a change: what programs and tests write there lies in an
overlay, in the tests' own /run."""

import pathlib
import subprocess


def mount(*argv):
    subprocess.run(["mount", *map(str, argv)], check=True)


def umount(path):
    """Not lazily: whoever still holds it is a failure."""
    subprocess.run(["umount", "--recursive", str(path)], check=True)


def overlay(folder, *lower):
    """Mounts FOLDER/root: what is written to it goes to FOLDER/upper, and LOWER stay as they are, the first on top."""
    folder = pathlib.Path(folder)
    for name in ("root", "upper", "scratch"):
        (folder / name).mkdir(parents=True)
    layers = ":".join(map(str, lower))
    mount("-t", "overlay", "-o", f"lowerdir={layers},upperdir={folder}/upper,workdir={folder}/scratch", "overlay",
          folder / "root")
    return folder / "root"


class Overlay:
    """The root LOWER, or the layers of a list of them, mounted at `path` in the FOLDER, which is made for it; programs
    run in it."""

    def __init__(self, lower, folder):
        self.path = overlay(folder, *(lower if isinstance(lower, list) else [lower]))
        mount("--rbind", "/dev", self.path / "dev")
        mount("-t", "proc", "proc", self.path / "proc")

    def command(self, *argv):
        """What runs ARGV in here: chroot turns into it, so that the process keeps its id."""
        return ["chroot", str(self.path), *argv]

    def write(self, path, text):
        (self.path / path).write_text(text, "ascii")

    def close(self):
        """Lazily: a server's children end a moment after it."""
        subprocess.run(["umount", "--recursive", "--lazy", self.path], check=True)
