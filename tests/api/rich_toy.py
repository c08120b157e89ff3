"""The toy release with what the pages on one topic show: courses, Meister, succession, levers, modules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from forecast.snapshot import Axes, SnapshotContent
from tests.toy_snapshot import toy_content

# new measure, unit, kind, the toy measure it is made from, factor (so that no two columns agree), topic
ADDED = (
    ("craft_handovers", "firms", "flow", "handovers", 7, "succession"),
    ("craft_closures", "firms", "flow", "closures", 11, "succession"),
    ("foundings", "firms", "flow", "handovers", 13, "succession"),
    ("jobs_lost_closures", "persons", "flow", "closures", 17, "succession"),
    ("training_places_lost", "contracts", "flow", "closures", 19, "succession"),
    ("course_weeks", "weeks", "flow", "apprentices", 3, "courses"),
    ("course_weeks_unsourced", "weeks", "flow", "apprentices", 2, "courses"),
    ("course_places", "places", "flow", "apprentices", 5, "courses"),
    ("further_training_hours", "hours", "flow", "retirements", 23, "further-training"),
    ("master_course_places", "places", "flow", "handovers", 29, "courses"),
    ("master_examinations", "persons", "flow", "handovers", 31, "further-training"),
    ("first_effective_year", "year", "stock", "demand", 0, "training-need"),
)
FIRST_EFFECTIVE = 2029


def rich_content() -> SnapshotContent:
    """The toy release with every measure the pages name."""
    toy = toy_content()
    old = toy.axes
    axes = Axes(
        old.regions, old.trades, (*old.measures, *(row[0] for row in ADDED)), old.years, old.statistics
    )
    parts: dict[str, list[np.ndarray]] = {name: [getattr(toy, name)] for name in _PARTS}
    for code, _, _, base, factor, _ in ADDED:
        at = old.measures.index(base)
        values = toy.cube[:, :, at : at + 1] * np.float32(factor)
        if code == "first_effective_year":
            values = np.where(np.isfinite(values), np.float32(FIRST_EFFECTIVE), np.nan).astype(np.float32)
        parts["cube"].append(values)
        for name in _PARTS[1:]:
            parts[name].append(getattr(toy, name)[:, :, at : at + 1])
    arrays = {name: np.concatenate(found, axis=2) for name, found in parts.items()}
    catalogue = dict(toy.documents["catalogue"])
    catalogue["measures"] = [*catalogue["measures"], *(_measure(*row[:3], row[-1]) for row in ADDED)]
    catalogue["scenarios"] = [*catalogue["scenarios"], *SCENARIOS]
    documents = {**toy.documents, "catalogue": catalogue, "training_plan": plan()}
    return replace(toy, axes=axes, documents=documents, **arrays)


_PARTS = ("cube", "status", "grade", "note")


def _measure(code: str, unit: str, kind: str, topic: str) -> dict[str, Any]:
    return {
        "code": code, "name_de": code, "name_en": code, "unit": unit, "kind": kind, "role": "model",
        "definition": f"{code} auf Deutsch.", "definition_en": f"{code} in English.",
        "topics": [topic],
    }  # fmt: skip


def _fact(value: float, low: float, high: float) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "kind": "measured", "source": "bibb-dazubi"}


def plan() -> dict[str, Any]:
    """A plan with two trades, all kinds of rows, and modules that grow, stay and shrink."""
    head = ("A-24", "HWK-FF", 2030)
    rows: list[list[Any]] = [
        [*head, "module", "heat_pump", "hours", 1613, 1311, 1907, "forecast", "D", "half_life", 0],
        [*head, "module", "heat_pump", "participants", 101, 83, 127, "forecast", "D", "half_life", 0],
        [*head, "module", "first_aid", "hours", 53, 41, 67, "forecast", "D", "", 0],
        [*head, "module", "first_aid", "participants", 17, 11, 23, "forecast", "D", "", 0],
        [*head, "module", "oil", "hours", 29, 19, 37, "forecast", "D", "", 0],
        [*head, "module", "*", "hours_per_worker", 16.2, 13.7, 18.5, "forecast", "D", "", 0],
        [*head, "training_year", "1", "apprentices", 47, 31, 61, "forecast", "C", "", 0],
        [*head, "training_year", "1", "course_weeks", 141, 93, 183, "forecast", "C", "split", 0],
        [*head, "training_year", "2", "apprentices", 43, 29, 59, "forecast", "C", "", 0],
        [*head, "training_year", "2", "course_weeks", 86, 58, 118, "forecast", "C", "read", 0],
        [*head, "training_year", "repeat", "apprentices", 5, 2, 9, "forecast", "C", "", 0],
        [*head, "course", "*", "workshop_places", 13, 7, 21, "forecast", "C", "assumed", 0],
        [*head, "course", "*", "classes", 34, 22, 49, "forecast", "C", "assumed", 0],
        [*head, "course", "SHK1/04", "course_weeks", 48, 32, 62, "forecast", "C", "read", 0],
        [*head, "outlook", "*", "outlook_ratio", 0.93, 0.84, 1.01, "forecast", "C", "", 1],
        [*head, "outlook", "bad", "probability", 0.09, None, None, "forecast", "C", "", 1],
        [*head, "outlook", "very_good", "probability", 0.31, None, None, "forecast", "C", "", 1],
        [*head, "outlook", "good", "probability", 0.6, None, None, "forecast", "C", "", 1],
        ["A-20", "HWK-FF", 2030, "course", "G-K1/15", "course_weeks", 67, 53, 79, "forecast", "C", "read", 0],
        ["A-20", "BB", 2030, "course", "G-K1/15", "course_weeks", 331, 269, 397, "forecast", "C", "read", 0],
    ]  # fmt: skip
    toy = toy_content().documents["training_plan"]
    return {
        "columns": toy["columns"], "rows": rows,
        "notes": [{"de": "", "en": ""}, {"de": "Abschluss 2034", "en": "Examination 2034"}],
        "modules": [
            {"code": "heat_pump", "name_de": "Wärmepumpe", "name_en": "Heat pump", "trade": "A-24",
             "ageing": "growing_technology", "facts": {"half_life": _fact(5, 3, 7)}, "deadline": None,
             "judged": ["half_life"], "trend": {"value": "growing", "kind": "measured", "source": "hwo"}},
            {"code": "first_aid", "name_de": "Erste Hilfe", "name_en": "First aid", "trade": "*",
             "ageing": "certificate_expires", "facts": {"validity": _fact(2, 2, 2)},
             "deadline": "2031-08-24", "judged": [], "trend": {"value": "stable"}},
            {"code": "oil", "name_de": "Ölheizung", "name_en": "Oil heating", "trade": "A-24",
             "ageing": "decay", "facts": {}, "deadline": None, "judged": [], "trend": {"value": "shrinking"}},
        ],
        "courses": [
            {"trade": "A-24", "code": "SHK1/04", "title": "Grundlagen <SHK>"},
            {"trade": "A-20", "code": "G-K1/15", "title": "Kfz-Elektrik"},
        ],
        "group_size": _fact(12, 8, 16),
        "outlook_classes": [{"code": code} for code in ("very_good", "good", "fair", "moderate", "bad")],
    }  # fmt: skip


def _amount(value: float, low: float, high: float, note: str = "") -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "source": "bibb-dazubi", "note": note}


def _lever(kind: str, trades: list[str], ramp: int, **amounts: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": kind, "cause": "test", "from_year": 2027, "ramp_years": ramp, "trades": trades,
        "regions": ["HWK-FF"], "reason": "", "amounts": amounts,
    }  # fmt: skip


def _scenario(name: str, de: str, en: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name, "name_de": de, "name_en": en, "reason": f"Grund von {name}.", "review": "2027-06-30",
        "description_de": f"{de} geschieht.", "description_en": f"{en} happens.", "overrides": [],
        "levers": [], "extends": [],
    } | more  # fmt: skip


SCENARIOS = [
    _scenario(
        "retention", "Bindung", "Retention",
        levers=[_lever("stay", ["A-24", "group:electro"], 3, points=_amount(0.05, 0.02, 0.08, "Punkte")),
                _lever("craft_leaving", ["*"], 1,
                       change=_amount(-0.2, -0.3, -0.1, "gesetzt") | {"note_en": "assumed by us"})],
        reason_en="Because we say so.",
    ),
    _scenario(
        "four_days", "Viertagewoche", "Four-day week", extends=["retention"],
        levers=[_lever("working_time", ["*"], 1, hours_before=_amount(40, 40, 40),
                       hours_after=_amount(36, 36, 36), uptake=_amount(0.25, 0.1, 0.4))],
        overrides=[{"name": "retention_share", "value": 0.75}],
    ),
]  # fmt: skip
