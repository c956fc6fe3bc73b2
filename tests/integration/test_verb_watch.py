# SPDX-License-Identifier: GPL-2.0-or-later
"""`ipherald watch` on a real kernel: each event, what was decided of it, and why."""

import os
import pathlib
import re
import selectors
import signal
import subprocess
import time

import pytest

from watch_process import BUILD, ip, own_namespace, skip

QUIET = 0.3  # and no longer together: of what came within the limit the settled one stays
SETTINGS = f"""\
watch = {{ private = false; }};
settle = {{ quiet = {QUIET}; limit = {QUIET}; }};
"""
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  ")


class VerbWatch:
    """The verb in a process of nobody's; its lines are read as they come."""

    def __init__(self, settings, **environment):
        self.process = subprocess.Popen(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", BUILD.resolve() / "ipherald",
             "watch", "--config", settings],
            stdout=subprocess.PIPE, env=os.environ | {"LC_ALL": "C.UTF-8"} | environment)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self.process.stdout.close()

    def line(self, deadline):
        while b"\n" not in self.rest:
            assert self.selector.select(max(0, deadline - time.monotonic())), "silence"
            data = os.read(self.process.stdout.fileno(), 65536)
            assert data, "it ended"
            self.rest += data
        line, self.rest = self.rest.split(b"\n", 1)
        text = line.decode()
        assert LINE.match(text), text
        return LINE.sub("", text)

    def expect(self, text, timeout=10):
        """The lines up to the one that TEXT, an expression, is all of."""
        deadline, seen = time.monotonic() + timeout, []
        while True:
            try:
                seen.append(self.line(deadline))
            except AssertionError as error:
                raise AssertionError(f"{error}: no {text!r} in {seen}") from None
            if re.fullmatch(text, seen[-1]):
                return seen


@pytest.fixture
def settings(tmp_path):
    # A folder of root's alone would be none of nobody's.
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)
    path = tmp_path / "ipherald.conf"
    path.write_text(SETTINGS, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def namespace():
    with own_namespace():
        ip("addr", "add", "192.0.2.1/24", "dev", "wan")
        ip("route", "add", "default", "via", "192.0.2.254")
        yield


@pytest.fixture
def watch(settings):
    with VerbWatch(settings) as verb:
        verb.expect(r"  IPv4: 192\.0\.2\.1 on wan; settled")
        verb.expect(r"  IPv6: none, there is no IPv6 default route; settled")
        yield verb


def test_addition_settles(watch):
    ip("addr", "add", "198.51.100.7/24", "dev", "wan")
    watch.expect(r"address 198\.51\.100\.7 on wan: new; counts")
    line = watch.expect(r"  IPv4: 198\.51\.100\.7 on wan; settling, \d\.\d s left")[-1]
    assert 0 < float(line.split()[-3]) <= QUIET
    watch.expect(r"  IPv4: 198\.51\.100\.7 on wan; settled")


def test_deletion(watch):
    ip("addr", "del", "192.0.2.1/24", "dev", "wan")
    watch.expect(r"address 192\.0\.2\.1 on wan: deleted")
    watch.expect(r"  IPv4: none, .*; settling, \d\.\d s left")
    watch.expect(r"  IPv4: none, there is no IPv4 default route; settled")


def test_back_before_it_settled_is_no_change(watch):
    ip("addr", "add", "198.51.100.7/24", "dev", "wan")
    ip("addr", "del", "198.51.100.7/24", "dev", "wan")
    watch.expect(r"address 198\.51\.100\.7 on wan: deleted")
    watch.expect("  no change")


def test_why_an_address_does_not_count(watch):
    ip("addr", "add", "10.0.0.1/24", "dev", "wan")
    watch.expect(r"address 10\.0\.0\.1 on wan: new; does not count: private")
    watch.expect("  no change")
    ip("addr", "add", "198.51.100.9/24", "dev", "peer")
    watch.expect(r"address 198\.51\.100\.9 on peer: new; does not count: the default route leads elsewhere")
    ip("-6", "addr", "add", "2001:db8::5/64", "dev", "wan", "nodad")
    watch.expect("address 2001:db8::5 on wan: new; does not count: there is no default route")
    ip("-6", "route", "add", "default", "dev", "wan", "metric", "77")
    watch.expect("IPv6 default route on wan, metric 77: new")
    watch.expect("  IPv6: 2001:db8::5 on wan; settled")
    ip("-6", "addr", "change", "2001:db8::5/64", "dev", "wan", "valid_lft", "900", "preferred_lft", "0")
    watch.expect("address 2001:db8::5 on wan: changed; does not count: deprecated: preferred lifetime 0")
    watch.expect("  IPv6: none, .*; settled")
    ip("link", "set", "peer", "down")
    watch.expect("interface peer: changed, down")


def test_temporary(watch):
    pathlib.Path("/proc/sys/net/ipv6/conf/wan/use_tempaddr").write_text("2", encoding="ascii")
    ip("-6", "addr", "add", "2001:db8::5/64", "dev", "wan", "nodad", "mngtmpaddr", "valid_lft", "3600",
       "preferred_lft", "1800")
    ip("-6", "route", "add", "default", "dev", "wan")
    ip("-6", "addr", "change", "2001:db8::5/64", "dev", "wan", "nodad", "mngtmpaddr", "valid_lft", "3700",
       "preferred_lft", "1900")
    watch.expect(r"address 2001:db8::\S+ on wan: \w+( \w+)?; does not count: temporary")


def test_tunnel(watch):
    try:
        ip("tuntap", "add", "vpn", "mode", "tun")
    except subprocess.CalledProcessError as error:
        skip(f"no tun device: {error.stderr.strip()}")
    watch.expect("interface vpn: new, down, tunnel")
    ip("link", "set", "vpn", "up")
    ip("addr", "add", "203.0.113.2/24", "dev", "vpn")
    watch.expect(r"address 203\.0\.113\.2 on vpn: new; does not count: tunnel")
    ip("route", "add", "default", "dev", "vpn", "metric", "50")
    watch.expect("  no change")
    ip("link", "del", "vpn")
    watch.expect("interface vpn: deleted")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it(watch, number):
    watch.process.send_signal(number)
    assert watch.process.wait(10) == 0


def test_other_sources_are_the_service_s(settings):
    """A private address counts as what they are asked about, though watch.private would leave it out."""
    sources = 'watch = { private = false; sources = ( "interface", "gateway" );'
    settings.write_text(SETTINGS.replace("watch = { private = false;", sources), encoding="utf-8")
    asked = "; the service asks watch.sources for the address outside"
    with VerbWatch(settings) as verb:
        verb.expect(r"  IPv4: 192\.0\.2\.1 on wan; settled")
        ip("addr", "add", "192.168.1.5/24", "dev", "wan")
        ip("addr", "del", "192.0.2.1/24", "dev", "wan")
        verb.expect(r"address 192\.168\.1\.5 on wan: new; counts")
        verb.expect(r"  IPv4: 192\.168\.1\.5 on wan; settling, .*left")
        verb.expect(rf"  IPv4: 192\.168\.1\.5 on wan; settled{asked}")


def test_a_fault_of_the_settings(settings):
    settings.write_text("wach = {};\n", encoding="utf-8")
    done = subprocess.run([BUILD / "ipherald", "watch", "--config", settings], capture_output=True, text=True,
                          timeout=10, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "unknown key wach" in done.stderr
