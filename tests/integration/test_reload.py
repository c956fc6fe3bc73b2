# SPDX-License-Identifier: GPL-2.0-or-later
"""A reload in each state that a mail can be in, to each kind of settings: as ipherald.service(8) has it, nothing is lost
and nothing repeated."""

import pytest

from lab import A
from mail_server import First, Hold, cut
from process import until

ME, YOU = "me@example.com", "you@example.com"
QUIET, UNKNOWN_WAIT = 60, 1800


class State:
    """A service that owes the mail for A, or sends it. `release` is what ends that, by itself."""

    def __init__(self, lab, moved):
        self.lab, self.moved = lab, moved
        self.server = lab.mail_server()
        self.service = lab.service(unknown_wait=UNKNOWN_WAIT, **self.settings)
        self.begin()

    settings = {}
    in_session = False
    waits_on = False  # after a reload

    def start(self):
        self.lab.set_address(A)
        self.service.start(environment=self.moved.environment)

    def reload(self, **settings):
        """Until all that it brings about at once is under way."""
        self.service.write_settings(**settings)
        self.service.reload()
        self.moved.go_on(0)

    def reload_text(self, old, new):
        """The same, for what `write_settings` does not know."""
        text = self.service.config.read_text("utf-8")
        self.service.config.write_text(text.replace(old, new), "utf-8")
        self.service.reload()
        self.moved.go_on(0)

    def is_told(self):
        """Whoever is listed, and nothing is left to be done."""
        def told():
            ledger = self.service.ledger.read_text("utf-8")
            return f" told-ipv4={A} " in ledger and "sending=" not in ledger and "row=" not in ledger
        until(told, "the ledger says told")
        until(lambda: not self.service.children(), "the session's end")
        self.moved.go_on(86400)
        assert not self.service.children()


class BeforeTheGo(State):
    step, in_session = "DATA", True

    def begin(self):
        self.hold = self.server.answers[self.step] = Hold()
        self.start()
        self.hold.wait_reached()

    def release(self):
        self.hold.release()


class BehindTheGo(BeforeTheGo):
    step = "."


class Settling(State):
    settings = {"quiet": QUIET, "limit": 2 * QUIET}
    waits_on = True

    def begin(self):
        self.start()
        self.moved.go_on(QUIET / 2)

    def release(self):
        self.moved.go_on(QUIET / 2)


class Waiting(State):
    def begin(self):
        command, answer, line, self.seconds = self.reason
        self.server.answers[command] = First(answer)
        self.start()
        self.service.wait_line(line)
        until(lambda: not self.service.children(), "the session's end")

    def release(self):
        self.moved.go_on(self.seconds)


class Held(Waiting):
    reason = ("AUTH", "535 5.7.8 no", "^Mail authentication failed:", 5400)


class Deferred(Waiting):
    reason = ("RCPT", "451 4.3.0 not now", "^Mail sending deferred:", 90)


class Unknown(Waiting):
    reason = (".", cut, "^Mail sending deferred:.*step dot", UNKNOWN_WAIT)
    waits_on = True


@pytest.fixture(params=[BeforeTheGo, BehindTheGo, Settling, Held, Deferred, Unknown], ids=lambda kind: kind.__name__)
def state(request, lab, moved):
    return request.param(lab, moved)


def is_waiting(state):
    return not state.in_session and not state.service.children()


def test_the_same_settings(state):
    state.reload()
    if state.in_session or state.waits_on:
        assert state.in_session or is_waiting(state)
        state.release()
    assert state.server.wait_mails(1).recipients == [ME]
    assert len({mail.message_id for mail in state.server.bodies}) == 1
    state.is_told()


def test_another_server(lab, state):
    """A session goes on where it is, and what it told counts; a mail of unknown fate goes out again elsewhere."""
    other = lab.mail_server(port=588)
    state.reload(port=588)
    if state.in_session or state.waits_on:
        assert state.in_session or is_waiting(state)
        state.release()
    told = state.server if state.in_session else other
    assert told.wait_mails(1).recipients == [ME]
    assert len({mail.message_id for mail in state.server.bodies + other.bodies}) == 1
    state.is_told()
    assert len(state.server.mails + other.mails) == 1


def test_another_destination(state):
    """The old one is forgotten, with a mail of unknown fate; what has gone out has gone out."""
    state.reload(to=[YOU])
    if state.in_session or isinstance(state, Settling):
        state.release()
    until(lambda: [YOU] in [mail.recipients for mail in state.server.mails], "the mail")
    assert [mail.recipients for mail in state.server.mails] == ([[ME]] if isinstance(state, BehindTheGo) else []) + [[YOU]]
    assert len(state.service.matching("^Mail superseded:")) == (type(state) is BeforeTheGo)
    state.is_told()
    assert ME not in state.service.ledger.read_text("utf-8")


def test_mail_off_and_on(state):
    """What has no go stays where it is; what has one counts."""
    state.reload_text("enabled = true;", "enabled = false;")
    state.service.wait_line("^Mail is off")
    state.release()
    if isinstance(state, BehindTheGo):
        state.service.wait_line("^Mail sending completed:")
    elif state.in_session:
        state.service.wait_line("^Mail superseded:")
    until(lambda: not state.service.children(), "the session's end")
    state.moved.go_on(86400)
    assert not state.service.children()
    sent = len(state.server.mails)
    assert sent == isinstance(state, BehindTheGo)
    state.reload_text("enabled = false;", "enabled = true;")
    if not sent:
        assert state.server.wait_mails(1).recipients == [ME]
    assert len({mail.message_id for mail in state.server.bodies}) == 1
    state.is_told()


def test_bad_settings(state):
    """As if there had been no reload."""
    state.reload_text("port = 587;", "port = 70000;")
    state.service.wait_line("kept as they were")
    assert state.in_session or is_waiting(state)
    state.release()
    assert state.server.wait_mails(1).recipients == [ME]
    assert len({mail.message_id for mail in state.server.bodies}) == 1
    state.is_told()
