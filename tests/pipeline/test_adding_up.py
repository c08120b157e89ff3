"""Joint rounding of a made-up Land: districts, groups and parts add up and stay near their means."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.adding_up import FAMILIES, whole_points
from forecast.district_split import DISTRICTS
from forecast.errors import ModelError
from forecast.fit import LAND

INFLOW = ("net_inflow", "returners", "migration", "residual_inflow")
ACCOUNT = ("gap", "demand", "supply", *(part for part, _ in FAMILIES[0][1]))
NAMES = (*ACCOUNT, *INFLOW, "deaths")
YEARS = 2


def country(seed: int, trades: int) -> dict[tuple[str, str], np.ndarray]:
    """Means that close: random items and sides by district, the Land their sum."""
    rng = np.random.default_rng(seed)
    found = {}
    for trade in range(trades):
        parts = []
        for _ in DISTRICTS:
            table = rng.gamma(0.5, 3, (len(NAMES), YEARS))
            items = slice(3, len(ACCOUNT))
            table[items] *= rng.choice([-1, 1], (len(ACCOUNT) - 3, 1))
            table[NAMES.index("item_closures")] = 0
            table[0] = table[items].sum(axis=0)
            table[2] = 40 * rng.random(YEARS)
            table[1] = table[2] + table[0]
            at = len(ACCOUNT)
            table[at] = table[at + 1 : at + 4].sum(axis=0)
            parts.append(table)
        for region, table in zip((*DISTRICTS, LAND), (*parts, sum(parts)), strict=True):
            found[(region, f"T{trade}")] = np.asarray(table)
    return found


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_districts_make_the_land_parts_make_totals_and_sums_stay_near(seed: int, trades: int) -> None:
    exact = country(seed, trades)
    order = [f"T{trade}" for trade in range(trades)]
    found = whole_points(exact, NAMES, order)
    for trade in order:
        districts = np.sum([found[(region, trade)] for region in DISTRICTS], axis=0)
        assert (found[(LAND, trade)] == districts).all()
        for region in (*DISTRICTS, LAND):
            table = {name: found[(region, trade)][at] for at, name in enumerate(NAMES)}
            assert (table["gap"] == table["demand"] - table["supply"]).all()
            assert (table["gap"] == sum(table[item] for item in ACCOUNT[3:])).all()
            assert (table["net_inflow"] == sum(table[part] for part in INFLOW[1:])).all()
            assert (table["item_closures"] == 0).all(), "where nobody closes rounding closes nobody"
        for region in DISTRICTS:
            assert (np.abs(found[(region, trade)] - exact[(region, trade)]) < 1).all()
    for region in (*DISTRICTS, LAND):
        shown, meant = (sum(one[(region, trade)] for trade in order) for one in (found, exact))
        assert np.abs(shown - meant).max() < 4, "what is cut off in one trade is made good in the next"
        assert np.abs(shown - meant)[[0, -1]].max() < 3


def test_what_is_printed_stands_and_the_districts_share_it() -> None:
    exact = {
        ("HWK-FF", "A"): np.array([[10.2, 3.3]]), ("HWK-CB", "A"): np.array([[11.3, 3.3]]),
        ("HWK-P", "A"): np.array([[7.9, 3.4]]), (LAND, "A"): np.array([[29.4, 10.0]]),
    }  # fmt: skip
    printed = {(LAND, "A"): np.array([[30.0, np.nan]])}
    found = whole_points(exact, ["new_contracts"], ["A"], printed)
    assert found[(LAND, "A")].tolist() == [[30, 10]]
    assert np.sum([found[(region, "A")] for region in DISTRICTS], axis=0).tolist() == [[30, 10]]
    assert all(np.abs(found[(region, "A")] - exact[(region, "A")]).max() < 1.5 for region in DISTRICTS)


def test_a_land_without_districts_is_rounded_by_itself_and_what_is_missing_stays_missing() -> None:
    exact = {(LAND, "A"): np.array([[2.4, np.nan]]), ("HWK-FF", "A"): np.array([[1.4, 5.0]])}
    found = whole_points(exact, ["deaths"], ["A", "B"])
    assert found[(LAND, "A")][0, 0] == 2
    assert np.isnan(found[(LAND, "A")][0, 1])
    assert found[("HWK-FF", "A")].tolist() == [[1, 5]]
    assert set(found) == set(exact)


def test_parts_that_do_not_make_their_total_are_refused() -> None:
    table = np.array([[5.0], [2.0], [2.0], [2.0]])
    with pytest.raises(ModelError, match="net_inflow"):
        whole_points({("DE", "A"): table}, INFLOW, ["A"])
