# SPDX-License-Identifier: GPL-2.0-or-later
"""The real mailer against servers that refuse or break off, and where it goes from there."""

import socket

import pytest

from mailer_harness import USERS, MailerHarness, order, refused
from smtp_server import SmtpServer, Submission


def test_ca_file_missing(good, login):
    with SmtpServer(Submission(good.server_context(), USERS)) as server:
        session = refused(server, **{**login, "ca_file": "/nonexistent/ca.pem"})
    assert (session.outcome, session.step) == ("settings", "tls")
    assert "/nonexistent/ca.pem" in session.cause
    assert session.hint == "ca-file"
    assert not server.peers


def test_ca_file_unfit(good, login, unfit):
    path, words = unfit
    with SmtpServer(Submission(good.server_context(), USERS)) as server:
        session = refused(server, **{**login, "ca_file": path})
    assert (session.outcome, session.hint) == ("settings", "ca-file")
    assert session.cause == f"no trusted certificate in {path}: {words}"


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


def test_next_address_after_a_refused_one(two_addresses):
    submission = Submission()
    with SmtpServer(submission, address="127.0.0.2") as server:
        packet = order(server="two.example.com", port=server.port, security="none")
        with MailerHarness(packet, command=two_addresses) as mailer:
            assert mailer.run().outcome == "none"
    assert mailer.tried() == ["127.0.0.3", "127.0.0.2"]
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
    assert mailer.tried() == ["127.0.0.3"]


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


def test_cut_before_the_commit_is_temporary(good, login):
    def vanish(peer, line):
        peer.close()

    with SmtpServer(Submission(good.server_context(), USERS, answers={"MAIL": vanish})) as server:
        session = refused(server, **login)
    assert session.outcome == "temporary"
