"""What a release rests on and what changed since an earlier one: figures, events, differences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from api.difference import changes
from api.documentation import PREFIX
from api.language import Lang
from api.language import label as name_of
from api.pages import numbers
from api.pages.texts import Translations
from api.query import Values, canonical
from api.release import Release
from api.selection import Selection
from forecast.snapshot import SnapshotInfo

SHOWN: Final = 15
NAMED: Final = 3  # items of a change
_COMPARED: Final = "gap"


def data_status(release: Release, lang: Lang) -> list[dict[str, str]]:
    """Return one row per published quantity: latest year, since when public, number of figures, sources."""
    document = release.snapshot.documents["observations"]
    year, published, source = (document["columns"].index(n) for n in ("year", "published", "source"))
    listed = []
    for code, places in release.observed().items():
        rows = [document["rows"][place] for place in places]
        sources = release.sources_of(str(row[source]) for row in rows)
        listed.append(
            {
                "code": code,
                "label": release.label("indicators", code, lang),
                "latest": str(max(row[year] for row in rows)),
                "published": numbers.day(max(str(row[published])[:10] for row in rows), lang),
                "figures": numbers.number(len(rows), lang),
                "sources": publishers(release, sources),
            }
        )
    return sorted(listed, key=lambda row: row["label"].casefold())


def publishers(release: Release, sources: Iterable[str]) -> str:
    """Return who published some sources, each once."""
    known = release.entries["sources"]
    named = (str(known[one].get("publisher") or one) if one in known else one for one in sources)
    return "; ".join(dict.fromkeys(named))


def events(release: Release, lang: Lang, words: Translations) -> list[dict[str, str]]:
    """Return what a series must not be read across, the latest first."""
    kinds = {
        "step": words.gettext("lasting step"),
        "pulse": words.gettext("passing shock"),
        "definition_change": words.gettext("changed definition"),
        "reclassification": words.gettext("changed assignment"),
    }
    found = sorted(
        release.entries["events"].values(), key=lambda event: str(event.get("date") or ""), reverse=True
    )
    return [
        {
            "label": name_of(event, lang),
            "date": numbers.day(str(event["date"])[:10], lang),
            "kind": kinds.get(str(event.get("kind")), str(event.get("kind") or "")),
            "regions": ", ".join(release.label("regions", code, lang) for code in event.get("regions", ())),
            "description": str(event.get("description") or ""),
            "treatment": str(event.get("treatment") or ""),
        }
        for event in found
    ]


def reasons(before: Release, after: Release, lang: Lang, words: Translations) -> list[str]:
    """Return why two releases can differ, read from what each says of its own making."""
    old, new = before.snapshot.meta, after.snapshot.meta
    _, found = words.gettext, []
    if old.get("as_of") != new.get("as_of"):
        days = {key: numbers.day(str(meta["as_of"]), lang) for key, meta in (("old", old), ("new", new))}
        found.append(_("New figures: up to %(new)s instead of %(old)s.") % days)
    if old.get("inputs_sha256") != new.get("inputs_sha256"):
        found.append(_("The printed figures behind it are others."))
    if old.get("parameters_sha256") != new.get("parameters_sha256"):
        found.append(_("Assumptions were changed or added."))
    if old.get("scenario") != new.get("scenario"):
        found.append(_("Another scenario."))
    if {"draws", "seed"} <= old.keys() & new.keys() and any(old[n] != new[n] for n in ("draws", "seed")):
        text = _(
            "Other random numbers: %(draws)s draws from start value %(seed)s instead of %(before)s from "
            "%(seed_before)s."
        )
        draws, fewer = (numbers.number(int(meta["draws"]), lang) for meta in (new, old))
        seeds = {"seed": new["seed"], "seed_before": old["seed"]}
        found.append(text % {"draws": draws, "before": fewer, **seeds})
    if old.get("code_version") != new.get("code_version"):
        found.append(_("The program has another version."))
    if not found:
        found.append(_("Figures, assumptions and version are the same; the program was changed in between."))
    return found


def changed(
    rows: Sequence[Mapping[str, Any]],
    items: Sequence[Mapping[str, Any]],
    names: Mapping[str, str],
    address: str,
    lang: Lang,
    words: Translations,
) -> list[dict[str, str]]:
    """Return records of a difference as rows of a table, each with its reasons.

    Args:
        rows: Changed gaps, the largest change first.
        items: Changed items of their explanations.
        names: Item → its name.
        address: Of the difference in the interface; the reasons of one gap are below it.
        lang: Language.
        words: Catalogue of the language.
    """
    moved: dict[tuple[str, int], list[Mapping[str, Any]]] = {}
    for item in sorted(items, key=lambda item: -abs(item["change"] or 0)):
        if item["change"]:
            moved.setdefault((item["trade_code"], item["year"]), []).append(item)
    inside = {
        True: words.gettext("inside the earlier range"),
        False: words.gettext("outside the earlier range"),
        None: numbers.DASH,
    }
    return [
        {
            "trade": row["trade_label"],
            "code": row["trade_code"],
            "year": str(row["year"]),
            "before": _whole(row["value_before"], lang),
            "after": _whole(row["value_after"], lang),
            "change": _whole(row["change"], lang),
            "inside": inside[row["inside_80"]],
            "reason": _reason(row, moved.get((row["trade_code"], row["year"]), ()), names, lang, words),
            "href": f"{address}/reasons?" + canonical(
                [("trade", [row["trade_code"]]), ("region", [row["region_code"]]), ("year", [row["year"]])],
                lang,
            ),
        }
        for row in rows
    ]  # fmt: skip


def _reason(
    row: Mapping[str, Any],
    items: Sequence[Mapping[str, Any]],
    names: Mapping[str, str],
    lang: Lang,
    words: Translations,
) -> str:
    """Return the items that changed most and what is left, which add to the change; a dash without any."""
    named = items[:NAMED]
    parts = [f"{names[item['measure']]} {_whole(item['change'], lang)}" for item in named]
    if not parts:
        return numbers.DASH
    left = None if row["change"] is None else row["change"] - sum(item["change"] for item in named)
    if left:
        parts.append(words.gettext("all others %(change)s") % {"change": _whole(left, lang)})
    return "; ".join(parts)


def _whole(value: float | None, lang: Lang) -> str:
    return numbers.DASH if value is None else numbers.number(value, lang, signed=True)


def earlier(kept: tuple[SnapshotInfo, ...], current: str) -> list[SnapshotInfo]:
    """Return the other releases that are kept, the latest first."""
    return [info for info in reversed(kept) if info.id != current]


def compared_cells(before: Release, after: Release, lang: Lang) -> Selection:
    """Return the cells whose change is shown: gaps of the default region, a middle year and the horizon."""
    catalogue = after.catalogue
    first, last = after.base_year, int(catalogue["default_year"])
    years = dict.fromkeys(str(year) for year in ((first + last) // 2, last) if year in before.years)
    asked: Values = {
        "region": (str(catalogue["default_region"]),),
        "year": tuple(years) or (str(last),),
        "measure": (_COMPARED,),
        "lang": (lang,),
    }
    return Selection.of(asked, after)


def explaining_cells(
    before: Release, after: Release, rows: Sequence[Mapping[str, Any]], lang: Lang
) -> Selection | None:
    """Return the items of the explanations of changed gaps; None where there are none to compare."""
    items = [str(item["code"]) for item in after.catalogue["items"]]
    items = [code for code in items if code in after.measures and code in before.measures]
    if not rows or not items:
        return None
    asked: Values = {
        "region": (str(after.catalogue["default_region"]),),
        "trade": tuple(dict.fromkeys(row["trade_code"] for row in rows)),
        "year": tuple(dict.fromkeys(str(row["year"]) for row in rows)),
        "measure": tuple(items),
        "lang": (lang,),
    }
    return Selection.of(asked, after)


def _item_names(release: Release, lang: Lang) -> dict[str, str]:
    """Item → the short name under which explanations show it."""
    return {
        str(item["code"]): name_of({"name_de": item["label_de"], "name_en": item["label_en"]}, lang)
        for item in release.catalogue["items"]
    }


def difference(before: Release, after: Release, lang: Lang, words: Translations) -> dict[str, Any]:
    """Return what differs between an earlier release and the one in force."""
    chosen = compared_cells(before, after, lang)
    found = changes(before, after, chosen)
    judged = [row for row in found if row["inside_80"] is not None]
    sentence = words.gettext(
        "Compared with the release %(id)s: %(changed)s of %(all)s gaps have another value or status; in "
        "%(inside)s of %(judged)s the new one lies in the earlier 80%% range."
    ) % {
        "id": before.id,
        "changed": len(found),
        "all": chosen.total,
        "inside": sum(row["inside_80"] for row in judged),
        "judged": len(judged),
    }
    most = sorted(found, key=lambda row: -abs(row["change"] or 0))[:SHOWN]
    explaining = explaining_cells(before, after, most, lang)
    items = changes(before, after, explaining) if explaining else []
    address = f"{PREFIX}/snapshots/{before.id}/difference"
    return {
        "id": before.id,
        "sentence": sentence,
        "reasons": reasons(before, after, lang, words),
        "region": after.label("regions", str(after.catalogue["default_region"]), lang),
        "rows": changed(most, items, _item_names(after, lang), address, lang, words),
        "href": f"{address}?{chosen.text}",
        "explained": f"{address}?{explaining.text}" if explaining else "",
    }
