# SPDX-License-Identifier: GPL-2.0-or-later
"""A router that speaks NAT-PMP (RFC 6886) and says what the test would have it say."""

import socket
import struct

from udp_responder import UdpResponder

PORT = 5351
QUESTION = b"\0\0"  # for the external address


class NatPmpResponder(UdpResponder):
    """At OWN in the NAMESPACE; EXTERNAL is what it answers, and its clock is as many seconds ahead as AHEAD() says."""

    def __init__(self, namespace, own, external, ahead=lambda: 0):
        self._external = external
        self._ahead = ahead
        bound = namespace.inside(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        bound.bind((own, PORT))
        super().__init__(bound)

    def answer(self, data):
        if data != QUESTION:
            return None
        return struct.pack("!BBHI4s", 0, 128, 0, 7 + self._ahead(), socket.inet_aton(self._external))
