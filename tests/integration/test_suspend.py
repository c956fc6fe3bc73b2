# SPDX-License-Identifier: GPL-2.0-or-later
"""The machine sleeps in the middle of a session, for longer than any limit: what came before or meanwhile counts."""

import os
import signal

from lab import A
from mail_server import Hold
from mailer_harness import MailerHarness, order
from process import until, wait_until_stopped
from smtp_server import SmtpServer, Submission
from standing_clock import StandingClock
from test_mailer_killed import unread_octets, wait_until_it_waits

SLEEP = 8 * 3600  # seconds


def sleep_until_answered(mailer, clock, hold):
    """The machine wakes with the reply that HOLD keeps back, and long past the limit for it."""
    hold.wait_reached()
    assert clock.rest()
    os.kill(mailer.pid, signal.SIGSTOP)
    wait_until_stopped(mailer.pid)
    hold.release()
    until(lambda: unread_octets(mailer.pid) > 0, "the mailer's kernel has the reply")
    clock.suspend(SLEEP)
    os.kill(mailer.pid, signal.SIGCONT)


def test_a_reply_to_the_dot_is_there_when_the_mailer_wakes():
    hold = Hold("250 2.0.0 Ok")
    with SmtpServer(Submission(answers={".": hold})) as server, StandingClock() as clock, \
         MailerHarness(order(port=server.port, security="none"), command=clock.command) as mailer:
        clock.started()
        mailer.receive_until("commit")
        mailer.answer(0)
        sleep_until_answered(mailer, clock, hold)
        report = mailer.receive_until("transaction")
        clock.close()
        mailer.run()
    assert report.outcome == "delivered"


def test_no_reply_is_there_when_the_mailer_wakes():
    hold = Hold("250 2.0.0 Ok")
    with SmtpServer(Submission(answers={".": hold})) as server, StandingClock() as clock, \
         MailerHarness(order(port=server.port, security="none"), command=clock.command) as mailer:
        clock.started()
        mailer.receive_until("commit")
        mailer.answer(0)
        hold.wait_reached()
        assert clock.rest()
        clock.suspend(SLEEP)
        report = mailer.receive_until("transaction")
        clock.close()
        mailer.run()
        hold.release()
    assert report.outcome == "unknown" and "time limit: no reply to the mail" in report.cause


def start(lab, moved):
    """A session that waits for the dot's reply."""
    server = lab.mail_server()
    hold = server.answers["."] = Hold()
    lab.set_address(A)
    service = lab.service(unknown_wait=1800).start(environment=moved.environment)
    hold.wait_reached()
    return server, hold, service


def told_once(server, service):
    service.wait_line("^Mail sending completed:")
    server.wait_mails(1)
    assert len(server.bodies) == 1 and not service.matching("deferred|failed")


def test_a_mailer_is_not_silent_because_the_machine_sleeps(lab, moved):
    server, hold, service = start(lab, moved)
    moved.suspend(SLEEP)
    hold.release()
    told_once(server, service)


def test_the_result_is_there_when_the_service_wakes(lab, moved):
    """It stood still for longer than a mailer may be silent, and the mailer was not. What else there is for it, such
    as a reload, lets it see the time first."""
    server, hold, service = start(lab, moved)
    second = server.answers["QUIT"] = Hold()
    mailer = service.mailer()
    service.kill(signal.SIGSTOP)
    wait_until_stopped(service.pid)
    service.reload()
    hold.release()
    second.wait_reached()
    wait_until_it_waits(server, mailer)
    moved.stand_still(120)
    service.kill(signal.SIGCONT)
    told_once(server, service)
    second.release()
