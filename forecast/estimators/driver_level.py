"""A drifting log level beside a pooled elasticity: many short series with one driver each, fitted at once.

The driver's years ahead come as draws; its uncertainty, that of the elasticities, of the level and of
counting are carried into the draws of the series.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.errors import ModelError
from forecast.estimators.driven import HALF, Driven, ceiling, enough
from forecast.estimators.protocol import Array, Years
from forecast.stats.draws import generator_for


@dataclass(frozen=True, slots=True)
class Elasticity:
    """What is believed of an elasticity before the data: mean and standard deviation over series kinds."""

    centre: float
    sd: float


@dataclass(frozen=True, slots=True)
class LevelFit:
    """Fitted level with elasticity.

    Args:
        elasticity: Pooled elasticity b.
        elasticity_sd: Its posterior standard deviation.
        spread: Standard deviation τ of the elasticities of single series around b.
        drift: Standard deviation η of a year's change of the log level.
        dispersion: φ, counting variance relative to Poisson.
        precision: (N,) information of each series on its own elasticity.
        score: (N,) information times own estimate.
        level: (N,) filtered log value in the last observed year.
        level_driver: (N,) filtered log driver in that year; level beside βx: ``level − β·level_driver``.
        variance: (N,) variance of that level.
        steps: (N,) years from the last observation to the origin.
        loglike: Log-likelihood at the chosen point of the grid.
    """

    elasticity: float
    elasticity_sd: float
    spread: float
    drift: float
    dispersion: float
    precision: Array
    score: Array
    level: Array
    level_driver: Array
    variance: Array
    steps: Years
    loglike: float

    def summary(self) -> dict[str, float]:
        """Return the fitted numbers by name, for the model card."""
        return {
            "series": float(self.level.size),
            "elasticity": self.elasticity,
            "elasticity_sd": self.elasticity_sd,
            "elasticity_spread": self.spread,
            "level_drift": self.drift,
            "dispersion": self.dispersion,
        }


@dataclass(frozen=True, slots=True)
class _Filtered:
    """Sums over years of one filter run for G pairs (η, φ); arrays (N, G) unless said otherwise."""

    log_variance: Array
    squares: Array
    precision: Array
    score: Array
    level: Array
    level_driver: Array
    variance: Array
    steps: Years


def log_filter(y: Array, x: Array, counting: Array, drift: Array, dispersion: Array) -> _Filtered:
    """Run the local-level filter over y and x with the same gains: generalised least squares for β.

    ``y[t] = μ[t] + β·x[t] + ε[t]``, ``Var ε = φ·counting``, ``μ[t] = μ[t−1] + η[t]``, diffuse start: the
    first value sets the level. The filter is linear: innovations of y − βx are those of y minus β times x's.

    Args:
        y: (N, T) log values, NaN for gaps.
        x: (N, T) log driver, finite where y is.
        counting: (N,) variance of a log count if Poisson, ``1/mean``.
        drift: (G,) η.
        dispersion: (G,) φ.

    Source of method: Kalman filter with regression, Harvey (1989), sections 3.4 and 7.3.
    """
    shape = (y.shape[0], drift.size)
    noise = dispersion[None, :] * counting[:, None]
    level, level_x, variance = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    sums = [np.zeros(shape) for _ in range(4)]
    started = np.zeros((shape[0], 1), dtype=bool)
    steps = np.zeros(shape[0], dtype=np.int_)
    for column in range(y.shape[1]):
        seen = ~np.isnan(y[:, column, None])
        value = np.where(seen, y[:, column, None], 0)
        driver = np.where(seen, x[:, column, None], 0)
        variance = np.where(started, variance + drift**2, 0)
        update, total = seen & started, variance + noise
        total = np.where(update, total, 1)
        gain = np.where(update, variance / total, np.where(seen, 1, 0))
        error, error_x = value - level, driver - level_x
        terms = (np.log(total), error**2 / total, error_x**2 / total, error * error_x / total)
        sums = [old + np.where(update, term, 0) for old, term in zip(sums, terms, strict=True)]
        level, level_x = level + gain * error, level_x + gain * error_x
        variance = np.where(update, variance * noise / total, np.where(seen, noise, variance))
        started = started | seen
        steps = np.where(seen[:, 0], 0, steps + 1)
    variance = variance - drift**2 * steps[:, None]  # back to the last observed year
    log_variance, squares, precision, score = sums
    return _Filtered(log_variance, squares, precision, score, level, level_x, variance, steps)


def fit_level(data: Driven, prior: Elasticity | None, *, least_rows: int, least_series: int) -> LevelFit:
    """Fit ``log N = μ + β·log X + ε`` for all series: drift, dispersion and elasticities pooled.

    β of a series is N(b, τ²), b is N(centre, sd²); b and the β are integrated out, (η, φ, τ) maximise the
    marginal likelihood on a grid of powers of two, so that no optimiser can fail.

    Args:
        data: Series with their driver.
        prior: What is believed of b; None leaves the driver out (β = 0), in the same years.
        least_rows: Years with value and driver every series needs.
        least_series: Series needed.

    Raises:
        ModelError: Too little data, or a driver that never changes.
    """
    y, x, counting = _logs(data, least_rows, least_series)
    if prior is None:
        x = np.where(np.isnan(x), np.nan, 0)
    powers = np.concatenate([[0.0], np.power(2.0, -np.arange(-2, 4))])
    sds = np.power(2.0, -np.arange(1, 8, 0.5))
    drift, dispersion = (axis.ravel() for axis in np.meshgrid(sds, powers, indexing="ij"))
    found = log_filter(y, x, counting, drift, dispersion)
    if prior is not None and not (found.precision > 0).any():
        raise ModelError("Der Treiber ändert sich nie: er hat nichts zu erklären.")
    best = _most_likely(found, prior or Elasticity(0, 1))
    at = best.at
    return LevelFit(
        elasticity=best.mean,
        elasticity_sd=best.sd if prior is not None else 0.0,
        spread=best.spread if prior is not None else 0.0,
        drift=float(drift[at]),
        dispersion=float(dispersion[at]),
        precision=found.precision[:, at],
        score=found.score[:, at],
        level=found.level[:, at],
        level_driver=found.level_driver[:, at],
        variance=np.maximum(found.variance[:, at], 0),
        steps=found.steps,
        loglike=best.loglike,
    )


@dataclass(frozen=True, slots=True)
class _Best:
    """Most likely point of the grid: log-likelihood, place of (η, φ), τ, and b with its deviation."""

    loglike: float
    at: int
    spread: float
    mean: float
    sd: float


def _most_likely(found: _Filtered, prior: Elasticity) -> _Best:
    """Integrate b and the elasticities of the series out and take the best of all (η, φ, τ).

    With information ``I_i`` and own estimate ``β_i`` of a series, ``w_i = I_i / (1 + τ²·I_i)``; b given the
    data is normal with precision ``1/sd² + Σ w_i`` around the average of centre and ``β_i`` by precision.
    """
    informed = found.precision > 0
    estimate = found.score / np.where(informed, found.precision, 1)
    own = 1 / prior.sd**2
    best = _Best(-np.inf, 0, 0.0, 0.0, 0.0)
    for spread in (0.0, *np.power(2.0, -np.arange(1, 5))):
        weight = found.precision / (1 + spread**2 * found.precision)
        total = own + weight.sum(axis=0)
        mean = (own * prior.centre + (weight * estimate).sum(axis=0)) / total
        inside = found.log_variance + found.squares - found.precision * estimate**2
        inside = inside + np.log1p(spread**2 * found.precision) + weight * estimate**2
        loss = inside.sum(axis=0) + np.log(total / own) + own * prior.centre**2 - total * mean**2
        at = int(np.argmin(loss))
        if -loss[at] / 2 > best.loglike:
            loglike = -float(loss[at]) / 2
            best = _Best(loglike, at, float(spread), float(mean[at]), float(1 / np.sqrt(total[at])))
    return best


def level_draws(data: Driven, fit: LevelFit, seed: int) -> Array:
    """Return draws (N, D, H) of the values after the origin.

    ``log N[T+h] = level + β·(log X[T+h] − level_driver) + Σ η``, counted with variance φ·N: beside its driver
    a series is as likely to rise as to fall by the same factor.
    """
    count, horizon = data.ahead.shape[1:]
    pooled = fit.elasticity + fit.elasticity_sd * generator_for(seed, "elasticity").standard_normal(count)
    tau = fit.spread**2
    result = np.empty(data.ahead.shape)
    for row, key in enumerate(data.keys):
        z = generator_for(seed, "level", key).standard_normal((count, 2 * horizon + 2))
        own = 1 + tau * fit.precision[row]
        beta = (pooled + tau * fit.score[row]) / own + np.sqrt(tau / own) * z[:, 0]
        start = fit.variance[row] + fit.drift**2 * fit.steps[row]
        walk = np.sqrt(start) * z[:, 1:2] + fit.drift * np.cumsum(z[:, 2 : horizon + 2], axis=1)
        moved = beta[:, None] * (np.log(data.ahead[row]) - fit.level_driver[row])
        expected = np.exp(np.minimum(fit.level[row] + moved + walk, ceiling(data.figures[row])))
        counted = expected + np.sqrt(fit.dispersion * expected) * z[:, horizon + 2 :]
        result[row] = np.maximum(counted - HALF, 0)
    return result


def _logs(data: Driven, least_rows: int, least_series: int) -> tuple[Array, Array, Array]:
    """Return log values, log driver (both NaN-consistent) and the Poisson variance of a log value."""
    usable = np.isfinite(data.figures) & np.isfinite(data.driver)
    enough(usable, data.figures, least_rows, least_series)
    y = np.log(np.where(usable, data.figures, 1) + HALF)
    x = np.log(np.where(usable, data.driver, 1))
    means = np.where(usable, data.figures, 0).sum(axis=1) / usable.sum(axis=1)
    return np.where(usable, y, np.nan), np.where(usable, x, np.nan), 1 / (means + HALF)
