"""The scenarios of a release in plain words: name, what happens, why these numbers, and every lever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from babel.numbers import format_decimal

from api import language
from api.language import Lang
from api.pages import numbers
from api.pages.topic import ALL, web_address
from api.pages.topic_words import TopicWords
from api.release import Entry, Release

PERCENT: Final = frozenset({"growth", "change", "share", "probability", "offset", "uptake"})
POINTS: Final = "points"
SIGNED: Final = frozenset({"growth", "change", "points", "persons", "months"})
_HUNDRED: Final = 100
_DIGITS: Final = 6
GROUP: Final = "group:"


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of a lever in words, with its range, note and source."""

    text: str
    range: str
    note: str
    source: str
    url: str


@dataclass(frozen=True, slots=True)
class Lever:
    """One change: what it moves, from when, where, and how far."""

    kind: str
    label: str
    since: str
    where: str
    amounts: tuple[Amount, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario as the page shows it.

    Args:
        code: Its name for programs.
        label: Name for readers.
        description: What happens.
        reason: Why these numbers.
        reason_lang: Language of the reason: German where nobody has said it in English.
        review: By when somebody looks at it again.
        builds_on: Code and name of the scenarios it contains.
        levers: Its own levers.
        overrides: Changed assumptions: name and value.
        base: Whether the figures of the release are those of this scenario.
    """

    code: str
    label: str
    description: str
    reason: str
    reason_lang: str
    review: str
    builds_on: tuple[tuple[str, str], ...]
    levers: tuple[Lever, ...]
    overrides: tuple[tuple[str, str], ...]
    base: bool


def scenarios(release: Release, lang: Lang, words: TopicWords) -> tuple[Scenario, ...]:
    """Return every scenario of the catalogue; the one the figures rest on stands first."""
    current = str(release.catalogue["scenario"])
    found = [_scenario(release, entry, lang, words) for entry in release.entries["scenarios"].values()]
    return tuple(sorted(found, key=lambda one: one.code != current))


def _scenario(release: Release, entry: Entry, lang: Lang, words: TopicWords) -> Scenario:
    review = str(entry.get("review") or "")
    return Scenario(
        str(entry["name"]),
        language.label(entry, lang),
        language.label(entry, lang, "description"),
        language.label({"reason_de": entry.get("reason"), **entry}, lang, "reason"),
        lang if entry.get("reason_en") else "de",
        numbers.day(review, lang) if review else "",
        tuple((str(code), release.label("scenarios", code, lang)) for code in entry.get("extends") or ()),
        tuple(_lever(release, lever, lang, words) for lever in entry.get("levers") or ()),
        tuple(
            (_assumption(release, one, lang), _plain(float(one["value"]), lang))
            for one in entry.get("overrides") or ()
        ),
        entry["name"] == release.catalogue["scenario"],
    )


def _assumption(release: Release, override: Mapping[str, Any], lang: Lang) -> str:
    """Name of an overridden assumption with the key it is overridden for."""
    key = ", ".join(str(value) for value in (override.get("key") or {}).values())
    name = release.label("parameters", str(override["name"]), lang)
    return f"{name} ({key})" if key else name


def _lever(release: Release, lever: Mapping[str, Any], lang: Lang, words: TopicWords) -> Lever:
    kind = str(lever.get("kind"))
    since = words.from_year % {"year": lever["from_year"]} if lever.get("from_year") else ""
    steps = int(lever.get("ramp_years") or 1)
    if steps > 1:
        since = words.in_steps % {"since": since, "years": steps}
    trades = _places(release, "trades", lever.get("trades") or [ALL], words.all_trades, lang, words)
    regions = _places(release, "regions", lever.get("regions") or [ALL], words.all_regions, lang, words)
    return Lever(
        kind,
        words.levers.get(kind, kind),
        since,
        f"{trades}; {regions}",
        tuple(
            _amount(release, name, amount, lang, words)
            for name, amount in (lever.get("amounts") or {}).items()
        ),
        str(lever.get("reason") or ""),
    )


def _places(
    release: Release, kind: str, codes: Sequence[str], everywhere: str, lang: Lang, words: TopicWords
) -> str:
    named = [
        everywhere
        if code == ALL
        else words.group_of_trades % {"name": release.label("groups", code.removeprefix(GROUP), lang)}
        if code.startswith(GROUP)
        else release.label(kind, code, lang)
        for code in codes
    ]
    return numbers.listing(named, lang)


def _amount(release: Release, name: str, amount: Mapping[str, Any], lang: Lang, words: TopicWords) -> Amount:
    value, low, high = (amount.get(key) for key in ("value", "low", "high"))
    shown = said(name, float(value or 0), lang)
    pattern = words.amounts.get(name, f"{name}: %(value)s")
    between = ""
    if low is not None and high is not None and low != high:
        ends = (said(name, float(end), lang) for end in (low, high))
        between = f" {numbers.BETWEEN[lang]} ".join(ends)
    source = release.entries["sources"].get(str(amount.get("source")), {})
    title = ", ".join(str(source[key]) for key in ("publisher", "title") if source.get(key))
    return Amount(
        pattern % {"value": shown}, between,
        language.label({"note_de": amount.get("note"), **amount}, lang, "note"),
        title or str(amount.get("source") or ""), web_address(source),
    )  # fmt: skip


def said(name: str, value: float, lang: Lang) -> str:
    """Return a number of a lever as it is read: shares in percent, changes with their sign.

    Example:
        >>> said("change", -0.005, "de").replace(numbers.NBSP, " "), said("points", 0.05, "en")
        ('−0,5 %', '+5')
    """
    hundredfold = name in PERCENT or name == POINTS
    number = _plain(round(value * _HUNDRED, _DIGITS) if hundredfold else value, lang)
    if name in SIGNED and value > 0:
        number = f"+{number}"
    percent = f"{numbers.NBSP}%" if lang == "de" else "%"
    return f"{number}{percent}" if name in PERCENT else number


def _plain(value: float, lang: Lang) -> str:
    text = format_decimal(value, locale=numbers.LOCALES[lang], decimal_quantization=False)
    return str(text).replace("-", numbers.MINUS)
