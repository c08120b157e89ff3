"""Ready connections: small files for dashboards and programs, filled with the address of this server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api.language import Text
from api.release import Release

FOLDER: Final = Path(__file__).parent / "connections"
LOCAL: Final = "127.0.0.1:8000"
_HOST: Final = re.compile(
    r"([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9a-fA-F:]{2,39}\])(:[0-9]{1,5})?\Z"
)
_SCHEMES: Final = ("http", "https")


@dataclass(frozen=True, slots=True)
class Connection:
    """A file that connects a tool.

    Args:
        name: Last part of the address.
        file: File in the folder of templates.
        media_type: Content-Type.
        tool: For whom.
        title: What it is.
    """

    name: str
    file: str
    media_type: str
    tool: str
    title: Text


CONNECTIONS: Final[Mapping[str, Connection]] = {
    one.name: one
    for one in (
        Connection(
            "matrix.pq",
            "matrix.pq",
            "text/plain; charset=utf-8",
            "Power BI, Excel",
            Text("Abfrage für Power Query (M)", "Power Query (M)"),
        ),
        Connection(
            "fachkraeftematrix.pbids",
            "matrix.pbids",
            "application/json",
            "Power BI Desktop",
            Text("Verbindungsdatei", "Connection file"),
        ),
        Connection(
            "grafana-datasource.yaml",
            "grafana-datasource.yaml",
            "application/yaml",
            "Grafana",
            Text("Datenquelle (Infinity)", "Data source (Infinity)"),
        ),
        Connection(
            "grafana-dashboard.json",
            "grafana-dashboard.json",
            "application/json",
            "Grafana",
            Text("Dashboard zum Importieren", "Dashboard to import"),
        ),
        Connection(
            "datasette.json",
            "datasette.json",
            "application/json",
            "Datasette",
            Text(
                "Beschreibung zur SQLite-Datei, mit Abfragen", "Description of the SQLite file, with queries"
            ),
        ),
        Connection(
            "queries.sql",
            "queries.sql",
            "text/plain; charset=utf-8",
            "Metabase, Superset",
            Text("Abfragen an die SQLite-Datei", "Queries on the SQLite file"),
        ),
        Connection(
            "matrix.R", "matrix.R", "text/plain; charset=utf-8", "R", Text("Zwei Zeilen R", "Two lines of R")
        ),
        Connection(
            "matrix.py",
            "matrix.python.txt",
            "text/plain; charset=utf-8",
            "Python",
            Text("Zwei Zeilen Python", "Two lines of Python"),
        ),
        Connection(
            "matrix.sql",
            "matrix.sql",
            "text/plain; charset=utf-8",
            "DuckDB",
            Text("Abfrage für DuckDB", "Query for DuckDB"),
        ),
        Connection(
            "embed.html",
            "embed.html",
            "text/plain; charset=utf-8",
            "Webseite",
            Text("Tabelle für die eigene Webseite", "Table for a web page"),
        ),
    )
}


def address(scheme: str, host: str) -> str:
    """Return the base address a caller used; a host name that is none is not repeated.

    Example:
        >>> address("https", "matrix.example"), address("http", 'x"><script>'), address("ftp", "[::1]:8000")
        ('https://matrix.example', 'http://127.0.0.1:8000', 'http://[::1]:8000')
    """
    known = scheme if scheme in _SCHEMES else _SCHEMES[0]
    return f"{known}://{host if _HOST.match(host) else LOCAL}"


def filled(connection: Connection, release: Release, base: str) -> bytes:
    """Return the file with the address of the server and codes of the release."""
    catalogue = release.catalogue
    words = {
        "base": base,
        "region": catalogue["default_region"],
        "trade": release.snapshot.axes.trades[0],
        "first_year": release.years[0],
        "base_year": release.base_year,
        "horizon": release.years[-1],
    }
    text = (FOLDER / connection.file).read_text(encoding="utf-8")
    for name, value in words.items():
        text = text.replace("{{" + name + "}}", str(value))
    return text.encode()
