"""Pages that explain: how good the forecasts are, search, sources, method, help, accessibility."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from api import query
from api.caching import HTML, QUESTION, answer
from api.documentation import PREFIX
from api.error_records import DAMAGED, ErrorRecords
from api.language import LANGUAGES, Lang
from api.pages import checks_view, help_view, numbers, quality_view, release_view, search_view
from api.pages.documents import HELP, METHOD, Documents
from api.pages.navigation import standing
from api.pages.past_trades_view import past_trades
from api.pages.rendering import Pages
from api.pinned import Releases
from api.problems import NOT_FOUND, UNKNOWN_CODE, Problem
from api.query import LANG, Field, canonical, language_of
from api.release import Release
from api.service import Service
from forecast.snapshot import list_snapshots

QUALITY: Final = "/guete"
SEARCH: Final = "/suche"
SOURCES: Final = "/quellen"
ACCESSIBILITY: Final = "/barrierefreiheit"
QUALITY_FIELDS: Final = (
    Field("groesse", "code", "Nur eine Größe; * = alle.", "new_contracts"),
    Field("stand", "code", "Früherer Stand zum Vergleich; ohne Angabe der letzte.", None),
    LANG,
)


def address(path: str, lang: Lang, **chosen: str) -> str:
    """Return an address with its parameters; German and empty ones are left out."""
    text = canonical([(name, [value]) for name, value in chosen.items() if value], lang)
    return f"{path}?{text}" if text else path


def other(lang: Lang) -> Lang:
    """Return the language a page links to."""
    return next(one for one in LANGUAGES if one != lang)


# --- how good are we ----------------------------------------------------------------------------------------


def quality_context(
    release: Release, pages: Pages, chosen: str, lang: Lang, record: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return what the page shows without the comparison of releases.

    Args:
        release: The release in force.
        pages: Templates and words.
        chosen: The one quantity that is shown; empty for all.
        lang: Language of the page.
        record: The error record in force.
    """
    words, wording = pages.texts[lang], pages.wording[lang]
    known = quality_view.quantities(release, lang)
    if chosen and chosen not in known:
        raise Problem(UNKNOWN_CODE, near=sorted(known))
    named = any(s.get("indicator") == chosen for c in quality_view.cards(release) for s in c["scores"])
    facts = checks_view.checks(release, lang, words)
    text = canonical([("indicator" if named else "quantity", [chosen] if chosen else [])], lang)
    return {
        "section": "quality",
        "standing": standing(release, lang),
        "balance": quality_view.balance(release, words),
        "quantities": known,
        "chosen": chosen,
        "judgements": quality_view.judgements(release, lang),
        "groups": quality_view.groups(release, chosen, lang, words, wording),
        "trades": None if chosen else past_trades(release, lang, words),
        "facts": facts,
        "facts_balance": checks_view.balance(facts, words),
        "record": quality_view.record(record, lang),
        "events": release_view.events(release, lang, words),
        "status": release_view.data_status(release, lang),
        "status_day": numbers.day(str(release.catalogue["as_of"])[:10], lang),
        "links": {
            "json": f"{PREFIX}/backtests" + (f"?{text}" if text else ""),
            "csv": f"{PREFIX}/backtests?" + (f"{text}&" if text else "") + "format=csv",
        },
    }


def add_quality(routes: APIRouter, service: Service, pages: Pages, releases: Releases) -> None:
    """Add the page on how good the forecasts are."""

    async def open_the_one_before() -> None:
        infos = await asyncio.to_thread(list_snapshots, service.settings.snapshot_root)
        kept = release_view.earlier(infos, service.release_id)
        await _opened(releases, next((info.id for info in kept), ""), asked=False)

    service.ahead.append(open_the_one_before)
    records = ErrorRecords(service.settings.snapshot_root)

    @routes.get(QUALITY)
    async def quality(request: Request) -> Response:
        release = service.release
        values = query.read(request.scope["query_string"], QUALITY_FIELDS)
        lang = language_of(values)
        wanted = values.get("groesse", ("*",))[0]
        chosen = "" if wanted == "*" else wanted
        named = values.get("stand", ("",))[0]
        infos = await asyncio.to_thread(list_snapshots, service.settings.snapshot_root)
        kept = release_view.earlier(infos, release.id)
        identity = named or next((info.id for info in kept), "")
        before = await _opened(releases, identity, asked=bool(named))
        request.scope[QUESTION] = None  # the record can grow while the release in force stays the same
        version, record = await _record(records)
        listed = [{"id": info.id, "label": f"{info.meta.get('as_of', '')} · {info.id}"} for info in kept]

        def build() -> bytes:
            change = None
            if before is not None and before.id != release.id:
                change = release_view.difference(before, release, lang, pages.texts[lang])
            context = quality_context(release, pages, chosen, lang, record)
            there = address(QUALITY, other(lang), groesse=chosen, stand=named)
            return pages.render("quality.html", lang, there, context | {"change": change, "kept": listed})

        text = address(QUALITY, lang, groesse=chosen, stand=identity) + ",".join(one["id"] for one in listed)
        text += f"&record={version}"
        return answer(request, service, release, text, build, media_type=HTML, lang=lang)


async def _record(records: ErrorRecords) -> tuple[str, Mapping[str, Any] | None]:
    """Return hash and content of the error record in force; a damaged one is said to be so, not shown."""
    try:
        return await asyncio.to_thread(records.current)
    except Problem:
        said = {f"summary_{lang}": DAMAGED.of(lang) for lang in LANGUAGES}
        return "damaged", {"card": {**said, "loses_de": "", "loses_en": ""}, "rows": []}


def _in_force(service: Service) -> Release | None:
    """The release in force, or None: a method page can be read before there is one."""
    try:
        return service.release
    except Problem:
        return None


async def _opened(releases: Releases, identity: str, *, asked: bool) -> Release | None:
    """Return a kept release; one nobody asked for may be unreadable without breaking the page."""
    if not identity:
        return None
    try:
        return await releases.named(identity)
    except Problem:
        if asked:
            raise
        return None


# --- search -------------------------------------------------------------------------------------------------


def add_search(routes: APIRouter, service: Service, pages: Pages, documents: Documents) -> None:
    """Add the search."""
    indexes = search_view.Indexes(documents)

    @routes.get(SEARCH)
    async def search(request: Request) -> Response:
        release = service.release
        asked, lang = search_view.read(request.scope["query_string"])

        def build() -> bytes:
            found = search_view.context(release, indexes.of(release), asked, lang, pages)
            there = address(SEARCH, other(lang), q=asked)
            shared = {"section": "search", "standing": standing(release, lang)}
            return pages.render("search.html", lang, there, found | shared)

        return answer(
            request, service, release, address(SEARCH, lang, q=asked), build, media_type=HTML, lang=lang
        )


# --- documents ----------------------------------------------------------------------------------------------


def add_documents(routes: APIRouter, service: Service, pages: Pages, documents: Documents) -> None:
    """Add help, method, sources and the statement on accessibility.

    None of them but the sources needs a release: help is there when nothing else is.
    """

    def shown(request: Request, template: str, path: str, context: dict[str, Any]) -> Response:
        lang = language_of(query.read(request.scope["query_string"], (LANG,)))
        made = help_view.frame(context, lang) | {"section": "help"}
        body = pages.render(template, lang, address(path, other(lang)), made)
        headers = {"Content-Language": lang, "Cache-Control": "public, max-age=300"}
        return Response(body, media_type=HTML, headers=headers)

    def index(path: str) -> Any:  # noqa: ANN401  (an endpoint)
        async def listed(request: Request) -> Response:
            lang = language_of(query.read(request.scope["query_string"], (LANG,)))
            return shown(request, "documents.html", path, help_view.index(documents, path, lang))

        return listed

    def one(path: str) -> Any:  # noqa: ANN401  (an endpoint)
        async def document(request: Request, name: str) -> Response:
            found = documents.by_address.get(f"{path}/{name}")
            if found is None:
                raise Problem(NOT_FOUND)
            lang = language_of(query.read(request.scope["query_string"], (LANG,)))
            return shown(
                request,
                "document.html",
                found.address,
                help_view.document(documents, found, lang, _in_force(service)),
            )

        return document

    for path in (HELP, METHOD):
        routes.add_api_route(path, index(path), methods=["GET"])
        routes.add_api_route(f"{path}/{{name}}", one(path), methods=["GET"])

    @routes.get(ACCESSIBILITY)
    async def accessibility(request: Request) -> Response:
        return shown(request, "accessibility.html", ACCESSIBILITY, {})

    @routes.get(SOURCES)
    async def sources(request: Request) -> Response:
        release = service.release
        lang = language_of(query.read(request.scope["query_string"], (LANG,)))
        return answer(
            request, service, release, address(SOURCES, lang),
            lambda: pages.render("sources.html", lang, address(SOURCES, other(lang)), {
                "section": "help", "standing": standing(release, lang), **help_view.sources(release, lang),
            }),
            media_type=HTML, lang=lang,
        )  # fmt: skip


def _set_first(documents: Documents) -> None:
    """Set one document: the library for it is loaded by the first."""
    help_view.document(documents, next(iter(documents.by_address.values())), "de", None)


def router(service: Service, pages: Pages, releases: Releases) -> APIRouter:
    """Return the pages over a service."""
    routes = APIRouter(include_in_schema=False)
    documents = Documents()
    service.ahead.append(lambda: asyncio.to_thread(_set_first, documents))
    add_quality(routes, service, pages, releases)
    add_search(routes, service, pages, documents)
    add_documents(routes, service, pages, documents)
    return routes
