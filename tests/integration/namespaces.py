# SPDX-License-Identifier: GPL-2.0-or-later
"""Network namespaces. They live below /run/netns of the tests' own mount namespace, so that nothing outlasts it."""

import concurrent.futures
import ctypes
import os
import subprocess

import pytest

CLONE_NEWNET = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)


def require_namespaces():
    """Skips a test that was not started by tests/in-namespaces.sh."""
    if "IPHERALD_TESTS_NAMESPACES" not in os.environ:
        pytest.skip("not in namespaces of its own (tests/in-namespaces.sh)")


class Namespace:
    def __init__(self, name):
        self.name = name
        self.path = f"/run/netns/{name}"
        subprocess.run(["ip", "netns", "add", name], check=True)
        self.ip("link", "set", "lo", "up")

    def delete(self):
        subprocess.run(["ip", "netns", "delete", self.name], check=True)

    def command(self, *argv):
        """What runs ARGV in here: nsenter turns into it, so that the process keeps its id."""
        return ["nsenter", f"--net={self.path}", "--", *argv]

    def ip(self, *args):
        subprocess.run(["ip", "-n", self.name, *args], check=True)

    def ip_batch(self, *lines):
        """Many commands in one process: the kernel gets them within milliseconds of each other."""
        subprocess.run(["ip", "-n", self.name, "-batch", "-"], input="\n".join(lines), text=True, check=True)

    def inside(self, function):
        """FUNCTION's value, called in here. A socket stays where it was made, so a thread that goes in is enough."""
        with concurrent.futures.ThreadPoolExecutor(1, initializer=self._enter) as pool:
            return pool.submit(function).result()

    def _enter(self):
        fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if libc.setns(fd, CLONE_NEWNET) < 0:
                raise OSError(ctypes.get_errno(), "setns")
        finally:
            os.close(fd)


def join(one, one_interface, other, other_interface):
    """A cable between two namespaces: both ends are up."""
    one.ip("link", "add", one_interface, "type", "veth", "peer", "name", other_interface, "netns", other.name)
    one.ip("link", "set", one_interface, "up")
    other.ip("link", "set", other_interface, "up")
