"""JSON-stat 2.0: one dense cube with codes, labels, units, and a status for every value.

Source: JSON-stat 2.0 format specification (json-stat.org/full).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from api import starters
from api.columns import INFO
from api.formats.tokens import json_numbers
from api.language import Lang, Text
from api.records import meta
from api.release import Release
from api.selection import Selection
from api.table import Table
from forecast.snapshot import STATISTICS, STATUSES

#: units that are counted
WHOLE: Final = frozenset({"persons", "contracts", "firms"})
DIMENSIONS: Final = ("region", "trade", "measure", "year", "statistic")
TITLES: Final = {
    "region": Text("Region", "Region"),
    "trade": Text("Gewerk", "Trade"),
    "measure": Text("Messgröße", "Measure"),
    "year": Text("Jahr", "Year"),
    "statistic": Text("Kennwert", "Statistic"),
}


def statistics_of(selection: Selection) -> list[str]:
    """Return value and the bounds that are shown, and the numbers of this resource alone."""
    more = [name for name in starters.STATISTICS if name in selection.more]
    if selection.only:
        return [name for name in (*STATISTICS, *more) if name in selection.only]
    bounds = [name for name in STATISTICS[1:] if name.split("_")[1] in selection.levels]
    return [STATISTICS[0], *bounds, *more]


def _category(codes: Sequence[str], labels: Sequence[str]) -> dict[str, Any]:
    return {"index": list(codes), "label": dict(zip(codes, labels, strict=True))}


def decimals_of(entry: Mapping[str, Any]) -> dict[str, int]:
    """Return the digits after the decimal point of a measure, where the release says them.

    Args:
        entry: Measure of the catalogue; an older release says nothing, and what is counted has none.
    """
    if "decimals" in entry:
        return {"decimals": int(entry["decimals"])}
    return {"decimals": 0} if entry["unit"] in WHOLE else {}


def dimensions(release: Release, selection: Selection) -> dict[str, Any]:
    """Return the dimensions with their categories; units stand at the measures."""
    lang = selection.lang
    found: dict[str, Any] = {}
    for name in ("region", "trade", "measure"):
        codes: tuple[str, ...] = getattr(selection, f"{name}s")
        names = release.labels(f"{name}s", lang)
        found[name] = {
            "label": TITLES[name].of(lang),
            "category": _category(codes, [names[c] for c in codes]),
        }
    entries = release.entries["measures"]
    found["measure"]["category"]["unit"] = {
        code: {"label": entries[code]["unit"]} | decimals_of(entries[code]) for code in selection.measures
    }
    years = [str(year) for year in selection.years]
    found["year"] = {"label": TITLES["year"].of(lang), "category": _category(years, years)}
    shown = statistics_of(selection)
    headings = [INFO[name].heading(lang) for name in shown]
    found["statistic"] = {"label": TITLES["statistic"].of(lang), "category": _category(shown, headings)}
    if classes := outlook_classes(release, selection):
        # the standard's place for what a category means: a list of sentences at its code
        said = [starters.limits_sentence(one, lang) for one in classes]
        notes = {name: said for name in shown if name in STATISTICS}
        notes |= {f"probability_{one['code']}": [text] for one, text in zip(classes, said, strict=True)}
        found["statistic"]["category"]["note"] = {name: notes[name] for name in shown if name in notes}
    return found


def outlook_classes(release: Release, selection: Selection) -> list[dict[str, Any]]:
    """Return the classes of the outlook with their limits; none for a selection of another resource."""
    shown = starters.CLASS_CODES[0] in selection.more
    return release.starters().classes(selection.lang) if shown else []


def head(release: Release, selection: Selection, title: str) -> dict[str, Any]:
    """Return a dataset without values: what PxWeb calls the metadata of a table."""
    lang: Lang = selection.lang
    about: Mapping[str, Any] = meta(release, lang)
    shown = dimensions(release, selection)
    return {
        "version": "2.0",
        "class": "dataset",
        "label": title,
        "source": "; ".join(about["attribution"]),
        "updated": about["as_of"],
        "note": [about["sign_convention"], about["ranges"]],
        "id": list(DIMENSIONS),
        "size": [len(one["category"]["index"]) for one in shown.values()],
        "role": {"geo": ["region"], "time": ["year"], "metric": ["measure"]},
        "dimension": shown,
        "extension": {
            "snapshot_id": release.id,
            "scenario": about["scenario"],
            "base_year": about["base_year"],
            "status": list(STATUSES),
            **({"outlook_classes": classes} if (classes := outlook_classes(release, selection)) else {}),
        },
    }


def empty(title: str) -> dict[str, Any]:
    """Return a dataset without cells."""
    return {
        "version": "2.0", "class": "dataset", "label": title, "id": ["none"], "size": [0],
        "dimension": {"none": {"category": {"index": []}}}, "value": [],
    }  # fmt: skip


def jsonstat(table: Table, title: str) -> bytes:
    """Return a selection as a JSON-stat dataset; missing numbers are null and have a status.

    A class of the outlook is no number: the extension holds its code once per cell, in the order of the cube
    without its last dimension.

    Args:
        table: A whole selection, not a page of one.
        title: Name of the dataset.
    """
    selection = table.selection
    shown = statistics_of(selection)
    if not table.rows:
        return orjson.dumps(empty(title))
    numbers = table.numbers(shown)
    status = table.column("status").values(table.rows)  # type: ignore[union-attr]
    about = head(table.release, selection, title)
    if "outlook_classes" in about["extension"]:
        for name in starters.CLASS_CODES:
            about["extension"][name] = table.column(name).values(table.rows)  # type: ignore[union-attr]
    first = orjson.dumps(about)
    every = orjson.dumps([one for one in status for _ in shown])
    values = json_numbers(numbers.reshape(-1))
    return first[:-1] + b',"value":' + values + b',"status":' + every + b"}"
