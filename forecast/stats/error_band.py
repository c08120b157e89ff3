"""The last value with its own error band: what it really erred at earlier origins, by size class.

The yardstick for ranges. A method that gives ranges has to beat not the bare last value but the last value
with the honest range anybody can read off its past errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Errors below which a size class borrows those of its neighbours.
LEAST_ERRORS: Final = 20
#: Anscombe's offset: on ``sqrt(y + 3/8)`` the noise of a count hardly depends on its size.
OFFSET: Final = 3 / 8


def size_classes(level: Array, *, counts: bool) -> NDArray[np.int_]:
    """Return the power of ten of every level; counts below ten form one class.

    Args:
        level: (n,) values.
        counts: Whole persons, contracts, firms: nothing below 1 is told apart.

    Returns:
        (n,) k with ``10^k <= |level| < 10^(k+1)``; zero belongs to the smallest class that occurs.

    Example:
        >>> size_classes(np.array([0.0, 7.0, 10.0, 2500.0]), counts=True).tolist()
        [0, 0, 1, 3]
    """
    size = np.abs(level)
    positive = size > 0
    power = np.zeros(size.shape)
    power[positive] = np.floor(np.log10(size[positive]))
    if counts:
        return np.asarray(np.maximum(power, 0), dtype=np.int_)
    power[~positive] = power[positive].min() if positive.any() else 0
    return np.asarray(power, dtype=np.int_)


def last_value_band(known: Array, horizon: int, levels: Sequence[float], *, counts: bool) -> Array:
    """Return quantiles around the last value from the errors it made at earlier origins.

    For every pair of columns h apart the error is ``e = g(y[t+h]) − g(y[t])``, with ``g`` the square root
    where nothing is negative (of y + 3/8 for counts) and the identity otherwise. The errors of a size class
    of y[t], with both signs, are its pool; a class with fewer than `LEAST_ERRORS` errors takes in its
    neighbours. The range is ``g⁻¹(g(last) + quantile of the pool)``; its median is the last value. Where h
    years lie further apart than the columns reach, the longest distance h' with enough errors serves, with
    errors multiplied by ``sqrt(h/h')`` as for a random walk.

    Args:
        known: (N, T) yearly values as known at the origin, NaN for gaps; the last column is the origin and
            observed.
        horizon: Years ahead, H.
        levels: (K,) quantile levels.
        counts: Whole numbers that cannot be negative.

    Returns:
        (N, H, K) quantiles; NaN where no error at all is known.
    """
    values = known[~np.isnan(known)]
    rooted = counts or not (values < 0).any()
    offset = OFFSET if counts else 0.0
    z = np.sqrt(np.maximum(known, 0) + offset) if rooted else known
    own = size_classes(known[:, -1], counts=counts)
    result = np.full((len(known), horizon, len(levels)), np.nan)
    for ahead in range(1, horizon + 1):
        error, level = _errors(z, known, ahead)
        if not error.size:
            continue
        classes = size_classes(level, counts=counts)
        for power in np.unique(own):
            pool = _pool(error, classes, int(power))
            spread = np.quantile(np.concatenate([pool, -pool]), levels)
            rows = own == power
            shifted = z[rows, -1][:, None] + spread
            if rooted:
                shifted = np.maximum(np.square(np.maximum(shifted, 0)) - offset, 0)
            result[rows, ahead - 1] = shifted
    return result


def _errors(z: Array, known: Array, ahead: int) -> tuple[Array, Array]:
    """Return errors ``ahead`` years apart and the values they started from; stretched where too few."""
    empty = np.empty(0)
    best = (empty, empty)
    for distance in range(min(ahead, z.shape[1] - 1), 0, -1):
        change = z[:, distance:] - z[:, :-distance]
        seen = ~np.isnan(change)
        if not seen.any():
            continue
        best = (change[seen] * np.sqrt(ahead / distance), known[:, :-distance][seen])
        if best[0].size >= LEAST_ERRORS:
            break
    return best


def _pool(error: Array, classes: NDArray[np.int_], power: int) -> Array:
    """Return the errors of a class, with neighbouring classes until there are enough."""
    distance = np.abs(classes - power)
    for reach in range(int(distance.max()) + 1):
        near = distance <= reach
        if near.sum() >= LEAST_ERRORS:
            return np.asarray(error[near])
    return error
