# SPDX-License-Identifier: GPL-2.0-or-later
"""What happens to IPv4 addresses, interfaces and default routes, for test_churn.py."""

from lab import A, B
from line import LIMIT, WAN, Scenarios

PEER = "198.51.100.1"

scenario = Scenarios()


def begin(line, address=A, **settings):
    """ADDRESS stands, and was told."""
    line.ip(f"address add {address}/24 {WAN}", f"route add default {WAN} metric 100")
    line.start(**settings)
    line.wait_told(address)


def second_line(line):
    line.plug("wan1", "uplink1")
    line.ip(f"address add {B}/24 dev wan1")


@scenario(A)
def lease_renewed_fifty_times(line):
    begin(line)
    line.ip(*[f"address change {A}/24 {WAN} valid_lft {7200 + i} preferred_lft {3600 + i}" for i in range(50)])


@scenario(A, B, A)
def default_route_moves_to_another_line_and_back(line):
    begin(line)
    second_line(line)
    line.ip("route replace default dev wan1 metric 100")
    line.wait_told(B)
    line.ip(f"route replace default {WAN} metric 100")
    line.wait_told(A)


@scenario(A)
def default_route_moves_and_is_back_at_once(line):
    begin(line)
    second_line(line)
    line.ip("route add default dev wan1 metric 50", "route delete default dev wan1 metric 50")


@scenario(A, B, A)
def better_metric_comes_and_goes(line):
    begin(line)
    second_line(line)
    line.ip("route add default dev wan1 metric 50")
    line.wait_told(B)
    line.ip("route delete default dev wan1 metric 50")
    line.wait_told(A)


@scenario(A)
def worse_metric_comes_and_goes(line):
    begin(line)
    second_line(line)
    line.ip("route add default dev wan1 metric 200")
    assert line.is_calm(1)
    line.ip("route delete default dev wan1 metric 200")


@scenario(A, B)
def primary_deleted_and_secondary_promoted(line):
    line.sysctl(ipv4_promote_secondaries=1)
    begin(line)
    line.ip(f"address add {B}/24 {WAN}")
    line.wait_address(B, secondary=True)
    line.ip(f"address delete {A}/24 {WAN}")
    line.wait_told(B)
    assert not line.service.matching("^Address gone:")


@scenario(A, B)
def primary_deleted_and_secondary_with_it(line):
    line.sysctl(ipv4_promote_secondaries=0)
    begin(line)
    line.ip(f"address add {B}/24 {WAN}")
    line.wait_address(B, secondary=True)
    line.ip(f"address delete {A}/24 {WAN}")
    line.service.wait_line("^Address gone:")
    line.ip(f"address add {B}/24 {WAN}", f"route add default {WAN}")
    line.wait_told(B)


@scenario(A, B)
def point_to_point_line_dialled_again(line):
    """A tunnel by its kind, so it is named. The peer's address is never ours."""
    line.ip("tuntap add ppp0 mode tun", f"address add {A} peer {PEER} dev ppp0", "link set ppp0 up",
            "route add default dev ppp0")
    line.start('interfaces = "ppp0";')
    line.wait_told(A)
    line.ip(f"address delete {A} peer {PEER} dev ppp0", f"address add {B} peer {PEER} dev ppp0")
    line.wait_told(B)


@scenario(A)
def address_held_twice_and_deleted_once(line):
    """The kernel has it under two prefix lengths, and each goes alone."""
    begin(line)
    line.ip(f"address add {A} peer {PEER}/32 {WAN}", f"address delete {A}/24 {WAN}")
    assert line.is_calm(LIMIT + 1)
    assert not line.service.matching("^Address gone:")


@scenario(A, B)
def interface_deleted_and_made_again_under_its_name(line):
    begin(line)
    line.ip("link delete wan0")
    line.service.wait_line("^Address gone:")
    line.plug("wan0", "uplink")
    line.ip(f"address add {A}/24 {WAN}", f"route add default {WAN}")
    assert line.is_calm(1)
    line.ip("link delete wan0")
    line.plug("wan0", "uplink")
    line.ip(f"address add {B}/24 {WAN}", f"route add default {WAN}")
    line.wait_told(B)


@scenario(A)
def interface_renamed_while_it_is_named(line):
    begin(line, watch='interfaces = "wan0";')
    line.ip("link set wan0 down", "link set wan0 name old0", "link set old0 up")
    line.service.wait_line("^Address gone:")
    line.ip("link set old0 down", "link set old0 name wan0", "link set wan0 up")
    line.service.wait_line("^Address changed:")


@scenario(A)
def interface_renamed_below_the_default_route(line):
    begin(line)
    line.ip("link set wan0 down", "link set wan0 name ppp0", "link set ppp0 up", "route add default dev ppp0")


@scenario(A)
def interface_appears_after_start(line):
    line.ip("link delete wan0")
    line.start()
    assert line.is_calm(1)
    line.plug("wan0", "uplink")
    line.ip(f"address add {A}/24 {WAN}", f"route add default {WAN}")
    line.wait_told(A)


@scenario(A)
def tunnel_takes_the_default_route(line):
    begin(line)
    line.ip("tuntap add tun0 mode tun", "address add 10.8.0.2/24 dev tun0", "link set tun0 up",
            "route add default dev tun0 metric 50")
    line.service.wait_line("tun0")
    line.ip(f"route delete default {WAN}")
    line.service.wait_line("^Address gone:.*tun0")
    line.ip(f"route add default {WAN} metric 100", "link delete tun0")
    line.service.wait_line("^Address changed:")
