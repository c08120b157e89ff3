"""Questions «what if»: asked with levers, shared by id, and the shipped scenarios with their results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from api import examples, query, what_if_examples
from api.bodies import read_object
from api.caching import JSON, answer
from api.delivery import HEAVY_FORMS
from api.documentation import PREFIX, described
from api.formats import media
from api.language import Text
from api.levers import COMMON, KINDS
from api.overrides import MOST as MOST_OVERRIDES
from api.pinned import PINNED, Releases
from api.problems import (
    BUSY,
    INTERNAL,
    INVALID,
    MEDIA,
    NOT_FOUND,
    SELECTION,
    TOO_LONG,
    UNKNOWN_CODE,
    Fault,
    Problem,
)
from api.query import LANG, Field, invalid, is_code, language_of
from api.questions import FIELDS, MOST_CODES, MOST_LEVERS, MOST_SCENARIOS, is_id
from api.routes.catalogue import entry_body
from api.schemas import Entry
from api.service import Service
from api.what_if_formats import FORMS
from api.what_if_schemas import WhatIfAnswer
from api.what_ifs import WhatIfs

FORMAT: Final = Field(
    "format", "choice", "Format; sonst entscheidet Accept, ohne beides JSON. Beiträge der Hebel nur in JSON.",
    None, choices=FORMS, default=False,
)  # fmt: skip
READING: Final = (UNKNOWN_CODE, INVALID, TOO_LONG, SELECTION, INTERNAL, BUSY)
ASKING: Final = (UNKNOWN_CODE, SELECTION, MEDIA, INVALID, TOO_LONG, INTERNAL, BUSY)
RESULT_FIELDS: Final = (
    Field("region", "code", "Regionen mit Konten; ohne Angabe der eigene Bezirk.", "HWK-FF", many=True),
    Field("trade", "code", "Gewerke; ohne Angabe alle mit Konten.", "A-24", many=True),
    Field("year", "year", "Jahre der Konten, auch nach dem letzten des Standes.", "2035", many=True),
    Field(
        "measure",
        "code",
        "Messgrößen; ohne Angabe Bedarf, Angebot, Lücke, Ausbildungsbedarf.",
        "gap",
        many=True,
    ),
    Field(
        "contributions",
        "choice",
        "Ob der Beitrag jedes Hebels genannt wird.",
        "true",
        choices=("true", "false"),
    ),
    FORMAT,
    LANG,
)
PLURAL: Final = {"region": "regions", "trade": "trades", "measure": "measures"}
_CODES: Final[dict[str, Any]] = {
    "type": "array",
    "items": {"type": "string"},
    "minItems": 1,
    "maxItems": MOST_CODES,
}


ONLY_ANSWERS: Final = (
    Text(
        "Ein Szenario des Katalogs ist ein Eintrag; in anderen Formaten gibt es sein Ergebnis (…/result).",
        "A scenario of the catalogue is an entry; other formats exist for its result (…/result).",
    ),
    Text("format=json", "format=json"),
)


def in_all_formats(documented: dict[str, Any]) -> dict[str, Any]:
    """Add the other formats to the description of a successful answer."""
    content = documented["responses"][200].setdefault("content", {})
    for name in FORMS[1:]:
        kind = media.FORMATS[name].media_type.partition(";")[0]
        binary = {"contentEncoding": "binary"} if name in HEAVY_FORMS else {}
        content[kind] = {"schema": {"type": "string", **binary}}
    content[media.FORMATS["json-stat"].media_type] = {"schema": {"type": "object"}}
    return documented


AMOUNT_SCHEMA: Final[dict[str, Any]] = {
    "description": "Eine Zahl, oder value mit low und high: daraus wird je Ziehung eine gezogen.",
    "oneOf": [
        {"type": "number"},
        {
            "type": "object", "additionalProperties": False, "required": ["value"],
            "properties": {name: {"type": "number"} for name in ("value", "low", "high")},
        },
    ],
}  # fmt: skip


OVERRIDE_SCHEMA: Final[dict[str, Any]] = {
    "description": "Eine Annahme mit anderem Wert; Namen und Spannen stehen in /parameters (override_range).",
    "type": "object", "additionalProperties": False, "required": ["name", "value"],
    "properties": {
        "name": {"type": "string"}, "value": {"type": "number"},
        "key": {"type": "object", "additionalProperties": {"type": ["string", "number"]}},
        "low": {"type": "number"}, "high": {"type": "number"},
    },
}  # fmt: skip


def lever_schema(kind: str) -> dict[str, Any]:
    """Return the JSON schema of one kind of lever."""
    names = (*KINDS[kind].required, *KINDS[kind].optional)
    properties: dict[str, Any] = {
        "kind": {"const": kind, "title": KINDS[kind].name_de},
        "cause": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$"},
        "trades": _CODES, "regions": _CODES,
        "from_year": {"type": "integer"}, "ramp_years": {"type": "integer", "minimum": 1, "maximum": 50},
    }  # fmt: skip
    return {
        "type": "object", "additionalProperties": False,
        "required": ["kind", "from_year", *KINDS[kind].required],
        "properties": {**{name: properties[name] for name in COMMON}, **dict.fromkeys(names, AMOUNT_SCHEMA)},
    }  # fmt: skip


def question_schema() -> dict[str, Any]:
    """Return the JSON schema of the body."""
    levers = [lever_schema(kind) for kind in KINDS]
    properties: dict[str, Any] = {
        "snapshot_id": {"type": "string", "pattern": "^[0-9a-f]{16}$", "description": "Ein Stand."},
        "scenarios": {"type": "array", "items": {"type": "string"}, "maxItems": MOST_SCENARIOS},
        "levers": {"type": "array", "items": {"oneOf": levers}, "maxItems": MOST_LEVERS},
        "overrides": {"type": "array", "items": OVERRIDE_SCHEMA, "maxItems": MOST_OVERRIDES},
        "regions": _CODES, "trades": _CODES,
        "years": {"type": "array", "items": {"type": "integer"}, "minItems": 1},
        "measures": _CODES,
        "contributions": {"type": "boolean", "default": True},
    }  # fmt: skip
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: properties[name] for name in FIELDS},
    }


def router(service: Service, releases: Releases, what_ifs: WhatIfs) -> APIRouter:
    """Return the routes.

    Args:
        service: What the routes share.
        releases: The release in force and those kept.
        what_ifs: Answers questions.
    """
    routes = APIRouter(prefix=PREFIX, tags=["Szenarien"])
    _ask(routes, what_ifs)
    _read(routes, service, releases, what_ifs)
    _result(routes, releases, what_ifs)
    return routes


def results_router(releases: Releases, what_ifs: WhatIfs, *, pinned: bool) -> APIRouter:
    """Return the route of results of shipped scenarios alone, below an address that names the release.

    Args:
        releases: The release in force and those kept.
        what_ifs: Answers questions.
        pinned: Whether the address names the release.
    """
    routes = APIRouter(prefix=PINNED if pinned else PREFIX, tags=["Szenarien"])
    _result(routes, releases, what_ifs)
    return routes


def _ask(routes: APIRouter, what_ifs: WhatIfs) -> None:
    documented = in_all_formats(described(WhatIfAnswer, (FORMAT, LANG), ASKING, what_if_examples.WHAT_IF))
    del documented["responses"][304]
    documented["openapi_extra"]["requestBody"] = {
        "required": True,
        "content": {JSON: {"schema": question_schema(), "example": what_if_examples.QUESTION}},
    }

    @routes.post(
        "/scenarios",
        operation_id="askWhatIf",
        summary="Was wäre, wenn: Szenarien und eigene Hebel",
        **documented,
    )
    async def ask(request: Request) -> Response:
        values = query.read(request.scope["query_string"], (FORMAT, LANG))
        form = media.one_of(FORMS, values, request.headers.get("accept", ""))
        return await what_ifs.posted(request, await read_object(request), language_of(values), form)


def _read(routes: APIRouter, service: Service, releases: Releases, what_ifs: WhatIfs) -> None:
    @routes.get(
        "/scenarios/{code}",
        operation_id="getScenario",
        summary="Ein mitgeliefertes Szenario, oder die Antwort auf eine Frage unter ihrer Kennung",
        **in_all_formats(
            described(Entry | WhatIfAnswer, (FORMAT, LANG), READING, examples.entry("scenarios"))
        ),
    )
    async def one(request: Request, code: str) -> Response:
        values = query.read(request.scope["query_string"], (FORMAT, LANG))
        lang = language_of(values)
        if is_id(code):
            form = media.one_of(FORMS, values, request.headers.get("accept", ""))
            return await what_ifs.kept(request, code, lang, form)
        if not is_code(code):
            raise Problem(NOT_FOUND)
        release = await releases.of(request)
        release.entry("scenarios", code)
        if values.get("format", FORMS[:1]) != FORMS[:1]:
            raise invalid([Fault("format", *ONLY_ANSWERS)])
        return answer(
            request, service, release, "", lambda: entry_body(release, "scenarios", code, lang), lang=lang
        )


def _result(routes: APIRouter, releases: Releases, what_ifs: WhatIfs) -> None:
    pinned = routes.prefix != PREFIX

    @routes.get(
        "/scenarios/{code}/result",
        operation_id="getScenarioResult",
        summary="Was ein mitgeliefertes Szenario ergibt, neben der Basis",
        include_in_schema=not pinned,
        **in_all_formats(described(WhatIfAnswer, RESULT_FIELDS, READING, what_if_examples.WHAT_IF)),
    )
    async def result(request: Request, code: str) -> Response:
        values = query.read(request.scope["query_string"], RESULT_FIELDS)
        if not is_code(code):
            raise Problem(NOT_FOUND)
        release = await releases.of(request)
        release.entry("scenarios", code)
        body: dict[str, Any] = {"scenarios": [code]}
        body |= {PLURAL[name]: list(values[name]) for name in PLURAL if name in values}
        if "year" in values:
            body["years"] = [int(year) for year in values["year"]]
        body["contributions"] = values.get("contributions", ("true",)) != ("false",)
        try:
            form = media.one_of(FORMS, values, request.headers.get("accept", ""))
            return await what_ifs.shipped(request, release, body, language_of(values), form, pinned=pinned)
        except Problem as problem:
            raise _in_query(problem) from None


def _in_query(problem: Problem) -> Problem:
    """Point at the parameters instead of the fields of a body."""
    faults: Sequence[Fault] = [_fault(fault) for fault in problem.faults]
    detail: Text = problem.detail
    return Problem(problem.kind, detail, faults=faults, near=problem.near, headers=problem.headers)


def _fault(fault: Fault) -> Fault:
    name = {"years": "year", **{many: one for one, many in PLURAL.items()}}.get(
        fault.parameter, fault.parameter
    )
    return Fault(name, fault.detail, fault.expected)
