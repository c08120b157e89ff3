"""A bank of damped-trend smoothers run over many short series at once, at every rolling origin.

For fixed smoothing constants a damped-trend smoother is linear in its starting level ``l0`` and starting
slope ``b0``, so both are found by least squares with a ridge on the slope: the ridge *is* the shrinkage of a
trend read from a few points towards no trend. One pass over the years yields the forecasts of all series,
all constants and **all origins**, since the state after year t never looks beyond t.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bank:
    """A grid of smoothers and how they are averaged.

    Args:
        alpha: Level constants, one per smoother, in (0, 1].
        beta: Slope constants, one per smoother, in [0, alpha].
        phi: Damping of the slope, one per smoother, in (0, 1].
        ridge: Weight of ``b0**2`` beside the squared errors, one per smoother, > 0.
        temperature: How far the in-sample fit is trusted when the smoothers are averaged, in [0, 1].
        floor: Share of the mean squared error added to every smoother's before weighing, so that two or
            three points that happen to lie on a line do not decide alone.
    """

    alpha: Array
    beta: Array
    phi: Array
    ridge: Array
    temperature: float
    floor: float


def make_bank(
    alphas: tuple[float, ...],
    beta_shares: tuple[float, ...],
    dampings: tuple[float, ...],
    ridges: tuple[float, ...],
    temperature: float,
    floor: float,
) -> Bank:
    """Return the full grid over the given constants (``beta = share · alpha``).

    Example:
        >>> make_bank((0.5, 1.0), (0.0, 0.2), (0.9,), (1.0,), 0.3, 0.1).alpha.tolist()
        [0.5, 0.5, 1.0, 1.0]
    """
    grid = np.array(list(product(alphas, beta_shares, dampings, ridges)), dtype=np.float64)
    alpha, share, phi, ridge = grid.T
    return Bank(alpha, alpha * share, phi, ridge, temperature, floor)


@dataclass(slots=True)
class _Response:
    """Level and slope of one linear response of the smoothers; arrays (series or 1, smoothers)."""

    level: Array
    slope: Array

    def step(self, observed: Array | float, seen: NDArray[np.bool_], bank: Bank) -> Array:
        """Advance one year and return the one-step error (0 where the year is a gap)."""
        slope = bank.phi * self.slope
        expected = self.level + slope
        error = np.where(seen, observed - expected, 0.0)
        self.level = expected + bank.alpha * error
        self.slope = slope + bank.beta * error
        return error


def bank_paths(values: Array, bank: Bank, horizon: int) -> Array:
    """Return the averaged forecasts of all series from all origins.

    Errors of smoother g: ``e = e⁰ − s₁·l0 − s₂·b0``; ``(l0, b0)`` minimise ``Σe² + ridge·b0²``; forecast
    ``f_h = level + slope·(φ + … + φ^h)``; average with weights ``∝ (SSE_g + floor·mean SSE)^(−τ·n/2)``.

    Args:
        values: (N, T) yearly values, column 0 observed in every series, NaN for gaps and after the end.
        bank: The smoothers.
        horizon: Years ahead, H.

    Returns:
        (N, T, H) forecasts made after each column for the H columns behind it. Use only observed columns:
        what stands behind the end of a series has no meaning.

    Source of method: exponential smoothing in error-correction form (Gardner 1985), start values
    concentrated out by ridge regression, averaging by tempered likelihood.
    """
    values = np.ascontiguousarray(values)
    observed = ~np.isnan(values)
    origin_value = values[:, :1]
    centred = np.where(observed, values - origin_value, 0.0)
    ended = observed[:, ::-1].argmax(axis=1)
    inside = np.arange(values.shape[1]) < (values.shape[1] - ended)[:, None]
    gaps = bool((inside & ~observed).any())
    series, years = values.shape
    rows = series if gaps else 1
    width = bank.alpha.size
    base = _Response(np.zeros((series, width)), np.zeros((series, width)))
    unit_level = _Response(np.ones((rows, width)), np.zeros((rows, width)))
    unit_slope = _Response(np.zeros((rows, width)), np.ones((rows, width)))
    moments = [np.zeros((series, width)) for _ in range(3)] + [np.zeros((rows, width)) for _ in range(3)]
    reach = np.cumsum(bank.phi[:, None] ** np.arange(1, horizon + 1), axis=1)
    count = np.zeros(series)
    result = np.empty((series, years, horizon))
    for year in range(years):
        seen = observed[:, year, None]
        shared = seen if gaps else np.ones((1, 1), dtype=np.bool_)
        e0 = base.step(centred[:, year, None], seen, bank)
        # the responses to a unit start follow data that are zero throughout, so their errors carry a minus
        s1, s2 = -unit_level.step(0.0, shared, bank), -unit_slope.step(0.0, shared, bank)
        for total, term in zip(moments, (e0 * e0, e0 * s1, e0 * s2, s1 * s1, s1 * s2, s2 * s2), strict=True):
            total += term
        count += seen[:, 0]
        result[:, year] = _averaged(base, unit_level, unit_slope, moments, bank, reach, count)
    return np.asarray(result + origin_value[:, :, None])


def _averaged(
    base: _Response,
    unit_level: _Response,
    unit_slope: _Response,
    moments: list[Array],
    bank: Bank,
    reach: Array,
    count: Array,
) -> Array:
    """Solve for the start of every smoother, weigh the smoothers by fit, return (N, H) forecasts."""
    ee, e1, e2, a11, a12, a22_plain = moments
    a22 = a22_plain + bank.ridge
    determinant = a11 * a22 - a12 * a12
    level0 = (a22 * e1 - a12 * e2) / determinant
    slope0 = (a11 * e2 - a12 * e1) / determinant
    sse = np.maximum(ee - level0 * e1 - slope0 * e2, 0.0)
    softened = sse + bank.floor * sse.mean(axis=1, keepdims=True)
    fitted = softened.max(axis=1) > 0
    logs = np.log(np.where(fitted[:, None], softened, 1.0))
    score = -bank.temperature * (count / 2)[:, None] * logs
    weights = np.exp(score - score.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    level = base.level + unit_level.level * level0 + unit_slope.level * slope0
    slope = base.slope + unit_level.slope * level0 + unit_slope.slope * slope0
    # sums row by row, not as a matrix product: the bits of a row must not depend on its neighbours
    slopes = [(weights * slope * reach[:, ahead]).sum(axis=1) for ahead in range(reach.shape[1])]
    return np.asarray((weights * level).sum(axis=1, keepdims=True) + np.stack(slopes, axis=1))


DEFAULT_BANK: Final = make_bank(
    alphas=(0.2, 0.4, 0.6, 0.8, 1.0),
    beta_shares=(0.0, 0.1, 0.3),
    dampings=(0.8, 0.9, 0.98),
    ridges=(1.0, 10.0),
    temperature=0.3,
    floor=0.05,
)
