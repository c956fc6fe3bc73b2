# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests/bench/behind-router runs in namespaces: a real miniupnpd and coturn, whose line gets another address, and a
scripted mail server. The time goes from the change to the 250 for the mail's last dot, less settle.quiet.

By announcement the router says that it has changed. Where nobody says it, the STUN server is asked at the shortest
interval that can be set, give or take a tenth; the change comes right behind a question that was answered, so that the
whole wait is in the figure. A router that announces nothing is asked every five minutes, by the same rule."""

import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

# pylint: disable=wrong-import-position
from router import FIRST, SECOND, Home, told
from service import DEFAULTS

STUN_SERVER = "44.128.9.1"
INTERVAL = 60  # seconds
PATIENCE = 2 * INTERVAL


def samples(home, service, server, n):
    """Seconds of N changes, to and fro."""
    assert told(server, 1) == FIRST
    taken = []
    for i in range(n):
        service.wait_line("^Mail sending completed:", PATIENCE)
        address = FIRST if i % 2 else SECOND
        began = time.monotonic()
        home.set_wan(address)
        mail = server.wait_mails(i + 2, PATIENCE)
        taken.append(time.monotonic() - began - DEFAULTS["quiet"])
        assert mail.message["X-Ipherald-IPv4"] == address
    return taken


def by_announcement(home):
    server = home.mail_server()
    home.start_upnpd()
    return samples(home, home.behind("gateway").start(), server, 5)


def by_poll(home):
    server = home.mail_server()
    home.start_stun(STUN_SERVER)
    service = home.behind("stun", stun=f'( "{STUN_SERVER}" )', stun_interval=INTERVAL).start()
    return samples(home, service, server, 3)


def row(name, seconds):
    figures = " | ".join(f"{figure:.2f} s" for figure in (min(seconds), statistics.median(seconds), max(seconds)))
    print(f"| {name} | {len(seconds)} | {figures} |", flush=True)


def main():
    home = Home()
    try:
        print("| heard by | samples | fastest | median | slowest |\n| --- | --- | --- | --- | --- |", flush=True)
        row("the router's announcement (miniupnpd)", by_announcement(home))
        home.reset()
        row(f"asking a STUN server every {INTERVAL} s (coturn)", by_poll(home))
    finally:
        home.close()


if __name__ == "__main__":
    main()
