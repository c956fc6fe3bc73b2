# SPDX-License-Identifier: GPL-2.0-or-later
"""The main job against a real mail server: an address changes, and the mail lies in a real mailbox."""

import os
import subprocess

import pytest

import postfix
from lab import A, ACCOUNT, B, PASSWORD, SERVER
from process import PATIENCE

READERS = [f"reader{i}@example.com" for i in range(10)]


@pytest.fixture
def server(lab):
    if os.environ["IPHERALD_TESTS_NAMESPACES"] != "root":
        pytest.skip("a real Postfix runs under several users, which takes root")
    if not postfix.is_made():
        pytest.skip("build/root-mail is not made (tests/integration/postfix_root.sh)")
    made = postfix.Postfix(lab.server, lab.certificate, {ACCOUNT: PASSWORD}, ["me@example.com", *READERS],
                           lab.folder / "postfix")
    yield made
    made.close()
    print(made.log())


@pytest.mark.parametrize("security, port", [("starttls", 587), ("tls", 465)])
def test_change_comes_to_the_mailbox(lab, server, security, port):
    lab.set_address(A)
    service = lab.service(security=security, port=port).start()
    server.wait_delivered()
    lab.set_address(B)
    server.wait_delivered()
    assert service.wait_line(f"^Mail sending completed: {B}").count("250 2.0.0 Ok: queued as")
    first, second = server.mails("me@example.com")
    assert A in first["Subject"] and "was" not in first["Subject"]
    assert second["Subject"].endswith(f"{B} (was {A})")
    assert B in second.get_content().splitlines()
    assert server.matching(f"sasl_username={ACCOUNT}")
    assert server.matching("TLSv1.3")


def test_ten_mailboxes(lab, server):
    lab.set_address(A)
    lab.service(to=READERS).start()
    for _ in READERS:
        server.wait_delivered()
    ids = {mail["Message-ID"] for to in READERS for mail in server.mails(to)}
    assert [len(server.mails(to)) for to in READERS] == [1] * 10
    assert len(ids) == 1
    assert len(server.matching("disconnect from")) == 1


def test_wrong_password(lab, server):
    lab.set_address(A)
    service = lab.service(password="wrong").start()
    assert "535 5.7.8" in service.wait_line("^Mail authentication failed:", deadline=30)
    assert not server.mails("me@example.com")


def run_test(lab, *options, **settings):
    """The exit code and the output of `ipherald test`."""
    done = subprocess.run(lab.service(**settings).command("test", *options), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=PATIENCE, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize("security, port", [("starttls", 587), ("tls", 465)])
def test_verb_test(lab, server, security, port):
    lab.set_address(A)
    account = {"security": security, "port": port}
    code, said = run_test(lab, **account)
    assert code == 0 and "250 2.0.0 Ok: queued as" in said and f"certificate for {SERVER}" in said, said
    server.wait_delivered()
    mail, = server.mails("me@example.com")
    assert mail["Subject"].endswith(f"Test: IP address: {A}")

    code, said = run_test(lab, "--no-send", **account)
    assert code == 0 and said.endswith("\nThe login works; no mail was sent\n"), said
    code, said = run_test(lab, "--no-send", password="wrong", **account)
    assert code == 1 and "Failed at the step auth: 535 5.7.8" in said, said
    assert not server.matching("NOQUEUE")
    assert len(server.mails("me@example.com")) == 1
