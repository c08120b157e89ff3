"""New contracts explained by school leavers and last year's vacancies, with partial pooling over trades."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

from forecast.errors import ModelError
from forecast.estimators.protocol import Array, Years

if TYPE_CHECKING:
    from statsmodels.regression.mixed_linear_model import MixedLM, MixedLMParams


@dataclass(frozen=True, slots=True)
class ContractRows:
    """Observations of the regression, one per group and year; all arrays (n,).

    Args:
        group: Name of the group, usually ``trade|region``.
        year: Year of the contracts.
        contracts: New contracts, >= 0.
        leavers: School leavers of the region in that year, > 0.
        vacancies: Vacancies of the related occupations in the year before, >= 0.
    """

    group: Sequence[str]
    year: Years
    contracts: Array
    leavers: Array
    vacancies: Array


@dataclass(frozen=True, slots=True)
class ContractsFit:
    """Fitted regression.

    Args:
        groups: Names of the groups.
        intercept: Mean over groups of ``log(contracts/leavers)`` at a group's mean vacancies.
        slope: Mean elasticity with respect to vacancies.
        group_intercepts: (G,) intercepts after pooling.
        group_slopes: (G,) elasticities after pooling.
        centres: (G,) mean log vacancies of the group.
        last_years: (G,) last year of the group.
        last_residuals: (G,) residual in that year.
        persistence: Correlation of residuals of neighbouring years, in [0, 1).
        residual_sd: Standard deviation of residuals.
        intercept_sd: Between-group sd of intercepts.
        slope_sd: Between-group sd of elasticities.
    """

    groups: tuple[str, ...]
    intercept: float
    slope: float
    group_intercepts: Array
    group_slopes: Array
    centres: Array
    last_years: Years
    last_residuals: Array
    persistence: float
    residual_sd: float
    intercept_sd: float
    slope_sd: float

    def summary(self) -> dict[str, float]:
        """Return the fitted numbers by name, for the model card."""
        return {
            "groups": float(len(self.groups)),
            "intercept": self.intercept,
            "vacancy_elasticity": self.slope,
            "intercept_sd": self.intercept_sd,
            "elasticity_sd": self.slope_sd,
            "residual_sd": self.residual_sd,
            "persistence": self.persistence,
        }

    def predict(self, group: Sequence[str], year: Years, leavers: Array, vacancies: Array) -> Array:
        """Return expected contracts (medians on the log scale), (n,).

        ``log N = log W + a_g + b_g·(log V − centre_g) + ρ^(t − T)·u_T``: what the regression missed in the
        last known year T fades out. Unknown groups have the mean intercept and elasticity and no residual.

        Args:
            group: (n,) names.
            year: (n,) years of the contracts.
            leavers: (n,) school leavers.
            vacancies: (n,) vacancies of the year before.
        """
        place = {name: index for index, name in enumerate(self.groups)}
        at = np.array([place.get(name, -1) for name in group], dtype=np.int_)
        known = at >= 0
        x = np.log(vacancies + 0.5)
        centred = np.where(known, x - self.centres[at], 0)
        level = np.where(known, self.group_intercepts[at], self.intercept)
        slope = np.where(known, self.group_slopes[at], self.slope)
        ahead = np.maximum(np.asarray(year) - self.last_years[at], 0)
        carried = np.where(known, np.power(self.persistence, ahead) * self.last_residuals[at], 0)
        return np.asarray(np.maximum(np.exp(level + slope * centred + carried + np.log(leavers)) - 0.5, 0))


def fit_contracts(rows: ContractRows, *, least_rows: int = 3, least_groups: int = 4) -> ContractsFit:
    """Fit ``log N − log W = a_g + b_g·(log V[t−1] − mean_g) + u`` with random intercept and slope per group.

    School leavers enter as an offset: with constant behaviour twice the leavers make twice the contracts.
    The two between-group variances maximise the restricted likelihood that statsmodels' `MixedLM` evaluates;
    it is maximised here within bounds, so that a variance of zero is an answer and not a breakdown.

    Args:
        rows: Observations; rows with missing values are left out.
        least_rows: Observations a group needs.
        least_groups: Groups needed.

    Returns:
        The fit.

    Raises:
        ModelError: Too little data, vacancies without variation, or no convergence.

    Source of method: linear mixed model by restricted maximum likelihood (Laird and Ware 1982).
    """
    names, at, y, x, years = _prepared(rows, least_rows, least_groups)
    centres = np.bincount(at, x) / np.bincount(at)
    design = np.column_stack([np.ones(len(y)), x - centres[at]])
    if float(np.ptp(design[:, 1])) == 0:
        raise ModelError("Die Stellen ändern sich nie: die Regression hat nichts zu erklären.")
    model = _mixed(y, design, at)
    limit = 6  # log of a ratio of standard deviations: from 1/400 to 400 times the residual's

    def cost(log_sds: Array) -> float:
        return -float(model.loglike(_parameters(log_sds)))

    best = minimize(cost, np.full(2, -1.0), method="L-BFGS-B", bounds=[(-limit, limit)] * 2)
    if not best.success or not np.isfinite(best.fun):
        raise ModelError(
            "Die Regression der Neuabschlüsse ist nicht zum Ziel gekommen.",
            where=str(best.message),
            remedy="Reihen prüfen; die Vorausschätzung läuft ohne sie weiter.",
        )
    found = _parameters(best.x)
    fixed, _ = model.get_fe_params(found.cov_re, found.vcomp)
    scale = float(model.get_scale(fixed, found.cov_re, found.vcomp))
    offsets = _group_effects(design, y - design @ fixed, at, len(names), found.cov_re)
    residual = y - (design * (fixed + offsets[at])).sum(axis=1)
    last_years, last_residuals = _last(at, years, residual, len(names))
    sds = np.sqrt(scale * np.diag(found.cov_re))
    return ContractsFit(
        groups=names,
        intercept=float(fixed[0]),
        slope=float(fixed[1]),
        group_intercepts=fixed[0] + offsets[:, 0],
        group_slopes=fixed[1] + offsets[:, 1],
        centres=centres,
        last_years=last_years,
        last_residuals=last_residuals,
        persistence=_persistence(at, years, residual),
        residual_sd=float(np.sqrt(scale)),
        intercept_sd=float(sds[0]),
        slope_sd=float(sds[1]),
    )


def _prepared(
    rows: ContractRows, least_rows: int, least_groups: int
) -> tuple[tuple[str, ...], Years, Array, Array, Years]:
    """Return names, group index, log rate, log vacancies and year of the usable rows, sorted by group."""
    usable = np.isfinite(rows.contracts) & np.isfinite(rows.vacancies) & (rows.leavers > 0)
    usable &= (np.nan_to_num(rows.contracts) >= 0) & (np.nan_to_num(rows.vacancies) >= 0)
    group = np.asarray(rows.group, dtype=np.str_)[usable]
    kept, counts = np.unique(group, return_counts=True)
    kept = kept[counts >= least_rows]
    if len(kept) < least_groups:
        raise ModelError(
            "Zu wenige Beobachtungen für die Regression der Neuabschlüsse.",
            where=f"{len(kept)} Reihen mit mindestens {least_rows} Jahren",
            expected=f"mindestens {least_groups}",
        )
    inside = np.isin(group, kept)
    at = np.searchsorted(kept, group[inside])
    order = np.lexsort((np.asarray(rows.year)[usable][inside], at))

    def column(values: Array) -> Array:
        return np.asarray(values, dtype=np.float64)[usable][inside][order]

    y = np.log(column(rows.contracts) + 0.5) - np.log(column(rows.leavers))
    x = np.log(column(rows.vacancies) + 0.5)
    years = np.asarray(rows.year)[usable][inside][order].astype(np.int_)
    return tuple(str(name) for name in kept), at[order].astype(np.int_), y, x, years


def _mixed(y: Array, design: Array, at: Years) -> MixedLM:
    """Return statsmodels' model, not fitted; the library loads long, and most processes never need it."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    model = MixedLM(y, design, groups=at, exog_re=design)
    model.cov_pen = None  # what `fit` would set: no penalty on the variances
    return model


def _parameters(log_sds: Array) -> MixedLMParams:
    """Return statsmodels' parameters with independent intercepts and slopes."""
    from statsmodels.regression.mixed_linear_model import MixedLMParams

    parameters = MixedLMParams(2, 2, 0)
    parameters.fe_params = np.zeros(2)
    parameters.cov_re = np.diag(np.exp(2 * np.asarray(log_sds)))
    parameters.vcomp = np.zeros(0)
    return parameters


def _group_effects(design: Array, residual: Array, at: Years, groups: int, cov: Array) -> Array:
    """Return best linear predictions ``(Z'Z + Ψ⁻¹)⁻¹ Z'r`` of the group effects, (G, 2)."""
    inverse = np.linalg.inv(cov)
    effects = np.empty((groups, design.shape[1]))
    for group in range(groups):
        z = design[at == group]
        effects[group] = np.linalg.solve(z.T @ z + inverse, z.T @ residual[at == group])
    return effects


def _last(at: Years, years: Years, residual: Array, groups: int) -> tuple[Years, Array]:
    """Return last year and its residual of every group."""
    last = np.array([np.flatnonzero(at == group)[-1] for group in range(groups)])
    return years[last], residual[last]


def _persistence(at: Years, years: Years, residual: Array) -> float:
    """Return the correlation of residuals one year apart within groups, in [0, 1)."""
    neighbours = (at[1:] == at[:-1]) & (years[1:] == years[:-1] + 1)
    before, after = residual[:-1][neighbours], residual[1:][neighbours]
    energy = float(np.sqrt((before**2).sum() * (after**2).sum()))
    if energy == 0:
        return 0.0
    return float(np.clip((before * after).sum() / energy, 0, 1 - np.finfo(np.float64).eps))
