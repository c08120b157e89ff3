"""The service itself: landing document, OpenAPI, kept snapshots, and whether it is alive and ready."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request, Response

from api import examples, query
from api.caching import CACHE_CONTROL, HEAD_KEY, HTML, JSON, answer, told
from api.documentation import PREFIX, TITLE, described
from api.drafts import PREFIX as DRAFTS
from api.drafts import Drafts
from api.language import Lang, Text
from api.metrics import MEDIA_TYPE as METRICS_TYPE
from api.pages.reference import reference
from api.pages.rendering import Pages
from api.problems import INTERNAL, INVALID, NOT_READY
from api.query import LANG, language_of
from api.records import meta
from api.release import Release
from api.schemas import Health, Landing, Snapshots
from api.security import Guard
from api.service import Service
from forecast.snapshot import SnapshotInfo, list_snapshots

SENTENCE: Final = Text(
    "Wie viele Fachkräfte welchem Gewerk fehlen: Gewerk × Region × Jahr, mit Bandbreite und Erklärung.",
    "How many skilled workers each trade lacks: trade × region × year, with ranges and an explanation.",
)
NO_STORE: Final = {"Cache-Control": "no-store"}
RESOURCES: Final = (
    "matrix", "series", "explain", "observations", "trades", "regions", "groups", "measures", "indicators",
    "parameters", "sources", "events", "scenarios", "cards", "snapshots", "training-need", "outlook",
    "succession", "courses", "further-training", "training-plan", "year-sums", "age-profiles",
    "past-forecasts", "backtests", "stay-curve",
    "world-checks", "error-record", "tables", "codelists", "config", "downloads", "connections",
    "catalog.jsonld", "datapackage.json",
)  # fmt: skip


def landing_document(release: Release, lang: Lang, before: str = "") -> dict[str, Any]:
    """Return where a caller can go from here.

    Args:
        release: The release in force.
        lang: Language of the texts.
        before: Id of the release kept from before; empty if there is none.
    """
    place = f"region={release.catalogue['default_region']}&year={release.catalogue['default_year']}"
    links = {"self": PREFIX, "openapi": f"{PREFIX}/openapi.json", "page": "/", "docs": "/docs"}
    links |= {name: f"{PREFIX}/{name}" for name in RESOURCES}
    links |= {"matrix_example": f"{PREFIX}/matrix?{place}", "ready": f"{PREFIX}/health/ready"}
    if before:
        links["difference"] = f"{PREFIX}/snapshots/{before}/difference?to={release.id}"
    return {"title": TITLE, "description": SENTENCE.of(lang), "meta": meta(release, lang), "links": links}


def snapshots_document(kept: Sequence[SnapshotInfo], current: str) -> dict[str, Any]:
    """Return the kept releases, each with its address and what has changed since.

    Args:
        kept: The releases, the oldest first.
        current: Id of the one in force.
    """
    data = []
    for info in kept:
        here = f"{PREFIX}/snapshots/{info.id}"
        links = {"self": here}
        if info.id != current:
            links["difference"] = f"{here}/difference?to={current}"
        data.append({"id": info.id, "is_current": info.id == current, **info.meta, "links": links})
    return {"meta": {"snapshot_id": current}, "data": data, "links": {"self": f"{PREFIX}/snapshots"}}


def health_router(service: Service, prefix: str, name: str) -> APIRouter:
    """Return liveness and readiness; at the root for orchestrators, below the API for clients."""
    routes = APIRouter(prefix=prefix, tags=["Betrieb"])

    @routes.get(
        "/health/live",
        operation_id=f"get{name}Liveness",
        summary="Lebt der Dienst?",
        **described(Health, (), (INTERNAL,), {"status": "alive"}),
    )
    async def live() -> Response:
        return Response(orjson.dumps({"status": "alive"}), media_type=JSON, headers=NO_STORE)

    @routes.get(
        "/health/ready",
        operation_id=f"get{name}Readiness",
        summary="Liegt ein geprüfter Stand vor?",
        **described(Health, (), (NOT_READY, INTERNAL), examples.READY),
    )
    async def ready() -> Response:
        release = service.release
        state = {
            "status": "ready",
            "snapshot_id": release.id,
            "as_of": release.catalogue["as_of"],
            "last_error": service.last_error,
        }
        return Response(orjson.dumps(state), media_type=JSON, headers=NO_STORE)

    return routes


def reference_router(openapi: Callable[[], bytes], pages: Pages) -> APIRouter:
    """Return the description of the interface as a page."""
    routes = APIRouter(include_in_schema=False)
    made: dict[str, bytes] = {}

    @routes.get("/docs")
    async def docs(request: Request) -> Response:
        lang = language_of(query.read(request.scope["query_string"], (LANG,)))
        if lang not in made:
            address = "/docs?lang=en" if lang == "de" else "/docs"
            made[lang] = pages.render(
                "reference.html", lang, address, reference(orjson.loads(openapi()), lang)
            )
        headers = {"Cache-Control": CACHE_CONTROL, "Content-Language": lang}
        return Response(made[lang], media_type=HTML, headers=headers)

    return routes


def protected_router(service: Service, guard: Guard, drafts: Drafts) -> APIRouter:
    """Return what needs a key: metrics, drafts, and looking for a newer release at once."""
    routes = APIRouter(include_in_schema=False)

    async def require(role: str, request: Request) -> None:
        await guard.require(role, request.scope[HEAD_KEY], (request.scope.get("client") or ("",))[0])

    @routes.get("/metrics")
    async def metrics(request: Request) -> Response:
        await require("operations", request)
        gauges = {
            "ready": ("Ein geprüfter Stand ist in Kraft", float(bool(service.release_id))),
            "snapshot_error": ("Der neueste Stand wurde abgelehnt", float(service.last_error is not None)),
            "cache_bytes": ("Speicher der fertigen Antworten", float(service.cache.size)),
        }
        text = service.metrics.text(gauges, {"snapshot": service.release_id, "code": service.fingerprint})
        return Response(text, media_type=METRICS_TYPE, headers=NO_STORE)

    @routes.get(DRAFTS)
    async def listed(request: Request) -> Response:
        await require("drafts", request)
        query.read(request.scope["query_string"], ())
        return Response(orjson.dumps({"data": await drafts.listed()}), media_type=JSON, headers=NO_STORE)

    @routes.post(f"{PREFIX}/operations/refresh")
    async def refresh(request: Request) -> Response:
        await require("operations", request)
        changed = await asyncio.to_thread(service.look, force=True)
        state = {"changed": changed, "snapshot_id": service.release_id, "last_error": service.last_error}
        return Response(orjson.dumps(state), media_type=JSON, headers=NO_STORE)

    return routes


def router(service: Service, openapi: Callable[[], bytes]) -> APIRouter:
    """Return landing, OpenAPI document and the list of snapshots.

    Args:
        service: What the routes share.
        openapi: Returns the document; called once, on the first request.
    """
    routes = APIRouter(prefix=PREFIX, tags=["Betrieb"])
    document: list[bytes] = []

    @routes.get(
        "",
        operation_id="getLanding",
        summary="Einstieg mit allen Adressen",
        **described(Landing, (LANG,), example=examples.LANDING),
    )
    async def landing(request: Request) -> Response:
        lang = language_of(query.read(request.scope["query_string"], (LANG,)))
        release = service.release
        kept = await asyncio.to_thread(list_snapshots, service.settings.snapshot_root)
        before = next((info.id for info in reversed(kept) if info.id != release.id), "")
        return answer(
            request, service, release, f"before={before}",
            lambda: orjson.dumps(landing_document(release, lang, before)), lang=lang,
        )  # fmt: skip

    @routes.get("/openapi.json", include_in_schema=False)
    async def openapi_json(request: Request) -> Response:
        query.read(request.scope["query_string"], ())
        if not document:
            document.append(openapi())
        return Response(document[0], media_type=JSON, headers={"Cache-Control": CACHE_CONTROL})

    @routes.get(
        "/snapshots",
        operation_id="listSnapshots",
        summary="Aufbewahrte Veröffentlichungen",
        **described(Snapshots, (LANG,), (INVALID, INTERNAL, NOT_READY), examples.SNAPSHOTS),
    )
    async def snapshots(request: Request) -> Response:
        query.read(request.scope["query_string"], (LANG,))
        current = service.release.id
        kept = await asyncio.to_thread(list_snapshots, service.settings.snapshot_root)
        return told(request, orjson.dumps(snapshots_document(kept, current)), "de")

    return routes
