"""The assumptions a method page names, with the values of the release: value, range, kind, source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from babel.numbers import format_decimal

from api import language
from api.language import Lang, Text
from api.pages.numbers import BETWEEN, LOCALES, MINUS, NBSP
from api.release import Release

_SECTION: Final = re.compile(r"^## Assumptions\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_NAME: Final = re.compile(r"`([a-z][a-z0-9_]+)`")
_WEB: Final = ("https://", "http://")
_DIGITS: Final = "#,##0.######"
#: From so many entries on the table of an assumption is folded.
FOLDED_FROM: Final = 9
_EVERY: Final = "*"

KINDS: Final[Mapping[str, Text]] = {
    "law": Text("Gesetz", "law"),
    "measured": Text("gemessen", "measured"),
    "judgement": Text("gesetzt", "judgement"),
}
UNITS: Final[Mapping[str, Text]] = {
    "share": Text("Anteil", "share"),
    "share_per_year": Text("Anteil je Jahr", "share a year"),
    "share_per_month": Text("Anteil je Monat", "share a month"),
    "probability": Text("Wahrscheinlichkeit", "probability"),
    "persons": Text("Personen", "persons"),
    "contracts": Text("Verträge", "contracts"),
    "firms": Text("Betriebe", "firms"),
    "hours": Text("Stunden", "hours"),
    "hours_per_year": Text("Stunden im Jahr", "hours a year"),
    "weeks": Text("Wochen", "weeks"),
    "months": Text("Monate", "months"),
    "years": Text("Jahre", "years"),
    "ratio": Text("Verhältnis", "ratio"),
    "count": Text("Zahl", "count"),
    "index": Text("Index", "index"),
}
_ALL: Final = Text("alle", "all")
_ALL_OTHERS: Final = Text("alle übrigen", "all others")


@dataclass(frozen=True, slots=True)
class Value:
    """One entry of an assumption, ready to print.

    Args:
        key: What it holds for.
        value: The number.
        range: Low and high; empty where both are the number itself.
        kind: Law, measured or judgement, in words.
        source: Title of the source.
        url: Its address; empty where it has none.
        note: What is said about the entry.
    """

    key: str
    value: str
    range: str
    kind: str
    source: str
    url: str
    note: str


@dataclass(frozen=True, slots=True)
class Assumption:
    """One assumption with its entries; `reason` says why a judgement is what it is (in German)."""

    name: str
    label: str
    unit: str
    description: str
    reason: str
    values: tuple[Value, ...]

    @property
    def folded(self) -> bool:
        """Whether its table is too long to stand open."""
        return len(self.values) >= FOLDED_FROM


def named_in(text: str) -> tuple[str, ...]:
    r"""Return the names under «Assumptions» of a method page, each once, in their order.

    Example:
        >>> named_in("# A\n\n## Assumptions\n`one`, `two`, `one`\n\n## Limits\n`three`\n")
        ('one', 'two')
    """
    found = _SECTION.search(text)
    return tuple(dict.fromkeys(_NAME.findall(found[1]))) if found else ()


def assumptions(release: Release, text: str, lang: Lang) -> list[Assumption]:
    """Return the assumptions a page names, with all their entries; what the release lacks is left out.

    Args:
        release: For parameters and sources.
        text: The page as it is written.
        lang: Language of labels, units and numbers.
    """
    known = release.entries["parameters"]
    return [_assumption(release, known[name], lang) for name in named_in(text) if name in known]


def _assumption(release: Release, parameter: Mapping[str, Any], lang: Lang) -> Assumption:
    unit = str(parameter.get("unit") or "")
    english = str(parameter.get("description_en") or "") if lang == "en" else ""
    return Assumption(
        name=str(parameter["name"]),
        label=language.label(parameter, lang),
        unit=UNITS[unit].of(lang) if unit in UNITS else unit,
        description=english or str(parameter.get("description") or ""),
        reason=str(parameter.get("reason") or ""),
        values=tuple(_values(release, parameter, lang)),
    )


def _values(release: Release, parameter: Mapping[str, Any], lang: Lang) -> Iterator[Value]:
    keyed_by = tuple(parameter.get("keyed_by") or ())
    sources = release.entries["sources"]
    for entry in parameter["entries"]:
        code = str(entry.get("source") or "")
        source = sources.get(code, {})
        url = str(source.get("url") or "")
        low, high = entry["low"], entry["high"]
        kind = str(entry.get("kind") or parameter.get("kind") or "")
        yield Value(
            key=_key(release, entry, keyed_by, lang),
            value=shown(entry["value"], lang),
            range="" if low == high else f"{shown(low, lang)}{NBSP}{BETWEEN[lang]}{NBSP}{shown(high, lang)}",
            kind=KINDS[kind].of(lang) if kind in KINDS else kind,
            source=str(source.get("title") or code),
            url=url if url.startswith(_WEB) and " " not in url else "",
            note=str(entry.get("note") or ""),
        )


def _key(release: Release, entry: Mapping[str, Any], keyed_by: tuple[str, ...], lang: Lang) -> str:
    """What an entry holds for, with names where the release knows them."""
    parts = []
    for name in keyed_by:
        given = entry.get(name)
        kind = {"trade": "trades", "region": "regions", "group": "groups"}.get(name, "")
        if given == _EVERY:
            parts.append((_ALL_OTHERS if len(keyed_by) == 1 else _ALL).of(lang))
        elif kind and str(given) in release.entries[kind]:
            parts.append(release.label(kind, str(given), lang))
        else:
            parts.append(f"{given:g}" if isinstance(given, float) else str(given))
    return ", ".join(parts) or _ALL.of(lang)


def shown(value: float, lang: Lang) -> str:
    """Return a number with up to six digits behind the point, as an assumption needs them.

    Example:
        >>> shown(0.00052, "de"), shown(-0.03, "en"), shown(1760, "de")
        ('0,00052', '−0.03', '1.760')
    """
    return str(format_decimal(value, format=_DIGITS, locale=LOCALES[lang])).replace("-", MINUS)
