# SPDX-License-Identifier: GPL-2.0-or-later
"""soak.py [--minutes N] [--seed N]: two services on one line, one of them killed now and then, both with two readers.
Round for round everything goes wrong at random; then the world is friendly, and at that quiet point every reader must
hold the address that is true as its newest mail, and the ledger must say so. Whatever comes twice must come under one
Message-ID, and not behind its completion.

The same seed makes the same plan; what the plan meets is up to the machine's clock."""

import argparse
import collections
import functools
import os
import pathlib
import random
import re
import sys
import threading
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "integration"))

# pylint: disable=wrong-import-position
from changing_line import ChangingLine
from lab import ACCOUNT, PASSWORD, SERVER_ADDRESS, Lab
from post import Post
from process import until
from service import Service, is_built
from troubles import Troubles

BY_ITSELF = 10  # seconds for a service to come right; then its owner reloads it, which ends longer waits
PATIENCE = 60  # seconds behind the reload, for what no reload ends


def memory(service):
    """RSS and private dirty memory, in kB, and the number of open descriptors."""
    text = pathlib.Path(f"/proc/{service.pid}/smaps_rollup").read_text("ascii")
    fields = {name: int(re.search(rf"^{name}:\s+(\d+) kB", text, re.M)[1]) for name in ("Rss", "Private_Dirty")}
    return fields["Rss"], fields["Private_Dirty"], len(os.listdir(f"/proc/{service.pid}/fd"))


class Soak:
    def __init__(self, lab, seed):
        self._random = random.Random(seed)
        self._lab = lab
        self.log = collections.deque(maxlen=200)  # of the services, and what went wrong between
        self.line = ChangingLine(lab, self._random)
        self.post = Post(lab.server, SERVER_ADDRESS, 587, lab.certificate.server_context(), {ACCOUNT: PASSWORD},
                         random.Random(seed + 1))
        self.lasting = self._service("lasting", ["reader1@example.com", "reader3@example.com"])
        self.mortal = self._service("mortal", ["reader2@example.com", "reader4@example.com"])
        self.troubles = Troubles(self.line, self.post, self.mortal, self.lasting, self._random)
        self.quiet = self.owed = self.received = self.reloads = self.slowest = 0
        self.begin = self.end = None
        self._pause = threading.Event()

    def _service(self, name, to):
        service = Service(self._lab.folder / name, namespace=self._lab.client, on_line=functools.partial(self._hear, name),
                          ca_file=self._lab.authority.ca_file, password=PASSWORD, to=to)
        service.to = to
        self._lab.services.append(service)
        return service

    def _hear(self, name, line):
        self.log.append(f"{name}: {line}")
        self.post.hear(line)

    def _holds_the_truth(self, service, to):
        """Whether the reader does, and whether its ledger knows."""
        newest = self.post.box(to).newest()
        ledger = service.ledger.read_text("utf-8") if service.ledger.exists() else ""
        record = re.search(rf"^destination to={to} .*$", ledger, re.M)
        told = dict(field.split("=", 1) for field in record[0].split()[1:]) if record else {}
        now = self.line.now
        return newest and newest.addresses == (now[4], now[6]) and "sending" not in told and \
            (told.get("told-ipv4"), told.get("told-ipv6")) == (now[4], now[6])

    def _astray(self):
        return [(service, to) for service in (self.mortal, self.lasting) for to in service.to
                if not self._holds_the_truth(service, to)]

    def _come_right(self, seconds):
        end = time.monotonic() + seconds
        while self._astray() and time.monotonic() < end:
            self._pause.wait(0.05)
        return not self._astray()

    def quiet_point(self):
        self.troubles.heal()
        self.quiet += 1
        owed, begin = len(self._astray()), time.monotonic()
        self.owed += owed
        if not self._come_right(BY_ITSELF):
            self.reloads += 1
            self.troubles.reloaded()
            self._come_right(PATIENCE)
        astray = self._astray()
        self.received += owed - len(astray)
        self.slowest = max(self.slowest, time.monotonic() - begin)
        for _, to in astray:
            newest = self.post.box(to).newest()
            self.post.violations.append(f"to {to}: {self.line.now} is true, and the newest mail is {newest}")
        self._measure()

    def _measure(self):
        until(lambda: not self.lasting.children(), "the mailer's end")
        if self.begin:
            until(lambda: memory(self.lasting)[2] == self.begin[2], "as many descriptors as at the begin")
        self._pause.wait(1.5)  # the service gives its memory back a second later
        self.end = memory(self.lasting)
        self.begin = self.begin or self.end

    def run(self, minutes):
        end = time.monotonic() + 60 * minutes
        self.lasting.start()
        self.mortal.start()
        self.quiet_point()
        while time.monotonic() < end and not self.post.violations:
            for _ in range(self._random.randrange(3, 10)):
                self.log.append(f"== {self.troubles.one()}")
                self.troubles.wait(0, 1)
            self.quiet_point()
        return not self.post.violations

    def report(self):
        boxes = self.post.boxes.values()
        received = sum(len({mail.message_id for mail in box.mails}) for box in boxes)
        print(", ".join(f"{name}: {n}" for name, n in sorted(self.troubles.count.items())))
        print(f"{self.line.changes} changes of an address, {self.post.sessions} sessions")
        print(f"{self.quiet} quiet points, {self.reloads} of them by a reload, after {self.slowest:.0f} s at most")
        print(f"mails owed there: {self.owed}, mails received there: {self.received}")
        print(f"{received} mails in all; {self.post.again} came again under their Message-ID, of which {self.post.twice} "
              "lay there already")
        for name, begin, end in zip(("RSS, kB", "private dirty, kB", "descriptors"), self.begin, self.end):
            print(f"{name}: {begin} at the first quiet point, {end} at the last")
        for violation in self.post.violations:
            print(f"VIOLATION {violation}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    assert is_built(), "no program in the build folder"
    lab = Lab()
    soak = Soak(lab, arguments.seed)
    try:
        good = soak.run(arguments.minutes)
    except AssertionError as error:
        soak.post.violations.append(str(error))
        good = False
    soak.report()
    if not good:
        print(*soak.log, sep="\n")
    lab.close()
    soak.post.close()
    print(f"seed {arguments.seed}: {'nothing lost, nothing repeated' if good else 'FAILED'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
