"""The page for operators: reads, changes nothing, and keeps no session.

The key comes in the body of a form and is forgotten with the answer: without a cookie there is nothing
another site could use, and nothing to log out of. Keys are issued and revoked on the command line.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response

from api import query
from api.caching import HEAD_KEY, HTML
from api.heads import Head
from api.language import LANGUAGES, Lang, Text
from api.pages import admin_view
from api.pages.rendering import Pages
from api.problems import KEY_MISSING, MEDIA, TOO_MANY, Problem
from api.query import LANG, language_of
from api.security import Guard
from api.service import Service

PATH: Final = "/verwaltung"
ROLE: Final = "operations"
FORM: Final = "application/x-www-form-urlencoded"
LONGEST: Final = 1_000
HEADERS: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
NO_KEY: Final = Text("Dieser Schlüssel gilt nicht.", "This key is not valid.")


def router(service: Service, pages: Pages, guard: Guard) -> APIRouter:
    """Return the page over a service."""
    routes = APIRouter(include_in_schema=False)

    def shown(lang: Lang, context: dict[str, Any], status: int = 200, **headers: str) -> Response:
        other = next(one for one in LANGUAGES if one != lang)
        there = f"{PATH}?lang={other}" if other != "de" else PATH
        base = {"section": "admin", "refused": "", "opened": False}
        body = pages.render("admin.html", lang, there, base | context)
        return Response(
            body, status, {**HEADERS, "Content-Language": lang, **headers}, media_type=HTML
        )  # fmt: skip

    @routes.get(PATH)
    async def ask(request: Request) -> Response:
        return shown(language_of(query.read(request.scope["query_string"], (LANG,))), {})

    @routes.post(PATH)
    async def open_with_key(request: Request) -> Response:
        lang = language_of(query.read(request.scope["query_string"], (LANG,)))
        head = Head([(b"x-api-key", await _given(request))])
        try:
            await guard.require(ROLE, head, (request.scope.get("client") or ("",))[0])
        except Problem as problem:
            kind = problem.kind
            text = NO_KEY if kind is KEY_MISSING else kind.meaning
            wait = {"Retry-After": problem.headers["Retry-After"]} if kind is TOO_MANY else {}
            return shown(lang, {"refused": text.of(lang)}, kind.status, **wait)
        texts = pages.texts[lang]
        kept = await asyncio.to_thread(admin_view.kept_releases, service.settings.snapshot_root)
        context = {
            "opened": True,
            "condition": admin_view.condition(service, lang, texts),
            "releases": admin_view.releases_table(kept, service.release_id, lang, texts),
            "keys": admin_view.keys_table(guard.keys(), guard.used, guard.today(), lang, texts),
        }
        return shown(lang, context)

    return routes


async def _given(request: Request) -> bytes:
    """Return the key in the form; empty if there is none.

    Raises:
        Problem: 415 for anything but a form.
    """
    media_type = request.scope[HEAD_KEY].get(b"content-type").decode("latin-1").partition(";")[0].strip()
    if media_type.lower() != FORM:
        raise Problem(MEDIA)
    body = await request.body()
    if len(body) > LONGEST:
        return b""
    given = parse_qs(body.decode("latin-1"), max_num_fields=4).get("schluessel", [""])
    return given[0].strip().encode("latin-1", "replace") if len(given) == 1 else b""
