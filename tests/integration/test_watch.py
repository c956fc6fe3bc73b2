# SPDX-License-Identifier: GPL-2.0-or-later
"""The watch on a real kernel: each test has a network namespace of its own."""

import socket
import subprocess

import pytest

from watch_process import (RTM_NEWADDR, Watch, address_message, ip, kernel_addresses, own_namespace, send, skip,
                           wait_until_true)


@pytest.fixture(autouse=True)
def namespace():
    with own_namespace():
        yield


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


def test_one_address_held_four_times():
    """Under two prefix lengths and for two peers; each goes alone."""
    held = ["192.0.2.1/24"], ["192.0.2.1/32"], ["192.0.2.1", "peer", "198.51.100.1"], ["192.0.2.1", "peer", "198.51.100.2"]
    for address in held:
        ip("addr", "add", *address, "dev", "wan")
    ip("route", "add", "default", "dev", "wan")
    with Watch() as watch:
        for address in held[:-1]:
            ip("addr", "del", *address, "dev", "wan")
            wait_until_true(watch)
        watch.expect_silence()
        ip("addr", "del", *held[-1], "dev", "wan")
        watch.expect("changed", "IPv4=none")


def test_peer_of_an_ipv6_address_changes():
    ip("addr", "add", "2001:db8::1", "peer", "2001:db8::2", "dev", "wan", "nodad")
    with Watch() as watch:
        ip("addr", "change", "2001:db8::1", "peer", "2001:db8::3", "dev", "wan")
        ip("addr", "del", "2001:db8::1", "peer", "2001:db8::3", "dev", "wan")
        wait_until_true(watch)


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


def test_large_tables():
    index = socket.if_nametoindex("wan")
    for block in range(20):
        send([address_message(RTM_NEWADDR, index, f"10.0.{block}.{n}") for n in range(1, 201)])
    with Watch() as watch:
        assert watch.addresses() == kernel_addresses()
        ip("addr", "flush", "dev", "wan")
        wait_until_true(watch)
