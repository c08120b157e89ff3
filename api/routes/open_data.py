"""Whole downloads, the catalogue for open-data portals, the descriptor of the data package."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from api import examples, query
from api.caching import CACHE_CONTROL, answer, matches, told
from api.documentation import PREFIX, described
from api.downloads import FOLDER, STEM, XLSX_ROWS, Downloads, File, files, offered
from api.heads import ranges_within
from api.language import Lang, Text
from api.packages import catalogue, datapackage
from api.pinned import PINNED, Releases, base
from api.problems import (
    INTERNAL,
    INVALID,
    NOT_READY,
    OUT_OF_RANGE,
    SELECTION,
    TOO_LONG,
    UNKNOWN_CODE,
    Problem,
    unknown_code,
)
from api.query import LANG, language_of
from api.records import meta
from api.release import Release
from api.schemas import Entries
from api.service import Service
from api.table_schemas import JsonObject

DOWNLOAD: Final = Text("Einen Download", "download")
PROBLEMS: Final = (INVALID, TOO_LONG, INTERNAL, NOT_READY)


def listed(release: Release, lang: Lang, downloads: Downloads, here: str = PREFIX) -> list[dict[str, Any]]:
    """Return the whole downloads below an address; size and hash of those already made."""
    found = []
    for file in offered(release).values():
        made = downloads.made(release, file)
        entry: dict[str, Any] = {
            "name": file.name,
            "title": file.title.of(lang),
            "media_type": file.media_type,
            "file_type": file.file_type,
            "url": f"{here}/{FOLDER}/{file.name}",
        }
        found.append(entry | ({"bytes": made.size, "sha256": made.sha256} if made else {}))
    return found


def router(service: Service, releases: Releases, *, pinned: bool = False) -> APIRouter:
    """Return the routes over a service.

    Args:
        service: What the routes share.
        releases: The release in force and those kept.
        pinned: Below an address that names the release.
    """
    routes = APIRouter(prefix=PINNED if pinned else PREFIX, tags=["Katalog"])
    downloads = Downloads(service.settings.snapshot_root, service.fingerprint)
    _describing(routes, service, releases, downloads)
    _sending(routes, service, releases, downloads)
    return routes


def _describing(routes: APIRouter, service: Service, releases: Releases, downloads: Downloads) -> None:
    pinned = routes.prefix != PREFIX

    @routes.get(
        "/catalog.jsonld", operation_id="getCatalog", summary="Katalog für Datenportale (DCAT-AP.de)",
        include_in_schema=not pinned,
        **described(JsonObject, (LANG,), PROBLEMS, examples.CATALOG, "application/ld+json"),
    )  # fmt: skip
    async def catalog(request: Request) -> Response:
        release = await releases.of(request)
        lang = language_of(query.read(request.scope["query_string"], (LANG,)))
        here = base(request)
        found = [one for one in listed(release, lang, downloads, here) if one["name"].startswith(STEM)]
        return answer(
            request, service, release, "", lambda: orjson.dumps(catalogue(release, lang, found, here)),
            media_type="application/ld+json", lang=lang, pinned=pinned,
        )  # fmt: skip

    @routes.get(
        "/datapackage.json", operation_id="getDataPackage", summary="Beschreibung der Dateien (Data Package)",
        include_in_schema=not pinned,
        **described(JsonObject, (LANG,), PROBLEMS, examples.DATAPACKAGE),
    )  # fmt: skip
    async def package(request: Request) -> Response:
        release = await releases.of(request)
        lang = language_of(query.read(request.scope["query_string"], (LANG,)))
        build = lambda: orjson.dumps(datapackage(release, lang, f"{FOLDER}/"))  # noqa: E731
        return answer(request, service, release, "", build, lang=lang, pinned=pinned)


def _sending(routes: APIRouter, service: Service, releases: Releases, downloads: Downloads) -> None:
    pinned = routes.prefix != PREFIX

    @routes.get(
        f"/{FOLDER}", operation_id="listDownloads", summary="Ganze Veröffentlichungen als Dateien",
        include_in_schema=not pinned,
        **described(Entries, (LANG,), PROBLEMS, examples.DOWNLOADS),
    )  # fmt: skip
    async def many(request: Request) -> Response:
        release = await releases.of(request)
        lang = language_of(query.read(request.scope["query_string"], (LANG,)))
        here = base(request)
        body = {
            "meta": meta(release, lang),
            "data": listed(release, lang, downloads, here),
            "links": {"self": f"{here}/{FOLDER}", "item": f"{here}/{FOLDER}/{{name}}"},
        }
        return told(request, orjson.dumps(body), lang)

    async def send(request: Request, name: str) -> Response:
        release = await releases.of(request)
        query.read(request.scope["query_string"], ())
        known = offered(release)
        if name not in known:
            near = {one: file.title.de for one, file in known.items()}
            raise unknown_code(DOWNLOAD, name if query.is_code(name) else "?", near)
        return await _file(request, release, known[name], downloads, draft=service.draft)

    documented = described(JsonObject, (), (UNKNOWN_CODE, SELECTION, OUT_OF_RANGE, *PROBLEMS))
    documented["responses"][200] = {
        "description": "Die Datei; Teile mit Range.",
        "content": {
            kind: {"schema": {"type": "string", "contentEncoding": "binary"}}
            for kind in dict.fromkeys(file.media_type.partition(";")[0] for file in files().values())
        },
    }
    documented["responses"][206] = {"description": "Teil der Datei (Range)"}
    documented["openapi_extra"]["parameters"] = [
        {
            "name": "name", "in": "path", "required": True, "description": "Name der Datei.",
            "schema": {"type": "string", "enum": list(files())}, "example": f"{STEM}.csv",
        }
    ]  # fmt: skip
    summary = "Eine ganze Veröffentlichung"
    routes.get(
        f"/{FOLDER}/{{name}}", operation_id="getDownload", summary=summary, include_in_schema=not pinned,
        **documented,
    )(send)  # fmt: skip


async def _file(
    request: Request, release: Release, file: File, downloads: Downloads, *, draft: bool
) -> Response:
    """Send a file, or 304; it is made on the first request, outside the event loop."""
    if file.name.endswith(".xlsx") and int((release.snapshot.status > 0).sum()) > XLSX_ROWS:
        raise Problem(SELECTION)
    made = downloads.made(release, file)
    if made is None or not made.path.exists():
        made = await asyncio.to_thread(downloads.make, release, file)
    tag = f'"{made.sha256[:32]}"'
    stem, _, suffix = file.name.partition(".")
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-store" if draft else CACHE_CONTROL,
        "Content-Disposition": f'attachment; filename="{stem}-{release.id}.{suffix}"',
        "Link": f'<{PREFIX}/datapackage.json>; rel="describedby", <{PREFIX}/sources>; rel="license"',
    }
    if matches(",".join(request.headers.getlist("if-none-match")), tag):
        return Response(status_code=304, headers=headers)
    _keep_ranges(request, tag, made.path.stat().st_size)
    return FileResponse(made.path, headers=headers, media_type=file.media_type)


def _keep_ranges(request: Request, tag: str, size: int) -> None:
    """Leave only ranges in the request that can be sent; none if the caller holds parts of another file.

    Raises:
        Problem: 416 if none of them lies in the file.
    """
    asked = request.headers.get("range")
    if asked is None:
        return
    mine = request.headers.get("if-range", tag) == tag
    kept = ranges_within(asked, size) if mine else ""
    if kept is None:
        raise Problem(OUT_OF_RANGE, headers={"Content-Range": f"bytes */{size}"})
    others = [one for one in request.scope["headers"] if one[0] not in (b"range", b"if-range")]
    request.scope["headers"] = others + ([(b"range", kept.encode("ascii"))] if kept else [])
