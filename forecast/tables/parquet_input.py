"""Parquet in blocks: the same rules as for CSV, numbers as they are stored."""

from __future__ import annotations

import struct
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from forecast.errors import InputError
from forecast.storage import disk_error
from forecast.tables.blocks import (
    REQUIRED,
    UNIT,
    Block,
    BlockBuilder,
    optional_columns,
    require_columns,
    sound_numbers,
    too_wide,
)
from forecast.tables.states import BOUNDS, STATUS, middles, sound_states

NOUN: Final = "Datensatz"
_NUMBERS: Final = ("year", "value", *BOUNDS)
_ROWS: Final = 400_000
_PAGES: Final = 1 << 20  # bytes of a column read ahead
_MAGIC: Final = b"PAR1"
_LARGEST_FOOTER: Final = 1 << 25  # a table of our kind needs a few kilobytes; a million columns need more


def parquet_blocks(path: Path, *, rows: int = _ROWS) -> Generator[Block, None, None]:
    """Read a Parquet file.

    Args:
        path: Columns `REQUIRED` and perhaps those of `optional_columns`; others are ignored. A null or NaN
            value is a gap.
        rows: Rows of a block.

    Yields:
        Blocks in the order of the file; rows count from 1; faulty rows are in them, not raised.

    Raises:
        InputError: The file is empty, no Parquet, or its columns are not ours.
        OperationError: The disk refuses.
    """
    _check_footer(path)
    try:
        with pq.ParquetFile(path, buffer_size=_PAGES, pre_buffer=False) as file:
            names = list(file.schema_arrow.names)
            require_columns(path, names, f"{path}, Spalten")
            wanted = [*REQUIRED, *optional_columns(names)]
            _check_types(path, file.schema_arrow, wanted)
            row = 1
            for batch in file.iter_batches(rows, columns=wanted, use_threads=True):
                yield _block(batch, row)
                row += batch.num_rows
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        raise _unreadable(path, str(error)) from error
    except OSError as error:
        if error.errno is None:  # Arrow reports damaged pages as an error of the disk
            raise _unreadable(path, str(error)) from error
        raise disk_error(path, error) from error


def _check_footer(path: Path) -> None:
    """Refuse what is no Parquet, and a million columns before they are read."""
    try:
        with path.open("rb") as file:
            begins = file.read(4)
            size = file.seek(0, 2)
            if size == 0:
                raise InputError("Die Datei ist leer.", where=str(path), expected=", ".join(REQUIRED))
            file.seek(max(size - 8, 0))
            end = file.read(8)
    except OSError as error:
        raise disk_error(path, error) from error
    if size < 12 or begins != _MAGIC or end[4:] != _MAGIC:
        raise _unreadable(path, "Kennung PAR1 fehlt")
    (footer,) = struct.unpack("<I", end[:4])
    if _LARGEST_FOOTER < footer < size:
        raise too_wide(path, "viel zu viele")


def _unreadable(path: Path, detail: str) -> InputError:
    first = detail.splitlines()[0] if detail else ""
    return InputError(
        "Die Datei ist kein lesbares Parquet.",
        where=f"{path}: {first[:160]}",
        expected="Parquet mit series_id, year, value",
        remedy="Datei neu schreiben oder als CSV mit der Endung .csv übergeben.",
    )


def _check_types(path: Path, schema: pa.Schema, wanted: list[str]) -> None:
    """Refuse columns of a type that cannot hold what they should."""
    for name in wanted:
        kind = schema.field(name).type
        inner = kind.value_type if pa.types.is_dictionary(kind) else kind
        text = _is_text(inner)
        number = pa.types.is_integer(inner) or (
            name in _NUMBERS and (pa.types.is_floating(inner) or pa.types.is_decimal(inner))
        )
        if not (text or number or pa.types.is_null(inner)):
            raise InputError(
                f"Die Spalte {name} hat den Typ {kind}.",
                where=str(path),
                expected="eine Zahl" if name in _NUMBERS else "Text oder ganze Zahl",
                remedy="Das Jahr als ganze Zahl schreiben, zum Beispiel 2019."
                if name == "year" and pa.types.is_temporal(inner)
                else "Die Spalte beim Schreiben umwandeln.",
            )


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _block(batch: pa.RecordBatch, row: int) -> Block:
    """Read a batch by column if all of it is plain, otherwise row by row."""
    block = _by_column(batch, row)
    if block is not None:
        return block
    names = batch.schema.names
    builder = BlockBuilder(with_unit=UNIT in names, with_status=STATUS in names)
    cells = {name: [_cell(value) for value in batch[name].to_pylist()] for name in names}
    for offset in range(batch.num_rows):
        extra = {name: cells[name][offset] for name in optional_columns(names)}
        builder.add(row + offset, [cells[name][offset] for name in REQUIRED], extra)
    return builder.block()


def _by_column(batch: pa.RecordBatch, row: int) -> Block | None:
    """Read a batch by column; None if anything is unusual."""
    names = batch.schema.names
    nothing = np.full(batch.num_rows, np.nan)
    numbers = [_numbers(batch[name]) if name in names else nothing for name in _NUMBERS]
    columns = [column for column in numbers if column is not None]
    if len(columns) < len(numbers):
        return None
    years, values, low, high = columns
    keys, codes = _texts(batch["series_id"])
    if "" in keys or not sound_numbers(years, values, low, high):
        return None
    lines = np.arange(row, row + batch.num_rows, dtype=np.int64)
    block = Block(keys, codes, years.astype(np.int16), values, lines)
    if UNIT in names:
        units, unit_codes = _texts(batch[UNIT])
        block = replace(block, units=units, unit_codes=unit_codes)
    if STATUS not in names:
        return block
    states = sound_states(*_texts(batch[STATUS]), values, low, high)
    if states is None:
        return None
    values, widths = middles(values, low, high)
    return replace(block, values=values, states=states, widths=widths)


def _numbers(column: pa.Array) -> np.ndarray | None:
    """Return a column of numbers with NaN for nulls, None for texts."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _numbers(column.dictionary_decode())
    if _is_text(kind):
        return None
    return np.array(pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False))


def _texts(column: pa.Array) -> tuple[list[str], np.ndarray]:
    """Return the distinct trimmed texts in the order of their first rows, and each row's position there."""
    plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    coded = pc.fill_null(pc.utf8_trim_whitespace(pc.cast(plain, pa.large_string())), "").dictionary_encode()
    return coded.dictionary.to_pylist(), coded.indices.to_numpy().astype(np.int64)


def _cell(value: object) -> str:
    """Return a stored cell as the text a CSV would hold."""
    return "" if value is None else str(value).strip()
