# SPDX-License-Identifier: GPL-2.0-or-later
"""The real mailer against servers that can't prove themselves, cheat, or break off."""

import socket
import ssl

import pytest

from mailer_harness import USERS, MailerHarness, order
from smtp_server import SmtpServer, Submission


def refused(listener, command=None, **options):
    """Runs a session that must deliver nothing; the session's report."""
    with MailerHarness(order(port=listener.port, **options), command=command) as mailer:
        session = mailer.run()
        assert [r.outcome for r in mailer.of_type("transaction")] == ["not-begun"]
        assert not mailer.of_type("commit")
    return session


def secret_was_sent(server):
    return any("AUTH" in c.upper() for peer in server.peers for c in peer.commands)


# What the certificate is like, what is said of it, and the hint.
CERTIFICATES = {
    "self-signed": ({"self_signed": True}, "the certificate is self-signed", "unknown"),
    "expired": ({"not_before": "2019-01-01 00:00:00", "not_after": "2020-02-03 04:05:06"},
                "the certificate expired on 2020-02-03", "expired"),
    "not yet valid": ({"not_before": "2048-02-03 04:05:06"},
                      "the certificate is valid only from 2048-02-03", "too-new"),
    "wrong name": ({"names": ["other.example.com", "third.example.com"]},
                   "the certificate is for other.example.com, third.example.com, not for mail.example.com", "name"),
    "partial wildcard": ({"names": ["ma*.example.com"]}, "not for mail.example.com", "name"),
    "purpose": ({"purpose": "tls_www_client"}, "the certificate is not meant for a server", "unfit"),
    "must-staple": ({"must_staple": True}, "OCSP", "unfit"),
}


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("case", CERTIFICATES)
def test_certificate_refused(case, security, authority, login):
    options, words, hint = CERTIFICATES[case]
    context = authority.certificate(**options).server_context()
    with SmtpServer(Submission(context, USERS), context=context if security == "tls" else None) as server:
        session = refused(server, security=security, **login)
    assert (session.outcome, session.step) == ("insecure", "tls")
    assert words in session.cause
    assert session.hint == f"certificate-{hint}"
    assert not secret_was_sent(server)


def test_certificate_of_an_unknown_authority(good, login, other_authority):
    with SmtpServer(Submission(good.server_context(), USERS)) as server:
        session = refused(server, **{**login, "ca_file": other_authority.ca_file})
    assert (session.outcome, session.step) == ("insecure", "tls")
    assert "issuer is not trusted here: CN=Test Authority" in session.cause
    assert session.hint == "certificate-unknown"


def test_certificate_without_the_address(authority):
    context = authority.certificate().server_context()
    with SmtpServer(Submission(context)) as server:
        session = refused(server, ca_file=authority.ca_file)
    assert session.outcome == "insecure"
    assert "the certificate is for mail.example.com, not for 127.0.0.1" in session.cause


def test_ca_file_missing(good, login):
    with SmtpServer(Submission(good.server_context(), USERS)) as server:
        session = refused(server, **{**login, "ca_file": "/nonexistent/ca.pem"})
    assert (session.outcome, session.step) == ("settings", "tls")
    assert "/nonexistent/ca.pem" in session.cause
    assert session.hint == "ca-file"
    assert not server.peers


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_tls_1_1_only(security, good, login):
    context = good.server_context(minimum=ssl.TLSVersion.TLSv1_1, maximum=ssl.TLSVersion.TLSv1_1)
    with SmtpServer(Submission(context, USERS), context=context if security == "tls" else None) as server:
        session = refused(server, security=security, **login)
    assert (session.outcome, session.step) == ("insecure", "tls")
    assert "TLS 1.2" in session.cause
    assert session.hint == "tls-old"
    assert not secret_was_sent(server)


def test_starttls_missing(login):
    with SmtpServer(Submission(None, USERS)) as server:
        session = refused(server, **login)
    assert session.outcome == "insecure"
    assert session.hint == "starttls-missing"
    assert not secret_was_sent(server)


@pytest.mark.parametrize("answer", ["454 4.7.0 not now", "502 no", "354 go", "221 bye", "421 busy"])
def test_starttls_refused(answer, good, login):
    with SmtpServer(Submission(good.server_context(), USERS, answers={"STARTTLS": answer})) as server:
        session = refused(server, **login)
    assert session.outcome == "insecure"
    assert not secret_was_sent(server)


@pytest.mark.parametrize("injected", ["220 go ahead\n250 injected", "220 go ahead\n250-part"])
def test_reply_injected_behind_220(injected, good, login):
    submission = Submission(good.server_context(), USERS, answers={"STARTTLS": injected})
    with SmtpServer(submission) as server:
        session = refused(server, **login)
    assert session.outcome in ("temporary", "insecure")
    assert not secret_was_sent(server)


def test_reply_injected_in_a_later_segment(login):
    """Plain text where the handshake should be; the server waits with it until the ClientHello is there."""
    def inject(peer):
        peer.reply("220 mail.example.com")
        peer.command()
        peer.reply("250-mail.example.com", "250 STARTTLS")
        peer.command()
        peer.reply("220 go ahead")
        peer._fill()
        peer.reply("250 injected")
        peer.wait_closed()

    with SmtpServer(inject) as server:
        session = refused(server, **login)
    assert (session.outcome, session.step) == ("insecure", "tls")
    assert "plain text: 250 injected" in session.cause


def test_plain_text_on_a_tls_port(good, login):
    with SmtpServer(Submission(good.server_context(), USERS)) as server:
        session = refused(server, security="tls", **login)
    assert (session.outcome, session.step) == ("insecure", "tls")
    assert "plain text: 220 mail.example.com ESMTP" in session.cause
    assert session.hint == "starttls-port"
    assert not secret_was_sent(server)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_cut_in_the_handshake(security, good, login):
    def cut(peer):
        if security == "starttls":
            peer.reply("220 mail.example.com")
            peer.command()
            peer.reply("250-mail.example.com", "250 STARTTLS")
            peer.command()
            peer.reply("220 go ahead")
        peer._fill()

    with SmtpServer(cut) as server:
        session = refused(server, security=security, **login)
    assert (session.outcome, session.step) == ("not-reached", "tls")


def test_connection_refused():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with MailerHarness(order(port=closed.getsockname()[1], security="none")) as mailer:
            session = mailer.run()
    assert (session.outcome, session.step) == ("not-reached", "connect")
    assert session.cause == "127.0.0.1: Connection refused"


def test_name_that_does_not_exist():
    with MailerHarness(order(server="no-such-host.invalid", security="none")) as mailer:
        session = mailer.run()
    assert (session.outcome, session.step) == ("not-reached", "resolve")
    assert "no-such-host.invalid" in session.cause


@pytest.mark.parametrize("greeting, outcome", [
    ("421 busy", "temporary"), ("554 go away", "temporary"), ("250 what", "temporary"), (None, "not-reached")])
def test_greeting_is_not_220(greeting, outcome):
    def greet(peer):
        if greeting:
            peer.reply(greeting)

    with SmtpServer(greet) as server:
        session = refused(server, security="none")
    assert (session.outcome, session.step) == (outcome, "greeting")


def test_next_address_after_a_refused_one(two_addresses):
    submission = Submission()
    with SmtpServer(submission, address="127.0.0.2") as server:
        packet = order(server="two.example.com", port=server.port, security="none")
        with MailerHarness(packet, command=two_addresses) as mailer:
            assert mailer.run().outcome == "none"
    assert [r.cause for r in mailer.of_type("step") if r.step == "connect"] == ["127.0.0.3", "127.0.0.2"]
    assert len(submission.mails) == 1


def test_both_addresses_refused(two_addresses):
    with socket.socket() as closed:
        closed.bind(("0.0.0.0", 0))
        packet = order(server="two.example.com", port=closed.getsockname()[1], security="none")
        with MailerHarness(packet, command=two_addresses) as mailer:
            session = mailer.run()
    assert (session.outcome, session.cause) == ("not-reached", "127.0.0.3: Connection refused")


class FirstOf:
    """The first connection gets one handler, the others another."""

    def __init__(self, first, others):
        self.handlers = [first, others]

    def __call__(self, peer):
        handler = self.handlers.pop(0) if len(self.handlers) > 1 else self.handlers[0]
        handler(peer)


@pytest.mark.parametrize("greeting", ["421 busy\r\n", "554 no\r\n", "", "nonsense\r\n"])
def test_next_address_after_a_bad_greeting(greeting, two_addresses):
    submission = Submission()
    handler = FirstOf(lambda peer: peer.sock.sendall(greeting.encode()), submission)
    with SmtpServer(handler, address="0.0.0.0") as server:
        packet = order(server="two.example.com", port=server.port, security="none")
        with MailerHarness(packet, command=two_addresses) as mailer:
            assert mailer.run().outcome == "none"
    assert len(server.peers) == 2
    assert len(submission.mails) == 1


def test_no_other_address_after_a_refused_certificate(two_addresses, other_authority, login):
    context = other_authority.certificate(names=["mail.example.com"]).server_context()
    with SmtpServer(Submission(), address="0.0.0.0", context=context) as server:
        packet = order(server="two.example.com", port=server.port, security="tls", **login)
        with MailerHarness(packet, command=two_addresses) as mailer:
            assert mailer.run().outcome == "insecure"
    assert [r.cause for r in mailer.of_type("step") if r.step == "connect"] == ["127.0.0.3"]


def test_the_answer_tells_more_than_the_silence(two_addresses):
    """One address greets with 421, the other refuses the connection: the 421 is what is told."""
    with SmtpServer(lambda peer: peer.reply("421 busy"), address="127.0.0.3") as server:
        session = refused(server, two_addresses, server="two.example.com", security="none")
    assert (session.outcome, session.code) == ("temporary", "421")


def test_no_next_address_after_the_greeting(two_addresses):
    submission = Submission()
    handler = FirstOf(Submission(answers={"EHLO": "451 not now"}), submission)
    with SmtpServer(handler, address="0.0.0.0") as server:
        session = refused(server, two_addresses, server="two.example.com", security="none")
    assert (session.outcome, session.step) == ("temporary", "ehlo")
    assert len(server.peers) == 1 and not submission.mails


@pytest.mark.parametrize("cut", ["close", "reset"])
def test_cut_after_the_dot_is_unknown(cut, good, login):
    def vanish(peer, line):
        getattr(peer, cut)()

    with SmtpServer(Submission(good.server_context(), USERS, answers={".": vanish})) as server:
        with MailerHarness(order(port=server.port, **login)) as mailer:
            mailer.run()
    assert [r.outcome for r in mailer.of_type("transaction")] == ["unknown"]


def test_cut_before_the_commit_is_temporary(good, login):
    def vanish(peer, line):
        peer.close()

    with SmtpServer(Submission(good.server_context(), USERS, answers={"MAIL": vanish})) as server:
        session = refused(server, **login)
    assert session.outcome == "temporary"
