"""How old the skilled workers of a trade are in the base year: five-year bands, estimated, one document.

The ages of a trade in a region are not published; they are those from which the projection starts, drawn with
the rest of the account. So the wave of retirements and the ages it comes from are one estimate, not two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from forecast.assemble import Assembled, Cell
from forecast.domain.matrix import round_coherently
from forecast.domain.parameters import ParameterSet
from forecast.estimators.region import TradeState
from forecast.grading import Grading, estimate_grade
from forecast.group_cells import Group
from forecast.group_training import SUM
from forecast.notes import NoteBook
from forecast.publish import PublishedSeries, contain_point
from forecast.rounding import rounded_to
from forecast.snapshot import STATISTICS
from forecast.stats.draws import summarise

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
#: Lower edges of the bands: the young together, then five years each, the oldest together.
YOUNG, OLD, WIDTH = 25, 65, 5
BAND, OLDER = "band", "older"
STOCK: Final = "supply"
COLUMNS: Final = (
    "region", "trade", "year", "kind", "age_from", "age_to", *STATISTICS, "status", "grade", "note",
)  # fmt: skip


def bands(ages: IntArray) -> list[tuple[int, int]]:
    """First and last year of age of every band, in order; together they are all ages once.

    Example:
        >>> bands(np.arange(15, 81))[:2], bands(np.arange(15, 81))[-1]
        ([(15, 24), (25, 29)], (65, 80))
    """
    edges = [int(ages[0]), *range(YOUNG, OLD + 1, WIDTH), int(ages[-1]) + 1]
    return [(low, high - 1) for low, high in pairwise(edges)]


def age_document(
    assembled: Assembled,
    groups: Mapping[Cell, Group],
    series: Iterable[PublishedSeries],
    grading: Grading,
    values: ParameterSet,
) -> dict[str, Any]:
    """The document `age_profiles`: one row a region, trade or group row and band, and one for the older.

    Args:
        assembled: Opening stocks by age in every draw.
        groups: Group rows with accounts, by region and code.
        series: Every series of the release; the bands add up to its supply of the base year.
        grading: Which trades have measured ages.
        values: For the age from which workers count as older.
    """
    notes, year = NoteBook(), assembled.base_year
    older_from = int(values.value("older_from_age"))
    stocks = _published(series, year)
    opening = {(task.region, task.trade): task.inputs.opening for task in assembled.tasks}
    for task in assembled.tasks:
        if task.parts:  # a region made of parts starts from their sum, as its projection does
            opening[task.region, task.trade] = np.sum(
                [opening[part, task.trade] for part in task.parts], axis=0
            )
    rows: list[list[Any]] = []

    def add(state: TradeState, by_age: IntArray, words: Sequence[str]) -> None:
        place = (state.region, state.trade.code)
        if place not in stocks:
            return
        grade, said = estimate_grade(state, small=state.path.small)
        judged = () if state.trade.code in grading.ages_measured else ("grade_ages",)
        tail = ["estimated", grade, notes.named(*judged, *said, *words)]
        for kind, low, high, numbers in banded(by_age, assembled.ages, stocks[place], older_from):
            rows.append([*place, year, kind, low, high, *numbers, *tail])

    for place, by_age in opening.items():
        add(assembled.states[place], by_age, ())
    for (region, _), group in groups.items():
        parts = [opening[region, cell.trade] for cell in group.cells]
        add(group.state, np.sum(parts, axis=0), (SUM,))
    return {"columns": list(COLUMNS), "rows": rows, "notes": notes.documents()}


def banded(
    by_age: IntArray, ages: IntArray, total: int, older_from: int
) -> Iterable[tuple[str, int, int, list[int]]]:
    """Kind, first and last age, and the seven statistics of every band; whole persons that add up.

    Args:
        by_age: Persons by draw and single age (D, A).
        ages: Single years of age (A,).
        total: Persons published for all ages together.
        older_from: Age from which workers count as older.
    """
    edges = bands(ages)
    draws = np.stack([by_age[:, (ages >= low) & (ages <= high)].sum(axis=1) for low, high in edges], axis=1)
    statistics = rounded_to(summarise(draws.astype(np.float64), axis=0), 0)
    means = draws.mean(axis=0)
    if total > 0:
        statistics[:, 0] = round_coherently(means * total / means.sum(), total)
    else:
        statistics[:, 0] = 0
    older = rounded_to(summarise(by_age[:, ages >= older_from].sum(axis=1).astype(np.float64), axis=0), 0)
    older[0] = sum(row[0] for (low, _), row in zip(edges, statistics, strict=True) if low >= older_from)
    for (low, high), row in zip(edges, contain_point(statistics), strict=True):
        yield BAND, low, high, row.astype(np.int64).tolist()
    yield OLDER, older_from, int(ages[-1]), contain_point(older).astype(np.int64).tolist()


def _published(series: Iterable[PublishedSeries], year: int) -> dict[Cell, int]:
    """Supply of the base year by region and row, where it is published."""
    found: dict[Cell, int] = {}
    for one in series:
        if one.measure == STOCK:
            at = np.flatnonzero(np.asarray(one.years) == year)
            if at.size and np.isfinite(one.statistics[at[0], 0]):
                found[one.region, one.trade] = round(float(one.statistics[at[0], 0]))
    return found
