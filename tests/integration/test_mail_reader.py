# SPDX-License-Identifier: GPL-2.0-or-later
"""The mails of tests/mails in a mail program on a terminal: neomutt, under tmux."""

import os
import re
import shutil
import subprocess

import pytest

from process import until
from service import TOP

MAILS = TOP / "tests" / "mails"
SETTINGS = """\
set help=no
set header_cache=""
ignore *
unignore subject x-ipherald
hdr_order subject x-ipherald
"""


class Terminal:
    """80 columns wide, and as long as any mail."""

    def __init__(self, folder, *argv):
        self._socket = folder / "tmux"
        self._environment = {**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8", "TERM": "screen"}
        self._tmux("new-session", "-d", "-x", "80", "-y", "80", *map(str, argv))

    def _tmux(self, *argv):
        return subprocess.run(["tmux", "-f", "/dev/null", "-S", self._socket, *argv], env=self._environment, check=True,
                              capture_output=True, text=True, encoding="utf-8").stdout

    def lines(self):
        return [line.rstrip() for line in self._tmux("capture-pane", "-p").splitlines()]

    def close(self):
        self._tmux("kill-server")


# How tests/mails/shown.py heads an attachment, and how the mail program heads a part.
ATTACHMENT = re.compile(r"^\[(\S+), \S+/.*\]\n", re.MULTILINE)
PART = re.compile(r"^\[-- .* --\]\n", re.MULTILINE)


@pytest.fixture
def reader(tmp_path):
    if not shutil.which("neomutt") or not shutil.which("tmux"):
        pytest.skip("neomutt and tmux are not installed")
    terminals = []

    def show(mail):
        for name in ("cur", "new", "tmp"):
            (tmp_path / "Mail" / name).mkdir(parents=True)
        shutil.copy(mail, tmp_path / "Mail" / "new")
        (tmp_path / "settings").write_text(SETTINGS, "ascii")
        terminals.append(Terminal(tmp_path, "neomutt", "-n", "-F", tmp_path / "settings", "-f", tmp_path / "Mail",
                                  "-e", "push <display-message>"))
        return terminals[-1]

    yield show
    for terminal in terminals:
        terminal.close()


@pytest.mark.parametrize("mail", sorted(MAILS.glob("*.eml")), ids=lambda path: path.stem)
def test_a_mail_program_shows_it(reader, mail):
    """Each line of the text is one of the screen, and long fields alone are folded."""
    fields, body = mail.with_suffix(".txt").read_text("utf-8").rstrip("\n").split("\n\n", 1)
    terminal = reader(mail)
    last = body.splitlines()[-1]
    until(lambda: last in terminal.lines(), f"{last} on the screen")
    screen = "\n".join(terminal.lines())
    head, _, rest = screen.partition("\n\n")
    assert head.replace("\n        ", " ").strip() == fields
    text, *attachments = ATTACHMENT.split(body)
    if attachments:
        rest = PART.sub("", rest, count=2).lstrip("\n")
    assert rest.startswith(text.rstrip("\n") + "\n")
    for name, shown in zip(attachments[::2], attachments[1::2]):
        head, _, rest = rest.partition(f": {name} --]\n")
        assert head.endswith("[-- Attachment #2") and shown in rest
