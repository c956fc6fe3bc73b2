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


def test_each_destination_has_its_own_mail(lab, server):
    """Two languages, a phone's label, one mailbox that is not there and one that is greylisted: one session, a
    transaction for each content, and who is refused holds nobody back."""
    english, label, japanese, greylisted = READERS[:4]
    server.answer({greylisted: "451 4.7.1 Greylisted, see you in a minute"})
    lab.set_address(A)
    service = lab.service(to=[english, {"to": label, "language": "ja", "mac": "02-00-5E-10-00-01"},
                              {"to": japanese, "language": "ja"}, greylisted, "nobody@example.com"]).start()
    for _ in range(3):
        server.wait_delivered()
    deferred = service.wait_line("^Mail sending deferred:")
    assert greylisted in deferred and "451 4.7.1" in deferred and "greylisting" in deferred, deferred
    failed = service.wait_line("^Mail sending failed:")
    assert "nobody@example.com" in failed and "550 5.1.1" in failed, failed
    completed = sorted(line.split(": the server")[0] for line in service.wait_matching("^Mail sending completed:", 3))
    assert completed == [f"Mail sending completed: {A} to {to}" for to in
                         (english, f"{label} (02:00:5e:10:00:01)", japanese)]
    session, = server.wait_sessions(1)
    assert "mail=3 rcpt=3/5 data=3" in session, session

    assert server.mails(english)[0]["Subject"].endswith(f"] IP address: {A}")
    for to in label, japanese:
        mail, = server.mails(to)
        assert mail["Subject"].endswith(f"] IPアドレス: {A}") and mail["X-Ipherald-IPv4"] == A
        assert A in mail.get_content().splitlines()
        assert ("端末: 02:00:5e:10:00:01" in mail.get_content().splitlines()) == (to == label)

    server.answer({})
    service.reload()
    server.wait_delivered()
    service.wait_line(f"^Mail sending completed: {A} to {greylisted}:")
    assert "mail=1 rcpt=1/2 data=1" in server.wait_sessions(2)[1]
    assert [len(server.mails(to)) for to in READERS[:4]] == [1] * 4


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
