#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs as they are installed have what compiler and linker can do against an attacker.

usage: hardening.py PROGRAM...

Judged from the programs' own bytes, stripped or not, so that no word of a build's log is believed: a position of its own
in memory at each start, no page that can be written and run, nothing of the linker's tables that can be written once it
runs, no folder of libraries beside the system's, the stack's canary, the C library's checked functions. On amd64, where
it can be read off the instructions, also that no frame steps over the guard page below the stack, and that each function
that is called through a pointer says that it may be (IBT). The linker's own note of that is of no use: Debian's start
files do not have it, so no program there gets it.
"""

import os
import re
import subprocess
import sys

PAGE = 0x1000


def run(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}).stdout


def image_faults(path):
    header, segments, dynamic = (run("readelf", "-W", option, path) for option in ("-h", "-l", "-d"))
    flags = [line.split()[6:-1] for line in segments.splitlines() if re.match(r" +(LOAD|GNU_STACK) ", line)]
    if not re.search(r"Type: +DYN ", header) or not re.search(r"\(FLAGS_1\).*\bPIE\b", dynamic):
        yield "no PIE"
    if not re.search(r"^ +GNU_RELRO ", segments, re.M):
        yield "no RELRO"
    if not re.search(r"\(FLAGS_1\).*\bNOW\b", dynamic):
        yield "no BIND_NOW: the table of calls can be written"
    if not re.search(r"^ +GNU_STACK ", segments, re.M):
        yield "nothing says that its stack is not to be run"
    if any({"W", "E"} <= set("".join(words)) for words in flags):
        yield "a segment, or the stack, that can be written and run"
    if found := re.search(r"\((RPATH|RUNPATH|TEXTREL)\)", dynamic):
        yield f"has {found[1]}"


def symbol_faults(path):
    wanted = re.findall(r" UND (\w+)@", run("readelf", "-W", "--dyn-syms", path))
    if "__stack_chk_fail" not in wanted:
        yield "no canary on the stack"
    if not any(re.fullmatch(r"__\w+_chk", name) for name in wanted):
        yield "no checked function of the C library (_FORTIFY_SOURCE)"


def read_code(path):
    """(address, instruction) of each, in order."""
    output = run("objdump", "-d", "--no-show-raw-insn", path)
    return [(int(at, 16), " ".join(what.split())) for at, what in re.findall(r"^ *([0-9a-f]+):\t(.+)$", output, re.M)]


def stack_faults(code):
    """Where a frame of a page or more is not taken page by page, each of them touched."""
    for (at, what), (_, then) in zip(code, code[1:]):
        if found := re.fullmatch(r"sub \$0x([0-9a-f]+),%rsp", what):
            size = int(found[1], 16)
            if PAGE < size < 1 << 31 or size == PAGE and not re.fullmatch(r"(or|mov)[ql] \$0x0,\(%rsp\)", then):
                yield f"{at:x}: takes {size} octets of stack and does not touch them (-fstack-clash-protection)"


def pointed_to(path, code):
    """The addresses of code that the program has in its data, and that of main(), which _start hands to the C library."""
    entry = int(re.search(r"Entry point address: +0x([0-9a-f]+)", run("readelf", "-h", path))[1], 16)
    main = next((re.search(r"# ([0-9a-f]+)", what) for at, what in code if at >= entry and ",%rdi #" in what), None)
    if main:
        yield int(main[1], 16)
    for addend in re.findall(r"R_X86_64_RELATIVE +([0-9a-f]+)", run("readelf", "-W", "-r", path)):
        yield int(addend, 16)


def branch_faults(path, code):
    first = dict(code)
    bare = [at for at in set(pointed_to(path, code)) if first.get(at, "endbr64") != "endbr64"]
    if bare:
        yield f"{len(bare)} functions that are called through a pointer do not begin with endbr64 (-fcf-protection)"


def main(*paths):
    faults, probed, amd64 = [], 0, False
    for path in paths:
        found = [*image_faults(path), *symbol_faults(path)]
        if "X86-64" in run("readelf", "-h", path):
            amd64 = True
            code = read_code(path)
            found += [*stack_faults(code), *branch_faults(path, code)]
            probed += sum(what == f"sub ${PAGE:#x},%rsp" for _, what in code)
        faults += [f"{path}: {fault}" for fault in found]
    if amd64 and not probed:
        faults.append("no frame of a page or more in any of them: whether such frames are safe can't be seen")
    for fault in faults:
        print(fault)
    return 1 if faults or not paths else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
