"""/connections: files that connect Power BI, Excel, Grafana, R, Python, DuckDB and web pages in a minute."""

from __future__ import annotations

from typing import Final

import orjson
from fastapi import APIRouter, Request, Response

from api import examples, query
from api.caching import told
from api.connecting import CONNECTIONS, address, filled
from api.documentation import PREFIX, described
from api.language import Text
from api.problems import INTERNAL, INVALID, NOT_READY, TOO_LONG, UNKNOWN_CODE, unknown_code
from api.query import LANG, language_of
from api.records import meta
from api.schemas import Entries
from api.service import Service
from api.table_schemas import JsonObject

CONNECTION: Final = Text("Eine Verbindung", "connection")
#: The address of the server stands in the file, so nothing on the way may keep it for another one.
UNSHARED: Final = {"Cache-Control": "private, no-cache"}


def router(service: Service) -> APIRouter:
    """Return the routes over a service."""
    routes = APIRouter(prefix=PREFIX, tags=["Verbindungen"])

    @routes.get(
        "/connections", operation_id="listConnections", summary="Fertige Verbindungen",
        **described(Entries, (LANG,), (INVALID, TOO_LONG, INTERNAL, NOT_READY), examples.CONNECTIONS),
    )  # fmt: skip
    async def many(request: Request) -> Response:
        release = service.release
        lang = language_of(query.read(request.scope["query_string"], (LANG,)))
        data = [
            {"name": one.name, "tool": one.tool, "title": one.title.of(lang), "media_type": one.media_type,
             "url": f"{PREFIX}/connections/{one.name}"}
            for one in CONNECTIONS.values()
        ]  # fmt: skip
        links = {"self": f"{PREFIX}/connections", "item": f"{PREFIX}/connections/{{name}}"}
        return told(request, orjson.dumps({"meta": meta(release, lang), "data": data, "links": links}), lang)

    problems = (UNKNOWN_CODE, INVALID, TOO_LONG, INTERNAL, NOT_READY)
    documented = described(JsonObject, (), problems)
    documented["responses"][200] = {
        "description": "Die Datei, mit der Adresse dieses Servers.",
        "content": {
            "text/plain": {"schema": {"type": "string"}},
            "application/yaml": {"schema": {"type": "object"}},
            "application/json": {"schema": {"type": "object"}, "example": examples.PBIDS},
        },
    }
    documented["openapi_extra"]["parameters"] = [
        {
            "name": "name", "in": "path", "required": True, "description": "Name der Datei.",
            "schema": {"type": "string", "enum": list(CONNECTIONS)}, "example": "fachkraeftematrix.pbids",
        }
    ]  # fmt: skip

    @routes.get(
        "/connections/{name}", operation_id="getConnection", summary="Eine fertige Verbindung", **documented
    )
    async def one(request: Request, name: str) -> Response:
        release = service.release
        query.read(request.scope["query_string"], ())
        if name not in CONNECTIONS:
            near = {code: f"{entry.tool} {entry.title.de}" for code, entry in CONNECTIONS.items()}
            raise unknown_code(CONNECTION, name if query.is_code(name) else "?", near)
        found = CONNECTIONS[name]
        base = address(str(request.scope.get("scheme", "http")), request.headers.get("host", ""))
        headers = {**UNSHARED, "Content-Disposition": f'attachment; filename="{name}"', "Vary": "Host"}
        return told(request, filled(found, release, base), "de", media_type=found.media_type, headers=headers)

    return routes
