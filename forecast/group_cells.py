"""Cells of group rows: sums over trades in every draw, then summarised.

A range of a sum is not the sum of ranges: only the draws know what goes together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from forecast.assemble import Assembled, Cell
from forecast.cells import FLOWS, jointly_whole, past_series, whole
from forecast.district_split import DISTRICTS
from forecast.domain.codes import CodeList
from forecast.domain.matrix import ITEMS
from forecast.domain.panel import Panel
from forecast.estimators.cell import CellSummary
from forecast.estimators.contracts_path import ContractPath
from forecast.estimators.region import TradeState, on_grid
from forecast.estimators.side_accounts import OWNER_MEASURES
from forecast.grading import Grading, cell_grades, gap_notes
from forecast.group_rows import GROUP_ROWS
from forecast.notes import NoteBook
from forecast.publish import PublishedSeries, contain_point
from forecast.rounding import decimals_of, in_shown_unit, rounded_to
from forecast.stats.draws import summarise
from forecast.workforce_cells import WORK_UNITS, jointly_rounded

FloatArray = NDArray[np.float64]
SUM = "group_sum"


def group_series(
    assembled: Assembled,
    summaries: Sequence[CellSummary],
    panel: Panel,
    codes: CodeList,
    grading: Grading,
    notes: NoteBook,
) -> Iterable[PublishedSeries]:
    """Series of every group row of the regions with a matrix.

    Args:
        assembled: Paths and states.
        summaries: Projected cells with the draws of what adds up.
        panel: Observed figures.
        codes: Code lists.
        grading: What grades are given by.
        notes: Collects the notes.
    """
    for region in dict.fromkeys(summary.region for summary in summaries):
        for row in GROUP_ROWS:
            parts = [
                (summary, state)
                for summary in summaries
                if summary.region == region
                and row.holds((state := assembled.states[(region, summary.trade)]).trade)
            ]
            if parts:
                cells, states = zip(*parts, strict=True)
                state = joined_state(row.code, states)
                yield from past_series(state, notes)
                yield from ahead_series(state, cells, grading, notes)
                paths = {
                    trade: path
                    for (place, trade), path in assembled.paths.items()
                    if place == region and row.holds(codes.trades[trade])
                }
                yield contracts_together((region, row.code), paths, panel, notes)


def summed(cells: Sequence[CellSummary]) -> dict[str, FloatArray]:
    """Sum of every additive measure over cells, draw by draw (D, Y); who has no firms adds none."""
    names = dict.fromkeys(name for cell in cells for name in cell.draws)
    return {
        name: np.sum([cell.draws[name] for cell in cells if name in cell.draws], axis=0) for name in names
    }


def joined_state(code: str, states: Sequence[TradeState]) -> TradeState:
    """Past of several trades of a region as if they were one: stocks added up in every draw.

    How much of it rests on estimated shares is the mean over the trades, by their stock.
    """
    first = states[0]
    stock = np.array([state.skilled[:, -1].mean() for state in states])
    main = [next(iter(state.groups.values())) for state in states]
    return replace(
        first,
        trade=replace(first.trade, code=code),
        skilled=np.sum([state.skilled for state in states], axis=0),
        vacancies=np.sum([state.vacancies for state in states], axis=0),
        job_seekers=np.sum([state.job_seekers for state in states], axis=0),
        path=replace(first.path, small=False),
        groups={"": float(np.average(main, weights=stock))},
        adjusted=any(state.adjusted for state in states),
    )


def ahead_series(
    state: TradeState, cells: Sequence[CellSummary], grading: Grading, notes: NoteBook
) -> Iterable[PublishedSeries]:
    """Forecast years of a group row; demand, supply, gap and items rounded jointly, as for a trade."""
    years = cells[0].years
    statistics = {name: summarise(draws, axis=0) for name, draws in summed(cells).items()}
    rounded = jointly_whole(statistics)
    grades = cell_grades(statistics["gap"], state, years, grading, notes)
    words = tuple((*said, SUM) for said in grades.words)
    note = np.array([notes.named(*said) for said in words])
    place = (state.region, state.trade.code)
    for name in ("demand", "supply", "gap", *FLOWS, "entrants", *ITEMS):
        shown = gap_notes(rounded["gap"][:, 0], state, words, notes) if name == "gap" else note
        values = contain_point(rounded[name])
        yield PublishedSeries(*place, name, years, values, "forecast", grades.grade, shown)
    work = {name: in_shown_unit(name, values) for name, values in statistics.items()}
    for unit in WORK_UNITS:
        for name, values in jointly_rounded(work, unit).items():
            timed = np.array([notes.joined(int(said), "working_time") for said in note])
            yield PublishedSeries(*place, name, years, values, "forecast", grades.grade, timed)
    for name in OWNER_MEASURES:
        if name in work:
            values = rounded_to(work[name], decimals_of(name))
            yield PublishedSeries(*place, name, years, values, "forecast", "D", notes.named("firms", SUM))


def contracts_together(
    row: Cell, paths: Mapping[str, ContractPath], panel: Panel, notes: NoteBook
) -> PublishedSeries:
    """New contracts of a group row in the years in which all its trades are counted, or none is.

    Args:
        row: Region and code of the group row.
        paths: New contracts of its trades.
        panel: Observed figures.
        notes: Collects the notes.
    """
    region, code = row
    common = np.array(sorted(set.intersection(*(set(path.years.tolist()) for path in paths.values()))))
    counted = np.array([np.isin(common, path.years[path.contracted]) for path in paths.values()])
    every, some = np.all(counted, axis=0, keepdims=True)[0], np.any(counted, axis=0, keepdims=True)[0]
    years, observed = common[every | ~some], every[every | ~some]
    draws = np.sum([path.draws[:, np.isin(path.years, years)] for path in paths.values()], axis=0)
    statistics = whole(summarise(draws, axis=0))
    status, grade, later, words = "estimated", "C", "C", ("district", SUM)
    if region not in DISTRICTS:
        status, grade, later, words = "rounded", "A", "B", ("rounded", SUM)
        printed = [on_grid(panel, "new_contracts", trade, region, years) for trade in paths]
        statistics[observed, 0] = np.sum(printed, axis=0)[observed]
    ahead = (SUM,) if region not in DISTRICTS else words
    return PublishedSeries(
        region, code, "new_contracts", years, contain_point(statistics),
        np.where(observed, status, "forecast"), np.where(observed, grade, later),
        np.where(observed, notes.named(*words), notes.named(*ahead)),
    )  # fmt: skip
