#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""README's table of providers is that of conf/providers.conf, row for row.

usage: providers.py ROOT
"""

import pathlib
import re
import sys

ACCOUNT = {"address": "the whole address", "local": "without its domain", "own": "a name of its own"}
LOGIN = {"password": "the mailbox's password", "app-password": "an app password", "token": "an OAuth token"}


def table(text):
    for row in re.findall(r"\{ name = .*? \}", text, flags=re.DOTALL):
        row = dict(re.findall(r'(\w+) = "?([^";(]+)"?;', row))
        yield (f"| {row['name']} | `{row['server']}` {row['port']} {row['security']} | {ACCOUNT[row['account']]} | "
               f"{LOGIN[row['login']]} |")


def main():
    root = pathlib.Path(sys.argv[1])
    rows = list(table((root / "conf/providers.conf").read_text()))
    # The table is what follows its head; the line that every table has below it is skipped.
    shown = (root / "README.md").read_text().partition("\n| provider |")[2].partition("\n\n")[0].split("\n")[2:]
    missing, stale = [row for row in rows if row not in shown], [row for row in shown if row not in rows]
    if not rows or missing or stale:
        sys.exit("\n".join([f"{len(rows)} providers", *("README.md lacks " + row for row in missing),
                            *("README.md has " + row for row in stale)]))


main()
