# SPDX-License-Identifier: GPL-2.0-or-later
"""The rows of tests/catalogue.txt, and which of them a test is about: its name, or its parameters', begin with the
number."""

import re
from pathlib import Path

CATALOGUE = Path(__file__).resolve().parents[1] / "catalogue.txt"


def rows():
    """Number -> what lies outside of the SMTP client, "" where nothing does."""
    found = {}
    for line in CATALOGUE.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            number, mark = re.match(r" ?(\d+) (\w*)", line).groups()
            assert int(number) == len(found) + 1, f"row {number} is not the next"
            found[int(number)] = mark
    return found


def row_of(test):
    """0 where it is about none."""
    match = re.search(r"::test_(\d\d)_|\[(\d\d)-", test)
    return int(match[1] or match[2]) if match else 0
