# SPDX-License-Identifier: GPL-2.0-or-later
"""What the service has for itself where it runs as it is meant to: beside a manager that has its libraries mapped too."""

import os
import pathlib
import re

from lab import A
from process import until

PRIVATE_MOST = 400  # KiB
PSS_MOST = 1600


def memory(pid):
    """KiB: private dirty, and PSS."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    return [int(re.search(rf"^{key}:\s+(\d+) kB$", text, re.MULTILINE)[1]) for key in ("Private_Dirty", "Pss")]


def test_after_a_mail(home):
    home.lab.set_address(A)
    home.enable()
    home.wait_mail()
    home.wait_told()
    os.sync()  # what was just installed would count as its own, until it is on the disk
    pid, seen = home.main_pid(), []

    def is_small():
        seen.append(memory(pid))
        private, pss = seen[-1]
        return private <= PRIVATE_MOST and pss <= PSS_MOST
    try:
        until(is_small, "what a mail took given back")
    finally:
        print(f"{home.box.release.name}: private KiB, PSS KiB: {seen[0]}, {seen[-1]}")
