"""The sheet of a workbook that shows its numbers: native charts beside the small tables they are drawn from.

One or two years: a ranking of one measure in the last of them, with 80 % ranges. More years: lines with their
80 % ranges, one chart per measure of the first place that has numbers, or one per place for a single measure.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from api.columns import INFO
from api.language import Text
from api.table import Table
from forecast.snapshot import STATISTICS

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

SHEET: Final = Text("Diagramm", "Chart")
RANKED: Final = 40
FIRST: Final = "gap"  # what a table with several measures is about
CHARTS: Final = 4
YEAR: Final = Text("Jahr", "Year")
_VALUE, _LOWER, _UPPER = (STATISTICS.index(name) for name in ("value", "lower_80", "upper_80"))
_RANGE: Final = "80"
_COLUMNS: Final = 5  # a table and a free column
_LABEL_WIDTH: Final = 36
_ROW_PIXELS: Final = 20
_INK: Final = "#1D4E73"
_GREY: Final = "#7D8D99"

Row = tuple[str | int, float | None, float | None, float | None]


@dataclass(frozen=True, slots=True)
class Picture:
    """A table and its chart.

    Args:
        title: What is shown.
        head: Name of the first column.
        unit: Unit of the numbers.
        rows: Label, number, lower and upper end.
    """

    title: str
    head: str
    unit: str
    rows: tuple[Row, ...]


def add_charts(book: Workbook, table: Table, bold: Format) -> None:
    """Add the sheet; a selection without any number has none.

    Args:
        book: The workbook.
        table: Its first table, from the first row on.
        bold: For heads.
    """
    ranked = ranking(table)
    pictures = [ranked] if ranked else list(lines(table))
    if not pictures:
        return
    sheet = book.add_worksheet(SHEET.of(table.lang))
    title = book.add_format({"bold": True})  # on one line, however narrow its column
    for place, picture in enumerate(pictures):
        _write(sheet, picture, place * _COLUMNS, (title, bold), table)
    row = max(len(picture.rows) for picture in pictures) + 3 if len(pictures) > 1 else 0
    for place, picture in enumerate(pictures):
        drawn = _bars(book, table, picture) if ranked else _lines(book, table, picture, place * _COLUMNS)
        where = (0, _COLUMNS) if len(pictures) == 1 else (row, place * _COLUMNS)
        sheet.insert_chart(*where, drawn, {"description": picture.title})


def ranking(table: Table) -> Picture | None:
    """Return the largest numbers of one measure in one year; None for more than two years or no number."""
    chosen = table.selection
    if not chosen.years or len(chosen.years) > 2 or not _whole(table):
        return None
    year = len(chosen.years) - 1
    for code in sorted(chosen.measures, key=lambda code: code != FIRST):
        measure = chosen.measures.index(code)
        found = [
            (_place(table, region, trade), *cell)
            for region, trade in product(range(len(chosen.regions)), range(len(chosen.trades)))
            if (cell := _cell(table, region, trade, measure, year))[0] is not None
        ]
        if found:
            found.sort(key=lambda row: (-(row[1] or 0.0), row[0]))
            name = table.release.label("measures", code, table.lang)
            parts = [name, *_common(table), str(chosen.years[year])]
            head = INFO["trade_label" if len(chosen.trades) > 1 else "region_label"].heading(table.lang)
            return Picture(", ".join(parts), head, _unit(table, code), tuple(found[:RANKED]))
    return None


def lines(table: Table) -> Iterator[Picture]:
    """Yield series over the years, at most CHARTS."""
    chosen = table.selection
    if not _whole(table):
        return
    places = list(product(range(len(chosen.regions)), range(len(chosen.trades))))
    if len(chosen.measures) > 1:
        places = [p for p in places if any(_series(table, *p, m) for m in range(len(chosen.measures)))][:1]
    count = 0
    for (region, trade), measure in product(places, range(len(chosen.measures))):
        rows = _series(table, region, trade, measure)
        if rows and count < CHARTS:
            count += 1
            code = chosen.measures[measure]
            name = table.release.label("measures", code, table.lang)
            labels = [
                table.release.label("trades", chosen.trades[trade], table.lang),
                table.release.label("regions", chosen.regions[region], table.lang),
            ]
            yield Picture(", ".join((name, *labels)), YEAR.of(table.lang), _unit(table, code), rows)


def _whole(table: Table) -> bool:
    """Whether cells can be found by their place: all rows of the selection, or its first ones, in order."""
    chosen = table.selection
    return chosen.kept is None and chosen.start == 0 and table.cells == chosen.stop


def _cell(
    table: Table, region: int, trade: int, measure: int, year: int
) -> tuple[float | None, float | None, float | None]:
    chosen = table.selection
    at = ((region * len(chosen.trades) + trade) * len(chosen.measures) + measure) * len(chosen.years) + year
    if at >= table.cells:
        return None, None, None
    row = table.statistics()[at]
    value = _number(row[_VALUE])
    if _RANGE not in chosen.levels:
        return value, None, None
    return value, _number(row[_LOWER]), _number(row[_UPPER])


def _number(value: Any) -> float | None:  # noqa: ANN401  (a numpy number)
    return float(str(value)) if math.isfinite(value) else None


def _series(table: Table, region: int, trade: int, measure: int) -> tuple[Row, ...]:
    """All years from the first to the last one with a number; empty without any."""
    rows: list[Row] = [
        (year, *_cell(table, region, trade, measure, at)) for at, year in enumerate(table.selection.years)
    ]
    known = [at for at, row in enumerate(rows) if row[1] is not None]
    return tuple(rows[known[0] : known[-1] + 1]) if known else ()


def _place(table: Table, region: int, trade: int) -> str:
    """Name what differs."""
    chosen = table.selection
    parts = (
        [table.release.label("trades", chosen.trades[trade], table.lang)] if len(chosen.trades) > 1 else []
    )
    if len(chosen.regions) > 1 or not parts:
        parts.append(table.release.label("regions", chosen.regions[region], table.lang))
    return ", ".join(parts)


def _common(table: Table) -> list[str]:
    """Name what all rows share."""
    chosen, release = table.selection, table.release
    parts = [release.label("trades", chosen.trades[0], table.lang)] if len(chosen.trades) == 1 else []
    return [
        *parts,
        *([release.label("regions", chosen.region, table.lang)] if len(chosen.regions) == 1 else []),
    ]


def _unit(table: Table, code: str) -> str:
    return str(table.release.entries["measures"][code]["unit"])


def _write(
    sheet: Worksheet, picture: Picture, column: int, formats: tuple[Format, Format], table: Table
) -> None:
    names = [picture.head, *(INFO[name].heading(table.lang) for name in ("value", "lower_80", "upper_80"))]
    sheet.set_column(column, column, _LABEL_WIDTH if isinstance(picture.rows[0][0], str) else 10)
    sheet.set_column(column + 1, column + 3, 14)
    sheet.write_string(0, column, picture.title, formats[0])
    for at, name in enumerate(names):
        sheet.write_string(1, column + at, name, formats[1])
    for row, (label, *cells) in enumerate(picture.rows, start=2):
        if isinstance(label, str):
            sheet.write_string(row, column, label)
        else:
            sheet.write_number(row, column, label)
        for at, number in enumerate(cells, start=1):
            if number is not None:
                sheet.write_number(row, column + at, number)


def _area(table: Table, picture: Picture, column: int) -> list[str | int]:
    return [SHEET.of(table.lang), 2, column, len(picture.rows) + 1, column]


def _bars(book: Workbook, table: Table, picture: Picture) -> Any:  # noqa: ANN401  (a chart of the library)
    chart = book.add_chart({"type": "bar"})
    bounded = all(row[2] is not None and row[3] is not None for row in picture.rows)
    series: dict[str, Any] = {
        "name": INFO["value"].heading(table.lang),
        "categories": _area(table, picture, 0),
        "values": _area(table, picture, 1),
        "fill": {"color": _INK},
        "gap": 60,
    }
    if bounded:
        series["y_error_bars"] = {
            "type": "custom",
            "plus_values": _distances(picture.rows, 3),
            "minus_values": _distances(picture.rows, 2),
            "line": {"color": "#000000", "width": 1},
        }
    chart.add_series(series)
    chart.set_y_axis({"reverse": True, "label_position": "low"})
    chart.set_x_axis({"name": picture.unit, "num_format": "#,##0", "label_position": "low"})
    _finish(chart, picture, len(picture.rows) * _ROW_PIXELS + 160)
    return chart


def _distances(rows: Sequence[Row], end: int) -> list[float]:
    """How far an end of the range lies from the number."""
    return [abs(float(row[end] or 0.0) - float(row[1] or 0.0)) for row in rows]


def _lines(book: Workbook, table: Table, picture: Picture, column: int) -> Any:  # noqa: ANN401  (a chart)
    chart = book.add_chart({"type": "line"})
    for at, name in enumerate(("value", "lower_80", "upper_80"), start=1):
        if any(row[at] is not None for row in picture.rows):
            look = (
                {"color": _INK, "width": 2.25}
                if at == 1
                else {"color": _GREY, "width": 1, "dash_type": "dash"}
            )
            chart.add_series(
                {
                    "name": INFO[name].heading(table.lang),
                    "categories": _area(table, picture, column),
                    "values": _area(table, picture, column + at),
                    "line": look,
                    "marker": {"type": "circle" if at == 1 else "none", "size": 4},
                }
            )
    chart.set_y_axis({"name": picture.unit, "num_format": "#,##0.0" if _fine(picture) else "#,##0"})
    chart.set_x_axis({"label_position": "low"})
    _finish(chart, picture, 360)
    return chart


def _fine(picture: Picture) -> bool:
    """Whether the numbers have decimals."""
    return any(row[1] is not None and row[1] != round(row[1]) for row in picture.rows)


def _finish(chart: Any, picture: Picture, height: int) -> None:  # noqa: ANN401  (a chart of the library)
    chart.set_title({"name": picture.title, "name_font": {"size": 12}, "overlay": False})
    chart.set_legend({"position": "bottom"} if picture.head in (YEAR.de, YEAR.en) else {"none": True})
    chart.set_size({"width": 720, "height": height})
