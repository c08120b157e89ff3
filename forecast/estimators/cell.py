"""One cell of the matrix: the inputs of its projection, run and summarised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.domain.apprentices import TrainingPipeline
from forecast.domain.succession import OwnerPaths, project_owners
from forecast.estimators.handover import OwnerInputs
from forecast.estimators.region import TradeState
from forecast.projection import CellInputs, project_cell, project_training_need
from forecast.stats.draws import generator_for, summarise

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

OWNER_MEASURES = ("owners_leaving", "successions_due", "handovers", "closures", "owners")


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
        owners: Inputs of the succession account, None where there is none.
        seed: Seed of the run.
    """

    region: str
    trade: str
    inputs: CellInputs
    pipeline: TrainingPipeline
    planned: FloatArray
    start_years: IntArray
    owners: OwnerInputs | None
    seed: int


@dataclass(frozen=True, slots=True)
class CellSummary:
    """Mean and ranges of every measure of a cell.

    Args:
        years: Forecast years (Y,).
        statistics: Measure → (Y, 7) in the order of the published statistics, not yet rounded.
        reachable: Years (Y,) in which contracts begun from next year on can still change the gap.
    """

    region: str
    trade: str
    years: IntArray
    statistics: Mapping[str, FloatArray]
    reachable: NDArray[np.bool_]


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
    seed: int,
) -> CellInputs:
    """Inputs of the projection of one trade in one region.

    Args:
        state: Past and base-year stocks of the trade.
        horizon: Forecast years (Y,).
        ages: Single years of age (A,).
        profile: Age profile of the skilled workers (D, A).
        entry_profile: Age profile of young journeymen (A,).
        hazards: Exit probabilities by cause, (A,), (D, A) or (D, Y, A).
        growth: Demand relative to the base year (D, Y).
        inflow: Net inflow per head (D, Y).
        seed: Seed of the run.
    """
    rng = generator_for(seed, "opening", state.region, state.trade.code)
    employed, seekers, opening = opening_stock(state.skilled[:, -1], state.job_seekers[:, -1], profile, rng)
    ahead = np.isin(state.out_years, horizon)
    known = state.path.contracted
    draws, steps = growth.shape
    full = (draws, steps, ages.size)
    wide = {
        cause: np.broadcast_to(
            rate[None, None, :] if rate.ndim == 1 else rate[:, None, :] if rate.ndim == 2 else rate, full
        )
        for cause, rate in hazards.items()
    }
    return CellInputs(
        base_year=int(state.years[-1]),
        years=horizon,
        ages=ages,
        opening=opening,
        employed=employed,
        job_seekers=seekers,
        vacancies=state.vacancies[:, -1],
        growth_index=growth,
        hazards=wide,
        entrants_contracted=state.entrants[:, known][:, :, ahead].sum(axis=1),
        entrants_expected=state.entrants[:, ~known][:, :, ahead].sum(axis=1),
        entry_profile=entry_profile,
        net_inflow_rate=inflow,
        inflow_profile=profile.mean(axis=0) / profile.mean(axis=0).sum(),
    )


def run_cell(task: CellTask) -> CellSummary:
    """Project one cell and summarise its draws: mean, 50, 80 and 95 % range of every measure and year."""
    rng = generator_for(task.seed, "projection", task.region, task.trade)
    projected = project_cell(task.inputs, rng)
    need = project_training_need(
        task.inputs, projected.measures["gap"], task.pipeline, task.planned, task.start_years
    )
    measures: dict[str, FloatArray] = dict(projected.measures)
    measures["training_need"] = np.where(need.reachable[None, :], need.need, 0)
    if task.owners is not None:
        paths = _owner_paths(task.owners, task.inputs.years.size, rng)
        measures.update({name: np.asarray(getattr(paths, name), dtype=np.float64) for name in OWNER_MEASURES})
    return CellSummary(
        region=task.region,
        trade=task.trade,
        years=task.inputs.years,
        statistics={name: summarise(draws, axis=0) for name, draws in measures.items()},
        reachable=need.reachable,
    )


def _owner_paths(owners: OwnerInputs, years: int, rng: np.random.Generator) -> OwnerPaths:
    return project_owners(
        owners.owners,
        owners.exit_rates,
        owners.due_ratio,
        owners.success,
        owners.successor_profile,
        owners.foundings_rate,
        owners.successor_profile,
        years,
        rng,
    )
