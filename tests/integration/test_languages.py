# SPDX-License-Identifier: GPL-2.0-or-later
"""What is sent or shown on request is in the language of its destination too."""

import email
import email.policy
import subprocess

from lab import A
from process import PATIENCE

JAPANESE = {"to": "me@example.com", "language": "ja", "mac": "02:00:5E:10:00:01"}


def run(argv):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_dry_run(lab):
    lab.set_address(A)
    printed = run(lab.service(to=[JAPANESE]).command("run", "--dry-run", "--once"))
    mail = email.message_from_bytes(printed, policy=email.policy.strict)
    assert mail["Subject"].endswith(f"] IPアドレス: {A}") and mail["X-Ipherald-IPv4"] == A
    assert "端末: 02:00:5e:10:00:01" in mail.get_content().splitlines()


def test_verb_test(lab, server):
    lab.set_address(A)
    run(lab.service(to=[JAPANESE, "you@example.com"]).command("test"))
    server.wait_mails(2)
    assert sorted(mail.subject.split("] ")[1] for mail in server.mails) == [f"Test: IP address: {A}",
                                                                            f"テスト: IPアドレス: {A}"]
