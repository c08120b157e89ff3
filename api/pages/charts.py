"""Static charts as SVG text, drawn from the same records as the tables beside them.

Every chart has a title and a description generated from its data, direct labels, and shows how sure a number
is. Nothing is told by colour alone: history is a solid line with dots, a forecast is dashed with bands, signs
stand in front of numbers. Numbers are written by `api.pages.numbers` only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import copysign
from typing import Final

from markupsafe import Markup

from api.language import Lang
from api.pages import numbers
from api.pages.chart_data import Bar, Dot, Point, common_scale, points
from api.pages.drawing import Scale, circle, drawing, line, path, rectangle, text, ticks
from api.pages.row_drawing import MARGIN, ROW, in_brackets, row_head, row_scale, whisker, zero_line
from api.pages.texts import Translations

__all__ = ["Bar", "Dot", "Point", "bars", "common_scale", "dots", "fan", "points", "waterfall"]

_LEFT: Final = 52.0
_RIGHT: Final = 338.0
_SMALL_RIGHT: Final = 360.0
_TOP: Final = 20.0
_FOOT: Final = 26.0
_HEIGHT: Final = 250.0
_SMALL_HEIGHT: Final = 170.0
_BAR: Final = 11.0
_ROOM: Final = 65.0  # of a short unit, right of the axis
_NEAR: Final = 14.0  # nearer than this to the last number the end of a range is not written
_LINE: Final = 17.0  # height of a line of text
_LETTER: Final = 6.4  # mean width of a letter of the unit and of the words beside it


# --- fan chart --------------------------------------------------------------------------------------------


def fan(
    series: Sequence[Point],
    *,
    key: str,
    title: str,
    unit: str,
    lang: Lang,
    words: Translations,
    signed: bool = False,
    scale: tuple[float, float] | None = None,
    small: bool = False,
    digits: int = 0,
) -> Markup:
    """Return history and forecast of one quantity with its 50 and 80 % bands.

    Args:
        series: Years in order.
        key: Unique on the page.
        title: A sentence.
        unit: Unit in words.
        lang: Language.
        words: Catalogue of the language.
        signed: Whether a plus sign carries meaning.
        scale: Lowest and highest value, for several charts on the same scale.
        small: Whether it is one of many.
        digits: Least digits after the decimal sign of the last number and its range.
    """
    known = [point for point in series if point.value is not None]
    height = _SMALL_HEIGHT if small else _HEIGHT
    ends = scale or common_scale([known])
    if not known or ends is None:
        missing = words.gettext("There are no figures for this chart.")
        shown = [text(_LEFT, height / 2, missing, "muted")]
        return drawing(shown, key=key, title=title, description=missing, height=height, kind="fan")
    steps = ticks(*ends, most=3 if small else 5)
    right = _SMALL_RIGHT if small else _RIGHT
    years = Scale(known[0].year, max(known[-1].year, known[0].year + 1), _LEFT, right)
    values = Scale(steps[0], steps[-1], height - _FOOT, _TOP)
    parts = [
        *_axes(years, values, steps, unit, height, lang, signed),
        *_bands(known, years, values),
        *_today(known, years, height, unit, words),
        *_line(known, years, values),
        *_end(known, years, values, lang, signed=signed, digits=digits),
    ]
    described = _describe_fan(known, unit, lang, words, signed)
    return drawing(parts, key=key, title=title, description=described, height=height, kind="fan")


def _axes(
    years: Scale, values: Scale, steps: Sequence[float], unit: str, height: float, lang: Lang, signed: bool
) -> Iterator[str]:
    yield text(MARGIN, 12, unit, "muted top")
    for step in steps:
        y = values.at(step)
        yield line(years.start, y, years.end, y, "zero" if step == 0 else "grid")
        yield text(years.start - 6, y + 4, numbers.number(step, lang, signed=signed), "muted", "end")
    first, last = int(years.low), int(years.high)
    width = 5 if last - first > 6 else 1
    named = [year for year in range(first, last + 1) if year % width == 0]
    for year in named:
        yield line(years.at(year), height - _FOOT, years.at(year), height - _FOOT + 4, "grid")
        yield text(years.at(year), height - 8, year, "muted foot", "middle")


def _bands(known: Sequence[Point], years: Scale, values: Scale) -> Iterator[str]:
    """Areas of neighbouring years with both ends known."""
    for lower, upper, kind in (("lower_80", "upper_80", "band80"), ("lower_50", "upper_50", "band50")):
        for run in _runs(known, lower):
            there = [(years.at(p.year), values.at(getattr(p, upper))) for p in run]
            back = [(years.at(p.year), values.at(getattr(p, lower))) for p in reversed(run)]
            if len(run) > 1:
                yield path([*there, *back], kind, closed=True)


def _runs(known: Sequence[Point], bound: str) -> list[list[Point]]:
    """Neighbouring years that have a bound."""
    runs: list[list[Point]] = []
    for point in known:
        if getattr(point, bound) is not None:
            if runs and runs[-1][-1].year == point.year - 1:
                runs[-1].append(point)
            else:
                runs.append([point])
    return runs


def _today(
    known: Sequence[Point], years: Scale, height: float, unit: str, words: Translations
) -> Iterator[str]:
    """A line where the forecast begins, with words beside it that stay clear of the unit."""
    past, ahead = words.gettext("known so far"), words.gettext("forecast")
    free = max(MARGIN + (len(unit) + 1) * _LETTER, _LEFT + _ROOM)
    for before, after in pairwise(known):
        if after.ahead and not before.ahead:
            x = years.at(before.year)
            yield line(x, _TOP - 6, x, height - _FOOT, "today")
            if x - 4 - len(past) * _LETTER > free:
                yield text(x - 4, _TOP - 8, past, "muted top before", "end")
            yield text(max(x + 4, free), _TOP - 8, ahead, "muted top")


def _line(known: Sequence[Point], years: Scale, values: Scale) -> Iterator[str]:
    places = {point.year: (years.at(point.year), values.at(point.value or 0.0)) for point in known}
    for before, after in pairwise(known):
        if after.year == before.year + 1:
            kind = "ahead" if after.ahead else "history"
            yield path([places[before.year], places[after.year]], kind)
    for point in known:
        if not point.ahead:
            yield circle(*places[point.year], 2.2, "point")


def _end(
    known: Sequence[Point], years: Scale, values: Scale, lang: Lang, *, signed: bool, digits: int
) -> Iterator[str]:
    """The last number and its range beside the end of the line; an end too near to the number is left out."""
    last = known[-1]
    x, y = years.at(last.year), values.at(last.value or 0.0)
    yield circle(x, y, 3.2, "point")
    shown = numbers.number(last.value or 0, lang, signed=signed, digits=digits)
    yield text(x + 8, y + 4, shown, "strong")
    if last.lower_80 is not None and last.upper_80 is not None:
        for end in (last.lower_80, last.upper_80):
            away = values.at(end) - y
            if abs(away) > _NEAR:
                beside = y + copysign(max(abs(away), _LINE), away)
                shown = numbers.number(end, lang, signed=signed, digits=digits)
                yield text(x + 8, beside + 4, shown, "muted")


def _describe_fan(known: Sequence[Point], unit: str, lang: Lang, words: Translations, signed: bool) -> str:
    _ = words.gettext
    parts = [
        _("Line chart from %(first)s to %(last)s, in %(unit)s.")
        % {"first": known[0].year, "last": known[-1].year, "unit": unit}
    ]
    before = [point for point in known if not point.ahead]
    if before:
        shown = numbers.number(before[-1].value or 0, lang, signed=signed)
        parts.append(_("Known so far, %(year)s: %(value)s.") % {"year": before[-1].year, "value": shown})
    last = known[-1]
    if last.ahead:
        shown = numbers.number(last.value or 0, lang, signed=signed)
        parts.append(_("Forecast for %(year)s: %(value)s.") % {"year": last.year, "value": shown})
    if last.lower_50 is not None and last.upper_50 is not None:
        half = numbers.interval(last.lower_50, last.upper_50, lang, signed=signed)
        parts.append(_("50%% range: %(range)s.") % {"range": half})
    if last.lower_80 is not None and last.upper_80 is not None:
        wide = numbers.interval(last.lower_80, last.upper_80, lang, signed=signed)
        parts.append(_("80%% range: %(range)s.") % {"range": wide})
    return " ".join(parts)


# --- rows: waterfall, dots, bars --------------------------------------------------------------------------


def _with_range(value: float, lower: float | None, upper: float | None, lang: Lang, *, signed: bool) -> str:
    shown = numbers.number(value, lang, signed=signed)
    return f"{shown} {in_brackets(lower, upper, lang, signed=signed)}".rstrip()


def waterfall(
    start: Bar | None,
    items: Sequence[Bar],
    total: Bar,
    *,
    key: str,
    title: str,
    unit: str,
    lang: Lang,
    words: Translations,
) -> Markup:
    """Return how signed contributions add up to a total.

    Args:
        start: Where the sum begins; None = at zero.
        items: Contributions; a positive one goes right, a negative one left.
        total: Their sum, with its range.
        key: Unique on the page.
        title: A sentence.
        unit: Unit in words.
        lang: Language.
        words: Catalogue of the language.
    """
    at = start.value if start else 0.0
    reached = [at]
    for item in items:
        reached.append(reached[-1] + item.value)
    scale = row_scale([*reached, total.value, total.lower, total.upper])
    rows = [*([start] if start else []), *items, total]
    parts = [zero_line(place * ROW, scale) for place in range(len(rows))]
    for place, row in enumerate(rows):
        y = place * ROW + 19
        shown = numbers.number(row.value, lang, signed=True)
        if row is total or row is start:
            reach = in_brackets(row.lower, row.upper, lang, signed=True)
            parts += row_head(place * ROW, row.label, shown, reach)
            parts.append(rectangle(scale.at(0.0), scale.at(row.value), y, _BAR, "bar total"))
            parts += whisker(row.lower, row.upper, y + _BAR / 2, scale)
            continue
        step = place - (1 if start else 0)
        before, after = scale.at(reached[step]), scale.at(reached[step + 1])
        parts += row_head(place * ROW, row.label, shown)
        parts.append(rectangle(before, after, y, _BAR, "bar up" if row.value >= 0 else "bar down"))
        parts.append(line(after, y + _BAR, after, y + ROW, "join"))
    named = "; ".join(f"{row.label} {numbers.number(row.value, lang, signed=True)}" for row in items)
    described = words.gettext("Waterfall in %(unit)s. Contributions: %(parts)s. Together: %(total)s.") % {
        "unit": unit,
        "parts": named,
        "total": _with_range(total.value, total.lower, total.upper, lang, signed=True),
    }
    height = len(rows) * ROW + 2
    return drawing(parts, key=key, title=title, description=described, height=height, kind="waterfall")


def dots(
    rows: Sequence[Dot],
    *,
    key: str,
    title: str,
    unit: str,
    lang: Lang,
    words: Translations,
    signed: bool = False,
) -> Markup:
    """Return a list of numbers as dots with their 80 % ranges.

    Args:
        rows: In the order shown.
        key: Unique on the page.
        title: A sentence.
        unit: Unit in words.
        lang: Language.
        words: Catalogue of the language.
        signed: Whether a plus sign carries meaning.
    """

    def mark(row: Dot | Bar, value: float, y: float, scale: Scale) -> list[str]:
        return [*whisker(row.lower, row.upper, y, scale), circle(scale.at(value), y, 4.5, "point")]

    drawn = _Drawn("dots", words.gettext("List of dots with 80%% ranges, in %(unit)s. %(parts)s."), 24, mark)
    return _in_rows(rows, drawn, key=key, title=title, unit=unit, lang=lang, signed=signed)


def bars(
    rows: Sequence[Bar],
    *,
    key: str,
    title: str,
    unit: str,
    lang: Lang,
    words: Translations,
    signed: bool = False,
) -> Markup:
    """Return labelled horizontal bars.

    Args:
        rows: In the order shown.
        key: Unique on the page.
        title: A sentence.
        unit: Unit in words.
        lang: Language.
        words: Catalogue of the language.
        signed: Whether a plus sign carries meaning.
    """

    def mark(row: Dot | Bar, value: float, y: float, scale: Scale) -> list[str]:
        bar = rectangle(scale.at(0.0), scale.at(value), y, _BAR, "bar total")
        return [bar, *whisker(row.lower, row.upper, y + _BAR / 2, scale)]

    drawn = _Drawn("bars", words.gettext("Bar chart in %(unit)s. %(parts)s."), 19, mark)
    return _in_rows(rows, drawn, key=key, title=title, unit=unit, lang=lang, signed=signed)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """How one kind of list is drawn.

    Args:
        kind: Class of the chart.
        described: Its words, with `%(unit)s` and `%(parts)s`.
        below: From the top of a row to its mark.
        mark: Shapes of a row: the row, its value, where it stands, the scale.
    """

    kind: str
    described: str
    below: float
    mark: Callable[[Dot | Bar, float, float, Scale], list[str]]


def _in_rows(
    rows: Sequence[Dot | Bar],
    drawn: _Drawn,
    *,
    key: str,
    title: str,
    unit: str,
    lang: Lang,
    signed: bool,
) -> Markup:
    """Return labelled numbers one below the other, each with its mark, on a common scale."""
    scale = row_scale(number for row in rows for number in (row.value, row.lower, row.upper))
    parts, named = [zero_line(place * ROW, scale) for place in range(len(rows))], []
    for place, row in enumerate(rows):
        if row.value is None:
            shown = (row.note if isinstance(row, Dot) else "") or numbers.DASH
            parts += row_head(place * ROW, row.label, shown, kind="muted")
        else:
            value = numbers.number(row.value, lang, signed=signed)
            reach = in_brackets(row.lower, row.upper, lang, signed=signed)
            shown = f"{value} {reach}".rstrip()
            parts += row_head(place * ROW, row.label, value, reach)
            parts += drawn.mark(row, row.value, place * ROW + drawn.below, scale)
        named.append(f"{row.label}: {shown}")
    described = drawn.described % {"unit": unit, "parts": "; ".join(named)}
    height = max(len(rows), 1) * ROW + 2
    return drawing(parts, key=key, title=title, description=described, height=height, kind=drawn.kind)
