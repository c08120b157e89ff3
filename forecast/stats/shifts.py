"""Jumps nobody announced: one wrong year, a new level, a leap in the last year; found from robust changes.

A change between neighbouring observed years is measured against what changes of its size usually are in the
panel and against the series' own other changes (median and median absolute deviation, which a single jump
cannot move), never against less than counting noise. *Pulse*: up and back again (or down and back) within
two steps. *Step*: one large change between calm ones, after which the series stays. *Leap*: a large change
into the last year, of which nobody can yet say which of the two it is.

Measured on 20,000 simulated rows without jumps (`tests/stats/test_shifts.py`): alarms in 0.05 to 0.16 % of
normal random walks of 8 to 25 years and in no series of Poisson counts; where changes have heavy tails
(t with 4 degrees of freedom), in 3.6 % of the rows of 12 years, one alarm in 300 changes. Of jumps of ten
usual changes 94 % of the pulses and 98 % of the steps and leaps are found, of eight 79, 90 and 90 %.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.int_]

BLOCK = 512  # rows to search at once: they stay in the cache, and no result depends on it
_NORMAL = 1.4826  # median absolute deviation of a normal times this is its standard deviation
_TINY = 1e-60  # least variance of a change; what is divided by its root can still be squared


@dataclass(frozen=True, slots=True)
class ShiftSettings:
    """When a change is a jump, and what is done about it.

    Args:
        least_points: Observed values a series needs before anything is looked for.
        threshold: Usual changes a jump is at least away from the series' median change.
        own_weight: Years of own changes that weigh as much as the panel when the usual change is judged.
        back: Share of a jump that the changes beside it, or what is left of a pulse, may have, in (0, 1).
        doubt: Share of the square of a leap that is added to the expected squared error, in [0, 1].
    """

    least_points: int
    threshold: float
    own_weight: float
    back: float
    doubt: float


@dataclass(frozen=True, slots=True)
class Jumps:
    """What was found in N rows; sizes are what goes beyond the usual change, 0 where there is nothing.

    Args:
        pulse: (N, T) size of the pulse in this year.
        step: (N, T) size of the step into this year.
        leap: (N,) size of the leap into the last year.
        last: (N,) last observed column.
        removed: (N,) what squared one-step errors keep of pulses and steps: each counts as a change at the
            threshold, since whoever jumped once may again, but one wrong figure must not open the range.
    """

    pulse: Array
    step: Array
    leap: Array
    last: Index
    removed: Array

    @property
    def rows(self) -> Index:
        """Rows with anything found."""
        return np.flatnonzero(self.pulse.any(axis=1) | self.step.any(axis=1) | (self.leap != 0))


def find_jumps(z: Array, noise: Array, usual: Array, s: ShiftSettings) -> Jumps:
    """Look for pulses, steps and leaps in every row.

    With changes ``d_i`` over ``g_i`` years and their expected variance ``m_i = 2·noise + usual_i·g_i``::

        e = d/√m,  u = (e − median e)·√m / √max(ρ²·m, 2·noise)
        ρ² = (k·(1.4826·median|e − median e|)² + own_weight) / (k + own_weight)

    so that ρ² = 1 for a series as restless as the panel. Pulse at i: u_i and u_{i+1} beyond the threshold
    with opposite signs and ``|d_i + d_{i+1}| ≤ back·min(|d_i|, |d_{i+1}|)``. Step into i: u_i beyond it, the
    changes on either side at most ``back·|d_i|``, and two years on more than ``1 − back`` of it is left.
    Leap: u of the last change beyond it, the change before at most ``back·|d_i|``.

    Args:
        z: (N, T) values on the scale of the errors, column 0 observed, NaN for gaps and after the end.
        noise: (N,) variance of counting noise on that scale.
        usual: (N, T) variance of a one-year change without counting noise, at every column.
        s: Settings.
    """
    known = ~np.isnan(z)
    last = z.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    count = known.sum(axis=1)
    found = Jumps(np.zeros(z.shape), np.zeros(z.shape), np.zeros(len(z)), last, np.zeros(len(z)))
    whole = count == last + 1
    for gaps in (False, True):
        rows = np.flatnonzero((whole != gaps) & (count >= s.least_points))
        if not rows.size:
            continue
        width = int(last[rows].max()) + 1
        part, order = z[rows, :width], None
        if gaps:  # observed values side by side
            order = np.argsort(~known[rows, :width], axis=1, kind="stable")
            part = np.take_along_axis(part, order, axis=1)
        _search(part, order, rows, noise[rows], usual[rows, :width], count[rows], found, s)
    return found


def without_jumps(z: Array, jumps: Jumps) -> Array:
    """Return rows (n, T) of ``jumps.rows`` with pulses as gaps and earlier years moved to the present level.

    A leap is treated as a step, so that it is not continued as a trend; it stays in the last value.

    Example:
        >>> z = np.array([[1.0, 2.0, 9.0, 9.0]])
        >>> nothing = np.zeros((1, 4))
        >>> step = np.array([[0.0, 0.0, 6.0, 0.0]])
        >>> without_jumps(z, Jumps(nothing, step, np.zeros(1), np.array([3]), np.zeros(1))).tolist()
        [[7.0, 8.0, 9.0, 9.0]]
    """
    rows = jumps.rows
    moved = jumps.step[rows].copy()
    moved[np.arange(rows.size), jumps.last[rows]] += jumps.leap[rows]
    after = np.cumsum(moved[:, ::-1], axis=1)[:, ::-1] - moved  # jumps into later years
    return np.where(jumps.pulse[rows] != 0, np.nan, z[rows] + after)


def without_known(z: Array, steps: Flags, pulses: Flags) -> Array:
    """Return rows (N, T) without jumps that are known, column 0 and the last value still observed.

    A pulse becomes a gap, at either end of the row the value beside it. Years before a step are moved by the
    change across it beyond the median of the row's other changes, so that the change teaches nothing. A row
    that would have no value left is returned unchanged.

    Args:
        z: (N, T) values on the scale of the errors, column 0 observed, NaN for gaps.
        steps: (N, T) True in the first year on a new level.
        pulses: (N, T) True in an untypical year.

    Example:
        >>> z = np.array([[1.0, 2.0, 50.0, 4.0, 14.0]])
        >>> marks = np.array([[0, 0, 1, 0, 2]])
        >>> without_known(z, marks == 2, marks == 1).tolist()
        [[9.5, 10.5, nan, 12.5, 14.0]]
    """
    if z.shape[1] < 2:
        return z.copy()
    columns = np.arange(z.shape[1])
    observed: Flags = np.asarray(~np.isnan(z))
    last = z.shape[1] - 1 - observed[:, ::-1].argmax(axis=1)
    kept: Flags = np.asarray(observed & ~pulses)
    kept |= observed & ~kept.any(axis=1, keepdims=True)
    here = np.arange(len(z))
    result: Array = np.where(kept, z, np.nan)
    result[:, 0] = z[here, kept.argmax(axis=1)]
    result[here, last] = z[here, z.shape[1] - 1 - kept[:, ::-1].argmax(axis=1)]
    observed = ~np.isnan(result)
    before = np.maximum.accumulate(np.where(observed, columns, 0), axis=1)[:, :-1]
    level = np.cumsum(steps, axis=1)
    crossed = observed[:, 1:] & (level[:, 1:] > np.take_along_axis(level, before, axis=1))
    change = result[:, 1:] - np.take_along_axis(result, before, axis=1)
    others = np.where(crossed, np.nan, change)
    count = (~np.isnan(others)).sum(axis=1)
    middle = np.where(count > 0, _median(others, np.maximum(count, 1)), 0.0)
    jump = np.where(crossed, change - middle[:, None], 0.0)
    result[:, :-1] += np.cumsum(jump[:, ::-1], axis=1)[:, ::-1]
    return result


def _search(
    z: Array,
    order: Index | None,
    rows: Index,
    noise: Array,
    usual: Array,
    count: Index,
    found: Jumps,
    s: ShiftSettings,
) -> None:
    """Find jumps in rows whose observed values stand side by side and enter them into ``found``."""
    change = np.diff(z, axis=1)
    spread = usual[:, :-1]
    if order is not None:
        years = np.diff(order, axis=1)
        spread = np.take_along_axis(usual, order, axis=1)[:, :-1] * np.where(years > 0, years, 1)
    floor = 2 * noise[:, None]
    spread = np.maximum(floor + spread, _TINY)
    root = np.sqrt(spread)
    relative = change / root
    steps = count - 1
    middle = _median(relative, steps)[:, None]
    away = relative - middle
    restless = _NORMAL * _median(np.abs(away), steps)[:, None]
    own = (steps[:, None] * np.square(restless) + s.own_weight) / (steps[:, None] + s.own_weight)
    u = away * root / np.sqrt(np.maximum(own * spread, floor))
    hit = np.flatnonzero((np.abs(u) >= s.threshold).any(axis=1))
    if hit.size:
        columns = np.broadcast_to(np.arange(z.shape[1]), z.shape) if order is None else order
        beyond = away[hit] * root[hit]
        _enter(change[hit], u[hit], beyond, steps[hit], columns[hit], rows[hit], found, s)


def _enter(
    change: Array,
    u: Array,
    beyond: Array,
    steps: Index,
    columns: Index,
    rows: Index,
    found: Jumps,
    s: ShiftSettings,
) -> None:
    """Tell pulses, steps and leaps apart; ``change[:, i]`` leads into the (i + 1)-th observed value."""
    place = np.arange(change.shape[1])
    inside = place < steps[:, None]
    change, u = np.where(inside, change, 0.0), np.where(inside, u, 0.0)
    size = np.abs(change)
    nothing = np.zeros((len(change), 1))
    after, beyond_next = np.hstack([change[:, 1:], nothing]), np.hstack([u[:, 1:], nothing])
    two = np.hstack([after[:, 1:], nothing])
    least = np.minimum(size, np.abs(after))
    pulse = (np.minimum(np.abs(u), np.abs(beyond_next)) >= s.threshold) & (change * after < 0)
    pulse &= np.abs(change + after) <= s.back * least
    pulse[:, 1:] &= ~pulse[:, :-1]  # of two in a row the first
    out = np.hstack([nothing > 0, pulse[:, :-1]])  # the way back is no step
    calm = (np.abs(after) <= s.back * size) & (np.hstack([nothing, size[:, :-1]]) <= s.back * size)
    stays = (change + after + two) * np.sign(change) > (1 - s.back) * size
    ends = place == steps[:, None] - 1
    step = (np.abs(u) >= s.threshold) & calm & stays & ~pulse & ~out & ~ends
    leap = (np.abs(u) >= s.threshold) & calm & ~out & ends
    kept = np.square(np.where(pulse | step, beyond * s.threshold / np.maximum(np.abs(u), s.threshold), 0))
    found.removed[rows] = np.cumsum(kept, axis=1)[:, -1]
    row, at = np.nonzero(pulse)
    found.pulse[rows[row], columns[row, at + 1]] = beyond[row, at]
    row, at = np.nonzero(step)
    found.step[rows[row], columns[row, at + 1]] = beyond[row, at]
    row, at = np.nonzero(leap)
    found.leap[rows[row]] = beyond[row, at]


def _median(values: Array, count: Index) -> Array:
    """Return the median of the first ``count`` values of every row; what follows is NaN."""
    ordered = np.sort(values, axis=1)
    here = np.arange(len(values))
    return np.asarray((ordered[here, (count - 1) // 2] + ordered[here, count // 2]) / 2)
