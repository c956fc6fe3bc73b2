# SPDX-License-Identifier: GPL-2.0-or-later
"""A router that speaks PCP over IPv6 (RFC 6887) and says what the test would have it say. Debian's miniupnpd 2.3 answers
there, but with the client's own address, since it hides no IPv6, and announces to IPv4's group alone."""

import socket
import struct
import time

from udp_responder import UdpResponder

PORT, ANNOUNCEMENT_PORT = 5351, 5350
REQUEST = 60  # octets of a MAP


class PcpResponder(UdpResponder):
    """At the link-local ADDRESS on the INTERFACE of the NAMESPACE, its clock as many seconds ahead as AHEAD() says.
    `external` is what it answers, `requests` what came."""

    def __init__(self, namespace, address, interface, external, ahead):
        self.external = external
        self.requests = []
        self._ahead = ahead
        self._began = time.monotonic()
        bound, self._index = namespace.inside(lambda: self._bind(address, interface))
        super().__init__(bound)

    @staticmethod
    def _bind(address, interface):
        index = socket.if_nametoindex(interface)
        s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        s.bind((address, PORT, 0, index))
        return s, index

    def _header(self, opcode, lifetime):
        epoch = int(time.monotonic() - self._began) + self._ahead()
        return struct.pack("!BBBBII12x", 2, 128 | opcode, 0, 0, lifetime, epoch)

    def answer(self, data):
        self.requests.append(data)
        if len(data) != REQUEST or data[:2] != b"\2\1":
            return None
        return self._header(1, 120) + data[24:42] + data[40:42] + socket.inet_pton(socket.AF_INET6, self.external)

    def announce(self):
        """That it has begun anew, to all nodes of the link."""
        self._began = time.monotonic()
        self.socket.sendto(self._header(0, 0), ("ff02::1", ANNOUNCEMENT_PORT, 0, self._index))
