"""Taking over a file of figures: read every row first, then copy it beside the others, or change nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from forecast.errors import InputError
from forecast.sources.definitions import read_definitions
from forecast.sources.figures import read_figures, read_panel
from forecast.sources.rawfile import SIDECAR, import_raw, read_raw


def take_over(file: Path, meta: Mapping[str, str], data_root: Path) -> tuple[Path, int]:
    """Check a file in our tidy form and copy it to data/raw with its sidecar.

    Args:
        file: CSV in the tidy form (UTF-8, comma, decimal point).
        meta: Publisher, title, edition, published, retrieved, url, licence, attribution.
        data_root: The folder data/.

    Returns:
        Where the file lies now and how many figures it holds.

    Raises:
        InputError: A row cannot be used (file, line, column, found, expected), a figure is there already, or
            another file has the name; nothing has been changed then.
        OperationError: The disk refuses.
    """
    definitions = read_definitions(data_root)
    with tempfile.TemporaryDirectory() as folder:
        tried = read_raw(import_raw(file, meta, Path(folder)))
        frame, reports = read_figures(tried, definitions)
    if reports:
        raise InputError(
            f"{len(reports)} Zeilen der Datei lassen sich nicht übernehmen; es wurde nichts geändert.",
            where=str(file),
            expected="jede Zeile lesbar",
            remedy="Die genannten Zeilen berichtigen und den Befehl wiederholen.",
            rows=[str(report) for report in reports],
        )
    known = {path for path in (data_root / "raw").rglob("*") if path.is_file()}
    target = import_raw(file, meta, data_root / "raw")
    try:
        read_panel(data_root, definitions)
    except InputError:
        for path in (target, target.with_name(target.name + SIDECAR)):
            if path not in known:
                path.unlink(missing_ok=True)
        raise
    return target, len(frame)
