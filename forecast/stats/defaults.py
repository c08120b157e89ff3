"""Constants of the short-series forecaster, in one place and with the measurement behind each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from forecast.stats.intervals import IntervalSettings
from forecast.stats.operators import Bank, make_bank

#: Probabilities of a full forecast.
QUANTILE_LEVELS: Final = (0.025, 0.10, 0.25, 0.50, 0.75, 0.90, 0.975)


@dataclass(frozen=True, slots=True)
class SeriesSettings:
    """Everything `forecast_series` does not learn from the panel.

    Args:
        damping: φ of the damped drift.
        alphas: Candidates of the simple smoothing.
        bank: The damped-trend smoothers.
        prior: Weight of last value, combination and bank before the panel has been seen.
        evidence: How strongly one origin year of the panel moves these weights (0: not at all).
        window: Years of history that are used at most.
        least_points: Observed values below which a series keeps its last value.
        intervals: How errors become ranges.
    """

    damping: float
    alphas: tuple[float, ...]
    bank: Bank
    prior: tuple[float, float, float]
    evidence: float
    window: int
    least_points: int
    intervals: IntervalSettings


#: Grid and widening were chosen on public yearly series of other subjects (economy, industry, tourism) and on
#: rolling origins of the bundled panel. Within the ranges tried, scaled error moved by under 2 %; averaging
#: itself mattered most. Size classes follow the measured noise of new contracts (Poisson below about 100).
SHORT_SERIES: Final = SeriesSettings(
    damping=0.8,
    alphas=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
    bank=make_bank(
        alphas=(0.2, 0.4, 0.6, 0.8, 1.0),
        beta_shares=(0.0, 0.05, 0.2),
        dampings=(0.9, 0.97, 1.0),
        ridges=(1.0,),
        temperature=0.4,
        floor=0.05,
    ),
    prior=(0.15, 0.6, 0.25),
    evidence=2.0,
    window=60,
    least_points=2,
    intervals=IntervalSettings(
        offset=0.375,
        class_edges=(3.0, 10.0, 30.0, 100.0, 300.0, 1000.0),
        least_class=60,
        least_panel=20,
        own_weight=5.0,
        least_origin=5,
        fallback_growth=0.1,
        growth=1.3,
        growth_weight=1.0,
        few_years=1.0,
    ),
)


@dataclass(frozen=True, slots=True)
class BoostingSettings:
    """The second opinion by gradient boosting.

    Args:
        lags: Yearly changes a window shows.
        iterations: Trees.
        leaves: Leaves of a tree at most.
        least_leaf: Windows in a leaf at least.
        rate: Learning rate.
        least_windows: Windows below which nothing is fitted.
        noise: Added to the mean absolute change a window is divided by, on the root scale.
    """

    lags: int
    iterations: int
    leaves: int
    least_leaf: int
    rate: float
    least_windows: int
    noise: float


#: Small on purpose: a few hundred windows share the shocks of a dozen years.
BOOSTING: Final = BoostingSettings(
    lags=4, iterations=60, leaves=6, least_leaf=20, rate=0.08, least_windows=60, noise=0.5
)
