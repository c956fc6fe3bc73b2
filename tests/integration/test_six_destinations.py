# SPDX-License-Identifier: GPL-2.0-or-later
"""One change of the address, and six readers of a real Postfix and Dovecot: two languages, one that the server refuses,
one that it greylists, one short, one with an attachment."""

import json
import os
import re
import shutil

import pytest

import postfix
from lab import A, ACCOUNT, B, PASSWORD
from service import TOP

READERS = ENGLISH, JAPANESE, REFUSED, GREYLISTED, SHORT, ATTACHED = tuple(
    f"{name}@example.com" for name in ("english", "japanese", "refused", "greylisted", "short", "attached"))
NO_MAILBOX = "550 5.1.1 No such mailbox"
GREYLIST = "451 4.7.1 Greylisted, see you in a minute"
PROFILE = "home.sswan"


@pytest.fixture
def server(lab):
    if os.environ["IPHERALD_TESTS_NAMESPACES"] != "root":
        pytest.skip("a real Postfix runs under several users, which takes root")
    if not postfix.is_made():
        pytest.skip("build/root-mail is not made (tests/integration/postfix_root.sh)")
    made = postfix.Postfix(lab.server, lab.certificate, {ACCOUNT: PASSWORD},
                           READERS, lab.folder / "postfix")
    yield made
    made.close()
    print(made.log())


@pytest.fixture
def told(lab, moved, server):
    """A service whose six readers were told A, before there was any trouble."""
    profile = shutil.copy(TOP / "conf" / "samples" / PROFILE, lab.folder)
    lab.set_address(A)
    service = lab.service(to=[ENGLISH, {"to": JAPANESE, "language": "ja"}, REFUSED, GREYLISTED,
                              {"to": SHORT, "template": "short"}, {"to": ATTACHED, "attach": profile}])
    service.start(environment=moved.environment)
    for _ in READERS:
        server.wait_delivered()
    service.wait_matching("^Mail sending completed:", 4)
    return service


def assert_log(service, start):
    """One line for each reader, and none for nobody."""
    lines = [line for line in service.lines[start:] if re.match("Mail sending (completed|failed|deferred):", line)]
    print("\n".join(lines))
    words = sorted((to, *re.search(r'^Mail sending (\w+):.* the server said "(\S+ \S+) ', line).groups()) for line in lines
                   for to in READERS if to in line.split(": the server said")[0])
    ok = "250 2.0.0"
    assert words == sorted([
        (ENGLISH, "completed", ok), (JAPANESE, "completed", ok), (SHORT, "completed", ok), (ATTACHED, "completed", ok),
        (REFUSED, "failed", "550 5.1.1"), (GREYLISTED, "deferred", "451 4.7.1"), (GREYLISTED, "completed", ok)])


def assert_mailboxes(server):
    mails = {to: server.mails(to)[1:] for to in READERS}
    print("\n".join(f"{to}: {mail['Subject']}" for to, them in mails.items() for mail in them))
    assert {to: len(them) for to, them in mails.items()} == {**dict.fromkeys(READERS, 1), REFUSED: 0}
    mails = {to: them[0] for to, them in mails.items() if them}
    assert all(mail["X-Ipherald-IPv4"] == B for mail in mails.values())
    assert all(mails[to]["Subject"].endswith(f"] IP address changed: {B} (was {A})")
               for to in (ENGLISH, GREYLISTED, ATTACHED))
    assert mails[JAPANESE]["Subject"].endswith(f"] IPアドレスが変わりました: {B} (以前は {A})")
    assert all(B in mails[to].get_body().get_content().splitlines() for to in mails if to != SHORT)
    assert B in mails[SHORT].get_content() and len(mails[SHORT].get_content()) <= 160
    assert [to for to, mail in mails.items() if mail.is_multipart()] == [ATTACHED]
    part, = mails[ATTACHED].iter_attachments()
    assert (part.get_filename(), part.get_content_type()) == (PROFILE, "application/vnd.strongswan.profile")
    assert json.loads(part.get_content())["remote"]["addr"] == B


def test_a_change(lab, moved, server, told):
    """Who is refused and who is put off hold nobody back: the others' mails are four transactions of one session. The
    wait behind a 451 ends by itself, and costs a session for its reader alone."""
    server.answer({GREYLISTED: GREYLIST, REFUSED: NO_MAILBOX})
    start = len(told.lines)
    lab.set_address(B)
    for _ in range(4):
        server.wait_delivered()
    first, change = server.wait_sessions(2)
    server.answer({})
    moved.go_on(300)
    server.wait_delivered()
    told.wait_line(f"^Mail sending completed: {B} to {GREYLISTED}:")
    retry = server.wait_sessions(3)[2]
    print("\n".join((first, change, retry)))
    assert_log(told, start)
    assert_mailboxes(server)
    for session, counts in (first, "mail=4 rcpt=6 data=4 "), (change, "mail=4 rcpt=4/6 data=4 "), \
                           (retry, "mail=1 rcpt=1 data=1 "):
        assert "ehlo=2 starttls=1 auth=1" in session and counts in session, session
