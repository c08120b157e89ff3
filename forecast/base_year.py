"""The base year beside the forecast: working time, craft firms, owners, masters where the accounts start.

A planner sees from – to: the same people under the same assumptions, without drift and without chance ahead.
Only stocks and what a head works are known of the base year; flows begin with the first forecast year.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecast.assemble import Assembled, Cell
from forecast.domain.codes import CodeList
from forecast.domain.working_time import heads_in_work
from forecast.estimators.cell import CellTask
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.region import TradeState
from forecast.estimators.side_accounts import (
    CRAFT_MEASURES,
    HOURS_PER_HEAD,
    PART_TIME,
    PART_TIME_HEADS,
    in_craft_firms,
)
from forecast.estimators.working_time import working_time_of
from forecast.grading import estimate_grade
from forecast.group_cells import Group, Sums
from forecast.group_training import SUM
from forecast.notes import NoteBook
from forecast.publish import PublishedSeries
from forecast.rounding import decimals_of, in_shown_unit, rounded_to
from forecast.stats.draws import summarise
from forecast.training_plan import NOTE_OF, SIGNED
from forecast.workforce_cells import CRAFT_FIRMS, LIMITED, WORK_UNITS, jointly_rounded

FloatArray = NDArray[np.float64]
#: Draws of the base year (D, 1) by measure; all of them add up over trades and districts.
Base = Mapping[str, FloatArray]
SUPPLY: Final = "supply"
RATIOS: Final[Mapping[str, str]] = {PART_TIME: PART_TIME_HEADS, HOURS_PER_HEAD: "supply_hours"}
"""Ratio → what is divided by the supply, in a group as in a trade."""
OWNERS: Final = "owners"
LEAST: Final = "D"


def base_draws(assembled: Assembled, codes: CodeList, parameters: ParameterDraws) -> dict[Cell, Base]:
    """Stocks of the base year of every cell; a region made of parts is their sum.

    Args:
        assembled: States and tasks.
        codes: Code lists, for the occupation groups of a trade.
        parameters: Parameter draws.
    """
    found: dict[Cell, Base] = {}
    for task in sorted(assembled.tasks, key=lambda task: bool(task.parts)):
        cell = (task.region, task.trade)
        if task.parts:
            found[cell] = added([found[(part, task.trade)] for part in task.parts])
            continue
        weights = {link.occupation_group: link.weight for link in codes.links_of(task.trade)}
        found[cell] = base_of(task, assembled.states[cell], weights, parameters)
    return found


def added(parts: Sequence[Base]) -> Base:
    """Sum of several cells draw by draw; who has no firms adds none.

    Example:
        >>> sums = added([{"supply": np.array([[2.0]])}, {"supply": np.array([[3.0]])}])
        >>> sums["supply"].tolist()
        [[5.0]]
    """
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: np.sum([part[name] for part in parts if name in part], axis=0) for name in names}


def base_of(
    task: CellTask, state: TradeState, weights: Mapping[str, float], parameters: ParameterDraws
) -> Base:
    """Stocks of the base year of one cell, each (D, 1).

    Args:
        task: The cell as it is projected.
        state: Its past.
        weights: Share of the trade's workers in each occupation group.
        parameters: Parameter draws.
    """
    skilled, vacancies, seekers = (
        drawn[:, -1:] for drawn in (state.skilled, state.vacancies, state.job_seekers)
    )
    heads = {"demand": skilled + vacancies, SUPPLY: skilled + seekers}
    time = working_time_of(weights, np.zeros(1, dtype=np.int64), parameters)
    found = heads_in_work(heads, time) | in_craft_firms(heads, task.craft_share)
    found[SUPPLY] = heads[SUPPLY]
    found[PART_TIME_HEADS] = heads[SUPPLY] * time.part_time
    if task.succession is not None:
        found[OWNERS] = task.succession.paths.owners_before[:, :1].astype(np.float64)
    return found | leaders_of(task, found.get(OWNERS))


def leaders_of(task: CellTask, firms: FloatArray | None) -> dict[str, FloatArray]:
    """Masters, technicians and industrial masters of the base year and the positions for them, each (D, 1).

    `positions = firms · masters per firm + staff · share`; of a further qualification without firms
    `stock = positions · (1 − share unfilled)`.

    Args:
        task: The cell as it is projected.
        firms: Businesses (D, 1), None where there are none.
    """
    found: dict[str, FloatArray] = {}
    if task.plan is None:
        return found
    staff = task.inputs.employed[:, None]
    masters = task.plan.masters
    if masters is not None and firms is not None:
        stock = np.asarray(masters.paths.accounts[0].opening, dtype=np.float64)[:, None]
        wanted = masters.wanted(firms, staff)
        found |= {"masters": stock, "master_demand": wanted, "master_gap": wanted - stock}
        found["possible_successors"] = masters.successors_before[:, None]
    for leaders in task.plan.leaders:
        wanted = staff * leaders.staff_share[:, None]
        missing = wanted * leaders.unfilled[:, None]
        name = leaders.name
        found |= {f"{name}s": wanted - missing, f"{name}_demand": wanted, f"{name}_gap": missing}
    return found


def base_year_series(
    sums: Sums, groups: Mapping[Cell, Group], base: Mapping[Cell, Base], notes: NoteBook
) -> Iterable[PublishedSeries]:
    """The base year of every trade and group row, marked as estimated.

    Args:
        sums: Projected cells.
        groups: Group rows with accounts, by region and code.
        base: Stocks of the base year by region and trade.
        notes: Collects the notes.
    """
    year = sums.assembled.base_year
    for cell, drawn in base.items():
        yield from cell_series(sums.assembled.states[cell], drawn, year, notes)
    for (region, code), group in groups.items():
        parts = [base[(region, one.trade)] for one in group.cells]
        counted = notes.tally(len(parts), len(sums.members(code)))
        yield from cell_series(group.state, added(parts), year, notes, counted)


def cell_series(
    state: TradeState, drawn: Base, year: int, notes: NoteBook, counted: tuple[str, str] | None = None
) -> Iterable[PublishedSeries]:
    """The base year of one trade or group row.

    Args:
        state: Past of the row.
        drawn: Its stocks (D, 1).
        year: The base year.
        notes: Collects the notes.
        counted: Of a group row how many of its trades it holds, German and English; None for a trade.
    """
    letter, words = estimate_grade(state, small=state.path.small)
    of_group = () if counted is None else (SUM,)
    statistics = {
        name: in_shown_unit(name, summarise(values, axis=0)) for name, values in _measures(drawn).items()
    }
    joint = {
        name: values
        for kind in (*WORK_UNITS, CRAFT_FIRMS)
        for name, values in jointly_rounded(statistics, kind).items()
    }
    for name, given in statistics.items():
        values = joint.get(name)
        if values is None:
            values = rounded_to(given, decimals_of(name), signed=name in SIGNED)
        if name in joint or name in RATIOS:
            told = "craft_firms" if name in CRAFT_MEASURES else "working_time"
            grade = max(letter, LIMITED) if name in CRAFT_MEASURES else letter
            said = (*words, told, *(("group_ratio",) if name in RATIOS and of_group else of_group))
        else:
            grade, told = LEAST, "firms" if name == OWNERS else NOTE_OF.get(name, "masters")
            said = (told, *of_group)
        note = notes.added(notes.named(*said, "base_year"), *(counted or ("", "")))
        yield PublishedSeries(
            state.region, state.trade.code, name, [year], values, "estimated", grade, note
        )  # fmt: skip


def _measures(drawn: Base) -> dict[str, FloatArray]:
    """What is published of the base year: the stocks, and the ratios made from them."""
    supply = np.maximum(drawn[SUPPLY], np.finfo(float).tiny)
    ratios = {name: drawn[part] / supply for name, part in RATIOS.items()}
    hidden = (SUPPLY, PART_TIME_HEADS)
    return {name: values for name, values in drawn.items() if name not in hidden} | ratios
