"""Examples of the tables a release carries beside the cube: invented numbers, exact shapes."""

from __future__ import annotations

from typing import Any, Final

from api.examples import META
from api.schemas import API

_ROWS: Final[dict[str, dict[str, Any]]] = {
    "training-plan": {
        "trade": "A-24", "region": "HWK-FF", "year": 2030, "kind": "module", "code": "heat_pump_vdi4645",
        "measure": "hours", "value": 2600, "lower_80": 1900, "upper_80": 3500, "status": "forecast",
        "grade": "D", "marks": "half_life|share_of_staff", "note": None,
        "label": "Wärmepumpe: Planung, Einbau, Einstellung (VDI 4645)",
    },
    "year-sums": {
        "region": "HWK-FF", "trade": "A-17", "measure": "retirements", "first_year": 2026, "last_year": 2030,
        "value": 9, "lower_50": 7, "upper_50": 11, "lower_80": 5, "upper_80": 13, "lower_95": 4,
        "upper_95": 16, "status": "forecast", "grade": "D",
        "note": "Summe der Jahre 2026 bis 2030, in jeder Ziehung gerechnet.",
    },
    "age-profiles": {
        "region": "HWK-FF", "trade": "A-24", "year": 2025, "kind": "band", "age_from": 55, "age_to": 59,
        "value": 142, "lower_50": 137, "upper_50": 148, "lower_80": 131, "upper_80": 153, "lower_95": 126,
        "upper_95": 159, "status": "estimated", "grade": "C",
        "note": "Aus Berufsgruppen geschätzt, die Handwerk und Industrie zusammen zählen.",
    },
    "past-forecasts": {
        "region": "HWK-FF", "trade": "A-24", "measure": "gap", "asked_in": 2020, "year": 2023, "horizon": 3,
        "said": 61, "lower_80": -15, "upper_80": 138, "came": 44, "last_value": 39, "inside_80": True,
        "trade_label": "Installateur und Heizungsbauer", "region_label": "Ostbrandenburg",
        "measure_label": "Fachkräftelücke",
    },
    "stay-curve": {
        "years_since_exam": 1,
        "place": "stayed_in_firm",
        "name_de": "im Ausbildungsbetrieb",
        "name_en": "with the training firm",
        "value": 0.51,
        "lower_80": 0.46,
        "upper_80": 0.55,
        "lower_95": 0.44,
        "upper_95": 0.57,
    },
    "world-checks": {
        "code": "shk-finish",
        "name_de": "SHK: Anteil der Begonnenen, die bestehen",
        "name_en": "SHK: share of starters who finish",
        "unit": "share",
        "region": "DE",
        "year": 2023,
        "relation": "range",
        "independent": True,
        "published_low": 0.5,
        "published_high": 0.6,
        "value": 0.56,
        "lower_80": 0.53,
        "upper_80": 0.58,
        "verdict": "met",
        "missed_by": 0,
        "computed_de": "Anteil ohne Lösung mal Anteil, der besteht.",
        "computed_en": "Share not dissolved times share that passes.",
        "reason_de": "",
        "reason_en": "",
        "source": "fakt-gurupress-de-f942",
    },
    "error-record": {
        "snapshot": "6b1d0c9e8f7a5432",
        "as_of": "2024-09-30",
        "region": "BB",
        "trade": "A-24",
        "measure": "new_contracts",
        "year": 2025,
        "said": 231,
        "lower_80": 209,
        "upper_80": 254,
        "lower_95": 196,
        "upper_95": 268,
        "last_year": 2023,
        "last_value": 240,
        "came": 228,
        "status": "rounded",
        "seen": "2026-09-30",
        "inside_80": True,
        "inside_95": True,
        "error": 3,
        "error_last": 12,
        "trade_label": "Installateur und Heizungsbauer",
        "region_label": "Brandenburg",
        "measure_label": "Neu abgeschlossene Verträge",
    },
    "backtests": {"quantity": "contracts", "model": "gate", "level": "land", "horizon": 1, "mae": 3.25},
}  # fmt: skip


def rows(name: str) -> dict[str, Any]:
    """Return an example of a table beside the cube."""
    counts = {"total": 1, "returned": 1, "limit": 20000, "offset": 0}
    return {"meta": {**META, **counts}, "data": [_ROWS[name]], "links": {"self": f"{API}/{name}"}}
