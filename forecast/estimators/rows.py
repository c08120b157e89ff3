"""Histories laid side by side: aligned, refused where nothing can be said, each with its scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecast.estimators.baselines import filled
from forecast.estimators.protocol import Array, History, Years
from forecast.stats.defaults import SeriesSettings
from forecast.stats.intervals import Scale

Flags = NDArray[np.bool_]

#: What can become of a row; the codes of `PanelForecast.status` are positions in here.
STATUSES: Final = ("forecast", "short", "failed")

#: Why a row was refused or forecast with a reservation: bit i of `PanelForecast.flags` is sentence i.
REASONS: Final = (
    "Nur ein beobachteter Wert: letzter Wert mit der Spanne der übrigen Reihen.",
    "Kein beobachteter Wert.",
    "Ein Wert ist unendlich.",
    "Ein Wert ist negativ, obwohl die Größe nicht negativ sein kann.",
)
SHORT, EMPTY, INFINITE, NEGATIVE = (1 << place for place in range(len(REASONS)))


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows laid left-aligned, with their scale.

    Args:
        grid: (N, T) values, column 0 observed, NaN for gaps and after the end.
        first: (N,) calendar year of column 0.
        last: (N,) last observed column.
        scale: Scale of the errors.
    """

    grid: Array
    first: Years
    last: NDArray[np.int_]
    scale: Scale


def reasons(flags: int) -> tuple[str, ...]:
    """Return the German sentences behind a flag word."""
    return tuple(sentence for place, sentence in enumerate(REASONS) if flags >> place & 1)


def as_grid(histories: Sequence[History]) -> tuple[Array, Years]:
    """Lay histories side by side on their common calendar; a year that comes twice keeps its last value."""
    known = [(np.asarray(h.years, dtype=np.int_), np.asarray(h.values, dtype=np.float64)) for h in histories]
    known = [(years[~np.isnan(values)], values[~np.isnan(values)]) for years, values in known]
    first = np.array([years.min() if years.size else 0 for years, _ in known], dtype=np.int_)
    width = max((int(years.max() - years.min()) + 1 for years, _ in known if years.size), default=0)
    grid = np.full((len(known), width), np.nan)
    for row, (years, values) in enumerate(known):
        grid[row, years - first[row]] = values
    return grid, first


def refusals(grid: Array, non_negative: bool | None) -> NDArray[np.uint32]:
    """Return why rows cannot be forecast, as bits of `REASONS`; 0 where they can."""
    found = np.where(np.isnan(grid).all(axis=1), EMPTY, 0).astype(np.uint32)
    found |= np.where(np.isinf(grid).any(axis=1), INFINITE, 0).astype(np.uint32)
    if non_negative:
        found |= np.where((grid < 0).any(axis=1), NEGATIVE, 0).astype(np.uint32)
    return found


def rooted_rows(grid: Array, non_negative: bool | None) -> Flags:
    """Return which rows are forecast on the root scale: never below zero."""
    if non_negative is not None:
        return np.full(len(grid), non_negative)
    return np.asarray(~(grid < 0).any(axis=1))


def lay_rows(grid: Array, first: Years, root: bool, counts: bool | None, settings: SeriesSettings) -> Rows:
    """Left-align sound rows, keep at most ``settings.window`` years of each and find their scale."""
    if not grid.size:
        empty = np.zeros(0)
        return Rows(np.empty((0, 1)), first[:0], np.zeros(0, dtype=np.int_), Scale(empty > 0, empty, empty))
    observed = ~np.isnan(grid)
    start = observed.argmax(axis=1)
    last = grid.shape[1] - 1 - observed[:, ::-1].argmax(axis=1)
    if int((last - start).max(initial=0)) >= settings.window:
        recent = observed & (np.arange(grid.shape[1]) > (last - settings.window)[:, None])
        start = recent.argmax(axis=1)
    width = int((last - start).max(initial=0)) + 1
    columns = start[:, None] + np.arange(width)
    inside = columns <= last[:, None]
    values = np.take_along_axis(grid, np.minimum(columns, grid.shape[1] - 1), axis=1)
    laid = np.where(inside, values, np.nan)
    whole = _are_counts(laid, settings) if counts is None else np.full(len(laid), counts)
    counted = np.asarray(root & whole)
    scale = Scale(
        np.full(len(laid), root),
        np.where(counted, settings.intervals.offset, 0.0),
        np.where(counted, 1.0, 0.0),
    )
    return Rows(laid, (np.asarray(first) + start).astype(np.int_), (last - start).astype(np.int_), scale)


def _are_counts(grid: Array, settings: SeriesSettings) -> Flags:
    """Tell which rows are whole numbers that change at least a quarter as much as a Poisson count."""
    known = ~np.isnan(grid)
    values = np.where(known, grid, 0.0)
    whole = (values == np.round(values)).all(axis=1)
    roots = 2 * np.sqrt(np.maximum(filled(grid), 0) + settings.intervals.offset)
    squares = np.where(known[:, 1:], np.square(np.diff(roots, axis=1)), 0.0)
    count = known.sum(axis=1)
    mean = squares.sum(axis=1) / np.maximum(count - 1, 1)
    # independent Poisson counts differ by variance 2 on this scale
    return np.asarray(whole & ((mean * 2 >= 1) | (count < settings.intervals.least_origin)))
