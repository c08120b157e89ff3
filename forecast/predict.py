"""`predict`: any tidy table of yearly series in, mean and quantiles by series and horizon out."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecast.errors import InputError, OperationError
from forecast.estimators.protocol import History
from forecast.estimators.series import SeriesForecast, forecast_series

Array = NDArray[np.float64]

REQUIRED: Final = ("series_id", "year", "value")
LEVELS: Final = (0.025, 0.10, 0.25, 0.50, 0.75, 0.90, 0.975)
OUTPUT_COLUMNS: Final = (
    "series_id", "year", "horizon", "mean", "p02_5", "p10", "p25", "p50", "p75", "p90", "p97_5",
)  # fmt: skip
MAX_HORIZON: Final = 15
MAX_DRAWS: Final = 100_000
YEARS: Final = (1000, 2999)
LARGEST_VALUE: Final = 1e15  # beyond, squares lose the digits that matter
_DIGITS: Final = 10  # significant digits written; more would only show the noise of the last bit
_MOST_BYTES: Final = 500_000_000


@dataclass(frozen=True, slots=True)
class PredictReport:
    """What `predict_file` did.

    Args:
        series: Number of series in the input.
        forecast: Number of series with numbers in the output.
        rows: Rows written.
        refused: (series_id, German reason) of series without numbers.
        noted: (series_id, German reason) of series forecast with a reservation.
    """

    series: int
    forecast: int
    rows: int
    refused: tuple[tuple[str, str], ...]
    noted: tuple[tuple[str, str], ...]


def predict_file(
    input_path: Path, output_path: Path, horizon: int, seed: int = 1, draws: int = 1000
) -> PredictReport:
    """Forecast every series of a CSV file from its own last observed year.

    Input: UTF-8, comma, decimal point, columns series_id, year, value (others are ignored); an empty value is
    a gap. Output: `OUTPUT_COLUMNS`, series in the order of their first row, horizons 1 to H; series that
    cannot be forecast keep their rows with empty numbers. The file appears complete or not at all.

    Args:
        input_path: The table.
        output_path: Where to write; an existing file is replaced.
        horizon: Years ahead, 1 to 15.
        seed: Seed of the draws, >= 0.
        draws: Number of draws.

    Returns:
        What was done and what was refused.

    Raises:
        InputError: The table or an argument is wrong.
        OperationError: The disk refuses.
    """
    _check_arguments(input_path, output_path, horizon, seed, draws)
    histories = read_series(input_path)
    found = forecast_series(histories, horizon, draws=draws, seed=seed)
    rows = [row for item in found for row in _rows(item, horizon)]
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(OUTPUT_COLUMNS)
    writer.writerows(rows)
    _write_atomic(output_path, buffer.getvalue().encode("utf-8"))
    refused = tuple((item.key, item.reason) for item in found if item.status == "failed")
    noted = tuple((item.key, item.reason) for item in found if item.status == "short")
    return PredictReport(len(found), len(found) - len(refused), len(rows), refused, noted)


def read_series(path: Path) -> tuple[History, ...]:
    """Read a tidy table of yearly series.

    Args:
        path: CSV file.

    Returns:
        One history per series_id, in the order of the first rows.

    Raises:
        InputError: The file is missing, not UTF-8, has the wrong separator, lacks a column, has no rows, or
            holds rows that cannot be read; up to five are shown.
    """
    lines = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    header = next(_readable(path, lines), [])
    positions = _positions(path, header)
    found: dict[str, dict[int, float]] = {}
    faults: list[str] = []
    for cells in _readable(path, lines):
        if not any(cell.strip() for cell in cells):
            continue
        fault = _take(cells, len(header), positions, found)
        if fault:
            faults.append(f"Zeile {lines.line_num}: {fault}")
    if faults:
        raise InputError(
            f"{len(faults)} Zeilen der Tabelle sind fehlerhaft.",
            where=str(path),
            expected="series_id, Jahr als ganze Zahl, Wert als Zahl mit Dezimalpunkt oder leer",
            remedy="Die genannten Zeilen berichtigen.",
            rows=faults,
        )
    if not found:
        raise InputError(
            "Die Tabelle hat keine Zeilen.", where=str(path), remedy="Mindestens eine Reihe angeben."
        )
    return tuple(
        History(key, np.array(list(values), dtype=np.int_), np.array(list(values.values()), dtype=np.float64))
        for key, values in found.items()
    )


def _check_arguments(input_path: Path, output_path: Path, horizon: int, seed: int, draws: int) -> None:
    """Refuse what cannot work before anything is read."""
    if not 1 <= horizon <= MAX_HORIZON:
        raise InputError(
            f"Der Horizont {horizon} ist nicht möglich.",
            where="--horizon",
            expected=f"1 bis {MAX_HORIZON} Jahre",
            remedy="Einen kürzeren Horizont angeben." if horizon > MAX_HORIZON else "Mindestens 1 angeben.",
        )
    if not 1 <= draws <= MAX_DRAWS or seed < 0:
        raise InputError(
            "Zahl der Ziehungen oder Startwert ist nicht möglich.",
            where=f"--draws {draws} --seed {seed}",
            expected=f"1 bis {MAX_DRAWS} Ziehungen, Startwert ab 0",
        )
    if not input_path.is_file():
        raise InputError(
            "Die Eingabedatei gibt es nicht oder sie ist keine Datei.",
            where=str(input_path),
            remedy="Pfad prüfen.",
        )
    if output_path.is_dir():
        raise InputError("Die Ausgabe ist ein Ordner.", where=str(output_path), expected="eine Datei")
    if output_path.exists() and output_path.samefile(input_path):
        raise InputError(
            "Ein- und Ausgabe sind dieselbe Datei.",
            where=str(output_path),
            remedy="Einen anderen Namen für die Ausgabe wählen.",
        )
    if not output_path.parent.is_dir():
        raise InputError(
            "Den Ordner der Ausgabe gibt es nicht.",
            where=str(output_path.parent),
            remedy="Ordner anlegen oder einen anderen Pfad wählen.",
        )
    if not os.access(output_path.parent, os.W_OK):
        raise OperationError(
            "In den Ordner der Ausgabe darf nicht geschrieben werden.",
            where=str(output_path.parent),
            remedy="Rechte prüfen oder einen anderen Ordner wählen.",
        )


def _text(path: Path) -> str:
    """Return the text of the file, without a byte order mark."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(
                "Die Datei ist zu groß.", where=str(path), expected=f"höchstens {_MOST_BYTES // 10**6} MB"
            )
        raw = path.read_bytes()
    except OSError as error:
        raise OperationError(
            "Die Eingabedatei ist nicht lesbar.", where=f"{path}: {error.strerror}", remedy="Rechte prüfen."
        ) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(
            "Die Datei ist nicht in UTF-8 kodiert.",
            where=f"{path}, Zeile {line}",
            expected="UTF-8",
            remedy="In der Tabellenkalkulation als «CSV UTF-8» speichern.",
        ) from error
    if "\x00" in text:
        raise InputError("Die Datei ist keine Textdatei.", where=str(path), expected="CSV in UTF-8")
    if not text.strip():
        raise InputError("Die Datei ist leer.", where=str(path), expected=",".join(REQUIRED))
    return text


def _readable(path: Path, lines: Iterator[list[str]]) -> Iterator[list[str]]:
    """Yield rows; turn a broken quotation into an error that names the file."""
    try:
        yield from lines
    except csv.Error as error:
        raise InputError(
            "Die Datei ist kein lesbares CSV.",
            where=f"{path}: {error}",
            expected="Anführungszeichen paarweise",
        ) from error


def _positions(path: Path, header: Sequence[str]) -> tuple[int, int, int]:
    """Return where the three columns stand."""
    names = [name.strip() for name in header]
    if len(names) == 1 and any(mark in names[0] for mark in ";\t"):
        raise InputError(
            "Die Spalten sind nicht durch Kommas getrennt.",
            where=f"{path}, Zeile 1: {names[0][:80]}",
            expected=",".join(REQUIRED),
            remedy="Mit Komma als Trennzeichen und Punkt als Dezimalzeichen speichern.",
        )
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise InputError(
            f"Der Tabelle fehlt: {', '.join(missing)}.",
            where=f"{path}, Zeile 1: {', '.join(names)[:120]}",
            expected=", ".join(REQUIRED),
            remedy="Spalten so benennen.",
        )
    twice = [name for name in REQUIRED if names.count(name) > 1]
    if twice:
        raise InputError(f"Eine Spalte steht doppelt: {', '.join(twice)}.", where=f"{path}, Zeile 1")
    first, second, third = (names.index(name) for name in REQUIRED)
    return first, second, third


def _take(
    cells: Sequence[str], width: int, positions: tuple[int, int, int], found: dict[str, dict[int, float]]
) -> str:
    """Enter one row; return what is wrong with it, in German, or nothing."""
    if len(cells) <= max(positions):
        return f"nur {len(cells)} von {width} Spalten"
    if any(cell.strip() for cell in cells[width:]):
        return f"{len(cells)} Spalten statt {width} (Dezimalkomma? Erwartet wird der Punkt)"
    key, year_text, value_text = (cells[position].strip() for position in positions)
    if not key:
        return "series_id ist leer"
    year = _year(year_text)
    if year is None:
        return f"Jahr «{year_text}» ist keine Jahreszahl von {YEARS[0]} bis {YEARS[1]}"
    value = _number(value_text)
    if value is None:
        hint = " (Dezimalkomma? Erwartet wird der Punkt)" if "," in value_text else ""
        return f"Wert «{value_text}» ist keine Zahl{hint}"
    if abs(value) > LARGEST_VALUE:
        return f"Wert «{value_text}» ist größer als {LARGEST_VALUE:g}"
    series = found.setdefault(key, {})
    if year in series:
        return f"das Jahr {year} der Reihe «{key}» steht mehrfach da"
    series[year] = value
    return ""


def _year(text: str) -> int | None:
    """Return the year, also when a spreadsheet has written it as 2020.0."""
    number = _number(text)
    if number is None or np.isnan(number) or number != round(number):
        return None
    return int(number) if YEARS[0] <= number <= YEARS[1] else None


def _number(text: str) -> float | None:
    """Return the number, NaN for a gap, None for anything else (also for spellings only Python accepts)."""
    if text == "" or text in {"NA", "NaN", "nan"}:
        return float("nan")
    if "_" in text or not text.isascii():
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _rows(item: SeriesForecast, horizon: int) -> Iterator[list[str]]:
    """Yield the output rows of one series; empty numbers where it could not be forecast."""
    if item.status == "failed":
        for ahead in range(1, horizon + 1):
            year = "" if item.origin is None else str(item.origin + ahead)
            yield [item.key, year, str(ahead), *[""] * (len(LEVELS) + 1)]
        return
    quantiles = np.quantile(item.draws, LEVELS, axis=0)
    for ahead, (year, mean) in enumerate(zip(item.years, item.mean, strict=True), start=1):
        numbers = (mean, *quantiles[:, ahead - 1])
        yield [item.key, str(year), str(ahead), *(f"{number:.{_DIGITS}g}" for number in numbers)]


def _write_atomic(path: Path, content: bytes) -> None:
    """Write a file through a temporary neighbour, so that a reader sees the old bytes or the new ones."""
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()
        raise OperationError(
            "Die Ausgabe konnte nicht geschrieben werden.",
            where=f"{path}: {error.strerror}",
            remedy="Freien Platz und Rechte prüfen.",
        ) from error
