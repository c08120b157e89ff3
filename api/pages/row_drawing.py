"""What charts of rows share: label and number of a row above its mark, and one scale for all rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from markupsafe import Markup, escape

from api.language import Lang
from api.pages import numbers
from api.pages.drawing import WIDTH, Scale, line, text

ROW: Final = 36.0  # height of a row
MARGIN: Final = 6.0
_LABEL: Final = 14.0  # base line of label and number below the top of the row
_ZERO: Final = (17.0, 32.0)  # the line of zero stands beside the mark, not across the label
_END: Final = 4.0  # half the height of the end of a whisker
_LETTER: Final = 6.7  # mean width of a letter, to keep label and number apart
_LARGE: Final = 9.4  # the same on a telephone, where letters are larger in proportion


def row_scale(found: Iterable[float | None]) -> Scale:
    """Return the scale across a row that holds zero and all numbers."""
    known = [number for number in found if number is not None]
    low, high = min(0.0, *known, 0.0), max(0.0, *known, 0.0)
    return Scale(low, high if high > low else low + 1.0, MARGIN, WIDTH - MARGIN)


def zero_line(top: float, scale: Scale) -> str:
    """Return the line of zero of a row.

    Args:
        top: Where the row begins.
        scale: Across the row.
    """
    x = scale.at(0.0)
    return line(x, top + _ZERO[0], x, top + _ZERO[1], "zero")


def row_head(top: float, label: str, value: str, reach: str = "", kind: str = "strong") -> Iterator[str]:
    """Return label on the left and number with its range on the right, above the mark of a row.

    Where both do not fit on a telephone, the range is one that a narrow page may leave to the whisker; a
    label that does not even fit beside the number is cut.

    Args:
        top: Where the row begins.
        label: Name of the row.
        value: Formatted number, or the word in its place.
        reach: Formatted range in brackets; empty for none.
        kind: Class of the number.
    """
    room = WIDTH - 2 * MARGIN
    shown = f"{value} {reach}".rstrip()
    short = _cut(label, int(room / _LETTER) - len(shown) - 1)
    fits = (len(short) + len(shown) + 1) * _LARGE <= room
    yield text(MARGIN, top + _LABEL, _cut(short, int(room / _LARGE) - len(value) - 1), "name")
    number = escape(shown) if fits or not reach else _apart(value, reach)
    yield text(WIDTH - MARGIN, top + _LABEL, number, kind, "end")


def _cut(label: str, room: int) -> str:
    return label if len(label) <= room else label[: room - 1].rstrip() + "…"


def _apart(value: str, reach: str) -> Markup:
    return Markup('{}<tspan class="reach"> {}</tspan>').format(value, reach)


def in_brackets(lower: float | None, upper: float | None, lang: Lang, *, signed: bool) -> str:
    """Return a range in brackets; empty where there is none."""
    if lower is None or upper is None:
        return ""
    return f"({numbers.interval(lower, upper, lang, signed=signed)})"


def whisker(lower: float | None, upper: float | None, y: float, scale: Scale) -> Iterator[str]:
    """Return a range as a line with ends; nothing where there is none."""
    if lower is not None and upper is not None:
        yield line(scale.at(lower), y, scale.at(upper), y, "whisker")
        for end in (lower, upper):
            yield line(scale.at(end), y - _END, scale.at(end), y + _END, "whisker")
