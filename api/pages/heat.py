"""The matrix as a heat map: trades down, years or regions across, the gap in every cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from api.language import Lang
from api.listed import beside
from api.pages.figures import RATE, Figure, figure, shade, share_of
from api.pages.printed_view import rarest_first
from api.pages.texts import Translations
from api.pages.wording import Wording
from api.query import canonical
from api.records import Record, has_value, records
from api.release import Release

YEARS: Final = "jahre"
REGIONS: Final = "regionen"
ABSOLUTE: Final = "absolut"
RELATIVE: Final = "je100"
BOTH: Final = "beides"
GROUPED: Final = "gruppe"
BY_NAME: Final = "name"
BY_GAP: Final = "luecke"
ALL: Final = "*"
MEASURES: Final = ("gap", "demand")  # where the release has no relative gap: what its shade is made from


@dataclass(frozen=True, slots=True)
class View:
    """What a reader chose; all of it stands in the address.

    Args:
        columns: ``jahre`` or ``regionen``.
        region: Region of the years, and the column sorted by.
        year: Year of the regions, and the column sorted by.
        group: Group of trades; empty for all.
        grade: Weakest grade shown in the sorted column; empty for all.
        size: ``absolut``, ``je100`` or ``beides``.
        order: ``gruppe``, ``name`` or ``luecke``.
        lang: Language.
        level: Level of the regions side by side; empty for all.
    """

    columns: str
    region: str
    year: int
    group: str = ""
    grade: str = ""
    size: str = ABSOLUTE
    order: str = GROUPED
    lang: Lang = "de"
    level: str = ""

    def address(self, lang: Lang | None = None) -> str:
        """Return the one address of the view, in a language; what is usual is left out."""
        pairs: list[tuple[str, Sequence[str | int]]] = [
            ("spalten", [] if self.columns == YEARS else [self.columns]),
            ("region", [self.region]),
            ("year", [self.year]),
            ("gruppe", [self.group] if self.group else []),
            ("guete", [self.grade] if self.grade else []),
            ("wert", [] if self.size == ABSOLUTE else [self.size]),
            ("ordnung", [] if self.order == GROUPED else [self.order]),
            ("ebene", [self.level] if self.level and self.columns == REGIONS else []),
        ]
        return f"/matrix?{canonical(pairs, lang or self.lang)}"

    def other(self, **changed: str | int) -> str:
        """Return the address with something chosen differently."""
        return replace(self, **changed).address()  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Head:
    """A column: its name, the address sorted by it, and whether it is sorted by now."""

    code: str
    label: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A trade with its cells, in the order of the heads."""

    code: str
    label: str
    href: str
    cells: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Trades under one heading, an empty label has none; below them their sum where the release has one."""

    label: str
    lines: tuple[Line, ...]
    total: Line | None = None


@dataclass(frozen=True, slots=True)
class Heat:
    """The whole table, how many trades it leaves out, and the records of the column sorted by.

    Args:
        heads: Columns.
        sections: Trades with their cells.
        total: The row at the foot: all trades, or those of the group chosen.
        without: Number of trades without any figure.
        filtered: Number of trades hidden by the filter on the grade.
        cells: Measure → record of the trades shown, in the column sorted by.
        reasons: Why there is nothing at all, where there is nothing.
    """

    heads: tuple[Head, ...]
    sections: tuple[Section, ...]
    total: Line | None
    without: int
    filtered: int
    cells: tuple[Mapping[str, Record], ...]
    reasons: tuple[str, ...] = ()

    @property
    def gaps(self) -> tuple[Record, ...]:
        """Records of the gap in the column sorted by."""
        return tuple(cell["gap"] for cell in self.cells)


Cells = dict[str, dict[str, dict[str, Record]]]  # trade → column → measure


def sizes(release: Release) -> tuple[str, ...]:
    """Return what the cells can show: a release from before the relative gap has persons only."""
    return (ABSOLUTE, RELATIVE, BOTH) if RATE in release.measures else (ABSOLUTE,)


def measures_of(release: Release) -> tuple[str, ...]:
    """Return the measures behind the cells."""
    return ("gap", RATE) if RATE in release.measures else MEASURES


def heat(release: Release, view: View, wording: Wording) -> Heat:
    """Return the heat map of a view.

    Args:
        release: The release to read.
        view: What is shown.
        wording: Short words in the language of the view.
    """
    columns = _columns(release, view)
    found = _read(release, view, columns, _trades(release, view))
    heads = _heads(release, view, columns)
    chosen = str(view.year) if view.columns == YEARS else view.region
    known = {
        trade: by_column
        for trade, by_column in found.items()
        if any(has_value(cell["gap"]) for cell in by_column.values())
    }
    kept = {trade: cells for trade, cells in known.items() if _good(cells, chosen, view.grade)}
    lines = _lines(release, view, kept, heads, wording)
    sums = _sums(release, view, columns, heads, wording)
    cells = tuple(cells[chosen] for cells in kept.values() if chosen in cells)
    sections = _sections(release, view, kept, lines, chosen, sums)
    grouped = view.order == GROUPED and view.group
    total = None if grouped else sums.get(view.group)
    reasons = () if known else _reasons(found)
    return Heat(heads, sections, total, len(found) - len(known), len(known) - len(kept), cells, reasons)


def _reasons(found: Cells) -> tuple[str, ...]:
    """Return the notes of a table without any figure, each once."""
    return rarest_first(
        note for by_column in found.values() for note in {one["gap"]["note"] for one in by_column.values()}
    )


def _lines(
    release: Release, view: View, found: Cells, heads: Sequence[Head], wording: Wording
) -> dict[str, Line]:
    return {
        trade: Line(
            trade,
            release.label("trades", trade, view.lang),
            trade_address(trade, view.region, view.year, view.lang),
            tuple(_cell(cells[head.code], view, wording) for head in heads),
        )
        for trade, cells in found.items()
    }


def _columns(release: Release, view: View) -> list[tuple[str, int]]:
    """Region and year of every column."""
    if view.columns == YEARS:
        return [(view.region, year) for year in release.forecast_years]
    regions = regions_at(release, view.level)
    if view.region not in regions:
        regions.append(view.region)
    return [(region, view.year) for region in regions]


def regions_at(release: Release, level: str) -> list[str]:
    """Return the regions with a whole matrix, of one level or, without one, of all."""
    entries = release.entries["regions"]
    whole = [code for code, extent in release.coverage().items() if extent == "full"]
    return [code for code in whole if level in ("", entries[code]["level"])]


def levels(release: Release) -> tuple[str, ...]:
    """Return the levels at which a region has a whole matrix."""
    entries = release.entries["regions"]
    return tuple(dict.fromkeys(str(entries[code]["level"]) for code in regions_at(release, "")))


def _read(release: Release, view: View, columns: Sequence[tuple[str, int]], trades: Sequence[str]) -> Cells:
    found: Cells = {}
    by_region: dict[str, list[int]] = {}
    for region, year in columns:
        by_region.setdefault(region, []).append(year)
    for region, years in by_region.items():
        for record in records(release, region, trades, measures_of(release), years, view.lang):
            _put(found, record, str(record["year"]) if view.columns == YEARS else region)
    return found


def _heads(release: Release, view: View, columns: Sequence[tuple[str, int]]) -> tuple[Head, ...]:
    sorted_by = view.order == BY_GAP
    heads = []
    for region, year in columns:
        if view.columns == YEARS:
            code, label, mine = str(year), str(year), year == view.year
        else:
            code, label, mine = region, release.label("regions", region, view.lang), region == view.region
        heads.append(
            Head(code, label, view.other(region=region, year=year, order=BY_GAP), mine and sorted_by)
        )
    return tuple(heads)


def _sums(
    release: Release, view: View, columns: Sequence[tuple[str, int]], heads: Sequence[Head], wording: Wording
) -> dict[str, Line]:
    """Return group → the row of its sum, and under no group that of all trades; only rows with a number."""
    rows = {
        code: str(entry["group"])
        for code, entry in beside(release.entries["trades"]).items()
        if not entry.get("sector")
    }
    wanted = [code for code, group in rows.items() if view.group in ("", group)]
    found = {
        row: cells
        for row, cells in _read(release, view, columns, wanted).items()
        if any(has_value(cell["gap"]) for cell in cells.values())
    }
    return {rows[row]: line for row, line in _lines(release, view, found, heads, wording).items()}


def _put(found: Cells, record: Record, column: str) -> None:
    found.setdefault(record["trade_code"], {}).setdefault(column, {})[record["measure"]] = record


def _trades(release: Release, view: View) -> tuple[str, ...]:
    years = release.forecast_years if view.columns == YEARS else [view.year]
    groups, valid = release.entries["trades"], release.trades_valid_in(*years)
    return tuple(code for code in valid if not view.group or groups[code]["group"] == view.group)


def _good(cells: Mapping[str, Mapping[str, Record]], chosen: str, worst: str) -> bool:
    if not worst:
        return True
    grade = cells[chosen]["gap"]["grade"] if chosen in cells else None
    return bool(grade) and str(grade) <= worst


def _cell(cell: Mapping[str, Record], view: View, wording: Wording) -> Figure:
    shown, share = figure(cell["gap"], view.lang, wording), share_of(cell)
    tone = "" if share is None else shade(share[0])
    if view.size == ABSOLUTE or RATE not in cell:
        return replace(shown, tone=tone)
    rate = figure(cell[RATE], view.lang, wording)
    if view.size == RELATIVE or not has_value(cell["gap"]):
        return replace(rate, tone=tone)
    return replace(shown, tone=tone, second=rate.value, second_range=rate.range)


def _sections(
    release: Release,
    view: View,
    kept: Cells,
    lines: Mapping[str, Line],
    chosen: str,
    sums: Mapping[str, Line],
) -> tuple[Section, ...]:
    if view.order == BY_NAME:
        return (Section("", tuple(sorted(lines.values(), key=lambda line: line.label))),) if lines else ()
    if view.order == BY_GAP:
        in_order = sorted(lines, key=lambda trade: (-_weight(kept[trade].get(chosen), view), trade))
        return (Section("", tuple(lines[trade] for trade in in_order)),) if lines else ()
    groups: dict[str, list[Line]] = {code: [] for code in release.entries["groups"]}
    for trade, line in lines.items():
        groups.setdefault(release.entries["trades"][trade]["group"], []).append(line)
    return tuple(
        Section(release.label("groups", code, view.lang), tuple(members), sums.get(code))
        for code, members in groups.items()
        if members
    )


def _weight(cell: Mapping[str, Record] | None, view: View) -> float:
    """What is sorted by; trades without a number come last."""
    if cell is None or not has_value(cell["gap"]):
        return float("-inf")
    if view.size != ABSOLUTE and RATE in cell:
        share = share_of(cell)
        return share[0] if share else float("-inf")
    return float(cell["gap"]["value"])


def trade_address(trade: str, region: str, year: int, lang: Lang) -> str:
    """Return the address of the page of a trade in a region."""
    return "/gewerk?" + canonical([("trade", [trade]), ("region", [region]), ("year", [year])], lang)


def tabs(view: View, texts: Translations) -> list[dict[str, str | bool]]:
    """Return the links between the views of the matrix; no columns = the page of one year."""
    _ = texts.gettext
    single = canonical(
        [("region", [view.region]), ("year", [view.year]), ("gruppe", [view.group] if view.group else [])],
        view.lang,
    )
    found: list[dict[str, str | bool]] = [
        {"label": _("One year, all numbers"), "href": f"/?{single}", "current": not view.columns}
    ]
    for label, columns in ((_("Years side by side"), YEARS), (_("Regions side by side"), REGIONS)):
        here = view.columns == columns
        found.append({"label": label, "href": view.other(columns=columns), "current": here})
    return found
