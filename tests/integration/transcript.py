# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of tests/transcripts, read once more: transcript.h says what their lines mean. Here they are scripts of a
server on a real socket (transcript_player.py). A comment "# Core alone: WHY" says that a session can't be played so."""

import base64
import re
from pathlib import Path

from mailer_harness import ROOT, notice, order

FOLDER = ROOT / "tests/transcripts"
MECHANISMS = [  # the bits of src/settings/settings.h
    "EXTERNAL", "OAUTHBEARER", "XOAUTH2", "SCRAM-SHA-256", "PLAIN", "LOGIN", "CRAM-MD5"]
ESCAPES = {"r": "\r", "n": "\n", "0": "\0", "e": "\x1b", "t": "\t"}


def unescape(text):
    return re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), text)


def expand(word):
    """#N makes N addresses, long ones."""
    if not word.startswith("#"):
        return [word]
    return [f"u{i}@{0:060}.{0:060}.{0:060}.example.com" for i in range(int(word[1:]))]


def addresses(words):
    return [address for word in words for address in expand(word)]


class Transcript:
    """`lines` are (number, verb, rest)."""

    def __init__(self, path):
        self.name = path.stem
        self.core_alone = None
        self.lines = []
        self.security, self.account, self.password, self.port = "starttls", None, None, 587
        self.token, self.certificate = None, False
        self.sender = "from@example.com"
        self.mechanisms = MECHANISMS
        self.careful = False
        self.mails = []  # (recipients, header-to)
        for number, line in enumerate(path.read_text("utf-8").split("\n")[:-1], 1):
            verb, _, rest = line.partition(" ")
            if line.startswith("# Core alone: "):
                self.core_alone = line.removeprefix("# Core alone: ")
            elif verb == "set":
                self._set(*rest.split(" "))
            elif line and not line.startswith("#"):
                self.lines.append((number, verb, rest))
        if not self.mails:
            self._set("to", "a@example.org")

    def _set(self, key, *words):
        if key == "to":
            self.mails.append((addresses(words), []))
        elif key == "header-to":
            self.mails[-1][1].extend(addresses(words))
        elif key == "login":
            self.account, self.password = words
        elif key == "token":
            self.account, self.token = words
        elif key == "certificate":
            self.certificate = True
            self.account = (*words, self.account)[0]
        elif key == "no-password":
            self.account = "me@example.com"
        elif key == "careful":
            self.careful = True
        elif key == "security":
            self.security, = words
        elif key == "mechanisms":
            self.mechanisms = words
        elif key == "port":
            self.port = int(words[0])
        elif key == "from":
            self.sender, = words
        else:
            raise AssertionError(f"{self.name}: no such setting: {key}")

    def octets(self, verb, rest):
        """What an S line sends."""
        count = 1
        if verb == "S*":
            count, _, rest = rest.partition(" ")
        octets = unescape(rest).encode("utf-8") * int(count)
        return octets + b"\r\n" if verb == "S:" else octets

    def secrets(self):
        """What must be said in TLS alone, and reported to nobody."""
        if not self.password:
            return [self.token] if self.token else []
        login = f"\0{self.account}\0{self.password}"
        return [self.password] + [base64.b64encode(text.encode()).decode() for text in (self.password, login)]

    def partly_taken(self):
        """Whether the client's output has to wait at some time."""
        return any(verb == "TAKE" for _, verb, _ in self.lines)

    def write_secrets(self, credentials, authority):
        """What the mailer is to read: credentials, and files beside the authority's, which everyone can read. Gives
        back the order's fields of the latter."""
        files = {}
        if self.password:
            (credentials / "ipherald.smtp-password").write_text(f"{self.password}\n", "utf-8")
        if self.token:
            files["token_file"] = authority.folder / "token"
            files["token_file"].write_text(f"{self.token}\n", "utf-8")
        if self.certificate:
            own = authority.certificate(purpose="tls_www_client")
            files["certificate"] = own.path
            (credentials / "ipherald.tls-key").write_bytes(own.key.read_bytes())
        return files

    def order(self, server, credentials, ca_file, **files):
        """The order that the core's player makes, for the mailer."""
        notices = []
        for number, (recipients, header_to) in enumerate(self.mails, 1):
            notices += notice(recipients, number, header_to, new=f"192.0.2.{number}", old="none")
        return order(
            notices, server, self.port, self.security, self.account, credentials, ca_file, "mail.example.com",
            host="host.example.com", careful=self.careful, sender=self.sender,
            mechanisms=sum(1 << MECHANISMS.index(name) for name in self.mechanisms), **files)


def transcripts():
    """All of them, in order."""
    return [Transcript(path) for path in sorted(Path(FOLDER).glob("*.txt"))]
