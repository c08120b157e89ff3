"""What grows and what ages in further training, over all trades of a region: signals for curricula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api import language
from api.language import Lang
from api.pages.drawn import PlanNumber
from api.pages.topic_words import TopicWords
from api.pages.training_view import PlanRow, ages, plan_number
from api.release import Release

KIND: Final = "module"
HOURS: Final = "hours"
ALL: Final = "*"
TRENDS: Final = ("growing", "shrinking")
LASTS: Final = float("inf")  # knowledge that is not said to age stands last


@dataclass(frozen=True, slots=True)
class Signal:
    """A module.

    Args:
        code: Its code.
        label: Its name.
        ages: How the knowledge ages, and until when something is due.
        trades: Number of trades that need it.
        most: Name of the trade that needs most hours.
        hours: Those hours.
    """

    code: str
    label: str
    ages: str
    trades: int
    most: str
    hours: PlanNumber


def signals(
    release: Release,
    planned: Mapping[str, Sequence[PlanRow]],
    document: Mapping[str, Any],
    lang: Lang,
    words: TopicWords,
) -> tuple[tuple[str, tuple[Signal, ...]], ...]:
    """Return trend → modules, those that age fastest first; nothing where the plan holds no module.

    Args:
        release: For the names of trades.
        planned: Rows of the plan in a region and year, by trade.
        document: The whole plan, for the modules.
        lang: Language.
        words: Sentences.
    """
    entries = {(entry["code"], entry.get("trade")): entry for entry in document.get("modules") or ()}
    needed: dict[str, list[PlanRow]] = {}
    for rows in planned.values():
        for row in rows:
            if row["kind"] == KIND and row["measure"] == HOURS and row["code"] != ALL and row["value"]:
                needed.setdefault(str(row["code"]), []).append(row)
    found: dict[str, list[tuple[float, Signal]]] = {trend: [] for trend in TRENDS}
    for code, rows in needed.items():
        most = max(rows, key=lambda row: (row["value"], row["trade"]))
        entry = entries.get((code, most["trade"])) or entries.get((code, ALL)) or {}
        trend = str((entry.get("trend") or {}).get("value"))
        if trend in found:
            signal = Signal(
                code,
                language.label(entry, lang) or code,
                ages(entry, lang, words),
                len(rows),
                release.label("trades", most["trade"], lang),
                plan_number(most, lang, words),
            )
            found[trend].append((_years(entry), signal))
    return tuple(
        (words.trends[trend][0], tuple(signal for _, signal in sorted(listed, key=_fastest)))
        for trend, listed in found.items()
        if listed
    )


def _years(entry: Mapping[str, Any]) -> float:
    """Return after how many years a certificate ends, or half of the knowledge is gone."""
    facts = entry.get("facts") or {}
    fact = facts.get("validity") or facts.get("half_life")
    return float(fact["value"]) if fact else LASTS


def _fastest(one: tuple[float, Signal]) -> tuple[float, str]:
    return one[0], one[1].label.casefold()
