"""Shocks of the net inflow: what trades share stays in their sum, and good years follow good ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.estimators.inflow_shocks import (
    INDEPENDENT,
    Assumed,
    Shocks,
    common_share,
    deviations,
    mean_error,
    persistence,
    shock_path,
    shock_structure,
)

NAN = float("nan")
shares = st.floats(0, 0.95)


def normals(seed: int, draws: int = 4000, years: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((draws, years))


def test_deviations_end_together_and_need_two_years() -> None:
    long, short, one = np.array([[1.0, 2.0, 6.0]] * 3), np.array([[4.0, 8.0]]), np.array([[5.0]])
    found = deviations([long, short, one])
    assert found[0].tolist() == [-2, -1, 3]
    np.testing.assert_equal(found[1], [NAN, -2, 2])
    assert np.isnan(found[2]).all()
    assert deviations([]).shape == (0, 0)


def test_common_share_by_hand_within_regions_only() -> None:
    # both years (2 + 1)² − 5 = 4 of 5
    rows = np.array([[2.0, -2.0], [1.0, -1.0], [NAN, 3.0], [NAN, -3.0]])
    assert common_share(rows[:2], ("BB", "BB")) == (pytest.approx(0.8), 2)
    # Σ products 4 + 4 − 18 < 0: trades that move against each other share nothing
    assert common_share(rows, ("BB", "BB", "DE", "DE")) == (0.0, 2)
    assert common_share(rows[:1], ("BB",)) == (0.0, 0)


@given(shares)
def test_common_share_is_found_again(common: float) -> None:
    together, rng = normals(1, 1, 400)[0], np.random.default_rng(2)
    rows = np.sqrt(common) * together + np.sqrt(1 - common) * rng.standard_normal((20, 400))
    assert common_share(rows, ["BB"] * 20)[0] == pytest.approx(common, abs=0.08)


def test_persistence_by_hand() -> None:
    # products 4 − 2 + 2 + 2 + 0 = 6; sizes (8 + 5 + 5 + 5 + 1)/2 = 12; ½ + (1 + 3·½)/6
    assert persistence(np.array([[2.0, 2, -1, -2, -1, 0]])) == (pytest.approx(0.5 + 2.5 / 6), 5)
    assert persistence(np.array([[2.0, 1.0, -1.0, -2.0]])) == (1.0, 3), "½ + (1 + 3·½)/4 is no correlation"
    assert persistence(np.array([[1.0, -1.0]])) == (0.0, 1)
    assert persistence(np.array([[NAN, 1.0]])) == (0.0, 0)


def test_few_years_leave_the_assumption_and_many_replace_it() -> None:
    assumed = Assumed(Shocks(0.5, 0.4), years=2, largest=Shocks(0.9, 0.7))
    assert shock_structure([], [], assumed) == Shocks(0.5, pytest.approx(0.4))
    two = [np.array([[0.01, -0.01]]), np.array([[0.02, -0.02]])]
    # common: (2·0.8 + 2·0.5)/4; persistence: (1·0 + 2·0.4)/3
    assert shock_structure(two, ["BB", "BB"], assumed) == Shocks(pytest.approx(0.65), pytest.approx(0.8 / 3))
    walk = [np.arange(10.0)[None], np.arange(10.0)[None]]
    assert shock_structure(walk, ["BB", "BB"], assumed) == Shocks(0.9, 0.7), "never more than is believed"


@given(shares, st.floats(0, 0.9))
def test_shocks_keep_their_variance_and_what_is_common_stays_in_sums(common: float, keep: float) -> None:
    shocks, together = Shocks(common, keep), normals(3)
    one, other = (shock_path(together, normals(seed), shocks) for seed in (4, 5))
    assert one.std(axis=0) == pytest.approx(np.ones(5), abs=0.06)
    for year in range(5):
        assert np.corrcoef(one[:, year], other[:, year])[0, 1] == pytest.approx(common, abs=0.06)
    assert np.corrcoef(one[:, 3], one[:, 4])[0, 1] == pytest.approx(keep, abs=0.06)


def test_independent_shocks_are_the_numbers_of_the_trade() -> None:
    own = normals(6, 10)
    np.testing.assert_array_equal(shock_path(normals(7, 10), own, INDEPENDENT), own)


def test_error_of_a_mean_by_hand() -> None:
    # 0.04²/8 · (1 + 0.5)/(1 − 0.5) = 0.0006, a quarter of it common
    common, own = mean_error(0.04, 8, Shocks(0.25, 0.5))
    assert (common**2, own**2) == pytest.approx((0.00015, 0.00045))
    assert mean_error(0.04, 1, Shocks(0.0, 0.5)) == (0, 0.04), "one year tells at least one year"
