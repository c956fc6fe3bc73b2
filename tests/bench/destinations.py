# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests/bench/destinations runs in namespaces: the service starts, mails an address to all of its destinations
through a scripted server with TLS and a login, and everything that it took is counted, its start included.

Sessions and transactions are what the server heard. CPU time and peak memory are the kernel's own figures of each
process: a mailer's are read while it waits for the reply to QUIT, the service's when each destination is told."""

import collections
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "integration"))

# pylint: disable=wrong-import-position
from lab import A, Lab

PATIENCE = 300
MANY = 1000
NANOSECOND = 1e-9  # schedstat's unit

Cost = collections.namedtuple("Cost", "seconds kib")
# MAILERS: the sum, and the largest peak.
Measured = collections.namedtuple("Measured", "sessions transactions service mailers")


def cost(pid):
    """What a process of one thread has taken so far."""
    seconds = int(pathlib.Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0]) * NANOSECOND
    peak = re.search(r"^VmHWM:\s+(\d+) kB$", pathlib.Path(f"/proc/{pid}/status").read_text("ascii"), re.MULTILINE)
    return Cost(seconds, int(peak[1]))


def reader(i):
    return f"reader{i}@example.com"


def labelled(i):
    """A destination whose mail is its own: the label stands in it."""
    return {"to": reader(i), "mac": f"02:00:5e:10:{i // 256:02x}:{i % 256:02x}"}


CASES = {
    "1": [reader(0)],
    "100, the same mail": [reader(i) for i in range(MANY // 10)],
    "1,000, the same mail": [reader(i) for i in range(MANY)],
    "100, each its own mail": [labelled(i) for i in range(MANY // 10)],
    "1,000, each its own mail": [labelled(i) for i in range(MANY)],
}


def measure(destinations):
    """As Measured. Each destination has to be told exactly once."""
    lab, mailers = Lab(), []
    try:
        lab.set_address(A)
        service = lab.service(to=destinations)

        def leave(peer, _line):
            mailers.append(cost(service.mailer()))
            return peer.default

        server = lab.mail_server()
        server.answers["QUIT"] = leave
        service.start()
        server.wait_told(len(destinations), PATIENCE)
        service.wait_matching("^Mail sending completed:", len(server.mails))
        server.wait_all_ended()
        told = collections.Counter(to for mail in server.mails for to in mail.recipients)
        assert len(told) == len(destinations) and set(told.values()) == {1}, told
        assert len(mailers) == len(server.sessions)
        return Measured(len(server.sessions), len(server.mails), cost(service.pid),
                        Cost(sum(mailer.seconds for mailer in mailers), max(mailer.kib for mailer in mailers)))
    finally:
        lab.close()


def row(cells):
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def main():
    row(["destinations", "sessions", "transactions", "service: CPU", "peak", "mailers: CPU", "peak of one"])
    row(["---"] + ["---:"] * 6)
    for name, destinations in CASES.items():
        m = measure(destinations)
        row([name, m.sessions, m.transactions,
             *(cell for c in (m.service, m.mailers) for cell in (f"{c.seconds:.3f} s", f"{c.kib / 1024:.1f} MiB"))])


if __name__ == "__main__":
    main()
