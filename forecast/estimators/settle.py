"""Histories brought to their present level: known breaks, and jumps nobody announced, taken out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecast.estimators.protocol import Array
from forecast.estimators.rows import (
    KNOWN_PULSE,
    KNOWN_STEP,
    LEAP,
    PULSE,
    PULSES,
    REASONS,
    STEP,
    STEPS,
    Marks,
    Rows,
    in_order,
)
from forecast.stats.defaults import SeriesSettings
from forecast.stats.intervals import Scale, size_classes
from forecast.stats.shifts import BLOCK, find_jumps, without_jumps, without_known

Index = NDArray[np.int_]
_WIDTH: Final = len(REASONS)


@dataclass(frozen=True, slots=True)
class Settled:
    """Rows to forecast from, and what was done to them.

    Args:
        rows: The histories at their present level.
        removed: (N,) what squared one-step errors keep of the jumps taken out.
        leap: (N,) leap into the last year, 0 where there is none.
        flags: (N,) bits of `REASONS`.
        years: (N, REASONS) their years, 0 where there is none.
    """

    rows: Rows
    removed: Array
    leap: Array
    flags: NDArray[np.uint32]
    years: Index


def sizes(scale: Scale, level: Array) -> Array:
    """Return what σ² is relative to: the level on the root scale, its square on the plain one."""
    return np.where(scale.root[:, None], level, np.square(level))


def at_one_level(rows: Rows) -> Rows:
    """Return rows with known steps and pulses taken out."""
    if rows.marks is None or not rows.marks.any():
        return rows
    hit = np.flatnonzero(rows.marks.any(axis=1))
    z = rows.scale.forward(rows.grid)[hit]
    grid = rows.grid.copy()
    grid[hit] = _scale(rows.scale, hit).back(
        without_known(z, rows.marks[hit] == STEPS, rows.marks[hit] == PULSES)
    )
    return replace(rows, grid=grid)


def across_steps(marks: Marks, horizon: int) -> NDArray[np.bool_]:
    """Return which forecasts (N, T, H) from a column reach across a known step: they teach no ranges.

    Example:
        >>> across_steps(np.array([[0, 0, STEPS]], dtype=np.uint8), 2)[0].tolist()
        [[False, True], [True, False], [False, False]]
    """
    level = np.cumsum(marks == STEPS, axis=1)
    found = np.zeros((*marks.shape, horizon), dtype=bool)
    for ahead in range(1, min(horizon, marks.shape[1] - 1) + 1):
        found[:, :-ahead, ahead - 1] = level[:, ahead:] > level[:, :-ahead]
    return found


def settled(rows: Rows, relative: Array, settings: SeriesSettings) -> Settled:
    """Return rows without known breaks and without the jumps found.

    Args:
        rows: The histories.
        relative: (classes,) σ² by size class, as learned.
        settings: Constants.
    """
    count = len(rows.grid)
    flags, years = np.zeros(count, dtype=np.uint32), np.zeros((count, _WIDTH), dtype=np.int_)
    if rows.marks is not None and rows.marks.any():
        for mark, bit in ((STEPS, KNOWN_STEP), (PULSES, KNOWN_PULSE)):
            _note(flags, years, rows.first, rows.marks == mark, bit)
        rows = at_one_level(rows)
    removed, leap = np.zeros(count), np.zeros(count)
    grid: Array | None = None
    for start in range(0, count, BLOCK):
        part = slice(start, start + BLOCK)
        some = Rows(rows.grid[part], rows.first[part], rows.last[part], _scale(rows.scale, part))
        z = some.scale.forward(some.grid)
        jumps = find_jumps(z, some.scale.noise, _usual(some, relative, settings), settings.shifts)
        hit = jumps.rows
        if not hit.size:
            continue
        grid = rows.grid.copy() if grid is None else grid
        grid[start + hit] = _scale(some.scale, hit).back(without_jumps(z, jumps))
        removed[part], leap[part] = jumps.removed, jumps.leap
        at_end = (jumps.leap != 0)[:, None] & (np.arange(z.shape[1]) == jumps.last[:, None])
        for found, bit in ((jumps.pulse != 0, PULSE), (jumps.step != 0, STEP), (at_end, LEAP)):
            _note(flags[part], years[part], some.first, found, bit)
    return Settled(rows if grid is None else replace(rows, grid=grid), removed, leap, flags, years)


def _usual(rows: Rows, relative: Array, settings: SeriesSettings) -> Array:
    """Return the variance (N, T) of a usual change beside noise: by the larger of year's and mean size."""
    size = sizes(rows.scale, np.abs(rows.grid))
    known = ~np.isnan(size)
    mean = in_order(np.where(known, size, 0.0)) / np.maximum(known.sum(axis=1), 1)
    last = np.abs(rows.grid[np.arange(len(rows.grid)), rows.last])
    own = relative[size_classes(last, settings.intervals.class_edges)]
    return np.asarray(own[:, None] * np.maximum(size, mean[:, None]))


def _scale(scale: Scale, pick: slice | Index) -> Scale:
    """Return the scale of some rows."""
    return Scale(scale.root[pick], scale.offset[pick], scale.noise[pick], scale.ceiling)


def _note(flags: NDArray[np.uint32], years: Index, first: Index, found: NDArray[np.bool_], bit: int) -> None:
    """Enter a flag and the latest year it holds for."""
    row = np.flatnonzero(found.any(axis=1))
    flags[row] |= bit
    latest = found.shape[1] - 1 - found[row, ::-1].argmax(axis=1)
    years[row, bit.bit_length() - 1] = first[row] + latest
