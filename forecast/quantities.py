"""How each published quantity is forecast: the constants of the engine with the parameters of its kind."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import Final

from forecast.domain.parameters import ParameterSet
from forecast.stats.defaults import SHORT_SERIES, SeriesSettings


def series_settings(quantity: str, parameters: ParameterSet) -> SeriesSettings:
    """Settings of the short-series forecaster for a quantity; how errors are pooled is a parameter."""
    intervals = replace(
        SHORT_SERIES.intervals,
        own_weight=parameters.value("own_weight", quantity=quantity),
        growth=parameters.value("error_growth", quantity=quantity),
        growth_weight=parameters.value("growth_weight", quantity=quantity),
        few_years=parameters.value("few_years", quantity=quantity),
        common=parameters.value("common_share", quantity=quantity),
        common_years=parameters.value("common_share_years", quantity=quantity),
        change_weight=inf,  # how errors of this quantity grow is told, not read off short histories
        small=0.0,  # their panels hold enough series of every size
    )
    return replace(SHORT_SERIES, intervals=intervals)


#: Indicator → quantity under which its interval parameters stand.
QUANTITIES: Final = {
    "new_contracts": "contracts",
    "apprentices": "contracts",
    "contract_terminations": "contracts",
    "employees": "employees",
    "vacancies_avg": "labour_market",
    "unemployed_avg": "labour_market",
}


def production_settings(parameters: ParameterSet) -> tuple[tuple[str, SeriesSettings], ...]:
    """Settings with which production forecasts each indicator: what a backtest has to test."""
    return tuple((code, series_settings(quantity, parameters)) for code, quantity in QUANTITIES.items())
