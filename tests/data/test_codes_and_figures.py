"""Codes, sources, indicators, events and printed figures under data/ obey their rules."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from forecast.cells import MEASURES
from forecast.domain.indicators import TOPICS

DATA = Path(__file__).resolve().parents[2] / "data"
CODES = DATA / "codes"
RAW = sorted((DATA / "raw").rglob("*.csv"))
INDICATORS = sorted((DATA / "indicators").glob("*.yaml"))
EVENTS = sorted((DATA / "events").glob("*.yaml"))

FIGURES = 7546
RAW_COLUMNS = [
    "indicator",
    "trade",
    "region",
    "year",
    "age",
    "value",
    "unit",
    "status",
    "as_of",
    "source",
    "note",
]
META_KEYS = [
    "publisher", "title", "edition", "published", "retrieved", "url", "licence", "attribution", "sha256",
    "rows", "notes",
]  # fmt: skip
INDICATOR_KEYS = {
    "code", "name_de", "name_en", "kind", "unit", "role", "definition", "definition_en", "purpose",
    "population",
    "formula", "breakdowns", "sources", "reference_date", "breaks", "quality", "cautions", "additive_over",
    "disclosure", "non_negative", "publication_lag_months",
}  # fmt: skip
EVENT_KEYS = {
    "id", "name_de", "name_en", "date", "kind", "trades", "regions", "years", "treatment", "description",
    "source",
}  # fmt: skip
STATUSES = {"observed", "rounded", "provisional", "suppressed", "estimated"}
GROUPS = {"metal", "electro", "shk", "vehicle", "other"}
TAGS = {
    "exakt": "observed",
    "abgeleitet": "observed",
    "gerundet": "rounded",
    "Untergrenze": "rounded",
    "Zwischenstand": "provisional",
    "Schätzung": "estimated",
}
MODEL_MEASURES = {
    "demand", "supply", "gap", "gap_rate", "training_need", "retirements", "successions_due",
    "contracts_begun",
    "graduates", "stayed_in_firm", "changed_firm", "left_region", "left_craft",
    "entrants", "deaths", "health_exits", "craft_leavers", "net_inflow", "expansion_demand",
    "replacement_demand",
    "workforce", "owners", "owners_leaving", "item_vacancies", "item_job_seekers", "item_expansion",
    "item_retirements", "item_deaths", "item_health_exits", "item_craft_leavers", "item_entrants_contracted",
    "item_entrants_expected", "item_returners", "item_migration", "item_residual", "returners", "migration",
    "residual_inflow", "item_closures", "jobs_lost_closures",
    "demand_craft", "supply_craft", "gap_craft",
    "demand_fte", "supply_fte", "gap_fte", "demand_hours", "supply_hours", "gap_hours", "part_time_share",
    "hours_per_head",
    "seekers_per_vacancy", "vacancy_overhang", "vacancy_overhang_rate", "shortage_points",
    "first_effective_year", "replacement_net_check", "craft_handovers", "craft_closures", "foundings",
    "owner_extra_employees", "today_disagrees",
    "training_places_lost", "owner_hours_lost", "further_training_hours", "further_training_participants",
    "course_weeks", "course_places", "course_weeks_unsourced", "masters", "master_examinations",
    "master_demand", "master_gap", "master_course_places", "outlook_ratio", "possible_successors",
    "successions_postponed", "technicians", "technician_examinations", "technician_demand", "technician_gap",
    "technician_entrants", "technician_places", "industrial_masters", "industrial_master_examinations",
    "industrial_master_demand", "industrial_master_gap", "industrial_master_entrants",
    "industrial_master_places",
}  # fmt: skip


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def document(path: Path) -> dict[str, Any]:
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def codes_of(name: str) -> list[str]:
    return [row["code"] for row in table(CODES / f"{name}.csv")]


def source_ids() -> list[str]:
    return [row["id"] for path in sorted((DATA / "sources").glob("*.csv")) for row in table(path)]


def subjects() -> set[str]:
    named = set(codes_of("trades")) | set(codes_of("occupation_groups")) | set(codes_of("aggregates"))
    return (
        named
        | {f"AO-{code}" for code in codes_of("training_occupations")}
        | {"*", "HwO-A", "HwO-B1", "HwO-B2"}
    )


@pytest.fixture(scope="module")
def figures() -> list[dict[str, str]]:
    return [row for path in RAW for row in table(path)]


def test_every_source_named_anywhere_exists_once(figures: list[dict[str, str]]) -> None:
    ids = source_ids()
    assert [name for name, count in Counter(ids).items() if count > 1] == []
    named = {row["source"] for path in CODES.glob("*.csv") for row in table(path)}
    named |= {row["source"] for row in figures}
    for path in INDICATORS:
        indicator = document(path)
        named |= {*indicator["sources"], indicator["publication_lag_months"]["source"]}
    named |= {document(path)["source"] for path in EVENTS}
    assert named - set(ids) == set()


def test_sources_of_figures_are_complete_and_used(figures: list[dict[str, str]]) -> None:
    rows = table(DATA / "sources" / "figures.csv")
    assert list(rows[0]) == ["id", "publisher", "title", "url", "terms", "attribution", "retrieved"]
    assert [row["id"] for row in rows if not all(row.values())] == []
    assert {row["id"] for row in rows} == {row["source"] for row in figures}
    dl_de = [row for row in rows if row["id"].startswith("regio-")]
    assert dl_de
    assert all("dl-de/by-2-0" in row["terms"] and "dl-de/by-2-0" in row["attribution"] for row in dl_de)


@pytest.mark.parametrize(
    "name", ["trades", "training_occupations", "occupation_groups", "aggregates", "regions"]
)
def test_codes_are_unique_text_without_blanks(name: str) -> None:
    codes = codes_of(name)
    assert [code for code, count in Counter(codes).items() if count > 1] == []
    assert all(code == code.strip() and code for code in codes)


def test_trades_keep_their_leading_zeros_and_groups() -> None:
    rows = table(CODES / "trades.csv")
    assert sum(row["hwo_annex"] == "A" for row in rows) == 53
    assert {row["group"] for row in rows} == GROUPS
    for row in rows:
        if row["sector"] == "craft":
            assert row["code"] == f"{row['hwo_annex']}-{int(row['hwo_number']):02d}"
        else:
            assert re.fullmatch(r"IND-[A-Z-]+", row["code"])
        assert row["training_years"] in {"", "2", "3", "3.5"}
        for key in ("valid_from", "valid_to"):
            assert not row[key] or date.fromisoformat(row[key])


def test_trades_that_came_back_in_2020_follow_their_predecessor_without_a_gap() -> None:
    rows = {row["code"]: row for row in table(CODES / "trades.csv")}
    returned = [row for row in rows.values() if row["valid_from"] == "2020-02-14"]
    assert [row["code"] for row in returned] == [f"A-{number}" for number in range(42, 54)]
    for row in returned:
        found = re.search(r"als (B1-\d\d)", row["note"])
        assert found, row["code"]
        predecessor = rows[found.group(1)]
        assert predecessor["valid_to"] == "2020-02-13"
        assert predecessor["training_years"] == row["training_years"]


def test_occupation_groups_are_all_three_digit_groups_with_leading_zeros() -> None:
    codes = codes_of("occupation_groups")
    assert len(codes) == 144
    assert all(re.fullmatch(r"KldB-\d{3}", code) for code in codes)
    assert "KldB-011" in codes


def test_training_occupations_lead_to_trades_and_back_to_the_figures(figures: list[dict[str, str]]) -> None:
    rows = table(CODES / "training_occupations.csv")
    trades = set(codes_of("trades"))
    assert {row["trade"] for row in rows} - trades == {""}
    assert all(row["code"] == row["code"].lower() and float(row["weight"]) == 1.0 for row in rows)
    in_figures = {row["trade"].removeprefix("AO-") for row in figures if row["trade"].startswith("AO-")}
    assert in_figures == {row["code"] for row in rows if row["figures_name"]}
    by_code = {row["code"]: row for row in rows}
    assert by_code["fahrzeuglackierer"]["trade"] == "A-10"
    assert all(by_code[code]["trade"] for code in in_figures)


def test_weights_of_a_trade_sum_to_one_and_judgements_are_reasoned() -> None:
    totals: dict[str, float] = defaultdict(float)
    pairs: Counter[tuple[str, str]] = Counter()
    groups = set(codes_of("occupation_groups"))
    for row in table(CODES / "trade_occupation_groups.csv"):
        assert row["occupation_group"] in groups
        low, weight, high = float(row["low"]), float(row["weight"]), float(row["high"])
        assert 0 < low <= weight <= high <= 1
        assert row["role"] in {"main", "secondary"}
        if row["kind"] == "judgement":
            assert row["reason"]
            assert date.fromisoformat(row["review"]) > date(2026, 11, 1)
        totals[row["trade"]] += weight
        pairs[row["trade"], row["occupation_group"]] += 1
    assert totals["A-25"] == pytest.approx(1.0)
    assert {trade for trade, total in totals.items() if abs(total - 1) > 1e-9} == set()
    assert max(pairs.values()) == 1
    assert set(totals) <= set(codes_of("trades"))


def test_regions_have_known_parents_and_the_district_has_its_five_kreise() -> None:
    rows = {row["code"]: row for row in table(CODES / "regions.csv")}
    for row in rows.values():
        assert {parent for parent in row["parents"].split("|") if parent} <= set(rows)
        assert row["level"] in {"country", "land", "chamber_district", "kreis", "other"}
    kreise = {
        code for code, row in rows.items() if row["level"] == "kreis" and "BB" in row["parents"].split("|")
    }
    assert len(kreise) == 18
    assert all(
        sum(parent.startswith("HWK-") for parent in rows[code]["parents"].split("|")) == 1 for code in kreise
    )
    district = {code for code in kreise if "HWK-FF" in rows[code]["parents"].split("|")}
    assert district == {"12053", "12060", "12064", "12067", "12073"}
    assert sum(row["level"] == "land" for row in rows.values()) == 16
    assert "03152" in rows


def test_aggregates_have_known_members() -> None:
    known = subjects()
    for row in table(CODES / "aggregates.csv"):
        assert row["code"].startswith("AGG-")
        assert {member for member in row["members"].split("|") if member} <= known


@pytest.mark.parametrize("path", RAW, ids=lambda path: path.relative_to(DATA / "raw").as_posix())
def test_a_raw_file_is_what_its_sidecar_says(path: Path) -> None:
    content = path.read_bytes()
    meta = document(path.with_name(path.name + ".meta.yaml"))
    assert list(meta) == META_KEYS
    assert all(meta[key] for key in META_KEYS)
    assert meta["sha256"] == hashlib.sha256(content).hexdigest()
    assert meta["rows"] == len(table(path))
    assert b"\r" not in content
    assert not content.startswith(b"\xef\xbb\xbf")
    assert next(csv.reader(content.decode("utf-8").splitlines())) == RAW_COLUMNS


def test_no_figure_is_missing_or_doubled(figures: list[dict[str, str]]) -> None:
    assert len(figures) == FIGURES
    key = ("indicator", "trade", "region", "year", "age", "as_of", "source")
    counts = Counter(tuple(row[name] for name in key) for row in figures)
    assert [found for found, count in counts.items() if count > 1] == []


def test_figures_use_known_codes_only(figures: list[dict[str, str]]) -> None:
    assert {row["trade"] for row in figures} - subjects() == set()
    assert {row["region"] for row in figures} - set(codes_of("regions")) == set()
    assert {row["indicator"] for row in figures} - {path.stem for path in INDICATORS} == set()
    used = {row["trade"] for row in figures if row["trade"].startswith("AGG-")}
    assert used == set(codes_of("aggregates"))


def test_values_periods_and_statuses_are_well_formed(figures: list[dict[str, str]]) -> None:
    assert {row["status"] for row in figures} <= STATUSES
    for row in figures:
        assert re.fullmatch(r"-?\d+(\.\d+)?", row["value"]) or (
            row["status"] == "suppressed" and not row["value"]
        )
        assert re.fullmatch(r"\d{4}", row["year"])
        assert re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", row["as_of"])


def test_status_follows_the_tag_in_the_note(figures: list[dict[str, str]]) -> None:
    for row in figures:
        tag = re.match(r"\[([^\]]+)\]", row["note"])
        expected = TAGS[tag.group(1)] if tag else "observed"
        if row["source"] == "bibb-dazubi":
            expected = "rounded"
        assert row["status"] == expected, row


def test_printed_values_of_the_car_plant_and_the_apprentices_stand_as_read(
    figures: list[dict[str, str]],
) -> None:
    def value(indicator: str, trade: str, region: str, year: str, source: str) -> str:
        wanted = (indicator, trade, region, year, source)
        names = ("indicator", "trade", "region", "year", "source")
        (found,) = [row for row in figures if tuple(row[name] for name in names) == wanted]
        return found["value"]

    assert value("employees", "KldB-252", "12067", "2020", "ba-408036") == "762"
    assert value("employees", "KldB-252", "12067", "2025", "ba-408036") == "9459"
    assert value("new_contracts", "AO-kfz", "BB", "2023", "bibb-dazubi") == "660"
    assert value("takeovers", "*", "BB", "2003", "regio-52311") == "1849"


def test_cells_rounded_to_three_are_multiples_of_three(figures: list[dict[str, str]]) -> None:
    rounded = [row for row in figures if row["source"] == "bibb-dazubi"]
    assert rounded
    assert all(int(row["value"]) % 3 == 0 for row in rounded)


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_of_the_matrix_belongs_to_a_topic(measure: str) -> None:
    """The service lists the measures of a topic as they say themselves; one without would be on no list."""
    topics = document(DATA / "indicators" / f"{measure}.yaml").get("topics") or []
    assert topics
    assert set(topics) <= set(TOPICS)


@pytest.mark.parametrize("path", INDICATORS, ids=lambda path: path.stem)
def test_an_indicator_is_fully_described(path: Path) -> None:
    indicator = document(path)
    assert set(indicator) - {"topics"} == INDICATOR_KEYS
    assert indicator["code"] == path.stem
    assert indicator["kind"] in {"stock", "flow", "rate", "share", "average"}
    assert indicator["role"] in {"published", "model"}
    texts = INDICATOR_KEYS - {"breakdowns", "sources", "breaks", "cautions", "additive_over", "non_negative"}
    assert [key for key in texts if not indicator[key]] == []
    assert indicator["breakdowns"]
    assert indicator["sources"]
    assert isinstance(indicator["non_negative"], bool)
    lag = indicator["publication_lag_months"]
    assert 0 <= lag["low"] <= lag["value"] <= lag["high"]
    assert lag["kind"] in {"law", "measured", "judgement"}
    assert lag["kind"] != "judgement" or (lag["reason"] and date.fromisoformat(lag["review"]))


def test_units_of_figures_are_those_of_their_indicator(figures: list[dict[str, str]]) -> None:
    units = {path.stem: document(path)["unit"] for path in INDICATORS}
    assert {row["indicator"] for row in figures if row["unit"] != units[row["indicator"]]} == set()


def test_measures_of_the_model_are_described_and_state_the_sign() -> None:
    assert {path.stem for path in INDICATORS if document(path)["role"] == "model"} == MODEL_MEASURES
    gap = document(DATA / "indicators" / "gap.yaml")
    assert gap["formula"] == "demand − supply"
    assert gap["non_negative"] is False
    assert any("positiv heißt Mangel" in caution for caution in gap["cautions"])


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_an_event_names_known_codes_and_its_treatment(path: Path) -> None:
    event = document(path)
    assert set(event) - {"indicators"} == EVENT_KEYS
    assert set(event.get("indicators", [])) <= {indicator.stem for indicator in INDICATORS}
    assert event["id"] == path.stem
    assert event["kind"] in {"step", "pulse", "definition_change", "reclassification"}
    assert date.fromisoformat(event["date"])
    assert set(event["trades"]) <= subjects()
    assert set(event["regions"]) <= set(codes_of("regions"))
    first, last = event["years"]
    assert first == int(event["date"][:4])
    assert last is None or last >= first
    assert event["treatment"]
    assert event["description"]


def test_other_names_belong_to_known_trades_and_stand_once() -> None:
    rows = table(CODES / "trade_names.csv")
    assert {row["trade"] for row in rows} <= set(codes_of("trades"))
    assert {row["use"] for row in rows} <= {"former", "regional", "spoken", "short"}
    assert all(row["name"] and row["name"] == row["name"].strip() for row in rows)
    listed = [(row["trade"], row["name"].casefold()) for row in rows]
    assert len(listed) == len(set(listed))
    official = {
        row["name_de"].casefold(): row["code"] for row in table(CODES / "trades.csv") if not row["valid_to"]
    }
    same = {row["name"]: row["trade"] for row in rows if official.get(row["name"].casefold()) == row["trade"]}
    assert same == {}, "the official name is found anyway"


def test_post_codes_lie_in_districts_and_stand_once() -> None:
    rows = table(CODES / "post_codes.csv")
    levels = {row["code"]: row["level"] for row in table(CODES / "regions.csv")}
    codes = [row["post_code"] for row in rows]
    assert codes == sorted(set(codes))
    assert all(len(code) == 5 and code.isdigit() for code in codes)
    assert {levels[one] for row in rows for one in row["districts"].split("|")} == {"kreis"}
    assert {levels[one] for row in rows for one in row["outside"].split("|") if one} == {"land"}
    reached = {one for row in rows for one in row["districts"].split("|")}
    ours = {row["code"] for row in table(CODES / "regions.csv") if "BB" in row["parents"].split("|")}
    assert reached == {code for code in ours if levels[code] == "kreis"}, "a district without post code"


def test_known_post_codes_lie_where_they_lie() -> None:
    rows = {row["post_code"]: row for row in table(CODES / "post_codes.csv")}
    towns = {"15230": "12053", "03046": "12052", "14467": "12054", "14770": "12051", "16225": "12060"}
    assert {code: rows[code]["districts"] for code in towns} == towns
    assert (rows["12529"]["districts"], rows["12529"]["outside"]) == ("12061", "BE")


def test_numbers_of_occupations_begin_with_their_group_and_stand_once() -> None:
    rows = table(CODES / "occupation_numbers.csv")
    occupations = {row["code"]: row["trade"] for row in table(CODES / "training_occupations.csv")}
    assert {row["occupation"] for row in rows} <= set(occupations)
    assert {row["scheme"] for row in rows} == {"ba", "statistics"}
    assert len({(row["scheme"], row["number"]) for row in rows}) == len(rows)
    groups = {row["code"] for row in table(CODES / "occupation_groups.csv")}
    assert {f"KldB-{row['number'][:3]}" for row in rows} <= groups
    assert ("shk", "34212010") in {(row["occupation"], row["number"]) for row in rows}
