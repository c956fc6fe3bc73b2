# SPDX-License-Identifier: GPL-2.0-or-later
"""The address outside from a file that another program writes."""

import os
import pathlib
import re
import time

import pytest

from lab import INTERFACE, SILENCE
from process import until

OWN, FIRST, SECOND = "192.168.1.5", "203.0.113.77", "198.51.100.88"
LOOK = 311  # seconds until it is looked at, whatever is heard
WAKE_UPS = 100  # a second, while the file is replaced all the time; 50 are seen
LINES = "IPHERALD_IPV4={}\nIPHERALD_IPV6=\nIPHERALD_IPV4_OLD=\nIPHERALD_IPV6_OLD=\nIPHERALD_INTERFACE=\n" \
        "IPHERALD_CHANGED=\n"


class Outside:
    """The file, and who writes it."""

    def __init__(self, lab):
        self.folder = lab.folder / "outside"
        self.path = self.folder / "addresses"
        lab.set_address(OWN)
        self.service = lab.service()
        with self.service.config.open("a") as f:
            f.write(f'watch = {{ sources = ( "interface", "file" ); file = "{self.path}"; }};\n')

    def put(self, text, mode=0o644, read=None):
        """In place of what is there, in one go. READ: when it was last read."""
        self.folder.mkdir(exist_ok=True)
        new = self.folder / "new"
        new.write_text(text, "ascii")
        new.chmod(mode)
        if read is not None:
            os.utime(new, (read, new.stat().st_mtime))
        new.rename(self.path)

    def put_and_see_read(self, text):
        self.put(text, read=0)
        until(lambda: self.path.stat().st_atime > 0, "the service has read it")

    def say(self, address):
        self.put(LINES.format(address))

    def look(self, clock):
        """So long passes that the file is looked at, whatever is heard."""
        until(lambda: not self.service.children(), "no session")
        clock.go_on(LOOK)


@pytest.fixture
def outside(lab):
    return Outside(lab)


def told(server, n):
    return server.wait_mails(n).message["X-Ipherald-IPv4"]


def test_what_the_file_says_is_told(outside, server):
    outside.say(FIRST)
    outside.service.start()
    assert told(server, 1) == FIRST
    body = server.mails[0].message.get_content()
    assert "as the file of watch.file says" in body and "forwards its port" in body
    assert f"{OWN} ({INTERFACE})" in body  # among the others
    outside.say(SECOND)
    assert told(server, 2) == SECOND
    outside.path.write_text(LINES.format(FIRST), "ascii")  # in place
    assert told(server, 3) == FIRST
    assert f"IPv4 {FIRST} on {INTERFACE}, outside, by file" in outside.service.text()
    assert server.stays_idle(SILENCE)


def test_a_folder_that_comes_later(outside, server):
    """Nobody has spoken yet: the interface's own counts, and then what the file says."""
    outside.service.start()
    assert told(server, 1) == OWN
    outside.service.wait_line('^The source "file" does not know the IPv4 address outside: No such file')
    outside.say(FIRST)
    assert told(server, 2) == FIRST
    outside.path.unlink()
    outside.folder.rmdir()
    outside.say(SECOND)
    assert told(server, 3) == SECOND


# In one go, like put(): a look between two steps would find no file, and its reason is the one that is told.
def fifo(outside):
    os.mkfifo(outside.folder / "new")
    (outside.folder / "new").rename(outside.path)


def link(outside):
    (outside.folder / "new").symlink_to("/etc/hostname")
    (outside.folder / "new").rename(outside.path)


SPOILS = [
    (lambda o: o.path.unlink(), "No such file"),
    (lambda o: o.say(""), "the file says that there is none"),
    (lambda o: o.put("IPHERALD_IPV4=203.0.113.9\n"), "the line of IPHERALD_IPV6 is not"),
    (lambda o: o.say("203.0.113.9 "), "the line of IPHERALD_IPV4 is not"),
    (lambda o: o.put(LINES.format("203.0.113.9"), 0o666), "others than its owner may write it"),
    (lambda o: o.say("0.0.0.0"), "it says 0.0.0.0, which no line has outside"),
    (link, "[Ss]ymbolic link"),
    (fifo, "no regular file"),
    (lambda o: o.put("#" * 5000), "too large"),
]


def test_silence_is_no_change(lab, outside, server):
    outside.say(FIRST)
    outside.service.start()
    assert told(server, 1) == FIRST
    outside.service.wait_line("^Mail sending completed:")
    for n, (spoil, why) in enumerate(SPOILS):
        spoil(outside)
        outside.service.wait_line(f'^The source "file" does not know the IPv4 address outside: .*{why}')
        if n < len(SPOILS) - 1:
            outside.say(FIRST)
            until(lambda n=n: len(outside.service.matching('^The source "file" knows .* again')) == n + 1, why)
    lab.set_address("192.168.2.6")
    assert server.stays_idle(SILENCE)
    outside.service.stop()
    outside.service.start()  # a restart keeps it as well
    assert server.stays_idle(SILENCE)
    outside.say(SECOND)
    assert told(server, 2) == SECOND


def unknown(service):
    return service.matching('^The source "file" does not know the IPv4 address outside')


def test_what_is_left_to_mend(outside, server):
    """Each reason of one silence once, however often they take turns; and the journal is not written as often as the
    file."""
    outside.say(FIRST)
    outside.service.start()
    assert told(server, 1) == FIRST
    outside.path.unlink()
    outside.service.wait_line('^The source "file" does not know .*: No such file')
    outside.put("", 0o666)
    outside.service.wait_line('^The source "file" does not know .*: others than its owner may write it')
    for _ in range(3):
        outside.put_and_see_read("IPHERALD_IPV4=\n")
        outside.put_and_see_read("IPHERALD_IPV6=\n")
    outside.say(SECOND)
    assert told(server, 2) == SECOND
    assert len(unknown(outside.service)) == 4
    for n in range(4, 11):
        outside.path.unlink()
        until(lambda n=n: len(unknown(outside.service)) > n, "a silence")
        outside.say(SECOND)
        until(lambda n=n: len(outside.service.matching('^The source "file" knows')) == n - 2, "its end")
    outside.path.unlink()
    outside.service.wait_line('^The source "file" does not know .*; it changes too often, and for an hour no more')
    outside.say(FIRST)
    assert told(server, 3) == FIRST
    assert len(outside.service.matching('^The source "file"')) == 20


def test_a_public_address_of_its_own_comes_first(lab, outside, server):
    outside.say(FIRST)
    outside.service.start()
    assert told(server, 1) == FIRST
    lab.set_address(SECOND)
    assert told(server, 2) == SECOND
    assert "reached from outside" in server.mails[1].message.get_content()
    assert "watch.file" not in server.mails[1].message.get_content()


def test_what_the_kernel_does_not_tell(lab, outside, moved, server):
    """A link on the way to the file points elsewhere, and then a folder far above it is another: it is looked at all the
    same."""
    above = lab.folder / "above"
    outside.folder = above / "now" / "outside"
    outside.path = outside.folder / "addresses"

    def put_below(folder, address):
        (folder / "outside").mkdir(parents=True)
        (folder / "outside" / "addresses").write_text(LINES.format(address), "ascii")

    put_below(above / "one", FIRST)
    put_below(above / "two", SECOND)
    (above / "now").symlink_to("one")
    outside.service.write_settings()
    with outside.service.config.open("a") as f:
        f.write(f'watch = {{ sources = ( "interface", "file" ); file = "{outside.path}"; }};\n')
    outside.service.start(environment=moved.environment)
    assert told(server, 1) == FIRST
    (above / "new").symlink_to("two")
    (above / "new").rename(above / "now")
    outside.look(moved)
    assert told(server, 2) == SECOND
    above.rename(lab.folder / "before")
    put_below(above / "now", FIRST)
    outside.look(moved)
    assert told(server, 3) == FIRST


@pytest.mark.parametrize("limit", ["instances", "watches"])
def test_no_more_files_may_be_watched(outside, moved, server, limit):
    """It is said, and the file is looked at all the same."""
    refuse = f'echo 0 > /proc/sys/user/max_inotify_{limit}; exec "$0" "$@"'
    outside.service.tracer = ("unshare", "--user", "--map-root-user", "sh", "-c", refuse)
    outside.say(FIRST)
    outside.service.start(environment=moved.environment)
    assert told(server, 1) == FIRST
    outside.service.wait_line("^Can't watch the folder of .*; it is read every five minutes")
    outside.say(SECOND)
    outside.look(moved)
    assert told(server, 2) == SECOND


def wake_ups(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text("ascii")
    return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status, re.MULTILINE)[1])


def test_a_file_replaced_all_the_time(outside, server):
    """It is looked at some times a second, and what stands in the end is told."""
    outside.say(FIRST)
    outside.service.start()
    assert told(server, 1) == FIRST
    before, began, n = wake_ups(outside.service.pid), time.monotonic(), 0
    while time.monotonic() < began + 2:
        outside.say(FIRST)
        n += 1
    woken, took = wake_ups(outside.service.pid) - before, time.monotonic() - began
    print(f"replaced {n / took:.0f} times a second; {woken / took:.0f} wake-ups a second")
    assert n > 500 and woken < took * WAKE_UPS
    outside.say(SECOND)
    assert told(server, 2) == SECOND
    assert server.stays_idle(SILENCE)
