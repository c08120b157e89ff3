"""One year of a workforce: whoever leaves was there, everybody else is a year older."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecast.domain.workforce import (
    EXITS,
    age_by_one,
    exits_and_ageing,
    leaving_of,
    spread,
    take,
    whole_numbers,
)
from forecast.errors import ModelError

AGES = 5
stocks = hnp.arrays(np.int64, (3, AGES), elements=st.integers(0, 40))
seeds = st.integers(0, 2**32)
hazard_rows = hnp.arrays(np.float64, AGES, elements=st.floats(0, 1))
FIRST_AGE = np.eye(AGES)[0]


def step(stock, rng, entrants=None, net_inflow=None, profile=FIRST_AGE, **hazards):
    """One year in which only what is named happens."""
    nothing = np.zeros(len(stock))
    return exits_and_ageing(
        stock,
        {cause: np.asarray(hazards.get(cause, np.zeros(stock.shape[1])), float) for cause in EXITS},
        nothing if entrants is None else entrants,
        profile[: stock.shape[1]],
        nothing if net_inflow is None else net_inflow,
        profile[: stock.shape[1]],
        rng,
    )


@given(
    stock=stocks,
    hazards=st.lists(hazard_rows, min_size=len(EXITS), max_size=len(EXITS)),
    entrants=st.floats(0, 50),
    net=st.floats(-400, 50),
    seed=seeds,
)
def test_the_account_closes_and_exits_never_exceed_the_stock(stock, hazards, entrants, net, seed):
    year = step(
        stock,
        np.random.default_rng(seed),
        entrants=np.full(3, entrants),
        net_inflow=np.array([net, -net, 0]),
        **dict(zip(EXITS, hazards, strict=True)),
    )
    flows = year.flows
    out = sum(flows[cause] for cause in EXITS if cause != "retirements") + np.maximum(-flows["net_inflow"], 0)
    assert np.all(
        out + flows["retirements"] <= stock + flows["entrants"] + np.maximum(flows["net_inflow"], 0)
    )
    assert np.all(out <= stock)
    # P[x+1, t+1] = P[x, t] − D − R − H − O + G + E, age by age
    by_hand = stock - sum(flows[cause] for cause in EXITS) + flows["entrants"] + flows["net_inflow"]
    np.testing.assert_array_equal(year.closing[:, 1:], by_hand[:, :-1])
    assert not by_hand[:, -1].any()
    assert not year.closing[:, 0].any()
    assert year.closing.min() >= 0
    assert not year.account.residual.any()


@given(stock=stocks)
def test_ageing_moves_people_and_loses_none(stock):
    stock[:, -1] = 0
    older = age_by_one(stock)
    np.testing.assert_array_equal(older.sum(axis=1), stock.sum(axis=1))
    np.testing.assert_array_equal(older[:, 1:], stock[:, :-1])


def test_ageing_refuses_to_lose_the_last_age():
    with pytest.raises(ModelError, match="gingen Personen verloren"):
        age_by_one(np.array([[1, 0, 2]]))


def test_three_ages_worked_on_paper(case, rng):
    paper = case("workforce_three_ages")["certain"]
    stock = np.array([paper["stock"]])
    year = exits_and_ageing(
        stock,
        {cause: np.array(paper[cause], float) for cause in EXITS if cause in paper},
        np.array([float(paper["entrants"])]),
        np.array(paper["entry_profile"], float),
        np.array([float(paper["net_inflow"])]),
        np.array(paper["inflow_profile"], float),
        rng,
    )
    for name, expected in paper["expected"].items():
        found = year.closing if name == "closing" else year.flows[name]
        assert found[0].tolist() == expected, name


def test_a_negative_net_inflow_worked_on_paper(case, rng):
    paper = case("workforce_three_ages")["leaving_for_elsewhere"]
    year = step(np.array([paper["stock"]]), rng, net_inflow=np.array([float(paper["net_inflow"])]))
    assert year.flows["net_inflow"][0].tolist() == paper["expected"]["net_inflow"]
    assert year.closing[0].tolist() == paper["expected"]["closing"]


def test_means_over_many_draws_are_those_worked_on_paper(case, rng):
    paper = case("workforce_three_ages")["expected_values"]
    draws = 20_000
    stock = np.tile(paper["stock"], (draws, 1))
    rates = {cause: [float(p) for p in paper[cause]] for cause in EXITS if cause in paper}
    year = step(stock, rng, **rates)
    for name, printed in paper["expected_means"].items():
        found = year.closing[:, 1:] if name == "left" else year.flows[name][:, :2]
        # each count is binomial with variance below the stock: four standard errors of the mean
        bound = 4 * np.sqrt(np.array(paper["stock"][:2]) / 4 / draws)
        assert np.all(np.abs(found.mean(axis=0) - [float(p) for p in printed]) <= bound), name


def test_exits_of_one_cause_have_the_binomial_spread(rng):
    year = step(np.tile([300, 0, 0], (20_000, 1)), rng, deaths=[0.2, 0, 0])
    assert year.flows["deaths"][:, 0].var() == pytest.approx(300 * 0.2 * 0.8, rel=0.05)


@given(stock=stocks, seed=seeds, cause=st.sampled_from(EXITS))
def test_hazard_limits_nobody_and_everybody(stock, seed, cause):
    stock[:, -1] = 0
    stay = step(stock, np.random.default_rng(seed))
    np.testing.assert_array_equal(stay.closing[:, 1:], stock[:, :-1])
    gone = step(stock, np.random.default_rng(seed), **{cause: np.ones(AGES)})
    np.testing.assert_array_equal(gone.flows[cause], stock)
    assert not gone.closing.any()


def test_an_earlier_cause_leaves_nobody_for_a_later_one(rng):
    stock = np.array([[9, 3, 0]])
    year = step(stock, rng, deaths=np.ones(3), craft_leavers=np.ones(3), health_exits=np.ones(3))
    assert year.flows["deaths"].tolist() == [[9, 3, 0]]
    assert not year.flows["craft_leavers"].any()
    assert not year.flows["health_exits"].any()


def test_hazards_may_differ_by_draw(rng):
    stock = np.array([[9, 3, 0], [9, 3, 0]])
    year = step(stock, rng, deaths=np.array([[1.0, 0, 0], [0, 1.0, 0]]))
    assert year.flows["deaths"].tolist() == [[9, 0, 0], [0, 3, 0]]


@given(stock=stocks, wanted=st.lists(st.integers(0, 300), min_size=3, max_size=3), seed=seeds)
def test_taking_people_is_exact_and_follows_the_stock(stock, wanted, seed):
    there = stock.sum(axis=1)
    taken = take(stock, np.array(wanted), np.random.default_rng(seed))
    np.testing.assert_array_equal(taken.sum(axis=1), np.minimum(wanted, there))
    assert np.all((taken >= 0) & (taken <= stock))
    fair = stock * (np.minimum(wanted, there) / np.maximum(there, 1))[:, None]
    assert np.all(np.abs(taken - fair) < 1)


def test_taking_people_is_fair_on_average(rng):
    taken = take(np.tile([7, 2, 1], (40_000, 1)), np.full(40_000, 3), rng)
    np.testing.assert_allclose(taken.mean(axis=0), [2.1, 0.6, 0.3], atol=0.012)


@given(value=st.floats(-1e6, 1e6), seed=seeds)
def test_random_rounding_goes_to_a_neighbour(value, seed):
    rounded = whole_numbers(np.full(8, value), np.random.default_rng(seed))
    assert set(rounded.tolist()) <= {int(np.floor(value)), int(np.ceil(value))}


@pytest.mark.parametrize("value", [2.3, -2.3, 0.05])
def test_random_rounding_keeps_the_mean(value, rng):
    assert whole_numbers(np.full(40_000, value), rng).mean() == pytest.approx(value, abs=0.01)


@given(totals=hnp.arrays(np.int64, 4, elements=st.integers(0, 200)), seed=seeds)
def test_spreading_over_ages_loses_nobody(totals, seed):
    profile = np.array([0.0, 0.7, 0.3, 0.0])
    people = spread(totals, profile, np.random.default_rng(seed))
    np.testing.assert_array_equal(people.sum(axis=1), totals)
    assert not people[:, [0, 3]].any()


def test_wrong_input_is_named(rng):
    stock = np.array([[5, 0]])
    with pytest.raises(ModelError, match="Abgangsrate") as caught:
        step(stock, rng, retirements=[1.2, 0])
    assert caught.value.where == "retirements"
    with pytest.raises(ModelError, match="Abgangsrate"):
        step(stock, rng, deaths=[np.nan, 0])
    with pytest.raises(ModelError, match="ganzen Zahlen"):
        step(stock * -1, rng)
    with pytest.raises(ModelError, match="ganzen Zahlen"):
        step(stock * 0.5, rng)
    with pytest.raises(ModelError, match="neuen Fachkräfte"):
        step(stock, rng, entrants=np.array([-1.0]))
    with pytest.raises(ModelError, match="Altersverteilung"):
        step(stock, rng, profile=np.array([0.5, 0.4]))
    zero = np.zeros(1)
    with pytest.raises(ModelError, match="Abgangsarten"):
        exits_and_ageing(stock, {"deaths": np.zeros(2)}, zero, FIRST_AGE[:2], zero, FIRST_AGE[:2], rng)


def test_same_seed_same_year():
    stock = np.tile(np.arange(AGES) * 7, (3, 1))
    hazards = {cause: np.full(AGES, 0.1) for cause in EXITS}
    entrants, net = np.full(3, 3.4), np.full(3, 1.7)
    first, second = (step(stock, np.random.default_rng(4), entrants, net, **hazards) for _ in range(2))
    np.testing.assert_array_equal(first.closing, second.closing)


@given(stock=stocks, hazard=hazard_rows, wide=st.booleans(), seed=seeds)
def test_leaving_takes_the_numbers_of_a_plain_binomial_draw(stock, hazard, wide, seed) -> None:
    rate = np.tile(hazard, (len(stock), 1)) if wide else hazard
    one, two = (np.random.default_rng(seed) for _ in range(2))
    np.testing.assert_array_equal(leaving_of(stock, rate, one), two.binomial(stock, rate))
    assert one.random() == two.random()


def test_nobody_leaves_without_a_risk_and_no_random_number_is_taken() -> None:
    stock, rng = np.full((2, AGES), 3), np.random.default_rng(1)
    for hazard in (None, np.zeros(AGES), np.zeros((2, 1))):
        assert not leaving_of(stock, hazard, rng).any()
    assert rng.random() == np.random.default_rng(1).random()
