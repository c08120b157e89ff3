"""The net inflow told apart: the parts add to it in every draw, each with chance of its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.domain.inflow_parts import (
    INFLOW_PARTS,
    MIGRATION,
    RESIDUAL_INFLOW,
    RETURNERS,
    residual_inflow,
    split_inflow,
)
from forecast.domain.workforce import whole_numbers
from forecast.errors import ModelError


def test_one_year_worked_on_paper_on_average(case) -> None:
    rates, year = case("inflow_parts")["rates"], case("inflow_parts")["year"]
    draws = 40_000
    parts = split_inflow(
        np.full(draws, year["net_inflow"]),
        np.full(draws, year["opening"]),
        {name: np.full(draws, float(rates[name])) for name in (RETURNERS, MIGRATION)},
        np.random.default_rng(5),
    )
    assert tuple(parts) == INFLOW_PARTS
    for name, expected in (
        (RETURNERS, "expected_returners"),
        (MIGRATION, "expected_migration"),
        (RESIDUAL_INFLOW, "expected_residual"),
    ):
        error = parts[name].std() / np.sqrt(draws)
        assert parts[name].mean() == pytest.approx(float(year[expected]), abs=5 * error)
    # chance in six people who come back one by one: as much variance as mean
    assert parts[RETURNERS].var() == pytest.approx(6.0, rel=0.05)


def test_two_years_of_items_worked_on_paper(case) -> None:
    items = {
        name: np.array(row, dtype=float) for name, row in case("inflow_parts")["item_of_two_years"].items()
    }
    np.testing.assert_array_equal(
        items["returners"] + items["migration"] + items["residual"], items["net_inflow"]
    )
    yearly = {name: -np.diff(row, prepend=0) for name, row in items.items()}
    np.testing.assert_array_equal(
        residual_inflow(yearly["net_inflow"], yearly["returners"], yearly["migration"]), yearly["residual"]
    )


@given(
    seed=st.integers(0, 2**32),
    size=st.sampled_from([0, 1, 30, 20_000]),
    moving=st.floats(-0.5, 0.5),
    back=st.floats(0, 0.5),
    net=st.floats(-0.5, 0.5),
)
def test_the_parts_add_to_the_net_inflow_whatever_it_is(seed, size, moving, back, net) -> None:
    rng = np.random.default_rng(seed)
    opening = rng.integers(0, size + 1, 20)
    total = whole_numbers(opening * net, rng)
    parts = split_inflow(total, opening, {RETURNERS: np.full(20, back), MIGRATION: np.full(20, moving)}, rng)
    np.testing.assert_array_equal(sum(parts.values()), total)
    assert all(part.dtype == np.int64 for part in parts.values())
    assert parts[RETURNERS].min() >= 0
    assert np.all(parts[MIGRATION] * np.sign(moving) >= 0)
    assert not any(parts[name][opening == 0].any() for name in (RETURNERS, MIGRATION))


def test_what_nobody_knows_stays_in_the_residual() -> None:
    total, opening = np.array([3, -2]), np.array([10, 10])
    parts = split_inflow(total, opening, {}, np.random.default_rng(1))
    assert parts[RESIDUAL_INFLOW].tolist() == [3, -2]
    assert not parts[RETURNERS].any()
    assert not parts[MIGRATION].any()


@pytest.mark.parametrize(
    ("rates", "where"),
    [
        ({RETURNERS: np.array([0.1, -0.1])}, RETURNERS),
        ({MIGRATION: np.array([0.1, np.nan])}, MIGRATION),
        ({"tourists": np.zeros(2)}, "Teile des Zugangs"),
    ],
)
def test_a_rate_that_cannot_be_is_refused_by_name(rates, where: str) -> None:
    with pytest.raises(ModelError) as caught:
        split_inflow(np.array([1, 1]), np.array([5, 5]), rates, np.random.default_rng(1))
    assert caught.value.where == where
