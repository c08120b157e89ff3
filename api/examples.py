"""Examples for the OpenAPI document: invented numbers, real vocabulary, the exact shapes of the answers."""

from __future__ import annotations

from typing import Any, Final

from api.records import SIGN
from api.schemas import API, RECORD_EXAMPLE
from api.table import RANGES

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


OUTLOOK: Final[dict[str, Any]] = {
    **RECORD_EXAMPLE, "measure": "outlook_ratio", "unit": "ratio", "value": 0.93, "lower_50": 0.89,
    "upper_50": 0.97, "lower_80": 0.84, "upper_80": 1.01, "lower_95": 0.8, "upper_95": 1.06, "grade": "C",
    "start_year": 2026, "finish_year": 2030, "outlook_class": "good", "outlook_class_label": "gut",
    "outlook_class_best": "very_good", "outlook_class_worst": "fair", "probability_very_good": 0.12,
    "probability_good": 0.77, "probability_fair": 0.08, "probability_moderate": 0.03, "probability_bad": 0.0,
}  # fmt: skip


def topic(name: str) -> dict[str, Any]:
    """Return an example of a topic."""
    if name == "outlook":
        return {"meta": {**META, "region": REGION}, "data": [OUTLOOK], "links": {"self": f"{API}/{name}"}}
    return {"meta": {**META, "region": REGION}, "data": [RECORD_EXAMPLE], "links": {"self": f"{API}/{name}"}}


_RANGE: Final = ("lower_50", "upper_50", "lower_80", "upper_80", "lower_95", "upper_95")


def record(measure: str, value: int) -> dict[str, Any]:
    """Return a record with a made-up range around a value."""
    spread = {name: value + step for name, step in zip(_RANGE, (-9, 9, -20, 21, -33, 36), strict=True)}
    return {**RECORD_EXAMPLE, "measure": measure, "value": value, **spread}


def _item(code: str, label: str, value: int) -> dict[str, Any]:
    shown_record = record(code, value)
    shown = ("unit", "value", *_RANGE, "status", "grade", "note")
    return {
        "item": code,
        "label": label,
        **{name: shown_record[name] for name in shown},
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
    "gap": record("gap", 112),
    "demand": record("demand", 945),
    "supply": record("supply", 833),
    "items": [
        _item("item_vacancies", "Offene Stellen zu Beginn", 41),
        _item("item_retirements", "Abgang in Rente", 158),
        _item("item_entrants_contracted", "Nachwuchs aus laufenden Verträgen", -87),
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
    "events": {"label": "Pandemie 2020", "id": "pandemie-2020", "date": "2020-01-01", "kind": "pulse"},
    "scenarios": {"label": "Basis", "name": "base", "overrides": []},
    "cards": {
        "label": "Rückrechnung der Vorausschätzungen",
        "quantity": "backtest",
        "summary_de": "375 Reihen, 11 Ursprungsjahre (2014–2024), jeder mit dem, was damals bekannt war.",
    },
}


def collection(kind: str) -> dict[str, Any]:
    """Return an example of a list of the catalogue."""
    links = {"self": f"{API}/{kind}", "item": f"{API}/{kind}/{{code}}"}
    return {"meta": META, "data": [ENTRIES[kind]], "links": links}


#: Part of the address → a code of its list.
CODES: Final = {
    **{
        kind: str(next(one[name] for name in ("code", "name", "id", "quantity") if name in one))
        for kind, one in ENTRIES.items()
    },
    "tables": "matrix",
    "codelists": "trades",
}


def entry(kind: str) -> dict[str, Any]:
    """Return an example of one entry of the catalogue."""
    return {"meta": META, "data": ENTRIES[kind], "links": {"collection": f"{API}/{kind}"}}


_PX: Final = {"rel": "self", "hreflang": "de", "href": f"{API}/tables/matrix"}
TABLE: Final = {
    "language": "de",
    "type": "Table",
    "id": "matrix",
    "label": "Fachkräftematrix",
    "description": RANGES.de,
    "updated": "2025-11-22T00:00:00Z",
    "firstPeriod": "2010",
    "lastPeriod": "2035",
    "category": "public",
    "variableNames": ["Region", "Gewerk", "Messgröße", "Jahr", "Kennwert"],
    "timeUnit": "Annual",
    "source": "BIBB, Datensystem Auszubildende",
    "discontinued": False,
    "links": [_PX],
}
TABLES: Final = {
    "language": "de",
    "tables": [TABLE],
    "page": {"pageNumber": 1, "pageSize": 1, "totalElements": 1, "totalPages": 1},
    "links": [_PX],
}
_GAP: Final = {"index": ["gap"], "label": {"gap": "Fachkräftelücke"}, "unit": {"gap": {"label": "persons"}}}
JSON_STAT: Final = {
    "version": "2.0",
    "class": "dataset",
    "label": "Fachkräftematrix",
    "source": "BIBB, Datensystem Auszubildende",
    "updated": "2025-11-22",
    "note": [SIGN.de, RANGES.de],
    "id": ["region", "trade", "measure", "year", "statistic"],
    "size": [1, 1, 1, 1, 1],
    "role": {"geo": ["region"], "time": ["year"], "metric": ["measure"]},
    "dimension": {
        "region": {
            "label": "Region",
            "category": {"index": ["HWK-FF"], "label": {"HWK-FF": REGION["label"]}},
        },
        "trade": {"label": "Gewerk", "category": {"index": ["A-24"], "label": {"A-24": TRADE["label"]}}},
        "measure": {"label": "Messgröße", "category": _GAP},
        "year": {"label": "Jahr", "category": {"index": ["2030"], "label": {"2030": "2030"}}},
        "statistic": {"label": "Kennwert", "category": {"index": ["value"], "label": {"value": "Wert"}}},
    },
    "value": [112],
    "status": ["forecast"],
    "extension": {"snapshot_id": RECORD_EXAMPLE["snapshot_id"], "scenario": "base", "base_year": 2025},
}
_LIST: Final = {"id": "groups", "label": "groups", "type": "Aggregation", "of": "trades", "links": [_PX]}
CODELISTS: Final = {"language": "de", "codelists": [_LIST]}
CODELIST: Final = {
    **_LIST,
    "language": "de",
    "values": [{"code": "metal", "label": "Metall", "valueMap": ["A-13", "A-16"]}],
}
CONFIG: Final = {
    "apiVersion": "2.0",
    "title": "Fachkräftematrix",
    "languages": [{"id": "de", "label": "Deutsch"}, {"id": "en", "label": "English"}],
    "defaultLanguage": "de",
    "maxDataCells": 250000,
    "maxCallsPerTimeWindow": 600,
    "timeWindow": 60,
    "defaultDataFormat": "json-stat2",
    "dataFormats": ["json-stat2", "csv", "xlsx", "parquet", "json", "sdmx-csv", "csv-de"],
    "limits": {"rows_per_page": 100000, "rows_in_one_piece": 250000},
    "whatIf": {"formats": ["json", "csv", "xlsx"], "limits": {"records": 200000, "seconds": 240}},
    "links": {"self": f"{API}/config"},
}

SNAPSHOT: Final = {
    "meta": META,
    "data": {
        "id": META["snapshot_id"],
        "is_current": True,
        "as_of": "2025-11-22",
        "base_year": 2025,
        "axes": {"regions": 23, "trades": 60, "measures": ["demand", "supply", "gap"], "years": [2010, 2035]},
        "files": [{"name": "cube.npy", "sha256": "0" * 64, "size": 7176960}],
        "links": {"matrix": f"{API}/snapshots/{META['snapshot_id']}/matrix"},
    },
    "links": {"self": f"{API}/snapshots/{META['snapshot_id']}", "collection": f"{API}/snapshots"},
}
DIFFERENCE: Final = {
    "meta": {
        **META,
        "compared_with": "6b1d0c9e8f7a5432",
        "compared_as_of": "2025-05-31",
        "compared": 3300,
        "changed": 1,
    },
    "data": [
        {
            "measure": "gap",
            "unit": "persons",
            "trade_code": "A-24",
            "trade_label": TRADE["label"],
            "region_code": "HWK-FF",
            "region_label": REGION["label"],
            "year": 2030,
            "value_before": 104,
            "value_after": 112,
            "change": 8,
            "inside_80": True,
            "status_before": "forecast",
            "status_after": "forecast",
        }
    ],
    "links": {"from": f"{API}/snapshots/6b1d0c9e8f7a5432", "to": f"{API}/snapshots/{META['snapshot_id']}"},
}


def _reason(kind: str, code: str, label: str, before: int | None, change: int) -> dict[str, Any]:
    after = None if before is None else before + change
    return {
        "kind": kind, "code": code, "label": label, "unit": "persons", "value_before": before,
        "value_after": after, "change": change,
    }  # fmt: skip


REASONS: Final = {
    "meta": {
        **META,
        "region": REGION,
        "trade": TRADE,
        "year": 2030,
        "compared_with": "6b1d0c9e8f7a5432",
        "compared_as_of": "2025-05-31",
        "gap_before": 104,
        "gap_after": 112,
        "change": 8,
        "components": True,
        "accounts_before": 104,
        "accounts_after": 112,
    },
    "data": [
        _reason("item", "item_vacancies", "Offene Stellen", 31, 5),
        _reason("item", "item_retirements", "Renteneintritte", 73, 3),
        _reason("component", "demand", "Nachfrage (Beschäftigte, offene Stellen, Wachstum)", None, 6),
        _reason("component", "exits", "Abgänge (Rente, Gesundheit, Wechsel, Betriebsschließungen)", None, 1),
        _reason("component", "interaction", "Zusammenwirken und Zufall der Ziehungen", None, 1),
    ],
    "links": {
        "self": f"{API}/snapshots/6b1d0c9e8f7a5432/difference/reasons?trade=A-24&region=HWK-FF&year=2030"
    },
}
CATALOG: Final = {
    "@context": {"dcat": "http://www.w3.org/ns/dcat#"},
    "@id": f"{API}/catalog.jsonld",
    "@type": "dcat:Catalog",
    "dcat:dataset": [{"@id": f"{API}/tables/matrix", "@type": "dcat:Dataset"}],
}
DATAPACKAGE: Final = {
    "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
    "name": "fachkraeftematrix",
    "resources": [{"name": "matrix", "path": "downloads/fachkraeftematrix.csv", "type": "table"}],
}
DOWNLOADS: Final = {
    "meta": META,
    "data": [
        {
            "name": "fachkraeftematrix.csv",
            "title": "Alle Zellen als CSV",
            "media_type": "text/csv; charset=utf-8",
            "file_type": "CSV",
            "url": f"{API}/downloads/fachkraeftematrix.csv",
        }
    ],
    "links": {"self": f"{API}/downloads", "item": f"{API}/downloads/{{name}}"},
}

CONNECTIONS: Final = {
    "meta": META,
    "data": [
        {
            "name": "matrix.pq",
            "tool": "Power BI, Excel",
            "title": "Abfrage für Power Query (M)",
            "media_type": "text/plain; charset=utf-8",
            "url": f"{API}/connections/matrix.pq",
        }
    ],
    "links": {"self": f"{API}/connections", "item": f"{API}/connections/{{name}}"},
}
PBIDS: Final = {
    "version": "0.1",
    "connections": [
        {
            "details": {"protocol": "http", "address": {"url": "https://matrix.example/api/v1/matrix.csv"}},
            "options": {},
            "mode": "Import",
        }
    ],
}

LANDING: Final = {
    "title": "Fachkräftematrix",
    "description": "Wie viele Fachkräfte welchem Gewerk fehlen.",
    "meta": META,
    "links": {"self": API, "openapi": f"{API}/openapi.json", "matrix": f"{API}/matrix"},
}
READY: Final = {
    "status": "ready",
    "snapshot_id": META["snapshot_id"],
    "as_of": META["as_of"],
    "last_error": None,
}
SNAPSHOTS: Final = {
    "meta": {"snapshot_id": META["snapshot_id"]},
    "data": [{"id": META["snapshot_id"], "is_current": True, "as_of": "2025-11-22", "base_year": 2025}],
    "links": {"self": f"{API}/snapshots"},
}
