"""Examples of questions «what if» for the OpenAPI document: invented numbers, real vocabulary."""

from __future__ import annotations

from typing import Final

from api import examples
from api.schemas import API, RECORD_EXAMPLE

QUESTION: Final = {
    "levers": [
        {
            "kind": "contracts",
            "from_year": 2027,
            "ramp_years": 3,
            "change": {"value": 0.1, "low": 0.05, "high": 0.15},
        }
    ],
    "regions": ["HWK-FF"],
    "trades": ["A-24"],
    "years": [2030],
    "measures": ["gap"],
}
_CHANGE: Final = {"value": 0.1, "low": 0.05, "high": 0.15}
_LEVER: Final = {
    "kind": "contracts", "cause": "contracts", "trades": ["*"], "regions": ["*"], "from_year": 2027,
    "ramp_years": 3, "change": _CHANGE,
}  # fmt: skip
WHAT_IF: Final = {
    "meta": {
        **examples.META,
        "region": examples.REGION,
        "total": 3,
        "returned": 3,
        "units": {"gap": "persons"},
        "sources": ["ba-408036"],
        "what_if": {
            "id": "0b8c6d1e-52f3-8a77-9c40-1d2e3f405162",
            "name": "what-if",
            "question": {
                "snapshot_id": RECORD_EXAMPLE["snapshot_id"], "scenarios": [], "contributions": True,
                **QUESTION, "levers": [_LEVER],
            },
            "levers": [
                {
                    "lever": 0, "label": "Neuabschlüsse", "from_scenario": False,
                    "text": "Neuabschlüsse +10,0 % ab 2027, voll nach 3 Jahren", **_LEVER,
                }
            ],
            "draws": 400,
            "published_to": 2035,
            "contains": ["Basis und Szenario haben dieselben Ziehungen."],
        },
    },
    "data": [
        examples.record("gap", 112),
        {**examples.record("gap", 105), "scenario": "what-if", "note": None},
        {**examples.record("gap", -7), "scenario": "difference", "note": None},
    ],
    "contributions": [
        {
            "measure": "gap", "trade_code": examples.TRADE["code"], "trade_label": examples.TRADE["label"],
            "region_code": examples.REGION["code"], "year": 2030, "difference": -7,
            "levers": [{"lever": 0, "value": -7}], "interaction": 0,
        }
    ],
    "links": {
        "self": f"{API}/scenarios/0b8c6d1e-52f3-8a77-9c40-1d2e3f405162", "scenarios": f"{API}/scenarios",
        "measures": f"{API}/measures",
    },
}  # fmt: skip
