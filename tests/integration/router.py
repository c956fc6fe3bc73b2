# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine behind a router, as at home:

     client                  router                         server
     wan0 192.168.1.5 ====== lan0 } br0 192.168.1.1
     stranger                     }             wan ====== uplink   203.0.113.25: mail, and the STUN servers
     eth0 192.168.1.66 ===== lan1 }

The router forwards, hides the LAN behind its wan address (nftables) and runs Debian's miniupnpd for NAT-PMP and PCP; the
STUN servers are Debian's coturn. Both run in build/root-router (router_root.sh). Addresses of 44.128.0.0/16, which is for
tests and never routed, are public ones on the wire; miniupnpd takes those for documentation for private ones."""

import contextlib
import os
import pathlib
import socket
import struct

import pytest

from lab import INTERFACE, Lab
from namespaces import Namespace, join, require_namespaces
from natpmp_responder import NatPmpResponder
from overlay import Overlay
from pcp_responder import PcpResponder
from process import Process, until
from service import TOP

ROOT = TOP / "build" / "root-router"
OWN, ROUTER, STRANGER = "192.168.1.5", "192.168.1.1", "192.168.1.66"
OWN6, ROUTER6 = "fd00:1::5", "fd00:1::1"
LINK6, STRANGER6 = "fe80::1", "fe80::66"  # of the router, as its advertisements have it, and of the third machine
FIRST6, SECOND6 = "2001:db8:1::7", "2001:db8:1::8"
FIRST, SECOND, THIRD = "44.128.0.7", "44.128.0.8", "44.128.1.9"

ETH_P_ALL = 3
TEMPORARY, TENTATIVE = 0x01, 0x40  # flags of an address
USE_TEMPORARY = f"/proc/sys/net/ipv6/conf/{INTERFACE}/use_tempaddr"
STEP = 10  # seconds
PORTS = range(32768, 36864)  # that the client's kernel chooses from

UPNPD = """\
ext_ifname=wan
listening_ip=br0
enable_natpmp=yes
enable_upnp=yes
port=5000
system_uptime=yes
uuid=5b5f5a2e-0000-4000-8000-000000000001
allow 1024-65535 192.168.1.0/24 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
"""
NAT = """\
flush ruleset
table inet filter {
  chain input { type filter hook input priority 0; policy accept; }
  chain forward { type filter hook forward priority 0; policy accept; jump miniupnpd; }
  chain miniupnpd { }
  chain prerouting { type nat hook prerouting priority -100; jump prerouting_miniupnpd; }
  chain prerouting_miniupnpd { }
  chain postrouting { type nat hook postrouting priority 100; jump postrouting_miniupnpd; oifname "wan" masquerade; }
  chain postrouting_miniupnpd { }
}
"""


def require_router():
    """Skips a test that can't have its router here."""
    require_namespaces()
    if os.environ["IPHERALD_TESTS_NAMESPACES"] != "root":
        pytest.skip("another root takes root")
    if not (ROOT / ".made").exists():
        pytest.skip("build/root-router is not made (tests/integration/router_root.sh)")


def told(server, n, family="IPv4"):
    """The address in the Nth mail."""
    return server.wait_mails(n).message[f"X-Ipherald-{family}"]


def write(namespace, path, text):
    namespace.inside(lambda: pathlib.Path(path).write_text(text, "ascii"))


class Home(Lab):
    """One for many tests: reset() lies between two."""

    def __init__(self, on_line=None):
        self.root = None
        self.upnpd = None
        self._stun_servers = {}
        self._tunnel = False
        self._responders = []
        self.ahead = 0  # seconds, of the clock of what answers; see an_hour()
        super().__init__(on_line)
        self.root = Overlay(ROOT, self.folder / "router")
        self._nat()

    def plug(self):
        self.router, self.stranger = Namespace("router"), Namespace("stranger")
        join(self.client, INTERFACE, self.router, "lan0")
        join(self.stranger, "eth0", self.router, "lan1")
        join(self.router, "wan", self.server, "uplink")
        self.router.ip_batch("link add br0 type bridge", "link set lan0 master br0", "link set lan1 master br0",
                             f"address add {ROUTER}/24 dev br0", "link set br0 up",
                             f"address add {LINK6}/64 dev br0 nodad")
        self.stranger.ip("address", "add", f"{STRANGER6}/64", "dev", "eth0", "nodad")
        for namespace, address, interface in ((self.client, OWN, INTERFACE), (self.stranger, STRANGER, "eth0")):
            namespace.ip_batch(f"address add {address}/24 dev {interface}", f"route add default via {ROUTER}")
        self.server.ip("route", "add", "default", "dev", "uplink")
        write(self.router, "/proc/sys/net/ipv4/ip_forward", "1")
        self._let_the_bridge_be_a_switch()
        write(self.client, "/proc/sys/net/ipv4/ip_local_port_range", f"{PORTS[0]} {PORTS[-1]}")
        self.set_wan(FIRST)

    def _let_the_bridge_be_a_switch(self):
        """What it forwards is not for the firewall to track, as it is where the kernel has br_netfilter."""
        for protocol in ("iptables", "ip6tables"):
            path = f"/proc/sys/net/bridge/bridge-nf-call-{protocol}"
            if self.router.inside(pathlib.Path(path).exists):
                write(self.router, path, "0")

    def reset(self):
        """As it was made, but for the STUN servers: they have no memory, and go on."""
        self._stop_programs()
        self.ahead = 0
        self._nft("-f", "/etc/nat.conf")
        if self._tunnel:
            self.client.ip("link", "delete", "vpn0")
            self._tunnel = False
        for namespace, interface in ((self.router, "wan"), (self.router, "br0"), (self.client, INTERFACE)):
            namespace.ip("-6", "address", "flush", "dev", interface, "scope", "global")
        write(self.client, USE_TEMPORARY, "0")
        self.client.ip_batch(f"address flush dev {INTERFACE} scope global", f"address add {OWN}/24 dev {INTERFACE}",
                             f"route replace default via {ROUTER}")
        self.set_wan(FIRST)

    def _stop_programs(self):
        self._stop_answering()
        self.stop_upnpd()
        for program in [*self.services, *self.servers]:
            program.close()
        self.servers.clear()

    def close(self):
        for process in self._stun_servers.values():
            process.stop()
        self._stop_programs()
        super().close()
        self.root.close()
        self.router.delete()
        self.stranger.delete()

    def _nat(self):
        self.root.write("etc/nat.conf", NAT)
        self._nft("-f", "/etc/nat.conf")

    def _nft(self, *words):
        assert Process(self.router.command(*self.root.command("nft", *words))).wait() == 0

    def drop_questions(self):
        """Neither the router nor who lies behind it hears any more, until hear_questions()."""
        self._nft("add", "rule", "inet", "filter", "input", "udp", "dport", "5351", "drop")
        self._nft("add", "rule", "inet", "filter", "forward", "udp", "dport", "3478", "drop")

    def hear_only(self, address):
        """STUN servers hear no IPv6 question from another one."""
        self._nft("add", "rule", "inet", "filter", "forward", "udp", "dport", "3478", "ip6", "saddr", "!=", address, "drop")

    def hear_questions(self):
        self._nft("flush", "chain", "inet", "filter", "input")
        self._nft("flush", "chain", "inet", "filter", "forward")

    def hide_behind(self, address, towards):
        """What goes TOWARDS an address outside comes from ADDRESS there, as by a second way out."""
        self.router.ip("address", "add", f"{address}/32", "dev", "wan")
        self._nft("insert", "rule", "inet", "filter", "postrouting", "ip", "daddr", towards, "snat", "ip", "to", address)

    def lead_through_tunnel(self, address):
        """The client's best default route: a VPN, outside of which it is ADDRESS."""
        join(self.client, "vpn0", self.server, "exit")
        self._tunnel = True
        self.server.ip("route", "add", f"{address}/32", "dev", "exit")
        self.client.ip_batch(f"route replace default via {ROUTER} metric 100", f"route delete default via {ROUTER} metric 0",
                             f"address add {address}/32 dev vpn0", f"route add default dev vpn0 src {address} metric 10")

    def answer(self, address):
        """The router is one that says ADDRESS to every question of NAT-PMP, whatever it has."""
        self._responders.append(NatPmpResponder(self.router, ROUTER, address, lambda: self.ahead))

    def answer_pcp(self, address, wan=FIRST6):
        """The router is one that says ADDRESS over IPv6, and hides what comes from behind it as WAN."""
        self.give_ipv6(wan)
        responder = PcpResponder(self.router, LINK6, "br0", address, lambda: self.ahead)
        self._responders.append(responder)
        return responder

    def _stop_answering(self):
        while self._responders:
            self._responders.pop().close()

    def set_wan(self, address):
        """Instead of the one before, as a line that is dialled anew has it."""
        self.router.ip_batch("address flush dev wan scope global", f"address add {address}/32 dev wan",
                             "route replace default dev wan")

    def renumber_wan(self, old, new):
        """The new one first, as DHCP clients do."""
        self.router.ip_batch(f"address add {new}/32 dev wan", f"route replace default dev wan src {new}")
        self.router.ip_batch(f"address delete {old}/32 dev wan")

    def give_ipv6(self, wan):
        """A ULA for the client, hidden behind WAN, which takes the place of the one before."""
        write(self.router, "/proc/sys/net/ipv6/conf/all/forwarding", "1")
        self.router.ip("-6", "address", "flush", "dev", "wan", "scope", "global")
        self.router.ip_batch(f"address replace {ROUTER6}/64 dev br0 nodad", f"address add {wan}/128 dev wan nodad",
                             "route replace ::/0 dev wan")
        self.client.ip_batch(f"address replace {OWN6}/64 dev {INTERFACE} nodad",
                             f"route replace ::/0 via {LINK6} dev {INTERFACE}")
        self.server.ip("route", "replace", "::/0", "dev", "uplink")

    def add_temporary_address(self):
        """Beside OWN6, which the kernel prefers from here on (RFC 8981)."""
        def is_there():
            lines = pathlib.Path("/proc/thread-self/net/if_inet6").read_text("ascii").splitlines()
            return any(int(line.split()[4], 16) & (TEMPORARY | TENTATIVE) == TEMPORARY for line in lines)
        write(self.client, USE_TEMPORARY, "2")
        self.client.ip_batch(f"address delete {OWN6}/64 dev {INTERFACE}",
                             f"address add {OWN6}/64 dev {INTERFACE} nodad mngtmpaddr preferred_lft 9000 valid_lft 9000")
        until(lambda: self.client.inside(is_there), "a temporary address")

    def start_upnpd(self):
        self.root.write("etc/miniupnpd/own.conf", UPNPD)
        self.upnpd = Process(self.router.command(*self.root.command(
            "miniupnpd", "-d", "-f", "/etc/miniupnpd/own.conf", "-P", "/run/miniupnpd.pid")))
        self.upnpd.wait_line("Listening for NAT-PMP")
        return self.upnpd

    def stop_upnpd(self):
        if self.upnpd and self.upnpd.running():
            self.upnpd.stop()

    def start_stun(self, address, port=3478):
        """A STUN server outside at ADDRESS, which is made; one that is there already goes on."""
        if (address, port) in self._stun_servers:
            return
        on = "uplink" if ":" in address else "lo"  # the kernel answers for no IPv6 address of another interface
        self.server.ip("address", "replace", address, "dev", on, *(["nodad"] if ":" in address else []))
        name = f"/run/turn-{address.replace(':', '-')}"
        process = Process(self.server.command(*self.root.command(
            "turnserver", "-n", "--stun-only", "--no-tls", "--no-dtls", "--no-cli", f"--listening-ip={address}",
            f"--listening-port={port}", "--log-file=stdout", "--no-auth", f"--pidfile={name}.pid",
            f"--userdb={name}.db", "--simple-log", "--verbose")))
        process.wait_line(rf"UDP listener opened on.*{address}:{port}")
        self._stun_servers[address, port] = process

    def is_asking(self, port):
        """Is one of the client's sockets connected to this PORT of somebody's?"""
        sockets = self.client.inside(lambda: "".join(
            pathlib.Path(f"/proc/thread-self/net/{name}").read_text("ascii") for name in ("udp", "udp6")))
        return f":{port:04X} " in sockets

    def an_hour(self, moved, port):
        """Passes on the MOVED clock of the service, and on the clock of what answers: how many packets went from and to
        this PORT of somebody's."""
        def hear():
            s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
            s.bind((INTERFACE, ETH_P_ALL))
            return s
        with contextlib.closing(self.client.inside(hear)) as s:
            for _ in range(3600 // STEP):
                self.ahead += STEP
                moved.go_on(STEP)
                moved.go_on(0)  # what was due is done
                until(lambda: not self.is_asking(port), "an answer")
            s.setblocking(False)
            n = 0
            with contextlib.suppress(BlockingIOError):
                while True:
                    packet = s.recv(2000)
                    udp = packet[20:] if packet[0] >> 4 == 4 else packet[40:]
                    n += port in struct.unpack("!HH", udp[:4])
            return n

    def forge(self, data, port):
        """The third machine answers in the stead of whom the client asks at PORT: DATA to each of the client's ports."""
        def flood():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.bind((STRANGER, port))
                for own in PORTS:
                    s.sendto(data, (OWN, own))
        self.stranger.inside(flood)

    def behind(self, *sources, **options):
        """The service, which believes SOURCES beside its interface."""
        lines = "".join(f" {key} = {value};" for key, value in options.items())
        names = ", ".join(f'"{source}"' for source in ("interface", *sources))
        service = self.service()
        with service.config.open("a") as f:
            f.write(f"watch = {{ sources = ( {names} );{lines} }};\n")
        return service
