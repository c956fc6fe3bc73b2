# SPDX-License-Identifier: GPL-2.0-or-later
"""The order of `ipherald test`: what the session comes to know is reported; without a notice it logs in, and leaves."""

import base64

import pytest

from mailer_harness import ACCOUNT, USERS, MailerHarness, document, order
from smtp_server import SmtpServer, Submission


def run(listener, packet=None, **options):
    with MailerHarness(packet or order(port=listener.port, test=True, **options)) as mailer:
        session = mailer.run()
    return mailer, session


def facts(mailer, name):
    return [r.text for r in mailer.of_type("fact") if r.fact == name]


def replies(mailer):
    return [(r.step, int(r.code)) for r in mailer.of_type("fact") if r.fact == "reply"]


def without_notices(packet):
    """The order's first two lines, which are its kind and its account."""
    kind, account = packet.decode().splitlines(keepends=True)[:2]
    return document(kind.split()[0], [account])


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_all_that_is_known(security, good, login):
    submission = Submission(good.server_context(), USERS)
    with SmtpServer(submission, context=good.server_context() if security == "tls" else None) as server:
        mailer, session = run(server, security=security, **login)
    assert session.outcome == "none"
    assert [t.split(",")[0] for t in facts(mailer, "tls")] == ["TLS 1.3"]
    assert facts(mailer, "certificate") == ["mail.example.com, 127.0.0.1"]
    assert facts(mailer, "issuer") == ["CN=Test Authority"]
    assert facts(mailer, "expiry") == ["2049-12-31 00:00:00 +00:00"]
    assert facts(mailer, "offered") == ["PLAIN LOGIN"]
    assert facts(mailer, "method") == ["PLAIN"]
    plain = [("greeting", 220), ("ehlo", 250), ("starttls", 220)] if security == "starttls" else [("greeting", 220)]
    assert replies(mailer) == plain + [("ehlo", 250), ("auth", 235), ("mail", 250), ("data", 354)]
    assert len(submission.mails) == 1


def test_second_method(good, login):
    """504 to the first: the other is taken, and both are told."""
    submission = Submission(good.server_context(), USERS, keywords=(),
                            answers={"AUTH PLAIN": "504 5.5.4 not that one"})
    with SmtpServer(submission) as server:
        mailer, session = run(server, **login)
    assert session.outcome == "none"
    assert facts(mailer, "offered") == ["PLAIN LOGIN"]
    assert facts(mailer, "method") == ["PLAIN", "LOGIN"]
    assert [code for step, code in replies(mailer) if step == "auth"] == [235]  # and no challenge


def test_certificate_that_is_refused(authority, login):
    context = authority.certificate(names=["imap.example.com"]).server_context()
    with SmtpServer(Submission(context, USERS)) as server:
        mailer, session = run(server, **login)
    assert session.hint == "certificate-name"
    assert not facts(mailer, "tls")
    assert facts(mailer, "certificate") == ["imap.example.com"]
    assert facts(mailer, "issuer") == ["CN=Test Authority"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_without_notices_it_leaves_after_the_login(security, good, login):
    submission = Submission(good.server_context(), USERS)
    with SmtpServer(submission, context=good.server_context() if security == "tls" else None) as server:
        packet = order(port=server.port, test=True, security=security, **login)
        mailer, session = run(server, without_notices(packet))
    assert session.outcome == "none"
    assert replies(mailer)[-1] == ("auth", 235)
    verbs = [c.split(" ")[0] for c in server.peers[0].commands]
    assert verbs[-2:] == ["AUTH", "QUIT"] and "MAIL" not in verbs


def test_without_notices_a_refused_login_is_told(good, login):
    with SmtpServer(Submission(good.server_context(), {ACCOUNT: "another"})) as server:
        packet = order(port=server.port, test=True, **login)
        _, session = run(server, without_notices(packet))
    assert (session.outcome, session.code, session.hint) == ("login-refused", "535", "password")


def test_the_service_may_not_leave_notices_out(good, login):
    """Only a test's order may: another is no order."""
    with SmtpServer(Submission(good.server_context(), USERS)) as server:
        with MailerHarness(without_notices(order(port=server.port, **login))) as mailer:
            assert mailer.receive() is None
            assert mailer.wait() == 1
    assert not server.peers


def test_words_that_quote_the_login_are_left_out(good, login):
    token = base64.b64encode(f"\0{ACCOUNT}\0{USERS[ACCOUNT]}".encode()).decode()
    answers = {"AUTH": f"235 2.7.0 {token} is welcome", "MAIL": f"250 2.1.0 {USERS[ACCOUNT]}"}
    with SmtpServer(Submission(good.server_context(), USERS, answers=answers)) as server:
        mailer, session = run(server, **login)
    assert session.outcome == "none"
    said = repr(mailer.reports)
    assert token not in said and USERS[ACCOUNT] not in said
    assert ("auth", 235) in replies(mailer)
