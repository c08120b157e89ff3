"""What the matrix page shows, made from the same records as the JSON answer: no number is computed here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api import language
from api.documentation import PREFIX
from api.language import Lang
from api.pages import numbers
from api.pages.wording import COLUMNS, Wording
from api.query import canonical
from api.records import Record, has_value
from api.release import Release
from forecast.snapshot import NOTE_SEPARATOR

SIGNED: Final = frozenset({"gap"})
SHARED: Final = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the table, ready to print.

    Args:
        measure: Column.
        value: Formatted number, or a dash.
        range: Formatted 80 % range; empty for a figure that has none.
        words: Why there is no number; empty where there is one.
        mark: Short marker of status and grade.
        meaning: The marker in words.
        notes: Numbers of its footnotes.
        tone: ``shortage``, ``surplus`` or empty; only where the whole range lies on one side of zero.
    """

    measure: str
    value: str
    range: str = ""
    words: str = ""
    mark: str = ""
    meaning: str = ""
    notes: tuple[int, ...] = ()
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A trade with its cells, the footnotes that hold for most of them, and the addresses behind them."""

    code: str
    label: str
    notes: tuple[int, ...]
    cells: tuple[Cell, ...]
    explain: str
    series: str
    href: str


@dataclass(frozen=True, slots=True)
class Section:
    """A group of trades."""

    code: str
    label: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Bare:
    """Trades without any number that share the reason."""

    reason: str
    rows: tuple[Row, ...]

    @property
    def count(self) -> int:
        """Number of trades."""
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Table:
    """The whole matrix of a region in a year."""

    sections: tuple[Section, ...]
    empty: tuple[Bare, ...]
    notes: tuple[str, ...]


class Footnotes:
    """Footnotes in the order of their first use."""

    def __init__(self) -> None:
        self._texts: dict[str, int] = {}

    def numbers(self, parts: Iterable[str]) -> tuple[int, ...]:
        """Return the numbers of footnotes, new or known."""
        return tuple(sorted(self._texts.setdefault(text, len(self._texts) + 1) for text in parts))

    @property
    def texts(self) -> tuple[str, ...]:
        """All of them, the first as number one."""
        return tuple(self._texts)


def note_parts(record: Record) -> tuple[str, ...]:
    """Return the parts of a record's note."""
    return tuple(part for part in (record["note"] or "").split(NOTE_SEPARATOR) if part)


def common_parts(found: Iterable[Record]) -> tuple[str, ...]:
    """Return the parts of notes that stand in so many cells of a row that they belong to the row."""
    counted = Counter(part for record in found for part in note_parts(record))
    return tuple(part for part, times in counted.items() if times >= SHARED)


def table(release: Release, found: Sequence[Record], lang: Lang, wording: Wording) -> Table:
    """Return the table for the records of the columns; notes are numbered as a reader meets them.

    Args:
        release: For groups and for the first year in which a measure can be reached.
        found: Records of one region and year, one per trade and measure.
        lang: Language.
        wording: Short words in that language.
    """
    by_trade: dict[str, dict[str, Record]] = {}
    for record in found:
        by_trade.setdefault(record["trade_code"], {})[record["measure"]] = record
    notes = Footnotes()
    groups: dict[str, list[str]] = {code: [] for code in release.entries["groups"]}
    empty: dict[str, list[str]] = {}
    for code, by_measure in by_trade.items():
        if all(record["status"] == "no_data" for record in by_measure.values()):
            empty.setdefault(str(next(iter(by_measure.values()))["note"] or ""), []).append(code)
        else:
            groups.setdefault(release.entries["trades"][code]["group"], []).append(code)

    def rows(codes: Sequence[str], notes: Footnotes) -> tuple[Row, ...]:
        return tuple(_row(release, code, by_trade[code], lang, wording, notes) for code in codes)

    sections = tuple(
        Section(group, release.label("groups", group, lang), rows(codes, notes))
        for group, codes in groups.items()
        if codes
    )
    bare = tuple(Bare(reason, rows(codes, Footnotes())) for reason, codes in empty.items())
    return Table(sections, bare, notes.texts)


def _row(
    release: Release,
    code: str,
    by_measure: Mapping[str, Record],
    lang: Lang,
    wording: Wording,
    notes: Footnotes,
) -> Row:
    some = next(iter(by_measure.values()))
    place: list[tuple[str, Sequence[str | int]]] = [("trade", [code]), ("region", [some["region_code"]])]
    shared = common_parts(by_measure.values())
    return Row(
        code,
        some["trade_label"],
        notes.numbers(shared),
        tuple(
            _cell(release, by_measure[measure], wording, notes, shared, lang)
            for measure in COLUMNS
            if measure in by_measure
        ),
        f"{PREFIX}/explain?{canonical([*place, ('year', [some['year']])], lang)}",
        f"{PREFIX}/series?{canonical([*place, ('measure', ['gap'])], lang)}",
        f"/gewerk?{canonical([*place, ('year', [some['year']])], lang)}",
    )


def _cell(
    release: Release, record: Record, wording: Wording, notes: Footnotes, shared: Sequence[str], lang: Lang
) -> Cell:
    measure, status = record["measure"], record["status"]
    if status == "not_reachable" and (years := first_years(release, record)):
        return Cell(measure, numbers.DASH, words=wording.earliest % {"year": years[0]})
    own = notes.numbers(part for part in note_parts(record) if part not in shared)
    if not has_value(record):
        return Cell(measure, numbers.DASH, words=wording.missing[status], notes=own)
    signed = measure in SIGNED
    lower, upper = record["lower_80"], record["upper_80"]
    shown = "" if not signed else wording.no_range
    if lower is not None and upper is not None:
        shown = numbers.interval(lower, upper, lang, signed=signed)
    mark, meaning = wording.mark(status, record["grade"])
    value = numbers.number(record["value"], lang, signed=signed)
    return Cell(measure, value, shown, "", mark, meaning, own, _tone(lower, upper) if signed else "")


def _tone(lower: float | None, upper: float | None) -> str:
    if lower is not None and lower > 0:
        return "shortage"
    return "surplus" if upper is not None and upper < 0 else ""


def first_years(release: Release, record: Record) -> list[int]:
    """Return the later years in which the cell's trade, region and measure have a value."""
    snapshot = release.snapshot
    at = [
        release.position(axis, record[column])
        for axis, column in (("region", "region_code"), ("trade", "trade_code"), ("measure", "measure"))
    ]
    if None in at:
        return []
    values = snapshot.cube[tuple(at)][:, 0]
    return [
        year
        for year, value in zip(release.years, values.tolist(), strict=True)
        if value == value and year > record["year"]
    ]


def column_heads(release: Release, lang: Lang, wording: Wording) -> list[dict[str, Any]]:
    """Return title, unit and definition of each column, from the catalogue's measures."""
    heads = []
    for code in COLUMNS:
        entry = release.entries["measures"].get(code)
        if entry:
            heads.append(
                {
                    "code": code,
                    "title": wording.columns[code],
                    "unit": wording.unit(entry["unit"], entry["kind"]),
                    "name": language.label(entry, lang),
                    "definition": _definition(entry, lang),
                }
            )
    return heads


def _definition(entry: Mapping[str, Any], lang: Lang) -> str:
    english = entry.get("definition_en") if lang == "en" else None
    return str(english or entry.get("definition") or "")
