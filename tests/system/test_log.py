# SPDX-License-Identifier: GPL-2.0-or-later
"""What the journal says and `journalctl -x` adds to it, and what a command prints, in the languages of a reader."""

import os
import re
import signal

import pytest

from lab import A, B, C, INTERFACE, PASSWORD
from mail_server import Hold
from service import TOP

CATALOGS = {"C.UTF-8": "ipherald.catalog", "ja_JP.UTF-8": "ipherald.ja.catalog"}
PREFIX = "░░ "
STORM = 4000  # events, twice what an unprivileged socket can be made to hold


def entries(name):
    """The catalog's texts by MESSAGE_ID, as lines."""
    text = (TOP / "conf" / name).read_text("utf-8")
    parts = re.split(r"^-- ([0-9a-f]{32})\n", text, flags=re.M)[1:]
    return {identity: body.strip("\n").split("\n") for identity, body in zip(parts[::2], parts[1::2])}


def bad_start(home):
    """A ledger that is none, and settings with a fault."""
    home.box.run("install", "-d", "-m", "0700", "/var/lib/private", home.state)
    home.box.write(f"{home.state}/ledger", "not a ledger\n", mode=0o600)
    home.box.write(home.settings_file, "mail = { port = 70000; };\n")
    home.write_password()
    home.lab.set_address(A)
    home.enable()
    yield "ledger-damaged"
    yield "config-error"
    yield "address-changed"


def refusals(home, server):
    """The server takes one mail, then finds a new reason each time against another."""
    home.write_settings()
    home.reload()
    yield "mail-started"
    yield "mail-completed"
    server.answers["RCPT"] = "450 4.2.1 later"
    home.lab.set_address(B)
    yield "mail-deferred"
    server.answers["RCPT"] = "550 5.1.1 nobody"
    home.reload()
    yield "mail-failed"
    server.answers["AUTH"] = f"535 5.7.8 {PASSWORD} is not the one"
    home.reload()
    yield "auth-failed"
    server.answers.clear()


def change_in_the_middle(home, server):
    server.answers["DATA"] = hold = Hold()
    home.reload()
    hold.wait_reached()
    # The session's own address stays: without it nothing would come through.
    home.lab.client.ip_batch(f"address add {C}/24 dev {INTERFACE}", f"route replace default dev {INTERFACE} src {C}")
    yield "address-changed"
    hold.release()
    yield "mail-superseded"
    yield "mail-completed"


def troubles_of_the_machine(home):
    home.box.run("chmod", "0500", home.state)
    home.lab.set_address(A)
    yield "ledger-unwritable"
    yield "mail-completed"
    home.box.run("chmod", "0700", home.state)
    service = home.main_pid()
    os.kill(service, signal.SIGSTOP)
    home.lab.client.ip_batch(*(f"address {verb} 127.0.1.1/32 dev lo" for _ in range(STORM // 2)
                               for verb in ("add", "delete")))
    os.kill(service, signal.SIGCONT)
    yield "events-lost"
    home.lab.client.ip_batch(f"address flush dev {INTERFACE} scope global")
    yield "address-gone"


def explained(home, language, message):
    """What stands below the line, each field that the catalog names filled in."""
    said = home.box.run("env", f"LANG={language}", "journalctl", "--catalog", "--no-pager",
                        f"--cursor={message['__CURSOR']}", "--lines=1")
    line, *rest = said.rstrip("\n").split("\n")
    assert message["MESSAGE"] in line
    return [text.removeprefix(PREFIX).removeprefix(PREFIX.strip()) for text in rest]


def translated(words):
    """The Japanese of words that the program says."""
    po = (TOP / "po" / "ja.po").read_text("utf-8")
    return re.search(f'^msgid "{re.escape(words)}"\nmsgstr "(.+)"$', po, re.M)[1]


def in_the_table(home, language, message):
    """Whether `ipherald log`, which reads the journal as it is, has a row with this event's name and time."""
    name = message["MESSAGE"].split(":")[0]
    name = name if language == "C.UTF-8" else translated(name)
    return re.search(rf"^[-0-9]+ [0-9:]+  {re.escape(name)}(  |$)", table(home, language), re.M)


def table(home, language):
    return home.box.run("env", f"LANG={language}", "ipherald", "log", "-n", "1000")


@pytest.fixture
def reader(machine):
    """A machine with a Japanese locale, as its administrator makes one."""
    machine.box.run("localedef", "--inputfile=ja_JP", "--charmap=UTF-8", "ja_JP.UTF-8")
    return machine


def test_every_event_is_explained(reader):
    server = reader.lab.mail_server()
    last = {}
    for scene in (bad_start(reader), refusals(reader, server), change_in_the_middle(reader, server),
                  troubles_of_the_machine(reader)):
        for name in scene:
            last[name] = reader.box.journal.wait_event(name, deadline=30)
    assert {message["MESSAGE_ID"] for message in last.values()} == set(entries("ipherald.catalog"))

    for language, catalog in CATALOGS.items():
        texts = entries(catalog)
        for name, message in last.items():
            expected = [re.sub("@([A-Z_]+)@", lambda field: message[field[1]], line)
                        for line in texts[message["MESSAGE_ID"]]]
            assert explained(reader, language, message) == expected, name
            assert in_the_table(reader, language, message), name

    # A server that quotes the password has not brought it into any field.
    assert PASSWORD not in reader.box.run("journalctl", "--no-pager", "--output=export")


def test_the_program_speaks_as_its_reader(reader):
    """Installed, a command finds the translations; what is in the journal is English for all."""
    words = "The login works; no mail was sent"
    reader.lab.mail_server()
    reader.write_settings()
    reader.write_password()
    reader.lab.set_address(A)
    for language, expected in (("C.UTF-8", words), ("ja_JP.UTF-8", translated(words))):
        assert expected in reader.box.run("env", f"LANG={language}", "ipherald", "test", "--no-send")
