# SPDX-License-Identifier: GPL-2.0-or-later
"""What a router advertises, and what else is IPv6's alone, for test_churn.py."""

from lab import A
from line import LIMIT, SUFFIX, WAN, Scenarios
from process import until

P, Q = "2001:db8:1::", "2001:db8:2::"
P_HERE, Q_HERE = P[:-1] + SUFFIX, Q[:-1] + SUFFIX
WEEK = 604800

scenario = Scenarios()


def begin(line, **settings):
    """P is advertised, and our address of it was told."""
    line.advertise((P, WEEK, WEEK))
    line.start(**settings)
    line.wait_told(P_HERE)


def outlive_the_limit(line):
    """An address that comes from here on is the newest, and no twin of the one that was told."""
    assert line.is_calm(LIMIT + 0.5)


@scenario(P_HERE)
def preferred_0_in_twenty_advertisements(line):
    begin(line)
    line.advertise((P, WEEK, 0))
    line.service.wait_line("^Address gone:")
    line.hear_kernel(f"{P_HERE}/64 .*deprecated", 20)
    line.advertise((P, WEEK, WEEK))
    line.service.wait_line("^Address changed:")
    assert len(line.service.matching("^Address gone:")) == 1


@scenario(P_HERE, Q_HERE)
def prefix_withdrawn_by_valid_0(line):
    begin(line)
    line.advertise((P, 0, 0))
    line.service.wait_line("^Address gone:")
    line.wait_address(P_HERE, deprecated=True)
    line.advertise((Q, WEEK, WEEK))
    line.wait_told(Q_HERE)
    line.wait_address(P_HERE, deprecated=True)


@scenario(P_HERE, Q_HERE)
def renumbered_and_the_old_prefix_deprecated(line):
    begin(line)
    line.advertise((P, WEEK, 0), (Q, WEEK, WEEK))
    line.wait_told(Q_HERE)
    line.hear_kernel(f"{P_HERE}/64 .*deprecated", 20)


@scenario(P_HERE, Q_HERE)
def renumbered_without_a_word_of_the_old_prefix(line):
    begin(line)
    outlive_the_limit(line)
    line.advertise((Q, WEEK, WEEK))
    line.wait_told(Q_HERE)
    line.hear_kernel(f"{Q_HERE}/64", 10)


@scenario(P_HERE)
def temporary_addresses_rotate(line):
    line.sysctl(ipv6_use_tempaddr=2, ipv6_temp_prefered_lft=6, ipv6_temp_valid_lft=20, ipv6_max_desync_factor=0,
                ipv6_regen_max_retry=1)
    begin(line)
    until(lambda: sum(a.get("temporary", False) for a in line.addresses()) >= 3, "three temporary addresses")


@scenario(P_HERE)
def collision(line):
    """An address that somebody else has: it never counts, though it came last."""
    begin(line)
    outlive_the_limit(line)
    line.provider.ip("address", "add", f"{P}bad/64", "dev", "uplink", "nodad")
    line.ip(f"address add {P}bad/64 {WAN}")
    line.wait_address(f"{P}bad", tentative=True, dadfailed=True)


@scenario(P_HERE)
def admin_down_and_up(line):
    begin(line)
    line.ip("link set wan0 down")
    line.service.wait_line("^Address gone:")
    line.ip("link set wan0 up")
    line.service.wait_line("^Address changed:")
    line.ip("link set wan0 down", "link set wan0 up")
    line.wait_address(P_HERE)


@scenario(A, P_HERE)
def carrier_lost_and_back(line):
    line.ip(f"address add {A}/24 {WAN}", f"route add default {WAN}")
    line.start()
    line.wait_told(A)
    line.advertise((P, WEEK, WEEK))
    line.wait_told(P_HERE)
    for _ in range(3):
        line.provider.ip("link", "set", "uplink", "down")
        until(lambda: "NO-CARRIER" in line.link()["flags"], "carrier lost")
        line.provider.ip("link", "set", "uplink", "up")


@scenario(f"{P}1", f"{Q}1")
def delegated_prefix_stands_on_the_lan(line):
    line.ip("link add lan0 type bridge", "link set lan0 up")
    line.plug("port0", "laptop")
    line.ip("link set port0 master lan0", f"address add {P}1/64 dev lan0")
    line.advertise()
    line.start()
    line.wait_told(f"{P}1")
    line.ip(f"address add {Q}1/64 dev lan0", f"address delete {P}1/64 dev lan0")
    line.wait_told(f"{Q}1")


@scenario(Q_HERE)
def two_prefixes_at_boot_in_either_order(line):
    """The one that was told stays, though the other is the lower one. Collision detection may take one address a second
    longer than the other: settle.quiet is longer still, as by default."""
    line.advertise((Q, WEEK, WEEK))
    line.start(quiet=1.5, limit=30)
    line.wait_told(Q_HERE)
    for order in (P, Q), (Q, P):
        assert line.service.stop() == 0
        line.ip("link set wan0 down")
        line.advertise(*[(prefix, WEEK, WEEK) for prefix in order])
        line.start()
        line.ip("link set wan0 up")
        line.wait_address(P_HERE)
        line.wait_address(Q_HERE)
        assert line.is_calm(2)
