"""Learn once from a panel of short yearly series, then forecast any rows of it, in chunks of any size.

`learn_panel` keeps everything that is learned across series: weights of the methods and pools of past
errors. `panel_quantiles` turns rows into means and quantiles without draws; a row's numbers depend on that
row and on what was learned, never on its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.errors import ModelError
from forecast.estimators.baselines import filled
from forecast.estimators.known import KnownRows, common_end, found_rounding, joined_blur, plain_rows, rows_of
from forecast.estimators.points import METHODS, Points, rolling_points
from forecast.estimators.protocol import Array, History, Years
from forecast.estimators.rows import (
    ENDS,
    SHORT,
    STATUSES,
    Marks,
    Rows,
    lay_rows,
    refusals,
    rooted_rows,
)
from forecast.estimators.settle import across_steps, at_one_level, settled, sizes
from forecast.stats.change_growth import error_steps
from forecast.stats.class_variance import by_size, mean_size, relative_variance
from forecast.stats.defaults import QUANTILE_LEVELS, SHORT_SERIES, SeriesSettings
from forecast.stats.intervals import (
    ErrorPool,
    Scale,
    deviations,
    errors_by_origin,
    learn_pool,
    own_variance,
    size_classes,
)
from forecast.stats.paths import central_quantiles, lowered_centre


@dataclass(frozen=True, slots=True)
class PartLearning:
    """What was learned from the series of one scale.

    Args:
        weights: (4,) weights of `METHODS`.
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
        rounding: Step to which the values are rounded, 0 if to none.
        ends: Last year that enough series reach; those that do not are said to end early.
    """

    horizon: int
    rooted: PartLearning
    plain: PartLearning
    rounding: float
    ends: int


class PanelForecast(NamedTuple):
    """Forecasts of N rows.

    Args:
        mean: (N, H), NaN where a row failed.
        quantiles: (N, H, Q), NaN where a row failed.
        status: (N,) positions in `STATUSES`.
        flags: (N,) bit i set: `REASONS[i]` holds (see `reasons`).
        years: (N, REASONS) the year a reason names, 0 where there is none.
    """

    mean: Array
    quantiles: Array
    status: NDArray[np.uint8]
    flags: NDArray[np.uint32]
    years: Years


@dataclass(frozen=True, slots=True)
class Outlook:
    """Point and expected error of N rows for the H years behind their last value.

    Args:
        centre: (N, H) on the scale of the errors.
        deviation: (N, H) expected errors on that scale.
        classes: (N,) size classes.
        flags: (N,) what is unusual about the histories, bits of `REASONS`.
        years: (N, REASONS) its years.
    """

    centre: Array
    deviation: Array
    classes: NDArray[np.int_]
    flags: NDArray[np.uint32]
    years: Years


def learn_panel(
    panel: Sequence[History] | KnownRows | tuple[Array, Years],
    horizon: int,
    *,
    settings: SeriesSettings = SHORT_SERIES,
    non_negative: bool | None = None,
    counts: bool | None = None,
    rounding: float | None = None,
) -> PanelLearning:
    """Learn weights and errors from a panel.

    Args:
        panel: Histories, alone or laid side by side, or ``(grid, first)``: (N, T) yearly values with NaN for
            gaps and (N,) calendar years of column 0. Rows that cannot be forecast are left out.
        horizon: Years ahead, H >= 1.
        settings: Constants that are not learned.
        non_negative: See `forecast.estimators.series.forecast_series`.
        counts: See there.
        rounding: See there.

    Returns:
        What `panel_quantiles` needs.

    Raises:
        ModelError: Horizon below 1.
    """
    if horizon < 1:
        raise ModelError("Der Horizont muss mindestens 1 sein.", where=str(horizon))
    known = rows_of(panel)
    sound = np.flatnonzero(refusals(known.grid, non_negative) == 0)
    rooted = rooted_rows(known.grid, non_negative)[sound]
    if rounding is None:
        rounding = found_rounding(known.grid[sound], settings.least_rounded)
    parts = []
    for root in (True, False):
        mine = sound[rooted == root]
        if mine.size > settings.learn_most:  # evidence grows with years, not rows; by lot: rows have an order
            mine = np.sort(np.random.default_rng(mine.size).permutation(mine)[: settings.learn_most])
        grid, first, marks, blur = known.rows(mine)
        blur = joined_blur(blur, rounding, len(grid))
        rows = lay_rows(grid, first, root, counts, settings, marks=marks, blur=blur)
        parts.append(_learn_part(at_one_level(rows), horizon, settings))
    ends = common_end(known.grid[sound], known.first[sound], settings.ending_share)
    return PanelLearning(horizon, parts[0], parts[1], rounding, ends)


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
    marks: Marks | None = None,
    blur: Array | None = None,
) -> PanelForecast:
    """Forecast rows given as arrays; see `known_quantiles`.

    Args:
        learning: From `learn_panel`.
        grid: (N, T) yearly values, NaN for gaps, before the start and after the end of a row.
        first: (N,) calendar year of column 0.
        horizon: See `known_quantiles`.
        levels: See there.
        settings: See there.
        non_negative: See there.
        counts: See there.
        marks: (N, T) known steps and pulses, see `forecast.estimators.rows.Rows`.
        blur: (N, T) variance of suppressed values, see `forecast.estimators.known.KnownRows`.
    """
    known = replace(plain_rows(grid, first), marks=marks, blur=blur)
    return known_quantiles(
        learning, known, horizon, levels=levels, settings=settings, non_negative=non_negative, counts=counts
    )


def known_quantiles(
    learning: PanelLearning,
    known: KnownRows,
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
        known: The rows with everything known about them.
        horizon: Years ahead of each row's own last observed value, at most that of ``learning``.
        levels: Rising probabilities of the quantiles.
        settings: As given to `learn_panel`.
        non_negative: As given to `learn_panel`.
        counts: As given to `learn_panel`.

    Returns:
        Means, quantiles, status and flags with their years.

    Raises:
        ModelError: The horizon is longer than what was learned.
    """
    if not 1 <= horizon <= learning.horizon:
        raise ModelError(
            "Für diesen Horizont wurde nicht gelernt.",
            where=str(horizon),
            expected=f"1 bis {learning.horizon}",
        )
    refused = refusals(known.grid, non_negative)
    status = np.where(refused == 0, 0, STATUSES.index("failed")).astype(np.uint8)
    mean = np.full((len(known.grid), horizon), np.nan)
    quantiles = np.full((len(known.grid), horizon, len(levels)), np.nan)
    flags, years = known.flags | refused, known.years.copy()
    sound = np.flatnonzero(refused == 0)
    rooted = rooted_rows(known.grid, non_negative)[sound]
    for root, part in ((True, learning.rooted), (False, learning.plain)):
        mine = sound[rooted == root]
        if not mine.size:
            continue
        rows, view = look_ahead(known, mine, root, learning, horizon, counts, settings)
        mean[mine], quantiles[mine] = central_quantiles(
            view.centre, view.deviation, rows.scale, view.classes, part.pool, np.asarray(levels)
        )
        status[mine[view.flags & SHORT > 0]] = STATUSES.index("short")
        flags[mine], years[mine] = view.flags, view.years
    return PanelForecast(mean, quantiles, status, flags, years)


def look_ahead(
    known: KnownRows,
    mine: NDArray[np.int_],
    root: bool,
    learning: PanelLearning,
    horizon: int,
    counts: bool | None,
    settings: SeriesSettings,
) -> tuple[Rows, Outlook]:
    """Return some sound rows of one scale and their outlook, with everything that is unusual about them."""
    grid, first, marks, blur = known.rows(mine)
    blur = joined_blur(blur, learning.rounding, mine.size)
    rows = lay_rows(grid, first, root, counts, settings, marks=marks, blur=blur)
    view = outlook(rows, learning.rooted if root else learning.plain, horizon, settings)
    flags, years = view.flags | known.flags[mine], np.maximum(view.years, known.years[mine])
    flags[(~np.isnan(rows.grid)).sum(axis=1) < settings.least_points] |= SHORT
    early = rows.first + rows.last < learning.ends
    flags[early] |= ENDS
    years[early, ENDS.bit_length() - 1] = learning.ends
    return rows, replace(view, flags=flags, years=years)


def learn_weights(
    grid: Array, first: Years, points: dict[str, Array], settings: SeriesSettings
) -> tuple[Array, int]:
    """Return the weights of `METHODS` and the number of origin years they rest on.

    ``w_m ∝ prior_m · (L_m / L_last)^(−evidence · Y²/(Y + doubt))`` with L the scaled absolute error, averaged
    within each calendar year first: series share the shocks of a year, so years are the unit of evidence.
    Y is their number divided by the mean horizon, since errors several years ahead overlap; few years,
    which may all belong to one boom, count for less than their share.
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
    some = means[0] > np.finfo(float).eps * max(means)
    relative = np.asarray(means) / means[0] if some else np.ones(len(means))
    horizon = points[METHODS[0]].shape[2]
    independent = 2 * years.size / (1 + min(horizon, max(grid.shape[1] - 1, 1)))
    strength = settings.evidence * independent**2 / (independent + settings.doubt)
    weights = prior * np.power(np.maximum(relative, np.finfo(float).eps), -strength)
    return weights / weights.sum(), int(years.size)


def outlook(rows: Rows, part: PartLearning, horizon: int, settings: SeriesSettings) -> Outlook:
    """Return point and expected error of every row behind its own last value."""
    s = settings.intervals
    settling = settled(rows, part.pool.relative_variance, settings)
    rows = settling.rows
    points = rolling_points(rows, horizon, settings, every=False)
    points.sse[:, 0] += settling.removed
    here = np.arange(len(rows.grid))
    level = np.abs(rows.grid[here, rows.last])[:, None]
    variance = _variance(rows.scale, points, level, part.pool.relative_variance, settings)
    ahead = deviations(variance, points.seen, rows.scale.noise, horizon, s.growth, s.few_points)[:, 0]
    ahead = np.sqrt(np.square(ahead) + settings.shifts.doubt * np.square(settling.leap)[:, None])
    classes = part.pool.classes(level[:, 0])
    lowered = lowered_centre(
        rows.scale.forward(points.average(part.weights)[:, 0]),
        ahead * part.pool.spread(classes)[:, :horizon],
        s.mean_share,
        rows.scale.root,
    )
    return Outlook(lowered, ahead, classes, settling.flags, settling.years)


def _learn_part(rows: Rows, horizon: int, settings: SeriesSettings) -> PartLearning:
    """Learn weights and errors from rows of one scale."""
    s, scale = settings.intervals, rows.scale
    points = rolling_points(rows, horizon, settings, every=True)
    weights, years = learn_weights(rows.grid, rows.first, points.methods, settings)
    average = points.average(weights)
    z, centre = scale.forward(rows.grid), scale.forward(average)
    level = np.abs(filled(rows.grid))
    relative = _relative(rows, z, centre, level, settings)
    variance = _variance(scale, points, level, relative, settings)
    deviation = deviations(variance, points.seen, scale.noise, horizon, s.growth, s.few_points)
    errors = errors_by_origin(z, centre, s.least_origin)
    if rows.marks is not None:
        errors[across_steps(rows.marks, horizon)] = np.nan
    # where nothing has happened yet and nothing need happen, an error has no measure
    still = (scale.noise[:, None] == 0) & (sizes(scale, level) == 0)
    divisor = np.where(still[:, :, None] | (deviation <= 0), np.nan, deviation)
    calendar = (rows.first[:, None] + np.arange(rows.grid.shape[1])).astype(np.int_)
    end = (np.arange(len(rows.grid)), rows.last)
    steps = error_steps(
        z, variance[end], deviation[end], horizon, weight=s.change_weight, series=s.change_series
    )
    pool = learn_pool(errors / divisor, level, calendar, horizon, relative, s, steps)
    return PartLearning(weights, pool, years)


def _relative(rows: Rows, z: Array, centre: Array, level: Array, settings: SeriesSettings) -> Array:
    """Return σ² by size class; from changes between points where no one-step error is known."""
    s = settings.intervals
    size, noise = sizes(rows.scale, level), rows.scale.noise
    errors = errors_by_origin(z, centre[:, :, :1], 2)[:, :, 0]
    found = relative_variance(errors, size, noise)
    least = 0.0
    if np.isnan(found).all():
        errors = np.diff(rows.scale.forward(filled(rows.grid)), axis=1, prepend=np.nan)
        found = relative_variance(errors, size, noise)
        least = s.fallback_growth**2
    if np.isnan(found).all():
        return np.full(len(s.class_edges) + 1, least)
    classes = size_classes(level[np.arange(len(level)), rows.last], s.class_edges)
    small = s.small if rows.scale.root.any() else 0.0
    usual = mean_size(errors, size)
    return np.maximum(by_size(found, classes, s.class_edges, s.class_weight, size=usual, small=small), least)


def _variance(scale: Scale, points: Points, level: Array, relative: Array, settings: SeriesSettings) -> Array:
    """Return the expected one-step variance at every column of ``points``, (N, K)."""
    s = settings.intervals
    mine = relative[size_classes(level, s.class_edges)]
    return own_variance(points.sse, points.seen, sizes(scale, level), scale.noise, mine, s.own_weight)
