"""The pages a reader can go to from every page, with the region and year chosen there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.documentation import PREFIX
from api.language import Lang, Text
from api.pages import numbers
from api.pages.texts import Translations
from api.query import canonical
from api.release import Release

SOURCES: Final = f"{PREFIX}/sources"
FORMATS: Final = (("JSON", ""), ("CSV", ".csv"), ("Excel", ".xlsx"))


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation.

    Args:
        section: Name a page gives itself as ``section``.
        path: Address.
        label: What the link says.
        keeps: Which parts of the choice the page takes over, of ``region`` and ``year``.
    """

    section: str
    path: str
    label: Text
    keeps: tuple[str, ...] = ()


PLACES: Final = (
    Place("matrix", "/", Text("Matrix", "Matrix"), ("region", "year")),
    Place("region", "/region", Text("Region", "Region"), ("region", "year")),
    Place("need", "/ausbildungsbedarf", Text("Ausbildungsbedarf", "Training need"), ("region",)),
    Place("training", "/bildung", Text("Bildungsstätten", "Training centres"), ("region",)),
    Place("succession", "/nachfolge", Text("Nachfolge", "Succession"), ("region",)),
    Place("scenarios", "/szenarien", Text("Szenarien", "Scenarios"), ("region",)),
    Place("quality", "/guete", Text("Güte", "Quality")),
    Place("search", "/suche", Text("Suche", "Search")),
    Place("help", "/hilfe", Text("Hilfe", "Help")),
)


def navigation(known: Collection[str], lang: Lang, context: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the links of the navigation to pages that exist.

    Args:
        known: Paths the service answers.
        lang: Language of the page.
        context: What the template gets; ``section``, ``region`` and ``year`` are looked at.
    """
    chosen = {name: context[name] for name in ("region", "year") if context.get(name)}
    links = []
    for place in PLACES:
        if place.path in known:
            query = canonical([(name, [chosen[name]]) for name in place.keeps if name in chosen], lang)
            links.append(
                {
                    "href": f"{place.path}?{query}" if query else place.path,
                    "label": place.label.of(lang),
                    "current": place.section == context.get("section"),
                }
            )
    return links


def standing(release: Release, lang: Lang) -> dict[str, str]:
    """Return what the foot of every page says: which figures, which release, whom to name."""
    return {
        "as_of": numbers.day(release.catalogue["as_of"], lang),
        "scenario": release.label("scenarios", release.catalogue["scenario"], lang),
        "snapshot_id": release.id,
        "publishers": "; ".join(dict.fromkeys(str(one["publisher"]) for one in release.used_sources())),
        "sources": SOURCES,
    }


def foot(release: Release, lang: Lang, texts: Translations) -> dict[str, str]:
    """Return what stands at the foot of every sheet of paper.

    Args:
        release: The release.
        lang: Language.
        texts: Catalogue of the language.
    """
    _ = texts.gettext
    stands = standing(release, lang)
    parts = (
        _("Published figures up to %(day)s.") % {"day": stands["as_of"]},
        _("Scenario: %(name)s.") % {"name": stands["scenario"]},
        _("Release: %(id)s.") % {"id": stands["snapshot_id"]},
    )
    return {
        "standing": "Fachkräftematrix. " + " ".join(parts),
        "sources": f"{_('Sources')}: {stands['publishers']}",
        "page": _("Page {number} of {all}"),
    }


def data_links(name: str, text: str) -> list[dict[str, str]]:
    """Return the addresses of the same numbers as data, in the formats people ask for.

    Args:
        name: Resource of the interface.
        text: Query.
    """
    return [{"label": label, "href": f"{PREFIX}/{name}{suffix}?{text}"} for label, suffix in FORMATS]


def document_links(name: str, text: str) -> list[dict[str, str]]:
    """Return the addresses of rows of a table beside the cube as data, in the same formats.

    Args:
        name: Resource of the interface.
        text: Query.
    """
    forms = [(label, suffix.removeprefix(".")) for label, suffix in FORMATS]
    return [
        {"label": label, "href": f"{PREFIX}/{name}?{text}{f'&format={form}' if form else ''}"}
        for label, form in forms
    ]
