# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes wrong in a soak. Each trouble is over when it returns, or is left for heal()."""

import collections
import os
import signal
import threading

from mail_server import cut
from post import KEPT, LOST, REFUSED, TAKEN
from process import wait_end

MOODS = [  # what a server answers, and what becomes of a mail whose dot came
    ({"greeting": "421 4.3.2 too many"}, TAKEN),
    ({"EHLO": cut}, TAKEN),
    ({"AUTH": "454 4.7.0 not now"}, TAKEN),
    ({"AUTH": "535 5.7.8 Error: authentication failed"}, TAKEN),
    ({"MAIL": "451 4.3.0 not now"}, TAKEN),
    ({"RCPT TO:<reader1@": "450 4.2.0 not now"}, TAKEN),
    ({"RCPT TO:<reader2@": "550 5.1.1 not here"}, TAKEN),
    ({"DATA": cut}, TAKEN),
    ({}, REFUSED),
    *[({}, KEPT), ({}, LOST)] * 4,
]
LATEST = 0.4  # seconds: a session lasts about as long


class Troubles:
    """MORTAL is a service that may be killed, LASTING one that may not."""

    def __init__(self, line, post, mortal, lasting, random):
        self._line, self._post, self._random = line, post, random
        self._mortal, self._lasting = mortal, lasting
        self._pause = threading.Event()
        self.count = collections.Counter()
        self._kinds = [(self.another_address, 6), (self.there_and_back, 6), (self.flapping, 2), (self.lost, 2), (self.unplugged, 1),
                       (self.server_down, 2), (self.server_up, 2), (self.mood, 6), (self.good_mood, 3),
                       (self.killed, 4), (self.stopped, 1), (self.started, 3), (self.mailer_killed, 4),
                       (self.suspended, 2), (self.reloaded, 1)]

    def wait(self, least, most):
        self._pause.wait(self._random.uniform(least, most))

    def one(self):
        """Its name."""
        kinds, weights = zip(*self._kinds)
        kind = self._random.choices(kinds, weights)[0]
        name = kind.__name__.replace("_", " ")
        self.count[name] += 1
        kind()
        return name

    def heal(self):
        """From here on the world is friendly."""
        self._line.heal()
        self._post.answers, self._post.dot = {}, TAKEN
        self._post.open()
        self.started()

    def another_address(self):
        self._line.change(self._random.choice([(4,), (6,), (4, 6)]))

    def there_and_back(self):
        """As likely as not while a mail for the other address is on its way."""
        back = self._line.change([self._random.choice([4, 6])])
        self.wait(0.2, 0.2 + 2 * LATEST)
        back()

    def flapping(self):
        for _ in range(self._random.randrange(3, 9)):
            self.another_address()
            self.wait(0, 0.3)

    def lost(self):
        self._line.lose(self._random.choice([4, 6]))
        self.wait(0, 4)

    def unplugged(self):
        self._line.unplug()
        self.wait(0, 4)
        self._line.heal()

    def server_down(self):
        self._post.close()

    def server_up(self):
        self._post.open()

    def mood(self):
        """It lasts; one session at least is to meet it."""
        self._post.answers, self._post.dot = self._random.choice(MOODS)
        self.another_address()
        self.wait(0.2, 0.2 + LATEST)

    def good_mood(self):
        self._post.answers, self._post.dot = {}, TAKEN

    def killed(self):
        """As likely as not in the middle of a session."""
        self.started()
        self.another_address()
        self.wait(0.2, 0.2 + LATEST)
        self._mortal.stop(signal.SIGKILL)
        if self._random.random() < 0.5:
            self.started()

    def stopped(self):
        if self._mortal.running():
            status = self._mortal.stop()
            assert status == 0, f"exit status {status}:\n{self._mortal.text()}"

    def started(self):
        if not self._mortal.running():
            self._mortal.start()

    def mailer_killed(self):
        self.another_address()
        self.wait(0.2, 0.2 + LATEST)
        for service in (self._mortal, self._lasting):
            for pid in service.children() if service.running() else []:
                os.kill(pid, signal.SIGKILL)
                wait_end(pid)
                self.count["mailers hit"] += 1

    def suspended(self):
        """Both services and their mailers stand still for a while, in which the address may change."""
        pids = [pid for service in (self._mortal, self._lasting) if service.running()
                for pid in [service.pid, *service.children()]]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        self.wait(0, 1)
        if self._random.random() < 0.7:
            self.another_address()
        self.wait(0, 4)
        for pid in reversed(pids):
            os.kill(pid, signal.SIGCONT)

    def reloaded(self):
        for service in (self._mortal, self._lasting):
            if service.running():
                service.reload()
