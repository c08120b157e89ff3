"""Histories laid side by side: aligned, refused where nothing can be said, each with its scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from forecast.estimators.baselines import filled
from forecast.estimators.protocol import Array, Years
from forecast.stats.defaults import SeriesSettings
from forecast.stats.intervals import Scale, counting_noise

Flags = NDArray[np.bool_]
Marks = NDArray[np.uint8]

#: What can become of a row; the codes of `PanelForecast.status` are positions in here.
STATUSES: Final = ("forecast", "short", "failed")

#: Why a row was refused, or what is unusual about it: bit i of `PanelForecast.flags` is sentence i, column i
#: of `PanelForecast.years` its year.
REASONS: Final = (
    "Nur ein beobachteter Wert: letzter Wert mit der Spanne der übrigen Reihen.",
    "Kein beobachteter Wert.",
    "Ein Wert ist unendlich.",
    "Ein Wert ist negativ, obwohl die Größe nicht negativ sein kann.",
    "Ausreißer {year}: dieses Jahr gilt als Lücke.",
    "Niveausprung {year}: frühere Jahre sind auf den neuen Stand gebracht.",
    "Ungewöhnlicher Sprung im letzten Jahr {year}: er gilt nicht als Trend, die Spanne ist weiter.",
    "Endet vor {year}, dem letzten Jahr der meisten Reihen.",
    "Das unvollständige Jahr {year} bleibt außer Betracht.",
    "Bekannter Bruch {year}: frühere Jahre sind auf den neuen Stand gebracht.",
    "Bekannter einmaliger Ausschlag {year}: dieses Jahr zählt nicht.",
    "Gesperrte Werte gehen mit der Mitte ihres Bereichs ein.",
    "Gesperrte Werte ohne Grenzen gelten als Lücken.",
)
(
    SHORT, EMPTY, INFINITE, NEGATIVE,
    PULSE, STEP, LEAP, ENDS, PARTIAL, KNOWN_STEP, KNOWN_PULSE, CENSORED, UNBOUNDED,
) = (1 << place for place in range(len(REASONS)))  # fmt: skip


_WHOLE: Final = 1 / 12  # variance of what rounding to whole numbers takes away

#: What `Rows.marks` may say about a year: its level is new, or it is untypical.
STEPS, PULSES = 1, 2


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows laid left-aligned, with their scale.

    Args:
        grid: (N, T) values, column 0 observed, NaN for gaps and after the end.
        first: (N,) calendar year of column 0.
        last: (N,) last observed column.
        scale: Scale of the errors.
        marks: (N, T) what is known about a year, `STEPS` or `PULSES`; None if nothing is.
    """

    grid: Array
    first: Years
    last: NDArray[np.int_]
    scale: Scale
    marks: Marks | None = None


def reasons(flags: int, years: Sequence[int] = ()) -> tuple[str, ...]:
    """Return the German sentences behind a flag word.

    Args:
        flags: One element of `PanelForecast.flags`.
        years: The row of `PanelForecast.years`; not needed where no year is named.

    Example:
        >>> reasons(PULSE, [0, 0, 0, 0, 2019])
        ('Ausreißer 2019: dieses Jahr gilt als Lücke.',)
    """
    return tuple(
        sentence.format(year=years[place] if place < len(years) else "")
        for place, sentence in enumerate(REASONS)
        if flags >> place & 1
    )


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


def lay_rows(
    grid: Array,
    first: Years,
    root: bool,
    counts: bool | None,
    settings: SeriesSettings,
    *,
    marks: Marks | None = None,
    blur: Array | None = None,
) -> Rows:
    """Left-align sound rows, keep at most ``settings.window`` years of each and find their scale.

    Whole numbers that are no counts are taken for rounded ones: their noise is that of rounding.

    Args:
        grid: (N, T) values, NaN for gaps.
        first: (N,) calendar year of column 0.
        root: The rows are forecast on the root scale.
        counts: See `forecast.estimators.series.forecast_series`.
        settings: Constants.
        marks: (N, T) known steps and pulses.
        blur: (N, 1) or (N, T) variance of the true value around the one that stands here: rounding and
            suppression. Its mean joins the counting noise, on the root scale relative to the mean level.
    """
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
    laid = np.where(inside, _taken(grid, columns), np.nan)
    spread = None if blur is None else _taken(blur, columns) if blur.shape[1] > 1 else blur
    # the middle of bounds need not be whole
    telling = laid if spread is None else np.where(spread > 0, np.rint(laid), laid)
    whole = _are_whole(telling)
    counted = whole & _are_restless(telling, settings) if counts is None else np.full(len(laid), counts)
    counted &= root
    noise = np.where(
        counted,
        counting_noise(_mean_level(laid)),
        np.where(whole, _blurred(laid, np.full((1, 1), _WHOLE), root), 0.0),
    )
    if spread is not None:
        noise += _blurred(laid, spread, root)
    offset = np.where(counted, settings.intervals.offset, 0.0)
    scale = Scale(np.full(len(laid), root), offset, noise, settings.ceiling)
    begin = (np.asarray(first) + start).astype(np.int_)
    known = None if marks is None else np.where(inside, _taken(marks, columns), 0).astype(np.uint8)
    return Rows(laid, begin, (last - start).astype(np.int_), scale, known)


def _taken(grid: NDArray[Any], columns: NDArray[np.int_]) -> NDArray[Any]:
    """Return the cells at columns (N, T), the last one for those beyond the end."""
    return np.take_along_axis(grid, np.minimum(columns, grid.shape[1] - 1), axis=1)


def in_order(values: Array) -> Array:
    """Return sums (N,) over columns, added from left to right, so that zeros behind the end change no bit."""
    return np.asarray(np.cumsum(values, axis=1)[:, -1])


def _blurred(laid: Array, blur: Array, root: bool) -> Array:
    """Return the mean variance (N,) of the blur on the scale of the errors: ``dz = dy/√y`` for z = 2·√y."""
    known = ~np.isnan(laid)
    count = known.sum(axis=1)
    mean = in_order(np.where(known, blur, 0.0)) / count
    if not root:
        return np.asarray(mean)
    level = in_order(np.where(known, laid, 0.0)) / count
    return np.asarray(mean / np.maximum(level, np.maximum(np.sqrt(mean), np.finfo(np.float64).tiny)))


def _mean_level(laid: Array) -> Array:
    """Return the mean of every row with half a case in one more year: nobody is certain of zero."""
    known = ~np.isnan(laid)
    return np.asarray((in_order(np.where(known, laid, 0.0)) + 0.5) / (known.sum(axis=1) + 1))


def _are_whole(grid: Array) -> Flags:
    """Tell which rows are whole numbers."""
    return np.asarray(((grid == np.rint(grid)) | np.isnan(grid)).all(axis=1))


def _are_restless(grid: Array, settings: SeriesSettings) -> Flags:
    """Tell which rows change at least a quarter as much as a Poisson count."""
    known = ~np.isnan(grid)
    roots = 2 * np.sqrt(np.maximum(filled(grid), 0) + settings.intervals.offset)
    squares = np.where(known[:, 1:], np.square(np.diff(roots, axis=1)), 0.0)
    count = known.sum(axis=1)
    mean = squares.sum(axis=1) / np.maximum(count - 1, 1)
    # independent Poisson counts differ by variance 2 on this scale
    return np.asarray((mean * 2 >= 1) | (count < settings.intervals.least_origin))
