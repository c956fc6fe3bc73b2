# SPDX-License-Identifier: GPL-2.0-or-later
"""The address outside from STUN servers: a real coturn, behind a real NAT."""

import json
import socket
import struct
import subprocess

import pytest

from lab import INTERFACE, SILENCE
from process import until
from router import FIRST, FIRST6, OWN6, ROUTER, SECOND, SECOND6, told
from service import PROGRAM

ONE, OTHER = "44.128.9.1", "44.128.9.2"  # the servers
ONE6 = "2001:db8:9::1"


def servers(*addresses):
    return "( " + ", ".join(f'"{address}"' for address in addresses) + " )"


def now(service):
    """What `ipherald status` says of IPv4."""
    argv = [PROGRAM, "status", "--json", f"--runtime-dir={service.folder}/runtime"]
    out = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    return json.loads(out)["addresses"]["ipv4"]


def test_two_servers_agree(home, mail_server):
    """And a change that nobody announces is seen at the next question: here that of a reload."""
    for address in (ONE, OTHER):
        home.start_stun(address)
    service = home.behind("stun", stun=servers(ONE, OTHER)).start()
    assert told(mail_server, 1) == FIRST
    assert "as STUN servers see it" in mail_server.mails[0].message.get_content()
    home.set_wan(SECOND)
    service.reload()
    assert told(mail_server, 2) == SECOND
    assert mail_server.stays_idle(SILENCE)


def test_ipv6_behind_a_router(home, mail_server):
    """Prefixes that are hidden behind the router's address are rare, but there."""
    home.give_ipv6(FIRST6)
    home.start_stun(ONE6)
    service = home.behind("stun", stun=servers(ONE6), families='( "ipv6" )').start()
    assert told(mail_server, 1, "IPv6") == FIRST6
    body = mail_server.mails[0].message.get_content()
    assert "as STUN servers see it" in body and f"{OWN6} ({INTERFACE})" in body
    home.give_ipv6(SECOND6)
    service.reload()
    assert told(mail_server, 2, "IPv6") == SECOND6
    assert mail_server.stays_idle(SILENCE)


def test_ipv6_of_the_watched_address(home, mail_server):
    """Not of a temporary one, which is another outside where prefixes are translated (RFC 6296)."""
    home.give_ipv6(FIRST6)
    home.start_stun(ONE6)
    home.add_temporary_address()
    home.hear_only(OWN6)
    home.behind("stun", stun=servers(ONE6), families='( "ipv6" )').start()
    assert told(mail_server, 1, "IPv6") == FIRST6


def test_a_change_of_the_line_is_a_question(home, mail_server):
    home.start_stun(ONE)
    home.behind("stun", stun=servers(ONE)).start()
    assert told(mail_server, 1) == FIRST
    home.set_wan(SECOND)
    home.client.ip_batch(f"address flush dev {INTERFACE}", f"address add 192.168.1.6/24 dev {INTERFACE}",
                         f"route add default via {ROUTER}")
    assert told(mail_server, 2) == SECOND


def test_two_servers_disagree(home, mail_server):
    """That is no address: none is told but the interface's own, and no change of one that was."""
    home.start_stun(ONE)
    home.start_stun(OTHER)
    service = home.behind("stun", stun=servers(ONE, OTHER)).start()
    assert told(mail_server, 1) == FIRST
    service.wait_line("^Mail sending completed:")
    home.hide_behind(SECOND, towards=OTHER)
    service.reload()
    service.wait_line('^The source "stun" does not know the IPv4 address outside: .*disagree')
    assert mail_server.stays_idle(SILENCE)


@pytest.mark.parametrize("router, nat, words", [
    ("100.64.0.5", "cgn", "carrier-grade NAT"), ("10.0.0.2", "double", "double NAT"),
    (SECOND, "disagree", "Which of the two leads here"),
])
def test_router_and_servers_disagree(home, mail_server, router, nat, words):
    home.answer(router)
    home.start_stun(ONE)
    service = home.behind("stun", "gateway", stun=servers(ONE)).start()
    assert told(mail_server, 1) == FIRST
    body = mail_server.mails[0].message.get_content()
    assert words in body and router in body, body
    ipv4 = now(service)
    assert (ipv4["address"], ipv4["source"], ipv4["nat"], ipv4["nat_other"]) == (FIRST, "stun", nat, router)


def test_another_exit(home, mail_server):
    """The best default route leads through a VPN, whose exit is not the line's."""
    home.start_stun(ONE)
    home.lead_through_tunnel(SECOND)
    home.behind("stun", stun=servers(ONE), interfaces=f'"{INTERFACE}"').start()
    assert told(mail_server, 1) == FIRST


def test_forged_answers(home, mail_server):
    """The third machine answers each port in the servers' stead, and cannot know the transaction."""
    home.start_stun(ONE)
    home.drop_questions()
    home.behind("stun", stun=servers(ONE)).start()
    until(lambda: home.is_asking(3478), "the question")
    answer = struct.pack("!HHI12sHHBBHI", 0x0101, 12, 0x2112A442, bytes(12), 0x0020, 8, 0, 1, 9 ^ 0x2112,
                         int.from_bytes(socket.inet_aton(SECOND), "big") ^ 0x2112A442)
    home.forge(answer, 3478)
    assert home.is_asking(3478) and mail_server.stays_idle(SILENCE)
    home.hear_questions()
    assert told(mail_server, 1) == FIRST


def test_an_idle_hour(home, mail_server, home_clock):
    """Where nothing changes: one question to each server each five minutes and its answer, as the manual says."""
    for address in (ONE, OTHER):
        home.start_stun(address)
    service = home.behind("stun", stun=servers(ONE, OTHER)).start(environment=home_clock.environment)
    assert told(mail_server, 1) == FIRST
    service.wait_line("^Mail sending completed:")
    assert 40 <= home.an_hour(home_clock, 3478) <= 52
    assert len(mail_server.mails) == 1
