"""What the matrix page shows, made from the same records as the JSON answer: no number is computed here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from api import language
from api.documentation import PREFIX
from api.language import Lang
from api.pages import numbers
from api.pages.common_notes import Common, common_notes, common_parts, note_parts
from api.pages.figures import RATE, figure
from api.pages.wording import COLUMNS, Wording
from api.query import canonical
from api.records import Record, has_value
from api.release import Release

GAP: Final = "gap"
SIGNED: Final = frozenset({GAP})


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
        second: The gap for every 100 needed; empty elsewhere, and in releases without it.
        second_range: Its 80 % range.
    """

    measure: str
    value: str
    range: str = ""
    words: str = ""
    mark: str = ""
    meaning: str = ""
    notes: tuple[int, ...] = ()
    tone: str = ""
    second: str = ""
    second_range: str = ""


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
    """A group of trades, and the row of their sum where the release has one."""

    code: str
    label: str
    rows: tuple[Row, ...]
    total: Row | None = None


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
class Said:
    """A note that is said once.

    Args:
        text: The note.
        column: Title of the column it holds for; empty for the whole table.
        apart: Names of the trades it does not hold for.
    """

    text: str
    column: str
    apart: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The whole matrix of a region in a year.

    Args:
        sections: Trades with numbers, by group.
        empty: Trades without any.
        common: Notes of the whole table and of columns.
        notes: Notes of rows and cells, by their numbers.
        total: The row of all trades; none where a group is chosen or the release has no such row.
    """

    sections: tuple[Section, ...]
    empty: tuple[Bare, ...]
    common: tuple[Said, ...]
    notes: tuple[str, ...]
    total: Row | None

    @property
    def trades(self) -> tuple[str, ...]:
        """Codes of the trades with numbers."""
        return tuple(row.code for section in self.sections for row in section.rows)


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


def table(
    release: Release, found: Sequence[Record], sums: Sequence[Record], lang: Lang, wording: Wording
) -> Table:
    """Return the table for the records of the columns; notes are numbered as a reader meets them.

    Args:
        release: For groups and for the first year in which a measure can be reached.
        found: Records of one region and year, one per trade and measure.
        sums: Records of the rows that are sums over trades.
        lang: Language.
        wording: Short words in that language.
    """
    by_trade = _by_trade(found)
    notes = Footnotes()
    groups: dict[str, list[str]] = {code: [] for code in release.entries["groups"]}
    empty: dict[str, list[str]] = {}
    for code, by_measure in by_trade.items():
        if all(record["status"] == "no_data" for record in by_measure.values()):
            empty.setdefault(str(next(iter(by_measure.values()))["note"] or ""), []).append(code)
        else:
            groups.setdefault(release.entries["trades"][code]["group"], []).append(code)
    shown = {code: by_trade[code] for codes in groups.values() for code in codes}
    common = common_notes({code: _without_rate(cells) for code, cells in shown.items()})
    totals = _totals(release, sums, lang, wording)

    def rows(codes: Sequence[str], notes: Footnotes) -> tuple[Row, ...]:
        return tuple(_row(release, code, by_trade[code], lang, wording, notes, common) for code in codes)

    sections = tuple(
        Section(group, release.label("groups", group, lang), rows(codes, notes), totals.get(group))
        for group, codes in groups.items()
        if codes
    )
    bare = tuple(Bare(reason, rows(codes, Footnotes())) for reason, codes in empty.items())
    said = _said(release, common, lang, wording)
    return Table(sections, bare, said, notes.texts, totals.get(""))


def _by_trade(found: Iterable[Record]) -> dict[str, dict[str, Record]]:
    by_trade: dict[str, dict[str, Record]] = {}
    for record in found:
        by_trade.setdefault(record["trade_code"], {})[record["measure"]] = record
    return by_trade


def _without_rate(cells: Mapping[str, Record]) -> dict[str, Record]:
    return {measure: record for measure, record in cells.items() if measure != RATE}


def _said(release: Release, common: Common, lang: Lang, wording: Wording) -> tuple[Said, ...]:
    """Notes of the table first, then those of columns."""
    everywhere = [
        Said(note, "", tuple(release.label("trades", trade, lang) for trade in apart))
        for note, apart in common.table.items()
    ]
    columns = [
        Said(note, wording.columns[measure], ())
        for measure, notes in common.columns.items()
        for note in notes
    ]
    return (*everywhere, *columns)


def _totals(release: Release, sums: Sequence[Record], lang: Lang, wording: Wording) -> dict[str, Row]:
    """Return group → row of its sum, without a group that of all trades; what they rest on is said once."""
    rows, nothing = {}, Common({}, {})
    for code, by_measure in _by_trade(sums).items():
        if any(map(has_value, by_measure.values())):
            row = _row(release, code, by_measure, lang, wording, Footnotes(), nothing)
            cells = tuple(replace(cell, notes=()) for cell in row.cells)
            group = str(release.entries["trades"][code]["group"])
            rows[group] = replace(row, notes=(), cells=cells)
    return rows


def _row(
    release: Release,
    code: str,
    by_measure: Mapping[str, Record],
    lang: Lang,
    wording: Wording,
    notes: Footnotes,
    common: Common,
) -> Row:
    some = next(iter(by_measure.values()))
    place: list[tuple[str, Sequence[str | int]]] = [("trade", [code]), ("region", [some["region_code"]])]
    shared = common_parts(_without_rate(by_measure).values())
    said = {measure: common.of_cell(record) for measure, record in by_measure.items()}
    every = frozenset.intersection(*said.values())
    return Row(
        code,
        some["trade_label"],
        notes.numbers(part for part in shared if part not in every),
        tuple(
            _with_rate(
                _cell(release, by_measure[measure], wording, notes, {*shared, *said[measure]}, lang),
                by_measure.get(RATE),
                lang,
                wording,
            )
            for measure in COLUMNS
            if measure in by_measure
        ),
        f"{PREFIX}/explain?{canonical([*place, ('year', [some['year']])], lang)}",
        f"{PREFIX}/series?{canonical([*place, ('measure', ['gap'])], lang)}",
        f"/gewerk?{canonical([*place, ('year', [some['year']])], lang)}",
    )


def _cell(
    release: Release, record: Record, wording: Wording, notes: Footnotes, shared: Collection[str], lang: Lang
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


def _with_rate(cell: Cell, rate: Record | None, lang: Lang, wording: Wording) -> Cell:
    """The cell of the gap with the gap for every 100 below; its notes are those of the gap."""
    if cell.measure != GAP or cell.words or rate is None or not has_value(rate):
        return cell
    shown = figure(rate, lang, wording)
    return replace(cell, second=shown.value, second_range=shown.range)


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
