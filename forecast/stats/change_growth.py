"""How fast the changes of a panel grow with the years between them: what an error far ahead is like.

A panel of six to ten years shows no error of a forecast four or five years ahead, or one or two years of
them. It does show how much further apart two values lie that are several years apart. A series that swings
around a level strays no further in five years than in one, and neither do the errors of its forecasts.

Only that is taken from changes. Where they grow faster than expected it may be a drift that the forecast
follows, and says nothing about its errors.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_STEEPEST: Final = 2.0  # a straight line: the square of a change grows with the square of the years


def growth_exponent(z: Array, unit: Array, horizon: int) -> tuple[float, float]:
    """Return γ in ``E c_h² ∝ h^γ`` for changes over h years, and the number of yearly changes behind it.

    ``s_h`` is the mean over the series of their mean ``|z[t + h] − z[t]|/unit``; γ minimises
    ``Σ (Y_h/h)·(2·log(s_h/s_1) − γ·log h)²`` with Y_h the number of starting years, since changes over h
    years overlap h-fold. It lies between 0 (noise around a level) and 2 (straight lines); 1 is a random walk.

    Args:
        z: (N, T) observed values on the scale of the errors, NaN for gaps.
        unit: (N,) usual one-year error of every series, > 0.
        horizon: H.

    Returns:
        ``(γ, Y_1)``; ``(nan, 0)`` where fewer than two distances are seen in half of the series, or nothing
        changes.

    Example:
        >>> line, swing = np.arange(6.0)[None, :], np.array([[0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0]])
        >>> growth_exponent(line, np.ones(1), 3), growth_exponent(swing[:, ::2] + 1, np.ones(1), 3)
        ((2.0, 5.0), (nan, 0.0))
    """
    sizes, weights = [], []
    for ahead in range(1, min(horizon, z.shape[1] - 1) + 1):
        change = np.abs(z[:, ahead:] - z[:, :-ahead]) / unit[:, None]
        seen = ~np.isnan(change)
        some = seen.any(axis=1)
        if 2 * some.sum() < len(z):
            break
        means = np.where(seen, change, 0.0).sum(axis=1)[some] / seen.sum(axis=1)[some]
        sizes.append(float(means.mean()))
        weights.append(int(seen.any(axis=0).sum()) / ahead)
    if len(sizes) < 2 or min(sizes) <= 0:
        return float("nan"), 0.0
    years, weight = np.log(np.arange(1, len(sizes) + 1)), np.asarray(weights)
    ratio = 2 * np.log(np.asarray(sizes) / sizes[0])
    found = (weight * years * ratio).sum() / (weight * years**2).sum()
    return float(np.clip(found, 0.0, _STEEPEST)), weights[0]


def error_steps(
    z: Array, variance: Array, deviation: Array, horizon: int, *, weight: float, series: float
) -> Array:
    """Return what remains of the expected growth of errors from h − 1 to h years ahead, (H,), at most 1.

    ``f_h = k·(γ/2·log h − log δ_h/δ_1)`` and the step is ``min(exp(f_h − f_{h−1}), 1)``: where changes grow
    more slowly than the expected error δ, their growth takes its place with the share ``k = E/(E + weight)``,
    where they grow faster, nothing changes. The evidence
    ``E = Y_1·N/(N + series)`` counts years, since series share their shocks, and less where series are few.

    Args:
        z: (N, T) values on the scale of the errors, NaN for gaps.
        variance: (N,) expected one-step variance behind the last value.
        deviation: (N, H) expected errors there.
        horizon: H.
        weight: Years of changes that weigh as much as the expected growth; infinite for no say.
        series: Series with which changes count for half.

    Returns:
        Factors in (0, 1], the first 1; all 1 where nothing can be read off the changes.
    """
    steps = np.ones(horizon)
    moving = variance > 0
    if not moving.any() or np.isinf(weight):
        return steps
    exponent, years = growth_exponent(z[moving], np.sqrt(variance[moving]), horizon)
    if not years:
        return steps
    count = int(moving.sum())
    evidence = years * count / (count + series)
    expected = np.median(np.log(deviation[moving] / deviation[moving, :1]), axis=0)
    seen = exponent / 2 * np.log(np.arange(1, horizon + 1))
    factor = evidence / (evidence + weight) * (seen - expected)
    steps[1:] = np.minimum(np.exp(np.diff(factor)), 1.0)
    return steps
