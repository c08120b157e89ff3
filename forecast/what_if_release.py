"""What a release keeps for questions «what if»: the inputs of every cell, continued to a later year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from forecast.assemble import Assembled
from forecast.domain.apprentices import contracts_begun, graduates, skilled_entrants, training_lag
from forecast.domain.codes import GROUPS, CodeList
from forecast.domain.expected import FLOWS
from forecast.domain.inflow_parts import MIGRATION, RETURNERS
from forecast.domain.workforce import JOBS_LOST_CLOSURES, RETIREMENTS
from forecast.errors import ModelError
from forecast.estimators.cell import CellSummary, CellTask
from forecast.estimators.contracts_path import ContractPath
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.retirement import (
    exit_hazards,
    exit_schedules,
    strain_factor,
    way_months,
    way_weights,
)
from forecast.estimators.working_time import part_time_of
from forecast.projection import CellInputs
from forecast.what_if import WhatIfModel
from forecast.what_if_firm_release import firm_inputs
from forecast.what_if_inputs import WhatIfInputs, encode, file_name

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LAST_YEAR = 2040
"""Last year of the accounts for scenarios; the release itself ends earlier."""


def continued(assembled: Assembled, parameters: ParameterDraws) -> Assembled:
    """Let every task know its inputs to `LAST_YEAR`: release and scenarios are then one projection.

    Args:
        assembled: Tasks, contracts and pipelines of the release.
        parameters: Parameter draws of the release.
    """
    years = np.arange(assembled.base_year + 1, max(LAST_YEAR, int(assembled.horizon[-1])) + 1)
    group_of = {cell: state.trade.group for cell, state in assembled.states.items()}
    retiring = {
        group: exit_hazards(assembled.ages, years, group, parameters)[RETIREMENTS]
        for group in sorted(set(group_of.values()))
    }
    tasks = tuple(
        replace(
            task, later=extended(task, assembled, parameters, retiring[group_of[task.region, task.trade]])
        )
        for task in assembled.tasks
    )
    return replace(assembled, tasks=tasks)


def what_if_files(
    assembled: Assembled,
    summaries: Sequence[CellSummary],
    codes: CodeList,
    parameters: ParameterDraws,
    first_start: int,
) -> dict[str, bytes]:
    """Return the file of every region with cells, by name in the release.

    Args:
        assembled: What `continued` returned.
        summaries: Its tasks projected, with the flows drawn to `LAST_YEAR`.
        codes: Code lists.
        parameters: Parameter draws of the release.
        first_start: First start year that can still be influenced.

    Raises:
        ModelError: A cell was not continued.
    """
    longer = {(task.region, task.trade): task.later for task in assembled.tasks if task.later is not None}
    flows = {(one.region, one.trade): _by_year(one.later) for one in summaries if one.later is not None}
    if missing := [task for task in assembled.tasks if {(task.region, task.trade)} - (longer.keys() & flows)]:
        raise ModelError(
            f"{len(missing)} Zellen sind nicht über den Stand hinaus fortgeschrieben.",
            rows=[f"{task.region}|{task.trade}" for task in missing],
        )
    regions = dict.fromkeys(region for region, _ in longer)
    part_time = {trade: part_time_of({link.occupation_group: link.weight for link in codes.links_of(trade)},
                                     parameters) for trade in {trade for _, trade in longer}}  # fmt: skip
    found = {
        region: region_inputs(region, assembled, parameters, longer, flows, part_time, first_start)
        for region in regions
    }
    made_of = {(task.region, task.trade): task.parts for task in assembled.tasks if task.parts}
    return {file_name(region): encode(one) for region, one in with_needs_of_parts(found, made_of).items()}


def with_needs_of_parts(
    found: Mapping[str, WhatIfInputs], parts: Mapping[tuple[str, str], tuple[str, ...]]
) -> dict[str, WhatIfInputs]:
    """Inputs that say by what the training need of a region's parts is more than that of the whole.

    A region made of parts needs what its parts need: `need = Σ need of the parts`. Under levers the need of
    the whole is computed and the difference of the base added.

    Args:
        found: Inputs by region.
        parts: Region and trade → the regions it is made of.
    """
    needs = {
        region: WhatIfModel(one).run(measures=()).measures["training_need"]
        for region, one in found.items()
        if any(region == place or region in some for (place, _), some in parts.items())
    }
    changed = dict(found)
    for region in dict.fromkeys(place for place, _ in parts):
        trades = found[region].trades
        apart = np.zeros(needs[region].shape, dtype=np.float32)
        for at, trade in enumerate(trades):
            if (region, trade) in parts:
                of = [needs[one][found[one].trades.index(trade)] for one in parts[(region, trade)]]
                apart[at] = np.nan_to_num(np.sum(of, axis=0) - needs[region][at])
        changed[region] = replace(found[region], need_apart=apart.swapaxes(1, 2))
    return changed


def _by_year(drawn: Mapping[str, FloatArray]) -> NDArray[np.int64]:
    """The random draws of the release and the years after it, (F, Y, D)."""
    return np.stack([np.rint(drawn[name]).astype(np.int64).T for name in FLOWS])


def extended(
    task: CellTask, assembled: Assembled, parameters: ParameterDraws, retirements: FloatArray
) -> CellInputs:
    """Continue the inputs of a cell to `LAST_YEAR`.

    Demand: ``index[t] = index[t−1] · exp(m·φ^k)``, m the mean yearly growth of the draw, φ = `trend_damping`,
    k = 1, 2, … Net inflow and jobs lost with closures: their mean and their last value. New contracts stay at
    the last forecast year. Exits follow the same schedules and the statutory age of the later cohorts.

    Args:
        task: The cell as the release projects it.
        assembled: Contracts of the cell.
        parameters: Parameter draws.
        retirements: Retirement hazards of the trade's group to `LAST_YEAR` (D, Y, A).
    """
    inputs = task.inputs
    beyond = np.arange(int(inputs.years[-1]) + 1, LAST_YEAR + 1)
    if not beyond.size:
        return inputs
    growth = inputs.growth_index
    damping = parameters.draw("trend_damping")[:, None] ** np.arange(1, beyond.size + 1)
    tiny = np.finfo(float).tiny
    pace = np.log(np.maximum(growth[:, -1:], tiny)) / len(inputs.years)
    later = growth[:, -1:] * np.exp(pace * np.cumsum(damping, axis=1))
    state = assembled.states[(task.region, task.trade)]
    years = np.concatenate([inputs.years, beyond])
    shape = (growth.shape[0], years.size, inputs.ages.size)
    hazards = {
        cause: np.broadcast_to(known[:, :1], shape)  # the same every year; only retirement moves with it
        for cause, known in inputs.hazards.items()
    }
    hazards[RETIREMENTS] = retirements
    if JOBS_LOST_CLOSURES in hazards:
        known = inputs.hazards[JOBS_LOST_CLOSURES]
        later_lost = np.repeat(known[:, -1:], beyond.size, axis=1)
        hazards[JOBS_LOST_CLOSURES] = np.concatenate([known, later_lost], axis=1)
    entrants = _entrants_beyond(task, state.path, beyond)
    rate = inputs.net_inflow_rate
    calm = np.repeat(rate.mean(axis=1, keepdims=True), beyond.size, axis=1)
    return replace(
        inputs,
        years=years,
        growth_index=np.concatenate([growth, later], axis=1),
        hazards=hazards,
        entrants_contracted=np.concatenate([inputs.entrants_contracted, entrants[0]], axis=1),
        entrants_expected=np.concatenate([inputs.entrants_expected, entrants[1]], axis=1),
        net_inflow_rate=np.concatenate([rate, calm], axis=1),
    )


def long_path(path: ContractPath) -> tuple[IntArray, FloatArray]:
    """New contracts to `LAST_YEAR`, the last forecast year repeated: start years (S,) and draws (D, S)."""
    longer = path.until(LAST_YEAR)
    return longer.years, longer.draws


def _entrants_beyond(task: CellTask, path: ContractPath, beyond: IntArray) -> tuple[FloatArray, FloatArray]:
    """New journeymen of the years after the release from signed and expected contracts, each (D, Y').

    They continue those of the last year of the release: what the cell's own entrants are of the plain
    training model in that year (places lost with closing firms) they stay.
    """
    years, draws = long_path(path)
    last = np.concatenate([task.inputs.years[-1:], beyond])
    passed = graduates(contracts_begun(draws, task.pipeline.dissolution), years, last, task.pipeline)
    entering = skilled_entrants(passed, task.pipeline)
    signed = years <= path.last_observed
    parts = []
    for chosen, known in (
        (signed, task.inputs.entrants_contracted),
        (~signed, task.inputs.entrants_expected),
    ):
        plain = entering[:, chosen].sum(axis=1)
        ratio = np.divide(known[:, -1], plain[:, 0], out=np.ones(len(plain)), where=plain[:, 0] > 0)
        parts.append(plain[:, 1:] * ratio[:, None])
    return parts[0], parts[1]


def region_inputs(
    region: str,
    assembled: Assembled,
    parameters: ParameterDraws,
    longer: Mapping[tuple[str, str], CellInputs],
    flows: Mapping[tuple[str, str], NDArray[np.int64]],
    part_time: Mapping[str, FloatArray],
    first_start: int,
) -> WhatIfInputs:
    """Put the cells of a region together, trades of one group beside each other."""
    tasks = _tasks_of(region, assembled)
    cells = [longer[(region, task.trade)] for task in tasks]
    trades = [assembled.states[(region, task.trade)].trade for task in tasks]
    years, ages = cells[0].years, cells[0].ages
    longest = max(training_lag(task.pipeline.training_years) for task in tasks)
    starts = np.arange(int(years[0]) - longest - 1, int(years[-1]) + 1)
    contracts, signed = _contracts(tasks, assembled, starts)
    retiring, health = exit_schedules(ages, parameters)
    factor = [strain_factor(ages, trade.group, parameters) for trade in trades]
    strained = np.any([one != 1 for one in factor], axis=(0, 1))
    place = int(np.argmax(strained))
    pipelines = [task.pipeline for task in tasks]
    return WhatIfInputs(
        region=region, base_year=int(years[0]) - 1, seed=parameters.seed, first_start=first_start,
        least_cohorts=tasks[0].least_cohorts, published_to=int(assembled.horizon[-1]),
        trades=tuple(task.trade for task in tasks),
        groups=tuple(trade.group for trade in trades), years=years, ages=ages, start_years=starts,
        opening=_stack([cell.opening for cell in cells]),
        employed=_plain([cell.employed for cell in cells]), vacancies=_plain([c.vacancies for c in cells]),
        growth=_stack([cell.growth_index for cell in cells]),
        deaths=_plain([cell.hazards["deaths"][:, 0].mean(axis=0) for cell in cells]),
        strain=_plain([one[:, place] for one in factor]), strained=_plain(strained),
        retiring=_plain(retiring.T), health_exits=_plain(health.T),
        months=_plain([way_months(int(year), ages, parameters) for year in years]),
        ways=_plain(way_weights(parameters)), jobs_lost=_stack([_jobs_lost(cell) for cell in cells]),
        craft_leavers=_plain(cells[0].hazards["craft_leavers"][:, 0].T),
        entrants_contracted=_stack([cell.entrants_contracted for cell in cells]),
        entrants_expected=_stack([cell.entrants_expected for cell in cells]),
        entry_profile=_plain(cells[0].entry_profile.mean(axis=0)),
        inflow_rate=_stack([cell.net_inflow_rate for cell in cells]),
        inflow_profiles=_plain([cell.inflow_profile for cell in cells]),
        returner_rate=_plain([cell.inflow_parts[RETURNERS] for cell in cells]),
        migration_rate=_plain([cell.inflow_parts[MIGRATION] for cell in cells]),
        contracts=_stack(contracts), signed=_plain(signed),
        training_years=_plain([one.training_years for one in pipelines]),
        dissolution=_stack([one.dissolution for one in pipelines]),
        pass_first=_plain([one.pass_first for one in pipelines]),
        retry=_plain([one.retry for one in pipelines]), stay=_plain([one.stay for one in pipelines]),
        pass_retry=_plain([one.pass_retry for one in pipelines]),
        part_time=_plain([part_time[task.trade] for task in tasks]),
        part_time_drift=_plain(parameters.draw("part_time_drift")),
        part_timer_hours=_plain(parameters.draw("part_timer_hours")),
        part_timer_drift=_plain(parameters.draw("part_timer_drift")),
        full_time_hours=_plain(parameters.draw("effective_hours_full_time")),
        full_time_drift=_plain(parameters.draw("full_time_hours_drift")),
        flows=_plain([flows[(region, task.trade)] for task in tasks]),
        firms=firm_inputs(tasks, assembled.tasks, ages, parameters),
    )  # fmt: skip


def _tasks_of(region: str, assembled: Assembled) -> list[CellTask]:
    """Cells of a region, by group and trade."""
    return sorted(
        (task for task in assembled.tasks if task.region == region),
        key=lambda task: (GROUPS.index(assembled.states[(region, task.trade)].trade.group), task.trade),
    )


def _jobs_lost(cell: CellInputs) -> FloatArray:
    """Share lost with closing firms (D, Y); nought where no firm can close."""
    lost = cell.hazards.get(JOBS_LOST_CLOSURES)
    return np.zeros(cell.growth_index.shape) if lost is None else np.asarray(lost[:, :, 0])


def _contracts(
    tasks: Sequence[CellTask], assembled: Assembled, starts: IntArray
) -> tuple[list[FloatArray], list[FloatArray]]:
    """New contracts (D, S) of each trade on common start years, and which of them have been counted (S,)."""
    draws, signed = [], []
    for task in tasks:
        path = assembled.states[(task.region, task.trade)].path
        years, found = long_path(path)
        on_grid = np.zeros((found.shape[0], starts.size))
        there = np.isin(starts, years)
        on_grid[:, there] = found[:, np.isin(years, starts)]
        draws.append(on_grid)
        signed.append((starts <= path.last_observed).astype(np.float64))
    return draws, signed


def _stack(arrays: Sequence[FloatArray] | Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
    """Arrays (D, n) as (T, n, D)."""
    return np.ascontiguousarray(np.stack([array.T for array in arrays]), dtype=np.float32)


def _plain(values: object) -> NDArray[np.float32]:
    return np.ascontiguousarray(np.asarray(values), dtype=np.float32)
