# SPDX-License-Identifier: GPL-2.0-or-later
"""A wrong password: said, held, and never tried a second time by itself."""

import base64

import pytest

from lab import A, B, PASSWORD, SILENCE

WRONG = "a wrong password"
PRIVATE = "10.1.2.3"
REFUSED = "^Mail authentication failed:"


@pytest.fixture
def server(lab):
    return lab.mail_server(users={"gateway": PASSWORD})


@pytest.fixture
def refused(lab, server):
    """An account without @, and a password that the server does not take."""
    lab.set_address(A)
    service = lab.service(account="gateway", password=WRONG).start()
    service.wait_line(REFUSED)
    server.wait_sessions(1)
    return service


def test_refusal_is_told(server, refused):
    line, = refused.matching(REFUSED)
    assert "535 5.7.8 Error: authentication failed" in line
    assert "many providers want the whole mail address as the account name" in line
    assert "next try" in line
    assert not server.bodies


def test_nothing_in_clear(server, refused):
    commands = server.commands()
    assert [c.split(" ")[0] for c in commands[:3]] == ["EHLO", "STARTTLS", "EHLO"]
    assert len([c for c in commands if c.startswith("AUTH")]) == 1
    secrets = [WRONG, base64.b64encode(f"\0gateway\0{WRONG}".encode()).decode().rstrip("=")]
    for secret in secrets:
        assert secret not in refused.text()
        assert secret not in refused.ledger.read_text("utf-8")
    assert secrets[1] in commands[3]  # the test would see it


def test_47_no_second_try(lab, server, refused):
    lab.set_address(PRIVATE)
    refused.wait_line("^Address changed:")
    assert server.stays_idle(SILENCE)
    assert refused.stop() == 0
    refused.start()
    assert "step auth" in refused.wait_line("^Mail sending deferred:")
    assert server.stays_idle(SILENCE)
    assert len(server.sessions) == 1


def test_once_from_a_new_public_address(lab, server, refused):
    lab.set_address(B)
    refused.wait_line(REFUSED)
    server.wait_sessions(2)
    refused.stop()
    refused.start()
    assert "step auth" in refused.wait_line("^Mail sending deferred:")
    assert server.stays_idle(SILENCE)
    assert len(server.sessions) == 2


def test_new_password_counts_at_the_next_start(server, refused):
    refused.stop()
    refused.write_password(PASSWORD)
    refused.start()
    assert server.wait_mails(1).has_line(A)


def test_reload_tries_again(server, refused):
    refused.write_password(PASSWORD)
    refused.reload()
    assert server.wait_mails(1).has_line(A)
