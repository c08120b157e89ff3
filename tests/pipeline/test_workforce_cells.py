"""Published cells beside the gap: digits, joint rounding in units of work, notes that say what they are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.estimators.side_accounts import CRAFT_MEASURES, NET_CHECK, OWNER_MEASURES, TIME_MEASURES
from forecast.grading import gap_notes, unreached_note
from forecast.notes import NOTES, NoteBook
from forecast.publish import PublishedSeries
from forecast.rounding import decimals_of, rounded_to
from forecast.snapshot import NOTE_SEPARATOR
from forecast.workforce_cells import (
    DISAGREES,
    FIRST_EFFECTIVE,
    TODAY,
    disagreement_series,
    jointly_rounded,
    side_series,
    today_series,
)

YEARS = np.array([2026, 2027])
finite = st.floats(-1e5, 1e5)


def statistics(*points: float, spread: float = 3.3) -> np.ndarray:
    offsets = np.array([0, -1, 1, -2, 2, -3, 3]) * spread
    return np.array(points)[:, None] + offsets


@given(points=st.lists(finite, min_size=1, max_size=4), decimals=st.integers(0, 2))
def test_rounding_never_narrows_a_range_and_keeps_it_on_the_grid(points: list[float], decimals: int) -> None:
    before = statistics(*points)
    after = rounded_to(before, decimals, signed=True)
    assert np.all(np.abs(after - before) <= 1.5 * 10.0**-decimals)
    np.testing.assert_allclose(after * 10**decimals, np.rint(after * 10**decimals), atol=1e-4)
    for low, high in ((1, 2), (3, 4), (5, 6)):
        assert np.all((after[:, low] <= after[:, 0]) & (after[:, 0] <= after[:, high]))


def test_a_bound_that_stands_on_the_grid_stays() -> None:
    row = np.array([0.3, 0.1 + 0.2, 0.3, 0.1 + 0.2, 0.3, 0.1 + 0.2, 0.3])
    assert rounded_to(row, 1).tolist() == [0.3] * 7
    assert rounded_to(np.full(7, -2.4), 0).tolist() == [0.0] * 7
    assert rounded_to(np.full(7, -2.4), 0, signed=True)[0] == -2


def test_shares_and_ratios_have_digits_and_counts_have_none() -> None:
    assert decimals_of("part_time_share") == decimals_of("seekers_per_vacancy") == 1
    assert decimals_of("gap") == decimals_of("gap_hours") == decimals_of(NET_CHECK) == 0


@given(demand=st.floats(0, 1e5), supply=st.floats(0, 1e5))
def test_the_gap_in_work_is_the_difference_of_what_is_shown(demand: float, supply: float) -> None:
    shown = jointly_rounded(
        {
            "demand_fte": statistics(demand),
            "supply_fte": statistics(supply),
            "gap_fte": statistics(demand - supply),
        },
        "fte",
    )
    point = {name: values[0, 0] for name, values in shown.items()}
    assert point["gap_fte"] == point["demand_fte"] - point["supply_fte"]
    assert abs(point["gap_fte"] - (demand - supply)) <= 0.5 + 1e-6
    assert all(values[0, 3] <= values[0, 0] <= values[0, 4] for values in shown.values())


def summary(*, craft: bool) -> Any:
    names = (*TIME_MEASURES, *CRAFT_MEASURES, *(OWNER_MEASURES if craft else ()))
    plain = dict.fromkeys(names, statistics(20.4, 21.0))
    plain |= {"gap_fte": statistics(0.0, 0.0), "gap_hours": statistics(0.0, 0.0)}
    plain |= {"gap_craft": statistics(0.0, 0.0)}
    net = statistics(5.0, 6.0)
    net[0] = np.nan
    return SimpleNamespace(region="BB", trade="A-24", years=YEARS, statistics={**plain, NET_CHECK: net})


@pytest.mark.parametrize("craft", [True, False])
def test_every_side_measure_is_published_with_its_reason(craft: bool) -> None:
    notes = NoteBook()
    series = {
        one.measure: one
        for one in side_series(
            summary(craft=craft), np.array(["B", "C"]), np.full(2, notes.named("groups")), notes, 2031
        )
    }
    owners = set(OWNER_MEASURES) if craft else set()
    assert set(series) == {*TIME_MEASURES, *CRAFT_MEASURES, *owners, NET_CHECK, FIRST_EFFECTIVE}
    text = notes.documents()
    assert text[int(series["gap_fte"].note_index[0])]["de"].split(NOTE_SEPARATOR) == [
        NOTES["groups"][0],
        NOTES["working_time"][0],
    ]
    assert series["gap_craft"].grade.tolist() == ["C", "C"]  # judged, whatever the whole is worth
    assert text[int(series["demand_craft"].note_index[0])]["de"].endswith(NOTES["craft_firms"][0])
    assert series[NET_CHECK].years == [2027]  # the year before no cohort was followed long enough
    assert series[FIRST_EFFECTIVE].statistics[:, 0].tolist() == [2031, 2031]
    assert "2031" in text[int(series[FIRST_EFFECTIVE].note_index)]["de"]


def test_years_without_a_vacancy_have_no_ratio() -> None:
    draws = np.array([[1.24, np.nan], [1.28, np.nan]])
    state: Any = SimpleNamespace(
        region="BB", trade=SimpleNamespace(code="A-24"), years=YEARS, shortage={TODAY[0]: draws}
    )
    (series,) = today_series(state, "C", ("groups",), NoteBook(), (2.0, 1.5))
    assert list(series.years) == [2026]
    assert series.statistics[0, 0] == pytest.approx(1.3)


def test_a_year_with_too_few_cohorts_says_so() -> None:
    notes = NoteBook()
    early = unreached_note(2029, 2031, np.array([2032, 2033]), notes)
    single = unreached_note(2031, 2031, np.array([2032, 2033]), notes)
    never = unreached_note(2033, 2031, np.array([], dtype=int), notes)
    text = notes.documents()
    assert "frühestens 2031" in text[early]["de"]
    assert "nur 1 neuer Jahrgang" in text[single]["de"]
    assert "2032" in text[single]["en"]
    assert never == early


def test_a_surplus_beside_many_vacancies_is_explained() -> None:
    state: Any = SimpleNamespace(vacancies=np.array([[8.0]]), job_seekers=np.array([[5.0]]))
    notes = NoteBook()
    plain, eases = notes.named("groups"), notes.named("groups", "eases")
    words = (("groups",),) * 3
    assert gap_notes(np.array([3.0, 0.0, -4.0]), state, words, notes).tolist() == [plain, plain, eases]


def test_shortage_points_say_how_they_are_read_and_of_how_many_they_are() -> None:
    state: Any = SimpleNamespace(
        region="BB",
        trade=SimpleNamespace(code="A-24"),
        years=YEARS,
        shortage={TODAY[3]: np.full((2, 2), 2.4)},
    )
    notes = NoteBook()
    (series,) = today_series(state, "C", ("groups",), notes, (2.0, 1.5))
    text = notes.documents()[int(np.asarray(series.note_index))]
    assert "2 der 6 Indikatoren" in text["de"]
    assert text["de"].endswith("Ab 2,0 Punkten Engpass, unter 1,5 keiner.")
    assert series.statistics[:, 0].tolist() == [2.4, 2.4]


@pytest.mark.parametrize(
    ("points", "expected"),
    [(1.0, [0, 1, 0]), (1.7, [0, 0, 0]), (2.0, [0, 0, -1]), (2.9, [0, 0, -1])],
)
def test_a_contradiction_of_today_and_forecast_is_a_cell_with_words(
    points: float, expected: list[int]
) -> None:
    """The gap is open in the first year, a sure shortage in the second, a sure surplus in the third."""
    years = np.array([2026, 2027, 2028])
    gap = PublishedSeries("BB", "A-24", "gap", years, statistics(2.0, 20.0, -20.0), "forecast", "C", 0)
    shortage = {TODAY[3]: np.array([[0.0, points, np.nan]] * 2)}  # the newest year has no vacancies
    state: Any = SimpleNamespace(years=np.array([2023, 2024, 2025]), shortage=shortage)
    notes = NoteBook()
    (series,) = disagreement_series(state, gap, notes, (2.0, 1.5))
    assert series.measure == DISAGREES
    assert series.statistics[:, 0].tolist() == expected
    assert np.all(series.statistics == series.statistics[:, :1])
    said = [notes.documents()[int(number)] for number in np.asarray(series.note_index)]
    assert all(f"{points:.1f} shortage points in 2024" in one["en"] for one in said)
    words = {0: "widersprechen sich nicht", 1: "heute kein Engpass", -1: "heute Engpass"}
    assert all(words[value] in one["de"] for value, one in zip(expected, said, strict=True))


def test_without_points_of_today_nothing_is_said_about_a_contradiction() -> None:
    gap = PublishedSeries("BB", "A-24", "gap", YEARS, statistics(2.0, 20.0), "forecast", "C", 0)
    for shortage in ({}, {TODAY[3]: np.full((2, 2), np.nan)}):
        state: Any = SimpleNamespace(years=YEARS, shortage=shortage)
        assert list(disagreement_series(state, gap, NoteBook(), (2.0, 1.5))) == []
