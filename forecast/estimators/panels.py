"""Learn once from a panel of short yearly series, then forecast any rows of it, in chunks of any size.

`learn_panel` keeps everything that is learned across series: weights of the methods and pools of past
errors. `panel_quantiles` turns rows into means and quantiles without draws; a row's numbers depend on that
row and on what was learned, never on its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from forecast.errors import ModelError
from forecast.estimators.baselines import filled, rolling_baselines
from forecast.estimators.protocol import Array, History, Years
from forecast.estimators.rows import SHORT, STATUSES, Rows, as_grid, lay_rows, refusals, rooted_rows
from forecast.stats.defaults import QUANTILE_LEVELS, SHORT_SERIES, SeriesSettings
from forecast.stats.intervals import (
    ErrorPool,
    Scale,
    deviations,
    errors_by_origin,
    learn_pool,
    one_step_variance,
    relative_variance,
)
from forecast.stats.operators import bank_paths
from forecast.stats.paths import central_quantiles, lowered_centre

#: Methods averaged into the production forecast, in the order of `SeriesSettings.prior`.
METHODS: Final = ("last", "combination", "bank")


@dataclass(frozen=True, slots=True)
class PartLearning:
    """What was learned from the series of one scale.

    Args:
        weights: (3,) weights of `METHODS`.
        pool: Errors of the weighted average.
        origin_years: Number of calendar years whose forecasts could be checked.
    """

    weights: Array
    pool: ErrorPool
    origin_years: int


@dataclass(frozen=True, slots=True)
class PanelLearning:
    """Everything learned across series; small, and can be sent to other processes.

    Args:
        horizon: Years ahead it holds for.
        rooted: From series that cannot be negative.
        plain: From the others.
    """

    horizon: int
    rooted: PartLearning
    plain: PartLearning


class PanelForecast(NamedTuple):
    """Forecasts of N rows.

    Args:
        mean: (N, H), NaN where a row failed.
        quantiles: (N, H, Q), NaN where a row failed.
        status: (N,) positions in `STATUSES`.
        flags: (N,) bit i set: `REASONS[i]` holds (see `reasons`).
    """

    mean: Array
    quantiles: Array
    status: NDArray[np.uint8]
    flags: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Outlook:
    """Point and expected error of N rows for the H years behind their last value.

    Args:
        centre: (N, H) on the scale of the errors.
        deviation: (N, H) expected errors on that scale.
        classes: (N,) size classes.
    """

    centre: Array
    deviation: Array
    classes: NDArray[np.int_]


def learn_panel(
    panel: Sequence[History] | tuple[Array, Years],
    horizon: int,
    *,
    settings: SeriesSettings = SHORT_SERIES,
    non_negative: bool | None = None,
    counts: bool | None = None,
) -> PanelLearning:
    """Learn weights and errors from a panel.

    Args:
        panel: Histories, or ``(grid, first)``: (N, T) yearly values with NaN for gaps and (N,) calendar
            years of column 0. Rows that cannot be forecast are left out.
        horizon: Years ahead, H >= 1.
        settings: Constants that are not learned.
        non_negative: See `forecast.estimators.series.forecast_series`.
        counts: See there.

    Returns:
        What `panel_quantiles` needs.

    Raises:
        ModelError: Horizon below 1.
    """
    if horizon < 1:
        raise ModelError("Der Horizont muss mindestens 1 sein.", where=str(horizon))
    grid, first = _grid_of(panel)
    sound = np.flatnonzero(refusals(grid, non_negative) == 0)
    rooted = rooted_rows(grid, non_negative)[sound]
    parts = []
    for root in (True, False):
        rows = lay_rows(grid[sound[rooted == root]], first[sound[rooted == root]], root, counts, settings)
        parts.append(_learn_part(rows, horizon, settings))
    return PanelLearning(horizon, *parts)


def panel_quantiles(
    learning: PanelLearning,
    grid: Array,
    first: Years,
    horizon: int,
    *,
    levels: Sequence[float] = QUANTILE_LEVELS,
    settings: SeriesSettings = SHORT_SERIES,
    non_negative: bool | None = None,
    counts: bool | None = None,
) -> PanelForecast:
    """Forecast rows from what was learned; the same bytes however rows are chunked.

    Args:
        learning: From `learn_panel`.
        grid: (N, T) yearly values, NaN for gaps, before the start and after the end of a row.
        first: (N,) calendar year of column 0.
        horizon: Years ahead of each row's own last observed value, at most that of ``learning``.
        levels: Rising probabilities of the quantiles.
        settings: As given to `learn_panel`.
        non_negative: As given to `learn_panel`.
        counts: As given to `learn_panel`.

    Returns:
        Means, quantiles, status and flags.

    Raises:
        ModelError: The horizon is longer than what was learned.
    """
    if not 1 <= horizon <= learning.horizon:
        raise ModelError(
            "Für diesen Horizont wurde nicht gelernt.",
            where=str(horizon),
            expected=f"1 bis {learning.horizon}",
        )
    values = np.asarray(grid, dtype=np.float64)
    flags = refusals(values, non_negative)
    status = np.where(flags == 0, 0, STATUSES.index("failed")).astype(np.uint8)
    mean = np.full((len(values), horizon), np.nan)
    quantiles = np.full((len(values), horizon, len(levels)), np.nan)
    sound = np.flatnonzero(flags == 0)
    rooted = rooted_rows(values, non_negative)[sound]
    for root, part in ((True, learning.rooted), (False, learning.plain)):
        mine = sound[rooted == root]
        if not mine.size:
            continue
        rows = lay_rows(values[mine], np.asarray(first)[mine], root, counts, settings)
        view = outlook(rows, part, horizon, settings)
        mean[mine], quantiles[mine] = central_quantiles(
            view.centre, view.deviation, rows.scale, view.classes, part.pool, np.asarray(levels)
        )
        short = (~np.isnan(rows.grid)).sum(axis=1) < settings.least_points
        status[mine[short]] = STATUSES.index("short")
        flags[mine[short]] |= SHORT
    return PanelForecast(mean, quantiles, status, flags)


def rolling_points(grid: Array, horizon: int, settings: SeriesSettings, scale: Scale) -> dict[str, Array]:
    """Return all baselines and the bank at every origin: name → (N, T, H), never below zero where barred.

    Args:
        grid: (N, T) values, column 0 observed, NaN for gaps and after the end.
        horizon: H.
        settings: Constants.
        scale: Scale on which the bank smooths.
    """
    points = rolling_baselines(grid, horizon, damping=settings.damping, alphas=settings.alphas)
    points["bank"] = scale.back(bank_paths(scale.forward(grid), settings.bank, horizon))
    floor = np.where(scale.root, 0, -np.inf)[:, None, None]
    return {name: np.maximum(values, floor) for name, values in points.items()}


def learn_weights(
    grid: Array, first: Years, points: dict[str, Array], settings: SeriesSettings
) -> tuple[Array, int]:
    """Return the weights of `METHODS` and the number of origin years they rest on.

    ``w_m ∝ prior_m · (L_m / L_last)^(−evidence · Y)`` with L the scaled absolute error, averaged within each
    calendar year first: series share the shocks of a year, so years are the unit of evidence. Y is their
    number divided by the mean horizon, since errors several years ahead overlap.
    """
    prior = np.asarray(settings.prior)
    steps = np.abs(np.diff(filled(grid), axis=1))
    moved = ~np.isnan(steps)
    size = np.where(moved, steps, 0).sum(axis=1) / np.maximum(moved.sum(axis=1), 1)
    usable = size > 0
    if not usable.any():
        return prior / prior.sum(), 0
    losses = []
    calendar = (first[:, None] + np.arange(grid.shape[1]))[usable]
    for name in METHODS:
        errors = errors_by_origin(grid[usable], points[name][usable], settings.intervals.least_origin)
        known = ~np.isnan(errors)
        scaled = np.where(known, np.abs(errors), 0).sum(axis=2) / size[usable, None]
        count = known.sum(axis=2)
        losses.append((scaled, count))
    years, index = np.unique(calendar[losses[0][1] > 0], return_inverse=True)
    if not years.size:
        return prior / prior.sum(), 0
    seen = losses[0][1] > 0
    means = [np.mean(np.bincount(index, s[seen]) / np.bincount(index, c[seen])) for s, c in losses]
    relative = np.asarray(means) / means[0] if means[0] > 0 else np.ones(len(means))
    horizon = points[METHODS[0]].shape[2]
    independent = 2 * years.size / (1 + min(horizon, max(grid.shape[1] - 1, 1)))
    weights = prior * np.power(np.maximum(relative, np.finfo(float).eps), -settings.evidence * independent)
    return weights / weights.sum(), int(years.size)


def outlook(rows: Rows, part: PartLearning, horizon: int, settings: SeriesSettings) -> Outlook:
    """Return point and expected error of every row behind its own last value."""
    s = settings.intervals
    average = _average(rows, part.weights, horizon, settings)
    here = np.arange(len(rows.grid))
    _, variance = _one_step(rows, average[:, :, :1], settings, part.pool.relative_variance)
    deviation = deviations(
        variance[here, rows.last][:, None], rows.scale.noise, part.pool.widening.size, s.growth
    )
    classes = part.pool.classes(np.abs(rows.grid[here, rows.last]))
    ahead = deviation[:, 0, :horizon]
    lowered = lowered_centre(
        rows.scale.forward(average[here, rows.last]),
        ahead * part.pool.spread(classes)[:, :horizon],
        part.pool.widening[:horizon],
        rows.scale.root,
    )
    return Outlook(lowered, ahead, classes)


def _average(rows: Rows, weights: Array, horizon: int, settings: SeriesSettings) -> Array:
    """Return the weighted average of `METHODS` at every origin, (N, T, H)."""
    points = rolling_points(rows.grid, horizon, settings, rows.scale)
    return np.asarray(sum(w * points[name] for w, name in zip(weights, METHODS, strict=True)))


def _learn_part(rows: Rows, horizon: int, settings: SeriesSettings) -> PartLearning:
    """Learn weights and errors from rows of one scale."""
    s = settings.intervals
    points = rolling_points(rows.grid, horizon, settings, rows.scale)
    weights, years = learn_weights(rows.grid, rows.first, points, settings)
    average = np.asarray(sum(w * points[name] for w, name in zip(weights, METHODS, strict=True)))
    relative, variance = _one_step(rows, average[:, :, :1], settings, None)
    deviation = deviations(variance, rows.scale.noise, horizon, s.growth)
    errors = errors_by_origin(rows.scale.forward(rows.grid), rows.scale.forward(average), s.least_origin)
    divisor = np.where(deviation > 0, deviation, 1)
    calendar = (rows.first[:, None] + np.arange(rows.grid.shape[1])).astype(np.int_)
    level = np.abs(filled(rows.grid))
    return PartLearning(weights, learn_pool(errors / divisor, level, calendar, horizon, relative, s), years)


def _one_step(
    rows: Rows, average: Array, settings: SeriesSettings, relative: float | None
) -> tuple[float, Array]:
    """Return σ² of the panel (learned here if None) and the expected one-step variance (N, T)."""
    s, scale = settings.intervals, rows.scale
    z = scale.forward(rows.grid)
    one_step = errors_by_origin(z, scale.forward(average), 2)[:, :, 0]
    level = np.abs(filled(rows.grid))
    size = np.where(scale.root[:, None], level, np.square(level))
    if relative is None:
        relative = relative_variance(one_step, size, scale.noise)
    if not np.isfinite(relative):  # no one-step error is known: take the changes from point to point
        steps = np.diff(scale.forward(filled(rows.grid)), axis=1, prepend=np.nan)
        changed = relative_variance(steps, size, scale.noise)
        relative = max(s.fallback_growth**2, changed if np.isfinite(changed) else 0)
    return relative, one_step_variance(one_step, size, scale.noise, relative, s.own_weight)


def _grid_of(panel: Sequence[History] | tuple[Array, Years]) -> tuple[Array, Years]:
    """Return ``(grid, first)`` of either form of a panel."""
    if isinstance(panel, tuple) and len(panel) == 2 and isinstance(panel[0], np.ndarray):
        return np.asarray(panel[0], dtype=np.float64), np.asarray(panel[1])
    return as_grid(cast("Sequence[History]", panel))
