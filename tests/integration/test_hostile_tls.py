# SPDX-License-Identifier: GPL-2.0-or-later
"""Servers whose TLS is not to be trusted get no login and no mail, and the log says why."""

import pytest

from lab import A, SERVER, SILENCE

FAILED = "^Mail sending failed:"


def self_signed(lab):
    return {"certificate": lab.authority.certificate([SERVER], self_signed=True)}


def expired(lab):
    return {"certificate": lab.authority.certificate([SERVER], not_after="2021-01-01 00:00:00")}


def other_name(lab):
    return {"certificate": lab.authority.certificate(["imap.example.com"])}


def no_starttls(lab):
    return {"context": None, "users": None}


def injected_reply(lab):
    return {"answers": {"STARTTLS": "220 2.0.0 go ahead\n250 STARTTLS is done"}}


@pytest.mark.parametrize("hostile, line", [
    (self_signed, f"{FAILED}.*self-signed"),
    (expired, f"{FAILED}.*expired on 2021-01-01"),
    (other_name, f"{FAILED}.*for imap.example.com, not for {SERVER}"),
    (no_starttls, f"{FAILED}.*offers no STARTTLS"),
    (injected_reply, "^Mail sending (failed|deferred):.*clear text follow the reply to STARTTLS"),
])
def test_refused(lab, hostile, line):
    server = lab.mail_server(**hostile(lab))
    lab.set_address(A)
    service = lab.service().start()
    assert "try" in service.wait_line(line) or "until" in service.text()
    server.wait_sessions(1)
    assert {command.split(" ")[0] for command in server.commands()} <= {"EHLO", "STARTTLS", "QUIT"}
    assert not server.bodies
    assert server.stays_idle(SILENCE)
    assert len(service.matching(r"^Mail \w+ (failed|deferred):")) == 1
