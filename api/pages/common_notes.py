"""Notes that hold for nearly a whole table or a whole column: said once, not at every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.records import Record, has_value
from forecast.snapshot import NOTE_SEPARATOR

SHARED: Final = 3  # cells of a row from which on a note belongs to the row
FEWEST: Final = 4  # rows from which on a note can belong to the table
EXCEPT: Final = 3  # rows it may leave out: they are named

Rows = Mapping[str, Mapping[str, Record]]  # trade → measure → record


@dataclass(frozen=True, slots=True)
class Common:
    """What need not be said at every row.

    Args:
        table: Note → trades it does not hold for; it holds for all others.
        columns: Measure → notes of all its numbers.
    """

    table: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, tuple[str, ...]]

    def of_cell(self, record: Record) -> frozenset[str]:
        """Return the notes a cell need not repeat."""
        trade = record["trade_code"]
        everywhere = (note for note, apart in self.table.items() if trade not in apart)
        return frozenset((*everywhere, *self.columns.get(record["measure"], ())))


def note_parts(record: Record) -> tuple[str, ...]:
    """Return the parts of a record's note."""
    return tuple(part for part in (record["note"] or "").split(NOTE_SEPARATOR) if part)


def common_parts(found: Iterable[Record]) -> tuple[str, ...]:
    """Return the parts of notes that stand in so many cells of a row that they belong to the row."""
    counted = Counter(part for record in found for part in note_parts(record))
    return tuple(part for part, times in counted.items() if times >= SHARED)


def common_notes(rows: Rows) -> Common:
    """Find what holds for the table and for its columns.

    A note of the table belongs to nearly all rows that have numbers, not just one or two. A note of a column
    stands in all its numbers, and is none of the table.

    Args:
        rows: Trade → measure → record of the rows shown.
    """
    known = {trade: cells for trade, cells in rows.items() if sum(map(has_value, cells.values())) >= SHARED}
    by_row = {trade: common_parts(cells.values()) for trade, cells in known.items()}
    table = {}
    for note in dict.fromkeys(note for notes in by_row.values() for note in notes):
        apart = tuple(trade for trade, notes in by_row.items() if note not in notes)
        if len(known) >= FEWEST and len(apart) <= min(EXCEPT, len(known) // FEWEST):
            table[note] = apart
    columns = {measure: _of_column(known, measure, table) for measure in _measures(known)}
    return Common(table, {measure: notes for measure, notes in columns.items() if notes})


def _of_column(known: Rows, measure: str, table: Iterable[str]) -> tuple[str, ...]:
    numbers = [cells[measure] for cells in known.values() if measure in cells and has_value(cells[measure])]
    if len(numbers) < FEWEST:
        return ()
    everywhere = set.intersection(*(set(note_parts(record)) for record in numbers)) - set(table)
    return tuple(note for note in note_parts(numbers[0]) if note in everywhere)


def _measures(known: Rows) -> Sequence[str]:
    return tuple(dict.fromkeys(measure for cells in known.values() for measure in cells))
