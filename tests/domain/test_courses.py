"""Course weeks follow the apprentices there are, year of training by year of training."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecast.domain.apprentices import TrainingPipeline, apprentices_by_cohort, apprentices_stock
from forecast.domain.courses import (
    ASSUMED,
    READ,
    SPLIT,
    Course,
    by_training_year,
    course_places,
    course_weeks,
    plan_in_force,
    weeks_by_year,
)
from forecast.domain.estimate import Estimate
from forecast.errors import ModelError

HALF = np.array([0.5])


def weeks(value: float, low: float | None = None, high: float | None = None, kind="measured") -> Estimate:
    return Estimate(value, value if low is None else low, value if high is None else high, kind, "x")


def course(year: int, length: Estimate, basis=READ, total=None, first=date.min, last=date.max) -> Course:
    return Course("A-24", "", "", year, length, basis, total, first, last)


@pytest.fixture
def paper(case):
    return case("courses")


@pytest.fixture
def plans(paper):
    old, new = paper["old_plan"], paper["new_plan"]
    return [
        *(course(y + 1, weeks(n), last=old["until"]) for y, n in enumerate(old["weeks"])),
        *(course(y + 1, weeks(n), first=new["from"]) for y, n in enumerate(new["weeks"])),
    ]


def test_weeks_and_places_worked_on_paper(paper, plans, same_as_printed):
    starts, years = np.array(paper["start_years"]), np.array(paper["out_years"])
    cohorts = np.array([paper["by_cohort"]], float)
    stock = by_training_year(cohorts, starts, years, paper["lag"])
    assert stock[0].tolist() == paper["by_training_year"]
    assert stock.sum(axis=1)[0].tolist() == paper["stock"]
    each, _ = weeks_by_year(plans, paper["lag"], years, [HALF] * 3, HALF)
    assert each[0].tolist() == paper["weeks_of_one_apprentice"]
    taught = course_weeks(stock[:, : paper["lag"]], each).sum(axis=1)
    assert taught[0].tolist() == paper["course_weeks"]
    same_as_printed(course_places(taught, np.array([2.0]))[0], paper["places_in_courses_of_two_weeks"])


def test_a_cohort_keeps_the_plan_under_which_it_began(plans):
    assert plan_in_force(plans, 2, 2025).weeks.value == 3
    assert plan_in_force(plans, 2, 2026).weeks.value == 4
    assert plan_in_force(plans, 4, 2026) is None


def test_a_distribution_that_is_set_is_brought_to_the_sum_that_was_read(paper, same_as_printed):
    total = weeks(paper["split"]["total"])
    drawn = [course(y + 1, weeks(n, kind="judgement"), SPLIT, total)
             for y, n in enumerate(paper["split"]["drawn"])]  # fmt: skip
    each, found = weeks_by_year(drawn, 4, np.array([2026]), [HALF] * 4, HALF)
    same_as_printed(each[0, :, 0], paper["split"]["brought_to_the_sum"])
    assert not found[0][0].read_in_source
    assert found[0][0].source == "x"


def test_a_sum_is_left_alone_where_a_year_was_read():
    mixed = [course(1, weeks(4)), course(2, weeks(2), SPLIT, weeks(4)), course(3, weeks(2), SPLIT, weeks(4))]
    each, _ = weeks_by_year(mixed, 3, np.array([2026]), [HALF] * 3, HALF)
    assert each[0, :, 0].tolist() == [4, 2, 2]


def test_assumed_weeks_are_within_their_bounds_in_every_draw():
    uniform = np.linspace(0, 1, 41)
    total = weeks(9, 6, 12, "judgement")
    plans = [course(y, weeks(n, n - 1, n + 1, "judgement"), ASSUMED, total) for y, n in ((1, 4), (2, 5))]
    each, _ = weeks_by_year(plans, 2, np.array([2026]), [uniform, uniform[::-1]], uniform)
    sums = each.sum(axis=1)[:, 0]
    assert sums.min() == pytest.approx(6)
    assert sums.max() == pytest.approx(12)
    assert np.all(np.diff(sums) > 0)


@given(
    begun=hnp.arrays(np.float64, (2, 7), elements=st.floats(0, 500)),
    layers=hnp.arrays(np.float64, (2, 4), elements=st.floats(0, 0.2)),
    passes=st.floats(0, 1),
    length=st.sampled_from([2.0, 3.0, 3.5]),
)
def test_years_of_training_sum_to_the_stock_of_apprentices(begun, layers, passes, length):
    rate = np.full(2, passes)
    pipeline = TrainingPipeline(length, layers, rate, rate, rate, rate)
    starts, years = np.arange(2020, 2027), np.arange(2022, 2028)
    lag = int(np.ceil(length))
    grouped = by_training_year(apprentices_by_cohort(begun, starts, years, pipeline), starts, years, lag)
    assert grouped.shape == (2, lag + 1, years.size)
    np.testing.assert_allclose(grouped.sum(axis=1), apprentices_stock(begun, starts, years, pipeline))
    joined = grouped[:, 1:lag, 1:] - grouped[:, : lag - 1, :-1]
    assert np.all(joined <= 1e-9)  # nobody joins a cohort later


def test_somebody_lost_is_noticed():
    late = np.ones((1, 1, 1))  # a cohort of 2020 still there in 2026, beyond its last year
    with pytest.raises(ModelError, match="Ausbildungsjahre"):
        by_training_year(late, np.array([2020]), np.array([2026]), 3)


@pytest.mark.parametrize("stock", [np.full((1, 2, 1), -1.0), np.ones((1, 3, 1))])
def test_negative_or_unfitting_numbers_are_refused(stock):
    with pytest.raises(ModelError, match="Lehrgangswochen"):
        course_weeks(stock, np.ones((1, 2, 1)))
