"""Ages where they are not published: totals and shares that were given stay what they were."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.estimators.ages import moved_forward, typical
from forecast.estimators.contracts_path import carried_forward, contract_path, district_path


@given(
    st.lists(st.floats(0, 100), min_size=4, max_size=4).filter(lambda shape: sum(shape) > 1),
    st.lists(st.floats(0, 1), min_size=4, max_size=4),
    st.integers(0, 12),
)
def test_moving_cohorts_forward_keeps_the_total(shape: list[float], staying: list[float], years: int) -> None:
    moved = moved_forward(np.array(shape), np.array(staying), np.array([0.6, 0.4, 0.0, 0.0]), years)
    assert moved.sum() == pytest.approx(sum(shape))
    assert (moved >= -1e-9).all()


def test_a_large_cohort_keeps_its_birth_year() -> None:
    shape = np.array([1.0, 9.0, 1.0, 1.0])
    moved = moved_forward(shape, np.array([1.0, 1.0, 1.0, 0.0]), np.array([1.0, 0, 0, 0]), 2)
    assert int(moved.argmax()) == 3


def test_typical_hazard_of_every_shape() -> None:
    assert typical(np.array([0.1, 0.2])).tolist() == [0.1, 0.2]
    assert typical(np.array([[0.1, 0.2], [0.3, 0.4]])) == pytest.approx([0.2, 0.3])
    by_year = np.stack([np.full((2, 2), 0.1), np.full((2, 2), 0.9)], axis=1)
    np.testing.assert_allclose(typical(by_year), [[0.1, 0.1], [0.9, 0.9]])


def test_rounded_figures_vary_within_their_rounding_and_never_below_zero() -> None:
    uniforms = np.random.default_rng(3).random((500, 2, 4))
    path = contract_path(
        np.array([2022, 2023]),
        np.array([3.0, 300.0]),
        np.full((500, 2), 280.0),
        base=3,
        cells=4,
        uniforms=uniforms,
    )
    assert path.years.tolist() == [2022, 2023, 2024, 2025]
    assert path.contracted.tolist() == [True, True, False, False]
    assert path.draws[:, 0].min() >= 0
    assert 294 <= path.draws[:, 1].min() < 298 < 302 < path.draws[:, 1].max() <= 306
    assert path.draws[:, 1].std() == pytest.approx(3 * np.sqrt(4 / 12), rel=0.1)


def test_a_district_is_a_share_of_its_land_in_every_draw() -> None:
    land = contract_path(
        np.array([2023]),
        np.array([100.0]),
        np.array([[90.0], [120.0]]),
        base=3,
        cells=1,
        uniforms=np.full((2, 1, 1), 0.5),
    )
    assert district_path(land, np.array([[0.3], [0.5]])).draws.tolist() == [[30.0, 27.0], [50.0, 60.0]]


def test_last_known_stock_is_kept_for_years_not_yet_published() -> None:
    assert carried_forward({2020: 4.0, 2022: 6.0}, np.array([2019, 2020, 2021, 2022, 2025])).tolist() == [
        4,
        4,
        4,
        6,
        6,
    ]
