"""How routes describe themselves in the OpenAPI document: by the same fields that check requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from api.problems import INTERNAL, INVALID, MEDIA_TYPE, NOT_READY, TOO_LONG, UNKNOWN_CODE, Kind
from api.query import Field
from api.schemas import ProblemDetails

PREFIX: Final = "/api/v1"
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
    {"name": "Katalog", "description": "Codes, Messgrößen, Annahmen, Quellen, Ereignisse, Modellkarten."},
    {"name": "Betrieb", "description": "Einstieg, Veröffentlichungen, Zustand des Dienstes."},
)


def described(
    model: type[BaseModel],
    fields: Sequence[Field],
    problems: Sequence[Kind] = (UNKNOWN_CODE, INVALID, TOO_LONG, INTERNAL, NOT_READY),
    example: Any = None,  # noqa: ANN401  (an example is any JSON value)
) -> dict[str, Any]:
    """Return the keyword arguments with which a route documents answer, parameters and problems."""
    success: dict[str, Any] = {"model": model, "description": "Antwort"}
    if example is not None:
        success["content"] = {"application/json": {"example": example}}
    return {
        "responses": {200: success, 304: {"description": "Unverändert (If-None-Match)"}}
        | {kind.status: _problem(kind) for kind in problems},
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
    shape = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(shape.pop("$defs", {}))
    schemas["ProblemDetails"] = shape
    return orjson.dumps(document)
