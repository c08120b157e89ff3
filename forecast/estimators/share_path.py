"""How a district's share of the Land in new contracts moves from year to year, by the chamber's totals."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from forecast.estimators.parameter_draws import ParameterDraws

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
_LEVEL_VARIANCE = 1.0  # the totals cover more crafts than the Land's trades: their level is unknown


def _no_years() -> IntArray:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class ShareTotals:
    """What totals say of the district's share of all crafts; only its movement is used.

    Args:
        years: Years with a total of the district and the Land (n,).
        log_ratio: Log of district by Land (n,).
        noise: Error variance of each, of counting (n,).
        anchor: Year in which the shares of single trades were counted, None if they never were.
    """

    years: IntArray = field(default_factory=_no_years)
    log_ratio: FloatArray = field(default_factory=lambda: np.zeros(0))
    noise: FloatArray = field(default_factory=lambda: np.zeros(0))
    anchor: int | None = None


def year_totals(years: IntArray, district: FloatArray, land: FloatArray, anchor: int | None) -> ShareTotals:
    """Totals of a district beside those of the Land; years in which one is missing are left out.

    Args:
        years: Years (n,).
        district: New contracts of the district (n,).
        land: New contracts of the Land (n,), 0 or NaN where unknown.
        anchor: Year in which the shares of single trades were counted.

    Example:
        >>> year_totals(np.array([2014, 2020]), np.array([60.0, 90.0]), np.array([200.0, 200.0]), 2020).years
        array([2014, 2020])
    """
    known = np.isfinite(district) & (district > 0) & (land > 0)
    top, bottom = district[known], land[known]
    return ShareTotals(years[known], np.log(top / bottom), 1 / top + 1 / bottom, anchor)


def share_movement(totals: ShareTotals, years: IntArray, parameters: ParameterDraws) -> FloatArray:
    """Share of the district relative to the anchor year, as draws (D, S): `exp(z[t] − z[anchor])`.

    z wanders around an unknown level with standard deviation s and correlation `exp(−|t − u| / ℓ)`; given the
    totals, its draws are those of the conditional normal distribution, the same for all trades.

    Args:
        totals: What is known of it.
        years: Start years (S,).
        parameters: Parameter draws; `share_spread` is s, `share_memory` ℓ, `share_total_error` the error of a
            total beyond counting.

    Source of method: regression with a Gaussian process (Rasmussen and Williams 2006, chapter 2).
    """
    values = parameters.parameters
    spread, memory = values.value("share_spread"), values.value("share_memory")
    error = values.value("share_total_error")
    anchor = int(years[-1]) if totals.anchor is None else totals.anchor
    grid = np.union1d(np.concatenate([years, totals.years]), [anchor])
    apart = np.abs(grid[:, None] - grid[None, :])
    prior = spread**2 * np.exp(-apart / memory) + _LEVEL_VARIANCE
    mean, cov = np.zeros(grid.size), prior
    if totals.years.size:
        seen = np.searchsorted(grid, totals.years)
        centred = totals.log_ratio - totals.log_ratio.mean()
        gain = np.linalg.solve(prior[np.ix_(seen, seen)] + np.diag(totals.noise + error**2), prior[seen]).T
        mean, cov = gain @ centred, prior - gain @ prior[seen]
    at = int(np.searchsorted(grid, anchor))
    less = np.eye(grid.size)
    less[:, at] -= 1  # only the distance from the anchor counts
    size, axes = np.linalg.eigh(less @ cov @ less.T)
    root = axes * np.sqrt(np.maximum(size, 0))
    normals = np.stack([parameters.normal("share_movement", str(year)) for year in grid.tolist()], axis=1)
    paths = (mean - mean[at])[None, :] + normals @ root.T
    return np.asarray(np.exp(paths[:, np.searchsorted(grid, years)]), dtype=np.float64)
