# SPDX-License-Identifier: GPL-2.0-or-later
"""The address outside from STUN servers: a real coturn, behind a real NAT."""

import json
import os
import pathlib
import socket
import struct
import subprocess

import pytest

from lab import INTERFACE, SILENCE
from namespaces import join, require_namespaces
from process import until
from router import FIRST, OWN, OWN6, ROUTER, SECOND, STRANGER, Home, is_made
from service import PROGRAM

ONE, OTHER = "44.128.9.1", "44.128.9.2"  # the servers
ONE6, FIRST6, SECOND6 = "2001:db8:9::1", "2001:db8:1::7", "2001:db8:1::8"


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


@pytest.fixture
def server(home):
    return home.mail_server()


def told(server, n):
    return server.wait_mails(n).message["X-Ipherald-IPv4"]


def servers(*addresses):
    return "( " + ", ".join(f'"{address}"' for address in addresses) + " )"


def is_asking(home):
    """Is a socket connected to a server's port?"""
    return home.client.inside(lambda: ":0D96 " in pathlib.Path("/proc/thread-self/net/udp").read_text("ascii"))


def now(service):
    """What `ipherald status` says of IPv4."""
    argv = [PROGRAM, "status", "--json", f"--runtime-dir={service.folder}/runtime"]
    out = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    return json.loads(out)["addresses"]["ipv4"]


def test_two_servers_agree(home, server):
    """And a change that nobody announces is seen at the next question: here that of a reload."""
    for address in (ONE, OTHER):
        home.start_stun(address)
    service = home.behind("stun", stun=servers(ONE, OTHER)).start()
    assert told(server, 1) == FIRST
    assert "as STUN servers see it" in server.mails[0].message.get_content()
    home.set_wan(SECOND)
    service.reload()
    assert told(server, 2) == SECOND
    assert server.stays_idle(SILENCE)


def test_ipv6_behind_a_router(home, server):
    """Prefixes that are hidden behind the router's address are rare, but there."""
    home.give_ipv6(FIRST6)
    home.start_stun(ONE6)
    service = home.behind("stun", stun=servers(ONE6), families='( "ipv6" )').start()
    assert server.wait_mails(1).message["X-Ipherald-IPv6"] == FIRST6
    body = server.mails[0].message.get_content()
    assert "as STUN servers see it" in body and f"{OWN6} ({INTERFACE})" in body
    home.give_ipv6(SECOND6)
    service.reload()
    assert server.wait_mails(2).message["X-Ipherald-IPv6"] == SECOND6
    assert server.stays_idle(SILENCE)


def test_a_change_of_the_line_is_a_question(home, server):
    home.start_stun(ONE)
    home.behind("stun", stun=servers(ONE)).start()
    assert told(server, 1) == FIRST
    home.set_wan(SECOND)
    home.client.ip_batch(f"address flush dev {INTERFACE}", f"address add 192.168.1.6/24 dev {INTERFACE}",
                         f"route add default via {ROUTER}")
    assert told(server, 2) == SECOND


def test_two_servers_disagree(home, server):
    """That is no address: none is told but the interface's own, and no change of one that was."""
    home.start_stun(ONE)
    home.start_stun(OTHER)
    service = home.behind("stun", stun=servers(ONE, OTHER)).start()
    assert told(server, 1) == FIRST
    service.wait_line("^Mail sending completed:")
    home.hide_behind(SECOND, towards=OTHER)
    service.reload()
    service.wait_line('^The source "stun" does not know the IPv4 address outside: .*disagree')
    assert server.stays_idle(SILENCE)


@pytest.mark.parametrize("router, nat, words", [
    ("100.64.0.5", "cgn", "carrier-grade NAT"), ("10.0.0.2", "double", "double NAT"),
    (SECOND, "disagree", "Which of the two leads here"),
])
def test_router_and_servers_disagree(home, server, router, nat, words):
    home.answer(router)
    home.start_stun(ONE)
    service = home.behind("stun", "gateway", stun=servers(ONE)).start()
    assert told(server, 1) == FIRST
    body = server.mails[0].message.get_content()
    assert words in body and router in body, body
    ipv4 = now(service)
    assert (ipv4["address"], ipv4["source"], ipv4["nat"], ipv4["nat_other"]) == (FIRST, "stun", nat, router)


def test_another_exit(home, server):
    """The best default route leads through a VPN, whose exit is not the line's."""
    home.start_stun(ONE)
    join(home.client, "vpn0", home.server, "exit")
    home.server.ip("route", "add", f"{SECOND}/32", "dev", "exit")
    home.client.ip_batch(f"route replace default via {ROUTER} metric 100", f"route delete default via {ROUTER} metric 0",
                         f"address add {SECOND}/32 dev vpn0", f"route add default dev vpn0 src {SECOND} metric 10")
    home.behind("stun", stun=servers(ONE), interfaces=f'"{INTERFACE}"').start()
    assert told(server, 1) == FIRST


def test_forged_answers(home, server):
    """The third machine answers each port in the servers' stead, and cannot know the transaction."""
    home.start_stun(ONE)
    home.drop_questions()
    home.behind("stun", stun=servers(ONE)).start()
    until(lambda: is_asking(home), "the question")
    answer = struct.pack("!HHI12sHHBBHI", 0x0101, 12, 0x2112A442, bytes(12), 0x0020, 8, 0, 1, 9 ^ 0x2112,
                         int.from_bytes(socket.inet_aton(SECOND), "big") ^ 0x2112A442)

    def flood():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind((STRANGER, 3478))
            for port in range(32768, 61000):
                s.sendto(answer, (OWN, port))
    home.stranger.inside(flood)
    assert is_asking(home) and server.stays_idle(SILENCE)
    home.hear_questions()
    assert told(server, 1) == FIRST
