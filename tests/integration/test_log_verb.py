# SPDX-License-Identifier: GPL-2.0-or-later
"""`ipherald log` over a journal file that systemd-journal-remote made: whom it believes, and what it prints."""

import json
import os
import pathlib
import re
import subprocess

import pytest

BUILD = pathlib.Path(os.environ.get("IPHERALD_BUILD", pathlib.Path(__file__).parents[2] / "build"))
PROGRAM = BUILD.resolve() / "ipherald"
SOURCE = pathlib.Path(__file__).parents[2] / "src/journal/events.c"
IDS = dict(re.findall(r'\{"([a-z-]+)",\s+"[^"]+",\s+LOG_\w+,\s+"([0-9a-f]{32})"\}', SOURCE.read_text()))
REMOTE = next((path for path in ("/lib/systemd/systemd-journal-remote", "/usr/lib/systemd/systemd-journal-remote")
               if pathlib.Path(path).exists()), "systemd-journal-remote")
BEGIN = 1764000000  # 2025-11-24 16:00:00 UTC
BOOT = "5ad1ffbe4e3f4ee7b5a4a2a5a4a7bb10"
OURS = ("_SYSTEMD_UNIT=ipherald.service", "_EXE=/usr/bin/ipherald")
CHANGED = ("address-changed", "Address changed: IPv4 203.0.113.9 on ppp0 (was 203.0.113.7)", "IPHERALD_NEW=203.0.113.9",
           "IPHERALD_NEW=2001:db8::9", "IPHERALD_OLD=203.0.113.7", "IPHERALD_INTERFACE=ppp0")
REFUSED = ("auth-failed", "Mail authentication failed: to me@example.com", "IPHERALD_DESTINATION=me@example.com",
           "IPHERALD_NEW=203.0.113.9", "IPHERALD_STEP=auth", "IPHERALD_SERVER=mail.example.com:587", "IPHERALD_CODE=535",
           "IPHERALD_ENHANCED_CODE=5.7.8", "IPHERALD_SERVER_TEXT=no", "IPHERALD_HINT=password", "IPHERALD_ATTEMPT=2",
           "IPHERALD_NEXT_TRY=2025-11-24T17:00:02+00:00")
DONE = ("mail-completed", "Mail sending completed: 203.0.113.9", "IPHERALD_DESTINATION=you@example.com",
        "IPHERALD_DESTINATION=me@example.com", "IPHERALD_NEW=203.0.113.9", "IPHERALD_CODE=250", "IPHERALD_ENHANCED_CODE=2.0.0",
        "IPHERALD_SERVER_TEXT=Ok: queued as 4ABC")


def field(name, value):
    """With its length, where the text form would end at the line feed."""
    data = value.encode()
    return name.encode() + b"\n" + len(data).to_bytes(8, "little") + data + b"\n"


def exported(number, entry, by=OURS):
    event, message, *fields = entry
    out = f"__REALTIME_TIMESTAMP={(BEGIN + number) * 1000000}\n__MONOTONIC_TIMESTAMP={number + 1}\n_BOOT_ID={BOOT}\n".encode()
    for line in (f"MESSAGE={message}", f"MESSAGE_ID={IDS[event]}", f"IPHERALD_EVENT={event}", *fields, *by):
        out += field(*line.split("=", 1))
    return out + b"\n"


@pytest.fixture
def journal(tmp_path):
    def write(*entries):
        """A folder with one journal file: an entry is an event, or one and by whom."""
        export = b"".join(exported(i, *(entry if isinstance(entry[0], tuple) else (entry,)))
                          for i, entry in enumerate(entries))
        folder = tmp_path / "journal"
        folder.mkdir()
        done = subprocess.run([REMOTE, f"--output={folder}/system.journal", "-"], input=export, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        return folder

    return write


def log(folder, *words, language="C", **env):
    return subprocess.run([PROGRAM, "log", "--directory", folder, *words], capture_output=True, text=True, timeout=30,
                          check=False, env={**os.environ, "TZ": "UTC", "LC_ALL": language, **env})


def objects(*args):
    done = log(*args, "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_table(journal):
    done = log(journal(CHANGED, REFUSED, DONE))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == """\
Time                 Event                       Address          To               What was said
2025-11-24 16:00:00  Address changed             203.0.113.9                       on ppp0, was 203.0.113.7
                                                 2001:db8::9
2025-11-24 16:00:01  Mail authentication failed  203.0.113.9      me@example.com   step auth (mail.example.com:587): \
535 5.7.8 no; Hint: is the password right? It is the credential ipherald.smtp-password; after a change restart the \
service; next try 2025-11-24 17:00:02
2025-11-24 16:00:02  Mail sending completed      203.0.113.9      me@example.com   250 2.0.0 Ok: queued as 4ABC
                                                                  you@example.com
"""


def test_json_is_one_object_a_line(journal):
    changed, refused, done = objects(journal(CHANGED, REFUSED, DONE))
    assert changed["new"] == ["203.0.113.9", "2001:db8::9"] and changed["old"] == ["203.0.113.7"]
    assert changed["time"] == "2025-11-24T16:00:00+00:00" and changed["destinations"] == [] and changed["code"] is None
    assert (refused["event"], refused["code"], refused["attempt"], refused["hint"]) == ("auth-failed", 535, 2, "password")
    assert refused["hint_text"].startswith("is the password right?")
    assert done["destinations"] == ["me@example.com", "you@example.com"] and done["server_text"] == "Ok: queued as 4ABC"


@pytest.mark.parametrize("by", [
    ("_SYSTEMD_UNIT=user@1000.service", "_EXE=/usr/bin/ipherald"),
    ("_SYSTEMD_UNIT=session-1.scope", "SYSTEMD_UNIT=ipherald.service"),
    ("_SYSTEMD_UNIT=ipherald.service", "_EXE=/usr/libexec/ipherald-mailer"),
    ("_SYSTEMD_UNIT=ipherald.service", "_EXE=/usr/libexec/ipherald-mailer (deleted)"),
    ("_EXE=/usr/bin/ipherald",),
])
def test_nobody_else_is_believed(journal, by):
    folder = journal(CHANGED, (DONE, by), REFUSED)
    assert [entry["event"] for entry in objects(folder)] == ["address-changed", "auth-failed"]


def test_an_instance_has_its_own(journal):
    folder = journal(CHANGED, (DONE, ("_SYSTEMD_UNIT=ipherald@ppp1.service", "_EXE=/usr/bin/ipherald")))
    assert [entry["event"] for entry in objects(folder, "--instance", "ppp1")] == ["mail-completed"]
    assert [entry["event"] for entry in objects(folder)] == ["address-changed"]


def test_a_terminal_obeys_nobody(journal):
    evil = (*DONE[:2], "IPHERALD_SERVER_TEXT=Ok\x1b]0;x\x07\n2025 forged\u009b31m\u202e", "IPHERALD_DESTINATION=a\x1b[2J@b")
    folder = journal(evil)
    text = log(folder, language="C.UTF-8").stdout
    assert "Ok?]0;x? 2025 forged?31m?" in text and "a?[2J@b" in text
    assert len(text.splitlines()) == 2 and text.replace("\n", "").isprintable()
    (entry,) = objects(folder)
    assert entry["server_text"] == "Ok?]0;x? 2025 forged?31m?"


def test_the_last_ones_and_those_since(journal):
    folder = journal(CHANGED, REFUSED, DONE, REFUSED)
    assert [entry["event"] for entry in objects(folder, "-n", "2")] == ["mail-completed", "auth-failed"]
    assert len(objects(folder, "--since", "2025-11-24T16:00:01+00:00")) == 3
    assert len(objects(folder, "--since", "2025-11-24 16:00:02")) == 2
    assert len(objects(folder, "--since", "2025-11-24 16:00:02", "-n", "1")) == 1
    assert len(objects(folder, "-n", "9")) == 4
    assert objects(folder, "-n", "0") == []
    done = log(folder, "--since", "2h")
    assert (done.returncode, done.stdout) == (0, "") and "the journal has no event of it" in done.stderr


@pytest.mark.parametrize("words", [("--since", "2025-02-30"), ("--since", "soon"), ("-n", "-1"), ("-n", "x"),
                                   ("--instance", "a/b"), ("--since", "5 h")])
def test_what_is_no_value_is_wrong_use(journal, words):
    done = log(journal(CHANGED), *words)
    assert (done.returncode, done.stdout) == (2, "") and words[0] in done.stderr


def test_following_shows_what_comes(journal, tmp_path):
    folder = journal(CHANGED)
    with subprocess.Popen([PROGRAM, "log", "--directory", folder, "-f", "--json"], stdout=subprocess.PIPE, text=True) as follow:
        try:
            assert json.loads(follow.stdout.readline())["event"] == "address-changed"
            subprocess.run([REMOTE, f"--output={folder}/more.journal", "-"], input=exported(1, DONE), check=True)
            assert json.loads(follow.stdout.readline())["event"] == "mail-completed"
        finally:
            follow.kill()


def test_a_folder_that_is_missing(tmp_path):
    done = log(tmp_path / "none")
    assert done.returncode == 1 and "No such file" in done.stderr


OWN_JOURNAL = """
set -e
exec 3<"$folder/system.journal"
mount -t tmpfs none /run
mkdir -p "/run/log/journal/$id" /run/empty
cat <&3 >"/run/log/journal/$id/system.journal"
chgrp -R "$group" /run/log
chmod 2750 "/run/log/journal/$id"; chmod 0640 "/run/log/journal/$id/system.journal"
mount --bind /run/empty /var/log
exec setpriv --reuid=65534 --regid=65534 --groups="$groups" "$program" log --json
"""


def test_who_may_read_the_journal(journal):
    """On a machine of its own, as far as files go: one user in the group of the journal, and one who is not."""
    folder, machine = journal(CHANGED), pathlib.Path("/etc/machine-id")
    if not machine.exists():
        pytest.skip("no machine id here")

    def run(groups):
        env = {**os.environ, "LC_ALL": "C", "id": machine.read_text().strip(), "folder": folder, "group": "4",
               "groups": groups, "program": PROGRAM}
        return subprocess.run(["unshare", "--mount", "sh", "-c", OWN_JOURNAL], capture_output=True, text=True, timeout=30,
                              check=False, env=env)

    member, stranger = run("4"), run("5")
    assert (member.returncode, member.stderr) == (0, "")
    assert json.loads(member.stdout)["event"] == "address-changed"
    assert (stranger.returncode, stranger.stdout) == (1, "")
    assert stranger.stderr == ("ipherald log: only root and the groups systemd-journal and adm may read the journal: "
                               "sudo ipherald log\n")
