#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Includes go down only, and each source belongs to the program that its room is for.

Judged from the #include lines and from the source lists in the rooms' meson.build.
"""

import pathlib
import re
import sys

FLOORS = [
    ["base"],
    ["address", "nat"],
    ["settings"],
    ["decide"],
    ["mail"],
    ["watch", "store"],
    ["deliver"],
    ["journal"],
    ["daemon"],
    ["cli"],
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
CORE, SERVICE, MAILER = "core", "service", "mailer"
PROGRAMS = {room: {CORE} for room in ("base", "address", "nat", "settings", "decide", "mail")}
PROGRAMS |= {room: {SERVICE} for room in ("watch", "journal", "daemon", "cli")}
PROGRAMS |= {"store": {SERVICE, MAILER}, "deliver": {MAILER}}

# What core never knows; the one user of hashes is named.
FOREIGN = re.compile(r"systemd/|netlink/|libconfig|gnutls/|linux/netlink|sys/epoll|pthread|syslog|time\.h|unistd\.h")
HASHES = "mail/digest.c"

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.MULTILINE)
SOURCES = re.compile(r"(core|service|mailer)_(?:sources|main)\s*\+?=\s*files\(([^)]*)\)")


def programs_of_sources(source):
    """Each listed file with the programs whose list it is on: a file of store may be of use to both."""
    listed = {}
    for room in FLOOR:
        lists = source / room / "meson.build"
        if not lists.exists():
            continue
        for program, names in SOURCES.findall(lists.read_text()):
            for name in re.findall(r"'([^']+)'", names):
                listed.setdefault(f"{room}/{name}", set()).add(program)
    return listed


def check_lists(source, listed):
    for name, programs in listed.items():
        room = name.split("/")[0]
        for program in programs - PROGRAMS[room]:
            yield f"{room}/meson.build: {name} is on the list of {program}"
        if not (source / name).exists():
            yield f"{room}/meson.build: {name} does not exist"
    for path in source.glob("*/*.c"):
        name = str(path.relative_to(source))
        if name not in listed:
            yield f"{name}: on no list of its room"


def check_own(name, include, listed):
    room, target = name.split("/")[0], include.split("/")[0]
    if target not in FLOOR:
        yield f'{name}: "{include}" names no room'
    elif room != target and FLOOR[target] >= FLOOR[room]:
        yield f'{name}: "{include}" does not lie below {room}'
    else:
        # A header goes with its source; what is in neither program's way has none of its own.
        ours = listed.get(name.removesuffix(".h").removesuffix(".c") + ".c", {MAILER} if room == "deliver" else set())
        theirs = listed.get(include.removesuffix(".h") + ".c", {CORE})
        if CORE not in theirs and not ours <= theirs:
            yield f'{name}: is in {" and ".join(sorted(ours))}, "{include}" in {" and ".join(sorted(theirs))}'


def check_foreign(name, include):
    room = name.split("/")[0]
    hashes = name == HASHES and include.startswith("gnutls/")
    if PROGRAMS[room] == {CORE} and FOREIGN.search(include) and not hashes:
        yield f"{name}: <{include}> in core"


def check_includes(source, listed):
    for path in sorted(source.glob("*/*.[ch]")):
        name = str(path.relative_to(source))
        if path.parent.name not in FLOOR:
            yield f"{name}: in no room"
            continue
        for quote, include in INCLUDE.findall(path.read_text()):
            if quote == '"' and include != "config.h":
                yield from check_own(name, include, listed)
            elif quote == "<":
                yield from check_foreign(name, include)


def main(root):
    source = pathlib.Path(root) / "src"
    listed = programs_of_sources(source)
    faults = [*check_lists(source, listed), *check_includes(source, listed)]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
