"""The catalogue as resources: codes, measures, assumptions, sources, events, model cards."""

from __future__ import annotations

from typing import Any, Final

import orjson
from fastapi import APIRouter, Request, Response

from api import examples, language, query
from api.caching import answer
from api.documentation import PREFIX, described
from api.language import Lang
from api.pinned import PINNED, Releases, base
from api.problems import NOT_FOUND, Problem
from api.query import LANG, canonical, language_of
from api.records import meta
from api.release import Entry, Release
from api.schemas import Entries
from api.schemas import Entry as EntryShape
from api.service import Service

# path and list of the catalogue, singular for the operation id, German summary
COLLECTIONS: Final = (
    ("trades", "Trade", "Gewerke mit Ausbildungsberufen und Berufsgruppen"),
    ("regions", "Region", "Regionen mit ihren übergeordneten Regionen"),
    ("groups", "Group", "Gewerbegruppen in der Reihenfolge der Anzeige"),
    ("measures", "Measure", "Messgrößen der Matrix"),
    ("indicators", "Indicator", "Kennzahlen: Definition, Stichtag, Brüche, Güte"),
    ("parameters", "Parameter", "Annahmen mit Wert, Spanne und Quelle"),
    ("sources", "Source", "Quellen mit Nutzungsbedingungen und Quellenvermerk"),
    ("events", "Event", "Ereignisse, die Zahlenreihen verändert haben"),
    ("scenarios", "Scenario", "Szenarien als Listen geänderter Annahmen"),
    ("cards", "Card", "Modellkarten: was das Verfahren kann und wo es verliert"),
)


def _labelled(entry: Entry, lang: Lang) -> dict[str, Any]:
    """The entry as it stands in the catalogue, with its name and its reason in the language asked for."""
    stem = "title" if "title_de" in entry else "name"
    name = language.label(entry, lang, stem) or entry.get("title") or ""
    said = {"reason": entry["reason_en"]} if lang == "en" and entry.get("reason_en") else {}
    return {"label": name, **entry, **said}


def collection_body(release: Release, kind: str, lang: Lang, here: str = PREFIX) -> bytes:
    """Return all entries of one list of the catalogue; links lead below an address."""
    return orjson.dumps(
        {
            "meta": meta(release, lang),
            "data": [_labelled(entry, lang) for entry in release.entries[kind].values()],
            "links": {"self": _address(here, kind, lang), "item": f"{here}/{kind}/{{code}}"},
        }
    )


def entry_body(release: Release, kind: str, code: str, lang: Lang, here: str = PREFIX) -> bytes:
    """Return one entry of the catalogue; links lead below an address."""
    return orjson.dumps(
        {
            "meta": meta(release, lang),
            "data": _labelled(release.entry(kind, code), lang),
            "links": {
                "self": _address(here, f"{kind}/{code}", lang),
                "collection": _address(here, kind, lang),
            },
        }
    )


def _address(here: str, path: str, lang: Lang) -> str:
    text = canonical([], lang)
    return f"{here}/{path}?{text}" if text else f"{here}/{path}"


def router(service: Service, releases: Releases, *, pinned: bool = False) -> APIRouter:
    """Return two routes per list of the catalogue.

    Args:
        service: What the routes share.
        releases: The release in force and those kept.
        pinned: Below an address that names the release.
    """
    routes = APIRouter(prefix=PINNED if pinned else PREFIX, tags=["Katalog"])
    for kind, singular, summary in COLLECTIONS:
        _add_many(routes, service, releases, kind, singular, summary)
        if pinned or kind != "scenarios":  # what an id of a question means is told by `api.routes.scenarios`
            _add_one(routes, service, releases, kind, singular, summary)
    return routes


def _add_many(
    routes: APIRouter, service: Service, releases: Releases, kind: str, singular: str, summary: str
) -> None:
    pinned = routes.prefix != PREFIX

    @routes.get(
        f"/{kind}",
        operation_id=f"list{singular}s",
        summary=summary,
        include_in_schema=not pinned,
        **described(Entries, (LANG,), example=examples.collection(kind)),
    )
    async def many(request: Request) -> Response:
        release = await releases.of(request)
        lang = language_of(query.read(request.scope["query_string"], (LANG,)))
        here = base(request)
        return answer(
            request, service, release, "", lambda: collection_body(release, kind, lang, here),
            lang=lang, pinned=pinned,
        )  # fmt: skip


def _add_one(
    routes: APIRouter, service: Service, releases: Releases, kind: str, singular: str, summary: str
) -> None:
    pinned = routes.prefix != PREFIX

    @routes.get(
        f"/{kind}/{{code}}",
        operation_id=f"get{singular}",
        summary=f"{summary}: ein Eintrag",
        include_in_schema=not pinned,
        **described(EntryShape, (LANG,), example=examples.entry(kind)),
    )
    async def one(request: Request, code: str) -> Response:
        release = await releases.of(request)
        lang = language_of(query.read(request.scope["query_string"], (LANG,)))
        if not query.is_code(code):
            raise Problem(NOT_FOUND)
        release.entry(kind, code)
        here = base(request)
        return answer(
            request, service, release, "", lambda: entry_body(release, kind, code, lang, here),
            lang=lang, pinned=pinned,
        )  # fmt: skip
