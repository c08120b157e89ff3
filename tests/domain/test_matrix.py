"""The matrix: an explanation that sums to the gap, before and after rounding."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecast.domain.demand import base_demand, demand_path, expansion_since_base
from forecast.domain.matrix import (
    ITEM_SIGNS,
    ITEMS,
    DemandParts,
    SupplyParts,
    explain,
    round_coherently,
    round_matrix,
)
from forecast.errors import ModelError

EXITS = ("deaths", "retirements", "health_exits", "craft_leavers", "jobs_lost_closures")
parts_of_any_sign = hnp.arrays(np.float64, st.integers(1, 12), elements=st.floats(-1e5, 1e5))
flow = hnp.arrays(np.float64, (2, 3), elements=st.floats(0, 500))


def paper_cell(paper):
    """The demand and supply sides of the cell written down in the case file."""
    employed, vacancies, seekers = (
        np.array([float(paper[name])]) for name in ("employed", "vacancies", "job_seekers")
    )
    index = np.array([[float(value) for value in paper["growth_index"]]])
    cumulated = {name: np.cumsum([[float(v) for v in row]], axis=1) for name, row in paper["yearly"].items()}
    exits = {cause: cumulated.pop(cause) for cause in EXITS}
    inflows = sum(cumulated.values())
    supply = (employed + seekers)[:, None] + inflows - sum(exits.values())
    demand = demand_path(employed, vacancies, index)
    expansion = expansion_since_base(demand, base_demand(employed, vacancies))
    return (
        DemandParts(demand, employed, vacancies, expansion),
        SupplyParts(supply, seekers, exits, **cumulated),
    )


def test_the_cell_worked_on_paper(case, same_as_printed):
    paper = case("matrix_cell")
    demand, supply = paper_cell(paper)
    same_as_printed(supply.supply, paper["expected"]["supply"])
    same_as_printed(demand.demand - supply.supply, paper["expected"]["gap"])
    items = explain(demand, supply)
    assert tuple(items) == ITEMS == tuple(paper["expected"]["items"])
    for item, printed in paper["expected"]["items"].items():
        same_as_printed(items[item], printed)


def test_the_cell_rounded_on_paper(case):
    paper = case("matrix_cell")
    demand, supply = paper_cell(paper)
    items = {item: float(values[0, 0]) for item, values in explain(demand, supply).items()}
    cell = round_matrix(float(demand.demand[0, 0]), float(supply.supply[0, 0]), items)
    expected = paper["rounded_first_year"]
    assert (cell.demand, cell.supply, cell.gap) == (expected["demand"], expected["supply"], expected["gap"])
    assert cell.items == expected["items"]


@given(flows=st.lists(flow, min_size=8, max_size=8), signed=st.tuples(flow, flow), index=flow,
       heads=st.floats(0, 5_000))  # fmt: skip
def test_the_explanation_sums_to_the_gap_for_any_flows(flows, signed, index, heads):
    employed, vacancies, seekers = np.full(2, heads), np.array([3.5, 0]), np.array([0, 7.25])
    exits = dict(zip(EXITS, flows[:5], strict=True))
    expansion = index - 250
    demand = (employed + vacancies)[:, None] + expansion
    moving, rest = signed[0] - 250, signed[1] - 250
    supply = (employed + seekers)[:, None] - sum(flows[:5]) + sum(flows[5:]) + moving + rest
    items = explain(
        DemandParts(demand, employed, vacancies, expansion),
        SupplyParts(supply, seekers, exits, *flows[5:], moving, rest),
    )
    np.testing.assert_allclose(sum(items.values()), demand - supply, atol=1e-8)
    for item, sign in ITEM_SIGNS.items():
        assert sign == 0 or np.all(items[item] * sign >= 0), item


def test_a_forgotten_flow_is_noticed(case):
    demand, supply = paper_cell(case("matrix_cell"))
    short = replace(supply, entrants_contracted=supply.entrants_contracted - 0.01)
    with pytest.raises(ModelError, match="nicht die Fachkräftelücke"):
        explain(demand, short)
    for part in ("returners", "migration", "residual_inflow"):
        yearly = np.diff(getattr(supply, part), axis=1, prepend=0)  # not cumulated
        with pytest.raises(ModelError, match="nicht die Fachkräftelücke"):
            explain(demand, replace(supply, **{part: yearly}))


def test_a_contribution_of_the_wrong_sign_is_noticed(case):
    demand, supply = paper_cell(case("matrix_cell"))
    swapped = replace(supply, entrants_contracted=-supply.entrants_contracted)
    with pytest.raises(ModelError, match="falsche Vorzeichen") as caught:
        explain(demand, swapped)
    assert caught.value.where == "item_entrants_contracted"
    fled = replace(supply, returners=-supply.returners, migration=supply.migration + 2 * supply.returners)
    with pytest.raises(ModelError, match="falsche Vorzeichen") as caught:
        explain(demand, fled)
    assert caught.value.where == "item_returners"


@given(parts=parts_of_any_sign)
def test_rounding_reaches_the_total_and_moves_nothing_by_one(parts):
    total = int(np.rint(parts.sum()))
    rounded = round_coherently(parts, total)
    assert rounded.sum() == total
    assert np.all(np.abs(rounded - parts) < 1)
    whole = parts == np.rint(parts)
    np.testing.assert_array_equal(rounded[whole], parts[whole])


def test_rounding_raises_the_largest_remainders_and_ties_by_order():
    assert round_coherently(np.array([0.2, 0.9, 0.9]), 2).tolist() == [0, 1, 1]
    assert round_coherently(np.array([0.5, 0.5, 0.5, 0.5]), 2).tolist() == [1, 1, 0, 0]
    assert round_coherently(np.array([-1.5, 2.5]), 1).tolist() == [-1, 2]
    # 30 of 60 go up: all twenty with .75, then the first ten of the twenty with .5
    raised = round_coherently(np.tile([0.25, 0.5, 0.75], 20), 30).reshape(20, 3)
    assert raised.tolist() == [[0, 1, 1]] * 10 + [[0, 0, 1]] * 10
    assert round_coherently(np.array([]), 0).tolist() == []


@pytest.mark.parametrize(("parts", "total"), [([1.2, 1.2], 5), ([1.2, 1.2], 1), ([2.0, 3.0], 6), ([], 1)])
def test_a_total_out_of_reach_is_refused(parts, total):
    with pytest.raises(ModelError, match="nicht auf ihre Summen runden"):
        round_coherently(np.array(parts), total)


@given(
    demand=st.floats(0, 1e5),
    seekers=st.floats(0, 50),
    flows=st.lists(st.floats(-300, 300), min_size=len(ITEMS) - 1, max_size=len(ITEMS) - 1),
)
def test_a_rounded_cell_adds_exactly(demand, seekers, flows):
    items = dict(zip(ITEMS, [*flows, -seekers], strict=True))
    gap = sum(items.values())
    supply = demand - gap
    if supply < 0:
        demand, supply = demand - supply, 0.0
    cell = round_matrix(demand, supply, items)
    assert sum(cell.items.values()) == cell.gap == cell.demand - cell.supply
    assert abs(cell.gap - gap) <= 0.5 + 1e-9
    assert abs(cell.demand - demand) < 1 + 1e-9
    assert abs(cell.supply - supply) < 1 + 1e-9
    assert min(cell.demand, cell.supply) >= 0
    assert all(abs(cell.items[item] - value) < 1 for item, value in items.items())
    assert all(type(value) is int for value in (cell.demand, cell.supply, cell.gap, *cell.items.values()))


def test_items_that_do_not_add_to_the_cell_are_refused():
    with pytest.raises(ModelError, match="nicht Bedarf − Angebot"):
        round_matrix(100.0, 90.0, {"item_vacancies": 10.5})


def test_a_trade_without_businesses_loses_nobody_to_closures(case):
    demand, supply = paper_cell(case("matrix_cell"))
    lost = supply.exits["jobs_lost_closures"]
    without = {cause: flow for cause, flow in supply.exits.items() if cause != "jobs_lost_closures"}
    items = explain(demand, replace(supply, supply=supply.supply + lost, exits=without))
    assert not items["item_closures"].any()
