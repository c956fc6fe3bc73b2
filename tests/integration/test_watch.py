# SPDX-License-Identifier: GPL-2.0-or-later
"""The watch on a real kernel: each test has a network namespace of its own."""

import ctypes
import ipaddress
import json
import os
import pathlib
import selectors
import signal
import socket
import struct
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("IPHERALD_BUILD", ROOT / "build"))
WATCH_DUMP = BUILD / "tests/integration/watch-dump"
CLONE_NEWNET = 0x40000000

RTM_NEWADDR, RTM_DELADDR = 20, 21
NLM_F_REQUEST, NLM_F_CREATE = 0x1, 0x400
IFA_ADDRESS, IFA_LOCAL = 1, 2


def skip(reason):
    if os.environ.get("IPHERALD_TESTS_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def ip(*arguments):
    return subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True).stdout


@pytest.fixture(autouse=True)
def namespace():
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    if libc.unshare(CLONE_NEWNET) != 0:
        os.close(home)
        skip(f"no network namespace: {os.strerror(ctypes.get_errno())}")
    try:
        ip("link", "add", "wan", "type", "veth", "peer", "name", "peer")
        for name in "wan", "peer":
            ip("link", "set", name, "addrgenmode", "none")  # no link-local addresses that become ready later
        for name in "lo", "wan", "peer":
            ip("link", "set", name, "up")
        yield
    finally:
        libc.setns(home, CLONE_NEWNET)
        os.close(home)


class Watch:
    """The watch in a process; its lines are read as they come."""

    def __init__(self, *interfaces):
        self.process = subprocess.Popen([WATCH_DUMP, *interfaces], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        self.rest = b""
        self.now = self.expect("ready")

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.stdin.close()
        assert self.process.wait(10) == 0
        self.process.stdout.close()

    def line(self, timeout):
        """The next line; None where none came in time."""
        deadline = time.monotonic() + timeout
        while b"\n" not in self.rest:
            if not self.selector.select(max(0, deadline - time.monotonic())):
                return None
            data = os.read(self.process.stdout.fileno(), 65536)
            assert data, "the watch ended"
            self.rest += data
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode()

    def expect(self, *words, timeout=10):
        """The first line from here on in which all of WORDS stand."""
        seen = []
        deadline = time.monotonic() + timeout
        while (line := self.line(deadline - time.monotonic())) is not None:
            seen.append(line)
            if all(word in line for word in words):
                return line
        raise AssertionError(f"no {words} in {seen}")

    def expect_silence(self, seconds=0.5):
        line = self.line(seconds)
        assert line is None, line

    def ask(self, what):
        self.process.stdin.write(what.encode() + b"\n")
        self.process.stdin.flush()
        lines = []
        while (line := self.line(10)) != "end":
            assert line is not None
            if not line.startswith(("changed", "lost")):
                lines.append(line)
        return lines

    def addresses(self):
        return set(self.ask("set"))

    def statistics(self):
        return {key: int(value) for key, value in (line.split() for line in self.ask("statistics"))}


def kernel_addresses():
    return {
        f"{link['ifindex']} {a['local']}/{a['prefixlen']}"
        for link in json.loads(ip("-j", "addr"))
        for a in link["addr_info"]
    }


def wait_until_true(watch, seconds=10):
    """Until picture and kernel are the same; each look waits for a line of the watch, or a moment."""
    deadline = time.monotonic() + seconds
    while watch.addresses() != kernel_addresses():
        assert time.monotonic() < deadline, watch.addresses() ^ kernel_addresses()
        watch.line(0.1)


def address_message(kind, index, address):
    octets = ipaddress.ip_address(address).packed
    family = socket.AF_INET if len(octets) == 4 else socket.AF_INET6
    body = struct.pack("=BBBBI", family, 8 * len(octets), 0, 0, index)
    for attribute in IFA_LOCAL, IFA_ADDRESS:
        body += struct.pack("=HH", 4 + len(octets), attribute) + octets
    return struct.pack("=IHHII", 16 + len(body), kind, NLM_F_REQUEST | NLM_F_CREATE, 0, 0) + body


def storm(index, events):
    """So many messages to the whole machine: addresses come and go."""
    block = b"".join(
        address_message(kind, index, f"203.0.113.{n}") for n in range(1, 201) for kind in (RTM_NEWADDR, RTM_DELADDR)
    )
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * len(block))
        s.bind((0, 0))
        for _ in range(events // 400):
            s.send(block)


def test_first_picture():
    ip("addr", "add", "192.0.2.1/24", "dev", "wan")
    ip("route", "add", "default", "via", "192.0.2.254")
    with Watch() as watch:
        assert "IPv4=192.0.2.1 interface=wan" in watch.now
        assert watch.addresses() == kernel_addresses()
        assert watch.statistics()["dumps"] == 3


def test_address_changes():
    ip("addr", "add", "198.51.100.1/24", "dev", "wan")
    ip("route", "add", "default", "dev", "wan")
    with Watch() as watch:
        # The lower one comes second: it counts also where both came within one tick of the kernel's stamp.
        ip("addr", "add", "192.0.2.1/24", "dev", "wan")
        watch.expect("changed", "IPv4=192.0.2.1")
        ip("addr", "del", "192.0.2.1/24", "dev", "wan")
        watch.expect("changed", "IPv4=198.51.100.1")
        ip("-6", "addr", "add", "2001:db8::1/64", "dev", "wan", "nodad")
        ip("-6", "route", "add", "default", "dev", "wan")
        watch.expect("changed", "IPv6=2001:db8::1 interface=wan")


def test_fifty_repeats_are_no_change():
    address = ["2001:db8::1/64", "dev", "wan", "nodad", "valid_lft", "3600"]
    ip("-6", "addr", "add", *address, "preferred_lft", "1800")
    ip("-6", "route", "add", "default", "dev", "wan")
    with Watch() as watch:
        watch.expect_silence()
        before = watch.statistics()["messages"]
        for n in range(50):
            ip("-6", "addr", "change", *address, "preferred_lft", str(1700 + n))
        watch.expect_silence()
        assert watch.statistics()["messages"] >= before + 50


def test_interface_made_again():
    ip("addr", "add", "192.0.2.1/24", "dev", "wan")
    ip("route", "add", "default", "dev", "wan")
    with Watch("wa*") as watch:
        ip("link", "del", "wan")
        watch.expect("changed", "IPv4=none")
        ip("link", "add", "wan", "type", "veth", "peer", "name", "peer")
        ip("addr", "add", "198.51.100.1/24", "dev", "wan")
        ip("link", "set", "wan", "up")
        watch.expect("changed", "IPv4=198.51.100.1 interface=wan")
        wait_until_true(watch)


def test_rename():
    ip("addr", "add", "192.0.2.1/24", "dev", "wan")
    with Watch("wan", "ppp0") as watch:
        ip("link", "set", "wan", "down")
        watch.expect("changed", "IPv4=none")
        ip("link", "set", "wan", "name", "ppp0")
        ip("link", "set", "ppp0", "up")
        watch.expect("changed", "IPv4=192.0.2.1 interface=ppp0")


def test_tunnel_takes_the_default_route():
    ip("addr", "add", "192.0.2.1/24", "dev", "wan")
    ip("route", "add", "default", "dev", "wan", "metric", "100")
    with Watch() as watch:
        try:
            ip("tuntap", "add", "vpn", "mode", "tun")
        except subprocess.CalledProcessError as error:
            skip(f"no tun device: {error.stderr.strip()}")
        ip("link", "set", "vpn", "up")
        ip("addr", "add", "10.8.0.2/24", "dev", "vpn")
        ip("route", "add", "default", "dev", "vpn", "metric", "50")
        watch.expect("changed", "IPv4=192.0.2.1 interface=wan tunnel=vpn")
        ip("route", "del", "default", "dev", "wan")
        watch.expect("changed", "IPv4=none interface= tunnel=vpn")


def test_metrics_decide():
    ip("addr", "add", "192.0.2.1/24", "dev", "wan")
    ip("addr", "add", "198.51.100.1/24", "dev", "peer")
    ip("route", "add", "default", "dev", "wan", "metric", "100")
    with Watch() as watch:
        assert "IPv4=192.0.2.1" in watch.now
        ip("route", "add", "default", "dev", "peer", "metric", "50")
        watch.expect("changed", "IPv4=198.51.100.1 interface=peer")
        ip("route", "del", "default", "dev", "peer", "metric", "50")
        watch.expect("changed", "IPv4=192.0.2.1 interface=wan")


def test_replaced_route():
    """The one that went would stand first if it were still there."""
    addresses = {"wan": "192.0.2.1", "peer": "198.51.100.1"}
    before, after = sorted(addresses, key=socket.if_nametoindex)
    for name, address in addresses.items():
        ip("addr", "add", f"{address}/24", "dev", name)
    ip("route", "add", "default", "dev", before)
    with Watch() as watch:
        ip("route", "replace", "default", "dev", after)
        watch.expect("changed", f"IPv4={addresses[after]} interface={after}")


def test_preferred_source():
    ip("addr", "add", "192.0.2.1/24", "dev", "wan")
    ip("addr", "add", "192.0.2.2/24", "dev", "wan")
    ip("route", "add", "default", "via", "192.0.2.254", "src", "192.0.2.2")
    with Watch() as watch:
        assert "IPv4=192.0.2.2" in watch.now


def test_multipath_and_nexthop():
    ip("addr", "add", "192.0.2.1/24", "dev", "wan")
    ip("addr", "add", "198.51.100.1/24", "dev", "peer")
    hops = ["nexthop", "via", "192.0.2.254", "nexthop", "via", "198.51.100.254"]
    ip("route", "add", "default", *hops)
    with Watch() as watch:
        first = min(("wan", "peer"), key=socket.if_nametoindex)
        assert f"interface={first}" in watch.now
        ip("route", "del", "default")
        watch.expect("changed", "IPv4=none")
        try:
            ip("nexthop", "add", "id", "7", "via", "192.0.2.254", "dev", "wan")
        except subprocess.CalledProcessError as error:
            skip(f"no nexthop objects: {error.stderr.strip()}")
        ip("route", "add", "default", "nhid", "7")
        watch.expect("changed", "IPv4=192.0.2.1 interface=wan")


def test_a_hop_that_comes_back():
    """The kernel revives the hop of a link that comes up, and says nothing of the route."""
    addresses = {"wan": "192.0.2.1", "peer": "198.51.100.1"}
    first, second = sorted(addresses, key=socket.if_nametoindex)
    for name, address in addresses.items():
        ip("addr", "add", f"{address}/24", "dev", name)
    ip("route", "add", "default", "nexthop", "dev", first, "nexthop", "dev", second)
    with Watch() as watch:
        assert f"interface={first}" in watch.now
        ip("link", "set", first, "down")
        watch.expect("changed", f"IPv4={addresses[second]} interface={second}")
        ip("link", "set", first, "up")
        watch.expect("changed", f"IPv4={addresses[first]} interface={first}")


def test_one_of_two_routes_alike_goes():
    """They differ in their preferred source alone; the other one stays."""
    for n in 1, 2:
        ip("addr", "add", f"192.0.2.{n}/24", "dev", "wan")
    ip("route", "add", "default", "dev", "wan", "src", "192.0.2.1")
    ip("route", "append", "default", "dev", "wan", "src", "192.0.2.2")
    with Watch() as watch:
        ip("route", "del", "default", "dev", "wan", "src", "192.0.2.2")
        watch.expect("changed", "IPv4=192.0.2.1 interface=wan")


def test_routes_that_go_without_a_word():
    """The kernel flushes them with the last address, or with the link, and says nothing."""
    ip("addr", "add", "192.0.2.1/24", "dev", "wan")
    ip("route", "add", "default", "dev", "wan")
    with Watch() as watch:
        ip("addr", "del", "192.0.2.1/24", "dev", "wan")
        watch.expect("changed", "IPv4=none")
        ip("addr", "add", "192.0.2.2/24", "dev", "wan")
        watch.expect("changed", "IPv4=none")
        watch.expect_silence()
        ip("route", "add", "default", "dev", "wan")
        watch.expect("changed", "IPv4=192.0.2.2")
        ip("link", "set", "wan", "down")
        watch.expect("changed", "IPv4=none")
        ip("link", "set", "wan", "up")
        watch.expect("changed", "IPv4=none")


def test_local_routes_are_filtered():
    with Watch() as watch:
        watch.expect_silence()
        before = watch.statistics()["messages"]
        for n in range(50):
            ip("addr", "add", f"192.0.2.{n + 1}/32", "dev", "wan")
        wait_until_true(watch)
        assert watch.statistics()["messages"] == before + 50


def test_overrun():
    """200,000 events while the watch is stopped: what it missed it reads again."""
    index = socket.if_nametoindex("wan")
    ip("addr", "add", "198.51.100.1/24", "dev", "wan")
    ip("addr", "add", "198.51.100.2/32", "dev", "peer")
    ip("route", "add", "default", "dev", "wan")
    with Watch() as watch:
        watch.process.send_signal(signal.SIGSTOP)
        os.waitpid(watch.process.pid, os.WUNTRACED)
        storm(index, 200_000)
        ip("addr", "add", "192.0.2.7/24", "dev", "wan")
        ip("addr", "del", "198.51.100.2/32", "dev", "peer")
        watch.process.send_signal(signal.SIGCONT)
        watch.expect("lost")
        watch.expect("changed", "IPv4=192.0.2.7")
        wait_until_true(watch)
        assert watch.statistics()["overruns"] >= 1
        assert watch.statistics()["malformed"] == 0


def test_storm_while_it_runs():
    index = socket.if_nametoindex("wan")
    with Watch() as watch:
        storm(index, 100_000)
        ip("addr", "add", "192.0.2.7/24", "dev", "wan")
        wait_until_true(watch)


def test_large_tables():
    index = socket.if_nametoindex("wan")
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as s:
        for block in range(20):
            s.send(b"".join(address_message(RTM_NEWADDR, index, f"10.0.{block}.{n}") for n in range(1, 201)))
    with Watch() as watch:
        assert watch.addresses() == kernel_addresses()
        ip("addr", "flush", "dev", "wan")
        wait_until_true(watch)
