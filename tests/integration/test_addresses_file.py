# SPDX-License-Identifier: GPL-2.0-or-later
"""The settled addresses in the runtime folder, for other programs."""

import stat
import threading

from lab import A, B, C, INTERFACE
from process import until

KEYS = ["IPHERALD_IPV4", "IPHERALD_IPV6", "IPHERALD_IPV4_OLD", "IPHERALD_IPV6_OLD", "IPHERALD_INTERFACE",
        "IPHERALD_CHANGED"]


def values(text):
    assert text.endswith("\n"), text
    pairs = [line.split("=", 1) for line in text.splitlines()]
    assert [key for key, _ in pairs] == KEYS, text
    return dict(pairs)


def files(service):
    folder = service.folder / "runtime"
    return folder / "addresses", folder / "changed"


def test_each_change_is_there_before_its_mail(lab, server, service):
    addresses, changed = files(service)
    first = values(addresses.read_text("ascii"))
    assert (first["IPHERALD_IPV4"], first["IPHERALD_IPV4_OLD"], first["IPHERALD_INTERFACE"]) == (A, "", INTERFACE)
    assert first["IPHERALD_CHANGED"]
    assert stat.S_IMODE(addresses.stat().st_mode) == 0o644
    assert changed.read_bytes() == b""
    assert addresses.stat().st_mtime_ns <= changed.stat().st_mtime_ns
    changed.unlink()
    lab.set_address(B)
    server.wait_mails(2)
    second = values(addresses.read_text("ascii"))
    assert (second["IPHERALD_IPV4"], second["IPHERALD_IPV4_OLD"]) == (B, A)
    assert changed.exists()


def test_nobody_needs_a_mail_for_it(lab):
    lab.set_address(A)
    service = lab.service().start()
    addresses, changed = files(service)
    until(changed.exists, "the marker")
    assert values(addresses.read_text("ascii"))["IPHERALD_IPV4"] == A


def test_a_restart_says_the_same(lab, server, service):
    addresses, changed = files(service)
    before = addresses.read_bytes()
    assert service.stop() == 0
    assert not addresses.exists() and not changed.exists()
    service.start()
    until(changed.exists, "the marker")
    assert addresses.read_bytes() == before


def test_a_reload_marks_nothing(lab, server, service):
    addresses, changed = files(service)
    changed.unlink()
    before = addresses.stat().st_ino
    service.reload()
    service.wait_line("^Settings read anew")
    lab.set_address(B, A)
    server.stays_idle(1.5)
    assert not changed.exists() and addresses.stat().st_ino == before


def test_never_half_written(lab, server, service):
    addresses, _ = files(service)
    seen, ended = set(), threading.Event()
    faults = []

    def read():
        while not ended.is_set():
            try:
                seen.add(values(addresses.read_text("ascii"))["IPHERALD_IPV4"])
            except (AssertionError, OSError) as fault:
                faults.append(fault)
                return

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for n in range(10):
            address = (B, C)[n % 2]
            lab.set_address(address)
            until(lambda: address in addresses.read_text("ascii").splitlines()[0], "the new address")
    finally:
        ended.set()
        reader.join()
    assert not faults, faults
    assert {B, C} <= seen


def test_a_folder_without_room_heals(lab, server, service):
    """What takes the place of the file for a while is a folder that nothing can be renamed over."""
    addresses, changed = files(service)
    addresses.unlink()
    changed.unlink()
    addresses.mkdir()
    lab.set_address(B)
    service.wait_line("Can't hand the addresses on to other programs: Is a directory")
    server.wait_mails(2)
    addresses.rmdir()
    until(changed.exists, "the marker")
    assert values(addresses.read_text("ascii"))["IPHERALD_IPV4"] == B
