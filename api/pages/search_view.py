"""The search: from a name or code, old or new, to the page about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from api import query
from api.language import DEFAULT, Lang, Text
from api.language import label as name_of
from api.pages import post_codes
from api.pages.documents import NAMES, Documents
from api.pages.help_view import suffix
from api.pages.markdown import PREFIX, slug
from api.pages.rendering import Pages
from api.pages.search_index import Hit, Target, joined, search
from api.problems import Fault
from api.query import LANG, Field, canonical, invalid, language_of
from api.release import Entry, Release

LONGEST: Final = 80
MOST: Final = 30
Q: Final = Field("q", "code", "Suchwort.", None)
_FORMER = re.compile(r"Vorgänger: ([^;]+(?:; [^;]*\(bis \d{4}[^;]*)*)")
_OLD_CODE = re.compile(r"\b(?:A|B1|B2)-\d\d\b")
_GROUP_DIGITS: Final = 3
_KLDB = re.compile(r"(?:kldb)?(\d{3})\d{1,2}\Z")
_NO_NAME: Final = ("gleicher Beruf", "keiner", "Ausbildungsordnung", "Erprobung")
_REMARKS: Final = (" nach ", "Fachrichtung")
_KINDS: Final[Mapping[str, Text]] = {
    "trade": Text("Gewerk", "Trade"),
    "region": Text("Region", "Region"),
    "occupation": Text("Ausbildungsberuf", "Training occupation"),
    "former": Text("frühere Bezeichnung", "former name"),
    "name": Text("auch so genannt", "also called so"),
    "group": Text("Berufsgruppe der KldB 2010", "Occupation group of KldB 2010"),
    "page": Text("Seite", "Page"),
    "term": Text("Begriff", "Term"),
    "document": Text("Hilfe und Methode", "Help and method"),
}
_TRADE_PAGE: Final = "/gewerk"
_PAGES: Final[Mapping[str, tuple[Text, str]]] = {
    "/guete": (
        Text("Wie gut sind wir?", "How good are we?"),
        "Güte Qualität Fehler Treffer quality backtest",
    ),
    "/quellen": (Text("Quellen", "Sources"), "Quelle Herausgeber Daten source publisher"),
    "/barrierefreiheit": (Text("Barrierefreiheit", "Accessibility"), "BITV WCAG accessible"),
    "/methode": (Text("Methode", "Method"), "Methodik Rechnung methods"),
}
_TERMS: Final = ("begriffe", "glossar")
_LINES = re.compile(r"^(?:## +(?P<heading>.+?)|\| (?P<term>[^|`]+?) \|.*)$", re.MULTILINE)
_IDENTIFIER = re.compile(r"`([a-z][a-z0-9_]+)`")
_HEADS: Final = ("German", "Begriff", "Status", "Grade", "Spalte", "---")


def read(raw: bytes) -> tuple[str, Lang]:
    """Return the text searched for and the language.

    Raises:
        Problem: 422 for a text that is too long or given twice, or for another parameter.
    """
    pairs = query.split(raw)
    asked = [value for name, value in pairs if name == Q.name]
    rest = urlencode([(name, value) for name, value in pairs if name != Q.name])
    lang = language_of(query.read(rest.encode("ascii"), (Q, LANG)))
    text = " ".join("".join(c for c in " ".join(asked).replace("\t", " ") if c.isprintable()).split())
    if len(asked) > 1 or len(text) > LONGEST:
        expected = Text(f"ein Suchwort bis {LONGEST} Zeichen", f"one search text up to {LONGEST} characters")
        detail = Text(
            "Das Suchwort ist zu lang oder steht mehrfach.", "The search text is too long or is repeated."
        )
        raise invalid([Fault(Q.name, detail, expected)])
    return text, lang


# --- what can be found --------------------------------------------------------------------------------------


class Indexes:
    """The index over the release in force, built when first searched.

    Args:
        documents: Found by title, besides what the release names.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._made: tuple[str, tuple[Target, ...]] = ("", ())

    def of(self, release: Release) -> tuple[Target, ...]:
        """Return everything that can be found in a release."""
        if self._made[0] != release.id:
            self._made = (release.id, (*targets(release), *_documents(self._documents)))
        return self._made[1]


def targets(release: Release) -> Iterator[Target]:
    """Yield trades, their occupations old and new, occupation groups and regions."""
    for code, entry in release.entries["trades"].items():
        number = str(entry.get("hwo_number") or "")
        codes = [code, f"hwo {code}", f"hwo {number}", *([number] if len(number) > 1 else [])]
        old = _OLD_CODE.findall(str(entry.get("note") or ""))
        names = [str(entry.get("name_en") or "")]
        yield Target.of("trade", code, str(entry["name_de"]), code, other=names, codes=[*codes, *old])
        for occupation in entry.get("training_occupations", ()):
            yield from _occupation(code, occupation)
        for name in entry.get("other_names", ()):
            kind = "former" if name["use"] == "former" else "name"
            yield Target.of(kind, code, str(name["name"]), code)
    for code, trades in _groups(release).items():
        digits = code.rpartition("-")[2]
        for trade, name in trades:
            yield Target.of("group", code, name, trade, codes=[code, digits])
    for code, entry in release.entries["regions"].items():
        yield Target.of(
            "region", code, str(entry["name_de"]), code,
            other=[str(entry.get("name_en") or "")],
            codes=[code, str(entry.get("official_key") or ""), str(entry.get("nuts") or "")],
        )  # fmt: skip


def _occupation(trade: str, occupation: Entry) -> Iterator[Target]:
    code = str(occupation["code"])
    names = [str(occupation.get(name) or "") for name in ("name_en", "figures_name")]
    short = code.removeprefix("AO-")
    numbers = [str(one["number"]) for one in occupation.get("numbers", ())]
    yield Target.of(
        "occupation", code, str(occupation["name_de"]), trade,
        other=[*names, short], codes=[code, short, *numbers],
    )  # fmt: skip
    note = str(occupation.get("note") or "")
    for name in former_names(note):
        yield Target.of("former", code, name, trade, other=[short], codes=_OLD_CODE.findall(note))


def former_names(note: str) -> list[str]:
    """Return what a training occupation was called before, from the note of the code list.

    Example:
        >>> former_names("Vorgänger: Dreher/-in (bis 1989); Fräser/-in (bis 2003); Verordnung von 2016")
        ['Dreher/-in (bis 1989)', 'Fräser/-in (bis 2003)']
        >>> former_names("Vorgänger: Schlosser/-in, Schmied/-in (bis 1989)")
        ['Schlosser/-in (bis 1989)', 'Schmied/-in (bis 1989)']
        >>> former_names("Vorgänger: gleicher Beruf, Ausbildungsordnung vom 1989-03-10")
        []
    """
    found = _FORMER.search(note)
    names: list[str] = []
    for part in (found[1] if found else "").split("; "):
        until = re.search(r" \(bis [^)]*\)", part)
        end = until[0] if until else ""
        names += [name.strip() + end for name in part.removesuffix(end).split(", ") if _is_name(name)]
    return list(dict.fromkeys(names))


def _is_name(text: str) -> bool:
    """Tell a former name from a remark about an older regulation of the same occupation."""
    return bool(text) and not text.startswith(_NO_NAME) and not any(part in text for part in _REMARKS)


def _groups(release: Release) -> dict[str, list[tuple[str, str]]]:
    """Return occupation group → trades whose workers are counted in it, with the name of the group."""
    found: dict[str, list[tuple[str, str]]] = {}
    for trade, entry in release.entries["trades"].items():
        for group in entry.get("occupation_groups", ()):
            found.setdefault(str(group["code"]), []).append((trade, str(group["name_de"])))
    return found


def _documents(documents: Documents) -> Iterator[Target]:
    """Yield the pages of this module's neighbours, the documents, and the terms of the glossaries."""
    for address, (name, words) in _PAGES.items():
        yield Target.of("page", address, name.de, address, other=[name.en, words])
    for address, one in documents.by_address.items():
        title, other = documents.title(one, "de"), documents.title(one, "en")
        texts = [other, one.title, documents.about(one, "de"), documents.about(one, "en"), one.name]
        yield Target.of("document", address, title, address, other=texts)
        if one.name in _TERMS:
            yield from _terms(address, one.text)


def _terms(address: str, text: str) -> Iterator[Target]:
    """Yield the terms in the tables of a glossary, each with the section it stands in."""
    section = ""
    for line in _LINES.finditer(text):
        if line["heading"]:
            section = f"#{PREFIX}{slug(line['heading'])}"
        elif not line["term"].startswith(_HEADS):
            codes = _IDENTIFIER.findall(line[0])
            yield Target.of("term", address, line["term"], address + section, codes=codes)


# --- what is shown ------------------------------------------------------------------------------------------


def context(
    release: Release, index: tuple[Target, ...], asked: str, lang: Lang, pages: Pages
) -> dict[str, Any]:
    """Return what the page shows for a text; without one only the form.

    Args:
        release: Names and levels come from its catalogue.
        index: What can be found.
        asked: The text as typed.
        lang: Language.
        pages: Which addresses exist.
    """
    known = post_codes.areas(release)
    code = post_codes.typed(asked)
    found = [] if code in known else _best(search(index, _without_last_digits(asked, index)))
    area = post_codes.described(release, known, code, lang) if code and not found else None
    shown = [_line(release, hit, lang, pages) for hit in found[:MOST]]
    if area and area["found"]:
        shown = [
            region_line(release, one, lang, pages) for one in (*area["responsible"], *known[code].districts)
        ]
    return {
        "asked": asked,
        "hits": shown,
        "more": max(len(found) - MOST, 0),
        "post_code": area,
        "key": bool(known and code and found and found[0].target.kind == "region"),
        "districts": [] if shown or not area else _districts(release, lang, pages),
        "longest": LONGEST,
    }


def _without_last_digits(asked: str, index: Iterable[Target]) -> str:
    """A five-digit occupation of the KldB is found under its group of three digits."""
    found = _KLDB.match(joined(asked))
    if found is None:
        return asked
    codes = {code for target in index if target.kind in ("group", "region") for code in target.codes}
    if joined(asked) in codes or found[1] not in codes:
        return asked
    return found[1]


def _best(hits: list[Hit]) -> list[Hit]:
    """Drop hits that only fit by a typing error where others fit as written, and repetitions."""
    best = hits[0].score if hits else 0.0
    kept: dict[tuple[str, str, str], Hit] = {}
    for hit in hits:
        if hit.score >= best / 2:
            kept.setdefault((hit.target.kind, hit.target.name, hit.target.leads_to), hit)
    return list(kept.values())


def _line(release: Release, hit: Hit, lang: Lang, pages: Pages) -> dict[str, str]:
    """Return a hit with its address and what it is."""
    target = hit.target
    about = _KINDS[target.kind].of(lang)
    if target.kind in ("document", "page", "term"):
        path, mark, section = target.leads_to.partition("#")
        href = f"{path}{suffix(lang)}{mark}{section}"
        named = {address: name for address, (name, _) in (*_PAGES.items(), *NAMES.items())}
        known = target.kind != "term" and path in named
        title = named[path].of(lang) if known else target.name
        return _result(href, title, "", about, lang if known else DEFAULT)
    if target.kind == "region":
        return region_line(release, target.code, lang, pages)
    trade = release.entries["trades"][target.leads_to]
    title = name_of(trade, lang) if target.kind == "trade" else target.name
    if target.kind != "trade":
        about = f"{about} → {name_of(trade, lang)} ({target.leads_to})"
        about += _remark(trade, target) if lang == DEFAULT else ""
    href = trade_address(release, target.leads_to, lang, pages)
    return _result(href, title, target.code, about, lang if target.kind == "trade" else DEFAULT)


def _remark(trade: Entry, target: Target) -> str:
    """Return where a name is said; the code list has it in German only."""
    notes = (
        one["note"] for one in trade.get("other_names", ()) if one["name"] == target.name and one["note"]
    )
    return "".join(f"; {note}" for note in notes) if target.code == target.leads_to else ""


def _result(href: str, title: str, code: str, about: str, written: Lang) -> dict[str, str]:
    """A line of the results; the language of its title is that of the code lists where there is no other."""
    return {"href": href, "title": title, "code": code, "about": about, "lang": written}


def _region(release: Release, code: str, lang: Lang) -> str:
    """Say what kind of region it is and to which chamber district and Land it belongs."""
    entry = release.entries["regions"][code]
    parents = " · ".join(release.label("regions", parent, lang) for parent in entry.get("parents", ()))
    kind = _KINDS["region"].of(lang)
    return f"{kind} → {parents}" if parents else kind


def trade_address(release: Release, trade: str, lang: Lang, pages: Pages) -> str:
    """Return the page of a trade in the default region; its group in the matrix where there is none."""
    region = str(release.catalogue["default_region"])
    if _TRADE_PAGE in pages.known:
        return f"{_TRADE_PAGE}?{canonical([('trade', [trade]), ('region', [region])], lang)}"
    group = str(release.entries["trades"][trade]["group"])
    return "/?" + canonical([("region", [region]), ("gruppe", [group])], lang)


def region_line(release: Release, code: str, lang: Lang, pages: Pages) -> dict[str, str]:
    """Return the page of a region; of the first region above it that has figures where it has none."""
    extents = release.coverage()
    above = (code, *release.entries["regions"][code].get("parents", ()))
    default = str(release.catalogue["default_region"])
    shown = next((one for one in above if extents.get(one, "none") != "none"), default)
    path = "/region" if "/region" in pages.known else "/"
    href = f"{path}?{canonical([('region', [shown])], lang)}"
    title = release.label("regions", code, lang)
    return _result(href, title, code, _region(release, code, lang), lang)


def _districts(release: Release, lang: Lang, pages: Pages) -> list[dict[str, str]]:
    """Return the districts with their chamber, for someone who only has a post code."""
    return [
        region_line(release, code, lang, pages)
        for code, entry in release.entries["regions"].items()
        if entry["level"] == "kreis"
    ]
