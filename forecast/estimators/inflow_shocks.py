"""How the net inflow moves from year to year: together over trades, and on from one year to the next.

A labour market that turns does so for all trades of a region. Shocks drawn trade by trade would cancel in a
sum over trades, and shocks drawn year by year in a sum over years; both sums are what is published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shocks:
    """Structure of yearly shocks of unit variance.

    Args:
        common: Share of the variance that all trades of a region have in common, in [0, 1].
        persistence: Correlation of a shock with that of the year before, in [0, 1).
    """

    common: float
    persistence: float


#: Every trade and every year by itself.
INDEPENDENT: Final = Shocks(common=0.0, persistence=0.0)


@dataclass(frozen=True, slots=True)
class Assumed:
    """What is taken for granted before the first year is seen.

    Args:
        shocks: Structure that is assumed.
        years: Years of observation that weigh as much as the assumption.
        largest: The most of each that is believed.
    """

    shocks: Shocks
    years: float
    largest: Shocks


def deviations(rates: Sequence[FloatArray]) -> FloatArray:
    """Net inflow of every cell less its mean (N, T), median over draws, the last years aligned.

    Years before the first of a cell are NaN; so is a cell with a single year, which has no deviation.

    Args:
        rates: Per cell the yearly net inflow per head (D, T'), all ending in the same year.

    Example:
        >>> deviations([np.array([[1.0, 3.0]]), np.array([[4.0]])]).tolist()
        [[-1.0, 1.0], [nan, nan]]
    """
    years = max((rate.shape[1] for rate in rates), default=0)
    found = np.full((len(rates), years), np.nan)
    for row, rate in enumerate(rates):
        if rate.shape[1] > 1:
            typical = np.median(rate, axis=0)
            found[row, -typical.size :] = typical - typical.mean()
    return found


def common_share(deviation: FloatArray, regions: Sequence[str]) -> tuple[float, int]:
    """Mean correlation of different trades of a region in the same year, and the years it rests on.

    `c = Σ_year ((Σ e)² − Σ e²) / Σ_year (n − 1)·Σ e²` with e the deviations of a region's n trades in a year:
    products of different trades, held against what they would be if all trades moved as one. In [0, 1].

    Args:
        deviation: Deviations (N, T), NaN where unknown.
        regions: Region of every row.

    Example:
        >>> together = np.array([[-1.0, 1.0], [-1.0, 1.0]])
        >>> common_share(together, ("BB", "BB")), common_share(together, ("BB", "DE"))
        ((1.0, 2), (0.0, 0))
    """
    products = bound = 0.0
    years: set[int] = set()
    names = np.asarray(regions)
    for region in sorted(set(regions)):
        part = deviation[names == region]
        known = np.isfinite(part)
        count, values = known.sum(axis=0), np.where(known, part, 0.0)
        squares = np.square(values).sum(axis=0)
        products += float((np.square(values.sum(axis=0)) - squares)[count > 1].sum())
        bound += float(((count - 1) * squares)[count > 1].sum())
        years |= set(np.flatnonzero(count > 1).tolist())
    return (float(np.clip(products / bound, 0, 1)), len(years)) if bound > 0 else (0.0, 0)


def persistence(deviation: FloatArray) -> tuple[float, int]:
    """Correlation of neighbouring years over all cells, and the number of such pairs of years.

    `φ = Σ e[t]·e[t−1] / Σ (e[t]² + e[t−1]²)/2`, plus `(1 + 3φ)/T` for what taking out a mean of T years takes
    away. In [0, 1].

    Args:
        deviation: Deviations (N, T), NaN where unknown.

    Source of method: Kendall (1954), bias of the autocorrelation of a short series.

    Example:
        >>> persistence(np.array([[1.0, 1.0, -2.0, -1.0, 1.0, 0.0]]))  # 0 + (1 + 3·0)/6
        (0.16666666666666666, 5)
    """
    before, after = deviation[:, :-1], deviation[:, 1:]
    both = np.isfinite(before) & np.isfinite(after)
    if not both.any():
        return 0.0, 0
    products = float((before * after)[both].sum())
    size = float((np.square(before) + np.square(after))[both].sum()) / 2
    raw = products / size if size > 0 else 0.0
    corrected = raw + (1 + 3 * raw) / deviation.shape[1]
    return float(np.clip(corrected, 0, 1)), int(both.any(axis=0).sum())


def shock_structure(rates: Sequence[FloatArray], regions: Sequence[str], assumed: Assumed) -> Shocks:
    """Structure of the shocks: what the past shows, drawn to what is assumed by the years it rests on.

    `x = (Y·observed + w·assumed) / (Y + w)`.

    Args:
        rates: Per cell the yearly net inflow per head (D, T').
        regions: Region of every cell.
        assumed: What is assumed, with its weight w in years.
    """
    deviation = deviations(rates)

    def drawn(found: tuple[float, int], prior: float) -> float:
        observed, years = found
        return (years * observed + assumed.years * prior) / (years + assumed.years)

    return Shocks(
        common=min(drawn(common_share(deviation, regions), assumed.shocks.common), assumed.largest.common),
        persistence=min(
            drawn(persistence(deviation), assumed.shocks.persistence), assumed.largest.persistence
        ),
    )


def shock_path(common: FloatArray, own: FloatArray, shocks: Shocks) -> FloatArray:
    """Shocks of one trade (D, Y) of unit variance in every year.

    `ε = √c·common + √(1 − c)·own`, `x[1] = ε[1]`, `x[t] = φ·x[t−1] + √(1 − φ²)·ε[t]`.

    Args:
        common: Standard normal numbers of the region (D, Y), the same for all its trades.
        own: Standard normal numbers of the trade (D, Y).
        shocks: Their structure.

    Example:
        >>> shock_path(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]), Shocks(0.64, 0.6)).round(2).tolist()
        [[0.8, 0.96]]
    """
    c, keep = shocks.common, shocks.persistence
    path = np.sqrt(c) * common + np.sqrt(1 - c) * own
    for step in range(1, path.shape[1]):
        path[:, step] = keep * path[:, step - 1] + np.sqrt(1 - keep**2) * path[:, step]
    return np.asarray(path)


def mean_error(spread: float, years: int, shocks: Shocks) -> tuple[float, float]:
    """Standard error of a mean over past years: the part all trades of a region share, and a trade's own.

    `s²/T·(1 + φ)/(1 − φ)`, never above s²: years that hang together tell less. Split as the shocks are.

    Args:
        spread: Year-to-year spread s.
        years: Years T of the mean, 1 or more.
        shocks: Their structure.

    Example:
        >>> common, own = mean_error(0.02, 4, Shocks(0.36, 0.0))
        >>> round(common, 4), round(own, 4)
        (0.006, 0.008)
    """
    keep = shocks.persistence
    total = spread * np.sqrt(min((1 + keep) / (1 - keep) / years, 1.0))
    return float(total * np.sqrt(shocks.common)), float(total * np.sqrt(1 - shocks.common))
