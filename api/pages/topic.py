"""What the pages on one topic share: the choice of region, year and group, cells, footnotes.

A cell is made from a record as the interface delivers it. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from api import language
from api.language import Lang
from api.pages import numbers
from api.pages.common_notes import note_parts
from api.pages.navigation import standing
from api.pages.texts import Translations
from api.pages.topic_words import TopicWords
from api.pages.view import Cell, Footnotes, first_years
from api.pages.wording import Wording
from api.query import canonical
from api.records import Record, has_value
from api.release import Release

ALL: Final = "*"
SIGNED: Final = frozenset({"gap", "master_gap", "technician_gap", "industrial_master_gap"})


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reader chose; all of it stands in the address.

    Args:
        path: Address of the page without its query.
        region: Code of the region.
        year: Year of the axis.
        group: Code of a group of trades; empty for all.
        trade: Code of one trade; empty for all.
        more: Further parameters of the page, in their order.
        lang: Language.
    """

    path: str
    region: str
    year: int
    group: str = ""
    trade: str = ""
    more: tuple[tuple[str, str], ...] = ()
    lang: Lang = "de"

    def address(self, lang: Lang | None = None) -> str:
        """Return the one address of this choice, in a language."""
        pairs: list[tuple[str, Sequence[str | int]]] = [
            ("region", [self.region]),
            ("year", [self.year]),
            ("gruppe", [self.group] if self.group else []),
            ("trade", [self.trade] if self.trade else []),
            *((name, [value] if value else []) for name, value in self.more),
        ]
        return f"{self.path}?{canonical(pairs, lang or self.lang)}"

    def other(self, **changed: Any) -> str:  # noqa: ANN401  (any field)
        """Return the address with something chosen differently."""
        return replace(self, **changed).address()


def cell(
    release: Release, record: Record, lang: Lang, wording: Wording, words: TopicWords, notes: Footnotes
) -> Cell:
    """Return a record as a cell of a table: number, range, short mark, or why there is no number.

    Args:
        release: For the first year in which a measure can be reached.
        record: One cell of the cube as the interface delivers it.
        lang: Language.
        wording: Short words in that language.
        words: Sentences in that language.
        notes: Collects the footnotes.
    """
    measure, status = record["measure"], record["status"]
    own = notes.numbers(note_parts(record))
    if status == "not_reachable" and (years := first_years(release, record)):
        return Cell(measure, numbers.DASH, words=words.effective % {"year": years[0]}, notes=own)
    if not has_value(record):
        return Cell(measure, numbers.DASH, words=wording.missing[status], notes=own)
    signed = measure in SIGNED
    lower, upper = record["lower_80"], record["upper_80"]
    shown = ""
    if lower is not None and upper is not None:
        shown = numbers.interval(lower, upper, lang, signed=signed)
    mark, meaning = wording.mark(status, record["grade"])
    value = numbers.number(record["value"], lang, signed=signed)
    return Cell(measure, value, shown, "", mark, meaning, own)


def with_range(record: Record, lang: Lang, texts: Translations) -> str:
    """Return a number with its 80 % range for a sentence."""
    value = numbers.number(record["value"], lang)
    if record["lower_80"] is None or record["upper_80"] is None:
        return value
    between = numbers.interval(record["lower_80"], record["upper_80"], lang)
    return texts.gettext("%(value)s (80%% range %(range)s)") % {"value": value, "range": between}


def by_trade(found: Iterable[Record]) -> dict[str, dict[tuple[str, int], Record]]:
    """Return trade → (measure, year) → record, trades in the order of the records."""
    result: dict[str, dict[tuple[str, int], Record]] = {}
    for record in found:
        result.setdefault(record["trade_code"], {})[record["measure"], record["year"]] = record
    return result


def regions_with(release: Release, measures: Sequence[str], years: Sequence[int]) -> frozenset[str]:
    """Return the regions in which any of some measures has a value in any of some years."""
    at = [place for m in measures if (place := release.position("measure", m)) is not None]
    when = [place for y in years if (place := release.position("year", y)) is not None]
    if not at or not when:
        return frozenset()
    values = release.snapshot.cube[:, :, :, :, 0]
    known = np.isfinite(values[:, :, min(at) : max(at) + 1, min(when) : max(when) + 1])
    chosen = np.asarray(known[:, :, [place - min(at) for place in at]].any(axis=(1, 2, 3)))
    return frozenset(code for code, has in zip(release.snapshot.axes.regions, chosen, strict=True) if has)


def trades_with(release: Release, region: str, measures: Sequence[str]) -> frozenset[str]:
    """Return the trades of which any of some measures has a value in a region, in any year."""
    at = [place for m in measures if (place := release.position("measure", m)) is not None]
    place = release.position("region", region)
    if not at or place is None:
        return frozenset()
    known = np.asarray(np.isfinite(release.snapshot.cube[place, :, at, :, 0]).any(axis=(0, 2)))
    found = {code for code, has in zip(release.snapshot.axes.trades, known, strict=True) if has}
    return frozenset(found.intersection(release.trades))


def frame(
    release: Release,
    choice: Choice,
    wording: Wording,
    words: TopicWords,
    filled: frozenset[str],
    years: Sequence[int],
) -> dict[str, Any]:
    """Return what stands around the contents of every page on a topic.

    Args:
        release: The release.
        choice: What the reader chose.
        wording: Short words.
        words: Sentences.
        filled: Regions that have something to show.
        years: Years to choose from.
    """
    lang = choice.lang
    shown = sorted({*years, choice.year})
    return {
        "choice": choice,
        "region": choice.region,
        "region_label": release.label("regions", choice.region, lang),
        "year": choice.year,
        "group": choice.group,
        "trade": choice.trade,
        "more": [(name, value) for name, value in choice.more if value],
        "regions": _levels(release, wording, filled, lang),
        "filled": choice.region in filled,
        "elsewhere": [
            {"label": release.label("regions", code, lang), "href": choice.other(region=code)}
            for code in release.entries["regions"]
            if code in filled and code != choice.region
        ],
        "years": shown,
        "groups": [
            {"code": code, "label": release.label("groups", code, lang)}
            for code in release.entries["groups"]
            if any(entry["group"] == code for entry in release.entries["trades"].values())
        ],
        "marks": list(wording.marks.values()),
        "grades": list(wording.grades.items()),
        "self_address": choice.address(),
        "standing": standing(release, lang),
        "words": words,
    }


def _levels(release: Release, wording: Wording, filled: frozenset[str], lang: Lang) -> list[dict[str, Any]]:
    levels: dict[str, list[dict[str, str]]] = {level: [] for level in wording.levels}
    for code, entry in release.entries["regions"].items():
        if code in release.snapshot.axes.regions:
            name = language.label(entry, lang)
            label = name if code in filled else wording.coverage["none"] % {"region": name}
            levels.setdefault(entry["level"], []).append({"code": code, "label": label})
    return [
        {"label": wording.levels.get(level, level), "regions": listed}
        for level, listed in levels.items()
        if listed
    ]


def web_address(entry: Mapping[str, Any]) -> str:
    """Return the address of a source if it is one of the web, else nothing."""
    url = str(entry.get("url") or "")
    return url if url.startswith(("https://", "http://")) and " " not in url else ""


def downloads(path: str, text: str) -> dict[str, str]:
    """Return the addresses of an answer of the interface in three formats.

    Example:
        >>> downloads("/api/v1/succession", "region=BB")["xlsx"]
        '/api/v1/succession.xlsx?region=BB'
    """
    return {
        "json": f"{path}?{text}",
        "csv": f"{path}.csv?{text}",
        "xlsx": f"{path}.xlsx?{text}",
    }
