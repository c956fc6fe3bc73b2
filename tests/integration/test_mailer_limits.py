# SPDX-License-Identifier: GPL-2.0-or-later
"""What a server can cost: time, by a clock that the test moves, and memory. Limits of single replies are met in the
transcripts (test_catalogue.py). pytest -s shows the figures."""

import contextlib
import socket
import threading
import time

import pytest

from mailer_harness import TIME_LIMIT, MailerHarness, order
from smtp_server import SmtpServer
from standing_clock import StandingClock

NAME, FIRST, SECOND = "two.example.com", "127.0.0.3", "127.0.0.2"
FLOOD = {"07-a-line-without-end": b"2" * 65536, "08-endless-reply": b"250-and so on\r\n" * 4096}
PEAK = 512  # kB above what a session needs that meets an honest reply


@contextlib.contextmanager
def deaf(address, port=0):
    """A port whose queue is full: the kernel answers nobody any more who wants to connect. Gives the port."""
    with socket.socket() as listener, socket.socket() as first:
        listener.bind((address, port))
        listener.listen(0)
        first.connect(listener.getsockname())
        yield listener.getsockname()[1]


def test_01_each_address_has_ten_seconds_to_connect(two_addresses):
    with deaf(FIRST) as port, deaf(SECOND, port), StandingClock() as clock:
        packet = order(server=NAME, port=port, security="none")
        with MailerHarness(packet, command=two_addresses[:-1] + clock.command) as mailer:
            clock.started()
            for _ in (FIRST, SECOND):
                mailer.receive_until("step", "connect")
                assert clock.advance(9.999)
                clock.advance(0.001)
            session = mailer.run()
    assert mailer.tried() == [FIRST, SECOND]
    assert (session.outcome, session.step) == ("not-reached", "connect")
    assert session.cause == f"{FIRST}: no answer within 10 s"


class Flood:
    """Greets with OCTETS without end, until the client has had enough."""

    def __init__(self, octets):
        self.octets, self.sent, self.seconds = octets, 0, None
        self.over = threading.Event()

    def __call__(self, peer):
        begin = time.monotonic()
        try:
            while True:
                peer.sock.sendall(self.octets)
                self.sent += len(self.octets)
        finally:
            self.seconds = time.monotonic() - begin
            self.over.set()


def greet_shortly(peer):
    peer.reply("421 not now")


def peak_memory(server, security, two_addresses, login):
    """In kB, of a mailer that has left the first address, SERVER's, and waits at the second."""
    options = login if security == "tls" else {}
    with socket.socket() as silent, StandingClock() as clock:
        silent.bind((SECOND, server.port))
        silent.listen()
        packet = order(server=NAME, port=server.port, security=security, **options)
        with MailerHarness(packet, command=two_addresses[:-1] + clock.command) as mailer:
            clock.started()
            while mailer.tried() != [FIRST, SECOND]:
                assert mailer.receive()
            assert clock.rest()
            return int(mailer.process_status()["VmHWM"].split()[0])


@pytest.mark.parametrize("security", ["none", "tls"])
@pytest.mark.parametrize("case", FLOOD)
def test_memory(case, security, two_addresses, good, login):
    context = good.server_context() if security == "tls" else None
    with SmtpServer(greet_shortly, FIRST, context=context) as server:
        usual = peak_memory(server, security, two_addresses, login)
    flood = Flood(FLOOD[case])
    with SmtpServer(flood, FIRST, context=context) as server:
        peak = peak_memory(server, security, two_addresses, login)
        assert flood.over.wait(TIME_LIMIT)
    print(f"\n{case}, {security}: given up after {flood.seconds:.3f} s, with {flood.sent} octets on their way; "
          f"peak {peak} kB, {usual} kB where the reply is short")
    assert peak - usual < PEAK
