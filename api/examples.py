"""Examples for the OpenAPI document: invented numbers, real vocabulary, the exact shapes of the answers."""

from __future__ import annotations

from typing import Any, Final

from api.records import RANGES, SIGN
from api.schemas import RECORD_EXAMPLE

API: Final = "/api/v1"
META: Final[dict[str, Any]] = {
    "snapshot_id": RECORD_EXAMPLE["snapshot_id"],
    "as_of": "2025-11-22",
    "base_year": 2025,
    "scenario": "base",
    "lang": "de",
    "sign_convention": SIGN.de,
    "ranges": RANGES.de,
    "attribution": ["Bundesagentur für Arbeit, Statistik", "BIBB, Datensystem Auszubildende"],
}
REGION: Final = {"code": "HWK-FF", "label": "Kammerbezirk Frankfurt (Oder)", "level": "chamber_district"}
TRADE: Final = {"code": "A-24", "label": "Installateur und Heizungsbauer", "group": "shk"}

MATRIX: Final = {
    "meta": {**META, "region": REGION, "year": 2030},
    "data": [RECORD_EXAMPLE],
    "links": {"self": f"{API}/matrix?region=HWK-FF&year=2030", "page": "/?region=HWK-FF&year=2030"},
}
SERIES: Final = {
    "meta": {**META, "region": REGION, "trade": TRADE, "measure": "gap"},
    "data": [RECORD_EXAMPLE],
    "links": {"self": f"{API}/series?trade=A-24&region=HWK-FF&measure=gap"},
}

_RANGE: Final = ("lower_50", "upper_50", "lower_80", "upper_80", "lower_95", "upper_95")


def _record(measure: str, value: int) -> dict[str, Any]:
    spread = {name: value + step for name, step in zip(_RANGE, (-9, 9, -20, 21, -33, 36), strict=True)}
    return {**RECORD_EXAMPLE, "measure": measure, "value": value, **spread}


def _item(code: str, label: str, value: int) -> dict[str, Any]:
    record = _record(code, value)
    shown = ("unit", "value", *_RANGE, "status", "grade", "note")
    return {
        "item": code,
        "label": label,
        **{name: record[name] for name in shown},
        "formula": "Summe der Jahre 2026 bis 2030: Beschäftigte im Alter a × Austrittswahrscheinlichkeit",
        "inputs": [
            {
                "label": "Beschäftigte am 30.06.2025",
                "indicator": "employees",
                "trade": "KldB-342",
                "region": "HWK-FF",
                "year": 2025,
                "value": 2043,
                "unit": "persons",
                "status": "observed",
                "source": "ba-408036",
            }
        ],
        "parameters": [
            {
                "label": "Regelaltersgrenze",
                "name": "statutory_retirement_age",
                "key": {"birth_year": 1964},
                "value": 67.0,
                "low": 67.0,
                "high": 67.0,
                "source": "sgb6-235",
            }
        ],
        "estimates": [
            {
                "label": "Anteil des Gewerks an der Berufsgruppe",
                "key": "KldB-342",
                "value": 0.88,
                "how": "Auszubildende des Gewerks durch Auszubildende aller Gewerke der Gruppe",
            }
        ],
        "source": "ba-408036; sgb6-235",
        "sources": ["ba-408036", "sgb6-235"],
    }


EXPLANATION: Final = {
    "meta": {**META, "region": REGION, "trade": TRADE, "year": 2030},
    "gap": _record("gap", 112),
    "demand": _record("demand", 945),
    "supply": _record("supply", 833),
    "items": [
        _item("item_vacancies", "Offene Stellen", 41),
        _item("item_retirements", "Renteneintritte", 158),
        _item("item_entrants_contracted", "Zugänge aus bestehenden Verträgen", -87),
    ],
    "sum": 112,
    "related": [_item("successions_due", "Fällige Nachfolgen", 22)],
    "status": "forecast",
    "links": {"self": f"{API}/explain?trade=A-24&region=HWK-FF&year=2030"},
}
OBSERVATIONS: Final = {
    "meta": {**META, "total": 1, "returned": 1, "limit": 5000, "offset": 0},
    "data": [
        {
            "indicator": "new_contracts",
            "trade": "AO-shk",
            "region": "BB",
            "year": 2023,
            "age": "",
            "value": 396,
            "unit": "contracts",
            "status": "rounded",
            "published": "2024-08-31",
            "source": "bibb-dazubi",
            "note": "",
        }
    ],
    "links": {"self": f"{API}/observations?indicator=new_contracts&region=BB&year=2023"},
}
TRAINING_PLAN: Final = {
    "meta": {**META, "total": 1, "returned": 1, "limit": 5000, "offset": 0},
    "data": [
        {
            "trade": "A-24",
            "region": "HWK-FF",
            "year": 2030,
            "kind": "module",
            "code": "heat_pump_vdi4645",
            "measure": "hours",
            "value": 2600,
            "lower_80": 1900,
            "upper_80": 3500,
            "status": "forecast",
            "marks": "half_life|share_of_staff",
            "note": None,
            "label": "Wärmepumpe: Planung, Einbau, Einstellung (VDI 4645)",
        }
    ],
    "links": {"self": f"{API}/training-plan?trade=A-24&region=HWK-FF&kind=module&year=2030"},
}
ENTRIES: Final[dict[str, dict[str, Any]]] = {
    "trades": {**TRADE, "name_de": TRADE["label"], "hwo_annex": "A", "training_years": 3.5},
    "regions": {**REGION, "parents": ["BB"]},
    "groups": {"label": "Metall", "code": "metal", "name_de": "Metall", "name_en": "Metal"},
    "measures": {"label": "Fachkräftelücke", "code": "gap", "unit": "persons", "kind": "stock"},
    "indicators": {"label": "Neuabschlüsse", "code": "new_contracts", "reference_date": "31.12."},
    "parameters": {
        "label": "Regelaltersgrenze",
        "name": "statutory_retirement_age",
        "unit": "years",
        "kind": "law",
        "entries": [{"birth_year": 1964, "value": 67.0, "low": 67.0, "high": 67.0, "source": "sgb6-235"}],
    },
    "sources": {"label": "Datensystem Auszubildende", "id": "bibb-dazubi", "publisher": "BIBB"},
    "events": {"label": "Pandemiejahr", "id": "pandemic-2020", "date": "2020-03-01", "kind": "pulse"},
    "scenarios": {"label": "Basis", "name": "base", "overrides": []},
    "cards": {"label": "Neue Verträge", "quantity": "contracts", "summary_de": "Schlägt den letzten Wert."},
}


def collection(kind: str) -> dict[str, Any]:
    """Return an example of a list of the catalogue."""
    links = {"self": f"{API}/{kind}", "item": f"{API}/{kind}/{{code}}"}
    return {"meta": META, "data": [ENTRIES[kind]], "links": links}


def entry(kind: str) -> dict[str, Any]:
    """Return an example of one entry of the catalogue."""
    return {"meta": META, "data": ENTRIES[kind], "links": {"collection": f"{API}/{kind}"}}
