"""One cell of the matrix: the inputs of its projection, run and summarised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecast.domain.account import Account
from forecast.domain.apprentices import TrainingPipeline
from forecast.domain.matrix import ITEMS, gap_rate
from forecast.domain.workforce import JOBS_LOST_CLOSURES
from forecast.domain.working_time import WorkingTime
from forecast.errors import ModelError
from forecast.estimators.handover import Succession
from forecast.estimators.region import TradeState
from forecast.estimators.side_accounts import (
    CRAFT_MEASURES,
    GAP_RATE,
    NET_CHECK,
    OWNER_MEASURES,
    PART_TIME_HEADS,
    WORK_MEASURES,
    side_measures,
)
from forecast.estimators.training_plan import (
    PlanDraws,
    PlanInputs,
    PlanResult,
    added_plans,
    plan_draws,
    plan_result,
)
from forecast.projection import (
    FLOWS,
    CellDraws,
    CellInputs,
    TrainingNeed,
    project_cell,
    project_training_need,
)
from forecast.stats.draws import generator_for, summarise

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
#: What adds up over trades. A ratio does not: it is made anew from the sums.
ADDITIVE: Final = (
    "demand", "supply", "gap", "training_need", *FLOWS, "expansion_demand", "replacement_demand", *ITEMS,
    *OWNER_MEASURES, *WORK_MEASURES, *CRAFT_MEASURES, PART_TIME_HEADS, NET_CHECK,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CellTask:
    """All a worker needs to project one trade in one region.

    Args:
        region: Code of the region.
        trade: Code of the trade.
        inputs: Inputs of the workforce projection.
        pipeline: Transition rates of the training.
        planned: New contracts expected in the start years that can still be influenced (D, S).
        start_years: Those start years (S,).
        least_cohorts: Start years that must be in time before a year has a training need.
        contracts: New contracts of the forecast years (D, Y).
        time: What a head works.
        succession: The succession account, None where there is none.
        owner_hours: Hours an owner works in a year, and the share by which an employee works less (D,).
        craft_share: Share of the skilled workers who work in craft firms (D,).
        seed: Seed of the run.
        plan: Inputs of the training plan; without it none is made.
        parts: Regions whose flows added up are those of the cell; without them the cell has its own.
        later: The inputs continued beyond the years of the release; without them later years are not drawn.
    """

    region: str
    trade: str
    inputs: CellInputs
    pipeline: TrainingPipeline
    planned: FloatArray
    start_years: IntArray
    least_cohorts: int
    contracts: FloatArray
    time: WorkingTime
    succession: Succession | None
    owner_hours: tuple[float, FloatArray]
    craft_share: FloatArray
    seed: int
    plan: PlanInputs | None = None
    parts: tuple[str, ...] = ()
    later: CellInputs | None = None


@dataclass(frozen=True, slots=True)
class CellSummary:
    """Mean and ranges of every measure of a cell.

    Args:
        years: Forecast years (Y,).
        statistics: Measure → (Y, 7) in the order of the published statistics, not yet rounded.
        reachable: Years (Y,) in which contracts begun from next year on can still change the gap.
        plan: Further training, masters and outlook, None where no plan was asked for.
        draws: Measures that add up over trades (D, Y), for the sums of groups.
        later: Flows drawn for the years of the release and after it (D, Y'), None where it was not continued.
    """

    region: str
    trade: str
    years: IntArray
    statistics: Mapping[str, FloatArray]
    reachable: NDArray[np.bool_]
    plan: PlanResult | None = None
    draws: Mapping[str, FloatArray] = field(default_factory=dict)
    later: Mapping[str, FloatArray] | None = None


def opening_stock(
    employed: FloatArray, seekers: FloatArray, profile: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Whole persons in the base year: employed (D,), job seekers (D,) and both by age (D, A).

    `opening ~ Multinomial(employed + seekers, profile)`: the age of each person is drawn from the estimated
    profile, so that a small trade carries the chance in its age structure.
    """
    heads = np.rint(employed)
    looking = np.rint(seekers)
    shares = profile / profile.sum(axis=1, keepdims=True)
    opening = rng.multinomial((heads + looking).astype(np.int64), shares)
    return heads, looking, opening.astype(np.int64)


def cell_inputs(
    state: TradeState,
    *,
    horizon: IntArray,
    ages: IntArray,
    profile: FloatArray,
    entry_profile: FloatArray,
    hazards: Mapping[str, FloatArray],
    growth: FloatArray,
    inflow: FloatArray,
    inflow_parts: Mapping[str, FloatArray],
    jobs_lost: FloatArray | None,
    seed: int,
) -> CellInputs:
    """Inputs of the projection of one trade in one region.

    Args:
        state: Past and base-year stocks of the trade.
        horizon: Forecast years (Y,).
        ages: Single years of age (A,).
        profile: Age profile of the skilled workers (D, A).
        entry_profile: Age profile of young journeymen (D, A).
        hazards: Exit probabilities by cause, (A,), (D, A) or (D, Y, A).
        growth: Demand relative to the base year (D, Y).
        inflow: Net inflow per head (D, Y).
        inflow_parts: What of it is known per head: returners and migration (D,).
        jobs_lost: Share of the workforce lost with closing firms (D, Y), None where no firm can close.
        seed: Seed of the run.
    """
    rng = generator_for(seed, "opening", state.region, state.trade.code)
    employed, seekers, opening = opening_stock(state.skilled[:, -1], state.job_seekers[:, -1], profile, rng)
    ahead = np.isin(state.out_years, horizon)
    known = state.path.contracted
    try:
        return CellInputs(
            base_year=int(state.years[-1]),
            years=horizon,
            ages=ages,
            opening=opening,
            employed=employed,
            job_seekers=seekers,
            vacancies=state.vacancies[:, -1],
            growth_index=growth,
            hazards=_by_year(hazards, jobs_lost, (*growth.shape, ages.size)),
            entrants_contracted=state.entrants[:, known][:, :, ahead].sum(axis=1),
            entrants_expected=state.entrants[:, ~known][:, :, ahead].sum(axis=1),
            entry_profile=entry_profile,
            net_inflow_rate=inflow,
            inflow_profile=profile.mean(axis=0) / profile.mean(axis=0).sum(),
            inflow_parts=inflow_parts,
        )
    except ModelError as error:
        raise _of_cell(error, state) from error


def _by_year(
    hazards: Mapping[str, FloatArray], jobs_lost: FloatArray | None, shape: tuple[int, ...]
) -> dict[str, FloatArray]:
    """Exit probabilities of every draw, year and age; those of closing firms are the same at every age."""
    wide = {
        cause: np.broadcast_to(
            rate[None, None, :] if rate.ndim == 1 else rate[:, None, :] if rate.ndim == 2 else rate, shape
        )
        for cause, rate in hazards.items()
    }
    return wide if jobs_lost is None else {**wide, JOBS_LOST_CLOSURES: jobs_lost[:, :, None]}


def _of_cell(error: ModelError, state: TradeState) -> ModelError:
    """The same error, naming the cell."""
    where = f"Gewerk {state.trade.code}, Region {state.region}: {error.where}"
    return ModelError(error.what, where=where, expected=error.expected, remedy=error.remedy, rows=error.rows)


def run_cell(task: CellTask) -> CellSummary:
    """Project one cell and summarise its draws: mean, 50, 80 and 95 % range of every measure and year."""
    return run_together((task,))[0]


def run_together(tasks: Sequence[CellTask]) -> tuple[CellSummary, ...]:
    """Project cells of one trade; a region made of parts adds up what was drawn for them, draw by draw.

    Args:
        tasks: Cells of one trade, parts before the region they make.
    """
    projected: dict[str, tuple[CellDraws, Mapping[str, FloatArray] | None]] = {}
    measured: dict[str, Mapping[str, FloatArray]] = {}
    needs: dict[str, TrainingNeed] = {}
    plans: dict[str, PlanDraws | None] = {}
    summaries = []
    for task in tasks:
        cell, later = _drawn(task, projected)
        need = _need(task, cell, needs)
        measures: dict[str, FloatArray] = dict(cell.measures)
        measures["training_need"] = np.where(need.reachable[None, :], need.need, 0)
        measures |= side_measures(
            task.inputs, cell, task.time, task.succession, task.contracts, task.owner_hours, task.craft_share
        )
        counted = measures | {PART_TIME_HEADS: measures["supply"] * measures["part_time_share"]}
        if task.parts:
            counted |= {
                name: np.sum([measured[part][name] for part in task.parts], axis=0)
                for name in ADDITIVE
                if name in counted
            }
            measures = {name: counted[name] for name in measures}
        measures[GAP_RATE] = gap_rate(measures["gap"], measures["demand"])
        projected[task.region], measured[task.region], needs[task.region] = (cell, later), counted, need
        plans[task.region] = drawn = _plan(task, cell.measures, plans)
        plan = None
        if task.plan is not None and drawn is not None:
            plan = plan_result(drawn, task.plan, cell.measures, task.inputs.years)
        summaries.append(
            CellSummary(
                region=task.region,
                trade=task.trade,
                years=task.inputs.years,
                statistics={name: summarise(draws, axis=0) for name, draws in measures.items()},
                reachable=need.reachable,
                plan=plan,
                draws={name: counted[name] for name in ADDITIVE if name in counted}
                | ({} if plan is None else dict(plan.draws)),
                later=later,
            )
        )
    return tuple(summaries)


def _drawn(
    task: CellTask, projected: Mapping[str, tuple[CellDraws, Mapping[str, FloatArray] | None]]
) -> tuple[CellDraws, Mapping[str, FloatArray] | None]:
    """Draw a cell, or add up its parts; and the flows of the later years where the task has them.

    One projection serves both: the draws of a year do not depend on whether later ones follow.
    """
    if task.parts:
        parts = [projected[part] for part in task.parts]
        flows = [later for _, later in parts if later is not None]
        whole = added([cell for cell, _ in parts])
        if len(flows) < len(parts):
            return whole, None
        return whole, {name: np.sum([later[name] for later in flows], axis=0) for name in flows[0]}
    rng = generator_for(task.seed, "projection", task.region, task.trade)
    if task.later is None:
        return project_cell(task.inputs, rng), None
    cell = project_cell(task.later, rng)
    return until(cell, task.inputs.years.size), {name: cell.measures[name] for name in FLOWS}


def _need(task: CellTask, cell: CellDraws, needs: Mapping[str, TrainingNeed]) -> TrainingNeed:
    """Training need of a cell, or the sum of those of its parts."""
    if task.parts:
        return added_needs([needs[part] for part in task.parts])
    return project_training_need(
        task.inputs,
        cell.measures["gap"],
        task.pipeline,
        task.planned,
        task.start_years,
        task.least_cohorts,
    )


def until(cell: CellDraws, years: int) -> CellDraws:
    """The first years of a projection."""
    measures = {name: np.ascontiguousarray(draws[:, :years]) for name, draws in cell.measures.items()}
    return CellDraws(measures, cell.accounts[:years], np.ascontiguousarray(cell.by_age[:, :years]))


def added(parts: Sequence[CellDraws]) -> CellDraws:
    """The sum of projections, draw by draw: measures, accounts and stocks by age.

    Args:
        parts: Projections of the same years.

    Raises:
        ModelError: An account of the sum does not close.
    """
    accounts = tuple(
        Account(
            years[0].name,
            opening=np.sum([one.opening for one in years], axis=0),
            inflows={name: np.sum([one.inflows[name] for one in years], axis=0) for name in years[0].inflows},
            outflows={
                name: np.sum([one.outflows[name] for one in years], axis=0) for name in years[0].outflows
            },
            closing=np.sum([one.closing for one in years], axis=0),
        )
        for years in zip(*(part.accounts for part in parts), strict=True)
    )
    measures = {name: np.sum([part.measures[name] for part in parts], axis=0) for name in parts[0].measures}
    return CellDraws(measures, accounts, np.sum([part.by_age for part in parts], axis=0))


def added_needs(parts: Sequence[TrainingNeed]) -> TrainingNeed:
    """New contracts a year of all parts together, in the years every part can still reach.

    A need is never below zero: a surplus of skilled workers in one district trains nobody for another.

    Args:
        parts: Needs of the same trade and years.

    Example:
        >>> one, other = (TrainingNeed(np.array([[n]]), np.array([True])) for n in (7.0, 0.0))
        >>> added_needs([one, other]).need.tolist()
        [[7.0]]
    """
    return TrainingNeed(
        np.sum([part.need for part in parts], axis=0),
        np.asarray(np.all([part.reachable for part in parts], axis=0), dtype=np.bool_),
    )


def _plan(
    task: CellTask, measures: Mapping[str, FloatArray], plans: Mapping[str, PlanDraws | None]
) -> PlanDraws | None:
    """The training plan of the cell; its own random numbers, so that asking for it changes nothing else."""
    if task.plan is None:
        return None
    if task.parts:
        parts = [plan for part in task.parts if (plan := plans[part]) is not None]
        return added_plans(parts) if len(parts) == len(task.parts) else None
    firms = None
    if task.succession is not None:
        paths = task.succession.paths
        firms = np.concatenate([paths.owners_before[:, :1], paths.owners], axis=1).astype(np.float64)
    rng = generator_for(task.seed, "masters", task.region, task.trade)
    return plan_draws(task.plan, task.inputs, measures, firms, rng)
