"""From series of cells to the content of a release: filled arrays, checked identities.

Nothing is computed here that changes a number. What does not add up, is not ordered or is not finite is
refused with the places named, because a release cannot be corrected once it is out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.errors import ModelError
from forecast.export_files import export_files
from forecast.snapshot import AXIS_NAMES, GRADES, STATISTICS, STATUSES, VALUE_STATUSES, Axes, SnapshotContent

FORECAST, NO_DATA = STATUSES.index("forecast"), STATUSES.index("no_data")

# Positions in STATISTICS from the lowest bound to the highest, the value in the middle.
_ASCENDING = [STATISTICS.index(f"lower_{level}") for level in (95, 80, 50)] + [0]
_ASCENDING += [STATISTICS.index(f"upper_{level}") for level in (50, 80, 95)]
# Each bound with the one it must enclose, from the value outward.
_LOWER_BOUNDS, _UPPER_BOUNDS = tuple(pairwise(_ASCENDING[3::-1])), tuple(pairwise(_ASCENDING[3:]))

Cells = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True, slots=True, eq=False)
class PublishedSeries:
    """One measure of one trade in one region over some years.

    Args:
        region: Code on the region axis.
        trade: Code on the trade axis.
        measure: Code on the measure axis.
        years: (Y,) whole years, each once, in any order.
        statistics: (Y, 7) in the order of STATISTICS and the unit of the measure; NaN where there is nothing.
        status: (Y,) words from STATUSES, or one word for all years.
        grade: (Y,) letters from GRADES, or one letter for all years.
        note_index: (Y,) positions in the catalogue's list of notes, or one position for all years.
    """

    region: str
    trade: str
    measure: str
    years: Sequence[int] | NDArray[np.int64]
    statistics: NDArray[np.float64]
    status: str | Sequence[str] | NDArray[np.str_]
    grade: str | Sequence[str] | NDArray[np.str_] = ""
    note_index: int | Sequence[int] | NDArray[np.int64] = 0

    @property
    def name(self) -> str:
        """How the series is called in an error message."""
        return f"{self.region}|{self.trade} {self.measure}"


def contain_point(statistics: NDArray[np.float64]) -> NDArray[np.float64]:
    """Widen ranges just so far that they are nested and contain the point.

    lower_50 ← min(lower_50, value), lower_80 ← min(lower_80, lower_50), … and the mirror image above. The
    mean of a skewed distribution may lie outside its middle half, and joint rounding may move it further.

    Args:
        statistics: (…, 7) in the order of STATISTICS.

    Returns:
        A new array of the same shape; rows without bounds stay as they are.

    Example:
        >>> contain_point(np.array([3.0, 1.0, 2.0, 0.0, 5.0, 0.5, 4.0])).tolist()
        [3.0, 1.0, 3.0, 0.0, 5.0, 0.0, 5.0]
    """
    widened = statistics.copy()
    for inner, outer in _LOWER_BOUNDS:
        np.minimum(widened[..., inner], widened[..., outer], out=widened[..., outer])
    for inner, outer in _UPPER_BOUNDS:
        np.maximum(widened[..., inner], widened[..., outer], out=widened[..., outer])
    return widened


def build_content(
    axes: Axes,
    series: Iterable[PublishedSeries],
    documents: Mapping[str, Any],
    meta: Mapping[str, Any],
    guard: Callable[[SnapshotContent], SnapshotContent] = lambda content: content,
    reasons: NDArray[np.uint16] | None = None,
) -> SnapshotContent:
    """Fill the arrays of a release, check every rule a reader relies on, and add the files to download.

    Cells no series speaks of are ``no_data``. Wherever the gap has a value, gap = demand − supply and the
    items of the explanation sum to it, exactly.

    Args:
        axes: Codes of the five axes.
        series: In any order; no cell twice.
        documents: catalogue, derivations, observations.
        meta: Which run this is.
        guard: Takes out what must not be published, before anything is written.
        reasons: Note of every cell no series speaks of, in the order of the axes; None for the empty note.

    Raises:
        ModelError: With up to five offending places, if anything is doubled, unordered, not finite, without
            the right status, or does not add up.
    """
    cube = np.full(axes.shape, np.nan, dtype=np.float32)
    status, grade, seen = (np.zeros(axes.shape[:-1], dtype=np.uint8) for _ in range(3))
    note = np.zeros(axes.shape[:-1], dtype=np.uint16)
    positions = {name: {code: at for at, code in enumerate(codes)} for name, codes in axes}
    catalogue = documents["catalogue"]
    given = list(series)
    spelled = []
    for one in given:
        place = tuple(
            _position(positions[axis], code, one)
            for axis, code in zip(AXIS_NAMES, (one.region, one.trade, one.measure), strict=False)
        )
        years = [_position(positions["year"], int(year), one) for year in one.years]
        codes = _codes(one, len(years), len(catalogue["notes"]))
        numbers = np.asarray(one.statistics, dtype=np.float64)
        _check_shape(one, numbers, len(years))
        if seen[place][years].any() or len(set(years)) < len(years):
            raise ModelError(
                "Eine Zelle ist doppelt geliefert.", where=one.name, expected="jede Zelle einmal"
            )
        seen[place][years] = 1
        with np.errstate(over="ignore"):  # what is too large is refused below, by name
            cube[place][years] = numbers
        status[place][years], grade[place][years], note[place][years] = codes
        spelled.append((numbers, codes[0]))
    _check_statistics(given, spelled)
    if reasons is not None:
        note = _with_reasons(note, seen, reasons, len(catalogue["notes"]))
    _check_accounts(axes, cube, [item["code"] for item in catalogue["items"]])
    content = guard(SnapshotContent(axes, cube, status, grade, note, documents, {}, meta))
    return replace(content, files=export_files(content))


def _position(known: Mapping[str | int, int], code: str | int, series: PublishedSeries) -> int:
    if code not in known:
        raise ModelError(f"«{code}» steht auf keiner Achse des Standes.", where=series.name)
    return known[code]


def _codes(
    series: PublishedSeries, length: int, notes: int
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return status, grade and note of each year as positions in their lists."""

    def positions(given: str | Sequence[str] | NDArray[np.str_], known: tuple[str, ...]) -> NDArray[np.int64]:
        words = [given] * length if isinstance(given, str) else np.asarray(given).tolist()
        if unknown := sorted(set(words) - set(known)):
            raise ModelError(
                f"Unbekannte Angabe «{unknown[0]}».",
                where=series.name,
                expected=", ".join(filter(None, known)),
            )
        return np.array([known.index(word) for word in words], dtype=np.int64)

    status, grade = positions(series.status, STATUSES), positions(series.grade, GRADES)
    note = np.asarray(series.note_index, dtype=np.int64)
    note = np.full(length, note) if note.ndim == 0 else note
    if {status.shape, grade.shape, note.shape} != {(length,)}:
        raise ModelError("Status, Güte und Anmerkung passen nicht zur Zahl der Jahre.", where=series.name)
    if length and (note.min() < 0 or note.max() >= notes):
        raise ModelError("Eine Zelle verweist auf eine Anmerkung, die es nicht gibt.", where=series.name)
    return status, grade, note


def _check_shape(series: PublishedSeries, numbers: NDArray[np.float64], length: int) -> None:
    if numbers.shape != (length, len(STATISTICS)):
        raise ModelError(
            "Die Kennwerte haben die falsche Form.",
            where=f"{series.name}: {numbers.shape}",
            expected=f"{(length, len(STATISTICS))}",
        )


def _with_reasons(
    note: NDArray[np.uint16], seen: NDArray[np.uint8], reasons: NDArray[np.uint16], notes: int
) -> NDArray[np.uint16]:
    """Notes of all cells: those of the series, and the reasons where no series speaks."""
    if reasons.shape != note.shape or reasons.max(initial=0) >= notes:
        raise ModelError("Die Gründe fehlender Werte passen nicht zum Stand.", where=f"{reasons.shape}")
    return np.where(seen, note, reasons)


def _check_statistics(
    series: Sequence[PublishedSeries], spelled: Sequence[tuple[NDArray[np.float64], NDArray[np.int64]]]
) -> None:
    """Refuse what no reader expects: infinite, unordered, halfway given, or at odds with the status.

    All series are looked at together; only where something is wrong is it looked for series by series.
    """
    if spelled and any(
        rows.any()
        for rows in _broken_rules(
            np.concatenate([numbers for numbers, _ in spelled]),
            np.concatenate([codes for _, codes in spelled]),
        ).values()
    ):
        for one, (numbers, status) in zip(series, spelled, strict=True):
            for what, rows in _broken_rules(numbers, status).items():
                if rows.any():
                    places = [f"{one.years[int(at)]}: {numbers[at].tolist()}" for at in np.flatnonzero(rows)]
                    raise ModelError(f"{what}.", where=one.name, rows=places)


def _broken_rules(numbers: NDArray[np.float64], status: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
    """Rule → rows that break it."""
    value, bounds = numbers[:, 0], numbers[:, 1:]
    given = np.isfinite(bounds)
    needs_value = (status > NO_DATA) & (status <= len(VALUE_STATUSES))
    with np.errstate(over="ignore", invalid="ignore"):  # infinite ones are refused, by name
        ordered = np.diff(numbers[:, _ASCENDING], axis=1)
        inexact = np.isfinite(value) & (value == np.rint(value)) & (value.astype(np.float32) != value)
    return {
        "Ein Kennwert ist unendlich": np.isinf(numbers).any(axis=1),
        "Ein Wert fehlt oder steht ohne passenden Status": np.isfinite(value) != needs_value,
        "Eine Bandbreite steht ohne Wert": given.any(axis=1) & ~needs_value,
        "Eine Bandbreite ist nur zum Teil angegeben": given.any(axis=1) & ~given.all(axis=1),
        "Einer Vorausberechnung fehlt die Bandbreite": (status == FORECAST) & ~given.all(axis=1),
        "Bandbreiten sind nicht geordnet oder enthalten den Wert nicht": (ordered < 0).any(axis=1),
        "Eine ganze Zahl ist zu groß, um genau gespeichert zu werden": inexact,
    }


def _check_accounts(axes: Axes, cube: NDArray[np.float32], items: Sequence[str]) -> None:
    """Check gap = demand − supply = Σ items in every cell whose gap has a value."""
    if "gap" not in axes.measures:
        return
    values = cube[..., 0].astype(np.float64)

    def of(measure: str) -> NDArray[np.float64]:
        if measure not in axes.measures:
            raise ModelError(f"Zur Lücke fehlt die Größe «{measure}» auf der Achse.")
        return values[:, :, axes.measures.index(measure), :]

    gap = of("gap")
    sides = {
        "Bedarf − Angebot": of("demand") - of("supply"),
        "Summe der Beiträge": np.sum([of(item) for item in items], axis=0),
    }
    for name, other in sides.items():
        # NaN differs from everything: a gap without its parts is found by the same comparison.
        wrong = np.argwhere(np.isfinite(gap) & (gap != other))
        if len(wrong):
            rows = [
                f"{axes.regions[r]}|{axes.trades[t]} {axes.years[y]}: Lücke {gap[r, t, y]:.12g}, "
                f"{name} {other[r, t, y]:.12g}"
                for r, t, y in wrong
            ]
            raise ModelError(f"Die Lücke stimmt nicht mit «{name}» überein.", rows=rows)
    for unit in ("fte", "hours"):
        if f"gap_{unit}" in axes.measures:
            short, difference = of(f"gap_{unit}"), of(f"demand_{unit}") - of(f"supply_{unit}")
            wrong = np.argwhere(np.isfinite(short) & (short != difference))
            if len(wrong):
                rows = [f"{axes.regions[r]}|{axes.trades[t]} {axes.years[y]}" for r, t, y in wrong]
                raise ModelError(f"«gap_{unit}» ist nicht Bedarf − Angebot.", rows=rows)
