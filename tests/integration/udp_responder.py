# SPDX-License-Identifier: GPL-2.0-or-later
"""What answers datagrams beside the test."""

import contextlib
import socket
import threading


class UdpResponder:
    """Whoever derives from it has answer(DATA): the octets of the answer, or None where there is none."""

    def __init__(self, bound):
        """BOUND: a socket of its own from here on."""
        self.socket = bound
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        while True:
            data, who = self.socket.recvfrom(1100)
            if who is None:
                return
            answer = self.answer(data)
            if answer:
                self.socket.sendto(answer, who)

    def answer(self, data):
        raise NotImplementedError

    def close(self):
        with contextlib.suppress(OSError):  # of a socket without a peer; the reader is woken all the same
            self.socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self.socket.close()
