# SPDX-License-Identifier: GPL-2.0-or-later
"""What systemd and its journal are told. The test plays their two sockets, in the /run of its own namespaces."""

import os
import pathlib
import re
import signal
import socket

import pytest

from lab import A, B, INTERFACE
from process import PATIENCE

JOURNAL = pathlib.Path("/run/systemd/journal/socket")
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")

# As systemd does for a unit: the variable names the stream that stderr is.
ON_A_JOURNAL = ("sh", "-c", 'JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$@"', "sh")


class Listener:
    """A datagram socket whose messages are waited for."""

    def __init__(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        path.chmod(0o666)
        self._socket.settimeout(PATIENCE)

    def next(self):
        return self._socket.recv(65536).decode()

    def close(self):
        self._socket.close()
        self.path.unlink()


@pytest.fixture
def listener(lab, request):
    made = Listener(request.param if isinstance(request.param, pathlib.Path) else lab.folder / request.param)
    yield made
    made.close()


def next_event(journal, name):
    """The next event of that name, as lists of values by field; what lies before it is passed over."""
    while True:
        fields = {}
        for line in journal.next().splitlines():
            field, _, value = line.partition("=")
            fields.setdefault(field, []).append(value)
        if fields.get("IPHERALD_EVENT") == [name]:
            return fields


@pytest.mark.parametrize("listener", [JOURNAL], indirect=True)
def test_a_change_in_the_journal(lab, server, listener):
    lab.set_address(A)
    lab.service(to=["me@example.com", "you@example.com"]).start(wrapper=ON_A_JOURNAL)
    changed = next_event(listener, "address-changed")
    assert changed["IPHERALD_NEW"] == [A] and "IPHERALD_OLD" not in changed
    assert changed["IPHERALD_INTERFACE"] == ["wan0"] and changed["PRIORITY"] == ["5"]
    assert re.fullmatch("[0-9a-f]{32}", changed["MESSAGE_ID"][0])
    next_event(listener, "mail-completed")

    lab.set_address(B)
    changed = next_event(listener, "address-changed")
    assert changed["IPHERALD_OLD"] == [A] and changed["IPHERALD_NEW"] == [B]
    started = next_event(listener, "mail-started")
    completed = next_event(listener, "mail-completed")
    assert completed["MESSAGE"][0].startswith("Mail sending completed:")
    assert completed["MESSAGE_ID"] != started["MESSAGE_ID"] != changed["MESSAGE_ID"]
    assert completed["IPHERALD_DESTINATION"] == ["me@example.com", "you@example.com"]
    assert completed["IPHERALD_STEP"] == ["dot"] and completed["IPHERALD_CODE"] == ["250"]
    assert completed["IPHERALD_ENHANCED_CODE"] == ["2.0.0"]
    assert completed["IPHERALD_SERVER"] == ["mail.example.com:587"]
    assert completed["IPHERALD_MAIL_ID"] == started["IPHERALD_MAIL_ID"]
    assert f"<{completed['IPHERALD_MAIL_ID'][0]}>" == server.mails[-1].message["Message-ID"]


@pytest.mark.parametrize("listener", [JOURNAL], indirect=True)
def test_each_family_in_the_journal(lab, server, listener):
    ours, other = "2001:db8:1::10", "2001:db8:1::20"
    lab.set_address(A)
    lab.client.ip_batch(f"address add {ours}/64 dev {INTERFACE} nodad", f"route add ::/0 dev {INTERFACE}")
    lab.service().start(wrapper=ON_A_JOURNAL)
    changed = next_event(listener, "address-changed")
    assert changed["IPHERALD_NEW"] == [A, ours] and "IPHERALD_OLD" not in changed
    assert next_event(listener, "mail-completed")["IPHERALD_NEW"] == [A, ours]

    lab.client.ip_batch(f"address del {ours}/64 dev {INTERFACE}", f"address add {other}/64 dev {INTERFACE} nodad")
    changed = next_event(listener, "address-changed")
    assert changed["IPHERALD_NEW"] == [other] and changed["IPHERALD_OLD"] == [ours]
    completed = next_event(listener, "mail-completed")
    assert completed["IPHERALD_NEW"] == [A, other] and completed["IPHERALD_OLD"] == [A, ours]
    assert server.wait_mails(2).subject.endswith(f"{other} (was {ours})")


@pytest.mark.parametrize("listener", [JOURNAL], indirect=True)
def test_a_refused_login_in_the_journal(lab, server, listener):
    lab.set_address(A)
    lab.service(account="gateway").start(wrapper=ON_A_JOURNAL)
    failed = next_event(listener, "auth-failed")
    assert failed["PRIORITY"] == ["3"] and failed["IPHERALD_STEP"] == ["auth"]
    assert failed["IPHERALD_CODE"] == ["535"] and failed["IPHERALD_HINT"] == ["account-form"]
    assert failed["IPHERALD_SERVER_TEXT"] and failed["IPHERALD_ATTEMPT"] == ["1"]
    assert ISO.fullmatch(failed["IPHERALD_NEXT_TRY"][0])


def next_notice(notify, variable):
    """The value of the next notice that sets VARIABLE."""
    while True:
        for line in notify.next().splitlines():
            name, _, value = line.partition("=")
            if name == variable:
                return value


@pytest.mark.parametrize("listener", ["notify"], indirect=True)
def test_notices(lab, server, listener):
    service = lab.service().start(environment={"NOTIFY_SOCKET": str(listener.path)})
    assert next_notice(listener, "READY") == "1"  # without any address
    lab.set_address(A)
    service.wait_line("^Mail sending completed:")
    while "1 of 1 destinations told" not in (status := next_notice(listener, "STATUS")):
        pass
    assert f"IPv4 {A} on wan0" in status
    os.kill(service.pid, signal.SIGHUP)
    assert next_notice(listener, "RELOADING") == "1"
    assert next_notice(listener, "READY") == "1"
    service.kill(signal.SIGTERM)
    assert next_notice(listener, "STOPPING") == "1"
    assert service.wait() == 0


def wait_status(notify, words):
    while words not in next_notice(notify, "STATUS"):
        pass


@pytest.mark.parametrize("listener", ["notify"], indirect=True)
def test_the_status_of_settings_that_heal(lab, server, listener):
    lab.set_address(A)
    service = lab.service()
    service.config.write_text("mail = { port = 70000; };\nsettle = { quiet = 0.1; };\n", "utf-8")
    service.start(environment={"NOTIFY_SOCKET": str(listener.path)})
    wait_status(listener, f"IPv4 {A} on wan0, IPv6 none; settings not usable, mail is off until a reload")
    service.write_settings(quiet=0.1)
    service.config.write_text(service.config.read_text("utf-8").replace("enabled = true", "enabled = false"), "utf-8")
    service.reload()
    wait_status(listener, "; mail is off in the settings")
    service.wait_line(r"^Mail is off in .*\.conf \(mail\.enabled\)")
    service.write_settings()
    service.reload()
    wait_status(listener, "; sending")
    wait_status(listener, "; 1 of 1 destinations told")
