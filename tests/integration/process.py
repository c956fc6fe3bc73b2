# SPDX-License-Identifier: GPL-2.0-or-later
"""A program that runs beside the test, and its lines as they come."""

import os
import pathlib
import re
import select
import signal
import subprocess
import threading
import time

PATIENCE = 20.0  # seconds until a test gives up on what should happen at once


def until(condition, what, deadline=PATIENCE):
    """Waits for a state that /proc shows and no event tells of."""
    end = time.monotonic() + deadline
    tick = threading.Event()
    while not condition():
        assert time.monotonic() < end, f"did not come: {what}"
        tick.wait(0.005)


def process_state(pid):
    """R, S, T, Z ... as in proc_pid_stat(5)."""
    return pathlib.Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]


def wait_until_stopped(pid):
    until(lambda: process_state(pid) == "T", "a stopped process")


class Process:
    """Reads stdout and stderr as one; wait_line() goes on behind the line that it found last."""

    def __init__(self, argv, on_line=None, **options):
        self.lines = []
        self._next = 0
        self._changed = threading.Condition()
        self._ended = False
        self._on_line = on_line
        self._popen = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, start_new_session=True, **options)
        self.pid = self._popen.pid
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for raw in self._popen.stdout:
            line = raw.decode("utf-8", "backslashreplace").rstrip("\n")
            with self._changed:
                self.lines.append(line)
                self._changed.notify_all()
            if self._on_line:
                self._on_line(line)
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _find(self, pattern):
        while self._next < len(self.lines):
            line = self.lines[self._next]
            self._next += 1
            if re.search(pattern, line):
                return line
        return None

    def wait_line(self, pattern, deadline=PATIENCE):
        """The next line that matches PATTERN; what lies before it is passed over."""
        end = time.monotonic() + deadline
        with self._changed:
            while True:
                line = self._find(pattern)
                if line is not None:
                    return line
                left = end - time.monotonic()
                assert left > 0 and not self._ended, \
                    f"no line /{pattern}/ {'before the end' if self._ended else 'in time'}:\n{self.text()}"
                self._changed.wait(left)

    def wait_matching(self, pattern, n, deadline=PATIENCE):
        """The first N lines that match PATTERN, whether they were waited for or not."""
        with self._changed:
            enough = self._changed.wait_for(lambda: len(self.matching(pattern)) >= n, deadline)
            assert enough, f"not {n} lines /{pattern}/ in time:\n{self.text()}"
            return self.matching(pattern)[:n]

    def matching(self, pattern):
        """All lines so far that match PATTERN, whether they were waited for or not."""
        return [line for line in list(self.lines) if re.search(pattern, line)]

    def text(self):
        return "\n".join(self.lines)

    def kill(self, number):
        os.kill(self.pid, number)

    def children(self):
        with open(f"/proc/{self.pid}/task/{self.pid}/children", encoding="ascii") as f:
            return [int(pid) for pid in f.read().split()]

    def running(self):
        return self._popen.poll() is None

    def wait(self, deadline=PATIENCE):
        status = self._popen.wait(deadline)
        self._reader.join(deadline)
        return status

    def stop(self, number=signal.SIGTERM, deadline=PATIENCE):
        """Ends the program by NUMBER, and gives its exit status; by SIGKILL where that is not heard."""
        if self.running():
            self._popen.send_signal(number)
        try:
            return self.wait(deadline)
        finally:
            if self.running():
                self._popen.kill()
                self._popen.wait()


def wait_end(pid, deadline=PATIENCE):
    """Waits for the end of a process that is not our child. Gone already is as good."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([fd], [], [], deadline)[0], f"process {pid} does not end"
    finally:
        os.close(fd)
