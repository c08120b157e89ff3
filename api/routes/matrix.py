"""GET /matrix and GET /series: flat records for a region and a year, or for one trade through all years."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response

from api import examples, query, records
from api.caching import answer
from api.documentation import PREFIX, described
from api.query import MATRIX_FIELDS, SERIES_FIELDS, MatrixQuery, canonical, language_of
from api.records import meta, region_head, trade_head
from api.release import Release
from api.schemas import Records
from api.service import Service


def matrix_records(release: Release, asked: MatrixQuery) -> list[records.Record]:
    """Return the records of a matrix query: the one source of the numbers for JSON and pages."""
    return records.records(release, asked.region, asked.trades, asked.measures, [asked.year], asked.lang)


def matrix_body(release: Release, asked: MatrixQuery) -> bytes:
    """Return the JSON answer to a matrix query."""
    place = canonical([("region", [asked.region]), ("year", [asked.year])], asked.lang)
    return orjson.dumps(
        {
            "meta": meta(
                release, asked.lang, region=region_head(release, asked.region, asked.lang), year=asked.year
            ),
            "data": matrix_records(release, asked),
            "links": {
                "self": f"{PREFIX}/matrix?{asked.text}",
                "page": f"/?{place}",
                "trades": f"{PREFIX}/trades",
                "measures": f"{PREFIX}/measures",
                "sources": f"{PREFIX}/sources",
            },
        }
    )


def series_body(release: Release, values: query.Values, text: str) -> bytes:
    """Return the JSON answer to a series query whose codes are known."""
    lang = language_of(values)
    trade, region, measure = (values[name][0] for name in ("trade", "region", "measure"))
    explain = canonical([("trade", [trade]), ("region", [region]), ("year", [release.years[-1]])], lang)
    return orjson.dumps(
        {
            "meta": meta(
                release,
                lang,
                region=region_head(release, region, lang),
                trade=trade_head(release, trade, lang),
                measure=measure,
            ),
            "data": records.records(release, region, [trade], [measure], release.years, lang),
            "links": {"self": f"{PREFIX}/series?{text}", "explain": f"{PREFIX}/explain?{explain}"},
        }
    )


def router(service: Service) -> APIRouter:
    """Return the two routes over a service."""
    routes = APIRouter(prefix=PREFIX, tags=["Matrix"])

    @routes.get(
        "/matrix",
        operation_id="getMatrix",
        summary="Die Matrix einer Region in einem Jahr",
        **described(Records, MATRIX_FIELDS, example=examples.MATRIX),
    )
    async def matrix(request: Request) -> Response:
        release = service.release
        asked = MatrixQuery.of(query.read(request.scope["query_string"], MATRIX_FIELDS), release)
        return answer(
            request, service, release, asked.text, lambda: matrix_body(release, asked), lang=asked.lang
        )

    @routes.get(
        "/series",
        operation_id="getSeries",
        summary="Eine Messgröße eines Gewerks durch alle Jahre",
        **described(Records, SERIES_FIELDS, example=examples.SERIES),
    )
    async def series(request: Request) -> Response:
        release = service.release
        values = query.read(request.scope["query_string"], SERIES_FIELDS)
        for name in ("trade", "region", "measure"):
            release.entry(f"{name}s", values[name][0])
        lang = language_of(values)
        text = canonical([(name, values[name]) for name in ("trade", "region", "measure")], lang)
        return answer(request, service, release, text, lambda: series_body(release, values, text), lang=lang)

    return routes
