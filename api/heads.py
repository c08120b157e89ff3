"""The few request headers the service looks at, read once; and what they say about encodings."""

from __future__ import annotations

import itertools
import os
import re
import secrets
from collections.abc import Iterable
from typing import Final

__all__ = ["Head"]

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}\Z")
_WANTED: Final = frozenset(
    {
        b"x-request-id", b"if-none-match", b"accept", b"accept-encoding", b"origin", b"authorization",
        b"x-api-key", b"content-length", b"content-type", b"content-encoding",
        b"access-control-request-method", b"x-forwarded-for",
    }
)  # fmt: skip
_ORDINAL = itertools.count(int.from_bytes(os.urandom(2)))
_PROCESS: Final = secrets.token_hex(4).encode("ascii")
_ANY: Final = b"*/*"
_RANGE: Final = re.compile(r"(?:\d{1,18}-\d{0,18}|-\d{1,18})\Z", re.ASCII)
_REFUSED_WEIGHT: Final = re.compile(rb"q=0(\.0{0,3})?\Z")


class Head:
    """Headers of one request.

    Args:
        headers: As ASGI gives them, names in lower case.
    """

    __slots__ = ("_found", "plain")

    def __init__(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        found: dict[bytes, bytes] = {}
        for name, value in headers:
            if name in _WANTED:
                found[name] = found[name] + b"," + value if name in found else value
        self._found = found
        self.plain = not found  # nothing in this request asks for anything special

    def get(self, name: bytes) -> bytes:
        """Return a header, several of one name joined by commas; empty if there is none."""
        return self._found.get(name, b"")

    def new_id(self) -> bytes:
        """Return the caller's X-Request-ID if it is a plain word, else process and number: no secret."""
        if not self.plain:
            given = self._found.get(b"x-request-id")
            if given is not None and _REQUEST_ID.match(given):
                return given
        return b"%b%08x" % (_PROCESS, next(_ORDINAL) & 0xFFFFFFFF)

    @property
    def accept(self) -> bytes:
        """The Accept header as a part of a cache key: anything goes is the same as none."""
        accept = self._found.get(b"accept", b"")
        return b"" if accept == _ANY else accept

    @property
    def has_body(self) -> bool:
        """Whether a body is announced, or may come encoded."""
        return not self.plain and (b"content-length" in self._found or b"content-encoding" in self._found)

    @property
    def forwarded_for(self) -> bytes:
        """On whose behalf a proxy says that it asks; empty if nobody says so."""
        return b"" if self.plain else self._found.get(b"x-forwarded-for", b"")

    @property
    def takes_gzip(self) -> bool:
        """Whether the caller can read gzip: named, not with weight 0; a star alone counts."""
        value = self._found.get(b"accept-encoding")
        return value is not None and takes_gzip(value)


def takes_gzip(accept_encoding: bytes) -> bool:
    """Tell whether an Accept-Encoding header allows gzip.

    Source: RFC 9110, section 12.5.3.

    Example:
        >>> [takes_gzip(text) for text in (b"br, gzip;q=0.5", b"gzip;q=0, *", b"*", b"zstd;q=0, *", b"br")]
        [True, False, True, True, False]
    """
    star = False
    for part in accept_encoding.lower().split(b","):
        coding, _, weight = part.partition(b";")
        coding, wanted = coding.strip(), not _REFUSED_WEIGHT.match(weight.strip())
        if coding in (b"gzip", b"x-gzip"):
            return wanted
        star = star or (coding == b"*" and wanted)
    return star


def ranges_within(header: str, size: int) -> str | None:
    """Return the ranges of a Range header that lie in a file; nothing for a header that means nothing here.

    Another unit, a wrong form and a range that ends before it begins are to be ignored: the file comes whole.

    Args:
        header: Value of ``Range``.
        size: Bytes of the file.

    Returns:
        A header with the ranges that can be sent; empty if the header is to be ignored, None if none can.

    Source: RFC 9110, sections 14.1.2 and 14.2.

    Example:
        >>> [ranges_within(text, 100) for text in ("bytes=0-9, 200-", "bytes=-5", "lines=1-2", "bytes=9-3")]
        ['bytes=0-9', 'bytes=-5', '', '']
        >>> ranges_within("bytes=100-", 100) is None
        True
    """
    unit, _, listed = header.partition("=")
    parts = [part.strip() for part in listed.split(",")]
    if unit.strip().lower() != "bytes" or not all(_RANGE.match(part) for part in parts):
        return ""
    kept = []
    for part in parts:
        first, _, last = part.partition("-")
        if first and last and int(last) < int(first):
            return ""
        if (int(first) < size) if first else (int(last) > 0 and size > 0):
            kept.append(part)
    return f"bytes={','.join(kept)}" if kept else None
