"""Small cells are drawn towards their group by as much as their noise asks for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.stats.rates import pool_estimates, pool_rates


def test_partial_pooling_by_hand() -> None:
    # weights 1 and 4: fixed mean 1.6, Q = 1·2.56 + 4·0.16 = 3.2, spread 5 − 17/5 = 1.6, τ² = 2.2/1.6
    pooled = pool_estimates(np.array([0.0, 2.0, np.nan]), np.array([1.0, 0.5, np.nan]))
    assert pooled.between_sd**2 == pytest.approx(1.375)
    weight = np.array([1 / 2.375, 1 / 1.625])
    centre = 2.0 * weight[1] / weight.sum()
    assert pooled.centre == pytest.approx(centre)
    assert pooled.mean[0] == pytest.approx(centre * (1 - 1.375 / 2.375))
    assert pooled.mean[2] == pytest.approx(centre)
    assert pooled.sd[2] == pytest.approx(np.sqrt(1.375 + 1 / weight.sum()))
    assert pooled.sd[1] < 0.5 < pooled.sd[0] < 1.0


def test_without_more_spread_than_noise_all_cells_agree() -> None:
    pooled = pool_estimates(np.array([1.0, 1.1, 0.9]), np.array([1.0, 1.0, 1.0]))
    assert pooled.between_sd == 0
    assert pooled.mean == pytest.approx(np.full(3, 1.0))


def test_one_cell_keeps_its_estimate() -> None:
    pooled = pool_estimates(np.array([0.7]), np.array([0.2]))
    assert (pooled.mean[0], pooled.sd[0]) == pytest.approx((0.7, 0.2))


def test_pooling_recovers_the_spread_of_simulated_cells() -> None:
    generator = np.random.default_rng(4)
    errors = generator.uniform(0.1, 0.6, 3000)
    truth = generator.normal(1.0, 0.4, 3000)
    pooled = pool_estimates(truth + generator.normal(0, errors), errors)
    assert pooled.centre == pytest.approx(1.0, abs=0.03)
    assert pooled.between_sd == pytest.approx(0.4, abs=0.03)
    # honest posterior: the standardised error has variance 1
    assert np.std((truth - pooled.mean) / pooled.sd) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("error", [0.0, np.nan, np.inf])
def test_impossible_errors_are_refused(error: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        pool_estimates(np.array([1.0, 2.0]), np.array([1.0, error]))


def test_nothing_known_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        pool_estimates(np.array([np.nan]), np.array([1.0]))


@given(
    st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 3)), min_size=1, max_size=12),
)
def test_pooled_means_lie_between_estimate_and_centre(cells: list[tuple[float, float]]) -> None:
    estimates = np.array([cell[0] for cell in cells])
    pooled = pool_estimates(estimates, np.array([cell[1] for cell in cells]))
    low = np.minimum(estimates, pooled.centre) - 1e-9
    high = np.maximum(estimates, pooled.centre) + 1e-9
    assert ((low <= pooled.mean) & (pooled.mean <= high)).all()


def test_rates_of_small_cells_move_more_than_those_of_large_ones() -> None:
    pooled = pool_rates(np.array([1.0, 300.0, 40.0, 90.0]), np.array([2.0, 1000.0, 200.0, 200.0]))
    assert 1 < pooled.strength < 100
    assert abs(pooled.mean[0] - pooled.centre) < 0.5 * abs(0.5 - pooled.centre)
    assert pooled.mean[1] == pytest.approx(0.3, abs=0.005)
    assert pooled.mean == pytest.approx(pooled.a / (pooled.a + pooled.b))


def test_rates_recover_a_simulated_beta_binomial() -> None:
    generator = np.random.default_rng(9)
    persons = generator.integers(5, 200, 4000).astype(float)
    truth = generator.beta(0.3 * 25, 0.7 * 25, 4000)
    pooled = pool_rates(generator.binomial(persons.astype(int), truth).astype(float), persons)
    assert pooled.centre == pytest.approx(0.3, abs=0.01)
    assert pooled.strength == pytest.approx(25, rel=0.15)


def test_equal_rates_pool_completely_and_zero_events_stay_zero() -> None:
    assert pool_rates(np.array([2.0, 4.0]), np.array([10.0, 20.0])).strength == 1e6
    assert pool_rates(np.array([0.0, 0.0]), np.array([10.0, 20.0])).mean.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(("events", "persons"), [([-1.0], [5.0]), ([6.0], [5.0]), ([0.0], [0.0])])
def test_impossible_counts_are_refused(events: list[float], persons: list[float]) -> None:
    with pytest.raises(ValueError, match=r"events|at risk"):
        pool_rates(np.array(events), np.array(persons))
