"""Names, media types and suffixes of the formats, and which one a request wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from api.language import Text
from api.problems import Fault
from api.query import Values, invalid


@dataclass(frozen=True, slots=True)
class Format:
    """A representation of the same table.

    Args:
        name: Value of ``format=``.
        suffix: Ending of an address and of a file.
        media_type: Content-Type.
        title: For people.
        download: Whether a browser should offer to save it.
    """

    name: str
    suffix: str
    media_type: str
    title: Text
    download: bool = False


XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PLOTLY_TYPE: Final = "application/vnd.plotly.v1+json"
FORMATS: Final[Mapping[str, Format]] = {
    one.name: one
    for one in (
        Format("json", "json", "application/json", Text("JSON", "JSON")),
        Format("ndjson", "ndjson", "application/x-ndjson", Text("JSON, eine Zeile je Satz", "JSON lines")),
        Format(
            "csv", "csv", "text/csv; charset=utf-8", Text("CSV (Komma, Dezimalpunkt)", "CSV (comma, point)")
        ),
        Format(
            "csv-de",
            "de.csv",
            "text/csv; charset=utf-8; header=present",
            Text("CSV für deutsches Excel (Strichpunkt, Dezimalkomma)", "CSV for German Excel"),
            True,
        ),
        Format(
            "json-stat", "jsonstat", "application/vnd.json-stat+json", Text("JSON-stat 2.0", "JSON-stat 2.0")
        ),
        Format(
            "sdmx-csv",
            "sdmx.csv",
            "application/vnd.sdmx.data+csv; version=1.0.0; charset=utf-8",
            Text("SDMX-CSV 1.0", "SDMX-CSV 1.0"),
        ),
        Format("plotly", "plotly.json", PLOTLY_TYPE, Text("Bild für plotly", "Figure for plotly")),
        Format("xlsx", "xlsx", XLSX_TYPE, Text("Excel-Arbeitsmappe", "Excel workbook"), True),
        Format("parquet", "parquet", "application/vnd.apache.parquet", Text("Parquet", "Parquet"), True),
    )
}
SUFFIXES: Final = {one.suffix: one.name for one in FORMATS.values()}
_ACCEPTED: Final[Mapping[str, str]] = {
    "application/json": "json",
    "application/*": "json",
    "*/*": "json",
    "application/x-ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "text/csv": "csv",
    "text/*": "csv",
    "application/vnd.json-stat+json": "json-stat",
    "application/vnd.sdmx.data+csv": "sdmx-csv",
    PLOTLY_TYPE: "plotly",
    XLSX_TYPE: "xlsx",
    "application/vnd.apache.parquet": "parquet",
}


@lru_cache(maxsize=64)
def negotiate(accept: str) -> str:
    """Return the format an Accept header prefers; JSON where it names none of ours.

    A page asked for in the address line of a browser (text/html first) gets JSON as well.

    Source: RFC 9110, section 12.5.1.

    Example:
        >>> negotiate("text/csv;q=0.8, application/json;q=0.5"), negotiate("text/html, */*;q=0.1")
        ('csv', 'json')
    """
    best, weight = "json", 0.0
    for part in accept.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        found = _ACCEPTED.get(media)
        given = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        wanted = _weight(given)
        if found is not None and wanted > weight:
            best, weight = found, wanted
    return best


def _weight(text: str) -> float:
    """Weights have at most three decimals; anything else counts as not wanted."""
    if len(text) > len("0.000") or not text.replace(".", "", 1).isascii():
        return 0.0
    return float(text) if text.replace(".", "", 1).isdigit() else 0.0


def one_of(names: Sequence[str], values: Values, accept: str) -> Format:
    """Return the format of an answer that comes in a few formats only; the first where Accept names another.

    Args:
        names: Formats there are.
        values: Checked values of the query string.
        accept: Accept header.
    """
    found = values.get("format", (negotiate(accept),))[0]
    return FORMATS[found if found in names else names[0]]


def wanted(values: Values, suffix: str, accept: str) -> Format:
    """Return the format of an answer: by suffix, then ``format=``, then Accept.

    Args:
        values: Checked values of the query string.
        suffix: Ending of the address; empty if it has none.
        accept: Accept header.

    Raises:
        Problem: 422 if suffix and ``format=`` contradict each other.
    """
    named = values.get("format", ("",))[0]
    if suffix:
        by_suffix = SUFFIXES[suffix]
        if named and named != by_suffix:
            detail = Text(
                f"Die Endung .{suffix} und format={named} widersprechen sich.",
                f"The suffix .{suffix} and format={named} contradict each other.",
            )
            raise invalid([Fault("format", detail, Text(f"format={by_suffix}", f"format={by_suffix}"))])
        return FORMATS[by_suffix]
    return FORMATS[named or negotiate(accept)]
