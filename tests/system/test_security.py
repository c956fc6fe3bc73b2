# SPDX-License-Identifier: GPL-2.0-or-later
"""What the service and its mailer can't do, and what nobody else can read."""

import base64
import ctypes
import pathlib
import re
import shutil

import pytest

from lab import A, ACCOUNT, PASSWORD
from mail_server import Hold
from process import until

EXPOSURE_LIMIT = 1.1
LANDLOCK_CREATE_RULESET = 444
LANDLOCK_CREATE_RULESET_VERSION = 1
MAILER = "usr/libexec/ipherald-mailer"
STATE = "var/lib/private/ipherald"


def landlock_abi():
    """The kernel's; 0 where it has none."""
    return max(0, ctypes.CDLL(None).syscall(LANDLOCK_CREATE_RULESET, None, 0, LANDLOCK_CREATE_RULESET_VERSION))


def status_of(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@pytest.fixture
def sending(machine):
    """In the middle of a session: logged in, and the server does not answer the DATA."""
    hold = Hold()
    machine.lab.mail_server(answers={"DATA": hold})
    machine.write_settings()
    machine.write_password()
    machine.lab.set_address(A)
    machine.enable()
    hold.wait_reached()
    yield machine
    hold.release()


def the_mailer(home):
    service = home.main_pid()
    children = pathlib.Path(f"/proc/{service}/task/{service}/children").read_text("ascii").split()
    assert len(children) == 1
    return int(children[0])


def test_exposure(machine):
    last = machine.box.run("systemd-analyze", "security", "ipherald", "--no-pager").strip().splitlines()[-1]
    print(machine.box.release.name, last)
    assert float(re.search(r"ipherald\.service: ([\d.]+) ", last)[1]) <= EXPOSURE_LIMIT


def test_no_privilege(sending):
    for pid in (sending.main_pid(), the_mailer(sending)):
        status = status_of(pid)
        assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2", status
        assert {int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}, status
        assert "0" not in status["Uid"].split(), status
        assert pathlib.Path(f"/proc/{pid}/mem").stat().st_uid == 0, "it is dumpable"
        assert re.search(r"^Max core file size +0 +0 ", pathlib.Path(f"/proc/{pid}/limits").read_text("ascii"), re.M)


def test_password_is_nowhere_to_be_read(sending):
    journal = sending.box.run("journalctl", "--no-pager", "--output=export")
    plain = f"\0{ACCOUNT}\0{PASSWORD}".encode()
    secrets = [PASSWORD.encode(), base64.b64encode(PASSWORD.encode()), base64.b64encode(plain)]
    places = {"journal": journal.encode()}
    for path in (sending.box.root / STATE).iterdir():
        places[path.name] = path.read_bytes()
    pids = sending.box.processes()
    assert the_mailer(sending) in pids
    for pid in pids:
        for name in ("environ", "cmdline"):
            places[f"{pid}/{name}"] = pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
    assert "ledger" in places
    assert not [name for name, octets in places.items() if any(secret in octets for secret in secrets)]


def test_nobody_else_reads_the_password(sending):
    credential = "/run/credentials/ipherald.service/ipherald.smtp-password"
    assert (sending.box.root / PASSWORD_FILE.lstrip("/")).stat().st_mode & 0o777 == 0o600
    assert sending.box.run("cat", credential) == PASSWORD + "\n"
    for path in (PASSWORD_FILE, credential, "/var/lib/private/ipherald/ledger"):
        said = sending.box.run("setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", "cat", path, check=False)
        assert "Permission denied" in said, said


def test_a_mailer_that_was_taken_over(machine):
    """It can neither write the ledger, make a file, run a program nor send a signal: in the same unit, before it confines
    itself, it could."""
    attempts = machine.box.root / STATE / "attempts"
    machine.lab.mail_server()
    machine.write_settings()
    machine.write_password()
    shutil.copy(machine.box.release.build / "greedy-mailer", machine.box.root / MAILER)
    machine.lab.set_address(A)
    machine.enable()
    deferred = machine.box.journal.wait_event("mail-deferred")
    assert "exit code 1" in deferred["MESSAGE"]
    until(lambda: "landlock" in attempts.read_text("ascii"), "the mailer's attempts")
    lines = [line.split() for line in attempts.read_text("ascii").splitlines()]
    print(lines)
    before = {name: result for when, name, result in lines[:-1] if when == "before"}
    after = {name: result for when, name, result in lines[:-1] if when == "after"}
    # The service hides itself, and ProtectProc= even its folder in /proc: no other fence is needed there.
    assert {before.pop("write-service-memory"), after.pop("write-service-memory")} <= {"EACCES", "ENOENT"}
    assert set(before.values()) == {"0"}
    abi = landlock_abi()
    assert lines[-1] == ["landlock", str(abi)]
    if abi == 0:
        pytest.skip("no Landlock in this kernel: the mailer is confined by its unit alone")
    if abi < 6:
        after.pop("signal-service")
    assert after.pop("signal-service", "EPERM") == "EPERM"
    assert set(after.values()) == {"EACCES"}
