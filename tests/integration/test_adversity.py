# SPDX-License-Identifier: GPL-2.0-or-later
"""What a hostile server, a lying mailer and a full disk could do."""

import base64
import shutil
import subprocess

import pytest

from service import PROGRAM
from lab import A, B, INTERFACE
from mail_server import Closed
from mailer_harness import ACCOUNT, USERS, MailerHarness, notice, order
from smtp_server import SmtpServer, Submission

PASSWORD = USERS[ACCOUNT]
QUOTES = [PASSWORD, base64.b64encode(PASSWORD.encode()).decode(),
          base64.b64encode(f"\0{ACCOUNT}\0{PASSWORD}".encode()).decode()]


@pytest.mark.parametrize("quote", QUOTES)
@pytest.mark.parametrize("code", ["250", "451", "550"])
def test_quoted_secret_in_the_reply_to_the_dot(good, login, code, quote):
    with SmtpServer(Submission(good.server_context(), USERS, answers={".": f"{code} x {quote}"})) as server:
        with MailerHarness(order(port=server.port, **login)) as mailer:
            mailer.run()
    assert not [r for r in mailer.reports if quote in str(r)]


def test_quoted_secret_in_a_later_transaction(good, login):
    answers = {"RCPT TO:<two@example.com>": f"450 {PASSWORD}"}
    notices = notice(["one@example.com"], 1) + notice(["two@example.com"], 2)
    with SmtpServer(Submission(good.server_context(), USERS, answers=answers)) as server:
        with MailerHarness(order(notices, port=server.port, **login)) as mailer:
            mailer.run()
    assert not [r for r in mailer.reports if PASSWORD in str(r)]


def test_quoted_secret_among_the_login_methods(good, login):
    with SmtpServer(Submission(good.server_context(), USERS, mechanisms="X-" + QUOTES[1])) as server:
        with MailerHarness(order(port=server.port, **login)) as mailer:
            mailer.run()
    assert not [r for r in mailer.reports if QUOTES[1] in str(r)]


def test_quoted_secret_where_tls_is_due(login):
    with SmtpServer(lambda peer: peer.reply(f"220 {PASSWORD}")) as server:
        with MailerHarness(order(port=server.port, security="tls", **login)) as mailer:
            assert mailer.run().outcome == "insecure"
    assert not [r for r in mailer.reports if PASSWORD in str(r)]


def test_cut_while_the_commit_is_asked(lab, server):
    """Nothing of the body went out: a failed try, with the words of what happened; not unknown."""
    def answer(peer, line):
        peer.reply("354 go on")
        raise Closed
    server.answers["DATA"] = answer
    lab.set_address(A)
    service = lab.service(unknown_wait=1800).start()
    line = service.wait_line("^Mail sending deferred:")
    assert "no sense" not in line and "step dot" not in line
    assert "sending=" not in service.ledger.read_text("utf-8")


def test_cut_mail_then_one_refused_at_the_dot(lab, server, service):
    """Told A; B is cut after the dot, and arrives; back at A, whose mail is answered by 451: A is still owed."""
    def cut(peer, line):
        raise Closed
    server.answers["."] = cut
    lab.set_address(B)
    service.wait_line("^Mail sending deferred:")
    server.answers["."] = "451 4.3.0 not now"
    lab.set_address(A)
    server.wait_bodies(3)
    service.wait_line("not now")
    del server.answers["."]
    service.reload()
    assert server.wait_mails(2).has_line(A)


def test_international_domain_of_the_sender(lab):
    server = lab.mail_server(users=None)
    server._options["keywords"] = ["SMTPUTF8", "8BITMIME"]
    lab.set_address(A)
    service = lab.service(auth='method = "none";')
    text = service.config.read_text("utf-8")
    service.config.write_text(text.replace('from = "gateway@example.com"', 'from = "gateway@例え.example"'), "utf-8")
    service.start()
    assert server.wait_mails(1).sender == "gateway@例え.example"


def test_state_folder_that_cannot_be_written_at_the_start(lab, server):
    lab.set_address(A)
    service = lab.service()
    state = service.folder / "state"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k,ro", "tmpfs", state], check=True)
    try:
        service.start()
        server.wait_mails(1)
        service.close()
    finally:
        subprocess.run(["umount", state], check=True)


def test_one_hop_of_two_has_no_address(lab):
    """The hop with the lower ifindex has no address; the one on the other is still the machine's."""
    lab.unplug()
    lab.client.ip("link", "add", "idle0", "type", "veth", "peer", "name", "idle1")
    lab.client.ip("link", "set", "idle0", "up")
    lab.client.ip("link", "set", "idle1", "up")
    lab.plug()
    lab.set_address(A)
    lab.client.ip("route", "replace", "default", "nexthop", "dev", INTERFACE, "nexthop", "dev", "idle0")
    lab.service().start().wait_line(f"^Address changed: IPv4 {A}")


def test_once_ends_where_the_mailer_cannot_start(lab, tmp_path):
    lab.set_address(A)
    program = shutil.copy(PROGRAM, tmp_path)
    (tmp_path / "c").write_text("settle = { quiet = 0.1; };\n", "utf-8")
    result = subprocess.run(lab.client.command(program, "run", "--dry-run", "--once", f"--config={tmp_path}/c"),
                            timeout=10, check=False, capture_output=True)
    assert result.returncode == 1
