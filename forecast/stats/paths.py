"""From pooled errors to what is published: coherent paths, or mean and quantiles without draws."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from forecast.stats.draws import stratify
from forecast.stats.intervals import ErrorPool, Scale

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

_MEAN_LEVELS = 40  # points at which a distribution is averaged


def sample_paths(
    centre: Array,
    deviation: Array,
    noise: Array,
    classes: NDArray[np.int_],
    pool: ErrorPool,
    shocks: Array,
    common: Array,
) -> Array:
    """Return coherent paths on the scale of the errors, (N, D, H).

    Normal scores follow ``x_h = ρ_h·x_{h−1} + √(1 − ρ_h²)·ε_h`` with ``ε = √c·common + √(1 − c)·own``; their
    ranks pick from the error table of the horizon, so each year has the pooled distribution and the
    years of a path hang together as the errors of the past did.

    Args:
        centre: (N, H) point forecasts.
        deviation: (N, H) expected errors.
        noise: (N,) variance that is never undercut: errors are at least those of a normal with this variance.
        classes: (N,) size classes.
        pool: The tables.
        shocks: (N, D, H) standard normal shocks of each series.
        common: (D, H) or (N, D, H) standard normal shocks shared by all in a year.
    """
    share = np.sqrt(pool.common)
    rest = np.sqrt(1 - pool.common)
    draws = shocks.shape[1]
    levels = (np.arange(draws) + 0.5) / draws
    tables = {int(group): pool.quantiles(int(group), levels) for group in np.unique(classes)}
    normal = ndtri(levels)[:, None]
    paths = np.empty(shocks.shape)
    shared = np.broadcast_to(common, shocks.shape)
    for row, group in enumerate(classes):
        scores = share * shared[row] + rest * shocks[row]
        for ahead in range(1, scores.shape[1]):
            keep = pool.persistence[ahead]
            scores[:, ahead] = keep * scores[:, ahead - 1] + np.sqrt(1 - keep**2) * scores[:, ahead]
        ranks = (stratify(scores) * draws).astype(np.int_)
        errors = _growing(deviation[row] * tables[int(group)])
        floor = np.sqrt(noise[row]) * normal
        errors = np.where(np.abs(errors) < np.abs(floor), floor, errors)
        paths[row] = centre[row] + np.take_along_axis(errors, ranks, axis=0)
    return paths


def central_quantiles(
    centre: Array,
    deviation: Array,
    scale: Scale,
    classes: NDArray[np.int_],
    pool: ErrorPool,
    levels: Array,
) -> tuple[Array, Array]:
    """Return mean (N, H) and quantiles (N, H, Q) in values, without draws.

    The quantile at p is ``back(z ± max(deviation·|error table(p)|, √noise·|Φ⁻¹(p)|))``, its distance from z
    never shrinking over the years; the mean is that of the quantiles at ``(i + 1/2)/M``. Both are what
    `sample_paths` would give with infinitely many draws.

    Args:
        centre: (N, H) point forecasts on the scale of the errors.
        deviation: (N, H) expected errors.
        scale: Scale of the rows.
        classes: (N,) size classes.
        pool: The tables.
        levels: (Q,) probabilities.
    """
    series, horizon = centre.shape
    middle = (np.arange(_MEAN_LEVELS) + 0.5) / _MEAN_LEVELS
    every = np.concatenate([levels, middle])
    normal = ndtri(every)
    floor = np.sqrt(scale.noise)
    mean = np.zeros((series, horizon))
    quantiles = np.empty((series, horizon, levels.size))
    tables = np.zeros((int(classes.max(initial=0)) + 1, every.size, horizon))
    for group in np.unique(classes):
        tables[group] = pool.quantiles(int(group), every)[:, :horizon]
    for place in range(every.size):
        error = _growing(deviation * tables[classes, place])
        least = (floor * normal[place])[:, None]
        value = scale.back(centre + np.where(np.abs(error) < np.abs(least), least, error))
        if place < levels.size:
            quantiles[:, :, place] = value
        else:
            mean += value
    return mean / _MEAN_LEVELS, quantiles


def _growing(errors: Array) -> Array:
    """Return errors at fixed ranks (…, H) that never shrink from one year ahead to the next.

    That the second year was missed by less than the first is chance: nobody knows more of a later year.
    """
    return np.copysign(np.maximum.accumulate(np.abs(errors), axis=1), errors)


def lowered_centre(centre: Array, spread: Array, share: float, root: Flags) -> Array:
    """Return centres (N, H) from which symmetric errors on the root scale leave the point about where it was.

    Squaring lifts the mean, ``E[(z + e)²] = z² + Var e``. Whether a point forecast means the mean or the
    median is not known: ``share`` of the lift is taken back, so that the mean stands somewhat above it and
    the median somewhat below. ``z' = √(z² − share·Var e)``, never below half of z: close to zero the range
    decides, not the mean.

    Args:
        centre: (N, H) forecasts on the scale of the errors.
        spread: (N, H) standard deviation of the errors, widened.
        share: In [0, 1]; 1 keeps the mean, 0 the median.
        root: (N,) root scale; others are returned unchanged.
    """
    lowered = np.sqrt(np.maximum(np.square(centre) - share * np.square(spread), np.square(centre) / 4))
    return np.where(root[:, None], lowered, centre)
