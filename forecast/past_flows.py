"""What the past of a cell teaches: who left under the law of each year, and who came from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecast.district_split import OTHERS
from forecast.districts import rest_inflow
from forecast.domain.apprentices import training_lag
from forecast.domain.codes import CodeList
from forecast.domain.panel import Panel
from forecast.domain.parameters import ParameterSet
from forecast.estimators.ages import age_profiles
from forecast.estimators.handover import Succession
from forecast.estimators.inflow import (
    PooledInflow,
    expected_path,
    past_inflow,
    pooled_inflow,
    with_job_seekers,
)
from forecast.estimators.inflow_shocks import Assumed, Shocks, shock_path, shock_structure
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.region import TradeState
from forecast.estimators.retirement import exit_hazards
from forecast.fit import DISTRICT, LAND
from forecast.stats.draws import generator_for

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Cell = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Outflow:
    """Who leaves a cell.

    Args:
        hazards: Exit probabilities by cause of the forecast years, (A,), (D, A) or (D, Y, A).
        profile: Age profile of the base year (D, A).
        per_head: Exits per head in the past (D, T), the last column of the base year.
    """

    hazards: Mapping[str, FloatArray]
    profile: FloatArray
    per_head: FloatArray

    def until(self, years: int) -> Outflow:
        """The same with the exit probabilities of the first forecast years alone."""
        return replace(self, hazards=years_of(self.hazards, slice(years)))


def years_of(hazards: Mapping[str, FloatArray], years: slice) -> dict[str, FloatArray]:
    """Exit probabilities of some of the years; those without a year axis, (A,) or (D, A), as they are."""
    return {cause: rate[:, years] if rate.ndim > 1 + 1 else rate for cause, rate in hazards.items()}


def outflow(profiles: FloatArray, hazards: Mapping[str, FloatArray]) -> Outflow:
    """Exits per head of every past year, at its age structure and under its own law.

    `x[t] = Σ_age profile[t]·Σ_cause hazard[t + 1]`: who is there in t leaves in the year that ends in t + 1.

    Args:
        profiles: Age profiles of past years (T, D, A), the last one of the base year.
        hazards: Exit probabilities by cause, (A,), (D, A) or (D, T − 1 + Y, A): of the year after each past
            year, the last of which is the first forecast year, and of all later forecast years.
    """
    past = len(profiles)
    total = np.zeros(profiles.shape)
    for rate in years_of(hazards, slice(past)).values():
        total += rate.transpose(1, 0, 2) if rate.ndim == profiles.ndim else rate
    ahead = years_of(hazards, slice(past - 1, None))
    return Outflow(ahead, profiles[-1], np.einsum("tda,tda->dt", profiles, total))


def leaving_of(
    states: Mapping[Cell, TradeState],
    panel: Panel,
    codes: CodeList,
    ages: IntArray,
    horizon: IntArray,
    parameters: ParameterDraws,
) -> dict[Cell, Outflow]:
    """Hazards, age profile and exits per head of every cell, shared where the share aged 55+ is the same."""
    values = parameters.parameters
    subjects = {
        cell: (cell[0], state.trade.group, str(values.entry("share_55plus", group=state.trade.group,
                                                            trade=state.trade.code).key[1]))
        for cell, state in states.items()
    }  # fmt: skip
    years = {subjects[cell]: state.years for cell, state in states.items()}
    shared = {}
    for subject in sorted(years):
        (region, group, trade), past = subject, years[subject]
        law = exit_hazards(ages, np.arange(past[0] + 1, horizon[-1] + 1), group, parameters)
        until_now = years_of(law, slice(past.size))
        profiles = age_profiles(panel, codes, region, (group, trade), ages, until_now, past, parameters)
        shared[subject] = outflow(profiles, law)
    return {cell: shared[subject] for cell, subject in subjects.items()}


def inflow_of_past(state: TradeState, leaving: Outflow, succession: Succession | None = None) -> FloatArray:
    """Net inflow per head of the past years for which every cohort of entrants is known (D, T').

    The stock is the one that is carried on, job seekers among it. The remainder of a past in which firms
    closed holds those who left with them. Where closures have an account of their own, their usual share is
    taken out of it: it would be counted twice.
    """
    past = np.isin(state.out_years, state.years)
    entrants = state.entrants[:, :, past].sum(axis=1)
    complete = int(state.path.years[0]) + training_lag(state.pipeline.training_years) + 1
    known = state.years >= complete - 1  # the first of two years only serves as denominator
    exits = leaving.per_head[:, known]
    if succession is not None:
        exits = exits + succession.usual_jobs[:, None]
    stock = with_job_seekers(state.skilled, state.job_seekers)
    return past_inflow(stock[:, known], exits, entrants[:, known])


def assumed_shocks(values: ParameterSet) -> Assumed:
    """What is assumed of the yearly shocks of the net inflow before a year is seen."""
    common, kept = values.entry("inflow_common_share"), values.entry("inflow_persistence")
    return Assumed(
        Shocks(common.value, kept.value), values.value("inflow_shock_years"), Shocks(common.high, kept.high)
    )


@dataclass(frozen=True, slots=True)
class LearnedInflow:
    """Net inflow as the past shows it.

    Args:
        past: Net inflow per head of past years (D, T') of every cell.
        pooled: What is learned from it for cells with published stocks.
        shocks: How its yearly deviations hang together.
    """

    past: Mapping[Cell, FloatArray]
    pooled: Mapping[Cell, PooledInflow]
    shocks: Shocks


def learned_inflow(
    states: Mapping[Cell, TradeState],
    known: Sequence[Cell],
    leaving: Mapping[Cell, Outflow],
    succession: Mapping[Cell, Succession],
    spread: float | None,
    values: ParameterSet,
) -> LearnedInflow:
    """Learn the net inflow from the accounts of the past.

    Args:
        states: Past and base-year workforce of all cells.
        known: Cells with published stocks; the others are parts of them and teach nothing more.
        leaving: Who leaves each cell.
        succession: Succession accounts of the cells that have one.
        spread: Year-to-year spread where the past is too short to show one.
        values: Parameters.
    """
    past = {cell: inflow_of_past(states[cell], leaving[cell], succession.get(cell)) for cell in states}
    rates = [past[cell] for cell in known]
    shocks = shock_structure(rates, [region for region, _ in known], assumed_shocks(values))
    return LearnedInflow(past, dict(zip(known, pooled_inflow(rates, spread, shocks), strict=True)), shocks)


def inflow_of(
    cell: Cell,
    learned: LearnedInflow,
    states: Mapping[Cell, TradeState],
    horizon: IntArray,
    parameters: ParameterDraws,
) -> tuple[FloatArray, FloatArray]:
    """Expected net inflow of a cell (D, Y) and its shocks; the other districts share those of the rest.

    Around the rest of the Land they differ by what their own past shows: who trains fewer journeymen a head
    and did not shrink faster has won more people from elsewhere.
    """
    pooled, shocks = learned.pooled, learned.shocks
    if cell in pooled:
        return yearly_inflow(cell, pooled[cell], shocks, horizon, parameters)
    land, here = (LAND, cell[1]), (DISTRICT, cell[1])
    inflow = rest_inflow(pooled[land], pooled[here], states[land], states[here])
    own = {region: learned.past[(region, cell[1])] for region in OTHERS}
    if own[cell[0]].shape[1]:
        beside_it = [states[(region, cell[1])] for region in OTHERS]
        stock = np.stack([state.skilled[:, -1] + state.job_seekers[:, -1] for state in beside_it])
        weight = stock / np.maximum(stock.sum(axis=0), np.finfo(float).tiny)

        def beside(of: Callable[[FloatArray], FloatArray]) -> FloatArray:
            """How far the cell lies from the mean of the other districts."""
            parts = [of(own[region]) for region in OTHERS]
            return np.asarray(of(own[cell[0]]) - np.sum(weight * np.stack(parts), axis=0))

        inflow = replace(
            inflow,
            mean=inflow.mean + beside(lambda rates: rates.mean(axis=1)),
            last=None if inflow.last is None else inflow.last + beside(lambda rates: rates[:, -1]),
        )
    return yearly_inflow(land, inflow, shocks, horizon, parameters)


def yearly_inflow(
    cell: Cell, inflow: PooledInflow, shocks: Shocks, horizon: IntArray, parameters: ParameterDraws
) -> tuple[FloatArray, FloatArray]:
    """Expected net inflow of a cell (D, Y) and its yearly shocks (D, Y), in part those of the region.

    The first random number is the error of the mean, the others belong to a calendar year.
    """
    region, trade = cell
    together = np.stack(
        [
            generator_for(parameters.seed, "inflow", region, str(year)).standard_normal(parameters.draws)
            for year in ("mean", *horizon.tolist())
        ],
        axis=1,
    )
    own = generator_for(parameters.seed, "inflow", region, trade).standard_normal(together.shape)
    mean = inflow.mean + inflow.common_error * together[:, 0] + inflow.own_error * own[:, 0]
    path = expected_path(mean, inflow.last, shocks.persistence, horizon.size)
    return path, inflow.spread * shock_path(together[:, 1:], own[:, 1:], shocks)
