"""Routes of the pages on one topic: training need, training centres, succession, scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from api import query
from api.caching import HTML, answer
from api.pages import scenario_results
from api.pages import succession_view as succession
from api.pages import training_view as training
from api.pages.need_levers import LEVER, of_trade, single
from api.pages.need_view import EFFECTIVE, NEED, SORTS, TODAY
from api.pages.rendering import Pages
from api.pages.topic import ALL, Choice
from api.pages.topics import (
    NEED_PATH,
    RESULT_PATH,
    SCENARIOS_PATH,
    SUCCESSION_PATH,
    TRAINING_PATH,
    VIEWS,
    TopicPages,
)
from api.problems import Problem
from api.query import LANG, Field, Values, language_of
from api.release import Release
from api.selection import Selection
from api.service import Service
from api.what_ifs import WhatIfs

PLACE_FIELDS: Final = (
    Field("region", "code", "Code einer Region.", "HWK-FF"),
    Field("year", "year", "Jahr.", 2030),
    Field("gruppe", "code", "Nur eine Gewerbegruppe; * = alle.", "metal"),
    LANG,
)
NEED_FIELDS: Final = (
    *PLACE_FIELDS,
    Field("sortierung", "choice", "Reihenfolge der Liste.", "differenz", choices=SORTS),
    Field(LEVER, "code", "Gewerk, für das gezeigt wird, was jeder Hebel ändern würde; * = keines.", None),
)
TRADE_FIELD: Final = Field("trade", "code", "Nur ein Gewerk; * = alle.", "A-24")
TRAINING_FIELDS: Final = (
    *PLACE_FIELDS,
    TRADE_FIELD,
    Field("ansicht", "choice", "Übersicht oder ganzer Plan.", "kurz", choices=VIEWS),
)
SUCCESSION_FIELDS: Final = (*PLACE_FIELDS, TRADE_FIELD)
SCENARIO_FIELDS: Final = (
    Field("region", "code", "Code einer Region.", "HWK-FF"),
    Field("year", "year", "Jahr.", 2030),
    TRADE_FIELD,
    Field("szenario", "code", "Nur ein Szenario; * = alle.", "base"),
    Field("neben", "code", "Ein zweites Szenario daneben; * = keines.", "base"),
    LANG,
)


def next_year(release: Release) -> int:
    """Return the year after the release's figures: the one a plan is made for, if the axis has it."""
    return min(int(str(release.catalogue["as_of"])[:4]) + 1, release.years[-1])


def chosen(path: str, release: Release, values: Values, year: int, *more: tuple[str, str]) -> Choice:
    """Return the choice of a reader; what is not named comes from the release.

    Args:
        path: Address of the page.
        release: The release.
        values: Checked values of the query.
        year: Year where none is named.
        more: Further parameters of the page.

    Raises:
        Problem: 404 for an unknown region, group or trade, 422 for a year outside the axis.
    """
    region = values.get("region", (str(release.catalogue["default_region"]),))[0]
    release.entry("regions", region)
    group, trade = (values.get(name, (ALL,))[0] for name in ("gruppe", "trade"))
    if group != ALL:
        release.entry("groups", group)
    if trade != ALL:
        release.entry("trades", trade)
    named = query.year_on_axis(values["year"][0], release.years) if "year" in values else year
    return Choice(
        path, region, named, "" if group == ALL else group, "" if trade == ALL else trade, more,
        language_of(values),
    )  # fmt: skip


def selection(
    release: Release, choice: Choice, years: Sequence[int], measures: Sequence[str], *, named: bool = False
) -> Selection:
    """Return the query behind a page, spelled as the address of the interface.

    Args:
        release: The release.
        choice: What the reader chose.
        years: Years to read.
        measures: Measures to read.
        named: Whether the address names the measures; a topic of the interface has its own.
    """
    asked: Values = {
        "region": (choice.region,),
        "year": tuple(str(year) for year in years),
        "lang": (choice.lang,),
    }
    if choice.group:
        asked["group"] = (choice.group,)
    if choice.trade:
        asked["trade"] = (choice.trade,)
    if named:
        asked["measure"] = tuple(measures)
    return Selection.of(asked, release, measures=tuple(measures))


def need_asked(release: Release, query_string: bytes) -> tuple[Choice, Selection, str]:
    """Return what a reader of the training need chose, the query behind it and the order.

    Args:
        release: The release.
        query_string: As it came.

    Raises:
        Problem: What a query is refused for.
    """
    values = query.read(query_string, NEED_FIELDS)
    sort = values.get("sortierung", SORTS)[0]
    moved = values.get(LEVER, (ALL,))[0]
    if moved != ALL:
        release.entry("trades", moved)
    more = (("sortierung", "" if sort == SORTS[0] else sort), (LEVER, "" if moved == ALL else moved))
    choice = chosen(NEED_PATH, release, values, int(release.catalogue["default_year"]), *more)
    measures = [code for code in (NEED, TODAY, EFFECTIVE) if code in release.measures]
    return choice, selection(release, choice, sorted({release.base_year, choice.year}), measures), sort


def router(service: Service, pages: Pages, what_ifs: WhatIfs) -> APIRouter:
    """Return the pages on one topic over a service."""
    routes = APIRouter(include_in_schema=False)
    topics = TopicPages(pages)

    @routes.get(NEED_PATH)
    async def need(request: Request) -> Response:
        release = service.release
        choice, asked, sort = need_asked(release, request.scope["query_string"])
        one = of_trade(choice, SCENARIOS_PATH)
        computed = one.trade and choice.region in what_ifs.regions(release)
        found, refused = await _answers(
            what_ifs, release, one, single(release) if computed else [], apart=False
        )
        return answer(
            request, service, release, choice.address(),
            lambda: topics.need(release, choice, asked, sort, found, refused),
            media_type=HTML, lang=choice.lang,
        )  # fmt: skip

    @routes.get(TRAINING_PATH)
    async def training_centres(request: Request) -> Response:
        release = service.release
        values = query.read(request.scope["query_string"], TRAINING_FIELDS)
        view = values.get("ansicht", VIEWS)[0]
        more = ("ansicht", "" if view == VIEWS[0] else view)
        choice = chosen(TRAINING_PATH, release, values, next_year(release), more)
        measures = [code for code in training.MEASURES if code in release.measures]
        asked = selection(release, choice, [choice.year], measures, named=True)
        sheets = [choice.trade] if choice.trade else []
        return answer(
            request, service, release, choice.address(),
            lambda: topics.training(release, choice, asked, view, sheets), media_type=HTML, lang=choice.lang,
        )  # fmt: skip

    @routes.get(SUCCESSION_PATH)
    async def successions(request: Request) -> Response:
        release = service.release
        values = query.read(request.scope["query_string"], SUCCESSION_FIELDS)
        choice = chosen(SUCCESSION_PATH, release, values, next_year(release))
        years = release.forecast_years if choice.trade else [choice.year]
        asked = selection(release, choice, years, succession.measures_of(release), named=True)
        return answer(
            request, service, release, choice.address(),
            lambda: topics.succession(release, choice, asked), media_type=HTML, lang=choice.lang,
        )  # fmt: skip

    _add_scenarios(routes, service, topics, what_ifs)
    return routes


def _add_scenarios(routes: APIRouter, service: Service, topics: TopicPages, what_ifs: WhatIfs) -> None:
    @routes.get(SCENARIOS_PATH)
    async def what_if(request: Request) -> Response:
        release = service.release
        values = query.read(request.scope["query_string"], SCENARIO_FIELDS)
        wanted, beside = (values.get(name, (ALL,))[0] for name in ("szenario", "neben"))
        for code in (wanted, beside):
            if code != ALL:
                release.entry("scenarios", code)
        more = tuple(
            (name, "" if code == ALL else code) for name, code in (("szenario", wanted), ("neben", beside))
        )
        choice = chosen(SCENARIOS_PATH, release, values, int(release.catalogue["default_year"]), *more)
        regions = what_ifs.regions(release)
        named = [code for code in dict.fromkeys(code for _, code in more) if code]
        asked = [code for code in named if code != release.catalogue["scenario"]]
        found, refused = await _answers(
            what_ifs, release, choice, asked if choice.region in regions else [], apart=bool(choice.trade)
        )
        return answer(
            request, service, release, choice.address(),
            lambda: topics.scenarios(release, choice, named, regions, found, refused),
            media_type=HTML, lang=choice.lang,
        )  # fmt: skip


async def _answers(
    what_ifs: WhatIfs, release: Release, choice: Choice, scenarios: Sequence[str], *, apart: bool
) -> tuple[dict[str, Any], list[str]]:
    """Return scenario → what the interface answers, and why some have no answer.

    Args:
        what_ifs: Computes.
        release: The release.
        choice: Region, year and trade.
        scenarios: Their codes.
        apart: Whether the contribution of each lever of a scenario is wanted.
    """
    measures = scenario_results.measures_of(choice, release)
    body: dict[str, Any] = {"regions": [choice.region], "years": [choice.year], "measures": measures}
    body |= {"trades": [choice.trade]} if choice.trade else {}
    body["contributions"] = apart
    text = query.canonical(
        [
            ("region", [choice.region]), ("trade", [choice.trade] if choice.trade else []),
            ("year", [choice.year]), ("measure", measures),
            ("contributions", [] if apart else ["false"]),
        ],
        choice.lang,
    )  # fmt: skip
    found: dict[str, Any] = {}
    refused: list[str] = []
    for code in scenarios:
        address = f"{RESULT_PATH.format(code=code)}?{text}"
        try:
            found[code] = await what_ifs.document({**body, "scenarios": [code]}, choice.lang, address)
        except Problem as problem:
            if problem.kind.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            refused += [fault.detail.of(choice.lang) for fault in problem.faults]
    return found, refused
