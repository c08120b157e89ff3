"""What scenarios come to, beside the base: answers of the interface as two tables; nothing is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.language import Lang
from api.pages import numbers
from api.pages.figures import Figure, figure, unit_of
from api.pages.topic import Choice
from api.pages.wording import Wording
from api.records import Record
from api.release import Release

BASE: Final = "base"
DIFFERENCE: Final = "difference"
OF_ALL: Final = ("gap",)
OF_ONE: Final = ("demand", "supply", "gap", "training_need")


@dataclass(frozen=True, slots=True)
class Line:
    """One trade, or one measure of a trade.

    Args:
        code: Of the trade or measure.
        label: Its name.
        unit: Unit of a measure; empty for a trade.
        href: Page where only this trade is shown; empty for a measure.
        base: Without the scenarios.
        variants: For each scenario what it comes to, and the difference from the base.
    """

    code: str
    label: str
    unit: str
    href: str
    base: Figure
    variants: tuple[tuple[Figure, Figure], ...]


@dataclass(frozen=True, slots=True)
class Share:
    """What a lever contributes to the difference of the gap."""

    label: str
    text: str
    value: str


@dataclass(frozen=True, slots=True)
class Contributions:
    """All levers of one scenario, what they do together, and the sum."""

    code: str
    label: str
    shares: tuple[Share, ...]
    interaction: str
    total: str


@dataclass(frozen=True, slots=True)
class Results:
    """The two tables.

    Args:
        heads: Names of the scenarios, in the order they were chosen.
        lines: Rows.
        contributions: Of a single trade only: shares of several trades do not belong to one number.
        contains: What the ranges contain.
        links: The same numbers as data: scenario and address.
    """

    heads: tuple[str, ...]
    lines: tuple[Line, ...]
    contributions: tuple[Contributions, ...]
    contains: tuple[str, ...]
    links: tuple[tuple[str, str], ...]


def measures_of(choice: Choice, release: Release) -> list[str]:
    """Return the measures that are asked for: all of one trade, the gap of many."""
    return [code for code in (OF_ONE if choice.trade else OF_ALL) if code in release.measures]


def results(
    release: Release, answers: Mapping[str, Mapping[str, Any]], choice: Choice, wording: Wording
) -> Results:
    """Return the tables.

    Args:
        release: For names and units.
        answers: Scenario → what the interface answers, with the address of that answer under ``self``.
        choice: Region, year and trade.
        wording: Short words in the language of the choice.
    """
    lang = choice.lang
    cells: dict[tuple[str, str], dict[str, Record]] = {}
    for answer in answers.values():
        for record in answer["data"]:
            cells.setdefault((record["trade_code"], record["measure"]), {})[record["scenario"]] = record
    differences = {
        code: {(r["trade_code"], r["measure"]): r for r in answer["data"] if r["scenario"] == DIFFERENCE}
        for code, answer in answers.items()
    }
    lines = []
    for (trade, measure), found in cells.items():
        variants = tuple(
            (
                figure(found[code], lang, wording),
                _difference(differences[code][trade, measure], lang, wording),
            )
            for code in answers
        )
        name = release.label("measures", measure, lang) if choice.trade else found[BASE]["trade_label"]
        unit = unit_of(release, measure, wording) if choice.trade else ""
        href = "" if choice.trade else choice.other(trade=trade)
        shown = measure if choice.trade else trade
        lines.append(Line(shown, name, unit, href, figure(found[BASE], lang, wording), variants))
    names = {code: release.label("scenarios", code, lang) for code in answers}
    shares = [_contributions(code, names[code], answer, lang) for code, answer in answers.items()]
    contains = [text for answer in answers.values() for text in answer["meta"]["what_if"]["contains"]]
    return Results(
        tuple(names.values()), tuple(lines),
        tuple(one for one in shares if one is not None) if choice.trade else (),
        tuple(dict.fromkeys(contains)),
        tuple((names[code], str(answer["links"]["self"])) for code, answer in answers.items()),
    )  # fmt: skip


def _difference(record: Record, lang: Lang, wording: Wording) -> Figure:
    """Return a difference: always with its sign, whatever is counted."""
    shown = figure(record, lang, wording)
    if shown.words or record["value"] is None:
        return shown
    value = numbers.number(record["value"], lang, signed=True)
    between = ""
    if record["lower_80"] is not None and record["upper_80"] is not None:
        between = numbers.interval(record["lower_80"], record["upper_80"], lang, signed=True)
    return Figure(value, between)


def _contributions(code: str, label: str, answer: Mapping[str, Any], lang: Lang) -> Contributions | None:
    """Return what the levers of a scenario contribute to the difference of the gap."""
    found = next((one for one in answer["contributions"] if one["measure"] == "gap"), None)
    if found is None:
        return None
    levers: Sequence[Mapping[str, Any]] = answer["meta"]["what_if"]["levers"]
    shares = tuple(
        Share(
            str(levers[one["lever"]]["label"]),
            str(levers[one["lever"]]["text"]).replace(" %", f"{numbers.NBSP}%"),
            _signed(one["value"], lang),
        )
        for one in found["levers"]
    )
    return Contributions(
        code, label, shares, _signed(found["interaction"], lang), _signed(found["difference"], lang)
    )


def _signed(value: float | None, lang: Lang) -> str:
    return numbers.DASH if value is None else numbers.number(value, lang, signed=True)
