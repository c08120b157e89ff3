"""One chart: what was said, with its range, and what came, year by year; told apart by shape and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from api.language import Lang
from api.pages import numbers
from api.pages.drawing import WIDTH, Scale, circle, drawing, line, path, text
from api.pages.texts import Translations

_ROW: Final = 36.0
_MARGIN: Final = 6.0
_KEY: Final = 22.0  # height of the line that says which shape is what
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
    low, high = min(0.0, *reached, 0.0), max(0.0, *reached, 0.0)
    scale = Scale(low, high if high > low else low + 1.0, _MARGIN, WIDTH - _MARGIN)
    parts = [
        circle(_MARGIN + 6, 10, 4.5, "point"),
        text(_MARGIN + 16, 14, _("said, with 80% range"), "muted"),
        path(_diamond(WIDTH / 2, 10), "came", closed=True),
        text(WIDTH / 2 + 12, 14, _("came"), "muted"),
    ]
    told = []
    for place, row in enumerate(rows):
        top = _KEY + place * _ROW
        y = top + 24
        said, came = (numbers.number(one, lang, signed=signed) for one in (row.value, row.came))
        reach = numbers.interval(row.lower, row.upper, lang, signed=signed)
        label = _("%(year)s, asked in %(asked)s") % {"year": row.year, "asked": row.asked_in}
        shown = _("%(said)s (%(range)s), came %(came)s") % {"said": said, "range": reach, "came": came}
        x = scale.at(0.0)
        parts += [
            text(_MARGIN, top + 14, row.year, "name"),
            text(WIDTH - _MARGIN, top + 14, shown, "strong", "end"),
            line(x, top + 17, x, top + 32, "zero"),
            line(scale.at(row.lower), y, scale.at(row.upper), y, "whisker"),
            *(line(scale.at(end), y - 4, scale.at(end), y + 4, "whisker") for end in (row.lower, row.upper)),
            circle(scale.at(row.value), y, 4.5, "point"),
            path(_diamond(scale.at(row.came), y), "came", closed=True),
        ]
        told.append(f"{label}: {shown}")
    described = _("Dots with 80%% ranges and diamonds for what came, in %(unit)s. %(parts)s.") % {
        "unit": unit,
        "parts": "; ".join(told),
    }
    height = _KEY + len(rows) * _ROW + 2
    return drawing(parts, key=key, title=title, description=described, height=height, kind="past")


def _diamond(x: float, y: float) -> list[tuple[float, float]]:
    return [(x - _HALF, y), (x, y - _HALF), (x + _HALF, y), (x, y + _HALF)]
