# SPDX-License-Identifier: GPL-2.0-or-later
"""POP before SMTP: a login by POP3 opens the mail server for the address that it came from, or there is no mail."""

import os

import pytest

import postfix
from lab import A, ACCOUNT, B, C, INTERFACE, PASSWORD, SERVER
from mail_server import Hold
from mailer_harness import MailerHarness, order
from smtp_server import SmtpServer, Submission
from standing_clock import StandingClock
from test_postfix import run_test
from test_suspend import sleep_until_answered

ME = "me@example.com"
POP_ADDRESS = "203.0.113.26"
PORT = 26  # where Postfix takes mail after a login by POP3
SECURITY = pytest.mark.parametrize("security, port", [("tls", 995), ("starttls", 110)])


def pop(security="tls", port=995, server=SERVER):
    return f'method = "pop-before-smtp"; pop = {{ server = "{server}"; port = {port}; security = "{security}"; }};'


@pytest.fixture
def server(lab):
    if os.environ["IPHERALD_TESTS_NAMESPACES"] != "root":
        pytest.skip("a real Postfix runs under several users, which takes root")
    if not postfix.is_made():
        pytest.skip("build/root-mail is not made (tests/integration/postfix_root.sh)")
    lab.server.ip("address", "add", f"{POP_ADDRESS}/32", "dev", "lo")
    certificate = lab.authority.certificate([SERVER], addresses=[POP_ADDRESS])
    made = postfix.Postfix(lab.server, certificate, {ACCOUNT: PASSWORD}, [ME], lab.folder / "postfix", pop=True)
    yield made
    made.close()
    print(made.log())


def test_refused_without_the_login(lab, server):
    lab.set_address(A)
    service = lab.service(security="none", port=PORT, auth='method = "none";').start()
    line = service.wait_line("^Mail sending failed:")
    assert "step rcpt" in line and "554 5.7.1" in line
    assert not server.mails(ME)


@SECURITY
def test_each_address_is_opened(lab, server, security, port):
    """Before every mail: what let A in lets nobody else in."""
    lab.set_address(A)
    service = lab.service(security="none", port=PORT, auth=pop(security, port), pop_password=PASSWORD).start()
    assert "queued as" in service.wait_line(f"^Mail sending completed: {A}")
    server.wait_delivered()
    lab.set_address(B)
    assert "queued as" in service.wait_line(f"^Mail sending completed: {B}")
    server.wait_delivered()
    first, second = server.mails(ME)
    assert A in first["Subject"] and second["Subject"].endswith(f"{B} (was {A})")
    assert PASSWORD not in service.text()


def test_the_mail_leaves_from_where_the_login_came(lab, server):
    """The way to the POP3 server has another source address than that to the mail server."""
    lab.set_address(A)
    lab.client.ip("address", "add", f"{C}/24", "dev", INTERFACE)
    lab.client.ip("route", "add", POP_ADDRESS, "dev", INTERFACE, "src", C)
    service = lab.service(port=PORT, auth=pop(server=POP_ADDRESS), pop_password=PASSWORD).start()
    service.wait_line("^Mail sending completed:")
    assert server.matching(rf"connect from unknown\[{C}\]") and not server.matching(rf"connect from unknown\[{A}\]")


def test_a_wrong_password_is_held(lab, server):
    """And no connection is made to the mail server, then or at the next start."""
    lab.set_address(A)
    options = {"security": "none", "port": PORT, "auth": pop(), "pop_password": "a wrong one"}
    service = lab.service(**options).start()
    line = service.wait_line("^Mail authentication failed:", deadline=30)
    assert f"step pop3 ({SERVER}:995)" in line and "-ERR" in line and "ipherald.pop-password" in line
    assert service.stop() == 0
    service.start()
    assert f"step pop3 ({SERVER}:995)" in service.wait_line("^Mail sending deferred:.*still the one")
    assert "a wrong one" not in service.text()
    assert not server.matching("connect from")
    service.write_password(PASSWORD, "pop-password")
    service.reload()
    service.wait_line("^Mail sending completed:")


@SECURITY
def test_verb_test_shows_the_login(lab, server, security, port):
    lab.set_address(A)
    account = {"security": "none", "port": PORT, "auth": pop(security, port), "pop_password": PASSWORD}
    code, said = run_test(lab, "--no-send", **account)
    assert code == 0 and said.endswith("\nThe login works; no mail was sent\n"), said
    assert f"after a login as {ACCOUNT} by POP3 at {SERVER}:{port} ({security})" in said
    assert " pop3\n" in said and "+OK " in said and f"certificate for {SERVER}" in said and "TLS 1.3" in said
    code, said = run_test(lab, "--no-send", **{**account, "pop_password": "a wrong one"})
    assert code == 1 and "Failed at the step pop3: -ERR" in said and "Hint:" in said, said
    assert len(server.matching(": connect from")) == 1


def test_without_its_password(lab):
    """That of SMTP is not taken for it: it may be another server's."""
    lab.set_address(A)
    line = lab.service(auth=pop()).start().wait_line("^Mail sending failed:")
    assert f"step pop3 ({SERVER}:995)" in line and "ipherald.pop-password" in line


class Pop3:
    """A POP3 server of one answer to each command, or a function that gives it, as Submission's."""

    def __init__(self, context=None, **answers):
        self.context, self.answers = context, answers

    def _answer(self, peer, word):
        answer = self.answers.get(word, "+OK")
        peer.reply(*(answer(peer, word) if callable(answer) else answer).split("\n"))

    def __call__(self, peer):
        self._answer(peer, "greeting")
        while True:
            word = peer.command().split(" ")[0]
            self._answer(peer, word)
            if word == "STLS" and "STLS" not in self.answers:
                peer.start_tls(self.context)
            if word == "QUIT":
                return


@pytest.fixture
def pop_login(login):
    (login["credentials"] / "ipherald.pop-password").write_text("hunter2secret\n", encoding="ascii")
    return login


def log_in(pop_login, good, security, *, careful=False, held_digest=None, address="127.0.0.1", **answers):
    """One session at scripted servers; the session's report, and the commands that either server heard."""
    context = good.server_context()
    submission = Submission()
    with SmtpServer(submission) as smtp, \
            SmtpServer(Pop3(context, **answers), context=context if security == "tls" else None) as server:
        packet = order(port=smtp.port, security="none", held_digest=held_digest, careful=careful,
                       pop=(address, server.port, security), **{**pop_login, "tls_name": None})
        with MailerHarness(packet) as mailer:
            session = mailer.run()
        assert not smtp.errors
        return session, [c for peer in server.peers for c in peer.commands], smtp.peers


def test_what_is_said(pop_login, good):
    session, commands, peers = log_in(pop_login, good, "starttls")
    assert session.outcome == "none" and len(peers) == 1
    assert commands == ["STLS", f"USER {pop_login['account']}", "PASS hunter2secret", "QUIT"]


@pytest.mark.parametrize("security, answers", [
    pytest.param("tls", {"PASS": "-ERR [IN-USE] locked"}, id="70-in-use"),
    pytest.param("tls", {"PASS": "-ERR [SYS/TEMP] later"}, id="70-sys-temp"),
    pytest.param("starttls", {"STLS": "+OK\n+OK"}, id="70-stls-reply"),
    pytest.param("tls", {"greeting": "220 mail.example.com"}, id="00-smtp-port"),
])
def test_no_mail_this_time(security, answers, pop_login, good):
    session, commands, peers = log_in(pop_login, good, security, **answers)
    assert (session.outcome, session.step, session.digest) == ("temporary", "pop3", "")
    assert not peers
    assert "PASS hunter2secret" not in commands or "PASS" in answers


def test_70_a_refusal_is_held(pop_login, good):
    session, _, peers = log_in(pop_login, good, "tls", PASS="-ERR hunter2secret is wrong")
    assert (session.outcome, session.step) == ("login-refused", "pop3")
    assert "hunter2" not in str(session) and session.digest and not peers
    again, commands, peers = log_in(pop_login, good, "tls", held_digest=session.digest)
    assert (again.outcome, again.step) == ("still-held", "pop3")
    assert not commands and not peers


@pytest.mark.parametrize("security, answers, hint", [
    ("starttls", {"STLS": "-ERR what"}, "pop-server"),
    ("tls", {}, "certificate-unknown"),
])
def test_no_password_without_tls(security, answers, hint, pop_login, good, other_authority):
    if not answers:
        pop_login = {**pop_login, "ca_file": other_authority.ca_file}
    session, commands, peers = log_in(pop_login, good, security, **answers)
    assert (session.outcome, session.step, session.hint) == ("insecure", "pop3", hint)
    assert set(commands) <= {"STLS", "QUIT"} and not peers


def test_a_family_of_its_own(pop_login, good):
    """The mail server is at 127.0.0.1: a login from ::1 would open nothing."""
    session, commands, peers = log_in(pop_login, good, "tls", address="::1")
    assert (session.outcome, session.step) == ("not-reached", "pop3")
    assert session.cause == "::1 has no IPv4 address"
    assert not commands and not peers


def test_a_reply_is_there_when_the_mailer_wakes(pop_login, good):
    hold = Hold("+OK")
    with SmtpServer(Submission()) as smtp, SmtpServer(Pop3(good.server_context(), STLS=hold)) as server, \
            StandingClock() as clock:
        packet = order(port=smtp.port, security="none", pop=("127.0.0.1", server.port, "starttls"),
                       **{**pop_login, "tls_name": None})
        with MailerHarness(packet, command=clock.command) as mailer:
            clock.started()
            sleep_until_answered(mailer, clock, hold)
            mailer.receive_until("step", "tls")
            clock.close()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_the_mail_server_has_both_families(address, pop_login, authority, two_addresses):
    """The POP3 server has one: the mail server is tried by that alone, and from where the login came."""
    context = authority.certificate(addresses=[address]).server_context()
    with SmtpServer(Submission(), address) as smtp, SmtpServer(Pop3(context), address, context=context) as server:
        packet = order(server="both.example.com", port=smtp.port, security="none", pop=(address, server.port, "tls"),
                       **{**pop_login, "tls_name": None})
        with MailerHarness(packet, command=two_addresses) as mailer:
            assert mailer.run().outcome == "none"
    assert len(mailer.tried()) == 2 and all(address in tried for tried in mailer.tried())
