# SPDX-License-Identifier: GPL-2.0-or-later
"""Who is told a name's addresses: BIND with a key, and a provider that speaks dyndns2."""

import http.server
import subprocess
import threading
import urllib.parse

from lab import SERVER_ADDRESS
from overlay import Overlay
from process import Process

ZONE, NAME = "example.net", "home.example.net"
# As the manual has it.
GRANT = f"grant home-key name {NAME}. A AAAA;"
CONFIGURATION = f"""\
include "/etc/bind/home.key";
options {{
  directory "/var/cache/bind"; pid-file none; session-keyfile none; recursion no; dnssec-validation no;
  listen-on {{ {SERVER_ADDRESS}; }}; listen-on-v6 {{ none; }};
}};
controls {{ }};
zone "{ZONE}" {{ type primary; file "/var/lib/bind/{ZONE}"; update-policy {{ {GRANT} }}; }};
"""
RECORDS = f"""\
$TTL 60
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A {SERVER_ADDRESS}
"""


class NameServer:
    """BIND in the NAMESPACE, out of the LAYERS of a release, with a key of its own."""

    def __init__(self, layers, namespace, folder):
        self._namespace = namespace
        self._root = Overlay(layers, folder)
        self.key = subprocess.run(self._root.command("tsig-keygen", "home-key"), stdout=subprocess.PIPE, text=True,
                                  check=True).stdout
        self._root.write("etc/bind/home.key", self.key)
        self._root.write("etc/bind/test.conf", CONFIGURATION)
        self._root.write(f"var/lib/bind/{ZONE}", RECORDS)
        self._process = None

    def start(self):
        argv = self._root.command("named", "-g", "-n", "1", "-c", "/etc/bind/test.conf")
        self._process = Process(self._namespace.command(*argv))
        self._process.wait_line(" running$")

    def stop(self):
        self._process.stop()

    def ask(self, kind):
        """The NAME's addresses of that KIND, A or AAAA, in no order."""
        argv = self._root.command("dig", f"@{SERVER_ADDRESS}", "+short", "+time=1", "+tries=1", NAME, kind)
        done = subprocess.run(self._namespace.command(*argv), stdout=subprocess.PIPE, text=True, check=False)
        return set(done.stdout.split()) if done.returncode == 0 else None

    def close(self):
        if self._process:
            print(self._process.text())
            self.stop()
        self._root.close()


class Provider:
    """Takes each update by dyndns2 for good, and keeps its query."""

    def __init__(self, namespace):
        self.updates = updates = []
        self.heard = heard = threading.Condition()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name
                query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(f"good {query.get('myip')}\n".encode())
                with heard:
                    updates.append(query)
                    heard.notify_all()

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        self._server = namespace.inside(lambda: http.server.ThreadingHTTPServer((SERVER_ADDRESS, 80), Handler))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def wait(self, n, deadline):
        with self.heard:
            assert self.heard.wait_for(lambda: len(self.updates) >= n, deadline), self.updates
            return list(self.updates)

    def close(self):
        self._server.shutdown()
        self._server.server_close()
