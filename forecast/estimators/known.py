"""Histories side by side with what is known about them: events, an unfinished year, suppressed values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from forecast.estimators.protocol import Array, History, Years
from forecast.estimators.rows import CENSORED, PARTIAL, PULSES, REASONS, STEPS, UNBOUNDED, Marks
from forecast.stats.scores import rounding_step

#: Steps offices round to, to protect single persons.
ROUNDING_STEPS = (3, 5, 10)


@dataclass(frozen=True, slots=True)
class KnownRows:
    """N histories on their common calendar.

    Args:
        grid: (N, T) yearly values, NaN for gaps and after the end.
        first: (N,) calendar year of column 0.
        marks: (N, T) known steps and pulses; None without any.
        blur: (N, T) variance of the true value where the value is suppressed, 0 elsewhere; None without any.
        flags: (N,) bits of `REASONS`.
        years: (N, REASONS) their years.
    """

    grid: Array
    first: Years
    marks: Marks | None
    blur: Array | None
    flags: NDArray[np.uint32]
    years: Years

    def part(self, some: slice) -> KnownRows:
        """Return consecutive rows."""
        marks = None if self.marks is None else self.marks[some]
        blur = None if self.blur is None else self.blur[some]
        return KnownRows(self.grid[some], self.first[some], marks, blur, self.flags[some], self.years[some])

    def rows(self, pick: NDArray[np.int_]) -> tuple[Array, Years, Marks | None, Array | None]:
        """Return grid, first years, marks and blur of some of the rows."""
        marks = None if self.marks is None else self.marks[pick]
        return self.grid[pick], self.first[pick], marks, None if self.blur is None else self.blur[pick]


def plain_rows(grid: Array, first: Years) -> KnownRows:
    """Return rows nothing further is known about."""
    count = len(grid)
    nothing = np.zeros(count, dtype=np.uint32), np.zeros((count, len(REASONS)), dtype=np.int_)
    return KnownRows(np.asarray(grid, dtype=np.float64), np.asarray(first), None, None, *nothing)


def told_rows(
    plain: KnownRows,
    *,
    steps: NDArray[np.bool_],
    pulses: NDArray[np.bool_],
    low: Array,
    high: Array,
    partial: Years,
    unbounded: NDArray[np.bool_],
) -> KnownRows:
    """Return rows with what a table tells about their cells.

    Args:
        plain: The rows, a suppressed value as the middle of its bounds, without an unfinished year.
        steps: (N, T) a new level begins.
        pulses: (N, T) an untypical year.
        low: (N, T) lowest possible value where a value is suppressed, NaN elsewhere.
        high: (N, T) highest possible value, likewise.
        partial: (N,) unfinished year, 0 without one.
        unbounded: (N,) a suppressed value without bounds is a gap.
    """
    marks = np.where(pulses, PULSES, np.where(steps, STEPS, 0)).astype(np.uint8)
    marks[:, :1][marks[:, :1] == STEPS] = 0  # a step before the second value parts nothing
    blur = bounds_variance(low, high)
    flags = np.where(partial > 0, PARTIAL, 0) | np.where(unbounded, UNBOUNDED, 0)
    flags = (flags | np.where((blur > 0).any(axis=1), CENSORED, 0)).astype(np.uint32)
    years = plain.years.copy()
    years[:, PARTIAL.bit_length() - 1] = partial
    some_marks, some_blur = marks if marks.any() else None, blur if blur.any() else None
    return KnownRows(plain.grid, plain.first, some_marks, some_blur, plain.flags | flags, years)


def bounds_variance(low: Array, high: Array) -> Array:
    """Return the variance of a true value evenly spread between bounds, 0 where they are NaN.

    ``w·(w + 2)/12`` for whole bounds (w + 1 whole numbers, ``w = high − low``), ``w²/12`` for others.

    Example:
        >>> bounds_variance(np.array([0.0, 0.5, np.nan]), np.array([2.0, 2.0, np.nan])).round(3).tolist()
        [0.667, 0.188, 0.0]
    """
    width = np.where(np.isnan(low) | np.isnan(high), 0.0, high - low)
    whole = (np.where(width > 0, low, 0) % 1 == 0) & (width % 1 == 0)
    return np.where(whole, width * (width + 2), np.square(width)) / 12


def known_values(history: History) -> tuple[Years, Array, Array]:
    """Return observed years, values and the variance behind each, without an unfinished last year.

    A suppressed value is the middle of its bounds; `bounds_variance` tells how far the true one may lie.

    Example:
        >>> bounds = np.array([[np.nan, np.nan], [0.0, 2.0]])
        >>> years, values, blur = known_values(
        ...     History("a", np.array([2020, 2021]), np.array([6.0, np.nan]), bounds=bounds)
        ... )
        >>> values.tolist(), blur.round(2).tolist()
        ([6.0, 1.0], [0.0, 0.67])
    """
    years = np.asarray(history.years, dtype=np.int_)
    values = np.asarray(history.values, dtype=np.float64)
    blur = np.zeros(values.shape)
    if history.bounds is not None:
        low, high = np.where(np.isnan(values)[:, None], history.bounds, np.nan).T
        hidden = ~np.isnan(low) & ~np.isnan(high)
        values = np.where(hidden, (low + high) / 2, values)
        blur = bounds_variance(low, high)
    known = ~np.isnan(values)
    if history.partial and known.any():
        known &= years < years[known].max()
    return years[known], values[known], blur[known]


def as_grid(histories: Sequence[History]) -> tuple[Array, Years]:
    """Lay histories side by side on their common calendar; a year that comes twice keeps its last value."""
    found = known_rows(histories)
    return found.grid, found.first


def known_rows(histories: Sequence[History]) -> KnownRows:
    """Lay histories side by side with everything known about them."""
    known = [known_values(history) for history in histories]
    first = np.array([years.min() if years.size else 0 for years, _, _ in known], dtype=np.int_)
    width = max((int(years.max() - years.min()) + 1 for years, _, _ in known if years.size), default=0)
    grid = np.full((len(known), width), np.nan)
    found = plain_rows(grid, first)
    blur, marks = np.zeros(grid.shape), np.zeros(grid.shape, dtype=np.uint8)
    for row, (history, (years, values, spread)) in enumerate(zip(histories, known, strict=True)):
        found.grid[row, years - first[row]] = values
        blur[row, years - first[row]] = spread
        for event in history.events:
            column = event.year - first[row]
            kind = PULSES if event.kind == "pulse" else STEPS
            # a step before the second value parts nothing
            if (kind == PULSES and 0 <= column < width) or 0 < column < width:
                marks[row, column] = kind
        if history.partial:
            found.flags[row] |= PARTIAL
            observed = np.asarray(history.years)[~np.isnan(history.values)]
            found.years[row, PARTIAL.bit_length() - 1] = observed.max(initial=0)
        if spread.any():
            found.flags[row] |= CENSORED
    return KnownRows(
        found.grid,
        first,
        marks if marks.any() else None,
        blur if blur.any() else None,
        found.flags,
        found.years,
    )


def joined_blur(blur: Array | None, rounding: float, count: int) -> Array | None:
    """Return the variance (N, 1) or (N, T) of true values around rounded or suppressed ones; None if none is.

    Whole numbers rounded to b lie evenly on b numbers around what is printed: ``(b² − 1)/12``, others evenly
    within b: ``b²/12``; a suppressed value has its own variance and no rounding beside it.
    """
    spread = (rounding**2 - (rounding % 1 == 0 and rounding > 0)) / 12
    if blur is None:
        return np.full((count, 1), spread) if spread > 0 else None
    return np.where(blur > 0, blur, spread)


def found_rounding(grid: Array, least: int) -> float:
    """Return the step to which all values of a panel are rounded; 0 if none, or if there are too few values.

    Args:
        grid: (N, T) values, NaN for gaps.
        least: Values other than zero that must agree.

    Example:
        >>> found_rounding(np.array([[3.0, 9.0, 0.0, 12.0]]), 3), found_rounding(np.array([[3.0, 9.0]]), 3)
        (3.0, 0.0)
    """
    telling = grid[np.isfinite(grid) & (grid != 0)]
    return float(rounding_step(telling, ROUNDING_STEPS)) if telling.size >= least else 0.0


def common_end(grid: Array, first: Years, share: float) -> int:
    """Return the last year that a share of the rows reaches; 0 without rows."""
    if not grid.size:
        return 0
    last = np.sort(first + grid.shape[1] - 1 - (~np.isnan(grid))[:, ::-1].argmax(axis=1))[::-1]
    return int(last[int(np.ceil(share * last.size)) - 1])


def rows_of(panel: Sequence[History] | KnownRows | tuple[Array, Years]) -> KnownRows:
    """Return the rows of any form of a panel."""
    if isinstance(panel, KnownRows):
        return panel
    if isinstance(panel, tuple) and len(panel) == 2 and isinstance(panel[0], np.ndarray):
        return plain_rows(panel[0], np.asarray(panel[1]))
    return known_rows(cast("Sequence[History]", panel))
