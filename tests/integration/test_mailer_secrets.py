# SPDX-License-Identifier: GPL-2.0-or-later
"""What the mailer logs in with besides a password: an OAuth token, a certificate and its key. When each is read, by
whom, and what is said where it can't be."""

import base64
import os
import ssl

import pytest

from mailer_harness import ACCOUNT, MailerHarness, order
from smtp_server import SmtpServer, Submission

TOKEN = "dG9rZW4.c2VjcmV0.aHVudGVy"
JSON = '{"status":"401","schemes":"bearer"}'


def xoauth2(good_token):
    """Takes GOOD_TOKEN alone, and gives its reason else. The answer to an AUTH of Submission."""

    def answer(peer, line):
        said = base64.b64decode(line.split(" ")[2]).decode()
        if said == f"user={ACCOUNT}\1auth=Bearer {good_token}\1\1":
            return "235 2.7.0 welcome"
        peer.reply("334 " + base64.b64encode(JSON.encode()).decode())
        assert peer.command() == ""
        return "535 5.7.8 no"

    return answer


@pytest.fixture
def token_file(authority):
    """Beside the authority's, which everyone can read."""
    path = authority.folder / "token"
    path.write_text(TOKEN + "\n", "ascii")
    yield path
    path.unlink(missing_ok=True)


@pytest.fixture
def with_token(authority, tmp_path, token_file):
    """The order's fields. There is no password."""
    return {"account": ACCOUNT, "credentials": tmp_path, "ca_file": authority.ca_file, "tls_name": "mail.example.com",
            "token_file": token_file}


@pytest.fixture
def own(authority, tmp_path):
    """A certificate of ours, whose key is a credential that root alone can read."""
    made = authority.certificate(names=[], purpose="tls_www_client", common_name=ACCOUNT)
    key = tmp_path / "ipherald.tls-key"
    key.write_bytes(made.key.read_bytes())
    key.chmod(0o600)
    return made


@pytest.fixture
def with_certificate(authority, tmp_path, own):
    return {"credentials": tmp_path, "ca_file": authority.ca_file, "tls_name": "mail.example.com",
            "certificate": own.path}


def deliver(submission, **fields):
    """The mailer's last report, the mails that arrived, and who connected. No report tells a secret."""
    with SmtpServer(submission) as server, MailerHarness(order(port=server.port, **fields)) as mailer:
        session = mailer.run()
    assert TOKEN not in str(mailer.reports) and "PRIVATE KEY" not in str(mailer.reports)
    return session, submission.mails, server.peers


def refused_early(submission, **fields):
    """Nothing is said to a server."""
    session, mails, peers = deliver(submission, **fields)
    assert (session.outcome, mails, peers) == ("settings", [], [])
    return session


def test_token_needs_no_password(good, with_token):
    submission = Submission(good.server_context(), {"": ""}, mechanisms="XOAUTH2", answers={"AUTH": xoauth2(TOKEN)})
    session, mails, _ = deliver(submission, **with_token)
    assert (session.outcome, len(mails)) == ("none", 1)


def test_refused_token_is_held_until_it_changes(good, with_token, token_file):
    submission = Submission(good.server_context(), {"": ""}, mechanisms="XOAUTH2", answers={"AUTH": xoauth2("fresh")})
    session, _, _ = deliver(submission, **with_token)
    assert (session.outcome, session.code, session.hint) == ("login-refused", "535", "token")
    assert session.cause == "its reason: " + JSON
    again, _, peers = deliver(submission, held_digest=session.digest, **with_token)
    assert (again.outcome, peers) == ("still-held", [])
    token_file.write_text("fresh", "ascii")
    better, mails, _ = deliver(submission, held_digest=session.digest, **with_token)
    assert (better.outcome, len(mails)) == ("none", 1)


@pytest.mark.parametrize("content, words", [
    (None, "No such file or directory"),
    ("", "it is empty"),
    ("one\ntwo\n", "it is not one line of text"),
    ("with space", "it is not one line of text"),
    ("ümlaut", "it is not one line of text"),
    ("x" * 8193, "it is too long"),
], ids=["missing", "empty", "lines", "space", "letters", "long"])
def test_no_usable_token(content, words, good, with_token, token_file):
    token_file.unlink()
    if content is not None:
        token_file.write_text(content, "utf-8")
    session = refused_early(Submission(good.server_context()), **with_token)
    assert (session.step, session.hint, session.cause) == ("auth", "token-file", f"{token_file}: {words}")


@pytest.mark.skipif(os.geteuid() != 0, reason="the mailer's user is the test's own")
def test_token_is_not_read_as_root(good, with_token, token_file):
    if os.environ.get("IPHERALD_TESTS_NAMESPACES") == "user":
        pytest.skip("there is no other user here")
    token_file.chmod(0o600)
    session = refused_early(Submission(good.server_context()), **with_token)
    assert session.cause == f"{token_file}: Permission denied"


def test_certificate_needs_no_password(good, authority, with_certificate):
    """A server that asks for it sees it, and whom it is for."""
    context = good.server_context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.ca_file)
    seen = []

    def external(peer, line):
        seen.append((line, dict(part[0] for part in peer.sock.getpeercert()["subject"])["commonName"]))
        return "235 2.7.0 welcome"

    submission = Submission(context, {"": ""}, mechanisms="EXTERNAL PLAIN", answers={"AUTH": external})
    session, mails, _ = deliver(submission, **with_certificate)
    assert (session.outcome, len(mails)) == ("none", 1)
    assert seen == [("AUTH EXTERNAL =", ACCOUNT)]


@pytest.mark.parametrize("shown, words", [(None, "Certificate is required"), ("unknown", "CA is unknown")])
def test_server_wants_a_certificate(shown, words, good, authority, other_authority, with_certificate, tmp_path):
    """It says so when the handshake is over for us (RFC 8446, 4.4.2.4)."""
    context = good.server_context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.ca_file)
    fields = {**with_certificate, "certificate": None}
    if shown:
        unknown = other_authority.certificate(names=[], purpose="tls_www_client")
        (tmp_path / "ipherald.tls-key").write_bytes(unknown.key.read_bytes())
        fields["certificate"] = unknown.path
    submission = Submission(context, {"": ""}, mechanisms="EXTERNAL")
    with SmtpServer(submission, context=context) as server, \
            MailerHarness(order(port=server.port, security="tls", **fields)) as mailer:
        session = mailer.run()
    assert session.outcome == "not-reached" and words in session.cause, session


def test_refused_certificate_is_held_until_its_key_changes(good, authority, with_certificate, tmp_path):
    submission = Submission(good.server_context(), {"": ""}, mechanisms="EXTERNAL", answers={"AUTH": "535 5.7.8 no"})
    session, _, _ = deliver(submission, **with_certificate)
    assert (session.outcome, session.hint) == ("login-refused", "login-external")
    again, _, peers = deliver(submission, held_digest=session.digest, **with_certificate)
    assert (again.outcome, peers) == ("still-held", [])
    other = authority.certificate(names=[], purpose="tls_www_client")
    (tmp_path / "ipherald.tls-key").write_bytes(other.key.read_bytes())
    tried, _, peers = deliver(submission, held_digest=session.digest, **{**with_certificate, "certificate": other.path})
    assert (tried.outcome, len(peers)) == ("login-refused", 1)


def test_key_missing(good, with_certificate, tmp_path):
    key = tmp_path / "ipherald.tls-key"
    key.unlink()
    session = refused_early(Submission(good.server_context()), **with_certificate)
    assert session.hint == "client-certificate"
    assert session.cause == f"credential {key}: No such file or directory"


def test_key_is_no_text(good, with_certificate, tmp_path):
    """DER, perhaps."""
    key = tmp_path / "ipherald.tls-key"
    key.write_bytes(b"\x30\x77\x02\x01\x01\0")
    session = refused_early(Submission(good.server_context()), **with_certificate)
    assert (session.hint, session.cause) == ("client-certificate", f"credential {key}: it is no text")


@pytest.mark.parametrize("what", ["garbage", "another"])
def test_key_does_not_fit(what, good, authority, with_certificate, own, tmp_path):
    other = authority.certificate().key.read_bytes()
    (tmp_path / "ipherald.tls-key").write_bytes(b"garbage" if what == "garbage" else other)
    session = refused_early(Submission(good.server_context()), **with_certificate)
    assert (session.step, session.hint) == ("tls", "client-certificate")
    assert session.cause.startswith(f"certificate {own.path} with its key: ")
    assert "BEGIN" not in session.cause


def test_certificate_missing(good, with_certificate):
    session = refused_early(Submission(good.server_context()), **{**with_certificate, "certificate": "/nonexistent"})
    assert (session.step, session.hint) == ("tls", "client-certificate")


def test_certificate_unfit(good, with_certificate, unfit):
    path, words = unfit
    session = refused_early(Submission(good.server_context()), **{**with_certificate, "certificate": path})
    assert (session.hint, session.cause) == ("client-certificate", f"certificate {path} with its key: {words}")
