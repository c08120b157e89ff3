"""Age bands to single years, and a profile tilted to a known share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

Array = NDArray[np.float64]


def spread_bands(edges: NDArray[np.int_], counts: Array) -> tuple[NDArray[np.int_], Array]:
    """Spread counts of age bands over single years of age.

    A monotone cubic through the cumulated counts at the band edges is differenced year by year. Totals of
    bands are met exactly because the curve passes through every edge; values are non-negative because the
    curve never falls.

    Args:
        edges: (B + 1,) whole years; band b covers the ages ``edges[b]`` up to ``edges[b + 1] - 1``.
        counts: (B,) persons per band, >= 0, or (D, B) one row per draw.

    Returns:
        ``(ages, persons)``: ages (N,) with N = edges[-1] - edges[0]; persons (N,) or (D, N) as the counts.

    Raises:
        ValueError: Edges do not rise, lengths do not fit, or a count is negative or missing.

    Source of method: monotone cubic spline on cumulated counts (Hyndman and Nguyen 2026); PCHIP is the
    monotone cubic of Fritsch and Carlson (1980).

    Example:
        >>> ages, persons = spread_bands(np.array([15, 17, 20]), np.array([10.0, 0.0]))
        >>> ages.tolist(), persons.round(2).tolist()
        ([15, 16, 17, 18, 19], [6.75, 3.25, 0.0, 0.0, 0.0])
    """
    edges = np.asarray(edges)
    values = np.asarray(counts, dtype=np.float64)
    if edges.ndim != 1 or values.size == 0 or edges.size != values.shape[-1] + 1:
        raise ValueError(f"{values.size} bands need {values.size + 1} edges, got {edges.size}")
    if not (np.diff(edges) > 0).all():
        raise ValueError("band edges must rise")
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError("band counts must be known and not negative")
    ages = np.arange(int(edges[0]), int(edges[-1]))
    cumulated = np.concatenate((np.zeros((*values.shape[:-1], 1)), np.cumsum(values, axis=-1)), axis=-1)
    curve = PchipInterpolator(edges.astype(np.float64), cumulated, axis=-1)
    persons = np.maximum(np.diff(curve(np.arange(int(edges[0]), int(edges[-1]) + 1)), axis=-1), 0.0)
    # differencing large sums leaves rounding dust; scaling each band removes it and keeps zeros
    starts = np.searchsorted(ages, edges[:-1])
    totals = np.add.reduceat(persons, starts, axis=-1)
    factors = np.divide(values, totals, out=np.ones_like(values), where=totals > 0)
    return ages, persons * np.repeat(factors, np.diff(edges), axis=-1)


def tilt_share(profile: Array, ages: NDArray[np.int_], from_age: int, share: float) -> Array:
    """Scale the two sides of an age profile so that a given share is at or above an age.

    Two-cell raking: older ages times ``share·T/O``, younger ages times ``(1 − share)·T/(T − O)`` with total
    T and older part O; the total and both inner shapes are kept.

    Args:
        profile: (A,) persons or weights by single age, >= 0.
        ages: (A,) ages.
        from_age: First age of the older part.
        share: Wanted share of the older part, in [0, 1].

    Returns:
        (A,) profile with the same total.

    Raises:
        ValueError: The share is outside [0, 1] or asks for people on a side that is empty.

    Example:
        >>> tilt_share(np.array([6.0, 2.0, 2.0]), np.array([54, 55, 56]), 55, 0.5).tolist()
        [5.0, 2.5, 2.5]
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must lie in [0, 1], got {share}")
    older = np.asarray(ages) >= from_age
    total = float(profile.sum())
    above = float(profile[older].sum())
    below = float(profile[~older].sum())
    if total > 0 and ((share > 0 and above == 0) or (share < 1 and below == 0)):
        raise ValueError("the share asks for persons on a side of the age limit where the profile has none")
    up = share * total / above if above > 0 else 0.0
    down = (1 - share) * total / below if below > 0 else 0.0
    return np.where(older, profile * up, profile * down)
