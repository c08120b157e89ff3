"""Training need as a ranked list: what the year needs, what is concluded today, and the difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.language import Lang
from api.pages import numbers
from api.pages.texts import Translations
from api.pages.topic import Choice, by_trade, cell
from api.pages.topic_words import TopicWords
from api.pages.view import Cell, Footnotes
from api.pages.wording import Wording
from api.records import Record, has_value
from api.release import Release

NEED: Final = "training_need"
TODAY: Final = "new_contracts"
EFFECTIVE: Final = "first_effective_year"
SORTS: Final = ("differenz", "bedarf", "gewerk")
NAMED: Final = 3

Found = Mapping[tuple[str, int], Record]


@dataclass(frozen=True, slots=True)
class Row:
    """A trade in the list.

    Args:
        code: Code of the trade.
        label: Its name.
        need: Contracts a year with which the gap of the year would be closed.
        today: Contracts of the base year.
        difference: Need minus today, both as shown; empty where one of them is missing.
        effective: First year in which a contract of next year counts.
        record: The record behind the need.
        contracts: The record behind today's contracts, or None.
    """

    code: str
    label: str
    need: Cell
    today: Cell | None
    difference: str
    effective: str
    record: Record
    contracts: Record | None


@dataclass(frozen=True, slots=True)
class Bare:
    """Trades without a number that share the reason."""

    reason: str
    trades: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NeedList:
    """The page's list: trades with a number, those it is too late for, those without data."""

    ranked: tuple[Row, ...]
    late: tuple[Row, ...]
    bare: tuple[Bare, ...]
    notes: tuple[str, ...]


def difference_of(found: Found, base: int, year: int) -> int | float | None:
    """Return need minus today's contracts; None where one of them is missing."""
    need, today = found.get((NEED, year)), found.get((TODAY, base))
    if need is None or today is None or not has_value(need) or not has_value(today):
        return None
    difference: int | float = need["value"] - today["value"]
    return difference


def _order(sort: str, base: int, year: int) -> Callable[[tuple[str, Found]], tuple[float, str]]:
    def key(item: tuple[str, Found]) -> tuple[float, str]:
        code, found = item
        record = found[NEED, year]
        if sort == "gewerk":
            return 0.0, str(record["trade_label"]).casefold()
        difference = difference_of(found, base, year)
        value = difference if sort == "differenz" and difference is not None else record["value"]
        # a trade without today's contracts cannot be compared: behind those that can
        return (-float(value) if sort == "bedarf" or difference is not None else float("inf")), code

    return key


def need_list(
    release: Release,
    found: Sequence[Record],
    choice: Choice,
    sort: str,
    wording: Wording,
    words: TopicWords,
) -> NeedList:
    """Return the list for the records of the base year and the target year.

    Args:
        release: For the base year.
        found: Records of one region: need, contracts, first effective year.
        choice: What the reader chose.
        sort: One of SORTS.
        wording: Short words.
        words: Sentences.
    """
    base, year, lang = release.base_year, choice.year, choice.lang
    trades = {code: got for code, got in by_trade(found).items() if (NEED, year) in got}
    known = [(code, got) for code, got in trades.items() if has_value(got[NEED, year])]
    late = [(code, got) for code, got in trades.items() if got[NEED, year]["status"] == "not_reachable"]
    notes = Footnotes()

    def row(code: str, got: Found) -> Row:
        record, contracts = got[NEED, year], got.get((TODAY, base))
        first = got.get((EFFECTIVE, year))
        difference = difference_of(got, base, year)
        return Row(
            code,
            record["trade_label"],
            cell(release, record, lang, wording, words, notes),
            None if contracts is None else cell(release, contracts, lang, wording, words, notes),
            "" if difference is None else numbers.number(difference, lang, signed=True),
            "" if first is None or not has_value(first) else str(first["value"]),
            record,
            contracts,
        )

    ranked = tuple(row(code, got) for code, got in sorted(known, key=_order(sort, base, year)))
    behind = tuple(row(code, got) for code, got in late)
    reasons: dict[str, list[tuple[str, str]]] = {}
    for code, got in trades.items():
        record = got[NEED, year]
        if not has_value(record) and record["status"] != "not_reachable":
            reason = str(record["note"] or wording.missing[record["status"]])
            reasons.setdefault(reason, []).append((code, record["trade_label"]))
    bare = tuple(Bare(reason, tuple(listed)) for reason, listed in reasons.items())
    return NeedList(ranked, behind, bare, notes.texts)


def need_sentence(release: Release, shown: NeedList, choice: Choice, lang: Lang, texts: Translations) -> str:
    """Return the sentence on top of the page, from the rows below it."""
    _, n_ = texts.gettext, texts.ngettext
    place = {"region": release.label("regions", choice.region, lang), "year": choice.year}
    if not shown.ranked and shown.late:
        return (
            _(
                "%(region)s, %(year)s: training can no longer close the gap of this year; who starts now "
                "finishes too late. Until then staying, coming from elsewhere and returning help."
            )
            % place
        )
    more = sorted(
        (row for row in shown.ranked if row.difference.startswith("+")),
        key=lambda row: (-(row.record["value"] - row.contracts["value"]) if row.contracts else 0, row.code),
    )
    if not shown.ranked:
        return _("%(region)s, %(year)s: no training need is known by trade.") % place
    if not more:
        return _("%(region)s, %(year)s: in none of the trades more contracts are needed than today.") % place
    largest = numbers.listing(
        [
            _("%(trade)s (%(need)s instead of %(today)s contracts a year)")
            % {
                "trade": row.label,
                "need": row.need.value,
                "today": row.today.value if row.today else numbers.DASH,
            }
            for row in more[:NAMED]
        ],
        lang,
    )
    return n_(
        "%(region)s, %(year)s: to close the gap, %(count)s of %(all)s trades needs more contracts than "
        "today: %(largest)s.",
        "%(region)s, %(year)s: to close the gap, %(count)s of %(all)s trades need more contracts than today, "
        "above all %(largest)s.",
        len(more),
    ) % {**place, "count": len(more), "all": len(shown.ranked), "largest": largest}
