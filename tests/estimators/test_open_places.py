"""Open places swing beside employment: the mean of demand stays, its range holds the swing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecast.estimators.demand import open_places_swing, with_open_places

counts = arrays(np.float64, (5, 3), elements=st.floats(0, 1e4))


@given(counts, counts)
def test_the_swing_has_mean_one_wherever_places_are_expected(first: np.ndarray, second: np.ndarray) -> None:
    swing = open_places_swing({"a": first, "b": second}, {"a": 0.2, "b": 0.7})
    expected = (0.2 * first + 0.7 * second).mean(axis=0) > 1e-6
    assert swing.mean(axis=0)[expected] == pytest.approx(1)
    assert (swing[:, (first + second).sum(axis=0) == 0] == 1).all()


@given(st.floats(1, 1e4), st.floats(0, 1e3), st.floats(0, 5))
def test_demand_is_employment_plus_open_places(employed: float, vacancies: float, swing: float) -> None:
    growth = np.array([[1.1, 0.9]])
    index = with_open_places(growth, np.array([employed]), np.array([vacancies]), np.array([[swing, 1.0]]))
    base = employed + vacancies
    assert index[0, 0] * base == pytest.approx(1.1 * (employed + vacancies * swing))
    assert index[0, 1] == pytest.approx(0.9)


def test_a_trade_without_anybody_follows_employment() -> None:
    growth = np.array([[1.2]])
    assert with_open_places(growth, np.zeros(1), np.zeros(1), np.array([[3.0]])).tolist() == [[1.2]]
