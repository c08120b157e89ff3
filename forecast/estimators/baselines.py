"""The fixed yardsticks: last value, mean of three, drift, damped drift, simple smoothing, their combination.

Every method exists once, for many series and all rolling origins (`RollingForecaster`); `point` applies one
of them to a single history. Gaps are NaN: a method sees the observed values with their years and counts the
horizon from the last observed year.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from forecast.errors import ModelError
from forecast.estimators.protocol import Array, Years

#: Order in which methods are listed in tables.
BASELINES: Final = ("last", "mean3", "drift", "damped_drift", "ses", "combination")


def last_value(values: Array, horizon: int) -> Array:
    """Return the last observed value for every year ahead: ``ŷ[t+h] = y[t]``.

    Args:
        values: (N, T) yearly values, column 0 observed.
        horizon: Years ahead, H.

    Returns:
        (N, T, H) forecasts.
    """
    return _flat(_forward(values), horizon)


def mean_of_recent(values: Array, horizon: int, *, count: int) -> Array:
    """Return the mean of the last ``count`` observed values (of fewer, where there are fewer).

    Args:
        values: (N, T) yearly values, column 0 observed.
        horizon: Years ahead, H.
        count: Number of observed values, >= 1.

    Returns:
        (N, T, H) forecasts.
    """
    latest = np.full((len(values), count), np.nan)
    level = np.empty(values.shape)
    for column in range(values.shape[1]):
        value = values[:, column, None]
        latest = np.where(np.isnan(value), latest, np.concatenate([latest[:, 1:], value], axis=1))
        known = ~np.isnan(latest)
        level[:, column] = np.where(known, latest, 0).sum(axis=1) / known.sum(axis=1)
    return _flat(level, horizon)


def drift(values: Array, horizon: int, *, damping: float) -> Array:
    """Continue the mean change since the first value: ``ŷ[t+h] = y[t] + b·(φ + … + φ^h)``.

    ``b = (y[t] − y[0]) / t`` over observed years; φ = 1 is the plain drift.

    Args:
        values: (N, T) yearly values, column 0 observed.
        horizon: Years ahead, H.
        damping: φ in (0, 1].

    Returns:
        (N, T, H) forecasts.
    """
    level = _forward(values)
    columns = np.arange(values.shape[1])
    when = np.maximum.accumulate(np.where(np.isnan(values), 0, columns), axis=1)
    slope = (level - values[:, :1]) / np.maximum(when, 1)
    reach = np.cumsum(np.power(damping, np.arange(1, horizon + 1)))
    return np.asarray(level[:, :, None] + slope[:, :, None] * reach)


def simple_smoothing(values: Array, horizon: int, *, alphas: Sequence[float]) -> Array:
    """Return the level ``l[t] = l[t−1] + α·(y[t] − l[t−1])``, ``l[0] = y[0]``, flat over the horizon.

    At each origin the α with the smallest sum of squared one-step errors so far is used (the largest such
    α among equals, so that a constant or new series keeps its last value). Gaps leave the level unchanged.

    Args:
        values: (N, T) yearly values, column 0 observed.
        horizon: Years ahead, H.
        alphas: Candidates in (0, 1].

    Returns:
        (N, T, H) forecasts.
    """
    grid = np.sort(np.asarray(alphas))[::-1]
    level = np.repeat(values[:, :1], grid.size, axis=1)
    squares = np.zeros(level.shape)
    result = np.empty(values.shape)
    rows = np.arange(len(values))
    for column in range(values.shape[1]):
        error = np.where(np.isnan(values[:, column, None]), 0, values[:, column, None] - level)
        squares += error**2
        level = level + grid * error
        result[:, column] = level[rows, squares.argmin(axis=1)]
    return _flat(result, horizon)


def rolling_baselines(
    values: Array, horizon: int, *, damping: float, alphas: Sequence[float], recent: int = 3
) -> dict[str, Array]:
    """Return all baselines and their combination ``mean(last, ses, damped_drift)``.

    Args:
        values: (N, T) yearly values, column 0 observed.
        horizon: Years ahead, H.
        damping: φ of the damped drift.
        alphas: Candidates of the simple smoothing.
        recent: Number of values in the short mean.

    Returns:
        Name → (N, T, H), in the order of `BASELINES`.
    """
    found = {
        "last": last_value(values, horizon),
        "mean3": mean_of_recent(values, horizon, count=recent),
        "drift": drift(values, horizon, damping=1),
        "damped_drift": drift(values, horizon, damping=damping),
        "ses": simple_smoothing(values, horizon, alphas=alphas),
    }
    parts = [found["last"], found["ses"], found["damped_drift"]]
    found["combination"] = np.asarray(sum(parts[1:], start=parts[0]) / len(parts))
    return found


def point(
    name: str, years: Years, values: Array, horizon: int, *, damping: float, alphas: Sequence[float]
) -> Array:
    """Continue one history by one of the `BASELINES`.

    Args:
        name: One of `BASELINES`.
        years: (T,) years in any order.
        values: (T,) values, NaN for gaps.
        horizon: Years ahead of the last observed year, H >= 1.
        damping: φ of the damped drift.
        alphas: Candidates of the simple smoothing.

    Returns:
        (H,) values.

    Raises:
        ModelError: Unknown method, or no observed value.

    Example:
        >>> point("drift", np.array([2020, 2022]), np.array([10.0, 14.0]), 2, damping=1, alphas=(1,)).tolist()
        [16.0, 18.0]
    """
    if name not in BASELINES:
        raise ModelError(f"Unbekanntes Verfahren «{name}».", expected=", ".join(BASELINES))
    grid, _ = left_aligned([(years, values)])
    last = int(np.flatnonzero(~np.isnan(grid[0]))[-1])
    methods: Mapping[str, Callable[[], Array]] = {
        "last": lambda: last_value(grid, horizon),
        "drift": lambda: drift(grid, horizon, damping=1),
        "damped_drift": lambda: drift(grid, horizon, damping=damping),
        "ses": lambda: simple_smoothing(grid, horizon, alphas=alphas),
    }
    if name in methods:
        found = methods[name]()
    else:
        found = rolling_baselines(grid, horizon, damping=damping, alphas=alphas)[name]
    return np.asarray(found[0, last])


def left_aligned(histories: Sequence[tuple[Years, Array]]) -> tuple[Array, Years]:
    """Lay histories side by side: column c of a row is the c-th year since its first observed one.

    Args:
        histories: Pairs (years, values) with at least one observed value each.

    Returns:
        ``(grid, first)``: (N, T) values with NaN for gaps and after the end, and (N,) first years.

    Raises:
        ModelError: A history has no observed value.
    """
    first = np.empty(len(histories), dtype=np.int_)
    kept = []
    for row, (years, values) in enumerate(histories):
        known = np.isfinite(values)
        if not known.any():
            raise ModelError("Eine Reihe ohne beobachteten Wert kann nicht fortgeschrieben werden.")
        seen_years = np.asarray(years)[known].astype(np.int_)
        first[row] = seen_years.min()
        kept.append((seen_years - first[row], np.asarray(values)[known]))
    width = max((int(columns.max()) + 1 for columns, _ in kept), default=0)
    grid = np.full((len(kept), width), np.nan)
    for row, (columns, seen) in enumerate(kept):
        grid[row, columns] = seen
    return grid, first


def filled(grid: Array) -> Array:
    """Return the grid with gaps filled by the last observed value; what lies behind the end stays NaN."""
    observed = ~np.isnan(grid)
    columns = np.arange(grid.shape[1])
    latest = np.maximum.accumulate(np.where(observed, columns, 0), axis=1)
    inside = observed[:, ::-1].cumsum(axis=1)[:, ::-1] > 0
    return np.where(inside, np.take_along_axis(grid, latest, axis=1), np.nan)


def _forward(values: Array) -> Array:
    """Return the last observed value at every column."""
    columns = np.where(np.isnan(values), 0, np.arange(values.shape[1]))
    latest = np.maximum.accumulate(columns, axis=1)
    return np.asarray(np.take_along_axis(values, latest, axis=1))


def _flat(level: Array, horizon: int) -> Array:
    """Repeat a level (N, T) over the horizon."""
    return np.repeat(level[:, :, None], horizon, axis=2)
