"""How good the forecasts are, in words and numbers of the model cards: no score is computed here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from api.language import Lang
from api.language import label as name_of
from api.pages import charts, numbers
from api.pages.texts import Translations
from api.pages.wording import Wording
from api.release import Release

RECORD: Final = "error_record"
_BACKTEST: Final = "backtest"
_OF_TEN: Final = 10
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-ZÄÖÜ0-9])")


@dataclass(frozen=True, slots=True)
class Score:
    """One line of a model card, ready to print; a dash where the card holds no such number.

    Args:
        level: Level of the regions.
        horizon: Years ahead.
        cases: Number of forecasts compared.
        origins: Number of years in which they were made.
        error: Our mean error as a share of the figures.
        last: Error of the last value.
        skill: How much smaller ours is; negative where the last value was nearer.
        lost: Whether the last value was nearer.
        verdict: The same in a word.
        inside_80: In how many of ten years the figure lay in the 80 % range; None if unknown.
        coverage_80: The same in percent.
        coverage_95: For the 95 % range.
        ranges: Our ranges against those of the last value (relative WIS); below 1 ours were better.
        ranges_lost: Whether those of the last value were better.
        method: Name of the method, where a card names several.
    """

    level: str
    horizon: str
    cases: str
    origins: str
    error: str
    last: str
    skill: str
    lost: bool
    verdict: str
    inside_80: int | None
    coverage_80: str
    coverage_95: str
    ranges: str
    ranges_lost: bool
    method: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """All scores of one quantity, with their picture."""

    code: str
    label: str
    scores: tuple[Score, ...]
    chart: Markup | None
    sentence: str


def cards(release: Release) -> list[Mapping[str, Any]]:
    """Return the cards with scores, without the error record."""
    return [card for code, card in release.entries["cards"].items() if code != RECORD and card.get("scores")]


def sentences(text: str) -> list[str]:
    """Return the sentences of a card one by one.

    Example:
        >>> sentences("Verträge (31.12.), Land: besser. Bei 2 von 3 nicht.")
        ['Verträge (31.12.), Land: besser.', 'Bei 2 von 3 nicht.']
    """
    return [part for part in _SENTENCE.split(text.strip()) if part]


def judgements(release: Release, lang: Lang) -> list[dict[str, Any]]:
    """Return what each card says of itself: title, summary, where it loses, what its ranges held."""
    said = []
    for card in cards(release):
        covered = card.get(f"covered_{lang}") or ()
        said.append(
            {
                "title": name_of(card, lang, "title"),
                "summary": name_of(card, lang, "summary"),
                "loses": sentences(name_of(card, lang, "loses")),
                "covered": [str(one) for one in covered],
                "strict": card["quantity"] == _BACKTEST,
            }
        )
    return said


def record(document: Mapping[str, Any] | None, lang: Lang) -> dict[str, Any] | None:
    """Return what the error record in force says; None as long as there is none.

    Args:
        document: The record beside the releases: it grows while a release stays as it is.
        lang: Language of the sentences.
    """
    if document is None:
        return None
    card = document["card"]
    return {"summary": name_of(card, lang, "summary"), "loses": sentences(name_of(card, lang, "loses"))}


def quantities(release: Release, lang: Lang) -> dict[str, str]:
    """Return code → name of the quantities that have scores, in the order of the cards."""
    found: dict[str, str] = {}
    for card in cards(release):
        for score in card["scores"]:
            code = str(score.get("indicator") or card["quantity"])
            found.setdefault(code, _name(release, card, score, lang))
    return found


def groups(
    release: Release, chosen: str, lang: Lang, words: Translations, wording: Wording
) -> tuple[Group, ...]:
    """Return the scores by quantity.

    Args:
        release: Its cards are shown.
        chosen: Only this quantity; empty for all.
        lang: Language.
        words: Catalogue of the language.
        wording: Short words for levels.
    """
    raw: dict[str, list[Mapping[str, Any]]] = {}
    for card in cards(release):
        for score in card["scores"]:
            raw.setdefault(str(score.get("indicator") or card["quantity"]), []).append(score)
    names = quantities(release, lang)
    return tuple(
        _group(code, names[code], scores, lang, words, wording)
        for code, scores in raw.items()
        if chosen in ("", code)
    )


def _group(
    code: str,
    label: str,
    scores: Sequence[Mapping[str, Any]],
    lang: Lang,
    words: Translations,
    wording: Wording,
) -> Group:
    order = list(wording.levels)
    scores = sorted(scores, key=lambda score: (_rank(score, order), score.get("horizon") or 0))
    shown = tuple(_score(score, lang, words, wording) for score in scores)
    judged = [score for score in scores if score.get("skill") is not None]
    chart = None
    if judged:
        bars = [charts.Bar(_place(score, words, wording), round(100 * score["skill"], 1)) for score in judged]
        chart = charts.bars(
            bars, key=f"skill-{code.replace('_', '-')}", lang=lang, words=words, signed=True, unit="%",
            title=words.gettext("%(name)s: advantage over the last value in percent") % {"name": label},
        )  # fmt: skip
    return Group(code, label, shown, chart, _sentence(label, judged, lang, words))


def _rank(score: Mapping[str, Any], order: Sequence[str]) -> int:
    """Return the place of a score's level, from the nation down."""
    level = str(score.get("level") or "")
    return order.index(level) if level in order else len(order)


def _sentence(label: str, judged: Sequence[Mapping[str, Any]], lang: Lang, words: Translations) -> str:
    """Say in how many comparisons we were at least as near as the last value, and what the ranges held."""
    if not judged:
        return ""
    won = sum(score["skill"] >= 0 for score in judged)
    said = words.gettext(
        "%(name)s: our error is not larger than that of the last value in %(won)s of %(all)s comparisons. "
        "The bars show our advantage in percent; left of zero the last value was nearer."
    ) % {"name": label, "won": won, "all": len(judged)}
    held = sorted(score["coverage_80"] for score in judged if score.get("coverage_80") is not None)
    if not held:
        return said
    least, most = _share(held[0], lang), _share(held[-1], lang)
    hits = words.gettext(
        "The 80%% range, which should hold in 8 of 10 cases, held in %(least)s to %(most)s of them."
    )
    return f"{said} {hits % {'least': least, 'most': most}}"


def balance(release: Release, words: Translations) -> str:
    """Return the sentence on top: how often the last value would have been nearer, over all quantities."""
    found = [s["skill"] for card in cards(release) for s in card["scores"] if s.get("skill") is not None]
    if not found:
        return words.gettext("This release holds no comparison with the last value.")
    lost = sum(skill < 0 for skill in found)
    return words.gettext(
        "By the mean error the last value would have been nearer to the figure than our forecast in "
        "%(lost)s of %(all)s comparisons, in %(won)s it would not."
    ) % {"lost": lost, "all": len(found), "won": len(found) - lost}


def _name(release: Release, card: Mapping[str, Any], score: Mapping[str, Any], lang: Lang) -> str:
    indicator = score.get("indicator")
    return release.label("indicators", str(indicator), lang) if indicator else name_of(card, lang, "title")


def _place(score: Mapping[str, Any], words: Translations, wording: Wording) -> str:
    """Return level and horizon of a score as the label of its dot."""
    level = str(score.get("level") or "")
    ahead = _ahead(score, words)
    return ", ".join(part for part in (wording.levels.get(level, level), ahead) if part)


def _ahead(score: Mapping[str, Any], words: Translations) -> str:
    years = score.get("horizon")
    if years is None:
        return ""
    return words.ngettext("%(years)s year ahead", "%(years)s years ahead", years) % {"years": years}


def _score(score: Mapping[str, Any], lang: Lang, words: Translations, wording: Wording) -> Score:
    level, skill, covered = str(score.get("level") or ""), score.get("skill"), score.get("coverage_80")
    lost, ratio = skill is not None and skill < 0, score.get("relative_wis")
    verdict = "" if skill is None else words.gettext("lost") if lost else words.gettext("won")
    return Score(
        wording.levels.get(level, level),
        _ahead(score, words),
        _count(score.get("n"), lang),
        _count(score.get("origins"), lang),
        _share(score.get("wape"), lang),
        _share(score.get("wape_last"), lang),
        _share(skill, lang, signed=True),
        lost,
        verdict,
        None if covered is None else round(_OF_TEN * covered),
        _share(covered, lang),
        _share(score.get("coverage_95"), lang),
        numbers.DASH if ratio is None else numbers.number(round(ratio, 2), lang),
        ratio is not None and ratio > 1,
        str(score.get("model") or ""),
    )


def _share(share: float | None, lang: Lang, *, signed: bool = False) -> str:
    return numbers.DASH if share is None else numbers.percent(share, lang, signed=signed)


def _count(count: int | None, lang: Lang) -> str:
    return numbers.DASH if count is None else numbers.number(count, lang)
