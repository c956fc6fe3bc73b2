# SPDX-License-Identifier: GPL-2.0-or-later
"""A release of Debian with the package in it, as layers that containers are made on.

The root of it (roots.sh) stays as it was made: what apt adds lies in an overlay, in the tests' own /run."""

import pathlib
import shutil
import subprocess

from overlay import Overlay, umount
from service import TOP

HERE = pathlib.Path(__file__).resolve().parent
APT = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "--yes"]


def _run_in(root, *argv):
    done = subprocess.run(root.command(*argv), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout


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
        root = Overlay(self.base, self._folder)
        try:
            shutil.copy(self.deb(), root.path / "tmp")
            _run_in(root, *APT, "install", f"/tmp/{self.deb().name}")
        finally:
            umount(root.path)
        # A journal that outlasts a boot.
        (self._folder / "upper/var/log/journal").mkdir(parents=True, exist_ok=True)

    def layers_with(self, *packages):
        """Layers with the PACKAGES too, which roots.sh has laid by; their services are not enabled."""
        folder = self._folder.with_name(f"{self._folder.name}-{'-'.join(packages)}")
        if not folder.exists():
            root = Overlay(self.layers, folder)
            try:
                _run_in(root, *APT, "install", *packages)
                links = (root.path / "etc/systemd/system").glob("*.wants/*.service")
                for link in [link for link in links if link.stem in (*packages, "named")]:
                    link.unlink()
            finally:
                umount(root.path)
        return [folder / "upper", *self.layers]
