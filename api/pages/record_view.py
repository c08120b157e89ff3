"""What earlier releases really said about a trade, beside what came: rows of the error record as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api import language
from api.language import Lang
from api.pages import numbers
from api.pages.figures import is_signed
from api.pages.texts import Translations
from api.release import Release

Document = Mapping[str, Any]
MOST: Final = 40  # rows of the table, the newest; the data link holds all


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One published forecast that has fallen due."""

    year: int
    measure: str
    as_of: str
    said: str
    range: str
    came: str
    outside: bool


@dataclass(frozen=True, slots=True)
class Record:
    """The rows of a trade in a region; without any, the reason.

    Args:
        rows: The newest first.
        said: How often what came lay in the range, or why there are no rows.
    """

    rows: tuple[RecordRow, ...]
    said: str


def record_of(
    release: Release, document: Document | None, place: tuple[str, str], lang: Lang, texts: Translations
) -> Record:
    """Return what the error record holds about a trade in a region.

    Args:
        release: For the names of measures.
        document: The error record in force; None where none was published.
        place: Trade and region.
        lang: Language.
        texts: Catalogue of the language.
    """
    _ = texts.gettext
    if document is None:
        return Record((), _("No error record has been published yet."))
    found = _rows(document, place)
    if not found:
        if document["rows"]:
            return Record((), _("No published forecast of this trade here has fallen due yet."))
        return Record((), language.label(document["card"], lang, "summary"))
    inside = sum(bool(row["inside_80"]) for row in found)
    said = _(
        "Of %(all)s published forecasts that have fallen due, %(inside)s held what came in their 80%% range."
    ) % {"all": len(found), "inside": inside}
    return Record(tuple(_row(release, row, lang) for row in found[:MOST]), said)


def _rows(document: Document, place: tuple[str, str]) -> list[dict[str, Any]]:
    columns = list(document["columns"])
    trade, region = columns.index("trade"), columns.index("region")
    rows: Sequence[Sequence[Any]] = document["rows"]
    found = [
        dict(zip(columns, row, strict=True)) for row in rows if (str(row[trade]), str(row[region])) == place
    ]
    return sorted(found, key=lambda row: (-row["year"], row["measure"], row["as_of"]))


def _row(release: Release, row: Mapping[str, Any], lang: Lang) -> RecordRow:
    signed = is_signed(row["measure"])
    low, high = row["lower_80"], row["upper_80"]
    return RecordRow(
        row["year"],
        release.label("measures", row["measure"], lang),
        numbers.day(row["as_of"], lang),
        numbers.number(row["said"], lang, signed=signed),
        "" if low is None or high is None else numbers.interval(low, high, lang, signed=signed),
        numbers.number(row["came"], lang, signed=signed),
        row["inside_80"] is False,
    )
