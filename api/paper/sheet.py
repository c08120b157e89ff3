"""A page as a PDF: tagged, checked against PDF/UA-1 by the compiler, the same bytes for the same page.

Only what stands in this module and the page is read: no network, no font of the machine, no clock.

Source: ISO 14289-1:2014 (PDF/UA-1), enforced by Typst.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import orjson
import typst

from api.paper.blocks import read_page
from api.paper.row_heads import with_row_heads

TEMPLATE: Final = Path(__file__).parent / "page.typ"
AUTHOR: Final = "Fachkräftematrix"
STANDARD: Final = "ua-1"
_WIDE: Final = 6  # columns from which on a table needs the long side of the paper
_STYLE: Final = """<style>
text { fill: #17212b; font-family: "Libertinus Serif"; font-size: 12.5px }
.muted { fill: #4b5a67; font-size: 11.5px }
.strong { font-weight: 700 }
.name, .strong { paint-order: stroke; stroke: #ffffff; stroke-width: 3px }
path { fill: none }
.band80 { fill: #d6e4f0 }
.band50 { fill: #9fc0dc }
.grid { stroke: #c9d3da }
.zero { stroke: #7d8d99 }
.today { stroke: #4b5a67; stroke-dasharray: 2 3 }
.history { stroke: #1d4e73; stroke-width: 2 }
.ahead { stroke: #1d4e73; stroke-width: 2; stroke-dasharray: 5 3 }
.point { fill: #1d4e73 }
.came { fill: #ffffff; stroke: #17212b; stroke-width: 2 }
.whisker { stroke: #17212b; stroke-width: 1.5 }
.join { stroke: #7d8d99; stroke-dasharray: 2 2 }
.up { fill: #b85c00 }
.down { fill: #2b6ca3 }
.total { fill: #1d4e73; fill-opacity: 0.75 }
</style>"""
_OPENING: Final = re.compile(r"<svg\b[^>]*>")


def sheet(html: str, address: str, day: date, foot: Mapping[str, str]) -> bytes:
    """Return a page of the service as a PDF.

    Args:
        html: The page.
        address: Its absolute address, printed at the foot.
        day: As of; the date of the document.
        foot: ``standing``, ``sources`` and ``page`` (with ``{number}`` and ``{all}``) of every sheet.

    Raises:
        typst.TypstError: If the page cannot be set, or would not be accessible.
        StructureError: If the file is not built as Typst builds it.
    """
    page = read_page(html, address)
    for block in page["blocks"]:
        if block["kind"] == "chart":
            block["svg"] = alone(block["svg"])
    given = {
        **page,
        "author": AUTHOR,
        "description": foot["standing"],
        "address": address,
        "day": [day.year, day.month, day.day],
        "foot": dict(foot),
        "flipped": lies(page["blocks"]),
    }
    made = typst.compile(
        TEMPLATE.read_bytes(),
        sys_inputs={"page": orjson.dumps(given).decode()},
        ignore_system_fonts=True,
        pdf_standards=STANDARD,
    )
    if not isinstance(made, bytes):
        raise TypeError("Typst returned no document")
    return with_row_heads(made, page["blocks"])


def lies(blocks: list[dict[str, Any]]) -> bool:
    """Tell whether the paper lies on its long side: where its first table has many columns.

    Example:
        >>> lies([{"kind": "table", "columns": 7}]), lies([{"kind": "heading", "level": 1}])
        (True, False)
    """
    columns = next((block["columns"] for block in blocks if block["kind"] == "table"), 0)
    return bool(columns > _WIDE)


def alone(svg: str) -> str:
    """Return a chart that brings its own style, as it stands without the style sheet of the page."""
    opening = _OPENING.match(svg)
    if opening is None:
        raise ValueError("no chart")
    head = opening.group().replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return head + _STYLE + svg[opening.end() :]
