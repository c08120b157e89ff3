"""Shares of a district by trade where most trades are published for the Land only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.stats.rates import pool_estimates

Array = NDArray[np.float64]


def district_shares(
    observed_district: Array, observed_land: Array, proxy_share: Array, *, least_sd: float = 0.05
) -> tuple[Array, Array, Array]:
    """Estimate the district's share of the Land for every trade, with its uncertainty.

    The proxy p (for example the share of the related occupation group) is wrong by a factor. Where a
    district figure D and the Land's figure N are published, ``x = log(D/N) − log p`` measures that factor
    with noise variance ``s² = 1/D + 1/N`` (Poisson on the log scale; the two figures come from different
    surveys, so their noise adds; D = 0 counts as 1/2 to stay finite).
    All measured factors are pooled: bias μ with standard error, between-sd τ (never below ``least_sd``).
    With ``B = τ²/(τ² + s²)``::

        measured trade:   log share ~ N( log p + μ + B·(x − μ),  B·s² + (1 − B)²·se(μ)² )
        other trade:      log share ~ N( log p + μ,              τ² + se(μ)² )

    so a measured trade combines its own figure and the corrected proxy by precision. The error of μ is
    the same for all trades. Without a measured trade μ = 0 and the sd is NaN: the caller must bring its own.

    Args:
        observed_district: (n,) published district figures, NaN where none.
        observed_land: (n,) figures of the Land, NaN or 0 where none.
        proxy_share: (n,) proxy of the share, > 0; NaN where none.
        least_sd: Floor of τ: proxies are never taken as exact on the strength of a few cells.

    Returns:
        ``(log mean, log sd, part of it from se(μ))``, (n,) each; figures alone without a proxy, or NaN.

    Raises:
        ValueError: A proxy is not positive or the lengths differ.

    Source of method: Fay and Herriot (1979), on the log scale.

    Example:
        >>> figures = np.array([40.0, np.nan]), np.array([200.0, 90.0])
        >>> mean, sd, shared = district_shares(*figures, np.array([0.25, 0.10]))
        >>> np.exp(mean).round(3).tolist()  # the proxy was 20 % too high where it could be checked
        [0.2, 0.08]
    """
    same = observed_district.shape == observed_land.shape == proxy_share.shape
    if not same or (proxy_share[np.isfinite(proxy_share)] <= 0).any():
        raise ValueError("district, land and proxy must have the same length and proxies be positive")
    published = np.isfinite(observed_district) & np.isfinite(observed_land) & (observed_land > 0)
    own_mean, noise = _measured(observed_district, observed_land, published)
    log_proxy = np.log(proxy_share)
    checked = published & np.isfinite(log_proxy)
    mean, sd, shared = log_proxy, np.full(log_proxy.shape, np.nan), np.zeros(log_proxy.shape)
    if checked.any():
        factor = np.where(checked, own_mean - log_proxy, np.nan)
        tau2 = max(pool_estimates(factor, np.sqrt(noise)).between_sd, least_sd) ** 2
        # the floor of τ changes the weights, so centre and error are taken again with it
        weight = np.where(checked, 1 / (noise + tau2), 0.0)
        centre = float(np.nansum(weight * factor) / weight.sum())
        error2 = float(1 / weight.sum())
        keep = np.where(checked, tau2 / (tau2 + noise), 0.0)
        mean = log_proxy + centre + np.where(checked, keep * (factor - centre), 0.0)
        sd = np.sqrt(np.where(checked, keep * noise + (1 - keep) ** 2 * error2, tau2 + error2))
        shared = np.where(np.isfinite(log_proxy), (1 - keep) * np.sqrt(error2), 0.0)
    alone = published & ~np.isfinite(log_proxy)
    mean = np.where(alone, own_mean, mean)
    return mean, np.where(alone, np.sqrt(noise), np.where(np.isfinite(mean), sd, np.nan)), shared


def left_out_shares(
    observed_district: Array, observed_land: Array, proxy_share: Array
) -> tuple[Array, Array]:
    """Estimate every published share as if its own figure had not been published.

    What it should be held against is the published share: the spread holds the error of the estimate and the
    Poisson noise of the figure left out, ``√(sd² + s²)``.

    Args:
        observed_district: (n,) published district figures, NaN where none.
        observed_land: (n,) figures of the Land, NaN or 0 where none.
        proxy_share: (n,) proxy of the share, > 0; NaN where none.

    Returns:
        ``(log mean, log sd)``, (n,) each; NaN where nothing is published or nothing is left to estimate from.

    Example:
        >>> figures = np.array([40.0, 50.0]), np.array([200.0, 250.0])
        >>> np.exp(left_out_shares(*figures, np.array([0.25, 0.20]))[0]).round(3).tolist()
        [0.25, 0.16]
    """
    published = np.isfinite(observed_district) & np.isfinite(observed_land) & (observed_land > 0)
    _, noise = _measured(observed_district, observed_land, published)
    mean, spread = np.full(published.shape, np.nan), np.full(published.shape, np.nan)
    for row in np.flatnonzero(published & np.isfinite(proxy_share)):
        others = np.where(np.arange(published.size) == row, np.nan, observed_district)
        estimate, sd, _ = district_shares(others, observed_land, proxy_share)
        mean[row], spread[row] = estimate[row], np.hypot(sd[row], np.sqrt(noise[row]))
    return np.where(np.isnan(spread), np.nan, mean), spread


def _measured(district: Array, land: Array, published: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Return log share and noise variance of published figures; where none, (NaN, 1)."""
    half = 1 / 2
    top = np.where(published, np.where(district > 0, district, half), 1.0)
    bottom = np.where(published, land, 1.0)
    mean = np.where(published, np.log(top / bottom), np.nan)
    noise = np.where(published, 1 / np.maximum(top, half) + 1 / bottom, 1.0)
    return mean, noise
