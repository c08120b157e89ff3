"""Ranges learned from the errors a method really made: pooled, by horizon and size, as coherent paths.

Errors are taken on a scale on which they are alike: twice the square root for what cannot be negative (a
Poisson count then has variance 1 at any size), the plain value otherwise. Each error is divided by the
expected one-step error of its series at that origin, so that calm and restless series can share one pool.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from forecast.stats.draws import stratify

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

_TINY = np.finfo(np.float64).tiny
_NOISE_RISE = 1.27  # fits the variance of 2·√(Poisson + 3/8) to 0.01 at every mean


@dataclass(frozen=True, slots=True)
class IntervalSettings:
    """How errors are pooled.

    Args:
        offset: Added to counts under the root; 3/8 stabilises the variance of a Poisson count best.
        class_edges: Rising limits of the size classes, in values.
        least_class: Errors a size class needs at a horizon to stand alone; below, the panel's are used.
        least_panel: Errors the panel needs at a horizon; below, the widest known horizon is extended.
        own_weight: Years of own errors that weigh as much as what the panel says about a series' size.
        least_origin: Observed values before an origin for its errors to enter the pool.
        fallback_growth: Relative one-year random-walk sd of a series nothing is known about.
        growth: Exponent with which the variance of errors grows over the horizon before the panel is asked.
        growth_weight: Independent years that weigh as much as the random walk when the growth of errors from
            one horizon to the next is judged.
        class_weight: Series that weigh as much as the panel when σ² of a size class is judged.
        few_points: Weight of what was estimated from few points in the expected error.
        few_years: Widening ``√(1 + few_years / (Y + prior_years))`` where only Y independent years could be
            checked: series share the shocks of a year, so a calm stretch says little about the next one.
        prior_years: Years a panel is credited with in advance.
        tail: Quantile to which the largest errors are drawn in, in (0, 1].
        mean_share: Share of the lift of the mean by squaring that is taken back, in [0, 1].
        common: Correlation of different series in the same year that is assumed before a year is seen.
        common_years: Years that weigh as much as this assumption; 0 takes what the panel shows.
        change_weight: Years of changes that weigh as much as ``growth``; infinite where growth is told.
        change_series: Series with which the growth of changes counts for half.
        small: Size below which the spread of a series says little of larger ones; 0 for none.
    """

    offset: float
    class_edges: tuple[float, ...]
    least_class: int
    least_panel: int
    own_weight: float
    least_origin: int
    fallback_growth: float
    growth: float
    growth_weight: float
    class_weight: float
    few_points: float
    few_years: float
    prior_years: float
    tail: float
    mean_share: float
    common: float = 0.0
    common_years: float = 0.0
    change_weight: float = np.inf
    change_series: float = 0.0
    small: float = 0.0


@dataclass(frozen=True, slots=True)
class Scale:
    """Per series: which scale errors are measured on.

    Args:
        root: (N,) True: ``z = 2·√(y + offset)``; False: ``z = y``.
        offset: (N,) offset under the root, 0 where the values are not counts.
        noise: (N,) variance of z that is never undercut: 1 for counts (Poisson), 0 otherwise.
        ceiling: Largest value there can be, such as 1 for shares.
    """

    root: Flags
    offset: Array
    noise: Array
    ceiling: float = np.inf

    def forward(self, values: Array) -> Array:
        """Return z for values (N, …); below zero the root is that of zero."""
        shape = (-1,) + (1,) * (values.ndim - 1)
        rooted = 2 * np.sqrt(np.maximum(values, 0.0) + self.offset.reshape(shape))
        return np.where(self.root.reshape(shape), rooted, values)

    def back(self, z: Array) -> Array:
        """Return values for z (N, …); never negative on the root scale, never above the ceiling."""
        shape = (-1,) + (1,) * (z.ndim - 1)
        squared = np.maximum(np.square(np.maximum(z, 0.0)) / 4 - self.offset.reshape(shape), 0.0)
        return np.minimum(np.where(self.root.reshape(shape), squared, z), self.ceiling)


@dataclass(frozen=True, slots=True)
class ErrorPool:
    """Standardised absolute errors by size class and horizon, and how years hang together.

    Args:
        sizes: Rising limits of the size classes, in values.
        tables: tables[class][h]: sorted absolute standardised errors.
        persistence: (H,) correlation of the normal scores of horizon h with those of h − 1; first is 0.
        common: Share of the variance that all series have in common in a year, in [0, 1).
        relative_variance: (classes,) σ² in the expected one-step variance ``noise + σ²·size``.
        widening: (H,) factor by which the tables were widened.
    """

    sizes: tuple[float, ...]
    tables: tuple[tuple[Array, ...], ...]
    persistence: Array
    common: float
    relative_variance: Array
    widening: Array

    def classes(self, level: Array) -> NDArray[np.int_]:
        """Return the size class of each level."""
        return size_classes(level, self.sizes)

    def spread(self, classes: NDArray[np.int_]) -> Array:
        """Return the root mean square of the standardised errors, (len(classes), H)."""
        every = np.array([[np.sqrt(np.mean(table**2)) for table in row] for row in self.tables])
        return np.asarray(every[classes])

    def quantiles(self, size_class: int, probabilities: Array) -> Array:
        """Return symmetric standardised errors at probabilities, (len(probabilities), H).

        With m errors the i-th smallest stands at ``i / (m + 1)``: a small pool then reaches its extremes
        more often, which is the finite-sample correction of conformal prediction.
        """
        tail = np.abs(2 * probabilities - 1)
        sign = np.sign(probabilities - 0.5)
        columns = []
        for table in self.tables[size_class]:
            positions = np.arange(table.size + 1) / (table.size + 1)
            columns.append(sign * np.interp(tail, positions, np.concatenate(([0.0], table))))
        return np.stack(columns, axis=1)


def size_classes(level: Array, edges: tuple[float, ...]) -> NDArray[np.int_]:
    """Return the size class of each level; NaN falls into the last."""
    return np.searchsorted(np.asarray(edges), level, side="right").astype(np.int_)


def counting_noise(mean: Array) -> Array:
    """Return the variance of ``2·√(y + 3/8)`` for Poisson counts y of given means, ``1 − exp(−1.27·mean)``.

    It is 1 from a mean of about four on; of a count that is nearly always zero there is little to see.

    Example:
        >>> counting_noise(np.array([0.1, 1.0, 10.0])).round(2).tolist()
        [0.12, 0.72, 1.0]
    """
    return np.asarray(-np.expm1(-_NOISE_RISE * np.maximum(mean, 0.0)))


def errors_by_origin(z: Array, forecast: Array, least_origin: int) -> Array:
    """Return errors ``z[t + h] − forecast[t, h]``, (N, T, H), NaN where either side is missing.

    Args:
        z: (N, T) observed values, NaN for gaps.
        forecast: (N, T, H) forecasts after each column.
        least_origin: Observed values an origin needs.
    """
    years, horizon = z.shape[1], forecast.shape[2]
    observed = ~np.isnan(z)
    usable = observed & (np.cumsum(observed, axis=1) >= least_origin)
    errors = np.full(forecast.shape, np.nan)
    for ahead in range(1, min(horizon, years - 1) + 1):
        errors[:, :-ahead, ahead - 1] = z[:, ahead:] - forecast[:, :-ahead, ahead - 1]
    return np.where(usable[:, :, None], errors, np.nan)


def own_variance(sse: Array, seen: Array, size: Array, noise: Array, relative: Array, own: float) -> Array:
    """Return the expected one-step variance of every series at every origin, (N, K).

    ``v = (SSE + own·m)/(n − 1 + own)`` with the panel's value ``m = noise + relative·size``, never below
    ``noise``: a series is judged by its own errors and by its size.

    Args:
        sse: (N, K) sum of squared one-step errors in the sample.
        seen: (N, K) observed values n.
        size: (N, K) size of the series (its value; its square on the plain scale).
        noise: (N,) floor.
        relative: (N, K) σ² of series of its size.
        own: Weight of the panel in years.
    """
    expected = np.maximum(noise[:, None] + relative * size, np.finfo(np.float64).tiny)
    variance = (sse + own * expected) / (seen - 1 + own)
    return np.maximum(variance, noise[:, None])


def deviations(
    variance: Array, seen: Array, noise: Array, horizon: int, growth: float, few_points: float
) -> Array:
    """Return the expected error by horizon, (N, K, H).

    ``√((noise + (v − noise)·h^growth)·(1 + few_points·(1 + h)/n))``: counting noise does not accumulate,
    everything else does, and what was estimated from n points is the less certain the further it reaches. The
    error tables then hold what is left, which is nearly the same for all origins and horizons.

    Args:
        variance: (N, K) one-step variance.
        seen: (N, K) observed values n.
        noise: (N,) its part that does not accumulate.
        horizon: H.
        growth: 1 for a random walk, more where trends are misjudged.
        few_points: Weight of the estimation error.
    """
    still = noise[:, None, None]
    ahead = np.arange(1, horizon + 1)
    spread = still + (variance[:, :, None] - still) * np.power(ahead, growth)
    return np.asarray(np.sqrt(spread * (1 + few_points * (1 + ahead) / seen[:, :, None])))


def learn_pool(
    standard: Array,
    size: Array,
    calendar: NDArray[np.int_],
    horizon: int,
    relative: Array,
    s: IntervalSettings,
    steps: Array | None = None,
) -> ErrorPool:
    """Sort standardised errors into tables.

    Args:
        standard: (N, T, H) standardised errors by origin, NaN where there is none.
        size: (N, T) value of the series at the origin.
        calendar: (N, T) calendar year of the origin.
        horizon: H.
        relative: σ², carried along.
        s: Settings.
        steps: (H,) growth from one horizon to the next beyond the expected error's; None for none.

    Returns:
        The pool; without any error its tables follow a normal random walk.
    """
    groups = np.searchsorted(np.asarray(s.class_edges), size, side="right")
    grow = np.ones(horizon) if steps is None else steps
    panel, widening = _panel_tables(standard, calendar, horizon, s, grow)
    tables = []
    for group in range(len(s.class_edges) + 1):
        row = []
        for ahead in range(horizon):
            found = _magnitudes(np.where(groups == group, standard[:, :, ahead], np.nan), s.tail)
            row.append(widening[ahead] * (found if found.size >= s.least_class else panel[ahead]))
        tables.append(tuple(row))
    return ErrorPool(
        sizes=s.class_edges,
        tables=tuple(tables),
        persistence=_persistence(standard, horizon),
        common=_common(standard, calendar, s),
        relative_variance=relative,
        widening=widening,
    )


def _panel_tables(
    standard: Array, calendar: NDArray[np.int_], horizon: int, s: IntervalSettings, steps: Array
) -> tuple[list[Array], Array]:
    """Return the panel's error table of every horizon and the factor (H,) by which errors are widened.

    Every quantile of the errors of horizon h is drawn towards that of h − 1 (in units of the expected error,
    times the step, on the logarithmic scale) where few independent years stand behind it: one year tells
    little of a spread.
    ``√(1 + few_years / (Y + prior_years))`` then allows for years unlike those seen.
    """
    tables: list[Array] = []
    widening = np.ones(horizon)
    for ahead in range(horizon):
        column = standard[:, :, ahead]
        found = _magnitudes(column, s.tail)
        # errors h years ahead overlap h-fold
        years = np.unique(calendar[~np.isnan(column)]).size / (ahead + 1)
        if found.size < s.least_panel:  # as large, in units of the expected error times the step, as before
            found = tables[-1] * steps[ahead] if tables else _normal_table(s.least_panel)
            years = 0.0
        elif tables:
            keep = years / (years + s.growth_weight)
            before = _resized(tables[-1] * steps[ahead], found.size)
            found = np.power(np.maximum(found, _TINY), keep) * np.power(np.maximum(before, _TINY), 1 - keep)
        tables.append(found)
        widening[ahead] = np.sqrt(1 + s.few_years / (years + s.prior_years))
    return tables, widening


def _resized(table: Array, count: int) -> Array:
    """Return a sorted table as ``count`` even quantiles of it."""
    return np.interp(
        (np.arange(count) + 0.5) / count * (table.size - 1), np.arange(table.size, dtype=np.float64), table
    )


def _magnitudes(column: Array, tail: float) -> Array:
    """Return the known errors without sign, sorted, the largest drawn in to the quantile ``tail``.

    What lies beyond a few hundred errors is not known, and it would decide the mean.
    """
    found = np.sort(np.abs(column[~np.isnan(column)]))
    return np.minimum(found, np.quantile(found, tail)) if found.size else found


def _normal_table(count: int) -> Array:
    """Return the absolute values of a standard normal at even positions."""
    return np.asarray(ndtri(0.5 + np.arange(1, count + 1) / (2 * (count + 1))))


def _persistence(standard: Array, horizon: int) -> Array:
    """Return the correlation of neighbouring horizons; a random walk's √((h−1)/h) where too few are known."""
    result = np.zeros(horizon)
    for ahead in range(1, horizon):
        before, after = standard[:, :, ahead - 1].ravel(), standard[:, :, ahead].ravel()
        both = ~np.isnan(before) & ~np.isnan(after)
        walk = np.sqrt(ahead / (ahead + 1))
        count = int(both.sum())
        if count < 30:
            result[ahead] = walk
            continue
        x, y = stratify(before[both]) - 0.5, stratify(after[both]) - 0.5
        rank = float((x * y).sum() / np.sqrt((x**2).sum() * (y**2).sum()))
        result[ahead] = np.clip(2 * np.sin(np.pi / 6 * rank), 0.0, 0.99)
    return result


def _common(standard: Array, calendar: NDArray[np.int_], s: IntervalSettings) -> float:
    """Return the mean correlation of one-step errors of different series in the same year, in [0, 0.9].

    From normal scores x around zero, the rank of the error's size with its sign:
    ``c = (Σ_years (Σx)² − Σx²) / (Σ_years n(n − 1))``. Ranks of the signed errors would take out the mean of
    the few common shocks there were. Y years draw what is assumed to it: ``(Y·c + w·assumed)/(Y + w)``.
    """
    column = standard[:, :, 0]
    known = ~np.isnan(column)
    found, years = 0.0, 0
    if int(known.sum()) >= 30:
        errors = column[known]
        scores = np.sign(errors) * ndtri((1 + stratify(np.abs(errors))) / 2)
        _, index = np.unique(calendar[known], return_inverse=True)
        sums = np.bincount(index, scores)
        squares = np.bincount(index, scores**2)
        counts = np.bincount(index)
        pairs = float((counts * (counts - 1)).sum())
        if pairs > 0:
            found = float(np.clip((sums**2 - squares).sum() / pairs, 0.0, 0.9))
            years = int((counts > 1).sum())
    weight = years + s.common_years
    return (years * found + s.common_years * s.common) / weight if weight > 0 else 0.0
