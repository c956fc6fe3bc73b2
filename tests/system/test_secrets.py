# SPDX-License-Identifier: GPL-2.0-or-later
"""In the middle of a session, when the password is in use: who can do what, and who can read what."""

import base64
import pathlib
import re

import pytest

from home import Home
from lab import ACCOUNT, PASSWORD
from session import hold_session, the_mailer


def status_of(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@pytest.fixture(scope="module")
def sending(release):
    """One machine for all of these tests: they only look."""
    home = Home(release)
    try:
        hold = hold_session(home)
        yield home
        hold.release()
    finally:
        home.close()


def test_no_privilege(sending):
    for pid in (sending.main_pid(), the_mailer(sending)):
        status = status_of(pid)
        assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2", status
        assert {int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}, status
        assert "0" not in status["Uid"].split(), status
        assert pathlib.Path(f"/proc/{pid}/mem").stat().st_uid == 0, "it is dumpable"
        assert re.search(r"^Max core file size +0 +0 ", pathlib.Path(f"/proc/{pid}/limits").read_text("ascii"), re.M)


def test_password_is_nowhere_to_be_read(sending):
    plain = f"\0{ACCOUNT}\0{PASSWORD}".encode()
    secrets = [PASSWORD.encode(), base64.b64encode(PASSWORD.encode()), base64.b64encode(plain)]
    places = {"journal": sending.box.run("journalctl", "--no-pager", "--output=export").encode()}
    runtime = pathlib.Path(f"/proc/{sending.main_pid()}/root/run/ipherald")
    for path in [*sending.box.path(sending.state).iterdir(), *runtime.iterdir()]:
        places[path.name] = path.read_bytes()
    pids = sending.box.processes()
    assert the_mailer(sending) in pids
    for pid in pids:
        for name in ("environ", "cmdline"):
            places[f"{pid}/{name}"] = pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
    assert "ledger" in places
    assert not [name for name, octets in places.items() if any(secret in octets for secret in secrets)]


def said_to(home, user, path):
    """What USER, a number, reads in the file."""
    return home.box.run("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "cat", path, check=False)


def test_nobody_else_reads_the_password(sending):
    credential = "/run/credentials/ipherald.service/ipherald.smtp-password"
    assert sending.box.path(sending.password_file).stat().st_mode & 0o777 == 0o600
    assert sending.box.run("cat", credential) == PASSWORD + "\n"
    for path in (sending.password_file, credential, f"{sending.state}/ledger"):
        assert "Permission denied" in said_to(sending, 1000, path)


def test_nobody_else_looks_into_the_processes(sending):
    """Not even who runs under the service's own number."""
    assert "Permission denied" not in said_to(sending, 1000, "/proc/self/environ")
    for user in (1000, sending.property("UID")):
        for pid in (sending.main_pid(), the_mailer(sending)):
            for name in ("environ", "mem", "maps"):
                said = said_to(sending, user, f"/proc/{sending.box.pid_inside(pid)}/{name}")
                assert "Permission denied" in said, (user, pid, name)
