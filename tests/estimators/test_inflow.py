"""Net inflow backwards from the account: it is exactly what is missing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.errors import ModelError
from forecast.estimators.inflow import expected_path, past_inflow, pooled_inflow, with_job_seekers
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


@given(st.floats(-0.1, 0.1), st.floats(-0.1, 0.1), st.floats(0, 0.95))
def test_the_expected_inflow_leaves_the_last_year_for_the_mean(mean: float, last: float, keep: float) -> None:
    path = expected_path(np.array([mean]), np.array([last]), keep, 60)[0]
    assert path[0] == pytest.approx(keep * last + (1 - keep) * mean)
    assert np.all(np.diff(np.abs(path - mean)) <= 1e-15), "ever nearer to the mean"
    assert path[-1] == pytest.approx(mean, abs=0.2 * 0.95**59)
    assert expected_path(np.array([mean]), None, keep, 2)[0].tolist() == [mean, mean]


def test_who_finds_work_comes_from_nowhere_else() -> None:
    """90 in work and 10 looking become 100 in work: the stock that is carried on has not moved."""
    employed, seekers = np.array([[90.0, 95.0, 100.0]]), np.array([[10.0, np.nan, 0.0]])
    stock = with_job_seekers(employed, seekers)
    assert stock[0] == pytest.approx([100, 95 * (1 + 10 / 90 / 2), 100])
    nobody = np.zeros((1, 3))
    whole = past_inflow(stock, nobody, nobody)[0]
    alone = past_inflow(employed, nobody, nobody)[0]
    assert alone.sum() == pytest.approx(0.108, abs=0.001)
    assert whole.sum() == pytest.approx(0.0, abs=0.001)


def test_outside_the_known_years_job_seekers_stay_in_proportion() -> None:
    employed = np.array([[100.0, 200.0, 50.0], [10.0, 20.0, 30.0]])
    seekers = np.array([[np.nan, 20.0, np.nan], [np.nan, 4.0, np.nan]])
    np.testing.assert_allclose(with_job_seekers(employed, seekers), employed * [[1.1], [1.2]])


def test_the_last_year_of_every_cell_is_kept_as_it_was() -> None:
    rates = np.array([[0.01, 0.05], [0.02, 0.06]])
    seen, unseen = pooled_inflow([rates, np.zeros((2, 0))])
    assert seen.last is not None
    assert seen.last.tolist() == [0.05, 0.06]
    assert unseen.last is None


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
