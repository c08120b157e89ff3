"""Masters: a share of journeymen years later; the account closes in every draw."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecast.domain.masters import (
    MASTER_EXITS,
    entry_ages,
    lag_kernel,
    master_examinations,
    positions,
    possible_successors,
    project_masters,
)
from forecast.errors import ModelError

AGES = 5
share = st.floats(0, 1)


def hazards(rates: np.ndarray, years: int):
    return tuple({cause: rates[at] for at, cause in enumerate(MASTER_EXITS)} for _ in range(years))


def test_examinations_worked_on_paper(case, same_as_printed):
    paper = case("masters")["examinations"]
    kernel = np.array([[float(k) for k in paper["kernel"]]])
    passed = master_examinations(
        np.array([paper["journeymen"]], float), np.array([float(paper["share"])]), kernel
    )
    same_as_printed(passed[0], paper["passed"])


def test_positions_worked_on_paper(case, same_as_printed):
    paper = {name: text for name, text in case("masters")["wanted"].items() if name != "title"}
    number = {name: np.array([float(text)]) for name, text in paper.items()}
    wanted = positions(
        number["firms"][:, None], number["staff"][:, None], number["per_firm"], number["staff_share"]
    )
    same_as_printed(wanted, paper["positions"])


def test_account_worked_on_paper(case, rng):
    paper = case("masters")["account"]
    ages = np.array(paper["ages"])
    retire = (ages == paper["retire_at"]).astype(float)
    rates = np.stack([np.zeros(ages.size), retire, np.zeros(ages.size)])
    new = (ages == paper["age_of_new"]).astype(float)
    opening = np.array([paper["opening"]])
    examined = np.array([[float(paper["passed"])]])
    paths = project_masters(opening, hazards(rates, 1), examined, np.ones(1), new, rng)
    assert paths.masters.tolist() == [[paper["closing_total"]]]
    assert paths.exits.tolist() == [[paper["exits"]]]
    assert paths.by_age[0, 0].tolist() == [0, 0, 10 + paper["passed"], 0, 0]


def test_successors_worked_on_paper(case, same_as_printed):
    paper = case("masters")["successors"]
    possible = possible_successors(
        np.array([[paper["by_age"]]]),
        np.array([float(one) for one in paper["leading"]]),
        np.array(paper["ages"]),
        (28, 50),
        np.array([float(paper["interest"])]),
    )
    same_as_printed(possible, paper["possible"])


def test_whoever_leads_a_business_takes_over_none():
    ages, window = np.array([30, 40]), (28, 50)
    nobody = possible_successors(np.array([[[4, 4]]]), np.ones(2), ages, window, np.ones(1))
    assert nobody.tolist() == [[0]]
    base = possible_successors(np.array([[4, 4], [2, 2]]), np.zeros(2), ages, window, np.array([1.0, 0.5]))
    assert base.tolist() == [8, 2]  # one year alone: by draw
    with pytest.raises(ModelError, match="zwischen 0 und 1"):
        possible_successors(np.array([[4, 4]]), np.array([0.0, 1.2]), ages, window, np.ones(1))


@given(
    opening=hnp.arrays(np.int64, (3, AGES), elements=st.integers(0, 40)),
    rates=hnp.arrays(np.float64, (3, AGES), elements=share),
    examined=hnp.arrays(np.float64, (3, 4), elements=st.floats(0, 30)),
    stay=share,
    seed=st.integers(0, 2**32),
)
def test_the_account_closes_in_every_draw(opening, rates, examined, stay, seed):
    new = np.array([0.5, 0.5, 0, 0, 0])
    paths = project_masters(
        opening, hazards(rates, 4), examined, np.full(3, stay), new, np.random.default_rng(seed)
    )
    before = np.concatenate([opening.sum(axis=1)[:, None], paths.masters[:, :-1]], axis=1)
    np.testing.assert_array_equal(paths.masters, before + paths.entrants - paths.exits)
    np.testing.assert_array_equal(paths.by_age.sum(axis=2), paths.masters)
    assert np.all(paths.masters >= 0)
    assert np.all(paths.exits <= before + paths.entrants)
    assert np.all(np.abs(paths.entrants - examined * stay) < 1)
    assert all(not account.residual.any() for account in paths.accounts)


@given(
    journeymen=hnp.arrays(np.float64, (2, 30), elements=st.floats(0, 1000)),
    mean=st.floats(2, 9),
    spread=st.floats(1, 6),
    part=share,
)
def test_every_later_master_was_a_journeyman_once(journeymen, mean, spread, part):
    kernel = lag_kernel(np.full(2, mean), np.full(2, spread), 20)
    np.testing.assert_allclose(kernel.sum(axis=1), 1)
    cohort = np.concatenate([journeymen[:, :1], np.zeros((2, 20))], axis=1)
    passed = master_examinations(cohort, np.full(2, part), kernel)
    np.testing.assert_allclose(passed.sum(axis=1), part * journeymen[:, 0], atol=np.finfo(float).tiny)
    both = master_examinations(2 * journeymen, np.full(2, part), kernel)
    np.testing.assert_allclose(
        both, 2 * master_examinations(journeymen, np.full(2, part), kernel), atol=np.finfo(float).tiny
    )


def test_a_steady_trade_has_one_fifth_to_one_quarter_masters(inputs_of_the_country):
    share_of_masters, lag, spread, longest = inputs_of_the_country
    kernel = lag_kernel(np.array([lag]), np.array([spread]), longest)
    passed = master_examinations(np.full((1, 60), 1000.0), np.array([share_of_masters]), kernel)
    assert 200 <= passed[0, -1] <= 250
    assert 6 <= float(kernel[0] @ np.arange(1, longest + 1)) <= 8


@pytest.fixture
def inputs_of_the_country(data_root):
    from forecast.sources.definitions import read_definitions

    values = read_definitions(data_root).parameters
    names = ("master_share", "master_lag", "master_lag_spread")
    return (*(values.value(name) for name in names), int(values.value("master_lag_longest")))


def test_new_masters_are_older_than_journeymen():
    journeymen = np.eye(AGES)[0]
    ages = entry_ages(journeymen, np.array([[0.5, 0.5]]))
    assert ages.tolist() == [0, 0.5, 0.5, 0, 0]
    with pytest.raises(ModelError, match="letzten Altersstufe"):
        entry_ages(np.eye(AGES)[3], np.array([[0.5, 0.5]]))


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: lag_kernel(np.array([0.0]), np.array([1.0]), 5), "nicht positiv"),
        (lambda: master_examinations(np.ones((1, 3)), np.array([1.1]), np.ones((1, 1))), "Möglichen"),
        (lambda: master_examinations(-np.ones((1, 3)), np.array([0.1]), np.ones((1, 1))), "Möglichen"),
        (
            lambda: project_masters(
                np.ones((1, AGES), int), hazards(np.zeros((3, AGES)), 1), np.ones((1, 1)), np.array([1.5]),
                np.eye(AGES)[0], np.random.default_rng(1),
            ),
            "Anteil",
        ),
    ],
)  # fmt: skip
def test_wrong_input_is_named(call, text):
    with pytest.raises(ModelError, match=text):
        call()
