"""How good a forecast was: errors of points, of ranges and of whole distributions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Largest distance between two steps that still counts as equal when values are checked for whole numbers.
_WHOLE: Final = 1e-9


def mae(observed: Array, forecast: Array) -> float:
    """Return the mean absolute error ``mean|y − f|``.

    Args:
        observed: (n,) what came.
        forecast: (n,) what was said.

    Example:
        >>> mae(np.array([4.0, 10.0]), np.array([5.0, 7.0]))
        2.0
    """
    return float(np.mean(np.abs(observed - forecast)))


def wape(observed: Array, forecast: Array) -> float:
    """Return the weighted absolute percentage error ``Σ|y − f| / Σ|y|``; NaN if nothing came.

    Example:
        >>> wape(np.array([4.0, 16.0]), np.array([5.0, 12.0]))
        0.25
    """
    total = float(np.sum(np.abs(observed)))
    return float(np.sum(np.abs(observed - forecast))) / total if total > 0 else float("nan")


def mase(observed: Array, forecast: Array, scale: Array) -> float:
    """Return the mean absolute scaled error ``mean(|y − f| / s)`` (Hyndman and Koehler 2006).

    Args:
        observed: (n,) what came.
        forecast: (n,) what was said.
        scale: (n,) mean absolute yearly change of the series before its origin; where it is 0 or NaN the
            pair is left out.

    Returns:
        The mean over pairs with a scale, NaN if there is none.

    Example:
        >>> mase(np.array([4.0, 10.0]), np.array([5.0, 7.0]), np.array([2.0, 0.0]))
        0.5
    """
    usable = np.isfinite(scale) & (scale > 0)
    if not usable.any():
        return float("nan")
    return float(np.mean(np.abs(observed - forecast)[usable] / scale[usable]))


def smape(observed: Array, forecast: Array) -> float:
    """Return ``mean(200·|y − f| / (|y| + |f|))`` in percent; a pair of zeros counts as no error.

    Example:
        >>> smape(np.array([0.0, 3.0]), np.array([0.0, 1.0]))
        50.0
    """
    size = np.abs(observed) + np.abs(forecast)
    error = np.abs(observed - forecast)
    return float(np.mean(200 * np.divide(error, size, out=np.zeros_like(size), where=size > 0)))


def coverage(observed: Array, lower: Array, upper: Array) -> float:
    """Return the share of observations inside their closed range.

    Example:
        >>> coverage(np.array([1.0, 5.0]), np.array([1.0, 6.0]), np.array([2.0, 9.0]))
        0.5
    """
    return float(np.mean((lower <= observed) & (observed <= upper)))


def relative_width(lower: Array, upper: Array, observed: Array) -> float:
    """Return the sharpness of ranges ``Σ(u − l) / Σ|y|``: mean width relative to the mean level.

    Args:
        lower: (n,) lower bounds.
        upper: (n,) upper bounds.
        observed: (n,) what came.

    Returns:
        The ratio, NaN if nothing came; smaller is sharper and only better at the same coverage.

    Example:
        >>> relative_width(np.array([1.0, 6.0]), np.array([2.0, 9.0]), np.array([6.0, 10.0]))
        0.25
    """
    total = float(np.sum(np.abs(observed)))
    return float(np.sum(upper - lower)) / total if total > 0 else float("nan")


def coverage_error(inside: NDArray[np.bool_], cluster: NDArray[np.int_]) -> float:
    """Return the standard error of a coverage whose cases come in clusters, here origin years.

    Series share the shocks of a year, so hits of one origin are not independent. With n_o cases and share
    s_o in origin o of O, and the overall share c over N cases::

        se = sqrt( O/(O − 1) · Σ_o n_o²·(s_o − c)² ) / N

    Args:
        inside: (N,) whether each observation lay in its range.
        cluster: (N,) origin of each.

    Returns:
        The standard error; NaN for fewer than two origins.

    Example:
        >>> coverage_error(np.array([True, True, True, False]), np.array([1, 1, 2, 2])).__round__(4)
        0.25
    """
    _, place = np.unique(cluster, return_inverse=True)
    count = np.bincount(place).astype(np.float64)
    if count.size < 2:
        return float("nan")
    hits = np.bincount(place, weights=inside.astype(np.float64))
    deviation = hits - count * inside.mean()
    return float(np.sqrt(count.size / (count.size - 1) * np.square(deviation).sum()) / inside.size)


def wis(observed: Array, median: Array, lower: Array, upper: Array, alphas: Sequence[float]) -> Array:
    """Return the weighted interval score of every observation; smaller is better.

    For K central ranges ``[l, u]`` of nominal coverage 1 − α::

        IS_α = (u − l) + 2/α·max(l − y, 0) + 2/α·max(y − u, 0)
        WIS  = ( |y − median|/2 + Σ_k α_k/2·IS_k ) / (K + 1/2)

    Args:
        observed: (n,) what came.
        median: (n,) medians.
        lower: (n, K) lower bounds.
        upper: (n, K) upper bounds.
        alphas: (K,) one minus nominal coverage, each in (0, 1).

    Returns:
        (n,) scores.

    Source of method: Bracher, Ray, Gneiting and Reich (2021).

    Example:
        >>> bounds = np.array([[1.0, 2.0]]), np.array([[9.0, 8.0]])
        >>> wis(np.array([7.0]), np.array([5.0]), *bounds, alphas=(0.2, 0.5)).round(2).tolist()
        [1.32]
    """
    alpha = np.asarray(alphas, dtype=np.float64)
    y = observed[:, None]
    missed = np.maximum(lower - y, 0) + np.maximum(y - upper, 0)
    interval = (upper - lower) + 2 / alpha * missed
    total = np.abs(observed - median) / 2 + (alpha / 2 * interval).sum(axis=1)
    return np.asarray(total / (alpha.size + 0.5))


def crps(observed: Array, draws: Array) -> Array:
    """Return the continuous ranked probability score of samples, ``E|X − y| − E|X − X'|/2``.

    The second term uses the sorted sample: ``Σ_i (2i − D − 1)·x_(i) / D²``, so no pair is formed.

    Args:
        observed: (n,) what came.
        draws: (n, D) samples.

    Returns:
        (n,) scores in the unit of the values.

    Source of method: Gneiting and Raftery (2007).

    Example:
        >>> crps(np.array([1.0]), np.array([[0.0, 4.0]])).tolist()
        [1.0]
    """
    count = draws.shape[1]
    rank = 2 * np.arange(1, count + 1) - count - 1
    spread = (np.sort(draws, axis=1) * rank).sum(axis=1) / count**2
    return np.asarray(np.abs(draws - observed[:, None]).mean(axis=1) - spread)


def crps_of_quantiles(observed: Array, quantiles: Array, levels: Sequence[float]) -> Array:
    """Return the continuous ranked probability score where only quantiles are known.

    ``CRPS = 2·∫ρ_τ(y − q_τ)dτ`` with the pinball loss ``ρ_τ(u) = u·(τ − [u < 0])``. Every given quantile
    stands for the levels nearer to it than to its neighbours; the outermost ones reach to 0 and 1.

    Args:
        observed: (n,) what came.
        quantiles: (n, K) quantiles.
        levels: (K,) their levels, rising, each in (0, 1).

    Returns:
        (n,) scores in the unit of the values.

    Source of method: Gneiting and Ranjan (2011), section 3, with midpoint weights.

    Example:
        >>> crps_of_quantiles(np.array([7.0]), np.array([[1.0, 4.0, 6.0]]), (0.1, 0.5, 0.9)).round(2).tolist()
        [2.1]
    """
    tau = np.asarray(levels, dtype=np.float64)
    borders = np.concatenate([[0.0], (tau[1:] + tau[:-1]) / 2, [1.0]])
    error = observed[:, None] - quantiles
    pinball = error * (tau - (error < 0))
    return np.asarray(2 * pinball @ np.diff(borders))


def randomised_pit(observed: Array, draws: Array, uniform: Array) -> Array:
    """Return randomised probability integral transforms: uniform if the draws are calibrated.

    ``F(y⁻) + v·(F(y) − F(y⁻))`` with the draws' distribution function F: for whole numbers the plain
    transform is never uniform, this one is.

    Args:
        observed: (n,) what came.
        draws: (n, D) samples, rounded to whole numbers where the observation is a count.
        uniform: (n,) random numbers in [0, 1).

    Returns:
        (n,) values in [0, 1].

    Source of method: Czado, Gneiting and Held (2009).

    Example:
        >>> randomised_pit(np.array([2.0]), np.array([[1.0, 2.0, 2.0, 5.0]]), np.array([0.5])).tolist()
        [0.5]
    """
    below = (draws < observed[:, None]).mean(axis=1)
    upto = (draws <= observed[:, None]).mean(axis=1)
    return np.asarray(below + uniform * (upto - below))


def uniformity(pit: Array) -> float:
    """Return the largest distance between the values' distribution function and the uniform one.

    This is the Kolmogorov-Smirnov statistic ``sup_u |F_n(u) − u|``. Its tables hold for independent values;
    forecasts that share years are not, so it is a measure here and no test.

    Args:
        pit: (n,) values in [0, 1].

    Returns:
        The distance in [0, 1]; NaN without values.

    Example:
        >>> uniformity(np.array([0.5, 0.9]))
        0.5
    """
    if not pit.size:
        return float("nan")
    ordered = np.sort(pit)
    step = np.arange(pit.size + 1) / pit.size
    return float(max((step[1:] - ordered).max(), (ordered - step[:-1]).max()))


def pit_shares(pit: Array, bins: int) -> Array:
    """Return the shares of the values in equal bins of [0, 1]; the last bin is closed.

    Example:
        >>> pit_shares(np.array([0.0, 0.5, 1.0, 0.6]), 2).tolist()
        [0.25, 0.75]
    """
    counts, _ = np.histogram(pit, bins=bins, range=(0.0, 1.0))
    return np.asarray(counts / max(pit.size, 1))


def rounding_step(values: Array, steps: Sequence[int]) -> int:
    """Return the coarsest of the given steps of which every value is a multiple; 0 if none is.

    Args:
        values: Observed values of any shape, NaN for gaps.
        steps: Candidates, for example 1, 3 and 5 (offices round to 3 or 5 to protect single persons).

    Example:
        >>> rounding_step(np.array([3.0, 9.0, np.nan, 0.0]), (1, 3, 5)), rounding_step(np.array([0.5]), (1,))
        (3, 0)
    """
    known = values[~np.isnan(values)]
    found = [step for step in steps if np.all(np.abs(known / step - np.rint(known / step)) < _WHOLE)]
    return max(found, default=0) if known.size else 0
