"""Scores worked by hand, with asymmetric and limiting cases, and against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.stats.scores import (
    coverage,
    coverage_error,
    crps,
    crps_of_quantiles,
    mae,
    mase,
    pit_shares,
    randomised_pit,
    relative_width,
    rounding_step,
    smape,
    uniformity,
    wape,
    wis,
)

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


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        # median 3, 50 % range [2, 7], 80 % range [0, 20]: base 0.25·5 + 0.1·20 = 3.25, divisor 2.5
        (3.0, 3.25 / 2.5),  # on the median
        (2.0, (0.5 + 3.25) / 2.5),  # on the lower bound of the narrow range: nothing is missed
        (7.0, (2.0 + 3.25) / 2.5),  # on its upper bound
        (8.0, (2.5 + 3.25 + 1.0) / 2.5),  # one above the narrow range: 0.25·(2/0.5)·1 = 1
        (20.0, (8.5 + 3.25 + 13.0) / 2.5),  # on the upper bound of the wide one
        (22.0, (9.5 + 3.25 + 15.0 + 2.0) / 2.5),  # two above it: 0.1·(2/0.2)·2 = 2
        (-1.0, (2.0 + 3.25 + 3.0 + 1.0) / 2.5),  # below both
    ],
)
def test_weighted_interval_score_of_a_skewed_forecast(observed: float, expected: float) -> None:
    lower, upper = np.array([[2.0, 0.0]]), np.array([[7.0, 20.0]])
    found = wis(np.array([observed]), np.array([3.0]), lower, upper, (0.5, 0.2))
    assert found[0] == pytest.approx(expected)


@given(
    st.floats(-40, 40),
    st.lists(st.floats(-50, 50), min_size=7, max_size=7).map(sorted),
)
def test_weighted_interval_score_is_the_mean_pinball_loss(observed: float, values: list[float]) -> None:
    """WIS = 2/(2K + 1) · Σ of the pinball losses of all quantiles (Bracher and others 2021, section 2)."""
    levels = np.array([0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975])
    q = np.array(values)
    pinball = np.where(observed < q, (1 - levels) * (q - observed), levels * (observed - q))
    found = wis(np.array([observed]), q[3:4], q[None, [2, 1, 0]], q[None, [4, 5, 6]], (0.5, 0.2, 0.05))
    assert found[0] == pytest.approx(2 * pinball.sum() / 7, abs=1e-9)


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        (2.0, 6 / 3 - 4 / 3),  # draws 0, 2, 6: half the mean distance of pairs is (2 + 6 + 4)/9 = 4/3
        (0.0, 8 / 3 - 4 / 3),
        (6.0, 10 / 3 - 4 / 3),  # equal to the largest draw; the other side of the skewed sample
        (9.0, 19 / 3 - 4 / 3),
    ],
)
def test_crps_of_a_skewed_sample_by_hand(observed: float, expected: float) -> None:
    draws = np.array([[6.0, 0.0, 2.0]])
    assert crps(np.array([observed]), draws)[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        # quantiles 1, 4, 6 at 10, 50, 90 %; weights 0.3, 0.4, 0.3
        (4.0, 2 * (0.3 * 0.3 + 0 + 0.3 * 0.2)),
        (0.0, 2 * (0.3 * 0.9 + 0.4 * 2.0 + 0.3 * 0.6)),
        (6.0, 2 * (0.3 * 0.5 + 0.4 * 1.0 + 0)),
        (10.0, 2 * (0.3 * 0.9 + 0.4 * 3.0 + 0.3 * 3.6)),
    ],
)
def test_crps_of_quantiles_by_hand(observed: float, expected: float) -> None:
    found = crps_of_quantiles(np.array([observed]), np.array([[1.0, 4.0, 6.0]]), (0.1, 0.5, 0.9))
    assert found[0] == pytest.approx(expected)


def test_crps_of_many_quantiles_is_that_of_the_draws() -> None:
    generator = np.random.default_rng(4)
    draws = np.sort(generator.gamma(2.0, 3.0, (5, 400)), axis=1)
    observed = np.array([0.0, 2.0, 6.0, 15.0, 40.0])
    levels = tuple((np.arange(400) + 0.5) / 400)
    assert crps_of_quantiles(observed, draws, levels) == pytest.approx(crps(observed, draws), rel=1e-9)


def test_relative_width_by_hand() -> None:
    lower, upper, level = np.array([0.0, 8.0]), np.array([5.0, 15.0]), np.array([3.0, 21.0])
    assert relative_width(lower, upper, level) == pytest.approx(12 / 24)
    assert np.isnan(relative_width(lower, upper, np.zeros(2)))


def test_error_of_a_coverage_counts_years_and_not_cases() -> None:
    inside = np.array([True] * 8 + [False] * 2)
    # 2010 holds five hits, 2011 three of five: deviations from 0.8 are +1 and −1 → sqrt(2/1 · 2)/10
    years = np.array([2010] * 5 + [2011] * 5)
    assert coverage_error(inside, years) == pytest.approx(0.2)
    one_each = coverage_error(inside, np.arange(10))
    assert one_each == pytest.approx(np.sqrt(10 / 9 * (8 * 0.04 + 2 * 0.64)) / 10)
    assert np.isnan(coverage_error(inside, np.full(10, 2010)))
    assert coverage_error(np.array([True, False] * 3), np.array([1, 1, 2, 2, 3, 3])) == 0


def test_uniformity_by_hand() -> None:
    assert uniformity(np.array([0.25, 0.75])) == pytest.approx(0.25)
    assert uniformity(np.array([0.0, 0.0, 0.5])) == pytest.approx(2 / 3)  # a jump of two thirds at zero
    assert uniformity(np.array([1.0])) == pytest.approx(1.0)
    assert np.isnan(uniformity(np.array([])))


def test_pit_of_equal_draws_spreads_over_its_step() -> None:
    draws = np.full((3, 5), 4.0)
    found = randomised_pit(np.array([4.0, 3.0, 5.0]), draws, np.array([0.3, 0.3, 0.3]))
    assert found.tolist() == [0.3, 0.0, 1.0]
    assert pit_shares(np.array([0.05, 0.1, 0.95, 1.0]), 10).tolist() == [0.25, 0.25, *[0.0] * 7, 0.5]


@pytest.mark.parametrize(
    ("values", "step"),
    [
        ([3.0, 6.0, np.nan, 300.0], 3),
        ([5.0, 10.0], 5),
        ([10.0, 20.0, 0.0], 10),
        ([3.0, 10.0], 1),
        ([3.5, 1.0], 0),
        ([np.nan], 0),
    ],
)
def test_the_step_figures_are_rounded_to(values: list[float], step: int) -> None:
    assert rounding_step(np.array([values]), (1, 3, 5, 10)) == step
