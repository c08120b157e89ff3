"""The error record in force: read from beside the snapshots, its bytes checked, kept until another one is."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from api import language
from api.language import Lang, Text
from api.problems import NOT_READY, Problem
from api.release import Release
from forecast.errors import OperationError
from forecast.record_file import read_record_file, record_in_force

Document = Mapping[str, Any]
RETRY_AFTER: Final = {"Retry-After": "30"}
NONE_YET: Final = Text(
    "Neben den Ständen liegt noch kein Fehlerprotokoll; es entsteht beim Veröffentlichen.",
    "There is no error record beside the releases yet; publishing makes one.",
)
DAMAGED: Final = Text(
    "Das Fehlerprotokoll neben den Ständen ist beschädigt und wird nicht gezeigt.",
    "The error record beside the releases is damaged and is not shown.",
)
#: Column with codes → list of the catalogue, and the column with the names.
_NAMED: Final = {
    "trade": ("trades", "trade_label"),
    "region": ("regions", "region_label"),
    "measure": ("measures", "measure_label"),
}


class ErrorRecords:
    """Reads the record; what has been read and checked once stays in memory.

    Args:
        root: Directory of the snapshots.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._kept: tuple[str, Document] | None = None

    def current(self) -> tuple[str, Document | None]:
        """Return the hash of the record in force and the record; none as long as none was published.

        Blocks on disk: call it outside the event loop.

        Raises:
            Problem: 503 if it cannot be verified; a damaged record is never shown.
        """
        with self._lock:
            try:
                identity = record_in_force(self._root)
                if not identity:
                    return "", None
                if self._kept is None or self._kept[0] != identity:
                    self._kept = (identity, read_record_file(self._root, identity))
            except OperationError:
                raise Problem(NOT_READY, DAMAGED, headers=RETRY_AFTER) from None
            return self._kept


def reason(document: Document | None, lang: Lang) -> str | None:
    """Say why there are no rows; None where there are some."""
    if document is None:
        return NONE_YET.of(lang)
    return None if document["rows"] else language.label(document["card"], lang, "summary")


def named(
    release: Release, columns: Sequence[str], rows: Sequence[Sequence[Any]], lang: Lang
) -> tuple[list[str], list[list[Any]]]:
    """Return columns and rows with the names of trade, region and measure at the end.

    Args:
        release: The release whose catalogue names the codes; one it no longer has is its own name.
        columns: Columns of the record.
        rows: Rows of the record.
        lang: Language of the names.
    """
    found = [
        (list(columns).index(column), release.labels(kind, lang)) for column, (kind, _) in _NAMED.items()
    ]
    shown = [[*row, *(names.get(str(row[at]), str(row[at])) for at, names in found)] for row in rows]
    return [*columns, *(label for _, label in _NAMED.values())], shown
