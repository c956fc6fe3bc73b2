# SPDX-License-Identifier: GPL-2.0-or-later
"""destinations[].remind: an address that has not changed is told again, by the wall clock alone."""

import pytest

from lab import A, B, SILENCE

DAY = 86400
WEEKLY = {"to": "me@example.com", "remind": 7}


@pytest.fixture
def reminded(lab, moved, server):
    """A service that has told A, and tells it again each week."""
    lab.set_address(A)
    service = lab.service(to=[WEEKLY]).start(environment=moved.environment)
    server.wait_mails(1)
    service.wait_line("^Mail sending completed:")
    return service


def test_silence_means_something(moved, server, reminded):
    moved.go_on(6 * DAY)
    assert server.stays_idle(SILENCE)
    for n in (2, 3):
        moved.go_on(7 * DAY + 60)
        mail = server.wait_mails(n)
        assert mail.subject.endswith(f"IP address still: {A}") and mail.has_line(A)
        reminded.wait_matching("^Mail sending completed:", n)
    assert server.stays_idle(SILENCE)


def test_a_jump_costs_one_mail(moved, server, reminded):
    moved.turn(3660 * DAY)
    assert "still" in server.wait_mails(2).subject
    reminded.wait_matching("^Mail sending completed:", 2)
    moved.turn(-3660 * DAY)
    assert server.stays_idle(SILENCE)
    moved.go_on(7 * DAY + 60)
    assert "still" in server.wait_mails(3).subject
    assert server.stays_idle(SILENCE)


def test_a_change_begins_the_days_anew(lab, moved, server, reminded):
    moved.turn(8 * DAY)
    assert "still" in server.wait_mails(2).subject
    reminded.wait_matching("^Mail sending completed:", 2)
    moved.go_on(6 * DAY)
    lab.set_address(B)
    assert server.wait_mails(3).subject.endswith(f"{B} (was {A})")
    reminded.wait_matching("^Mail sending completed:", 3)
    moved.go_on(6 * DAY)
    assert server.stays_idle(SILENCE)
    moved.go_on(DAY + 60)
    assert server.wait_mails(4).subject.endswith(f"IP address still: {B}")


def test_without_a_clock_nobody_is_reminded(moved, server, reminded):
    moved.turn(-50 * 366 * DAY)
    moved.go_on(30 * DAY)
    assert server.stays_idle(SILENCE)
