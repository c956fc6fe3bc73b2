# SPDX-License-Identifier: GPL-2.0-or-later
"""Two machines joined by a cable: `client`, where the service runs, and `server`, where the mail server listens.

     client                      server
     wan0  A, B, C ... ==== uplink   203.0.113.25 is mail.example.com

The default route of either is the cable itself, so that any address of the client reaches the server. The folder
lies in the tests' own /run and ends with it; its way there is open to all, since a mailer that root started reads
ca_file as somebody else."""

import itertools
import pathlib
import subprocess

from certificates import Authority
from mail_server import MailServer
from namespaces import Namespace, join
from service import Service

A, B, C = "192.0.2.10", "192.0.2.20", "198.51.100.30"
SERVER = "mail.example.com"
SERVER_ADDRESS = "203.0.113.25"
INTERFACE = "wan0"
SILENCE = 1.5  # seconds without a connection that count as "no mail": seven times settle.quiet
PASSWORD = "open sesame"
ACCOUNT = "gateway@example.com"

NAME_FILES = {"/etc/hosts": f"127.0.0.1 localhost\n{SERVER_ADDRESS} {SERVER}\n", "/etc/resolv.conf": ""}

_numbers = itertools.count()


class Lab:
    def __init__(self, on_line=None):
        self.folder = pathlib.Path(f"/run/lab-{next(_numbers)}")
        self.folder.mkdir()
        certificates = self.folder / "certificates"
        certificates.mkdir()
        self.authority = Authority(certificates)
        self.certificate = self.authority.certificate([SERVER])
        self.client = Namespace("client")
        self.server = Namespace("server")
        self.services = []
        self.servers = []
        self._on_line = on_line
        self._name_server()
        self.plug()
        self.server.ip("address", "add", f"{SERVER_ADDRESS}/32", "dev", "lo")

    def close(self):
        for thing in [*self.services, *self.servers]:
            thing.close()
        for path in NAME_FILES:
            subprocess.run(["umount", path], check=True)
        self.client.delete()
        self.server.delete()

    def _name_server(self):
        """Names come from a file, and nobody else is asked."""
        for path, text in NAME_FILES.items():
            own = self.folder / pathlib.Path(path).name
            own.write_text(text, "ascii")
            subprocess.run(["mount", "--bind", own, path], check=True)

    def plug(self):
        join(self.client, INTERFACE, self.server, "uplink")
        self.server.ip("route", "add", "default", "dev", "uplink")

    def unplug(self):
        """The client's interface goes, and with it the cable, its addresses and routes."""
        self.client.ip("link", "delete", INTERFACE)

    def set_address(self, *addresses):
        """The interface gets these one after the other, each instead of the one before, all within milliseconds."""
        lines = []
        for address in addresses:
            lines += [f"address flush dev {INTERFACE} scope global",
                      f"address add {address}/24 dev {INTERFACE}",
                      f"route replace default dev {INTERFACE}"]
        self.client.ip_batch(*lines)

    def mail_server(self, certificate=None, port=587, **options):
        """A good submission server, where OPTIONS don't say otherwise."""
        context = (certificate or self.certificate).server_context()
        server = MailServer(self.server, SERVER_ADDRESS, port,
                            **{"context": context, "users": {ACCOUNT: PASSWORD}, **options})
        self.servers.append(server)
        return server

    def service(self, **options):
        settings = {"ca_file": self.authority.ca_file, "password": PASSWORD, **options}
        folder = self.folder / f"service-{len(self.services)}"
        service = Service(folder, namespace=self.client, on_line=self._on_line, **settings)
        self.services.append(service)
        return service
