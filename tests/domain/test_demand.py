"""Demand: what firms have, what they look for, and growth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecast.domain.demand import (
    base_demand,
    demand_path,
    expansion_demand,
    expansion_since_base,
    met_demand,
    net_replacement,
    replacement_demand,
)
from forecast.errors import ModelError

heads = hnp.arrays(np.float64, 3, elements=st.floats(0, 1e5))
indices = hnp.arrays(np.float64, (3, 4), elements=st.floats(0, 3))


def test_demand_of_the_cell_worked_on_paper(case, same_as_printed):
    paper = case("matrix_cell")
    employed, vacancies = np.array([float(paper["employed"])]), np.array([float(paper["vacancies"])])
    base = base_demand(employed, vacancies)
    demand = demand_path(employed, vacancies, np.array([[float(i) for i in paper["growth_index"]]]))
    same_as_printed(base, "530")
    same_as_printed(demand, paper["expected"]["demand"])
    same_as_printed(expansion_demand(demand, base), paper["expected"]["expansion_demand"])
    same_as_printed(expansion_since_base(demand, base), paper["expected"]["items"]["item_expansion"])


@given(employed=heads, vacancies=heads, index=indices)
def test_base_and_expansions_add_up_to_demand(employed, vacancies, index):
    base, demand = base_demand(employed, vacancies), demand_path(employed, vacancies, index)
    since = expansion_since_base(demand, base)
    np.testing.assert_allclose(base[:, None] + since, demand, rtol=1e-12, atol=1e-6)
    np.testing.assert_allclose(np.cumsum(expansion_demand(demand, base), axis=1), since, atol=1e-6)


@given(employed=heads, vacancies=heads)
def test_an_index_of_one_keeps_the_base_year(employed, vacancies):
    demand = demand_path(employed, vacancies, np.ones((3, 5)))
    assert not expansion_since_base(demand, base_demand(employed, vacancies)).any()


def test_employed_are_limited_by_the_smaller_side_by_hand():
    employed, wanted, there = np.array([80.0]), np.array([100.0]), np.array([90.0])
    demand, supply = np.array([[110.0, 150.0, 50.0]]), np.array([[99.0, 81.0, 81.0]])
    found = met_demand(demand, supply, employed, wanted, there)
    # 110·0.8 = 99·80/90; then people are missing, then work
    assert found[0] == pytest.approx([88, 72, 40])


@given(
    hnp.arrays(float, (3, 4), elements=st.floats(0, 1e4)),
    hnp.arrays(float, (3, 4), elements=st.floats(0, 1e4)),
)
def test_nobody_is_employed_who_is_not_wanted_or_not_there(demand, supply):
    employed, open_places, seekers = (
        np.array([50.0, 0.0, 7.0]),
        np.array([5.0, 0.0, 0.0]),
        np.array([0.0, 0.0, 9.0]),
    )
    found = met_demand(demand, supply, employed, employed + open_places, employed + seekers)
    assert np.all(found <= demand)
    assert np.all(found <= supply)
    assert np.all(found >= 0)


def test_replacement_counts_every_cause_once():
    exits = {
        "deaths": np.array([[1, 2]]),
        "retirements": np.array([[14, 0]]),
        "craft_leavers": np.array([[3, 5]]),
    }
    assert replacement_demand(exits).tolist() == [[18, 7]]


def test_negative_or_missing_figures_are_named():
    ones = np.ones(2)
    with pytest.raises(ModelError) as caught:
        base_demand(ones, np.array([1.0, -1.0]))
    assert caught.value.where == "vacancies"
    with pytest.raises(ModelError) as caught:
        base_demand(ones * np.nan, ones)
    assert caught.value.where == "employed"
    with pytest.raises(ModelError, match="Bedarfsindex"):
        demand_path(ones, ones, np.array([[1.0], [-0.1]]))


def test_the_net_method_sees_what_cohorts_have_become_smaller_by():
    ages, years = 8, 6
    opening = np.zeros((1, ages), dtype=np.int64)
    opening[0, 1] = 50
    by_age = np.zeros((1, years, ages), dtype=np.int64)
    for step in range(years):
        by_age[0, step, min(2 + step, ages - 1)] = 50 - 4 * (step + 1)  # four leave a year
    by_age[0, 4, 5] = 30  # newcomers of an age nobody had five years before
    found = net_replacement(opening, by_age)
    assert np.all(np.isnan(found[0, :4]))
    assert found[0, 4] == 4  # (50 − 30)/5: as many as left, because nobody came at that age
    replaced = by_age.copy()
    replaced[0, 4, 6] = 50  # those who left have been made good at the same age
    assert net_replacement(opening, replaced)[0, 4] == 0


@given(seed=st.integers(0, 2**32))
def test_the_net_method_never_counts_more_than_there_was(seed):
    rng = np.random.default_rng(seed)
    opening, by_age = rng.integers(0, 30, (2, 9)), rng.integers(0, 30, (2, 7, 9))
    found = net_replacement(opening, by_age)[:, 4:]
    before = np.concatenate([opening[:, None], by_age], axis=1)[:, :-5].sum(axis=2)
    assert np.all((found >= 0) & (found <= before / 5))
