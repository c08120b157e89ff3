"""GET /explain: the gap of one trade, item by item, back to printed figures and dated assumptions."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response

from api import examples, query
from api.caching import answer
from api.documentation import PREFIX, described
from api.explanation import explanation
from api.pinned import PINNED, Releases, base
from api.query import EXPLAIN_FIELDS, canonical, language_of, year_on_axis
from api.schemas import Explanation
from api.service import Service


def router(service: Service, releases: Releases, *, pinned: bool = False) -> APIRouter:
    """Return the route over a service.

    Args:
        service: What the routes share.
        releases: The release in force and those kept.
        pinned: Below an address that names the release.
    """
    routes = APIRouter(prefix=PINNED if pinned else PREFIX, tags=["Matrix"])

    @routes.get(
        "/explain",
        operation_id="getExplanation",
        include_in_schema=not pinned,
        summary="Woraus sich die Lücke eines Gewerks zusammensetzt",
        **described(Explanation, EXPLAIN_FIELDS, example=examples.EXPLANATION),
    )
    async def explain(request: Request) -> Response:
        release = await releases.of(request)
        here = base(request)
        values = query.read(request.scope["query_string"], EXPLAIN_FIELDS)
        trade, region = values["trade"][0], values["region"][0]
        release.entry("trades", trade)
        release.entry("regions", region)
        year = year_on_axis(values["year"][0], release.years)
        lang = language_of(values)
        text = canonical([("trade", [trade]), ("region", [region]), ("year", [year])], lang)

        def build() -> bytes:
            document = explanation(release, trade, region, year, lang)
            place = canonical([("trade", [trade]), ("region", [region]), ("measure", ["gap"])], lang)
            links = {
                "self": f"{here}/explain?{text}",
                "series": f"{here}/series?{place}",
                "parameters": f"{here}/parameters",
                "sources": f"{here}/sources",
            }
            return orjson.dumps({**document, "links": links})

        return answer(request, service, release, text, build, lang=lang, pinned=pinned)

    return routes
