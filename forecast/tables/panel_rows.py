"""Rows of a panel gathered by series: in memory while they are few, in one unnamed file beyond.

Series are numbered in the order of their first rows. Rows wait in *drawers* of consecutive series; a drawer
is what is loaded at once, so memory follows from its size and not from the size of the table. The names of
the series stay in memory: about 200 bytes each while rows are gathered, their own length afterwards.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

from forecast.storage import disk_error
from forecast.tables.blocks import MOST_FAULTS, Block, Fault, faulty_rows
from forecast.tables.states import PARTIAL, PLAIN, SUPPRESSED

ROW: Final = np.dtype(
    [("series", "<i4"), ("year", "<i2"), ("value", "<f8"), ("line", "<i8"), ("state", "u1"), ("width", "<f8")]
)
_MEMORY_BYTES: Final = 96_000_000


class PackedNames:
    """Names side by side in one run of bytes: what a list of them would take five times as much memory for.

    Args:
        names: The names; any text.

    Example:
        >>> PackedNames(["Dachdecker", "", "Zimmerer"])[1:]
        ['', 'Zimmerer']
    """

    def __init__(self, names: Sequence[str]) -> None:
        encoded = [name.encode("utf-8", "surrogatepass") for name in names]
        self._ends = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
        self._bytes = b"".join(encoded)

    def __len__(self) -> int:
        """Return the number of names."""
        return len(self._ends) - 1

    def __getitem__(self, places: slice) -> list[str]:
        """Return the names at consecutive places."""
        start, stop, _ = places.indices(len(self))
        ends = self._ends[start : stop + 1].tolist()
        return [self._bytes[low:high].decode("utf-8", "surrogatepass") for low, high in pairwise(ends)]


@dataclass(frozen=True, slots=True)
class Drawer:
    """All rows of consecutive series.

    Args:
        start: Number of the first series.
        keys: Their names.
        rows: (n,) of `ROW`, by series and year.
    """

    start: int
    keys: list[str]
    rows: NDArray[np.void]

    def part(self, start: int, stop: int) -> Drawer:
        """Return the series from ``start`` to before ``stop``, counted over the whole panel."""
        low, high = np.searchsorted(self.rows["series"], [start, stop])
        return Drawer(start, self.keys[start - self.start : stop - self.start], self.rows[low:high])

    def grid(self, window: int) -> Grid:
        """Lay the series side by side, each from its own first observed year; an unfinished year is left out.

        Args:
            window: Years kept of every series at most, counted back from its last observed one.
        """
        rows, count = self.rows, len(self.keys)
        marked = bool(rows["state"].any())
        observed = ~np.isnan(rows["value"])
        seen = rows[observed & (rows["state"] != PARTIAL)] if marked else rows[observed]
        series = seen["series"].astype(np.int64) - self.start
        years = seen["year"].astype(np.int64)
        last = np.full(count, -1, dtype=np.int64)
        last[series] = years  # rows are in order of years: the last one stays
        recent = years > last[series] - window
        series, years, values = series[recent], years[recent], seen["value"][recent]
        first = np.zeros(count, dtype=np.int64)
        first[series[::-1]] = years[::-1]
        columns = years - first[series]
        grid = np.full((count, int(columns.max(initial=0)) + 1), np.nan)
        grid[series, columns] = values
        if not marked:
            return Grid(grid, first, last)
        widths = np.zeros(grid.shape)
        widths[series, columns] = seen["width"][recent]
        said = rows[rows["state"] != PLAIN]
        place = said["series"].astype(np.int64) - self.start
        column = said["year"] - first[place]
        inside = (column >= 0) & (column < grid.shape[1])
        states = np.zeros(grid.shape, dtype=np.uint8)
        states[place[inside], column[inside]] = said["state"][inside]
        partial = np.zeros(count, dtype=np.int64)
        unfinished = said["state"] == PARTIAL
        partial[place[unfinished]] = said["year"][unfinished]
        unbounded = np.zeros(count, dtype=bool)
        unbounded[place[(said["state"] == SUPPRESSED) & np.isnan(said["value"])]] = True
        return Grid(grid, first, last, states, widths, partial, unbounded)


@dataclass(frozen=True, slots=True)
class Grid:
    """N series side by side.

    Args:
        values: (N, T) values, column 0 observed, NaN for gaps and after the end.
        first: (N,) first year of each row, 0 without one.
        last: (N,) last observed year, -1 without one.
        states: (N, T) codes of `forecast.tables.states.KINDS`; None, like all below, if no row has a state.
        widths: (N, T) distance between the bounds of suppressed values, 0 elsewhere.
        partial: (N,) year left out as unfinished, 0 without one.
        unbounded: (N,) a suppressed value has no bounds: it is a gap.
    """

    values: NDArray[np.float64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    states: NDArray[np.uint8] | None = None
    widths: NDArray[np.float64] | None = None
    partial: NDArray[np.int64] | None = None
    unbounded: NDArray[np.bool_] | None = None


class PanelRows:
    """Gathers blocks of rows, then gives them back by series.

    Args:
        path: The table, for messages.
        noun: What a row is called there.
        drawer: Series in a drawer.
        folder: Where the unnamed file is made if memory does not suffice.
        memory_bytes: Rows held in memory at most.
    """

    def __init__(
        self, path: Path, noun: str, drawer: int, folder: Path, memory_bytes: int = _MEMORY_BYTES
    ) -> None:
        self._names: list[str] = []
        self.keys: list[str] | PackedNames = self._names
        self._path, self._noun, self._drawer, self._folder = path, noun, drawer, folder
        self._most = memory_bytes
        self._known: dict[str, int] = {}
        self._units = _Units(noun)
        self._faults: list[Fault] = []
        self._held: list[list[NDArray[np.void]]] = []
        self._held_bytes = 0
        self._file: IO[bytes] | None = None
        self._extents: list[list[tuple[int, int]]] = []

    def gather(self, blocks: Iterable[Block]) -> None:
        """Take all blocks, then check the years of every series.

        Raises:
            InputError: Faulty rows, two units in one series, a year twice, an unfinished year that is not the
                last.
            OperationError: The disk refuses.
        """
        for block in blocks:
            self._add(block)
            if len(self._faults) >= MOST_FAULTS:
                raise faulty_rows(self._path, self._faults[:MOST_FAULTS], self._noun, more=True)
        if not self._faults:
            for drawer in self.drawers(check=True):
                self._faults.extend(_repeated_years(drawer, self._noun))
                self._faults.extend(_early_unfinished(drawer))
                if len(self._faults) >= MOST_FAULTS:
                    raise faulty_rows(self._path, self._faults[:MOST_FAULTS], self._noun, more=True)
        if self._faults:
            raise faulty_rows(self._path, self._faults, self._noun)

    def drawers(self, *, check: bool = False) -> Iterator[Drawer]:
        """Yield the panel in the order of its series.

        Args:
            check: Keep the order that is found here, for the next time, where the rows are in memory.
        """
        for place in range(len(self._held)):
            rows = self._load(place)
            key = rows["series"].astype(np.int64) << 16 | rows["year"]
            if (np.diff(key) < 0).any():
                rows = rows[np.argsort(key, kind="stable")]
            if check and not self._extents[place]:
                self._held[place] = [rows]
            start = place * self._drawer
            yield Drawer(start, self.keys[start : start + self._drawer], rows)

    def forget_names(self) -> None:
        """Let go of what finds a series by its name: nothing more can be gathered."""
        self._known = {}
        self.keys = PackedNames(self._names)
        self._names = []

    def close(self) -> None:
        """Let go of the rows."""
        self._held, self._extents = [], []
        if self._file is not None:
            self._file.close()
            self._file = None

    def _add(self, block: Block) -> None:
        """Number the series of a block and put its rows into their drawers."""
        numbers = np.empty(len(block.keys), dtype=np.int32)
        for position, key in enumerate(block.keys):
            number = self._known.get(key)
            if number is None:
                number = len(self._names)
                self._known[key] = number
                self._names.append(key)
            numbers[position] = number
        self._faults.extend(block.faults)
        series = numbers[block.codes]
        if block.units:
            self._faults.extend(self._units.conflicts(block, series, self._names))
        rows = np.zeros(len(series), dtype=ROW)
        rows["series"], rows["year"], rows["value"], rows["line"] = (
            series, block.years, block.values, block.lines,
        )  # fmt: skip
        if block.states is not None and block.widths is not None:
            rows["state"], rows["width"] = block.states, block.widths
        places = series // self._drawer
        if (np.diff(places) < 0).any():
            order = np.argsort(places, kind="stable")
            rows, places = rows[order], places[order]
        cuts = np.flatnonzero(np.diff(places)) + 1
        while len(self._held) * self._drawer < len(self._names):
            self._held.append([])
            self._extents.append([])
        for piece in np.split(rows, cuts) if rows.size else ():
            self._held[int(piece["series"][0]) // self._drawer].append(piece)
        self._held_bytes += rows.nbytes
        if self._held_bytes > self._most:
            self._spill()

    def _spill(self) -> None:
        """Move the rows held in memory to the file; it has no name and vanishes with the process."""
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - closed by close()
            for pieces, extents in zip(self._held, self._extents, strict=True):
                for piece in pieces:
                    extents.append((self._file.seek(0, 2), piece.size))
                    self._file.write(piece.tobytes())
                pieces.clear()
        except OSError as error:
            raise disk_error(self._folder, error) from error
        self._held_bytes = 0

    def _load(self, place: int) -> NDArray[np.void]:
        """Return the rows of one drawer in the order of the file."""
        pieces = []
        try:
            for offset, count in self._extents[place]:
                assert self._file is not None  # noqa: S101 - extents exist only with the file
                self._file.seek(offset)
                pieces.append(np.frombuffer(self._file.read(count * ROW.itemsize), dtype=ROW))
        except OSError as error:
            raise disk_error(self._folder, error) from error
        pieces += self._held[place]
        return np.concatenate(pieces) if len(pieces) != 1 else pieces[0]


class _Units:
    """Remembers the unit of every series and where it was first read; an empty cell says nothing."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._known: dict[str, int] = {"": -1}
        self._names: list[str] = []
        self._unit = np.empty(0, dtype=np.int64)
        self._line = np.empty(0, dtype=np.int64)

    def conflicts(self, block: Block, series: NDArray[np.int32], keys: list[str]) -> Iterator[Fault]:
        """Yield the rows whose unit is not that of their series."""
        for name in block.units:
            if name not in self._known:
                self._known[name] = len(self._names)
                self._names.append(name)
        if len(keys) > self._unit.size:
            more = max(len(keys), 2 * self._unit.size) - self._unit.size
            self._unit = np.concatenate([self._unit, np.full(more, -1)])
            self._line = np.concatenate([self._line, np.zeros(more, dtype=np.int64)])
        units = np.array([self._known[name] for name in block.units])[block.unit_codes]
        stated = np.flatnonzero(units >= 0)
        new = stated[self._unit[series[stated]] < 0][::-1]  # backwards, so that the first row stays
        self._unit[series[new]] = units[new]
        self._line[series[new]] = block.lines[new]
        for row in stated[self._unit[series[stated]] != units[stated]][:MOST_FAULTS]:
            number = int(series[row])
            before = self._names[self._unit[number]]
            yield (
                int(block.lines[row]),
                f"Einheit «{self._names[units[row]]}» der Reihe «{keys[number]}», in {self._noun} "
                f"{self._line[number]} steht «{before}»",
            )


def _repeated_years(drawer: Drawer, noun: str) -> Iterator[Fault]:
    """Yield the rows whose year their series already has."""
    rows = drawer.rows
    again = np.flatnonzero((np.diff(rows["series"]) == 0) & (np.diff(rows["year"]) == 0)) + 1
    for row in again[:MOST_FAULTS]:
        key = drawer.keys[int(rows["series"][row]) - drawer.start]
        yield (
            int(rows["line"][row]),
            f"das Jahr {rows['year'][row]} der Reihe «{key}» steht mehrfach da, "
            f"zuerst in {noun} {rows['line'][row - 1]}",
        )


def _early_unfinished(drawer: Drawer) -> Iterator[Fault]:
    """Yield the rows that are said to be unfinished though their series goes on."""
    rows = drawer.rows
    for row in np.flatnonzero(rows["state"] == PARTIAL)[:MOST_FAULTS]:
        if row + 1 < len(rows) and rows["series"][row + 1] == rows["series"][row]:
            key = drawer.keys[int(rows["series"][row]) - drawer.start]
            yield (
                int(rows["line"][row]),
                f"das Jahr {rows['year'][row]} der Reihe «{key}» ist als unvollständig (partial) bezeichnet, "
                "aber nicht ihr letztes",
            )
