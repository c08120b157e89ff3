"""Net inflow backwards from the account: it is exactly what is missing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.errors import ModelError
from forecast.estimators.inflow import past_inflow, pooled_inflow
from forecast.estimators.inflow_shocks import Shocks

shares = st.floats(0, 0.2)


@given(st.lists(st.floats(-0.1, 0.1), min_size=1, max_size=8), shares, st.floats(0, 20))
def test_the_account_of_the_past_closes_with_the_inflow(
    rates: list[float], leaving: float, young: float
) -> None:
    stock = [1000.0]
    for rate in rates:
        stock.append(stock[-1] * (1 - leaving + rate) + young)
    exits, entrants = np.full((1, len(stock)), leaving), np.full((1, len(stock)), young)
    assert past_inflow(np.array([stock]), exits, entrants)[0] == pytest.approx(rates)


def test_more_leavers_in_the_past_mean_more_came_from_elsewhere() -> None:
    stock, entrants = np.array([[100.0, 100.0]]), np.zeros((1, 2))
    low = past_inflow(stock, np.array([[0.03, 0.03]]), entrants)
    high = past_inflow(stock, np.array([[0.05, 0.05]]), entrants)
    assert (high - low)[0, 0] == pytest.approx(0.02)


def test_pooling_draws_cells_together_and_keeps_the_draws_apart() -> None:
    noise = np.array([[-0.02, 0.02, -0.02, 0.02]])
    cells = [
        np.repeat(noise + level, 3, axis=0) + np.array([[-0.01], [0], [0.01]]) for level in (-0.02, 0.0, 0.05)
    ]
    pooled = pooled_inflow(cells)
    means = [float(np.median(cell.mean)) for cell in pooled]
    assert -0.02 < means[0] < means[1] < means[2] < 0.05
    assert np.ptp(pooled[0].mean) == pytest.approx(0.02)
    assert pooled[0].spread == pytest.approx(np.std([-0.02, 0.02, -0.02, 0.02], ddof=1))


def test_no_cells_no_inflow() -> None:
    assert pooled_inflow([]) == []


def test_a_cell_without_a_year_takes_the_mean_of_the_others() -> None:
    years = np.array([[-0.02, 0.02], [-0.02, 0.02]])
    cells = [years, np.zeros((2, 0)), years + 0.3]
    low, unknown, high = pooled_inflow(cells)
    assert low.mean[0] < unknown.mean[0] < high.mean[0]
    assert unknown.mean == pytest.approx(0.15)
    assert low.spread == unknown.spread == pytest.approx(np.std([-0.02, 0.02], ddof=1))
    assert unknown.own_error > low.own_error > 0, "nothing seen is known less well"


def test_where_no_cell_has_two_years_a_spread_must_be_given() -> None:
    cells = [np.array([[0.04], [0.05]]), np.zeros((2, 0))]
    with pytest.raises(ModelError, match="zwei vollständige Jahre"):
        pooled_inflow(cells)
    for cell in pooled_inflow(cells, 0.03, Shocks(common=0.36, persistence=0.5)):
        assert cell.mean.tolist() == [0, 0], "one year shows no mean either"
        assert (cell.spread, cell.common_error, cell.own_error) == pytest.approx((0.03, 0.018, 0.024))


def test_what_all_cells_share_does_not_blur_the_differences_between_them() -> None:
    years = np.array([[-0.02, 0.01, 0.01]])
    cells = [years, years + 0.02]
    apart, together = pooled_inflow(cells), pooled_inflow(cells, None, Shocks(common=0.91, persistence=0.0))
    assert together[1].mean[0] - together[0].mean[0] > apart[1].mean[0] - apart[0].mean[0]
    assert together[0].spread == apart[0].spread
    assert together[0].own_error < apart[0].own_error
    assert together[0].common_error == pytest.approx(apart[0].spread * np.sqrt(0.91 / 3))
    assert apart[0].common_error == 0
