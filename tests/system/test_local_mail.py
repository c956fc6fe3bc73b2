# SPDX-License-Identifier: GPL-2.0-or-later
"""A mail server on the machine itself, which takes what its own programs send without a login."""

from lab import A
from manual import literal


def test_mail_server_on_the_machine(mail_root, machine):
    machine.real_mail(machine.lab.client)
    machine.box.write(machine.settings_file, literal("ipherald.conf.5", "With a mail server on this machine"))
    machine.lab.set_address(A)
    machine.enable()
    completed = machine.wait_mail()
    assert completed["IPHERALD_SERVER"] == "localhost:25"
    mail, = machine.mails()
    assert A in mail["Subject"]
    log = machine.mail.log()
    assert "client=localhost[127.0.0.1]" in log or "client=unknown[127.0.0.1]" in log
    assert "sasl_username" not in log and "TLS connection" not in log
