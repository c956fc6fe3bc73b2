# SPDX-License-Identifier: GPL-2.0-or-later
"""A LAN that means harm, and a line that is pulled out: the router's word is what counts, at a bounded price."""

import itertools
import os
import pathlib
import socket
import struct
import time

from lab import INTERFACE, SILENCE
from namespaces import join
from process import until
from router import FIRST, OWN, PORTS, ROUTER, SECOND, STRANGER, THIRD, told

ALL_HOSTS = "224.0.0.1"
COST = 100e-6  # seconds of a processor for an announcement; 5 are seen, without sanitizers


def ipv4(protocol, source, to, data):
    """A packet; the kernel adds its checksum."""
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(data), 0, 0, 255, protocol, 0, socket.inet_aton(source),
                       socket.inet_aton(to)) + data


def udp(source_port, port, data=b""):
    return struct.pack("!HHHH", source_port, port, 8 + len(data), 0) + data


def port_unreachable(quoted):
    data = struct.pack("!BBHI", 3, 3, 0, 0) + quoted
    words = sum(struct.unpack(f"!{len(data) // 2}H", data))
    words = (words & 0xffff) + (words >> 16)
    return data[:2] + struct.pack("!H", ~(words + (words >> 16)) & 0xffff) + data[4:]


def send_raw(namespace, packets, seconds=None):
    """Whatever source they say, to wherever they say: all of them, or as many as go in SECONDS. How many."""
    def send():
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
            end, n = time.monotonic() + (seconds or 60), 0
            for packet in packets:
                s.sendto(packet, (socket.inet_ntoa(packet[16:20]), 0))
                n += 1
                if seconds and n % 64 == 0 and time.monotonic() > end:
                    break
            return n
    return namespace.inside(send)


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_flood_of_announcements(home, mail_server):
    """In the router's name, each with another address, and as many as the third machine can send: the router is asked
    once a second at most, and what it says stands."""
    upnpd = home.start_upnpd()
    service = home.behind("gateway").start()
    assert told(mail_server, 1) == FIRST
    service.wait_line("^Mail sending completed:")
    asked = len(upnpd.matching("NAT-PMP public address request"))
    flood = (ipv4(17, ROUTER, ALL_HOSTS, udp(5351, 5350, struct.pack("!BBHII", 0, 128, 0, 0, 0x2c800000 | n & 0xffff)))
             for n in itertools.count())
    before, began = processor_seconds(service.pid), time.monotonic()
    sent = send_raw(home.stranger, flood, seconds=2)
    spent, took = processor_seconds(service.pid) - before, time.monotonic() - began
    print(f"{sent / took:.0f} announcements a second; {spent / took:.1%} of a processor")
    assert sent > 2000 and spent < sent * COST
    home.set_wan(SECOND)
    assert told(mail_server, 2) == SECOND
    assert mail_server.stays_idle(SILENCE)
    asked = len(upnpd.matching("NAT-PMP public address request")) - asked
    assert asked <= time.monotonic() - began + 1, upnpd.text()


def test_a_storm_of_unreachable(home, mail_server):
    """From the third machine, about each port that the question may have come from: no answer is no change."""
    home.start_upnpd()
    service = home.behind("gateway").start()
    assert told(mail_server, 1) == FIRST
    service.wait_line("^Mail sending completed:")
    home.drop_questions()
    service.reload()
    until(lambda: home.is_asking(5351), "the question")
    quoted = (ipv4(17, OWN, ROUTER, udp(own, 5351)) for own in PORTS)
    send_raw(home.stranger, [ipv4(1, STRANGER, OWN, port_unreachable(packet)) for packet in quoted])
    service.wait_line('^The source "gateway" does not know the IPv4 address outside: it speaks neither')
    assert mail_server.stays_idle(SILENCE)
    home.hear_questions()
    home.set_wan(SECOND)
    assert told(mail_server, 2) == SECOND


def test_forged_answers_in_the_server_s_name(home, mail_server):
    """From the STUN server's address and port, to each port that the question may have come from: who was not asked does
    not know its transaction."""
    server = "44.128.9.1"
    home.start_stun(server)
    home.drop_questions()
    home.behind("stun", stun=f'( "{server}" )').start()
    until(lambda: home.is_asking(3478), "the question")
    mapped = int.from_bytes(socket.inet_aton(SECOND), "big") ^ 0x2112A442
    answer = struct.pack("!HHI12sHHBBHI", 0x0101, 12, 0x2112A442, os.urandom(12), 0x0020, 8, 0, 1, 9 ^ 0x2112, mapped)
    send_raw(home.stranger, [ipv4(17, server, OWN, udp(3478, own, answer)) for own in PORTS])
    assert home.is_asking(3478) and mail_server.stays_idle(SILENCE)
    home.hear_questions()
    assert told(mail_server, 1) == FIRST


def test_the_interface_is_made_anew(home, mail_server):
    """With another index, under the same name: announcements are heard there."""
    home.start_upnpd()
    home.behind("gateway").start()
    assert told(mail_server, 1) == FIRST
    home.client.ip("link", "delete", INTERFACE)
    join(home.client, INTERFACE, home.router, "lan0")
    home.router.ip("link", "set", "lan0", "master", "br0")
    home.client.ip_batch(f"address add {OWN}/24 dev {INTERFACE}", f"route add default via {ROUTER}")
    assert mail_server.stays_idle(SILENCE)
    home.set_wan(THIRD)
    assert told(mail_server, 2) == THIRD


def test_another_exit(home, mail_server):
    """The best default route leads through a VPN: the router of the watched interface is asked."""
    home.start_upnpd()
    home.lead_through_tunnel(SECOND)
    home.behind("gateway", interfaces=f'"{INTERFACE}"').start()
    assert told(mail_server, 1) == FIRST


def test_a_router_that_talks_nonsense(home, mail_server):
    """What no line has outside is no word: the address here is told, as where nobody knows."""
    home.answer("127.0.0.1")
    service = home.behind("gateway").start()
    service.wait_line('^The source "gateway" does not know the IPv4 address outside: it says 127.0.0.1, which no line has')
    assert told(mail_server, 1) == OWN
    assert mail_server.stays_idle(SILENCE)
