"""Succession: owners, who leaves, what is due, handed over, closed and founded, and what closures cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api.pages import numbers
from api.pages.texts import Translations
from api.pages.topic import Choice, by_trade, cell, with_range
from api.pages.topic_words import TopicWords
from api.pages.view import Cell, Footnotes
from api.pages.wording import Wording
from api.records import Record, has_value
from api.release import Release

# each column with the measures that may fill it, the better one first
COLUMNS: Final = (
    ("owners",),
    ("owners_leaving",),
    ("successions_due",),
    ("craft_handovers", "handovers"),
    ("craft_closures", "closures"),
    ("jobs_lost_closures",),
    ("training_places_lost",),
    ("successions_postponed",),
    ("possible_successors",),
    ("foundings",),
)
JOBS, PLACES = "jobs_lost_closures", "training_places_lost"
DUE: Final = "successions_due"
HANDED: Final = COLUMNS[3]
CLOSED: Final = COLUMNS[4]
NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A trade in a year, or a year of a trade.

    Args:
        code: Code of the trade, or the year.
        label: Name of the trade, or the year.
        href: Address of the same trade over the years, or of all trades in that year.
        cells: One per column; None where the release has no such measure.
    """

    code: str
    label: str
    href: str
    cells: tuple[Cell | None, ...]


def measures_of(release: Release) -> tuple[str, ...]:
    """Return the measure of each column this release has."""
    found = (next((m for m in column if m in release.measures), "") for column in COLUMNS)
    return tuple(measure for measure in found if measure)


def missing_of(release: Release, words: TopicWords) -> tuple[str, ...]:
    """Return the names of the columns this release has no measure for."""
    return tuple(
        words.measures[column[0]] for column in COLUMNS if not any(m in release.measures for m in column)
    )


def overview(
    release: Release,
    found: Sequence[Record],
    choice: Choice,
    wording: Wording,
    words: TopicWords,
    notes: Footnotes,
) -> tuple[tuple[Row, ...], dict[str, list[tuple[str, str]]]]:
    """Return one row per trade with any number, most due successions first, and reason → other trades."""
    measures = measures_of(release)
    rows: list[Row] = []
    bare: dict[str, list[tuple[str, str]]] = {}
    ordered = sorted(by_trade(found).items(), key=lambda item: _due_first(item[1].get((DUE, choice.year))))
    for code, got in ordered:
        mine = [got[measure, choice.year] for measure in measures]
        label = release.label("trades", code, choice.lang)
        own = [record for record in mine if record["measure"] != "jobs_lost_closures"]
        if not any(has_value(record) for record in own):
            reason = str((own[0]["note"] if own else "") or wording.missing["no_data"])
            bare.setdefault(reason, []).append((code, label))
            continue
        cells = tuple(cell(release, record, choice.lang, wording, words, notes) for record in mine)
        rows.append(Row(code, label, choice.other(trade=code), cells))
    return tuple(rows), bare


def _due_first(record: Record | None) -> float:
    return -float(record["value"]) if record is not None and has_value(record) else 0.0


def years_of(
    release: Release,
    found: Sequence[Record],
    choice: Choice,
    wording: Wording,
    words: TopicWords,
    notes: Footnotes,
) -> tuple[Row, ...]:
    """Return one row per year in which the chosen trade has any number."""
    measures = measures_of(release)
    by_year: dict[int, dict[str, Record]] = {}
    for record in found:
        by_year.setdefault(record["year"], {})[record["measure"]] = record
    return tuple(
        Row(
            str(year),
            str(year),
            choice.other(trade="", year=year),
            tuple(cell(release, got[m], choice.lang, wording, words, notes) for m in measures),
        )
        for year, got in by_year.items()
        if any(has_value(record) for record in got.values())
    )


def overview_sentence(release: Release, found: Sequence[Record], choice: Choice, texts: Translations) -> str:
    """Return the sentence on top of all trades: where most successions are due."""
    _, lang = texts.gettext, choice.lang
    place = {"region": release.label("regions", choice.region, lang), "year": choice.year}
    due = [r for r in found if r["measure"] == DUE and r["year"] == choice.year and has_value(r)]
    most = sorted((r for r in due if r["value"] > 0), key=lambda r: (-r["value"], r["trade_code"]))[:NAMED]
    if not due:
        return _("%(region)s, %(year)s: no successions are known by trade.") % place
    if not most:
        return _("%(region)s, %(year)s: in none of the trades a succession is due.") % place
    named = numbers.listing([f"{r['trade_label']} {with_range(r, lang, texts)}" for r in most], lang)
    place["largest"] = named
    said = _("%(region)s, %(year)s: most successions are due here: %(largest)s.") % place
    effect = _effect(found, most[0]["trade_code"], choice, texts)
    return f"{said} {effect}" if effect else said


def _effect(found: Sequence[Record], trade: str, choice: Choice, texts: Translations) -> str:
    """Say what the closures of a trade cost in jobs and training places; empty where it is not known."""
    mine = {r["measure"]: r for r in found if r["trade_code"] == trade and r["year"] == choice.year}
    jobs, places = mine.get(JOBS), mine.get(PLACES)
    if jobs is None or places is None or not has_value(jobs) or not has_value(places):
        return ""
    return texts.gettext(
        "With firms that close without a successor, %(trade)s lose %(jobs)s jobs and %(places)s training "
        "contracts in the year."
    ) % {
        "trade": jobs["trade_label"],
        "jobs": with_range(jobs, choice.lang, texts),
        "places": with_range(places, choice.lang, texts),
    }


def trade_sentence(release: Release, found: Sequence[Record], choice: Choice, texts: Translations) -> str:
    """Return the sentence on top of one trade: of the firms due, how many are handed over, how many close."""
    _, lang = texts.gettext, choice.lang
    place = {
        "region": release.label("regions", choice.region, lang),
        "trade": release.label("trades", choice.trade, lang),
        "year": choice.year,
    }
    now = {r["measure"]: r for r in found if r["year"] == choice.year and has_value(r)}
    handed = next((now[m] for m in HANDED if m in now), None)
    closed = next((now[m] for m in CLOSED if m in now), None)
    if DUE not in now or handed is None or closed is None:
        return _("%(trade)s, %(region)s, %(year)s: no successions are known.") % place
    said = _(
        "%(trade)s, %(region)s, %(year)s: %(due)s firms are due for succession, %(handed)s are handed over; "
        "in all %(closed)s firms close, also without having looked for a successor."
    ) % {
        **place,
        "due": with_range(now[DUE], lang, texts),
        "handed": with_range(handed, lang, texts),
        "closed": with_range(closed, lang, texts),
    }
    effect = _effect(found, choice.trade, choice, texts)
    return f"{said} {effect}" if effect else said
