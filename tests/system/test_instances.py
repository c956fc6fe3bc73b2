# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine with several lines, each with a service of its own."""

import pytest

from home import OTHER_ACCOUNT, OTHER_PASSWORD, OTHER_READER
from lab import A, ACCOUNT, B, C, INTERFACE, PASSWORD
from manual import literal
from namespaces import join
from unit import READER

PAGE = "ipherald.service.8"
SECOND = "eth0.100"
D = "198.51.100.40"


def only(interface):
    return f'watch = {{ interfaces = ( "{interface}" ); }};\n'


def set_second(lab, address):
    lab.client.ip_batch(f"address flush dev {SECOND} scope global", f"address add {address}/24 dev {SECOND}")


@pytest.fixture
def two(mail_root, machine):
    """Two lines with an instance each, which have told A and C. The mail of both goes out by the first."""
    machine.real_mail()
    join(machine.lab.client, SECOND, machine.lab.server, "uplink-2")
    machine.lab.set_address(A)
    set_second(machine.lab, C)
    units = []
    for interface, account, password, reader in ((INTERFACE, ACCOUNT, PASSWORD, READER),
                                                 (SECOND, OTHER_ACCOUNT, OTHER_PASSWORD, OTHER_READER)):
        unit = machine.instance(interface)
        unit.write_settings(to=[reader], account=account, more=only(interface))
        unit.write_password(password)
        unit.enable()
        machine.wait_mail()
        unit.wait_told()
        units.append(unit)
    return machine, *units


def subjects(home):
    return [[mail["Subject"].split(": ")[-1] for mail in home.mails(reader)] for reader in (READER, OTHER_READER)]


def test_each_has_its_own_login_tried(two):
    home, *units = two
    for unit, account in zip(units, (ACCOUNT, OTHER_ACCOUNT)):
        test = unit.name.replace("@", "-test@") + ".service"
        home.box.run("systemctl", "start", test)
        unit_pattern = f"{test.replace('.', '[.]')}$"
        home.box.journal.wait(_SYSTEMD_UNIT=unit_pattern, MESSAGE=f"Testing .* as {account}$")
        home.box.journal.wait(_SYSTEMD_UNIT=unit_pattern, MESSAGE="The login works")
    by_hand = literal(PAGE, "A test by hand takes the password of the one service").replace("ppp1", SECOND)
    assert "The server has accepted the mail for 1 of 1" in home.box.run("sh", "-euxc", by_hand)


def test_each_mails_its_own_address(two):
    home, first, second = two
    assert subjects(home) == [[A], [C]]
    assert [line for line in home.mail.matching("sasl_username=") if f"sasl_username={OTHER_ACCOUNT}" in line]

    set_second(home.lab, D)
    home.wait_mail()
    home.lab.set_address(B)
    home.wait_mail()
    assert subjects(home) == [[A, f"{B} (was {A})"], [C, f"{D} (was {C})"]]
    for unit, own, foreign in ((first, {A, B}, {C, D}), (second, {C, D}, {A, B})):
        messages = home.box.journal.messages(_SYSTEMD_UNIT=f"{unit.name}.service$", IPHERALD_EVENT="address-changed")
        assert {message["IPHERALD_NEW"] for message in messages} == own
        log = home.box.run("journalctl", "--unit", unit.name, "--no-pager")
        assert all(address in log for address in own) and not any(address in log for address in foreign)


def test_one_is_stopped(two):
    home, first, second = two
    first.systemctl("stop", first.name)
    assert second.property("ActiveState") == "active"
    home.lab.set_address(B)
    set_second(home.lab, D)
    home.wait_mail()
    second.wait_told()
    assert subjects(home) == [[A], [C, f"{D} (was {C})"]]
    first.systemctl("start", first.name)
    home.wait_mail()
    assert subjects(home)[0] == [A, f"{B} (was {A})"]


def test_neither_reads_the_others_files(two):
    """They share a user; each has only its own part of the machine's files. Nor is it given what belongs to an instance
    whose name only begins like its own."""
    home, first, second = two
    home.box.run("cp", "-p", second.password_file, f"/etc/credstore/{first.name}.100.smtp-password")
    first.restart()
    assert home.box.run("ls", f"/run/credentials/{first.name}.service").split() == ["ipherald.smtp-password"]
    inside = ["nsenter", f"--target={first.property('MainPID')}", "--mount", "--",
              "setpriv", f"--reuid={first.property('UID')}", "--clear-groups", "cat"]
    assert READER in home.box.run(*inside, f"{first.state}/ledger")
    for path in (f"{second.state}/ledger", second.password_file, first.password_file,
                 f"/run/credentials/{second.name}.service/ipherald.smtp-password"):
        said = home.box.run(*inside, path, check=False)
        assert "Permission denied" in said or "No such file" in said, said


def test_move_from_the_one_service(running):
    """As the manual has it: nothing that was told is told again."""
    one = running.instance(INTERFACE)
    *steps, start = literal(PAGE, "To move from the one service").replace("ppp1", INTERFACE).splitlines(keepends=True)
    running.box.run("sh", "-euxc", "".join(steps))
    with open(running.box.path(one.settings_file), "a", encoding="utf-8") as settings:
        settings.write(only(INTERFACE))
    running.box.run("sh", "-euxc", start)
    one.wait_told()
    running.lab.set_address(B)
    running.wait_mail()
    assert [mail["Subject"].endswith(f"{B} (was {A})") for mail in running.mails()] == [False, True]
    assert not running.box.path(running.state).exists()
