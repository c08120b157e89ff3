"""A process beside the service that sets pages in type; only it loads Typst.

python -m api.paper.worker NICENESS
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import typst

from api.paper.sheet import sheet
from api.side_process import run

EXPECTED: Final = (typst.TypstError, ValueError, KeyError, TypeError, MemoryError, RecursionError)


def answer(request: dict[str, Any]) -> bytes:
    """Return a page as a PDF.

    Args:
        request: ``html``, its absolute ``address``, the ``day`` of the release (ISO) and the ``foot``.
    """
    return sheet(request["html"], request["address"], date.fromisoformat(request["day"]), request["foot"])


if __name__ == "__main__":
    run(answer, EXPECTED)
