"""What each lever would change in the training need of a trade: answers of the interface, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from api.pages.figures import Figure
from api.pages.need_view import NEED
from api.pages.scenario_results import DIFFERENCE, results
from api.pages.topic import Choice
from api.pages.wording import Wording
from api.release import Release

LEVER: Final = "hebel"
SCENARIO: Final = "szenario"


@dataclass(frozen=True, slots=True)
class Line:
    """One lever: what it is called, where it is told, the need with it, and the change."""

    code: str
    label: str
    href: str
    need: Figure
    change: Figure


@dataclass(frozen=True, slots=True)
class NeedLevers:
    """The training need of a trade without and with each lever.

    Args:
        trade: Name of the trade.
        base: The need as published.
        lines: Levers, the largest decrease first.
        links: The same numbers as data: lever and address.
    """

    trade: str
    base: Figure
    lines: tuple[Line, ...]
    links: tuple[tuple[str, str], ...]


def wanted(choice: Choice) -> str:
    """Return the trade whose levers were asked for; empty for none."""
    return dict(choice.more).get(LEVER, "")


def of_trade(choice: Choice, path: str) -> Choice:
    """Return the same place and year on another page, for the trade whose levers were asked for."""
    return replace(choice, path=path, group="", trade=wanted(choice), more=())


def single(release: Release) -> list[str]:
    """Return the scenarios that move levers of their own: not the base, none made of others."""
    return [
        code
        for code, entry in release.entries["scenarios"].items()
        if entry.get("levers") and not entry.get("builds_on") and code != release.catalogue["scenario"]
    ]


def need_levers(
    release: Release, answers: Mapping[str, Mapping[str, Any]], choice: Choice, wording: Wording
) -> NeedLevers | None:
    """Return the table; None where no lever has an answer.

    Args:
        release: For names.
        answers: Scenario → what the interface answers for the trade.
        choice: Place, year and trade, on the page of scenarios.
        wording: Short words.
    """
    if not answers:
        return None
    found = results(release, answers, choice, wording)
    line = next(one for one in found.lines if one.code == NEED)
    changes = {code: _change(answer["data"]) for code, answer in answers.items()}
    lines = [
        Line(code, label, choice.other(more=((SCENARIO, code),)), *figures)
        for code, label, figures in zip(answers, found.heads, line.variants, strict=True)
    ]
    lines.sort(key=lambda one: (changes[one.code], one.label.casefold()))
    trade = release.label("trades", choice.trade, choice.lang)
    return NeedLevers(trade, line.base, tuple(lines), found.links)


def _change(rows: Sequence[Mapping[str, Any]]) -> float:
    """Return by how much the need changes; those without a number stand last."""
    value = next(r["value"] for r in rows if r["scenario"] == DIFFERENCE and r["measure"] == NEED)
    return float("inf") if value is None else float(value)
