"""Validators and a bounded byte cache: the same question to the same release is answered once.

The ETag is ``"<snapshot>-<hash of path, canonical query, representation and code>"``: equal tags mean equal
bytes, and a new release changes every tag, so nothing has to be thrown away by hand.

Source: RFC 9110, sections 8.8.3 (ETag) and 13.1.2 (If-None-Match, weak comparison).
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from fastapi import Request, Response

if TYPE_CHECKING:
    from api.release import Release
    from api.service import Service

JSON: Final = "application/json"
HTML: Final = "text/html; charset=utf-8"
CACHE_CONTROL: Final = "public, max-age=300"

_TAG = re.compile(r'(?:W/)?("[!#-~\x80-\xff]*")')


class ByteCache:
    """Answers by ETag, least recently used first out, bounded in bytes.

    Args:
        limit: Most bytes to keep.

    Example:
        >>> cache = ByteCache(5)
        >>> cache.put("a", b"123"); cache.put("b", b"45"); cache.put("c", b"6")
        >>> cache.get("a"), cache.get("c"), cache.size
        (None, b'6', 3)
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self.size = 0

    def get(self, tag: str) -> bytes | None:
        """Return the body for a tag, or None."""
        body = self._bodies.get(tag)
        if body is not None:
            self._bodies.move_to_end(tag)
        return body

    def put(self, tag: str, body: bytes) -> None:
        """Keep a body unless it is larger than the whole cache."""
        if len(body) > self._limit or tag in self._bodies:
            return
        self._bodies[tag] = body
        self.size += len(body)
        while self.size > self._limit:
            _, dropped = self._bodies.popitem(last=False)
            self.size -= len(dropped)


def etag(release_id: str, *parts: str) -> str:
    """Return a strong validator for one representation of a release."""
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return f'"{release_id}-{digest}"'


def matches(header: str, tag: str) -> bool:
    """Tell whether If-None-Match holds a tag; malformed tags match nothing.

    Example:
        >>> matches('W/"x", "abc"', '"abc"'), matches("*", '"abc"'), matches("abc", '"abc"')
        (True, True, False)
    """
    return header.strip() == "*" or tag in _TAG.findall(header)


def answer(
    request: Request,
    service: Service,
    release: Release,
    query: str,
    build: Callable[[], bytes],
    *,
    media_type: str = JSON,
    lang: str = "de",
) -> Response:
    """Return 304, the cached bytes or freshly built ones.

    Args:
        request: The request; only its path and If-None-Match are looked at.
        service: Cache and code version.
        release: The release this request answers from.
        query: Canonical query: all that decides the answer beside the path.
        build: Makes the body; called only if needed.
        media_type: Representation.
        lang: For Content-Language.
    """
    tag = etag(release.id, request.scope["path"], query, media_type, lang, service.fingerprint)
    headers = {"ETag": tag, "Cache-Control": CACHE_CONTROL, "Content-Language": lang}
    if matches(",".join(request.headers.getlist("if-none-match")), tag):
        return Response(status_code=304, headers=headers)
    body = service.cache.get(tag)
    if body is None:
        body = build()
        service.cache.put(tag, body)
    return Response(body, headers=headers, media_type=media_type)
