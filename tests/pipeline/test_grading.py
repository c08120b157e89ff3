"""Grades of forecast cells by year, with their reasons in words; what is too wide is withheld."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from forecast.domain.quality import QualityLimits
from forecast.grading import Elsewhere, Grading, cell_grades, too_wide_note, withheld_where
from forecast.group_rows import GROUP_ROWS
from forecast.notes import NOTES, NoteBook
from forecast.publish import PublishedSeries

YEARS = np.array([2026, 2027, 2028])
GRADING = Grading(
    QualityLimits(0.4, 0.2, 0.5, 1.0),
    {"land": {1: False, 2: True}},
    {"BB": "land", "HWK-FF": "x"},
    (2.0, 1.5),
    frozenset({"A-17", "A-24"}),
    {"BB": {"": {1: False, 2: False}, "GRP-ALL": {1: True}}},
)


def state(*, small: bool = False, share: float = 0.9, region: str = "BB", trade: str = "A-24") -> Any:
    return SimpleNamespace(
        trade=SimpleNamespace(code=trade),
        region=region,
        years=np.array([2024, 2025]),
        skilled=np.array([[90.0, 100.0]]),
        groups={"KldB-342": share},
        adjusted=False,
        path=SimpleNamespace(small=small),
    )


def gap(*widths: float) -> np.ndarray:
    return np.array([[0, 0, 0, -w / 2, w / 2, -w, w] for w in widths])


def test_grades_follow_range_and_backtest_year_by_year() -> None:
    notes = NoteBook()
    found = cell_grades(gap(10, 10, 10), state(), YEARS, GRADING, notes)
    assert found.grade.tolist() == ["B", "C", "C"]  # won, lost, too far to be tested
    assert found.words == (("groups",), ("grade_lost", "groups"), ("grade_untested", "groups"))
    assert NOTES["grade_lost"][0] in notes.documents()[int(found.note[1])]["de"]
    wide = cell_grades(gap(10, 30, 60), state(), YEARS, GRADING, notes)
    assert wide.grade.tolist() == ["B", "C", "D"]
    assert wide.words[2][0] == "grade_very_wide"
    assert not wide.withheld.any()


def test_a_judged_age_profile_and_a_gap_that_lost_cap_the_grade_and_say_so() -> None:
    notes = NoteBook()
    judged = cell_grades(gap(10, 10, 10), state(trade="A-01"), YEARS, GRADING, notes)
    assert judged.grade.tolist() == ["C", "C", "C"]
    assert judged.words[0] == ("grade_ages", "groups")
    assert NOTES["grade_ages"][1] in notes.documents()[int(judged.note[0])]["en"]
    lost = replace(GRADING, gap_lost={"BB": {"": {1: True}}})
    found = cell_grades(gap(10, 10, 10), state(), YEARS, lost, notes)
    assert found.grade.tolist() == ["C", "C", "C"]
    row = cell_grades(gap(10, 10, 10), state(trade="GRP-ALL"), YEARS, GRADING, notes)
    assert "grade_gap_lost" in row.words[0]  # a group row is judged by its own sums
    assert "grade_gap_lost" not in row.words[1]
    assert found.words[:2] == (("grade_gap_lost", "groups"), ("grade_lost", "groups"))


def test_a_region_without_a_backtest_and_a_shared_group_say_so() -> None:
    found = cell_grades(gap(10, 10, 10), state(share=0.3, region="HWK-FF"), YEARS, GRADING, NoteBook())
    assert set(found.grade.tolist()) == {"C"}
    assert found.words[0] == ("grade_shares", "grade_untested", "groups")


def test_a_small_trade_whose_range_exceeds_its_stock_is_withheld() -> None:
    notes = NoteBook()
    found = cell_grades(gap(50, 99, 101), state(small=True), YEARS, GRADING, notes)
    assert found.withheld.tolist() == [False, False, True]
    series = [
        PublishedSeries("BB", "A-17", name, YEARS, np.ones((3, 7)), "forecast", found.grade, found.note)
        for name in ("gap", "owners")
    ]
    hidden = YEARS[found.withheld].tolist()
    sums = {("BB", "A-17", "gap"): [(2026, int(YEARS[2]))]}
    shown, owners = withheld_where(series, hidden, GROUP_ROWS[0], notes, Elsewhere(sums=sums))
    assert np.isnan(shown.statistics[2]).all()
    assert np.isfinite(shown.statistics[:2]).all()
    assert list(shown.status) == ["forecast", "forecast", "no_data"]
    assert list(shown.grade) == ["D", "D", ""]
    said = notes.documents()[int(np.asarray(shown.note_index)[2])]["de"]
    assert said.startswith(NOTES["too_wide"][0])
    assert "«GRP-METAL»" in said, "the reader is led to the row of the group"
    assert "year-sums" in said, "and to several years together"
    assert owners is series[1]  # counted in firms, not out of the stock


def test_the_note_of_a_withheld_number_names_only_what_is_shown() -> None:
    shown = Elsewhere(
        hidden={("BB", "A-17"): frozenset(), ("HWK-FF", "GRP-VEHICLE"): frozenset({2035})},
        sums={("HWK-FF", "A-17", "deaths"): [(2026, 2030), (2031, 2035)]},
    )
    (row,) = (one for one in GROUP_ROWS if one.code == "GRP-VEHICLE")

    def said(region: str, year: int, measure: str) -> str:
        notes = NoteBook()
        number = too_wide_note(shown.places(region, "A-17", year, measure, row), notes)
        return notes.documents()[number]["en"].removeprefix(NOTES["too_wide"][1] + " ")

    both = "the Land or the sum of the years 2031 to 2035 (table “year-sums”)."
    assert said("HWK-FF", 2034, "deaths") == f"Reliable are the row “GRP-VEHICLE” (Group Vehicles), {both}"
    assert said("HWK-FF", 2035, "deaths") == f"Reliable are {both}"
    assert said("HWK-FF", 2035, "gap") == "Reliable is the Land."
    assert said("BB", 2035, "gap") == "Reliable is the row “GRP-VEHICLE” (Group Vehicles)."
    alone = Elsewhere(hidden={("BB", "GRP-VEHICLE"): frozenset({2035})})
    notes = NoteBook()
    number = too_wide_note(alone.places("BB", "A-17", 2035, "gap", row), notes)
    assert NOTES["all_too_wide"][0] in notes.documents()[number]["de"]
