"""Signs of a shortage today: ratios without a denominator are empty, points follow their limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecast.domain.shortage import (
    points,
    seekers_per_vacancy,
    shortage_points,
    unemployment_rate,
    vacancy_overhang,
    vacancy_overhang_rate,
)
from forecast.errors import ModelError

counts = hnp.arrays(np.float64, (2, 4), elements=st.floats(0, 500))
LIMITS = (2.0, 3.0, 5.0)


def test_the_electricians_of_eastern_brandenburg():
    # 107 unemployed, 170 registered vacancies (2025); half of all vacancies are registered
    seekers, registered = np.array([[107.0]]), np.array([[170.0]])
    assert seekers_per_vacancy(seekers, registered)[0, 0] == pytest.approx(0.629, abs=5e-4)
    assert vacancy_overhang(registered / 0.5, seekers)[0, 0] == 233
    assert vacancy_overhang_rate(registered / 0.5, seekers)[0, 0] == pytest.approx(0.6853, abs=5e-5)


@given(vacancies=counts, seekers=counts)
def test_overhang_and_what_is_left_over_make_up_the_difference(vacancies, seekers):
    overhang = vacancy_overhang(vacancies, seekers)
    np.testing.assert_allclose(overhang - vacancy_overhang(seekers, vacancies), vacancies - seekers)
    rate = vacancy_overhang_rate(vacancies, seekers)
    assert np.all(np.isnan(rate) == (vacancies == 0))
    known = rate[np.isfinite(rate)]
    assert np.all((known >= 0) & (known <= 1))


@given(seekers=counts, employed=counts)
def test_the_rate_of_unemployment_is_a_share(seekers, employed):
    rate = unemployment_rate(seekers, employed)
    nobody = seekers + employed == 0
    assert np.all(np.isnan(rate) == nobody)
    assert np.all((rate[~nobody] >= 0) & (rate[~nobody] <= 1))


def test_points_fall_as_the_market_relaxes():
    assert points(np.array([0.0, 2.0, 2.1, 3.0, 4.9, 5.1, np.nan]), LIMITS).tolist()[:6] == [3, 3, 2, 2, 1, 0]
    assert np.isnan(points(np.array([np.nan]), LIMITS)[0])
    with pytest.raises(ModelError, match="Schwellen"):
        points(np.array([1.0]), (3.0, 2.0))


def test_points_are_the_mean_of_the_indicators_there_are():
    found = shortage_points(
        {"a": np.array([[1.0, np.nan, np.nan]]), "b": np.array([[2.5, 9.0, np.nan]])},
        {"a": LIMITS, "b": LIMITS},
    )
    assert found[0, :2].tolist() == [2.5, 0.0]  # (3 + 2)/2; only b is known: 0
    assert np.isnan(found[0, 2])
