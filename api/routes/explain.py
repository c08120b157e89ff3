"""GET /explain: the gap of one trade, item by item, back to printed figures and dated assumptions."""

from __future__ import annotations

from typing import Final

import orjson
from fastapi import APIRouter, Request, Response

from api import examples, query
from api.caching import answer
from api.delivery import alternates, disposition
from api.documentation import PREFIX, described
from api.explanation import explanation
from api.formats import media
from api.formats.plotly import explanation_figure
from api.pinned import PINNED, Releases, base
from api.query import EXPLAIN_FIELDS, Field, canonical, language_of, year_on_axis
from api.schemas import Explanation
from api.service import Service

FORMS: Final = ("json", "plotly")
FIELDS: Final = (
    *EXPLAIN_FIELDS[:-1],
    Field("format", "choice", "Format; plotly = Wasserfall als Bild. Sonst entscheidet Accept.", None,
          choices=FORMS, default=False),
    EXPLAIN_FIELDS[-1],
)  # fmt: skip


def router(service: Service, releases: Releases, *, pinned: bool = False) -> APIRouter:
    """Return the route over a service.

    Args:
        service: What the routes share.
        releases: The release in force and those kept.
        pinned: Below an address that names the release.
    """
    routes = APIRouter(prefix=PINNED if pinned else PREFIX, tags=["Matrix"])

    documented = described(Explanation, FIELDS, example=examples.EXPLANATION)
    documented["responses"][200]["content"][media.PLOTLY_TYPE] = {"schema": {"type": "object"}}

    @routes.get(
        "/explain",
        operation_id="getExplanation",
        include_in_schema=not pinned,
        summary="Woraus sich die Lücke eines Gewerks zusammensetzt",
        **documented,
    )
    async def explain(request: Request) -> Response:
        release = await releases.of(request)
        here = base(request)
        values = query.read(request.scope["query_string"], FIELDS)
        form = media.one_of(FORMS, values, request.headers.get("accept", ""))
        trade, region = values["trade"][0], values["region"][0]
        release.entry("trades", trade)
        release.entry("regions", region)
        year = year_on_axis(values["year"][0], release.years)
        lang = language_of(values)
        text = canonical([("trade", [trade]), ("region", [region]), ("year", [year])], lang)

        def build() -> bytes:
            document = explanation(release, trade, region, year, lang)
            if form.name == "plotly":
                return explanation_figure(release, document, lang)
            place = canonical([("trade", [trade]), ("region", [region]), ("measure", ["gap"])], lang)
            links = {
                "self": f"{here}/explain?{text}",
                "series": f"{here}/series?{place}",
                "parameters": f"{here}/parameters",
                "sources": f"{here}/sources",
                "plotly": f"{here}/explain?{text}&format=plotly",
            }
            return orjson.dumps({**document, "links": links})

        return answer(
            request, service, release, text, build, media_type=form.media_type, lang=lang, pinned=pinned,
            headers=disposition(release, "explain", form),
            more=alternates(f"{here}/explain?{text}", form, FORMS),
        )  # fmt: skip

    return routes
