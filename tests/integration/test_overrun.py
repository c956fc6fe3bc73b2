# SPDX-License-Identifier: GPL-2.0-or-later
"""More events than can be read: what was missed is read again, and the picture is the kernel's once more. How long
that takes is measured and shown, not held against a limit."""

import os
import pathlib
import signal
import socket
import time

import pytest

from certificates import Authority
from lab import A, B, SERVER, SILENCE
from line import WAN, Line
from namespaces import require_namespaces
from process import until
from watch_process import (RTM_DELADDR, RTM_NEWADDR, Watch, address_message, ip, kernel_addresses, own_namespace, send,
                           storm, wait_until_true)

EVENTS = 200_000
STANDING = 2000  # addresses: several parts of a dump
BATCH = 16  # datagrams, NETLINK_BATCH
GONE = 50  # addresses: all of them in the first part


@pytest.fixture
def namespace():
    with own_namespace():
        yield


@pytest.fixture
def show(request):
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def say(text):
        with capture.global_and_fixture_disabled():
            print(f"\n{text}", flush=True)
    return say


def stop(pid):
    os.kill(pid, signal.SIGSTOP)
    wait_stopped(pid)


def wait_stopped(pid):
    until(lambda: os.waitpid(pid, os.WUNTRACED | os.WNOHANG)[0] == pid, "stopped")


def test_overrun(namespace, show):
    index = socket.if_nametoindex("wan")
    ip("addr", "add", "198.51.100.1/24", "dev", "wan")
    ip("addr", "add", "198.51.100.2/32", "dev", "peer")
    ip("route", "add", "default", "dev", "wan")
    with Watch() as watch:
        before = watch.statistics()
        stop(watch.process.pid)
        storm(index, EVENTS)
        ip("addr", "add", "192.0.2.7/24", "dev", "wan")
        ip("addr", "del", "198.51.100.2/32", "dev", "peer")
        began = time.monotonic()
        watch.process.send_signal(signal.SIGCONT)
        watch.expect("lost")
        watch.expect("changed", "IPv4=192.0.2.7")
        wait_until_true(watch)
        took = time.monotonic() - began
        after = watch.statistics()
        assert after["overruns"] == 1 and after["malformed"] == 0
        assert after["dumps"] >= before["dumps"] + 3
        heard = after["messages"] - before["messages"]  # the answers to the dumps among them
        assert heard < EVENTS
        show(f"{EVENTS + 2} events made, at least {EVENTS + 2 - heard} lost; true again after {1000 * took:.0f} ms")


def test_a_queue_is_read_in_batches(namespace, tmp_path):
    """A batch that is not full is the last: the queue is not asked once more whether it is empty."""
    index, calls = socket.if_nametoindex("wan"), tmp_path / "calls"
    with Watch(tracer=["strace", "-D", "-qq", "-o", calls, "-e", "trace=recvmmsg", "-e", "signal=none"]) as watch:
        before = watch.statistics()
        stop(watch.process.pid)
        send([address_message(RTM_NEWADDR, index, f"10.0.0.{n}") for n in range(1, 2 * BATCH + 9)])
        watch.process.send_signal(signal.SIGCONT)
        watch.expect("changed")
        assert watch.statistics()["messages"] == before["messages"] + 2 * BATCH + 8

    def returned():
        return [int(line.rpartition(" = ")[2].split()[0]) for line in calls.read_text("ascii").splitlines()]
    until(lambda: returned()[-3:] == [BATCH, BATCH, 8], "three reads")


def test_dumps_that_are_not_consistent(namespace):
    """The table changes between two parts of a dump, and the kernel says so (NLM_F_DUMP_INTR): it counts by position,
    so that what follows those that went is left out. That is not gone, and the table is read again.

    strace stops the watch behind two of its requests: the first three are the start's, the fifth and the seventh are
    for addresses, after the loss and after the first dump that was not consistent."""
    index = socket.if_nametoindex("wan")
    for block in range(STANDING // 200):
        send([address_message(RTM_NEWADDR, index, f"10.0.{block}.{n}") for n in range(1, 201)])
    with Watch(tracer=["strace", "-D", "-qq", "-o", "/dev/null", "-e", "trace=sendto",
                       "-e", "inject=sendto:signal=SIGSTOP:when=5..7+2"]) as watch:
        stop(watch.process.pid)
        storm(index, EVENTS // 10)  # far more than the queue holds
        for first in 1, 1 + GONE:
            watch.process.send_signal(signal.SIGCONT)
            wait_stopped(watch.process.pid)
            send([address_message(RTM_DELADDR, index, f"10.0.0.{n}") for n in range(first, first + GONE)])
            watch.say("set")
        watch.process.send_signal(signal.SIGCONT)
        for _ in range(2):
            assert kernel_addresses() <= set(watch.answer())
        wait_until_true(watch)
        after = watch.statistics()
        assert after["overruns"] == 1 and after["interrupted"] == 2 and after["dumps"] == 8, after


def test_storm_while_it_runs(namespace):
    index = socket.if_nametoindex("wan")
    with Watch() as watch:
        storm(index, EVENTS // 2)
        ip("addr", "add", "192.0.2.7/24", "dev", "wan")
        wait_until_true(watch)


@pytest.fixture
def line():
    require_namespaces()
    folder = pathlib.Path("/run/overrun-certificates")
    folder.mkdir()
    authority = Authority(folder)
    made = Line(authority, authority.certificate([SERVER]))
    yield made
    print(made.text())
    made.close()


def test_overrun_of_the_service(line):
    """The address changed behind its back: that is told, and the loss is said, each once."""
    line.ip(f"address add {A}/24 {WAN}", f"route add default {WAN}")
    line.start()
    line.wait_told(A)
    stop(line.service.pid)
    line.home.inside(lambda: storm(socket.if_nametoindex("wan0"), EVENTS))
    line.ip(f"address delete {A}/24 {WAN}", f"address add {B}/24 {WAN}", f"route add default {WAN}")
    line.service.kill(signal.SIGCONT)
    line.service.wait_line("^Kernel events lost:")
    line.wait_told(B)
    assert line.is_calm(SILENCE)
    assert len(line.service.matching("^Kernel events lost:")) == 1
    assert not line.service.matching("^Address gone:")
