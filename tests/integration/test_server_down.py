# SPDX-License-Identifier: GPL-2.0-or-later
"""The mail server is away, or goes at the worst moment; the service is killed, or starts again."""

import signal

import pytest

from lab import A, B, SILENCE
from mail_server import First, cut, reset

DEFERRED = r"^Mail sending deferred: until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


@pytest.fixture
def deferred(lab, server, service):
    """The server went, and then the address became B."""
    server.close()
    lab.set_address(B)
    service.wait_line(DEFERRED)
    return service


def test_down_then_back(lab, deferred):
    line = deferred.matching(DEFERRED)[0]
    assert "step connect" in line and "mail.example.com:587" in line
    server = lab.mail_server()
    mail = server.wait_mails(1)
    assert mail.has_line(B) and f"(was {A})" in mail.subject
    deferred.wait_line("^Mail sending completed:")
    assert server.stays_idle(SILENCE)


def test_killed_while_a_mail_is_owed(lab, deferred):
    assert deferred.stop(signal.SIGKILL) == -signal.SIGKILL
    server = lab.mail_server()
    deferred.start()
    mail = server.wait_mails(1)
    assert mail.has_line(B) and f"(was {A})" in mail.subject
    deferred.wait_line("^Mail sending completed:")
    assert server.stays_idle(SILENCE)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_restart_with_nothing_changed(lab, server, service, number):
    assert service.stop(number) == (0 if number == signal.SIGTERM else -number)
    service.start()
    assert server.stays_idle(SILENCE)
    lab.set_address(B)
    mail = server.wait_mails(2)
    assert mail.has_line(B) and f"(was {A})" in mail.subject


def test_changed_while_the_service_was_off(lab, server, service):
    service.stop()
    lab.set_address(B)
    service.start()
    mail = server.wait_mails(2)
    assert mail.has_line(B) and f"(was {A})" in mail.subject


def test_cut_after_the_dot_then_back(lab, server, service):
    """The reader may believe B: A is told, though A was told before B."""
    service.write_settings(unknown_wait=600)
    service.reload()
    server.answers["."] = First(cut)
    lab.set_address(B)
    assert server.wait_bodies(2).has_line(B)
    assert "whether it arrived is not known" in service.wait_line("^Mail sending deferred:")
    lab.set_address(A)
    mail = server.wait_mails(2)
    assert mail.has_line(A) and f"(was {B})" in mail.subject
    assert mail.message_id != server.bodies[1].message_id
    service.wait_line("^Mail sending completed:")
    assert server.stays_idle(SILENCE)


@pytest.mark.parametrize("how", ["end of file", "reset"])
def test_62_cut_after_the_dot_is_sent_again_as_it_was(how, lab, server, service):
    """The facts are those of the first try: what is said of the old address, and since when the new one is there."""
    server.answers["."] = First(cut if how == "end of file" else reset)
    lab.set_address(B)
    first = server.wait_bodies(2)
    assert "whether it arrived is not known" in service.wait_line("^Mail sending deferred:")
    again = server.wait_mails(2)
    for header in ("Message-ID", "Date", "To", "Subject"):
        assert again.message[header] == first.message[header]
    assert again.recipients == first.recipients
    assert again.text == first.text and again.has_line(B)
    assert service.stop() == 0
    service.start()
    assert server.stays_idle(SILENCE)
