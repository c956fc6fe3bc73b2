# SPDX-License-Identifier: GPL-2.0-or-later
"""The mailer dies by SIGKILL at each point where it matters. What becomes of the mail: one in the end, or the same
Message-ID twice where nobody can know."""

import fcntl
import os
import pathlib
import signal
import struct
import termios

import pytest

from lab import A, SERVER_ADDRESS, SILENCE
from mail_server import Hold
from process import process_state, until, wait_end, wait_until_stopped

SIOCOUTQ = termios.TIOCOUTQ  # of a TCP socket: octets that its peer's kernel has not taken yet


@pytest.fixture
def owing(lab, server):
    """Not started yet; at its start it owes the mail for A."""
    lab.set_address(A)
    return lab.service()


def kill(pid):
    os.kill(pid, signal.SIGKILL)
    wait_end(pid)


def connections(pid):
    """Of TCP, in the namespace of PID: the octets that each has yet to send, and those that nobody has read."""
    rows = [line.split() for line in pathlib.Path(f"/proc/{pid}/net/tcp").read_text("ascii").splitlines()[1:]]
    return [tuple(int(octets, 16) for octets in row[4].split(":")) for row in rows]


def unread_octets(pid):
    return sum(unread for _, unread in connections(pid))


def unsent_octets(peer):
    return struct.unpack("i", fcntl.ioctl(peer.sock.fileno(), SIOCOUTQ, b"\0" * 4))[0]


def wait_until_it_waits(server, mailer):
    """Until the mailer has read all that the server said, and sleeps."""
    peer = server.sessions[-1]
    until(lambda: unsent_octets(peer) == 0, "the client's kernel has it")
    until(lambda: unread_octets(mailer) == 0, "the mailer has read it")
    until(lambda: process_state(mailer) == "S", "the mailer waits")


def stop_between_go_and_dot(server, service, begin):
    """The mailer, stopped. BEGIN has it started; the service is stopped over the question, and it over the answer."""
    hold = server.answers["DATA"] = Hold()
    begin()
    hold.wait_reached()
    mailer = service.mailer()
    service.kill(signal.SIGSTOP)
    wait_until_stopped(service.pid)
    hold.release()
    wait_until_it_waits(server, mailer)
    os.kill(mailer, signal.SIGSTOP)
    wait_until_stopped(mailer)
    service.kill(signal.SIGCONT)
    until(lambda: "mail " in service.ledger.read_text("utf-8"), "the mail's record in the ledger")
    return mailer


def test_before_the_go(server, owing):
    hold = server.answers["DATA"] = Hold()
    owing.start()
    hold.wait_reached()
    kill(owing.mailer())
    line = owing.wait_line("^Mail sending deferred:")
    assert "until" in line
    hold.release()
    server.wait_sessions(1)
    assert not server.bodies
    assert server.stays_idle(SILENCE)
    owing.reload()
    assert server.wait_mails(1).has_line(A)
    owing.wait_line("^Mail sending completed:")
    assert server.stays_idle(SILENCE)


def test_between_go_and_dot(server, owing):
    kill(stop_between_go_and_dot(server, owing, owing.start))
    owing.wait_line("^Mail sending deferred:")
    recorded = owing.ledger.read_text("utf-8")
    server.wait_sessions(1)
    assert not server.bodies
    mail = server.wait_mails(1)
    assert mail.has_line(A)
    assert mail.message_id.strip("<>") in recorded
    owing.wait_line("^Mail sending completed:")
    assert server.stays_idle(SILENCE)


def test_what_was_not_sent_dies_with_it(lab, server):
    """The body lies in the kernel, since the path carries nothing: it must not arrive when nobody stands by it."""
    lab.set_address(A)
    service = lab.service(unknown_wait=1800)
    mailer = stop_between_go_and_dot(server, service, service.start)
    lab.server.ip("address", "delete", f"{SERVER_ADDRESS}/32", "dev", "lo")
    os.kill(mailer, signal.SIGCONT)
    until(lambda: any(unsent > 0 for unsent, _ in connections(service.pid)), "the mailer has written the body")
    kill(mailer)
    assert connections(service.pid) == []
    lab.server.ip("address", "add", f"{SERVER_ADDRESS}/32", "dev", "lo")
    line = service.wait_line("^Mail sending deferred:.*step dot")
    assert "whether it arrived is not known" in line
    server.hang_up()
    assert not server.bodies


def test_after_the_dot_before_its_reply(server, owing):
    """The server took it and the mailer can't say so any more: the same mail comes twice, with one Message-ID."""
    hold = server.answers["."] = Hold()
    owing.start()
    hold.wait_reached()
    kill(owing.mailer())
    owing.wait_line("^Mail sending deferred:")
    hold.release()
    again = server.wait_bodies(2)
    assert again.message_id == server.bodies[0].message_id
    assert again.message["Date"] == server.bodies[0].message["Date"]
    owing.wait_line("^Mail sending completed:")
    assert server.stays_idle(SILENCE)


def test_after_the_reply_to_the_dot(server, owing):
    hold = server.answers["QUIT"] = Hold()
    owing.start()
    hold.wait_reached()
    owing.wait_line("^Mail sending completed:")
    kill(owing.mailer())
    hold.release()
    assert server.stays_idle(SILENCE)
    owing.stop()
    owing.start()
    assert server.stays_idle(SILENCE)
    server.wait_mails(1)
    assert not owing.matching("deferred|failed")


def test_66_service_killed_between_go_and_reply(server, owing):
    """The mailer ends with the service; the new service knows from the ledger that the mail's fate is unknown."""
    hold = server.answers["."] = Hold()
    owing.start()
    hold.wait_reached()
    mailer = owing.mailer()
    owing.stop(signal.SIGKILL)
    wait_end(mailer)
    hold.release()
    owing.start()
    again = server.wait_bodies(2)
    assert again.message_id == server.bodies[0].message_id
    owing.wait_line("^Mail sending completed:")
    assert server.stays_idle(SILENCE)
