"""Forecasts as rows of a table: Arrow columns, CSV bytes, Parquet of fixed row groups."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

Array = NDArray[np.float64]

OUTPUT_COLUMNS: Final = (
    "series_id", "year", "horizon", "mean", "p02_5", "p10", "p25", "p50", "p75", "p90", "p97_5",
)  # fmt: skip
REPORT_COLUMNS: Final = ("series_id", "status", "reason", "flags")
SCHEMA: Final = pa.schema(
    [
        pa.field("series_id", pa.string(), nullable=False),
        pa.field("year", pa.int32()),
        pa.field("horizon", pa.int32(), nullable=False),
        *(pa.field(name, pa.float64()) for name in OUTPUT_COLUMNS[3:]),
    ]
)
_DIGITS: Final = 10  # significant digits written; more would only show the noise of the last bit
_EXACT: Final = 22  # powers of ten up to here are exact, so that scaling and rounding leave that many digits
_ROW_GROUP: Final = 1 << 17


def result_table(keys: Sequence[str], origins: NDArray[np.int64], mean: Array, quantiles: Array) -> pa.Table:
    """Lay forecasts out as rows.

    Args:
        keys: (N,) names.
        origins: (N,) last observed years, -1 without one.
        mean: (N, H), NaN where there is no forecast.
        quantiles: (N, H, Q).

    Returns:
        N·H rows of `OUTPUT_COLUMNS`; null where there is no number.
    """
    count, horizon = mean.shape
    ahead = np.tile(np.arange(1, horizon + 1, dtype=np.int32), count)
    names = pa.array(keys, pa.string()).take(pa.array(np.repeat(np.arange(count), horizon)))
    origin = np.repeat(origins, horizon)
    years = pa.array((origin + ahead).astype(np.int32), mask=origin < 0)
    numbers = np.concatenate([mean[:, :, None], quantiles], axis=2).reshape(count * horizon, -1)
    columns = [pa.array(column, from_pandas=True) for column in np.ascontiguousarray(significant(numbers).T)]
    return pa.Table.from_arrays([names, years, pa.array(ahead), *columns], schema=SCHEMA)


def significant(values: Array, digits: int = _DIGITS) -> Array:
    """Round to significant digits.

    Args:
        values: Any numbers.
        digits: How many.

    Example:
        >>> significant(np.array([1234.5678, -0.00012345, 0.0]), 3).tolist()
        [1230.0, -0.000123, 0.0]
    """
    powers = np.array([float(f"1e{power}") for power in range(_EXACT + 1)])
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.floor(np.log10(np.abs(values)))
        places = np.clip(np.where(np.isfinite(size), digits - 1 - size, 0), -_EXACT, _EXACT).astype(np.int_)
        up, down = powers[np.maximum(places, 0)], powers[np.maximum(-places, 0)]
        return np.asarray(np.rint(values * up / down) * down / up) + 0.0  # no minus zero


def csv_bytes(table: pa.Table) -> bytes:
    """Return the rows as CSV without a header; texts are quoted only where they must be."""
    names = table["series_id"].combine_chunks()
    special = pc.match_substring_regex(names, '[",\r\n]')
    if pc.any(special).as_py():
        doubled = pc.binary_join_element_wise('"', pc.replace_substring(names, '"', '""'), '"', "")
        names = pc.if_else(special, doubled, names)
    texts = [pc.fill_null(pc.cast(table[name], pa.string()), "") for name in OUTPUT_COLUMNS[1:]]
    lines = pc.binary_join_element_wise(names, *(text.combine_chunks() for text in texts), ",")
    ended = pc.binary_join_element_wise(lines, "", "\n")
    _, offsets, content = ended.buffers()
    if content is None:
        return b""
    end = int(np.frombuffer(offsets, dtype=np.int32)[len(ended)])
    joined: bytes = memoryview(content)[:end].tobytes()
    return joined


def ipc_bytes(table: pa.Table) -> bytes:
    """Return the rows so that `ParquetSink` can take them up again."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def report_bytes(rows: Sequence[tuple[str, str, str, str]]) -> bytes:
    """Return rows of the report as CSV without a header."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


class Sink(Protocol):
    """Takes the payloads of chunks in order and makes a file of them."""

    def add(self, payload: bytes) -> None:
        """Append one chunk."""
        ...

    def close(self) -> None:
        """Write what is left; the file itself stays open."""
        ...

    def abandon(self) -> None:
        """Write nothing more; the file is not wanted."""
        ...


class CsvSink:
    """CSV with a header line.

    Args:
        file: Where to write.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        file.write((",".join(OUTPUT_COLUMNS) + "\n").encode())

    def add(self, payload: bytes) -> None:
        """Append the lines of one chunk."""
        self._file.write(payload)

    def close(self) -> None:
        """Nothing is left to write."""

    def abandon(self) -> None:
        """Nothing is held back."""


class _Outlet(io.RawIOBase):
    """Passes bytes on for as long as they are wanted."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._place = 0
        self.wanted = True

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def write(self, content: Buffer, /) -> int:
        size = memoryview(content).nbytes
        if self.wanted:
            self._file.write(content)
        self._place += size
        return size


class ParquetSink:
    """Parquet whose row groups do not depend on the chunks.

    Args:
        file: Where to write.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._outlet = _Outlet(file)
        self._writer = pq.ParquetWriter(self._outlet, SCHEMA, compression="zstd")
        self._waiting: list[pa.Table] = []
        self._rows = 0

    def add(self, payload: bytes) -> None:
        """Append the rows of one chunk."""
        with pa.ipc.open_stream(payload) as reader:
            table = reader.read_all()
        self._waiting.append(table)
        self._rows += table.num_rows
        while self._rows >= _ROW_GROUP:
            joined = pa.concat_tables(self._waiting)
            self._write(joined.slice(0, _ROW_GROUP))
            self._waiting = [joined.slice(_ROW_GROUP)]
            self._rows -= _ROW_GROUP

    def close(self) -> None:
        """Write the last row group and the footer."""
        if self._rows:
            self._write(pa.concat_tables(self._waiting))
        self._writer.close()

    def abandon(self) -> None:
        """Let the writer finish into the void: it insists on a footer, also where the disk is full."""
        self._outlet.wanted = False
        self._writer.close()

    def _write(self, table: pa.Table) -> None:
        self._writer.write_table(table.combine_chunks(), row_group_size=_ROW_GROUP)


def make_sink(path: Path, file: IO[bytes]) -> Sink:
    """Return the sink for the suffix of ``path``."""
    return ParquetSink(file) if is_parquet(path) else CsvSink(file)


def is_parquet(path: Path) -> bool:
    """Tell whether a path names a Parquet file."""
    return path.suffix.lower() == ".parquet"
