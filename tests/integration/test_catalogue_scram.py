# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows 42 to 44 of tests/catalogue.txt: servers of SCRAM-SHA-256 that can't or won't prove what they are. The client's
nonce is random, so they are no transcripts; RFC 5802 is written anew here."""

import base64
import hashlib
import hmac

import pytest

from mailer_harness import ACCOUNT, MailerHarness, USERS, order
from smtp_server import SmtpServer, Submission

SALT = bytes(range(16))


def digest(key, text):
    return hmac.new(key, text, "sha256").digest()


class Scram:
    """An honest server, but for what is said otherwise. The answer to an AUTH of Submission."""

    def __init__(self, rounds=4096, own_nonce=None, password=USERS[ACCOUNT]):
        self._rounds, self._own_nonce = rounds, own_nonce
        self._salted = hashlib.pbkdf2_hmac("sha256", password.encode(), SALT, min(rounds, 4096))

    def __call__(self, peer, line):
        bare = base64.b64decode(line.split(" ")[2]).removeprefix(b"n,,")
        nonce = self._own_nonce or bare.split(b",r=")[1] + b"server"
        first = b"r=%s,s=%s,i=%d" % (nonce, base64.b64encode(SALT), self._rounds)
        final = self._ask(peer, first)
        if final is None:
            return "501 5.7.0 cancelled"
        without_proof, proof = final.split(b",p=")
        message = b",".join([bare, first, without_proof])
        key = digest(self._salted, b"Client Key")
        signature = digest(hashlib.sha256(key).digest(), message)
        if bytes(a ^ b for a, b in zip(key, signature)) != base64.b64decode(proof):
            return "535 5.7.8 no"
        return self._prove(peer, message)

    def _prove(self, peer, message):
        said = self._ask(peer, b"v=" + base64.b64encode(digest(digest(self._salted, b"Server Key"), message)))
        return "235 2.7.0 welcome" if said == b"" else "501 5.7.0 cancelled"

    @staticmethod
    def _ask(peer, text):
        """The client's answer, None where it cancels."""
        peer.reply("334 " + base64.b64encode(text).decode())
        answer = peer.command()
        return None if answer == "*" else base64.b64decode(answer)


class Impostor(Scram):
    """Says yes to whatever proof, with a signature of its own."""

    def _prove(self, peer, message):
        self._ask(peer, b"v=" + base64.b64encode(bytes(32)))
        return "235 2.7.0 welcome"


class Silent(Scram):
    """Says yes without a signature."""

    def _prove(self, peer, message):
        return "235 2.7.0 welcome"


@pytest.fixture
def outcome(good, login):
    """What a session with such a server comes to: its report, and the mails that arrived."""

    def run(scram):
        submission = Submission(good.server_context(), USERS, mechanisms="SCRAM-SHA-256 PLAIN", answers={"AUTH": scram})
        with SmtpServer(submission) as server, MailerHarness(order(port=server.port, **login)) as mailer:
            return mailer.run(), len(submission.mails)

    return run


@pytest.mark.parametrize("rounds", [1, 4096])
def test_honest(outcome, rounds):
    session, mails = outcome(Scram(rounds))
    assert (session.outcome, mails) == ("none", 1)


def test_another_password(outcome):
    session, mails = outcome(Scram(password="another"))
    assert (session.outcome, session.code, mails) == ("login-refused", "535", 0)


@pytest.mark.parametrize("scram", [Impostor(), Silent()], ids=["wrong", "none"])
def test_42_signature(outcome, scram):
    session, mails = outcome(scram)
    assert (session.outcome, session.step, mails) == ("insecure", "auth", 0)
    assert "does not prove that it knows the password" in session.cause


def test_43_rounds(outcome):
    session, mails = outcome(Scram(rounds=600001))
    assert (session.outcome, session.step, session.hint, mails) == ("settings", "auth", "mechanisms", 0)


def test_44_nonce(outcome):
    session, mails = outcome(Scram(own_nonce=b"anothernonce"))
    assert (session.outcome, session.step, mails) == ("temporary", "auth", 0)
