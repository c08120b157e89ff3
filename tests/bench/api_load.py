"""A load generator on loopback: closed loop for throughput, constant rate for latency.

At a constant rate latency counts from the moment a request was due, not from when the generator got round to
sending it: a server that stalls cannot hide the requests that would have come meanwhile.
"""

from __future__ import annotations

import asyncio
import itertools
import selectors
import socket
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

import uvloop


@dataclass(slots=True)
class Load:
    """What came of one run.

    Args:
        seconds: How long it took.
        latencies: Seconds of every answered request.
        failures: Answers that are neither 2xx nor 304, and broken connections.
        received: Bytes of bodies.
    """

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    failures: int = 0
    received: int = 0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def quantile(self, share: float) -> float:
        """Return a quantile of the latencies in seconds; infinite without any."""
        if not self.latencies:
            return float("inf")
        return sorted(self.latencies)[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


def request(target: str, **headers: str) -> bytes:
    """Return the bytes of a GET request; underscores in header names become hyphens."""
    lines = [f"GET {target} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class _Connection(asyncio.Protocol):
    """One keep-alive connection; one request at a time; reads by Content-Length."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._buffer = bytearray()
        self._missing = -1
        self._ok = False
        self._waiter: asyncio.Future[bool] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def send(self, data: bytes) -> asyncio.Future[bool]:
        """Send a request; the future tells whether a good answer came."""
        self._waiter = asyncio.get_running_loop().create_future()
        if self._transport is None or self._transport.is_closing():
            self._waiter.set_result(False)
        else:
            self._transport.write(data)
        return self._waiter

    def data_received(self, data: bytes) -> None:
        if self._missing < 0:
            self._buffer += data
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._buffer[:end]).lower()
            self._ok = head[9:10] == b"2" or head[9:12] == b"304"
            at = head.find(b"content-length:")
            length = 0 if at < 0 or head[9:12] == b"304" else int(head[at + 15 :].partition(b"\r\n")[0])
            self._missing = length - (len(self._buffer) - end - 4)
            self._load.received += length
            self._buffer.clear()
        else:
            self._missing -= len(data)
        if self._missing == 0:
            self._missing = -1
            self._finish(self._ok)

    def connection_lost(self, error: Exception | None) -> None:
        self._finish(False)

    def _finish(self, good: bool) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(good)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def _connect(port: int, load: Load) -> _Connection:
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_connection(lambda: _Connection(load), "127.0.0.1", port)
    return protocol


class _Socket:
    """One keep-alive connection without an event loop: as little work as possible per answer."""

    __slots__ = ("before", "buffer", "load", "missing", "ok", "plug")

    def __init__(self, port: int, load: Load) -> None:
        self.plug = socket.create_connection(("127.0.0.1", port))
        self.plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.plug.setblocking(False)
        self.load, self.buffer, self.missing, self.ok, self.before = load, b"", -1, False, 0.0

    def ask(self, data: bytes) -> None:
        """Send a request."""
        self.before = time.perf_counter()
        self.plug.send(data)

    def answered(self) -> bool:
        """Read what is there; tell whether the answer is complete."""
        data = self.plug.recv(1 << 20)
        if not data:
            raise ConnectionError
        if self.missing < 0:
            data = self.buffer + data
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self.buffer = data
                return False
            self.buffer = b""
            head = data[:end].lower()
            unchanged = head[9:12] == b"304"
            self.ok = unchanged or head[9:10] == b"2"
            at = head.find(b"content-length:")
            length = 0 if at < 0 or unchanged else int(head[at + 15 :].partition(b"\r\n")[0])
            self.load.received += length
            self.missing = length - (len(data) - end - 4)
        else:
            self.missing -= len(data)
        if self.missing > 0:
            return False
        self.missing = -1
        if self.ok:
            self.load.latencies.append(time.perf_counter() - self.before)
        else:
            self.load.failures += 1
        return True


def closed_loop(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> Load:
    """Ask as fast as answers come, over several connections, in turn from a list of requests."""
    load, source = Load(), itertools.cycle(requests)
    with selectors.DefaultSelector() as ready:
        sockets = [_Socket(port, load) for _ in range(connections)]
        for one in sockets:
            ready.register(one.plug, selectors.EVENT_READ, one)
        started = time.perf_counter()
        end = started + seconds
        for one in sockets:
            one.ask(next(source))
        while time.perf_counter() < end:
            for key, _ in ready.select(0.1):
                if key.data.answered():
                    key.data.ask(next(source))
        load.seconds = time.perf_counter() - started
    for one in sockets:
        one.plug.close()
    return load


async def _constant(
    port: int, requests: Sequence[bytes], rate: float, seconds: float, connections: int
) -> Load:
    load = Load()
    source = itertools.cycle(requests)
    started = time.perf_counter()
    ticks = iter(range(int(rate * seconds)))

    async def one() -> None:
        connection = await _connect(port, load)
        for tick in ticks:
            due = started + tick / rate
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            if await connection.send(next(source)):
                load.latencies.append(time.perf_counter() - due)
            else:
                load.failures += 1
                connection = await _connect(port, load)
        connection.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    load.seconds = time.perf_counter() - started
    return load


def _run(main: Coroutine[Any, Any, Load]) -> Load:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


def constant_rate(
    port: int, requests: Sequence[bytes], rate: float, seconds: float, connections: int = 16
) -> Load:
    """Ask so many times a second, whatever the server does."""
    return _run(_constant(port, requests, rate, seconds, connections))
