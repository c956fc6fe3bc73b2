# SPDX-License-Identifier: GPL-2.0-or-later
"""Whose changes concern a destination."""

from lab import A, INTERFACE, SILENCE

P, Q = "2001:db8:1::7", "2001:db8:2::7"
BOTH, IPV4, IPV6 = "both@example.com", "four@example.com", "six@example.com"


def add_ipv6(lab, address):
    lab.client.ip_batch(f"address add {address}/64 dev {INTERFACE} nodad",
                        f"route replace ::/0 dev {INTERFACE}")


def readers(mails):
    return sorted(recipient for mail in mails for recipient in mail.recipients)


def test_each_hears_of_its_own_family(lab, server):
    lab.set_address(A)
    add_ipv6(lab, P)
    service = lab.service(to=[BOTH, {"to": IPV4, "families": "ipv4"}, {"to": IPV6, "families": "ipv6"}]).start()
    assert readers([server.wait_mails(1)]) == [BOTH, IPV4, IPV6]
    service.wait_line("^Mail sending completed:")

    add_ipv6(lab, Q)
    lab.client.ip("address", "delete", f"{P}/64", "dev", INTERFACE)
    mail = server.wait_mails(2)
    assert readers([mail]) == [BOTH, IPV6]
    assert (mail.message["X-Ipherald-IPv4"], mail.message["X-Ipherald-IPv6"]) == (A, Q)
    assert server.stays_idle(SILENCE)
