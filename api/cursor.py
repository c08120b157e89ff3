"""Where the next page begins, as an opaque word that fits only the question and the release it came from."""

from __future__ import annotations

import base64
import binascii
import hashlib

from api.language import Text
from api.problems import Fault
from api.query import invalid


def _mark(release_id: str, question: str) -> bytes:
    return hashlib.sha256(f"{release_id}\n{question}".encode()).digest()[:9]


def write(release_id: str, question: str, row: int) -> str:
    """Return the cursor of a row.

    Args:
        release_id: The release the question is asked of.
        question: What is asked, in any fixed spelling.
        row: First row of the next page.

    Example:
        >>> read(write("a", "matrix", 5000), "a", "matrix")
        5000
    """
    return base64.urlsafe_b64encode(_mark(release_id, question) + row.to_bytes(6, "big")).decode("ascii")


def read(word: str, release_id: str, question: str) -> int:
    """Return the row a cursor stands for.

    Raises:
        Problem: 422 if it belongs to another question or to an earlier release.
    """
    try:
        data = base64.b64decode(word, altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        data = b""
    mark = _mark(release_id, question)
    if len(data) != len(mark) + 6 or data[: len(mark)] != mark:
        detail = Text(
            "Der Zeiger gehört zu einer anderen Frage oder zu einem früheren Stand.",
            "The cursor belongs to another question or to an earlier release.",
        )
        expected = Text(
            "von vorn beginnen; unter /api/v1/snapshots/{id}/… bleibt der Stand beim Blättern derselbe",
            "begin anew; below /api/v1/snapshots/{id}/… the release stays the same while paging",
        )
        raise invalid([Fault("cursor", detail, expected)])
    return int.from_bytes(data[len(mark) :], "big")
