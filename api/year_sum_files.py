"""Sums over several years as whole files: the table of the release with names, units, groups marked."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any, Final

from api.formats import plain
from api.formats.plain import Kind, PlainTable
from api.language import Lang, Text
from api.listed import beside
from api.plan_labels import PlanLabels
from api.records import meta
from api.release import Release
from forecast.snapshot import STATISTICS

DOCUMENT: Final = "year_sums"
TITLE: Final = Text("Summen über mehrere Jahre", "Sums over several years")
ADDED: Final = ("trade_label", "region_label", "measure_label", "unit", "is_group")
KINDS: Final[Mapping[str, Kind]] = {
    **dict.fromkeys(("first_year", "last_year"), "integer"),
    **dict.fromkeys(STATISTICS, "number"),
    "is_group": "boolean",
}
KEY: Final = ("region", "trade", "measure", "first_year")
GROUPS: Final = Text(
    "Zeilen mit is_group = wahr sind Gruppen: Ihre Gewerke sind darin schon gezählt. Bandbreiten lassen sich "
    "nicht addieren.",
    "Rows with is_group = true are groups: their trades are already counted in them. Ranges must not be "
    "added.",
)
_SQL: Final[Mapping[str, str]] = {
    "integer": "INTEGER",
    "number": "REAL",
    "boolean": "INTEGER",
    "text": "TEXT",
}


def has(release: Release) -> bool:
    """Tell whether a release holds sums over years."""
    document = release.snapshot.documents.get(DOCUMENT)
    return isinstance(document, dict) and "columns" in document


def table(release: Release, lang: Lang = "de") -> PlainTable:
    """Return all sums of a release that has some, each with its names, unit and note.

    Args:
        release: The release.
        lang: Language of names and notes.
    """
    document: Mapping[str, Any] = release.snapshot.documents[DOCUMENT]
    columns, rows = PlanLabels(document, lang).rows(document["columns"], document["rows"])
    at = {name: place for place, name in enumerate(columns)}
    groups, measures = beside(release.entries["trades"]), release.entries["measures"]
    shown = [
        [
            *row,
            release.label("trades", row[at["trade"]], lang),
            release.label("regions", row[at["region"]], lang),
            release.label("measures", row[at["measure"]], lang),
            measures.get(row[at["measure"]], {}).get("unit"),
            row[at["trade"]] in groups,
        ]
        for row in rows
    ]
    names = (*columns, *ADDED)
    kinds: dict[str, Kind] = {name: KINDS.get(name, "text") for name in names}
    remark = (Text("Gruppen", "Groups").of(lang), GROUPS.of(lang))
    return PlainTable(
        names, shown, TITLE.of(lang), meta(release, lang), lang, "/api/v1/year-sums", kinds, (remark,),
        narrow=True,
    )  # fmt: skip


def file(release: Release, form: str) -> bytes:
    """Return the sums as a file in one of the formats of flat rows."""
    return plain.body(table(release), form)


def schema() -> dict[str, Any]:
    """Return the Table Schema of the CSV in the data package."""
    types = {"integer": "integer", "number": "number", "boolean": "boolean"}
    names = (*KEY, "last_year", *STATISTICS, "status", "grade", "note", *ADDED)
    return {
        "fields": [{"name": name, "type": types.get(KINDS.get(name, "text"), "string")} for name in names],
        "missingValues": [""],
        "primaryKey": list(KEY),
        "foreignKeys": [
            {"fields": ["region"], "reference": {"resource": "regions", "fields": ["code"]}},
            {"fields": ["measure"], "reference": {"resource": "measures", "fields": ["code"]}},
        ],
    }


def into_sqlite(base: sqlite3.Connection, release: Release) -> None:
    """Add the sums to a database as a table of their own."""
    found = table(release)
    columns = ", ".join(f'"{name}" {_SQL[found.kind(name)]}' for name in found.columns)
    key = ", ".join(KEY)
    base.execute(f"CREATE TABLE {DOCUMENT} ({columns}, PRIMARY KEY ({key})) WITHOUT ROWID")
    marks = ", ".join("?" for _ in found.columns)
    base.executemany(f"INSERT INTO {DOCUMENT} VALUES ({marks})", found.rows)  # noqa: S608  (our own names)
