"""The scores of the benchmark, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.bench.metrics import (
    LEVELS,
    covered,
    geometric_mean,
    interval_score,
    mase,
    msis,
    naive_scale,
    owa,
    owa_ratio_range,
    scaled_crps,
    smape,
    weighted_interval_score,
)


def test_the_scale_is_the_mean_change_and_missing_where_nothing_changed() -> None:
    scale = naive_scale([np.array([10.0, 12.0, 8.0]), np.array([5.0, 5.0]), np.array([1.0, 2.0, 2.0])])
    np.testing.assert_allclose(scale, [3.0, np.nan, 0.5])


def test_smape_by_hand_with_a_pair_of_zeros() -> None:
    # 200·2/(10+12)… kept asymmetric: y=30 f=10 → 200·20/40 = 100; y=0 f=0 → 0
    assert smape(np.array([[30.0, 0.0]]), np.array([[10.0, 0.0]])).tolist() == [50.0]


def test_owa_by_hand() -> None:
    truth = np.array([[12.0, 14.0], [30.0, 50.0]])
    naive = np.array([[10.0, 10.0], [40.0, 40.0]])
    said = np.array([[12.0, 10.0], [20.0, 50.0]])
    scale = np.array([2.0, 5.0])
    # MASE naive: series 1 (2+4)/2/2 = 1.5, series 2 (10+10)/2/5 = 2 → mean 1.75
    # MASE said:  series 1 (0+4)/2/2 = 1,   series 2 (10+0)/2/5 = 1  → mean 1
    np.testing.assert_allclose(mase(truth, naive, scale), [1.5, 2.0])
    np.testing.assert_allclose(mase(truth, said, scale), [1.0, 1.0])
    # sMAPE naive: (200·2/22 + 200·4/24)/2 and (200·10/70 + 200·10/90)/2
    # sMAPE said:  (0 + 200·4/24)/2 and (200·10/50 + 0)/2
    smape_naive = ((400 / 22 + 800 / 24) / 2 + (2000 / 70 + 2000 / 90) / 2) / 2
    smape_said = ((800 / 24) / 2 + (2000 / 50) / 2) / 2
    assert owa(truth, said, naive, scale) == pytest.approx((smape_said / smape_naive + 1 / 1.75) / 2)
    assert owa(truth, naive, naive, scale) == 1.0


def test_owa_averages_before_it_divides() -> None:
    """A series that the last value hits exactly must not make the ratio infinite."""
    truth, naive = np.array([[10.0], [30.0]]), np.array([[10.0], [20.0]])
    said = np.array([[11.0], [30.0]])
    scale = np.ones(2)
    expected = ((200 * 1 / 21 / 2) / (200 * 10 / 50 / 2) + (1 / 2) / (10 / 2)) / 2
    assert owa(truth, said, naive, scale) == pytest.approx(expected)


def test_a_series_without_a_scale_counts_in_smape_only() -> None:
    truth, naive = np.array([[4.0], [10.0]]), np.array([[5.0], [12.0]])
    said = np.array([[4.0], [11.0]])
    scale = np.array([np.nan, 2.0])
    relative = (200 * 1 / 21 / 2) / ((200 * 1 / 9 + 200 * 2 / 22) / 2)
    assert owa(truth, said, naive, scale) == pytest.approx((relative + 0.5) / 2)


def test_the_interval_score_by_hand() -> None:
    truth = np.array([[5.0, 12.0, 1.0]])
    lower, upper = np.array([[4.0, 6.0, 3.0]]), np.array([[7.0, 10.0, 4.0]])
    # inside: 3; two above a range of 4: 4 + 40·2; two below a range of 1: 1 + 40·2
    np.testing.assert_allclose(interval_score(truth, lower, upper, 0.05), [[3.0, 84.0, 81.0]])


def test_msis_by_hand() -> None:
    truth = np.array([[5.0, 12.0], [0.0, 0.0]])
    lower, upper = np.array([[4.0, 6.0], [-1.0, -3.0]]), np.array([[7.0, 10.0], [1.0, -1.0]])
    # series 1: (3 + 84)/2 = 43.5, scale 3; series 2: (2 + (2 + 40·1))/2 = 22, scale 0.5
    np.testing.assert_allclose(msis(truth, lower, upper, np.array([3.0, 0.5]), 0.05), [14.5, 44.0])


def test_bounds_belong_to_the_range() -> None:
    truth = np.array([[2.0, 3.0, 3.1]])
    assert covered(truth, np.full((1, 3), 2.0), np.full((1, 3), 3.0)).tolist() == [[True, True, False]]


def test_the_scaled_crps_by_hand() -> None:
    quantiles = np.full((1, 1, len(LEVELS)), 7.0)
    # all nine quantiles at 7 and y = 10: pinball τ·3, mean of τ over the symmetric levels ½ → 2·½·3 = 3
    np.testing.assert_allclose(scaled_crps(np.array([[10.0]]), quantiles, np.array([1.5])), [2.0])
    asymmetric = quantiles.copy()
    asymmetric[0, 0, -1] = 12.0  # τ = 0.975, now too high by 2: loss 0.025·2 instead of 0.975·3
    expected = 3 - 2 * (0.975 * 3 - 0.025 * 2) / 9
    np.testing.assert_allclose(scaled_crps(np.array([[10.0]]), asymmetric, np.array([1.0])), [expected])


def test_the_weighted_interval_score_by_hand() -> None:
    truth, median = np.array([7.0]), np.array([5.0])
    ranges = [(0.5, np.array([2.0]), np.array([6.0])), (0.2, np.array([1.0]), np.array([9.0]))]
    # ½·2 + ¼·(4 + 4·1) + 0.1·8 = 3.8, divided by 2.5
    np.testing.assert_allclose(weighted_interval_score(truth, median, ranges), [1.52])


def test_the_geometric_mean_of_opposite_ratios_is_one() -> None:
    assert geometric_mean([0.5, 2.0]) == pytest.approx(1.0)
    assert geometric_mean([0.25, 1.0, 0.5]) == pytest.approx(0.5)


def test_the_bootstrap_range_holds_the_ratio_and_collapses_for_equal_methods(rng) -> None:
    truth = rng.normal(100, 10, (60, 3))
    naive = truth + rng.normal(0, 8, truth.shape)
    peer = truth + rng.normal(0, 6, truth.shape)
    ours = truth + rng.normal(0, 3, truth.shape)
    scale = np.full(60, 4.0)
    low, high = owa_ratio_range(truth, ours, peer, naive, scale, 100)
    ratio = owa(truth, ours, naive, scale) / owa(truth, peer, naive, scale)
    assert low < ratio < high < 1
    assert owa_ratio_range(truth, peer, peer, naive, scale, 5) == (1.0, 1.0)
