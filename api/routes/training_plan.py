"""GET /training-plan: courses, further training, masters and outlook, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request, Response

from api import examples, query
from api.caching import answer
from api.documentation import PREFIX, described
from api.language import Lang
from api.problems import unknown_code
from api.query import LANG, Field, Values, canonical, language_of
from api.records import meta
from api.release import NOUNS, Release
from api.schemas import Entries
from api.service import Service

LIMIT: Final = 5_000
KINDS: Final = ("module", "course", "training_year", "outlook", "master")
FILTERS: Final = ("trade", "region")
FIELDS: Final = (
    Field("trade", "code", "Nur diese Gewerke.", "A-24", many=True),
    Field("region", "code", "Nur diese Regionen.", "HWK-FF", many=True),
    Field("kind", "choice", "Nur Zeilen dieser Art.", "module", choices=KINDS),
    Field("year", "year", "Nur dieses Jahr.", 2030),
    Field("limit", "number", "Höchstens so viele Zeilen.", LIMIT, most=LIMIT),
    Field("offset", "number", "So viele passende Zeilen überspringen.", 0, most=10_000_000),
    LANG,
)


def matching(document: Mapping[str, Any], values: Values) -> list[Sequence[Any]]:
    """Return the rows of the plan that pass every filter, in the order of the table."""
    rows, columns = document["rows"], document["columns"]
    for name in (*FILTERS, "kind", "year"):
        if name in values:
            wanted = {int(text) for text in values[name]} if name == "year" else set(values[name])
            at = columns.index(name)
            rows = [row for row in rows if row[at] in wanted]
    return list(rows)


def labels(document: Mapping[str, Any], lang: Lang) -> dict[tuple[str, str], str]:
    """Return the names of modules and named courses by (kind, code)."""
    modules = {("module", entry["code"]): entry[f"name_{lang}"] for entry in document["modules"]}
    return modules | {("course", entry["code"]): entry["title"] for entry in document["courses"]}


def plan_body(release: Release, values: Values) -> bytes:
    """Return one page of the matching rows as records, notes and names in the language asked for."""
    lang = language_of(values)
    document = release.snapshot.documents["training_plan"]
    limit = int(values.get("limit", (str(LIMIT),))[0])
    offset = int(values.get("offset", ("0",))[0])
    rows = matching(document, values)
    page = rows[offset : offset + limit]
    names, notes = labels(document, lang), document["notes"]
    data = []
    for row in page:
        record = dict(zip(document["columns"], row, strict=True))
        record["note"] = notes[record["note"]][lang] or None
        data.append({**record, "label": names.get((record["kind"], record["code"])) or None})
    links = {"self": _address(values, offset)}
    if limit and offset + len(page) < len(rows):
        links["next"] = _address(values, offset + len(page))
    counts = {"total": len(rows), "returned": len(page), "limit": limit, "offset": offset}
    return orjson.dumps({"meta": meta(release, lang, **counts), "data": data, "links": links})


def _check(release: Release, values: Values) -> None:
    for name in FILTERS:
        known = release.names(f"{name}s")
        for code in values.get(name, ()):
            if code not in known:
                raise unknown_code(NOUNS[f"{name}s"], code, known)


def _address(values: Values, offset: int) -> str:
    pairs = [(name, values.get(name, ())) for name in (*FILTERS, "kind", "year", "limit")]
    text = canonical([*pairs, ("offset", [offset] if offset else [])], language_of(values))
    return f"{PREFIX}/training-plan" + (f"?{text}" if text else "")


def router(service: Service) -> APIRouter:
    """Return the route over a service."""
    routes = APIRouter(prefix=PREFIX, tags=["Matrix"])

    @routes.get(
        "/training-plan",
        operation_id="listTrainingPlan",
        summary="Schulungsplan: Lehrgänge, Fortbildung, Meister, Aussicht",
        **described(Entries, FIELDS, example=examples.TRAINING_PLAN),
    )
    async def training_plan(request: Request) -> Response:
        release = service.release
        values = query.read(request.scope["query_string"], FIELDS)
        _check(release, values)
        text = _address(values, int(values.get("offset", ("0",))[0]))
        return answer(
            request, service, release, text, lambda: plan_body(release, values), lang=language_of(values)
        )

    return routes
