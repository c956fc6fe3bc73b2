# SPDX-License-Identifier: GPL-2.0-or-later
"""What an owner does later: other settings, another password."""

from home import OTHER_READER
from unit import READER
from lab import A, B, PASSWORD


def test_reload_takes_new_settings(running):
    pid = running.property("MainPID")
    running.write_settings(to=[READER, OTHER_READER])
    running.reload()
    running.wait_mail()
    running.wait_told(2, 2)
    assert A in running.mails(OTHER_READER)[0]["Subject"]
    assert len(running.mails()) == 1
    assert running.property("MainPID") == pid


def test_bad_reload_keeps_the_old_settings(running):
    running.box.write(running.settings_file, "mail = { port = 70000; };\n")
    running.reload()
    error = running.box.journal.wait_event("config-error")
    assert error["PRIORITY"] == "3"
    assert error["MESSAGE"].startswith("Settings not usable:") and f"{running.settings_file}:1:" in error["MESSAGE"]
    running.lab.set_address(B)
    running.wait_mail()
    assert len(running.mails()) == 2
    assert running.property("ActiveState") == "active"


def test_wrong_password_and_a_new_one(home):
    home.write_password("not that one")
    home.lab.set_address(A)
    home.enable()
    failed = home.box.journal.wait_event("auth-failed", deadline=40)
    assert failed["PRIORITY"] == "3" and failed["IPHERALD_CODE"] == "535" and failed["IPHERALD_STEP"] == "auth"
    assert failed["IPHERALD_HINT"] == "password"
    assert "after a change restart the service" in failed["MESSAGE"]
    assert not home.mails()

    home.restart()
    held = home.box.journal.wait_event("mail-deferred")
    assert held["IPHERALD_STEP"] == "auth"  # the same password is not tried again

    home.write_password(PASSWORD)
    home.restart()
    home.wait_mail()
    assert len(home.mails()) == 1
