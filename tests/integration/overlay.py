# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs of a root below build/ (tests/debian_root.sh), run in it. What they and the tests write there lies in an
overlay in memory: the root stays as it was made."""

import pathlib
import subprocess


class Overlay:
    """ROOT, mounted at `path` in the folder WORK, which is made for it."""

    def __init__(self, root, work):
        work = pathlib.Path(work)
        self.path = work / "root"
        for name in ("root", "upper", "scratch"):
            (work / name).mkdir(parents=True)
        layers = f"lowerdir={root},upperdir={work}/upper,workdir={work}/scratch"
        for argv in (["-t", "overlay", "-o", layers, "overlay", self.path],
                     ["--rbind", "/dev", self.path / "dev"],
                     ["-t", "proc", "proc", self.path / "proc"]):
            subprocess.run(["mount", *argv], check=True)

    def command(self, *argv):
        """What runs ARGV in here: chroot turns into it, so that the process keeps its id."""
        return ["chroot", str(self.path), *argv]

    def write(self, path, text):
        (self.path / path).write_text(text, "ascii")

    def close(self):
        subprocess.run(["umount", "--recursive", "--lazy", self.path], check=True)
