"""A pooled count regression: school leavers as offset, vacancies with elasticities pooled over series.

The drivers' years ahead come as draws; their uncertainty, that of the coefficients, of what the regression
missed and of counting are carried into the draws of the series.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.errors import ModelError
from forecast.estimators.driven import HALF, Driven, ceiling, enough
from forecast.estimators.protocol import Array, Years
from forecast.stats.draws import generator_for


@dataclass(frozen=True, slots=True)
class CountFit:
    """Fitted count regression.

    Args:
        intercepts: (N,) log rate per unit of the offset at mean second driver.
        slopes: (N,) elasticities after pooling.
        slope: Pooled elasticity.
        slope_sd: Its standard error.
        slope_spread: Standard deviation between series.
        intercept_sd: (N,) standard errors.
        own_sd: (N,) standard deviation of a series' own slope around its pooled value.
        centres: (N,) mean log second driver.
        dispersion: α of the negative binomial, ``Var N = μ + α·μ²``.
        persistence: ρ of the log residual from year to year.
        residual: (N,) what was missed in the last year with all figures, freed of counting noise.
        residual_var: (N,) its variance.
        steps: (N,) years from there to the origin.
    """

    intercepts: Array
    slopes: Array
    slope: float
    slope_sd: float
    slope_spread: float
    intercept_sd: Array
    own_sd: Array
    centres: Array
    dispersion: float
    persistence: float
    residual: Array
    residual_var: Array
    steps: Years

    def summary(self) -> dict[str, float]:
        """Return the fitted numbers by name, for the model card."""
        return {
            "series": float(self.intercepts.size),
            "elasticity": self.slope,
            "elasticity_sd": self.slope_sd,
            "elasticity_spread": self.slope_spread,
            "dispersion": self.dispersion,
            "persistence": self.persistence,
        }


def fit_counts(data: Driven, *, least_rows: int, least_series: int) -> CountFit:
    """Fit ``N ~ NB(W·exp(a_g + b_g·(log V − mean_g)), α)``: driver W as offset, V the second driver.

    Pooled regression by statsmodels' `GLM` (Poisson, then negative binomial with α from the moments); the
    elasticities of single series are one scoring step away from b, shrunk by their information against the
    spread between series (moments of DerSimonian and Laird 1986).

    Raises:
        ModelError: Too little data, no variation, or no convergence.
    """
    if data.second is None:
        raise ModelError("Die Zählregression braucht einen zweiten Treiber.")
    usable = np.isfinite(data.figures) & np.isfinite(data.driver) & np.isfinite(data.second)
    enough(usable, data.figures, least_rows, least_series)
    at, year = np.nonzero(usable)
    counts = np.bincount(at)
    log_v = np.log(data.second[usable] + HALF)
    centres = np.bincount(at, log_v) / counts
    x = log_v - centres[at]
    if float(np.ptp(x)) == 0:
        raise ModelError("Die Stellen ändern sich nie: die Regression hat nichts zu erklären.")
    design = np.column_stack([np.eye(len(counts))[at], x])
    y, offset = data.figures[usable], np.log(data.driver[usable])
    mean, params, cov = _glm(y, design, offset, 0.0)
    alpha = max(float((np.square(y - mean) - mean).sum() / np.square(mean).sum()), 0.0)
    mean, params, cov = _glm(y, design, offset, alpha)
    weight = mean / (1 + alpha * mean)
    information: Array = np.asarray(np.bincount(at, weight * x**2), dtype=np.float64)
    score: Array = np.asarray(np.bincount(at, (y - mean) / (1 + alpha * mean) * x), dtype=np.float64)
    tau = _between(score, information)
    log_residual = np.log(y + HALF) - np.log(mean + HALF)
    last = np.array([np.flatnonzero(at == group)[-1] for group in range(len(counts))])
    share = alpha / (alpha + 1 / np.maximum(mean[last], HALF)) if alpha > 0 else np.zeros(len(last))
    return CountFit(
        intercepts=params[:-1],
        slopes=params[-1] + tau * score / (1 + tau * information),
        slope=float(params[-1]),
        slope_sd=float(np.sqrt(cov[-1, -1])),
        slope_spread=float(np.sqrt(tau)),
        intercept_sd=np.sqrt(np.diag(cov)[:-1]),
        own_sd=np.sqrt(tau / (1 + tau * information)),
        centres=centres,
        dispersion=alpha,
        persistence=_persistence(at, year, log_residual),
        residual=share * log_residual[last],
        residual_var=alpha * (1 - share),
        steps=data.figures.shape[1] - 1 - year[last],
    )


def count_draws(data: Driven, fit: CountFit, seed: int) -> Array:
    """Return draws (N, D, H): residual fading as AR(1), coefficients, both drivers and counting uncertain."""
    if data.second_ahead is None:
        raise ModelError("Die Zählregression braucht einen zweiten Treiber.")
    count, horizon = data.ahead.shape[1:]
    pooled = fit.slope_sd * generator_for(seed, "slope").standard_normal(count)
    result = np.empty(data.ahead.shape)
    for row, key in enumerate(data.keys):
        z = generator_for(seed, "count", key).standard_normal((count, 2 * horizon + 3))
        x = np.log(data.second_ahead[row] + HALF) - fit.centres[row]
        slope = fit.slopes[row] + pooled + fit.own_sd[row] * z[:, 0]
        log_mean = fit.intercepts[row] + fit.intercept_sd[row] * z[:, 1] + 0 * slope
        power = np.power(fit.persistence, fit.steps[row] + np.arange(1, horizon + 1))
        state = fit.residual[row] + np.sqrt(fit.residual_var[row]) * z[:, 2]
        fresh = np.sqrt(fit.dispersion * (1 - power**2)) * z[:, 3 : horizon + 3]
        log_mean = log_mean[:, None] + slope[:, None] * x + np.log(data.ahead[row])
        log_mean += state[:, None] * power + fresh
        expected = np.exp(np.minimum(log_mean, ceiling(data.figures[row])))
        result[row] = np.maximum(expected + np.sqrt(expected) * z[:, horizon + 3 :], 0)
    return result


def _glm(y: Array, design: Array, offset: Array, alpha: float) -> tuple[Array, Array, Array]:
    """Return means, coefficients and their covariance.

    The library loads long; whoever leaves the regression to other processes does not wait for it.
    """
    from statsmodels.genmod.families import NegativeBinomial, Poisson
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    family = NegativeBinomial(alpha=alpha) if alpha > 0 else Poisson()
    model = GLM(y, design, family=family, offset=offset)
    model.raise_on_perfect_prediction = True  # an error instead of a warning
    try:
        fitted = model.fit()
    except (PerfectSeparationError, np.linalg.LinAlgError) as error:
        raise ModelError("Die Zählregression ist nicht bestimmt.", where=str(error)) from error
    params = np.asarray(fitted.params)
    if not fitted.converged or not np.isfinite(params).all():
        raise ModelError("Die Zählregression ist nicht zum Ziel gekommen.")
    return np.asarray(fitted.mu), params, np.asarray(fitted.cov_params())


def _between(score: Array, information: Array) -> float:
    """Return the variance between series: ``(Σ U²/I − (n − 1)) / (ΣI − ΣI²/ΣI)``, never below 0."""
    known = information > 0
    info, scores = information[known], score[known]
    room = float(info.sum() - np.square(info).sum() / info.sum())
    if room <= 0:
        return 0.0
    return max(float((np.square(scores) / info).sum() - (info.size - 1)) / room, 0.0)


def _persistence(at: Years, year: Years, residual: Array) -> float:
    """Return the correlation of residuals one year apart within series, in [0, 1)."""
    neighbours = (at[1:] == at[:-1]) & (year[1:] == year[:-1] + 1)
    before, after = residual[:-1][neighbours], residual[1:][neighbours]
    energy = float(np.sqrt(np.square(before).sum() * np.square(after).sum()))
    return float(np.clip((before * after).sum() / energy, 0, 1 - np.finfo(np.float64).eps)) if energy else 0.0
