# SPDX-License-Identifier: GPL-2.0-or-later
"""demo.py root|user|loopback: the main job, told step by step. tests/demo.sh starts it where it belongs."""

import contextlib
import os
import pathlib
import re
import signal
import socket
import sys
import tempfile
import textwrap
import threading
import zlib

import lab as network
import postfix
import process
from aiosmtpd_server import AiosmtpdServer
from certificates import Authority
from service import PROGRAM, Service

READER = "me@example.com"
OTHERS = {"ipv4": ["192.0.2.1", "198.51.100.1"], "ipv6": ["2001:db8::1", "2001:db8::2"]}
COLOURS = {"title": "1;36", "log": "2", "good": "32", "bad": "33", "mail": "1"}


class Show:
    """What the person sees. Lines of the log may come while something else is being said."""

    def __init__(self, out=sys.stdout):
        self._out = out
        self._coloured = out.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        self._lock = threading.Lock()
        self._step = 0

    def _write(self, text, colour=None):
        if colour and self._coloured:
            text = "\n".join(f"\033[{COLOURS[colour]}m{line}\033[0m" for line in text.split("\n"))
        with self._lock:
            print(text, file=self._out, flush=True)

    def step(self, title, why):
        self._step += 1
        self._write(f"\n{self._step}. {title}", "title")
        self._write(textwrap.indent(textwrap.fill(why, 96), "   "))

    def log(self, line):
        colour = "good" if " completed:" in line else "bad" if "deferred" in line or "failed" in line else "log"
        self._write(f"   | {line}", colour)

    def say(self, text):
        self._write(f"   {text}")

    def mail(self, message):
        self._write(f"\n   The mail, as it lies in the mailbox of {READER}:\n")
        for name in ("From", "To", "Subject", "Date", "Message-ID"):
            self._write(f"      {name}: {message[name]}", "mail" if name == "Subject" else None)
        self._write("\n" + textwrap.indent(message.get_content().rstrip(), "      "))

    @contextlib.contextmanager
    def waiting(self, what):
        """Says every three seconds that it goes on."""
        done = threading.Event()

        def tick():
            seconds = 0
            while not done.wait(3):
                seconds += 3
                self._write(f"   ... {what} ({seconds} s)")

        thread = threading.Thread(target=tick, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


class Machines:
    """The form with namespaces: the story needs no more of the lab than this."""

    def __init__(self, show, real_postfix):
        self.show = show
        self._real_postfix = real_postfix
        self._servers = 0
        self.mails = 0
        self.lab = network.Lab(on_line=show.log)
        self.server = None

    def start_server(self):
        users = {network.ACCOUNT: network.PASSWORD}
        self._servers += 1
        self.mails = 0
        if self._real_postfix:
            self.server = postfix.Postfix(self.lab.server, self.lab.certificate, users, [READER],
                                          self.lab.folder / f"postfix-{self._servers}")
        else:
            listener = self.lab.server.inside(
                lambda: socket.create_server((network.SERVER_ADDRESS, 587)))
            self.server = AiosmtpdServer(listener, self.lab.certificate, users)

    def stop_server(self):
        if self.server:
            self.server.close()
        self.server = None

    def show_mail(self):
        with self.show.waiting("the mail is on its way"):
            self.server.wait_delivered()
        self.mails += 1
        mails = self.server.mails(READER)
        assert len(mails) == self.mails, "one mail a change"
        self.show.mail(mails[-1])

    def close(self):
        self.stop_server()
        self.lab.close()


def tell_changes(show, machines, service):
    lab = machines.lab
    show.step(f"The address becomes {network.B}",
              "The provider gives the line a new address: the old one goes, the new one comes. The kernel says so, "
              "the service waits a moment for more to come, and mails what it settles on.")
    lab.set_address(network.B)
    service.wait_line("^Mail sending completed:")
    machines.show_mail()

    show.step(f"{network.C} for a moment, then {network.B} again",
              "What was told last is still true, so nobody is told anything. There is no queue of mails: what is "
              "true now, less what was told, is what is owed.")
    lab.set_address(network.C, network.B)
    before = len(service.matching("^Mail sending"))
    with show.waiting("nothing comes"):
        threading.Event().wait(2)
    assert len(service.matching("^Mail sending")) == before
    show.say("No mail, as it should be.")


def tell_outage(show, machines, service):
    show.step("The mail server goes away, and the address changes",
              "The mail can't be sent now. It is deferred, and the log says until when.")
    machines.stop_server()
    machines.lab.set_address(network.C)
    service.wait_line("^Mail sending deferred:")

    show.step("The service is killed, the server comes back, the service starts again",
              "SIGKILL, as a power cut would. What each reader was told is in the ledger, on disk: the mail is "
              "still owed, and it comes once.")
    service.stop(signal.SIGKILL)
    machines.start_server()
    service.start()
    with show.waiting("the next try is a few seconds after the last one"):
        service.wait_line("^Mail sending completed:")
    machines.show_mail()


def tell_with_machines(show, form):
    real = form == "root"
    show.step("Two machines and a cable",
              "Two network namespaces joined by a veth pair. In one of them runs ipherald; its interface is called "
              f"{network.INTERFACE}. The other one is the world outside.")
    machines = Machines(show, real)
    try:
        show.step("A mail server in the world outside",
                  ("Debian's Postfix, with Dovecot for the login" if real else "Debian's aiosmtpd") +
                  f": {network.SERVER}, port 587, TLS by STARTTLS with a certificate of an authority made for "
                  "this demo, and a login.")
        machines.start_server()
        show.step(f"The service starts, and {network.INTERFACE} has {network.A}",
                  "At its first start it tells the address that there is. Its log:")
        machines.lab.set_address(network.A)
        service = machines.lab.service().start()
        service.wait_line("^Mail sending completed:")
        machines.show_mail()
        tell_changes(show, machines, service)
        tell_outage(show, machines, service)
        show.step("The end", "Three addresses that stayed, and one mail for each. Namespaces, server and folders "
                             "go with this demo.")
    finally:
        machines.close()


def own_addresses():
    """What counts on this machine, as the program itself sees it."""
    dry_run = process.Process([str(PROGRAM), "run", "--dry-run", "--once"])
    dry_run.wait()
    line = next(iter(dry_run.matching("^Address changed:")), "")
    return {family.lower(): address for family, address in re.findall(r"(IPv[46]) (\S+) on", line)}


def pretend_told(ledger, family, own, other):
    """Turns OWN into OTHER in the ledger, which was written by the program itself."""
    text = ledger.read_text("utf-8").replace(f"told-{family}={own} ", f"told-{family}={other} ")
    text = text.replace(f"family={family} address={own} ", f"family={family} address={other} ")
    body = text[:text.rindex("end crc32=")]
    ledger.write_text(f"{body}end crc32={zlib.crc32(body.encode()):08x}\n", "utf-8")


def tell_on_loopback(show, folder):
    addresses = own_addresses()
    if not addresses:
        show.say("This machine has no address that counts: there is nothing to tell, and that is all there is to see.")
        return
    family, own = next(iter(addresses.items()))
    other = next(address for address in OTHERS[family] if address != own)
    show.step("A mail server on loopback",
              "Debian's aiosmtpd with TLS by STARTTLS and a login; its certificate is of an authority made for "
              "this demo.")
    authority = Authority(folder)
    users = {network.ACCOUNT: network.PASSWORD}
    server = AiosmtpdServer(socket.create_server(("127.0.0.1", 0)), authority.certificate(["localhost"]), users)
    service = Service(folder / "service", on_line=show.log, password=network.PASSWORD, server="localhost",
                      port=server.port, ca_file=authority.ca_file)
    try:
        show.step(f"The service runs, and tells {own}", "That is this machine's own address. Then it stops.")
        service.start()
        service.wait_line("^Mail sending completed:")
        server.wait_delivered()
        service.stop()

        show.step(f"While it is off: the ledger says that {other} was told",
                  "No interface can be changed here without privilege, so the past is changed instead: as if the "
                  f"machine had had {other} when the service stopped, and got {own} since.")
        pretend_told(service.ledger, family, own, other)

        show.step("The service starts again", "What is true now is not what was told: a mail is owed.")
        service.start()
        service.wait_line("^Mail sending completed:")
        server.wait_delivered()
        message = server.mails(READER)[-1]
        assert f"{own} (was {other})" in message["Subject"], message["Subject"]
        show.mail(message)
        show.step("The end", f"The mail names {other} as the old address and {own} as the new one.")
    finally:
        service.close()
        server.close()


def main():
    form = sys.argv[1]
    show = Show()
    if form == "loopback":
        with tempfile.TemporaryDirectory(prefix="ipherald-demo-") as folder:
            tell_on_loopback(show, pathlib.Path(folder))
    else:
        tell_with_machines(show, form)


if __name__ == "__main__":
    main()
