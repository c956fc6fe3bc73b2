# SPDX-License-Identifier: GPL-2.0-or-later
"""A mailer that is stopped in the middle of its session: the service ends it after 90 s, which the test moves its clock
by. Before the go that was one more failed try; from there on the mail's fate is unknown."""

import contextlib
import os
import signal
import socket
import threading

import pytest

from lab import A, SERVER, SERVER_ADDRESS, SILENCE
from mail_server import Hold
from process import PATIENCE, until, wait_until_stopped
from smtp_server import Closed
from test_mailer_killed import stop_between_go_and_dot

LIMIT = 90  # seconds of silence
UNKNOWN_WAIT = 1800
SYN_SENT = "02"


@pytest.fixture
def service(lab, moved):
    """Runs on moved clocks. It has no address yet, and no server."""
    return lab.service(unknown_wait=UNKNOWN_WAIT).start(environment=moved.environment)


def stop(service):
    mailer = service.mailer()
    os.kill(mailer, signal.SIGSTOP)
    wait_until_stopped(mailer)


@contextlib.contextmanager
def stuck_in_resolve(lab, service):
    """A name server that gets a question, and no name in the file until this is over."""
    hosts = lab.folder / "hosts"
    text = hosts.read_text("ascii")
    hosts.write_text(text.replace(SERVER, "other.example.com"), "ascii")
    (lab.folder / "resolv.conf").write_text(f"nameserver {SERVER_ADDRESS}\n", "ascii")
    with lab.server.inside(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as name_server:
        name_server.settimeout(PATIENCE)
        name_server.bind((SERVER_ADDRESS, 53))
        lab.set_address(A)
        assert b"mail" in name_server.recv(512)
        yield
    hosts.write_text(text, "ascii")
    lab.mail_server()


@contextlib.contextmanager
def stuck_in_connect(lab, service):
    """A port whose queue is full."""
    with lab.server.inside(socket.socket) as listener, lab.server.inside(socket.socket) as first:
        listener.bind((SERVER_ADDRESS, 587))
        listener.listen(0)
        first.connect((SERVER_ADDRESS, 587))
        lab.set_address(A)
        until(lambda: connecting(service.pid), "the mailer connects")
        yield
    lab.mail_server()


def connecting(pid):
    with open(f"/proc/{pid}/net/tcp", encoding="ascii") as table:
        return any(line.split()[3] == SYN_SENT for line in table)


@contextlib.contextmanager
def stuck_in_tls(lab, service):
    """A server that says 220 to STARTTLS, and nothing to the ClientHello."""
    reached, over = threading.Event(), threading.Event()

    def answer(peer, line):
        peer.reply("220 2.0.0 go ahead")
        peer.some_octets()
        reached.set()
        over.wait(PATIENCE)
        raise Closed
    server = lab.mail_server(answers={"STARTTLS": answer})
    lab.set_address(A)
    assert reached.wait(PATIENCE)
    yield
    over.set()
    del server.answers["STARTTLS"]


def stuck_in(step):
    @contextlib.contextmanager
    def stuck(lab, service):
        hold = Hold()
        lab.mail_server(answers={step: hold})
        lab.set_address(A)
        hold.wait_reached()
        yield
        hold.release()
    return stuck


BEFORE_THE_GO = {
    "resolve": stuck_in_resolve, "connect": stuck_in_connect, "tls": stuck_in_tls,
    **{step.lower(): stuck_in(step) for step in ("greeting", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA")},
}


def wait_killed(service, moved):
    """The line that tells of it."""
    moved.go_on(LIMIT - 1)
    assert service.children()
    moved.go_on(1)
    line = service.wait_line("^Mail sending deferred:")
    assert f"the mailer failed: it was silent for {LIMIT} s" in line
    return line


@pytest.mark.parametrize("step", BEFORE_THE_GO)
def test_before_the_go(lab, service, moved, step):
    with BEFORE_THE_GO[step](lab, service):
        stop(service)
        wait_killed(service, moved)
        ledger = service.ledger.read_text("utf-8")
        assert "sending=" not in ledger and " row=temporary " in ledger
    moved.go_on(90)
    server, = lab.servers
    assert server.wait_mails(1).has_line(A)
    service.wait_line("^Mail sending completed:")
    assert len(server.bodies) == 1


@pytest.mark.parametrize("step", ["body", "dot"])
def test_behind_the_go(lab, service, moved, step):
    server = lab.mail_server()
    if step == "body":
        stop_between_go_and_dot(server, service, lambda: lab.set_address(A))
    else:
        hold = server.answers["."] = Hold()
        lab.set_address(A)
        hold.wait_reached()
        stop(service)
    recorded = service.ledger.read_text("utf-8")
    assert "step dot" in wait_killed(service, moved)
    moved.go_on(UNKNOWN_WAIT - 2 * LIMIT)
    assert server.stays_idle(SILENCE)
    moved.go_on(LIMIT)
    if step == "dot":
        hold.release()
    service.wait_line("^Mail sending completed:")
    assert {mail.message_id for mail in server.bodies} == {server.bodies[0].message_id}
    assert len(server.bodies) == (1 if step == "body" else 2)
    assert server.bodies[0].message_id.strip("<>") in recorded
