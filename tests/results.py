#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""results.py add LIST NAME FILE: appends what a JUnit file (meson's, pytest's) tells to LIST, a line a test.
results.py sum LIST: names what failed or was skipped, and ends with the one line "N passed, N failed".

A line of LIST is "passed", "failed" or "skipped", the test's name and, behind a tab, the reason. Exit status of sum:
0 where nothing failed and something passed. IPHERALD_TESTS_REQUIRE_ALL=1 makes a skip a failure."""

import collections
import os
import sys
import xml.etree.ElementTree


def outcome(case):
    for tag, word in (("failure", "failed"), ("error", "failed"), ("skipped", "skipped")):
        found = case.find(tag)
        if found is not None:
            reason = found.get("message") or (found.text or "").strip() or "it says no reason"
            return word, reason.splitlines()[0]
    return "passed", ""


def add(path, name, junit):
    with open(path, "a", encoding="utf-8") as results:
        for case in xml.etree.ElementTree.parse(junit).iter("testcase"):
            word, reason = outcome(case)
            results.write(f"{word} {name}: {case.get('name')}\t{reason}\n")


def total(path):
    require_all = os.environ.get("IPHERALD_TESTS_REQUIRE_ALL") == "1"
    counts = collections.Counter()
    with open(path, encoding="utf-8") as results:
        for line in results:
            word, _, rest = line.rstrip("\n").partition(" ")
            name, _, reason = rest.partition("\t")
            if word == "skipped" and require_all:
                word, reason = "failed", f"skipped: {reason}"
            counts[word] += 1
            if word != "passed":
                print(f"{word}: {name}" + (f": {reason}" if reason else ""))
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    print(f"{counts['passed']} passed, {counts['failed']} failed{skipped}")
    return 0 if counts["passed"] and not counts["failed"] else 1


if __name__ == "__main__":
    if sys.argv[1] == "add":
        add(*sys.argv[2:])
    else:
        sys.exit(total(sys.argv[2]))
