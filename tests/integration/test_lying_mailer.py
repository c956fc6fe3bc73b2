# SPDX-License-Identifier: GPL-2.0-or-later
"""A mailer that says what it should not. The service takes it for a stranger: one more failed try, and the service
goes on."""

import signal
import subprocess

import pytest

from lab import A
from process import PATIENCE, process_state, until, wait_until_stopped

BEGIN = """\
#!/usr/bin/python3
import socket
s = socket.socket(fileno=3)
s.recv(70000)
def say(line):
    s.send(line.encode() + b"\\n")
say("step outcome=none step=resolve code=0")
"""
STEPS = ["resolve", "connect", "tls", "greeting", "ehlo", "starttls", "auth", "mail", "rcpt", "data"]
SILENCE = "import signal; signal.pause()\n"
NONSENSE = 's.send(b"\\0\\1\\2")\n' + SILENCE  # it does not end by itself
ALIVE = 'while True: say("alive")\n'  # as fast as it is heard


def say_step(step):
    return f'say("step outcome=none step={step} code=0")\n'


COMMIT = 'say("commit transaction=0 accepted=0"); s.recv(4096)\n'
DELIVERED = 'say("transaction transaction=0 outcome=delivered step=dot code=250")\n'
SESSION = 'say("session outcome=none step= code=0")\n'

BEFORE_THE_GO = {
    "ends without a word": "raise SystemExit(0)",
    "ends with 3": "raise SystemExit(3)",
    **{f"nonsense in the step {step}": say_step(step) + NONSENSE for step in STEPS},
    "an unknown report": 'say("hello a=b")',
    "too large a packet": 'say("alive a=" + "x" * 4096)',
    "a transaction that is not there": 'say("commit transaction=1 accepted=0")',
    "an end of its connection that is no address": 'say("step outcome=none step=tls code=0 source=eth0")',
    "a recipient that is not there": 'say("commit transaction=0 accepted=1")',
    "a result for a recipient that is not there":
        'say("recipient transaction=0 recipient=1 outcome=destination-permanent step=rcpt code=550")',
    "a refused recipient accepted":
        'say("recipient transaction=0 recipient=0 outcome=destination-temporary step=rcpt code=450")\n'
        'say("commit transaction=0 accepted=0"); s.recv(4096)',
    "delivered without a go": DELIVERED,
    "unknown without a go": 'say("transaction transaction=0 outcome=unknown step=dot code=0")',
    "stopped without a no": 'say("transaction transaction=0 outcome=stopped step=data code=0")',
    "still held without a question": 'say("session outcome=still-held step=auth code=0")',
    "two results of the session": SESSION + SESSION,
    "a fact that nobody asked for": 'say("fact fact=tls outcome=none step=tls code=0 text=1.3")',
}
BEHIND_THE_GO = {
    **{f"nonsense in the step {step}": COMMIT + say_step(step) + NONSENSE for step in ("body", "dot")},
    "ends without a word": COMMIT,
    "a second question": COMMIT + COMMIT,
    "a refusal": COMMIT + 'say("recipient transaction=0 recipient=0 outcome=destination-permanent step=rcpt code=550")',
}


@pytest.fixture
def liar(lab):
    """A service, not started, whose mailer is SCRIPT."""
    def make(script, **settings):
        lab.set_address(A)
        service = lab.service(unknown_wait=1800, **settings)
        service.replace_mailer(BEGIN + script + "\n")
        return service
    return make


@pytest.fixture
def lie(liar):
    return lambda script: liar(script).start()


@pytest.mark.parametrize("script", BEFORE_THE_GO.values(), ids=BEFORE_THE_GO.keys())
def test_before_the_go(lie, script):
    service = lie(script)
    service.wait_line("^Mail sending deferred:")
    ledger = service.ledger.read_text("utf-8")
    assert "told-ipv4" not in ledger and "sending=" not in ledger
    assert service.stop() == 0


@pytest.mark.parametrize("script", BEHIND_THE_GO.values(), ids=BEHIND_THE_GO.keys())
def test_behind_the_go(lie, script):
    service = lie(script)
    service.wait_line("^Mail sending deferred:.*step dot")
    ledger = service.ledger.read_text("utf-8")
    assert "told-ipv4" not in ledger and "sending=" in ledger
    assert " goes=1 " in ledger
    assert service.stop() == 0


def reload(service):
    service.reload()
    service.wait_line("^Settings read anew")


def go_on(service, moved, seconds):
    """So much time passes while the service stands still, and as soon as the mailer waits: for it, where its words fill
    the socket, or for nothing."""
    mailer = service.mailer()
    service.kill(signal.SIGSTOP)
    wait_until_stopped(service.pid)
    until(lambda: process_state(mailer) == "S", "the mailer waits")
    moved.stand_still(seconds)
    service.kill(signal.SIGCONT)
    moved.wait_moved()


WAITS = {"silent": (SILENCE, 90, "was silent for 90 s"), "alive": (ALIVE, 3600, "got no further for an hour")}


@pytest.mark.parametrize("begin", ["", COMMIT], ids=["before the go", "behind the go"])
@pytest.mark.parametrize("wait", WAITS)
def test_is_waited_for_no_longer(liar, moved, begin, wait):
    script, limit, why = WAITS[wait]
    service = liar(begin + script).start(environment=moved.environment)
    service.wait_line("^Mail sending started:")
    if begin:
        until(lambda: service.ledger.exists() and "sending=" in service.ledger.read_text("utf-8"), "the go's record")
        reload(service)  # it is heard behind the go
    go_on(service, moved, limit - 10)
    reload(service)  # and behind what the clock has brought about
    go_on(service, moved, 15)
    line = service.wait_line("^Mail sending deferred:")
    assert why in line and ("step dot" in line) == bool(begin)
    assert len(service.matching("^Mail sending deferred:")) == 1
    assert service.stop() == 0


def test_what_was_delivered_before_it_lied_is_told(lie):
    service = lie(COMMIT + DELIVERED + DELIVERED)
    service.wait_line("^Mail sending completed:")
    assert f"told-ipv4={A}" in service.ledger.read_text("utf-8")
    assert service.stop() == 0
    assert not service.matching("^Mail sending deferred:")


def run_test(service):
    """The exit code of `ipherald test`, and its lines."""
    done = subprocess.run(service.command("test"), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=PATIENCE, check=False)
    return done.returncode, done.stdout.splitlines()


LIES = {**BEFORE_THE_GO, **{f"{name} behind the go": script for name, script in BEHIND_THE_GO.items()}}


@pytest.mark.parametrize("script", LIES.values(), ids=LIES.keys())
def test_a_test_believes_none_of_it_either(liar, script):
    code, lines = run_test(liar(script))
    assert code == 1 and lines[-1].startswith("Failed")


def test_a_test_counts_whom_the_commit_named(liar):
    """Of two, one of whom nothing was said."""
    code, lines = run_test(liar(COMMIT + DELIVERED + SESSION, to=["me@example.com", "you@example.com"]))
    assert code == 1
    assert lines[-2:] == ["The server has accepted the mail for 1 of 2 destinations",
                          "Failed at the step resolve: the mailer failed: it ended without a result"]


def test_a_test_believes_the_truth(liar):
    code, lines = run_test(liar('say("alive")\n' + COMMIT + DELIVERED + SESSION))
    assert code == 0
    assert [line.split(maxsplit=2)[-1] for line in lines[1:3]] == ["resolve", "still waiting"]
    assert lines[-1] == "The server has accepted the mail for 1 of 1 destinations"
