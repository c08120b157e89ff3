"""Open places swing beside employment: the mean of demand stays, its range holds the swing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecast.estimators.demand import open_places_swing, with_open_places

counts = arrays(np.float64, (5, 3), elements=st.floats(0, 1e4))


growths = arrays(np.float64, (5, 3), elements=st.floats(0.2, 3))


@given(counts, counts, growths)
def test_open_places_keep_their_proportion_to_employment_in_the_mean(
    first: np.ndarray, second: np.ndarray, growth: np.ndarray
) -> None:
    swing = open_places_swing({"a": first, "b": second}, {"a": 0.2, "b": 0.7}, growth)
    expected = (0.2 * first + 0.7 * second).mean(axis=0) > 1e-6
    assert (growth * swing).mean(axis=0)[expected] == pytest.approx(growth.mean(axis=0)[expected])
    assert (swing[:, (first + second).sum(axis=0) == 0] == 1).all()


@given(st.floats(1, 1e4), st.floats(0, 1e3), st.floats(0, 5))
def test_demand_is_employment_plus_open_places(employed: float, vacancies: float, swing: float) -> None:
    growth = np.array([[1.1, 0.9]])
    index = with_open_places(growth, np.array([employed]), np.array([vacancies]), np.array([[swing, 1.0]]))
    base = employed + vacancies
    assert index[0, 0] * base == pytest.approx(1.1 * (employed + vacancies * swing))
    assert index[0, 1] == pytest.approx(0.9)


def test_places_that_move_with_employment_by_hand() -> None:
    # employment 0.8 and 1.2, registered 50 and 150: E(growth·places) = (40 + 180)/2 = 110
    growth = np.array([[0.8], [1.2]])
    swing = open_places_swing({"a": np.array([[50.0], [150.0]])}, {"a": 1.0}, growth)
    assert swing[:, 0] == pytest.approx([50 / 110, 150 / 110])


def test_a_trade_without_anybody_follows_employment() -> None:
    growth = np.array([[1.2]])
    assert with_open_places(growth, np.zeros(1), np.zeros(1), np.array([[3.0]])).tolist() == [[1.2]]
