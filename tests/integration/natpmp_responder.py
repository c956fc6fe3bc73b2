# SPDX-License-Identifier: GPL-2.0-or-later
"""A router that speaks NAT-PMP (RFC 6886) and says what the test would have it say."""

import contextlib
import socket
import struct
import threading

PORT = 5351
QUESTION = b"\0\0"  # for the external address


class NatPmpResponder:
    """At OWN in the NAMESPACE; EXTERNAL is what it answers."""

    def __init__(self, namespace, own, external):
        self._answer = struct.pack("!BBHI4s", 0, 128, 0, 7, socket.inet_aton(external))
        self._socket = namespace.inside(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self._socket.bind((own, PORT))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        while True:
            data, who = self._socket.recvfrom(1100)
            if who is None:
                return
            if data == QUESTION:
                self._socket.sendto(self._answer, who)

    def close(self):
        with contextlib.suppress(OSError):  # of a socket without a peer; the reader is woken all the same
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()
