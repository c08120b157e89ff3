"""Licences of the sources behind a release, as the portals name them, and what the others ask for in words.

Only a licence a source states is given as one. A source that asks to be named states none; its figures are
single numbers that are quoted. Source: DCAT-AP.de 3.0, list of licences; Data Package 2.0, `licenses`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.language import Lang, Text

_LIST: Final = "http://dcat-ap.de/def/licenses"


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence of the list of DCAT-AP.de.

    Args:
        mark: What its terms hold.
        uri: On the list.
        name: Short name, as Data Package wants one.
        page: Where it can be read.
        title: For people.
    """

    mark: str
    uri: str
    name: str
    page: str
    title: str


#: From the one that asks for most to the one that asks for nothing.
LICENCES: Final = (
    Licence("dl-de/by-2-0", f"{_LIST}/dl-by-de/2.0", "dl-de-by-2.0", "https://www.govdata.de/dl-de/by-2-0",
            "Datenlizenz Deutschland – Namensnennung – Version 2.0"),
    Licence("CC BY 4.0", f"{_LIST}/cc-by/4.0", "CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/",
            "Creative Commons Namensnennung 4.0 International"),
    Licence("dl-de/zero-2-0", f"{_LIST}/dl-zero-de/2.0", "dl-de-zero-2.0",
            "https://www.govdata.de/dl-de/zero-2-0", "Datenlizenz Deutschland – Zero – Version 2.0"),
    Licence("§ 5 UrhG", f"{_LIST}/officialWork", "officialWork",
            "https://www.gesetze-im-internet.de/urhg/__5.html", "Amtliches Werk, lizenzfrei nach § 5 UrhG"),
)  # fmt: skip
_COVERS: Final = Text(
    "«{licence}» gilt für Zahlen von: {publishers}.", "“{licence}” holds for figures of: {publishers}."
)
_OTHERS: Final = Text(
    "Keine Lizenz nennen: {publishers}; von dort stammen einzelne Zahlen, die mit Quelle zitiert werden.",
    "No licence is stated by: {publishers}; from there come single figures, quoted with their source.",
)
_NONE: Final = Text(
    "Keine der Quellen nennt eine Lizenz; es sind einzelne Zahlen, die mit Quelle zitiert werden.",
    "None of the sources states a licence; these are single figures, quoted with their source.",
)


def stated(terms: str) -> Licence | None:
    """Return the licence the terms of a source state; None if they state none of the list.

    Example:
        >>> found = stated("Datenlizenz Deutschland – Namensnennung – Version 2.0 (dl-de/by-2-0)")
        >>> found.uri if found else "", stated("einzelne Zahl, mit Quelle zitiert")
        ('http://dcat-ap.de/def/licenses/dl-by-de/2.0', None)
    """
    return next((one for one in LICENCES if one.mark.casefold() in terms.casefold()), None)


def of_sources(sources: Iterable[Mapping[str, Any]]) -> dict[Licence | None, list[str]]:
    """Return licence → publishers, those first that ask for most; None for sources that state none."""
    found: dict[Licence | None, list[str]] = {}
    for source in sources:
        licence = stated(str(source.get("terms") or ""))
        publishers = found.setdefault(licence, [])
        publisher = str(source.get("publisher") or source["id"])
        if publisher not in publishers:
            publishers.append(publisher)
    order = (*LICENCES, None)
    return {licence: found[licence] for licence in order if licence in found}


def rights(sources: Iterable[Mapping[str, Any]], lang: Lang) -> dict[str, Any]:
    """Return what a distribution says of its rights: the licence that asks for most, and a statement.

    A distribution may name one licence only, and every file holds figures of all sources.

    Args:
        sources: Entries of the catalogue.
        lang: Language of the statement.
    """
    found = of_sources(sources)
    first = next((licence for licence in found if licence is not None), None)
    said = [
        (_OTHERS if licence is None else _COVERS)
        .of(lang)
        .format(licence="" if licence is None else licence.title, publishers="; ".join(publishers))
        for licence, publishers in found.items()
    ]
    text = _NONE.of(lang) if first is None else " ".join(said)
    statement = {"@type": "dct:RightsStatement", "rdfs:label": {"@language": lang, "@value": text}}
    return {**({"dct:license": {"@id": first.uri}} if first else {}), "dct:rights": statement}


def of_package(sources: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the licences as a data package lists them."""
    return [
        {"name": one.name, "path": one.page, "title": one.title}
        for one in of_sources(sources)
        if one is not None
    ]
