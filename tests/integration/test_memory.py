# SPDX-License-Identifier: GPL-2.0-or-later
"""What a large table took to be read is given back: the service is there for years."""

import pathlib
import re

import pytest

import namespaces
from lab import A, Lab
from process import until

ADDRESSES = 4000  # a dump of several datagrams
BUFFER = 64  # KiB: the answer fills as many as it needs
ANONYMOUS = re.compile(r"^[0-9a-f]+-[0-9a-f]+ rw-p \S+ \S+ 0 *\n(?:\S+: .*\n)*?Private_Dirty: +(\d+) kB", re.MULTILINE)


@pytest.fixture(name="lab")
def fixture_lab():
    namespaces.require_namespaces()
    lab = Lab()
    yield lab
    lab.close()


def anonymous(pid):
    """KiB that are the process's alone, and no heap, stack or file."""
    return sum(map(int, ANONYMOUS.findall(pathlib.Path(f"/proc/{pid}/smaps").read_text("ascii"))))


def test_a_large_table_leaves_nothing_behind(lab):
    namespaces.join(lab.client, "many0", lab.server, "many1")
    lab.client.ip_batch(*[f"address add 10.0.{i >> 8}.{i & 255}/32 dev many0" for i in range(ADDRESSES)])
    lab.set_address(A)
    server = lab.mail_server()
    service = lab.service().start()
    server.wait_mails(1)
    service.wait_matching("^Mail sending completed:", 1)
    # The sanitizer's memory is no measure; what it watches itself is.
    if "asan" not in pathlib.Path(f"/proc/{service.pid}/maps").read_text("ascii"):
        until(lambda: anonymous(service.pid) < 2 * BUFFER + ADDRESSES // 10, "the buffers given back")
