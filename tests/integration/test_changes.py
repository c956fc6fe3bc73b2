# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel says, and which mails come of it."""

import contextlib
import fcntl
import os
import struct

import pytest

from lab import A, B, C, INTERFACE, SILENCE

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000


def assert_only_next_change_is_told(lab, server, told, old):
    """Nothing is sent for SILENCE; then C comes, and its mail names OLD as what was told last."""
    assert server.stays_idle(SILENCE), server.commands()
    lab.set_address(C)
    mail = server.wait_mails(told + 1)
    assert mail.has_line(C)
    assert f"(was {old})" in mail.subject


def test_first_start_tells_the_address(lab, server, service):
    mail = server.mails[0]
    assert mail.sender == "gateway@example.com"
    assert mail.recipients == ["me@example.com"]
    assert A in mail.subject and "was" not in mail.subject
    assert mail.has_line(A)
    assert INTERFACE in mail.text


def test_two_addresses_within_the_quiet_period(lab, server, service):
    lab.set_address(C, B)
    mail = server.wait_mails(2)
    assert mail.has_line(B)
    assert mail.subject.endswith(f"{B} (was {A})")
    assert C not in mail.text
    assert server.stays_idle(SILENCE)
    assert [line.split(" to ")[0] for line in service.matching("^Mail sending completed:")] == \
        [f"Mail sending completed: {A}", f"Mail sending completed: {B}"]


def test_there_and_back(lab, server, service):
    lab.set_address(B, A)
    assert_only_next_change_is_told(lab, server, told=1, old=A)
    assert not service.matching(f"^Address changed:.*{B}")


def test_the_same_renewal_fifty_times(lab, server, service):
    lab.client.ip_batch(*[f"address change {A}/24 dev {INTERFACE} valid_lft {7200 + i} preferred_lft {3600 + i}"
                          for i in range(50)])
    assert_only_next_change_is_told(lab, server, told=1, old=A)
    assert len(service.matching("^Address changed:")) == 2


def test_interface_made_again(lab, server, service):
    lab.unplug()
    lab.plug()
    lab.set_address(B)
    mail = server.wait_mails(2)
    assert mail.has_line(B)
    assert mail.subject.endswith(f"{B} (was {A})")
    assert server.stays_idle(SILENCE)


def test_interface_gone_for_long_then_made_again(lab, server, service):
    lab.unplug()
    line = service.wait_line("^Address gone:")
    assert A in line and INTERFACE in line
    assert len(server.sessions) == 1
    lab.plug()
    lab.set_address(B)
    mail = server.wait_mails(2)
    assert mail.has_line(B)
    assert mail.subject.endswith(f"{B} (was {A})")


def open_tunnel():
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", b"tun0", IFF_TUN | IFF_NO_PI))
    return fd


@contextlib.contextmanager
def tunnel(lab):
    """A tun device with a program behind it, as a VPN client makes it."""
    try:
        fd = lab.client.inside(open_tunnel)
    except OSError as error:
        pytest.skip(f"no tun device here: {error.strerror}")
    lab.client.ip_batch("address add 10.8.0.2/24 dev tun0", "link set tun0 up")
    yield
    os.close(fd)


def test_tunnel_takes_the_only_default_route(lab, server, service):
    with tunnel(lab):
        lab.client.ip("route", "replace", "default", "dev", "tun0")
        assert "tun0" in service.wait_line("tunnel")
        assert "tun0" in service.wait_line("^Address gone:")
        assert server.stays_idle(SILENCE)
        lab.client.ip("route", "replace", "default", "dev", INTERFACE)
        assert_only_next_change_is_told(lab, server, told=1, old=A)
    assert not service.matching("10.8.0.2")


def test_tunnel_stands_before_the_line(lab, server, service):
    lab.client.ip_batch(f"route add default dev {INTERFACE} metric 100", "route del default metric 0")
    with tunnel(lab):
        lab.client.ip("route", "add", "default", "dev", "tun0", "metric", "50")
        assert "tun0" in service.wait_line("tunnel")
        assert_only_next_change_is_told(lab, server, told=1, old=A)
    assert len(service.matching("tunnel")) == 1
