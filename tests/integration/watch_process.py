# SPDX-License-Identifier: GPL-2.0-or-later
"""The watch alone (watch-dump.c) in a network namespace of the test's own, and storms of addresses."""

import contextlib
import ctypes
import ipaddress
import json
import os
import pathlib
import selectors
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


@contextlib.contextmanager
def own_namespace():
    """`wan` and `peer`, the two ends of a cable, and nothing else."""
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
    """The watch in a process; its lines are read as they come. TRACER is a command that executes another one in its
    own process; no leaks are looked for in one that is traced, where the sanitizer can't."""

    def __init__(self, *interfaces, tracer=()):
        environment = os.environ | ({"ASAN_OPTIONS": "detect_leaks=0"} if tracer else {})
        self.process = subprocess.Popen([*tracer, WATCH_DUMP, *interfaces], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=environment)
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
        self.say(what)
        return self.answer()

    def say(self, what):
        self.process.stdin.write(what.encode() + b"\n")
        self.process.stdin.flush()

    def answer(self):
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


def send(messages):
    """Of rtnetlink, in one go; the answers are nobody's."""
    block = b"".join(messages)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * len(block))
        s.send(block)


def storm(index, events):
    """So many messages to the whole machine: addresses come and go."""
    block = [
        address_message(kind, index, f"203.0.113.{n}") for n in range(1, 201) for kind in (RTM_NEWADDR, RTM_DELADDR)
    ]
    for _ in range(events // len(block)):
        send(block)
