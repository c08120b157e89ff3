"""JSON: flat records, columns, NDJSON. Rows are assembled from encoded cells, never from dicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from api.formats.tokens import json_column, tokens
from api.table import Coded, Table

_MARK: Final = b"%"


def rows(table: Table) -> list[bytes]:
    """Return one JSON object per row; what is the same in all of them is spelled once."""
    template, cells = [], []
    count = table.rows
    for name in table.names:
        column = table.column(name)
        if count and isinstance(column, Coded) and column.index is None:
            value = orjson.dumps(column.choices[0]).replace(_MARK, b"%%")
            template.append(b'"%b":%b' % (name.encode(), value))
        else:
            template.append(b'"%b":%%b' % name.encode())
            cells.append(tokens(column, count, orjson.dumps, b"null"))
    line = b"{" + b",".join(template) + b"}"
    return [line % row for row in zip(*cells, strict=True)] if cells else [line % ()] * count


def records(table: Table) -> bytes:
    """Return a JSON array of flat records."""
    return b"[" + b",".join(rows(table)) + b"]"


def ndjson(table: Table) -> bytes:
    """Return one record a line."""
    return b"".join(row + b"\n" for row in rows(table))


def columns(table: Table) -> bytes:
    """Return one JSON object: name of the column → its values."""
    parts = [orjson.dumps(name) + b":" + json_column(c, table.rows) for name, c in table.columns().items()]
    return b"{" + b",".join(parts) + b"}"


def answer(table: Table, meta: Mapping[str, Any], links: Mapping[str, str]) -> bytes:
    """Return the answer in the layout and shape of the selection."""
    chosen = table.selection
    data = columns(table) if chosen.layout == "columns" else records(table)
    if chosen.shape == "array":
        return data
    return b'{"meta":' + orjson.dumps(meta) + b',"data":' + data + b',"links":' + orjson.dumps(links) + b"}"
