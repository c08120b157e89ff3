"""Which other web sites may read the answers in a browser, and what OPTIONS says.

Source: Fetch Standard, section 3.2 (CORS protocol); RFC 9110, section 9.3.7 (OPTIONS).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from api.caching import Headers
from api.heads import Head

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]{1,255}\Z")
EXPOSED: Final = (
    "ETag, Link, Last-Modified, X-Request-ID, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset"
)
ALLOWED_HEADERS: Final = "Accept, Content-Type, If-None-Match, X-Request-ID, X-API-Key, Authorization"
MAX_AGE_SECONDS: Final = 600


class Origins:
    """The list of allowed origins; a star is refused, credentials are never allowed.

    Args:
        allowed: For example ``https://www.hwk-ff.de``.

    Raises:
        ValueError: If an entry is no plain origin.
    """

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        wrong = [origin for origin in allowed if not _ORIGIN.match(origin)]
        if wrong:
            raise ValueError(f"not an origin: {wrong[0]}")
        self._allowed = frozenset(origin.encode("ascii") for origin in allowed)
        self.vary: Headers = [(b"vary", b"Origin")] if allowed else []

    def headers(self, origin: bytes) -> Headers:
        """Return what an answer to this origin carries; without a list, nothing."""
        if origin and origin in self._allowed:
            exposed = (b"access-control-expose-headers", EXPOSED.encode())
            return [(b"access-control-allow-origin", origin), exposed, *self.vary]
        return self.vary

    def options(self, head: Head, methods: str) -> Headers:
        """Return the headers of the answer to OPTIONS.

        Args:
            head: Headers of the request.
            methods: What the address allows, for example ``GET, HEAD, OPTIONS``.
        """
        found: Headers = [(b"allow", methods.encode()), (b"content-length", b"0")]
        found += self.headers(head.get(b"origin"))
        if head.get(b"access-control-request-method") and head.get(b"origin") in self._allowed:
            found += [
                (b"access-control-allow-methods", methods.encode()),
                (b"access-control-allow-headers", ALLOWED_HEADERS.encode()),
                (b"access-control-max-age", str(MAX_AGE_SECONDS).encode()),
            ]
        return found
