# SPDX-License-Identifier: GPL-2.0-or-later
"""What is to be tried at each system call of a trace: a kill, and each error that the call may come back with on a
machine that is short of something, broken, or interrupted."""

import collections

from calls import main_begins, own_calls

Point = collections.namedtuple("Point", "program name number error on_ledger")

SHORT_OF_DESCRIPTORS = ("EMFILE", "ENOMEM")
MESSAGES = ("EINTR", "ENOMEM")

# Not here are calls that can't fail so: munmap, waitid that does not wait, close, whose descriptor is gone whatever it says.
ERRORS = {
    "openat": ("EMFILE", "ENOMEM", "EIO"), "read": ("EIO", "EINTR"), "pread64": ("EIO",),
    "write": ("ENOSPC", "EIO", "EINTR"), "fsync": ("EIO", "ENOSPC"), "renameat": ("ENOSPC", "EIO"),
    "unlinkat": ("EIO", "ENOMEM"), "fchmod": ("EIO",), "ftruncate": ("EIO",), "flock": ("EINTR", "ENOMEM"),
    "newfstatat": ("EIO", "ENOMEM"), "readlink": ("EIO",),
    "socket": SHORT_OF_DESCRIPTORS, "socketpair": SHORT_OF_DESCRIPTORS, "epoll_create1": SHORT_OF_DESCRIPTORS,
    "timerfd_create": SHORT_OF_DESCRIPTORS, "signalfd4": SHORT_OF_DESCRIPTORS, "pidfd_open": SHORT_OF_DESCRIPTORS,
    "landlock_create_ruleset": SHORT_OF_DESCRIPTORS,
    "epoll_ctl": ("ENOMEM",), "epoll_wait": ("EINTR",), "poll": MESSAGES,
    "recvfrom": MESSAGES, "recvmsg": MESSAGES, "recvmmsg": MESSAGES, "sendto": MESSAGES, "sendmsg": MESSAGES,
    "connect": ("ENOMEM",), "bind": ("ENOMEM",), "setsockopt": ("ENOMEM",), "getsockopt": ("ENOMEM",),
    "getsockname": ("ENOMEM",), "getpeername": ("ENOMEM",),
    "mmap": ("ENOMEM",), "brk": ("ENOMEM",), "mprotect": ("ENOMEM",), "clone3": ("ENOMEM",),
    "getrandom": ("EINTR",), "setgroups": ("ENOMEM",),
}
CREATES = "O_CREAT"
NEW_LEDGER = ".ledger.new"


def _errors_of(call):
    errors = ERRORS.get(call.name, ())
    return errors + ("ENOSPC",) if call.name == "openat" and CREATES in call.arguments else errors


def is_on_folder(call, folder):
    return f"<{folder}" in call.arguments or f'"{folder}' in call.arguments


def writes_ledger(call, folder):
    """Whether its failure is one of the ledger's write."""
    return NEW_LEDGER in call.arguments or (call.name == "fsync" and f"<{folder}>" in call.arguments)


def _points_at(program, calls, folder):
    for call in calls:
        on_ledger = writes_ledger(call, folder)
        for error in (None, *_errors_of(call)):
            yield Point(program, call.name, call.number, error, on_ledger)


def points_of(program, calls, folder):
    """All of PROGRAM, whose state folder is FOLDER. What the loader does about an error is not ours."""
    for call in calls[1:main_begins(calls)]:  # the first one is strace's, which executes the program
        yield Point(program, call.name, call.number, None, False)
    yield from _points_at(program, own_calls(calls), folder)


def folder_points(calls, folder):
    """Those of the service's calls on its state folder."""
    return _points_at("service", [call for call in own_calls(calls) if is_on_folder(call, folder)], folder)


def memory_points(program, calls):
    """No memory for one message between PROGRAM and whoever it talks to."""
    return [point for point in points_of(program, calls, "")
            if ERRORS.get(point.name) == MESSAGES and point.error == "ENOMEM"]
