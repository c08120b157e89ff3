"""CSV in blocks: Arrow reads what is plain, Python reads what is not and says what is wrong where.

Both understand the same rows as the same series, years and values (a test compares them). A block in which
anything is unusual is read again row by row; from the first quoted cell that may span lines on, the rest of
the file is.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from forecast.errors import InputError
from forecast.storage import disk_error
from forecast.tables.blocks import (
    GAPS,
    MAX_COLUMNS,
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

NOUN: Final = "Zeile"
_HEAD_BYTES: Final = 1 << 20
_BLOCK_BYTES: Final = (1 << 16, 1 << 24)  # at least, at most; between them an eighth of the file
_LONGEST_LINE: Final = 1 << 26
_ROWS: Final = 200_000  # rows handed on at once where the file is read row by row
_STRAY_QUOTE: Final = re.compile(rb'[^,\r\n"]"[^,\r\n"]')
_NUMBERS: Final = ("year", "value", *BOUNDS)
_UTF8_MARK: Final = b"\xef\xbb\xbf"
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


class _SpansLinesError(Exception):
    """A quoted cell may contain the end of a line: the file cannot be cut there."""


@dataclass(frozen=True, slots=True)
class _Head:
    """The first line.

    Args:
        path: The file.
        names: Names of the columns.
        positions: Where the required columns stand.
        optional: Where those of `optional_columns` stand.
        start: Byte at which the rows begin; -1 where lines do not end as usual.
    """

    path: Path
    names: tuple[str, ...]
    positions: tuple[int, int, int]
    optional: Mapping[str, int]
    start: int

    def builder(self) -> BlockBuilder:
        """Return what collects rows of this table one at a time."""
        return BlockBuilder(with_unit=UNIT in self.optional, with_status=STATUS in self.optional)


@dataclass(frozen=True, slots=True)
class _Raw:
    """Whole lines of the file: bytes, their place in it, number of the first line."""

    content: bytes
    offset: int
    line: int


def csv_blocks(
    path: Path, *, workers: int = 1, block_bytes: int | None = None
) -> Generator[Block, None, None]:
    """Read a CSV file.

    Args:
        path: UTF-8, comma, decimal point, columns `REQUIRED` and perhaps those of `optional_columns`; others
            are ignored.
        workers: Blocks parsed at the same time.
        block_bytes: Size of a block; without it, it follows from the size of the file.

    Yields:
        Blocks in the order of the file; faulty rows are in them, not raised.

    Raises:
        InputError: The file is empty, no text, not UTF-8, no CSV, or its first line is not ours.
        OperationError: The disk refuses.
    """
    head = _read_head(path)
    least, most = _BLOCK_BYTES
    size = block_bytes or min(max(path.stat().st_size // 8, least), most)
    if head.start < 0:
        yield from _by_row_from(head, 0, 1, skip_header=True)
        return
    waiting: deque[tuple[_Raw, Future[Block]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for raw in _raw_blocks(path, head.start, size, 2):
                waiting.append((raw, pool.submit(_parse, raw, head)))
                if len(waiting) > workers:
                    yield waiting.popleft()[1].result()
            while waiting:
                yield waiting.popleft()[1].result()
            return
        except _SpansLinesError as stopped:
            place: _Raw = stopped.args[0]
        finally:
            for _, future in waiting:
                future.cancel()
    yield from _by_row_from(head, place.offset, place.line)


def _read_head(path: Path) -> _Head:
    """Read and check the first line."""
    try:
        with path.open("rb") as file:
            beginning = file.read(_HEAD_BYTES)
    except OSError as error:
        raise disk_error(path, error) from error
    if beginning.startswith(_UTF16_MARKS):
        raise _not_utf8(path, 1)
    if b"\x00" in beginning:
        raise _no_text(path)
    mark = len(_UTF8_MARK) if beginning.startswith(_UTF8_MARK) else 0
    if not beginning[mark:].strip():
        raise InputError("Die Datei ist leer.", where=str(path), expected=",".join(REQUIRED))
    end = beginning.find(b"\n")
    if end < 0 and len(beginning) == _HEAD_BYTES:
        raise too_wide(path, f"mehr als {max(beginning.count(b','), MAX_COLUMNS)}")
    line = beginning[mark:] if end < 0 else beginning[mark:end].removesuffix(b"\r")
    usual = end >= 0 and b"\r" not in line
    if line.count(b",") > 2 * MAX_COLUMNS:
        raise too_wide(path, f"mehr als {2 * MAX_COLUMNS}")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(path, 1) from error
    with _CsvErrors(path):
        names = tuple(
            cell.strip() for cell in next(csv.reader(io.StringIO(text, newline=""), strict=True), [])
        )
    if len(names) == 1 and any(separator in names[0] for separator in ";\t"):
        raise InputError(
            "Die Spalten sind nicht durch Kommas getrennt.",
            where=f"{path}, Zeile 1: {names[0][:80]}",
            expected=",".join(REQUIRED),
            remedy="Mit Komma als Trennzeichen und Punkt als Dezimalzeichen speichern.",
        )
    require_columns(path, names, f"{path}, Zeile 1")
    first, second, third = (names.index(name) for name in REQUIRED)
    optional = {name: names.index(name) for name in optional_columns(names)}
    return _Head(path, names, (first, second, third), optional, end + 1 if usual else -1)


class _CsvErrors:
    """Turn what the csv module complains about into an error that names the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.line = 1  # where what is being read begins

    def __enter__(self) -> _CsvErrors:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, csv.Error):
            raise InputError(
                "Die Datei ist kein lesbares CSV.",
                where=f"{self._path}, ab Zeile {self.line}",
                expected="Anführungszeichen paarweise und um ganze Zellen",
                remedy="Das Anführungszeichen ohne Gegenstück entfernen.",
            ) from error


def _no_text(path: Path) -> InputError:
    return InputError(
        "Die Datei ist keine Textdatei.",
        where=str(path),
        expected="CSV in UTF-8",
        remedy="Gepackte Dateien auspacken, Arbeitsmappen und UTF-16 als «CSV UTF-8» speichern.",
    )


def _not_utf8(path: Path, line: int) -> InputError:
    return InputError(
        "Die Datei ist nicht in UTF-8 kodiert.",
        where=f"{path}, Zeile {line}",
        expected="UTF-8",
        remedy="In der Tabellenkalkulation als «CSV UTF-8» speichern.",
    )


def _raw_blocks(path: Path, start: int, size: int, line: int) -> Iterator[_Raw]:
    """Yield the file from ``start`` on in whole lines, checked to be text in UTF-8."""
    rest = b""
    try:
        with path.open("rb") as file:
            file.seek(start)
            while content := file.read(size):
                cut = content.rfind(b"\n") + 1
                if cut == 0:
                    rest += content
                    if len(rest) > _LONGEST_LINE:
                        raise InputError("Eine Zeile ist zu lang.", where=f"{path}, Zeile {line}")
                    continue
                raw = _Raw(rest + content[:cut], start, line)
                yield _checked(path, raw)
                rest = content[cut:]
                start += len(raw.content)
                line += raw.content.count(b"\n")
    except OSError as error:
        raise disk_error(path, error) from error
    if rest:
        yield _checked(path, _Raw(rest, start, line))


def _checked(path: Path, raw: _Raw) -> _Raw:
    """Refuse what is no text in UTF-8."""
    if b"\x00" in raw.content:
        raise _no_text(path)
    if not raw.content.isascii():
        try:
            raw.content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _not_utf8(path, raw.line + raw.content.count(b"\n", 0, error.start)) from error
    return raw


def _parse(raw: _Raw, head: _Head) -> Block:
    """Read whole lines, by Arrow if everything in them is plain."""
    quoted = b'"' in raw.content
    if not (quoted and _STRAY_QUOTE.search(raw.content)):
        block = _by_column(raw, head)
        if block is not None:
            return block
    builder = head.builder()
    lines = io.StringIO(raw.content.decode("utf-8"), newline="")
    try:
        for _ in _enter(csv.reader(lines, strict=True), raw.line, head, builder):
            pass
    except csv.Error as error:
        raise _SpansLinesError(raw) from error
    return builder.block()


def _by_column(raw: _Raw, head: _Head) -> Block | None:
    """Read whole lines by column; None if anything is unusual."""
    content = raw.content.rstrip(b"\r\n") + b"\n"
    if content == b"\n":
        return head.builder().block()
    table = _arrow_table(content, head)
    if table is None:
        return None
    place = {**dict(zip(REQUIRED, head.positions, strict=True)), **head.optional}
    numbers = {name: table[str(at)] for name, at in place.items() if name in _NUMBERS}
    if not all(_plain(column) for column in numbers.values()):
        return None
    nothing = np.full(table.num_rows, np.nan)
    years, values, low, high = (
        np.array(numbers[name].to_numpy()) if name in numbers else nothing for name in _NUMBERS
    )
    if not sound_numbers(years, values, low, high):
        return None
    keys, codes = _trimmed(table[str(place["series_id"])].combine_chunks())
    if "" in keys:
        return None
    lines = np.arange(raw.line, raw.line + len(codes), dtype=np.int64)
    block = Block(keys, codes, years.astype(np.int16), values, lines)
    if UNIT in place:
        units, unit_codes = _trimmed(table[str(place[UNIT])].combine_chunks())
        block = replace(block, units=units, unit_codes=unit_codes)
    if STATUS not in place:
        return block
    states = sound_states(*_trimmed(table[str(place[STATUS])].combine_chunks()), values, low, high)
    if states is None:
        return None
    values, widths = middles(values, low, high)
    return replace(block, values=values, states=states, widths=widths)


def _arrow_table(content: bytes, head: _Head) -> pa.Table | None:
    """Return whole lines as columns named by their place; None if Arrow does not understand them."""
    columns = [str(position) for position in range(len(head.names))]
    texts, number = pa.dictionary(pa.int32(), pa.string()), pa.float64()
    place = {**dict(zip(REQUIRED, head.positions, strict=True)), **head.optional}
    types = {columns[at]: number if name in _NUMBERS else texts for name, at in place.items()}
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(content),
            read_options=arrow_csv.ReadOptions(
                column_names=columns, use_threads=False, block_size=len(content) + 1
            ),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=False),
            convert_options=arrow_csv.ConvertOptions(
                column_types=types,
                include_columns=list(types),
                null_values=list(GAPS),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    return table if table.num_rows == content.count(b"\n") else None


def _plain(column: pa.ChunkedArray) -> bool:
    """Tell whether every NaN of a column of numbers is one of `GAPS`, not a spelling Arrow knows."""
    return bool(column.null_count == np.count_nonzero(np.isnan(column.to_numpy())))


def _trimmed(column: pa.DictionaryArray) -> tuple[list[str], np.ndarray]:
    """Return the distinct trimmed texts in the order of their first rows, and each row's position there."""
    texts = pc.utf8_trim_whitespace(column.dictionary)
    distinct = pc.unique(texts)
    positions = pc.index_in(texts, value_set=distinct).to_numpy()
    return distinct.to_pylist(), positions.astype(np.int64)[column.indices.to_numpy()]


def _by_row_from(head: _Head, offset: int, line: int, *, skip_header: bool = False) -> Iterator[Block]:
    """Read the file row by row from a byte on, where line ``line`` begins."""
    for _ in _raw_blocks(head.path, offset, _BLOCK_BYTES[1], line):
        pass  # encoding first: the reader below could not name the line
    builder = head.builder()
    with head.path.open("rb") as file, _CsvErrors(head.path) as place:
        file.seek(offset)
        encoding = "utf-8-sig" if offset == 0 else "utf-8"
        rows = csv.reader(io.TextIOWrapper(file, encoding=encoding, newline=""), strict=True)
        place.line = line
        if skip_header:
            next(rows)
        for _ in _enter(rows, line, head, builder):
            place.line = line + rows.line_num
            if len(builder) >= _ROWS:
                yield builder.block()
    yield builder.block()


def _enter(rows: Iterable[Sequence[str]], line: int, head: _Head, builder: BlockBuilder) -> Iterator[None]:
    """Enter rows into the builder, one at each step."""
    width = len(head.names)
    needed = max(head.positions)
    for cells in rows:
        at = line - 1 + rows.line_num  # type: ignore[attr-defined]
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) <= needed:
            builder.fault(at, f"nur {len(cells)} von {width} Spalten")
        elif any(cell.strip() for cell in cells[width:]):
            builder.fault(at, f"{len(cells)} Spalten statt {width} (Dezimalkomma? Erwartet wird der Punkt)")
        else:
            key, year, value = (cells[position].strip() for position in head.positions)
            extra = {
                name: cells[position].strip() if position < len(cells) else ""
                for name, position in head.optional.items()
            }
            builder.add(at, (key, year, value), extra)
        yield
