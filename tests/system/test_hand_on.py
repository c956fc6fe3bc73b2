# SPDX-License-Identifier: GPL-2.0-or-later
"""A change of address goes on to DNS and to what its owner has put there. One machine of each release for all of it: each
test leaves it with A settled and handed on, and nothing held."""

import re
import time

import pytest

from home import Home
from lab import A, B, C, INTERFACE
from manual import literal
from name_server import NAME, NameServer, Provider
from process import until

PAGE = "ipherald.service.8"
A6, B6 = "2001:db8:1::10", "2001:db8:1::20"
QUIET = 0.2  # what settles, as the tests' settings have it
POLLING = 300  # seconds: how often ddclient looks, as it comes
RETRY = 60  # the unit's own waits, and nsupdate's, behind a server that was away
NSUPDATE, DDCLIENT, CHANGED = "ipherald-nsupdate", "ipherald-ddclient", "ipherald-changed"
EXPOSURE_LIMITS = {NSUPDATE: 1.1, DDCLIENT: 1.5, CHANGED: 1.9}
COPY = "/run/ipherald-changed/addresses"
SEEN, HOLD, RAN = "/var/tmp/seen", "/run/hold", "/run/ran"
# What its owner has put there: says what it was given, and goes on once nothing holds it.
THING = f"""#!/bin/bash
echo "$IPHERALD_IPV4 $IPHERALD_IPV4_OLD" >>{SEEN}
while [ -e {HOLD} ]; do sleep 0.05; done
"""


class Line(Home):
    """A machine that hands each change on."""

    def __init__(self, release):
        layers = release.layers_with("bind9", "bind9-dnsutils", "ddclient")
        super().__init__(release, layers)
        self.names = NameServer(layers, self.lab.server, self.lab.folder / "names")
        self.provider = Provider(self.lab.server)

    def close(self):
        self.provider.close()
        self.names.close()
        super().close()

    def set_both(self, four, six):
        self.lab.client.ip_batch(f"address flush dev {INTERFACE} scope global",
                                 f"address add {four}/24 dev {INTERFACE}", f"address add {six}/64 dev {INTERFACE} nodad",
                                 f"route replace default dev {INTERFACE}", f"route replace ::/0 dev {INTERFACE}")

    def wait_names(self, four, six, deadline=RETRY):
        until(lambda: (self.names.ask("A"), self.names.ask("AAAA")) == (four, six),
              f"{four} {six}: {self.names.ask('A')} {self.names.ask('AAAA')}", deadline)

    def seen(self):
        """The addresses that the owner's own unit was given, one a run."""
        path = self.box.path(SEEN)
        return [line.split(" ")[0] for line in path.read_text("ascii").splitlines()] if path.exists() else []

    def wait_seen(self, address):
        until(lambda: self.seen()[-1:] == [address], f"{address} in {self.seen()}")

    def state_of(self, unit):
        return self.box.run("systemctl", "show", "--property=ActiveState", "--value", unit).strip()

    def wait_idle(self):
        """What was handed on last is what there is, and nothing runs any more."""
        until(lambda: self.box.run("sh", "-c", "cmp /run/ipherald/addresses /run/ipherald-changed/handed; "
                                   "test -e /run/ipherald/changed && echo changed", check=False) == ""
              and self.state_of(CHANGED) == "inactive", "the end of it", RETRY)

    def hold(self):
        self.box.run("touch", HOLD)

    def let_go(self):
        self.box.run("rm", "-f", HOLD)

    def override(self, unit, *lines):
        self.box.write(f"/etc/systemd/system/{unit}.service.d/test.conf", "\n".join(["[Service]", *lines, ""]))
        self.systemctl("daemon-reload")


@pytest.fixture(scope="module", name="line")
def the_line(release):
    made = Line(release)
    try:
        made.names.start()
        prepare(made)
        yield made
    finally:
        made.close()


def prepare(line):
    box = line.box
    box.write("/etc/resolv.conf", "nameserver 203.0.113.25\n")
    box.run("install", "-d", "-m", "0700", "/etc/credstore")
    box.write("/root/home.key", line.names.key)
    commands = literal(PAGE, "Here that file is the credential")
    box.write(f"/etc/systemd/system/{NSUPDATE}.service.d/override.conf",
              literal(PAGE, "makes says what is to be updated"))
    box.write("/etc/systemd/system/my-thing.service", literal(PAGE, "/etc/systemd/system/my-thing.service"))
    box.write("/usr/local/sbin/my-thing", THING, 0o755)
    line.write_settings(quiet=QUIET)
    line.systemctl("enable", "my-thing")
    box.run("sh", "-euxc", "cd /root; " + commands.replace("systemctl edit", "true"))
    line.set_both(A, A6)
    line.enable()
    line.wait_names({A}, {A6})
    line.wait_idle()


def test_exposure(line):
    for unit, limit in EXPOSURE_LIMITS.items():
        last = line.box.run("systemd-analyze", "security", unit, "--no-pager").strip().splitlines()[-1]
        print(line.box.release.name, last)
        assert float(re.search(f"{unit}\\.service: ([\\d.]+) ", last)[1]) <= limit


def test_a_change_is_in_dns_at_once(line):
    begin = time.monotonic()
    line.set_both(B, B6)
    line.wait_names({B}, {B6})
    took = time.monotonic() - begin - QUIET
    print(f"{line.box.release.name}: {took:.2f} s from the change to the answer, less {QUIET} s to settle")
    assert took < POLLING / 20
    line.wait_idle()
    line.set_both(A, A6)
    line.wait_names({A}, {A6})
    line.wait_idle()


def test_a_family_that_goes(line):
    line.lab.set_address(A)
    line.wait_names({A}, set())
    line.set_both(A, A6)
    line.wait_names({A}, {A6})
    line.wait_idle()


def test_a_name_server_that_was_away(line):
    line.names.stop()
    line.set_both(B, B6)
    line.box.journal.wait(RETRY, UNIT=f"{NSUPDATE}.service$", MESSAGE=".*Failed with result 'exit-code'")
    line.names.start()
    line.wait_names({B}, {B6})
    line.set_both(A, A6)
    line.wait_names({A}, {A6})
    line.wait_idle()


def test_a_change_while_it_runs(line):
    """The last one wins, and what lies in between is left out."""
    before = len(line.seen())
    line.hold()
    line.lab.set_address(B)
    line.wait_seen(B)
    line.lab.set_address(C)
    until(lambda: C in line.box.run("cat", "/run/ipherald/addresses"), "C")
    line.set_both(A, A6)
    until(lambda: f"IPV4={A}" in line.box.run("cat", "/run/ipherald/addresses"), "A")
    assert line.seen()[before:] == [B]
    line.let_go()
    line.wait_idle()
    assert line.seen()[before:] == [B, A]
    line.wait_names({A}, {A6})


def test_a_burst(line):
    before = len(line.seen())
    for n in range(1, 15):
        line.lab.set_address(f"192.0.2.{100 + n}")
        until(lambda n=n: f"IPV4=192.0.2.{100 + n}\n" in line.box.run("cat", "/run/ipherald/addresses"), "the change")
    line.set_both(A, A6)
    line.wait_names({A}, {A6})
    line.wait_seen(A)
    line.wait_idle()
    runs = line.seen()[before:]
    print(f"{line.box.release.name}: {len(runs)} runs for 15 changes")
    assert runs[-1] == A and 2 <= len(runs) <= 15


def test_the_same_addresses_run_nothing(line):
    before = line.seen()
    line.restart()
    line.wait_idle()
    assert line.seen() == before


def test_what_is_killed_is_done_again(line):
    """Before it has noted what was handed on."""
    line.override(CHANGED, "RestartSec=100ms")
    before = len(line.seen())
    line.hold()
    line.lab.set_address(B)
    line.wait_seen(B)
    line.systemctl("kill", "--signal=KILL", CHANGED)
    line.box.journal.wait(UNIT=f"{CHANGED}.service$", MESSAGE=".*Failed with result 'signal'")
    line.let_go()
    until(lambda: line.seen()[before:] == [B, B], f"once more: {line.seen()[before:]}")
    line.set_both(A, A6)
    line.wait_seen(A)
    line.wait_idle()


HOSTILE = {
    "LD_PRELOAD": ("sed -i '1i LD_PRELOAD=/run/ipherald/x.so' addresses", "the line of IPHERALD_IPV4"),
    "BASH_ENV": ("echo BASH_ENV=/run/ipherald/x.sh >>addresses", "the line of IPHERALD_CHANGED"),
    "newline": (r"sed -i 's,^IPHERALD_INTERFACE=.*,&\nBASH_ENV=/run/ipherald/x.sh,' addresses",
                "the line of IPHERALD_CHANGED"),
    "NUL": (r"sed -i 's,^IPHERALD_INTERFACE=,&\x00,' addresses", "the line of IPHERALD_INTERFACE"),
    "10 MB": ("head -c 10000000 /dev/zero >>addresses", "too large"),
    "link": ("rm addresses; ln -s /etc/shadow addresses", "Too many levels of symbolic links"),
    "fifo": ("rm addresses; mkfifo addresses", "no regular file"),
}


def test_a_service_that_is_somebody_elses(line):
    """Root runs and reads nothing of what its user writes. The waits behind a refusal are left out here."""
    box = line.box
    line.override(CHANGED, "RestartSec=200ms", "ExecCondition=",
                 "ExecCondition=/usr/libexec/ipherald-hand-on /run/ipherald /run/ipherald-changed 0")
    box.write("/usr/local/sbin/evil", f"#!/bin/sh\ntouch {RAN}\n", 0o755)
    before, copy = line.seen(), box.run("cat", COPY)
    as_service = ["setpriv", f"--reuid={line.property('UID')}", "--clear-groups", "sh", "-euc"]
    good = box.run("cat", "/run/ipherald/addresses")
    box.run(*as_service, "echo /usr/local/sbin/evil >/run/ipherald/x.sh; cp /run/ipherald/addresses /run/ipherald/good")
    for name, (script, why) in HOSTILE.items():
        box.run(*as_service, f"cd /run/ipherald; {script}; : >changed")
        said = box.journal.wait(_SYSTEMD_UNIT=f"{CHANGED}.service$", MESSAGE=f".*{why}")
        print(name, said["MESSAGE"])
        box.run(*as_service, "cd /run/ipherald; cp --remove-destination good addresses")
    line.wait_idle()
    assert (line.seen(), box.run("cat", COPY)) == (before, copy)
    assert box.run("cat", "/run/ipherald/addresses") == good
    assert not box.run("ls", "-d", RAN, check=False).startswith(RAN)
    line.lab.set_address(B)
    line.wait_seen(B)
    line.set_both(A, A6)
    line.wait_names({A}, {A6})
    line.wait_idle()


def test_ddclient_updates_once(line):
    line.box.write("/etc/ddclient.conf", f"daemon={POLLING}\nprotocol=dyndns2\nserver=mail.example.com\nssl=no\n"
                   f"use=if, if={INTERFACE}\nlogin=me\npassword='open sesame'\n{NAME}\n", 0o600)
    line.systemctl("enable", DDCLIENT)
    for n, address in enumerate((B, A), 1):
        begin = time.monotonic()
        line.lab.set_address(address)
        updates = line.provider.wait(n, RETRY)
        print(f"{line.box.release.name}: {time.monotonic() - begin - QUIET:.2f} s from the change to the provider")
        assert [updates[-1].get(key) for key in ("hostname", "myip")] == [NAME, address]
        line.wait_idle()
        assert len(line.provider.updates) == n
    assert line.box.run("systemctl", "show", "--property=Result", "--value", DDCLIENT).strip() == "success"
