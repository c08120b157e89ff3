"""Small charts side by side on one scale: trades of a region, or regions of a trade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from api.language import Lang
from api.pages import charts, numbers
from api.pages.figures import DIGITS, RATE, Figure, figure, is_signed, unit_of
from api.pages.heat import trade_address
from api.pages.texts import Translations
from api.pages.wording import Wording
from api.query import canonical
from api.records import Record, has_value, records
from api.release import Release

MOST: Final = 4
NOBODY: Final = "*"
GAP: Final = "gap"


@dataclass(frozen=True, slots=True)
class Panel:
    """One small chart.

    Args:
        code: Code of the trade or region.
        title: Its name.
        href: Address of the page about it.
        chart: Fan chart.
        figures: Year → number.
        last: Record of the last year.
    """

    code: str
    title: str
    href: str
    chart: Markup
    figures: Mapping[int, Figure]
    last: Record


def compare_address(trades: Sequence[str], regions: Sequence[str], lang: Lang) -> str:
    """Return the address of a comparison."""
    return "/vergleich?" + canonical([("trade", list(trades)), ("region", list(regions))], lang)


def measure_of(release: Release, regions: Sequence[str]) -> str:
    """Return what is drawn: regions differ in size, so theirs is the gap for every 100 where there is one."""
    return RATE if len(regions) > 1 and RATE in release.measures else GAP


def small_multiples(
    release: Release, places: Sequence[tuple[str, str]], year: int, lang: Lang, wording: Wording,
    texts: Translations,
) -> list[Panel]:  # fmt: skip
    """Return one small fan chart a trade or region, all on the same scale.

    Args:
        release: The release to read.
        places: Trade and region of every chart, in the order shown; either the one or the other differs.
        year: Year the links lead to.
        lang: Language.
        wording: Short words in that language.
        texts: Catalogue of the language.
    """
    regions = tuple(dict.fromkeys(region for _, region in places))
    measure = measure_of(release, regions)
    found = {
        (trade, region): records(release, region, [trade], [measure], release.forecast_years, lang)
        for trade, region in places
    }
    series = {place: charts.points(rows) for place, rows in found.items()}
    scale, unit = charts.common_scale(series.values()), unit_of(release, measure, wording)
    panels = []
    for at, (trade, region) in enumerate(places):
        code, kind = (region, "regions") if len(regions) > 1 else (trade, "trades")
        title, rows = release.label(kind, code, lang), found[trade, region]
        drawn = charts.fan(
            series[trade, region], key=f"b-{at}", title=title, unit=unit, lang=lang, words=texts,
            signed=is_signed(measure), scale=scale, small=True, digits=DIGITS.get(measure, 0),
        )  # fmt: skip
        figures = {row["year"]: figure(row, lang, wording) for row in rows}
        panels.append(Panel(code, title, trade_address(trade, region, year, lang), drawn, figures, rows[-1]))
    return panels


def said(panels: Sequence[Panel], lang: Lang, texts: Translations) -> str:
    """Return the numbers of the last year with their ranges, as one sentence."""
    parts = []
    for panel in panels:
        record = panel.last
        if has_value(record):
            digits = DIGITS.get(record["measure"], 0)
            value = numbers.number(record["value"], lang, signed=True, digits=digits)
            low, high = record["lower_80"], record["upper_80"]
            reach = (
                ""
                if low is None or high is None
                else numbers.interval(low, high, lang, signed=True, digits=digits)
            )
            parts.append(f"{panel.title} {value} ({reach})" if reach else f"{panel.title} {value}")
    if not parts:
        return ""
    last = panels[0].last
    if last["measure"] == RATE:
        text = texts.gettext("Gap in %(year)s for every 100 skilled workers needed: %(parts)s.")
    else:
        text = texts.gettext("Gap in %(year)s: %(parts)s.")
    return text % {"year": last["year"], "parts": "; ".join(parts)}
