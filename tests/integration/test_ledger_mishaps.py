# SPDX-License-Identifier: GPL-2.0-or-later
"""What can be wrong with the ledger and its folder: the mail goes out all the same, and what was wrong is said."""

import os
import pathlib
import re
import shutil
import subprocess
import zlib

import pytest

from lab import A, B, SILENCE
from process import until


def sealed(body):
    return body + b"end crc32=%08x\n" % zlib.crc32(body)


def of_version(number):
    def change(text):
        body = text[:text.rindex(b"end crc32=")]
        return sealed(body.replace(b"ipherald-ledger 1\n", b"ipherald-ledger %d\n" % number, 1))
    return change


def cut_to(part):
    return lambda text: text[:int(len(text) * part)]


def turned(part, bit):
    def change(text):
        at = int(len(text) * part)
        return text[:at] + bytes([text[at] ^ 1 << bit]) + text[at + 1:]
    return change


CHANGED, VERSION = "it is cut or changed", "it is of another version"

DAMAGES = {
    "empty": (lambda text: b"", CHANGED),
    "one octet": (lambda text: text[:1], CHANGED),
    "a third": (cut_to(1 / 3), CHANGED),
    "a half": (cut_to(1 / 2), CHANGED),
    "no end line": (lambda text: text[:text.rindex(b"end crc32=")], CHANGED),
    "no last octet": (lambda text: text[:-1], CHANGED),
    "a bit of the first line": (turned(0, 0), CHANGED),
    "a bit of the middle": (turned(1 / 2, 7), CHANGED),
    "a bit of the checksum": (lambda text: turned(1 - 2 / len(text), 1)(text), CHANGED),
    "zeros": (lambda text: bytes(len(text)), CHANGED),
    "an octet too many": (lambda text: text + b"\n", CHANGED),
    "an old version": (of_version(0), VERSION),
    "a future version": (of_version(2), VERSION),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_ledger(server, service, name):
    change, why = DAMAGES[name]
    assert service.stop() == 0
    damaged = change(service.ledger.read_bytes())
    service.ledger.write_bytes(damaged)
    service.start()
    assert f"{why}, and is kept as ledger.damaged-1" in service.wait_line("^Ledger damaged:")
    assert server.wait_mails(2).has_line(A)
    assert service.ledger.with_name("ledger.damaged-1").read_bytes() == damaged
    until(lambda: b"told-ipv4=" + A.encode() in service.ledger.read_bytes(), "a new ledger")


def peak_memory(service):
    """In kB."""
    return int(re.search(r"^VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{service.pid}/status").read_text("ascii"), re.M)[1])


def test_a_ledger_of_100_mb(server, service):
    """It is not read at all: the service needs no more memory than before."""
    before = peak_memory(service)
    assert service.stop() == 0
    os.truncate(service.ledger, 100 * 1024 * 1024)
    service.start()
    assert "it is too large, and is kept as ledger.damaged-1" in service.wait_line("^Ledger damaged:")
    assert server.wait_mails(2).has_line(A)
    service.wait_line("^Mail sending completed:")
    assert peak_memory(service) < before + 8 * 1024


def test_a_missing_state_folder_stops_the_start(lab, server):
    lab.set_address(A)
    service = lab.service()
    (service.folder / "state").rmdir()
    service.start()
    assert f"{service.folder}/state: No such file or directory" in service.wait_line("^Can't use the state folder")
    assert service.wait() == 1
    assert not server.sessions


def test_a_state_folder_that_goes_while_it_runs(lab, server, service):
    shutil.rmtree(service.folder / "state")
    lab.set_address(B)
    service.wait_line("^Ledger not writable:")
    assert server.wait_mails(2).has_line(B)


@pytest.fixture
def full(lab):
    """A service whose state folder lies on a medium without room."""
    lab.set_address(A)
    service = lab.service()
    state = service.folder / "state"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", state], check=True)
    ballast = state / "ballast"
    with open(ballast, "wb", buffering=0) as f, pytest.raises(OSError):
        while True:
            f.write(bytes(4096))
    yield service, ballast
    service.close()
    subprocess.run(["umount", state], check=True)


def test_a_full_disk_that_has_room_again(server, full):
    """Nothing happens but that: what was told is written, and a restart does not tell it again."""
    service, ballast = full
    service.start()
    service.wait_line("^Ledger not writable:.*No space left on device")
    server.wait_mails(1)
    service.wait_line("^Mail sending completed:")
    ballast.unlink()
    service.wait_line("^The ledger .* is written again")
    assert "told-ipv4=" + A in service.ledger.read_text("utf-8")
    assert len(service.matching("^Ledger not writable:")) == 1
    assert service.stop() == 0
    service.start()
    assert server.stays_idle(SILENCE)
    server.wait_mails(1)
