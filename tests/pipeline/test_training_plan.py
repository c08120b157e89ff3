"""The training plan of the bundled figures, read as a planner in a training centre would read it."""

from __future__ import annotations

import csv
import io
from collections import defaultdict

import numpy as np
import pytest

from forecast.group_rows import GROUP_CODES
from forecast.snapshot import GRADES, STATUSES, Snapshot
from forecast.training_plan import COLUMNS, PLAN_MEASURES

DISTRICT, LAND, SHK, KFZ, ELECTRO = "HWK-FF", "BB", "A-24", "A-20", "A-25"
FITTER = "IND-INDUSTRIEMECHANIKER"
AHEAD = range(2026, 2036)


def value(release: Snapshot, measure: str, trade: str, year: int, region: str = DISTRICT) -> float:
    """The published point of one cell."""
    at = release.index
    return float(
        release.cube[at("region", region), at("trade", trade), at("measure", measure), at("year", year), 0]
    )


@pytest.fixture(scope="module")
def plan(release: Snapshot):
    """Rows of the plan by (trade, region, year, kind, code, measure)."""
    document = release.documents["training_plan"]
    assert document["columns"] == list(COLUMNS)
    rows = {tuple(row[:6]): row[6:] for row in document["rows"]}
    assert len(rows) == len(document["rows"]), "a row stands twice"
    return rows


def test_every_row_has_its_range_its_status_and_a_note_that_exists(release: Snapshot, plan) -> None:
    notes = release.documents["training_plan"]["notes"]
    for key, (point, low, high, status, grade, _, note) in plan.items():
        assert status in STATUSES, key
        assert 0 <= note < len(notes), key
        if status == "no_data":  # too small for a number of its own, like the gap of the cell
            assert (point, low, high, grade) == (None, None, None, ""), key
            assert "Zu klein" in notes[note]["de"], key
            continue
        assert grade in {"C", "D"}, key
        assert (low is None) == (high is None), key
        if low is not None:
            assert low - 1e-9 <= point <= high + 1e-9, key
        assert point >= 0, key


def test_a_row_has_the_grade_of_its_measure(release: Snapshot, plan) -> None:
    """What the rows sum up to or stand for is a measure of the cell; both say the same of themselves."""
    at = release.index
    for key, (*_, grade, _marks, _note) in plan.items():
        trade, region, year, kind, _code, measure = key
        if kind in ("training_year", "course") and measure == "course_weeks":
            named = "course_weeks"
        elif kind == "module" and measure == "hours":
            named = "further_training_hours"
        else:
            continue
        cell = (at("region", region), at("trade", trade), at("measure", named), at("year", year))
        assert GRADES[release.grade[cell]] == grade, key


def test_years_of_training_sum_to_the_apprentices_published(release: Snapshot, plan) -> None:
    for region in (DISTRICT, LAND):
        for trade in (SHK, KFZ, ELECTRO):
            for year in AHEAD:
                years = [plan[trade, region, year, "training_year", code, "apprentices"][0]
                         for code in ("1", "2", "3", "4", "repeat")]  # fmt: skip
                assert sum(years) == pytest.approx(value(release, "apprentices", trade, year, region), abs=3)


def test_shk_of_brandenburg_has_the_years_of_training_that_were_counted(plan) -> None:
    """ZDH, 31 December 2017: 217, 169, 129, 101 of 616 apprentices; shares, because the stock has grown."""
    counted = np.array([217, 169, 129, 101]) / 616
    now = np.array([plan[SHK, LAND, 2026, "training_year", str(j), "apprentices"][0] for j in (1, 2, 3, 4)])
    assert now / now.sum() == pytest.approx(counted, abs=0.08)


def test_course_weeks_are_what_an_official_would_compute(release: Snapshot, plan) -> None:
    for region in (DISTRICT, LAND):
        by_year = {
            j: plan[KFZ, region, 2030, "training_year", str(j), "apprentices"][0] for j in (1, 2, 3, 4)
        }
        by_hand = 4 * by_year[1] + 3 * by_year[2] + 3 * by_year[3]
        assert value(release, "course_weeks", KFZ, 2030, region) == pytest.approx(by_hand, abs=8)
    # ten weeks over three and a half years: about two and a half weeks for each apprentice and year
    shk = value(release, "course_weeks", SHK, 2026) / value(release, "apprentices", SHK, 2026)
    assert 2.3 < shk < 2.9
    named = [plan[KFZ, DISTRICT, 2030, "course", code, "course_weeks"][0] for code in ("G-K1/15", "G-K4/15")]
    assert named == pytest.approx([by_year_one(plan)] * 2, abs=1)  # each rounded with its districts


def by_year_one(plan) -> float:
    """Apprentices of the vehicle trade in their first year: participants of every course of that year."""
    return plan[KFZ, DISTRICT, 2030, "training_year", "1", "apprentices"][0]


def test_weeks_nobody_read_are_counted_apart(release: Snapshot, plan) -> None:
    assert value(release, "course_weeks_unsourced", KFZ, 2030) == 0
    for trade in (SHK, ELECTRO):
        weeks = value(release, "course_weeks", trade, 2030)
        assert value(release, "course_weeks_unsourced", trade, 2030) == weeks > 0
    assert plan[SHK, DISTRICT, 2030, "training_year", "1", "course_weeks"][5] == "split"
    assert plan[ELECTRO, DISTRICT, 2030, "training_year", "1", "course_weeks"][5] == "assumed"
    assert plan[KFZ, DISTRICT, 2030, "training_year", "1", "course_weeks"][5] == "read"
    joiners = value(release, "course_weeks_unsourced", "A-27", 2030) / value(
        release, "course_weeks", "A-27", 2030
    )
    assert 0.3 < joiners < 0.6


def test_bricklayers_need_fewer_weeks_in_the_first_year_from_2026_on(plan) -> None:
    each = {}
    for year in (2025, 2026):
        people, weeks = (plan["A-01", LAND, year, "training_year", "1", name][0]
                         for name in ("apprentices", "course_weeks"))  # fmt: skip
        each[year] = weeks / people
    assert each[2025] == pytest.approx(18.5, abs=0.3)
    assert each[2026] == pytest.approx(13, abs=0.3)


def test_modules_add_up_to_the_hours_of_the_trade(release: Snapshot, plan) -> None:
    total: dict[str, float] = defaultdict(float)
    for (trade, region, year, kind, code, measure), row in plan.items():
        if (trade, region, year, kind) == (SHK, DISTRICT, 2030, "module") and code != "*":
            total[measure] += row[0]
    assert total["hours"] == pytest.approx(value(release, "further_training_hours", SHK, 2030), abs=20)
    assert total["participants"] == pytest.approx(
        value(release, "further_training_participants", SHK, 2030), abs=20
    )


def test_hours_per_worker_are_of_the_size_that_is_observed(release: Snapshot, plan) -> None:
    """Six course hours per 1,000 working hours (2015) are about ten a year; the need is somewhat more."""
    for trade in ("A-01", "A-13", "A-20", SHK, ELECTRO):
        assert 5 < plan[trade, DISTRICT, 2026, "module", "*", "hours_per_worker"][0] < 25, trade
    notes = release.documents["catalogue"]["notes"]
    at = release.index
    note = release.note[at("region", DISTRICT), at("trade", "IND-INDUSTRIEMECHANIKER"),
                        at("measure", "further_training_hours"), at("year", 2030)]  # fmt: skip
    assert "Nur Module, die alle Gewerke betreffen" in notes[note]["de"]


def test_refrigerant_certificates_are_renewed_before_their_deadline(plan) -> None:
    renewals = {
        year: plan[SHK, DISTRICT, year, "module", "fgas_stationary", "participants"][0] for year in AHEAD
    }
    assert renewals[2028] > 1.3 * renewals[2031]  # old certificates lapse in March 2029


def test_master_examinations_are_of_the_size_the_chamber_reports(release: Snapshot) -> None:
    """62 to 108 passed examinations a year in the district (2018–2023), all trades."""
    at = release.index
    examined = release.cube[
        at("region", DISTRICT), :, at("measure", "master_examinations"), at("year", 2026), 0
    ]
    trades = [code not in GROUP_CODES for code in release.axes.trades]  # groups are sums of them
    assert 50 < np.nansum(examined[trades]) < 130


def test_master_gap_is_demand_minus_stock_and_industry_has_none(release: Snapshot) -> None:
    at = release.index
    for trade in (SHK, KFZ, ELECTRO, "A-13"):
        for year in AHEAD:
            gap, wanted, stock = (value(release, name, trade, year)
                                  for name in ("master_gap", "master_demand", "masters"))  # fmt: skip
            assert gap == pytest.approx(wanted - stock, abs=1.01)
            assert value(release, "master_course_places", trade, year) >= value(
                release, "master_examinations", trade, year
            )
    status = release.status[at("region", DISTRICT), at("trade", FITTER),
                            at("measure", "masters"), at("year", 2030)]  # fmt: skip
    assert STATUSES[status] == "no_data"


def note_of(release: Snapshot, measure: str, trade: str, year: int) -> str:
    at = release.index
    number = release.note[
        at("region", DISTRICT), at("trade", trade), at("measure", measure), at("year", year)
    ]
    return str(release.documents["catalogue"]["notes"][number]["de"])


def test_technicians_everywhere_industrial_masters_in_industry_only(release: Snapshot, plan) -> None:
    for trade, kinds in ((SHK, ("technician",)), (FITTER, ("technician", "industrial_master"))):
        for kind in kinds:
            for year in AHEAD:
                gap, wanted, stock, entrants, passed, places = (
                    value(release, f"{kind}{name}", trade, year)
                    for name in ("_gap", "_demand", "s", "_entrants", "_examinations", "_places")
                )
                assert gap == pytest.approx(wanted - stock, abs=1.01)
                assert passed >= 0
                assert entrants <= places + 1
                row = plan[trade, DISTRICT, year, "technician", kind, "places"]
                assert row[0] == pytest.approx(places, abs=0.51)
    assert np.isnan(value(release, "industrial_masters", SHK, 2030))
    assert "Meisterprüfung des Handwerks" in note_of(release, "industrial_masters", SHK, 2030)
    assert np.isnan(value(release, "master_examinations", FITTER, 2030))
    assert "Industriemeister" in note_of(release, "master_examinations", FITTER, 2030)


def test_the_explanation_names_the_assumptions_of_the_sector(release: Snapshot) -> None:
    found = release.documents["derivations"]
    craft, industry = (found[f"{DISTRICT}|{trade}"] for trade in (SHK, FITTER))
    for written, sector in ((craft, "craft"), (industry, "industry")):
        used = written["technician_gap"]["parameters"]
        shares = [one["key"] for one in used if one["name"] == "technician_share"]
        assert shares == [{"sector": sector}]
    assert "industrial_masters" in industry
    assert "industrial_masters" not in craft
    assert "possible_successors" in craft
    assert "possible_successors" not in industry
    names = {one["name"] for one in craft["craft_handovers"]["parameters"]}
    assert {"firm_share", "success_share", "master_share"} <= names


def test_owners_of_the_district_stay_within_the_published_firms(release: Snapshot) -> None:
    """11,500 firms, 56 to 61 % of annex A, of which not all trades are carried here."""
    owners = sum(
        number
        for code in release.axes.trades
        if code not in GROUP_CODES and not np.isnan(number := value(release, "owners", code, 2026))
    )
    assert 4_500 < owners < 11_500 * 0.61
    assert 450 < value(release, "owners", SHK, 2026) < 750


def test_outlook_of_a_starter_is_the_ratio_of_the_year_of_the_examination(release: Snapshot, plan) -> None:
    start = plan[SHK, DISTRICT, 2026, "outlook", "*", "outlook_ratio"]
    assert start[0] == pytest.approx(value(release, "outlook_ratio", SHK, 2030), abs=0.005)
    note = release.documents["training_plan"]["notes"][start[6]]
    assert note == {"de": "Abschluss 2030", "en": "Examination 2030"}
    classes = [entry["code"] for entry in release.documents["training_plan"]["outlook_classes"]]
    assert len(classes) == 5
    assert release.documents["training_plan"]["training_lags"][SHK] == 4
    shares = [plan[SHK, DISTRICT, 2026, "outlook", code, "probability"][0] for code in classes]
    assert sum(shares) == pytest.approx(1, abs=0.03)
    ratio = value(release, "supply", SHK, 2030) / value(release, "demand", SHK, 2030)
    assert start[0] == pytest.approx(ratio, abs=0.02)
    assert (
        SHK,
        DISTRICT,
        2032,
        "outlook",
        "*",
        "outlook_ratio",
    ) not in plan  # would finish beyond the horizon


def test_ratios_have_two_digits_and_counts_none(release: Snapshot) -> None:
    at = release.index
    for measure in PLAN_MEASURES:
        values = release.cube[:, :, at("measure", measure)].astype(float)
        known = values[np.isfinite(values)]
        assert known.size, measure
        scale = 100 if measure == "outlook_ratio" else 1
        assert np.allclose(known * scale, np.rint(known * scale), atol=1e-4), measure


def test_a_trade_without_a_plan_of_courses_says_so(release: Snapshot) -> None:
    at = release.index
    cell = (at("region", LAND), at("trade", "A-38"), at("measure", "course_weeks"), at("year", 2030))
    assert STATUSES[release.status[cell]] == "no_data"
    assert "kein Lehrgangsplan" in release.documents["catalogue"]["notes"][release.note[cell]]["de"]


def test_the_plan_can_be_downloaded_as_a_table(release: Snapshot, plan) -> None:
    table = list(csv.DictReader(io.StringIO(release.read_file("export/training_plan.csv").decode())))
    assert len(table) == len(plan)
    assert set(table[0]) == set(COLUMNS)
