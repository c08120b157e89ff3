"""Constants of the short-series forecaster, in one place and with the measurement behind each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from forecast.stats.gate import Gate
from forecast.stats.intervals import IntervalSettings
from forecast.stats.operators import Bank, make_bank
from forecast.stats.prior_table import SHIPPED_GATE
from forecast.stats.shifts import ShiftSettings

#: Probabilities of a full forecast.
QUANTILE_LEVELS: Final = (0.025, 0.10, 0.25, 0.50, 0.75, 0.90, 0.975)


@dataclass(frozen=True, slots=True)
class SeriesSettings:
    """Everything `forecast_series` does not learn from the panel.

    Args:
        damping: φ of the damped drift, a yardstick.
        alphas: Candidates of the simple smoothing, a yardstick.
        bank: The smoothers.
        gate: How they are averaged: the prior learned from public series.
        prior: Weight of last value, damped combination, theta bank and learned average before the panel has
            been seen.
        evidence: How strongly one independent year of the panel moves these weights (0: not at all).
        doubt: Independent years at which they count for half of that.
        window: Years of history that are used at most.
        least_points: Observed values below which a series keeps its last value.
        learn_most: Series of a panel that are learned from at most.
        least_rounded: Values that must be multiples of a step for a panel to count as rounded to it.
        ending_share: Share of the series that must reach the last year for others to end early.
        intervals: How errors become ranges.
        shifts: Which changes are jumps and what is done about them.
        ceiling: Largest value there can be, such as 1 for shares.
    """

    damping: float
    alphas: tuple[float, ...]
    bank: Bank
    gate: Gate
    prior: tuple[float, float, float, float]
    evidence: float
    doubt: float
    window: int
    least_points: int
    learn_most: int
    least_rounded: int
    ending_share: float
    intervals: IntervalSettings
    shifts: ShiftSettings
    ceiling: float = float("inf")


#: Chosen on three kinds of panels at once: public yearly series (a prior never saw the set it was tested on),
#: rolling origins of the bundled figures, and simulated panels of small, rounded counts with common shocks.
#: Last value and damped combination have most of the prior weight: on short administrative panels trends
#: are mostly booms.
SHORT_SERIES: Final = SeriesSettings(
    damping=0.8,
    alphas=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
    bank=make_bank(
        alphas=(0.15, 0.3, 0.45, 0.6, 0.8, 1.0),
        shares=(0.35, 0.65, 1.0),
        dampings=(0.85, 1.0),
        holt=((0.35, 0.7, 1.0), (0.1, 0.3), (0.8, 0.9, 1.0)),
        ridge=1.0,
    ),
    gate=SHIPPED_GATE,
    prior=(0.4, 0.4, 0.1, 0.1),
    evidence=6.0,
    doubt=16.0,
    window=60,
    least_points=2,
    learn_most=1200,
    least_rounded=30,
    ending_share=0.25,
    intervals=IntervalSettings(
        offset=0.375,
        class_edges=(3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10000.0, 30000.0),
        least_class=60,
        least_panel=20,
        own_weight=15.0,
        least_origin=3,
        fallback_growth=0.1,
        growth=0.8,
        growth_weight=1.0,
        class_weight=10.0,
        few_points=1.6,
        few_years=2.25,
        prior_years=1.5,
        tail=0.98,
        mean_share=1.0,
        change_weight=4.0,
        change_series=3.0,
        small=30.0,
    ),
    # chosen on the public sets and the bundled figures, where taking jumps out helps a little (see
    # docs/methods/series.md); taking part of a leap back, too, made the bundled figures worse
    shifts=ShiftSettings(least_points=5, threshold=5.0, own_weight=6.0, back=0.4, doubt=0.25),
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
