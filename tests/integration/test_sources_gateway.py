# SPDX-License-Identifier: GPL-2.0-or-later
"""The address outside from the router (NAT-PMP), at a real miniupnpd."""

import os
import pathlib
import socket
import struct

import pytest

import postfix
from lab import ACCOUNT, INTERFACE, PASSWORD, SILENCE
from namespaces import require_namespaces
from process import until
from router import FIRST, OWN, SECOND, STRANGER, THIRD, Home, is_made


@pytest.fixture
def home():
    require_namespaces()
    if os.environ["IPHERALD_TESTS_NAMESPACES"] != "root":
        pytest.skip("another root takes root")
    if not is_made():
        pytest.skip("build/root-router is not made (tests/integration/router_root.sh)")
    made = Home()
    yield made
    try:
        made.close()
    finally:
        for service in made.services:
            print(service.text())
        if made.upnpd:
            print(made.upnpd.text())


@pytest.fixture
def server(home):
    return home.mail_server()


def told(server, n):
    return server.wait_mails(n).message["X-Ipherald-IPv4"]


def test_the_wan_address_changes(home, server):
    home.start_upnpd()
    service = home.behind("gateway").start()
    assert told(server, 1) == FIRST
    body = server.mails[0].message.get_content()
    assert "as the router says" in body and "forwards its port" in body and f"{OWN} ({INTERFACE})" in body
    home.set_wan(SECOND)
    assert told(server, 2) == SECOND
    home.renumber_wan(SECOND, THIRD)
    assert told(server, 3) == THIRD
    assert server.stays_idle(SILENCE)
    assert f"{THIRD} on {INTERFACE}, outside, by gateway, NAT router" in service.text()


def test_the_change_comes_to_the_mailbox(home):
    """Of a real Postfix, behind the real router."""
    if not postfix.is_made():
        pytest.skip("build/root-mail is not made (tests/integration/postfix_root.sh)")
    mail_server = postfix.Postfix(home.server, home.certificate, {ACCOUNT: PASSWORD}, ["me@example.com"],
                                  home.folder / "postfix")
    home.start_upnpd()
    home.behind("gateway").start()
    mail_server.wait_delivered()
    home.set_wan(SECOND)
    mail_server.wait_delivered()
    assert [mail["X-Ipherald-IPv4"] for mail in mail_server.mails("me@example.com")] == [FIRST, SECOND]
    mail_server.close()


def test_the_router_starts_again(home, server):
    """Its clock begins anew (the epoch of RFC 6886), and it says so; the address may be the same."""
    home.start_upnpd()
    home.behind("gateway").start()
    assert told(server, 1) == FIRST
    home.stop_upnpd()  # a question may fall into the gap: that is silence, and no change
    home.start_upnpd()
    assert server.stays_idle(SILENCE)
    home.stop_upnpd()
    home.set_wan(SECOND)
    home.start_upnpd()  # announces itself
    assert told(server, 2) == SECOND


def test_a_router_that_is_gone(home, server):
    """No answer is no change, also for a service that starts then."""
    home.start_upnpd()
    service = home.behind("gateway").start()
    assert told(server, 1) == FIRST
    service.wait_line("^Mail sending completed:")
    home.stop_upnpd()
    service.reload()
    service.wait_line('^The source "gateway" does not know the IPv4 address outside')
    service.stop()
    service.start()
    service.wait_line('^The source "gateway" does not know the IPv4 address outside')
    assert server.stays_idle(SILENCE)
    home.set_wan(SECOND)
    home.start_upnpd()
    assert told(server, 2) == SECOND
    service.wait_line('^The source "gateway" knows the IPv4 address outside again')


def announce(home, epoch, address):
    """From the third machine, to the group."""
    def send():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(STRANGER))
            s.sendto(struct.pack("!BBHI4s", 0, 128, 0, epoch, socket.inet_aton(address)), ("224.0.0.1", 5350))
    home.stranger.inside(send)


def test_a_forged_announcement(home, server):
    """It is no fact: the router is asked at most."""
    upnpd = home.start_upnpd()
    home.behind("gateway").start()
    assert told(server, 1) == FIRST
    for epoch in range(3):
        announce(home, epoch, SECOND)
    assert server.stays_idle(SILENCE)
    requests = upnpd.matching("NAT-PMP public address request")
    assert len(requests) <= 3, requests
    home.set_wan(THIRD)
    assert told(server, 2) == THIRD


def is_asking(home):
    """Is a socket connected to the router's port?"""
    return home.client.inside(lambda: ":14E7 " in pathlib.Path("/proc/thread-self/net/udp").read_text("ascii"))


def test_a_forged_answer(home, server):
    """The third machine sends one to each port, from its own address, while the router's is waited for."""
    def flood():
        answer = struct.pack("!BBHI4s", 0, 128, 0, 7, socket.inet_aton(SECOND))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind((STRANGER, 5351))
            for port in range(32768, 61000):
                s.sendto(answer, (OWN, port))

    home.drop_questions()
    home.start_upnpd()
    home.behind("gateway").start()
    until(lambda: is_asking(home), "the question")
    home.stranger.inside(flood)
    assert is_asking(home) and server.stays_idle(SILENCE)
    home.hear_questions()
    assert told(server, 1) == FIRST
    assert server.stays_idle(SILENCE)


def test_a_shared_address_on_the_wan(home, server):
    """Carrier-grade NAT: nothing public is known."""
    home.set_wan("100.64.0.5")
    home.start_upnpd()
    home.behind("gateway").start()
    assert told(server, 1) in ("100.64.0.5", OWN)  # miniupnpd may keep a private one to itself
    assert "It can't be reached from outside" in server.mails[0].message.get_content()
