"""Why a gap differs between two releases: item by item, component by component, the interaction told apart.

The parts of either kind add to the change in whole persons. Components need accounts of the same years and
draws in both releases; where they are not, the answer says so and has the items alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from api import language
from api.language import Lang, Text
from api.records import meta, records, region_head, trade_head
from api.release import Release
from forecast.release_difference import COMPONENT_NAMES, release_difference

COLUMNS: Final = ("kind", "code", "label", "unit", "value_before", "value_after", "change")
ITEM, COMPONENT = "item", "component"
NOTHING: Final = {"accounts_before": None, "accounts_after": None}
NO_GAP: Final = Text(
    "Nicht in beiden Ständen steht für diese Zelle eine Lücke.",
    "Not both releases show a gap for this cell.",
)
NO_COMPONENTS: Final = Text(
    "Die Konten der beiden Stände umfassen verschiedene Jahre, Ziehungen oder Formen: Nach Bestandteilen "
    "lässt sich der Unterschied nicht aufteilen.",
    "The accounts of the two releases are of different years, draws or forms: the difference cannot be split "
    "by component.",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A cell whose gap is compared: trade, region and year, and the language of the words."""

    trade: str
    region: str
    year: int
    lang: Lang


def attribution(before: Release, after: Release, asked: Asked) -> dict[str, Any]:
    """Return gap before and after, and the parts of the change; without a gap in both no parts, but a reason.

    Args:
        before: The earlier release.
        after: The later release.
        asked: The cell.
    """
    lang = asked.lang
    place = {
        "region": region_head(after, asked.region, lang),
        "trade": trade_head(after, asked.trade, lang),
    }
    about = meta(after, lang, **place, year=asked.year)
    about |= {"compared_with": before.id, "compared_as_of": before.catalogue["as_of"]}
    old, new = (_gap(one, asked) for one in (before, after))
    if old is None or new is None:
        gaps = {"gap_before": old, "gap_after": new, "change": None, "components": False, **NOTHING}
        return {"meta": {**about, **gaps, "reason": NO_GAP.of(lang)}, "data": []}
    found = release_difference(before.snapshot, after.snapshot, asked.region, asked.trade, asked.year)
    labels = _labels(before, lang) | _labels(after, lang)
    unit = after.entries["measures"]["gap"]["unit"]
    rows: list[Sequence[Any]] = [
        (ITEM, code, labels.get(code, code), unit, was, was + found.items[code], found.items[code])
        for code, was in found.items_before.items()
    ]
    parts = {} if found.components is None else found.components.contributions
    rows += [
        (COMPONENT, code, Text(*COMPONENT_NAMES[code]).of(lang), unit, None, None, change)
        for code, change in parts.items()
    ]
    about |= {
        "gap_before": found.before,
        "gap_after": found.after,
        "change": found.after - found.before,
        "components": found.components is not None,
        **NOTHING,
    }
    if found.components is not None:
        about |= {"accounts_before": found.components.before, "accounts_after": found.components.after}
    if found.components is None:
        about["reason"] = NO_COMPONENTS.of(lang)
    return {"meta": about, "data": [dict(zip(COLUMNS, row, strict=True)) for row in rows]}


def _gap(release: Release, asked: Asked) -> int | float | None:
    """Return the gap a release shows for a cell; None where it shows none or does not know the cell."""
    known = asked.region in release.entries["regions"] and asked.trade in release.entries["trades"]
    if not known or asked.year not in release.years:
        return None
    (record,) = records(release, asked.region, [asked.trade], ["gap"], [asked.year], asked.lang)
    value: int | float | None = record["value"]
    return value


def _labels(release: Release, lang: Lang) -> dict[str, str]:
    return {
        str(item["code"]): language.label({"name_de": item["label_de"], "name_en": item["label_en"]}, lang)
        for item in release.catalogue["items"]
    }
