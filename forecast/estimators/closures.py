"""Succession accounts of the trades of a region, and what they change: contracts follow training places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from forecast.domain.apprentices import TrainingPipeline, training_lag
from forecast.domain.masters import lag_kernel, master_examinations
from forecast.domain.panel import Panel
from forecast.estimators.contracts_path import ContractPath
from forecast.estimators.handover import Succession, firms_of_trades, owner_inputs, succession_of
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.region import TradeState
from forecast.estimators.training_plan import journeymen_before

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Cell = tuple[str, str]


def successions_of(
    region: str,
    states: Mapping[Cell, TradeState],
    panel: Panel,
    ages: IntArray,
    horizon: IntArray,
    parameters: ParameterDraws,
) -> dict[Cell, Succession]:
    """Succession accounts of the craft trades of a region, from the chamber's or Land's number of firms.

    Args:
        region: Code of the region.
        states: Past and base-year workforce of every cell.
        panel: Observed figures.
        ages: Single years of age (A,).
        horizon: Forecast years (Y,).
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
        (region, trade): succession_of(
            owner_inputs(count, ages, parameters, trade),
            horizon.size,
            parameters.seed,
            region,
            trade,
            takers_of(craft[trade].path, craft[trade].pipeline, horizon, parameters),
        )
        for trade, count in counts.items()
    }


def takers_of(
    path: ContractPath, pipeline: TrainingPipeline, horizon: IntArray, parameters: ParameterDraws
) -> FloatArray | None:
    """People who could take over, relative to the base year (D, Y); None where too little past is known.

    `takers[t] = Σ examinations of masters in the last W years / the same in the base year`, W = the years
    between the first and the last age of those who take over: whoever became a master within that time is
    of an age to buy a firm. The full account of masters stands beside it and needs the owners first.

    Args:
        path: New contracts.
        pipeline: Transition rates of the training.
        horizon: Forecast years (Y,).
        parameters: Parameter draws.
    """
    if int(path.years[0]) + training_lag(pipeline.training_years) + 1 >= int(horizon[0]):
        return None
    values = parameters.parameters
    window = int(values.value("takeover_ages", bound="to") - values.value("takeover_ages", bound="from"))
    journeymen = journeymen_before(path, pipeline, horizon, parameters)
    # before the first known year the number of journeymen is taken as constant, far enough for the window
    earlier = np.repeat(journeymen[:, :1], window + int(values.value("master_lag_longest")), axis=1)
    kernel = lag_kernel(
        parameters.draw("master_lag"),
        parameters.draw("master_lag_spread"),
        int(values.value("master_lag_longest")),
    )
    share = parameters.draw("master_share")
    passed = master_examinations(np.concatenate([earlier, journeymen], axis=1), share, kernel)
    steps = horizon.size
    sums = np.stack(
        [passed[:, passed.shape[1] - steps + at - window : passed.shape[1] - steps + at].sum(axis=1)
         for at in range(steps + 1)], axis=1,
    )  # fmt: skip
    return np.asarray(sums[:, 1:] / np.maximum(sums[:, :1], np.finfo(float).tiny), dtype=np.float64)


def with_capacity(state: TradeState, capacity: FloatArray, horizon: IntArray) -> TradeState:
    """The state of a trade whose future contracts are changed by the training places of its firms.

    Contracts of forecast years and the entrants who come from them are multiplied by the capacity of the
    year; what has been counted stays.

    Args:
        state: The trade before.
        capacity: Training places relative to the usual rate of closures (D, Y).
        horizon: Forecast years (Y,).
    """
    factor = np.ones(state.path.draws.shape)
    for step, year in enumerate(horizon):
        factor[:, (state.path.years == year) & ~state.path.contracted] = capacity[:, step : step + 1]
    path = replace(state.path, draws=state.path.draws * factor)
    return replace(state, path=path, entrants=state.entrants * factor[:, :, None])
