"""What training centres plan with: courses, further training, Meister courses and the outlook of starters.

Numbers come from the rows of the training plan and from the records of the cube, as the interface has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api import language
from api.language import Lang
from api.pages import numbers
from api.pages.drawn import PlanNumber
from api.pages.texts import Translations
from api.pages.topic import Choice, by_trade, cell, with_range
from api.pages.topic_words import TopicWords
from api.pages.view import Cell, Footnotes
from api.pages.wording import Wording
from api.records import Record, has_value
from api.release import Release

MEASURES: Final = (
    "apprentices", "course_weeks", "course_weeks_unsourced", "course_places", "further_training_hours",
    "further_training_participants", "master_course_places", "master_examinations", "possible_successors",
    "technician_entrants", "technician_examinations", "technician_demand", "technician_gap",
    "technician_places", "industrial_master_entrants", "industrial_master_examinations",
    "industrial_master_demand", "industrial_master_gap", "industrial_master_places", "outlook_ratio",
)  # fmt: skip
# who leads: rows of the sheet of a trade, as far as it has them
LEADERS: Final = MEASURES[MEASURES.index("master_course_places") : MEASURES.index("outlook_ratio")]
COLUMNS: Final = (
    "apprentices", "course_weeks", "course_places", "further_training_hours", "master_course_places",
)  # fmt: skip
UNREAD: Final = "course_weeks_unsourced"
WEEKS: Final = "course_weeks"
NAMED: Final = 3
_REPEAT: Final = "repeat"
_ALL: Final = "*"
_PERCENT: Final = 100

PlanRow = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Module:
    """A module of further training.

    Args:
        code: Code of the module.
        label: Its name.
        participants: People in the year.
        hours: Hours in the year.
        ages: How the knowledge ages or the certificate runs out, in words.
        assumed: Which of its facts are assumed, in words; empty where all were read.
    """

    code: str
    label: str
    participants: PlanNumber
    hours: PlanNumber
    ages: str
    assumed: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """One class of the outlook with its probability in words, and the grade in words."""

    code: str
    label: str
    probability: str
    word: str
    share: float
    grade: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The plan of one trade.

    Args:
        code: Code of the trade.
        label: Its name.
        years: Year of training → apprentices and course weeks.
        courses: Named courses with participants' weeks.
        wholes: Workshop places, classes and the like: name and number.
        modules: Trend → modules, the largest first.
        per_worker: Hours of further training per skilled worker.
        leaders: Name and number of what Meister, technicians and industrial masters need.
        outlooks: Classes of the outlook of someone who starts this year.
        examination: When that person is examined, in words.
        missing: Why there are no courses; empty where there are.
    """

    code: str
    label: str
    years: tuple[tuple[str, PlanNumber, PlanNumber], ...]
    courses: tuple[tuple[str, str, PlanNumber], ...]
    wholes: tuple[tuple[str, PlanNumber], ...]
    modules: tuple[tuple[str, str, tuple[Module, ...]], ...]
    per_worker: PlanNumber
    leaders: tuple[tuple[str, Cell], ...]
    outlooks: tuple[Outlook, ...]
    examination: str
    missing: str


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """A trade in the overview: cells by column, weeks no source has, address of its sheet."""

    code: str
    label: str
    cells: tuple[Cell | None, ...]
    unread: str
    href: str


def overview(
    release: Release,
    found: Sequence[Record],
    choice: Choice,
    wording: Wording,
    words: TopicWords,
    notes: Footnotes,
) -> tuple[tuple[OverviewRow, ...], dict[str, list[tuple[str, str]]]]:
    """Return the rows of trades with any number, and reason → trades without one.

    Args:
        release: The release.
        found: Records of the region and year, of MEASURES.
        choice: What the reader chose.
        wording: Short words.
        words: Sentences.
        notes: Collects the footnotes.
    """
    rows: list[OverviewRow] = []
    bare: dict[str, list[tuple[str, str]]] = {}
    for code, got in by_trade(found).items():
        mine = [got.get((measure, choice.year)) for measure in COLUMNS]
        some = [record for record in mine if record is not None]
        if not any(has_value(record) for record in some):
            reason = str((some[0]["note"] if some else "") or wording.missing["no_data"])
            bare.setdefault(reason, []).append((code, release.label("trades", code, choice.lang)))
            continue
        cells = tuple(
            None if record is None else cell(release, record, choice.lang, wording, words, notes)
            for record in mine
        )
        label = release.label("trades", code, choice.lang)
        unread = got.get((UNREAD, choice.year))
        rows.append(
            OverviewRow(code, label, cells, _unread(unread, choice.lang, words), choice.other(trade=code))
        )
    return tuple(rows), bare


def _unread(record: Record | None, lang: Lang, words: TopicWords) -> str:
    """Say how many of the weeks no source has; empty where all were read or nothing is known."""
    if record is None or not record["value"]:
        return ""
    return words.unread % {"weeks": numbers.number(record["value"], lang)}


def plan_number(row: PlanRow | None, lang: Lang, words: TopicWords) -> PlanNumber:
    """Return a row of the plan as it is printed."""
    if row is None or row["value"] is None:
        return PlanNumber()
    lower, upper = row["lower_80"], row["upper_80"]
    shown = "" if lower is None or upper is None else numbers.interval(lower, upper, lang)
    mark, meaning = words.basis.get(str(row["marks"]), ("", ""))
    grade = str(row.get("grade") or "")
    return PlanNumber(
        numbers.number(row["value"], lang), shown, mark, meaning if mark else "", grade,
        words.grade % {"letter": grade} if grade else "",
    )  # fmt: skip


def sheet(
    release: Release,
    code: str,
    rows: Sequence[PlanRow],
    document: Mapping[str, Any],
    leaders: Iterable[Record],
    lang: Lang,
    wording: Wording,
    words: TopicWords,
    notes: Footnotes,
) -> Sheet:
    """Return the plan of one trade in a region and year.

    Args:
        release: For names and sources.
        code: Code of the trade.
        rows: Rows of the plan for this trade, region and year.
        document: The whole plan, for modules, courses and notes.
        leaders: Records of LEADERS.
        lang: Language.
        wording: Short words.
        words: Sentences.
        notes: Collects the footnotes.
    """
    kinds: dict[str, dict[tuple[str, str], PlanRow]] = {}
    for row in rows:
        kinds.setdefault(row["kind"], {})[str(row["code"]), row["measure"]] = row
    classes = kinds.get("course", {})
    outlook = kinds.get("outlook", {})
    note = next((int(row["note"]) for row in outlook.values()), 0)
    entries = document.get("notes") or [{}]
    craft = release.entries["trades"][code].get("sector") == "craft"
    return Sheet(
        code,
        release.label("trades", code, lang),
        _years(kinds.get("training_year", {}), lang, words),
        _courses(classes, code, document, lang, words),
        tuple(
            (words.plan[measure], plan_number(classes[_ALL, measure], lang, words))
            for measure in ("workshop_places", "classes")
            if (_ALL, measure) in classes
        ),
        _modules(kinds.get("module", {}), code, document, lang, words),
        plan_number(kinds.get("module", {}).get((_ALL, "hours_per_worker")), lang, words),
        tuple(
            (words.measures[record["measure"]], cell(release, record, lang, wording, words, notes))
            for record in sorted(leaders, key=lambda record: LEADERS.index(record["measure"]))
            if has_value(record)
        ),
        _outlooks(outlook, document, words, lang),
        str(entries[note].get(lang) or entries[note].get("de") or "") if note < len(entries) else "",
        "" if classes or kinds.get("training_year") else words.no_courses if craft else words.industry,
    )


def _years(
    rows: Mapping[tuple[str, str], PlanRow], lang: Lang, words: TopicWords
) -> tuple[tuple[str, PlanNumber, PlanNumber], ...]:
    codes = list(dict.fromkeys(code for code, _ in rows))
    return tuple(
        (
            words.training_years.get(code) or words.training_year % {"number": code},
            plan_number(rows.get((code, "apprentices")), lang, words),
            plan_number(rows.get((code, WEEKS)), lang, words),
        )
        for code in sorted(codes, key=lambda code: (code == _REPEAT, code))
    )


def _courses(
    rows: Mapping[tuple[str, str], PlanRow],
    trade: str,
    document: Mapping[str, Any],
    lang: Lang,
    words: TopicWords,
) -> tuple[tuple[str, str, PlanNumber], ...]:
    titles = {
        one["code"]: str(one.get("title") or "")
        for one in document.get("courses", ())
        if one.get("trade") == trade and one.get("code")
    }
    return tuple(
        (code, titles.get(code, ""), plan_number(row, lang, words))
        for (code, measure), row in rows.items()
        if code != _ALL and measure == WEEKS
    )


def _modules(
    rows: Mapping[tuple[str, str], PlanRow],
    trade: str,
    document: Mapping[str, Any],
    lang: Lang,
    words: TopicWords,
) -> tuple[tuple[str, str, tuple[Module, ...]], ...]:
    """Return trend → modules; a module of the trade goes before one of all trades with the same code."""
    entries: dict[str, Mapping[str, Any]] = {}
    for entry in document.get("modules", ()):
        if entry.get("trade") == trade or (entry.get("trade") == _ALL and entry["code"] not in entries):
            entries[entry["code"]] = entry
    groups: dict[str, list[tuple[float, Module]]] = {trend: [] for trend in words.trends}
    for code in dict.fromkeys(code for code, _ in rows if code != _ALL):
        entry = entries.get(code, {})
        hours = rows.get((code, "hours"))
        trend = str((entry.get("trend") or {}).get("value") or "stable")
        module = Module(
            code,
            language.label(entry, lang) or code,
            plan_number(rows.get((code, "participants")), lang, words),
            plan_number(hours, lang, words),
            ages(entry, lang, words),
            _assumed(entry, lang, words),
        )
        groups.setdefault(trend, []).append((-float(hours["value"] or 0) if hours else 0.0, module))
    return tuple(
        (*words.trends.get(trend, (trend, "")), tuple(m for _, m in sorted(listed, key=lambda one: one[0])))
        for trend, listed in groups.items()
        if listed
    )


def ages(entry: Mapping[str, Any], lang: Lang, words: TopicWords) -> str:
    """Say how knowledge ages, with the range of the years, and until when something is due."""
    facts = entry.get("facts") or {}
    fact = facts.get("validity") or facts.get("half_life")
    pattern = words.ageing.get(str(entry.get("ageing")))
    parts = []
    if fact and "validity" in facts and fact["low"] == fact["high"] == 1:
        parts.append(words.yearly)
    elif fact and pattern:
        years = numbers.number(fact["value"], lang)
        if fact["low"] != fact["high"]:
            years = f"{years} ({numbers.interval(fact['low'], fact['high'], lang)})"
        parts.append(pattern % {"years": years})
    if entry.get("deadline"):
        parts.append(words.deadline % {"day": numbers.day(str(entry["deadline"]), lang)})
    return "; ".join(parts)


def _assumed(entry: Mapping[str, Any], lang: Lang, words: TopicWords) -> str:
    named = [words.judged.get(name, name) for name in entry.get("judged") or ()]
    return words.judged_line % {"what": numbers.listing(named, lang)} if named else ""


def _outlooks(
    rows: Mapping[tuple[str, str], PlanRow], document: Mapping[str, Any], words: TopicWords, lang: Lang
) -> tuple[Outlook, ...]:
    order = [one["code"] for one in document.get("outlook_classes") or ()]
    found = {
        code: row
        for (code, measure), row in rows.items()
        if measure == "probability" and row["value"] is not None  # withheld where the trade is too small
    }
    return tuple(
        Outlook(
            code,
            words.outlooks.get(code, code),
            words.of_hundred % {"number": numbers.number(round(found[code]["value"] * _PERCENT), lang)},
            words.probability(found[code]["value"]),
            float(found[code]["value"]),
            plan_number(found[code], lang, words).graded,
        )
        for code in dict.fromkeys([*(c for c in order if c in found), *found])
    )


def training_sentence(release: Release, found: Sequence[Record], choice: Choice, texts: Translations) -> str:
    """Return the sentence on top: where most course weeks are due."""
    _, lang = texts.gettext, choice.lang
    place = {"region": release.label("regions", choice.region, lang), "year": choice.year}
    weeks = [r for r in found if r["measure"] == WEEKS and r["year"] == choice.year and has_value(r)]
    if not weeks:
        return _("%(region)s, %(year)s: no course weeks are known by trade.") % place
    if choice.trade:
        return _("%(trade)s, %(region)s, training year from autumn %(year)s: %(weeks)s course weeks.") % {
            **place,
            "trade": weeks[0]["trade_label"],
            "weeks": with_range(weeks[0], lang, texts),
        }
    largest = sorted(weeks, key=lambda r: (-r["value"], r["trade_code"]))[:NAMED]
    named = numbers.listing(
        [f"{record['trade_label']} {with_range(record, lang, texts)}" for record in largest], lang
    )
    return _("%(region)s, training year from autumn %(year)s: most course weeks fall on %(largest)s.") % {
        **place,
        "largest": named,
    }
