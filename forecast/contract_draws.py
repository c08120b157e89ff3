"""New contracts of every trade and region as draws: published and forecast, districts by their share."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from forecast.domain.apprentices import TrainingPipeline, apprentices_stock, contracts_begun
from forecast.domain.codes import CodeList
from forecast.domain.panel import Panel
from forecast.estimators.contracts_path import ContractPath, contract_path, district_path
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.share_path import share_movement
from forecast.fit import COUNTRY, DISTRICT, LAND, Fitted
from forecast.stats.draws import generator_for

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Cell = tuple[str, str]


def district_share_draws(fitted: Fitted, parameters: ParameterDraws) -> dict[str, FloatArray]:
    """Share of the district in the Land as draws (D,): `exp(m + s₁·z + s₂·z_trade)`, `s² = s₁² + s₂²`."""
    return {
        trade: np.exp(
            share.log_mean
            + share.shared_sd * parameters.normal(share.error)
            + np.sqrt(share.log_sd**2 - share.shared_sd**2) * parameters.normal(share.error, trade)
        )
        for trade, share in fitted.shares.items()
        if np.isfinite(share.log_mean)
    }


def contract_paths(
    fitted: Fitted,
    panel: Panel,
    codes: CodeList,
    parameters: ParameterDraws,
    shares: Mapping[str, FloatArray],
) -> dict[Cell, ContractPath]:
    """New contracts of every trade: published and forecast for Land and nation, by share for the district.

    The share of the year in which trades were counted moves with the district's share of all crafts.
    """
    values = parameters.parameters
    base, cells = int(values.value("rounding_base")), int(values.value("rounding_cells"))
    paths: dict[Cell, ContractPath] = {}
    for (region, trade), forecast in fitted.contracts.items():
        series = panel.series("new_contracts", trade, region)
        gap = int(series.years[-1] - series.years[0]) + 1 - series.years.size
        first = int(series.years[gap_end(series.years)]) if gap else int(series.years[0])
        known = series.years >= first
        noise = generator_for(parameters.seed, "rounding", region, trade).random(
            (parameters.draws, int(known.sum()), cells * max(len(codes.occupations_of(trade)), 1))
        )
        paths[(region, trade)] = contract_path(
            series.years[known],
            series.values[known],
            forecast.draws,
            base=base,
            cells=noise.shape[2],
            uniforms=noise,
        )
    for trade, share in shares.items():
        if (LAND, trade) in paths:
            land = paths[(LAND, trade)]
            moved = share[:, None] * share_movement(fitted.totals, land.years, parameters)
            paths[(DISTRICT, trade)] = district_path(land, moved)
    return paths


def gap_end(years: IntArray) -> int:
    """Position of the first year after the last hole in a list of years.

    Example:
        >>> gap_end(np.array([2013, 2014, 2016, 2017]))
        2
    """
    holes = np.flatnonzero(np.diff(years) > 1)
    return int(holes[-1]) + 1 if holes.size else 0


def apprentice_shares(
    paths: Mapping[Cell, ContractPath], pipelines: Mapping[str, TrainingPipeline]
) -> dict[Cell, FloatArray]:
    """Share of every district in the Land's apprentices of the last observed year (D,), by its contracts."""
    stocks: dict[Cell, FloatArray] = {}
    for (region, trade), path in paths.items():
        pipeline = pipelines.get(trade)
        if pipeline is not None:
            begun = contracts_begun(path.draws, pipeline.dissolution)
            last = np.array([path.last_observed])
            stocks[(region, trade)] = apprentices_stock(begun, path.years, last, pipeline)[:, 0]
    return {
        (region, trade): stock / np.maximum(stocks[(LAND, trade)], np.finfo(float).tiny)
        for (region, trade), stock in stocks.items()
        if region not in {LAND, COUNTRY} and (LAND, trade) in stocks
    }
