"""The toy release with the gap for every 100 needed, rows that are sums, ages and past forecasts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from forecast.snapshot import STATISTICS, Axes, SnapshotContent
from tests.toy_snapshot import BASE_YEAR, EMPTY_TRADE, TRADES, toy_content

RATE = "gap_rate"
#: Row → group, sector, members.
SUM_ROWS = {
    "GRP-SHK": ("shk", "", ("A-24",)),
    "GRP-METAL": ("metal", "", ("A-13",)),
    "GRP-CRAFT": ("", "craft", TRADES),
    "GRP-ALL": ("", "", TRADES),
}
BANDS = ((15, 24), (25, 54), (55, 64), (65, 80))


def rate_content() -> SnapshotContent:
    """Rates are gap + 0.3 and sums are made with odd numbers added, so that nothing agrees by accident."""
    toy = toy_content()
    cube, status, grade, note = (getattr(toy, name) for name in ("cube", "status", "grade", "note"))
    kept = [toy.axes.trades.index(code) for code in TRADES if code != EMPTY_TRADE]
    rows = [kept.index(toy.axes.trades.index("A-24")), kept.index(toy.axes.trades.index("A-13")), 1, 3]
    parts = []
    for name, array in (("cube", cube), ("status", status), ("grade", grade), ("note", note)):
        added = array[:, [kept[at] for at in rows]]
        if name == "cube":
            added = added + np.arange(7, 7 + len(rows), dtype=np.float32)[:, None, None, None]
        parts.append(np.concatenate([array, added], axis=1))
    gap = toy.axes.measures.index("gap")
    cube, status, grade, note = (np.concatenate([a, a[:, :, [gap]]], axis=2) for a in parts)
    cube[:, :, -1] = np.round(cube[:, :, -1] / 10 + 0.3, 1)
    axes = Axes(
        toy.axes.regions, (*toy.axes.trades, *SUM_ROWS), (*toy.axes.measures, RATE), toy.axes.years,
        toy.axes.statistics,
    )  # fmt: skip
    return replace(
        toy,
        axes=axes,
        cube=cube,
        status=status,
        grade=grade,
        note=note,
        documents=_documents(toy, cube, axes),
    )


def _documents(toy: SnapshotContent, cube: np.ndarray, axes: Axes) -> dict[str, Any]:
    catalogue = dict(toy.documents["catalogue"])
    catalogue["measures"] = [
        *catalogue["measures"],
        {
            "code": RATE, "name_de": "Lücke je 100", "name_en": "Gap per 100", "unit": "percent",
            "kind": "rate", "role": "model", "definition": "Je 100.", "definition_en": "Per 100.",
            "topics": ["matrix"],
        },
    ]  # fmt: skip
    catalogue["trade_groups"] = [
        {
            "code": code, "name_de": f"Summe {code}", "name_en": f"Sum {code}", "kind": "group",
            "group": group, "sector": sector, "members": list(members),
        }
        for code, (group, sector, members) in SUM_ROWS.items()
    ]  # fmt: skip
    stocks = cube[:, :, axes.measures.index("supply"), axes.years.index(BASE_YEAR), 0]
    return {
        **toy.documents, "catalogue": catalogue, "age_profiles": ages(stocks, axes), "past_forecasts": past(),
        "year_sums": sums(),
    }  # fmt: skip


def ages(stocks: np.ndarray, axes: Axes) -> dict[str, Any]:
    """Four bands that add up to the supply, and the older ones."""
    rows: list[list[Any]] = []
    for region, trade in (("HWK-FF", "A-24"), ("BB", "A-24"), ("HWK-FF", "GRP-ALL")):
        total = int(stocks[axes.regions.index(region), axes.trades.index(trade)])
        parts = [total // 9, total // 2, total // 4]
        parts.append(total - sum(parts))
        cells = [("band", *band, part) for band, part in zip(BANDS, parts, strict=True)]
        cells.append(("older", 55, 80, parts[2] + parts[3]))
        for kind, low, high, value in cells:
            numbers = [value, value - 2, value + 3, value - 5, value + 7, value - 11, value + 13]
            rows.append([region, trade, BASE_YEAR, kind, low, high, *numbers, "estimated", "D", 1])
    return {
        "columns": ["region", "trade", "year", "kind", "age_from", "age_to", *STATISTICS, "status", "grade",
                    "note"],
        "rows": rows,
        "notes": [{"de": "", "en": ""}, {"de": "Alter geschätzt.", "en": "Ages estimated."}],
    }  # fmt: skip


def past() -> dict[str, Any]:
    """Two horizons, one miss; another measure that the page leaves to the interface."""
    head = ["HWK-FF", "A-24"]
    rows = [
        [*head, "gap", 2019, 2022, 3, 171, 39, 277, 84, 132, True],
        [*head, "gap", 2020, 2023, 3, -35, -61, -3, 97, 41, False],
        [*head, "gap", 2022, 2023, 1, 103, 57, 149, 97, 88, True],
        [*head, "gap", 2013, 2023, 10, 29, -400, 401, 97, 78, True],
        [*head, "demand", 2022, 2023, 1, 1103, 1057, 1149, 1097, 1088, True],
    ]
    columns = [
        "region", "trade", "measure", "asked_in", "year", "horizon", "said", "lower_80", "upper_80", "came",
        "last_value", "inside_80",
    ]  # fmt: skip
    return {
        "columns": columns, "rows": rows,
        "card": {"summary_de": "Was gesagt worden wäre.", "summary_en": "What would have been said.",
                 "draws": 100},
        "scores": [{"region": "HWK-FF", "trade": "A-24", "measure": "gap", "compared": 4, "inside_80": 3,
                    "mean_error": 73.5, "mean_error_last": 31.3}],
    }  # fmt: skip


def sums() -> dict[str, Any]:
    """Retirements of two windows of years."""
    rows = [
        ["HWK-FF", "A-24", "retirements", first, first + 4, value, value - 3, value + 4, value - 9,
         value + 11, value - 15, value + 17, "forecast", "D", 0]
        for first, value in ((2026, 163), (2031, 179))
    ]  # fmt: skip
    return {
        "columns": ["region", "trade", "measure", "first_year", "last_year", *STATISTICS, "status", "grade",
                    "note"],
        "rows": rows, "notes": [{"de": "Summe.", "en": "Sum."}],
    }  # fmt: skip
