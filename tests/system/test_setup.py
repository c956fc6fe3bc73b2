# SPDX-License-Identifier: GPL-2.0-or-later
"""From the package to the mail in the mailbox, by `ipherald setup` at a terminal and nothing else."""

import time

import pexpect

from lab import A, ACCOUNT, B, PASSWORD, SERVER
from process import PATIENCE
from unit import READER

TRUSTED = "/etc/ssl/certs/ca-certificates.crt"
DIALOGUE = [("Mail server", SERVER), ("Port", ""), ("Encryption", ""), ("Sender", ACCOUNT), ("Login (", ""),
            ("Account name", ""), ("Password", PASSWORD), ("Destination's mail address", READER), ("MAC address", ""),
            ("Language", ""), ("Another destination", ""), ("Send a test mail", ""), ("Write this", "")]


def test_setup(mail_root, machine):
    machine.real_mail()
    machine.box.write(TRUSTED, machine.lab.authority.ca_file.read_text("ascii"))
    machine.lab.set_address(A)
    argv = machine.box.command("ipherald", "setup")
    begin = time.monotonic()
    child = pexpect.spawn(argv[0], argv[1:], encoding="utf-8", timeout=PATIENCE, dimensions=(50, 120))
    screen = ""
    for question, answer in DIALOGUE:
        child.expect_exact(question)
        screen += child.before + child.after
        child.expect_exact(":")
        screen += child.before + child.after
        if question == "Password":
            assert child.waitnoecho(PATIENCE)
        child.sendline(answer)
    child.expect_exact("The service is started again")
    screen += child.before + child.after
    child.expect(pexpect.EOF)
    screen += child.before
    child.close()
    print(screen.replace("\r", ""))
    assert child.exitstatus == 0 and PASSWORD not in screen
    machine.wait_mail()
    told = time.monotonic()
    assert machine.box.run("systemctl", "is-enabled", "ipherald").strip() == "enabled"
    assert machine.box.path(machine.password_file).stat().st_mode & 0o777 == 0o600
    mails = [mail["Subject"] for mail in machine.mails()]
    assert len(mails) == 2 and "Test: " in mails[0] and mails[1].endswith(f"IP address: {A}"), mails
    print(f"{len(DIALOGUE)} questions, {sum(len(answer) + 1 for _, answer in DIALOGUE)} keys, "
          f"{told - begin:.1f} s of the machine's")

    said = machine.box.run("ipherald", "setup", "--non-interactive", "--encrypt", "--password-file=-", "--no-test",
                           typed=PASSWORD + "\n")
    assert "The service is started again" in said and PASSWORD not in said, said
    assert not machine.box.path(machine.password_file).exists()
    encrypted = machine.box.path(f"/etc/credstore.encrypted/{machine.name}.smtp-password")
    assert encrypted.stat().st_mode & 0o777 == 0o600 and PASSWORD not in encrypted.read_text("ascii")
    machine.box.run("systemctl", "start", f"{machine.name}-test")
    machine.lab.set_address(B)
    machine.wait_mail()
    assert machine.mails()[-1]["Subject"].endswith(f"{B} (was {A})")
