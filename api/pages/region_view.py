"""What the page of a region shows: its trades with gap, need and grade, the largest gaps first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from api.language import Lang
from api.listed import beside
from api.pages import charts
from api.pages.figures import RATE, Figure, figure, unit_of
from api.pages.heat import trade_address
from api.pages.texts import Translations
from api.pages.wording import Wording
from api.records import Record, has_value, records
from api.release import Release

MEASURES: Final = ("gap", RATE, "demand", "training_need", "new_contracts", "first_effective_year")
SHOWN: Final = 12
PANELS: Final = 6


@dataclass(frozen=True, slots=True)
class TradeRow:
    """A trade of the list.

    Args:
        code: Code.
        label: Name.
        href: Address of its page.
        cells: Its numbers in the order of the columns.
    """

    code: str
    label: str
    href: str
    cells: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class RegionList:
    """All trades of a region with a number, by the size of the gap.

    Args:
        measures: Columns.
        rows: Trades.
        total: The row of all trades together; None where the release has none.
        title: Of the chart.
        chart: The largest gaps as dots; empty without any.
        drawn: Records of the chart.
        largest: Codes of the trades of the small charts.
        gaps: Records of the gap.
        without: Number of trades without any number.
    """

    measures: tuple[str, ...]
    rows: tuple[TradeRow, ...]
    total: TradeRow | None
    title: str
    chart: Markup
    drawn: tuple[Record, ...]
    largest: tuple[str, ...]
    gaps: tuple[Record, ...]
    without: int


def region_list(
    release: Release, region: str, year: int, lang: Lang, wording: Wording, texts: Translations
) -> RegionList:
    """Return the trades of a region in a year.

    Args:
        release: The release to read.
        region: Code.
        year: Year.
        lang: Language.
        wording: Short words in that language.
        texts: Catalogue of the language.
    """
    measures = tuple(m for m in MEASURES if m in release.entries["measures"])
    trades = release.trades_valid_in(year)
    found: dict[str, dict[str, Record]] = {}
    for record in records(release, region, trades, measures, [year], lang):
        found.setdefault(record["trade_code"], {})[record["measure"]] = record
    known = {code: cells for code, cells in found.items() if any(map(has_value, cells.values()))}
    order = sorted(known, key=lambda code: (-_gap(known[code]), code))
    with_gap = [code for code in order if has_value(known[code]["gap"])]
    title = texts.gettext("Gap and 80%% range by trade: %(region)s, %(year)s") % {
        "region": release.label("regions", region, lang),
        "year": year,
    }
    drawn = Markup("")
    gaps = tuple(known[code]["gap"] for code in with_gap[:SHOWN])
    if gaps:
        drawn = charts.dots(
            [charts.Dot(g["trade_label"], g["value"], g["lower_80"], g["upper_80"]) for g in gaps],
            key="b-rang", title=title, unit=unit_of(release, "gap", wording), lang=lang, words=texts,
            signed=True,
        )  # fmt: skip
    shown = tuple(m for m in measures if m != "demand")
    return RegionList(
        shown,
        tuple(_row(code, known[code], shown, region, year, lang, wording) for code in order),
        _total(release, measures, shown, region, year, lang, wording),
        title,
        drawn,
        gaps,
        tuple(with_gap[:PANELS]),
        tuple(known[code]["gap"] for code in order),
        len(found) - len(known),
    )


def _total(
    release: Release,
    measures: Sequence[str],
    shown: tuple[str, ...],
    region: str,
    year: int,
    lang: Lang,
    wording: Wording,
) -> TradeRow | None:
    """The row of all trades together, a sum taken in every draw."""
    rows = beside(release.entries["trades"])
    everybody = [code for code, entry in rows.items() if not entry.get("group") and not entry.get("sector")]
    for code in everybody:
        cells = {r["measure"]: r for r in records(release, region, [code], measures, [year], lang)}
        if any(map(has_value, cells.values())):
            return _row(code, cells, shown, region, year, lang, wording)
    return None


def _gap(cells: dict[str, Record]) -> float:
    return float(cells["gap"]["value"]) if has_value(cells["gap"]) else float("-inf")


def _row(
    code: str,
    cells: dict[str, Record],
    shown: tuple[str, ...],
    region: str,
    year: int,
    lang: Lang,
    wording: Wording,
) -> TradeRow:
    return TradeRow(
        code,
        str(cells["gap"]["trade_label"]),
        trade_address(code, region, year, lang),
        tuple(figure(cells[m], lang, wording) for m in shown),
    )
