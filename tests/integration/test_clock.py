# SPDX-License-Identifier: GPL-2.0-or-later
"""The wall clock is for people alone: what it says, and that somebody sets it, moves no wait but that for a
certificate."""

import time
from datetime import datetime, timezone

import pytest

from lab import A, B, SILENCE
from mail_server import First, cut

DAY = 86400
YEAR = 366 * DAY


@pytest.fixture
def with_its_clock(lab, moved):
    """A service whose mailer has its wall clock."""
    service = lab.service()
    service.replace_mailer(f"#!/bin/sh\nexec {moved.mailer}\n")
    return service.start(environment=moved.environment)


def test_boot_in_1970(lab, moved, server, with_its_clock):
    """No clock chip: no certificate is valid yet. An NTP client sets the clock, and the mail goes out."""
    service = with_its_clock
    begin = int(time.time())
    moved.turn(-begin)
    lab.set_address(A)
    line = service.wait_line("^Mail sending failed:.*step tls")
    assert "valid only from 2020-01-01" in line and "clock says 1970-01-01" in line
    assert "is this machine's clock right?" in line
    assert "next try 1970-01-01 " in line
    assert "row=out-of-date" in service.ledger.read_text("utf-8")
    moved.turn(begin)
    moved.go_on(60)
    mail = server.wait_mails(1)
    assert abs(mail.message["Date"].datetime - datetime.now(timezone.utc)).days < 1
    service.wait_line("^Mail sending completed:")


def test_a_clock_that_is_set_in_the_middle_of_a_session(lab, moved, server, with_its_clock):
    """The mailer has the clock that it began with."""
    service = with_its_clock
    moved.turn(-40 * YEAR)

    def turn(peer, line):
        moved.turn(40 * YEAR)
        return peer.default
    server.answers["STARTTLS"] = First(turn)
    lab.set_address(A)
    service.wait_line("^Mail sending failed:.*clock")
    moved.go_on(60)
    server.wait_mails(1)


def test_a_clock_that_is_set_is_no_reason_to_try_an_unsafe_server(lab, moved):
    other = lab.mail_server(context=None)
    lab.set_address(A)
    service = lab.service().start(environment=moved.environment)
    service.wait_line("^Mail sending failed:.*STARTTLS")
    moved.turn(YEAR)
    moved.go_on(120)
    assert other.stays_idle(SILENCE)


# Why there is a wait, and for how long: the server's first answer to a command, the line, seconds.
WAITS = {
    "deferred": ("RCPT", "451 4.3.0 not now", "^Mail sending deferred:", 90),
    "unknown": (".", cut, "^Mail sending deferred:.*step dot", 1800),
    "held": ("AUTH", "535 5.7.8 no", "^Mail authentication failed:", 5400),
}


@pytest.mark.parametrize("wait", WAITS)
def test_no_wait_hears_the_wall_clock(lab, moved, server, wait):
    command, answer, line, seconds = WAITS[wait]
    server.answers[command] = First(answer)
    lab.set_address(A)
    service = lab.service(unknown_wait=1800).start(environment=moved.environment)
    service.wait_line(line)
    moved.turn(30 * YEAR)
    moved.turn(-60 * YEAR)
    assert server.stays_idle(SILENCE)
    moved.go_on(seconds)
    server.wait_mails(1)
    service.wait_line("^Mail sending completed:")


def test_restart_with_a_clock_that_went_back(lab, moved, server):
    """What the ledger has of the wall clock lies ahead: it is what a person reads, and nothing else."""
    service = lab.service().start(environment=moved.environment)
    moved.turn(30 * YEAR)
    lab.set_address(A)
    server.wait_mails(1)
    service.wait_line("^Mail sending completed:")
    assert service.stop() == 0
    lab.set_address(B)
    service.start(environment=moved.environment)
    assert server.wait_mails(2).subject.endswith(f"{B} (was {A})")
    service.wait_line("^Mail sending completed:")


def test_a_week_without_a_line(lab, moved, server):
    lab.set_address(A)
    service = lab.service().start(environment=moved.environment)
    server.wait_mails(1)
    service.wait_line("^Mail sending completed:")
    lab.unplug()
    service.wait_line("^Address gone:")
    for _ in range(7):
        moved.suspend(DAY / 2)
        moved.go_on(DAY / 2)
    lab.plug()
    lab.set_address(B)
    assert server.wait_mails(2).subject.endswith(f"{B} (was {A})")
    service.wait_line("^Mail sending completed:")
    assert len(server.sessions) == 2
