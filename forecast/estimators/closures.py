"""Succession accounts of the trades of a region, and what they change: contracts follow training places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from forecast.domain.apprentices import training_lag
from forecast.domain.panel import Panel
from forecast.domain.succession import OwnerPaths
from forecast.estimators.ages import entry_profile
from forecast.estimators.contracts_path import ContractPath
from forecast.estimators.handover import (
    OwnerInputs,
    Succession,
    capacity_of,
    firms_of_trades,
    owner_exit_rates,
    owner_inputs,
    owner_paths,
    owner_profile,
    succession_from,
)
from forecast.estimators.master_account import (
    BaseYear,
    MasterAccount,
    MasterInputs,
    MastersAhead,
    master_account,
    master_inputs,
)
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.region import TradeState
from forecast.stats.draws import generator_for

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Cell = tuple[str, str]


class Leaving(Protocol):
    """Who leaves a cell: exit rates by cause, and its age profile in the base year (D, A)."""

    @property
    def hazards(self) -> Mapping[str, FloatArray]: ...  # noqa: D102
    @property
    def profile(self) -> FloatArray: ...  # noqa: D102


def successions_of(
    region: str,
    states: Mapping[Cell, TradeState],
    leaving: Mapping[Cell, Leaving],
    panel: Panel,
    ages: IntArray,
    horizon: IntArray,
    parameters: ParameterDraws,
) -> dict[Cell, Succession]:
    """Succession accounts of the craft trades of a region, from the chamber's or Land's number of firms.

    Args:
        region: Code of the region.
        states: Past and base-year workforce of every cell.
        leaving: Exit rates and age profile of every cell.
        panel: Observed figures.
        ages: Single years of age (A,).
        horizon: Forecast years (Y,); beyond the last contracts these stay as they are.
        parameters: Parameter draws.
    """
    firms = panel.series("firms", "*", region)
    craft = {
        trade: state
        for (place, trade), state in states.items()
        if place == region and state.trade.sector == "craft"
    }
    if not firms.years.size or not craft:
        return {}
    base = int(horizon[0]) - 1
    skilled = {trade: state.skilled[:, -1] for trade, state in craft.items()}
    counts = firms_of_trades(float(firms.values[-1]), skilled, parameters, base - int(firms.years[-1]))
    return {
        (region, trade): succession_with_masters(
            replace(craft[trade], path=craft[trade].path.until(int(horizon[-1]))),
            owner_inputs(count, ages, parameters, trade, region),
            base_year(count, craft[trade], leaving[(region, trade)], ages),
            horizon,
            parameters,
        )
        for trade, count in counts.items()
    }


def base_year(firms: FloatArray, state: TradeState, leaving: Leaving, ages: IntArray) -> BaseYear:
    """A trade in the base year as the account of masters starts from it."""
    profile = leaving.profile.mean(axis=0)
    return BaseYear(
        firms=np.rint(firms),
        staff=np.rint(state.skilled[:, -1]),
        profile=profile / profile.sum(),
        ages=ages,
        hazards=leaving.hazards,
    )


def succession_with_masters(
    state: TradeState, owners: OwnerInputs, base: BaseYear, horizon: IntArray, parameters: ParameterDraws
) -> Succession:
    """Succession and masters of one trade, each out of the other.

    Successors are limited by the masters there are; a firm that closes takes training places with it, and
    whoever does not learn there is missing among the masters some years later. Contracts of a year reach
    the master examinations L years later at the earliest: the owners of L years settle the masters of the
    next L years.

    Args:
        state: The trade before its firms close.
        owners: Owners by age and rates.
        base: The trade in the base year.
        horizon: Forecast years (Y,).
        parameters: Parameter draws.
    """
    region, trade, years = state.region, state.trade.code, horizon.size
    together = training_lag(state.pipeline.training_years) + 1
    inputs = masters_inputs(state.path, state, base, horizon, parameters)
    masters = MastersAhead(inputs, base, generator_for(parameters.seed, "masters", region, trade))

    def takers(step: int, so_far: Callable[[], OwnerPaths]) -> FloatArray:
        if step % together == 0:
            known = inputs
            if step:
                path = path_with_capacity(state.path, capacity_of(so_far(), owners), horizon)
                known = masters_inputs(path, state, base, horizon, parameters)
            masters.draw_until(known, min(step + together, years))
            settled.append(masters.account())
        return np.asarray(settled[-1].takers[:, step])

    settled: list[MasterAccount] = []
    rng = generator_for(parameters.seed, "succession", region, trade)
    paths = owner_paths(owners, years, rng, takers)
    return succession_from(paths, owners, settled[-1] if settled else None)


def masters_of(
    state: TradeState, base: BaseYear, horizon: IntArray, parameters: ParameterDraws
) -> MasterAccount:
    """The account of masters of a trade on its path of contracts."""
    inputs = masters_inputs(state.path, state, base, horizon, parameters)
    rng = generator_for(parameters.seed, "masters", state.region, state.trade.code)
    return master_account(inputs, base, rng)


def masters_inputs(
    path: ContractPath, state: TradeState, base: BaseYear, horizon: IntArray, parameters: ParameterDraws
) -> MasterInputs:
    """Inputs of the account of masters of a trade on a path of contracts."""
    return master_inputs(
        path,
        state.pipeline,
        horizon,
        entry_profile(base.ages, parameters).mean(axis=0),
        owner_profile(base.ages, parameters, state.region),
        owner_exit_rates(base.ages, parameters),
        parameters,
    )


def capacity_factor(path: ContractPath, capacity: FloatArray, horizon: IntArray) -> FloatArray:
    """By what the contracts of each start year are multiplied (D, S); what has been counted stays.

    Years for which no capacity is given stay as well.
    """
    factor = np.ones(path.draws.shape)
    for step, year in enumerate(horizon[: capacity.shape[1]]):
        factor[:, (path.years == year) & ~path.contracted] = capacity[:, step : step + 1]
    return factor


def path_with_capacity(path: ContractPath, capacity: FloatArray, horizon: IntArray) -> ContractPath:
    """Contracts changed by the training places of the firms."""
    return replace(path, draws=path.draws * capacity_factor(path, capacity, horizon))


def with_capacity(state: TradeState, capacity: FloatArray, horizon: IntArray) -> TradeState:
    """The state of a trade whose future contracts are changed by the training places of its firms.

    Contracts of forecast years and the entrants who come from them are multiplied by the capacity of the
    year; what has been counted stays.

    Args:
        state: The trade before.
        capacity: Training places relative to the usual rate of closures (D, Y).
        horizon: Forecast years (Y,).
    """
    factor = capacity_factor(state.path, capacity, horizon)
    path = replace(state.path, draws=state.path.draws * factor)
    return replace(state, path=path, entrants=state.entrants * factor[:, :, None])
