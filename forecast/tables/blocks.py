"""What a reader of tidy tables hands on: a block of checked rows, and the rules for a single cell."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecast.errors import InputError
from forecast.tables.states import BOUNDS, STATUS, middles, read_state

REQUIRED: Final = ("series_id", "year", "value")
UNIT: Final = "unit"
OPTIONAL: Final = (UNIT, STATUS, *BOUNDS)
YEARS: Final = (1000, 2999)
LARGEST_VALUE: Final = 1e15  # beyond, squares lose the digits that matter
GAPS: Final = ("", "NA", "NaN", "nan")
MAX_COLUMNS: Final = 1000
_LONG: Final = "Jahre untereinander schreiben: eine Zeile je Reihe und Jahr."
MOST_FAULTS: Final = 1000  # reading stops there: the file is of another kind, not a little wrong

Fault = tuple[int, str]
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_FOUR_DIGITS: Final = re.compile(r"(?<!\d)\d{4}(?!\d)")
_GROUPED: Final = re.compile(r"\d{1,3}(?:[\s'’]\d{3})+(?:[.,]\d+)?")
#: Signs of official tables instead of a number, and what to write for them.
_SIGNS: Final = {
    "-": "nichts vorhanden: 0 schreiben",
    "–": "nichts vorhanden: 0 schreiben",
    ".": "unbekannt oder geheim: leer lassen, Status suppressed",
    "*": "gesperrt: leer lassen, Status suppressed",
    "x": "nicht sinnvoll: leer lassen",
    "/": "zu unsicher: leer lassen",
    "...": "noch nicht da: leer lassen",
    "…": "noch nicht da: leer lassen",
}


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive rows of a table.

    Args:
        keys: Distinct series_id, in the order of their first rows.
        codes: (n,) positions in ``keys``.
        years: (n,) years.
        values: (n,) values; NaN is a gap; the middle of its bounds where a value is suppressed.
        lines: (n,) lines of the file (CSV) or rows counted from 1 (Parquet).
        units: Distinct units; empty without a column `unit`.
        unit_codes: (n,) positions in ``units``; empty without that column.
        states: (n,) codes of `forecast.tables.states.KINDS`; None without a column `status`.
        widths: (n,) distance between the bounds of suppressed values, 0 elsewhere; None without that column.
        faults: Lines that could not be read and why, in German.
    """

    keys: list[str]
    codes: NDArray[np.int64]
    years: NDArray[np.int16]
    values: NDArray[np.float64]
    lines: NDArray[np.int64]
    units: list[str] = field(default_factory=list)
    unit_codes: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    states: NDArray[np.uint8] | None = None
    widths: NDArray[np.float64] | None = None
    faults: tuple[Fault, ...] = ()


class BlockBuilder:
    """Collects rows one at a time into a block, for tables the fast readers do not understand.

    Args:
        with_unit: The table has a column `unit`.
        with_status: The table has a column `status`.
    """

    def __init__(self, *, with_unit: bool, with_status: bool = False) -> None:
        self._with_unit, self._with_status = with_unit, with_status
        self._keys: dict[str, int] = {}
        self._units: dict[str, int] = {}
        self._rows: list[tuple[int, int, float, int, int, int, float, float]] = []
        self._faults: list[Fault] = []

    def __len__(self) -> int:
        return len(self._rows) + len(self._faults)

    def fault(self, line: int, text: str) -> None:
        """Note a row that cannot be read."""
        self._faults.append((line, text))

    def add(self, line: int, cells: Sequence[str], extra: Mapping[str, str] = NOTHING) -> None:
        """Enter one row of texts, or note what is wrong with it.

        Args:
            line: Where it stands.
            cells: series_id, year, value.
            extra: Those of `OPTIONAL` the table has.
        """
        key, year_text, value_text = cells
        fault, year, value = read_cells(key, year_text, value_text)
        state, low, high = 0, math.nan, math.nan
        if not fault and self._with_status:
            low, high = (_bound(extra.get(name, "")) for name in BOUNDS)
            fault, state = read_state(extra[STATUS], value, low, high)
        if fault:
            self._faults.append((line, fault))
            return
        code = self._keys.setdefault(key, len(self._keys))
        unit_code = self._units.setdefault(extra.get(UNIT, ""), len(self._units))
        self._rows.append((code, year, value, line, unit_code, state, low, high))

    def block(self) -> Block:
        """Return what was collected and begin anew."""
        columns = zip(*self._rows, strict=True) if self._rows else ((),) * 8
        codes, years, values, lines, units, states, low, high = (np.array(column) for column in columns)
        values, widths = middles(*(column.astype(np.float64) for column in (values, low, high)))
        found = Block(
            list(self._keys),
            codes.astype(np.int64),
            years.astype(np.int16),
            values,
            lines.astype(np.int64),
            list(self._units) if self._with_unit else [],
            units.astype(np.int64) if self._with_unit else np.empty(0, dtype=np.int64),
            states.astype(np.uint8) if self._with_status else None,
            widths if self._with_status else None,
            tuple(self._faults),
        )
        self._keys, self._units, self._rows, self._faults = {}, {}, [], []
        return found


def read_cells(key: str, year_text: str, value_text: str) -> tuple[str, int, float]:
    """Return what is wrong with a row, in German, or nothing; then its year and value.

    Args:
        key: series_id, without spaces around it.
        year_text: Year; 2020.0, as spreadsheets write it, counts as 2020.
        value_text: Number with a decimal point, or one of `GAPS`.

    Example:
        >>> read_cells("a", "2020", "3.5")
        ('', 2020, 3.5)
        >>> read_cells("a", "2020", "3,5")[0]
        'Wert «3,5» ist keine Zahl (Dezimalkomma? Erwartet wird der Punkt)'
    """
    if not key:
        return "series_id ist leer", 0, math.nan
    year = parse_number(year_text)
    if year is None or math.isnan(year) or year != round(year) or not YEARS[0] <= year <= YEARS[1]:
        hint = " (erwartet wird nur das Jahr, etwa 2019)" if _FOUR_DIGITS.search(year_text) else ""
        return (
            f"Jahr «{_short(year_text)}» ist keine Jahreszahl von {YEARS[0]} bis {YEARS[1]}{hint}",
            0,
            math.nan,
        )
    value = parse_number(value_text)
    if value is None:
        return f"Wert «{_short(value_text)}» ist keine Zahl{_hint(value_text)}", 0, math.nan
    if abs(value) > LARGEST_VALUE:
        return f"Wert «{_short(value_text)}» ist größer als {LARGEST_VALUE:g}", 0, math.nan
    return "", int(year), value


def parse_number(text: str) -> float | None:
    """Return the number, NaN for a gap, None for anything else (also for spellings only Python accepts)."""
    if text in GAPS:
        return math.nan
    if "_" in text or not text.isascii():
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def sound_numbers(years: NDArray[np.float64], *numbers: NDArray[np.float64]) -> bool:
    """Tell whether whole columns obey `read_cells`; gaps in ``numbers`` are NaN, others must be finite."""
    with np.errstate(invalid="ignore"):
        good = (years >= YEARS[0]) & (years <= YEARS[1]) & (years == np.floor(years))
        return bool(good.all() and not any((np.abs(column) > LARGEST_VALUE).any() for column in numbers))


def optional_columns(names: Sequence[str]) -> tuple[str, ...]:
    """Return those of `OPTIONAL` that count in a table: bounds say something only beside a status.

    Example:
        >>> optional_columns(["year", "unit", "low"]), optional_columns(["status", "low", "high"])
        (('unit',), ('status', 'low', 'high'))
    """
    return tuple(name for name in OPTIONAL if name in names and (name not in BOUNDS or STATUS in names))


def require_columns(path: Path, names: Sequence[str], where: str) -> None:
    """Refuse a table without the three columns, with one of them twice, or with far too many.

    Raises:
        InputError: In each of these cases.
    """
    if len(names) > MAX_COLUMNS:
        raise too_wide(path, f"{len(names)}")
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        wide = sum(name.isdecimal() and YEARS[0] <= int(name) <= YEARS[1] for name in names) > 1
        raise InputError(
            f"Der Tabelle fehlt: {', '.join(missing)}.",
            where=f"{where}: {', '.join(names)[:120]}",
            expected=", ".join(REQUIRED),
            remedy=_LONG if wide else "Spalten so benennen, in der ersten Zeile der Datei.",
        )
    twice = [name for name in (*REQUIRED, *OPTIONAL) if list(names).count(name) > 1]
    if twice:
        raise InputError(f"Eine Spalte steht doppelt: {', '.join(twice)}.", where=where)


def too_wide(path: Path, columns: str) -> InputError:
    """Say that a table has far too many columns: it holds the years side by side."""
    return InputError(
        f"Die Tabelle hat {columns} Spalten.",
        where=str(path),
        expected=f"höchstens {MAX_COLUMNS}, darunter {', '.join(REQUIRED)}",
        remedy=_LONG,
    )


def faulty_rows(path: Path, faults: Iterable[Fault], noun: str, *, more: bool = False) -> InputError:
    """Return the error that shows the first faulty rows and counts the others.

    Args:
        path: The file.
        faults: Line and German reason.
        noun: What a row is called: "Zeile" or "Datensatz".
        more: Reading stopped early; there may be more of them.
    """
    ordered = sorted(faults)
    one = len(ordered) == 1 and not more
    return InputError(
        f"{'Mindestens ' if more else ''}{len(ordered)} Zeile{'' if one else 'n'} der Tabelle "
        f"{'ist' if one else 'sind'} fehlerhaft.",
        where=str(path),
        expected="series_id, Jahr als ganze Zahl, Wert als Zahl mit Dezimalpunkt oder leer",
        remedy="Die genannten Zeilen berichtigen.",
        rows=[f"{noun} {line}: {text}" for line, text in ordered],
    )


def _bound(text: str) -> float:
    """Return a bound: NaN if there is none, infinite if it is no number that can be one."""
    number = parse_number(text)
    return math.inf if number is None or abs(number) > LARGEST_VALUE else number


def _hint(text: str) -> str:
    """Return what a text that is no number may have been meant as, in brackets, or nothing."""
    if text.casefold() in _SIGNS:
        return f" (Zeichen amtlicher Tabellen, {_SIGNS[text.casefold()]})"
    if _GROUPED.fullmatch(text):
        return " (Tausender getrennt? Ziffern ohne Zwischenraum schreiben)"
    return " (Dezimalkomma? Erwartet wird der Punkt)" if "," in text else ""


def _short(text: str) -> str:
    """Return a cell so that an error message stays one line."""
    return text if len(text) <= 40 else f"{text[:40]}…"
