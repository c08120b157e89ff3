"""Points of a release that add up in print: districts to the Land, trades to their groups, in every measure.

Ranges stay as they are, because quantiles do not add; where the point leaves its range the range is widened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecast.adding_up import by_group, whole_points
from forecast.assemble import Cell
from forecast.cells import past_draws
from forecast.course_plan import COURSE_MEASURES
from forecast.district_split import DISTRICTS
from forecast.domain.panel import Panel
from forecast.domain.staying import PLACES
from forecast.estimators.cell import ADDITIVE, CellSummary
from forecast.estimators.side_accounts import PART_TIME_HEADS
from forecast.estimators.technicians import INDUSTRIAL_MEASURES, TECHNICIAN_MEASURES
from forecast.estimators.training_plan import MASTER_MEASURES, SKILL_MEASURES
from forecast.group_cells import Sums
from forecast.group_rows import GROUP_CODES
from forecast.publish import PublishedSeries, contain_point
from forecast.rounding import in_shown_unit
from forecast.trained import Trained

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ENTRANTS: Final = "entrants"
#: Entrants of trades whose workforce is not known: no group row with accounts counts them.
WITHOUT_ACCOUNT: Final = "entrants without account"
PRINTED: Final = ("new_contracts", "apprentices")
#: Measures that add up over districts and over trades.
SUMMED: Final = (
    "new_contracts", "contracts_begun", "apprentices", "graduates", *PLACES, WITHOUT_ACCOUNT,
    *(name for name in ADDITIVE if name != PART_TIME_HEADS), *COURSE_MEASURES, *SKILL_MEASURES,
    *MASTER_MEASURES, *TECHNICIAN_MEASURES, *INDUSTRIAL_MEASURES,
)  # fmt: skip
#: Draws of the base year (D, 1) by measure.
Base = Mapping[str, FloatArray]
Means = Iterator[tuple[str, IntArray, FloatArray]]


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Whole numbers of every region and trade that add up.

    Args:
        years: Years (Y,).
        whole: Region and trade → points (M, Y) in the order of `SUMMED`, not a number where there is none.
    """

    years: IntArray
    whole: Mapping[Cell, FloatArray]

    def of(self, cells: Iterable[Cell], measure: str) -> FloatArray:
        """Sum of a measure over cells by year (Y,); not a number where none of them has one."""
        row, nothing = SUMMED.index(measure), np.full((1, self.years.size), np.nan)
        values = np.concatenate([nothing, *(self.whole[cell][[row]] for cell in cells if cell in self.whole)])
        return np.where(np.isfinite(values).any(axis=0), np.nansum(values, axis=0), np.nan)


def added_up(
    series: Iterable[PublishedSeries],
    sums: Sums,
    base: Mapping[Cell, Base],
    panel: Panel,
    years: Sequence[int],
) -> list[PublishedSeries]:
    """The series of a release with points that add up over districts, trades and parts.

    Args:
        series: Every series, each rounded by itself.
        sums: Projected cells, contracts and courses.
        base: Stocks of the base year by region and trade.
        panel: Observed figures.
        years: Years of the release (Y,).
    """
    points = joint_points(sums, base, panel, years)
    return with_joint_points(series, points, {code: sorted(sums.members(code)) for code in GROUP_CODES})


def joint_points(sums: Sums, base: Mapping[Cell, Base], panel: Panel, years: Sequence[int]) -> Points:
    """Round every mean of the release that adds up, all regions and trades together.

    Args:
        sums: Projected cells, contracts and courses.
        base: Stocks of the base year by region and trade.
        panel: Observed figures: what is printed stands as it is printed.
        years: Years of the release (Y,).
    """
    grid = np.asarray(years, dtype=np.int64)
    tables: dict[Cell, FloatArray] = {}
    for cell, means in chain(_means(sums), _of_base_year(base, sums.assembled.base_year)):
        table = tables.setdefault(cell, np.full((len(SUMMED), grid.size), np.nan))
        for name, at, values in means:
            there = np.isin(at, grid)
            table[SUMMED.index(name), np.searchsorted(grid, at[there])] = values[there]
    counted = {cell: _printed(cell, sums, panel, grid) for cell in tables}
    printed = {cell: table for cell, table in counted.items() if table is not None}
    return Points(grid, whole_points(tables, SUMMED, by_group(sums.trades), printed))


def with_joint_points(
    series: Iterable[PublishedSeries], points: Points, members: Mapping[str, Sequence[str]]
) -> list[PublishedSeries]:
    """The series of a release with points that add up; what is withheld stays withheld.

    Args:
        series: Every series, each rounded by itself.
        points: Points that add up.
        members: Group row → its trades.
    """
    found = []
    for one in series:
        if one.measure not in SUMMED:
            found.append(one)
        else:
            cells = [(one.region, trade) for trade in members.get(one.trade, (one.trade,))]
            values = points.of(cells, one.measure)
            if one.measure == ENTRANTS:
                values = np.where(np.isfinite(values), values, points.of(cells, WITHOUT_ACCOUNT))
            at = np.searchsorted(points.years, np.asarray(one.years))
            statistics = one.statistics.copy()
            there = np.isfinite(statistics[:, 0]) & np.isfinite(values[at])
            statistics[there, 0] = values[at][there]
            found.append(replace(one, statistics=contain_point(statistics)))
    return found


def _means(sums: Sums) -> Iterator[tuple[Cell, Means]]:
    """Means of every cell, measure by measure, with the years they are for."""
    projected: dict[Cell, IntArray] = {}
    for summary in sums.summaries:
        cell = (summary.region, summary.trade)
        projected[cell] = summary.years
        yield cell, _of_projection(summary)
        state = sums.assembled.states[cell]
        years, draws = past_draws(state)
        yield cell, ((name, years, values.mean(axis=0)) for name, values in draws.items())
    regions = {region: years for (region, _), years in projected.items()}
    for cell, way in sums.ways.items():
        yield cell, _of_training(way, regions.get(cell[0]), has_account=cell in projected)
    for cell, plan in sums.courses.items():
        yield cell, ((name, plan.years, values[:, 0]) for name, values in plan.statistics.items())


def _of_base_year(base: Mapping[Cell, Base], year: int) -> Iterator[tuple[Cell, Means]]:
    """Stocks of the base year; demand and supply in heads belong to the past, which has them already."""
    at = np.array([year])
    for cell, drawn in base.items():
        stocks = {name: values for name, values in drawn.items() if name in SUMMED and name != "supply"}
        yield cell, ((name, at, in_shown_unit(name, one.mean(axis=0))) for name, one in stocks.items())


def _of_projection(summary: CellSummary) -> Means:
    plan = {} if summary.plan is None else summary.plan.statistics
    for name, statistics in {**summary.statistics, **plan}.items():
        if name in SUMMED:
            values = in_shown_unit(name, statistics)[:, 0]
            if name == "training_need":
                values = np.where(summary.reachable, values, np.nan)
            yield name, summary.years, values


def _of_training(way: Trained, projected: IntArray | None, *, has_account: bool) -> Means:
    """New contracts and what comes of them; entrants of forecast years are those of the account, if any."""
    yield "new_contracts", way.path.years, way.path.draws.mean(axis=0)
    stretches = {"contracts_begun": way.begun, "graduates": way.graduates, "apprentices": way.apprentices}
    for name, stretch in {**stretches, **way.places}.items():
        yield name, stretch.years, stretch.draws.mean(axis=0)
    years, values = way.entrants.years, way.entrants.draws.mean(axis=0)
    ahead = np.full(years.shape, False) if projected is None else np.isin(years, projected)
    yield ENTRANTS, years[~ahead], values[~ahead]
    if not has_account:
        yield WITHOUT_ACCOUNT, years[ahead], values[ahead]


def _printed(cell: Cell, sums: Sums, panel: Panel, grid: IntArray) -> FloatArray | None:
    """Printed whole numbers of a region that is no district (M, Y); None for districts."""
    region, trade = cell
    if region in DISTRICTS or cell not in sums.ways:
        return None
    way = sums.ways[cell]
    counted = {
        "new_contracts": way.path.years[way.path.contracted],
        "apprentices": way.apprentices.years[way.apprentices.known],
    }
    table = np.full((len(SUMMED), grid.size), np.nan)
    for name, years in counted.items():
        series = panel.series(name, trade, region)
        there = np.isin(series.years, years) & np.isin(series.years, grid)
        table[SUMMED.index(name), np.searchsorted(grid, series.years[there])] = series.values[there]
    return table
