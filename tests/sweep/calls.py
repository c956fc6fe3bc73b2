# SPDX-License-Identifier: GPL-2.0-or-later
"""The system calls of a trace by strace(1)."""

import dataclasses
import re

LINE = re.compile(r"(?:(?P<pid>\d+) +)?(?P<name>\w+)\((?P<text>.*)")
UNFINISHED = " <unfinished ...>"
RESUMED = re.compile(r"(?:(?P<pid>\d+) +)?<\.\.\. (?P<name>\w+) resumed>(?P<text>.*)")
RESULT = re.compile(r"(?P<arguments>.*)\) += (?P<result>.+)")


@dataclasses.dataclass
class Call:
    """The NUMBERth call of NAME by its process, counted from 1 as strace's `when` counts. BEGUN and ENDED are lines of
    the trace: they differ where another process came in between. RESULT is None for a call that never returned."""

    pid: str
    name: str
    number: int
    arguments: str
    begun: int
    ended: int
    result: str = None

    @property
    def succeeded(self):
        return self.result is not None and not self.result.startswith("-1")


def _finish(call, text, line):
    match = RESULT.fullmatch(text)
    call.arguments, call.result = (match["arguments"], match["result"]) if match else (text, None)
    call.ended = line


def read_calls(lines):
    """All calls of all processes, as they began. What is no call (a signal, an end) is passed over."""
    calls, waiting, numbers = [], {}, {}
    for i, line in enumerate(lines):
        resumed = RESUMED.match(line)
        if resumed:
            call = waiting.pop(resumed["pid"], None)
            if call:
                _finish(call, call.arguments + resumed["text"], i)
            continue
        match = LINE.match(line)
        if not match:
            continue
        key = (match["pid"], match["name"])
        numbers[key] = numbers.get(key, 0) + 1
        call = Call(match["pid"] or "", match["name"], numbers[key], match["text"], i, i)
        if match["text"].endswith(UNFINISHED):
            call.arguments = match["text"].removesuffix(UNFINISHED)
            waiting[match["pid"]] = call
        else:
            _finish(call, match["text"], i)
        calls.append(call)
    return calls


def main_begins(calls):
    """Where main() does: what comes before are the loader and the libraries. Either program hides its memory first."""
    return next(i for i, call in enumerate(calls) if call.arguments.startswith("PR_SET_DUMPABLE, SUID_DUMP_DISABLE"))


def own_calls(calls):
    return calls[main_begins(calls):]
