"""Successors come from the masters there are; what is due is handed over, closed or put off."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecast.domain.succession import (
    ClosingFirms,
    Survival,
    firms_by_trade,
    jobs_lost_share,
    project_owners,
    training_capacity,
    training_lost_share,
)
from forecast.errors import ModelError

AGES, YEARS, DRAWS = 5, 4, 3
YOUNG = np.eye(AGES)[0]
share = st.floats(0, 1)


def project(owners, rates, takers, *, success=1.0, put_off=0.0, seed=1, years=1, due=1.0):
    column = np.ones(len(owners))
    return project_owners(
        owners, rates, column * due, column * success, YOUNG, column * 0, YOUNG, years,
        np.random.default_rng(seed), takers=takers, put_off=column * put_off,
    )  # fmt: skip


def test_succession_and_masters_worked_on_paper(case):
    paper = case("paper_succession_masters")
    draws = 2000
    owners = np.zeros((draws, AGES), dtype=np.int64)
    owners[:, 1], owners[:, 2] = paper["owners"] - paper["leaving"], paper["leaving"]
    rates = np.array([0.0, 0, 1, 0, 0])
    for one in paper["cases"]:
        takers = np.full((draws, 1), one["possible"] / paper["possible_in_base_year"])
        paths = project(owners, rates, takers, put_off=float(one["put_off"]))
        assert np.all(paths.successions_due == paper["due"]), one["title"]
        assert np.all(paths.postponed == one["postponed"]), one["title"]
        if "mean_handovers" in one:
            assert paths.handovers.mean() == pytest.approx(float(one["mean_handovers"]), abs=0.2)
            assert paths.closures.mean() == pytest.approx(float(one["mean_closures"]), abs=0.2)
        else:
            assert np.all(paths.handovers == one["handovers"]), one["title"]
            assert np.all(paths.closures == one["closures"]), one["title"]


@given(
    owners=hnp.arrays(np.int64, (DRAWS, AGES), elements=st.integers(0, 40)),
    rates=hnp.arrays(np.float64, AGES, elements=share),
    takers=hnp.arrays(np.float64, (DRAWS, YEARS), elements=st.floats(0, 3)),
    due=share,
    success=share,
    put_off=share,
    seed=st.integers(0, 2**32),
)
def test_due_is_handed_over_closed_or_put_off_in_every_draw(
    owners, rates, takers, due, success, put_off, seed
):
    paths = project(owners, rates, takers, success=success, put_off=put_off, seed=seed, years=YEARS, due=due)
    failed, silent = paths.failed_successions, paths.silent_closures
    np.testing.assert_array_equal(paths.successions_due, paths.handovers + failed + paths.postponed)
    np.testing.assert_array_equal(paths.closures, failed + silent)
    np.testing.assert_array_equal(paths.owners_leaving, paths.handovers + paths.closures)
    np.testing.assert_array_equal(
        paths.owners, paths.owners_before - paths.owners_leaving + paths.handovers + paths.foundings
    )
    for count in (paths.handovers, failed, silent, paths.postponed, paths.owners):
        assert count.min() >= 0


def test_half_the_masters_hand_over_less_close_more_and_cost_jobs_and_training_places():
    draws, years = 500, 8
    owners = np.tile(np.array([60, 60, 60, 60, 0]), (draws, 1))
    rates = np.array([0, 0, 0.1, 0.4, 0])
    falling = np.tile(np.linspace(1, 0.5, years), (draws, 1))
    usual, halved = (
        project(owners, rates, takers, success=0.7, put_off=0.1, years=years, due=0.7)
        for takers in (np.ones((draws, years)), falling)
    )
    assert halved.handovers.sum() < usual.handovers.sum()
    assert halved.closures.sum() > usual.closures.sum()
    one = np.ones(draws)
    closing, survival = ClosingFirms(one * 0.05, one * 0.3, one * 0.3), Survival(one, 5)
    for lost in (jobs_lost_share, training_lost_share):
        assert lost(halved, closing)[:, -1].mean() > lost(usual, closing)[:, -1].mean()
    capacities = [training_capacity(paths, closing, survival, one * 0.01) for paths in (usual, halved)]
    assert capacities[1][:, -1].mean() < capacities[0][:, -1].mean()


def test_who_puts_off_is_an_owner_a_year_older():
    owners = np.array([[0, 0, 10, 0, 0]])
    paths = project(owners, np.array([0, 0, 1, 0, 0]), np.zeros((1, 3)), put_off=1.0, years=3)
    assert paths.owners.tolist() == [[10, 10, 0]]  # put off, then not asked, then beyond the last age
    assert paths.postponed.tolist() == [[10, 0, 0]]
    assert paths.closures.tolist() == [[0, 0, 10]]


def test_firms_of_trades_worked_on_paper(case):
    paper = case("paper_firms_of_trades")
    total = np.array([float(paper["firms"])])
    published, workers = (
        {trade: np.array([float(one)]) for trade, one in paper[name].items()}
        for name in ("published", "workers")
    )
    for shares, expected in ((published, "expected"), ({}, "by_workers_alone")):
        found = firms_by_trade(total, shares, workers)
        for trade, number in paper[expected].items():
            assert found[trade][0] == pytest.approx(float(number)), (expected, trade)


@given(
    shares=hnp.arrays(np.float64, (2, DRAWS), elements=st.floats(0.001, 0.5)),
    staff=hnp.arrays(np.float64, (4, DRAWS), elements=st.floats(1, 5000)),
    known=st.integers(0, 2),
)
def test_firms_add_to_the_published_number_in_every_draw(shares, staff, known):
    workers = {str(at): one for at, one in enumerate(staff)}
    published = {str(at): shares[at] for at in range(known)}
    found = firms_by_trade(np.full(DRAWS, 700.0), published, workers)
    np.testing.assert_allclose(sum(found.values()), 700)
    assert all(np.all(one > 0) for one in found.values())


def test_published_firms_without_workers_are_refused():
    one = np.ones(1)
    for workers in ({"other": one}, {"trade": one * 0, "other": one}):
        with pytest.raises(ModelError, match="Fachkräfte"):
            firms_by_trade(one * 10, {"trade": one * 0.1}, workers)
