# SPDX-License-Identifier: GPL-2.0-or-later
"""The clock of a mailer under test, which stands still until the test moves it (standing-clock.c)."""

import os
import socket
import struct

from mailer_harness import BUILD, MAILER, TIME_LIMIT

LIBRARY = BUILD / "tests/integration/standing-clock.so"
SLEPT = 1 << 63


class StandingClock:
    """`command` starts the mailer with this clock. close() lets go of it."""

    def __init__(self):
        self._ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ours.settimeout(TIME_LIMIT)
        self._theirs.set_inheritable(True)
        # The sanitizers' own library wants to be the first one otherwise.
        options = [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]
        self.command = ["env", f"LD_PRELOAD={LIBRARY}", f"IPHERALD_STANDING_CLOCK={self._theirs.fileno()}",
                        f"ASAN_OPTIONS={':'.join(filter(None, options))}", MAILER]

    def started(self):
        """The mailer has its end by now, and it alone."""
        self._theirs.close()

    def _pass(self, seconds):
        """Waits until the mailer is at rest, and lets SECONDS pass. False where it has ended instead."""
        try:
            self._ours.send(struct.pack("=Q", int(seconds * 1e6)))
            return bool(self._ours.recv(1))
        except (ConnectionError, BrokenPipeError):
            return False

    def rest(self):
        """Waits until the mailer has nothing left to do, but to wait. False where it has ended."""
        return self._pass(0)

    def advance(self, seconds):
        """Lets SECONDS pass, and the mailer do what is due then. False where that was to end."""
        return self._pass(seconds) and self.rest()

    def suspend(self, seconds):
        """Of a mailer that is stopped: so much time has passed when it goes on, whatever there is for it."""
        self._ours.send(struct.pack("=Q", int(seconds * 1e6) | SLEPT))

    def close(self):
        self._ours.close()
        self._theirs.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
