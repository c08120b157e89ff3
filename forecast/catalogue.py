"""The catalogue of a release: codes, indicators, parameters, sources, events and cards as plain documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

import pandas as pd

from forecast.domain.codes import CodeList, Region, Trade
from forecast.domain.matrix import ITEMS
from forecast.domain.parameters import ParameterSet
from forecast.range_contents import range_contents
from forecast.rounding import decimals_of
from forecast.sources.definitions import Definitions

GROUPS: tuple[tuple[str, str, str], ...] = (
    ("metal", "Metall", "Metal"),
    ("electro", "Elektro", "Electrical"),
    ("shk", "Sanitär, Heizung, Klima", "Plumbing, heating, cooling"),
    ("vehicle", "Fahrzeug", "Vehicles"),
    ("other", "Übrige Handwerke", "Other crafts"),
)

OBSERVATION_COLUMNS = (
    "indicator", "trade", "region", "year", "age", "value", "unit", "status", "published", "source", "note",
)  # fmt: skip


def plain(value: Any) -> Any:  # noqa: ANN401 -- any value of a document goes in, its JSON form comes out
    """A value as JSON knows it: dataclasses become mappings, dates ISO text, tuples lists.

    Example:
        >>> plain({"from": date(2020, 2, 14), "parents": ("BB",)})
        {'from': '2020-02-14', 'parents': ['BB']}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in (sorted(value) if isinstance(value, (set, frozenset)) else value)]
    return value


def trade_entry(trade: Trade, codes: CodeList) -> dict[str, Any]:
    """A trade with the training occupations and occupation groups that map to it."""
    groups = [
        {
            "code": link.occupation_group,
            "name_de": codes.occupation_groups[link.occupation_group].name_de,
            "role": link.role,
            "weight": link.weight,
            "low": link.low,
            "high": link.high,
            "kind": link.kind,
        }
        for link in codes.links_of(trade.code)
    ]
    numbers: dict[str, list[Any]] = {}
    for number in codes.numbers:
        numbers.setdefault(number.occupation, []).append(plain(number))
    occupations = [
        {**plain(occupation), "numbers": numbers.get(occupation.code, [])}
        for occupation in codes.occupations_of(trade.code)
    ]
    names = [plain(name) for name in codes.names if name.trade == trade.code]
    return {
        **plain(trade),
        "training_occupations": occupations,
        "occupation_groups": groups,
        "other_names": names,
    }


def region_entry(region: Region, codes: CodeList) -> dict[str, Any]:
    """A region with the post codes that lie in it, and where else each of them lies."""
    post_codes = [
        {
            "code": entry.post_code,
            "districts": list(entry.districts),
            "outside": list(entry.outside),
            "kind": entry.kind,
            "source": entry.source,
        }
        for entry in codes.post_codes
        if region.code in entry.districts
    ]
    return {**plain(region), "post_codes": post_codes}


def parameter_entries(parameters: ParameterSet) -> list[dict[str, Any]]:
    """All parameters with their dated, sourced values; the key of an entry is a mapping."""
    entries = []
    for parameter in parameters.parameters.values():
        document = plain(parameter)
        document["entries"] = [
            {
                **dict(zip(parameter.keyed_by, entry.key, strict=True)),
                **{k: v for k, v in plain(entry).items() if k != "key"},
            }
            for entry in parameter.entries
        ]
        entries.append(document)
    return sorted(entries, key=lambda entry: str(entry["name"]))


def catalogue_document(
    definitions: Definitions,
    *,
    trades: Sequence[str],
    regions: Sequence[str],
    measures: Sequence[str],
    notes: Sequence[Mapping[str, str]],
    cards: Iterable[Mapping[str, Any]],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """Everything a reader of the release needs beside the numbers.

    Args:
        definitions: Validated definitions.
        trades: Trades on the axis of the cube, in its order.
        regions: Regions on the axis.
        measures: Measures on the axis; each must be a defined indicator.
        notes: Notes by number; the first is empty.
        cards: Cards of the fitted artefacts.
        settings: as_of, base_year, scenario, defaults.
    """
    indicators = {code: plain(indicator) for code, indicator in definitions.indicators.items()}
    items = [item.code if hasattr(item, "code") else item for item in ITEMS]
    return {
        **settings,
        "groups": [{"code": code, "name_de": de, "name_en": en} for code, de, en in GROUPS],
        "trades": [trade_entry(definitions.codes.trades[code], definitions.codes) for code in trades],
        "regions": [region_entry(definitions.codes.regions[code], definitions.codes) for code in regions],
        "measures": [
            indicators[code] | range_contents(code) | {"decimals": decimals_of(code)} for code in measures
        ],
        "indicators": [indicators[code] for code in sorted(indicators)],
        "parameters": parameter_entries(definitions.parameters),
        "sources": [plain(definitions.sources[source]) for source in sorted(definitions.sources)],
        "events": [plain(event) for event in definitions.events],
        "scenarios": [plain(scenario) for scenario in definitions.scenarios.values()],
        "notes": [dict(note) for note in notes],
        "items": [
            {"code": code, "label_de": indicators[code]["name_de"], "label_en": indicators[code]["name_en"]}
            for code in items
        ],
        "cards": [plain(card) for card in cards],
    }


def observations_document(figures: pd.DataFrame) -> dict[str, Any]:
    """Every printed figure of the release, in a fixed order, missing values as null."""
    frame = figures.loc[:, list(OBSERVATION_COLUMNS)].copy()
    frame["published"] = pd.to_datetime(frame["published"]).dt.strftime("%Y-%m-%d")
    frame = frame.sort_values(
        ["indicator", "trade", "region", "year", "age", "published", "source", "note"], kind="stable"
    )
    values = frame["value"].astype(object).where(frame["value"].notna(), None)
    columns: list[list[Any]] = [
        values.tolist() if name == "value" else frame[name].astype(object).tolist()
        for name in OBSERVATION_COLUMNS
    ]
    return {"columns": list(OBSERVATION_COLUMNS), "rows": [list(row) for row in zip(*columns, strict=True)]}
