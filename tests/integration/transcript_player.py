# SPDX-License-Identifier: GPL-2.0-or-later
"""Plays a transcript to the real mailer: as its server, over TCP and TLS, and as its service and its clock.

What stands in a script happens in the script's order. Where the mailer's next doing depends on what it has seen, the
player waits until it is at rest (standing_clock.py): until it has read what it was sent."""

import fcntl
import fnmatch
import re
import select
import socket
import ssl
import struct
import termios

from mailer_harness import TIME_LIMIT, MailerHarness
from process import until

LOST = "closed the connection|closed without an end of TLS"  # what the mailer says where the core's player says EOF


class Player:
    """ADDRESS is the first of `server`'s; at the second nobody listens. Contexts are the server's for TLS: one that
    is trusted, one that is not."""

    def __init__(self, transcript, address, contexts, clock):
        self._transcript, self._contexts, self._clock = transcript, contexts, clock
        self._mailer = None
        self._peer = None
        self._buffer = b""
        self._in_clear = b""  # all that came without TLS
        self._answered = set()  # commit questions
        self._at_end = []  # what is expected of the whole session
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if transcript.partly_taken():
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        self._listener.bind((address, transcript.port))
        self._listener.listen()

    def play(self, packet, command):
        """The whole script; COMMAND starts the mailer, PACKET is its order. Any difference is an AssertionError."""
        with MailerHarness(packet, command=command) as self._mailer:
            self._clock.started()
            self._accept()
            lines = self._transcript.lines
            for i, (number, verb, rest) in enumerate(lines):
                self._number = number
                follows = i + 1 < len(lines) and lines[i + 1][1][0] == "S"
                self._step(verb, rest, follows)
            self._end()

    def close(self):
        self._listener.close()
        self._hang_up()

    def _complain(self, text):
        said = b"" if self._peer is None else self._buffer[:400]
        raise AssertionError(f"{self._transcript.name}:{self._number}: {text}\nread: {said}\n"
                             f"last reports: {self._mailer.reports[-3:]}")

    def _check(self, condition, text):
        if not condition:
            self._complain(text)

    def _accept(self):
        self._number = 0
        self._segment = b""
        ready, _, _ = select.select([self._listener, self._mailer.pidfd], [], [], TIME_LIMIT)
        self._check(self._listener in ready, "the mailer did not connect")
        self._peer, _ = self._listener.accept()
        self._peer.settimeout(TIME_LIMIT)
        self._peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._listener.close()  # who comes again finds nobody
        if self._transcript.security == "tls":
            self._handshake("up")

    def _hang_up(self):
        if self._peer is not None:
            self._peer.close()
            self._peer = None

    def _step(self, verb, rest, follows):
        if verb[0] == "S":
            self._segment += self._transcript.octets(verb, rest)
            if not follows:
                self._say()
        elif verb == "C:":
            line = self._read_until(b"\r\n").decode("utf-8")
            self._check(fnmatch.fnmatchcase(line, rest.replace("\\*", "[*]")), f"{line!r}, not {rest!r}")
        elif verb == "BODY":
            mail = self._read_until(b"\r\n.\r\n").decode("utf-8")
            for word in rest.split():
                self._check((word[1:] in mail) == (word[0] == "+"), f"{word} in {mail}")
        elif verb == "TLS":
            self._handshake(rest)
        elif verb == "COMMIT":
            self._commit(*rest.split())
        elif verb == "TIME":
            until(self._has_arrived, "the acknowledgement of what was sent")
            self._clock.advance(int(rest))
        elif verb == "EOF":
            self._hang_up()
        elif verb == "EXPECT":
            self._expect(*rest.split(" ", 1))
        else:
            self._check(verb == "TAKE", f"no such line: {verb}")  # the server just does not read

    def _say(self):
        """All lines that stand together in one write."""
        try:
            self._peer.sendall(self._segment)
        except (ConnectionError, ssl.SSLError):
            pass  # it had heard enough
        self._segment = b""

    def _has_arrived(self):
        if self._peer is None:
            return True
        return struct.unpack("i", fcntl.ioctl(self._peer, termios.TIOCOUTQ, b"\0\0\0\0"))[0] == 0

    def _fill(self):
        """False at the end, whatever form it has."""
        try:
            data = self._peer.recv(65536)
        except (ConnectionError, ssl.SSLError):
            data = b""
        self._buffer += data
        if not isinstance(self._peer, ssl.SSLSocket):
            self._in_clear += data
        return bool(data)

    def _read_until(self, end):
        while end not in self._buffer:
            try:
                self._check(self._fill(), f"the client has gone, and {end} was due")
            except socket.timeout:
                self._complain(f"the client is silent, and {end} is due")
        line, self._buffer = self._buffer.split(end, 1)
        return line

    def _handshake(self, how):
        self._peer = self._contexts[how].wrap_socket(self._peer, server_side=True, do_handshake_on_connect=False)
        try:
            self._peer.do_handshake()
        except (ssl.SSLError, ConnectionError) as error:
            self._check(how == "fail", f"handshake: {error}")

    def _commit(self, answer, *accepted):
        question = self._report("commit", lambda r: r.transaction not in self._answered)
        self._check(question, "the mailer does not ask to commit")
        self._answered.add(question.transaction)
        if accepted:
            self._check(question.accepted == ",".join(accepted), f"accepted: {question.accepted}")
        self._mailer.answer(question.transaction, answer == "go")

    def _expect(self, what, rest=""):
        if what in ("session", "next", "no-next", "careful", "no-careful") or " not-begun" in rest:
            self._at_end.append((self._number, what, rest))
        elif what in ("mail", "rcpt"):
            self._expect_one(what, rest)
        elif what in ("close", "done"):
            self._expect_end()
        elif what == "open":
            self._check(self._clock.rest(), "the mailer has ended")
            self._check(not self._is_closed(), "the client has closed")
        else:
            self._check(what == "at", f"no such line: EXPECT {what}")
            self._clock.rest()
            while select.select([self._mailer.socket], [], [], 0)[0] and self._mailer.receive():
                pass
            self._check(self._mailer.steps()[-1] == rest, f"at {self._mailer.steps()[-1]}")

    def _is_closed(self):
        """Whether there is an end of file behind what was sent, read or not."""
        if self._peer is None:
            return True
        poll = select.poll()
        poll.register(self._peer, select.POLLRDHUP)
        return bool(poll.poll(0))

    def _expect_end(self):
        """The client closes, and says no more."""
        while self._peer is not None and self._fill():
            pass
        self._hang_up()
        self._check(not self._buffer, "the client has sent more")

    def _report(self, kind, wanted):
        """The first of its kind that is WANTED, at once or as soon as it comes. None: it never does."""
        seen = 0
        while True:
            for report in self._mailer.reports[seen:]:
                if report.type == kind and wanted(report):
                    return report
            seen = len(self._mailer.reports)
            if self._mailer.receive() is None:
                return None

    def _expect_one(self, what, words):
        """A mail's result, or a recipient's."""
        mail, recipient, words = re.match(r"(\d+) (?:(\d+) )?(.*)", words).groups("")
        kind = {"mail": "transaction", "rcpt": "recipient"}[what]
        report = self._report(kind, lambda r: (r.transaction, r.recipient) == (mail, recipient))
        if report is None:
            self._check(words == "not-begun", f"no word on {what} {mail} {recipient}")
        else:
            self._expect_result(report, words)

    def _expect_result(self, report, words):
        outcome, _, rest = words.partition(" ")
        self._check(report.outcome == outcome, report)
        while rest:
            key, _, rest = rest.partition(" ")
            if key in ("text", "cause"):
                value, rest = rest, ""
                pattern = LOST if value == "end of file" else re.escape(value)
                self._check(re.search(pattern, getattr(report, key)), report)
            else:
                value, _, rest = rest.partition(" ")
                self._check(getattr(report, key) == value, report)

    def _end(self):
        self._number = "end"
        if self._peer is not None:
            self._expect_last_words()
        while self._mailer.receive() is not None:
            pass
        self._check(self._mailer.wait() == 0, f"status {self._mailer.status}")
        for secret in self._transcript.secrets():
            self._check(secret.encode() not in self._in_clear, "a secret in clear text")
            self._check(secret not in str(self._mailer.reports), "a secret in a report")
        session, = self._mailer.of_type("session")
        tried = self._mailer.tried()
        for self._number, what, rest in self._at_end:
            if what == "session":
                self._expect_result(session, rest)
            elif what in ("mail", "rcpt"):
                self._expect_one(what, rest)
            elif what.endswith("careful"):
                self._check((session.pipelining_failed == "1") == (what == "careful"), session)
            else:
                self._check(len(tried) == (2 if what == "next" else 1), f"tried: {tried}")

    def _expect_last_words(self):
        """Where the script leaves the session open, nothing that it does not name was said."""
        self._clock.rest()
        socket.socket.shutdown(self._peer, socket.SHUT_WR)  # an SSLSocket would forget its keys
        while self._fill():
            pass
        self._check(not self._buffer, "the client has sent more")
        self._hang_up()
