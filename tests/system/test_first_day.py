# SPDX-License-Identifier: GPL-2.0-or-later
"""From the installed program to the first mail."""

import json
import re

from lab import A, ACCOUNT, B, INTERFACE
from unit import READER

A6 = "2001:db8:1::10"


def test_nothing_set(machine):
    machine.lab.set_address(A)
    machine.enable()
    assert machine.property("ActiveState") == "active"
    machine.box.journal.wait(MESSAGE="Mail is off in /etc/ipherald/ipherald.conf ")
    changed = machine.box.journal.wait_event("address-changed")
    assert changed["IPHERALD_NEW"] == A
    assert "mail is off in the settings" in machine.property("StatusText")


def test_active_without_network(home):
    home.lab.unplug()
    home.write_settings(quiet=3, limit=60)  # both families lie within it on a busy machine too
    home.enable()
    assert home.property("ActiveState") == "active"
    assert home.property("NRestarts") == "0"
    home.lab.plug()
    home.lab.client.ip_batch(f"address add {A}/24 dev {INTERFACE}", f"route add default dev {INTERFACE}",
                             f"address add {A6}/64 dev {INTERFACE} nodad", f"route add ::/0 dev {INTERFACE}")
    home.wait_mail()
    mail, = home.mails()
    assert {A, A6} <= set(mail.get_content().split())
    home.wait_told()
    assert f"IPv4 {A} on wan0, IPv6 {A6} on wan0" in home.property("StatusText")


def test_first_mail(home):
    home.lab.set_address(A)
    home.enable()
    completed = home.wait_mail()
    mail, = home.mails()
    assert A in mail["Subject"] and mail["To"] == READER and mail["From"] == ACCOUNT
    assert mail["Auto-Submitted"] == "auto-generated"
    assert f"sasl_username={ACCOUNT}" in home.mail.log() and "saved mail to INBOX" in home.mail.log()

    changed, = home.box.journal.messages(IPHERALD_EVENT="address-changed$")
    started, = home.box.journal.messages(IPHERALD_EVENT="mail-started$")
    assert changed["IPHERALD_NEW"] == A and changed["IPHERALD_INTERFACE"] == "wan0" and changed["PRIORITY"] == "5"
    assert {m["_SYSTEMD_UNIT"] for m in (changed, started, completed)} == {"ipherald.service"}
    assert all(re.fullmatch("[0-9a-f]{32}", m["MESSAGE_ID"]) for m in (changed, started, completed))
    assert completed["MESSAGE"].startswith("Mail sending completed:")
    assert completed["IPHERALD_DESTINATION"] == READER
    assert completed["IPHERALD_STEP"] == "dot" and completed["IPHERALD_CODE"] == "250"
    assert completed["IPHERALD_SERVER"] == "mail.example.com:587"
    assert f"<{completed['IPHERALD_MAIL_ID']}>" == mail["Message-ID"]
    assert "queued as" in completed["IPHERALD_SERVER_TEXT"]

    home.wait_told()
    assert re.search(f'Status: "IPv4 {A} on wan0, IPv6 none; 1 of 1 destinations told"',
                     home.systemctl("status", "ipherald"))
    status_is_for_everybody(home)


def status_is_for_everybody(home):
    """A user who owns nothing reads it while the service runs, and is told how to start it where it does not."""
    def status(*options):
        said = home.box.run("runuser", "-u", "games", "--", "sh", "-c", '"$@"; echo "exit $?"', "sh",
                            "ipherald", "status", *options)
        return said.rsplit("\n", 2)[:2]

    said, result = status()
    assert result == "exit 0" and f"\n  IPv4  {A} on wan0 (documentation), since 20" in said
    assert f"\n  {READER}  told {A}, no IPv6, 20" in said
    said, result = status("--json")
    read = json.loads(said)
    assert result == "exit 0" and read["pid"] == int(home.property("MainPID"))
    assert read["destinations"][0]["told"] == {"ipv4": A, "ipv6": None}

    home.systemctl("stop", "ipherald")
    assert status() == ["ipherald status: the service is not running: sudo systemctl start ipherald", "exit 1"]
    said, result = status("--json")
    assert (json.loads(said), result) == ({"version": 1, "running": False}, "exit 1")


def test_one_mail_by_hand(home):
    """As root, before anything is started."""
    home.lab.set_address(A)
    said = home.box.run("ipherald", "test")
    assert "The server has accepted the mail for 1 of 1 destinations" in said
    assert "not confined" not in said
    home.mail.wait_delivered()
    mail, = home.mails()
    assert mail["Subject"].endswith(f"Test: IP address: {A}")
    assert not home.box.path(home.state).exists()


def test_address_change(running):
    running.lab.set_address(B)
    changed = running.box.journal.wait_event("address-changed")
    assert changed["IPHERALD_OLD"] == A and changed["IPHERALD_NEW"] == B
    running.wait_mail()
    _, second = running.mails()
    assert second["Subject"].endswith(f"{B} (was {A})")
