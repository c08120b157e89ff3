"""The yardsticks by hand: gaps, single points, constants, zeros, and the same answer at every origin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.errors import ModelError
from forecast.estimators.baselines import BASELINES, filled, left_aligned, point, rolling_baselines

NAN = float("nan")
ALPHAS = (0.2, 0.5, 1.0)
YEARS = np.array([2018, 2019, 2021, 2022])
VALUES = np.array([10.0, 16.0, 13.0, 18.0])


def forecast(
    name: str, values: np.ndarray = VALUES, years: np.ndarray = YEARS, horizon: int = 2
) -> list[float]:
    return point(name, years, values, horizon, damping=0.5, alphas=ALPHAS).tolist()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("last", [18.0, 18.0]),
        ("mean3", [47 / 3, 47 / 3]),
        ("drift", [20.0, 22.0]),  # 8 persons in four years
        ("damped_drift", [19.0, 19.5]),  # 2·(1/2), 2·(1/2 + 1/4)
        # α = 1: errors 6, −3, 5 → 70; α = 0.5: 6, 0, 5 → 61; α = 0.2: 6, 1.8, 6.44 → 80.7
        ("ses", [15.5, 15.5]),
        ("combination", [(18 + 15.5 + 19) / 3, (18 + 15.5 + 19.5) / 3]),
    ],
)
def test_by_hand_with_a_missing_year(name: str, expected: list[float]) -> None:
    assert forecast(name) == pytest.approx(expected)


@pytest.mark.parametrize("name", BASELINES)
def test_a_gap_written_as_nan_is_the_same_gap_and_order_does_not_matter(name: str) -> None:
    years, values = np.array([2022, 2018, 2020, 2019, 2021]), np.array([18.0, 10.0, NAN, 16.0, 13.0])
    assert forecast(name, values, years) == pytest.approx(forecast(name))


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("values", [[7.0], [7.0, 7.0, 7.0], [0.0, 0.0]])
def test_one_point_constants_and_zeros_stay(name: str, values: list[float]) -> None:
    years = np.arange(2020, 2020 + len(values))
    assert forecast(name, np.array(values), years, 3) == pytest.approx([values[0]] * 3)


def test_two_values_make_a_short_mean() -> None:
    assert forecast("mean3", np.array([4.0, 10.0]), np.array([2020, 2021])) == [7.0, 7.0]


@given(st.lists(st.floats(0, 1e5) | st.just(NAN), min_size=2, max_size=12))
def test_every_origin_gives_what_the_shortened_history_gives(values: list[float]) -> None:
    values = [3.0, *values]
    grid = np.array([values])
    rolled = rolling_baselines(grid, 3, damping=0.7, alphas=ALPHAS)
    for origin in np.flatnonzero(~np.isnan(grid[0])):
        cut = np.array(values[: origin + 1])
        for name in BASELINES:
            single = point(name, np.arange(cut.size), cut, 3, damping=0.7, alphas=ALPHAS)
            assert rolled[name][0, origin] == pytest.approx(single, rel=1e-9, abs=1e-6)


def test_alignment_counts_from_the_first_observed_year() -> None:
    grid, first = left_aligned(
        [(np.array([2019, 2020, 2022]), np.array([NAN, 4.0, 6.0])), (np.array([2001]), np.array([1.0]))]
    )
    assert first.tolist() == [2020, 2001]
    assert grid[0].tolist() == pytest.approx([4.0, NAN, 6.0], nan_ok=True)
    assert grid[1].tolist() == pytest.approx([1.0, NAN, NAN], nan_ok=True)
    assert filled(grid)[0].tolist() == [4.0, 4.0, 6.0]
    assert np.isnan(filled(grid)[1, 1:]).all()


def test_unknown_methods_and_empty_histories_are_refused() -> None:
    with pytest.raises(ModelError, match="Unbekanntes Verfahren"):
        forecast("prophet")
    with pytest.raises(ModelError, match="ohne beobachteten Wert"):
        forecast("last", np.array([NAN, NAN]), np.array([2020, 2021]))
