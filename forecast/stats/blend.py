"""The bank under both ways of averaging, for rows of any length: what is forecast and how well it fitted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.stats.gate import (
    Gate,
    averaged,
    features,
    learned_weights,
    likelihood,
    properties,
    softmax,
)
from forecast.stats.operators import BLOCK, LANE, Bank, members, rolling_fits

Array = NDArray[np.float64]
Index = NDArray[np.int_]


@dataclass(frozen=True, slots=True)
class Blend:
    """Forecasts on the scale of the smoothers.

    Args:
        learned: (N, K, H) average under the learned prior.
        theta: (N, K, H) average of the drift family by likelihood alone.
        level: (N, K, 1) average of the simple smoothers by likelihood alone.
        sse: (N, K) mean sum of squared one-step errors behind ``learned``.
    """

    learned: Array
    theta: Array
    level: Array
    sse: Array


def blend_rows(
    values: Array,
    z: Array,
    noise: Array,
    root: NDArray[np.bool_],
    bank: Bank,
    gate: Gate,
    horizon: int,
    *,
    every: bool,
) -> Blend:
    """Return the blend at every column (K = T) or at the last observed one of each row (K = 1).

    Args:
        values: (N, T) values, column 0 observed, NaN for gaps and after the end.
        z: (N, T) the same on the scale of the smoothers.
        noise: (N,) variance of counting noise on that scale.
        root: (N,) root scale.
        bank: The smoothers.
        gate: The learned prior.
        horizon: H.
        every: All columns; only observed ones have a meaning then.
    """
    series, years = values.shape
    width = years if every else 1
    learned, theta = np.empty((series, width, horizon)), np.empty((series, width, horizon))
    level, sse = np.empty((series, width, 1)), np.empty((series, width))
    kinds = members(bank)
    held = properties(kinds)
    flat = np.flatnonzero(kinds.holt == 0)  # the drift family: the un-learned theta bank
    simple = slice(0, bank.alphas.size)
    for rows, length in _blocks(z, every):
        # rows are repeated up to whole lanes: sums must not depend on how many series stand here
        block = np.resize(rows, -(-rows.size // LANE) * LANE)
        part, here = values[block, :length], z[block, :length]
        traits = features(part, here, noise[block], root[block], every=every)
        seen = np.cumsum(~np.isnan(here), axis=1).astype(np.float64)
        for column, fits in rolling_fits(here, bank, every=every):
            place = column if every else 0
            score = likelihood(fits, seen[:, column], noise[block], gate)
            weights = learned_weights(score, seen[:, column], traits[:, place], gate, kinds, held)
            point, square = averaged(fits, weights, kinds, horizon)
            plain = np.zeros(weights.shape)
            plain[flat] = softmax(score[kinds.fit[flat]])
            unlearned, _ = averaged(fits, plain, kinds, horizon)
            count = rows.size
            learned[rows, place], theta[rows, place] = point[:count], unlearned[:count]
            level[rows, place, 0] = (softmax(score[simple]) * fits.level[simple]).sum(axis=0)[:count]
            sse[rows, place] = square[:count]
    return Blend(learned, theta, level, sse)


def _blocks(z: Array, every: bool) -> Iterator[tuple[Index, int]]:
    """Yield rows computed together and their number of columns: equal length, with or without gaps."""
    observed = ~np.isnan(z)
    series, years = z.shape
    if every:
        keys = np.full(series, years)
    else:
        length = years - observed[:, ::-1].argmax(axis=1)
        keys = 2 * length + (observed.sum(axis=1) < length)
    for key in np.unique(keys):
        rows = np.flatnonzero(keys == key)
        for start in range(0, rows.size, BLOCK):
            yield rows[start : start + BLOCK], int(key if every else key // 2)
