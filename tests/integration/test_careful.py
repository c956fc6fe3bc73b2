# SPDX-License-Identifier: GPL-2.0-or-later
"""A server that says it takes commands together, and does not: one session fails, the next ones send one command at a
time, until a reload."""

import pytest

from lab import A, B, C
from mailer_harness import MailerHarness, order
from smtp_server import SmtpServer, Submission


def no_two_at_once(peer, line):
    """An answer: no reply at all where the next command is there already."""
    return "what?" if peer.buffer else "250 2.1.0 Ok"


@pytest.mark.parametrize("careful", [False, True])
def test_45_mailer(careful):
    submission = Submission(answers={"MAIL": no_two_at_once})
    with SmtpServer(submission) as server, \
         MailerHarness(order(port=server.port, security="none", careful=careful)) as mailer:
        session = mailer.run()
    assert session.outcome == ("none" if careful else "temporary")
    assert session.fields.get("pipelining-failed", "0") == ("0" if careful else "1")
    assert len(submission.mails) == (1 if careful else 0)


def test_45_out_of_order_is_no_refusal():
    """What a server says to commands that it takes for misplaced is no reason to wait for a day."""
    with SmtpServer(Submission(answers={"RCPT": "503 5.5.1 need MAIL"})) as server, \
         MailerHarness(order(port=server.port, security="none")) as mailer:
        session = mailer.run()
    assert (session.outcome, session.code) == ("temporary", "503")
    assert session.fields["pipelining-failed"] == "1"


# Says of its first session that pipelining failed, and keeps each order.
MAILER = """\
#!/usr/bin/python3
import os, socket
folder = os.path.dirname(os.path.abspath(__file__))
n = sum(name.startswith("order-") for name in os.listdir(folder))
s = socket.socket(fileno=3)
with open(f"{folder}/order-{n}", "wb") as f:
    f.write(s.recv(70000))
def say(line):
    s.send(line.encode() + b"\\n")
say("step outcome=none step=resolve code=0")
say("commit transaction=0 accepted=0"); s.recv(4096)
say("transaction transaction=0 outcome=delivered step=dot code=250")
say("session outcome=none step= code=0" + (" pipelining-failed=1" if n < 2 else ""))
"""
SAID = "seems to lose commands that are sent together"


@pytest.fixture
def service(lab):
    lab.set_address(A)
    made = lab.service()
    made.replace_mailer(MAILER)
    return made.start()


def order_of(service, number):
    return (service.program.parent / f"order-{number}").read_text("utf-8")


def test_45_service(lab, service):
    service.wait_line(SAID)
    for number, address in enumerate((B, C), 1):
        lab.set_address(address)
        service.wait_line(f"^Mail sending completed:.*{address}")
        assert " careful=1" in order_of(service, number)
    service.reload()
    service.wait_line("^Settings read anew")
    lab.set_address(A)
    service.wait_line(f"^Mail sending completed:.*{A}")
    assert [" careful=1" in order_of(service, n) for n in (0, 3)] == [False, False]
    assert len(service.matching(SAID)) == 1
    assert " careful" not in service.ledger.read_text("utf-8")
