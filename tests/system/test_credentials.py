# SPDX-License-Identifier: GPL-2.0-or-later
"""The password in the ways that the manual gives, by its very commands. Whether it came through is the server's to say:
a mail goes out with the right one alone."""

import shutil

import pytest

from lab import A, B, PASSWORD
from manual import literal
from unit import READER

PAGE = "ipherald.service.8"


@pytest.fixture
def without_password(mail_root, machine):
    machine.real_mail()
    machine.write_settings()
    machine.lab.set_address(A)
    return machine


def test_plain(without_password):
    home = without_password
    home.box.run("sh", "-euxc", literal(PAGE, "a file of one line that only root can read"), typed=PASSWORD + "\n")
    assert home.box.path(home.password_file).stat().st_mode & 0o777 == 0o600
    home.enable()
    home.wait_mail()
    files_that_root_alone_reads(home)


def files_that_root_alone_reads(home):
    """A template and an attachment, through the unit's own sandbox. The drop-in is for each release; from 254 on what
    it leaves out is found all the same."""
    page = "ipherald.conf.5"
    sample = "/usr/share/doc/ipherald/examples/wg-home.conf"
    home.box.run("install", "-m", "0600", sample, "/etc/credstore/ipherald.wg-home.conf")
    home.box.write("/etc/credstore/ipherald.words", "From now on it is %{ipv4}.\n", mode=0o600)
    by_hand = literal(page, "With 252 and 253, and for an instance with each")
    if home.box.systemd_version() < 254:
        by_hand += "LoadCredential=ipherald.words:/etc/credstore/ipherald.words\n"
    home.edit(by_hand)
    home.write_settings(to=[{"to": READER, "template": "ipherald.words", "attach": "ipherald.wg-home.conf"}])
    home.restart()
    home.wait_told()
    home.lab.set_address(B)
    home.wait_mail()

    mail = home.mails()[-1]
    assert mail.get_body().get_content().splitlines() == [f"From now on it is {B}."]
    tunnel, = mail.iter_attachments()
    assert tunnel.get_filename() == "wg-home.conf"
    assert f"Endpoint = {B}:51820" in tunnel.get_content()


def test_missing_and_then_there(without_password):
    home = without_password
    home.enable()
    failed = home.box.journal.wait_event("mail-failed")
    assert failed["IPHERALD_HINT"] == "credential-missing"
    assert home.property("ActiveState") == "active"
    home.write_password()
    home.restart()
    home.wait_status("0 of 1 destinations told, next try")  # a minute after the last one
    home.reload()
    home.wait_mail()


def test_encrypted(without_password):
    home = without_password
    home.box.answer(literal(PAGE, "To encrypt it to this machine:"), PASSWORD)
    encrypted = home.box.path("/etc/credstore.encrypted/ipherald.smtp-password")
    assert PASSWORD.encode() not in encrypted.read_bytes()
    drop_in = home.box.systemd_version() < 254
    if drop_in:
        home.edit(literal(PAGE, "An encrypted one needs a drop-in"))
        shutil.copytree(home.box.path(home.drop_in).parent,
                        home.box.path("/etc/systemd/system/ipherald-test.service.d"))
        home.systemctl("daemon-reload")
    home.enable()
    home.wait_mail()
    home.systemctl("start", "ipherald-test")
    said = home.box.run("sh", "-euc", literal("ipherald.1", "With an encrypted password").removeprefix("# "))
    assert "The login works; no mail was sent" in said

    # The same start with the plain file alone is refused where there is a drop-in.
    encrypted.unlink()
    home.write_password()
    home.systemctl("stop", home.name)
    home.lab.set_address(B)
    if drop_in:
        assert "failed" in home.box.run("systemctl", "start", home.name, check=False)
    else:
        home.systemctl("start", home.name)
        home.wait_mail()


def test_encrypted_of_an_instance(without_password):
    """Its file's name is the instance's, and what it is encrypted under is not."""
    home = without_password
    one = home.instance("ppp1")
    home.box.run("mv", home.settings_file, one.settings_file)
    home.box.answer(literal(PAGE, "To encrypt it to this machine:"), PASSWORD)
    store = "/etc/credstore.encrypted"
    home.box.run("mv", f"{store}/ipherald.smtp-password", f"{store}/{one.name}.smtp-password")
    if home.box.systemd_version() < 257:
        one.edit(literal(PAGE, "Before systemd 257 an instance needs a drop-in"))
    one.enable()
    home.wait_mail()
