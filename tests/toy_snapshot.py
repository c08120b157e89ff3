"""A small but complete release: three regions, five trades of five groups (one without data), every measure.

All numbers are integers made from small primes, so that no two cells agree by accident; stocks close, the
items of the explanation sum to the gap, and gap = demand − supply in every cell.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from forecast.snapshot import GRADES, STATISTICS, STATUSES, Axes, SnapshotContent, write_snapshot

BASE_YEAR, HORIZON = 2025, 2035
YEARS = tuple(range(2010, HORIZON + 1))
REGIONS = ("HWK-FF", "BB", "DE")
TRADES = ("A-13", "A-25", "A-24", "A-20", "A-27")
EMPTY_TRADE = "A-27"
FACTOR = {"HWK-FF": 1, "BB": 5, "DE": 118}

# code, German, English, unit, kind
MEASURES = (
    ("demand", "Bedarf an Fachkräften", "Demand for skilled workers", "persons", "stock"),
    ("supply", "Angebot an Fachkräften", "Supply of skilled workers", "persons", "stock"),
    ("gap", "Fachkräftelücke", "Gap", "persons", "stock"),
    ("training_need", "Ausbildungsbedarf", "Training need", "contracts", "flow"),
    ("retirements", "Renteneintritte", "Retirements", "persons", "flow"),
    ("successions_due", "Anstehende Nachfolgen", "Successions due", "firms", "flow"),
    ("new_contracts", "Neu abgeschlossene Verträge", "New contracts", "contracts", "flow"),
    ("contracts_begun", "Begonnene Verträge", "Contracts begun", "contracts", "flow"),
    ("apprentices", "Auszubildende", "Apprentices", "persons", "stock"),
    ("contract_terminations", "Vertragslösungen", "Contract terminations", "contracts", "flow"),
    ("graduates", "Bestandene Prüfungen", "Graduates", "persons", "flow"),
    ("entrants", "Zugänge aus der Ausbildung", "Entrants from training", "persons", "flow"),
    ("deaths", "Sterbefälle", "Deaths", "persons", "flow"),
    ("health_exits", "Erwerbsminderung", "Health exits", "persons", "flow"),
    ("craft_leavers", "Abwanderung aus dem Handwerk", "Leavers from the craft", "persons", "flow"),
    ("net_inflow", "Nettozuwanderung", "Net inflow", "persons", "flow"),
    ("expansion_demand", "Erweiterungsbedarf", "Expansion demand", "persons", "flow"),
    ("replacement_demand", "Ersatzbedarf", "Replacement demand", "persons", "flow"),
    ("workforce", "Beschäftigte Fachkräfte", "Workforce", "persons", "stock"),
    ("owners", "Inhaberinnen und Inhaber", "Owners", "persons", "stock"),
    ("owners_leaving", "Ausscheidende Inhaber", "Owners leaving", "persons", "flow"),
    ("handovers", "Übergaben", "Handovers", "firms", "flow"),
    ("closures", "Stilllegungen", "Closures", "firms", "flow"),
    ("item_vacancies", "Offene Stellen", "Vacancies", "persons", "stock"),
    ("item_job_seekers", "Arbeitsuchende", "Job seekers", "persons", "stock"),
    ("item_expansion", "Wachstum des Bedarfs", "Growth of demand", "persons", "flow"),
    ("item_retirements", "Renteneintritte", "Retirements", "persons", "flow"),
    ("item_deaths", "Sterbefälle", "Deaths", "persons", "flow"),
    ("item_health_exits", "Erwerbsminderung", "Health exits", "persons", "flow"),
    ("item_craft_leavers", "Abwanderung", "Leavers", "persons", "flow"),
    ("item_entrants_contracted", "Zugänge, Vertrag besteht", "Entrants with a contract", "persons", "flow"),
    ("item_entrants_expected", "Zugänge, erwartet", "Entrants expected", "persons", "flow"),
    ("item_net_inflow", "Nettozuwanderung", "Net inflow", "persons", "flow"),
)  # fmt: skip
#: Topic → measures; all that have no other belong to the matrix.
TOPICS = {
    "matrix": ("training_need", "successions_due"),
    "training-need": (
        "training_need", "new_contracts", "contracts_begun", "apprentices", "contract_terminations",
        "graduates", "entrants",
    ),
    "succession": ("successions_due", "owners", "owners_leaving", "handovers", "closures"),
}  # fmt: skip
ITEMS = tuple(code for code, *_ in MEASURES if code.startswith("item_"))
SIGNED = {"gap", "net_inflow", "expansion_demand", *ITEMS}

# per trade: workforce, vacancies, job seekers, growth/year, retirements/year, deaths, health exits, leavers,
# entrants/year, net inflow/year, new contracts/year, owners, handovers/year, closures/year
TRADE_NUMBERS = {
    "A-13": (613, 17, 5, -2, 19, 1, 2, 7, 11, 3, 23, 89, 2, 3),
    "A-25": (1031, 41, 11, 6, 29, 2, 3, 13, 37, 5, 61, 151, 4, 5),
    "A-24": (827, 53, 7, 4, 31, 2, 5, 11, 29, 2, 47, 131, 3, 4),
    "A-20": (941, 13, 19, -7, 23, 1, 2, 17, 43, -1, 67, 173, 5, 2),
}

NOTES = (
    {"de": "", "en": ""},
    {"de": "Aus dem Landeswert geschätzt.", "en": "Estimated from the state's figure."},
    {"de": "Weniger als drei Fälle, nicht veröffentlicht.", "en": "Fewer than three cases, withheld."},
    {"de": "Ausbildung, die heute beginnt, wirkt erst später.", "en": "Training takes effect later."},
)  # fmt: skip


def _years() -> np.ndarray:
    return np.asarray(YEARS)


def trade_series(region: str, trade: str, shift: int = 0) -> dict[str, np.ndarray]:
    """Measure → whole numbers (26,) by year; numbers before the first valid year are meaningless."""
    numbers = np.asarray(TRADE_NUMBERS[trade]) * FACTOR[region]
    (workers, vacancies, seekers, growth, retire, deaths, health, leave, enter, inflow, contracts,
     owners, handed, closed) = (int(n) for n in numbers)  # fmt: skip
    vacancies += shift
    years = _years()
    ahead = np.clip(years - BASE_YEAR, 0, None)
    flow = (ahead > 0).astype(np.int64)
    annual = {
        "retirements": flow * (retire + ahead // 2),
        "deaths": flow * deaths,
        "health_exits": flow * health,
        "craft_leavers": flow * leave,
        "net_inflow": flow * inflow,
        "expansion_demand": flow * growth,
        "owners_leaving": flow * (handed + closed),
        "handovers": flow * handed,
        "closures": flow * closed,
    }
    exits = sum(annual[name] for name in ("retirements", "deaths", "health_exits", "craft_leavers"))
    contracted, expected = flow * (ahead <= 3) * enter, flow * (ahead > 3) * (enter - 1)
    supply = workers + seekers + np.cumsum(contracted + expected + annual["net_inflow"] - exits)
    demand = workers + vacancies + np.cumsum(annual["expansion_demand"])
    gap = demand - supply
    new = contracts + (years - 2018) % 5 - (years > 2019)
    need = new + np.clip(-(-gap // np.clip(years - 2028, 1, None)), 0, None)
    return annual | {
        "demand": demand,
        "supply": supply,
        "gap": gap,
        "training_need": need,
        "successions_due": annual["owners_leaving"],
        "new_contracts": new,
        "contracts_begun": new + new // 9,
        "apprentices": 3 * new,
        "contract_terminations": new // 4,
        "graduates": contracted + expected + flow,
        "entrants": contracted + expected,
        "replacement_demand": exits,
        "workforce": supply - seekers,
        "owners": owners - np.cumsum(annual["closures"]),
        "item_vacancies": np.full_like(years, vacancies),
        "item_job_seekers": np.full_like(years, -seekers),
        "item_expansion": np.cumsum(annual["expansion_demand"]),
        "item_retirements": np.cumsum(annual["retirements"]),
        "item_deaths": np.cumsum(annual["deaths"]),
        "item_health_exits": np.cumsum(annual["health_exits"]),
        "item_craft_leavers": np.cumsum(annual["craft_leavers"]),
        "item_entrants_contracted": -np.cumsum(contracted),
        "item_entrants_expected": -np.cumsum(expected),
        "item_net_inflow": -np.cumsum(annual["net_inflow"]),
    }


def _status(region: str, trade: str, measure: str, kind: str) -> list[str]:
    """Status by year: only contracts have a history; stocks start in the base year, flows one year later."""
    if measure in {"new_contracts", "contracts_begun", "apprentices", "contract_terminations"}:
        past = {"DE": "observed", "BB": "rounded", "HWK-FF": "estimated"}[region]
        statuses = [past if year <= BASE_YEAR else "forecast" for year in YEARS]
        if measure == "new_contracts" and region == "BB":
            statuses[YEARS.index(BASE_YEAR)] = "provisional"
        if (region, trade) == ("HWK-FF", "A-25"):
            statuses[YEARS.index(2012)] = "suppressed"
        return statuses
    stock = kind == "stock" or measure.startswith("item_")
    statuses = ["no_data" if year < BASE_YEAR + (not stock) else "forecast" for year in YEARS]
    if stock:
        statuses[YEARS.index(BASE_YEAR)] = "estimated"
    if measure == "training_need":
        statuses = ["not_reachable" if s == "forecast" and y < 2029 else s
                    for y, s in zip(YEARS, statuses, strict=True)]  # fmt: skip
    return statuses


def _ranges(value: int, year: int, status: str, signed: bool) -> list[float]:
    """Value and six bounds; a figure from the statistics has none, an estimate of the past a narrow one."""
    if status in {"observed", "rounded", "provisional"}:
        return [value, *[np.nan] * 6]
    ahead = max(year - BASE_YEAR, 0)
    width = 1 + abs(value) * (1 + ahead) // 50
    bounds: list[float] = [value]
    for step in (1, 2, 3):
        lower = value - step * width
        bounds += [lower if signed else max(lower, 0), value + step * width + step]
    return bounds


def _grade_and_note(region: str, year: int, status: str) -> tuple[str, int]:
    if status == "suppressed":
        return "", 2
    if status == "not_reachable":
        return "", 3
    if status == "no_data":
        return "", 0
    if status == "estimated":
        return "D", 1
    if status != "forecast":
        return "A", 0
    late = (year - BASE_YEAR - 1) // 4
    return GRADES[1 + late + (region == "HWK-FF")], 0


def toy_content(shift: int = 0, scenario: str = "base") -> SnapshotContent:
    """The toy release; `shift` persons more vacancies everywhere give a second release with another id."""
    codes = tuple(code for code, *_ in MEASURES)
    axes = Axes(REGIONS, TRADES, codes, YEARS, STATISTICS)
    cube = np.full(axes.shape, np.nan, dtype=np.float32)
    status, grade = (np.zeros(axes.shape[:-1], dtype=np.uint8) for _ in range(2))
    note = np.zeros(axes.shape[:-1], dtype=np.uint16)
    for r, region in enumerate(REGIONS):
        for t, trade in enumerate(TRADES):
            if trade == EMPTY_TRADE:
                continue
            series = trade_series(region, trade, shift)
            for m, (measure, _, _, _, kind) in enumerate(MEASURES):
                for y, name in enumerate(_status(region, trade, measure, kind)):
                    letter, note[r, t, m, y] = _grade_and_note(region, YEARS[y], name)
                    status[r, t, m, y], grade[r, t, m, y] = STATUSES.index(name), GRADES.index(letter)
                    if name not in {"no_data", "suppressed", "not_reachable"}:
                        cell = _ranges(int(series[measure][y]), YEARS[y], name, measure in SIGNED)
                        cube[r, t, m, y] = cell
    documents = {
        "catalogue": catalogue(scenario),
        "derivations": derivations(shift),
        "observations": observations(),
        "training_plan": training_plan(),
    }
    files = {
        "export/matrix.csv": b"measure,trade_code,region_code,year,value\ngap,A-24,HWK-FF,2025,46\n",
        "export/matrix.parquet": b"PAR1 toy PAR1",
        "export/observations.csv": b"indicator,trade,region,year,value\nnew_contracts,A-24,BB,2024,235\n",
    }
    meta = {
        "as_of": "2025-10-31", "base_year": BASE_YEAR, "scenario": scenario, "seed": 7, "draws": 1000,
        "code_version": "0.1.0", "inputs_sha256": "1" * 64, "parameters_sha256": f"{shift:064x}",
        "title": "Spielzeugmatrix",
    }  # fmt: skip
    return SnapshotContent(axes, cube, status, grade, note, documents, files, meta)


def write_toy(root: Path, shift: int = 0, scenario: str = "base") -> str:
    """Publish the toy release under `root` and return its id."""
    return write_snapshot(root, toy_content(shift, scenario))


def _trade(
    code: str, de: str, en: str, group: str, occupation: tuple[str, str], kldb: tuple[str, str]
) -> dict:
    return {
        "code": code, "name_de": de, "name_en": en, "group": group, "sector": "craft", "hwo_annex": "A",
        "hwo_number": code[2:], "training_years": 3.0 if code == "A-27" else 3.5, "valid_from": "2004-01-01",
        "valid_to": None, "kind": "source", "source": "hwo", "note": "",
        "training_occupations": [{"code": occupation[0], "name_de": occupation[1], "name_en": occupation[1],
                                  "weight": 1.0, "training_years": 3.5}],
        "occupation_groups": [{"code": kldb[0], "name_de": kldb[1], "name_en": kldb[1], "role": "main",
                               "weight": 1.0, "low": 0.8, "high": 1.0}],
    }  # fmt: skip


def _region(code: str, de: str, en: str, level: str, parents: list[str], key: str) -> dict:
    return {
        "code": code, "name_de": de, "name_en": en, "level": level, "parents": parents, "official_key": key,
        "valid_from": "1994-01-01", "valid_to": None, "kind": "source", "source": "gv", "note": "",
    }  # fmt: skip


def _indicator(code: str, de: str, en: str, unit: str, kind: str, role: str) -> dict:
    return {
        "code": code, "name_de": de, "name_en": en, "kind": kind, "unit": unit, "role": role,
        "definition": f"{de}, gezählt zum Stichtag.",
        "definition_en": f"{en}, counted at the reference date.",
        "purpose": "Grundlage der Matrix.", "population": "Handwerk", "formula": "", "breakdowns": ["trade"],
        "topics": [topic for topic, of in TOPICS.items() if code in of] or ["matrix"],
        "sources": ["bibb-dazubi"], "reference_date": "31.12.", "breaks": ["2007: neue Abgrenzung"],
        "quality": "Auf Vielfache von 3 gerundet.", "cautions": "Nicht mit dem 30.09. verketten.",
        "additive_over": ["trade", "region"], "disclosure": "round3", "non_negative": code not in SIGNED,
        "publication_lag_months": {"value": 8, "low": 7, "high": 10, "kind": "measured",
                                   "source": "bibb-dazubi"},
    }  # fmt: skip


def _parameter(name: str, de: str, en: str, unit: str, kind: str, entries: list[dict], **more: Any) -> dict:
    return {
        "name": name, "name_de": de, "name_en": en, "unit": unit, "kind": kind, "keyed_by": [],
        "lookup": "exact", "covers": {}, "description": f"{de}.", "description_en": f"{en}.", "in_use": True,
        "used_by": "forecast.domain.workforce", "reserved_for": "", "reason": "", "review": None,
        "distribution": "triangular", "entries": entries,
    } | more  # fmt: skip


def catalogue(scenario: str = "base") -> dict[str, Any]:
    """Codes, measures, parameters, sources, events and cards of the toy."""
    groups = (
        ("metal", "Metall", "Metal"), ("electro", "Elektro", "Electrical"),
        ("shk", "Sanitär, Heizung, Klima", "Plumbing, heating, air conditioning"),
        ("vehicle", "Fahrzeug", "Vehicle"), ("other", "Übrige", "Other"),
    )  # fmt: skip
    measures = [_indicator(*row, "published" if row[0] == "new_contracts" else "model") for row in MEASURES]
    kept = ("code", "name_de", "name_en", "unit", "kind", "role", "definition", "definition_en", "topics")
    judgement = {"reason": "Keine Messung für das Handwerk bekannt.", "review": "2027-06-30"}
    return {
        "as_of": "2025-10-31", "base_year": BASE_YEAR, "scenario": scenario, "default_region": "HWK-FF",
        "default_year": HORIZON, "horizon": HORIZON,
        "groups": [{"code": c, "name_de": de, "name_en": en} for c, de, en in groups],
        "trades": [
            _trade("A-13", "Metallbauer", "Metal builders", "metal",
                   ("AO-metallbauer", "Metallbauer/-in"), ("KldB-244", "Metallbau und Schweißtechnik")),
            _trade("A-25", "Elektrotechniker", "Electricians", "electro",
                   ("AO-elektroniker", "Elektroniker/-in"), ("KldB-262", "Energietechnik")),
            _trade("A-24", "Installateur und Heizungsbauer", "Plumbers and heating installers", "shk",
                   ("AO-shk", "Anlagenmechaniker/-in SHK"), ("KldB-342", "Klempnerei, Sanitär, Heizung")),
            _trade("A-20", "Kraftfahrzeugtechniker", "Motor vehicle technicians", "vehicle",
                   ("AO-kfz", "Kraftfahrzeugmechatroniker/-in"), ("KldB-252", "Fahrzeugtechnik")),
            _trade("A-27", "Tischler", "Joiners and cabinet makers", "other",
                   ("AO-tischler", "Tischler/-in"), ("KldB-223", "Holzbe- und -verarbeitung")),
        ],
        "regions": [
            _region("HWK-FF", "Kammerbezirk Frankfurt (Oder)", "Chamber district Frankfurt (Oder)",
                    "chamber_district", ["BB"], ""),
            _region("BB", "Brandenburg", "Brandenburg", "land", ["DE"], "12"),
            _region("DE", "Deutschland", "Germany", "country", [], "00"),
        ],
        "measures": [{key: measure[key] for key in kept} for measure in measures],
        "indicators": [measures[6], _indicator("employees", "Beschäftigte", "Employees", "persons", "stock",
                                               "published")],
        "parameters": [
            _parameter("retirement_age", "Regelaltersgrenze", "Statutory retirement age", "years", "law",
                       [{"birth_year": 1958, "value": 66.0, "low": 66.0, "high": 66.0, "source": "sgb6"},
                        {"birth_year": 1964, "value": 67.0, "low": 67.0, "high": 67.0, "source": "sgb6"}],
                       keyed_by=["birth_year"], lookup="step", covers={"birth_year": [1947, 2020]},
                       distribution="fixed"),
            _parameter("retention_share", "Verbleib im Gewerk", "Retention in the trade", "share", "measured",
                       [{"value": 0.71, "low": 0.62, "high": 0.79, "source": "iab"}]),
            _parameter("craft_leaver_rate", "Abwanderung je Jahr", "Leavers a year", "share_per_year",
                       "judgement", [{"value": 0.013, "low": 0.008, "high": 0.021, "source": "own"}],
                       **judgement),
        ],
        "sources": [
            {"id": "bibb-dazubi", "publisher": "BIBB", "title": "Datensystem Auszubildende (DAZUBI)",
             "url": "https://www.bibb.de/dazubi", "terms": "Quellenangabe", "attribution": "BIBB",
             "retrieved": "2025-10-01"},
            {"id": "hwo", "publisher": "BMJ", "title": "Handwerksordnung", "url": "https://example.org/hwo",
             "terms": "amtliches Werk", "attribution": "", "retrieved": "2025-09-30"},
        ],
        "events": [
            {"id": "pandemic-2020", "name_de": "Pandemiejahr", "name_en": "Pandemic year",
             "date": "2020-03-01",
             "kind": "pulse", "trades": ["*"], "regions": ["DE"], "years": [2020, 2021],
             "treatment": "weight",
             "description": "Weniger Verträge.", "source": "bibb-dazubi"},
        ],
        "scenarios": [{"name": "base", "name_de": "Basis", "name_en": "Base", "reason": "Ohne Eingriff.",
                       "overrides": []}],
        "notes": list(NOTES),
        "items": [{"code": c, "label_de": de, "label_en": en} for c, de, en, *_ in MEASURES if c in ITEMS],
        "cards": [
            {"quantity": "contracts", "title_de": "Neue Verträge", "title_en": "New contracts",
             "summary_de": "Schlägt den letzten Wert.", "summary_en": "Beats the last value.",
             "loses_de": "Bei sehr kleinen Gewerken.", "loses_en": "For very small trades.",
             "scores": [{"model": "gate", "level": "land", "horizon": 1, "mae": 3.25, "coverage_80": 0.79},
                        {"model": "last", "level": "land", "horizon": 1, "mae": 4.5, "coverage_80": 0.8}]},
        ],
    }  # fmt: skip


def derivations(shift: int = 0) -> dict[str, Any]:
    """Where each item of the explanation comes from, for every region and trade that has data."""
    result: dict[str, Any] = {}
    for region in REGIONS:
        for trade in TRADE_NUMBERS:
            series = trade_series(region, trade, shift)
            result[f"{region}|{trade}"] = {item: {
                "formula_de": "Summe der Jahre seit 2025", "formula_en": "Sum of the years since 2025",
                "inputs": [{"label_de": "Wert im ersten Jahr", "label_en": "Value in the first year",
                            "indicator": item, "trade": trade, "region": region, "year": 2026,
                            "value": int(series[item][YEARS.index(2026)]), "unit": "persons",
                            "status": "estimated", "source": "bibb-dazubi"}],
                "parameters": [{"name": "craft_leaver_rate", "key": "", "value": 0.013, "low": 0.008,
                                "high": 0.021, "source": "own"}],
            } for item in ITEMS}  # fmt: skip
    return result


def observations() -> dict[str, Any]:
    """The published figures the toy pretends to rest on."""
    rows = [
        ["new_contracts", trade, region, year, "", int(trade_series(region, trade)["new_contracts"][y]),
         "contracts", "observed" if region == "DE" else "rounded", f"{year + 1}-08-31", "bibb-dazubi", ""]
        for region in ("BB", "DE") for trade in TRADE_NUMBERS
        for y, year in enumerate(YEARS) if year <= BASE_YEAR
    ]  # fmt: skip
    rows.append(["new_contracts", "A-25", "HWK-FF", 2012, "", None, "contracts", "suppressed", "2013-08-31",
                 "bibb-dazubi", "weniger als drei"])  # fmt: skip
    columns = [
        "indicator", "trade", "region", "year", "age", "value", "unit", "status", "published", "source",
        "note",
    ]  # fmt: skip
    return {"columns": columns, "rows": rows}


def training_plan() -> dict[str, Any]:
    """A few rows of the plan for training centres: module, course, year of training, outlook."""
    columns = [
        "trade", "region", "year", "kind", "code", "measure", "value", "lower_80", "upper_80", "status",
        "grade", "marks", "note",
    ]  # fmt: skip
    rows = [
        ["A-24", "HWK-FF", 2030, "module", "heat_pump", "hours", 613, 311, 907, "forecast", "D",
         "half_life", 0],
        ["A-24", "HWK-FF", 2030, "training_year", "1", "apprentices", 47, 31, 61, "forecast", "C", "", 0],
        ["A-24", "HWK-FF", 2030, "training_year", "1", "course_weeks", 141, 93, 183, "forecast", "C",
         "split", 0],
        ["A-20", "HWK-FF", 2030, "course", "G-K1/15", "course_weeks", 67, 53, 79, "forecast", "C", "read", 0],
        ["A-24", "HWK-FF", 2026, "outlook", "good", "probability", 0.61, None, None, "forecast", "C", "", 1],
    ]  # fmt: skip
    return {
        "columns": columns, "rows": rows,
        "notes": [{"de": "", "en": ""}, {"de": "Abschluss 2030", "en": "Examination 2030"}],
        "modules": [{"code": "heat_pump", "name_de": "Wärmepumpe", "name_en": "Heat pump", "trade": "A-24"}],
        "courses": [{"trade": "A-20", "code": "G-K1/15", "title": "Kfz-Elektrik"}],
        "group_size": None, "outlook_classes": [],
    }  # fmt: skip
