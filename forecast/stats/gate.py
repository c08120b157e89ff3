"""How the members of a bank are averaged: tempered likelihood times a prior learned from public series.

The prior is tied: a member's prior logit is a bilinear form in a few features of the series and a few
properties of the member, so that some hundred numbers describe any bank and any series.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.stats.operators import Fits, Members

Array = NDArray[np.float64]

#: Features of a series at an origin, see `features`.
FEATURES = ("one", "length", "direction", "bounce", "counting", "recent", "restless", "sign", "steady")

#: Properties of a member, see `properties`.
PROPERTIES = (
    "alpha", "alpha_squared", "drift", "share", "line", "damped", "share_alpha",
    "holt", "holt_beta", "holt_phi", "holt_alpha", "holt_undamped",
)  # fmt: skip

_TYPICAL_LENGTH = 12.0
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Gate:
    """A learned prior over the members of a bank.

    Args:
        temperature: How far the in-sample fit is trusted at 12 observed values.
        lengthening: Exponent with which this changes with the number of observed values.
        coefficients: (FEATURES, PROPERTIES).
        floor: Share of the mean squared error added to every member's before weighing, so that two or three
            points that happen to lie on a line do not decide alone.
        noise_floor: Share of the counting noise a mean squared error is not believed to undercut.
    """

    temperature: float
    lengthening: float
    coefficients: Array
    floor: float
    noise_floor: float


def properties(members: Members) -> Array:
    """Return the properties of the members, (G, PROPERTIES)."""
    holt = members.holt
    drift = (1 - holt) * (members.share > 0)
    alpha = members.alpha - 0.6
    share = (1 - holt) * members.share
    return np.stack(
        [
            alpha,
            alpha**2,
            drift,
            share,
            members.line,
            drift * (members.damping < 1),
            share * alpha,
            holt,
            members.beta_share,
            holt * members.damping,
            holt * alpha,
            holt * (members.damping == 1),
        ],
        axis=1,
    )


def features(values: Array, z: Array, noise: Array, root: NDArray[np.bool_], *, every: bool = True) -> Array:
    """Return the features of every series at every column, (N, T, FEATURES), or at the last one, (N, 1, …).

    From the changes d between neighbouring observed z up to the column: their number, ``|Σd|/Σ|d|``,
    ``Σd·d₋₁/Σd²``, the share of counting noise ``2·noise/mean d²``, the mean of the last three against the
    root mean square in the direction of Σd, the logarithm of the relative size of a change, the sign of Σd,
    and the t-value of the mean change. Each is shifted and scaled to be of order one.

    Args:
        values: (N, T) values.
        z: (N, T) values on the scale of the smoothers, NaN for gaps.
        noise: (N,) variance of counting noise on that scale.
        root: (N,) root scale.
        every: All columns.
    """
    at = slice(None) if every else slice(-1, None)
    changes, before = _changes(z)
    seen = (~np.isnan(z)).cumsum(axis=1)[:, at]
    steps = np.maximum(seen - 1, 1)
    total = np.cumsum(changes, axis=1)[:, at]
    squares = np.cumsum(changes**2, axis=1)[:, at]
    path = np.cumsum(np.abs(changes), axis=1)[:, at]
    bounces = np.cumsum(changes * before, axis=1)[:, at]
    mean_square = squares / steps + _TINY
    scale = np.sqrt(mean_square)
    sign = np.sign(total)
    size = np.maximum(np.abs(_carried(values)[:, at]), 0.5)
    relative = scale / np.where(root[:, None], np.sqrt(size), size)
    mean = total / steps
    variance = np.maximum(mean_square - mean**2, _TINY)
    steady = np.minimum(np.abs(mean) / np.sqrt(variance / steps + _TINY), 6.0)
    columns = [
        np.ones(seen.shape),
        np.log(np.maximum(seen, 1) / _TYPICAL_LENGTH),
        np.abs(total) / (path + _TINY) - 0.4,
        bounces / (squares + _TINY),
        np.minimum(2 * noise[:, None] / mean_square, 1.0) - 0.2,
        _recent(changes, ~np.isnan(z))[:, at] * sign / scale - 0.3,
        (np.log(np.minimum(relative, 1e3) + 1e-3) + 2.5) / 1.5,
        sign,
        steady / 3 - 0.6,
    ]
    return np.stack(columns, axis=2)


def likelihood(fits: Fits, seen: Array, noise: Array, gate: Gate) -> Array:
    """Return ``−(n/2)·log(mean squared error)`` of every fit, floors added, (D, N).

    Args:
        fits: State behind one column.
        seen: (N,) observed values up to there, n.
        noise: (N,) counting noise.
        gate: Its floors.
    """
    square = fits.sse / seen
    square = square + gate.floor * square.mean(axis=0)
    largest = square.max(axis=0)
    square = np.maximum(square, gate.noise_floor * noise + _TINY * largest + np.finfo(np.float64).tiny)
    return np.asarray(-(seen / 2) * np.log(square))


def learned_weights(
    fit_scores: Array, seen: Array, traits: Array, gate: Gate, members: Members, held: Array
) -> Array:
    """Return the weights of the members, (G, N): softmax of τ(n)·likelihood + learned prior.

    Args:
        fit_scores: (D, N) from `likelihood`.
        seen: (N,) observed values n; ``τ(n) = temperature·(n/12)^lengthening``.
        traits: (N, FEATURES).
        gate: The prior.
        members: Of the bank.
        held: (G, PROPERTIES) of the members.
    """
    slopes = held @ gate.coefficients.T  # (G, FEATURES)
    logits = (gate.temperature * np.power(seen / _TYPICAL_LENGTH, gate.lengthening) * fit_scores)[members.fit]
    for place in range(traits.shape[1]):
        logits += slopes[:, place, None] * traits[:, place]
    return softmax(logits)


def softmax(logits: Array) -> Array:
    """Return ``exp(x) / Σ exp(x)`` along the first axis."""
    powers = np.exp(logits - logits.max(axis=0))
    return np.asarray(powers / powers.sum(axis=0))


def averaged(fits: Fits, weights: Array, members: Members, horizon: int) -> tuple[Array, Array]:
    """Return forecasts (N, H) and the mean squared-error sum (N,) under weights of the members (G, N).

    ``ŷ_h = Σ w·level + Σ_φ (Σ_{members with φ} w·slope)·(φ + … + φ^h)``
    """
    level = (weights * fits.level[members.fit]).sum(axis=0)
    pull = weights * fits.slope[members.fit]
    result = np.repeat(level[:, None], horizon, axis=1)
    for damping in np.unique(members.damping):
        slope = pull[members.damping == damping].sum(axis=0)
        result += slope[:, None] * np.cumsum(damping ** np.arange(1, horizon + 1))
    return result, (weights * fits.sse[members.fit]).sum(axis=0)


def _changes(z: Array) -> tuple[Array, Array]:
    """Return changes from the previous observed value and the change before each; 0 where there is none."""
    known = ~np.isnan(z)
    carried = _carried(z)
    changes = np.zeros(z.shape)
    changes[:, 1:] = np.where(known[:, 1:], carried[:, 1:] - carried[:, :-1], 0.0)
    place = np.maximum.accumulate(np.where(known, np.arange(z.shape[1]), 0), axis=1)
    before = np.zeros(z.shape)
    before[:, 1:] = np.take_along_axis(changes, place[:, :-1], axis=1)
    return changes, before


def _recent(changes: Array, known: NDArray[np.bool_]) -> Array:
    """Return the mean of the last up to three changes at every column, over observed columns only."""
    if known.all():
        padded = np.pad(changes, ((0, 0), (2, 0)))
        filled = np.clip(np.arange(changes.shape[1]), 1, 3)
        return np.asarray((padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]) / filled)
    latest = np.zeros((len(changes), 3))
    count = np.zeros((len(changes), 1))
    result = np.zeros(changes.shape)
    for column in range(1, changes.shape[1]):
        here = known[:, column, None]
        moved = np.concatenate([latest[:, 1:], changes[:, column, None]], axis=1)
        latest = np.where(here, moved, latest)
        count = np.minimum(count + here, 3)
        result[:, column] = (latest[:, 0] + latest[:, 1] + latest[:, 2]) / np.maximum(count[:, 0], 1)
    return result


def _carried(values: Array) -> Array:
    """Return the last observed value at every column."""
    columns = np.where(np.isnan(values), 0, np.arange(values.shape[1]))
    return np.asarray(np.take_along_axis(values, np.maximum.accumulate(columns, axis=1), axis=1))
