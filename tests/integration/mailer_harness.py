# SPDX-License-Identifier: GPL-2.0-or-later
"""Plays the service to the real ipherald-mailer: formats the order, answers the commit question, reads the
reports. The packets' text form is that of src/base/record.h, written anew here so that both are checked."""

import os
import select
import socket
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("IPHERALD_BUILD", ROOT / "build"))
MAILER = BUILD / "ipherald-mailer"
ACCOUNT = "gateway@example.com"
USERS = {ACCOUNT: "correct horse"}  # what a server of these tests knows
ALL_MECHANISMS = 127  # of src/settings/settings.h
TIME_LIMIT = 30  # seconds for what should take milliseconds: a test that hangs must end


def escape(value):
    return "".join(f"%{ord(c):02x}" if c <= " " or c in "%\x7f" else c for c in str(value))


def unescape(value):
    parts = value.split("%")
    return parts[0] + "".join(chr(int(p[:2], 16)) + p[2:] for p in parts[1:])


def record(kind, **fields):
    words = [kind] + [f"{k.replace('_', '-')}={escape(v)}" for k, v in fields.items() if v is not None]
    return " ".join(words) + "\n"


def document(kind, records):
    text = (f"{kind} 1\n" + "".join(records)).encode()
    return text + f"end crc32={zlib.crc32(text):08x}\n".encode()


def notice(recipients=("me@example.com",), number=1, header_to=(), new="192.0.2.2", old="192.0.2.1"):
    """The records of one transaction."""
    when = "2026-11-24T09:18:07+00:00"
    return ([record("notice", id=f"{number}.test@client.example.com", date=when, host="client.example.com",
                    changed=when, new_ipv4=new, old_ipv4=old, interface_ipv4="eth0", new_ipv6="none",
                    old_ipv6="none")]
            + [record("recipient", to=r) for r in recipients] + [record("header-to", to=r) for r in header_to])


def order(notices=None, server="127.0.0.1", port=25, security="starttls", account=None, credentials=None,
          ca_file=None, tls_name=None, helo=None, host="client", held_digest=None, show=False, test=False,
          careful=False, mechanisms=ALL_MECHANISMS, token_file=None, certificate=None, sender="gateway@example.com",
          pop=None):
    """One packet. `credentials` is a folder; a login is wanted where there is an account, and with `pop`, (server, port,
    security), it is POP before SMTP."""
    fields = {
        "server": server, "port": port, "security": security, "from": sender, "helo": helo,
        "method": "pop-before-smtp" if pop else "smtp" if account or certificate else "none", "account": account, "mechanisms": mechanisms,
        "ca_file": ca_file, "tls_name": tls_name, "credentials_dir": credentials, "held_digest": held_digest,
        "host": host, "token_file": token_file, "certificate": certificate,
        **(dict(zip(("pop_server", "pop_port", "pop_security"), pop)) if pop else {}),
        "print": int(show), "test": int(test), "careful": int(careful),
    }
    return document("ipherald-order", [record("account", **fields)] + (notices or notice()))


class Report:
    """One packet of the mailer's: its type, and its fields as attributes ("" where there is none)."""

    def __init__(self, packet):
        line = packet.decode()
        assert line.endswith("\n") and line.count("\n") == 1 and len(packet) <= 4096, packet
        self.type, *words = line[:-1].split(" ")
        self.fields = {k: unescape(v) for k, v in (word.split("=", 1) for word in words)}
        assert "".join(self.fields.values()).isprintable(), packet

    def __getattr__(self, name):
        return self.fields.get(name.replace("_", "-"), "")

    def __repr__(self):
        return f"{self.type} {self.fields}"


class MailerHarness:
    """A running mailer. Use as a context: it never outlives the test. COMMAND may be one that ends in exec."""

    def __init__(self, packet=None, stdout=None, command=None):
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(TIME_LIMIT)
        self.reports = []
        self.status = None
        null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        actions = [(os.POSIX_SPAWN_DUP2, null, 0),
                   (os.POSIX_SPAWN_DUP2, null if stdout is None else stdout, 1),
                   (os.POSIX_SPAWN_DUP2, theirs.fileno(), 3)]
        command = [str(word) for word in command or [MAILER]]
        self.pid = os.posix_spawnp(command[0], command, dict(os.environ), file_actions=actions)
        self.pidfd = os.pidfd_open(self.pid)
        os.close(null)
        theirs.close()
        if packet is not None:
            self.socket.send(packet)

    def receive(self):
        """The next report but "alive", None at the end."""
        while True:
            packet = self.socket.recv(8192)
            if not packet:
                return None
            report = Report(packet)
            if report.type != "alive":
                self.reports.append(report)
                return report

    def receive_until(self, kind, step=None):
        """Passes over reports until one of KIND comes (at STEP, where it is given)."""
        while True:
            report = self.receive()
            assert report, f"no {kind} {step or ''} in {self.reports}"
            if report.type == kind and step in (None, report.step):
                return report

    def answer(self, transaction, go=True):
        self.socket.send(record("answer", transaction=transaction, go=int(go)).encode())

    def run(self, go=True):
        """To the end, with every commit question answered by GO. Gives back the session's report."""
        while True:
            report = self.receive()
            if report is None:
                self.wait()
                assert self.reports and self.reports[-1].type == "session", self.reports
                return self.reports[-1]
            if report.type == "commit":
                self.answer(report.transaction, go)

    def of_type(self, kind):
        return [r for r in self.reports if r.type == kind]

    def tried(self):
        """The addresses, in order."""
        return [r.cause for r in self.of_type("step") if r.step == "connect"]

    def steps(self):
        """The steps as they were reported, each once in a row."""
        names = [r.step for r in self.of_type("step")]
        return [n for i, n in enumerate(names) if i == 0 or names[i - 1] != n]

    def process_status(self):
        """The fields of /proc/PID/status."""
        text = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)

    def wait(self):
        """Waits for the end; the exit status, or minus the signal."""
        if self.status is None:
            ready, _, _ = select.select([self.pidfd], [], [], TIME_LIMIT)
            assert ready, "the mailer does not end"
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def close(self):
        self.socket.close()
        if self.status is None:
            ready, _, _ = select.select([self.pidfd], [], [], TIME_LIMIT)
            if not ready:
                os.kill(self.pid, 9)
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.pidfd)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def refused(listener, command=None, **options):
    """Runs a session that must deliver nothing; the session's report."""
    with MailerHarness(order(port=listener.port, **options), command=command) as mailer:
        session = mailer.run()
        assert [r.outcome for r in mailer.of_type("transaction")] == ["not-begun"]
        assert not mailer.of_type("commit")
    return session
