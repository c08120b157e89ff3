"""The web server's protocol with an express lane: a finished answer is written without a task and messages.

The ASGI way costs a task, two messages and a check of every header for every answer, which is more than the
look-up itself. Where `Boundary.at_hand` has the answer, its bytes go to the connection at once; everything
else, and every request that is anything but plain HTTP/1.1 on a connection that stays and takes data, goes
the ordinary way. Both give the same bytes but for the request's own id and limits (`tests/api/test_express.py`).

Source: uvicorn's setting `http`, which takes a protocol class; RFC 9112, sections 9.3.2 (pipelining).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api.caching import Headers, lines

AtHand = Callable[[Any], "tuple[int, bytes, bytes] | None"]
_STATUS: Final = {200: b"HTTP/1.1 200 OK\r\n", 304: b"HTTP/1.1 304 Not Modified\r\n"}


class Express(HttpToolsProtocol):
    """uvicorn's protocol, asked by the parser for every request once its headers are complete."""

    _spelled: tuple[Headers, bytes] = ([], b"")  # the server's own headers (Date): another list every second

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401
        """Write the answer if it is at hand, else start a task as uvicorn does."""
        if (
            cycle.keep_alive
            and not cycle.waiting_for_100_continue
            and not self.pipeline  # each answer ends before the next begins: no recursion, whatever is queued
            and not self.flow.write_paused
            and not self.access_log
            and app is self.app
            and (at_hand := _at_hand(app)) is not None
            and (found := at_hand(cycle.scope)) is not None
        ):
            status, head, body = found
            self.transport.write(b"".join((_STATUS[status], self._own_lines(), head, b"\r\n")))
            if body:
                self.transport.write(body)
            cycle.response_started = cycle.response_complete = True
            self.on_response_complete()
            return
        super()._start_asgi_task(cycle, app)

    def _own_lines(self) -> bytes:
        headers = self.server_state.default_headers
        if self._spelled[0] is not headers:
            Express._spelled = (headers, lines(headers))
        return self._spelled[1]


def _at_hand(app: Any) -> AtHand | None:  # noqa: ANN401
    """Return what looks for finished answers, through what the server has put around the application."""
    boundary = getattr(getattr(app, "app", app), "boundary", None)
    return None if boundary is None else boundary.at_hand
