# SPDX-License-Identifier: GPL-2.0-or-later
"""The clocks of a service under test, which the test moves (moved-clock.c), and the machine's own."""

import ctypes
import os
import select
import socket
import struct

import pytest

from mailer_harness import BUILD, MAILER, TIME_LIMIT

LIBRARY = BUILD / "tests/integration/moved-clock.so"
CLOCK_REALTIME, ADJ_SETOFFSET, ADJ_NANO = 0, 0x0100, 0x2000


class MovedClock:
    """A service that is started with `environment` has these clocks, one after the other. Its mailer has the
    machine's; as `mailer`, a command, it has the wall clock."""

    def __init__(self, folder):
        path = folder / "clock"
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(str(path))
        self._listener.listen()
        self._service = None
        self._owed = 0  # answers that were not waited for
        self._wall = folder / "wall-clock"
        self._note_wall(0)
        # The sanitizers' own library wants to be the first one otherwise.
        options = [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]
        self.environment = {"LD_PRELOAD": str(LIBRARY), "IPHERALD_MOVED_CLOCK": str(path),
                            "ASAN_OPTIONS": ":".join(filter(None, options))}
        self.mailer = (f"env LD_PRELOAD={LIBRARY} ASAN_OPTIONS={self.environment['ASAN_OPTIONS']} "
                       f"IPHERALD_WALL_CLOCK=$(cat {self._wall}) {MAILER}")

    def _note_wall(self, moved):
        self._moved = moved
        self._wall.write_text(f"{int(moved)}\n", "ascii")

    def _move(self, boottime, monotonic, wall, at_once=False, wait=True):
        if self._service is None or select.select([self._listener], [], [], 0)[0]:
            self._listener.settimeout(TIME_LIMIT)
            self._service, _ = self._listener.accept()
            self._service.settimeout(TIME_LIMIT)
            self._owed = 0
        nanoseconds = (int(seconds * 1e9) for seconds in (boottime, monotonic, wall))
        self._service.send(struct.pack("=qqqq", *nanoseconds, at_once))
        self._owed += 1
        if wait:
            self.wait_moved()

    def wait_moved(self):
        while self._owed:
            assert self._service.recv(1), "the service has ended"
            self._owed -= 1

    def go_on(self, seconds, at_once=False):
        """So much time passes, when the service has nothing to do but to wait; or AT_ONCE."""
        self._move(seconds, seconds, seconds, at_once)

    def suspend(self, seconds):
        """The machine is suspended and wakes."""
        self._move(seconds, 0, seconds, True)

    def stand_still(self, seconds):
        """Of a service that is stopped: so much time has passed when it goes on, whatever came meanwhile."""
        self._move(seconds, seconds, seconds, True, wait=False)

    def turn(self, seconds):
        """Somebody sets the service's wall clock, forth or back; the kernel says that one was set."""
        self._note_wall(self._moved + seconds)
        self._move(0, 0, seconds)
        set_machine_clock()

    def close(self):
        for one in filter(None, (self._service, self._listener)):
            one.close()


class _Timex(ctypes.Structure):
    """struct timex, whose later fields are not asked for."""
    _fields_ = [("modes", ctypes.c_uint), ("to_status", ctypes.c_long * 4), ("status", ctypes.c_int),
                ("to_time", ctypes.c_long * 3), ("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long),
                ("rest", ctypes.c_char * 256)]


def set_machine_clock():
    """By one nanosecond: enough for the kernel to say so, and for nobody to notice."""
    change = _Timex(modes=ADJ_SETOFFSET | ADJ_NANO, nanoseconds=1)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.clock_adjtime(CLOCK_REALTIME, ctypes.byref(change)) < 0:
        pytest.skip(f"the machine's clock can't be set: {os.strerror(ctypes.get_errno())}")
