"""How routes describe themselves in the OpenAPI document: by the same fields that check requests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api import examples
from api.caching import JSON
from api.problems import (
    INTERNAL,
    INVALID,
    MEDIA_TYPE,
    NOT_READY,
    TOO_LONG,
    TOO_MANY,
    UNKNOWN_CODE,
    Kind,
)
from api.query import CODE, Field
from api.schemas import ProblemDetails

PREFIX: Final = "/api/v1"
PATH_PARAMETERS: Final[dict[str, dict[str, Any]]] = {
    "snapshot_id": {
        "description": "Kennung eines aufbewahrten Standes aus /api/v1/snapshots.",
        "schema": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
        "example": "0f3a9c1b7d24e865",
    },
    "code": {
        "description": "Code aus der Liste ohne diesen Teil der Adresse.",
        "schema": {"type": "string", "pattern": f"^{CODE}$"},
    },
}
_IN_PATH = re.compile(r"{(\w+)}")
TITLE: Final = "Fachkräftematrix"
DESCRIPTION: Final = """\
Welche Fachkräfte ein Kammerbezirk braucht: Gewerk × Region × Jahr, jede Zahl mit Bandbreite und einer
Erklärung, deren Posten sich zur Lücke summieren.

* **Vorzeichen:** Lücke = Bedarf − Angebot; positiv heißt, es fehlen Fachkräfte.
* **Fehlende Zahlen** sind `null` mit einem Status, nie 0.
* **`lang`** ändert nur Bezeichnungen und Sätze, nie Zahlen, Codes oder Spaltennamen.
* **Fehler** folgen RFC 9457 (`application/problem+json`).
* **Haltbarkeit:** Innerhalb von v1 fällt nichts weg. Unbekannte neue Schlüssel bitte überlesen.
"""
TAGS: Final = (
    {
        "name": "Matrix",
        "description": "Zahlen: Matrix, Zeitreihe, Erklärung, gedruckte Ausgangszahlen.",
    },
    {"name": "Szenarien", "description": "Was wäre, wenn: mitgelieferte Szenarien und eigene Hebel."},
    {"name": "Katalog", "description": "Codes, Messgrößen, Annahmen, Quellen, Ereignisse, Modellkarten."},
    {
        "name": "Tabellen",
        "description": "Dieselben Zahlen in der Grammatik statistischer Ämter (PxWebApi 2).",
    },
    {
        "name": "Verbindungen",
        "description": "Fertige Dateien für Power BI, Excel, Grafana, R, Python, DuckDB.",
    },
    {"name": "Betrieb", "description": "Einstieg, Veröffentlichungen, Zustand des Dienstes."},
)


def described(
    model: Any,  # noqa: ANN401  (a shape or a union of shapes)
    fields: Sequence[Field],
    problems: Sequence[Kind] = (UNKNOWN_CODE, INVALID, TOO_LONG, INTERNAL, NOT_READY),
    example: Any = None,  # noqa: ANN401  (an example is any JSON value)
    media_type: str = JSON,
) -> dict[str, Any]:
    """Return the keyword arguments with which a route documents answer, parameters and problems.

    Args:
        model: Shape of the answer; for other media types than JSON it is an object of any shape.
        fields: Parameters.
        problems: What can go wrong; too many requests always can.
        example: Of the answer.
        media_type: Of the answer.
    """
    success: dict[str, Any] = {"description": "Antwort"}
    if media_type == JSON:
        success["model"] = model
    if media_type != JSON or example is not None:
        content: dict[str, Any] = {} if media_type == JSON else {"schema": {"type": "object"}}
        success["content"] = {media_type: content if example is None else {**content, "example": example}}
    return {
        "responses": {200: success, 304: {"description": "Unverändert (If-None-Match)"}}
        | {kind.status: _problem(kind) for kind in (*problems, TOO_MANY)},
        "openapi_extra": {"parameters": [field.document() for field in fields]},
    }


def _problem(kind: Kind) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    return {"description": kind.title.de, "content": {MEDIA_TYPE: {"schema": schema}}}


def openapi_bytes(app: FastAPI) -> bytes:
    """Return the OpenAPI document of the application, with the shape of problems in its components."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=[dict(tag) for tag in TAGS],
        servers=[{"url": "/", "description": "dieser Server"}],
    )
    for path, operations in document["paths"].items():
        for operation in operations.values():
            operation["parameters"] = _parameters(path, operation.get("parameters", []))
    shape = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(shape.pop("$defs", {}))
    schemas["ProblemDetails"] = shape
    return orjson.dumps(document)


def _parameters(path: str, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the parameters of an address once each, those in the address first and none of them missing."""
    known = {(one["in"], one["name"]): one for one in found}  # what a route says itself comes last and wins
    ordered: dict[tuple[str, str], dict[str, Any]] = {}
    for name in _IN_PATH.findall(path):
        default = {"in": "path", "required": True, **PATH_PARAMETERS.get(name, {}), "name": name}
        # a result needs accounts, which not every release holds
        if (
            name == "code"
            and not path.endswith("/result")
            and (shown := examples.CODES.get(path.split("/")[3]))
        ):
            default["example"] = shown
        given = known.get(("path", name), {})
        ordered["path", name] = {**given, **default} if "description" not in given else given
    return list({**ordered, **{key: one for key, one in known.items() if key not in ordered}}.values())
