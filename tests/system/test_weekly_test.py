# SPDX-License-Identifier: GPL-2.0-or-later
"""The login that is tried once a week: shipped disabled, and a failed unit where it broke."""

from lab import A

TEST = "ipherald-test.service"
TIMER = "ipherald-test.timer"


def shown(home, unit, name):
    return home.systemctl("show", f"--property={name}", "--value", unit).strip()


def test_login_that_works_and_breaks(home):
    home.lab.set_address(A)
    home.enable()
    home.wait_mail()
    ledger = home.box.path(f"{home.state}/ledger")
    before = ledger.read_bytes()

    home.systemctl("start", TEST)  # beside the service, which it does not disturb
    assert shown(home, TEST, "Result") == "success"
    home.box.journal.wait(_SYSTEMD_UNIT=f"{TEST}$", MESSAGE="The login works; no mail was sent")
    assert len(home.mails()) == 1

    home.write_password("no longer this one")
    assert "failed" in home.box.run("systemctl", "start", TEST, check=False)
    assert shown(home, TEST, "ActiveState") == "failed"
    home.box.journal.wait(_SYSTEMD_UNIT=f"{TEST}$", MESSAGE="Failed at the step auth: 535 5.7.8")
    home.box.journal.wait(_SYSTEMD_UNIT=f"{TEST}$", MESSAGE="Hint: is the password right")
    assert ledger.read_bytes() == before
    assert home.property("ActiveState") == "active"


def test_timer(machine):
    assert machine.box.run("systemctl", "is-enabled", TIMER, check=False).strip() == "disabled"
    assert shown(machine, TIMER, "ActiveState") == "inactive"
    machine.systemctl("enable", "--now", TIMER)
    assert shown(machine, TIMER, "ActiveState") == "active"
    assert shown(machine, TIMER, "NextElapseUSecRealtime")
    assert shown(machine, TIMER, "Unit") == TEST
