# SPDX-License-Identifier: GPL-2.0-or-later
"""limits.mails_per_hour: a line that changes too often is told of at the hour's end, and nothing is lost."""

from lab import A, B, C, SILENCE

HOUR = 3600
DEFERRED = r"^Mail sending deferred: until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+, to me@example.com: "


def test_what_is_true_when_the_hour_ends_is_told(lab, server, moved):
    lab.set_address(A)
    service = lab.service(mails_per_hour=1).start(environment=moved.environment)
    server.wait_mails(1)
    service.wait_line("^Mail sending completed:")
    lab.set_address(B)
    line = service.wait_line(DEFERRED)
    assert line.endswith("mails sent within the hour: 1 (limits.mails_per_hour = 1)")
    lab.set_address(C)
    service.wait_line(f"^Address changed: IPv4 {C}")
    assert server.stays_idle(SILENCE)
    assert len(service.matching(DEFERRED)) == 2  # once for each change

    service.reload()
    service.wait_line("^Settings read anew")
    assert server.stays_idle(SILENCE)

    moved.go_on(HOUR)
    mail = server.wait_mails(2)
    assert mail.has_line(C) and mail.subject.endswith(f"{C} (was {A})")
    assert f"  {B} (since " in mail.text
    service.wait_line(f"^Mail sending completed: {C}")
    assert len(server.bodies) == 2


def test_a_restart_does_not_end_the_hour(lab, server):
    lab.set_address(A)
    service = lab.service(mails_per_hour=1).start()
    server.wait_mails(1)
    service.wait_line("^Mail sending completed:")
    service.stop()
    lab.set_address(B)
    service.start()
    service.wait_line(DEFERRED)
    assert server.stays_idle(SILENCE)

    service.write_settings(mails_per_hour=2)
    service.reload()
    mail = server.wait_mails(2)
    assert mail.has_line(B)
