#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds the table of tests/proof/README.md, its harnesses and its planted faults together: each harness has a row, and
at least one fault, which the row names."""

import collections
import pathlib
import re
import sys


def told(folder):
    """{harness: faults} of the table."""
    rows = re.findall(r"^\| `([\w-]+)` \|.*\| ([^|]*) \|$", (folder / "README.md").read_text("utf-8"), re.MULTILINE)
    return {name: sorted(re.findall(r"`([\w-]+)`", faults)) for name, faults in rows}


def planted(folder):
    """The same of the files, as run.sh takes them."""
    harnesses = [path.stem for path in folder.glob("*.c") if "\n * sources: " in path.read_text("utf-8")]
    faults = collections.defaultdict(list, {name: [] for name in harnesses})
    for path in sorted((folder / "faults").glob("*.patch")):
        faults[re.search(r"^harness: (\S+)$", path.read_text("utf-8"), re.MULTILINE)[1]].append(path.stem)
    return dict(faults)


def main(root):
    folder = pathlib.Path(root) / "tests" / "proof"
    rows, files = told(folder), planted(folder)
    faults = [f"{name}: README.md has {rows.get(name)}, the folder {files.get(name)}"
              for name in sorted(rows.keys() | files.keys()) if rows.get(name) != files.get(name)]
    faults += [f"{name}: no fault is planted for it" for name, patches in files.items() if not patches]
    for fault in faults:
        print(fault)
    print(f"{len(files)} harnesses, {sum(map(len, files.values()))} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
