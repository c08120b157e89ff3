"""Parameters, scenarios and skills tables obey the rules for data: sourced, bounded, dated, unambiguous."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

DATA = Path(__file__).resolve().parents[2] / "data"
PARAMETER_FILES = sorted((DATA / "parameters").glob("*/*.yaml"))
SCENARIO_FILES = sorted((DATA / "scenarios").glob("*.yaml"))
SKILL_FILES = sorted((DATA / "skills").glob("*.csv"))
UNITS = {
    *(
        "share",
        "share_per_year",
        "share_per_month",
        "persons",
        "contracts",
        "firms",
        "hours",
        "hours_per_year",
    ),
    *("weeks", "months", "years", "ratio", "count", "index", "probability"),
}
KINDS = {"law", "measured", "judgement"}
SKILL_KINDS = {"law", "measured", "derived", "judgement", "memory"}
REQUIRED = {
    *("name", "name_de", "name_en", "unit", "kind", "keyed_by", "lookup", "description", "description_en"),
    *("in_use", "distribution", "entries"),
}
OPTIONAL = {"covers", "used_by", "reserved_for", "reason", "review"}
# Units whose values cannot leave these bounds, whatever is assumed.
BOUNDS = {"share": (0.0, 1.0), "probability": (0.0, 1.0), "share_per_year": (-1.0, 1.0)}


class StrictLoader(yaml.SafeLoader):
    """YAML loader that refuses a key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping after checking that its keys are unique."""
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        twice = [key for key, count in Counter(keys).items() if count > 1]
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"key given twice: {twice}", node.start_mark)
        return super().construct_mapping(node, deep=deep)


def read(path: Path) -> dict[str, Any]:
    """One YAML file as a mapping."""
    content = StrictLoader(path.read_text(encoding="utf-8")).get_single_data()
    assert isinstance(content, dict), path
    return content


def table(path: Path) -> list[dict[str, str]]:
    """One CSV file as rows."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def source_ids() -> list[str]:
    """Ids of all sources, in file order."""
    return [row["id"] for path in sorted((DATA / "sources").glob("*.csv")) for row in table(path)]


PARAMETERS = {path: read(path) for path in PARAMETER_FILES}
SOURCES = set(source_ids())
each = pytest.mark.parametrize("path", PARAMETER_FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")


def key_of(parameter: dict[str, Any], entry: dict[str, Any]) -> tuple[Any, ...]:
    """The key of an entry in the order of `keyed_by`."""
    return tuple(entry[name] for name in parameter["keyed_by"])


def test_there_are_parameters_and_names_are_unique() -> None:
    names = Counter(parameter["name"] for parameter in PARAMETERS.values())
    assert names
    assert [name for name, count in names.items() if count > 1] == []


def test_source_ids_are_unique() -> None:
    assert [name for name, count in Counter(source_ids()).items() if count > 1] == []


def test_facts_name_publisher_title_and_terms() -> None:
    for row in table(DATA / "sources" / "facts.csv"):
        assert all(row[column] for column in ("id", "publisher", "title", "terms", "attribution")), row
        date.fromisoformat(row["retrieved"])
        assert row["url"] or row["id"] in {"eigene-annahme", "gedaechtnis"}, row


@each
def test_fields_are_the_agreed_ones(path: Path) -> None:
    parameter = PARAMETERS[path]
    assert set(parameter) >= REQUIRED, REQUIRED - set(parameter)
    assert set(parameter) <= REQUIRED | OPTIONAL, set(parameter) - REQUIRED - OPTIONAL
    assert parameter["name"] == path.stem
    assert parameter["unit"] in UNITS
    assert parameter["kind"] in KINDS
    assert parameter["lookup"] in {"exact", "step"}
    assert parameter["distribution"] in {"triangular", "fixed"}
    assert parameter["entries"]
    for text in ("name_de", "name_en", "description", "description_en"):
        assert str(parameter[text]).strip()


@each
def test_entries_are_bounded_and_sourced(path: Path) -> None:
    parameter = PARAMETERS[path]
    allowed = {*parameter["keyed_by"], "value", "low", "high", "source", "kind", "note"}
    lower, upper = BOUNDS.get(parameter["unit"], (float("-inf"), float("inf")))
    for entry in parameter["entries"]:
        assert set(entry) <= allowed, entry
        assert set(entry) >= {*parameter["keyed_by"], "value", "low", "high", "source"}, entry
        assert lower <= entry["low"] <= entry["value"] <= entry["high"] <= upper, entry
        assert entry["source"] in SOURCES, entry
        assert entry.get("kind", parameter["kind"]) in KINDS, entry
        if parameter["distribution"] == "fixed":
            assert entry["low"] == entry["value"] == entry["high"], entry


@each
def test_keys_are_unique(path: Path) -> None:
    parameter = PARAMETERS[path]
    keys = Counter(key_of(parameter, entry) for entry in parameter["entries"])
    assert [key for key, count in keys.items() if count > 1] == []


@each
def test_judgements_give_reason_and_review_date(path: Path) -> None:
    parameter = PARAMETERS[path]
    kinds = {entry.get("kind", parameter["kind"]) for entry in parameter["entries"]} | {parameter["kind"]}
    if "judgement" in kinds:
        assert str(parameter["reason"]).strip()
        assert date.fromisoformat(str(parameter["review"])) > date(2026, 11, 22)
    for entry in parameter["entries"]:
        if entry["source"] == "gedaechtnis":
            assert entry.get("kind", parameter["kind"]) == "judgement", entry
            assert "zu prüfen" in entry["note"], entry
        if entry.get("kind", parameter["kind"]) in {"law", "measured"}:
            assert entry["source"] != "eigene-annahme", entry


@each
def test_use_is_declared(path: Path) -> None:
    parameter = PARAMETERS[path]
    if parameter["in_use"]:
        assert str(parameter["used_by"]).startswith("forecast.")
        assert "reserved_for" not in parameter
    else:
        assert str(parameter["reserved_for"]).strip()
        assert "used_by" not in parameter


@each
def test_steps_start_at_their_cover_and_ascend(path: Path) -> None:
    parameter = PARAMETERS[path]
    if parameter["lookup"] == "exact":
        assert "covers" not in parameter
        return
    assert len(parameter["covers"]) == 1
    name, (first, last) = next(iter(parameter["covers"].items()))
    assert name in parameter["keyed_by"]
    others = [key for key in parameter["keyed_by"] if key != name]
    groups: dict[tuple[Any, ...], list[float]] = {}
    for entry in parameter["entries"]:
        groups.setdefault(tuple(entry[key] for key in others), []).append(entry[name])
    for steps in groups.values():
        assert steps[0] == first
        assert steps == sorted(steps)
        assert steps[-1] <= last


def parameter_named(name: str) -> dict[str, Any]:
    """The parameter of that name."""
    return next(parameter for parameter in PARAMETERS.values() if parameter["name"] == name)


@pytest.mark.parametrize("bound", ["low", "value", "high"])
def test_dissolution_layers_leave_someone_in_training(bound: str) -> None:
    totals: dict[str, float] = {}
    layers: dict[str, set[int]] = {}
    for entry in parameter_named("dissolution_layer")["entries"]:
        totals[entry["trade"]] = totals.get(entry["trade"], 0.0) + entry[bound]
        layers.setdefault(entry["trade"], set()).add(entry["layer"])
    assert "*" in totals
    assert all(found == {0, 1, 2, 3} for found in layers.values())
    assert {trade: total for trade, total in totals.items() if not 0 < total < 1} == {}


def test_life_table_is_complete_and_men_die_earlier() -> None:
    rates = {(e["sex"], e["age"]): e["value"] for e in parameter_named("mortality")["entries"]}
    assert set(rates) == {(sex, age) for sex in ("m", "f") for age in range(15, 81)}
    assert all(rates["m", age] > rates["f", age] for age in range(20, 81))
    # Destatis period life table 2022/24, printed values at the ends of the range.
    assert rates["m", 15] == pytest.approx(0.00017457)
    assert rates["m", 16] == pytest.approx(0.00022375)


def test_statutory_age_follows_section_235() -> None:
    months = {e["birth_year"]: e["value"] for e in parameter_named("statutory_retirement_age")["entries"]}
    expected = {1947: 65 * 12 + 1, 1957: 65 * 12 + 11, 1958: 66 * 12, 1959: 66 * 12 + 2, 1964: 67 * 12}
    assert {year: months[year] for year in expected} == expected


def test_eventual_pass_rate_lies_near_nine_tenths() -> None:
    first = next(e["value"] for e in parameter_named("exam_pass_first")["entries"] if e["group"] == "shk")
    retry = parameter_named("exam_retry")["entries"][0]["value"]
    again = parameter_named("exam_pass_retry")["entries"][0]["value"]
    eventual = first + (1 - first) * retry * again + (1 - first) * (1 - again) * retry**2 * again
    assert 0.85 < eventual < 0.95


@pytest.mark.parametrize("path", SCENARIO_FILES, ids=lambda p: p.stem)
def test_scenarios_override_existing_parameters_with_a_reason(path: Path) -> None:
    scenario = read(path)
    required = {"name", "name_de", "name_en", "reason", "reason_en", "overrides"}
    words = {"description_de", "description_en", "review"}
    assert required <= set(scenario) <= required | words | {"extends", "levers"}
    assert scenario["name"] == path.stem
    if path.stem != "base":
        assert words <= set(scenario)
        assert scenario.get("extends") or scenario.get("levers")
    assert str(scenario["reason"]).strip()
    assert str(scenario["reason_en"]).strip() not in ("", str(scenario["reason"]).strip())
    for lever in scenario.get("levers") or []:
        for number in lever.values():
            if isinstance(number, dict) and "note" in number:
                assert number.get("note_en"), "a note in both languages"
    known = {parameter["name"] for parameter in PARAMETERS.values()}
    assert {override["name"] for override in scenario["overrides"]} <= known


@pytest.mark.parametrize("path", SCENARIO_FILES, ids=lambda p: p.stem)
def test_every_number_of_a_lever_has_a_source(path: Path) -> None:
    for lever in read(path).get("levers") or []:
        numbers = [value for value in lever.values() if isinstance(value, dict)]
        assert numbers
        for number in numbers:
            assert number.get("parameter") in {p["name"] for p in PARAMETERS.values()} or (
                number["source"] in SOURCES
            )


@pytest.mark.parametrize(("name", "path"), [("low", "niedrig"), ("mid", "mittel"), ("high", "hoch")])
def test_heat_pump_levers_follow_from_the_figures(name: str, path: str) -> None:
    """More installations a year than today, times fitters per installation, over the fitters there are."""

    def figure(parameter: str, **key: Any) -> float:
        entries = next(p for p in PARAMETERS.values() if p["name"] == parameter)["entries"]
        return float(next(e["value"] for e in entries if all(e[k] == v for k, v in key.items())))

    ahead = figure("heat_pump_path", path=path, year=2030) - figure("heat_pump_path", path=path, year=2025)
    goal = figure("heat_pump_path", path="hoch", year=2030)
    wanted = goal - figure("heat_generator_sales", figure="Wärmepumpen 2022")
    share = ahead * figure("heat_pump_fitters") / wanted / figure("shk_employees")
    lever = read(DATA / "scenarios" / f"heat_pump_pv_{name}.yaml")["levers"][0]
    assert lever["change"]["value"] == pytest.approx(share, abs=0.001)


def test_the_base_scenario_changes_nothing() -> None:
    assert read(DATA / "scenarios" / "base.yaml")["overrides"] == []


@pytest.mark.parametrize("path", SKILL_FILES, ids=lambda p: p.stem)
def test_skill_facts_name_kind_and_source(path: Path) -> None:
    rows = table(path)
    assert rows
    for row in rows:
        assert row["source"] in SOURCES, row
        assert row["kind"] in SKILL_KINDS, row
        assert (row["kind"] != "memory") or ("to be checked" in row["note_en"]), row
        if row.get("low") and row.get("value"):
            assert float(row["low"]) <= float(row["value"]) <= float(row["high"]), row
