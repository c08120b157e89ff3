"""Where the gap of single trades would have been right in past years: by trade and years ahead, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.documentation import PREFIX
from api.language import Lang
from api.listed import every
from api.pages import numbers
from api.pages.past_view import DOCUMENT, HORIZONS, MEASURE
from api.pages.texts import Translations
from api.query import canonical
from api.release import Release

Score = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hits:
    """One trade, so many years ahead; nothing where nobody could be asked.

    Args:
        inside: How often what came lay in the 80 % range.
        compared: How often it was compared.
        errors: Our mean error and that of the last value, in words.
        lost: Whether the last value was nearer.
    """

    inside: int = 0
    compared: int = 0
    errors: str = ""
    lost: bool = False


@dataclass(frozen=True, slots=True)
class TradeHits:
    """A row of the table."""

    code: str
    label: str
    href: str
    cells: tuple[Hits, ...]


@dataclass(frozen=True, slots=True)
class PastTrades:
    """What past years would have said of the gap, trade by trade, beside what came.

    Args:
        region: Name of the region.
        sentence: How often it was right, and how often the last value was nearer.
        heads: Years ahead in words.
        rows: Trades in the order of display.
        href: The comparisons as data.
    """

    region: str
    sentence: str
    heads: tuple[str, ...]
    rows: tuple[TradeHits, ...]
    href: str


def past_trades(release: Release, lang: Lang, words: Translations) -> PastTrades | None:
    """Return the comparisons in the region shown first; None for a release that holds none.

    Args:
        release: The release.
        lang: Language.
        words: Catalogue of the language.
    """
    document = release.snapshot.documents.get(DOCUMENT) or {}
    region = str(release.catalogue["default_region"])
    found: dict[str, dict[int, Score]] = {}
    for score in document.get("horizons") or ():
        if score["region"] == region and score["measure"] == MEASURE and score["horizon"] in HORIZONS:
            found.setdefault(score["trade"], {})[score["horizon"]] = score
    if not found:
        return None
    label = release.label("regions", region, lang)
    shown = [horizon for horizon in HORIZONS if any(horizon in scores for scores in found.values())]
    place = canonical([("region", [region])], lang)
    asked = canonical([("region", [region]), ("measure", [MEASURE]), ("with", ["side"])], lang)
    return PastTrades(
        label,
        _sentence([score for scores in found.values() for score in scores.values()], label, words),
        tuple(
            words.ngettext("%(years)s year ahead", "%(years)s years ahead", h) % {"years": h} for h in shown
        ),
        tuple(
            TradeHits(
                code,
                release.label("trades", code, lang),
                f"/gewerk?trade={code}&{place}#titel-frueher",
                tuple(_hits(found[code].get(horizon), lang, words) for horizon in shown),
            )
            for code in every(release.entries["trades"])
            if code in found
        ),
        f"{PREFIX}/past-forecasts?{asked}",
    )


def _is_lost(score: Score) -> bool:
    ours, last = score["mean_error"], score["mean_error_last"]
    return ours is not None and last is not None and ours > last


def _hits(score: Score | None, lang: Lang, words: Translations) -> Hits:
    if score is None:
        return Hits()
    errors = ""
    if score["mean_error"] is not None:
        errors = words.gettext("error %(ours)s, last value %(last)s") % {
            "ours": numbers.number(score["mean_error"], lang, digits=1),
            "last": numbers.number(score["mean_error_last"], lang, digits=1),
        }
    return Hits(score["inside_80"], score["compared"], errors, _is_lost(score))


def _sentence(scores: Sequence[Score], region: str, words: Translations) -> str:
    """Say over all trades how often the range held and how often the last value was nearer."""
    compared = [score for score in scores if score["mean_error"] is not None]
    return words.gettext(
        "%(region)s: in %(inside)s of %(asked)s comparisons what came lay in the 80%% range; 8 of 10 are "
        "promised. In %(lost)s of %(all)s cells below the last gap, left unchanged, was nearer."
    ) % {
        "region": region,
        "inside": sum(score["inside_80"] for score in scores),
        "asked": sum(score["compared"] for score in scores),
        "lost": sum(_is_lost(score) for score in compared),
        "all": len(compared),
    }
