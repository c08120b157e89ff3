"""What the pages of help show: lists of documents, one document, the sources of a release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from api.language import DEFAULT, Lang
from api.pages import numbers
from api.pages.documents import HELP, METHOD, Document, Documents
from api.pages.method_values import assumptions, named_in
from api.release import Release

_WEB: Final = ("https://", "http://")


def frame(context: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """Return a context with what the links of every page of help end in."""
    return {**context, "suffix": suffix(lang)}


def suffix(lang: Lang) -> str:
    """Return what an address without other parameters ends in."""
    return "" if lang == DEFAULT else f"?lang={lang}"


def index(documents: Documents, path: str, lang: Lang) -> dict[str, Any]:
    """Return the documents of a section, each with a sentence on what it answers."""
    return {"path": path, "is_help": path == HELP, "listed": listing(documents, path, lang), "method": METHOD}


def listing(documents: Documents, path: str, lang: Lang) -> list[dict[str, str]]:
    """Return title, sentence, address and language of the documents below an address."""
    return [
        {
            "href": f"{one.address}{suffix(lang)}",
            "title": documents.title(one, lang),
            "about": documents.about(one, lang),
            "lang": one.lang,
        }
        for one in documents.below(path)
    ]


def document(documents: Documents, one: Document, lang: Lang, release: Release | None) -> dict[str, Any]:
    """Return one document with its contents; its own language is named where it is not the page's.

    Args:
        documents: All documents.
        one: The one shown.
        lang: Language of the page.
        release: For the values of the assumptions a method page names; None while there is no release.
    """
    made = one.rendered(lang)
    is_method = one.address.startswith(f"{METHOD}/")
    return {
        "title": documents.title(one, lang),
        "about": documents.about(one, lang),
        "written": one.lang,
        "body": made.body,
        "contents": made.contents,
        "up": HELP if one.address.startswith(f"{HELP}/") else METHOD,
        "is_help": one.address.startswith(f"{HELP}/"),
        "named": bool(named_in(one.text)) if is_method else False,
        "assumptions": assumptions(release, one.text, lang) if is_method and release is not None else [],
        "loaded": release is not None,
        "as_of": "" if release is None else numbers.day(release.catalogue["as_of"], lang),
        "parameters_json": f"/api/v1/parameters{suffix(lang)}",
    }


def sources(release: Release, lang: Lang) -> dict[str, Any]:
    """Return the sources of the figures, then those of codes and assumptions, by publisher."""
    used = {str(entry["id"]) for entry in release.used_sources()}
    entries = release.entries["sources"]
    return {
        "figures": [_source(entries[code]) for code in entries if code in used],
        "publishers": _by_publisher(entry for code, entry in entries.items() if code not in used),
        "count": len(entries),
        "json": f"/api/v1/sources{suffix(lang)}",
    }


def _by_publisher(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    named: dict[str, list[dict[str, str]]] = {}
    for entry in entries:
        named.setdefault(str(entry.get("publisher") or "–"), []).append(_source(entry))
    return [
        {"name": name, "sources": sorted(listed, key=lambda one: one["title"].casefold())}
        for name, listed in sorted(named.items(), key=lambda pair: pair[0].casefold())
    ]


def _source(entry: Mapping[str, Any]) -> dict[str, str]:
    """A source as its page shows it; only web addresses become links."""
    url, title = str(entry.get("url") or ""), str(entry.get("title") or entry["id"])
    wanted = str(entry.get("attribution") or "")
    return {
        "id": str(entry["id"]),
        "title": title,
        "line": wanted if title in wanted else " – ".join(part for part in (wanted, title) if part),
        "terms": str(entry.get("terms") or ""),
        "retrieved": str(entry.get("retrieved") or ""),
        "url": url if url.startswith(_WEB) and " " not in url else "",
    }
