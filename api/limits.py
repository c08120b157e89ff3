"""What one caller may ask of the service: requests a minute, bytes a body."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Final

from starlette.types import Message, Receive

from api.language import Text
from api.problems import TOO_LARGE, Problem

WINDOW_SECONDS: Final = 60.0
MAX_BODY_BYTES: Final = 1 << 20
#: Address and header lines, from the second piece on that arrives of them; a piece has as many at most.
MAX_HEAD_BYTES: Final = 256 << 10
REQUEST_SECONDS: Final = 20.0  # from the first byte of a request, or from connecting, to its last byte
_MOST_CALLERS: Final = 10_000


class RateLimiter:
    """Counts requests per caller in windows of a minute.

    Every worker counts on its own: with several workers a caller gets as many times the limit.

    Args:
        limit: Requests a minute; 0 = no limit and no headers.
        clock: Seconds that never run backwards.
    """

    def __init__(self, limit: int, clock: Callable[[], float]) -> None:
        self.limit = limit
        self._clock = clock
        self._counts: dict[str, int] = {}
        self._ends = 0.0
        self._limit_header = (b"ratelimit-limit", b"%d" % limit)
        self._told = 0  # seconds the header below names: it changes once a second, not once a request
        self._reset_header = (b"ratelimit-reset", b"0")

    def count(self, caller: str) -> tuple[int, int]:
        """Count one request; return how many are left (below 0: refused) and seconds to the next window."""
        now = self._clock()
        if now >= self._ends or len(self._counts) >= _MOST_CALLERS:
            # Too many callers at once are forgotten together: memory is bounded, nobody is locked out.
            self._counts.clear()
            self._ends = now + WINDOW_SECONDS
        used = self._counts.get(caller, 0) + 1
        self._counts[caller] = used
        return self.limit - used, max(1, int(self._ends - now + 0.999))

    def exhausted(self, caller: str) -> bool:
        """Tell whether the next request of a caller would be refused, without counting it."""
        used = self._counts.get(caller, 0) if self.limit else 0
        return used >= self.limit > 0 and self._clock() < self._ends

    def lines(self, left: int, seconds: int) -> bytes:
        """Return the RateLimit headers as they stand on the wire."""
        return b"%b: %b\r\n%b: %b\r\n%b: %b\r\n" % tuple(chain(*self.headers(left, seconds)))

    def headers(self, left: int, seconds: int) -> list[tuple[bytes, bytes]]:
        """Return the RateLimit headers of an answer."""
        if seconds != self._told:
            self._told, self._reset_header = seconds, (b"ratelimit-reset", b"%d" % seconds)
        remaining = (b"ratelimit-remaining", b"%d" % (left if left > 0 else 0))
        return [self._limit_header, remaining, self._reset_header]


def too_large(limit: int = MAX_BODY_BYTES) -> Problem:
    """Return the problem of a body that is too large."""
    return Problem(
        TOO_LARGE,
        Text(f"Der Rumpf darf höchstens {limit} Bytes haben.", f"The body may have at most {limit} bytes."),
    )


def bounded(receive: Receive, limit: int = MAX_BODY_BYTES) -> Receive:
    """Return a receive that counts the bytes of the body, whatever Content-Length promised.

    Raises:
        Problem: 413, from within the handler that reads too much.
    """
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        if message["type"] == "http.request":
            read += len(message.get("body", b""))
            if read > limit:
                raise too_large(limit)
        return message

    return counted
