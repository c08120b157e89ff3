"""The matrix as a heat map: trades down, years or regions across, the gap in every cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from api.language import Lang
from api.pages import numbers
from api.pages.figures import Figure, figure, per_hundred, shade
from api.pages.texts import Translations
from api.pages.wording import Wording
from api.query import canonical
from api.records import Record, has_value, records
from api.release import Release

YEARS: Final = "jahre"
REGIONS: Final = "regionen"
ABSOLUTE: Final = "absolut"
RELATIVE: Final = "je100"
GROUPED: Final = "gruppe"
BY_NAME: Final = "name"
BY_GAP: Final = "luecke"
ALL: Final = "*"
MEASURES: Final = ("gap", "demand")


@dataclass(frozen=True, slots=True)
class View:
    """What a reader chose; all of it stands in the address.

    Args:
        columns: ``jahre`` or ``regionen``.
        region: Region of the years, and the column sorted by.
        year: Year of the regions, and the column sorted by.
        group: Group of trades; empty for all.
        grade: Weakest grade shown in the sorted column; empty for all.
        size: ``absolut`` or ``je100``.
        order: ``gruppe``, ``name`` or ``luecke``.
        lang: Language.
    """

    columns: str
    region: str
    year: int
    group: str = ""
    grade: str = ""
    size: str = ABSOLUTE
    order: str = GROUPED
    lang: Lang = "de"

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
    """Trades under one heading; an empty label has none."""

    label: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Heat:
    """The whole table, how many trades it leaves out, and the records of the column sorted by."""

    heads: tuple[Head, ...]
    sections: tuple[Section, ...]
    without: int
    filtered: int
    gaps: tuple[Record, ...]
    demands: tuple[Record, ...]


Cells = dict[str, dict[str, dict[str, Record]]]  # trade → column → measure


def heat(release: Release, view: View, wording: Wording) -> Heat:
    """Return the heat map of a view.

    Args:
        release: The release to read.
        view: What is shown.
        wording: Short words in the language of the view.
    """
    found, heads = _read(release, view)
    chosen = str(view.year) if view.columns == YEARS else view.region
    known = {
        trade: by_column
        for trade, by_column in found.items()
        if any(has_value(cell["gap"]) for cell in by_column.values())
    }
    kept = {trade: cells for trade, cells in known.items() if _good(cells, chosen, view.grade)}
    lines = {
        trade: Line(
            trade,
            release.label("trades", trade, view.lang),
            trade_address(trade, view.region, view.year, view.lang),
            tuple(_cell(cells[head.code], view, wording) for head in heads),
        )
        for trade, cells in kept.items()
    }
    gaps = tuple(cells[chosen]["gap"] for cells in kept.values() if chosen in cells)
    demands = tuple(cells[chosen]["demand"] for cells in kept.values() if chosen in cells)
    sections = _sections(release, view, kept, lines, chosen)
    return Heat(heads, sections, len(found) - len(known), len(known) - len(kept), gaps, demands)


def _read(release: Release, view: View) -> tuple[Cells, tuple[Head, ...]]:
    lang = view.lang
    found: Cells = {}
    if view.columns == YEARS:
        years = release.forecast_years
        trades = _trades(release, years, view.group)
        for record in records(release, view.region, trades, MEASURES, years, lang):
            _put(found, record, str(record["year"]))
        heads = [
            (str(year), str(year), view.other(year=year, order=BY_GAP), year == view.year) for year in years
        ]
    else:
        regions = [code for code, extent in release.coverage().items() if extent == "full"]
        if view.region not in regions:
            regions.append(view.region)
        trades = _trades(release, [view.year], view.group)
        for region in regions:
            for record in records(release, region, trades, MEASURES, [view.year], lang):
                _put(found, record, region)
        heads = [
            (code, release.label("regions", code, lang), view.other(region=code, order=BY_GAP),
             code == view.region)
            for code in regions
        ]  # fmt: skip
    sorted_by = view.order == BY_GAP
    return found, tuple(Head(code, label, href, mine and sorted_by) for code, label, href, mine in heads)


def _put(found: Cells, record: Record, column: str) -> None:
    found.setdefault(record["trade_code"], {}).setdefault(column, {})[record["measure"]] = record


def _trades(release: Release, years: Sequence[int], group: str) -> tuple[str, ...]:
    valid = release.trades_valid_in(*years)
    return tuple(code for code in valid if not group or release.entries["trades"][code]["group"] == group)


def _good(cells: Mapping[str, Mapping[str, Record]], chosen: str, worst: str) -> bool:
    if not worst:
        return True
    grade = cells[chosen]["gap"]["grade"] if chosen in cells else None
    return bool(grade) and str(grade) <= worst


def _cell(cell: Mapping[str, Record], view: View, wording: Wording) -> Figure:
    shown = figure(cell["gap"], view.lang, wording)
    share = per_hundred(cell["gap"], cell["demand"])
    if share is None:
        return shown
    value, lower, upper = share
    tone = shade(value)
    if view.size == ABSOLUTE:
        return replace(shown, tone=tone)
    ends = "" if lower is None or upper is None else numbers.interval(lower, upper, view.lang, signed=True)
    return replace(shown, value=numbers.number(value, view.lang, signed=True), range=ends, tone=tone)


def _sections(
    release: Release, view: View, kept: Cells, lines: Mapping[str, Line], chosen: str
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
        Section(release.label("groups", code, view.lang), tuple(members))
        for code, members in groups.items()
        if members
    )


def _weight(cell: Mapping[str, Record] | None, view: View) -> float:
    """What is sorted by; trades without a number come last."""
    if cell is None or not has_value(cell["gap"]):
        return float("-inf")
    if view.size == RELATIVE:
        share = per_hundred(cell["gap"], cell["demand"])
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
