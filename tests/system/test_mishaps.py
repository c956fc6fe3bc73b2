# SPDX-License-Identifier: GPL-2.0-or-later
"""What happens to a machine over the years. systemd's waits are made short by drop-ins; its deeds are its own."""

import os
import signal

from lab import A, B
from process import wait_end

AT_ONCE = ("RestartSec=100ms", "RestartSteps=0")  # each time, and not later and later
KILLS = 6


def told_once_and_goes_on(home):
    """Nothing is repeated, and the next change is mailed."""
    home.wait_told()
    home.lab.set_address(B)
    home.wait_mail()
    home.wait_told()
    assert [mail["Subject"].endswith(f"{B} (was {A})") for mail in home.mails()] == [False, True]


def test_killed_and_restarted(running):
    """Again and again: systemd's own limit is five starts in ten seconds."""
    running.edit_service(*AT_ONCE)
    for _ in range(KILLS):
        pid = running.main_pid()
        os.kill(pid, signal.SIGKILL)
        wait_end(pid)
        running.box.journal.wait(MESSAGE="Started ipherald")
    assert running.property("NRestarts") == str(KILLS)
    told_once_and_goes_on(running)


def test_started_again_where_that_can_help(machine):
    """A file that is missing may come; wrong use of the command line does not heal."""
    instance = machine.instance("ppp1")
    instance.edit_service(*AT_ONCE)
    machine.box.run("systemctl", "start", instance.name, check=False)
    machine.box.journal.wait(_SYSTEMD_UNIT="ipherald@ppp1", MESSAGE=f".*{instance.settings_file}")
    instance.write_settings()
    machine.box.journal.wait(MESSAGE="Started ipherald@ppp1")

    machine.edit_service("ExecStart=", "ExecStart=/usr/bin/ipherald run --unheard-of")
    machine.box.run("systemctl", "start", machine.name, check=False)
    assert machine.property("ExecMainStatus") == "2"
    assert machine.property("ActiveState") == "failed"  # where it were to be started again: "activating"


def test_watchdog_restarts_what_hangs(home):
    home.edit_service(*AT_ONCE, "WatchdogSec=2s")
    home.lab.set_address(A)
    home.enable()
    home.wait_mail()
    home.wait_told()
    pid = home.main_pid()
    os.kill(pid, signal.SIGSTOP)
    home.box.journal.wait(MESSAGE="ipherald.service: Watchdog timeout")
    wait_end(pid)
    home.box.journal.wait(MESSAGE="Started ipherald")
    told_once_and_goes_on(home)


def test_change_while_the_machine_was_off(running):
    running.box.stop()
    running.lab.set_address(B)
    running.box.boot()
    assert running.property("ActiveState") == "active"
    running.wait_mail()
    running.wait_told()
    _, second = running.mails()
    assert second["Subject"].endswith(f"{B} (was {A})")
    body = second.get_content()
    assert A in body and B in body


def test_reboot_without_a_change(running):
    running.box.stop()
    running.box.boot()
    told_once_and_goes_on(running)


def test_stops_and_starts(running):
    running.systemctl("stop", "ipherald")
    assert running.property("Result") == "success"
    running.systemctl("start", "ipherald")
    told_once_and_goes_on(running)
