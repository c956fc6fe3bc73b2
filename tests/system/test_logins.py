# SPDX-License-Identifier: GPL-2.0-or-later
"""A token and a certificate in the service's sandbox, as the manual has them: no password is there."""

import base64
import shutil
import ssl

import pytest

from lab import A, ACCOUNT, B, SERVER_ADDRESS
from manual import literal
from smtp_server import SmtpServer, Submission

TOKEN_FILE = "/var/lib/oauth/token"
CERTIFICATE = "/etc/ipherald/client.pem"


@pytest.fixture
def provider(machine):
    """Starts a server that offers one way to log in, and asks ANSWER about it."""
    servers = []

    def start(mechanism, answer):
        context = machine.lab.certificate.server_context()
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(machine.lab.authority.ca_file)
        submission = Submission(context, {"": ""}, mechanisms=mechanism, answers={"AUTH": answer})
        servers.append(machine.lab.server.inside(lambda: SmtpServer(submission, SERVER_ADDRESS, 587)))

    yield start
    for server in servers:
        server.close()


def write_token(box, token):
    box.run("install", "-m", "0640", "-g", "oauth", "/dev/stdin", TOKEN_FILE, typed=token + "\n")


def test_token_of_a_group(machine, provider):
    def xoauth2(peer, line):
        token = base64.b64decode(line.split(" ")[2]).split(b"Bearer ")[1].rstrip(b"\1").decode()
        return f"235 {token}" if token in ("first", "second") else "535 5.7.8 no"

    provider("XOAUTH2", xoauth2)
    machine.box.write("/etc/sysusers.d/oauth.conf", "g oauth -\n")
    machine.box.run("systemd-sysusers")
    machine.box.run("install", "-d", "-m", "0750", "-g", "oauth", "/var/lib/oauth")
    write_token(machine.box, "first")
    machine.edit(literal("ipherald.service.8", "Let a group of its own read it"))
    machine.write_settings(auth=f'token_file = "{TOKEN_FILE}";')
    machine.lab.set_address(A)
    machine.enable()
    assert machine.box.journal.wait_event("mail-completed")["IPHERALD_NEW"] == A

    # The next session reads it anew, without a word to the service.
    write_token(machine.box, "stale")
    machine.lab.set_address(B)
    failed = machine.box.journal.wait_event("auth-failed")
    assert failed["IPHERALD_HINT"] == "token"
    write_token(machine.box, "second")
    machine.restart()
    assert machine.box.journal.wait_event("mail-completed")["IPHERALD_NEW"] == B


def test_certificate_with_its_key(machine, provider):
    own = machine.lab.authority.certificate(names=[], purpose="tls_www_client", common_name=ACCOUNT)

    def external(peer, line):
        certificate = peer.sock.getpeercert()
        shown = certificate and dict(part[0] for part in certificate["subject"])["commonName"]
        return "235 2.7.0 welcome" if shown == ACCOUNT else "535 5.7.8 no"

    provider("EXTERNAL", external)
    machine.box.run("install", "-d", "-m", "0700", "/etc/credstore")
    machine.box.write("/etc/credstore/ipherald.tls-key", own.key.read_text("ascii"), mode=0o600)
    shutil.copy(own.path, machine.box.path(CERTIFICATE))
    machine.box.path(CERTIFICATE).chmod(0o644)
    machine.write_settings(tls=f'certificate = "{CERTIFICATE}";')
    machine.lab.set_address(A)
    machine.enable()
    assert machine.box.journal.wait_event("mail-completed")["IPHERALD_NEW"] == A
