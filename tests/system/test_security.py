# SPDX-License-Identifier: GPL-2.0-or-later
"""What the service and its mailer can't do, even where they were taken over or crash."""

import ctypes
import os
import pathlib
import re
import shutil
import signal

import pytest

from lab import A
from process import until
from session import hold_session, the_mailer

EXPOSURE_LIMIT = 1.1
LANDLOCK_CREATE_RULESET = 444
LANDLOCK_CREATE_RULESET_VERSION = 1
MAILER = "/usr/libexec/ipherald-mailer"


def landlock_abi():
    """The kernel's; 0 where it has none."""
    return max(0, ctypes.CDLL(None).syscall(LANDLOCK_CREATE_RULESET, None, 0, LANDLOCK_CREATE_RULESET_VERSION))


def test_exposure(machine):
    """Of the service and the weekly test, which share a sandbox, and of their instances."""
    for unit in ("ipherald", "ipherald@ppp1", "ipherald-test", "ipherald-test@ppp1"):
        last = machine.box.run("systemd-analyze", "security", unit, "--no-pager").strip().splitlines()[-1]
        print(machine.box.release.name, last)
        assert float(re.search(f"{unit}\\.service: ([\\d.]+) ", last)[1]) <= EXPOSURE_LIMIT


def allow_cores(name):
    return ["LimitCORE=infinity", f"WorkingDirectory=/var/lib/{name}"]


def crash_of_another(box):
    """What systemd says of it, in a unit that differs by its program alone."""
    options = [f"--property={line}" for line in [*allow_cores("another"), "StateDirectory=another", "DynamicUser=yes"]]
    return box.run("systemd-run", "--wait", *options, "sh", "-c", "kill -SEGV $$$$", check=False)


def test_a_crash_leaves_no_core(machine):
    """Where its owner allows cores and gives them a place, the programs still refuse: what they hold is a secret."""
    if not pathlib.Path("/proc/sys/kernel/core_pattern").read_text("ascii").startswith("|"):  # a program outside
        assert "core-dump" in crash_of_another(machine.box)
    machine.edit_service("RestartSec=100ms", *allow_cores(machine.name))
    hold = hold_session(machine)
    os.kill(the_mailer(machine), signal.SIGSEGV)
    deferred = machine.box.journal.wait_event("mail-deferred")
    assert "signal" in deferred["MESSAGE"]
    service = machine.main_pid()
    os.kill(service, signal.SIGABRT)
    machine.box.journal.wait(MESSAGE="ipherald.service: Main process exited, code=killed, status=6/ABRT")
    machine.box.journal.wait(MESSAGE="Started ipherald")
    hold.release()
    assert {path.name for path in machine.box.path(machine.state).iterdir()} == {"ledger", "lock"}


def test_a_mailer_that_was_taken_over(machine):
    """It can neither write the ledger, make a file, run a program nor send a signal: in the same unit, before it confines
    itself, it could."""
    attempts = machine.box.path(f"{machine.state}/attempts")
    machine.lab.mail_server()
    machine.write_settings()
    machine.write_password()
    shutil.copy(machine.box.release.package / "greedy-mailer", machine.box.path(MAILER))
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
