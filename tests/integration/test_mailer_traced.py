# SPDX-License-Identifier: GPL-2.0-or-later
"""A tracer at the mailer (strace, a debugger). The kernel shows the end of a traced process to its parent at once, and
hands it over only when the tracer has taken note."""

import ctypes
import os

from lab import A, B
from mail_server import Hold
from process import process_state, until

PTRACE_SEIZE = 0x4206

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def seize(pid):
    if libc.ptrace(PTRACE_SEIZE, pid, None, None) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def test_the_service_hears_of_the_end_after_the_tracer(lab, server):
    hold = server.answers["QUIT"] = Hold()
    lab.set_address(A)
    service = lab.service().start()
    hold.wait_reached()
    mailer = service.mailer()
    seize(mailer)
    hold.release()
    until(lambda: process_state(mailer) == "Z", "the mailer's end")
    assert server.stays_idle(0.5)  # the service has been shown the end, and can't have it yet
    os.waitpid(mailer, 0)
    until(lambda: not service.children(), "the service takes note")
    lab.set_address(B)
    assert server.wait_mails(2).has_line(B)
