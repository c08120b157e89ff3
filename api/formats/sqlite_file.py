"""A release as a SQLite file: table of cells, tables of codes, views with the columns of the API."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from api import year_sum_files
from api.columns import COLUMNS, INFO
from api.packages import CODE_TABLES
from api.records import meta
from api.release import Release
from api.table import Coded, Table
from forecast.snapshot import STATISTICS

_STORED: Final = (
    "region_code", "trade_code", "measure", "year", "is_forecast", *STATISTICS, "status", "grade", "note",
)  # fmt: skip
_TYPES: Final = {"text": "TEXT", "integer": "INTEGER", "boolean": "INTEGER", "number": "REAL", "time": "TEXT"}
_LOOKED_UP: Final = {
    "snapshot_id": "(SELECT value FROM meta WHERE key = 'snapshot_id')",
    "scenario": "(SELECT value FROM meta WHERE key = 'scenario')",
    "unit": "measures.unit",
    "trade_label": "trades.name_de",
    "region_label": "regions.name_de",
    "region_level": "regions.level",
}


def write(path: Path, release: Release, tables: Iterable[Table]) -> None:
    """Write a release into a new file.

    Args:
        path: The file; must not exist.
        release: The release.
        tables: Its cells, page by page.
    """
    base = sqlite3.connect(path)
    try:
        base.execute("PRAGMA page_size = 8192")
        base.execute("PRAGMA journal_mode = OFF")  # the file is renamed when it is complete
        with base:
            _codes(base, release)
            _cells(base, tables)
            _views(base)
            _about(base, release)
            if year_sum_files.has(release):
                year_sum_files.into_sqlite(base, release)
        base.execute("PRAGMA optimize")
    finally:
        base.close()


def _codes(base: sqlite3.Connection, release: Release) -> None:
    for kind, names in CODE_TABLES.items():
        columns = ", ".join(f'"{name}"' + (" TEXT PRIMARY KEY" if name == names[0] else "") for name in names)
        base.execute(f"CREATE TABLE {kind} ({columns}) WITHOUT ROWID")
        rows = [[_plain(entry.get(name)) for name in names] for entry in release.entries[kind].values()]
        base.executemany(f"INSERT INTO {kind} VALUES ({_marks(names)})", rows)  # noqa: S608  (our own names)


def _cells(base: sqlite3.Connection, tables: Iterable[Table]) -> None:
    columns = ", ".join(f"{name} {_TYPES[INFO[name].kind]}" for name in _STORED)
    links = ("region_code REFERENCES regions(code)", "trade_code REFERENCES trades(code)",
             "measure REFERENCES measures(code)")  # fmt: skip
    keys = ", ".join(f"FOREIGN KEY ({one.split()[0]}) {one.split(' ', 1)[1]}" for one in links)
    primary = "PRIMARY KEY (region_code, trade_code, measure, year)"
    base.execute(f"CREATE TABLE cells ({columns}, {primary}, {keys}) WITHOUT ROWID")
    insert = f"INSERT INTO cells VALUES ({_marks(_STORED)})"  # noqa: S608
    for table in tables:
        base.executemany(insert, _rows(table))
    base.execute("CREATE INDEX cells_by_measure ON cells (measure, year)")


def _rows(table: Table) -> Iterator[tuple[Any, ...]]:
    columns = []
    for name in _STORED:
        column = table.column(name)
        if isinstance(column, Coded):
            columns.append(column.values(table.rows))
        else:
            columns.append([None if number != number else float(str(number)) for number in column])
    return zip(*columns, strict=True)


def _views(base: sqlite3.Connection) -> None:
    """`matrix` has the columns of the API; `gaps` is the short list planners ask for first."""
    shown = ", ".join(
        f"{_LOOKED_UP[name]} AS {name}" if name in _LOOKED_UP else f"cells.{name}" for name in COLUMNS
    )
    joined = (
        "cells JOIN trades ON trades.code = cells.trade_code "
        "JOIN regions ON regions.code = cells.region_code "
        "JOIN measures ON measures.code = cells.measure"
    )
    base.execute(f"CREATE VIEW matrix AS SELECT {shown} FROM {joined}")  # noqa: S608
    base.execute(
        "CREATE VIEW gaps AS SELECT region_label, trade_label, year, value, lower_80, upper_80, grade, note "
        "FROM matrix WHERE measure = 'gap' AND value IS NOT NULL"
    )


def _about(base: sqlite3.Connection, release: Release) -> None:
    about = meta(release, "de")
    pairs = [(key, value if isinstance(value, str) else str(value)) for key, value in about.items()
             if key != "attribution"]  # fmt: skip
    pairs += [("attribution", line) for line in about["attribution"]]
    base.execute("CREATE TABLE meta (key TEXT, value TEXT)")
    base.executemany("INSERT INTO meta VALUES (?, ?)", pairs)
    base.execute("CREATE TABLE columns (name TEXT PRIMARY KEY, kind TEXT, title_de TEXT, title_en TEXT, "
                 "meaning_de TEXT, meaning_en TEXT)")  # fmt: skip
    described = [
        (i.name, i.kind, i.title.de, i.title.en, i.meaning.de, i.meaning.en)
        for i in (INFO[name] for name in COLUMNS)
    ]
    base.executemany("INSERT INTO columns VALUES (?, ?, ?, ?, ?, ?)", described)


def _marks(names: Sequence[str]) -> str:
    return ", ".join("?" for _ in names)


def _plain(value: Any) -> Any:  # noqa: ANN401  (a member of a catalogue entry)
    return value if value is None or isinstance(value, str | int | float) else str(value)
