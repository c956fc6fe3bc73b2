# SPDX-License-Identifier: GPL-2.0-or-later
"""A submission server in a namespace, whose sessions and mails a test can wait for.

`answers` replaces single replies, as in Submission. What a function there raises ends the connection: Closed at
once, without a word."""

import email
import email.policy
import socket
import threading

from process import PATIENCE
from smtp_server import Closed, SmtpServer, Submission


class Hold:
    """An answer that keeps the server at its step, the first time only, until the test lets go. What is said then
    is THEN, or the server's own."""

    def __init__(self, then=None):
        self._then = then
        self._reached = threading.Event()
        self._released = threading.Event()

    def __call__(self, peer, line):
        if not self._reached.is_set():
            self._reached.set()
            self._released.wait(PATIENCE)
        return self._then or peer.default

    def wait_reached(self):
        assert self._reached.wait(PATIENCE), "the client never came to this step"

    def release(self):
        self._released.set()


def cut(peer, line):
    """An answer: closes the connection instead."""
    raise Closed


def reset(peer, line):
    """The same by RST."""
    peer.reset()
    raise Closed


class First:
    """An answer for the first N times; from then on the server's own stands."""

    def __init__(self, answer, times=1):
        self._answer, self._left = answer, times

    def __call__(self, peer, line):
        self._left -= 1
        if self._left < 0:
            return peer.default
        return self._answer(peer, line) if callable(self._answer) else self._answer


class Mail:
    def __init__(self, sender, recipients, octets):
        self.sender, self.recipients, self.octets = sender, recipients, octets
        self.message = email.message_from_bytes(octets, policy=email.policy.default)
        self.message_id = self.message["Message-ID"]
        self.subject = self.message["Subject"]
        self.text = self.message.get_body(("plain",)).get_content()

    def has_line(self, text):
        return text in (line.strip() for line in self.text.splitlines())


class _Session(Submission):
    """One connection's worth of the server."""

    def __init__(self, server, **options):
        super().__init__(**options)
        self._server = server

    def _answer(self, peer, key, line, default):
        peer.default = default
        return super()._answer(peer, key, line, default)

    def _data(self, peer, line):
        default = "354 End data with <CR><LF>.<CR><LF>" if self.recipients else "554 5.5.1 no valid recipients"
        if not self._answer(peer, "DATA", line, default):
            return
        mail = Mail(self.sender, self.recipients, peer.body())
        self._server.note(self._server.bodies, mail)
        if self._answer(peer, ".", "", "250 2.0.0 Ok: queued as 4ABC"):
            self._server.note(self._server.mails, mail)


class MailServer:
    """Without CONTEXT there is no TLS; with `implicit` it comes first."""

    def __init__(self, namespace, address, port, context=None, users=None, implicit=False, answers=None,
                 mechanisms="PLAIN LOGIN"):
        self.answers = answers or {}
        self.mails = []  # taken: the dot was answered by 250
        self.bodies = []  # all whose dot came
        self._options = {"context": None if implicit else context, "users": users, "answers": self.answers,
                         "mechanisms": mechanisms}
        self._ended = []
        self._begun = []
        self._changed = threading.Condition()
        self._server = namespace.inside(
            lambda: SmtpServer(self._hold, address, port, context if implicit else None))

    def _hold(self, peer):
        self.note(self._begun, peer)
        try:
            _Session(self, **self._options)(peer)
        finally:
            self.note(self._ended, peer)

    def note(self, where, what):
        with self._changed:
            where.append(what)
            self._changed.notify_all()

    def hang_up(self):
        """Ends every connection from this side, where the other has no way to say that it has."""
        for peer in self.sessions:
            try:
                peer.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended

    def close(self):
        """From here on who connects is refused. What went wrong in the server itself is the test's failure."""
        self._server.close()
        assert not self._server.errors, self._server.errors

    @property
    def sessions(self):
        """Every connection, in order; `commands` of each is what the client said."""
        return self._server.peers

    def commands(self):
        return [line for peer in self.sessions for line in peer.commands]

    def _wait(self, condition, deadline, what):
        with self._changed:
            assert self._changed.wait_for(condition, deadline), what()

    def wait_mails(self, n, deadline=PATIENCE):
        """Waits for the Nth mail, and gives it; more than N is a failure."""
        self._wait(lambda: len(self.mails) >= n, deadline, lambda: f"{len(self.mails)} mails, not {n}")
        assert len(self.mails) == n, [mail.subject for mail in self.mails]
        return self.mails[-1]

    def wait_told(self, n, deadline=PATIENCE):
        """Waits until the mails taken have N recipients together."""
        def told():
            return sum(len(mail.recipients) for mail in self.mails)

        self._wait(lambda: told() >= n, deadline, lambda: f"{told()} recipients, not {n}")

    def wait_bodies(self, n, deadline=PATIENCE):
        self._wait(lambda: len(self.bodies) >= n, deadline, lambda: f"{len(self.bodies)} bodies, not {n}")
        return self.bodies[-1]

    def wait_sessions(self, n, deadline=PATIENCE):
        """Waits until N connections have come and gone."""
        self._wait(lambda: len(self._server.peers) >= n and len(self._ended) >= n, deadline,
                   lambda: f"{len(self._server.peers)} sessions began, {len(self._ended)} ended, not {n}")

    def wait_all_ended(self, deadline=PATIENCE):
        """Waits until every connection that has come has gone."""
        self._wait(lambda: len(self._ended) >= len(self._server.peers), deadline, lambda: "a session goes on")

    def stays_idle(self, seconds):
        """Whether nobody comes as far as the greeting for SECONDS from now."""
        before = len(self._begun)
        with self._changed:
            return not self._changed.wait_for(lambda: len(self._begun) > before, seconds)
