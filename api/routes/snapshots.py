"""Kept releases: one of them, and the difference between two."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request, Response

from api import examples, query
from api.caching import answer
from api.difference import changes
from api.documentation import PREFIX, described
from api.language import Text
from api.pinned import Releases
from api.problems import INTERNAL, INVALID, NOT_READY, SELECTION, TOO_LONG, UNKNOWN_CODE, Problem
from api.query import LANG, Field, language_of
from api.records import meta
from api.release import Release
from api.schemas import Difference, Entry
from api.selection import Selection
from api.selection_fields import MEASURES_FIELD, PAGE_ROWS, REGIONS_FIELD, TRADES_FIELD, YEARS_FIELD
from api.service import Service

PROBLEMS: Final = (UNKNOWN_CODE, INVALID, TOO_LONG, INTERNAL, NOT_READY)
TO: Final = Field("to", "code", "Der spätere Stand; ohne Angabe der geltende.", None)
FIELDS: Final = (
    TO,
    replace(REGIONS_FIELD, required=False, unless=()),
    replace(YEARS_FIELD, required=False, description="Jahre; ohne Angabe vom Ausgangsjahr bis zum Horizont."),
    TRADES_FIELD,
    MEASURES_FIELD,
    LANG,
)
PINNED: Final = (
    "matrix",
    "series",
    "explain",
    "observations",
    "training-need",
    "outlook",
    "succession",
    "courses",
    "further-training",
    "trades",
    "regions",
    "measures",
    "indicators",
    "parameters",
    "sources",
    "events",
    "scenarios",
    "cards",
)


def snapshot_document(release: Release, current: str) -> dict[str, Any]:
    """Return what a release is: run, axes, files, and where its numbers are."""
    here = f"{PREFIX}/snapshots/{release.id}"
    axes = release.snapshot.axes
    return {
        "id": release.id,
        "is_current": release.id == current,
        **release.snapshot.meta,
        "axes": {"regions": len(axes.regions), "trades": len(release.trades), "measures": list(axes.measures),
                 "years": [axes.years[0], axes.years[-1]]},
        "files": [
            {"name": name, **entry} for name, entry in sorted(release.snapshot.manifest["files"].items())
        ],
        "links": {name: f"{here}/{name}" for name in PINNED} | {"difference": f"{here}/difference"},
    }  # fmt: skip


def difference_body(before: Release, after: Release, chosen: Selection) -> bytes:
    """Return the changed cells, with how many were compared."""
    found = changes(before, after, chosen)
    lang = chosen.lang
    return orjson.dumps(
        {
            "meta": {
                **meta(after, lang),
                "compared_with": before.id,
                "compared_as_of": before.catalogue["as_of"],
                "compared": chosen.total,
                "changed": len(found),
            },
            "data": found,
            "links": {"from": f"{PREFIX}/snapshots/{before.id}", "to": f"{PREFIX}/snapshots/{after.id}"},
        }
    )


def router(service: Service, releases: Releases) -> APIRouter:
    """Return the routes over a service."""
    routes = APIRouter(prefix=PREFIX, tags=["Betrieb"])

    @routes.get(
        "/snapshots/{snapshot_id}", operation_id="getSnapshot", summary="Ein aufbewahrter Stand",
        **described(Entry, (LANG,), PROBLEMS, examples.SNAPSHOT),
    )  # fmt: skip
    async def one(request: Request, snapshot_id: str) -> Response:
        release = await releases.named(snapshot_id)
        current = service.release.id
        lang = language_of(query.read(request.scope["query_string"], (LANG,)))
        body = {
            "meta": meta(release, lang),
            "data": snapshot_document(release, current),
            "links": {"self": f"{PREFIX}/snapshots/{release.id}", "collection": f"{PREFIX}/snapshots"},
        }
        return answer(request, service, release, f"current={current}", lambda: orjson.dumps(body), lang=lang)

    @routes.get(
        "/snapshots/{snapshot_id}/difference",
        operation_id="getSnapshotDifference",
        summary="Was sich zwischen zwei Ständen geändert hat",
        **described(Difference, FIELDS, (UNKNOWN_CODE, SELECTION, *PROBLEMS[1:]), examples.DIFFERENCE),
    )
    async def difference(request: Request, snapshot_id: str) -> Response:
        values = query.read(request.scope["query_string"], FIELDS)
        before = await releases.named(snapshot_id)
        after = await releases.named(values["to"][0]) if "to" in values else service.release
        chosen = Selection.of(values, after, measures=after.default_measures)
        if chosen.total > PAGE_ROWS:
            raise Problem(SELECTION, Text(
                f"Verglichen werden höchstens {PAGE_ROWS} Zellen; verlangt sind {chosen.total}.",
                f"At most {PAGE_ROWS} cells are compared; {chosen.total} are asked for.",
            ))  # fmt: skip
        body = await asyncio.to_thread(difference_body, before, after, chosen)
        text = f"from={before.id}&{chosen.text}"
        return answer(request, service, after, text, lambda: body, lang=chosen.lang)

    return routes
