# SPDX-License-Identifier: GPL-2.0-or-later
"""The address outside from the router (NAT-PMP, and PCP over IPv6), at a real miniupnpd."""

import socket
import struct

import pytest

import postfix
from lab import ACCOUNT, INTERFACE, PASSWORD, SILENCE
from process import until
from router import FIRST, FIRST6, OWN, OWN6, SECOND, SECOND6, STRANGER, STRANGER6, THIRD, told


def test_the_wan_address_changes(home, mail_server):
    home.start_upnpd()
    service = home.behind("gateway").start()
    assert told(mail_server, 1) == FIRST
    body = mail_server.mails[0].message.get_content()
    assert "as the router says" in body and "forwards its port" in body and f"{OWN} ({INTERFACE})" in body
    home.set_wan(SECOND)
    assert told(mail_server, 2) == SECOND
    home.renumber_wan(SECOND, THIRD)
    assert told(mail_server, 3) == THIRD
    assert mail_server.stays_idle(SILENCE)
    assert f"{THIRD} on {INTERFACE}, outside, by gateway, NAT router" in service.text()


def test_the_change_comes_to_the_mailbox(home):
    """Of a real Postfix, behind the real router."""
    if not postfix.is_made():
        pytest.skip("build/root-mail is not made (tests/integration/postfix_root.sh)")
    mailbox = postfix.Postfix(home.server, home.certificate, {ACCOUNT: PASSWORD}, ["me@example.com"],
                              home.folder / "postfix")
    home.start_upnpd()
    home.behind("gateway").start()
    mailbox.wait_delivered()
    home.set_wan(SECOND)
    mailbox.wait_delivered()
    assert [mail["X-Ipherald-IPv4"] for mail in mailbox.mails("me@example.com")] == [FIRST, SECOND]
    mailbox.close()


def test_the_router_starts_again(home, mail_server):
    """Its clock begins anew (the epoch of RFC 6886), and it says so; the address may be the same."""
    home.start_upnpd()
    home.behind("gateway").start()
    assert told(mail_server, 1) == FIRST
    home.stop_upnpd()  # a question may fall into the gap: that is silence, and no change
    home.start_upnpd()
    assert mail_server.stays_idle(SILENCE)
    home.stop_upnpd()
    home.set_wan(SECOND)
    home.start_upnpd()  # announces itself
    assert told(mail_server, 2) == SECOND


def test_a_router_that_is_gone(home, mail_server):
    """No answer is no change, also for a service that starts then."""
    home.start_upnpd()
    service = home.behind("gateway").start()
    assert told(mail_server, 1) == FIRST
    service.wait_line("^Mail sending completed:")
    home.stop_upnpd()
    service.reload()
    service.wait_line('^The source "gateway" does not know the IPv4 address outside')
    service.stop()
    service.start()
    service.wait_line('^The source "gateway" does not know the IPv4 address outside')
    assert mail_server.stays_idle(SILENCE)
    home.set_wan(SECOND)
    home.start_upnpd()
    assert told(mail_server, 2) == SECOND
    service.wait_line('^The source "gateway" knows the IPv4 address outside again')


def announce(home, epoch, address):
    """From the third machine, to the group."""
    def send():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(STRANGER))
            s.sendto(struct.pack("!BBHI4s", 0, 128, 0, epoch, socket.inet_aton(address)), ("224.0.0.1", 5350))
    home.stranger.inside(send)


def test_a_forged_announcement(home, mail_server):
    """From another address than the router's it is no fact, and no reason to ask either."""
    upnpd = home.start_upnpd()
    home.behind("gateway").start()
    assert told(mail_server, 1) == FIRST
    asked = len(upnpd.matching("NAT-PMP public address request"))
    for epoch in range(3):
        announce(home, epoch, SECOND)
    assert mail_server.stays_idle(SILENCE)
    assert len(upnpd.matching("NAT-PMP public address request")) == asked
    home.set_wan(THIRD)
    assert told(mail_server, 2) == THIRD


def test_a_forged_answer(home, mail_server):
    """The third machine sends one to each port, from its own address, while the router's is waited for."""
    home.drop_questions()
    home.start_upnpd()
    home.behind("gateway").start()
    until(lambda: home.is_asking(5351), "the question")
    home.forge(struct.pack("!BBHI4s", 0, 128, 0, 7, socket.inet_aton(SECOND)), 5351)
    assert home.is_asking(5351) and mail_server.stays_idle(SILENCE)
    home.hear_questions()
    assert told(mail_server, 1) == FIRST
    assert mail_server.stays_idle(SILENCE)


def test_a_shared_address_on_the_wan(home, mail_server):
    """Carrier-grade NAT: nothing public is known."""
    home.set_wan("100.64.0.5")
    home.start_upnpd()
    home.behind("gateway").start()
    assert told(mail_server, 1) in ("100.64.0.5", OWN)  # miniupnpd may keep a private one to itself
    assert "It can't be reached from outside" in mail_server.mails[0].message.get_content()


def test_ipv6_of_the_real_router(home, mail_server):
    """It opens its firewall and hides nothing: what it calls external is our own, and nobody can be reached there."""
    home.give_ipv6(FIRST6)
    upnpd = home.start_upnpd()
    service = home.behind("gateway", families='( "ipv6" )').start()
    upnpd.wait_line(rf"PCP request received from \[{OWN6}\]")
    assert told(mail_server, 1, "IPv6") == OWN6
    assert "It can't be reached from outside" in mail_server.mails[0].message.get_content()
    assert not service.matching("does not know the IPv6 address"), service.text()


def test_ipv6_is_announced(home, mail_server):
    """To ff02::1, by a router that hides a prefix; it is asked at its link-local address."""
    router = home.answer_pcp(FIRST6)
    home.behind("gateway", families='( "ipv6" )').start()
    assert told(mail_server, 1, "IPv6") == FIRST6
    router.external = SECOND6

    def forge():
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
            to = socket.if_nametoindex("eth0")
            s.bind((STRANGER6, 5351, 0, to))
            s.sendto(struct.pack("!BBHII12x", 2, 128, 0, 0, 0), ("ff02::1", 5350, 0, to))
    home.stranger.inside(forge)
    assert mail_server.stays_idle(SILENCE) and len(router.requests) == 1
    router.announce()
    assert told(mail_server, 2, "IPv6") == SECOND6


def test_each_family_has_its_own_reason(home, mail_server):
    """A silence is said once, however often the other family is answered."""
    router = home.answer_pcp(FIRST6)  # and over IPv4 the router's port is closed
    service = home.behind("gateway").start()
    assert told(mail_server, 1, "IPv6") == FIRST6
    router.external = SECOND6
    router.announce()
    assert told(mail_server, 2, "IPv6") == SECOND6
    silences = service.matching('^The source "gateway" does not know the IPv4 address outside')
    assert len(silences) == 1 and "it speaks neither NAT-PMP nor PCP" in silences[0], silences


def test_ipv6_of_the_watched_address(home, mail_server):
    """Not of a temporary one, which is another outside where prefixes are translated (RFC 6296)."""
    router = home.answer_pcp(FIRST6)
    home.add_temporary_address()
    home.behind("gateway", families='( "ipv6" )').start()
    assert told(mail_server, 1, "IPv6") == FIRST6
    clients = [socket.inet_ntop(socket.AF_INET6, request[8:24]) for request in router.requests]
    assert clients == [OWN6] * len(clients)


@pytest.mark.parametrize("family", ["IPv4", "IPv6"])
def test_an_idle_hour(home, mail_server, home_clock, family):
    """Where nothing changes: one question each five minutes and its answer, as the manual says; by NAT-PMP, and PCP."""
    if family == "IPv4":
        home.answer(FIRST)
    else:
        home.answer_pcp(FIRST6)
    service = home.behind("gateway", families=f'( "{family.lower()}" )').start(environment=home_clock.environment)
    assert told(mail_server, 1, family) == (FIRST if family == "IPv4" else FIRST6)
    service.wait_line("^Mail sending completed:")
    assert 20 <= home.an_hour(home_clock, 5351) <= 26
    assert len(mail_server.mails) == 1
