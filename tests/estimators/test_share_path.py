"""The district's share of the Land moves as the chamber's totals say, and only that much is known of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.share_path import ShareTotals, share_movement, year_totals
from forecast.sources.definitions import read_definitions

YEARS = np.arange(2010, 2031)


@pytest.fixture(scope="module")
def parameters(data_root: Path) -> ParameterDraws:
    return ParameterDraws(read_definitions(data_root).parameters, 3, 4000)


def totals(ratio_2014: float) -> ShareTotals:
    district, land = np.array([600.0 * ratio_2014, 600.0, 606.0]), np.full(3, 2000.0)
    return year_totals(np.array([2014, 2020, 2022]), district, land, anchor=2020)


def test_the_year_the_trades_were_counted_in_does_not_move(parameters: ParameterDraws) -> None:
    moved = share_movement(totals(0.85), YEARS, parameters)
    assert moved[:, YEARS == 2020] == pytest.approx(1)
    assert (moved > 0).all()


def test_a_lower_total_lowers_the_share_of_its_year_and_of_the_years_near_by(
    parameters: ParameterDraws,
) -> None:
    low, level = (share_movement(totals(ratio), YEARS, parameters).mean(axis=0) for ratio in (0.85, 1.0))
    assert 0.85 < low[YEARS == 2014][0] < 0.92  # drawn a little to the level: totals have errors of their own
    assert low[YEARS == 2013][0] < low[YEARS == 2017][0] < low[YEARS == 2019][0]
    assert level[YEARS == 2014][0] == pytest.approx(1, abs=0.02)


def test_totals_narrow_the_years_they_speak_of_and_no_others(parameters: ParameterDraws) -> None:
    known = np.log(share_movement(totals(1.0), YEARS, parameters)).std(axis=0)
    blind = np.log(share_movement(ShareTotals(anchor=2020), YEARS, parameters)).std(axis=0)
    assert known[YEARS == 2022][0] < 0.75 * blind[YEARS == 2022][0]
    assert known[YEARS == 2030][0] == pytest.approx(blind[YEARS == 2030][0], rel=0.2)
    # without totals two deviations of spread s ten years apart: s·√(2·(1 − e⁻²))
    assert blind[YEARS == 2030][0] == pytest.approx(0.1 * np.sqrt(2 * (1 - np.exp(-2))), rel=0.05)


def test_years_without_one_of_the_two_counts_say_nothing() -> None:
    found = year_totals(
        np.array([2013, 2014, 2020]), np.array([600.0, np.nan, 860.0]), np.array([0.0, 1600.0, 1977.0]), None
    )
    assert found.years.tolist() == [2020]
    assert found.log_ratio == pytest.approx([np.log(860 / 1977)])
    assert found.noise == pytest.approx([1 / 860 + 1 / 1977])
