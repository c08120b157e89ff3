"""Why the gap of a trade is what it is: signed items that sum to it, each with its inputs and parameters."""

from __future__ import annotations

from typing import Any, Final

from api import language
from api.language import Lang, Text
from api.records import Record, has_value, meta, records, region_head, trade_head
from api.release import Release

SHOWN: Final = ("unit", "value", "lower_50", "upper_50", "lower_80", "upper_80", "lower_95", "upper_95")
REASONS: Final = {
    "no_data": Text("Zu diesem Gewerk liegen keine Angaben vor.", "There are no data for this trade."),
    "suppressed": Text(
        "Die Zahl ist geheim zu halten, weil zu wenige Fälle dahinterstehen.",
        "The figure is withheld because too few cases stand behind it.",
    ),
    "not_reachable": Text(
        "In diesem Jahr lässt sich noch nichts ausrichten.", "Nothing can take effect in this year yet."
    ),
}


def explanation(release: Release, trade: str, region: str, year: int, lang: Lang) -> dict[str, Any]:
    """Return gap, demand, supply and the items whose sum is the gap.

    Items with status but without a number are left out. Without a gap there are no items, but a reason.

    Args:
        release: The release to read.
        trade: Code of a trade.
        region: Code of a region.
        year: Year of the axis.
        lang: Language of labels and sentences.

    Raises:
        ValueError: If the items do not sum to the gap; a sum that does not close is never shown.
    """
    items = [item for item in release.catalogue["items"] if item["code"] in release.entries["measures"]]
    measures = ("gap", "demand", "supply", *(item["code"] for item in items))
    gap, demand, supply, *parts = records(release, region, [trade], measures, [year], lang)
    known = has_value(gap)
    derivation = release.snapshot.documents["derivations"].get(f"{region}|{trade}", {})
    shown = [
        _item(item, part, derivation.get(item["code"], {}), release, lang)
        for item, part in zip(items, parts, strict=True)
        if known and has_value(part)
    ]
    total = sum(entry["value"] for entry in shown) if known else None
    if known and (total != gap["value"] or gap["value"] != demand["value"] - supply["value"]):
        raise ValueError(f"{region} {trade} {year}: items sum to {total}, the gap is {gap['value']}")
    return {
        "meta": meta(
            release, lang, region=region_head(release, region, lang), trade=trade_head(release, trade, lang),
            year=year,
        ),
        "gap": gap,
        "demand": demand,
        "supply": supply,
        "items": shown,
        "sum": total,
        "related": [
            _item(named, part, derivation[named["code"]], release, lang)
            for named, part in _related(release, trade, region, year, derivation, lang)
        ],
        "status": gap["status"],
        "reason": None if known else _reason(gap, lang),
    }  # fmt: skip


def _related(
    release: Release, trade: str, region: str, year: int, derivation: dict[str, Any], lang: Lang
) -> list[tuple[dict[str, str], Record]]:
    """The other measures of the cell whose making is told, with the names of their catalogue entries."""
    entries = release.entries["measures"]
    items = {item["code"] for item in release.catalogue["items"]}
    codes = [code for code in entries if code in derivation and code not in items]
    named = [
        {"code": code, "label_de": entries[code]["name_de"], "label_en": entries[code]["name_en"]}
        for code in codes
    ]
    return list(zip(named, records(release, region, [trade], codes, [year], lang), strict=True))


def _item(
    item: dict[str, str], record: Record, derivation: dict[str, Any], release: Release, lang: Lang
) -> dict[str, Any]:
    inputs = derivation.get("inputs", [])
    parameters = derivation.get("parameters", [])
    estimates = derivation.get("estimates", [])
    sources = release.sources_of(str(one.get("source") or "") for one in (*inputs, *parameters))
    return {
        "item": item["code"],
        "label": language.label(item, lang, "label"),
        **{column: record[column] for column in SHOWN},
        "status": record["status"],
        "grade": record["grade"],
        "note": record["note"],
        "formula": language.label(derivation, lang, "formula") or None,
        "inputs": [
            {"label": language.label(one, lang, "label")}
            | {key: value for key, value in one.items() if not key.startswith("label_")}
            for one in inputs
        ],
        "parameters": [{"label": release.label("parameters", one["name"], lang)} | one for one in parameters],
        "estimates": [
            {
                "label": language.label(one, lang, "label"),
                "key": one["key"],
                "value": one["value"],
                "how": language.label(one, lang, "how"),
            }
            for one in estimates
        ],
        "source": "; ".join(sources),
        "sources": sources,
    }


def _reason(gap: Record, lang: Lang) -> str:
    return str(gap["note"] or REASONS.get(gap["status"], REASONS["no_data"]).of(lang))
