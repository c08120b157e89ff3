"""Sums of flows over several years, taken in every draw: where a single year is too small for a number.

The sum of five yearly ranges is not the range of five years: only the draws know what goes together. What is
a stock at a day (workforce, gap) has no sum over years and is not here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from forecast.adding_up import by_group, whole_points
from forecast.cells import FLOWS
from forecast.domain.inflow_parts import MIGRATION, RESIDUAL_INFLOW
from forecast.estimators.region import TradeState
from forecast.estimators.training_plan import SKILL_MEASURES
from forecast.grading import Elsewhere, Grading, cell_grades, too_wide_note, withheld_years
from forecast.group_cells import Group, Sums, summed
from forecast.group_rows import row_above
from forecast.group_training import SUM, contracts_of
from forecast.notes import NoteBook
from forecast.publish import contain_point
from forecast.rounding import decimals_of, in_shown_unit, rounded_to
from forecast.snapshot import GRADES, STATISTICS
from forecast.stats.draws import summarise
from forecast.trained import Trained

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
#: Flows of persons, contracts, firms and hours of training; all of them add up over years.
SUMMED: Final = (
    "new_contracts", "graduates", "entrants", *(name for name in FLOWS if name != "entrants"),
    "owners_leaving", "successions_due", "craft_handovers", "craft_closures", "foundings",
    "master_examinations", *SKILL_MEASURES,
)  # fmt: skip
SIGNED: Final = frozenset({"net_inflow", "expansion_demand", MIGRATION, RESIDUAL_INFLOW})
COLUMNS: Final = (
    "region", "trade", "measure", "first_year", "last_year", *STATISTICS, "status", "grade", "note",
)  # fmt: skip
#: Measure and first year of a window.
Window = tuple[str, int]
LOW, HIGH = STATISTICS.index("lower_80"), STATISTICS.index("upper_80")


@dataclass(frozen=True, slots=True)
class _Cell:
    """A trade or group row: its past, what its years are graded by, and its flows as draws (D, Y)."""

    state: TradeState
    years: IntArray
    gap: FloatArray
    flows: Mapping[str, FloatArray]
    words: tuple[str, ...]

    @property
    def place(self) -> tuple[str, str]:
        """Region and trade or group row."""
        return self.state.region, self.state.trade.code


@dataclass(frozen=True, slots=True)
class _Sum:
    """A flow summed over a window of years, as it is shown, or withheld."""

    measure: str
    first: int
    last: int
    statistics: FloatArray
    withheld: bool


def windows(years: IntArray, span: int) -> list[tuple[int, int]]:
    """First and last position of every full window, one after the other from the first forecast year.

    Example:
        >>> windows(np.arange(2026, 2038), 5)
        [(0, 5), (5, 10)]
    """
    return [(at, at + span) for at in range(0, years.size - span + 1, span)]


def year_sums(
    sums: Sums, groups: Mapping[tuple[str, str], Group], grading: Grading, span: int
) -> dict[str, Any]:
    """The document `year_sums`: one row a region, trade or group row, flow and window of years.

    Args:
        sums: Projected cells and what comes of the contracts.
        groups: Group rows with accounts, by region and code.
        grading: What grades are given by; the same yardstick as for single years.
        span: Years of a window.
    """
    notes = NoteBook()
    cells = list(_cells(sums, groups))
    points = _points(cells, sums, groups, span)
    found = {cell.place: _sums(cell, points[cell.place], grading, span) for cell in cells}
    hidden: dict[str, dict[tuple[str, str], set[int]]] = {}
    for place, ones in found.items():
        for one in ones:
            known = hidden.setdefault(one.measure, {}).setdefault(place, set())
            known |= {one.first} if one.withheld else set()
    elsewhere = {measure: Elsewhere(places) for measure, places in hidden.items()}
    rows = [row for cell in cells for row in _rows(cell, found[cell.place], grading, elsewhere, notes)]
    return {"columns": list(COLUMNS), "rows": rows, "notes": notes.documents()}


def elsewhere_of(
    sums: Sums, groups: Mapping[tuple[str, str], Group], grading: Grading, document: Mapping[str, Any]
) -> Elsewhere:
    """Where the reader of a withheld number of a single year is sent: what of rows and sums is shown.

    Args:
        sums: Projected cells.
        groups: Group rows with accounts, by region and code.
        grading: What grades are given by.
        document: The document `year_sums`.
    """
    hidden = {
        (one.region, one.trade): withheld_years(
            one.statistics["gap"], sums.assembled.states[(one.region, one.trade)], one.years, grading
        )
        for one in sums.summaries
    }
    for place, group in groups.items():
        gap = summarise(np.sum([cell.draws["gap"] for cell in group.cells], axis=0), axis=0)
        hidden[place] = withheld_years(gap, group.state, group.cells[0].years, grading)
    shown: dict[tuple[str, str, str], list[tuple[int, int]]] = {}
    at = {name: document["columns"].index(name) for name in COLUMNS}
    for row in document["rows"]:
        if row[at["value"]] is not None:
            key = (row[at["region"]], row[at["trade"]], row[at["measure"]])
            shown.setdefault(key, []).append((row[at["first_year"]], row[at["last_year"]]))
    return Elsewhere(hidden, shown)


def _cells(sums: Sums, groups: Mapping[tuple[str, str], Group]) -> Iterable[_Cell]:
    for summary in sums.summaries:
        place = (summary.region, summary.trade)
        flows = _flows(summary.draws, summary.years, {summary.trade: sums.ways[place]})
        yield _Cell(sums.assembled.states[place], summary.years, summary.statistics["gap"], flows, ())
    for (region, code), group in groups.items():
        years, draws = group.cells[0].years, summed(group.cells)
        ways = sums.ways_of(region, code)
        flows = _flows(draws, years, ways)
        yield _Cell(group.state, years, summarise(draws["gap"], axis=0), flows, (SUM,))


def _flows(
    draws: Mapping[str, FloatArray], years: IntArray, ways: Mapping[str, Trained]
) -> dict[str, FloatArray]:
    """Every flow that is there in all forecast years, as draws (D, Y)."""
    contracts = contracts_of(ways)
    passed = [way.graduates.draws[:, np.isin(way.graduates.years, years)] for way in ways.values()]
    found = {
        **draws,
        "new_contracts": contracts.draws[:, np.isin(contracts.years, years)],
        "graduates": np.sum(passed, axis=0),
    }
    return {name: found[name] for name in SUMMED if name in found and found[name].shape[1] == years.size}


def _points(
    cells: Sequence[_Cell], sums: Sums, groups: Mapping[tuple[str, str], Group], span: int
) -> dict[tuple[str, str], dict[Window, float]]:
    """Whole numbers of every row by measure and window; they add up over districts and over trades.

    A group row holds the contracts of all its trades, those of trades without accounts as well.
    """
    flows = {cell.place: cell.flows for cell in cells if cell.place not in groups}
    years = {cell.state.region: cell.years for cell in cells}
    for (region, trade), way in sums.ways.items():
        if region in years and (region, trade) not in flows:
            flows[(region, trade)] = _flows({}, years[region], {trade: way})
    tables = {place: _means(found, years[place[0]], span) for place, found in flows.items()}
    whole = whole_points(tables, SUMMED, by_group(sums.trades))
    for region, code in groups:
        parts = [whole[(region, trade)] for trade in sums.members(code) if (region, trade) in whole]
        whole[(region, code)] = np.nansum(parts, axis=0)
    return {
        place: {
            (name, int(years[place[0]][first])): float(found[row, at])
            for row, name in enumerate(SUMMED)
            for at, (first, _) in enumerate(windows(years[place[0]], span))
        }
        for place, found in whole.items()
    }


def _means(flows: Mapping[str, FloatArray], years: IntArray, span: int) -> FloatArray:
    """Mean sum of every flow in every window (M, W), not a number where there is none."""
    spans = windows(years, span)
    table = np.full((len(SUMMED), len(spans)), np.nan)
    for name, draws in flows.items():
        means = np.array([draws[:, first:last].sum(axis=1).mean() for first, last in spans])
        table[SUMMED.index(name)] = in_shown_unit(name, means)
    return table


def _sums(cell: _Cell, points: Mapping[Window, float], grading: Grading, span: int) -> list[_Sum]:
    """Sums of one cell; one whose range is wider than the stock is withheld like a single year.

    Hours and participations are no persons: their range is held against the sum itself.
    """
    stock = max(float(cell.state.skilled[:, -1].mean()), 1.0)
    found = []
    for first, last in windows(cell.years, span):
        for name, draws in cell.flows.items():
            statistics = summarise(draws[:, first:last].sum(axis=1), axis=0)
            yardstick = max(float(statistics[0]), 1.0) if name in SKILL_MEASURES else stock
            wide = (statistics[HIGH] - statistics[LOW]) / yardstick > grading.limits.widest
            shown = rounded_to(in_shown_unit(name, statistics), decimals_of(name), signed=name in SIGNED)
            begin, end = int(cell.years[first]), int(cell.years[last - 1])
            shown[0] = points[(name, begin)]
            found.append(_Sum(name, begin, end, contain_point(shown), bool(cell.state.path.small and wide)))
    return found


def _rows(
    cell: _Cell,
    found: Sequence[_Sum],
    grading: Grading,
    elsewhere: Mapping[str, Elsewhere],
    notes: NoteBook,
) -> Iterable[list[Any]]:
    """Rows of one cell with the lowest grade of their years."""
    grades = cell_grades(cell.gap, cell.state, cell.years, grading, notes)
    region, trade = cell.place
    row = row_above(cell.state.trade)
    for one in found:
        place = [region, trade, one.measure, one.first, one.last]
        if one.withheld:
            instead = elsewhere[one.measure].places(region, trade, one.first, one.measure, row)
            note = too_wide_note(instead, notes)
            yield [*place, *[None] * len(STATISTICS), "no_data", "", note]
            continue
        years = (cell.years >= one.first) & (cell.years <= one.last)
        letter = max(grades.grade[years].tolist(), key=GRADES.index)
        words = grades.words[int(np.flatnonzero(years)[-1])]
        note = notes.years_together(notes.named(*words, *cell.words), one.first, one.last)
        plain = [int(number) if number == int(number) else number for number in one.statistics.tolist()]
        yield [*place, *plain, "forecast", letter, note]
