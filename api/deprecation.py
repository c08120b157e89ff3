"""Addresses that will go: since when they are out of use, when they end, what takes their place.

Nothing within v1 is removed, so the list is empty; it is here so that the first entry is one tested line.

Source: RFC 9745 (Deprecation), RFC 8594 (Sunset), RFC 8288 (Link).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from api.caching import Headers

CHANGES: Final = "/docs"


@dataclass(frozen=True, slots=True)
class Notice:
    """What callers of an address are told.

    Args:
        since: From when on it should no longer be used.
        sunset: When it will stop to answer.
        successor: The address that takes its place.
    """

    since: datetime
    sunset: datetime
    successor: str

    def headers(self) -> Headers:
        """Return the headers of every answer from the address.

        Example:
            >>> day = datetime(2027, 1, 1, tzinfo=UTC)
            >>> dict(Notice(day, day, "/api/v2/matrix").headers())[b"deprecation"]
            b'@1798761600'
        """
        links = f'<{CHANGES}>; rel="deprecation", <{self.successor}>; rel="successor-version"'
        return [
            (b"deprecation", f"@{int(self.since.timestamp())}".encode()),
            (b"sunset", format_datetime(self.sunset.astimezone(UTC), usegmt=True).encode()),
            (b"link", links.encode()),
        ]


NOTICES: Final[Mapping[str, Notice]] = {}
"""Exact path → notice."""
