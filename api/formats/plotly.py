"""Figures in the form of plotly: the records of an answer as somebody would draw them.

One series is drawn with its ranges, several as lines, one year as dots with ranges, an explanation as a
waterfall. The answer is plain JSON; whoever shows it needs plotly, the service does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import orjson

from api.language import Lang, Text
from api.problems import SELECTION, Problem
from api.records import meta, plain_numbers
from api.release import Release
from api.table import Coded, Table
from forecast.figures import (
    LINES,
    Figure,
    fan_figure,
    layout,
    lines_figure,
    ranges_figure,
    waterfall_figure,
)
from forecast.snapshot import STATISTICS

MOST_LINES: Final = 40
MOST_ROWS: Final = 400
SYMBOLS: Final = ("circle", "square", "diamond")
"""Together with the colours they tell measures apart."""
MOST_MEASURES: Final = len(LINES) * len(SYMBOLS)
#: Ranges from the widest to the narrowest, and the one that is drawn beside dots if it is shown.
_WIDEST: Final = ("95", "80", "50")
_USUAL: Final = "80"
_SEPARATORS: Final[Mapping[Lang, str]] = {"de": ",.", "en": ".,"}
NOTHING: Final = Text(
    "In dieser Auswahl steht keine Zahl; warum, sagt «status» in den Datensätzen.",
    "There is no number in this selection; “status” in the records says why.",
)
GAP: Final = Text("Lücke", "Gap")

Record = dict[str, Any]


def cells_figure(table: Table, title: str, reason: Text | None = None) -> bytes:
    """Return the figure of a selection as JSON.

    Args:
        table: The cells.
        title: Name of what is shown, where the selection has no rows.
        reason: Why there are none, if there cannot be any.

    Raises:
        Problem: 413 for more lines or rows than a picture can hold.
    """
    chosen = table.selection
    lines = table.cells // max(len(chosen.years), 1)
    across = len(chosen.years) == 1
    places = len(chosen.regions) * len(chosen.trades)
    if across and (places > MOST_ROWS or len(chosen.measures) > MOST_MEASURES):
        raise _too_many(places, MOST_ROWS, len(chosen.measures), MOST_MEASURES)
    if not across and lines > MOST_LINES:
        raise _too_many(lines, MOST_LINES)
    if not table.cells or not np.isfinite(table.statistics()[:, 0]).any():
        figure = empty(title, (reason or NOTHING).of(table.lang))
    else:
        drawn = _Drawn(table)
        figure = drawn.across() if across else drawn.along()
    return finished(figure, table.release, table.lang)


def explanation_figure(release: Release, document: Mapping[str, Any], lang: Lang) -> bytes:
    """Return the waterfall of an explanation as JSON: its items and their sum, the gap.

    Args:
        release: The release it comes from.
        document: Of `api.explanation`.
        lang: Language of the words.
    """
    about = document["meta"]
    title = f"{GAP.of(lang)} {about['trade']['label']}, {about['region']['label']} {about['year']}"
    if not document["items"]:
        return finished(empty(title, str(document["reason"])), release, lang)
    items = [(item["label"], item["value"]) for item in document["items"]]
    figure = waterfall_figure(items, GAP.of(lang), title, document["gap"]["unit"], lang=lang)
    figure["data"][0]["customdata"] = [*(item["item"] for item in document["items"]), "gap"]
    return finished(figure, release, lang)


def finished(figure: Figure, release: Release, lang: Lang) -> bytes:
    """Return a figure as JSON, in one language and with what a reader must know in `layout.meta`."""
    shown = figure["layout"]
    shown["separators"] = _SEPARATORS[lang]
    shown["meta"] = meta(release, lang)
    return orjson.dumps(figure)


def _too_many(asked: int, most: int, measures: int = 0, most_measures: int = 0) -> Problem:
    more = measures > most_measures
    count, limit = (measures, most_measures) if more else (asked, most)
    what = Text("Messgrößen in einem Jahr", "measures in one year") if more else Text(
        "Linien oder Zeilen", "lines or rows"
    )  # fmt: skip
    return Problem(
        SELECTION,
        Text(
            f"Ein Bild fasst höchstens {limit} {what.de}; verlangt sind {count}. "
            "Mit trade=, region=, measure= oder einem einzelnen year= eingrenzen.",
            f"A picture holds at most {limit} {what.en}; {count} are asked for. "
            "Narrow down with trade=, region=, measure= or a single year=.",
        ),
    )


def empty(title: str, reason: str) -> Figure:
    """Return a figure without a number that says why there is none."""
    shown = layout(title=title)
    shown["annotations"] = [
        {"text": reason, "showarrow": False, "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
    ]
    return {"data": [], "layout": shown}


class _Drawn:
    """The cells of a table as a figure."""

    def __init__(self, table: Table) -> None:
        self._table, self._chosen = table, table.selection
        release, lang = table.release, table.lang
        names = {kind: release.labels(kind, lang) for kind in ("regions", "trades", "measures")}
        self._names = {kind: [found[code] for code in getattr(self._chosen, kind)]
                       for kind, found in names.items()}  # fmt: skip
        entries = release.entries["measures"]
        self._units = [str(entries[code]["unit"]) for code in self._chosen.measures]
        numbers = table.statistics()
        self._numbers = plain_numbers(numbers, np.isfinite(numbers[:, 0])).tolist()
        ahead = table.column("is_forecast")
        self._ahead = ahead.values(table.cells) if isinstance(ahead, Coded) else []

    def along(self) -> Figure:
        """Draw series over years: one with its ranges, several as lines."""
        years = self._chosen.years
        count = len(years)
        series = [
            [self._record(row, years[row - start]) for row in range(start, start + count)]
            for start in range(0, self._table.cells, count)
        ]
        unit, title = self._unit(), self._title()
        if len(series) == 1:
            bands = [level for level in _WIDEST if level in self._chosen.levels]
            return fan_figure(series[0], title, unit, bands=bands, lang=self._table.lang)
        names = self._line_names()
        points = {
            name: [(row["year"], row["value"]) for row in rows]
            for name, rows in zip(names, series, strict=True)
        }
        return lines_figure(points, title, unit)

    def across(self) -> Figure:
        """Draw one year: a row per region and trade, dots in a colour per measure, ranges beside them."""
        places = self._place_names()
        measures = self._chosen.measures
        figure: Figure = {"data": [], "layout": {}}
        codes = [f"{region}|{trade}" for region in self._chosen.regions for trade in self._chosen.trades]
        for at, code in enumerate(measures):
            records = [
                self._record(row, self._chosen.year) for row in range(at, self._table.cells, len(measures))
            ]
            shown = [(name, record) for name, record in zip(places, records, strict=True)
                     if record["value"] is not None]  # fmt: skip
            level = self._level()
            part = ranges_figure(
                [(name, one["value"], *_bounds(one, level)) for name, one in shown],
                self._title(),
                self._unit(),
                lang=self._table.lang,
            )
            trace = part["data"][0]
            trace |= {"name": self._names["measures"][at], "showlegend": len(measures) > 1}
            look = {"color": LINES[at % len(LINES)], "symbol": SYMBOLS[at // len(LINES)]}
            trace["marker"] = {**trace["marker"], **look}
            trace["customdata"] = [
                one for one, row in zip(codes, records, strict=True) if row["value"] is not None
            ]
            trace["meta"] = {"measure": code, "range": level}
            if not level:
                del trace["error_x"]
            figure["data"].append(trace)
            if part["layout"]["height"] > figure["layout"].get("height", 0):
                figure["layout"] = part["layout"]  # of the measure with most rows
        return figure

    def _record(self, row: int, year: int) -> Record:
        values = dict(zip(STATISTICS, self._numbers[row], strict=True))
        return {"year": year, "is_forecast": bool(self._ahead[row]), **values}

    def _level(self) -> str:
        shown = [level for level in _WIDEST if level in self._chosen.levels]
        return _USUAL if _USUAL in shown else next(iter(shown), "")

    def _unit(self) -> str:
        return ", ".join(dict.fromkeys(self._units))

    def _title(self) -> str:
        """Name what is the same in the whole picture."""
        parts = [found[0] for kind in ("measures", "trades", "regions")
                 if len(found := self._names[kind]) == 1]  # fmt: skip
        if len(self._chosen.years) == 1:
            parts.append(str(self._chosen.year))
        return ", ".join(parts)

    def _line_names(self) -> list[str]:
        """Name every line by what tells it from the others, in the order of the rows."""
        units = self._units if len(set(self._units)) > 1 else [""] * len(self._units)
        names = [
            self._joined(region, trade, measure) + (f" ({unit})" if unit else "")
            for region in self._names["regions"]
            for trade in self._names["trades"]
            for measure, unit in zip(self._names["measures"], units, strict=True)
        ]
        codes = [
            f"{region} {trade} {measure}"
            for region in self._chosen.regions
            for trade in self._chosen.trades
            for measure in self._chosen.measures
        ]
        return [
            name if names.count(name) == 1 else f"{name} [{code}]"
            for name, code in zip(names, codes, strict=True)
        ]

    def _place_names(self) -> list[str]:
        names = [self._joined(region, trade, "") for region in self._names["regions"]
                 for trade in self._names["trades"]]  # fmt: skip
        if len(names) == 1:
            names = [self._names["trades"][0]]
        return names

    def _joined(self, region: str, trade: str, measure: str) -> str:
        kinds = ("measures", "trades", "regions")
        parts = dict(zip(kinds, (measure, trade, region), strict=True))
        return ", ".join(parts[kind] for kind in kinds if parts[kind] and len(self._names[kind]) > 1)


def _bounds(record: Record, level: str) -> tuple[float, float]:
    """Return the ends of a range; a figure as printed has none and stands for itself."""
    low, high = record.get(f"lower_{level}"), record.get(f"upper_{level}")
    value = record["value"]
    return (value if low is None else low, value if high is None else high)
