"""Published facts under data/checks: read strictly, every fault with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from forecast.domain.facts import judge
from forecast.errors import DefinitionError
from forecast.sources.checks import read_checks
from forecast.sources.definitions import read_definitions
from forecast.world_checks import COMPUTATIONS

GOOD = """\
code: shk-finish
name_de: "SHK"
name_en: "SHK"
unit: share
region: DE
year: 2023
low: 0.5
high: 0.6
relation: range
independent: true
source: eigene-annahme
computed_de: "gerechnet"
computed_en: "computed"
"""


@pytest.fixture(scope="module")
def definitions(data_root: Path):
    return read_definitions(data_root)


@pytest.fixture
def read(tmp_path, definitions):
    def read_one(text, name="shk-finish"):
        folder = tmp_path / "data" / "checks"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        return read_checks(tmp_path / "data", definitions.codes, definitions.sources)

    return read_one


def test_the_bundled_facts_are_sound_and_each_has_a_computation(data_root, definitions):
    facts = read_checks(data_root, definitions.codes, definitions.sources)
    assert set(facts) == set(COMPUTATIONS)
    assert any(fact.independent for fact in facts.values())
    for fact in facts.values():
        assert fact.reason_de or judge(fact, fact.low, fact.low, fact.high).exact


def test_a_sound_fact_is_read(read):
    fact = read(GOOD)["shk-finish"]
    assert (fact.low, fact.high, fact.relation, fact.base) == (0.5, 0.6, "range", None)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("code: shk-finish", "code: shk", 1, "code «shk» ist nicht der Name der Datei"),
        ('name_de: "SHK"', 'name_de: ""', 2, "das Feld «name_de» ist leer"),
        ("unit: share", "unit: percentage", 4, "unit «percentage» ist unbekannt"),
        ("region: DE", "region: XX", 5, "region «XX» ist nirgends erklärt"),
        ("year: 2023", "year: bald", 6, "year ist kein Jahr"),
        ("low: 0.5", "low: 0.7", 7, "low 0.7 ist größer als high 0.6"),
        ("low: 0.5", "low: viel", 7, "low und high sind keine Zahlen"),
        ("relation: range", "relation: ungefähr", 9, "relation «ungefähr» ist unbekannt"),
        ("independent: true", "independent: ja", 10, "independent ist kein Wahrheitswert"),
        ("source: eigene-annahme", "source: hörensagen", 11, "source «hörensagen» ist nirgends erklärt"),
        ("relation: range\n", "", 1, "das Feld «relation» fehlt"),
        ("relation: range", "relation: range\nfarbe: rot", 10, "das Feld «farbe» ist unbekannt"),
        ("relation: range", "relation: range\nbase: -3", 10, "base ist keine Zahl über 0"),
    ],
)
def test_every_fault_is_named_with_its_line(old, new, line, said, read):
    with pytest.raises(DefinitionError) as caught:
        read(GOOD.replace(old, new))
    assert said in str(caught.value)
    assert f"data/checks/shk-finish.yaml, Zeile {line}" in str(caught.value)
