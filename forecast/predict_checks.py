"""What `predict` refuses before anything is read: numbers that cannot work, paths that lead nowhere."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecast.errors import InputError, OperationError
from forecast.stats.defaults import SHORT_SERIES, SeriesSettings

SUFFIXES: Final = (".csv", ".parquet")
MAX_HORIZON: Final = 15
MAX_DRAWS: Final = 100_000
_THOUSAND: Final = 1000
_LEAST_BROKEN: Final = 6  # numbers with a fraction that must agree
_ROUND_SHARE: Final = 0.35  # of them may end in zero: one in ten does by chance
_WHOLE: Final = 1e-9


def check_numbers(horizon: int, seed: int, draws: int, workers: int | None, chunk: int) -> None:
    """Refuse arguments that cannot work.

    Args:
        horizon: Years ahead, 1 to `MAX_HORIZON`.
        seed: At least 0.
        draws: 1 to `MAX_DRAWS`.
        workers: At least 1, or None.
        chunk: At least 1.

    Raises:
        InputError: One of them is outside.
    """
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
    if chunk < 1 or (workers is not None and workers < 1):
        raise InputError(
            "Zahl der Prozesse oder Größe der Pakete ist nicht möglich.",
            where=f"{workers} Prozesse, Pakete zu {chunk}",
            expected="jeweils mindestens 1",
        )


def chosen_settings(ceiling: float | None) -> SeriesSettings:
    """Return the constants of the forecaster under a largest possible value.

    Args:
        ceiling: Above 0 and finite; None for none.

    Raises:
        InputError: It is not.
    """
    if ceiling is None:
        return SHORT_SERIES
    if not 0 < ceiling < float("inf"):
        raise InputError(
            "Die Obergrenze der Werte ist nicht möglich.",
            where=f"--ceiling {ceiling}",
            expected="eine Zahl über 0, zum Beispiel 1 oder 100 für Anteile",
        )
    return replace(SHORT_SERIES, ceiling=ceiling)


def like_thousands(values: NDArray[np.float64]) -> str:
    """Return a doubt in German where decimal points look like those between thousands, or nothing.

    Where 1.204 is meant as 1204, no value reaches a thousand, none with a fraction lies below 1, every
    fraction has three places at most, and nine of ten do not end in zero.

    Args:
        values: (n,) values of a table, NaN for gaps.

    Example:
        >>> like_thousands(np.array([987.0, 1.204, 1.311, 12.455, 1.087, 1.192, 3.041, 0.0]))[:48]
        'Punkte wie in 1.204 wurden als Dezimalpunkte gel'
        >>> like_thousands(np.array([0.204, 0.311, 0.455, 0.087, 0.192, 0.041]))
        ''
    """
    known = np.abs(values[~np.isnan(values)])
    broken = known[known != np.rint(known)]
    thousands = broken * _THOUSAND
    if (
        broken.size < _LEAST_BROKEN
        or known.max() >= _THOUSAND
        or broken.min() < 1
        or (np.abs(thousands - np.rint(thousands)) > _WHOLE * thousands).any()
        or (np.rint(thousands) % 10 == 0).mean() > _ROUND_SHARE
    ):
        return ""
    return (
        f"Punkte wie in {broken[0]:.3f} wurden als Dezimalpunkte gelesen. Sind es Tausenderpunkte, sind alle "
        "Zahlen falsch: dann ohne Punkte schreiben."
    )


def check_input(path: Path) -> None:
    """Refuse an input that is no file or of a format we do not read.

    Args:
        path: The table.

    Raises:
        InputError: It cannot be read.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise _unknown_format("Eingabe", path)
    if not path.is_file():
        raise InputError(
            "Die Eingabedatei gibt es nicht oder sie ist keine Datei.",
            where=str(path),
            remedy="Pfad prüfen.",
        )


def check_paths(input_path: Path, output_path: Path, report: Path) -> None:
    """Refuse places that cannot work before anything is read.

    Args:
        input_path: The table.
        output_path: Where the forecasts go.
        report: Where the report beside them goes.

    Raises:
        InputError: One of them cannot be used.
        OperationError: The folder cannot be written to.
    """
    check_input(input_path)
    if output_path.is_dir():
        raise InputError("Die Ausgabe ist ein Ordner.", where=str(output_path), expected="eine Datei")
    if output_path.suffix.lower() not in SUFFIXES:
        raise _unknown_format("Ausgabe", output_path)
    for path in (output_path, report):
        if path.exists() and path.samefile(input_path):
            raise InputError(
                "Ein- und Ausgabe sind dieselbe Datei.",
                where=str(path),
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


def _unknown_format(which: str, path: Path) -> InputError:
    return InputError(
        f"Das Format der {which} ist unbekannt.",
        where=str(path),
        expected=f"eine Datei mit der Endung {' oder '.join(SUFFIXES)}",
        remedy="Die Endung sagt, welches Format die Datei hat; gepackte Dateien vorher auspacken.",
    )
