# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows 26 to 34 of tests/catalogue.txt: servers that can't prove who they are, and what stands where TLS is due. No
login is tried at any of them."""

import ssl

import pytest

from mailer_harness import USERS, MailerHarness, order, refused
from smtp_server import SmtpServer, Submission
from standing_clock import StandingClock

BOTH = pytest.mark.parametrize("security", ["starttls", "tls"])

# What the certificate is like, what is said of it, and the hint.
CERTIFICATES = {
    "29-self-signed": ({"self_signed": True}, "the certificate is self-signed", "unknown"),
    "31-wrong-name": ({"names": ["other.example.com", "third.example.com"]},
                      "the certificate is for other.example.com, third.example.com, not for mail.example.com", "name"),
    "31-partial-wildcard": ({"names": ["ma*.example.com"]},
                            "the certificate is for ma*.example.com, not for mail.example.com", "name"),
    "32-expired": ({"not_before": "2019-01-01 00:00:00", "not_after": "2020-02-03 04:05:06"},
                   "the certificate expired on 2020-02-03", "expired"),
    "32-not-yet-valid": ({"not_before": "2048-02-03 04:05:06"},
                         "the certificate is valid only from 2048-02-03", "too-new"),
    "34-must-staple": ({"must_staple": True},
                       "the certificate demands an OCSP answer, and the server sent none", "unfit"),
    "00-purpose": ({"purpose": "tls_www_client"}, "the certificate is not meant for a server", "unfit"),
}


def refused_at_the_handshake(server, outcome="insecure", **options):
    session = refused(server, **options)
    assert (session.outcome, session.step) == (outcome, "tls")
    assert not [c for peer in server.peers for c in peer.commands if "AUTH" in c.upper()]
    return session


def tls_server(context, security):
    return SmtpServer(Submission(context, USERS), context=context if security == "tls" else None)


@BOTH
@pytest.mark.parametrize("case", CERTIFICATES)
def test_certificate(case, security, authority, login):
    options, words, hint = CERTIFICATES[case]
    outcome = "out-of-date" if case.startswith("32-") else "insecure"
    with tls_server(authority.certificate(**options).server_context(), security) as server:
        session = refused_at_the_handshake(server, outcome, security=security, **login)
    assert words in session.cause
    assert session.hint == f"certificate-{hint}"


@BOTH
def test_30_unknown_authority(security, good, login, other_authority):
    with tls_server(good.server_context(), security) as server:
        session = refused_at_the_handshake(server, security=security, **{**login, "ca_file": other_authority.ca_file})
    assert "issuer is not trusted here: CN=Test Authority" in session.cause
    assert session.hint == "certificate-unknown"


def test_31_no_such_address(authority):
    with tls_server(authority.certificate().server_context(), "starttls") as server:
        session = refused_at_the_handshake(server, ca_file=authority.ca_file)
    assert "the certificate is for mail.example.com, not for 127.0.0.1" in session.cause


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@BOTH
def test_33_tls_1_1_at_most(security, good, login):
    old = ssl.TLSVersion.TLSv1_1
    with tls_server(good.server_context(minimum=old, maximum=old), security) as server:
        session = refused_at_the_handshake(server, security=security, **login)
    assert "the server speaks no TLS 1.2 or newer" in session.cause
    assert session.hint == "tls-old"


def until_tls_is_due(peer):
    peer.reply("220 mail.example.com")
    peer.command()
    peer.reply("250-mail.example.com", "250 STARTTLS")
    peer.command()
    peer.reply("220 go ahead")


def test_26_clear_text_in_a_later_segment(login):
    """The server waits with it until the ClientHello is there."""
    def inject(peer):
        until_tls_is_due(peer)
        peer.some_octets()
        peer.reply("250 injected")
        peer.wait_closed()

    with SmtpServer(inject) as server:
        session = refused_at_the_handshake(server, **login)
    assert "plain text: 250 injected" in session.cause


def test_27_plain_text_on_a_port_for_tls(good, login):
    with tls_server(good.server_context(), "starttls") as server:
        session = refused_at_the_handshake(server, security="tls", **login)
    assert "plain text: 220 mail.example.com ESMTP" in session.cause
    assert session.hint == "starttls-port"


@BOTH
@pytest.mark.parametrize("how", ["close", "reset"])
def test_28_cut_in_the_handshake(how, security, login):
    def cut(peer):
        if security == "starttls":
            until_tls_is_due(peer)
        peer.some_octets()
        getattr(peer, how)()

    with SmtpServer(cut) as server:
        session = refused(server, security=security, **login)
    assert (session.outcome, session.step) == ("not-reached", "tls")


@BOTH
def test_28_silent_in_the_handshake(security, login):
    def be_silent(peer):
        if security == "starttls":
            until_tls_is_due(peer)
        peer.wait_closed()

    with SmtpServer(be_silent) as server, StandingClock() as clock:
        packet = order(port=server.port, security=security, **login)
        with MailerHarness(packet, command=clock.command) as mailer:
            clock.started()
            mailer.receive_until("step", "tls")
            assert clock.advance(59.999)
            assert not clock.advance(0.001)
            session = mailer.run()
    assert (session.outcome, session.step) == ("not-reached", "tls")
    assert "no answer within 60 s" in session.cause
