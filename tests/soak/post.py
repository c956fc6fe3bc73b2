# SPDX-License-Identifier: GPL-2.0-or-later
"""The mail server of a soak, and the mailbox of each reader. It is slow, and each session finds it in the mood of the
moment. What a mail may not be is said here, for each mail as it comes: `violations`."""

import email
import email.policy
import email.utils
import re
import threading

from smtp_server import Closed, SmtpServer, Submission

SLOWEST, SLOWEST_DOT = 0.04, 0.3  # seconds before a reply
TAKEN, REFUSED = "taken", "refused"
KEPT, LOST = "kept, and cut before the reply", "lost, and cut before the reply"
COMPLETED = re.compile(r"^Mail sending completed:.*queued as (Q\d+)")


class Mail:
    def __init__(self, queue_id, recipients, octets):
        message = email.message_from_bytes(octets, policy=email.policy.default)
        self.queue_id, self.recipients, self.octets = queue_id, list(recipients), octets
        self.message_id = message["Message-ID"]
        self.date = email.utils.parsedate_to_datetime(message["Date"])
        self.addresses = tuple(message.get(f"X-Ipherald-{family}") for family in ("IPv4", "IPv6"))

    def __str__(self):
        return f"{self.queue_id} {self.message_id} {self.addresses}"


class Mailbox:
    """What one reader has, and what the server saw of mails to it, in order: None stands for one that nobody can know
    of, or that was refused."""

    def __init__(self):
        self.mails, self.seen = [], []
        self.told = {}  # Message-ID -> queue id, where the service has said that it is completed

    def newest(self):
        """As a reader sorts them: by Date, then by arrival."""
        return max(enumerate(self.mails), key=lambda m: (m[1].date, m[0]))[1] if self.mails else None

    def _came_late(self, mail):
        """Whether another address was told since MAIL was given up. The kernel keeps what a mailer that has ended had
        sent last, and sends it again: where the address comes back within a minute or two, it arrives only then."""
        return any(other and other.date > mail.date and other.addresses != mail.addresses for other in self.seen)

    def faults(self, mail):
        """What MAIL must not be, behind what came before."""
        last = self.seen[-1] if self.seen else None
        if mail.message_id in self.told:
            yield f"again, though {self.told[mail.message_id]} was completed: {mail}"
        if last and last.message_id != mail.message_id and last.addresses == mail.addresses and not self._came_late(last):
            yield f"the same under another Message-ID than {last.queue_id}: {mail}"
        for earlier in self.seen:
            if earlier and earlier.message_id == mail.message_id and \
                    (earlier.addresses, earlier.date) != (mail.addresses, mail.date):
                yield f"not what {earlier.queue_id} said under this Message-ID: {mail}"


class _Session(Submission):
    def __init__(self, post, **options):
        super().__init__(**options)
        self._post, self._dot = post, post.dot

    def _answer(self, peer, key, line, default):
        self._post.dawdle(SLOWEST_DOT if key == "." else SLOWEST)
        return super()._answer(peer, key, line, default)

    def _data(self, peer, line):
        if not self._answer(peer, "DATA", line, "354 go on" if self.recipients else "554 5.5.1 no recipients"):
            return
        try:
            octets = peer.body()
        except Closed:
            self._post.note_unfinished(self.recipients)
            raise
        mail = self._post.take(self.recipients, octets, self._dot)
        if self._dot in (KEPT, LOST):
            raise Closed
        self._answer(peer, ".", "", "451 4.3.0 not this one" if self._dot == REFUSED
                     else f"250 2.0.0 Ok: queued as {mail.queue_id}")


class Post:
    """`answers` and `dot` are the mood that sessions find which begin from now on: the answers as in Submission, and what
    becomes of a mail."""

    def __init__(self, namespace, address, port, context, users, random):
        self.answers, self.dot = {}, TAKEN
        self.boxes, self.violations = {}, []
        self.sessions = self.again = self.twice = 0
        self._options = {"context": context, "users": users}
        self._open = lambda: namespace.inside(lambda: SmtpServer(self._serve, address, port))
        self._random = random
        self._pause = threading.Event()
        self._lock = threading.Lock()
        self._mails = {}  # by queue id
        self._server = None

    def open(self):
        if not self._server:
            self._server = self._open()

    def close(self):
        """From here on who connects is refused, and every session ends."""
        if not self._server:
            return
        for peer in self._server.peers:
            try:
                peer.sock.shutdown(2)
            except OSError:
                pass  # it has ended
        self._server.close()
        self.violations += [f"in the server: {error!r}" for error in self._server.errors]
        self._server = None

    def _serve(self, peer):
        with self._lock:
            self.sessions += 1
        _Session(self, answers=self.answers, **self._options)(peer)

    def dawdle(self, longest):
        with self._lock:
            seconds = self._random.uniform(0, longest)
        self._pause.wait(seconds)

    def box(self, to):
        return self.boxes.setdefault(to, Mailbox())

    def note_unfinished(self, recipients):
        """The client had its go, and no dot came."""
        with self._lock:
            for to in recipients:
                self.box(to).seen.append(None)

    def take(self, recipients, octets, dot):
        with self._lock:
            mail = Mail(f"Q{len(self._mails) + 1}", recipients, octets)
            self._mails[mail.queue_id] = mail
            for to in recipients:
                box = self.box(to)
                self.violations += [f"to {to}: {fault}" for fault in box.faults(mail)]
                self.again += any(m and m.message_id == mail.message_id for m in box.seen)
                self.twice += any(m.message_id == mail.message_id for m in box.mails)
                box.seen.append(None if dot == REFUSED else mail)
                if dot in (TAKEN, KEPT):
                    box.mails.append(mail)
            return mail

    def hear(self, line):
        """A line of the service's log."""
        match = COMPLETED.search(line)
        if not match:
            return
        with self._lock:
            mail = self._mails[match[1]]
            for to in mail.recipients:
                if mail not in self.box(to).mails:
                    self.violations.append(f"to {to}: told, and not accepted: {mail}")
                self.box(to).told[mail.message_id] = mail.queue_id
