"""Levers: what is read, what is refused and with which words, and what contradicts."""

from __future__ import annotations

import pytest

from forecast.domain.levers import KINDS, Amount, Lever, LeverRules, combine, in_words, lever_of
from forecast.errors import DefinitionError

RANGES = {
    ("contracts", "change"): (0.0, -0.9, 2.0),
    ("demand_step", "change"): (0.0, -0.9, 1.0),
    ("demand_step", "probability"): (1.0, 0.0, 1.0),
    ("exit_age", "months"): (0.0, -36.0, 36.0),
    ("exit_age", "share"): (1.0, 0.0, 1.0),
}
RULES = LeverRules(
    ranges=RANGES,
    trades={"A-24": "shk", "A-25": "electro", "A-20": "vehicle"},
    regions=frozenset({"HWK-FF", "BB"}),
    years=(2026, 2040),
    without_accounts=frozenset({"12067", "DE"}),
)


def contracts(change: float = 0.1, **more) -> dict:
    return {"kind": "contracts", "from_year": 2027, "change": change, **more}


def test_a_plain_number_has_no_range_and_the_rest_is_neutral() -> None:
    lever = lever_of({"kind": "demand_step", "from_year": 2028, "change": -0.03}, RULES)
    assert lever.amounts["change"] == Amount(-0.03, -0.03, -0.03)
    assert lever.amounts["probability"] == Amount(1, 1, 1)
    assert (lever.trades, lever.regions, lever.ramp_years, lever.cause) == (("*",), ("*",), 1, "demand_step")


def test_a_number_with_range_keeps_range_and_source() -> None:
    given = {"value": 12, "low": 6, "high": 18, "source": "sgb6-235", "note": "n"}
    lever = lever_of({"kind": "exit_age", "from_year": 2028, "months": given}, RULES)
    assert lever.amounts["months"] == Amount(12, 6, 18, "sgb6-235", "n")


def test_targets_are_codes_groups_or_all() -> None:
    lever = lever_of(contracts(trades=["A-24", "group:electro"], regions="BB"), RULES)
    assert lever.acts_on("A-24", "shk", "BB")
    assert lever.acts_on("A-25", "electro", "BB")
    assert not lever.acts_on("A-20", "vehicle", "BB")
    assert not lever.acts_on("A-24", "shk", "HWK-FF")
    assert lever_of(contracts(), RULES).acts_on("A-20", "vehicle", "HWK-FF")


@pytest.mark.parametrize(
    ("given", "what", "expected"),
    [
        ("contracts", "keine Felder", "kind"),
        ({"kind": "contract", "from_year": 2027}, "Hebel «contract»", "contracts"),
        ({"kind": "contracts", "from_year": 2027}, "fehlt «change»", "change"),
        ({"kind": "contracts", "change": 0.1}, "fehlt «from_year»", "from_year"),
        (contracts(chang=1), "«chang»", "change"),
        (contracts(trades=["A-42"]), "Gewerk «A-42»", "A-2"),
        (contracts(trades=[]), "leer", "Code"),
        (contracts(regions=["HWK-F"]), "Region «HWK-F»", "HWK-FF"),
        (contracts(5), "außerhalb der erlaubten Spanne: 5", "-0.9 bis 2"),
        (contracts(-5), "Spanne: -5", "0.1 heißt «+10,0 %»"),
        (contracts({"value": 1, "low": 0, "high": 5}), "Spanne: 1 (0 bis 5)", "-0.9 bis 2"),
        (contracts(points=-5), "«points»", "Zahlen dieses Hebels: change"),
        (contracts(regions="12067"), "Für die Region «12067» gibt es keine Konten", "BB, HWK-FF"),
        ({"kind": "contracts", "change": 0.1}, "fehlt «from_year»", "das Jahr, ab dem der Hebel wirkt, 2026"),
        ({"kind": "exit_age", "from_year": 2027}, "fehlt «months»", "months: eine Zahl von -36 bis 36"),
        (contracts({"value": 0.1, "low": 0.2}), "Spanne", "low ≤ value ≤ high"),
        (contracts({"value": 0.1, "lo": 0.1}), "«lo»", "low"),
        (contracts("viel"), "keine Zahl", "value"),
        (contracts(True), "keine Zahl", "value"),
        (contracts(float("nan")), "keine Zahl", "value"),
        (contracts(from_year=2041), "außerhalb", "2026 bis 2040"),
        (contracts(from_year=2027.5), "Jahresangabe", "ganze Zahl"),
        (contracts(ramp_years=0), "Jahresangabe", "ganze Zahl"),
        (contracts({"parameter": "x"}), "verweist auf einen Parameter", "Zahl"),
    ],
)
def test_what_is_wrong_is_said_in_german_with_what_would_be_right(given, what: str, expected: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        lever_of(given, RULES, "datei.yaml, Zeile 3")
    assert what in caught.value.what
    assert expected in caught.value.expected
    assert caught.value.where == "datei.yaml, Zeile 3"


def named(name: str, *given: dict) -> tuple[str, list[Lever]]:
    return name, [lever_of(one, RULES) for one in given]


def test_two_scenarios_that_contradict_are_both_named() -> None:
    with pytest.raises(DefinitionError) as caught:
        combine(
            [
                named("viel", contracts(0.2, cause="nachwuchs")),
                named("wenig", contracts(-0.2, cause="nachwuchs")),
            ]
        )
    assert "«viel» und «wenig» widersprechen sich" in caught.value.what
    assert any("−20,0 %" in row for row in caught.value.rows)


def test_two_levers_of_one_scenario_that_contradict_are_told_by_their_places() -> None:
    given = named("zweifel", contracts(0.2), contracts(0.1, trades=["A-24"]), contracts(-0.2))
    with pytest.raises(DefinitionError) as caught:
        combine([given])
    assert caught.value.what == "Hebel 1 und 2 des Szenarios «zweifel» widersprechen sich."
    assert [row.partition(":")[0] for row in caught.value.rows] == ["Hebel 1", "Hebel 2"]
    assert caught.value.remedy.startswith("Einen der beiden Hebel weglassen")


@pytest.mark.parametrize(
    "other",
    [
        contracts(-0.2, cause="andere Ursache"),
        contracts(-0.2, trades=["A-25"]),
        contracts(-0.2, trades=["A-24"], regions=["BB"]),
        {"kind": "demand_step", "cause": "contracts", "from_year": 2027, "change": 0.1},
    ],
)
def test_different_cause_target_or_kind_is_no_contradiction(other: dict) -> None:
    first = contracts(0.2, trades=["A-24"], regions=["HWK-FF"])
    assert len(combine([named("a", first), named("b", other)])) == 2


def test_overlapping_targets_contradict_and_the_same_lever_counts_once() -> None:
    assert len(combine([named("a", contracts()), named("b", contracts())])) == 1
    with pytest.raises(DefinitionError):
        combine([named("a", contracts(0.1)), named("b", contracts(0.2, trades=["A-24"]))])
    with pytest.raises(DefinitionError):
        combine([named("a", contracts(0.1)), named("b", contracts(0.1, ramp_years=3))])


def test_words_leave_out_what_goes_without_saying() -> None:
    lever = lever_of({"kind": "exit_age", "from_year": 2028, "months": -6, "ramp_years": 3}, RULES)
    assert in_words(lever) == "Alter des Ausscheidens −6 Monate ab 2028, voll nach 3 Jahren"


def test_every_kind_has_ranges_for_all_its_numbers(data_root) -> None:
    import yaml

    text = (data_root / "parameters" / "scenarios" / "lever_range.yaml").read_text(encoding="utf-8")
    given = {(entry["lever"], entry["amount"]) for entry in yaml.safe_load(text)["entries"]}
    assert given == {(kind, name) for kind, one in KINDS.items() for name in (*one.required, *one.optional)}
