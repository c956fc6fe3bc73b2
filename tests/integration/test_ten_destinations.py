# SPDX-License-Identifier: GPL-2.0-or-later
"""Many readers, one session."""

import collections

from lab import A, B, SILENCE

READERS = [f"reader{i}@example.com" for i in range(10)]


def assert_one_session(server):
    assert len(server.sessions) == 1
    verbs = collections.Counter(command.split(" ")[0] for command in server.sessions[0].commands)
    assert (verbs["MAIL"], verbs["RCPT"], verbs["DATA"]) == (1, 10, 1)


def test_one_session_one_transaction(lab, server):
    lab.set_address(A)
    service = lab.service(to=READERS).start()
    mail = server.wait_mails(1)
    assert sorted(mail.recipients) == sorted(READERS)
    assert sorted(a.addr_spec for a in mail.message["To"].addresses) == sorted(READERS)
    service.wait_line("^Mail sending completed:")
    assert server.stays_idle(SILENCE)
    assert_one_session(server)


def test_server_down_at_first(lab):
    lab.set_address(A)
    service = lab.service(to=READERS).start()
    service.wait_line("^Mail sending deferred:")
    server = lab.mail_server()
    assert sorted(server.wait_mails(1).recipients) == sorted(READERS)
    service.wait_line("^Mail sending completed:")
    assert server.stays_idle(SILENCE)
    assert_one_session(server)


def test_one_reader_is_refused(lab, server):
    """The others have their mail; the refused one alone is told of as failed."""
    server.answers[f"RCPT TO:<{READERS[3]}>"] = "550 5.1.1 no such mailbox"
    lab.set_address(A)
    service = lab.service(to=READERS).start()
    mail = server.wait_mails(1)
    assert sorted(mail.recipients) == sorted(set(READERS) - {READERS[3]})
    assert READERS[3] not in str(mail.message["To"])
    service.wait_line("^Mail sending completed:")
    line, = service.matching("^Mail sending failed:")
    assert READERS[3] in line and "550 5.1.1 no such mailbox" in line
    lab.set_address(B)
    server.wait_mails(2)
