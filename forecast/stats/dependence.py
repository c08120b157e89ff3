"""Which draws of different series belong together: an aggregate and its leaves speak of the same future.

Series are forecast one by one. Before whole draws are reconciled, their order is settled here; no value of
any series in any year changes, only the draw it stands in.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import ndtri

from forecast.stats.draws import stratify

Array = NDArray[np.float64]
Sparse = Any  # scipy.sparse carries no types

_STRONGEST_PULL: Final = 4.0  # leaves then rise and fall all but together
_BISECTIONS: Final = 6
_WIDE_ENOUGH: Final = 1e-6  # relative; a sum that already agrees is not reordered for a rounding


def align_draws(draws: Array, aggregation: Sparse) -> Array:
    """Return the draws with those of every aggregate reordered to run with the sum of its leaves.

    An aggregate and its leaves are forecast one by one, so that their draws know nothing of each other, while
    their errors are largely the same error seen twice. Projecting unrelated draws would average this error
    away and make all ranges too narrow. Here, year by year, the values of the aggregate change places until
    they rank as the leaves' sums do: each year keeps its values, the dependence between years becomes that
    of the sums, and leaves are not touched.

    Args:
        draws: (D, n, H), aggregates first.
        aggregation: A (m, l).

    Returns:
        (D, n, H).

    Source of method: reordering by a template of ranks, Clark and others (2004).

    Example:
        >>> pair = np.array([[[9.0], [3.0], [1.0]], [[6.0], [4.0], [2.0]]])  # sums 4 and 6
        >>> align_draws(pair, np.array([[1.0, 1.0]]))[:, 0, 0].tolist()
        [6.0, 9.0]
    """
    a = csr_array(aggregation, dtype=np.float64)
    m = a.shape[0]
    result = np.array(draws, dtype=np.float64)
    template = np.stack([a @ one[m:] for one in result])
    order = np.argsort(template, axis=0, kind="stable")
    np.put_along_axis(result[:, :m], order, np.sort(result[:, :m], axis=0), axis=0)
    return result


def tie_leaves(draws: Array, aggregation: Sparse) -> Array:
    """Return the draws with leaves that rise and fall together until their sum spreads as the aggregate does.

    The range of an aggregate holds what its leaves have in common; draws of leaves made one by one do not,
    and their sum is too narrow. For each aggregate, smallest first, and each year, leaves are reordered by
    ``z_i + κ z_S``, the normal score of their own rank plus κ times that of the sum; κ ≥ 0 is found by
    bisection. Every leaf keeps its values of every year. A sum that is already wide enough is left alone: a
    common rise is never taken away.

    Args:
        draws: (D, n, H), aggregates first.
        aggregation: A (m, l).

    Returns:
        (D, n, H); aggregates unchanged.
    """
    a = csr_array(aggregation, dtype=np.float64)
    m = a.shape[0]
    result = np.array(draws, dtype=np.float64)
    for row in np.argsort(np.diff(a.indptr), kind="stable").tolist():
        part = slice(a.indptr[row], a.indptr[row + 1])
        members, weights = m + a.indices[part], a.data[part]
        if len(members) > 1:
            result[:, members] = _tied(result[:, members], weights, result[:, row].std(axis=0))
    return result


def _tied(leaves: Array, weights: Array, target: Array) -> Array:
    """Reorder leaves (D, k, H) until the sd of their weighted sum reaches the target (H,), if it can."""

    def sums(values: Array) -> Array:
        return np.asarray(np.tensordot(values, weights, axes=(1, 0)))

    short = sums(leaves).std(axis=0) < target * (1 - _WIDE_ENOUGH)
    if not short.any():
        return leaves
    levels = np.sort(leaves, axis=0)
    scores = _normal_scores(leaves)
    common = _normal_scores(sums(leaves))[:, None]

    def reordered(pull: Array) -> Array:
        order = np.argsort(scores + pull * common, axis=0, kind="stable")
        values = np.empty(leaves.shape)
        np.put_along_axis(values, order, levels, axis=0)
        return values

    low, high = np.zeros(target.shape), np.full(target.shape, _STRONGEST_PULL)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        narrow = sums(reordered(middle)).std(axis=0) < target
        low, high = np.where(narrow, middle, low), np.where(narrow, high, middle)
    return reordered(np.where(short, low, 0))


def _normal_scores(values: Array) -> Array:
    """Return the standard normal quantile of each value's rank along the first axis."""
    return np.asarray(ndtri(stratify(values)))
