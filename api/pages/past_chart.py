"""One chart: what was said, with its range, and what came, year by year; told apart by shape and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from api.language import Lang
from api.pages import numbers
from api.pages.drawing import circle, drawing, path, text
from api.pages.row_drawing import MARGIN, ROW, row_head, row_scale, whisker, zero_line
from api.pages.texts import Translations

_KEY: Final = 22.0  # height of the line that says which shape is what
_SECOND: Final = 300.0  # where the second entry of that line begins
_HALF: Final = 6.0  # of the diamond


@dataclass(frozen=True, slots=True)
class Said:
    """A forecast and what came of it.

    Args:
        year: Year it was about.
        asked_in: Year it was made in.
        value: What was said.
        lower: Lower end of its 80 % range.
        upper: Upper end.
        came: What came.
    """

    year: int
    asked_in: int
    value: float
    lower: float
    upper: float
    came: float


def said_and_came(
    rows: Sequence[Said],
    *,
    key: str,
    title: str,
    unit: str,
    lang: Lang,
    words: Translations,
    signed: bool = False,
) -> Markup:
    """Return a list of forecasts as dots with ranges, and what came as diamonds.

    Args:
        rows: In the order shown.
        key: Unique on the page.
        title: A sentence.
        unit: Unit in words.
        lang: Language.
        words: Catalogue of the language.
        signed: Whether a plus sign carries meaning.
    """
    _ = words.gettext
    reached = [number for row in rows for number in (row.lower, row.upper, row.value, row.came)]
    scale = row_scale(reached)
    parts = [
        circle(MARGIN + 6, 10, 4.5, "point"),
        text(MARGIN + 16, 14, _("said, with 80% range"), "muted"),
        path(_diamond(_SECOND, 10), "came", closed=True),
        text(_SECOND + 12, 14, _("came"), "muted"),
    ]
    told = []
    for place, row in enumerate(rows):
        top = _KEY + place * ROW
        y = top + 24
        said, came = (numbers.number(one, lang, signed=signed) for one in (row.value, row.came))
        reach = numbers.interval(row.lower, row.upper, lang, signed=signed)
        label = _("%(year)s, asked in %(asked)s") % {"year": row.year, "asked": row.asked_in}
        shown = _("%(said)s (%(range)s), came %(came)s") % {"said": said, "range": reach, "came": came}
        parts += [
            zero_line(top, scale),
            *row_head(top, str(row.year), shown),
            *whisker(row.lower, row.upper, y, scale),
            circle(scale.at(row.value), y, 4.5, "point"),
            path(_diamond(scale.at(row.came), y), "came", closed=True),
        ]
        told.append(f"{label}: {shown}")
    described = _("Dots with 80%% ranges and diamonds for what came, in %(unit)s. %(parts)s.") % {
        "unit": unit,
        "parts": "; ".join(told),
    }
    height = _KEY + len(rows) * ROW + 2
    return drawing(parts, key=key, title=title, description=described, height=height, kind="past")


def _diamond(x: float, y: float) -> list[tuple[float, float]]:
    return [(x - _HALF, y), (x, y - _HALF), (x + _HALF, y), (x, y + _HALF)]
