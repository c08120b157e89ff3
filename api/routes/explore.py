"""Charts of the pages as figures to explore: the same records, drawn by plotly in the browser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request, Response

from api import query
from api.caching import answer
from api.language import Lang
from api.pages import place
from api.pages.ages_view import STOCK, age_profile
from api.pages.chart_data import Bar
from api.pages.figures import unit_of
from api.pages.need_view import need_list
from api.pages.past_view import past_forecasts
from api.pages.region_view import MEASURES as REGION_MEASURES
from api.pages.region_view import region_list
from api.pages.rendering import Pages
from api.pages.topics import NEED_PATH, TopicPages, found_records
from api.pages.versions import EXPLORE
from api.pages.way_view import STEPS, way
from api.problems import NOT_FOUND, Problem
from api.query import LANG, Field, language_of
from api.records import Record, has_value, records
from api.release import Release
from api.routes.place_pages import REGION, YEAR, chosen_place
from api.routes.topic_pages import need_asked
from api.routes.trade_pages import trade_asked
from api.service import Service
from forecast.figures import (
    Figure,
    fan_figure,
    outcomes_figure,
    range_bars_figure,
    ranges_figure,
    waterfall_figure,
)

NAMED: Final = Field("trade", "code", "Code eines Gewerks.", "A-24", required=True)
MEASURE: Final = Field("measure", "code", "Code einer Messgröße.", "gap", required=True)


def series(release: Release, pages: Pages, query_string: bytes) -> tuple[Figure, Lang]:
    """Return one measure of a trade in a region over the years, as its fan chart shows it."""
    values = query.read(query_string, (NAMED, REGION, MEASURE, LANG))
    region, _ = chosen_place(release, values)
    trade, measure = values["trade"][0], values["measure"][0]
    release.entry("trades", trade)
    release.entry("measures", measure)
    lang = language_of(values)
    found = records(release, region, [trade], [measure], release.years, lang)
    return fan_figure(found, "", unit_of(release, measure, pages.wording[lang]), lang=lang), lang


def items(release: Release, pages: Pages, query_string: bytes) -> tuple[Figure, Lang]:
    """Return the contributions to the gap of a year, as its waterfall shows them.

    Raises:
        Problem: 404 where the page shows none either.
    """
    trade, region, year, lang = trade_asked(release, query_string)
    wording, texts = pages.wording[lang], pages.texts[lang]
    codes = ["gap", *(item["code"] for item in release.catalogue["items"])]
    found = place.by_measure(records(release, region, [trade], codes, [year], lang))
    shown = place.explained(release, found, year, lang, wording, texts)
    if shown.total is None:
        raise Problem(NOT_FOUND)
    unit = unit_of(release, "gap", wording)
    drawn = [(bar.label, bar.value) for bar in shown.bars]
    return waterfall_figure(drawn, wording.columns["gap"], "", unit, lang=lang), lang


def _shown(release: Release, measures: Sequence[str], asked: tuple[str, str, int, Lang]) -> place.BySeries:
    """Records of a trade in a region through all years, of the measures the release has."""
    trade, region, _, lang = asked
    known = [code for code in measures if code in release.entries["measures"]]
    return place.by_measure(records(release, region, [trade], known, release.years, lang))


def ages(release: Release, pages: Pages, query_string: bytes) -> tuple[Figure, Lang]:
    """Return the skilled workers of a trade by age, as its bars show them.

    Raises:
        Problem: 404 where the page shows none either.
    """
    asked = trade_asked(release, query_string)
    trade, region, _, lang = asked
    stock = place.of_year(_shown(release, [STOCK], asked), STOCK, release.base_year)
    wording = pages.wording[lang]
    found = age_profile(release, (trade, region), stock, lang, wording, pages.texts[lang])
    if found is None:
        raise Problem(NOT_FOUND)
    unit = wording.unit("persons", "stock")
    return range_bars_figure(_bars(found.drawn), "", unit, lang=lang), lang


def steps(release: Release, pages: Pages, query_string: bytes) -> tuple[Figure, Lang]:
    """Return the way from the contract to the Meister in a year, as its bars show it.

    Raises:
        Problem: 404 where the page shows none either.
    """
    asked = trade_asked(release, query_string)
    lang, texts = asked[3], pages.texts[asked[3]]
    found = way(release, _shown(release, STEPS, asked), asked[:3], lang, pages.wording[lang], texts)
    if found is None:
        raise Problem(NOT_FOUND)
    return range_bars_figure(_bars(found.drawn), "", texts.gettext("a year"), lang=lang), lang


def past(release: Release, pages: Pages, query_string: bytes) -> tuple[Figure, Lang]:
    """Return what past years would have said about the gap of a trade, beside what came.

    Raises:
        Problem: 404 where the page shows none either.
    """
    trade, region, _, lang = trade_asked(release, query_string)
    unit = unit_of(release, "gap", pages.wording[lang])
    found = past_forecasts(release, trade, region, unit, lang, pages.texts[lang])
    if found is None:
        raise Problem(NOT_FOUND)
    rows = [(str(one.year), one.value, one.lower, one.upper, one.came) for one in found.drawn]
    return outcomes_figure(rows, "", unit, lang=lang), lang


def need(release: Release, pages: Pages, query_string: bytes) -> tuple[Figure, Lang]:
    """Return the training need of the trades, as its list of dots shows it."""
    choice, asked, sort = need_asked(release, query_string)
    lang = choice.lang
    words = TopicPages(pages).words[lang]
    shown = need_list(release, found_records(release, asked), choice, sort, pages.wording[lang], words)
    unit = pages.texts[lang].gettext("contracts a year")
    return ranges_figure(_ranges([row.record for row in shown.ranked]), "", unit, lang=lang), lang


def gaps(release: Release, pages: Pages, query_string: bytes) -> tuple[Figure, Lang]:
    """Return the largest gaps of a region, as its list of dots shows them."""
    values = query.read(query_string, (REGION, YEAR, LANG))
    region, year = chosen_place(release, values)
    lang = language_of(values)
    listed = region_list(release, region, year, lang, pages.wording[lang], pages.texts[lang])
    unit = unit_of(release, REGION_MEASURES[0], pages.wording[lang])
    return ranges_figure(_ranges(listed.drawn), "", unit, lang=lang), lang


def _ranges(found: list[Record] | tuple[Record, ...]) -> list[tuple[str, float, float, float]]:
    """Label, number and range of each row that has a number."""
    return _bars(
        [
            Bar(str(one["trade_label"]), one["value"], one["lower_80"], one["upper_80"])
            for one in found
            if has_value(one)
        ]
    )


def _bars(drawn: Sequence[Bar]) -> list[tuple[str, float, float, float]]:
    """Label, number and range of each bar; a number without a range is its own."""
    return [
        (
            one.label,
            one.value,
            one.value if one.lower is None else one.lower,
            one.value if one.upper is None else one.upper,
        )
        for one in drawn
    ]


Maker = Callable[[Release, Pages, bytes], tuple[dict[str, Any], Lang]]
MAKERS: Final[dict[str, Maker]] = {
    "/reihe": series, "/posten": items, NEED_PATH: need, "/luecken": gaps,
    "/alter": ages, "/weg": steps, "/frueher": past,
}  # fmt: skip


def router(service: Service, pages: Pages) -> APIRouter:
    """Return the addresses of the figures over a service."""
    routes = APIRouter(include_in_schema=False)

    def add(path: str, make: Maker) -> None:
        async def figure(request: Request) -> Response:
            release = service.release
            query_string = request.scope["query_string"]
            made, lang = make(release, pages, query_string)
            return answer(
                request, service, release, query_string.decode("ascii", "replace"),
                lambda: orjson.dumps(made), lang=lang,
            )  # fmt: skip

        routes.add_api_route(f"{EXPLORE}{path}", figure, methods=["GET"])

    for path, make in MAKERS.items():
        add(path, make)
    return routes
