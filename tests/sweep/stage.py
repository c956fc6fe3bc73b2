# SPDX-License-Identifier: GPL-2.0-or-later
"""One delivery of the real service and mailer, cut or made to fail at one point, and what must be true of it in the end.

The service has told A to one reader, and finds B and a second one at its start, which makes two transactions. The first
life has the fault. A service that ended is started again; what was put off, or waits for a reload, gets one. In the end each
reader has one mail for B, or two under the same Message-ID where the ledger said, when the fault had struck, that its
fate was unknown."""

import pathlib
import re
import shlex
import shutil
import signal
import zlib

from calls import read_calls
from lab import A, B
from process import process_state, until
from service import BUILD

READERS = ["me@example.com", "you@example.com"]
PUT_OFF = "^(Mail (sending (deferred|failed)|authentication failed)|Settings not usable):"


class LedgerText:
    """What the file says, read without the program."""

    def __init__(self, path):
        try:
            data = pathlib.Path(path).read_bytes()
        except FileNotFoundError:
            data = b""
        body, end, rest = data.rpartition(b"end crc32=")
        self.whole = not data or (end != b"" and rest == b"%08x\n" % zlib.crc32(body))
        self._lines = data.decode("utf-8", "replace").splitlines()

    def unknown(self):
        """The Message-IDs of the mails that were committed and not answered."""
        return {match[1] for line in self._lines if (match := re.match("mail .*?\\bid=(\\S+)", line))}

    def all_told(self, address, readers=1):
        rows = [line for line in self._lines if line.startswith("destination ")]
        return len(rows) == readers and all(
            f" told-ipv4={address} " in row + " " and " sending=" not in row for row in rows)


class Verdict:
    def __init__(self):
        self.faults = []
        self.reached = False  # whether this run came to the point
        self.twice = 0  # readers who got the same mail again
        self.twice_anew = 0  # the same under another Message-ID: a fault


class Stage:
    def __init__(self, lab, number, security="starttls"):
        self._server = lab.mail_server(port=2000 + number, **({"users": None} if security == "none" else {}))
        auth = {"auth": 'method = "none";'} if security == "none" else {}
        self.service = lab.service(to=READERS[:1], port=2000 + number, quiet=0, limit=0, security=security, **auth)
        # How often the status is written, which nothing depends on, varies with the kernel's messages.
        self.service.folders = [option for option in self.service.folders if "runtime" not in option]
        self._mailer = BUILD / "ipherald-mailer"
        self._armed = self.service.folder / "armed"
        self._log = self.service.folder / "trace"
        self.state = self.service.folder / "state"
        self._told = self.service.folder / "told"
        self._follow_first_mailer()

    def tell(self, address):
        """A life without a fault, whose ledger is where each run begins."""
        self.service.start()
        until(lambda: LedgerText(self.service.ledger).all_told(address), "the first mail")
        self._stop_at_rest()
        shutil.copytree(self.state, self._told)
        self.service.write_settings(to=READERS)

    def use(self, program):
        """Another build of the service."""
        shutil.copy(program, self.service.program)

    # strace

    def _strace(self, *options):
        """It runs beside the program, which stays the child of who started it, under its own process id."""
        return [shutil.which("strace"), "-D", "-qq", "-o", str(self._log), *options]

    @staticmethod
    def _fault(point):
        how = f"error={point.error}" if point.error else "signal=KILL"
        return [f"--trace={point.name}", f"--inject={point.name}:{how}:when={point.number}"]

    def _follow_first_mailer(self, *command):
        self.service.replace_mailer(f"#!/bin/sh\n/bin/rm {self._armed} 2>/dev/null || exec {self._mailer}\n"
                                    f"exec {shlex.join(command)} {self._mailer}\n")

    def _plant(self, program, options):
        """PROGRAM, "service" or "mailer", runs under strace in its first life."""
        self._log.unlink(missing_ok=True)
        self._armed.unlink(missing_ok=True)
        self.service.tracer = ()
        if program == "service":
            self.service.tracer = self._strace(*options)
        else:
            self._follow_first_mailer(*self._strace(*options))
            self._armed.touch()

    def trace(self, program, *options):
        """The calls of one delivery."""
        self._begin()
        self._plant(program, options)
        self.service.start()
        self._follow()
        return self._read_log()

    def _read_log(self):
        return read_calls(self._log.read_text("utf-8", "replace").splitlines())

    # a run

    def _begin(self):
        shutil.rmtree(self.state)
        shutil.copytree(self._told, self.state)
        self._first_body = len(self._server.bodies)
        self._lines = []
        self._unknown = set()
        self._ends = []

    def _is_at_rest(self):
        """Without a mailer, and asleep: under strace each call shows as a stop."""
        try:
            return not self.service.children() and process_state(self.service.pid) in "SZ"
        except (FileNotFoundError, ProcessLookupError):
            return True

    def _stop_at_rest(self):
        until(lambda: not self.service.running() or self._is_at_rest(), "the service at rest")
        return self.service.stop()

    def _look(self):
        """What the ledger says where something was cut."""
        ledger = LedgerText(self.service.ledger)
        assert ledger.whole, "a ledger that is not whole"
        self._unknown |= ledger.unknown()

    def _start_again(self):
        self._ends.append((self.service.wait(), list(self.service.lines)))
        self._lines += self.service.lines
        self._look()
        self.service.tracer = ()
        self.service.start()

    def _follow(self):
        """Until all is told and the service has been stopped."""
        put_off = 0
        while True:
            until(lambda: not self.service.running() or LedgerText(self.service.ledger).all_told(B, len(READERS)) or
                  len(self.service.matching(PUT_OFF)) > put_off, "the end of a life, of a try, or of all")
            if not self.service.running():
                self._start_again()
                put_off = 0
            elif LedgerText(self.service.ledger).all_told(B, len(READERS)):
                break
            else:
                put_off = len(self.service.matching(PUT_OFF))
                self._look()
                self.service.reload()
        status = self._stop_at_rest()
        while status != 0:
            self._start_again()
            status = self._stop_at_rest()
        self._lines += self.service.lines
        self._look()
        self._server.wait_all_ended()

    def play(self, point):
        verdict = Verdict()
        self._begin()
        self._plant(point.program, self._fault(point))
        self.service.start()
        try:
            self._follow()
        except AssertionError as error:
            verdict.faults.append(f"{str(error).splitlines()[0]}; it said: {self.service.lines[-3:]}")
            self.service.kill(signal.SIGKILL)
            self.service.wait()
        verdict.reached = self._was_reached(point)
        self._judge_mails(verdict)
        self._judge_lines(point, verdict)
        return verdict

    def _was_reached(self, point):
        text = self._log.read_text("utf-8", "replace") if self._log.exists() else ""
        if point.error:
            return "(INJECTED)" in text
        return text.rstrip().endswith("+++ killed by SIGKILL +++") and \
            sum(call.name == point.name for call in read_calls(text.splitlines())) == point.number

    def _judge_mails(self, verdict):
        for reader in READERS:
            mails = [mail for mail in self._server.bodies[self._first_body:] if reader in mail.recipients]
            ids = [mail.message_id.strip("<>") for mail in mails]
            if not mails:
                verdict.faults.append(f"told, and no mail for {reader}")
            elif not all(mail.has_line(B) for mail in mails):
                verdict.faults.append(f"a mail for {reader} that does not tell {B}")
            elif len(set(ids)) > 1:
                verdict.twice_anew += 1
                verdict.faults.append(f"{len(ids)} mails for {reader} under {len(set(ids))} Message-IDs")
            elif len(ids) > 2 or (len(ids) == 2 and ids[0] not in self._unknown):
                verdict.faults.append(f"{len(ids)} mails for {reader}, and the ledger knew of no doubt")
            verdict.twice += len(ids) > 1

    def _judge_lines(self, point, verdict):
        said = [line for line in self._lines if line.startswith("Ledger not writable:")]
        due = verdict.reached and point.on_ledger and point.error not in (None, "EINTR")
        if len(said) != due:
            verdict.faults.append(f"\"Ledger not writable:\" {len(said)} times, not {int(due)}")
        if any(line.startswith("Ledger damaged:") for line in self._lines):
            verdict.faults.append("a damaged ledger")
        for status, lines in self._ends:
            if status == -signal.SIGKILL and not point.error:
                continue
            if status != 1 or not lines or not re.match("Can't ", lines[-1]):
                verdict.faults.append(f"it ended with {status}, and said: {lines[-1:]}")


def make_stages(lab, count, **options):
    """All of them have told A; the address is B from here on."""
    lab.set_address(A)
    stages = [Stage(lab, number, **options) for number in range(count)]
    for stage in stages:
        stage.tell(A)
    lab.set_address(B)
    return stages
