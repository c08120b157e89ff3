"""Demand of a trade relative to the base year: employment of its groups, and the swing of open places."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.domain.codes import CodeList, Trade
from forecast.estimators.demand import growth_index, open_places_swing, with_open_places
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.region import TradeState
from forecast.fit import Fitted

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
#: Employment and demand relative to the base year, each (D, Y).
Demand = tuple[FloatArray, FloatArray]


def demand_growth(
    trade: Trade,
    state: TradeState,
    fitted: Fitted,
    codes: CodeList,
    horizon: IntArray,
    parameters: ParameterDraws,
) -> FloatArray:
    """Demand relative to the base year (D, Y) from the employment forecasts of the trade's groups."""
    weights = {link.occupation_group: link.weight for link in codes.links_of(trade.code)}
    groups = [group for group in state.groups if (state.region, group) in fitted.employees]
    base = int(state.years[-1])
    paths = {}
    for group in groups:
        forecast = fitted.employees[(state.region, group)]
        ahead = [forecast.years.index(int(year)) for year in horizon]
        paths[group] = forecast.draws[:, ahead]
    last = {group: state.base_employees[group] for group in groups}
    return growth_index(paths, last, {group: weights[group] for group in groups}, horizon - base, parameters)


def demand_path_of(
    state: TradeState, growth: FloatArray, fitted: Fitted, horizon: IntArray, parameters: ParameterDraws
) -> FloatArray:
    """Demand relative to the base year (D, Y): employment, and open places with their own swing.

    Where the vacancies of a group could not be forecast, open places keep their proportion to employment.
    """
    known = {group: fitted.vacancies.get((state.region, group)) for group in state.groups}
    paths = {
        group: item.draws[:, [item.years.index(int(year)) for year in horizon]]
        for group, item in known.items()
        if item is not None
    }
    if len(paths) < len(known):
        return growth
    weights = {
        group: share * parameters.parameters.value("group_coverage", occupation_group=group)
        for group, share in state.groups.items()
    }
    swing = open_places_swing(paths, weights, growth)
    return with_open_places(growth, np.rint(state.skilled[:, -1]), state.vacancies[:, -1], swing)


def demand_of(
    state: TradeState, fitted: Fitted, codes: CodeList, horizon: IntArray, parameters: ParameterDraws
) -> Demand:
    """Employment and demand of a trade in a region relative to the base year, each (D, Y)."""
    growth = demand_growth(state.trade, state, fitted, codes, horizon, parameters)
    return growth, demand_path_of(state, growth, fitted, horizon, parameters)
