# SPDX-License-Identifier: GPL-2.0-or-later
"""The real mailer delivers to servers that mean well, or refuse as they may."""

import socket

import pytest

from mailer_harness import USERS, MailerHarness, notice, order
from smtp_server import SmtpServer, Submission


def deliver(listener, **options):
    with MailerHarness(order(port=listener.port, **options)) as mailer:
        session = mailer.run()
        assert mailer.wait() == 0
    assert not listener.errors
    return mailer, session


def test_starttls_with_login(good, login):
    submission = Submission(good.server_context(), USERS)
    with SmtpServer(submission) as server:
        mailer, session = deliver(server, **login)
    assert session.outcome == "none"
    assert [r.outcome for r in mailer.of_type("transaction")] == ["delivered"]
    assert mailer.steps()[:3] == ["resolve", "connect", "greeting"]
    assert not mailer.of_type("fact")
    (sender, recipients, mail), = submission.mails
    assert (sender, recipients) == ("gateway@example.com", ["me@example.com"])
    assert b"Message-ID: <1.test@client.example.com>\r\n" in mail
    assert b"\r\n192.0.2.2\r\n" in mail


def test_implicit_tls_with_login(good, login):
    submission = Submission(good.server_context(), USERS)
    with SmtpServer(submission, context=good.server_context()) as server:
        mailer, session = deliver(server, security="tls", **login)
    assert session.outcome == "none"
    assert len(submission.mails) == 1
    assert mailer.steps()[:4] == ["resolve", "connect", "tls", "greeting"]


def test_each_step_tells_our_own_end_of_the_connection(two_addresses):
    """The first address greets badly: the second one's connection is another."""
    with SmtpServer(lambda peer: peer.reply("421 not now"), "127.0.0.3") as first, \
         SmtpServer(Submission(), "127.0.0.2", first.port), \
         MailerHarness(order(server="two.example.com", port=first.port, security="none"),
                       command=two_addresses) as mailer:
        assert mailer.run().outcome == "none"
    ends = [(r.step, r.source) for r in mailer.of_type("step")]
    assert ends[:5] == [("resolve", ""), ("connect", ""), ("greeting", "127.0.0.1"), ("connect", ""),
                        ("greeting", "127.0.0.1")]
    assert {source for _, source in ends[5:]} == {"127.0.0.1"}


def test_nothing_but_ehlo_and_starttls_before_tls(good, login):
    submission = Submission(good.server_context(), USERS)
    with SmtpServer(submission) as server:
        deliver(server, **login)
    words = [c.split(" ")[0] for c in server.peers[0].commands]
    assert words[:3] == ["EHLO", "STARTTLS", "EHLO"]


def test_no_encryption_where_it_is_so_set():
    submission = Submission()
    with SmtpServer(submission) as server:
        mailer, session = deliver(server, security="none")
    assert session.outcome == "none"
    assert len(submission.mails) == 1
    assert "tls" not in mailer.steps()


def test_server_by_name():
    with SmtpServer(Submission(), address="127.0.0.1") as server:
        _, session = deliver(server, security="none", server="localhost")
    assert session.outcome == "none" and session.server == f"localhost:{server.port}"


def test_trailing_dot_is_no_part_of_the_certificates_name(good, login):
    with SmtpServer(Submission(good.server_context(), USERS)) as server:
        _, session = deliver(server, **{**login, "tls_name": "mail.example.com."})
    assert session.outcome == "none"


def test_certificate_for_an_address(authority, good):
    submission = Submission(good.server_context())
    with SmtpServer(submission) as server:
        _, session = deliver(server, ca_file=authority.ca_file)
    assert session.outcome == "none"
    assert len(submission.mails) == 1


def test_ipv6_literal():
    submission = Submission()
    try:
        server = SmtpServer(submission, address="::1")
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")
    with server:
        _, session = deliver(server, security="none", server="::1")
    assert session.outcome == "none"
    assert session.server == f"[::1]:{server.port}"
    assert server.peers[0].commands[0] == "EHLO [IPv6:::1]"


@pytest.mark.parametrize("options, expected", [
    ({"helo": "set.example.com", "host": "name.example.com"}, "set.example.com"),
    ({"host": "name.example.com"}, "name.example.com"),
    ({"host": "name"}, "[127.0.0.1]"),
])
def test_ehlo_name(options, expected):
    with SmtpServer(Submission()) as server:
        deliver(server, security="none", **options)
    assert server.peers[0].commands[0] == f"EHLO {expected}"


def test_ten_recipients_are_one_transaction(good, login):
    recipients = [f"r{i}@example.com" for i in range(10)]
    submission = Submission(good.server_context(), USERS)
    with SmtpServer(submission) as server:
        mailer, _ = deliver(server, notices=notice(recipients), **login)
    assert len(server.peers) == 1
    assert [m[1] for m in submission.mails] == [recipients]
    assert [r.outcome for r in mailer.of_type("recipient")] == ["none"] * 10
    assert mailer.of_type("commit")[0].accepted == "0,1,2,3,4,5,6,7,8,9"


def test_two_transactions_in_one_session(good, login):
    notices = notice(["a@example.com"], 1) + notice(["b@example.com"], 2)
    submission = Submission(good.server_context(), USERS)
    with SmtpServer(submission) as server:
        mailer, _ = deliver(server, notices=notices, **login)
    assert len(server.peers) == 1
    assert [m[1] for m in submission.mails] == [["a@example.com"], ["b@example.com"]]
    assert [(r.transaction, r.outcome) for r in mailer.of_type("transaction")] == [
        ("0", "delivered"), ("1", "delivered")]


def test_each_recipient_has_its_own_fate(good, login):
    submission = Submission(good.server_context(), USERS, answers={
        "RCPT TO:<b@example.com>": "550 5.1.1 no such user", "RCPT TO:<c@example.com>": "452 4.2.2 full"})
    with SmtpServer(submission) as server:
        mailer, session = deliver(
            server, notices=notice(["a@example.com", "b@example.com", "c@example.com"]), **login)
    assert [m[1] for m in submission.mails] == [["a@example.com"]]
    assert b"To: a@example.com\r\n" in submission.mails[0][2]
    assert [(r.outcome, r.code) for r in mailer.of_type("recipient")] == [
        ("none", "250"), ("destination-permanent", "550"), ("destination-temporary", "452")]
    assert mailer.of_type("recipient")[1].text == "no such user"
    assert session.outcome == "none"


def test_stop_at_the_commit_sends_no_dot(good, login):
    submission = Submission(good.server_context(), USERS)
    with SmtpServer(submission) as server:
        with MailerHarness(order(port=server.port, **login)) as mailer:
            mailer.run(go=False)
            assert [r.outcome for r in mailer.of_type("transaction")] == ["stopped"]
    assert not submission.mails


def test_result_comes_before_the_reply_to_quit(good, login):
    """The server holds its 221 back until the test has seen the transaction's result."""
    seen, told = socket.socketpair()

    def late(peer, line):
        told.recv(1)
        return "221 2.0.0 Bye"

    submission = Submission(good.server_context(), USERS, answers={"QUIT": late})
    with SmtpServer(submission) as server:
        with MailerHarness(order(port=server.port, **login)) as mailer:
            mailer.answer(mailer.receive_until("commit").transaction)
            assert mailer.receive_until("transaction").outcome == "delivered"
            seen.send(b"x")
            assert mailer.run().outcome == "none"
    seen.close()
    told.close()


def test_wrong_password_is_held(good, login, credentials):
    (credentials / "ipherald.smtp-password").write_text("wrong\n", encoding="utf-8")
    submission = Submission(good.server_context(), USERS)
    with SmtpServer(submission) as server:
        mailer, session = deliver(server, **login)
        assert (session.outcome, session.step, session.code) == ("login-refused", "auth", "535")
        assert session.text == "Error: authentication failed"
        assert session.digest.startswith("pbkdf2-sha256$")
        assert [r.outcome for r in mailer.of_type("transaction")] == ["not-begun"]

        again, held = deliver(server, held_digest=session.digest, **login)
        assert (held.outcome, held.step) == ("still-held", "auth")
        assert not again.of_type("step")
        assert len(server.peers) == 1

        (credentials / "ipherald.smtp-password").write_text("correct horse\n", encoding="utf-8")
        _, better = deliver(server, held_digest=session.digest, **login)
        assert better.outcome == "none"
    assert len(submission.mails) == 1


@pytest.mark.parametrize("content, words", [(None, "No such file"), ("", "empty"), ("a\nb\n", "one line")])
def test_no_usable_credential(content, words, good, login, credentials):
    path = credentials / "ipherald.smtp-password"
    if content is None:
        path.unlink()
    else:
        path.write_text(content, encoding="ascii")
    with SmtpServer(Submission(good.server_context(), USERS)) as server:
        _, session = deliver(server, **login)
    assert (session.outcome, session.step, session.hint) == ("settings", "auth", "credential-missing")
    assert str(path) in session.cause and words in session.cause
    assert not server.peers
