"""Rows of the tables a release carries beside the cube, as the pages read them: found once, then by place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from api.language import Lang
from api.release import Release

Row = Mapping[str, Any]
KEPT: Final = "rows by place"


def rows_of(release: Release, name: str, region: str, trade: str) -> Sequence[Row]:
    """Return the rows of a trade or group row in a region, in their order; none where there is no table.

    Args:
        release: The release to read.
        name: Name of the document.
        region: Code.
        trade: Code.
    """
    kept = release.manners.get((KEPT, name))
    if not isinstance(kept, dict):
        kept = release.manners[KEPT, name] = _by_place(release.snapshot.documents.get(name))
    return tuple(kept.get((region, trade), ()))


def _by_place(document: Any) -> dict[tuple[str, str], list[Row]]:  # noqa: ANN401  (any document)
    found: dict[tuple[str, str], list[Row]] = {}
    if document:
        columns = list(document["columns"])
        for values in document["rows"]:
            row = dict(zip(columns, values, strict=True))
            found.setdefault((str(row["region"]), str(row["trade"])), []).append(row)
    return found


def note_of(release: Release, name: str, row: Row, lang: Lang) -> str:
    """Return the note of a row in a language; empty where it has none."""
    document = release.snapshot.documents.get(name) or {}
    notes = document.get("notes") or ()
    place = row.get("note")
    entry = notes[place] if isinstance(place, int) and place < len(notes) else {}
    return str(entry.get(lang) or entry.get("de") or "")
