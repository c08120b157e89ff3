"""Skilled workers from occupation groups: worked by hand, with events taken out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.domain.codes import OccupationLink
from forecast.estimators.occupations import (
    GroupFigures,
    TradeFigures,
    matched,
    skilled_workers,
    splice_level,
    take_out_step,
    trade_shares,
)

YEARS = np.array([2020, 2021, 2022])


def link(trade: str, group: str, weight: float, role: str = "main") -> OccupationLink:
    return OccupationLink(trade, group, role, weight, weight, weight, None, None, "source", "s", "", None)


def figures(share: float) -> TradeFigures:
    group = GroupFigures(
        "KldB-1", YEARS, np.array([100.0, 110.0, 90.0]), np.array([8.0, 6.0, 4.0]), np.full(3, 10.0)
    )
    return TradeFigures("A-01", "XX", (group,), (share,), (np.array([10.0, 10.0, 10.0]),))


def test_shares_divide_a_group_by_weighted_apprentices() -> None:
    links = [link("A-01", "KldB-1", 1.0), link("A-02", "KldB-1", 0.5), link("A-02", "KldB-2", 0.5)]
    shares = trade_shares(links, {"A-01": 30.0, "A-02": 20.0}, "KldB-1")
    assert shares == pytest.approx({"A-01": 0.75, "A-02": 0.25})
    assert trade_shares(links, {"A-01": 30.0, "A-02": 20.0}, "KldB-2") == {"A-02": 1.0}


@given(st.lists(st.floats(0.5, 500), min_size=1, max_size=6))
def test_shares_of_a_group_add_up(stocks: list[float]) -> None:
    links = [link(f"A-{n:02}", "KldB-1", 1.0) for n in range(len(stocks))]
    shares = trade_shares(links, {f"A-{n:02}": stock for n, stock in enumerate(stocks)}, "KldB-1")
    assert sum(shares.values()) == pytest.approx(1)


def test_a_drawn_weight_moves_every_trade_of_the_group_and_the_shares_still_add_up() -> None:
    """30 and 20 apprentices; the second trade has half, then twice as many workers per apprentice."""
    links = [link("A-01", "KldB-1", 1.0), link("A-02", "KldB-1", 1.0)]
    staff = {"A-02": np.array([0.5, 2.0])}
    shares = trade_shares(links, {"A-01": 30.0, "A-02": 20.0}, "KldB-1", staff)
    np.testing.assert_allclose(shares["A-01"], [30 / 40, 30 / 70])
    np.testing.assert_allclose(shares["A-02"], [10 / 40, 40 / 70])
    coverage = {"KldB-1": np.array([0.5, 1.0])}
    drawn = replace(figures(0.0), shares=(shares["A-02"],))
    np.testing.assert_allclose(skilled_workers(drawn, coverage)[:, 0], [90 * 0.5 * 0.25, 90 * 4 / 7])


def test_a_trade_without_apprentices_gets_no_share() -> None:
    assert trade_shares([link("A-01", "KldB-1", 1.0)], {"A-01": 0.0}, "KldB-1") == {}


def test_skilled_workers_leave_out_apprentices_and_what_is_not_covered() -> None:
    coverage = {"KldB-1": np.array([0.5, 1.0])}
    assert skilled_workers(figures(0.4), coverage) == pytest.approx(
        np.array([[18.0, 20.0, 16.0], [36.0, 40.0, 32.0]])
    )


def test_vacancies_of_one_year() -> None:
    assert matched(figures(0.5), {"KldB-1": np.array([0.5, 1.0])}, "vacancies", 2021) == pytest.approx(
        [1.5, 3.0]
    )


def test_unpublished_year_is_missing_not_zero() -> None:
    assert np.isnan(matched(figures(0.5), {"KldB-1": np.array([1.0])}, "unemployed", 1999)).all()


def test_a_plant_is_taken_out_of_the_total() -> None:
    total, local = np.array([500.0, 620.0, 640.0]), np.array([100.0, 210.0, 240.0])
    assert take_out_step(YEARS, total, local, 2021, None).tolist() == [500.0, 510.0, 500.0]


def test_a_finished_step_takes_out_its_own_years_only() -> None:
    total, local = np.array([500.0, 620.0, 640.0]), np.array([100.0, 210.0, 240.0])
    assert take_out_step(YEARS, total, local, 2021, 2021).tolist() == [500.0, 510.0, 530.0]


def test_without_a_year_before_nothing_is_invented() -> None:
    total = np.array([500.0, 620.0, 640.0])
    assert take_out_step(YEARS, total, np.array([np.nan, 1.0, 2.0]), 2021, None).tolist() == total.tolist()
    assert take_out_step(YEARS, total, np.ones(3), 2020, None).tolist() == total.tolist()
    assert splice_level(YEARS, total, np.array([np.nan, 1.0, 2.0]), 2021).tolist() == total.tolist()


def test_a_recoded_group_is_lifted_before_the_break() -> None:
    total, local = np.array([500.0, 620.0, 640.0]), np.array([100.0, 210.0, 240.0])
    assert splice_level(YEARS, total, local, 2021).tolist() == [610.0, 620.0, 640.0]
