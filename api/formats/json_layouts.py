"""JSON: flat records, columns, NDJSON. Rows are assembled from encoded cells, never from dicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import orjson

from api.formats.tokens import json_column, json_rows, tokens
from api.table import Coded, Table
from forecast.snapshot import STATISTICS

_MARK: Final = b"%"


def rows(table: Table) -> list[bytes]:
    """Return one JSON object per row; what is the same in all of them is spelled once."""
    template, cells = [], []
    count = table.rows
    numbers = _numbers(table) if count else {}
    for name in table.names:
        if name in numbers:
            template.append(b'"%b":%%b' % name.encode())
            cells.append(numbers[name][1:-1].split(b","))
            continue
        column = table.column(name)
        if count and isinstance(column, Coded) and column.index is None:
            value = orjson.dumps(column.choices[0]).replace(_MARK, b"%%")
            template.append(b'"%b":%b' % (name.encode(), value))
        else:
            template.append(b'"%b":%%b' % name.encode())
            cells.append(tokens(column, count, orjson.dumps, b"null"))
    line = b"{" + b",".join(template) + b"}"
    return [line % row for row in zip(*cells, strict=True)] if cells else [line % ()] * count


def _numbers(table: Table) -> dict[str, bytes]:
    """Return name → JSON array of the columns of numbers, all spelled in one go."""
    shown = [name for name in table.names if name in STATISTICS] if table.rows == table.cells else []
    if not shown:
        return {}
    cells = table.statistics()
    if tuple(shown) != STATISTICS:
        cells = cells[:, [STATISTICS.index(name) for name in shown]]
    return dict(zip(shown, json_rows(np.ascontiguousarray(cells.T)), strict=True))


def records(table: Table) -> bytes:
    """Return a JSON array of flat records."""
    return b"[" + b",".join(rows(table)) + b"]"


def ndjson(table: Table) -> bytes:
    """Return one record a line."""
    return b"".join(row + b"\n" for row in rows(table))


def columns(table: Table) -> bytes:
    """Return one JSON object: name of the column → its values."""
    numbers = _numbers(table)
    parts = [
        b'"%b":%b' % (name.encode(), numbers.get(name) or json_column(table.column(name), table.rows))
        for name in table.names
    ]
    return b"{" + b",".join(parts) + b"}"


def answer(table: Table, meta: bytes, links: Mapping[str, str]) -> bytes:
    """Return the answer in the layout and shape of the selection.

    Args:
        table: The cells.
        meta: JSON of what stands above them.
        links: Relation → address.
    """
    chosen = table.selection
    data = columns(table) if chosen.layout == "columns" else records(table)
    if chosen.shape == "array":
        return data
    return b"".join((b'{"meta":', meta, b',"data":', data, b',"links":', orjson.dumps(links), b"}"))
