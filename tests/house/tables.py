# SPDX-License-Identifier: GPL-2.0-or-later
"""The program's tables, for the tests that hold documents against them."""

import collections
import re
import subprocess

Key = collections.namedtuple("Key", "path values default min max")
Event = collections.namedtuple("Event", "name begins priority message_id")


class Tables:
    """PROGRAM prints the tables (tables.c); names that no table has are read from the source."""

    def __init__(self, program, root):
        self.keys, self.events, self.ports, self.steps = {}, {}, [], []
        output = subprocess.run([program], check=True, capture_output=True, text=True).stdout
        for line in output.splitlines():
            kind, *row = line.split("\t")
            if kind == "key":
                self.keys[row[0]] = Key(*row)
            elif kind == "event":
                self.events[row[0]] = Event(*row)
            elif kind == "port":
                self.ports += row
            else:
                self.steps += row
        self.hints = re.findall(r'#define HINT_\w+ +"([^"]+)"', (root / "src/mail/hint.h").read_text())
        self.placeholders = re.findall(r'\[NAME_\w+\] = "(\w+)"', (root / "src/mail/placeholder.c").read_text())
        self.suffixes = re.findall(r'\{"(\.\w+)", "', (root / "src/mail/content.c").read_text())
        self.fields = {"IPHERALD_EVENT"}
        for path in [*root.glob("src/journal/*.c"), *root.glob("src/daemon/*.c")]:
            self.fields |= {"IPHERALD_" + name for name in re.findall(r'\(e, "([A-Z_]+)"', path.read_text())}
