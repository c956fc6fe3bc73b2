# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine whose mailer is in the middle of a session: what a moment is to the eye is kept for as long as it takes."""

import pathlib

from lab import A
from mail_server import Hold


def hold_session(home):
    """The service of HOME goes as far as the DATA, which the server does not answer before the Hold is released."""
    hold = Hold()
    home.lab.mail_server(answers={"DATA": hold})
    home.write_settings()
    home.write_password()
    home.lab.set_address(A)
    home.enable()
    hold.wait_reached()
    return hold


def the_mailer(home):
    service = home.main_pid()
    children = pathlib.Path(f"/proc/{service}/task/{service}/children").read_text("ascii").split()
    assert len(children) == 1
    return int(children[0])
