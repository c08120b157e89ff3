"""A bank of linear smoothers run over many short series at once, at the last or at every rolling origin.

Two families. *Drift*: simple smoothing with constant α beside a constant slope ``c·b``, where b is read from
the whole history either by one-step least squares (with a ridge: the shrinkage of a trend read from a few
points towards none) or by the straight line through all points; damped only beyond the last value. With the
straight line and c = 1 − 1/θ this is the theta method. *Holt*: damped-trend smoothing whose slope moves.

For fixed constants every member is linear in its starting level and slope, so both are concentrated out by
least squares and nothing is searched for. Arrays hold members first and series last; every series is
computed by elementwise operations in whole lanes, so its bits never depend on its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int_]

BLOCK = 1024  # series side by side at most: what one step touches stays in the cache
LANE = 32  # their number is a multiple of this: functions then take the same way for any number of series


@dataclass(frozen=True, slots=True)
class Bank:
    """The constants of all smoothers.

    A *fit* is a smoother with its own in-sample errors, a *member* a fit with a damping beyond the history.
    Fits: for each α the level alone; for each slope (least squares, straight line), each share c and each α
    the level with a drift; then the Holt smoothers.

    Args:
        alphas: (A,) level constants of the drift family, in (0, 1].
        shares: Shares c of the slope, in (0, 1].
        dampings: Dampings φ of the drift beyond the last value, in (0, 1].
        holt_alpha: (P,) level constants of the Holt family.
        holt_beta: (P,) slope constants, in (0, α].
        holt_phi: (P,) dampings.
        ridge: Weight of the squared starting slope beside the squared errors, > 0.
    """

    alphas: Array
    shares: tuple[float, ...]
    dampings: tuple[float, ...]
    holt_alpha: Array
    holt_beta: Array
    holt_phi: Array
    ridge: float


@dataclass(frozen=True, slots=True)
class Members:
    """The members of a bank, in order: what each continues and how.

    Args:
        fit: (G,) its fit.
        damping: (G,) its damping beyond the last value.
        alpha: (G,) level constant.
        share: (G,) share of the slope (1 for Holt, 0 for the level alone).
        line: (G,) 1 where the slope is that of the straight line.
        holt: (G,) 1 for Holt.
        beta_share: (G,) β/α for Holt, otherwise 0.
    """

    fit: Index
    damping: Array
    alpha: Array
    share: Array
    line: Array
    holt: Array
    beta_share: Array


@dataclass(frozen=True, slots=True)
class Fits:
    """State of all fits behind one column.

    Args:
        sse: (D, N) sum of squared one-step errors, starting values chosen best.
        level: (D, N) level after the last observed value.
        slope: (D, N) slope.
    """

    sse: Array
    level: Array
    slope: Array


def make_bank(
    alphas: tuple[float, ...],
    shares: tuple[float, ...],
    dampings: tuple[float, ...],
    holt: tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]],
    ridge: float,
) -> Bank:
    """Return a bank; ``holt`` holds the grids of α, β/α and φ, crossed with one another.

    Example:
        >>> bank = make_bank((0.5, 1.0), (1.0,), (0.9, 1.0), ((1.0,), (0.2,), (0.9,)), 1.0)
        >>> members(bank).fit.tolist()
        [0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6]
    """
    grid = np.array(list(product(*holt)), dtype=np.float64).reshape(-1, 3)
    alpha, share, phi = grid.T
    return Bank(np.asarray(alphas, dtype=np.float64), shares, dampings, alpha, alpha * share, phi, ridge)


def members(bank: Bank) -> Members:
    """Return what every member of a bank is."""
    count = bank.alphas.size
    rows: list[tuple[float, ...]] = [(i, 1.0, bank.alphas[i], 0.0, 0.0, 0.0, 0.0) for i in range(count)]
    start = count
    for line, share in product((0.0, 1.0), bank.shares):
        for damping in bank.dampings:
            rows += [(start + i, damping, bank.alphas[i], share, line, 0.0, 0.0) for i in range(count)]
        start += count
    for i, (alpha, beta, phi) in enumerate(zip(bank.holt_alpha, bank.holt_beta, bank.holt_phi, strict=True)):
        rows.append((start + i, phi, alpha, 1.0, 0.0, 1.0, beta / alpha))
    columns = np.array(rows, dtype=np.float64).T
    return Members(columns[0].astype(np.int_), *columns[1:])


class _Drift:
    """Moments of the drift family over the years; arrays (A, N), unit responses (A, 1) without gaps."""

    def __init__(self, bank: Bank, series: int, own: bool) -> None:
        shape = (bank.alphas.size, series)
        unit = shape if own else (shape[0], 1)
        self.alpha = bank.alphas[:, None]
        self.shares, self.ridge = bank.shares, bank.ridge
        self.level = np.zeros(shape)
        self.unit, self.reach = np.ones(unit), np.zeros(unit)
        self.ee, self.e1, self.e2 = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.a11, self.a12, self.a22 = np.zeros(unit), np.zeros(unit), np.zeros(unit)
        self.count, self.when, self.square = np.zeros(series), np.zeros(series), np.zeros(series)
        self.total, self.cross = np.zeros(series), np.zeros(series)

    def step(self, column: int, value: Array, seen: Array, shared: Array) -> None:
        """Take the values of one year; ``seen`` is 0 where there is none."""
        error = (value - self.level) * seen
        toward = (self.reach + 1) * shared
        level = self.unit * shared
        self.ee += error * error
        self.e1 += error * level
        self.e2 += error * toward
        self.a11 += level * level
        self.a12 += level * toward
        self.a22 += toward * toward
        self.level += self.alpha * error
        self.unit -= self.alpha * level
        self.reach += 1 - self.alpha * toward
        self.count += seen
        self.when += column * seen
        self.square += column * column * seen
        self.total += value * seen
        self.cross += column * value * seen

    def fits(self) -> tuple[list[Array], list[Array], list[Array]]:
        """Return squared errors, levels and slopes, one (A, N) block per kind of slope."""
        spread = self.count * self.square - self.when * self.when
        several = spread > 0
        line = np.where(several, self.count * self.cross - self.when * self.total, 0.0)
        line = line / np.where(several, spread, 1.0)
        determinant = self.a11 * (self.a22 + self.ridge) - self.a12 * self.a12
        least = (self.a11 * self.e2 - self.a12 * self.e1) / determinant
        slopes = [np.zeros(least.shape)]
        for base in (least, np.broadcast_to(line, least.shape)):
            slopes += [share * base for share in self.shares]
        squares, levels = [], []
        for slope in slopes:
            start = (self.e1 - slope * self.a12) / self.a11
            cross = start * self.e1 + slope * self.e2
            quadratic = start * (start * self.a11 + 2 * slope * self.a12) + slope * slope * self.a22
            squares.append(self.ee - 2 * cross + quadratic)
            levels.append(self.level + start * self.unit + slope * self.reach)
        return squares, levels, slopes


class _Holt:
    """Moments of the Holt family over the years; arrays (P, N), unit responses (P, 1) without gaps."""

    def __init__(self, bank: Bank, series: int, own: bool) -> None:
        shape = (bank.holt_alpha.size, series)
        unit = shape if own else (shape[0], 1)
        self.alpha, self.beta = bank.holt_alpha[:, None], bank.holt_beta[:, None]
        self.phi, self.ridge = bank.holt_phi[:, None], bank.ridge
        self.level, self.slope = np.zeros(shape), np.zeros(shape)
        self.level1, self.slope1 = np.ones(unit), np.zeros(unit)
        self.level2, self.slope2 = np.zeros(unit), np.ones(unit)
        self.ee, self.e1, self.e2 = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.a11, self.a12, self.a22 = np.zeros(unit), np.zeros(unit), np.zeros(unit)

    def step(self, value: Array, seen: Array, shared: Array) -> None:
        """Take the values of one year; ``seen`` is 0 where there is none."""
        self.slope *= self.phi
        self.level += self.slope
        error = (value - self.level) * seen
        self.level += self.alpha * error
        self.slope += self.beta * error
        self.slope1 *= self.phi
        self.level1 += self.slope1
        self.slope2 *= self.phi
        self.level2 += self.slope2
        s1, s2 = self.level1 * shared, self.level2 * shared
        self.level1 -= self.alpha * s1
        self.slope1 -= self.beta * s1
        self.level2 -= self.alpha * s2
        self.slope2 -= self.beta * s2
        self.ee += error * error
        self.e1 += error * s1
        self.e2 += error * s2
        self.a11 += s1 * s1
        self.a12 += s1 * s2
        self.a22 += s2 * s2

    def fits(self) -> tuple[Array, Array, Array]:
        """Return squared errors, levels and slopes, (P, N) each."""
        curved = self.a22 + self.ridge
        determinant = self.a11 * curved - self.a12 * self.a12
        start = (curved * self.e1 - self.a12 * self.e2) / determinant
        slope = (self.a11 * self.e2 - self.a12 * self.e1) / determinant
        cross = start * self.e1 + slope * self.e2
        quadratic = start * (start * self.a11 + 2 * slope * self.a12) + slope * slope * self.a22
        level = self.level + start * self.level1 + slope * self.level2
        return self.ee - 2 * cross + quadratic, level, self.slope + start * self.slope1 + slope * self.slope2


def rolling_fits(values: Array, bank: Bank, *, every: bool) -> Iterator[tuple[int, Fits]]:
    """Yield ``(column, fits)`` at every column, or at the last one only.

    With one-step errors ``e = e⁰ − l0·s₁ − b0·s₂`` the best ``l0`` (and ``b0``, with ``ridge·b0²`` beside the
    squares) solve a 2×2 system in running sums; a fixed slope leaves ``l0 = (Σe⁰s₁ − b·Σs₁s₂)/Σs₁²``.

    Args:
        values: (N, T) values, column 0 observed, NaN for gaps; what stands behind the end of a series has no
            meaning at later columns.
        bank: The smoothers.
        every: Yield at every column.

    Source of method: exponential smoothing in error-correction form (Gardner 1985); theta as smoothing with
    drift (Hyndman and Billah 2003).
    """
    observed = ~np.isnan(values)
    origin = values[:, 0]
    centred = np.ascontiguousarray(np.where(observed, values - origin[:, None], 0.0).T)
    seen = np.ascontiguousarray(observed.T.astype(np.float64))
    own = not observed.all()
    drift, holt = _Drift(bank, len(values), own), _Holt(bank, len(values), own)
    whole = np.ones((1, 1))
    for column in range(values.shape[1]):
        shared = seen[column] if own else whole
        drift.step(column, centred[column], seen[column], shared)
        holt.step(centred[column], seen[column], shared)
        if every or column == values.shape[1] - 1:
            squares, levels, slopes = drift.fits()
            curved = holt.fits()
            sse = np.concatenate([*squares, curved[0]])
            level = np.concatenate([*levels, curved[1]]) + origin
            yield column, Fits(np.maximum(sse, 0.0), level, np.concatenate([*slopes, curved[2]]))
