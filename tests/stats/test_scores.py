"""Scores worked by hand, with asymmetric and limiting cases, and against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.stats.scores import coverage, crps, mae, mase, randomised_pit, smape, wape, wis

LOWER, UPPER = np.array([[1.0, 2.0]]), np.array([[9.0, 8.0]])


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        (5.0, 0.92),  # (0/2 + 0.1·8 + 0.25·6) / 2.5
        (7.0, 1.32),  # (2/2 + 0.1·8 + 0.25·6) / 2.5
        (9.0, 2.12),  # on the bound of the wide range: (4/2 + 0.8 + 0.25·(6 + 4·1)) / 2.5 = 5.3/2.5
        (0.0, 3.12),  # below both: (5/2 + 0.1·(8 + 10·1) + 0.25·(6 + 4·2)) / 2.5 = 7.8/2.5
    ],
)
def test_weighted_interval_score_by_hand(observed: float, expected: float) -> None:
    found = wis(np.array([observed]), np.array([5.0]), LOWER, UPPER, (0.2, 0.5))
    assert found[0] == pytest.approx(expected)


def test_weighted_interval_score_of_a_skewed_range() -> None:
    # median 2, 80 % range [1, 10], observation 12: (10/2 + 0.1·(9 + 10·2)) / 1.5 = 7.9/1.5
    found = wis(np.array([12.0]), np.array([2.0]), np.array([[1.0]]), np.array([[10.0]]), (0.2,))
    assert found[0] == pytest.approx(7.9 / 1.5)


def test_a_range_of_no_width_scores_like_the_absolute_error() -> None:
    point = np.array([3.0])
    found = wis(np.array([7.0]), point, point[:, None].repeat(2, 1), point[:, None].repeat(2, 1), (0.2, 0.5))
    assert found[0] == pytest.approx(4.0)


@given(
    st.floats(-50, 50),
    st.lists(st.floats(-50, 50), min_size=1, max_size=12),
)
def test_crps_equals_brute_force(observed: float, sample: list[float]) -> None:
    draws = np.array([sample])
    pairs = np.abs(draws[0][:, None] - draws[0][None, :]).mean()
    expected = np.abs(draws[0] - observed).mean() - pairs / 2
    assert crps(np.array([observed]), draws)[0] == pytest.approx(expected, abs=1e-9)


def test_crps_of_one_draw_is_the_absolute_error() -> None:
    assert crps(np.array([3.0, -1.0]), np.array([[5.0], [-1.0]])).tolist() == [2.0, 0.0]


def test_point_scores_by_hand() -> None:
    y, f = np.array([10.0, 0.0, 30.0]), np.array([12.0, 0.0, 24.0])
    assert mae(y, f) == pytest.approx(8 / 3)
    assert wape(y, f) == pytest.approx(8 / 40)
    assert smape(y, f) == pytest.approx((400 / 22 + 0 + 1200 / 54) / 3)
    assert mase(y, f, np.array([4.0, 1.0, 3.0])) == pytest.approx((0.5 + 0 + 2) / 3)


def test_point_scores_where_nothing_can_be_divided() -> None:
    zero = np.zeros(2)
    assert np.isnan(wape(zero, np.ones(2)))
    assert np.isnan(mase(np.ones(2), zero, np.array([0.0, np.nan])))
    assert smape(zero, zero) == 0
    assert mase(np.array([1.0, 5.0]), zero, np.array([0.0, 2.0])) == pytest.approx(2.5)


def test_bounds_belong_to_the_range() -> None:
    y = np.array([1.0, 2.0, 3.0, 4.0])
    assert coverage(y, np.full(4, 2.0), np.full(4, 3.0)) == 0.5


def test_randomised_pit_is_uniform_for_calibrated_counts_and_not_for_narrow_ones() -> None:
    generator = np.random.default_rng(2)
    rate = generator.uniform(1, 6, 4000)
    observed = generator.poisson(rate).astype(float)
    v = generator.random(4000)
    honest = generator.poisson(np.repeat(rate[:, None], 400, axis=1)).astype(float)
    pit = np.sort(randomised_pit(observed, honest, v))
    assert np.abs(pit - (np.arange(4000) + 0.5) / 4000).max() < 0.026  # Kolmogorov-Smirnov, 1 %
    narrow = np.round(np.repeat(rate[:, None], 400, axis=1) + generator.normal(0, 0.3, (4000, 400)))
    pit = np.sort(randomised_pit(observed, narrow, v))
    assert np.abs(pit - (np.arange(4000) + 0.5) / 4000).max() > 0.1
