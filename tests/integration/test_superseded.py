# SPDX-License-Identifier: GPL-2.0-or-later
"""The address that a session goes out from is gone in the middle of it: no answer can come, and the next mail does not
wait for that. What the server holds back is never let go before that mail is there."""

import os
import signal

import pytest

from lab import A, B, C, INTERFACE, SERVER_ADDRESS, SILENCE
from mail_server import Hold

AT_ONCE = 10  # seconds: more than settle.limit, less than a Hold lasts
SOURCE = "10.0.0.5"
SIX, OTHER_SIX = "2001:db8:1::10", "2001:db8:2::10"


@pytest.fixture
def hold(server):
    """hold(STEP): the server's answer to it is held back, once."""
    holds = []

    def make(step):
        holds.append(Hold())
        server.answers[step] = holds[-1]
        return holds[-1]
    yield make
    for one in holds:
        one.release()
    server.hang_up()


def session_for_b(lab, hold, step):
    """A session from B that tells B, and that waits for the answer to STEP."""
    held = hold(step)
    lab.set_address(B)
    held.wait_reached()
    return held


@pytest.mark.parametrize("step", ["greeting", "EHLO", "RCPT", "DATA"])
def test_before_the_go(lab, server, service, hold, step):
    session_for_b(lab, hold, step)
    lab.set_address(C)
    mail = server.wait_mails(2, AT_ONCE)
    assert mail.has_line(C) and mail.subject.endswith(f"{C} (was {A})")
    line = service.wait_line("^Mail superseded:")
    assert line.startswith(f"Mail superseded: {B} to me@example.com: {B}, ") and line.endswith("is gone; not sent")
    service.wait_line(f"^Mail sending completed: {C}")
    assert len(server.bodies) == 2
    assert not service.matching("^Mail sending (deferred|failed):")
    assert server.stays_idle(SILENCE)


def test_behind_the_dot(lab, server, service, hold):
    session_for_b(lab, hold, ".")
    lab.set_address(C)
    mail = server.wait_mails(2, AT_ONCE)
    assert mail.has_line(C) and mail.subject.endswith(f"{C} (was {A})")
    line = service.wait_line("^Mail sending deferred:")
    assert "step dot" in line and f"{B}, from where it was being sent, is gone" in line
    assert "what is true now follows in a new mail" in line
    service.wait_line(f"^Mail sending completed: {C}")
    assert [body.has_line(B) for body in server.bodies] == [False, True, False]
    assert server.stays_idle(SILENCE)  # longer than limits.unknown_wait: it is not owed any more
    assert "sending=" not in service.ledger.read_text("utf-8")


def test_behind_the_dot_and_back(lab, server, service, hold):
    """Before C could be told B is back: its mail comes again under its Message-ID."""
    session_for_b(lab, hold, ".")
    for_c = hold("greeting")
    lab.set_address(C)
    service.wait_line("^Mail sending deferred:.*step dot")
    for_c.wait_reached()
    lab.set_address(B)
    service.wait_line(f"^Mail superseded: {C}")
    mail = server.wait_mails(2, AT_ONCE)
    assert mail.has_line(B)
    assert mail.message_id == server.bodies[1].message_id and len(server.bodies) == 3
    assert mail.message["Date"] == server.bodies[1].message["Date"]


def test_the_address_is_back_before_its_loss_has_settled(lab, server, hold):
    """The connection was never cut, and goes on."""
    lab.set_address(A)
    service = lab.service(limit=60).start()
    service.wait_line("^Mail sending completed:")
    held = session_for_b(lab, hold, "DATA")
    lab.client.ip("address", "delete", f"{B}/24", "dev", INTERFACE)
    assert server.stays_idle(SILENCE)
    lab.set_address(B)
    held.release()
    assert server.wait_mails(2).has_line(B)
    service.wait_line(f"^Mail sending completed: {B}")
    assert len(server.sessions) == 2 and not service.matching("superseded")


def test_the_line_is_gone_for_long(lab, server, service, hold):
    """The same address comes back, over another connection: nothing is waited for."""
    session_for_b(lab, hold, "DATA")
    lab.unplug()
    service.wait_line("^Address gone:")
    service.wait_line(f"^Mail superseded: {B}")
    lab.plug()
    lab.set_address(B)
    mail = server.wait_mails(2, AT_ONCE)
    assert mail.has_line(B) and mail.subject.endswith(f"(was {A})")


def test_the_old_address_goes_after_the_new_one_has_settled(lab, server, service, hold):
    session_for_b(lab, hold, "RCPT")
    lab.client.ip_batch(f"address add {C}/24 dev {INTERFACE}", f"route replace default dev {INTERFACE} src {C}")
    service.wait_line(f"^Address changed:.*{C}")
    assert server.stays_idle(SILENCE)
    lab.client.ip("address", "delete", f"{B}/24", "dev", INTERFACE)
    assert server.wait_mails(2, AT_ONCE).has_line(C)
    service.wait_line(f"^Mail superseded: {B}")


def test_a_source_that_nobody_is_told_goes_and_comes(lab, server, service, hold):
    """What the session tells is as true as before; the connection outlives the moment without its address."""
    lab.client.ip_batch(f"address add {SOURCE}/32 dev {INTERFACE}",
                        f"route add {SERVER_ADDRESS} dev {INTERFACE} src {SOURCE}")
    held = hold("DATA")
    lab.client.ip_batch(f"address add {B}/24 dev {INTERFACE}", f"route replace default dev {INTERFACE} src {B}")
    held.wait_reached()
    assert server.sessions[-1].sock.getpeername()[0] == SOURCE
    lab.client.ip("address", "delete", f"{SOURCE}/32", "dev", INTERFACE)
    assert server.stays_idle(SILENCE)
    lab.client.ip("address", "add", f"{SOURCE}/32", "dev", INTERFACE)
    held.release()
    assert server.wait_mails(2).has_line(B)
    service.wait_line(f"^Mail sending completed: {B}")
    assert len(server.sessions) == 2


def test_a_mailer_that_does_not_hear_is_killed(lab, server, service, hold):
    session_for_b(lab, hold, "DATA")
    os.kill(service.mailer(), signal.SIGSTOP)
    lab.set_address(C)
    assert server.wait_mails(2, 2 * AT_ONCE).has_line(C)
    service.wait_line(f"^Mail superseded: {B}")


@pytest.fixture
def with_ipv6(lab, service, server):
    """The service has told A and SIX; the session goes over IPv4."""
    lab.client.ip_batch(f"address add {SIX}/64 dev {INTERFACE} nodad", f"route add ::/0 dev {INTERFACE}")
    server.wait_mails(2)
    service.wait_line(f"^Mail sending completed:.*{SIX}")


def session_for_the_other_six(lab, hold):
    held = hold("DATA")
    lab.client.ip_batch(f"address add {OTHER_SIX}/64 dev {INTERFACE} nodad",
                        f"address delete {SIX}/64 dev {INTERFACE}")
    held.wait_reached()
    return held


def test_another_address_of_the_other_family(lab, server, service, with_ipv6, hold):
    """The session's own address stands: it comes as far as its question."""
    held = session_for_the_other_six(lab, hold)
    lab.client.ip_batch(f"address add {SIX}/64 dev {INTERFACE} nodad",
                        f"address delete {OTHER_SIX}/64 dev {INTERFACE}")
    service.wait_line(f"^Address changed:.*{SIX}")
    assert server.stays_idle(SILENCE) and not service.matching("superseded")
    held.release()
    assert "not true any more" in service.wait_line("^Mail superseded:")


def test_the_other_family_is_lost(lab, server, service, with_ipv6, hold):
    held = session_for_the_other_six(lab, hold)
    lab.client.ip("address", "delete", f"{OTHER_SIX}/64", "dev", INTERFACE)
    service.wait_line(f"^Address gone:.*{OTHER_SIX}")
    assert server.stays_idle(SILENCE)
    held.release()
    assert server.wait_mails(3).has_line(OTHER_SIX)
    service.wait_line("^Mail sending completed:")
    assert not service.matching("superseded")
