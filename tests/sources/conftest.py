"""A small but complete data/ folder that a test may spoil in one place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from forecast.sources.definitions import Definitions, read_definitions

FILES = {
    "codes/trades.csv": """\
code,name_de,name_en,group,sector,hwo_annex,hwo_number,training_years,valid_from,valid_to,kind,source,note,subgroup
A-24,Installateur und Heizungsbauer,Plumbers,shk,craft,A,24,3.5,2004-01-01,,source,law,,shk
A-13,Metallbauer,Metal builders,metal,craft,A,13,3.5,,,source,law,,
""",
    "codes/training_occupations.csv": """\
code,name_de,name_en,figures_name,trade,weight,training_years,regulation,valid_from,valid_to,kind,source,note
shk,"Anlagenmechaniker/-in für Sanitär, SHK",Plant mechanic,Anlagenmechaniker,A-24,1.0,3.5,,,,source,law,
mat,Elektroniker MAT,Electronics technician,Elektroniker MAT,,1.0,,,2021-08-01,,memory,law,
""",
    "codes/occupation_groups.csv": """\
code,name_de,name_en,valid_from,valid_to,kind,source
KldB-342,Klempnerei,Plumbing,,,source,law
KldB-251,Maschinenbau,Machines,,,source,law
KldB-244,Metallbau,Metal,,,source,law
""",
    "codes/trade_occupation_groups.csv": """\
trade,occupation_group,role,weight,low,high,valid_from,valid_to,kind,source,reason,review
A-24,KldB-342,main,0.92,0.85,0.97,,,judgement,law,Gesellen liegen in 342,2027-06-30
A-24,KldB-251,secondary,0.08,0.03,0.15,,,judgement,law,Gegenstück,2027-06-30
A-13,KldB-244,main,1.0,1.0,1.0,,,source,law,,
""",
    "codes/aggregates.csv": """\
code,name_de,name_en,members,kind,source
AGG-BEIDE,Metall und SHK,Metal and plumbing,A-13|A-24,source,law
""",
    "codes/regions.csv": """\
code,name_de,name_en,level,parents,official_key,nuts,valid_from,valid_to,kind,source,note
DE,Deutschland,Germany,country,,00,DE,,,source,law,
BB,Brandenburg,Brandenburg,land,DE,12,DE4,,,source,law,
HWK-FF,Frankfurt (Oder),Frankfurt (Oder),chamber_district,BB,,,,,source,law,
12060,Barnim,Barnim,kreis,HWK-FF|BB,12060,,,,source,law,
""",
    "codes/post_codes.csv": """\
post_code,districts,outside,kind,source
16225,12060,,source,law
12529,12060,BB,source,law
""",
    "codes/occupation_numbers.csv": """\
occupation,number,scheme,kind,source
shk,34212-112,ba,source,law
shk,34212010,statistics,source,law
""",
    "sources/law.csv": """\
id,publisher,title,url,terms,attribution,retrieved
law,Bund,Handwerksordnung,https://example.org/hwo,frei,Quelle: Bund,2026-11
""",
    "sources/figures.csv": """\
id,publisher,title,url,terms,attribution,retrieved
bibb,BIBB,"Datenbank, Auszubildende",https://example.org/dazubi,Quelle nennen,Quelle: BIBB,2026-11-05
""",
    "indicators/new_contracts.yaml": """\
code: new_contracts
name_de: Neuabschlüsse
name_en: New contracts
kind: flow
unit: contracts
role: published
definition: Im Jahr begonnen und am 31. Dezember noch bestehend.
definition_en: Begun in the year and in force on 31 December.
purpose: Nachwuchs
population: alle Auszubildenden
formula: Zählung
breakdowns: [trade, region]
sources: [bibb]
reference_date: 31. Dezember
breaks: ["2007: Umstellung"]
quality: gerundet
cautions: nicht verketten
additive_over: [trade, region]
disclosure: gerundet
non_negative: true
publication_lag_months:
  {value: 9, low: 8, high: 10, kind: judgement, source: bibb, reason: Erfahrung, review: 2027-06-30}
""",
    "indicators/gap.yaml": """\
code: gap
name_de: Lücke
name_en: Gap
kind: stock
unit: persons
role: model
definition: Bedarf minus Angebot
definition_en: Demand minus supply
population: Fachkräfte
sources: [law]
reference_date: 30. Juni
quality: Modell
non_negative: false
""",
    "parameters/workforce/retirement_age.yaml": """\
name: retirement_age
name_de: Regelaltersgrenze
name_en: Statutory age
unit: years
kind: law
keyed_by: [birth_year]
lookup: step
covers: {birth_year: [1946, 1970]}
description: Alter der Regelaltersrente
description_en: Statutory age of retirement
in_use: true
used_by: forecast.domain.workforce
distribution: fixed
entries:
  - {birth_year: 1946, value: 65, low: 65, high: 65, source: law}
  - {birth_year: 1964, value: 67, low: 67, high: 67, source: law}
""",
    "parameters/demand/coverage.yaml": """\
name: coverage
name_de: Abdeckung
name_en: Coverage
unit: share
kind: judgement
keyed_by: [trade]
lookup: exact
covers: {}
description: Anteil
description_en: Share
in_use: true
used_by: forecast.domain.demand
reason: nicht veröffentlicht
review: 2027-06-30
distribution: triangular
entries:
  - {trade: "*", value: 0.8, low: 0.6, high: 0.9, source: law}
  - {trade: A-24, value: 0.9, low: 0.8, high: 0.95, source: law, kind: measured, note: gezählt}
""",
    "events/reform.yaml": """\
id: reform
name_de: Neuordnung
name_en: Reform
date: 2021-08-01
kind: definition_change
trades: [AO-mat]
regions: [DE]
years: [2021, null]
treatment: Sprung zulassen
description: Neuer Beruf
source: law
""",
    "scenarios/base.yaml": "name: base\nname_de: Basis\nname_en: Base\nreason: Ausgangslage\n"
    "reason_en: Point of departure\noverrides: []\n",
    "scenarios/late.yaml": """\
name: late
name_de: Später
name_en: Later
reason: Vorschlag
reason_en: A proposal
overrides:
  - {name: retirement_age, key: {birth_year: 1964}, value: 68, reason: Antrag}
""",
    "skills/courses.csv": "trade,course,weeks,kind,source,reason,review\nA-24,G-IH1,1,measured,law,,\n",
}
HEADER = "indicator,trade,region,year,age,value,unit,status,as_of,source,note"
ROW = "new_contracts,AO-shk,BB,2023,,303,contracts,rounded,2023-12-31,bibb,[abgeleitet] Summe"
FIGURES = (
    f"{HEADER}\n{ROW}\n"
    "new_contracts,AO-shk,BB,2022,,267,contracts,rounded,2022-12,bibb,\n"
    "new_contracts,A-24,HWK-FF,2020,,,contracts,suppressed,2020,bibb,gesperrt\n"
)

Spoil = Callable[[str, str, str], Path]
PutFigures = Callable[..., Path]


def sidecar_of(content: bytes, **changes: object) -> str:
    """A sidecar that fits the bytes."""
    fields = {
        "publisher": "BIBB",
        "title": "Auszubildende",
        "edition": "2023",
        "published": "2024-09-30",
        "retrieved": "2026-11",
        "url": "https://example.org",
        "licence": "frei",
        "attribution": "Quelle: BIBB",
        "sha256": hashlib.sha256(content).hexdigest(),
        "rows": max(content.count(b"\n") - 1, 0),
        "notes": "keine",
    } | changes
    return "".join(
        f"{name}: {value!r}\n" if isinstance(value, str) else f"{name}: {value}\n"
        for name, value in fields.items()
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The sound data folder."""
    base = tmp_path / "data"
    for name, text in FILES.items():
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return base


@pytest.fixture
def spoil(root: Path) -> Spoil:
    """Replace one piece of text in one file; the piece must be there."""

    def replace(name: str, old: str, new: str) -> Path:
        path = root / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return root

    return replace


@pytest.fixture
def definitions(root: Path) -> Definitions:
    """The definitions of the sound folder."""
    return read_definitions(root)


@pytest.fixture
def put_figures(root: Path) -> PutFigures:
    """Put a file of figures with a fitting sidecar into the data folder and return its path."""

    def put(content: bytes | str = FIGURES, name: str = "new_contracts.csv", **changes: object) -> Path:
        data = content.encode() if isinstance(content, str) else content
        folder = root / "raw" / "bibb" / "2023"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
        (folder / f"{name}.meta.yaml").write_text(sidecar_of(data, **changes), encoding="utf-8")
        return folder / name

    return put
