# SPDX-License-Identifier: GPL-2.0-or-later
"""A wire that takes its time, as a TCP proxy, and counts the round trips that a client waits for.

The round trips of a connection are the longest chain in it of: the client sends, the server sends after it has come,
the client sends after that has come, and so on. They are counted as that says, without a clock: what the client sends
carries the number of round trips that have come to an end at the client, what the server sends carries one more than
the highest that has come to the server, and it has come to an end where it comes to the client. Octets that cross on
the wire, and writes that follow each other, add nothing.

The connect is the first round trip, SYN and SYN-ACK. The last segment of TCP's handshake is what a server's greeting
answers; a client that speaks first, as in TLS, sends its octets with that segment. An answer that the client does not
stay for, to QUIT or to the end of TLS, is none.

A client's connect() to a proxy ends at once. So the proxy reads nothing from it until two ways of the handshake have
passed, and connects to the server when the third has. From there on octets, and the end of them, come DELAY later out
of the other end: the time from a client's connect to the last octets that it waits for is that of a wire with this
delay, but for what the two programs need themselves."""

import asyncio
import contextlib
import threading
import time

from process import PATIENCE


class Crossing:
    """A connection. What was counted holds from the client's end of file on."""

    def __init__(self):
        self.round_trips = 1  # that have come to an end at the client
        self.asked = 1  # the highest that has come to the server
        self.seconds = 0.0  # from the connect to the last octets that came to the client
        self.sent = b""  # by the client
        self.ended = threading.Event()  # the client sends no more
        self._begun = time.monotonic()

    def from_client(self, data):
        self.sent += data
        if not data:
            self.ended.set()
        return self.round_trips

    def to_server(self, stamp):
        self.asked = max(self.asked, stamp)

    def from_server(self, _):
        return self.asked + 1

    def to_client(self, stamp):
        if not self.ended.is_set():
            self.round_trips = max(self.round_trips, stamp)
            self.seconds = time.monotonic() - self._begun


class DelayProxy:
    """Listens on `port` of ADDRESS, in front of SERVER, a pair of address and port. DELAY: seconds one way. Both
    ends of each connection have to be closed before the proxy is.
    INSIDE(function) calls it in the network namespace where both are."""

    def __init__(self, server, address="127.0.0.1", delay=0.0, inside=lambda function: function()):
        self.crossings = []  # of all connections, in order
        self.port = None
        self._server, self._address, self._delay = server, address, delay
        self._tasks = []
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: inside(self._run), daemon=True)
        self._thread.start()
        self._ready.wait()

    def _run(self):
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self):
        listener = await asyncio.start_server(self._cross, self._address, 0)
        self.port = listener.sockets[0].getsockname()[1]
        self._ready.set()
        async with listener:
            await self._stop.wait()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=PATIENCE)

    async def _cross(self, from_client, to_client):
        crossing = Crossing()
        self.crossings.append(crossing)
        self._tasks.append(asyncio.current_task())
        upstream, downstream = asyncio.Queue(), asyncio.Queue()
        await asyncio.sleep(2 * self._delay)
        first = asyncio.create_task(self._read(from_client, crossing.from_client, upstream))
        await asyncio.sleep(self._delay)
        from_server, to_server = await asyncio.open_connection(*self._server)
        await asyncio.gather(first, self._write(upstream, crossing.to_server, to_server),
                             self._read(from_server, crossing.from_server, downstream),
                             self._write(downstream, crossing.to_client, to_client))
        to_server.close()
        to_client.close()

    async def _read(self, reader, stamp, wire):
        """Puts what comes, and at last its end, on the wire. An error is as good an end as any."""
        data = True
        while data:
            try:
                data = await reader.read(65536)
            except OSError:
                data = b""
            wire.put_nowait((self._loop.time() + self._delay, data, stamp(data)))

    async def _write(self, wire, note, writer):
        """Takes from the wire what has arrived."""
        data = True
        while data:
            due, data, stamp = await wire.get()
            await asyncio.sleep(due - self._loop.time())
            with contextlib.suppress(OSError):
                if data:
                    note(stamp)
                    writer.write(data)
                else:
                    writer.write_eof()

    def close(self):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
