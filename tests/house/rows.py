#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds tests/catalogue.txt, the tests over sockets and the transcripts together: no row without its test."""

import pathlib
import subprocess
import sys

SKIPPED = 77  # as meson has it
PYTHON = "/usr/bin/python3"  # Debian's, which has Debian's pytest

root = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(root / "tests/integration"))

from catalogue import row_of, rows  # noqa: E402 pylint: disable=wrong-import-position


def collect():
    """The tests of tests/integration, none of which is run."""
    command = [PYTHON, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "tests/integration"]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(result.stdout + result.stderr)
    return [line for line in result.stdout.splitlines() if "::" in line]


def main():
    if subprocess.run([PYTHON, "-c", "import pytest"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        print("no pytest here")
        return SKIPPED
    wanted = rows()
    tests = [row_of(test) for test in collect()]
    transcripts = [int(path.name[:2]) for path in (root / "tests/transcripts").glob("*.txt")]
    faults = [f"row {row} has no test in tests/integration" for row in wanted if row not in tests]
    faults += [f"row {row} has no transcript, and no mark that says why" for row, mark in wanted.items()
               if not mark and row not in transcripts]
    faults += [f"row {row} is marked {mark}, and has a transcript" for row, mark in wanted.items()
               if mark and row in transcripts]
    faults += [f"a test is about row {row}, which the catalogue does not have"
               for row in set(tests + transcripts) - set(wanted) - {0}]
    for fault in faults:
        print(fault)
    print(f"{len(wanted)} rows, {len(tests) - tests.count(0)} tests over sockets, "
          f"{len(transcripts) - transcripts.count(0)} transcripts")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
