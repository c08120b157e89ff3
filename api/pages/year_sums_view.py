"""Flows of a trade or group summed over several years, and where a withheld number leads its reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from api.language import Lang
from api.listed import beside
from api.pages.beside_cube import note_of, rows_of
from api.pages.figures import Figure, figure
from api.pages.texts import Translations
from api.pages.wording import Wording
from api.query import canonical
from api.release import Release
from forecast.snapshot import STATISTICS

DOCUMENT: Final = "year_sums"
GROUP: Final = "group"
STOCK: Final = "stock"


@dataclass(frozen=True, slots=True)
class SumRow:
    """One flow with its sums, one a window of years."""

    label: str
    unit: str
    cells: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class YearSums:
    """The table of a cell; without rows nothing is shown.

    Args:
        heads: Windows of years in words.
        rows: Flows.
        notes: What is said about the numbers, each once.
        query: Query of the same rows as data.
    """

    heads: tuple[str, ...]
    rows: tuple[SumRow, ...]
    notes: tuple[str, ...]
    query: str


def year_sums(
    release: Release, trade: str, region: str, lang: Lang, wording: Wording, texts: Translations
) -> YearSums:
    """Return the sums of a trade or group row in a region; empty where the release has none.

    Args:
        release: The release.
        trade: Code of a trade or group row.
        region: Code of a region.
        lang: Language.
        wording: Short words in that language.
        texts: Catalogue of the language.
    """
    found = rows_of(release, DOCUMENT, region, trade)
    windows = sorted({(one["first_year"], one["last_year"]) for one in found})
    by_place = {(one["measure"], one["first_year"]): one for one in found}
    said: list[str] = []
    rows = []
    for measure in dict.fromkeys(one["measure"] for one in found):
        if measure not in release.entries["measures"]:
            continue
        cells = []
        for first, _ in windows:
            one = by_place.get((measure, first))
            note = "" if one is None else note_of(release, DOCUMENT, one, lang)
            record = {
                "measure": measure, "unit": str(release.entries["measures"][measure]["unit"]), "note": note,
                "status": "no_data", "grade": "", **dict.fromkeys(STATISTICS), **(one or {}),
            } | {"note": note}  # fmt: skip
            said.append(note)
            cells.append(figure(record, lang, wording))
        label = release.label("measures", measure, lang)
        unit = wording.unit(str(release.entries["measures"][measure]["unit"]), STOCK)  # no longer a year
        rows.append(SumRow(label, unit, tuple(cells)))
    heads = tuple(texts.gettext("%(first)s to %(last)s") % {"first": a, "last": b} for a, b in windows)
    query = canonical([("trade", [trade]), ("region", [region])], lang)
    return YearSums(heads, tuple(rows), tuple(dict.fromkeys(filter(None, said))), query)


def row_above(release: Release, trade: str) -> str:
    """Return the code of the group row that holds a trade; empty for a group row or where there is none."""
    rows = beside(release.entries["trades"])
    group = release.entries["trades"][trade].get(GROUP)
    if trade in rows:
        return ""
    return next((code for code, entry in rows.items() if group and entry.get(GROUP) == group), "")
