"""The catalogue as resources: codes, measures, assumptions, sources, events, model cards."""

from __future__ import annotations

from typing import Any, Final

import orjson
from fastapi import APIRouter, Request, Response

from api import examples, language, query
from api.caching import answer
from api.documentation import PREFIX, described
from api.language import Lang
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
    """The entry as it stands in the catalogue, with its name in the language asked for."""
    stem = "title" if "title_de" in entry else "name"
    name = language.label(entry, lang, stem) or entry.get("title") or ""
    return {"label": name, **entry}


def collection_body(release: Release, kind: str, lang: Lang) -> bytes:
    """Return all entries of one list of the catalogue."""
    return orjson.dumps(
        {
            "meta": meta(release, lang),
            "data": [_labelled(entry, lang) for entry in release.entries[kind].values()],
            "links": {"self": _address(kind, lang), "item": f"{PREFIX}/{kind}/{{code}}"},
        }
    )


def entry_body(release: Release, kind: str, code: str, lang: Lang) -> bytes:
    """Return one entry of the catalogue."""
    return orjson.dumps(
        {
            "meta": meta(release, lang),
            "data": _labelled(release.entry(kind, code), lang),
            "links": {"self": _address(f"{kind}/{code}", lang), "collection": _address(kind, lang)},
        }
    )


def _address(path: str, lang: Lang) -> str:
    text = canonical([], lang)
    return f"{PREFIX}/{path}?{text}" if text else f"{PREFIX}/{path}"


def router(service: Service) -> APIRouter:
    """Return two routes per list of the catalogue."""
    routes = APIRouter(prefix=PREFIX, tags=["Katalog"])
    for kind, singular, summary in COLLECTIONS:
        _add(routes, service, kind, singular, summary)
    return routes


def _add(routes: APIRouter, service: Service, kind: str, singular: str, summary: str) -> None:
    @routes.get(
        f"/{kind}",
        operation_id=f"list{singular}s",
        summary=summary,
        **described(Entries, (LANG,), example=examples.collection(kind)),
    )
    async def many(request: Request) -> Response:
        release = service.release
        lang = language_of(query.read(request.scope["query_string"], (LANG,)))
        return answer(request, service, release, "", lambda: collection_body(release, kind, lang), lang=lang)

    @routes.get(
        f"/{kind}/{{code}}",
        operation_id=f"get{singular}",
        summary=f"{summary}: ein Eintrag",
        **described(EntryShape, (LANG,), example=examples.entry(kind)),
    )
    async def one(request: Request, code: str) -> Response:
        release = service.release
        lang = language_of(query.read(request.scope["query_string"], (LANG,)))
        if not query.is_code(code):
            raise Problem(NOT_FOUND)
        release.entry(kind, code)
        return answer(request, service, release, "", lambda: entry_body(release, kind, code, lang), lang=lang)
