"""Pages of one trade in a region, and of a region with its trades."""

from __future__ import annotations

import asyncio
import math
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from api import query
from api.caching import HTML, QUESTION, answer
from api.documentation import PREFIX
from api.error_records import Document, ErrorRecords
from api.language import Lang
from api.listed import beside
from api.pages import place
from api.pages.ages_view import STOCK, age_profile, wave_sentence
from api.pages.figures import RATE, unit_of
from api.pages.heat import trade_address
from api.pages.multiples import MOST, compare_address, small_multiples
from api.pages.navigation import data_links, document_links
from api.pages.past_view import past_forecasts
from api.pages.printed_view import printed_of, reasons_of
from api.pages.record_view import record_of
from api.pages.region_view import MEASURES as REGION_MEASURES
from api.pages.region_view import region_list
from api.pages.rendering import Pages
from api.pages.sentences import (
    craft_sentence,
    need_sentence,
    outlook_sentence,
    trade_sentence,
    verdict_sentence,
)
from api.pages.summary import sentence
from api.pages.way_view import way
from api.pages.year_sums_view import row_above, year_sums
from api.query import LANG, Field, canonical, language_of
from api.records import has_value, records
from api.release import Release
from api.routes.pages import shared_context
from api.routes.place_pages import REGION, YEAR, chosen_place, other_language
from api.service import Service

TRADE: Final = Field("trade", "code", "Code eines Gewerks.", "A-24")


def default_trade(release: Release, region: str, year: int) -> str:
    """Return the trade with the largest gap, or the first one where no gap is known."""
    trades = release.trades_valid_in(year) or tuple(release.entries["trades"])
    found = [r for r in records(release, region, trades, ["gap"], [year], "de") if has_value(r)]
    return str(max(found, key=lambda r: r["value"])["trade_code"]) if found else trades[0]


def trade_asked(release: Release, query_string: bytes) -> tuple[str, str, int, Lang]:
    """Return trade, region, year and language a query asks for.

    Raises:
        Problem: What a query is refused for.
    """
    values = query.read(query_string, (TRADE, REGION, YEAR, LANG))
    region, year = chosen_place(release, values)
    code = values["trade"][0] if "trade" in values else default_trade(release, region, year)
    release.entry("trades", code)
    return code, region, year, language_of(values)


def trade_page(
    release: Release, pages: Pages, asked: tuple[str, str, int, Lang], published: Document | None
) -> bytes:
    """Return a trade in a region as a page.

    Args:
        release: The release to read.
        pages: For the words.
        asked: Trade, region, year and language.
        published: The error record in force; None where there is none.
    """
    trade, region, year, lang = asked
    texts, wording = pages.texts[lang], pages.wording[lang]
    items = [item["code"] for item in release.catalogue["items"]]
    measures = [m for m in dict.fromkeys((*place.MEASURES, *items)) if m in release.entries["measures"]]
    series = place.by_measure(records(release, region, [trade], measures, release.years, lang))
    sections = [
        place.section(release, code, series, (trade, region, year), lang, wording, texts)
        for code in place.PARTS
    ]
    explain = canonical([("trade", [trade]), ("region", [region]), ("year", [year])], lang)
    sums, above = year_sums(release, trade, region, lang, wording, texts), row_above(release, trade)
    tables = _tables(release, pages, series, asked, published)
    context = {
        **shared_context(release, pages, "trade", (region, year), lang),
        "trade": trade,
        "trade_label": release.label("trades", trade, lang),
        "region_label": release.label("regions", region, lang),
        "summary": trade_summary(release, series, year, lang, pages),
        "said": {
            "outlook": _outlook(release, series, trade, lang, pages),
            "today": _today(release, series, year, lang, pages),
            "balance": _in_craft(series, year, lang, pages),
            "ages": wave_sentence(release, (trade, region), tables["ages"], lang, texts),
        },
        **tables,
        "explained": place.explained(release, series, year, lang, wording, texts),
        "explain": f"{PREFIX}/explain?{explain}",
        "sums": sums,
        "sums_links": document_links("year-sums", sums.query),
        "above": (above, release.label("trades", above, lang), trade_address(above, region, year, lang))
        if above
        else None,
        "place_query": explain,
        "parts": [(part, data_links("series", part.query) if part.columns else []) for part in sections],
        "quality": quality_address(pages, lang),
        "facts": _facts(release, trade, lang),
        "trades": trade_choices(release, region, year, lang),
        "years": [{"code": one, "label": one} for one in release.forecast_years],
        "compare": compare_address([trade], [region], lang),
        "address": trade_address(trade, region, year, lang),
    }
    return pages.render("trade.html", lang, trade_address(trade, region, year, other_language(lang)), context)


def _tables(
    release: Release,
    pages: Pages,
    series: place.BySeries,
    asked: tuple[str, str, int, Lang],
    published: Document | None,
) -> dict[str, Any]:
    """The way to the Meister, ages and past forecasts: None where the release holds none."""
    trade, region, year, lang = asked
    texts, wording = pages.texts[lang], pages.wording[lang]
    stock = place.of_year(series, STOCK, release.base_year)
    here = canonical([("trade", [trade]), ("region", [region])], lang)
    return {
        "way": way(release, series, (trade, region, year), lang, wording, texts),
        "ages": age_profile(release, (trade, region), stock, lang, wording, texts),
        "past": past_forecasts(release, trade, region, unit_of(release, "gap", wording), lang, texts),
        "published": record_of(release, published, (trade, region), lang, texts),
        "published_links": document_links("error-record", here),
    }


def trade_summary(release: Release, series: place.BySeries, year: int, lang: Lang, pages: Pages) -> str:
    """Return the sentences on top: the gap, and what would close it."""
    found = {measure: place.of_year(series, measure, year) for measure in ("gap", "demand", RATE)}
    cell = {measure: record for measure, record in found.items() if record is not None}
    if not {"gap", "demand"} <= cell.keys():
        return ""
    sentences = [trade_sentence(cell, lang, pages.texts[lang])]
    need = place.of_year(series, "training_need", year)
    known = [r for r in series.get("new_contracts", ()) if has_value(r) and not r["is_forecast"]]
    if need is not None and known:
        sentences.append(need_sentence(need, known[-1], lang, pages.texts[lang]))
    return " ".join(filter(None, sentences))


def _in_craft(series: place.BySeries, year: int, lang: Lang, pages: Pages) -> str:
    """What of the row belongs to craft firms; empty where the release does not part them."""
    demand, gap, craft, craft_gap = (
        place.of_year(series, measure, year) for measure in ("demand", "gap", "demand_craft", "gap_craft")
    )
    if demand is None or gap is None or craft is None or craft_gap is None:
        return ""
    return craft_sentence(demand, gap, craft, craft_gap, lang, pages.texts[lang])


def _outlook(release: Release, series: place.BySeries, trade: str, lang: Lang, pages: Pages) -> str:
    """A contract begun in the first year of the forecast ends after the years of training, rounded up."""
    years = release.entries["trades"][trade].get("training_years")
    if not years:
        return ""
    done = min(release.base_year + 1 + math.ceil(float(years)), release.years[-1])
    ratio = place.of_year(series, "outlook_ratio", done)
    return outlook_sentence(ratio, lang, pages.texts[lang]) if ratio is not None else ""


def _today(release: Release, series: place.BySeries, year: int, lang: Lang, pages: Pages) -> str:
    known = [record for record in series.get("shortage_points", ()) if has_value(record)]
    gap, limits = place.of_year(series, "gap", year), _limits(release)
    if not known or gap is None or limits is None:
        return ""
    return verdict_sentence(known[-1], limits, gap, lang, pages.texts[lang])


def _limits(release: Release) -> tuple[float, float] | None:
    """Limits of the shortage points as the release's parameters give them."""
    parameter = release.entries["parameters"].get("shortage_points")
    values = [float(entry["value"]) for entry in parameter["entries"]] if parameter else []
    return (min(values), max(values)) if values else None


def quality_address(pages: Pages, lang: Lang) -> str:
    """Return the address of the page on how good the forecasts are; empty where there is none."""
    return ("/guete" if lang == "de" else "/guete?lang=en") if "/guete" in pages.known else ""


def _facts(release: Release, trade: str, lang: Lang) -> list[tuple[str, str]]:
    """What the catalogue says about the trade."""
    entry = release.entries["trades"][trade]
    number = f"{entry.get('hwo_annex') or ''} {entry.get('hwo_number') or ''}".strip()
    training = [one["name_de"] for one in entry.get("training_occupations", ())]
    groups = [
        f"{one.get('name_de') or one['code']} ({one['code']})" for one in entry.get("occupation_groups", ())
    ]
    rows = (
        ("HwO", number),
        ("Ausbildungsberufe" if lang == "de" else "Training occupations", "; ".join(training)),
        ("Berufsgruppen (KldB)" if lang == "de" else "Occupation groups (KldB)", "; ".join(groups)),
    )
    return [(name, value) for name, value in rows if value]


def trade_choices(release: Release, region: str, year: int, lang: Lang) -> list[dict[str, str]]:
    """Return the trades with a gap in the region, by name; all trades where there is none."""
    trades = release.trades_valid_in(year) or tuple(release.entries["trades"])
    known = [r["trade_code"] for r in records(release, region, trades, ["gap"], [year], lang) if has_value(r)]
    found = [{"code": code, "label": release.label("trades", code, lang)} for code in known or trades]
    rows = [{"code": code, "label": release.label("trades", code, lang)}
            for code in beside(release.entries["trades"])]  # fmt: skip
    return [*sorted(found, key=lambda one: one["label"]), *rows]


# --- a region ---------------------------------------------------------------------------------------------


def region_address(region: str, year: int, lang: Lang) -> str:
    """Return the address of the page of a region."""
    return "/region?" + canonical([("region", [region]), ("year", [year])], lang)


def region_page(release: Release, pages: Pages, region: str, year: int, lang: Lang) -> bytes:
    """Return a region with all its trades as a page."""
    texts, wording = pages.texts[lang], pages.wording[lang]
    label = release.label("regions", region, lang)
    listed = region_list(release, region, year, lang, wording, texts)
    measures = [m for m in REGION_MEASURES if m in release.entries["measures"]]
    data = canonical([("region", [region]), ("year", [year]), ("measure", measures)], lang)
    context = {
        **shared_context(release, pages, "region", (region, year), lang),
        "region_label": label,
        "summary": sentence(listed.gaps, lang, texts),
        "chart_title": listed.title,
        "listed": listed,
        "printed": () if listed.rows else printed_of(release, region, lang),
        "reasons": () if listed.rows else reasons_of(release, region, year, lang),
        "heads": [
            {"label": release.label("measures", m, lang), "unit": unit_of(release, m, wording)}
            for m in listed.measures
        ],
        "panels": small_multiples(
            release, [(trade, region) for trade in listed.largest], year, lang, wording, texts
        ),
        "years": [{"code": one, "label": one} for one in release.forecast_years],
        "links": data_links("matrix", data),
        "compare": compare_address(listed.largest[:MOST], [region], lang),
        "heat": "/matrix?" + canonical([("region", [region]), ("year", [year])], lang),
        "address": region_address(region, year, lang),
    }
    return pages.render("region.html", lang, region_address(region, year, other_language(lang)), context)


def router(service: Service, pages: Pages) -> APIRouter:
    """Return the pages over a service."""
    routes = APIRouter(include_in_schema=False)
    kept = ErrorRecords(service.settings.snapshot_root)

    @routes.get("/gewerk")
    async def trade(request: Request) -> Response:
        release = service.release
        asked = trade_asked(release, request.scope["query_string"])
        version, published = await asyncio.to_thread(kept.current)
        request.scope[QUESTION] = None  # the record can grow while the release stays the same
        return answer(
            request, service, release, f"{trade_address(*asked)}&{version}",
            lambda: trade_page(release, pages, asked, published), media_type=HTML, lang=asked[3],
        )  # fmt: skip

    @routes.get("/region")
    async def region(request: Request) -> Response:
        release = service.release
        values = query.read(request.scope["query_string"], (REGION, YEAR, LANG))
        code, year = chosen_place(release, values)
        lang = language_of(values)
        return answer(
            request, service, release, region_address(code, year, lang),
            lambda: region_page(release, pages, code, year, lang), media_type=HTML, lang=lang,
        )  # fmt: skip

    return routes
