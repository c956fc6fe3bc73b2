# SPDX-License-Identifier: GPL-2.0-or-later
"""A scripted SMTP server for tests.

SmtpServer listens and gives each connection, as a Peer, to a function of the test's own. Submission is such a
function: an honest submission server, whose single answers a test replaces to make it a strange one.
"""

import base64
import re
import socket
import ssl
import threading


class Closed(Exception):
    """The client closed the connection."""


class Peer:
    """One connection, as the server sees it."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""
        self.commands = []  # every line that was read as a command, in order
        self.tls = False

    def reply(self, *lines):
        """Sends lines in one write, so that they arrive in one segment."""
        self.sock.sendall("".join(line + "\r\n" for line in lines).encode())

    def _fill(self):
        try:
            data = self.sock.recv(65536)
        except OSError:
            data = b""
        if not data:
            raise Closed
        self.buffer += data

    def some_octets(self):
        """Waits for what the client says next, whatever it is; only then does a server go on that wants to wait."""
        self._fill()

    def read_until(self, end):
        while end not in self.buffer:
            self._fill()
        data, self.buffer = self.buffer.split(end, 1)
        return data

    def command(self):
        line = self.read_until(b"\r\n").decode()
        self.commands.append(line)
        return line

    def body(self):
        """The mail up to its dot, with dot-stuffing undone."""
        while not (self.buffer.startswith(b".\r\n") or b"\r\n.\r\n" in self.buffer):
            self._fill()
        if self.buffer.startswith(b".\r\n"):
            self.buffer = self.buffer[3:]
            return b""
        data = self.read_until(b"\r\n.\r\n") + b"\r\n"
        return re.sub(rb"(?m)^\.", b"", data)

    def start_tls(self, context):
        self.sock = context.wrap_socket(self.sock, server_side=True)
        self.tls = True

    def wait_closed(self):
        """Until the client closes; gives back what it sent before."""
        try:
            while True:
                self._fill()
        except Closed:
            return self.buffer

    def close(self):
        self.sock.close()

    def reset(self):
        """Closes with RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.sock.close()


class SmtpServer:
    """Listens on a port of its own; `handler(peer)` runs in a thread for each connection.

    A real server writes the replies to pipelined commands together. Here each is a write of its own, and but for NODELAY all
    but the first wait for the client's delayed acknowledgement."""

    nodelay = False

    def __init__(self, handler, address="127.0.0.1", port=0, context=None):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.handler, self.context = handler, context
        self.peers = []  # of all connections, in order
        self.errors = []  # what went wrong in handlers, for the test to look at
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((address, port))
        self.socket.listen()
        self.port = self.socket.getsockname()[1]
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.threads[0].start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.socket.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, self.nodelay)
            peer = Peer(sock)
            self.peers.append(peer)
            thread = threading.Thread(target=self._serve, args=(peer,), daemon=True)
            self.threads.append(thread)
            thread.start()

    def _serve(self, peer):
        try:
            if self.context:
                peer.start_tls(self.context)
            self.handler(peer)
        except (Closed, ssl.SSLError, ConnectionError):
            pass  # the client's right; what it means is seen at the client
        except Exception as error:  # pylint: disable=broad-except
            self.errors.append(error)
        finally:
            peer.close()

    def close(self):
        """Waits for the handlers: each ends when the client's end is closed."""
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()
        for thread in self.threads:
            thread.join(timeout=30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Submission:
    """An honest submission server. `answers` replaces single replies, by the command's first word and, for
    AUTH, MAIL, RCPT, by what stands behind it: {"DATA": "451 not now", "RCPT TO:<a@b.example>": "550 no"}; a
    function is called with the peer and the line instead. "." is the reply to the dot, "greeting" the first."""

    def __init__(self, context=None, users=None, keywords=("PIPELINING", "8BITMIME", "SIZE 10485760"),
                 mechanisms="PLAIN LOGIN", answers=None):
        self.context, self.users = context, users or {}
        self.keywords, self.mechanisms = keywords, mechanisms
        self.answers = answers or {}
        self.mails = []  # (sender, recipients, octets)

    def __call__(self, peer):
        self.sender, self.recipients = None, []
        self._answer(peer, "greeting", "", "220 mail.example.com ESMTP")
        while True:
            line = peer.command()
            verb = line.split(" ", 1)[0].upper()
            method = getattr(self, "_" + verb.lower(), None)
            if method:
                method(peer, line)
            else:
                self._answer(peer, verb, line, "502 5.5.1 what?")
            if verb == "QUIT":
                return

    def _answer(self, peer, key, line, default):
        """True where the reply is positive."""
        matches = [k for k in self.answers if line and line.upper().startswith(k.upper())]
        answer = self.answers[max(matches, key=len)] if matches else self.answers.get(key, default)
        if callable(answer):
            answer = answer(peer, line)
        if answer:
            peer.reply(*answer.split("\n"))
        return bool(answer) and answer[0] in "23"

    def _ehlo(self, peer, line):
        keywords = list(self.keywords)
        if self.context and not peer.tls:
            keywords.append("STARTTLS")
        if self.users and (peer.tls or not self.context):
            keywords.append("AUTH " + self.mechanisms)
        lines = ["mail.example.com"] + keywords
        self._answer(peer, "EHLO", line,
                     "\n".join(f"250{'-' if i < len(lines) - 1 else ' '}{l}" for i, l in enumerate(lines)))

    def _starttls(self, peer, line):
        if self._answer(peer, "STARTTLS", line, "220 2.0.0 go ahead" if self.context else "502 5.5.1 no"):
            peer.start_tls(self.context)

    def _auth(self, peer, line):
        words = line.split(" ")
        if words[1].upper() == "PLAIN" and len(words) > 2:
            _, account, password = base64.b64decode(words[2]).split(b"\0")
        elif words[1].upper() == "LOGIN":
            peer.reply("334 VXNlcm5hbWU6")
            account = base64.b64decode(peer.command())
            peer.reply("334 UGFzc3dvcmQ6")
            password = base64.b64decode(peer.command())
        else:
            account = password = b""
        known = self.users.get(account.decode()) == password.decode()
        self._answer(peer, "AUTH", line,
                     "235 2.7.0 welcome" if known else "535 5.7.8 Error: authentication failed")

    def _mail(self, peer, line):
        if self._answer(peer, "MAIL", line, "250 2.1.0 Ok"):
            self.sender, self.recipients = line[len("MAIL FROM:<"):].split(">")[0], []

    def _rcpt(self, peer, line):
        if self._answer(peer, "RCPT", line, "250 2.1.5 Ok"):
            self.recipients.append(line[len("RCPT TO:<"):].split(">")[0])

    def _data(self, peer, line):
        default = "354 End data with <CR><LF>.<CR><LF>" if self.recipients else "554 5.5.1 no valid recipients"
        if not self._answer(peer, "DATA", line, default):
            return
        mail = peer.body()
        if self._answer(peer, ".", "", "250 2.0.0 Ok: queued as 4ABC"):
            self.mails.append((self.sender, self.recipients, mail))

    def _quit(self, peer, line):
        self._answer(peer, "QUIT", line, "221 2.0.0 Bye")
