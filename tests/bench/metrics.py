"""Scores of the benchmark, written for arrays of series side by side and independent of `forecast.stats`.

A wrong score inside the product must not be able to hide here, so nothing of the product is imported. Shapes:
N series, H years ahead, Q quantiles.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: The nine quantiles every method is asked for.
LEVELS: Final = (0.025, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.975)
#: Central ranges that are scored: one minus nominal coverage.
ALPHA_95: Final = 0.05
ALPHA_80: Final = 0.20


def naive_scale(histories: list[Array]) -> Array:
    """Return the mean absolute yearly change of every history, NaN where nothing changed.

    It is the in-sample error of the last value, by which MASE and MSIS are divided.
    """
    sizes = np.array([np.abs(np.diff(values)).mean() for values in histories])
    return np.where(sizes > 0, sizes, np.nan)


def smape(truth: Array, said: Array) -> Array:
    """Return ``mean over h of 200·|y − f| / (|y| + |f|)`` for every series; a pair of zeros is no error."""
    size = np.abs(truth) + np.abs(said)
    error = 200 * np.abs(truth - said)
    return np.divide(error, size, out=np.zeros_like(size), where=size > 0).mean(axis=1)


def mase(truth: Array, said: Array, scale: Array) -> Array:
    """Return ``mean over h of |y − f| / scale`` for every series."""
    return np.abs(truth - said).mean(axis=1) / scale


def owa(truth: Array, said: Array, naive: Array, scale: Array, rows: NDArray[np.int_] | None = None) -> float:
    """Return the overall weighted average of the M4 competition, ``(sMAPE/sMAPE₀ + MASE/MASE₀) / 2``.

    The averages over series are taken first, then the ratio to the last value (for yearly data the last
    value is the Naive2 of the competition).

    Args:
        truth: (N, H) what came.
        said: (N, H) what was said.
        naive: (N, H) the last value.
        scale: (N,) `naive_scale`; series without a scale count in sMAPE only.
        rows: Series to use, with repetitions (for the bootstrap); None for all.
    """
    pick = slice(None) if rows is None else rows
    relative_smape = smape(truth, said)[pick].mean() / smape(truth, naive)[pick].mean()
    own, reference = mase(truth, said, scale)[pick], mase(truth, naive, scale)[pick]
    return float((relative_smape + np.nanmean(own) / np.nanmean(reference)) / 2)


def owa_ratio_range(
    truth: Array, ours: Array, peer: Array, naive: Array, scale: Array, repetitions: int
) -> tuple[float, float]:
    """Return the 2.5 and 97.5 % points of OWA(ours)/OWA(peer) when series are drawn with replacement."""
    generator = np.random.default_rng(1)
    ratios = []
    for _ in range(repetitions):
        rows = generator.integers(0, len(truth), len(truth))
        ratios.append(owa(truth, ours, naive, scale, rows) / owa(truth, peer, naive, scale, rows))
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)


def interval_score(truth: Array, lower: Array, upper: Array, alpha: float) -> Array:
    """Return ``(u − l) + 2/α·max(l − y, 0) + 2/α·max(y − u, 0)`` for every value."""
    missed = np.maximum(lower - truth, 0) + np.maximum(truth - upper, 0)
    return (upper - lower) + 2 / alpha * missed


def msis(truth: Array, lower: Array, upper: Array, scale: Array, alpha: float) -> Array:
    """Return the interval score of every series, averaged over h and divided by its scale."""
    return interval_score(truth, lower, upper, alpha).mean(axis=1) / scale


def covered(truth: Array, lower: Array, upper: Array) -> NDArray[np.bool_]:
    """Tell for every value whether it lies in its closed range."""
    return (lower <= truth) & (truth <= upper)


def scaled_crps(truth: Array, quantiles: Array, scale: Array) -> Array:
    """Return twice the mean pinball loss over `LEVELS` of every series, divided by its scale.

    Args:
        truth: (N, H) what came.
        quantiles: (N, H, Q) in the order of `LEVELS`.
        scale: (N,) `naive_scale`.
    """
    level = np.asarray(LEVELS)
    gap = truth[:, :, None] - quantiles
    loss = np.maximum(level * gap, (level - 1) * gap)
    return 2 * loss.mean(axis=2).mean(axis=1) / scale


def weighted_interval_score(truth: Array, median: Array, ranges: list[tuple[float, Array, Array]]) -> Array:
    """Return the WIS of every value from its median and central ranges ``(α, lower, upper)``."""
    total = np.abs(truth - median) / 2
    for alpha, lower, upper in ranges:
        total = total + alpha / 2 * interval_score(truth, lower, upper, alpha)
    return total / (len(ranges) + 0.5)


def geometric_mean(ratios: list[float]) -> float:
    """Return ``exp(mean(log r))``."""
    return float(np.exp(np.mean(np.log(ratios))))
