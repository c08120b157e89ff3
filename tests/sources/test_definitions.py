"""Definitions: a sound folder is read whole; every broken rule is named with its file and line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from forecast.errors import DefinitionError
from forecast.sources import documents
from forecast.sources.definitions import read_definitions


def test_a_sound_folder_is_read_whole(definitions):
    assert sorted(definitions.codes.trades) == ["A-13", "A-24"]
    assert definitions.codes.trades["A-24"].subgroup == "shk"
    assert definitions.codes.trades["A-24"].valid_from == date(2004, 1, 1)
    assert definitions.codes.trades["A-24"].training_years == 3.5
    assert sorted(definitions.codes.training_occupations) == ["AO-mat", "AO-shk"]
    assert definitions.codes.training_occupations["AO-mat"].code == "AO-mat"
    assert definitions.codes.training_occupations["AO-mat"].training_years is None
    assert definitions.codes.regions["12060"].parents == ("HWK-FF", "BB")
    assert definitions.codes.post_codes[1].districts == ("12060",)
    assert definitions.codes.post_codes[1].outside == ("BB",)
    assert [one.occupation for one in definitions.codes.numbers] == ["AO-shk", "AO-shk"]
    assert definitions.codes.aggregates["AGG-BEIDE"].members == ("A-13", "A-24")
    assert [link.weight for link in definitions.codes.links_of("A-24")] == [0.92, 0.08]
    assert sorted(definitions.sources) == ["bibb", "law"]
    assert definitions.sources["bibb"].retrieved == "2026-11-05"
    assert definitions.skills["courses"] == [
        {
            "trade": "A-24",
            "course": "G-IH1",
            "weeks": "1",
            "kind": "measured",
            "source": "law",
            "reason": "",
            "review": "",
        }
    ]


def test_indicators_carry_their_lag_and_lists(definitions):
    contracts = definitions.indicators["new_contracts"]
    assert contracts.publication_lag_months.published(date(2023, 12, 31)) == date(2024, 9, 30)
    assert contracts.publication_lag_months.review == date(2027, 6, 30)
    assert contracts.cautions == ("nicht verketten",)  # one text stands for a list of one
    assert contracts.breaks == ("2007: Umstellung",)
    gap = definitions.indicators["gap"]
    assert not gap.non_negative
    assert gap.publication_lag_months.value == 0


def test_parameters_events_and_scenarios(definitions):
    assert definitions.parameters.value("retirement_age", birth_year=1960) == 65
    assert definitions.parameters.entry("coverage", trade="A-24").kind == "measured"
    assert definitions.parameters.entry("coverage", trade="A-13").kind == "judgement"
    event = definitions.events[0]
    assert (event.id, event.date, event.years) == ("reform", date(2021, 8, 1), (2021, None))
    assert event.touches("AO-mat", "DE", 2030)
    assert not event.touches("AO-mat", "DE", 2020)
    assert not event.touches("AO-mat", "BB", 2030)
    assert not event.touches("A-24", "DE", 2030)
    late = definitions.parameters.with_overrides(definitions.scenarios["late"].overrides)
    assert late.value("retirement_age", birth_year=1965) == 68
    assert definitions.scenarios["base"].overrides == ()


BROKEN = [
    # file, text, replacement, line of the complaint, part of the message
    ("codes/trades.csv", "metal,craft", "metall,craft", 3, "group «metall» ist unbekannt"),
    ("codes/trades.csv", "A-13,", "A-24,", 3, "der Code «A-24» steht doppelt"),
    ("codes/trades.csv", "2004-01-01", "1.1.2004", 2, "valid_from «1.1.2004» ist nicht lesbar"),
    ("codes/trades.csv", "3.5", '"3,5"', 2, "training_years «3,5» ist nicht lesbar"),
    ("codes/trades.csv", "source,law", "source,book", 2, "die Quelle «book» steht in keiner Datei"),
    ("codes/trades.csv", "Metallbauer", "", 3, "name_de ist leer"),
    ("codes/trades.csv", ",subgroup\n", ",colour\n", 1, "die Spalte «colour» ist unbekannt"),
    ("codes/trades.csv", "sector,hwo_annex", "group,hwo_annex", 1, "die Spalte «group» steht doppelt"),
    ("codes/training_occupations.csv", "A-24,1.0", "A-99,1.0", 2, "das Gewerk «A-99» gibt es nicht"),
    ("codes/training_occupations.csv", "A-24,1.0", "A-24,1.5", 2, "weight 1.5 liegt nicht zwischen 0 und 1"),
    ("codes/trade_occupation_groups.csv", "0.92", "0.90", 2, "die Gewichte von A-24 ergeben 0.98"),
    (
        "codes/trade_occupation_groups.csv",
        "KldB-251",
        "KldB-999",
        3,
        "die Berufsgruppe «KldB-999» gibt es nicht",
    ),
    ("codes/trade_occupation_groups.csv", "0.85", "0.95", 2, "low ≤ weight ≤ high"),
    ("codes/trade_occupation_groups.csv", "Gegenstück", "", 3, "braucht reason und review"),
    (
        "codes/trade_occupation_groups.csv",
        "Gegenstück,2027-06-30",
        "Gegenstück,",
        3,
        "braucht reason und review",
    ),
    ("codes/trade_occupation_groups.csv", "secondary", "other", 3, "role «other» ist unbekannt"),
    ("codes/aggregates.csv", "A-13|A-24", "A-13|A-42", 2, "das Mitglied «A-42» gibt es nicht"),
    ("codes/post_codes.csv", "16225", "1622", 2, "«1622» ist keine Postleitzahl"),
    ("codes/post_codes.csv", "12529", "16225", 3, "die Postleitzahl 16225 steht doppelt"),
    ("codes/post_codes.csv", "16225,12060", "16225,HWK-FF", 2, "«HWK-FF» ist keine Region der Ebene kreis"),
    ("codes/post_codes.csv", "12060,BB", "12060,HWK-FF", 3, "«HWK-FF» ist keine Region der Ebene land"),
    ("codes/post_codes.csv", "16225,12060", "16225,", 2, "districts ist leer"),
    (
        "codes/occupation_numbers.csv",
        "shk,34212-112",
        "nix,1",
        2,
        "den Ausbildungsberuf «AO-nix» gibt es nicht",
    ),
    ("codes/occupation_numbers.csv", "112,ba", "112,bibb", 2, "scheme «bibb» ist unbekannt"),
    ("codes/occupation_numbers.csv", "34212010,statistics", "34212-112,ba", 3, "34212-112 steht doppelt"),
    ("codes/regions.csv", "HWK-FF|BB", "HWK-CB|BB", 5, "die übergeordnete Region «HWK-CB» gibt es nicht"),
    ("codes/regions.csv", "land,DE", "land,BB", 3, "die übergeordnete Region «BB» gibt es nicht"),
    ("codes/regions.csv", "kreis", "county", 5, "level «county» ist unbekannt"),
    ("codes/regions.csv", "BB,Brandenburg,Brandenburg", "BB,Brandenburg", 3, "11 Zellen"),
    ("sources/law.csv", "law,", "bibb,", 2, "die Quelle «bibb» steht doppelt"),
    ("sources/figures.csv", "2026-11-05", "neulich", 2, "retrieved «neulich» ist nicht lesbar"),
    ("indicators/new_contracts.yaml", "unit: contracts", "unit: heads", 5, "unit «heads» ist unbekannt"),
    ("indicators/new_contracts.yaml", "kind: flow", "kind: number", 4, "kind «number» ist unbekannt"),
    (
        "indicators/new_contracts.yaml",
        "sources: [bibb]",
        "sources: [book]",
        13,
        "die Quelle «book» steht in keiner",
    ),
    (
        "indicators/new_contracts.yaml",
        "non_negative: true",
        "non_negative: yes please",
        20,
        "kein Wahrheitswert",
    ),
    ("indicators/new_contracts.yaml", "quality: gerundet\n", "", 1, "das Feld «quality» fehlt"),
    ("indicators/new_contracts.yaml", "quality:", "qualitty:", 16, "das Feld «qualitty» ist unbekannt"),
    ("indicators/new_contracts.yaml", "name_en: New", "name_de: New", 3, "Das Feld «name_de» steht doppelt"),
    (
        "indicators/new_contracts.yaml",
        "value: 9,",
        "value: nine,",
        21,
        "publication_lag_months ist unvollständig",
    ),
    ("indicators/new_contracts.yaml", "low: 8,", "low: 9.5,", 21, "0 ≤ low ≤ value ≤ high"),
    ("indicators/new_contracts.yaml", ", reason: Erfahrung", "", 21, "braucht reason und review"),
    (
        "indicators/new_contracts.yaml",
        "review: 2027-06-30",
        "review: bald",
        22,
        "review «bald» ist kein Datum",
    ),
    (
        "indicators/new_contracts.yaml",
        "code: new_contracts",
        "code: contracts",
        1,
        "ist nicht der Name der Datei",
    ),
    ("parameters/demand/coverage.yaml", "unit: share", "unit: percent", 4, "unit «percent» steht nicht"),
    ("parameters/demand/coverage.yaml", "value: 0.8,", "value: 0.95,", 17, "low ≤ value ≤ high"),
    (
        "parameters/demand/coverage.yaml",
        "source: law}",
        "source: book}",
        17,
        "die Quelle «book» steht in keiner",
    ),
    ("parameters/demand/coverage.yaml", "trade: A-24", "trade: A-99", 18, "den Code «A-99» gibt es nicht"),
    ("parameters/demand/coverage.yaml", "trade: A-24", 'trade: "*"', 18, "steht doppelt"),
    ("parameters/demand/coverage.yaml", "trade: A-24", "crop: A-24", 18, "das Feld «crop» ist unbekannt"),
    ("parameters/demand/coverage.yaml", "value: 0.9,", "value: viel,", 18, "value fehlt oder ist keine Zahl"),
    ("parameters/demand/coverage.yaml", "value: 0.9,", "value: .nan,", 18, "value fehlt oder ist keine Zahl"),
    ("parameters/demand/coverage.yaml", "reason: nicht veröffentlicht\n", "", 5, "braucht reason und review"),
    ("parameters/demand/coverage.yaml", "review: 2027-06-30\n", "", 5, "braucht reason und review"),
    ("parameters/demand/coverage.yaml", "in_use: true", "in_use: maybe", 11, "in_use ist kein Wahrheitswert"),
    ("parameters/demand/coverage.yaml", "used_by: forecast.domain.demand\n", "", 11, "braucht used_by"),
    ("parameters/workforce/retirement_age.yaml", "[1946, 1970]", "[1946]", 8, "covers ist keine Spanne"),
    ("parameters/workforce/retirement_age.yaml", "low: 67", "low: 66", 16, "low = value = high"),
    ("events/reform.yaml", "AO-mat", "AO-mta", 6, "unbekannter Code «AO-mta»"),
    ("events/reform.yaml", "[DE]", "[12060, BE]", 7, "unbekannter Code «BE»"),
    ("events/reform.yaml", "2021-08-01", "August 2021", 4, "ist kein Datum"),
    ("events/reform.yaml", "[2021, null]", "2021", 8, "years ist keine Spanne"),
    ("events/reform.yaml", "definition_change", "surprise", 5, "kind «surprise» ist unbekannt"),
    ("events/reform.yaml", "source: law", "source: gossip", 11, "die Quelle «gossip» steht in keiner"),
    ("scenarios/base.yaml", "reason: Ausgangslage\n", "", 1, "das Feld «reason» fehlt"),
    ("scenarios/base.yaml", "reason_en: Point of departure\n", "", 1, "das Feld «reason_en» fehlt"),
    (
        "scenarios/late.yaml",
        "value: 68",
        "value: alt",
        7,
        "«value» in der Überschreibung von «retirement_age» ist keine Zahl: «alt»",
    ),
    ("skills/courses.csv", "measured,law", "measured,hearsay", 2, "die Quelle «hearsay» steht in keiner"),
    ("skills/courses.csv", "measured", "judgement", 2, "braucht reason und review"),
]


@pytest.mark.parametrize(("name", "old", "new", "line", "text"), BROKEN)
def test_every_broken_rule_is_named_with_file_and_line(spoil, name, old, new, line, text):
    with pytest.raises(DefinitionError) as error:
        read_definitions(spoil(name, old, new))
    found = [f"{error.value.where}: {error.value.what}", *error.value.rows]
    matching = [entry for entry in found if text in entry]
    assert matching, found
    assert any(f"data/{name}, Zeile {line}:" in entry for entry in matching), matching
    assert error.value.remedy


def test_near_codes_are_named(spoil):
    with pytest.raises(DefinitionError) as error:
        read_definitions(spoil("events/reform.yaml", "AO-mat", "AO-mta"))
    assert "AO-mat" in error.value.expected


def test_all_faults_of_all_files_are_told_at_once_five_of_them_shown(spoil):
    for name, old, new in (
        ("codes/trades.csv", "metal,craft", "metall,craft"),
        ("codes/regions.csv", "kreis", "county"),
        ("indicators/new_contracts.yaml", "unit: contracts", "unit: heads"),
        ("parameters/demand/coverage.yaml", "unit: share", "unit: percent"),
        ("events/reform.yaml", "AO-mat", "AO-mta"),
        ("skills/courses.csv", "measured,law", "measured,hearsay"),
    ):
        root = spoil(name, old, new)
    with pytest.raises(DefinitionError) as error:
        read_definitions(root)
    assert len(error.value.rows) == 6
    assert "und 5 weitere Fehler" in error.value.what
    assert "… und 1 weitere" in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1, 2", "kein gültiges YAML"),
        ("", "keine Felder"),
        ("- a\n- b\n", "keine Felder"),
        ("a: 1\n b: 2\n", "YAML"),
        ("a:\n\t- b\n", "Tabulator"),
        ("a: [1, 2", "Klammer"),
        ("name: Plan: mehr\n", "Doppelpunkt"),
        ("a: [*]\n", "Anführungszeichen"),
        ("a: @b\n", "Anführungszeichen"),
        ("a:\n  b: 1\n c: 2\n", "Einrückung"),
    ],
)
def test_files_that_are_no_yaml_mapping(root, text, message):
    (root / "events" / "reform.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError, match=message) as error:
        read_definitions(root)
    assert "data/events/reform.yaml" in error.value.where


def test_a_file_in_latin_1_is_refused(root):
    path = root / "codes" / "trades.csv"
    path.write_bytes(path.read_bytes().replace(b"Metal builders", "Metallbäuer".encode("latin-1")))
    with pytest.raises(DefinitionError, match="nicht in UTF-8"):
        read_definitions(root)


def test_a_byte_order_mark_is_accepted(root):
    path = root / "codes" / "trades.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert "A-24" in read_definitions(root).codes.trades


def test_a_missing_code_list_is_named(root):
    (root / "codes" / "regions.csv").unlink()
    with pytest.raises(DefinitionError) as error:
        read_definitions(root)
    assert error.value.where == "data/codes/regions.csv"


def test_a_parameter_name_may_stand_in_one_area_only(root):
    text = (root / "parameters" / "demand" / "coverage.yaml").read_text(encoding="utf-8")
    (root / "parameters" / "workforce" / "coverage.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError, match="gibt es schon in einer anderen Datei"):
        read_definitions(root)


def test_a_scenario_must_fit_the_parameters(spoil):
    with pytest.raises(DefinitionError, match="Das Szenario «late» passt nicht") as error:
        read_definitions(spoil("scenarios/late.yaml", "retirement_age", "retirement"))
    assert error.value.where == "data/scenarios/late.yaml"


def test_a_reserved_parameter_keeps_places_as_they_were_printed(spoil):
    name = "parameters/demand/coverage.yaml"
    spoil(name, "trade: A-24", "trade: Landkreis Göttingen")
    root = spoil(name, "in_use: true\nused_by: forecast.domain.demand", "in_use: false\nreserved_for: später")
    assert not read_definitions(root).parameters.parameters["coverage"].in_use


def test_a_region_key_without_quotes_is_a_number_and_refused(spoil):
    name = "parameters/demand/coverage.yaml"
    spoil(name, "keyed_by: [trade]", "keyed_by: [region]")
    spoil(name, 'trade: "*"', 'region: "12060"')
    with pytest.raises(DefinitionError, match="die Region «12060» gibt es nicht"):
        read_definitions(spoil(name, "trade: A-24", "region: 12060"))


@pytest.mark.parametrize("area", ["trades", "regions", "training_occupations"])
def test_the_bundled_definitions_obey_their_rules(data_root, area):
    if not (data_root / "codes" / "trades.csv").is_file():
        pytest.skip("no bundled data")
    assert getattr(read_definitions(data_root).codes, area)


FAULTS = ("a: [1\nb: 2", "a: 'x\n", "a: b: c", "a: *x", "a: !!python/x 1", "a: 1\na: 2", "- 1", "\ta: 1")


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_reads_the_same_with_and_without_libyaml(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    said = []
    for loader in (documents._QUICK, yaml.SafeLoader):
        monkeypatch.setattr(documents, "_QUICK", loader)
        with pytest.raises(DefinitionError) as error:
            documents.read_yaml(path, "x.yaml")
        said.append(str(error.value))
    assert said[0] == said[1]


def test_definitions_read_the_same_with_and_without_libyaml(
    data_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = sorted((data_root / "events").glob("*.yaml")) + sorted((data_root / "indicators").glob("*.yaml"))
    quick = [documents.read_yaml(path, path.name) for path in paths]
    monkeypatch.setattr(documents, "_QUICK", yaml.SafeLoader)
    assert quick == [documents.read_yaml(path, path.name) for path in paths]
