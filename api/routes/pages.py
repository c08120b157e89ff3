"""The pages for people: the matrix as a table, help on errors, error pages, style sheet."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from api import language, problems, query
from api.caching import HEAD_KEY, HTML, answer
from api.documentation import PREFIX
from api.language import Lang
from api.listed import beside
from api.pages.figures import RATE
from api.pages.heat import View, tabs
from api.pages.library import MEDIA_TYPE, Library
from api.pages.navigation import data_links, standing
from api.pages.rendering import Pages
from api.pages.summary import heading, sentence
from api.pages.view import column_heads, table
from api.pages.wording import COLUMNS
from api.problems import KINDS, NOT_FOUND, Problem
from api.query import LANG, Field, Values, canonical, language_of
from api.records import Record, records
from api.release import Release
from api.routes.matrix import matrix_records
from api.selection import Selection
from api.service import Service

FIELDS: Final = (
    Field("region", "code", "Code einer Region.", "HWK-FF"),
    Field("year", "year", "Jahr.", 2030),
    Field("gruppe", "code", "Nur eine Gewerbegruppe; * = alle.", "metal"),
    LANG,
)
IMMUTABLE: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
REVALIDATE: Final = {"Cache-Control": "no-cache"}


def is_page(request: Request) -> bool:
    """Tell whether an address is one for people: errors there are pages, elsewhere problem documents."""
    path = str(request.scope["path"])
    return not path.lower().startswith(("/api", "/health", "/metrics"))


def matrix_query(release: Release, values: Values) -> tuple[Selection, str]:
    """Return the query behind the page and its group (empty = all); defaults come from the release."""
    catalogue = release.catalogue
    group = values.get("gruppe", ("*",))[0]
    asked: Values = {
        "region": values.get("region", (str(catalogue["default_region"]),)),
        "year": values.get("year", (str(catalogue["default_year"]),)),
        "measure": tuple(code for code in (*COLUMNS, RATE) if code in release.measures),
        "lang": (language_of(values),),
    }
    if group != "*":
        asked["group"] = (group,)
    return Selection.of(asked, release), "" if group == "*" else group


def page_address(asked: Selection, group: str, lang: Lang) -> str:
    """Return the address of the page, in a language."""
    return "/?" + canonical(
        [("region", [asked.region]), ("year", [asked.year]), ("gruppe", [group] if group else [])], lang
    )


def matrix_page(release: Release, pages: Pages, asked: Selection, group: str) -> bytes:
    """Return the matrix as a page."""
    lang = asked.lang
    wording = pages.wording[lang]
    found = matrix_records(release, asked)
    shown = table(release, found, sum_records(release, asked, group), lang, wording)
    other: Lang = "en" if lang == "de" else "de"
    where = release.label("regions", asked.region, lang)
    context = {
        **shared_context(release, pages, "matrix", (asked.region, asked.year), lang),
        "region_label": where,
        "group": group,
        "coverage": release.coverage().get(asked.region, "none"),
        "complete": [
            {
                "label": release.label("regions", code, lang),
                "href": "/?" + canonical([("region", [code]), ("year", [asked.year])], lang),
            }
            for code, extent in release.coverage().items()
            if extent == "full"
        ],
        "years": sorted({*release.forecast_years, asked.year}),
        "groups": [
            {"code": code, "label": release.label("groups", code, lang)} for code in used_groups(release)
        ],
        "summary": sentence([r for r in found if r["measure"] == "gap"], lang, pages.texts[lang]),
        "heads": column_heads(release, lang, wording),
        "table": shown,
        "heading": heading(
            {release.entries["trades"][code].get("sector") for code in shown.trades},
            where if not group else f"{release.label('groups', group, lang)}, {where}",
            asked.year,
            pages.texts[lang],
        ),
        "tabs": tabs(View("", asked.region, asked.year, group, lang=lang), pages.texts[lang]),
        "downloads": data_links("matrix", asked.text),
        "links": {"json": f"{PREFIX}/matrix?{asked.text}", "self": page_address(asked, group, lang)},
    }
    return pages.render("matrix.html", lang, page_address(asked, group, other), context)


def sum_records(release: Release, asked: Selection, group: str) -> list[Record]:
    """Return the records of the rows that are sums: of the group chosen, or of every group and of all."""
    rows = [
        code
        for code, entry in beside(release.entries["trades"]).items()
        if not entry.get("sector") and group in ("", entry["group"])
    ]
    return records(release, asked.region, rows, asked.measures, [asked.year], asked.lang)


def shared_context(
    release: Release, pages: Pages, section: str, place: tuple[str, int], lang: Lang
) -> dict[str, Any]:
    """Return what all pages on a place show: where they are, what to choose, marks, sources, standing.

    Args:
        release: The release to read.
        pages: For the words.
        section: Entry of the navigation.
        place: Region and year.
        lang: Language.
    """
    region, year = place
    return {
        "section": section,
        "standing": standing(release, lang),
        "region": region,
        "year": year,
        "regions": region_levels(release, pages, lang),
        "legend": pages.wording[lang].legend,
        "sources": named_sources(release),
    }


def region_levels(release: Release, pages: Pages, lang: Lang) -> list[dict[str, Any]]:
    """Regions on the axis, by level, as the select shows them; those without a whole matrix say so."""
    extents, words = release.coverage(), pages.wording[lang].coverage
    levels: dict[str, list[dict[str, str]]] = {level: [] for level in pages.wording[lang].levels}
    for code, entry in release.entries["regions"].items():
        if code in extents:
            label = words.get(extents[code], "%(region)s") % {"region": language.label(entry, lang)}
            levels.setdefault(entry["level"], []).append({"code": code, "label": label})
    names = pages.wording[lang].levels
    return [{"label": names.get(level, level), "regions": found} for level, found in levels.items() if found]


def used_groups(release: Release) -> list[str]:
    """Return the groups that have a trade, in display order."""
    used = {entry["group"] for entry in release.entries["trades"].values()}
    return [code for code in release.entries["groups"] if code in used]


def named_sources(release: Release) -> list[dict[str, str]]:
    """Sources behind the matrix as their publishers want to be named; only web addresses become links."""
    listed = []
    for entry in release.used_sources():
        line = ", ".join(str(entry[key]) for key in ("publisher", "title") if entry.get(key))
        attribution = str(entry.get("attribution") or "")
        url = str(entry.get("url") or "")
        listed.append(
            {
                "line": f"{attribution} – {line}" if attribution and attribution not in line else line,
                "title": str(entry.get("title") or ""),
                "terms": str(entry.get("terms") or ""),
                "url": url if url.startswith(("https://", "http://")) and " " not in url else "",
            }
        )
    return listed


def problem_page(problem: Problem, request: Request, pages: Pages) -> Response:
    """Return an error as a page."""
    lang = language.requested(request.scope.get("query_string", b""))
    other: Lang = "en" if lang == "de" else "de"
    kind = problem.kind
    context = {
        "title": kind.title.of(lang),
        "detail": problem.detail.of(lang),
        "remedy": kind.remedy.of(lang),
        "faults": [fault.document(lang) for fault in problem.faults],
        "near": list(problem.near or ()),
        "status": kind.status,
        "request_id": problems.request_id(request),
        "help": kind.uri if lang == "de" else f"{kind.uri}?lang=en",
    }
    home = "/" if other == "de" else "/?lang=en"
    body = pages.render("problem.html", lang, home, context)
    headers = {**problem.headers, "Cache-Control": "no-store", "Content-Language": lang}
    return Response(body, status_code=kind.status, headers=headers, media_type=HTML)


def help_page(kind: problems.Kind, lang: Lang, pages: Pages) -> Response:
    """Return what a type of problem means."""
    address = kind.uri + ("?lang=en" if lang == "de" else "")
    empty: Sequence[str] = ()
    context = {
        "title": kind.title.of(lang),
        "detail": kind.meaning.of(lang),
        "remedy": kind.remedy.of(lang),
        "faults": empty,
        "near": empty,
        "status": kind.status,
        "request_id": "",
        "help": "",
    }
    return Response(
        pages.render("problem.html", lang, address, context),
        media_type=HTML,
        headers={"Content-Language": lang},
    )


async def _script(library: Library, request: Request) -> Response:
    """Return plotly.js, compressed for all who take it so."""
    headers = {**IMMUTABLE, "Vary": "Accept-Encoding"}
    if not request.scope[HEAD_KEY].takes_gzip:
        body = await asyncio.to_thread(library.read)
        return Response(body, media_type=MEDIA_TYPE, headers=headers)
    body = await asyncio.to_thread(library.packed)
    return Response(body, media_type=MEDIA_TYPE, headers={**headers, "Content-Encoding": "gzip"})


def router(service: Service, pages: Pages) -> APIRouter:
    """Return the pages over a service."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def matrix(request: Request) -> Response:
        release = service.release
        values = query.read(request.scope["query_string"], FIELDS)
        asked, group = matrix_query(release, values)
        return answer(
            request, service, release, page_address(asked, group, asked.lang),
            lambda: matrix_page(release, pages, asked, group), media_type=HTML, lang=asked.lang,
        )  # fmt: skip

    @routes.get(problems.HELP + "{slug}")
    async def help_on(request: Request, slug: str) -> Response:
        lang = language_of(query.read(request.scope["query_string"], (LANG,)))
        if slug not in KINDS:
            raise Problem(NOT_FOUND)
        return help_page(KINDS[slug], lang, pages)

    @routes.get("/static/{name}")
    async def static(request: Request, name: str) -> Response:
        if f"/static/{name}" == pages.library.address:
            return await _script(pages.library, request)
        found = pages.assets.read(name)
        if found is None:
            raise Problem(NOT_FOUND)
        body, media_type, current = found
        return Response(body, media_type=media_type, headers=IMMUTABLE if current else REVALIDATE)

    return routes
