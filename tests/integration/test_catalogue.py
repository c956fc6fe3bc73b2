# SPDX-License-Identifier: GPL-2.0-or-later
"""Every transcript once more, over TCP and TLS, with the mailer that ships: the rows of tests/catalogue.txt that a
server plays with replies and silence."""

from pathlib import Path

import pytest

from namespaces import require_namespaces
from standing_clock import StandingClock
from transcript import transcripts
from transcript_player import Player

NAME, FIRST_ADDRESS = "two.example.com", "127.0.0.3"
SMALL = "4096 4096 4096"  # octets of a socket's buffer: the least, what it begins with, the most
BUFFERS = Path("/proc/sys/net/ipv4/tcp_wmem")


@pytest.fixture(scope="module", autouse=True)
def own_network():
    """The scripts' ports are those that the hints know."""
    require_namespaces()


@pytest.fixture
def contexts(good, other_authority):
    untrusted = other_authority.certificate(names=["mail.example.com"])
    return {"up": good.server_context(), "fail": untrusted.server_context()}


@pytest.fixture
def clock():
    with StandingClock() as made:
        yield made


@pytest.fixture
def small_buffers():
    """The kernel takes less of what is written than one mail."""
    before = BUFFERS.read_text("ascii")
    BUFFERS.write_text(SMALL, "ascii")
    yield
    BUFFERS.write_text(before, "ascii")


@pytest.mark.parametrize("transcript", [pytest.param(t, id=t.name) for t in transcripts() if not t.core_alone])
def test_transcript(transcript, authority, contexts, clock, tmp_path, two_addresses, request):
    if transcript.partly_taken():
        request.getfixturevalue("small_buffers")
    files = transcript.write_secrets(tmp_path, authority)
    player = Player(transcript, FIRST_ADDRESS, contexts, clock)
    try:
        player.play(transcript.order(NAME, tmp_path, authority.ca_file, **files), two_addresses[:-1] + clock.command)
    finally:
        player.close()
