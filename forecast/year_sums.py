"""Sums of flows over several years, taken in every draw: where a single year is too small for a number.

The sum of five yearly ranges is not the range of five years: only the draws know what goes together. What is
a stock at a day (workforce, gap) has no sum over years and is not here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from forecast.cells import FLOWS
from forecast.domain.inflow_parts import MIGRATION, RESIDUAL_INFLOW
from forecast.estimators.region import TradeState
from forecast.estimators.training_plan import SKILL_MEASURES
from forecast.grading import Grading, cell_grades
from forecast.group_cells import Group, Sums, summed
from forecast.group_rows import row_above
from forecast.group_training import SUM, contracts_of
from forecast.notes import NoteBook
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
LOW, HIGH = STATISTICS.index("lower_80"), STATISTICS.index("upper_80")


@dataclass(frozen=True, slots=True)
class _Cell:
    """A trade or group row: its past, what its years are graded by, and its flows as draws (D, Y)."""

    state: TradeState
    years: IntArray
    gap: FloatArray
    flows: Mapping[str, FloatArray]
    words: tuple[str, ...]


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
    rows = [row for cell in _cells(sums, groups) for row in _rows(cell, grading, span, notes)]
    return {"columns": list(COLUMNS), "rows": rows, "notes": notes.documents()}


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


def _rows(cell: _Cell, grading: Grading, span: int, notes: NoteBook) -> Iterable[list[Any]]:
    """Rows of one cell; a sum whose range is wider than the stock is withheld like a single year.

    Hours and participations are no persons: their range is held against the sum itself.
    """
    state = cell.state
    grades = cell_grades(cell.gap, state, cell.years, grading, notes)
    stock = max(float(state.skilled[:, -1].mean()), 1.0)
    instead = row_above(state.trade)
    for first, last in windows(cell.years, span):
        begin, end = int(cell.years[first]), int(cell.years[last - 1])
        letter = max(grades.grade[first:last].tolist(), key=GRADES.index)
        shown = notes.years_together(notes.named(*grades.words[last - 1], *cell.words), begin, end)
        for name, draws in cell.flows.items():
            statistics = summarise(draws[:, first:last].sum(axis=1), axis=0)
            place = [state.region, state.trade.code, name, begin, end]
            yardstick = max(float(statistics[0]), 1.0) if name in SKILL_MEASURES else stock
            if state.path.small and (statistics[HIGH] - statistics[LOW]) / yardstick > grading.limits.widest:
                note = notes.too_wide(instead.code, instead.name_de, instead.name_en)
                yield [*place, *[None] * len(STATISTICS), "no_data", "", note]
                continue
            numbers = rounded_to(
                in_shown_unit(name, statistics), decimals_of(name), signed=name in SIGNED
            ).tolist()
            plain = [int(number) if number == int(number) else number for number in numbers]
            yield [*place, *plain, "forecast", letter, shown]
