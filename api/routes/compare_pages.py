"""Up to four trades of a region side by side, or up to four regions of a trade."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter, Request, Response

from api import query
from api.caching import HTML, answer
from api.language import Lang
from api.pages.multiples import MOST, NOBODY, compare_address, measure_of, said, small_multiples
from api.pages.navigation import data_links
from api.pages.rendering import Pages
from api.query import LANG, Field, Values, canonical, language_of
from api.records import has_value, records
from api.release import Release
from api.routes.pages import shared_context
from api.routes.place_pages import other_language
from api.routes.trade_pages import trade_choices
from api.service import Service

TRADES: Final = Field("trade", "code", "Codes von Gewerken, höchstens vier; * = keines.", "A-24", many=True)
REGIONS: Final = Field(
    "region", "code", "Codes von Regionen, höchstens vier; mehrere: von einem Gewerk; * = keine.", "HWK-FF",
    many=True,
)  # fmt: skip


def compared(release: Release, values: Values) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return trades and regions of a comparison: one of each at least, several only of one of the two.

    Where no trade is named, it is the trades with the largest gaps, of several regions the first of them.

    Raises:
        Problem: 404 for a code nobody knows.
    """
    regions, trades = (
        tuple(dict.fromkeys(code for code in values.get(name, ()) if code != NOBODY))[:MOST]
        for name in ("region", "trade")
    )
    regions = regions or (str(release.catalogue["default_region"]),)
    for kind, codes in (("regions", regions), ("trades", trades)):
        for code in codes:
            release.entry(kind, code)
    trades = trades or _largest(release, regions[0])
    return (trades[:1] if len(regions) > 1 else trades), regions


def _largest(release: Release, region: str) -> tuple[str, ...]:
    year = int(release.catalogue["default_year"])
    trades = release.trades_valid_in(year) or tuple(release.entries["trades"])
    found = [r for r in records(release, region, trades, ["gap"], [year], "de") if has_value(r)]
    largest = sorted(found, key=lambda r: (-r["value"], r["trade_code"]))[:MOST]
    return tuple(str(r["trade_code"]) for r in largest) or trades[:1]


def others(release: Release, regions: Sequence[str]) -> tuple[str, ...]:
    """Return regions to compare with: those chosen, then others with a whole matrix."""
    full = (code for code, extent in release.coverage().items() if extent == "full")
    return tuple(dict.fromkeys((*regions, *full)))[:MOST]


def compare_page(
    release: Release, pages: Pages, trades: Sequence[str], regions: Sequence[str], lang: Lang
) -> bytes:
    """Return trades or regions side by side as a page."""
    texts, wording = pages.texts[lang], pages.wording[lang]
    year = int(release.catalogue["default_year"])
    measure, several = measure_of(release, regions), len(regions) > 1
    panels = small_multiples(
        release, [(trade, region) for region in regions for trade in trades], year, lang, wording, texts
    )
    years = f"{release.forecast_years[0]}..{release.forecast_years[-1]}"
    pairs = [("trade", list(trades)), ("region", list(regions)), ("measure", [measure]), ("year", [years])]
    context = {
        **shared_context(release, pages, "compare", (regions[0], year), lang),
        "several": several,
        "of": release.label("trades", trades[0], lang) if several
        else release.label("regions", regions[0], lang),
        "summary": said(panels, lang, texts),
        "relative": measure != "gap",
        "panels": panels,
        "years": release.forecast_years,
        "trades": trade_choices(release, regions[0], year, lang),
        "chosen_trades": [trades[0]] if several else [*trades, *[NOBODY] * (MOST - len(trades))],
        "chosen_regions": [*regions, *[NOBODY] * (MOST - len(regions))] if several else [regions[0]],
        "nobody": NOBODY,
        "by_trade": compare_address(trades, regions[:1], lang),
        "by_region": compare_address(trades[:1], others(release, regions), lang),
        "links": data_links("series", canonical(pairs, lang)),
        "address": compare_address(trades, regions, lang),
    }  # fmt: skip
    other = compare_address(trades, regions, other_language(lang))
    return pages.render("compare.html", lang, other, context)


def router(service: Service, pages: Pages) -> APIRouter:
    """Return the page over a service."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/vergleich")
    async def compare(request: Request) -> Response:
        release = service.release
        values = query.read(request.scope["query_string"], (TRADES, REGIONS, LANG))
        trades, regions = compared(release, values)
        lang = language_of(values)
        return answer(
            request, service, release, compare_address(trades, regions, lang),
            lambda: compare_page(release, pages, trades, regions, lang), media_type=HTML, lang=lang,
        )  # fmt: skip

    return routes
