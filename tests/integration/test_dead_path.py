# SPDX-License-Identifier: GPL-2.0-or-later
"""A path that carries nothing any more, and says nothing: this machine keeps its address, and behind a router
the line was dialled anew. Both states are met at once, since each takes as long as the kernel's patience."""

import signal

from lab import A, SERVER_ADDRESS
from mail_server import Hold
from process import wait_until_stopped
from test_mailer_killed import wait_until_it_waits

LIMIT = 45  # seconds without an answer
SLACK = 30  # for the kernel's own timers, which retransmit less and less often


def test_a_dead_path_is_noticed_long_before_smtp_would(lab):
    """One session waits for the 354, one has its body on the way."""
    waits, sends = lab.mail_server(), lab.mail_server(port=588)
    hold = waits.answers["DATA"] = Hold()
    lab.set_address(A)
    waiting = lab.service(unknown_wait=1800).start()
    hold.wait_reached()
    hold_go = sends.answers["DATA"] = Hold()
    sending = lab.service(port=588, unknown_wait=1800).start()
    hold_go.wait_reached()
    mailer = sending.mailer()
    sending.kill(signal.SIGSTOP)  # nobody answers the commit question
    wait_until_stopped(sending.pid)
    hold_go.release()
    wait_until_it_waits(sends, mailer)
    lab.server.ip("address", "delete", f"{SERVER_ADDRESS}/32", "dev", "lo")
    sending.kill(signal.SIGCONT)
    line = sending.wait_line("^Mail sending deferred:.*step dot", LIMIT + SLACK)
    assert "timed out" in line and "whether it arrived is not known" in line
    line = waiting.wait_line("^Mail sending deferred:.*step data", LIMIT + SLACK)
    assert "timed out" in line
    assert "sending=" in sending.ledger.read_text("utf-8")
    assert "sending=" not in waiting.ledger.read_text("utf-8")
    hold.release()
    waits.hang_up()
    sends.hang_up()
