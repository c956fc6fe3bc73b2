#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""shown.py FOLDER [write]: what a mail program makes of each NAME.eml there is NAME.txt. The mails are parsed strictly
(Python's email package), and no line that is shown is wider than a terminal. With "write" the
texts are written anew."""

import email
import email.policy
import pathlib
import sys
import unicodedata

COLUMNS = 78
LINE_OCTETS = 76  # of a header line with an encoded word (RFC 2047, 2), and of base64 (RFC 2045, 6.8)


def shown(mail):
    lines = [f"{name}: {mail[name]}" for name in ("Subject", "X-Ipherald-IPv4", "X-Ipherald-IPv6") if mail[name]]
    text = "\n".join(lines) + "\n\n" + mail.get_body().get_content()
    for part in mail.iter_attachments():
        text += f"\n[{part.get_filename()}, {part['Content-Type']}]\n{part.get_content()}"
    return text


def width(line):
    return sum(2 if unicodedata.east_asian_width(c) in "FWA" else 1 for c in line)


def faults(path, write):
    raw = path.read_bytes()
    mail = email.message_from_bytes(raw.replace(b"\n", b"\r\n"), policy=email.policy.strict)
    text = shown(mail).replace("\r\n", "\n")
    if write:
        path.with_suffix(".txt").write_text(text, "utf-8")
    if text != path.with_suffix(".txt").read_text("utf-8"):
        yield f"is shown as:\n{text}"
    parts = list(mail.walk())
    attached = path.name.startswith(("own.", "attached."))
    if [part.get_content_type() for part in parts] != ["multipart/mixed"] * attached + ["text/plain"] * (1 + attached):
        yield "is not one text/plain part, or with an attachment no multipart/mixed of two parts"
    if any(part.defects for part in parts):
        yield "has defects"
    if not raw.isascii():
        yield "is not ASCII on the way"
    for line in raw.decode("ascii").split("\n"):
        if "=?" in line and len(line) > LINE_OCTETS:
            yield f"too long: {line}"
    for line in text.split("\n\n", 1)[1].split("\n"):
        if width(line) > COLUMNS:
            yield f"{width(line)} columns: {line}"


def main(folder, *options):
    found = [f"{path.name} {fault}" for path in sorted(pathlib.Path(folder).glob("*.eml"))
             for fault in faults(path, options == ("write",))]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
