"""What the page of a region shows: its trades with gap, need and grade, the largest gaps first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from api.language import Lang
from api.pages import charts, numbers
from api.pages.figures import Figure, figure, per_hundred, unit_of
from api.pages.heat import trade_address
from api.pages.texts import Translations
from api.pages.wording import Wording
from api.records import Record, has_value, records
from api.release import Release

MEASURES: Final = ("gap", "demand", "training_need", "new_contracts", "first_effective_year")
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
        relative: The gap for every 100 workers needed, with its range; empty where unknown.
    """

    code: str
    label: str
    href: str
    cells: tuple[Figure, ...]
    relative: str


@dataclass(frozen=True, slots=True)
class RegionList:
    """All trades of a region with a number, by the size of the gap.

    Args:
        measures: Columns beside the relative gap.
        rows: Trades.
        title: Of the chart.
        chart: The largest gaps as dots; empty without any.
        drawn: Records of the chart.
        largest: Codes of the trades of the small charts.
        gaps: Records of the gap.
        without: Number of trades without any number.
    """

    measures: tuple[str, ...]
    rows: tuple[TradeRow, ...]
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
        title,
        drawn,
        gaps,
        tuple(with_gap[:PANELS]),
        tuple(known[code]["gap"] for code in order),
        len(found) - len(known),
    )


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
    share = per_hundred(cells["gap"], cells["demand"])
    relative = "" if share is None else numbers.number(share[0], lang, signed=True)
    return TradeRow(
        code,
        str(cells["gap"]["trade_label"]),
        trade_address(code, region, year, lang),
        tuple(figure(cells[m], lang, wording) for m in shown),
        relative,
    )
