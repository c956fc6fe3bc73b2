# SPDX-License-Identifier: GPL-2.0-or-later
"""A line of its own for each scenario: `home`, where the service runs, and `provider`, its router and mail server.

     home                        provider
     wan0 ==================== uplink   radvd
     desk ==================== desk     203.0.113.25, the mail server

The mails go by `desk`, whose addresses are link-local and so never told: whatever happens to wan0, a mail that is
owed is in the server's hands at once, and what was sent is what was decided. Many lines stand side by side."""

import ipaddress
import itertools
import json
import pathlib
import re
import signal
import subprocess
import threading

from lab import ACCOUNT, PASSWORD, SERVER, SERVER_ADDRESS
from mail_server import MailServer
from namespaces import Namespace, join
from process import Process, until
from service import Service

QUIET, LIMIT = 0.2, 2.0  # settle's
WAN = "dev wan0"
HARDWARE = "02:00:5e:10:00:01"
SUFFIX = ":5eff:fe10:1"  # what the kernel makes of it behind a prefix

ROUTER = """\
interface uplink {{
  AdvSendAdvert on;
  AdvIntervalOpt on;
  MinRtrAdvInterval 0.15;
  MaxRtrAdvInterval 0.2;
{}
}};
"""
PREFIX = "  prefix {}/64 {{ AdvValidLifetime {}; AdvPreferredLifetime {}; }};"

_numbers = itertools.count()
_making = threading.Lock()


class Scenarios(dict):
    """name -> (function, told): what happens on a line, and which addresses are to be told for it, in order."""

    def __call__(self, *told):
        def add(function):
            self[function.__name__.replace("_", " ")] = (function, list(told))
            return function
        return add


class Line:
    def __init__(self, authority, certificate):
        self._authority = authority
        self._radvd = self._monitor = self.service = None
        self._told = 0
        with _making:
            number = next(_numbers)
            self.folder = pathlib.Path(f"/run/line-{number}")
            self.folder.mkdir()
            self.home, self.provider = Namespace(f"home-{number}"), Namespace(f"provider-{number}")
        join(self.home, "desk", self.provider, "desk")
        self.home.ip_batch("address add 169.254.1.1/30 dev desk", "link set desk addrgenmode none",
                           f"route add {SERVER_ADDRESS} dev desk src 169.254.1.1")
        self.provider.ip_batch("address add 169.254.1.2/30 dev desk", f"address add {SERVER_ADDRESS}/32 dev lo")
        self.plug("wan0", "uplink")
        self.server = MailServer(self.provider, SERVER_ADDRESS, 587, context=certificate.server_context(),
                                 users={ACCOUNT: PASSWORD})

    def close(self):
        for thing in (self.service, self.server):
            if thing:
                thing.close()
        for process in (self._radvd, self._monitor):
            if process:
                process.stop()
        self.home.delete()
        self.provider.delete()

    def plug(self, interface, other):
        """A cable to the provider; its hardware address is the same each time."""
        join(self.home, interface, self.provider, other)
        self.home.ip_batch(f"link set {interface} down", f"link set {interface} address {HARDWARE} up")

    def ip(self, *lines):
        """Each a command of ip(8), all within milliseconds."""
        self.home.ip_batch(*lines)

    def sysctl(self, **values):
        """Of wan0; the name's family first: ipv6_use_tempaddr=2."""
        def write():
            for name, value in values.items():
                family, key = name.split("_", 1)
                pathlib.Path(f"/proc/sys/net/{family}/conf/wan0/{key}").write_text(str(value), "ascii")
        self.home.inside(write)

    def start(self, watch="", **settings):
        """The service; started again it goes on with its ledger."""
        if self.service is None:
            self.service = Service(self.folder, PASSWORD, namespace=self.home, server=SERVER_ADDRESS,
                                   tls=f'name = "{SERVER}";', ca_file=self._authority.ca_file,
                                   **{"quiet": QUIET, "limit": LIMIT, **settings})
            with self.service.config.open("a") as f:
                f.write(f"watch = {{ {watch} }};\n")
        self.service.start()

    def advertise(self, *prefixes):
        """A router that says, five times a second, so much of each (prefix, valid, preferred) and of nothing else."""
        path = self.folder / "radvd.conf"
        path.write_text(ROUTER.format("\n".join(PREFIX.format(*p) for p in prefixes)))
        if self._radvd:
            self._radvd.kill(signal.SIGHUP)
            return
        self.provider.inside(lambda: pathlib.Path("/proc/sys/net/ipv6/conf/all/forwarding").write_text("1"))
        self._radvd = Process(self.provider.command("radvd", "--nodaemon", f"--config={path}", "--logmethod=stderr",
                                                    f"--pidfile={self.folder}/radvd.pid"))
        self._radvd.wait_line("started")

    def link(self, interface="wan0"):
        """What the kernel has of it, as ip(8) shows it."""
        text = subprocess.run(["ip", "-n", self.home.name, "-j", "address", "show", "dev", interface], check=True,
                              capture_output=True, text=True).stdout
        return json.loads(text)[0]

    def addresses(self, interface="wan0"):
        return self.link(interface)["addr_info"]

    def wait_address(self, address, interface="wan0", **facts):
        """Until ADDRESS is there, tentative no more, and FACTS are what ip(8) says of it."""
        wanted = {"local": address, "tentative": False, **facts}
        until(lambda: any(all(a.get(key, False) == value for key, value in wanted.items())
                          for a in self.addresses(interface)), wanted)

    def hear_kernel(self, pattern, times):
        """Until the kernel has said PATTERN of an address so many times from here on."""
        if self._monitor:
            self._monitor.stop()
        self._monitor = Process(self.home.command("ip", "-oneline", "monitor", "address"))
        for _ in range(times):
            self._monitor.wait_line(pattern)

    def wait_told(self, address):
        """Until one more mail has come, which tells ADDRESS."""
        self._told += 1
        self.server.wait_mails(self._told)
        self.service.wait_line("^Mail sending completed:")
        assert self.told()[-1] == address, self.told()

    def told(self):
        """The addresses that the mails told, in order."""
        return [word for mail in self.server.mails for word in addresses_in(re.sub(r"\(was .*?\)", "", mail.subject))]

    def is_calm(self, seconds):
        return self.server.stays_idle(seconds)

    def text(self):
        """What the service has said; nothing where it was never started."""
        return self.service.text() if self.service else ""


def addresses_in(text):
    for word in re.split(r"[\s,]+", text):
        try:
            yield str(ipaddress.ip_address(word))
        except ValueError:
            pass
