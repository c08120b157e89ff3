"""Training need: what a contract yields, and how many would close the gap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecast.domain.apprentices import TrainingPipeline
from forecast.domain.training import (
    first_effective_year,
    starts_in_time,
    training_need,
    yield_per_new_contract,
)
from forecast.errors import ModelError

plans = hnp.arrays(np.float64, (2, 3), elements=st.floats(0, 200))
yields = hnp.arrays(np.float64, (2, 3), elements=st.floats(0.05, 0.9))
gaps = hnp.arrays(np.float64, 2, elements=st.floats(-300, 300))


def numbers(texts):
    return np.array([[float(text) for text in texts]])


@pytest.mark.parametrize("name", ["shortage", "surplus", "large_surplus"])
def test_training_need_worked_on_paper(name, case, same_as_printed):
    paper = case("training_need")[name]
    need = training_need(
        np.array([float(paper["gap"])]), numbers(paper["planned"]), numbers(paper["yield_per_contract"])
    )
    same_as_printed(need, paper["expected"])


def test_yield_of_a_contract_worked_on_paper(case, same_as_printed):
    paper, shk = case("training_need")["yield"], case("apprentices_shk")
    one = {name: np.array([float(shk[name])]) for name in ("pass_first", "retry", "pass_retry", "stay")}
    pipeline = TrainingPipeline(float(shk["training_years"]), numbers(shk["dissolution"]), **one)
    starts = np.array(paper["start_years"])
    in_time = starts_in_time(starts, paper["target"], pipeline.training_years)
    assert in_time.tolist() == paper["in_time"]
    entry_years = np.array(list(paper["retained"]))
    found = yield_per_new_contract(
        pipeline, starts[in_time], entry_years, numbers(paper["retained"].values())
    )
    same_as_printed(found, [paper["expected_2026"], paper["expected_2027"]])


@given(gap=gaps, planned=plans, per_contract=yields)
def test_the_need_put_back_closes_the_gap(gap, planned, per_contract):
    need = training_need(gap, planned, per_contract)
    assume(np.all(need > 0))
    # the same number of additional contracts in every start year brings exactly the people who lack
    additional = need - planned.mean(axis=1)
    np.testing.assert_allclose((additional[:, None] * per_contract).sum(axis=1), gap, atol=1e-8)


@given(gap=gaps, planned=plans, per_contract=yields, more=st.floats(0.1, 50))
def test_need_grows_with_the_gap_and_shrinks_with_the_yield(gap, planned, per_contract, more):
    need = training_need(gap, planned, per_contract)
    assert np.all(need >= 0)
    assert np.all(training_need(gap + more, planned, per_contract) >= need)
    better = training_need(np.abs(gap), planned, per_contract * (1 + more))
    assert np.all(better <= training_need(np.abs(gap), planned, per_contract))


def test_no_gap_means_the_planned_number():
    planned = np.array([[10.0, 20.0, 60.0]])
    assert training_need(np.zeros(1), planned, np.full((1, 3), 0.4))[0] == 30


def test_a_target_nobody_can_reach_is_refused_in_words():
    with pytest.raises(ModelError, match="Kein Ausbildungsjahrgang") as caught:
        training_need(np.ones(2), np.ones((2, 0)), np.ones((2, 0)))
    assert "späteres Zieljahr" in caught.value.remedy
    with pytest.raises(ModelError, match="Kein Ausbildungsjahrgang"):
        training_need(np.ones(2), np.ones((2, 1)), np.array([[0.4], [0.0]]))


@pytest.mark.parametrize(("years", "expected"), [(2.0, 2028), (3.0, 2029), (3.5, 2030)])
def test_first_effective_year(years, expected):
    assert first_effective_year(2026, years) == expected
    starts = np.array([2026])
    assert starts_in_time(starts, expected, years).all()
    assert not starts_in_time(starts, expected - 1, years).any()
