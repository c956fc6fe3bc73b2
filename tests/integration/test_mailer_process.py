# SPDX-License-Identifier: GPL-2.0-or-later
"""The mailer as a process: what it gives up, and what ends it."""

import os
import select
import subprocess

import pytest

from mailer_harness import MAILER, USERS, MailerHarness, notice, order
from smtp_server import SmtpServer, Submission

SANDBOX_ID = 65533


def ids_can_change():
    """Whether root may become SANDBOX_ID here: with the capabilities for it, and where that id exists."""
    with open("/proc/self/status", encoding="ascii") as status:
        capabilities = next(int(line.split()[1], 16) for line in status if line.startswith("CapEff"))
    with open("/proc/self/uid_map", encoding="ascii") as uid_map:
        ranges = [[int(word) for word in line.split()] for line in uid_map]
    setgid, setuid = 6, 7
    return (capabilities >> setgid & capabilities >> setuid & 1
            and any(first <= SANDBOX_ID < first + count for first, _, count in ranges))


class Silence:
    """A server that says nothing at a chosen point, until the client goes."""

    def __init__(self, step):
        self.step = step

    def __call__(self, peer):
        if self.step != "greeting":
            peer.reply("220 mail.example.com")
            peer.command()
            if self.step == "tls":
                peer.reply("250-mail.example.com", "250 STARTTLS")
                peer.command()
                peer.reply("220 go ahead")
        self.left = peer.wait_closed()


@pytest.mark.parametrize("step", ["greeting", "ehlo", "tls"])
def test_end_of_the_service_ends_it(step, login):
    silence = Silence(step)
    with SmtpServer(silence) as server:
        with MailerHarness(order(port=server.port, **login)) as mailer:
            mailer.receive_until("step", step)
            mailer.socket.close()
            assert mailer.wait() == 1
    assert b"QUIT" not in silence.left


def test_end_of_the_service_at_the_commit(good, login):
    submission = Submission(good.server_context(), USERS)
    with SmtpServer(submission) as server:
        with MailerHarness(order(port=server.port, **login)) as mailer:
            mailer.receive_until("commit")
            mailer.socket.close()
            assert mailer.wait() == 1
    assert not submission.mails
    assert "QUIT" not in server.peers[0].commands


def test_answer_without_a_question_ends_it():
    with SmtpServer(Silence("greeting")) as server:
        with MailerHarness(order(port=server.port, security="none")) as mailer:
            mailer.receive_until("step", "greeting")
            mailer.answer(0)
            assert mailer.wait() == 1


@pytest.mark.parametrize("number, packet", [(0, b"answer transaction=1 go=1\n"), (1, b"nonsense"), (2, b"\n")])
def test_wrong_answer_ends_it(number, packet):
    submission = Submission()
    with SmtpServer(submission) as server:
        with MailerHarness(order(port=server.port, security="none")) as mailer:
            mailer.receive_until("commit")
            mailer.socket.send(packet)
            assert mailer.wait() == 1
    assert not submission.mails


@pytest.mark.parametrize("packet", [b"nonsense", order()[:-2], order().replace(b"port=25", b"port=26"),
                                    order(notices=[" \n"])])
def test_nonsensical_order(packet):
    with MailerHarness(packet) as mailer:
        assert mailer.receive() is None
        assert mailer.wait() == 1


def test_service_that_goes_before_the_order():
    with MailerHarness() as mailer:
        mailer.socket.close()
        assert mailer.wait() == 1


def test_privilege_is_gone_while_it_waits(login):
    with SmtpServer(Silence("greeting")) as server:
        with MailerHarness(order(port=server.port, **login)) as mailer:
            mailer.receive_until("step", "greeting")
            status = mailer.process_status()
            owner = os.stat(f"/proc/{mailer.pid}/mem").st_uid
    assert status["NoNewPrivs"] == "1"
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(status[name], 16) == 0, name
    if os.geteuid() == 0:
        assert int(status["CapBnd"], 16) == 0
    if os.geteuid() == 0 and ids_can_change():
        assert status["Uid"].split() == [str(SANDBOX_ID)] * 4
        assert status["Gid"].split() == [str(SANDBOX_ID)] * 4
        assert status["Groups"].split() == []
    assert owner == 0, "dumpable: the files in /proc would belong to the user"


def test_killed_with_its_parent():
    """A service in between: it starts the mailer, tells its pid, and is killed."""
    script = ("import sys\nsys.path.insert(0, sys.argv[1])\nfrom mailer_harness import *\n"
              "m = MailerHarness(order(port=int(sys.argv[2]), security='none'))\n"
              "m.receive_until('step', 'greeting')\nkeep = os.dup(m.socket.fileno())\n"
              "os.set_inheritable(keep, True)\nprint(m.pid, flush=True)\nsys.stdin.read()\n")
    with SmtpServer(Silence("greeting")) as server:
        with subprocess.Popen(["/usr/bin/python3", "-c", script, os.path.dirname(__file__), str(server.port)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as service:
            pid = int(service.stdout.readline())
            pidfd = os.pidfd_open(pid)
            service.kill()
            service.wait()
        assert select.select([pidfd], [], [], 30)[0]
        os.close(pidfd)


def test_started_by_hand():
    result = subprocess.run([MAILER], stdin=subprocess.DEVNULL, capture_output=True, timeout=30,
                            check=False)
    assert result.returncode == 1
    assert b"started by ipherald" in result.stderr


def test_dry_run_prints_each_mail():
    read, write = os.pipe()
    notices = notice(["a@example.com", "b@example.com"], 1) + notice(["c@example.com"], 2)
    with MailerHarness(order(notices=notices, show=True, server=None), stdout=write) as mailer:
        os.close(write)
        session = mailer.run()
        with os.fdopen(read, "rb") as output:
            text = output.read()
    assert session.outcome == "none"
    assert [r.outcome for r in mailer.of_type("transaction")] == ["delivered", "delivered"]
    assert text.count(b"Message-ID: <") == 2
    assert b"To: a@example.com" in text and b"\r" not in text
    assert not socket_was_opened(mailer)


def socket_was_opened(mailer):
    return any(s in ("resolve", "connect") for s in mailer.steps())


def test_dry_run_stopped_prints_nothing():
    read, write = os.pipe()
    with MailerHarness(order(show=True, server=None), stdout=write) as mailer:
        os.close(write)
        mailer.run(go=False)
        with os.fdopen(read, "rb") as output:
            assert output.read() == b""
    assert [r.outcome for r in mailer.of_type("transaction")] == ["stopped"]


def test_dry_run_without_a_reader():
    read, write = os.pipe()
    os.close(read)
    with MailerHarness(order(show=True, server=None), stdout=write) as mailer:
        os.close(write)
        mailer.run()
    report, = mailer.of_type("transaction")
    assert report.outcome == "temporary" and "standard output" in report.cause
