#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The journal's catalog has each event in each language, and systemd's own tool takes it.

usage: catalog.py TABLES ROOT
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata

import tables

CATALOGS = {"en": "ipherald.catalog", "ja": "ipherald.ja.catalog"}
COLUMNS = 80
# What happened, what it means, what to do.
PARAGRAPHS = 3
# Each of these stands once in every event of that kind; of one that is not there the reader would see the bare name.
ALWAYS = {
    "IPHERALD_INTERFACE": {"address-changed", "address-gone"},
    "IPHERALD_OLD": {"address-gone"},
    "IPHERALD_SERVER": {"mail-started", "mail-completed", "auth-failed"},
    "IPHERALD_MAIL_ID": {"mail-completed"},
}
# A locale of that name, whatever its content, is all that the choice of the language takes.
LOCALE = pathlib.Path("/usr/lib/locale/C.utf8")


def entries(text):
    """(message id, header, body) of each entry."""
    for entry in re.split(r"^-- ", text, flags=re.MULTILINE)[1:]:
        head, _, body = entry.partition("\n\n")
        message_id, *lines = head.splitlines()
        yield message_id, dict(line.split(": ", 1) for line in lines), body.strip()


def width(line):
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


def check_entry(language, event, header, body, fields):
    expected = {"Defined-By": "ipherald", "Documentation": "man:ipherald.service(8)"}
    if {name: value for name, value in header.items() if name != "Subject"} != expected or not header.get("Subject"):
        yield f"its head is {header}"
    if len(re.split(r"\n\n(?! )", body)) < PARAGRAPHS:
        yield f"it has fewer than {PARAGRAPHS} paragraphs"
    for line in body.splitlines():
        if width(line) > COLUMNS:
            yield f"wider than {COLUMNS} columns: {line}"
    for name in re.findall(r"@(\w*)@", body):
        if name not in fields or event not in ALWAYS.get(name, ()):
            yield f"@{name}@ may be absent from the event"
    if language == "ja" and not re.search("[ぁ-ん]", body):
        yield "it is not in Japanese"


def check_catalog(language, text, known):
    by_id = {event.message_id: name for name, event in known.events.items()}
    found = [message_id for message_id, _, _ in entries(text)]
    for message_id, name in by_id.items():
        if found.count(message_id) != 1:
            yield f"{name} stands there {found.count(message_id)} times"
    for message_id, header, body in entries(text):
        name = by_id.get(message_id)
        if not name:
            yield f"{message_id} is no event"
            continue
        yield from (f"{name}: {fault}" for fault in check_entry(language, name, header, body, known.fields))


def journalctl(*args, **environment):
    command = ["journalctl", "--no-pager", *args]
    run = subprocess.run(command, check=False, capture_output=True, text=True, env={**os.environ, **environment})
    return run.stdout, run.stderr, run.returncode


def check_listed(root, language, text, folder):
    if language == "en":
        environment = {"LC_ALL": "C.UTF-8"}
    elif LOCALE.is_dir():
        name = f"{language}_XX.UTF-8"
        (folder / name).symlink_to(LOCALE)
        environment = {"LC_ALL": name, "LOCPATH": str(folder)}
    else:
        print(f"{language} is not listed: no {LOCALE}")
        return
    stdout, stderr, code = journalctl("--list-catalog", f"--root={root}", **environment)
    expected = sorted(f"{message_id} ipherald: {header.get('Subject')}" for message_id, header, _ in entries(text))
    if code != 0 or stderr or sorted(stdout.splitlines()) != expected:
        yield f"{language}: journalctl --list-catalog: {code}\n{stderr}{stdout}"


def check_with_systemd(texts):
    """Where it is here."""
    if not shutil.which("journalctl"):
        print("not checked by journalctl: not installed")
        return
    with tempfile.TemporaryDirectory() as temporary:
        root = pathlib.Path(temporary, "root")
        locales = pathlib.Path(temporary, "locales")
        source = root / "usr/lib/systemd/catalog"
        for folder in (source, root / "var/lib/systemd/catalog", locales):
            folder.mkdir(parents=True)
        for language, text in texts.items():
            (source / CATALOGS[language]).write_text(text)
        _, stderr, code = journalctl("--update-catalog", f"--root={root}")
        if code != 0 or stderr:
            yield f"journalctl --update-catalog: {code}\n{stderr}"
            return
        for language, text in texts.items():
            yield from check_listed(root, language, text, locales)


def main(program, root):
    root = pathlib.Path(root)
    known = tables.Tables(program, root)
    texts = {language: (root / "conf" / name).read_text() for language, name in CATALOGS.items()}
    faults = [
        f"{CATALOGS[language]}: {fault}"
        for language, text in texts.items()
        for fault in check_catalog(language, text, known)
    ]
    faults += check_with_systemd(texts)
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
