"""Random draws that depend only on a seed and a name, and their summary by mean and central ranges."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Quantile levels behind the order value, lower_50, upper_50, lower_80, upper_80, lower_95, upper_95.
RANGE_LEVELS: Final = (0.25, 0.75, 0.10, 0.90, 0.025, 0.975)


def generator_for(seed: int, *key: str) -> np.random.Generator:
    """Return the generator that belongs to a seed and a name, whatever ran before or elsewhere.

    Args:
        seed: Seed of the run, >= 0.
        *key: Parts of the name, for example quantity, trade and region. ("a", "bc") and ("ab", "c") differ.

    Returns:
        A fresh generator; the same arguments give the same numbers in any order, process or worker.

    Example:
        >>> bool(generator_for(1, "A-24").random() == generator_for(1, "A-24").random())
        True
    """
    digest = hashlib.sha256("\x1f".join((str(seed), *key)).encode("utf-8")).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))


def uniforms(seed: int, *key: str, size: int) -> Array:
    """Return ``size`` stratified uniforms in (0, 1), one in each interval of width 1/size, shuffled.

    Stratification keeps mean and quantiles of what is drawn through an inverse distribution function close
    to the truth at a few hundred draws.

    Args:
        seed: Seed of the run.
        *key: Name of the uncertain quantity.
        size: Number of draws, D.

    Returns:
        (D,) values strictly between 0 and 1.

    Source of method: Latin hypercube sampling, McKay, Beckman and Conover (1979).
    """
    generator = generator_for(seed, *key)
    offsets = generator.random(size)
    # random() may return exactly 0; half a unit in the last place keeps inverse distributions finite
    points = (generator.permutation(size) + np.maximum(offsets, np.finfo(np.float64).eps)) / size
    return np.asarray(points, dtype=np.float64)


def summarise(draws: Array, axis: int = 0, *, whole: bool = False) -> Array:
    """Return mean and central 50, 80 and 95 % ranges of draws.

    Each range is widened where needed to contain the mean and the narrower ranges, so that a skewed
    distribution never shows a value outside its own range.

    Args:
        draws: Draws along ``axis``; any other axes are kept in order.
        axis: The axis of the draws.
        whole: Round lower bounds down and upper bounds up to whole numbers. Small counts are then covered
            more often than the range says. The mean is not rounded.

    Returns:
        (…, 7) in the order value, lower_50, upper_50, lower_80, upper_80, lower_95, upper_95.

    Raises:
        ValueError: There are no draws.

    Example:
        >>> summarise(np.array([1.0, 2.0, 3.0, 4.0, 5.0])).tolist()
        [3.0, 2.0, 4.0, 1.4, 4.6, 1.1, 4.9]
    """
    if draws.shape[axis] == 0:
        raise ValueError("summarise needs at least one draw")
    mean = draws.mean(axis=axis)
    quantiles = quantiles_of(draws, RANGE_LEVELS, axis)
    lower = np.minimum.accumulate(np.minimum(quantiles[0::2], mean), axis=0)
    upper = np.maximum.accumulate(np.maximum(quantiles[1::2], mean), axis=0)
    if whole:
        lower, upper = np.floor(lower), np.ceil(upper)
    columns = [mean]
    for low, high in zip(lower, upper, strict=True):
        columns += [low, high]
    return np.stack(columns, axis=-1)


def quantiles_of(draws: Array, levels: Sequence[float] | Array, axis: int = 0) -> Array:
    """Return the quantiles that `numpy.quantile` returns, bit by bit, with one sort for all of them.

    Many small arrays are summarised in a run: the draws are laid side by side and sorted once, instead of
    being parted around every order statistic.

    Args:
        draws: Draws along ``axis``, at least one.
        levels: Probabilities, (L,).
        axis: The axis of the draws.

    Returns:
        (L, …) with the other axes in order; NaN wherever one of the draws is.

    Source of method: linear interpolation between order statistics, definition 7 of Hyndman and Fan (1996).

    Example:
        >>> quantiles_of(np.array([4.0, 1.0, 2.0]), (0.25, 0.5)).tolist()
        [1.5, 2.0]
    """
    ordered = np.sort(np.moveaxis(draws, axis, -1), axis=-1)
    at = (ordered.shape[-1] - 1) * np.asarray(levels)
    below = np.floor(at).astype(np.intp)
    above = np.minimum(below + 1, ordered.shape[-1] - 1)
    weight = at - below
    low, high = ordered[..., below], ordered[..., above]
    step = high - low
    # from the nearer of the two, as numpy does: both ends of the interpolation are then exact
    found = np.where(weight >= 0.5, high - step * (1 - weight), low + step * weight)
    found[np.isnan(ordered[..., -1])] = np.nan
    return np.asarray(np.moveaxis(found, -1, 0))


def stratify(scores: Array) -> Array:
    """Return uniforms with the ranks of ``scores`` along the first axis: ``(rank + 1/2) / D``.

    The order of the draws, and so any dependence between columns, is kept; each column becomes as even as
    D points can be.

    Args:
        scores: (D, …) values of any continuous distribution.

    Returns:
        (D, …) values strictly between 0 and 1.

    Example:
        >>> stratify(np.array([[0.3], [-2.0]])).tolist()
        [[0.75], [0.25]]
    """
    count = scores.shape[0]
    order = np.argsort(scores, axis=0, kind="stable")
    levels = np.broadcast_to(
        ((np.arange(count) + 0.5) / count).reshape((count,) + (1,) * (scores.ndim - 1)), scores.shape
    )
    ranked = np.empty(scores.shape)
    np.put_along_axis(ranked, order, levels, axis=0)
    return ranked
