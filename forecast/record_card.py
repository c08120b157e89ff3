"""The error record for readers: in words, as a table with null for the unknown, and beside the releases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any, Final

import numpy as np

from forecast.error_record import COLUMNS, Compared, read_record
from forecast.record_file import write_record_file

_LAST_YEAR: Final = COLUMNS.index("last_year")


def publish_record(snapshot_root: Path, folder: Path) -> str:
    """Put the record beside the releases, where it is served from; returns the hash of what stands there.

    Args:
        snapshot_root: Directory of the snapshots.
        folder: Of the record, usually ``models/error_record``.

    Raises:
        InputError: The record is damaged.
        OperationError: The disk refuses.
    """
    return write_record_file(snapshot_root, record_document(read_record(folder)))


def record_document(rows: Sequence[Compared]) -> dict[str, Any]:
    """Return the record as the service shows it: columns, rows with null for what is unknown, and its card.

    Args:
        rows: All rows of the record.
    """
    found = [
        [*astuple(row.said), *astuple(row.printed), row.inside_80, row.inside_95, row.error, row.error_last]
        for row in rows
    ]
    for line in found:
        line[_LAST_YEAR] = line[_LAST_YEAR] or None
    return {
        "columns": list(COLUMNS),
        "rows": [[_plain(value) for value in line] for line in found],
        "card": record_card(rows),
    }


def _plain(value: object) -> object:
    """Whole numbers without a decimal point, nothing for NaN."""
    if not isinstance(value, float):
        return value
    if np.isnan(value):
        return None
    return int(value) if value.is_integer() else value


def record_card(rows: Sequence[Compared]) -> dict[str, Any]:
    """Return the card of the record: what was said, what came, in words; shaped like the other cards."""
    card = {
        "quantity": "error_record",
        "title_de": "Was frühere Stände sagten und was kam",
        "title_en": "What earlier releases said and what came",
    }
    if not rows:
        nothing = (
            "Noch ist keine veröffentlichte Vorausschätzung fällig gewesen. Sobald Zahlen für ein "
            "vorausgeschätztes Jahr gedruckt sind, steht der Vergleich hier.",
            "No published forecast has come due yet. As soon as figures for a forecast year are printed, "
            "the comparison stands here.",
        )
        empty = {"summary_de": nothing[0], "summary_en": nothing[1], "loses_de": "", "loses_en": ""}
        return card | empty | {"scores": []}
    scores = [_score(measure, rows) for measure in dict.fromkeys(row.said.measure for row in rows)]
    inside, releases = sum(row.inside_80 for row in rows), len({row.said.snapshot for row in rows})
    ours, last = _mean_errors(rows)
    lost = [s["measure"] for s in scores if s["error_last"] is not None and s["error"] > s["error_last"]]
    return card | {
        "summary_de": (
            f"{len(rows)} Vorausschätzungen aus {releases} {'Stand' if releases == 1 else 'Ständen'} sind "
            f"mit gedruckten Zahlen verglichen. In {inside} von {len(rows)} Fällen lag die Zahl im "
            f"80-%-Band. "
            f"Mittlerer Fehler {_german(ours)}, mit dem letzten Wert wären es {_german(last)} gewesen."
        ),
        "summary_en": (
            f"{len(rows)} forecasts of {releases} release{'' if releases == 1 else 's'} are compared with "
            f"printed figures. In {inside} of {len(rows)} cases the figure lay in the 80 % band. "
            f"Mean error {_german(ours).replace(',', '.')}; the last value would have had "
            f"{_german(last).replace(',', '.')}."
        ),
        "loses_de": f"Der letzte Wert war besser bei: {', '.join(lost)}." if lost else "Nirgends.",
        "loses_en": f"The last value was better for: {', '.join(lost)}." if lost else "Nowhere.",
        "scores": scores,
    }


def _mean_errors(rows: Sequence[Compared]) -> tuple[float, float]:
    """Return the mean absolute errors of the forecasts and of the last value, over rows with a last value."""
    both = [row for row in rows if not np.isnan(row.error_last)]
    if not both:
        return float(np.mean([abs(row.error) for row in rows])), float("nan")
    ours = float(np.mean([abs(row.error) for row in both]))
    return ours, float(np.mean([abs(row.error_last) for row in both]))


def _score(measure: str, rows: Sequence[Compared]) -> dict[str, Any]:
    """Return the scores of one measure."""
    own = [row for row in rows if row.said.measure == measure]
    ours, last = _mean_errors(own)
    return {
        "measure": measure,
        "n": len(own),
        "inside_80": sum(row.inside_80 for row in own),
        "inside_95": sum(row.inside_95 for row in own),
        "error": round(ours, 3),
        "error_last": None if np.isnan(last) else round(last, 3),
    }


def _german(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.1f}".replace(".", ",")
