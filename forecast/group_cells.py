"""Cells of group rows: sums over trades in every draw, then summarised; ratios are made anew from the sums.

A range of a sum is not the sum of ranges: only the draws know what goes together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecast.assemble import Assembled, Cell
from forecast.cells import FLOWS, jointly_whole, past_series
from forecast.course_plan import CoursePlan
from forecast.domain.codes import Trade
from forecast.domain.matrix import ITEMS, gap_rate
from forecast.domain.outlook import supply_ratio
from forecast.domain.panel import Panel
from forecast.domain.training import first_effective_year
from forecast.estimators.cell import CellSummary
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.region import TradeState, shortage_today
from forecast.estimators.side_accounts import (
    GAP_RATE,
    HOURS_PER_HEAD,
    NET_CHECK,
    OWNER_MEASURES,
    PART_TIME,
    PART_TIME_HEADS,
)
from forecast.estimators.technicians import INDUSTRIAL_MEASURES, TECHNICIAN_MEASURES
from forecast.estimators.training_plan import MASTER_MEASURES, OUTLOOK_MEASURES, SKILL_MEASURES
from forecast.grading import CellGrades, Grading, cell_grades, estimate_grade, gap_notes, withheld_where
from forecast.group_rows import GROUP_ROWS, GroupRow, row_above
from forecast.group_training import SUM, contracts_of, course_series, training_series
from forecast.notes import NoteBook
from forecast.publish import PublishedSeries, contain_point
from forecast.rounding import decimals_of, in_shown_unit, rounded_to
from forecast.snapshot import STATISTICS
from forecast.stats.draws import summarise
from forecast.trained import Trained
from forecast.training_plan import SIGNED
from forecast.workforce_cells import (
    FIRST_EFFECTIVE,
    WORK_UNITS,
    craft_series,
    disagreement_series,
    jointly_rounded,
    rate_series,
    today_series,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
NEED = "training_need"


@dataclass(frozen=True, slots=True)
class Sums:
    """What the sums are made of.

    Args:
        assembled: Paths and states.
        summaries: Projected cells with the draws of what adds up.
        ways: What comes of the new contracts, by region and trade.
        courses: Courses by region and trade.
        trades: Trades on the axis.
        first_start: First start year that can still be influenced.
    """

    assembled: Assembled
    summaries: Sequence[CellSummary]
    ways: Mapping[Cell, Trained]
    courses: Mapping[Cell, CoursePlan]
    trades: Sequence[Trade]
    first_start: int

    def members(self, code: str) -> set[str]:
        """Trades on the axis that a group row holds."""
        (row,) = (one for one in GROUP_ROWS if one.code == code)
        return {trade.code for trade in self.trades if row.holds(trade)}

    def ways_of(self, region: str, code: str) -> dict[str, Trained]:
        """What comes of the new contracts of the trades of a group row in a region."""
        members = self.members(code)
        return {
            trade: way for (place, trade), way in self.ways.items() if place == region and trade in members
        }


@dataclass(frozen=True, slots=True)
class Group:
    """A group row of a region with accounts.

    Args:
        state: Past of its trades together.
        cells: Their projections.
        effective: First and last of the years from which new contracts bring skilled workers.
    """

    state: TradeState
    cells: tuple[CellSummary, ...]
    effective: tuple[int, int]


def groups_of(sums: Sums, parameters: ParameterDraws) -> dict[Cell, Group]:
    """Group rows of the regions that keep accounts, by region and code.

    Args:
        sums: What is added up.
        parameters: Parameter draws, for the signs of a shortage today and the limit of small rows.
    """
    regions = dict.fromkeys(summary.region for summary in sums.summaries)
    found = {
        (region, row.code): _group(sums, region, row, parameters) for region in regions for row in GROUP_ROWS
    }
    return {place: group for place, group in found.items() if group is not None}


def _group(sums: Sums, region: str, row: GroupRow, parameters: ParameterDraws) -> Group | None:
    parts = [
        (summary, state)
        for summary in sums.summaries
        if summary.region == region
        and row.holds((state := sums.assembled.states[(region, summary.trade)]).trade)
    ]
    if not parts:
        return None
    cells, states = zip(*parts, strict=True)
    contracts = contracts_of({cell.trade: sums.ways[(region, cell.trade)] for cell in cells}).draws
    small = float(contracts[:, -cells[0].years.size :].mean()) < parameters.parameters.value("small_trade")
    starts = [first_effective_year(sums.first_start, state.pipeline.training_years) for state in states]
    state = joined_state(row.code, states, parameters, small=small)
    return Group(state, tuple(cells), (min(starts), max(starts)))


def group_series(
    sums: Sums, groups: Mapping[Cell, Group], panel: Panel, grading: Grading, notes: NoteBook
) -> Iterable[PublishedSeries]:
    """Series of every group row: workforce where there is a matrix, training wherever there are contracts.

    Args:
        sums: What is added up.
        groups: Group rows with accounts, by region and code.
        panel: Observed figures.
        grading: What grades are given by.
        notes: Collects the notes.
    """
    for region in dict.fromkeys(region for region, _ in sums.ways):
        for row in GROUP_ROWS:
            ways = sums.ways_of(region, row.code)
            if not ways:
                continue
            place, of = (region, row.code), len(sums.members(row.code))
            found = groups.get(place)
            if found is not None:
                yield from workforce_series(found, grading, notes, of)
            shown_from = None if found is None else int(found.cells[0].years[0])
            yield from training_series(place, ways, panel, notes, of, shown_from)
            plans = {trade: plan for (there, trade), plan in sums.courses.items()
                     if there == region and trade in ways}  # fmt: skip
            yield from course_series(place, plans, ways, notes, of)


def workforce_series(group: Group, grading: Grading, notes: NoteBook, of: int) -> Iterable[PublishedSeries]:
    """Everything about the workforce of a group row, past and ahead; too wide a range is withheld."""
    state, cells = group.state, group.cells
    counted = notes.tally(len(cells), of)
    yield from past_series(state, notes)
    yield from today_series(state, *estimate_grade(state, small=state.path.small), notes, grading.points_read)
    years, draws = cells[0].years, summed(cells)
    draws[GAP_RATE] = gap_rate(draws["gap"], draws["demand"])
    statistics = {name: summarise(values, axis=0) for name, values in draws.items() if name != NET_CHECK}
    grades = cell_grades(statistics["gap"], state, years, grading, notes)
    words = tuple((*said, SUM) for said in grades.words)
    note = np.array([notes.added(notes.named(*said), *counted) for said in words])
    grades = replace(grades, words=words, note=note)
    series = [
        *ahead_series(state, statistics, years, grades, notes, counted),
        *ratio_series(state, draws, years, grades, notes),
        *plan_series(state, statistics, years, notes, counted),
        need_series(group, statistics[NEED], grades, notes, counted),
        effective_series(group, notes),
    ]
    gap = next(one for one in series if one.measure == "gap")
    series.extend(disagreement_series(state, gap, notes, grading.points_read))
    hidden = years[grades.withheld].tolist()
    yield from withheld_where(series, hidden, row_above(state.trade), notes, grading.elsewhere)


def summed(cells: Sequence[CellSummary]) -> dict[str, FloatArray]:
    """Sum of every additive measure over cells, draw by draw (D, Y); who has no firms adds none."""
    names = dict.fromkeys(name for cell in cells for name in cell.draws)
    return {
        name: np.sum([cell.draws[name] for cell in cells if name in cell.draws], axis=0) for name in names
    }


def joined_state(
    code: str, states: Sequence[TradeState], parameters: ParameterDraws, *, small: bool
) -> TradeState:
    """Past of several trades of a region as if they were one: stocks added up in every draw.

    How much of it rests on estimated shares is the mean over the trades, by their stock.
    """
    first = states[0]
    stock = np.array([state.skilled[:, -1].mean() for state in states])
    main = [next(iter(state.groups.values())) for state in states]
    skilled, vacancies, seekers = (
        np.sum([getattr(state, name) for state in states], axis=0)
        for name in ("skilled", "vacancies", "job_seekers")
    )
    return replace(
        first,
        trade=replace(first.trade, code=code),
        skilled=skilled,
        vacancies=vacancies,
        job_seekers=seekers,
        path=replace(first.path, small=small),
        groups={"": float(np.average(main, weights=stock))},
        adjusted=any(state.adjusted for state in states),
        shortage=shortage_today(skilled, vacancies, seekers, parameters.draw("reporting_rate"), parameters),
    )


def ahead_series(
    state: TradeState,
    statistics: Mapping[str, FloatArray],
    years: IntArray,
    grades: CellGrades,
    notes: NoteBook,
    counted: tuple[str, str],
) -> Iterable[PublishedSeries]:
    """Forecast years of a group row; demand, supply, gap and items rounded jointly, as for a trade."""
    rounded, place = jointly_whole(statistics), (state.region, state.trade.code)
    for name in ("demand", "supply", "gap", *FLOWS, "entrants", *ITEMS):
        shown = grades.note
        if name == "gap":
            said = gap_notes(rounded["gap"][:, 0], state, grades.words, notes)
            shown = np.array([notes.added(int(number), *counted) for number in said])
        values = contain_point(rounded[name])
        yield PublishedSeries(*place, name, years, values, "forecast", grades.grade, shown)
        if name == "gap":
            said = np.array([notes.joined(int(number), "group_ratio") for number in shown])
            yield from rate_series(place, statistics, years, "forecast", grades.grade, said)
    work = {name: in_shown_unit(name, values) for name, values in statistics.items()}
    timed = np.array([notes.joined(int(said), "working_time") for said in grades.note])
    for unit in WORK_UNITS:
        for name, values in jointly_rounded(work, unit).items():
            yield PublishedSeries(*place, name, years, values, "forecast", grades.grade, timed)
    yield from craft_series(place, work, years, grades.grade, grades.note, notes)
    for name in OWNER_MEASURES:
        if name in work:
            values = rounded_to(work[name], decimals_of(name))
            yield PublishedSeries(*place, name, years, values, "forecast", "D", notes.named("firms", SUM))


def ratio_series(
    state: TradeState,
    draws: Mapping[str, FloatArray],
    years: IntArray,
    grades: CellGrades,
    notes: NoteBook,
) -> Iterable[PublishedSeries]:
    """Ratios of sums in every draw, never means of ratios; and the net check, a sum of checks."""
    place = (state.region, state.trade.code)

    def shown(name: str, values: FloatArray, note: int | IntArray, at: NDArray[np.bool_]) -> PublishedSeries:
        statistics = rounded_to(in_shown_unit(name, summarise(values[:, at], axis=0)), decimals_of(name))
        notes_at = note if isinstance(note, int) else note[at]
        return PublishedSeries(*place, name, years[at], statistics, "forecast", grades.grade[at], notes_at)

    every = np.full(years.size, True)
    timed = np.array([notes.joined(int(said), "working_time", "group_ratio") for said in grades.note])
    supply = np.maximum(draws["supply"], np.finfo(float).tiny)
    yield shown(PART_TIME, draws[PART_TIME_HEADS] / supply, timed, every)
    yield shown(HOURS_PER_HEAD, draws["supply_hours"] / supply, timed, every)
    if np.all(draws["demand"] > 0):
        ratio = supply_ratio(draws["supply"], draws["demand"])
        yield shown(OUTLOOK_MEASURES[0], ratio, notes.named("outlook", "group_ratio"), every)
    known = np.asarray(np.isfinite(draws[NET_CHECK]).all(axis=0), dtype=np.bool_)
    if known.any():
        said = np.array([notes.joined(int(number), "net_check") for number in grades.note])
        yield shown(NET_CHECK, draws[NET_CHECK], said, known)


def plan_series(
    state: TradeState,
    statistics: Mapping[str, FloatArray],
    years: IntArray,
    notes: NoteBook,
    counted: tuple[str, str],
) -> Iterable[PublishedSeries]:
    """Further training, masters and technicians of a group row: sums over its trades."""
    leaders = (*TECHNICIAN_MEASURES, *INDUSTRIAL_MEASURES)
    for word, names in (
        ("modules", SKILL_MEASURES), ("masters", MASTER_MEASURES), ("technicians", leaders),
    ):  # fmt: skip
        for name in names:
            if name in statistics:
                values = rounded_to(statistics[name], decimals_of(name), signed=name in SIGNED)
                note = notes.added(notes.named(word, SUM), *counted)
                yield PublishedSeries(
                    state.region, state.trade.code, name, years, values, "forecast", "D", note
                )


def need_series(
    group: Group, statistics: FloatArray, grades: CellGrades, notes: NoteBook, counted: tuple[str, str]
) -> PublishedSeries:
    """Training need of a group row: the sum over its trades, in years all of them can still reach.

    The need of a trade is never below zero: skilled workers too many in one trade fill no place in another.
    """
    years = group.cells[0].years
    reach = np.all([cell.reachable for cell in group.cells], axis=0)
    first = years[reach][0] if reach.any() else None
    unreached = notes.group_reached(None if first is None else int(first))
    said = [
        notes.added(notes.named(*words, "group_need"), *counted) if reached else unreached
        for words, reached in zip(grades.words, reach, strict=True)
    ]
    whole = rounded_to(statistics, 0)
    return PublishedSeries(
        group.state.region, group.state.trade.code, NEED, years, np.where(reach[:, None], whole, np.nan),
        np.where(reach, "forecast", "not_reachable"), np.where(reach, grades.grade, ""), np.array(said),
    )  # fmt: skip


def effective_series(group: Group, notes: NoteBook) -> PublishedSeries:
    """First year in which new contracts bring skilled workers in any of the trades; the note says in all."""
    years, (first, last) = group.cells[0].years, group.effective
    statistics = np.full((years.size, len(STATISTICS)), float(first))
    return PublishedSeries(
        group.state.region, group.state.trade.code, FIRST_EFFECTIVE, years, statistics, "forecast", "A",
        notes.group_effective(first, last),
    )  # fmt: skip
