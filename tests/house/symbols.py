#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What core needs from outside is on the allow-list, and core keeps no state of its own.

usage: symbols.py ARCHIVE ALLOW-LIST

Judged from the symbols of an archive that was built without fortify and sanitizers: both put other names in place of
the ones that the code uses.
"""

import fnmatch
import re
import subprocess
import sys


def read_allow_list(path):
    """(object, symbol) pairs; where the line names no object, "*" stands for all."""
    pairs = []
    with open(path, encoding="ascii") as lines:
        for line in lines:
            words = line.split("#")[0].split()
            if words:
                pairs.append((words[1] if len(words) > 1 else "*", words[0]))
    return pairs


def read_symbols(archive):
    """(object, symbol, class, section) of each symbol of the archive."""
    output = subprocess.run(["nm", "--format=sysv", archive], check=True, capture_output=True, text=True).stdout
    member = None
    for line in output.splitlines():
        if header := re.match(r"(?:Undefined )?[Ss]ymbols from (.+):$", line):
            member = re.sub(r"^.*\[|\]$", "", header[1]).rsplit("/", 1)[-1].removesuffix(".o")
        elif line.count("|") >= 6:
            fields = [field.strip() for field in line.split("|")]
            yield member, fields[0], fields[2], fields[6]


def main(archive, allow_list):
    allowed = read_allow_list(allow_list)
    symbols = list(read_symbols(archive))
    defined = {symbol for _, symbol, kind, _ in symbols if kind not in "Uw"}
    faults = []
    for member, symbol, kind, section in symbols:
        if kind in "Uw" and symbol not in defined:
            if not any(fnmatch.fnmatch(member, m) and fnmatch.fnmatch(symbol, s) for m, s in allowed):
                faults.append(f"{member}: needs {symbol}, which is not on the allow-list")
        elif re.match(r"\.(t?data|t?bss)", section) and not section.startswith(".data.rel.ro"):
            faults.append(f"{member}: {symbol} is writable and global")
    if not symbols:
        faults.append(f"{archive}: no symbols")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
