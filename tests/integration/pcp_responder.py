# SPDX-License-Identifier: GPL-2.0-or-later
"""A router that speaks PCP over IPv6 (RFC 6887) and says what the test would have it say. Debian's miniupnpd 2.3 answers
there, but with the client's own address, since it hides no IPv6, and announces to IPv4's group alone."""

import contextlib
import socket
import struct
import threading
import time

PORT, ANNOUNCEMENT_PORT = 5351, 5350
REQUEST = 60  # octets of a MAP


class PcpResponder:
    """At the link-local ADDRESS on the INTERFACE of the NAMESPACE. `external` is what it answers, `requests` what came."""

    def __init__(self, namespace, address, interface, external):
        self.external = external
        self.requests = []
        self._began = time.monotonic()
        self._socket, self._index = namespace.inside(lambda: self._bind(address, interface))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @staticmethod
    def _bind(address, interface):
        index = socket.if_nametoindex(interface)
        s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        s.bind((address, PORT, 0, index))
        return s, index

    def _header(self, opcode, lifetime):
        epoch = int(time.monotonic() - self._began)
        return struct.pack("!BBBBII12x", 2, 128 | opcode, 0, 0, lifetime, epoch)

    def _serve(self):
        while True:
            data, who = self._socket.recvfrom(1100)
            if who is None:
                return
            self.requests.append(data)
            if len(data) == REQUEST and data[:2] == b"\2\1":
                external = socket.inet_pton(socket.AF_INET6, self.external)
                self._socket.sendto(self._header(1, 120) + data[24:42] + data[40:42] + external, who)

    def announce(self):
        """That it has begun anew, to all nodes of the link."""
        self._began = time.monotonic()
        self._socket.sendto(self._header(0, 0), ("ff02::1", ANNOUNCEMENT_PORT, 0, self._index))

    def close(self):
        with contextlib.suppress(OSError):  # of a socket without a peer; the reader is woken all the same
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()
