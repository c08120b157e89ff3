"""Tables of data/skills: what is bundled is complete; what breaks a rule is named with file and line."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from forecast.domain.courses import ASSUMED, READ, SPLIT
from forecast.errors import DefinitionError
from forecast.sources.codelists import read_codes, read_sources
from forecast.sources.documents import Complaints
from forecast.sources.planning import COURSES, MODULES, Planning, read_planning

THEMES = {
    "heat pump and refrigerant law": {"heat_pump_vdi4645", "fgas_stationary", "natural_refrigerants"},
    "high-voltage vehicle": {"hv_1s", "hv_2s", "hv_3s"},
    "PLC and KNX": {"plc", "knx_building_automation"},
    "CNC and CAM": {"cnc_cam"},
    "welding certificates": {"weld_9606_1", "weld_9606_2"},
    "photovoltaics": {"pv_storage"},
    "digital measuring": {"bim_digital_survey"},
    "additive manufacturing": {"additive"},
    "light-weight and new materials": {"light_materials"},
    "information security": {"it_security"},
}


def read(root: Path) -> Planning:
    complaints = Complaints()
    sources = read_sources(root, complaints)
    planning = read_planning(root, read_codes(root, sources, complaints), frozenset(sources), complaints)
    complaints.raise_any()
    return planning


@pytest.fixture(scope="module")
def planning(data_root) -> Planning:
    return read(data_root)


@pytest.fixture
def changed(data_root, tmp_path):
    """A copy of the tables in which the first row that fits was changed; returns root and line."""

    def change(name: str, column: str, text: str, **where: str) -> tuple[Path, int]:
        root = tmp_path / "data"
        for folder in ("codes", "sources", "skills"):
            shutil.copytree(data_root / folder, root / folder)
        path = root / "skills" / name
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        at = next(i for i, row in enumerate(rows) if all(row[key] == value for key, value in where.items()))
        rows[at][column] = text
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return root, at + 2

    return change


@pytest.mark.parametrize("theme", THEMES)
def test_every_group_of_modules_the_matrix_promises_is_there(planning, theme):
    known = {module.code for module in planning.modules}
    assert THEMES[theme] <= known


def test_the_trades_of_the_cluster_have_modules_of_their_own(planning):
    for trade in ("A-13", "A-15", "A-16", "A-17", "A-18", "A-20", "A-21", "A-23", "A-24", "A-25"):
        assert len([m for m in planning.modules_of(trade) if m.trade == trade]) >= 5, trade


def test_a_certificate_has_a_validity_and_knowledge_a_half_life(planning):
    refrigerant = next(m for m in planning.modules_of("A-24") if m.code == "fgas_stationary")
    assert refrigerant.expires
    assert (refrigerant.clock.value, refrigerant.clock.read_in_source) == (7, True)
    assert refrigerant.deadline.isoformat() == "2029-03-12"
    plc = next(m for m in planning.modules_of("A-25") if m.code == "plc")
    assert not plc.expires
    assert (plc.clock.low, plc.clock.value, plc.clock.high) == (3, 5, 8)
    assert set(plc.judged) == {"half_life", "course_hours", "refresh_hours", "share_of_staff"}
    trainer = next(m for m in planning.modules_of("A-24") if m.code == "ada")
    assert trainer.refresh_hours.value == 0  # never lapses


def test_weeks_say_what_was_read(planning):
    basis = {
        (course.trade, course.training_year): course.basis for course in planning.courses if not course.code
    }
    assert {basis["A-20", year] for year in (1, 2, 3)} == {READ}
    assert {basis["A-24", year] for year in (1, 2, 3, 4)} == {SPLIT}  # only the sum of ten weeks was read
    assert {basis["A-25", year] for year in (1, 2, 3, 4)} == {ASSUMED}
    shk = planning.courses_of("A-24")
    assert sum(course.weeks.value for course in shk) == shk[0].total.value == 10
    assert not any(course.read_in_source for course in shk)
    assert shk[0].source != "eigene-annahme"
    assert planning.group_size.value == 12


def test_bricklayers_change_their_plan_in_2026(planning):
    first = {c.holds_for(2025): c.weeks.value for c in planning.courses_of("A-01") if c.training_year == 1}
    assert first == {True: 18.5, False: 13}


PLC = {"module": "plc", "trade": "A-25"}
WRONG = [
    (MODULES, "trade", "A-99", {**PLC, "fact": "half_life"}, "trade «A-99» ist unbekannt"),
    (MODULES, "ageing", "rusts", {**PLC, "fact": "half_life"}, "ageing «rusts» ist unbekannt"),
    (MODULES, "fact", "halflife", {**PLC, "fact": "half_life"}, "fact «halflife» ist unbekannt"),
    (MODULES, "unit", "months", {**PLC, "fact": "half_life"}, "unit «months» passt nicht"),
    (MODULES, "value", "fünf", {**PLC, "fact": "half_life"}, "value «fünf» ist keine Zahl"),
    (MODULES, "value", "0", {**PLC, "fact": "refresh_hours"}, "refresh_hours ist 0"),
    (MODULES, "low", "6", {**PLC, "fact": "half_life"}, "passen nicht zusammen"),
    (MODULES, "high", "1.5", {**PLC, "fact": "share_of_staff"}, "passen nicht zusammen"),
    (MODULES, "kind", "guess", {**PLC, "fact": "half_life"}, "kind «guess» ist unbekannt"),
    (MODULES, "source", "hearsay", {**PLC, "fact": "half_life"}, "source: die Quelle «hearsay»"),
    (MODULES, "text_en", "rising", {**PLC, "fact": "trend"}, "trend «rising» ist unbekannt"),
    (MODULES, "text_en", "soon", {"fact": "deadline"}, "deadline nennt kein Datum"),
    (MODULES, "fact", "course_hours", {**PLC, "fact": "refresh_hours"}, "steht für dieses Modul doppelt"),
    (COURSES, "training_year", "5", {"trade": "A-20", "fact": "weeks_total"}, "kein Ausbildungsjahr"),
    (COURSES, "valid_from", "bald", {"trade": "A-20", "fact": "course"}, "valid_from «bald» ist kein Datum"),
    (COURSES, "value", "-1", {"trade": "A-20", "fact": "weeks_total"}, "passen nicht zusammen"),
]


@pytest.mark.parametrize(("name", "column", "text", "where", "message"), WRONG)
def test_a_fault_is_named_with_its_line(changed, name, column, text, where, message):
    root, line = changed(name, column, text, **where)
    with pytest.raises(DefinitionError) as caught:
        read(root)
    said = "\n".join((caught.value.what, caught.value.where, *caught.value.rows))
    assert message in said
    assert f"data/skills/{name}, Zeile {line}" in said


def test_a_missing_fact_is_named(changed):
    root, _ = changed(MODULES, "fact", "deadline", module="plc", trade="A-25", fact="half_life")
    with pytest.raises(DefinitionError) as caught:
        read(root)
    assert "fact" in str(caught.value) or "unit" in str(caught.value)


def test_two_plans_at_the_same_time_are_refused(changed):
    root, _ = changed(COURSES, "training_year", "1", trade="A-20", fact="weeks_total", training_year="2")
    with pytest.raises(DefinitionError, match="gelten zugleich") as caught:
        read(root)
    assert COURSES in caught.value.where


def test_without_tables_there_is_nothing_to_plan(tmp_path, data_root):
    for folder in ("codes", "sources"):
        shutil.copytree(data_root / folder, tmp_path / "data" / folder)
    assert read(tmp_path / "data") == Planning()
