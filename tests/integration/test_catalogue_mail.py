# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows 67 to 69 of tests/catalogue.txt: what a mail and an envelope are made of."""

import os
import subprocess

import pytest

from mailer_harness import ACCOUNT, MailerHarness, notice, order
from service import PROGRAM
from smtp_server import SmtpServer, Submission

LONG = ".".join(["a" * 60] * 3) + ".example.com"
SETTINGS = 'mail = {{ enabled = true; {mail} }};\ndestinations = ( {{ to = "{to}"; }} );\n'
GOOD = {"server": "mail.example.com", "from": ACCOUNT}


def printed(notices):
    """The mail of this order as `run --dry-run` shows it."""
    read, write = os.pipe()
    with MailerHarness(order(notices, show=True, server=None), stdout=write) as mailer:
        os.close(write)
        mailer.run()
    with os.fdopen(read, "rb") as output:
        return output.read()


@pytest.mark.parametrize("n", [1, 100])
def test_67_the_same_octets_arrive(n):
    """With 100 readers the mail is longer than what is written at once. Lines that begin with a dot, which no mail has
    yet, are test-smtp-data.c's."""
    notices = notice([f"{i}@{LONG}" for i in range(n)])
    submission = Submission()
    with SmtpServer(submission) as server, MailerHarness(order(notices, port=server.port, security="none")) as mailer:
        assert mailer.run().outcome == "none"
    (_, _, mail), = submission.mails
    assert mail.replace(b"\r\n", b"\n") + b"\n" == printed(notices)
    assert mail.count(b"\r\n") == mail.count(b"\r") == mail.count(b"\n")
    assert len(mail) > 16384 or n == 1


def check(tmp_path, to="me@example.com", **mail):
    path = tmp_path / "ipherald.conf"
    lines = " ".join(f'{key} = "{value}";' for key, value in {**GOOD, **mail}.items())
    path.write_text(SETTINGS.format(mail=lines, to=to), "utf-8")
    return subprocess.run([PROGRAM, "check", f"--config={path}"], capture_output=True, text=True, check=False)


def test_what_is_checked_here_is_good_otherwise(tmp_path):
    assert check(tmp_path).returncode == 0


@pytest.mark.parametrize("key", ["to", "from", "server", "helo"])
@pytest.mark.parametrize("end", [r"\r\n", r"\n", r"\r"])
def test_68_a_line_break_in_a_value(key, end, tmp_path):
    good = {"to": "me@example.com", "from": ACCOUNT}.get(key, "mail.example.com")
    result = check(tmp_path, **{key: f"{good}{end}Bcc: you@example.com"})
    assert result.returncode == 1
    assert "holds a control character" in result.stdout and len(result.stdout.splitlines()) == 1


@pytest.mark.parametrize("address", [r"a@b>\r\nRCPT TO:<x", "a@b> ORCPT=x", "a@b>", "<a@b>", "a@b,c@d", "a b@example.com"])
def test_69_more_than_an_address(address, tmp_path):
    result = check(tmp_path, to=address)
    assert result.returncode == 1
    assert len(result.stdout.splitlines()) == 1


@pytest.mark.parametrize("options", [
    pytest.param({"host": "h\r\nBcc: you@example.com"}, id="68-subject"),
    pytest.param({"helo": "h\r\nMAIL FROM:<x>"}, id="68-helo"),
    pytest.param({"notices": notice(["a@b>\r\nRCPT TO:<x"])}, id="69-recipient"),
    pytest.param({"notices": notice(["a@b> ORCPT=x"])}, id="69-parameter"),
    pytest.param({"notices": notice(header_to=["me@example.com\r\nBcc: x"])}, id="68-header-to"),
])
def test_the_mailer_takes_no_such_order(options):
    """It has no settings of its own, and takes whoever gives the order for a stranger."""
    with SmtpServer(Submission()) as server:
        with MailerHarness(order(port=server.port, security="none", **options)) as mailer:
            assert mailer.receive() is None
            assert mailer.wait() == 1
    assert not server.peers
