# SPDX-License-Identifier: GPL-2.0-or-later
"""The gate between the service's runtime folder and what root runs, against a service that is somebody else's."""

import os
import socket
import stat
import subprocess
import time

import pytest

from process import PATIENCE
from service import BUILD

PROGRAM = BUILD / "ipherald-hand-on"
NOTHING, REFUSED = 1, 255
GOOD = (b"IPHERALD_IPV4=203.0.113.7\nIPHERALD_IPV6=2001:db8::7\nIPHERALD_IPV4_OLD=203.0.113.5\nIPHERALD_IPV6_OLD=\n"
        b"IPHERALD_INTERFACE=ppp0\nIPHERALD_CHANGED=2026-11-24T09:18:07+09:00\n")


class Gate:
    def __init__(self, folder):
        self.source, self.target = folder / "ipherald", folder / "ipherald-changed"
        self.source.mkdir()
        self.target.mkdir()
        self.addresses, self.marker = self.source / "addresses", self.source / "changed"
        self.copy, self.handed = self.target / "addresses", self.target / "handed"
        self.addresses.write_bytes(GOOD)
        self.marker.touch()

    def argv(self, wait=0):
        return [str(PROGRAM), str(self.source), str(self.target), str(wait)]

    def run(self, wait=0):
        done = subprocess.run(self.argv(wait), capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert len(done.stderr.splitlines()) == (1 if done.returncode == REFUSED else 0), done.stderr
        return done.returncode, done.stderr

    def assert_refused(self, why):
        code, said = self.run()
        assert code == REFUSED and why in said, (code, said)
        assert os.listdir(self.target) == []
        assert not self.marker.exists()


@pytest.fixture
def gate(tmp_path):
    return Gate(tmp_path)


def test_what_is_good_goes_on(gate):
    assert gate.run() == (0, "")
    assert gate.copy.read_bytes() == GOOD
    assert stat.S_IMODE(gate.copy.stat().st_mode) == 0o644
    assert not gate.marker.exists()
    assert os.listdir(gate.target) == ["addresses"]


def test_what_was_handed_on_is_nothing_new(gate):
    gate.handed.write_bytes(GOOD)
    assert gate.run() == (NOTHING, "")
    assert not gate.marker.exists() and not gate.copy.exists()


@pytest.mark.parametrize("handed", [b"", GOOD[:-1], GOOD + b"\n", GOOD.replace(b".7", b".8", 1)])
def test_what_was_cut_off_goes_on_again(gate, handed):
    gate.handed.write_bytes(handed)
    assert gate.run() == (0, "")
    assert gate.copy.read_bytes() == GOOD


def test_without_a_marker_it_is_read_all_the_same(gate):
    """A try that failed has removed it, and systemd starts the next one."""
    gate.marker.unlink()
    assert gate.run() == (0, "")


def test_a_service_that_has_ended(gate):
    gate.addresses.unlink()
    assert gate.run() == (NOTHING, "")
    gate.source.rmdir()
    assert gate.run() == (NOTHING, "")


@pytest.mark.parametrize("data, key", [
    (b"LD_PRELOAD=/tmp/x.so\n" + GOOD, "IPHERALD_IPV4"),
    (GOOD + b"LD_PRELOAD=/tmp/x.so\n", "IPHERALD_CHANGED"),
    (GOOD.replace(b"IPHERALD_IPV6=", b"BASH_ENV="), "IPHERALD_IPV6"),
    (GOOD.replace(b"ppp0", b"ppp0\nBASH_ENV=/tmp/x"), "IPHERALD_CHANGED"),
    (GOOD.replace(b"ppp0", b"ppp0\\"), "IPHERALD_INTERFACE"),
    (GOOD.replace(b"ppp0", b"$(id)"), "IPHERALD_INTERFACE"),
    (GOOD.replace(b"ppp0", b"p\0p0"), "IPHERALD_INTERFACE"),
    (GOOD.replace(b"203.0.113.7", b"203.0.113.7;id"), "IPHERALD_IPV4"),
    (GOOD.replace(b"203.0.113.7", b"203.0.113.7\r"), "IPHERALD_IPV4"),
    (GOOD[:-1], "IPHERALD_CHANGED"),
    (b"", "IPHERALD_IPV4"),
    (b"\n" * 4096, "IPHERALD_IPV4"),
])
def test_other_lines_are_refused(gate, data, key):
    gate.addresses.write_bytes(data)
    gate.assert_refused(f"the line of {key} is not what the service writes")


@pytest.mark.parametrize("size", [4097, 10_000_000])
def test_too_large(gate, size):
    gate.addresses.write_bytes(GOOD + b"#" * (size - len(GOOD)))
    gate.assert_refused("too large")


@pytest.mark.parametrize("kind, why", [
    ("symlink", "Too many levels of symbolic links"), ("fifo", "no regular file"), ("folder", "no regular file"),
    ("socket", "No such device or address"), ("hard link", "has other names")])
def test_no_file_of_its_own(gate, kind, why, tmp_path):
    other = tmp_path / "other"
    other.write_bytes(GOOD)
    gate.addresses.unlink()
    if kind == "symlink":
        gate.addresses.symlink_to(other)
    elif kind == "fifo":
        os.mkfifo(gate.addresses)
    elif kind == "folder":
        gate.addresses.mkdir()
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(gate.addresses))
    else:
        gate.addresses.hardlink_to(other)
    gate.assert_refused(why)
    assert other.read_bytes() == GOOD


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")
def test_a_file_of_another_owner(gate):
    os.chown(gate.source, 1, 1)
    gate.assert_refused("is not of its folder's owner")
    os.chown(gate.addresses, 1, 1)
    assert gate.run() == (0, "")


def test_a_folder_that_is_a_link(gate, tmp_path):
    gate.source.rename(tmp_path / "elsewhere")
    gate.source.symlink_to(tmp_path / "elsewhere")
    code, said = gate.run()
    assert code == REFUSED and "Not a directory" in said
    assert (tmp_path / "elsewhere" / "changed").exists()


def test_a_marker_that_stays_is_refused_after_a_wait(gate):
    gate.marker.unlink()
    gate.marker.mkdir()
    begin = time.monotonic()
    code, said = gate.run(wait=1)
    assert code == REFUSED and "changed: Is a directory" in said
    assert time.monotonic() - begin >= 1
    assert not gate.copy.exists()


def test_a_copy_that_is_a_link_is_replaced(gate, tmp_path):
    other = tmp_path / "other"
    other.write_text("keep")
    gate.copy.symlink_to(other)
    (gate.target / ".addresses.new").symlink_to(other)
    assert gate.run() == (0, "")
    assert gate.copy.read_bytes() == GOOD and not gate.copy.is_symlink()
    assert other.read_text() == "keep"


def test_the_marker_goes_before_the_file_is_read(gate, tmp_path):
    """Else a change in between would be lost."""
    trace = tmp_path / "trace"
    subprocess.run(["strace", "-o", trace, "-e", "trace=openat,unlink,unlinkat", *gate.argv()], check=True,
                   env=os.environ | {"ASAN_OPTIONS": "detect_leaks=0"})  # it can't work in what is traced
    calls = [line for line in trace.read_text().splitlines() if '"changed"' in line or '"addresses"' in line]
    assert "unlinkat(" in calls[0] and "openat(" in calls[1], calls


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["a", "b", "x"], ["a", "b", "1", "c"]])
def test_wrong_use(arguments):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stderr.startswith("Usage: ")
