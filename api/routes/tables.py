"""/tables, /codelists and /config: the same cells in the grammar of statistical offices (PxWebApi 2)."""

from __future__ import annotations

from typing import Any, Final

import orjson
from fastapi import APIRouter, Request, Response

from api import bodies, examples, limits, query, questions, what_if_formats, what_ifs
from api.caching import answer
from api.delivery import HEAVY_AT_ONCE, HEAVY_WAITING, Deliverer, Resource
from api.documentation import PREFIX, TITLE, described
from api.formats import jsonstat, media
from api.formats.jsonstat import DIMENSIONS
from api.formats.plotly import MOST_LINES, MOST_ROWS
from api.language import LANGUAGES, Text
from api.pinned import PINNED, Releases, base
from api.problems import (
    INTERNAL,
    INVALID,
    NOT_READY,
    SELECTION,
    TOO_LONG,
    UNKNOWN_CODE,
    Problem,
    unknown_code,
)
from api.query import LANG, MAX_FIELDS, MAX_QUERY_BYTES, language_of
from api.release import Release
from api.routes.matrix import MORE, TOPICS, topic_measures, with_formats
from api.selection_fields import FORMATS, PAGE_ROWS, WHOLE_ROWS
from api.service import Service
from api.table_schemas import Codelist, Codelists, Config, JsonStat, TableEntry, TableList
from api.tables import OUTPUT, TableInfo, codelists, select, whole

TABLE: Final = Text("Eine Tabelle", "table")
CODELIST: Final = Text("Eine Codeliste", "code list")
PROBLEMS: Final = (UNKNOWN_CODE, INVALID, TOO_LONG, INTERNAL, NOT_READY)
SELECTIONS: Final = [
    {
        "name": f"valueCodes[{name}]",
        "in": "query",
        "required": False,
        "description": f"Codes von {name}: Liste, *, TOP(n), BOTTOM(n), FROM(x), TO(x), RANGE(x,y).",
        "schema": {"type": "string"},
        "example": example,
    }
    for name, example in zip(DIMENSIONS, ("HWK-FF", "A-*", "gap", "RANGE(2026,2035)", "value"), strict=True)
]
OUTPUT_FORMAT: Final = {
    "name": "outputFormat",
    "in": "query",
    "required": False,
    "description": "Format der Daten.",
    "schema": {"type": "string", "enum": list(OUTPUT), "default": "json-stat2"},
    "example": "json-stat2",
}


FORMAT: Final = {
    "name": "format",
    "in": "query",
    "required": False,
    "description": "Dasselbe wie outputFormat, in den Namen der anderen Adressen.",
    "schema": {"type": "string", "enum": list(FORMATS)},
}


def tables_of(release: Release) -> dict[str, TableInfo]:
    """Return id → table: the whole matrix, and one per topic the release has measures for."""
    found = {"matrix": TableInfo("matrix", Text("Fachkräftematrix", "Skills matrix"), release.measures)}
    for name, _, title in TOPICS:
        measures = topic_measures(release, name)
        if measures:
            found[name] = TableInfo(name, title, measures, MORE.get(name, ()))
    return found


def table_of(release: Release, identity: str) -> TableInfo:
    """Return a table.

    Raises:
        Problem: 404 naming similar tables.
    """
    tables = tables_of(release)
    if identity not in tables:
        known = {name: table.title.de for name, table in tables.items()}
        raise unknown_code(TABLE, identity if query.is_code(identity) else "?", known)
    return tables[identity]


def config(service: Service) -> dict[str, Any]:
    """Return the published limits, in the words of PxWebApi 2 and our own."""
    per_minute = getattr(service.settings, "requests_per_minute", 0)
    return {
        "apiVersion": "2.0",
        "title": TITLE,
        "languages": [{"id": lang, "label": {"de": "Deutsch", "en": "English"}[lang]} for lang in LANGUAGES],
        "defaultLanguage": LANGUAGES[0],
        "maxDataCells": WHOLE_ROWS,
        "maxCallsPerTimeWindow": per_minute or None,
        "timeWindow": 60,
        "defaultDataFormat": "json-stat2",
        "dataFormats": list(OUTPUT),
        "limits": {
            "rows_per_page": PAGE_ROWS,
            "rows_in_one_piece": WHOLE_ROWS,
            "query_bytes": MAX_QUERY_BYTES,
            "query_parameters": MAX_FIELDS,
            "body_bytes": limits.MAX_BODY_BYTES,
            "body_keys": bodies.MAX_COLONS,
            "body_keys_per_object": bodies.MAX_MEMBERS,
            "head_bytes": limits.MAX_HEAD_BYTES,
            "seconds_to_send_a_request": int(limits.REQUEST_SECONDS),
            "large_answers_at_once": HEAVY_AT_ONCE,
            "large_answers_waiting": HEAVY_WAITING,
            "lines_of_a_figure": MOST_LINES,
            "rows_of_a_figure": MOST_ROWS,
        },
        "whatIf": {
            "formats": list(what_if_formats.FORMS),
            "limits": {
                "records": what_ifs.MOST_RECORDS,
                "seconds": what_ifs.MOST_SECONDS,
                "levers": questions.MOST_LEVERS,
                "scenarios": questions.MOST_SCENARIOS,
                "codes_per_list": questions.MOST_CODES,
                "body_bytes": limits.MAX_BODY_BYTES,
                "regions_in_the_quick_lane": what_ifs.SMALL_REGIONS,
                "waiting_in_the_quick_lane": what_ifs.SMALL_WAITING,
                "waiting_in_the_slow_lane": what_ifs.LARGE_WAITING,
            },
        },
        "links": {
            "self": f"{PREFIX}/config",
            "openapi": f"{PREFIX}/openapi.json",
            "tables": f"{PREFIX}/tables",
        },
    }


def router(service: Service, releases: Releases, deliverer: Deliverer, *, pinned: bool = False) -> APIRouter:
    """Return the routes over a service.

    Args:
        service: What the routes share.
        releases: The release in force and those kept.
        deliverer: Builds the data of a table.
        pinned: Below an address that names the release.
    """
    routes = APIRouter(prefix=PINNED if pinned else PREFIX, tags=["Tabellen"])
    if not pinned:
        _config(routes, service)
    _lists(routes, service, releases)
    _tables(routes, service, releases)
    _data(routes, releases, deliverer)
    return routes


def _config(routes: APIRouter, service: Service) -> None:
    @routes.get(
        "/config",
        operation_id="getConfig",
        summary="Veröffentlichte Grenzen und Formate",
        **described(Config, (), (INVALID, INTERNAL), examples.CONFIG),
    )
    async def get_config(request: Request) -> Response:
        query.read(request.scope["query_string"], ())
        release = service.release
        return answer(request, service, release, "", lambda: orjson.dumps(config(service)))


def _lists(routes: APIRouter, service: Service, releases: Releases) -> None:
    pinned = routes.prefix != PREFIX

    @routes.get(
        "/codelists",
        operation_id="listCodelists",
        summary="Codelisten",
        include_in_schema=not pinned,
        **described(Codelists, (LANG,), PROBLEMS, examples.CODELISTS),
    )
    async def lists(request: Request) -> Response:
        release = await releases.of(request)
        lang = language_of(query.read(request.scope["query_string"], (LANG,)))

        def build() -> bytes:
            kept = ("id", "label", "type", "of", "links")
            found = codelists(release, lang, base(request)).values()
            data = [{name: one[name] for name in kept} for one in found]
            return orjson.dumps({"language": lang, "codelists": data})

        return answer(request, service, release, "", build, lang=lang, pinned=pinned)

    @routes.get(
        "/codelists/{code}",
        operation_id="getCodelist",
        summary="Eine Codeliste mit Bezeichnungen",
        include_in_schema=not pinned,
        **described(Codelist, (LANG,), PROBLEMS, examples.CODELIST),
    )
    async def one_list(request: Request, code: str) -> Response:
        release = await releases.of(request)
        lang = language_of(query.read(request.scope["query_string"], (LANG,)))
        found = codelists(release, lang, base(request))
        if code not in found:
            raise unknown_code(CODELIST, code if query.is_code(code) else "?", dict.fromkeys(found, ""))
        body = found[code]
        return answer(request, service, release, "", lambda: orjson.dumps(body), lang=lang, pinned=pinned)


def _tables(routes: APIRouter, service: Service, releases: Releases) -> None:
    pinned = routes.prefix != PREFIX

    @routes.get(
        "/tables",
        operation_id="listTables",
        summary="Tabellen der Veröffentlichung",
        include_in_schema=not pinned,
        **described(TableList, (LANG,), PROBLEMS, examples.TABLES),
    )
    async def tables(request: Request) -> Response:
        release = await releases.of(request)
        lang = language_of(query.read(request.scope["query_string"], (LANG,)))
        here = base(request)

        def build() -> bytes:
            found = [table.document(release, lang, here) for table in tables_of(release).values()]
            page = {"pageNumber": 1, "pageSize": len(found), "totalElements": len(found), "totalPages": 1}
            links = [{"rel": "self", "hreflang": lang, "href": f"{here}/tables"}]
            return orjson.dumps({"language": lang, "tables": found, "page": page, "links": links})

        return answer(request, service, release, "", build, lang=lang, pinned=pinned)

    @routes.get(
        "/tables/{code}",
        operation_id="getTable",
        summary="Eine Tabelle",
        include_in_schema=not pinned,
        **described(TableEntry, (LANG,), PROBLEMS, examples.TABLE),
    )
    async def table(request: Request, code: str) -> Response:
        release = await releases.of(request)
        lang = language_of(query.read(request.scope["query_string"], (LANG,)))
        found = table_of(release, code)
        body = {"language": lang, **found.document(release, lang, base(request))}
        return answer(request, service, release, "", lambda: orjson.dumps(body), lang=lang, pinned=pinned)

    @routes.get(
        "/tables/{code}/metadata",
        operation_id="getTableMetadata",
        summary="Dimensionen und Codes einer Tabelle",
        include_in_schema=not pinned,
        **described(JsonStat, (LANG,), PROBLEMS, examples.JSON_STAT),
    )
    async def metadata(request: Request, code: str) -> Response:
        release = await releases.of(request)
        lang = language_of(query.read(request.scope["query_string"], (LANG,)))
        found = table_of(release, code)

        def build() -> bytes:
            return orjson.dumps(jsonstat.head(release, whole(release, found, lang), found.title.of(lang)))

        return answer(request, service, release, "", build, lang=lang, pinned=pinned)


def _data(routes: APIRouter, releases: Releases, deliverer: Deliverer) -> None:
    pinned = routes.prefix != PREFIX
    data_described = with_formats(
        described(JsonStat, (), (UNKNOWN_CODE, SELECTION, *PROBLEMS[1:]), examples.JSON_STAT)
    )
    data_described["openapi_extra"]["parameters"] = [*SELECTIONS, OUTPUT_FORMAT, FORMAT, LANG.document()]

    @routes.get(
        "/tables/{code}/data",
        operation_id="getTableData",
        summary="Daten einer Tabelle",
        include_in_schema=not pinned,
        **data_described,
    )
    async def data(request: Request, code: str) -> Response:
        release = await releases.of(request)
        found = table_of(release, code)
        chosen, form = select(release, found, request.scope["query_string"])
        if chosen.stop < chosen.total:
            raise Problem(SELECTION)
        shown = Resource(found.id, found.title, lambda *_: {})
        return await deliverer.deliver(request, release, shown, chosen, media.FORMATS[form], pinned=pinned)
