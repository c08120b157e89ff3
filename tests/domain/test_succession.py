"""Owners: whoever leaves hands over or closes, and both counts of succession stand side by side."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecast.domain.succession import (
    ClosingFirms,
    OwnerPaths,
    Survival,
    jobs_lost_share,
    project_owners,
    successor_found,
    training_capacity,
    training_lost_share,
)
from forecast.errors import ModelError

AGES, YEARS = 4, 3
share = st.floats(0, 1)
FIRST, SECOND = np.eye(AGES)[0], np.eye(AGES)[1]


def project(owners, rng, exit_rates, due=0.5, success=0.5, foundings=0.0, years=YEARS):
    column = np.ones(len(owners))
    rates = np.asarray(exit_rates, float)
    return project_owners(
        owners, rates, column * due, column * success, FIRST, column * foundings, SECOND, years, rng
    )


@given(
    owners=hnp.arrays(np.int64, (3, AGES), elements=st.integers(0, 30)),
    rates=hnp.arrays(np.float64, (3, AGES), elements=share),
    due=share,
    success=share,
    foundings=st.floats(0, 0.3),
    seed=st.integers(0, 2**32),
)
def test_owners_and_businesses_are_all_accounted_for(owners, rates, due, success, foundings, seed):
    paths = project(owners, np.random.default_rng(seed), rates, due, success, foundings)
    before = np.concatenate([owners.sum(axis=1)[:, None], paths.owners[:, :-1]], axis=1)
    np.testing.assert_array_equal(
        paths.owners, before - paths.owners_leaving + paths.handovers + paths.foundings
    )
    np.testing.assert_array_equal(paths.owners_leaving, paths.handovers + paths.closures)
    np.testing.assert_array_equal(paths.closures, paths.failed_successions + paths.silent_closures)
    for smaller, larger in (
        (paths.handovers, paths.successions_due),
        (paths.successions_due, paths.owners_leaving),
        (paths.owners_leaving, before),
    ):
        assert np.all((smaller >= 0) & (smaller <= larger))


def paper_owners(paper, owners, rng, years):
    profile = np.array([float(p) for p in paper["successor_profile"]])
    founder = np.array([float(p) for p in paper["founder_profile"]])
    one = {name: np.array([float(paper[name])]) for name in ("due_ratio", "success", "foundings_rate")}
    rates = np.array([float(rate) for rate in paper["exit_rates"]])
    return project_owners(
        owners,
        rates,
        successor_profile=profile,
        founder_profile=founder,
        years=years,
        rng=rng,
        **one,
    )


def test_owners_worked_on_paper(case, rng):
    paper = case("succession_owners")
    paths = paper_owners(paper, np.array([paper["owners"]]), rng, years=2)
    for step, name in enumerate(("expected_first_year", "expected_second_year")):
        for measure, expected in paper[name].items():
            assert getattr(paths, measure)[0, step] == expected, (name, measure)
    assert paths.foundings[0, 1] in (3, 4)


def test_means_over_many_draws_are_those_worked_on_paper(case, rng):
    paper = case("succession_owners")["expected_means"]
    draws = 10_000
    owners = np.tile([paper["owners"], 0, 0, 0], (draws, 1))
    rates = [float(paper["exit_rate"]), 0, 0, 0]
    due, success, foundings = (float(paper[n]) for n in ("due_ratio", "success", "foundings_rate"))
    paths = project(owners, rng, rates, due, success, foundings, years=1)
    for measure in ("owners_leaving", "successions_due", "handovers", "closures", "foundings"):
        assert getattr(paths, measure).mean() == pytest.approx(float(paper[measure]), abs=0.4), measure
    assert paths.failed_successions.mean() == pytest.approx(float(paper["failed_successions"]), abs=0.4)
    assert paths.silent_closures.mean() == pytest.approx(float(paper["silent_closures"]), abs=0.4)
    assert paths.owners.mean() == pytest.approx(float(paper["owners_after"]), abs=0.5)


def test_limits_of_due_and_success(rng):
    owners, rates = np.array([[6, 5, 4, 3]]), np.full(AGES, 0.5)
    none_due = project(owners, rng, rates, due=0, success=1)
    assert not none_due.successions_due.any()
    np.testing.assert_array_equal(none_due.closures, none_due.owners_leaving)
    all_saved = project(owners, rng, rates, due=1, success=1)
    assert not all_saved.closures.any()
    np.testing.assert_array_equal(all_saved.owners, 18)


def test_without_exits_only_the_oldest_leave(rng):
    paths = project(np.array([[6, 5, 4, 3]]), rng, np.zeros(AGES), success=0)
    assert paths.owners_leaving.tolist() == [[3, 4, 5]]
    assert paths.owners.tolist() == [[15, 11, 6]]


def test_foundings_follow_the_owners_there_are_and_start_at_their_own_age(rng):
    paths = project(np.array([[5, 0, 0, 0]]), rng, np.zeros(AGES), foundings=1.0)
    # every owner founds once a year; founders start at the second age and leave after the fourth
    assert paths.foundings.tolist() == [[5, 10, 20]]
    assert paths.owners_leaving.tolist() == [[0, 0, 5]]
    assert paths.owners.tolist() == [[10, 20, 35]]


def test_rates_and_successors_may_differ_by_draw(rng):
    rates = np.zeros((2, AGES))
    rates[1] = 1
    owners, one = np.array([[6, 5, 4, 0], [6, 5, 4, 0]]), np.ones(2)
    paths = project(owners, rng, rates, due=0, years=1)
    assert paths.owners_leaving.tolist() == [[0], [15]]
    rates = np.tile([0.0, 0.0, 1.0, 0.0], (2, 1))
    starts = np.stack([FIRST, SECOND])
    paths = project_owners(np.array([[0, 0, 15, 0]] * 2), rates, one, one, starts, one * 0, SECOND, 2, rng)
    # whoever starts at the second age is at the third a year later and hands over again; the younger stays
    assert paths.handovers.tolist() == [[15, 0], [15, 15]]


def test_wrong_input_is_named(rng):
    owners, rates = np.array([[6, 5, 4, 3]]), np.zeros(AGES)
    with pytest.raises(ModelError) as caught:
        project(owners, rng, rates, success=1.1)
    assert caught.value.where == "success"
    with pytest.raises(ModelError) as caught:
        project(owners, rng, rates + np.nan)
    assert caught.value.where == "exit_rates"
    with pytest.raises(ModelError, match="Gründungsrate"):
        project(owners, rng, rates, foundings=-0.1)
    one = np.ones(1)
    with pytest.raises(ModelError, match="letzten Alter"):
        project_owners(owners, rates, one, one, np.eye(AGES)[-1], one, FIRST, 1, rng)


@given(
    owners=hnp.arrays(np.int64, (3, AGES), elements=st.integers(0, 30)),
    rates=hnp.arrays(np.float64, AGES, elements=share),
    foundings=st.floats(0, 0.5),
    alive=st.floats(0.05, 1),
    seed=st.integers(0, 2**32),
)
def test_new_businesses_die_and_all_businesses_are_accounted_for(owners, rates, foundings, alive, seed):
    survival = Survival(np.full(3, alive), years=2)
    column = np.ones(3)
    paths = project_owners(
        owners, rates, column * 0.5, column * 0.5, FIRST, column * foundings, FIRST, YEARS,
        np.random.default_rng(seed), survival=survival,
    )  # fmt: skip
    np.testing.assert_array_equal(paths.owners, paths.owners_before + paths.foundings - paths.all_closures)
    np.testing.assert_array_equal(paths.owners_before[:, 1:], paths.owners[:, :-1])
    assert paths.young_closures.min() >= 0
    assert paths.owners.min() >= 0


def test_as_many_new_businesses_survive_as_the_share_says():
    draws, years = 400, 6
    rng = np.random.default_rng(1)
    owners = np.zeros((draws, 12), dtype=np.int64)
    owners[:, 0] = 100
    profile = np.eye(12)[0]
    column = np.ones(draws)
    paths = project_owners(
        owners, np.zeros(12), column, column, profile, column * 0.2, profile, years, rng,
        survival=Survival(column * 0.5, years=5),
    )  # fmt: skip
    # a steady past: as many young businesses end as foundings · (1 − s5)
    assert paths.young_closures[:, 0].mean() == pytest.approx(100 * 0.2 * 0.5, rel=0.05)


def test_without_takers_enough_fewer_successions_succeed():
    m0 = np.array([0.6, 0.6, 0.6, 0.6])
    takers, sellers = np.array([1.0, 0.5, 3.0, 1.0]), np.array([1.0, 1.5, 1.0, 0.0])
    assert successor_found(m0, takers, sellers).round(6).tolist() == [0.6, 0.2, 1.0, 1.0]


def test_takers_limit_the_handovers_year_by_year(rng):
    owners = np.array([[0, 0, 0, 40]])  # all leave in the first year
    one = np.ones(1)
    never = project_owners(
        owners, np.zeros(AGES), one, one, FIRST, one * 0, SECOND, 1, rng, takers=np.zeros((1, 1))
    )
    assert never.handovers.tolist() == [[0]]
    enough = project_owners(
        owners, np.zeros(AGES), one, one, FIRST, one * 0, SECOND, 1, rng, takers=np.ones((1, 1))
    )
    assert enough.handovers.tolist() == [[40]]


def test_what_closures_take_with_them_worked_on_paper(case):
    paper = case("succession_closures")
    one = np.ones(1)
    found = successor_found(one * float(paper["success"]), float(paper["takers"]), 1.0)
    assert paper["due"] * found[0] == paper["handovers"]

    def column(name):
        return np.array([[paper[name]]])

    paths = OwnerPaths(
        owners_leaving=column("leaving"),
        successions_due=column("due"),
        postponed=np.zeros((1, 1), dtype=np.int64),
        handovers=column("handovers"),
        closures=column("closures"),
        foundings=column("foundings"),
        young_closures=np.zeros((1, 1), dtype=np.int64),
        owners=column("owners"),
        owners_before=column("owners"),
    )
    closing = ClosingFirms(*(one * float(paper[name]) for name in ("jobs", "training", "new_training")))
    survival = Survival(one * float(paper["survival"]), years=5)
    expected = {name: float(value) for name, value in paper["expected"].items()}
    assert jobs_lost_share(paths, closing)[0, 0] == pytest.approx(expected["jobs_lost_share"])
    assert training_lost_share(paths, closing)[0, 0] == pytest.approx(expected["training_lost_share"])
    capacity = training_capacity(paths, closing, survival, one * expected["usual"])
    assert capacity[0, 0] == pytest.approx(expected["capacity"])
