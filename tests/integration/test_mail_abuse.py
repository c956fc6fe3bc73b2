# SPDX-License-Identifier: GPL-2.0-or-later
"""What an administrator's words, a file's octets or a machine's names could make of a mail, tried one by one: either
`check` refuses it and says where, or the mail on the wire has no header, recipient, part or line beside its own."""

import re
import subprocess
import sys

import pytest

from lab import A, INTERFACE
from process import PATIENCE
from service import PROGRAM

SETTINGS = """\
mail = {{
  enabled = true;
  server = "mail.example.com";
  from = "gateway@example.com";
  {mail}
}};
destinations = (
  {{ {destination} }}
);
"""
ME = 'to = "me@example.com"; '

# What is refused, by the settings' line: 5 is the account's, 8 the destination's.
IN_SETTINGS = {
    "from-line": (5, 'from = "me@example.com\\r\\nBcc: you@example.com";'),
    "from-name": (5, 'from = "Bcc: you <me@example.com>";'),
    "from-two": (5, 'from = "me@example.com, you@example.com";'),
    "helo-line": (5, 'helo = "a.example\\r\\nRCPT TO:<you@example.com>";'),
    "helo-words": (5, 'helo = "a.example SIZE=1";'),
    "account-line": (5, 'auth = { account = "me\\r\\nRSET"; };'),
    "to-line": (8, 'to = "me@example.com\\r\\nBcc: you@example.com";'),
    "to-lf": (8, 'to = "me@example.com\\nBcc: you@example.com";'),
    "to-cr": (8, 'to = "me@example.com\\rBcc: you@example.com";'),
    "to-fold": (8, 'to = "me@example.com\\r\\n you@example.com";'),
    "to-next-line": (8, 'to = "me\\xc2\\x85Bcc: you@example.com";'),
    "to-brackets": (8, 'to = "me@example.com>\\r\\nDATA";'),
    "to-parameter": (8, 'to = "me@example.com> NOTIFY=NEVER";'),
    "to-two": (8, 'to = "me@example.com, you@example.com";'),
    "to-route": (8, 'to = "@relay.example.com:me@example.com";'),
    "to-comment": (8, 'to = "me(you@example.com)@example.com";'),
    "to-encoded-word": (8, 'to = "=?utf-8?q?me=0d=0aBcc:you?=@example.com ";'),
    "to-none": (8, 'to = "";'),
    "mac-line": (8, ME + 'mac = "02:00:5e:10:00:01\\r\\nBcc: you@example.com";'),
    "mac-words": (8, ME + 'mac = "the phone";'),
    "mac-five": (8, ME + 'mac = "02:00:5e:10:00";'),
    "language-line": (8, ME + 'language = "en\\r\\nBcc: you@example.com";'),
    "language-path": (8, ME + 'language = "../ja";'),
    "remind": (8, ME + "remind = 367;"),
    "template-line": (8, ME + 'template = "/a\\r\\nBcc: you@example.com";'),
    "template-relative": (8, ME + 'template = "../../etc/shadow";'),
    "template-credential": (8, ME + 'template = "ipherald.../shadow";'),
    "template-password": (8, ME + 'template = "ipherald.smtp-password";'),
    "attach-line": (8, ME + 'attach = "/a\\r\\nBcc: you@example.com";'),
    "attach-password": (8, ME + 'attach = "ipherald.smtp-password";'),
    "attach-key": (8, ME + 'attach = "ipherald.tls-key";'),
    "attach-five": (8, ME + 'attach = ( "/a", "/b", "/c", "/d", "/e" );'),
    "subject": (8, ME + 'subject = "x\\r\\nBcc: you@example.com";'),
    "header": (8, ME + 'headers = "Bcc: you@example.com";'),
}

# Texts that are refused, by the line of the file.
IN_TEXTS = {
    "unknown": (2, b"Now:\n%{ipv5}\n"),
    "empty": (1, b"%{}\n"),
    "space": (1, b"%{ ipv4 }\n"),
    "upper": (1, b"%{IPv4}\n"),
    "nested": (1, b"%{%{ipv4}}\n"),
    "format": (1, b"%{ipv4:999999s}\n"),
    "index": (1, b"%{ipv4[0]}\n"),
    "shell": (1, b"%{$(id)}\n"),
    "path": (1, b"%{../../etc/shadow}\n"),
    "header": (1, b"%{to}\n"),
    "password": (1, b"%{password}\n"),
    "open": (3, b"\n\n%{ipv4\n"),
    "over-lines": (1, b"%{ip\nv4}\n"),
    "over-cr": (1, b"%{ip\rv4}\n"),
    "open-at-the-end": (2, b"\n%{"),
    "long-name": (1, b"%{" + b"a" * 10000 + b"}\n"),
}
# The same, where it is the mail's own text; a file that is no text is attached as it is.
NO_TEXTS = {
    "nul": (2, b"a\n\0b\n"),
    "latin-1": (2, b"a\nna\xefve\n"),
    "overlong-lf": (1, b"a\xc0\x8aBcc: you@example.com\n"),
    "surrogate": (1, b"\xed\xa0\x80\n"),
}


def check(tmp_path, text):
    path = tmp_path / "ipherald.conf"
    path.write_text(text, "utf-8")
    return subprocess.run([PROGRAM, "check", "--config", path, "--credentials-dir", tmp_path], capture_output=True,
                          timeout=PATIENCE, check=False)


def assert_refused(done, where):
    """In one line, which is harmless to a terminal."""
    said = done.stdout.decode("utf-8")
    print(said, end="")
    assert (done.returncode, done.stderr) == (1, b"")
    assert re.fullmatch(re.escape(where) + r": [^\x00-\x1f\x7f-\x9f]+\n", said) and len(said) < 400


@pytest.mark.parametrize("name", IN_SETTINGS)
def test_settings_are_refused(tmp_path, name):
    line, words = IN_SETTINGS[name]
    text = SETTINGS.format(mail=words if line == 5 else "", destination=ME if line == 5 else words)
    if "from = " in words:
        text = text.replace('  from = "gateway@example.com";\n', "\n")
    assert_refused(check(tmp_path, text), f"{tmp_path}/ipherald.conf:{line}")


def texts():
    """Each with the key that it stands for, and its file's octets."""
    for name, (line, octets) in {**IN_TEXTS, **NO_TEXTS}.items():
        for key in ("template", "attach")[:1 if name in NO_TEXTS else 2]:
            yield pytest.param(key, line, octets, id=f"{key}-{name}")


@pytest.mark.parametrize("key, line, octets", texts())
def test_texts_are_refused(tmp_path, key, line, octets):
    (tmp_path / "text").write_bytes(octets)
    done = check(tmp_path, SETTINGS.format(mail="", destination=f'{ME}{key} = "{tmp_path}/text";'))
    assert_refused(done, f"{tmp_path}/text:{line}")


# What may stand in a text, and what becomes of it; the mail's own fields and parts stay as they are.
HARMLESS = {
    b"Bcc: you@example.com": "Bcc: you@example.com",
    b"Subject: of the body": "Subject: of the body",
    b"": "",
    b"one\rBcc: you@example.com": "one\nBcc: you@example.com",
    b"one\r\rtwo": "one\n\ntwo",
    b".": ".",
    b"..": "..",
    b".\r\nMAIL FROM:<you@example.com>\r\n.": ".\nMAIL FROM:<you@example.com>\n.",
    b"From me": "From me",
    b"--=_0000000000000000": "--=_0000000000000000",
    b"Content-Type: text/html": "Content-Type: text/html",
    b"=?utf-8?q?=0d=0aBcc:you?=": "=?utf-8?q?=0d=0aBcc:you?=",
    b"=0D=0A": "=0D=0A",
    b"%%{ipv4}": "%{ipv4}",
    b"%%%{ipv5}": "%%{ipv5}",
    b"%s%n%x": "%s%n%x",
    b"$(id) `id` ${PATH}": "$(id) `id` ${PATH}",
    b"\xe2\x80\xa8\xc2\x85": "\u2028\x85",
    b"x" * 998: "x" * 998,
    b"y" * 999: "y" * 999,
    b"z" * 8000: "z" * 8000,
}
FIELDS = ["From", "To", "Subject", "Date", "Message-ID", "X-Ipherald-IPv4", "MIME-Version", "Auto-Submitted",
          "Content-Type", "Content-Transfer-Encoding"]
NAMES = 'host "%{host}"\ninterface "%{interface}"\nnews %{ipv4_old} %{mac}\n'
# Names that a machine may really have: the kernel refuses little but blanks and '/'.
HOST = b'a\r\nBcc: b@example.com\r\n\r\n"<&>%{ipv4}'
WIRE = "w\"<&>'$;{\\"


def assert_is_itself(mail, recipients):
    """Nothing has come into the mail: fields, parts and lines on the wire."""
    lines = mail.octets.split(b"\r\n")
    assert mail.octets.isascii() and b"\r" not in b"".join(lines) and b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 998
    assert mail.recipients == recipients and list(mail.message.keys()) == FIELDS
    assert not any(part.defects for part in mail.message.walk())


@pytest.fixture
def tell(lab, server):
    """The mails of a service that has told A to DESTINATIONS, each a group's keys."""

    def tell_all(destinations, interface=INTERFACE, **options):
        if interface != INTERFACE:
            lab.client.ip("link", "set", INTERFACE, "down")
            lab.client.ip("link", "set", "dev", INTERFACE, "name", interface)
            lab.client.ip("link", "set", "dev", interface, "up")
        lab.client.ip("address", "add", f"{A}/24", "dev", interface)
        lab.client.ip("route", "add", "default", "dev", interface)
        lab.service(to=destinations).start(**options)
        server.wait_told(len(destinations))
        return server.mails

    return tell_all


def test_a_text_that_looks_like_a_mail(lab, tell):
    """As the mail's text, and as a file of any name: it comes as it was written."""
    text = b"\n".join(HARMLESS)
    paths = [lab.folder / name for name in ("text", "x.exe; a=b", "..", "a\\")]
    paths[2] = lab.folder / "%{host}.conf"
    for path in paths:
        path.write_bytes(text)
    files = [str(path).replace("\\", "\\\\") for path in paths]
    mail, = tell([{"to": "me@example.com", "template": files[0], "attach": files[1:]}])
    assert_is_itself(mail, ["me@example.com"])
    expected = "\n".join(HARMLESS.values()) + "\n"
    assert mail.text.replace("\r\n", "\n") == expected
    parts = list(mail.message.iter_attachments())
    assert [part.get_filename() for part in parts] == ["x.exe__a_b", "__host_.conf", "a_"]
    filled = text.replace(b"%%{", b"%{")
    assert [part.get_payload(decode=True) for part in parts] == [filled] * 3


def test_texts_that_check_refuses_withhold_no_mail(lab, tell):
    """Whoever has not asked `check` gets the built-in mail, or the mail without its file; it says so."""
    destinations = []
    for n, param in enumerate(texts()):
        key, _, octets = param.values
        path = lab.folder / f"text-{n}"
        path.write_bytes(octets)
        destinations.append({"to": f"reader{n}@example.com", key: path})
    mails = tell(destinations)
    for n, destination in enumerate(destinations):
        mail, = (mail for mail in mails if f"reader{n}@example.com" in mail.recipients)
        assert_is_itself(mail, [destination["to"]])
        assert not mail.message.is_multipart()
        assert mail.has_line(A) and str(lab.folder / f"text-{n}") in mail.text.replace("\r\n", " "), mail.text


def test_names_of_the_machine(lab, tell):
    """What a host or an interface is called can't leave its quotes or its line, and is not filled again."""
    (lab.folder / "text").write_text(NAMES, "ascii")
    (lab.folder / "text.xml").write_text(NAMES, "ascii")
    called = f"import os, socket, sys; socket.sethostname({HOST!r}); os.execvp(sys.argv[1], sys.argv[1:])"
    me, own, short = tell([{"to": "me@example.com"}, {"to": "own@example.com", "template": lab.folder / "text",
                                                      "attach": lab.folder / "text.xml"},
                           {"to": "short@example.com", "template": "short"}],
                          interface=WIRE, wrapper=["unshare", "--uts", sys.executable, "-c", called])
    for mail, to in zip((me, own, short), ("me", "own", "short")):
        assert_is_itself(mail, [f"{to}@example.com"])
        assert mail.subject == f'[a Bcc: b@example.com "<&>%{{ipv4}}] IP address: {A}'
    assert me.has_line(f"Interface: {WIRE}") and f"{A} {WIRE} " in short.text
    filled = 'host "a_Bcc:_b_example.com_______ipv4_"\ninterface "w_________"\nnews none none\n'
    part, = own.message.iter_attachments()
    assert [own.text.replace("\r\n", "\n"), part.get_payload(decode=True).decode("ascii")] == [filled] * 2
