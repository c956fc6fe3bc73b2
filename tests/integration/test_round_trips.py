# SPDX-License-Identifier: GPL-2.0-or-later
"""How often the real mailer waits for the server: as seldom as the protocols allow, for any number of recipients."""

import pytest

from delay_proxy import DelayProxy
from mailer_harness import USERS, MailerHarness, notice, order
from smtp_server import SmtpServer, Submission

FLIGHTS = 3  # EHLO; AUTH, MAIL, RCPT, DATA; the body, its dot, QUIT
APPLICATION_DATA = 23  # RFC 8446, 5.1: the content type that all records have which are encrypted


def tls_records(octets):
    """The content types of the records that OCTETS are, one after the other."""
    types = []
    while octets:
        types.append(octets[0])
        octets = octets[5 + int.from_bytes(octets[3:5], "big"):]
    return types


@pytest.fixture
def context(good):
    """A server that sends no ticket: one would come behind the end of the handshake, and where the machine is busy
    it could come before the mailer has said what it says there, and count as what that answers."""
    made = good.server_context()
    made.num_tickets = 0
    return made


@pytest.mark.parametrize("recipients", [1, 100])
@pytest.mark.parametrize("security, round_trips", [("tls", 6), ("starttls", 8)])
def test_fewest_round_trips(context, login, security, round_trips, recipients):
    submission = Submission(context, USERS)
    packet = notice([f"reader{i}@example.com" for i in range(recipients)])
    with SmtpServer(submission, context=context if security == "tls" else None) as server, \
            DelayProxy(("127.0.0.1", server.port)) as proxy, \
            MailerHarness(order(packet, port=proxy.port, security=security, **login)) as mailer:
        assert mailer.run().outcome == "none"
        crossing, = proxy.crossings
        assert crossing.ended.wait(30)
    assert [len(m[1]) for m in submission.mails] == [recipients]
    assert crossing.round_trips == round_trips
    encrypted = crossing.sent.split(b"STARTTLS\r\n")[-1]
    assert tls_records(encrypted).count(APPLICATION_DATA) == 1 + FLIGHTS  # TLS's Finished, and a record a flight
