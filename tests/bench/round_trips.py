# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests/bench/round-trips runs in namespaces. Each client sends one mail through a proxy that delays what it
carries, to a real Postfix with a real login. delay_proxy.py says what a round trip is.

The time is taken as well, in round trips: it has to be that of as many as were counted, and of little more for what
the programs themselves need. Where it is not, one of the two is wrong, and this fails.

TCP ends at the proxy on either side, so what TCP itself waits for is not in it. Over a long wire that is one round trip
more, for all clients alike, where the server leaves Nagle's algorithm on, as Postfix does, and OpenSSL sends its
tickets of TLS 1.3: what the server says next is held back until they are acknowledged."""

import pathlib
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "integration"))

# pylint: disable=wrong-import-position
import postfix
from delay_proxy import DelayProxy
from lab import ACCOUNT, PASSWORD, SERVER, SERVER_ADDRESS, Lab
from mailer_harness import MAILER, MailerHarness, notice, order
from overlay import Overlay
from rivals import MAIL, curl, msmtp, swaks
from service import PROGRAM

DELAY = 0.1  # seconds, one way: a round trip has to be long against what the programs do between two
RECIPIENTS = (1, 10, 100)
FORMS = {"tls": 465, "starttls": 587}
DISCARD = "smtpd_end_of_data_restrictions = check_client_access static:discard\n"  # no disk takes part
READERS = [f"reader{i}@example.com" for i in range(max(RECIPIENTS))]


def output(command, stdin=""):
    return subprocess.run(command, input=stdin, text=True, check=True, timeout=60, stdout=subprocess.PIPE).stdout


class Machines:
    """The lab's two, with Postfix behind the proxies on one and all clients on the other; ROOT has the others' programs."""

    def __init__(self, root):
        self.lab = Lab()
        self.postfix = postfix.Postfix(self.lab.server, self.lab.certificate, {ACCOUNT: PASSWORD}, READERS,
                                       self.lab.folder / "postfix", DISCARD)
        self.rivals = Overlay(root, self.lab.folder / "rivals")
        self.rivals.write("ca.pem", pathlib.Path(self.lab.authority.ca_file).read_text("ascii"))
        self.rivals.write("etc/hosts", pathlib.Path("/etc/hosts").read_text("ascii"))
        self.rivals.write("etc/resolv.conf", "")
        self.credentials = self.lab.folder / "credentials"
        self.credentials.mkdir()
        (self.credentials / "ipherald.smtp-password").write_text(PASSWORD + "\n", "ascii")
        self.lab.set_address("192.0.2.10")

    def close(self):
        self.rivals.close()
        self.postfix.close()
        self.lab.close()

    def proxy(self, form):
        return DelayProxy((SERVER_ADDRESS, FORMS[form]), SERVER_ADDRESS, DELAY, self.lab.server.inside)

    def run_rival(self, argv):
        output(self.lab.client.command(*self.rivals.command(*argv)), MAIL)

    def run_own(self, port, form, to):
        packet = order(notice(to), SERVER, port, form, ACCOUNT, self.credentials, self.lab.authority.ca_file)
        with MailerHarness(packet, command=self.lab.client.command(MAILER)) as mailer:
            result = mailer.run()
            assert result.outcome == "none", result


class Client:
    def __init__(self, name, send):
        """SEND(port, form, to) sends one mail."""
        self.name, self._send = name, send

    def measure(self, machines, form, recipients):
        """The round trips as they were counted, and as the time has them."""
        with machines.proxy(form) as proxy:
            self._send(proxy.port, form, READERS[:recipients])
            crossing, = proxy.crossings
            assert crossing.ended.wait(60)
        return crossing.round_trips, crossing.seconds / (2 * DELAY)


def clients(machines):
    def version(*argv):
        return output(machines.rivals.command(*argv, "--version")).split("\n")[0].replace("version ", "").split()

    own = output([PROGRAM, "--version"]).split()
    yield Client(" ".join(own[:2]), machines.run_own)
    for argv, options in ((msmtp, ""), (curl, " --sasl-ir"), (swaks, " --pipeline")):
        name = " ".join(version(argv.__name__)[:2]) + options
        yield Client(name, lambda *args, argv=argv: machines.run_rival(argv(*args)))


def warm_up(machines):
    """Starts what the server starts once."""
    next(clients(machines)).measure(machines, "tls", 1)


def agree(counted, timed):
    return counted <= timed < 1.1 * counted + 0.5


def row(cells):
    print(f"| {' | '.join(cells)} |", flush=True)


def main():
    machines = Machines(TOP / "build" / "root-rivals")
    agreed = True
    try:
        warm_up(machines)
        row([f"to Postfix {machines.postfix.version()}"] + [f"{form}, {n}" for form in FORMS for n in RECIPIENTS])
        row(["---"] + ["---:"] * len(FORMS) * len(RECIPIENTS))
        for client in clients(machines):
            cells = [client.measure(machines, form, n) for form in FORMS for n in RECIPIENTS]
            row([client.name] + [f"{counted} ({timed:.1f})" for counted, timed in cells])
            agreed = agreed and all(agree(*cell) for cell in cells)
    finally:
        machines.close()
    print(f"\n`tests/bench/round-trips`: as counted (and by the clock, {2000 * DELAY:.0f} ms each)")
    if not agreed:
        print("The time does not agree with what was counted.", file=sys.stderr)
    return 0 if agreed else 1


if __name__ == "__main__":
    sys.exit(main())
