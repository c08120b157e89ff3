"""Parquet: typed columns, texts by dictionary; release and sources stand in the metadata of the file.

pyarrow is loaded with the first file, not with the service, and is fed buffers, so that it loads no further
library for guessing types.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import orjson

from api.columns import INFO
from api.records import meta
from api.table import Coded, Column, Table

COMPRESSION: Final = "zstd"
ROW_GROUP: Final = 1 << 20


def texts_of(choices: Sequence[str | None]) -> Any:  # noqa: ANN401  (pyarrow has no types)
    """Return texts as an Arrow array; none is an empty one."""
    import pyarrow as pa

    encoded = [str(choice or "").encode() for choice in choices]
    offsets = np.zeros(len(encoded) + 1, dtype=np.int32)
    np.cumsum([len(one) for one in encoded], out=offsets[1:])
    buffers = [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(b"".join(encoded))]
    return pa.StringArray.from_buffers(len(encoded), buffers[1], buffers[2])


def bits(shown: Any) -> Any:  # noqa: ANN401
    """Return truth values as an Arrow bitmap."""
    import pyarrow as pa

    return pa.py_buffer(np.packbits(shown, bitorder="little").tobytes())


def arrow_column(name: str, column: Column, rows: int) -> Any:  # noqa: ANN401
    """Return a column as an Arrow array: texts by dictionary, years int32, numbers float32, booleans."""
    import pyarrow as pa

    if not isinstance(column, Coded):
        shown = np.isfinite(column)
        data = np.where(shown, column, 0).astype(np.float32)
        return pa.Array.from_buffers(pa.float32(), rows, [bits(shown), pa.py_buffer(data.tobytes())])
    index = np.zeros(rows, dtype=np.int32) if column.index is None else column.index.astype(np.int32)
    kind = INFO[name].kind
    if kind == "integer":
        whole = np.array([choice or 0 for choice in column.choices], np.int32)[index] if rows else index
        there = np.array([choice is not None for choice in column.choices], bool)[index] if rows else index
        buffers = [None if there.all() else bits(there), pa.py_buffer(whole.tobytes())]
        return pa.Array.from_buffers(pa.int32(), rows, buffers)
    if kind == "boolean":
        return pa.Array.from_buffers(pa.bool_(), rows, [None, bits(np.array(column.choices, bool)[index])])
    # every text once: several codes may share one (units), and Parquet takes no dictionary with repetitions
    places = {choice: at for at, choice in enumerate(dict.fromkeys(column.choices))}
    index = np.array([places[choice] for choice in column.choices], dtype=np.int32)[index] if rows else index
    known = (
        np.array([choice is not None for choice in places], dtype=bool)[index] if rows else index.astype(bool)
    )
    buffers = [bits(known), pa.py_buffer(index.tobytes())]
    return pa.DictionaryArray.from_arrays(
        pa.Array.from_buffers(pa.int32(), rows, buffers), texts_of(list(places))
    )


def schema_metadata(table: Table, title: str) -> dict[bytes, bytes]:
    """Return what the file says about itself."""
    about = meta(table.release, table.lang)
    units = {code: table.release.entries["measures"][code]["unit"] for code in table.selection.measures}
    return {b"title": title.encode(), b"fachkraeftematrix": orjson.dumps({**about, "units": units})}


def parquet(tables: Iterable[Table], title: str) -> bytes:
    """Return pages of one selection as one Parquet file, a row group each.

    Args:
        tables: Pages with the same columns; at least one.
        title: Name of the table.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    target = io.BytesIO()
    writer = None
    for table in tables:
        arrays = [arrow_column(name, column, table.rows) for name, column in table.columns().items()]
        page = pa.Table.from_arrays(arrays, names=list(table.names))
        if writer is None:
            schema = page.schema.with_metadata(schema_metadata(table, title))
            writer = pq.ParquetWriter(target, schema, compression=COMPRESSION, store_schema=True)
        writer.write_table(page.cast(writer.schema), row_group_size=ROW_GROUP)
    if writer is not None:
        writer.close()
    return target.getvalue()
