# SPDX-License-Identifier: GPL-2.0-or-later
"""Was each mail recorded durably before its first octet went out? A kill can't tell, since the page cache outlives the
process; the order of the calls can.

It reads a trace of the service and its mailers (strace -f -y) through a server without TLS, where the conversation can
be read. At each go all of this must have come since the question, in this order, each without an error: the new file
written, synced, renamed over the ledger, and the folder synced. And no octet follows a 354 but behind a go."""

import re

NEW_FILE = re.compile(r"\d+<(?P<folder>.*)/\.ledger\.new>")
FOLDER = re.compile(r"\d+<(?P<folder>.*)>")


class Record:
    """How far the write of the ledger has come that is under way, or was the last one."""

    def __init__(self):
        self.folder = None
        self.written = self.synced = self.renamed = self.folder_synced = False

    def missing(self):
        steps = {"write": self.written, "fsync": self.synced, "rename": self.renamed,
                 "fsync of the folder": self.folder_synced}
        return [name for name, done in steps.items() if not done]


class Order:
    def __init__(self):
        self.faults = []
        self.goes = self.bodies = 0
        self._record = Record()
        self._may_send = {}  # by mailer that stands behind a question or a 354: whether it has heard the go
        self._recorded = False  # a whole record has come since the last question

    def _fault(self, call, text):
        self.faults.append(f"line {call.ended + 1}: {text}")

    def _file_call(self, call):
        """What the service does to the ledger; the kernel has done it once the call returned."""
        if not call.succeeded:
            return
        new = NEW_FILE.match(call.arguments)
        record = self._record
        if call.name == "openat" and '".ledger.new", O_WRONLY|O_CREAT' in call.arguments:
            self._end_record(call)
            self._record = Record()
            self._record.folder = FOLDER.match(call.arguments)["folder"]
        elif call.name == "write" and new:
            record.written, record.synced = True, False
        elif call.name == "fsync" and new:
            record.synced = record.written
        elif call.name == "renameat" and '".ledger.new"' in call.arguments:
            record.renamed = True
            if not record.synced:
                self._fault(call, "the rename comes before the file's fsync")
        elif call.name == "fsync" and FOLDER.match(call.arguments)["folder"] == record.folder:
            record.folder_synced = record.renamed
            self._recorded = not record.missing()

    def _end_record(self, call):
        if self._record.renamed and not self._record.folder_synced:
            self._fault(call, "a rename without the folder's fsync")

    def _talk(self, call):
        """Between service and mailer, and between mailer and server: what is sent counts from its begin."""
        sends = call.name in ("sendto", "sendmsg")
        go = '"answer ' in call.arguments and "go=1" in call.arguments
        if sends and '"commit ' in call.arguments:
            self._recorded = False
            self._may_send[call.pid] = False
        elif sends and go:
            self.goes += 1
            if not self._recorded:
                missing = self._record.missing() or ["record since the question"]
                self._fault(call, "a go without " + ", ".join(missing))
        elif sends and call.pid in self._may_send and not call.arguments.startswith("3<"):
            self.bodies += 1
            if not self._may_send.pop(call.pid):
                self._fault(call, "a body before the go")
        elif not sends and go:
            self._may_send[call.pid] = True
        elif not sends and re.search(r'["n]354 ', call.arguments):
            self._may_send[call.pid] = False

    def hear(self, calls):
        events = [(call.ended, self._file_call, call) for call in calls
                  if call.name in ("openat", "write", "fsync", "renameat")]
        for call in calls:
            if call.name in ("sendto", "sendmsg"):
                events.append((call.begun, self._talk, call))
            elif call.name == "recvfrom":
                events.append((call.ended, self._talk, call))
        for _, hear, call in sorted(events, key=lambda event: event[0]):
            hear(call)
        if calls:
            self._end_record(calls[-1])
        return self


def check_order(calls):
    """The faults, and how many goes and bodies were seen: a trace that shows none proves nothing."""
    order = Order().hear(calls)
    return order.faults, order.goes, order.bodies
