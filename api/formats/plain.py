"""Tables that are not cells of the cube, in every format of flat rows: records, plans, differences, what-if.

A column has one type in the typed formats: whole numbers, numbers, truth values, else text. A missing value
is null, an empty cell in CSV and Excel, never 0.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

import numpy as np
import orjson

from api.columns import INFO
from api.formats import csv_text
from api.formats.parquet import COMPRESSION, bits, texts_of
from api.formats.xlsx import DATA, NOTES
from api.language import Lang, Text

Kind = Literal["text", "integer", "boolean", "number"]

#: The formats a table of flat rows comes in beside JSON.
FORMS: Final = ("ndjson", "csv", "csv-de", "xlsx", "parquet")
_LONGEST: Final = 32_767  # characters Excel takes in a cell
_WIDTHS: Final[Mapping[Kind, int]] = {"text": 22, "integer": 10, "boolean": 11, "number": 12}


@dataclass(frozen=True, slots=True)
class PlainTable:
    """Rows under named columns.

    Args:
        columns: Names.
        rows: One value per column and row; None where there is none.
        title: Name of the table.
        about: What stands above the rows in JSON: release, definitions, sources.
        lang: Language of the notes.
        address: Where the same rows come from.
        kinds: Column → type, where it is known; the others follow from their values.
        remarks: Further lines of the notes: what, and a sentence.
        narrow: Whether columns of known type are as wide as in the files of the matrix.
    """

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    title: str
    about: Mapping[str, Any]
    lang: Lang
    address: str
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    remarks: tuple[tuple[str, str], ...] = ()
    narrow: bool = False

    def kind(self, name: str) -> Kind:
        """Return the type of a column; values of several types are text."""
        if name in self.kinds:
            return self.kinds[name]
        at = self.columns.index(name)
        return _kind({type(row[at]) for row in self.rows} - {type(None)})


def like_cells(columns: Sequence[str]) -> dict[str, Kind]:
    """Return the types of columns that also stand in answers of cells: the same there and here."""
    found: dict[str, Kind] = {}
    for name in columns:
        if name in INFO:
            kind = INFO[name].kind
            found[name] = "text" if kind == "time" else kind
    return found


def _kind(types: set[type]) -> Kind:
    if types == {bool}:
        return "boolean"
    if types == {int}:
        return "integer"
    return "number" if types in ({float}, {int, float}) else "text"


def body(table: PlainTable, form: str) -> bytes:
    r"""Return the rows in a format.

    Args:
        table: The rows.
        form: One of ``FORMS``.

    Example:
        >>> one = PlainTable(("code", "value"), [["A-24", 2.5]], "Probe", {}, "de", "/x")
        >>> body(one, "csv-de").decode("utf-8-sig").split(), body(one, "ndjson")
        (['code;value', 'A-24;2,5'], b'{"code":"A-24","value":2.5}\n')
    """
    match form:
        case "ndjson":
            records = (dict(zip(table.columns, row, strict=True)) for row in table.rows)
            return b"".join(orjson.dumps(record) + b"\n" for record in records)
        case "csv" | "csv-de":
            return csv_text.plain_rows([table.columns, *table.rows], csv_text.DIALECTS[form])
        case "xlsx":
            return _xlsx(table)
        case "parquet":
            return _parquet(table)
    raise KeyError(form)


def notes(table: PlainTable) -> list[tuple[str, str]]:
    """Return what a reader needs who got only the file: table, release, address, definitions, sources."""
    about = table.about

    def word(de: str, en: str) -> str:
        return Text(de, en).of(table.lang)

    lines = [
        (word("Tabelle", "Table"), table.title),
        (word("Stand (snapshot_id)", "Release (snapshot_id)"), about.get("snapshot_id", "")),
        (word("Datenstand", "As of"), about.get("as_of", "")),
        (word("Abruf", "Address"), table.address),
        (word("Hinweis", "Note"), about.get("reason", "")),
        (word("Vorzeichen", "Sign"), about.get("sign_convention", "")),
        (word("Bandbreite", "Ranges"), about.get("ranges", "")),
        *table.remarks,
        *((word("Quelle", "Source"), line) for line in about.get("attribution", ())),
    ]
    return [(head, str(text)) for head, text in lines if text]


def _xlsx(table: PlainTable) -> bytes:
    """Return a workbook: rows under a frozen header with filters, and the notes. Same rows, same bytes."""
    from xlsxwriter.workbook import Workbook  # loaded on the first workbook, not with the service

    target = io.BytesIO()
    book = Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                             "strings_to_numbers": False})  # fmt: skip
    made = datetime.fromisoformat(f"{table.about.get('as_of', '2000-01-01')}T00:00:00")
    book.set_properties(
        {"title": table.title, "subject": table.about.get("snapshot_id", ""), "created": made}
    )
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(DATA.of(table.lang))
    for at, name in enumerate(table.columns):
        kind = table.kind(name)
        sheet.write_string(0, at, name, bold)
        sheet.set_column(at, at, _WIDTHS[kind])
        for place, row in enumerate(table.rows, start=1):
            _write(sheet, place, at, row[at], kind)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)
    second = book.add_worksheet(NOTES.of(table.lang))
    second.set_column(0, 0, 30)
    second.set_column(1, 1, 110)
    for place, (head, text) in enumerate(notes(table)):
        second.write_string(place, 0, head, bold)
        second.write_string(place, 1, text[:_LONGEST])
    book.close()
    return target.getvalue()


def _write(sheet: Any, row: int, at: int, value: Any, kind: Kind) -> None:  # noqa: ANN401
    if value is None or value == "":
        return
    if kind == "boolean":
        sheet.write_boolean(row, at, value)
    elif kind == "text":
        sheet.write_string(row, at, _text(value)[:_LONGEST])
    else:
        sheet.write_number(row, at, value)


def _text(value: Any) -> str:  # noqa: ANN401  (any JSON value)
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _parquet(table: PlainTable) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = [
        _array([row[at] for row in table.rows], table.kind(name), narrow=table.narrow and name in table.kinds)
        for at, name in enumerate(table.columns)
    ]
    schema = {b"title": table.title.encode(), b"fachkraeftematrix": orjson.dumps(dict(table.about))}
    found = pa.Table.from_arrays(arrays, names=list(table.columns)).replace_schema_metadata(schema)
    target = io.BytesIO()
    pq.write_table(found, target, compression=COMPRESSION, store_schema=True)
    return target.getvalue()


def _array(values: Sequence[Any], kind: Kind, *, narrow: bool) -> Any:  # noqa: ANN401
    """Return a column as an Arrow array; numbers of cells are as wide as in the files of the matrix."""
    import pyarrow as pa

    shown = np.array([value is not None for value in values], dtype=bool)
    known = [value if value is not None else 0 for value in values]
    rows = len(values)
    if kind == "boolean":
        flags = np.array(known, dtype=bool)
        return pa.Array.from_buffers(pa.bool_(), rows, [bits(shown), bits(flags)])
    if kind in ("integer", "number"):
        types: dict[Kind, tuple[Any, Any]] = {
            "integer": (pa.int32(), np.int32) if narrow else (pa.int64(), np.int64),
            "number": (pa.float32(), np.float32) if narrow else (pa.float64(), np.float64),
        }
        arrow, width = types[kind]
        data = pa.py_buffer(np.array(known, dtype=width).tobytes())
        return pa.Array.from_buffers(arrow, rows, [bits(shown), data])
    texts = ["" if value is None else _text(value) for value in values]
    places = {text: at for at, text in enumerate(dict.fromkeys(texts))}
    index = np.array([places[text] for text in texts], dtype=np.int32)
    indices = pa.Array.from_buffers(pa.int32(), rows, [bits(shown), pa.py_buffer(index.tobytes())])
    return pa.DictionaryArray.from_arrays(indices, texts_of(list(places)))
