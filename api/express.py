"""The web server's protocol with an express lane: a finished answer is written without a task and messages.

The ASGI way costs a task, two messages and a check of every header for every answer, which is more than the
look-up itself. Where `Boundary.at_hand` has the answer, its bytes go to the connection at once; everything
else, and every request that is anything but plain HTTP/1.1 on a connection that stays and takes data, goes
the ordinary way. Both give the same bytes but for the request's own id and what is left of its limit.

A request has to arrive in full within a time, and a new connection has to ask: uvicorn waits for both as
long as the caller likes, so that a few thousand callers with a byte now and then would use up all open files.

Source: uvicorn's setting `http`, which takes a protocol class; RFC 9112, sections 9.3.2 (pipelining) and 9.5.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import orjson
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api.caching import ALONE, FINISH, Headers, lines
from api.heads import Head
from api.limits import MAX_HEAD_BYTES, REQUEST_SECONDS
from api.problems import HEAD_TOO_LARGE, MEDIA_TYPE, UNREADABLE, Kind, Problem

AtHand = Callable[[Any, Callable[[Any, bytes], str]], "tuple[int, bytes, bytes] | None"]
LOG = logging.getLogger("api")
_STATUS: Final = {200: b"HTTP/1.1 200 OK\r\n", 304: b"HTTP/1.1 304 Not Modified\r\n"}


class Express(HttpToolsProtocol):
    """uvicorn's protocol, asked by the parser for every request once its headers are complete."""

    _spelled: tuple[Headers, bytes] = ([], b"")  # the server's own headers (Date): another list every second
    _patience: asyncio.TimerHandle | None = None
    _running: RequestResponseCycle | None = None
    _alone = True  # nothing else has been asked in what arrived together
    _arriving = True  # a new connection owes a request from the start
    _in_head = False
    _head_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection, for as long as a request may take to arrive."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection; uvicorn tells only the newest of its requests, not the one being answered."""
        self._stop_waiting()
        if self._running is not None:
            self._running.disconnected = True
        self.pipeline.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read; what has not arrived in full by the end of its time, or has no end, ends the connection."""
        self._alone = True
        unfinished = self._in_head
        super().data_received(data)
        if unfinished and self._in_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(HEAD_TOO_LARGE, b"431 Request Header Fields Too Large")
        if not self._arriving:
            self._stop_waiting()
        elif self._patience is None:
            self._wait()

    def on_message_begin(self) -> None:
        """Note that a request has begun."""
        self._arriving = self._in_head = True
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Note that address and header lines are there in full."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that a request is there in full."""
        self._arriving = False
        super().on_message_complete()

    def _wait(self) -> None:
        self._patience = self.loop.call_later(REQUEST_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        """End a connection whose request does not arrive; there is nobody to explain it to."""
        if not self.transport.is_closing():
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request at all, in the form of every other error.

        Args:
            msg: What uvicorn would say instead.
        """
        self._refuse(UNREADABLE, b"400 Bad Request")

    def _refuse(self, kind: Kind, status: bytes) -> None:
        """Answer what never becomes a request, and end the connection."""
        identity = Head(()).new_id()
        body = orjson.dumps(Problem(kind).document("de", "", identity.decode("ascii")))
        head: Headers = [
            (b"content-type", MEDIA_TYPE.encode("ascii")), (b"content-length", b"%d" % len(body)),
            (b"content-language", b"de"), (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"), (b"x-request-id", identity), (b"connection", b"close"),
        ]  # fmt: skip
        self.transport.write(
            b"".join((b"HTTP/1.1 ", status, b"\r\n", self._own_lines(), lines(head), b"\r\n", body))
        )
        self.transport.close()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401
        """Write the answer if it is at hand or quickly built, else start a task as uvicorn does."""
        cycle.scope[ALONE], self._alone = self._alone, False  # type: ignore[typeddict-unknown-key]
        if (
            cycle.keep_alive
            and not cycle.waiting_for_100_continue
            and not self.pipeline  # each answer ends before the next begins: no recursion, whatever is queued
            and not self.flow.write_paused
            and not self.access_log
            and app is self.app
            and (at_hand := _at_hand(app)) is not None
            and (found := self._found(at_hand, cycle.scope)) is not None
        ):
            self._write(cycle, *found)
            return
        self._running = cycle
        cycle.scope[FINISH] = partial(self._finish, cycle)  # type: ignore[typeddict-unknown-key]
        super()._start_asgi_task(cycle, app)

    def _found(self, at_hand: AtHand, scope: Any) -> tuple[int, bytes, bytes] | None:  # noqa: ANN401
        """Return what is at hand; nothing if looking fails: the parser would call the request unreadable."""
        try:
            return at_hand(scope, self._caller)
        except Exception:  # the ordinary way meets it again, and says what it is
            LOG.exception("Die Suche nach einer fertigen Antwort ist gescheitert.")
            return None

    def _finish(self, cycle: RequestResponseCycle, status: int, head: bytes, body: bytes) -> bool:
        """Write the whole answer of a running task; False if it has to go the ordinary way."""
        if (
            cycle.disconnected
            or cycle.response_started
            or not cycle.keep_alive
            or cycle.waiting_for_100_continue
            or cycle.scope["method"] != "GET"
            or self.flow.write_paused
            or self.access_log
            or self.transport.is_closing()
        ):
            return False
        cycle.message_event.set()
        self._write(cycle, status, head, body)
        return True

    def _write(self, cycle: RequestResponseCycle, status: int, head: bytes, body: bytes) -> None:
        self.transport.write(b"".join((_STATUS[status], self._own_lines(), head, b"\r\n")))
        if body:
            self.transport.write(body)
        cycle.response_started = cycle.response_complete = True
        self.on_response_complete()

    def _caller(self, scope: Any, forwarded: bytes) -> str:  # noqa: ANN401
        """Return who asks: the peer, or whom a proxy that the server trusts names, as its middleware does."""
        peer = scope["client"][0] if scope["client"] else ""
        if forwarded and isinstance(self.app, ProxyHeadersMiddleware) and peer in self.app.trusted_hosts:
            named, _ = self.app.trusted_hosts.get_trusted_client_address(forwarded.decode("latin-1"))
            return named or peer
        return peer

    def _own_lines(self) -> bytes:
        headers = self.server_state.default_headers
        if self._spelled[0] is not headers:
            Express._spelled = (headers, lines(headers))
        return self._spelled[1]


def _at_hand(app: Any) -> AtHand | None:  # noqa: ANN401
    """Return what looks for finished answers, through what the server has put around the application."""
    boundary = getattr(getattr(app, "app", app), "boundary", None)
    return None if boundary is None else boundary.at_hand
