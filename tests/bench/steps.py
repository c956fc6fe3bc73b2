#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: steps.py PROGRAM BASELINE [write]: the instructions that an event, a mail and a destination take, as callgrind
counts them, against those in BASELINE.

The same program takes the same count each time, on a busy machine too. Another compiler or C library makes another one:
more than TOLERANCE above the baseline is a failure, since it is what the source has become dearer by. What became
cheaper is written anew (`write`), in the same change."""

import os
import re
import shutil
import subprocess
import sys

TOLERANCE = 0.25
SKIPPED = 77
COUNTS = {"events": (1000, 2000), "mails": (10, 20), "destinations": (40, 50)}  # the last grows with the number


def instructions(program, what, n):
    # Meson has the C library fill what is allocated, which would be counted.
    run = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, what, str(n)],
                         check=True, text=True, stderr=subprocess.PIPE,
                         env={name: value for name, value in os.environ.items() if name != "MALLOC_PERTURB_"})
    return int(re.search(r"Collected : (\d+)", run.stderr)[1])


def measure(program, what):
    """Of one more: what the start takes is in both."""
    few, many = COUNTS[what]
    return (instructions(program, what, many) - instructions(program, what, few)) // (many - few)


def main(program, path, *mode):
    if not shutil.which("valgrind"):
        print("there is no valgrind")
        return SKIPPED
    counted = {what: measure(program, what) for what in COUNTS}
    if mode == ("write",):
        with open(path, "w", encoding="ascii") as file:
            file.writelines(f"{what} {count}\n" for what, count in counted.items())
        return 0
    with open(path, encoding="ascii") as file:
        recorded = {what: int(count) for what, count in map(str.split, file)}
    failed = False
    for what, count in counted.items():
        change = count / recorded[what] - 1
        print(f"{what}: {count} instructions each, {change:+.1%} of {recorded[what]}")
        failed = failed or change > TOLERANCE
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
