"""A release as a star schema in PostgreSQL, for teams whose reports read SQL.

One table of cells, one each for regions, trades, measures, sources and the release, two views with labels. A
load is one transaction that replaces what was there: readers see the old release or the new one, never a
mixture, and a load that fails changes nothing. Spoken to through `psql`, the database's own client: it brings
its encryption, its password file and its rules for certificates, and the service needs no driver.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any, Final, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import numpy as np

from forecast.errors import InputError, OperationError
from forecast.snapshot import GRADES, STATISTICS, STATUSES, VALUE_STATUSES, Snapshot

SCHEMA: Final = "fachkraeftematrix"
CLIENT: Final = "psql"
_SCHEMES: Final = ("postgresql", "postgres")
_OPTIONS: Final = {
    "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "connect_timeout": "PGCONNECT_TIMEOUT",
    "application_name": "PGAPPNAME",
}  # fmt: skip
# table → comment, and its columns: name, type, member of the catalogue's entry
_CODES: Final[Mapping[str, tuple[str, str, tuple[tuple[str, str, str], ...]]]] = {
    "region": (
        "regions", "Gebiete, vom Kreis bis zum Bund.",
        (("region_code", "text PRIMARY KEY", "code"), ("name_de", "text NOT NULL", "name_de"),
         ("name_en", "text", "name_en"), ("level", "text", "level"),
         ("official_key", "text", "official_key")),
    ),
    "trade": (
        "trades", "Gewerke; Codes sind Text.",
        (("trade_code", "text PRIMARY KEY", "code"), ("name_de", "text NOT NULL", "name_de"),
         ("name_en", "text", "name_en"), ("trade_group", "text", "group"), ("sector", "text", "sector"),
         ("hwo_annex", "text", "hwo_annex"), ("hwo_number", "text", "hwo_number")),
    ),
    "measure": (
        "measures", "Messgrößen mit Einheit und Definition.",
        (("measure", "text PRIMARY KEY", "code"), ("name_de", "text NOT NULL", "name_de"),
         ("name_en", "text", "name_en"), ("unit", "text", "unit"), ("kind", "text", "kind"),
         ("definition", "text", "definition"), ("definition_en", "text", "definition_en")),
    ),
    "source": (
        "sources", "Quellen, die zu nennen sind.",
        (("source_id", "text PRIMARY KEY", "id"), ("publisher", "text", "publisher"),
         ("title", "text", "title"), ("url", "text", "url"), ("terms", "text", "terms"),
         ("attribution", "text", "attribution")),
    ),
}  # fmt: skip
_RELEASE: Final = ("snapshot_id", "as_of", "base_year", "scenario")
_CELL: Final = (
    "region_code", "trade_code", "measure", "year", "is_forecast", *STATISTICS, "status", "grade", "note",
)  # fmt: skip


def load(snapshot: Snapshot, address: str) -> int:
    """Replace what the database holds by a release, in one transaction.

    Args:
        snapshot: The release.
        address: postgresql://user:password@host:port/database?sslmode=…; what is missing is taken from the
            surroundings as `psql` does, a password best from its password file.

    Returns:
        Number of cells written.

    Raises:
        InputError: If the address cannot be understood.
        OperationError: If `psql` is missing or the database refuses.
    """
    surroundings = {**os.environ, **connection(address), "PGCLIENTENCODING": "UTF8"}
    program = shutil.which(CLIENT)
    if program is None:
        raise OperationError(
            "Das Programm psql fehlt.", where="--to", expected="psql, der Klient von PostgreSQL",
            remedy="Das Paket postgresql-client installieren und den Befehl wiederholen.",
        )  # fmt: skip
    command = [program, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"]
    cells = 0
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(  # noqa: S603  (no word of the command comes from outside)
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, env=surroundings
        ) as running:
            # A client that has gone may be noticed only when the rest of the buffer is written: the pipe is
            # closed here, inside the suppression, and not by Popen. What the client said is read below.
            with contextlib.suppress(BrokenPipeError), cast("IO[bytes]", running.stdin) as to_client:
                for part, count in script(snapshot):
                    to_client.write(part.encode())
                    cells += count
            code = running.wait()
        said.seek(0)
        lines = said.read().decode("utf-8", "replace").strip().splitlines()
    if code:
        raise OperationError(
            "Die Datenbank hat den Stand nicht übernommen; dort ist alles wie zuvor.", where="--to",
            expected="eine erreichbare Datenbank und das Recht, darin ein Schema anzulegen",
            remedy="Die Meldung der Datenbank beheben und den Befehl wiederholen.", rows=lines,
        )  # fmt: skip
    return cells


def connection(address: str) -> dict[str, str]:
    """Return an address as variables of `psql`: a password in its arguments would be seen by everyone.

    Raises:
        InputError: If it is no address of a PostgreSQL database.

    Example:
        >>> connection("postgresql://anna:p%40ss@db.example:5433/kammer?sslmode=require")["PGPASSWORD"]
        'p@ss'
    """
    try:
        parts = urlsplit(address)
        options = parse_qsl(parts.query, strict_parsing=bool(parts.query))
        found = {
            "PGHOST": unquote(parts.hostname or ""), "PGPORT": str(parts.port or ""),
            "PGUSER": unquote(parts.username or ""), "PGPASSWORD": unquote(parts.password or ""),
            "PGDATABASE": unquote(parts.path.lstrip("/")),
            **{_OPTIONS[name]: value for name, value in options},
        }  # fmt: skip
    except (ValueError, KeyError):
        raise _not_an_address() from None
    if parts.scheme not in _SCHEMES or parts.fragment:
        raise _not_an_address()
    return {name: value for name, value in found.items() if value}


def _not_an_address() -> InputError:
    return InputError(
        "Das ist keine Adresse einer PostgreSQL-Datenbank.", where="--to",
        expected=f"postgresql://Name@Rechner:Port/Datenbank, dahinter höchstens {', '.join(_OPTIONS)}",
        remedy="Die Adresse berichtigen; Sonderzeichen im Passwort mit Prozentzeichen schreiben.",
    )  # fmt: skip


def script(snapshot: Snapshot) -> Iterator[tuple[str, int]]:
    """Return the SQL of a load, part by part, and how many cells each part holds.

    Args:
        snapshot: The release.
    """
    catalogue = snapshot.documents["catalogue"]
    yield "\n".join(("BEGIN;", *_definitions(), "COMMIT;")) + "\n", 0  # a changed view is locked: be brief
    # an input that breaks off ends without COMMIT, and the database takes everything back
    yield "\n".join(("BEGIN;", *_emptied())) + "\n", 0
    for table, (kind, _, columns) in _CODES.items():
        rows = ([entry.get(member) for *_, member in columns] for entry in catalogue.get(kind, ()))
        yield _copy(table, [name for name, *_ in columns], rows), 0
    release = [snapshot.id, *(catalogue[name] for name in _RELEASE[1:])]
    yield _copy("release", _RELEASE, [release]), 0
    yield f"COPY {SCHEMA}.cell ({', '.join(_CELL)}) FROM STDIN;\n", 0
    for region in range(len(snapshot.axes.regions)):
        lines = list(_cells(snapshot, region))
        yield "".join(lines), len(lines)
    yield "\\.\nCOMMIT;\n", 0


def _emptied() -> Iterator[str]:
    """One load at a time; readers go on reading what was there."""
    yield f"LOCK TABLE {SCHEMA}.release IN EXCLUSIVE MODE;"
    for table in ("cell", *_CODES, "release"):
        yield f"DELETE FROM {SCHEMA}.{table};"  # noqa: S608  (our own names)


def _definitions() -> Iterator[str]:
    """Tables are kept and emptied, so that views and rights others have built on them stay."""
    yield f"CREATE SCHEMA IF NOT EXISTS {SCHEMA};"
    for table, (_, comment, columns) in _CODES.items():
        yield _table(table, comment, [f"{name} {kind}" for name, kind, _ in columns])
    yield _table("release", "Der Stand, aus dem alle Zahlen kommen.",
                 ["snapshot_id text PRIMARY KEY", "as_of date NOT NULL", "base_year integer NOT NULL",
                  "scenario text NOT NULL"])  # fmt: skip
    linked = [
        f"{name} text NOT NULL REFERENCES {SCHEMA}.{table}"
        for name, table in (("region_code", "region"), ("trade_code", "trade"), ("measure", "measure"))
    ]
    yield _table("cell", "Zahlen mit Spannen; leer, wo der Status keine Zahl erlaubt. Spannen nie addieren.",
                 [*linked, "year smallint NOT NULL", "is_forecast boolean NOT NULL",
                  *(f"{name} double precision" for name in STATISTICS), "status text NOT NULL",
                  "grade text", "note text",
                  "PRIMARY KEY (region_code, trade_code, measure, year)"])  # fmt: skip
    yield f"CREATE INDEX IF NOT EXISTS cell_by_measure ON {SCHEMA}.cell (measure, year);"
    numbers = ", ".join(STATISTICS)
    yield (
        f"CREATE OR REPLACE VIEW {SCHEMA}.matrix AS SELECT snapshot_id, c.measure, m.unit, "  # noqa: S608
        "c.trade_code, t.name_de AS trade_label, c.region_code, r.name_de AS region_label, "
        f"r.level AS region_level, c.year, scenario, is_forecast, {numbers}, status, grade, note "
        f"FROM {SCHEMA}.cell c JOIN {SCHEMA}.region r USING (region_code) "
        f"JOIN {SCHEMA}.trade t USING (trade_code) JOIN {SCHEMA}.measure m ON m.measure = c.measure "
        f"CROSS JOIN {SCHEMA}.release;"
    )
    yield (
        f"CREATE OR REPLACE VIEW {SCHEMA}.gaps AS SELECT region_label, trade_label, year, value, "  # noqa: S608
        f"lower_80, upper_80, grade, note FROM {SCHEMA}.matrix WHERE measure = 'gap' AND value IS NOT NULL;"
    )


def _table(name: str, comment: str, columns: Sequence[str]) -> str:
    made = f"CREATE TABLE IF NOT EXISTS {SCHEMA}.{name} ({', '.join(columns)});"
    return f"{made}\nCOMMENT ON TABLE {SCHEMA}.{name} IS '{comment}';"


def _copy(table: str, columns: Sequence[str], rows: Any) -> str:  # noqa: ANN401  (any rows of plain values)
    lines = "".join("\t".join(map(field, row)) + "\n" for row in rows)
    return f"COPY {SCHEMA}.{table} ({', '.join(columns)}) FROM STDIN;\n{lines}\\.\n"


def _cells(snapshot: Snapshot, region: int) -> Iterator[str]:
    """Return the lines of the cells of a region that say anything."""
    axes, catalogue = snapshot.axes, snapshot.documents["catalogue"]
    notes = [field(note.get("de")) for note in catalogue["notes"]]
    shown = np.isin(np.arange(len(STATUSES)), [STATUSES.index(name) for name in VALUE_STATUSES])
    base = int(catalogue["base_year"])
    status = snapshot.status[region]
    for trade, measure, year in zip(*(place.tolist() for place in np.nonzero(status)), strict=True):
        at = (region, trade, measure, year)
        word = STATUSES[int(snapshot.status[at])]
        has_value = bool(shown[int(snapshot.status[at])])
        numbers = [
            str(number) if has_value and np.isfinite(number) else "\\N" for number in snapshot.cube[at]
        ]
        ahead = word == "forecast" if has_value else axes.years[year] > base
        yield "\t".join(
            (
                field(axes.regions[region]), field(axes.trades[trade]), field(axes.measures[measure]),
                str(axes.years[year]), "t" if ahead else "f", *numbers, word,
                field(GRADES[int(snapshot.grade[at])]), notes[int(snapshot.note[at])],
            )
        ) + "\n"  # fmt: skip


def field(value: object) -> str:
    r"""Return one value as COPY reads it; nothing and an empty text are NULL.

    Source: PostgreSQL documentation, "COPY", text format.

    Example:
        >>> field("a\tb"), field("C:\\x"), field(None), field("")
        ('a\\tb', 'C:\\\\x', '\\N', '\\N')
    """
    if value is None or value == "":
        return "\\N"
    text = str(value).replace("\x00", "")
    for sign, written in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(sign, written)
    return text
