# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests/bench/run.sh runs in namespaces. Round trips and many destinations have programs of their own as well, which
show more of them; there is no row f, since steps.py, which counts instructions, is a test.

a  from the kernel's event to the mail accepted, with nothing to settle, STARTTLS and a login, over a cable of the same
   machine: beside `ip monitor address | a script` with msmtp and with curl. Once with a file of one authority, once
   with the system's trust.
b  round trips of one mail, over a proxy that delays, to a real Postfix with a login.
c  memory of the service at rest. Private memory is what it alone costs; PSS depends on who else maps the libraries.
d  how often the service wakes up while nothing happens.
e  CPU time for address events: beside `ip monitor address`, which says them to /dev/null. Once as they come, one for
   one, and once with hundreds in the socket's queue before the program goes on, as behind a storm.
g  from the start to READY, with many addresses on the interface: beside `ip -o address`, which reads them once.
h  CPU time and peak memory of the service for many destinations.
i  CPU time of the process that sends one mail: beside curl, msmtp and swaks. Then of one that has none to send, which is
   what loading GnuTLS takes.
j  what is installed beyond Debian's essential packages, dependencies included."""

import argparse
import contextlib
import os
import pathlib
import re
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "integration"))

# pylint: disable=wrong-import-position
import destinations
import rivals
import round_trips
from bench_table import Figure, Row, print_head, print_row, take_turns, write_json
from lab import ACCOUNT, Lab
from mailer_harness import MAILER, MailerHarness, notice, order
from namespaces import join
from process import Process, until, wait_until_stopped
from service import BUILD, PROGRAM
from smtp_server import SmtpServer

PATIENCE = 60
PORT = 587
MAILS = 150
QUEUED = 400  # events: what the service's queue has room for
RTMGRP_IPV4_IFADDR = 0x10
SCRIPTED = ["msmtp", "curl"]
MAILERS = {"msmtp": rivals.msmtp, "curl": rivals.curl, "swaks": rivals.swaks}
TRUSTS = {"ca_file": "one authority", "system": "the system's trust"}


def rest(seconds):
    """What is measured is what happens while nothing does."""
    threading.Event().wait(seconds)


class Bench:
    """The lab, with a good server and the rivals' root."""

    def __init__(self, options):
        self.options = options
        SmtpServer.nodelay = True  # what is measured is not how it waits for acknowledgements
        self.lab = Lab()
        self.rivals = rivals.Rivals(self.lab)
        self.server = self.lab.mail_server()
        self._addresses = 0
        self.change()

    def close(self):
        self.rivals.close()
        self.lab.close()

    def change(self):
        """Another address."""
        self._addresses += 1
        self.lab.set_address(f"192.0.2.{10 + self._addresses % 200}")

    def service(self, trust="ca_file", **options):
        authority = self.lab.authority.ca_file if trust == "ca_file" else None
        return self.lab.service(quiet=0.0, ca_file=authority, **options)

    def wait_mail(self, n):
        """The Nth mail of all, and the end of its session."""
        self.server.wait_told(n, PATIENCE)
        self.server.wait_all_ended()


def listener(bench):
    """A socket that hears of addresses, for the moment at which the kernel tells of one."""
    def make():
        s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        s.bind((0, RTMGRP_IPV4_IFADDR))
        return s
    return bench.lab.client.inside(make)


def end(program):
    """Ends a program and what it has started: it leads a session of its own."""
    os.killpg(program.pid, signal.SIGKILL)
    program.wait()


def latency(bench):
    """Seconds from the last event of a change to the mail. The program is at work, and has mailed once."""
    told = len(bench.server.mails)
    with listener(bench) as events:
        bench.change()
        begin = time.monotonic()
        while select.select([events], [], [], 0)[0]:
            events.recv(65536)
        bench.wait_mail(told + 1)
    return time.monotonic() - begin


def own_latency(bench, trust):
    service = bench.service(trust)
    told = len(bench.server.mails)
    bench.change()
    service.start()
    bench.wait_mail(told + 1)
    service.wait_matching("^Mail sending completed:", 1)
    try:
        return latency(bench)
    finally:
        service.close()


def queues(bench):
    """What waits, in octets, for each program in the client's namespace that hears of addresses."""
    text = bench.lab.client.inside(lambda: pathlib.Path("/proc/thread-self/net/netlink").read_text("ascii"))
    sockets = [line.split() for line in text.splitlines()[1:]]
    return [int(fields[4]) for fields in sockets if int(fields[3], 16) & RTMGRP_IPV4_IFADDR]


def listens(bench):
    return bool(queues(bench))


def mail_command(name, trust):
    return MAILERS[name](PORT, "starttls", [rivals.READER], trust)


def script_latency(bench, name, trust):
    script = Process(bench.rivals.on_event(mail_command(name, trust)))
    told = len(bench.server.mails)
    try:
        until(lambda: listens(bench), f"a script that listens: {script.text()}")
        bench.change()
        bench.wait_mail(told + 1)
        return latency(bench)
    finally:
        end(script)


def row_a(bench):
    for trust, words in TRUSTS.items():
        measures = [("ipherald", lambda trust=trust: own_latency(bench, trust) * 1000)]
        measures += [(f"ip monitor and {name}",
                      lambda name=name, trust=trust: script_latency(bench, name, trust) * 1000) for name in SCRIPTED]
        own, *others = take_turns(bench.options.rounds, measures)
        yield Row(f"from the event to the mail, {words}", "ms", 0.5, own, others)


def memory(pid):
    """KiB: private dirty, and PSS."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    return [int(re.search(rf"^{key}:\s+(\d+) kB$", text, re.MULTILINE)[1]) for key in ("Private_Dirty", "Pss")]


def at_rest(bench, pid):
    rest(bench.options.rest)
    return memory(pid)


def rival_memory(bench, *argv):
    program = Process(bench.rivals.command(*argv))
    try:
        return at_rest(bench, program.pid)
    finally:
        end(program)


def row_c(bench):
    service = bench.service().start()
    told = len(bench.server.mails)
    bench.change()
    bench.wait_mail(told + 1)
    first = at_rest(bench, service.pid)
    for i in range(2, MAILS + 1):
        bench.change()
        bench.wait_mail(told + i)
    last = at_rest(bench, service.pid)
    service.close()
    others = {"inadyn": rival_memory(bench, "inadyn", "-n", "-f", "/inadyn.conf"),
              "ddclient": rival_memory(bench, "ddclient", "-foreground", "-file", "/ddclient.conf")}
    for i, kind, goal in ((0, "private dirty", 400), (1, "PSS", 1600)):
        beside = [Figure(name, [figures[i]]) for name, figures in others.items()]
        for when, figures in (("a mail", first), (f"{MAILS} mails", last)):
            yield Row(f"{kind} memory after {when} (at most {goal} KiB)", "KiB", None, Figure("ipherald", [figures[i]]),
                      beside)


def switches(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text("ascii")
    return sum(map(int, re.findall(r"^\w+_ctxt_switches:\s+(\d+)$", text, re.MULTILINE)))


def row_d(bench):
    told = len(bench.server.mails)
    service = bench.service()
    bench.change()
    service.start()
    bench.wait_mail(told + 1)
    rest(bench.options.rest)
    before = switches(service.pid)
    rest(bench.options.idle)
    woken = switches(service.pid) - before
    service.close()
    yield Row(f"context switches in {bench.options.idle} s at rest", "", 0, Figure("ipherald", [woken]))


def cpu(pid):
    """Seconds of CPU time of a process of one thread."""
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0]) * 1e-9


def address_events(n):
    """Commands of which each is an event."""
    lines = []
    for i in range(n // 2):
        address = f"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}/32 dev storm0"
        lines += [f"address add {address}", f"address delete {address}"]
    return lines


def storm(bench, pid):
    """The CPU seconds that PID takes for the events, as they come."""
    begin = cpu(pid)
    bench.lab.client.ip_batch(*address_events(bench.options.events))
    return cpu_at_rest(pid) - begin


def queued_storm(bench, pid):
    """The same, where it is stopped while as many come as its queue has room for."""
    begin = cpu(pid)
    for _ in range(bench.options.events // QUEUED):
        os.kill(pid, signal.SIGSTOP)
        wait_until_stopped(pid)
        bench.lab.client.ip_batch(*address_events(QUEUED))
        os.kill(pid, signal.SIGCONT)
        until(lambda: not any(queues(bench)), "an empty queue")
    return cpu_at_rest(pid) - begin


def cpu_at_rest(pid):
    quiet = cpu(pid)
    while True:  # until nothing is left to be read
        rest(1.5)  # the service gives its memory back a second later
        if cpu(pid) == quiet:
            return quiet
        quiet = cpu(pid)


def own_storm(bench, kind):
    told = len(bench.server.mails)
    service = bench.service()
    bench.change()
    service.start()
    try:
        bench.wait_mail(told + 1)
        return kind(bench, service.pid)
    finally:
        service.close()


def other_storm(bench, kind, command):
    other = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        until(lambda: listens(bench), f"a socket of {command}")
        return kind(bench, other.pid)
    finally:
        other.kill()
        other.wait()


def row_e(bench):
    monitor = bench.rivals.command("ip", "monitor", "address")
    join(bench.lab.client, "storm0", bench.lab.server, "storm1")
    for kind, words, goal in (storm, "as they come", 0.5), (queued_storm, f"{QUEUED} at once", 0.3):
        own, *others = take_turns(bench.options.rounds, [
            ("ipherald", lambda kind=kind: own_storm(bench, kind)),
            ("ip monitor address", lambda kind=kind: other_storm(bench, kind, monitor))])
        yield Row(f"CPU for {bench.options.events} address events, {words}", "s", goal, own, others)
    reader = bench.lab.client.command(str(BUILD / "tests" / "bench" / "read-events"))
    yield Row("of which is reading alone", "s", None,
              *take_turns(bench.options.rounds, [("read-events", lambda: other_storm(bench, queued_storm, reader))]), [])
    bench.lab.client.ip("link", "delete", "storm0")


def own_start(bench):
    """Seconds from the start to READY."""
    path = bench.lab.folder / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(str(path))
        notified.settimeout(PATIENCE)
        service = bench.service()
        begin = time.monotonic()
        service.start(environment={"NOTIFY_SOCKET": str(path)})
        while b"READY=1" not in notified.recv(4096).split(b"\n"):
            pass
        seconds = time.monotonic() - begin
        service.close()
    path.unlink()
    return seconds


def ip_start(bench):
    begin = time.monotonic()
    subprocess.run(bench.rivals.command("ip", "-o", "address"), stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - begin


def row_g(bench):
    for n in bench.options.addresses:
        join(bench.lab.client, "many0", bench.lab.server, "many1")
        bench.lab.client.ip_batch(*[f"address add 10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}/32 dev many0"
                                    for i in range(n)])
        own, *others = take_turns(bench.options.rounds, [("ipherald", lambda: own_start(bench) * 1000),
                                                         ("ip -o address", lambda: ip_start(bench) * 1000)])
        bench.lab.client.ip("link", "delete", "many0")
        yield Row(f"start with {n} addresses", "ms", 1.0 if n == 10000 else None, own, others)


def children_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def own_mail(bench, trust):
    ca_file = bench.lab.authority.ca_file if trust == "ca_file" else None
    credentials = bench.lab.folder / "bench-credentials"
    credentials.mkdir(exist_ok=True)
    (credentials / "ipherald.smtp-password").write_text(rivals.PASSWORD + "\n", "ascii")
    packet = order(notice(), rivals.SERVER, PORT, "starttls", ACCOUNT, credentials, ca_file)
    begin = children_cpu()
    with MailerHarness(packet, command=bench.lab.client.command(MAILER)) as mailer:
        result = mailer.run()
        assert result.outcome == "none", result
    return children_cpu() - begin


def rival_mail(bench, name, trust):
    begin = children_cpu()
    subprocess.run(bench.rivals.command(*mail_command(name, trust)), input=rivals.MAIL, text=True, check=True,
                   stdout=subprocess.DEVNULL)
    return children_cpu() - begin


def row_i(bench):
    for trust, words in TRUSTS.items():
        measures = [("ipherald-mailer", lambda trust=trust: own_mail(bench, trust) * 1000)]
        measures += [(name, lambda name=name, trust=trust: rival_mail(bench, name, trust) * 1000) for name in MAILERS]
        own, *others = take_turns(bench.options.rounds, measures)
        yield Row(f"CPU of one mail, {words}", "ms", 0.6, own, others)
    own, *others = take_turns(bench.options.rounds,
                              [("ipherald-mailer", lambda: loading(bench, MAILER) * 1000),
                               ("gnutls-cli --version", lambda: loading(bench, "gnutls-cli", "--version") * 1000)])
    yield Row("of which is loading GnuTLS", "ms", None, own, others)


def loading(bench, *argv):
    """CPU seconds of a process that finds nothing to do."""
    begin = children_cpu()
    subprocess.run(bench.lab.client.command(*argv), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)
    return children_cpu() - begin


def row_j(_bench):
    others = [Figure(" + ".join(names), [rivals.installed_kib(names)])
              for names in (["inadyn"], ["ddclient"], ["networkd-dispatcher", "msmtp"])]
    yield Row("installed, with what it pulls in", "KiB", None, Figure("ipherald", [rivals.own_kib()]), others)


def row_b(_options):
    machines = round_trips.Machines(rivals.ROOT)
    try:
        round_trips.warm_up(machines)
        for form, most in (("tls", 6), ("starttls", 8)):
            own, *others = [Figure(client.name, [client.measure(machines, form, 1)[0]])
                            for client in round_trips.clients(machines)]
            yield Row(f"round trips of a mail, {form} (at most {most})", "", None, own, others)
    finally:
        machines.close()


def row_h(_options):
    for name, readers in destinations.CASES.items():
        own = destinations.measure(readers).service
        yield Row(f"destinations: {name}", "s of CPU", None, Figure("ipherald", [own.seconds]))
        yield Row(f"destinations: {name}", "KiB at the peak", None, Figure("ipherald", [own.kib]))


ALONE = {"b": row_b, "h": row_h}  # in labs of their own
ROWS = {"a": row_a, "c": row_c, "d": row_d, "e": row_e, "g": row_g, "i": row_i, "j": row_j}


def parse():
    parser = argparse.ArgumentParser(prog="tests/bench/run.sh")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {' '.join([*ROWS, *ALONE])}; all where none is named")
    parser.add_argument("--rounds", type=int, default=9, help="runs of each program")
    parser.add_argument("--json", default=str(TOP / "build" / "bench.json"))
    parser.add_argument("--rest", type=float, default=5, help="seconds before memory is read")
    parser.add_argument("--idle", type=int, default=60, help="seconds without an event")
    parser.add_argument("--events", type=int, default=100000)
    parser.add_argument("--addresses", type=lambda text: list(map(int, text.split(","))), default=[1000, 10000, 50000])
    options = parser.parse_args()
    if not set(options.rows) <= {*ROWS, *ALONE}:
        parser.error(f"rows are {' '.join([*ROWS, *ALONE])}")
    options.rows = options.rows or [*ROWS, *ALONE]
    return options


def take(rows, measured):
    for row in measured:
        print_row(row)
        rows.append(row)


def main():
    options, rows = parse(), []
    print_head()
    with contextlib.closing(Bench(options)) as bench:
        for name in filter(ROWS.get, options.rows):
            take(rows, ROWS[name](bench))
        own = subprocess.run([PROGRAM, "--version"], check=True, text=True, stdout=subprocess.PIPE).stdout.split()
        versions = {"ipherald": own[1], **bench.rivals.versions()}
    for name in filter(ALONE.get, options.rows):
        take(rows, ALONE[name](options))
    print("\n" + ", ".join(f"{name} {version}" for name, version in versions.items()))
    write_json(options.json, versions, rows)


if __name__ == "__main__":
    main()
