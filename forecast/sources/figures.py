"""Reads printed figures in our own tidy form into one panel; every refused row is reported."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from forecast.domain.indicators import end_of_period
from forecast.domain.panel import STATUSES, UNIQUE, Panel
from forecast.errors import InputError
from forecast.sources.age_bands import uneven_totals
from forecast.sources.definitions import Definitions
from forecast.sources.rawfile import RawFile, list_raw, read_raw

FIGURE_COLUMNS = (
    "indicator", "trade", "region", "year", "age", "value", "unit", "status", "as_of", "source", "note",
)  # fmt: skip
_PLACES = ("file", "line")
_YEAR = re.compile(r"[12]\d{3}")
_COUNTED = frozenset({"persons", "contracts", "firms", "places"})
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(\.\d{3})+")
_GERMAN_NUMBER = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+(,\d+)?|\d+,\d+)")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class RowReport:
    """Why a row was refused: file, line, column, what stands there and what was expected (German)."""

    file: str
    line: int
    column: str
    found: str
    expected: str

    def __str__(self) -> str:
        return (
            f"{self.file}, Zeile {self.line}, Spalte {self.column}: «{self.found}», erwartet {self.expected}"
        )


@dataclass(frozen=True, slots=True)
class PanelRead:
    """What came out of the raw files.

    Args:
        panel: The accepted figures.
        rejected: The refused rows; empty if reading was strict.
        files: The verified files in the order of their paths.
        figures: The accepted figures in panel order with all printed columns, `published`, `file`, `line`.
    """

    panel: Panel
    rejected: tuple[RowReport, ...]
    files: tuple[RawFile, ...]
    figures: pd.DataFrame


def read_panel(data_root: Path, definitions: Definitions, *, strict: bool = True) -> PanelRead:
    """Read all files of figures below data/raw into one panel.

    Args:
        data_root: The folder data/.
        definitions: Codes, indicators and sources the figures must use.
        strict: Refuse everything if one row is refused; otherwise hand the refused rows back.

    Raises:
        InputError: A file is not what its sidecar says or cannot be read; in strict mode also a refused row.
    """
    raw_root = data_root / "raw"
    files = tuple(read_raw(path) for path in list_raw(raw_root))
    rows, rejected = [], []
    for raw in files:
        frame, reports = read_figures(raw, definitions)
        rows.append(frame)
        rejected.extend(reports)
    figures = pd.concat(rows, ignore_index=True) if rows else _frame([])
    figures, twice = _without_repeats(figures)
    rejected.extend(twice)
    if strict and rejected:
        raise InputError(
            "1 Zeile der Rohdaten verletzt die Regeln."
            if len(rejected) == 1
            else f"{len(rejected)} Zeilen der Rohdaten verletzen die Regeln.",
            where=f"{rejected[0].file}, Zeile {rejected[0].line}",
            expected=f"{rejected[0].column}: {rejected[0].expected}",
            remedy="Zeilen berichtigen, Prüfsumme neu schreiben oder Codes unter data/ ergänzen.",
            rows=[str(report) for report in rejected],
        )
    panel = Panel.of(figures, definitions.codes, definitions.indicators)
    figures = figures.sort_values([*UNIQUE, "status", "value"], kind="stable").reset_index(drop=True)
    return PanelRead(panel, tuple(rejected), files, figures)


def read_figures(raw: RawFile, definitions: Definitions) -> tuple[pd.DataFrame, list[RowReport]]:
    """Read one file of figures.

    Args:
        raw: Verified file in the tidy form: UTF-8, comma, decimal point, the columns of `FIGURE_COLUMNS`.
        definitions: Codes, indicators and sources.

    Returns:
        The accepted rows with all printed columns, `published`, `file` and `line`; and a report for each
        fault of the others.

    Raises:
        InputError: The whole file is unreadable: encoding, separator, columns or number of rows.
    """
    shown = "/".join(("raw", *raw.path.parts[-3:]))
    checker = _RowChecker(definitions, shown)
    accepted: list[dict[str, Any]] = []
    reports: list[RowReport] = []
    count = 0
    for line, cells in _records(_decoded(raw.content, shown), shown):
        count += 1
        if len(cells) != len(FIGURE_COLUMNS):
            expected = f"{len(FIGURE_COLUMNS)} Zellen; Texte mit Komma in Anführungszeichen"
            reports.append(RowReport(shown, line, "alle", f"{len(cells)} Zellen", expected))
            continue
        row, faults = checker.check(line, dict(zip(FIGURE_COLUMNS, cells, strict=True)))
        reports.extend(faults)
        if not faults:
            accepted.append(row)
    if count != raw.meta.rows:
        raise InputError(
            f"Die Datei hat {count} Zeilen, ihre Begleitdatei nennt {raw.meta.rows}.",
            where=shown,
            expected="dieselbe Zahl",
            remedy="Begleitdatei berichtigen oder Datei neu übernehmen.",
        )
    frame = _frame(accepted)
    reports.extend(RowReport(file, line, "value", *said) for file, line, *said in uneven_totals(frame))
    return frame, reports


def _decoded(content: bytes, shown: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        guess = content[error.start : error.start + 1].decode("latin-1")
        raise InputError(
            "Die Datei ist nicht in UTF-8 geschrieben.",
            where=f"{shown}, Zeile {line} (in Latin-1 stünde dort «{guess}»)",
            expected="UTF-8",
            remedy="Datei in UTF-8 umwandeln, zum Beispiel beim Speichern «CSV UTF-8» wählen.",
        ) from error


def _records(text: str, shown: str) -> Iterable[tuple[int, list[str]]]:
    """Yield line number and cells of each record, in the order of `FIGURE_COLUMNS`."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_columns(header, text, shown)
        order = [header.index(name) for name in FIGURE_COLUMNS]
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                stripped = [cell.strip() for cell in cells]
                yield line, [stripped[at] for at in order] if len(cells) == len(header) else stripped
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            "Die Datei ist kein gültiges CSV.",
            where=f"{shown}, Zeile {reader.line_num}: {error}",
            expected="Texte mit Komma oder Anführungszeichen in doppelten Anführungszeichen",
            remedy="Zeile berichtigen.",
        ) from error


def _check_columns(header: list[str], text: str, shown: str) -> None:
    first = text.split("\n", 1)[0]
    if len(header) == 1 and (";" in first or "\t" in first):
        raise InputError(
            "Die Spalten sind nicht mit Komma getrennt.",
            where=f"{shown}, Zeile 1",
            expected="Komma als Trennzeichen und Dezimalpunkt",
            remedy="Datei mit Komma als Trennzeichen speichern.",
        )
    faults = [f"Spalte «{name}» steht doppelt" for name in sorted(set(header)) if header.count(name) > 1]
    faults += [f"Spalte «{name}» ist unbekannt" for name in header if name not in FIGURE_COLUMNS]
    faults += [f"Spalte «{name}» fehlt" for name in FIGURE_COLUMNS if name not in header]
    if faults:
        raise InputError(
            f"Die Spalten der Datei sind andere: {faults[0]}.",
            where=f"{shown}, Zeile 1",
            expected=",".join(FIGURE_COLUMNS),
            remedy="Kopfzeile berichtigen.",
            rows=faults if len(faults) > 1 else (),
        )


class _RowChecker:
    """Checks one row after the other against the definitions and remembers near codes."""

    def __init__(self, definitions: Definitions, shown: str) -> None:
        self._definitions = definitions
        self._subjects = definitions.codes.subject_names()
        self._file = shown
        self._hints: dict[tuple[str, str], str] = {}

    def check(self, line: int, cells: Mapping[str, str]) -> tuple[dict[str, Any], list[RowReport]]:
        """Return the typed row and what is wrong with it."""
        faults: list[RowReport] = []

        def refuse(column: str, expected: str) -> None:
            faults.append(RowReport(self._file, line, column, cells[column], expected))

        known = self._definitions
        indicator = known.indicators.get(cells["indicator"])
        if indicator is None:
            refuse(
                "indicator",
                self._near("ein Indikator aus data/indicators", cells["indicator"], known.indicators),
            )
        elif cells["unit"] != indicator.unit:
            refuse("unit", f"{indicator.unit} (Einheit des Indikators)")
        if cells["trade"] not in self._subjects:
            refuse("trade", self._near("ein Code aus data/codes", cells["trade"], self._subjects))
        if cells["region"] not in known.codes.regions:
            refuse("region", self._near("ein Code aus regions.csv", cells["region"], known.codes.regions))
        if cells["source"] not in known.sources:
            refuse("source", "die id einer Quelle aus data/sources")
        if not _YEAR.fullmatch(cells["year"]):
            refuse("year", "ein Jahr als vierstellige ganze Zahl")
        if cells["status"] not in STATUSES:
            refuse("status", " | ".join(STATUSES))
        value, expected = _value(cells["value"], cells["status"], cells["unit"] in _COUNTED)
        if expected:
            refuse("value", expected)
        elif indicator is not None and indicator.non_negative and value < 0:
            refuse("value", "ein Wert ≥ 0")
        end = _end(cells["as_of"] or cells["year"])
        if end is None and _YEAR.fullmatch(cells["year"]):
            refuse("as_of", "JJJJ, JJJJ-MM oder JJJJ-MM-TT")
        if faults or indicator is None or end is None:
            return {}, faults
        published = indicator.publication_lag_months.published(end)
        typed = {"year": int(cells["year"]), "value": value, "published": published}
        return {**cells, **typed, "file": self._file, "line": line}, faults

    def _near(self, expected: str, code: str, among: Iterable[str]) -> str:
        """Add near codes to an expectation; the same unknown code is looked up once only."""
        key = (expected, code)
        if key not in self._hints:
            found = self._definitions.codes.near(code, among)
            self._hints[key] = f"{expected} (etwa {', '.join(found)})" if found else expected
        return self._hints[key]


def _value(text: str, status: str, counted: bool) -> tuple[float, str]:
    """Return the number in a cell and, if it is refused, what was expected there.

    A count such as 1.234 is refused: in German it is one thousand two hundred and thirty-four.
    """
    if not text:
        return math.nan, "" if status == "suppressed" else "eine Zahl; leer nur mit status = suppressed"
    if status == "suppressed":
        return math.nan, "leer, weil status = suppressed"
    if _NUMBER.fullmatch(text) and not (counted and _THOUSANDS.fullmatch(text)):
        return float(text), ""
    if _GERMAN_NUMBER.fullmatch(text):
        plain = text.replace(".", "").replace(",", ".")
        return math.nan, f"Dezimalpunkt und keine Tausenderpunkte, also {plain}"
    return math.nan, "eine Zahl mit Dezimalpunkt"


def _end(text: str) -> date | None:
    try:
        return end_of_period(text)
    except ValueError:
        return None


def _without_repeats(figures: pd.DataFrame) -> tuple[pd.DataFrame, list[RowReport]]:
    """Keep the first of several rows with one key and report the others."""
    repeated = figures.duplicated(subset=list(UNIQUE), keep="first")
    reports = [
        RowReport(
            row["file"],
            row["line"],
            "indicator…source",
            ", ".join(
                str(row[name]) for name in ("indicator", "trade", "region", "year", "age") if row[name] != ""
            ),
            "jeder Schlüssel einmal je Quelle und Veröffentlichung",
        )
        for row in figures[repeated].to_dict("records")
    ]
    return figures[~repeated].reset_index(drop=True), reports


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    columns = [*FIGURE_COLUMNS, "published", *_PLACES]
    frame = pd.DataFrame(rows, columns=columns)
    numbers = {"year": "int64", "value": "float64", "line": "int64"}
    texts = {name: "str" for name in columns if name not in (*numbers, "published")}
    frame = frame.astype({**texts, **numbers})
    frame["published"] = pd.to_datetime(frame["published"]).astype("datetime64[s]")
    return frame
