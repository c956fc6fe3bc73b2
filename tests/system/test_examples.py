# SPDX-License-Identifier: GPL-2.0-or-later
"""The examples of ipherald.conf(5) that are about the whole machine, one behind the other on one."""

from lab import A
from manual import literal

OUTSIDE = "44.128.0.7"


def mail_server_on_the_machine(machine):
    """Which takes what its own programs send without a login."""
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


def page_of_the_router(machine):
    """Which another service reads."""
    settings = machine.box.path(machine.settings_file).read_text("utf-8")
    machine.box.write(machine.settings_file,
                      settings + literal("ipherald.conf.5", "Behind a router that says its address"))
    machine.lab.set_address("192.168.1.5")
    machine.reload()
    machine.wait_mail()
    machine.box.write("/usr/local/bin/curl", f"#!/bin/sh\necho '<td>WAN IP: {OUTSIDE}</td>'\n", 0o755)
    machine.box.write("/usr/local/bin/outside", literal("ipherald.conf.5", "/usr/local/bin/outside :"), 0o755)
    machine.box.write("/etc/systemd/system/outside.service", literal("ipherald.conf.5", "outside.service :"))
    machine.box.run("systemctl", "daemon-reload")
    machine.box.run("systemctl", "enable", "--now", "outside.service")
    machine.wait_mail()
    assert [mail["X-Ipherald-IPv4"] for mail in machine.mails()] == [A, "192.168.1.5", OUTSIDE]


def test_they_work_as_they_stand_there(mail_root, machine):
    mail_server_on_the_machine(machine)
    page_of_the_router(machine)
