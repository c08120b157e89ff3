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
