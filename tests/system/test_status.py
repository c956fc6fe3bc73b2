# SPDX-License-Identifier: GPL-2.0-or-later
"""What `systemctl status` says in the service's own words, in each state that its owner meets."""

import re

from lab import A, B
from mail_server import Hold

TIME = r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d"


def shown(home):
    """What a person reads: the line of the command that the manual names."""
    status = home.box.run("systemctl", "status", "--no-pager", home.name)
    return re.search('^ +Status: "(.*)"$', status, re.M)[1]


def test_before_anything_is_settled(home):
    home.lab.unplug()
    home.write_settings(quiet=60, limit=60)
    home.enable()
    assert shown(home) == "Waiting for the addresses to settle"
    home.lab.plug()
    home.lab.set_address(A)
    home.write_settings()
    home.reload()
    home.wait_mail()
    home.wait_told()
    assert shown(home) == f"IPv4 {A} on wan0, IPv6 none; 1 of 1 destinations told"


def test_without_a_line(home):
    home.lab.unplug()
    home.enable()
    home.wait_status("IPv4 none")
    assert shown(home) == "IPv4 none, IPv6 none; nothing to tell"


def test_what_the_server_says(machine):
    """From the first session to a refused login."""
    hold = Hold()
    server = machine.lab.mail_server(answers={"DATA": hold})
    machine.write_settings()
    machine.write_password()
    machine.lab.set_address(A)
    machine.enable()
    hold.wait_reached()
    assert shown(machine) == f"IPv4 {A} on wan0, IPv6 none; sending"
    hold.release()
    machine.wait_told()

    server.answers["RCPT"] = "450 4.2.1 later"
    machine.lab.set_address(B)
    machine.box.journal.wait_event("mail-deferred")
    machine.wait_status("next try")
    assert re.fullmatch(f"IPv4 {B} on wan0, IPv6 none; 0 of 1 destinations told, next try {TIME}", shown(machine))

    server.answers["AUTH"] = "535 5.7.8 no"
    machine.reload()
    machine.box.journal.wait_event("auth-failed")
    machine.wait_status("login refused")
    assert re.fullmatch(f"IPv4 {B} on wan0, IPv6 none; 0 of 1 destinations told, login refused, next try {TIME}",
                        shown(machine))


def test_settings_with_a_fault(machine):
    machine.box.write(machine.settings_file, "mail = { port = 70000; };\n")
    machine.lab.set_address(A)
    machine.enable()
    machine.wait_status(f"IPv4 {A}")
    assert shown(machine) == f"IPv4 {A} on wan0, IPv6 none; settings not usable, mail is off until a reload"
    machine.box.write(machine.settings_file, "mail = { enabled = false; };\n")
    machine.reload()
    machine.wait_status("mail is off in the settings")
    assert shown(machine) == f"IPv4 {A} on wan0, IPv6 none; mail is off in the settings"
