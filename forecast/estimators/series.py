"""The general forecaster for panels of short yearly series.

Point: average of last value, combination and smoothing bank, with weights learned from what each would have
earned at the rolling origins of the panel itself, anchored on fixed prior weights. Ranges: the errors this
average made at the same origins (see `forecast.stats.intervals`). Every series is continued from its own
last observed year, and its draws depend only on the seed, its key and the panel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from forecast.errors import ModelError
from forecast.estimators.baselines import filled, left_aligned, rolling_baselines
from forecast.estimators.protocol import Array, History, Years
from forecast.stats.defaults import SHORT_SERIES, SeriesSettings
from forecast.stats.draws import generator_for
from forecast.stats.intervals import (
    ErrorPool,
    Scale,
    deviations,
    errors_by_origin,
    learn_pool,
    lowered_centre,
    one_step_variance,
    relative_variance,
    sample_paths,
)
from forecast.stats.operators import bank_paths

Status = Literal["forecast", "short", "failed"]

#: Methods averaged into the production forecast, in the order of `SeriesSettings.prior`.
METHODS: Final = ("last", "combination", "bank")

_CHUNK: Final = 2000  # series smoothed at once; bounds memory, does not change results


@dataclass(frozen=True, slots=True)
class SeriesForecast:
    """What became of one history.

    Args:
        key: Name of the series.
        origin: Last observed year; None if there is none.
        years: (H,) years forecast; empty if the series failed.
        mean: (H,) mean over draws.
        draws: (D, H) coherent paths.
        status: "forecast"; "short": fewer points than a trend needs, the last value is kept with the
            panel's range; "failed": nothing could be said.
        reason: German sentence for "short" and "failed", otherwise empty.
    """

    key: str
    origin: int | None
    years: Years
    mean: Array
    draws: Array
    status: Status
    reason: str


@dataclass(frozen=True, slots=True)
class PanelFit:
    """What was learned from one panel.

    Args:
        weights: (3,) weights of `METHODS`.
        pool: Errors of the weighted average.
        origin_years: Number of calendar years whose forecasts could be checked.
    """

    weights: Array
    pool: ErrorPool
    origin_years: int


@dataclass(frozen=True, slots=True)
class _Group:
    """Series sharing one scale, side by side."""

    rows: tuple[int, ...]
    keys: tuple[str, ...]
    grid: Array
    first: Years
    last: NDArray[np.int_]
    scale: Scale


def forecast_series(
    histories: Sequence[History],
    horizon: int,
    *,
    draws: int,
    seed: int,
    settings: SeriesSettings = SHORT_SERIES,
    non_negative: bool | None = None,
    counts: bool | None = None,
) -> tuple[SeriesForecast, ...]:
    """Continue every history by ``horizon`` years with coherent draws.

    Args:
        histories: The panel; its series should measure the same kind of thing, since they share one pool.
        horizon: Years ahead of each series' own last observed year, H >= 1.
        draws: Number of draws, D >= 1.
        seed: Seed of the run.
        settings: Constants that are not learned.
        non_negative: Values cannot fall below zero; None decides per series by what was observed.
        counts: Ranges are never narrower than those of a Poisson count; None decides per series: whole
            numbers whose changes are not much smaller than a Poisson count's.

    Returns:
        One result per history, in the same order.

    Raises:
        ModelError: Horizon or draws below 1, or two histories with the same key.
    """
    if horizon < 1 or draws < 1:
        raise ModelError("Horizont und Zahl der Ziehungen müssen mindestens 1 sein.")
    if len({history.key for history in histories}) != len(histories):
        raise ModelError("Zwei Reihen tragen denselben Schlüssel.", remedy="Schlüssel eindeutig machen.")
    found: dict[int, SeriesForecast] = {}
    sound: list[int] = []
    for row, history in enumerate(histories):
        reason = _refusal(history, non_negative)
        if reason:
            found[row] = _failed(history, reason, draws)
        else:
            sound.append(row)
    for group in _groups(histories, sound, settings, non_negative, counts):
        found.update(_forecast_group(group, horizon, draws, seed, settings))
    return tuple(found[row] for row in range(len(histories)))


def rolling_points(grid: Array, horizon: int, settings: SeriesSettings, scale: Scale) -> dict[str, Array]:
    """Return all baselines and the bank at every origin: name → (N, T, H), never below zero where barred.

    Args:
        grid: (N, T) values, column 0 observed, NaN for gaps and after the end.
        horizon: H.
        settings: Constants.
        scale: Scale on which the bank smooths.
    """
    points = rolling_baselines(grid, horizon, damping=settings.damping, alphas=settings.alphas)
    smoothed = np.empty((*grid.shape, horizon))
    z = scale.forward(grid)
    for start in range(0, len(grid), _CHUNK):
        part = slice(start, start + _CHUNK)
        smoothed[part] = bank_paths(z[part], settings.bank, horizon)
    points["bank"] = scale.back(smoothed)
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


def fit_panel(
    group_grid: Array, first: Years, horizon: int, settings: SeriesSettings, scale: Scale
) -> tuple[PanelFit, Array, Array]:
    """Learn weights and errors from a panel.

    Args:
        group_grid: (N, T) values.
        first: (N,) calendar year of column 0.
        horizon: H.
        settings: Constants.
        scale: Scale of the errors.

    Returns:
        ``(fit, points, deviation)``: production forecasts (N, T, H) in values, and the expected
        errors (N, T, H) on the scale of the errors.
    """
    points = rolling_points(group_grid, horizon, settings, scale)
    weights, years = learn_weights(group_grid, first, points, settings)
    average = np.asarray(sum(w * points[name] for w, name in zip(weights, METHODS, strict=True)))
    z = scale.forward(group_grid)
    s = settings.intervals
    centre = scale.forward(average)
    one_step = errors_by_origin(z, centre[:, :, :1], 2)[:, :, 0]
    level = np.abs(filled(group_grid))
    size = np.where(scale.root[:, None], level, np.square(level))
    relative = relative_variance(one_step, size, scale.noise)
    if not np.isfinite(relative):  # no one-step error is known: take the changes from point to point
        steps = np.diff(scale.forward(filled(group_grid)), axis=1, prepend=np.nan)
        changed = relative_variance(steps, size, scale.noise)
        relative = max(s.fallback_growth**2, changed if np.isfinite(changed) else 0)
    variance = one_step_variance(one_step, size, scale.noise, relative, s.own_weight)
    deviation = deviations(variance, scale.noise, horizon, s.growth)
    errors = errors_by_origin(z, centre, s.least_origin)
    divisor = np.where(deviation > 0, deviation, 1)
    calendar = (first[:, None] + np.arange(group_grid.shape[1])).astype(np.int_)
    pool = learn_pool(errors / divisor, level, calendar, horizon, relative, s)
    return PanelFit(weights, pool, years), average, deviation


def _forecast_group(
    group: _Group, horizon: int, draws: int, seed: int, settings: SeriesSettings
) -> dict[int, SeriesForecast]:
    """Forecast series that share one scale."""
    fit, average, deviation = fit_panel(group.grid, group.first, horizon, settings, group.scale)
    rows = np.arange(len(group.rows))
    centre = average[rows, group.last]
    level = np.abs(group.grid[rows, group.last])
    common = generator_for(seed, "common").standard_normal((draws, horizon))
    found = {}
    classes = fit.pool.classes(level)
    ahead = deviation[rows, group.last]
    z = group.scale.forward(centre)
    z = lowered_centre(z, ahead * fit.pool.spread(classes), fit.pool.widening, group.scale.root)
    for start in range(0, len(rows), _CHUNK):
        part = slice(start, start + _CHUNK)
        shocks = np.stack(
            [generator_for(seed, "series", key).standard_normal((draws, horizon)) for key in group.keys[part]]
        )
        paths = sample_paths(
            z[part], ahead[part], group.scale.noise[part], classes[part], fit.pool, shocks, common
        )
        scale = Scale(group.scale.root[part], group.scale.offset[part], group.scale.noise[part])
        values = scale.back(paths)
        for offset, path in enumerate(values):
            row = start + offset
            points = int((~np.isnan(group.grid[row])).sum())
            short = points < settings.least_points
            origin = int(group.first[row] + group.last[row])
            found[group.rows[row]] = SeriesForecast(
                key=group.keys[row],
                origin=origin,
                years=np.arange(origin + 1, origin + horizon + 1),
                mean=path.mean(axis=0),
                draws=path,
                status="short" if short else "forecast",
                reason="Nur ein beobachteter Wert: letzter Wert mit der Spanne der übrigen Reihen."
                if short
                else "",
            )
    return found


def _groups(
    histories: Sequence[History],
    sound: Sequence[int],
    settings: SeriesSettings,
    non_negative: bool | None,
    counts: bool | None,
) -> list[_Group]:
    """Lay sound histories side by side, separately for those that cannot be negative and the others."""
    rooted: dict[bool, list[int]] = {True: [], False: []}
    for row in sound:
        values = histories[row].values[np.isfinite(histories[row].values)]
        rooted[bool((values >= 0).all()) if non_negative is None else non_negative].append(row)
    groups = []
    for root, rows in rooted.items():
        if not rows:
            continue
        grid, first = left_aligned([(histories[row].years, histories[row].values) for row in rows])
        grid, first = _recent(grid, first, settings.window)
        last = np.asarray([np.flatnonzero(~np.isnan(line))[-1] for line in grid])
        counted = np.array(
            [root and (_is_count(line, settings) if counts is None else counts) for line in grid]
        )
        scale = Scale(
            np.full(len(rows), root),
            np.where(counted, settings.intervals.offset, 0),
            np.where(counted, 1, 0).astype(np.float64),
        )
        groups.append(_Group(tuple(rows), tuple(histories[r].key for r in rows), grid, first, last, scale))
    return groups


def _recent(grid: Array, first: Years, window: int) -> tuple[Array, Years]:
    """Keep at most ``window`` columns of every series, counted from its last observed one."""
    if grid.shape[1] <= window:
        return grid, first
    histories = []
    for line, start in zip(grid, first, strict=True):
        known = np.flatnonzero(~np.isnan(line))
        known = known[known > known[-1] - window]
        histories.append((start + known, line[known]))
    return left_aligned(histories)


def _is_count(line: Array, settings: SeriesSettings) -> bool:
    """Tell whether a series is whole numbers that change at least a quarter as much as a Poisson count."""
    values = line[~np.isnan(line)]
    if not np.array_equal(values, np.round(values)):
        return False
    roots = 2 * np.sqrt(values + settings.intervals.offset)
    if values.size < settings.intervals.least_origin:
        return True
    # independent Poisson counts differ by variance 2 on this scale
    return bool(np.mean(np.square(np.diff(roots))) * 2 >= 1)


def _refusal(history: History, non_negative: bool | None) -> str:
    """Return why a history cannot be forecast, in German; empty if it can."""
    values = np.asarray(history.values)
    known = ~np.isnan(values)
    if not known.any():
        return "Kein beobachteter Wert."
    if np.isinf(values).any():
        return "Ein Wert ist unendlich."
    years = np.asarray(history.years)[known]
    if np.unique(years).size != years.size:
        return "Ein Jahr kommt mehrfach vor."
    if non_negative and (values[known] < 0).any():
        return "Ein Wert ist negativ, obwohl die Größe nicht negativ sein kann."
    return ""


def _failed(history: History, reason: str, draws: int) -> SeriesForecast:
    """Return an empty result with its reason."""
    known = np.isfinite(history.values)
    origin = int(np.asarray(history.years)[known].max()) if known.any() else None
    empty = np.empty(0)
    return SeriesForecast(
        history.key, origin, empty.astype(np.int_), empty, np.empty((draws, 0)), "failed", reason
    )
