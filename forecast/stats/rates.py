"""Rates and ratios of small cells, drawn towards their group by as much as the data ask for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pooled:
    """Estimates after partial pooling.

    Args:
        mean: (n,) posterior mean of every cell; a cell without data has the group's mean.
        sd: (n,) posterior standard deviation, including the uncertainty of the group's mean.
        centre: Mean of the group.
        centre_sd: Its standard error.
        between_sd: Standard deviation of true values between cells, 0 if the noise explains all.
    """

    mean: Array
    sd: Array
    centre: float
    centre_sd: float
    between_sd: float


@dataclass(frozen=True, slots=True)
class PooledRates:
    """Shares after partial pooling: posterior Beta(a, b) per cell.

    Args:
        mean: (n,) posterior mean share.
        a: (n,) first parameter of the posterior beta distribution.
        b: (n,) second parameter.
        centre: Share of the group.
        strength: Prior size in persons: how many persons of the cell equal the weight of the group.
    """

    mean: Array
    a: Array
    b: Array
    centre: float
    strength: float


def pool_estimates(estimate: Array, error: Array) -> Pooled:
    """Draw estimates with known standard errors towards their precision-weighted mean.

    With within-variance ``s_i²`` and between-variance τ² (method of moments, floor 0):
    ``w_i = 1/(s_i² + τ²)``, ``μ = Σw_i x_i / Σw_i``, ``B_i = τ²/(τ² + s_i²)``,
    ``mean_i = μ + B_i (x_i − μ)``, ``sd_i² = B_i s_i² + (1 − B_i)² / Σw``.

    Args:
        estimate: (n,) estimates, for example log ratios; NaN where a cell has no data.
        error: (n,) standard errors, > 0 where the estimate is known.

    Returns:
        The pooled estimates; cells without data get ``μ`` and ``sd² = τ² + 1/Σw``.

    Raises:
        ValueError: No cell has data, or an error is not positive.

    Source of method: DerSimonian and Laird (1986) for τ², Efron and Morris (1975) for the shrinkage.

    Example:
        >>> pooled = pool_estimates(np.array([0.0, 2.0]), np.array([1.0, 1.0]))
        >>> pooled.between_sd, pooled.mean.tolist()
        (1.0, [0.5, 1.5])
    """
    known = np.isfinite(estimate)
    if not known.any():
        raise ValueError("pooling needs at least one cell with data")
    x, variance = estimate[known], error[known] ** 2
    if not (np.isfinite(variance) & (variance > 0)).all():
        raise ValueError("standard errors must be positive where the estimate is known")
    fixed = 1 / variance
    fixed_mean = float((fixed * x).sum() / fixed.sum())
    excess = float((fixed * (x - fixed_mean) ** 2).sum()) - (x.size - 1)
    spread = float(fixed.sum() - (fixed**2).sum() / fixed.sum())
    tau2 = max(0.0, excess / spread) if spread > 0 else 0.0
    weight = 1 / (variance + tau2)
    centre = float((weight * x).sum() / weight.sum())
    centre_variance = float(1 / weight.sum())
    keep = tau2 / (tau2 + variance)
    mean = np.full(estimate.shape, centre)
    sd = np.full(estimate.shape, np.sqrt(tau2 + centre_variance))
    mean[known] = centre + keep * (x - centre)
    sd[known] = np.sqrt(keep * variance + (1 - keep) ** 2 * centre_variance)
    return Pooled(mean, sd, centre, float(np.sqrt(centre_variance)), float(np.sqrt(tau2)))


def pool_rates(events: Array, persons: Array, *, weakest: float = 1.0, strongest: float = 1e6) -> PooledRates:
    """Draw shares ``events / persons`` of small cells towards the share of the group (beta-binomial).

    The prior Beta(m·k, (1 − m)·k) has the pooled share m; its strength k matches the spread of the cells'
    shares beyond binomial noise. Posterior: ``mean_i = (events_i + m·k) / (persons_i + k)``.

    Args:
        events: (n,) events, 0 <= events <= persons.
        persons: (n,) persons at risk, may be 0.
        weakest: Smallest strength k in persons.
        strongest: Largest strength, used where noise explains all differences.

    Returns:
        The pooled shares; a cell without persons has the group's share.

    Raises:
        ValueError: Nobody is at risk, or events are negative or more than persons.

    Source of method: beta-binomial moments, Kleinman (1973).

    Example:
        >>> pool_rates(np.array([0.0, 10.0]), np.array([0.0, 20.0])).mean.tolist()
        [0.5, 0.5]
    """
    if (events < 0).any() or (events > persons).any():
        raise ValueError("events must lie between 0 and persons")
    total = float(persons.sum())
    if total <= 0:
        raise ValueError("pooling needs persons at risk")
    centre = float(events.sum()) / total
    noise = centre * (1 - centre)
    filled = persons > 0
    share = events[filled] / persons[filled]
    strength = strongest
    if noise > 0 and filled.sum() > 1:
        squares = float((persons[filled] * (share - centre) ** 2).sum())
        freedom = float(filled.sum() - 1)
        size = total - float((persons[filled] ** 2).sum()) / total
        # E[squares] = noise·(freedom + φ·(size − freedom)) with intra-class correlation φ = 1/(k + 1)
        correlation = (squares / noise - freedom) / (size - freedom) if size > freedom else 0.0
        if correlation > 0:
            strength = min(strongest, max(weakest, 1 / correlation - 1))
    a = events + centre * strength
    b = persons - events + (1 - centre) * strength
    return PooledRates(a / (a + b), a, b, centre, strength)
