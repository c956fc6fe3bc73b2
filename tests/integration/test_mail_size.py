# SPDX-License-Identifier: GPL-2.0-or-later
"""What is attached counts where a server says how large a mail may be (SIZE, RFC 1870)."""

import os
import re

from lab import A

LIMIT = 20000


def only_small(peer, _):
    """EHLO's answer, with a SIZE of LIMIT octets."""
    return re.sub(r"SIZE \d+", f"SIZE {LIMIT}", peer.default)


def test_a_mail_too_large_by_its_attachment(lab, server):
    """Its reader alone has none, and hears from the log why; no octet of it goes out. One that just fits is as large as
    was said."""
    server.answers["EHLO"] = only_small
    for name, size in ("small", 12000), ("large", 16000):
        (lab.folder / name).write_bytes(os.urandom(size))
    lab.set_address(A)
    service = lab.service(to=["me@example.com", {"to": "small@example.com", "attach": lab.folder / "small"},
                              {"to": "large@example.com", "attach": lab.folder / "large"}]).start()
    failed = service.wait_line("^Mail sending failed:")
    assert "large@example.com" in failed and str(LIMIT) in failed, failed
    server.wait_mails(2)
    service.wait_matching("^Mail sending completed:", 2)
    assert len(server.bodies) == 2
    mail, = (mail for mail in server.mails if mail.recipients == ["small@example.com"])
    said, = (int(line.rpartition("SIZE=")[2].split()[0]) for line in server.commands()
             if line.startswith("MAIL") and int(line.rpartition("SIZE=")[2].split()[0]) > 12000)
    assert said == len(mail.octets)
    part, = mail.message.iter_attachments()
    assert part.get_payload(decode=True) == (lab.folder / "small").read_bytes()
