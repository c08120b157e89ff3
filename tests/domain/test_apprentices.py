"""Cohorts of apprentices: worked on paper, and never losing anybody."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.domain.apprentices import (
    TrainingPipeline,
    apprentices_stock,
    cohort_fates,
    completion_rate,
    contract_terminations,
    contracts_begun,
    eventual_pass,
    graduates,
    graduation_kernel,
    skilled_entrants,
    training_lag,
)
from forecast.errors import ModelError

share = st.floats(0, 1)


@st.composite
def pipelines(draw, draws=2):
    """Pipelines of any length with layers that add to at most all contracts."""
    column = st.lists(share, min_size=draws, max_size=draws).map(np.array)
    weights = np.array(
        draw(st.lists(st.lists(share, min_size=5, max_size=5), min_size=draws, max_size=draws))
    )
    weights[:, -1] += 1e-3  # the last is the share that completes
    layers = weights[:, :4] / weights.sum(axis=1, keepdims=True)
    years = draw(st.sampled_from([1.0, 2.0, 3.0, 3.5, 5.0]))
    return TrainingPipeline(years, layers, draw(column), draw(column), draw(column), draw(column))


def pipeline_of(case):
    one = {name: np.array([float(case[name])]) for name in ("pass_first", "retry", "pass_retry", "stay")}
    layers = np.array([[float(layer) for layer in case["dissolution"]]])
    return TrainingPipeline(float(case["training_years"]), layers, **one)


@pytest.mark.parametrize("name", ["apprentices_shk", "apprentices_joiner"])
def test_a_cohort_worked_on_paper(name, case, same_as_printed):
    paper = case(name)
    expected, pipeline = paper["expected"], pipeline_of(paper)
    begun, starts = np.array([[float(paper["begun"])]]), np.array([paper["start_year"]])
    exams, calendar = np.arange(2024, 2028), np.arange(2021, 2027)

    assert training_lag(pipeline.training_years) == expected["lag"]
    published = begun * (1 - pipeline.dissolution[:, :1])
    same_as_printed(published, expected["new_contracts_published"])
    same_as_printed(contracts_begun(published, pipeline.dissolution), paper["begun"])
    same_as_printed(begun[0] * completion_rate(pipeline.dissolution), expected["completers"])
    same_as_printed(
        eventual_pass(pipeline.pass_first, pipeline.retry, pipeline.pass_retry), expected["eventual_pass"]
    )
    passed = graduates(begun, starts, exams, pipeline)
    same_as_printed(passed, expected["graduates_2024_to_2027"])
    kernel = begun[0, 0] * graduation_kernel(pipeline)[0]
    same_as_printed(kernel[expected["lag"] :], [expected["passes_first"], expected["passes_repeats"]])
    same_as_printed(skilled_entrants(passed, pipeline), expected["entrants_2024_to_2027"])
    terminations = contract_terminations(begun, starts, calendar, pipeline)
    same_as_printed(terminations, expected["terminations_2021_to_2026"])
    fates = cohort_fates(begun, pipeline)
    for state in ("in_training", "dissolved", "passed", "failed"):
        same_as_printed(getattr(fates, state), expected[state])


@given(pipeline=pipelines(), begun=st.lists(st.floats(0, 500), min_size=3, max_size=3))
def test_nobody_is_lost_in_any_year_of_a_cohort(pipeline, begun):
    contracts = np.array([begun, begun[::-1]])
    fates = cohort_fates(contracts, pipeline)
    everybody = fates.in_training + fates.dissolved + fates.passed + fates.failed
    np.testing.assert_allclose(everybody, np.broadcast_to(contracts[:, :, None], everybody.shape), atol=1e-9)
    assert np.abs(fates.in_training[:, :, -1]).max() == 0, "every cohort comes to an end"
    for state in (fates.dissolved, fates.passed, fates.failed):
        assert np.diff(state, axis=2).min() >= -1e-9, "what has happened stays happened"


@given(pipeline=pipelines())
def test_kernel_adds_to_completion_times_eventual_pass(pipeline):
    kernel = graduation_kernel(pipeline)
    eventual = eventual_pass(pipeline.pass_first, pipeline.retry, pipeline.pass_retry)
    np.testing.assert_allclose(
        kernel.sum(axis=1), completion_rate(pipeline.dissolution) * eventual, atol=1e-12
    )
    assert np.all(eventual <= 1 + 1e-12)
    assert np.all(eventual >= pipeline.pass_first)
    assert not kernel[:, : training_lag(pipeline.training_years)].any(), "nobody passes before the end"


@given(pipeline=pipelines(), more=st.floats(0.1, 50))
def test_more_contracts_never_mean_fewer_journeymen_or_apprentices(pipeline, more):
    starts, years = np.array([2020, 2021]), np.arange(2020, 2029)
    few = np.array([[30.0, 40.0], [5.0, 0.0]])
    many = few + np.array([[0.0, more], [0.0, 0.0]])
    for quantity in (graduates, apprentices_stock, contract_terminations):
        difference = quantity(many, starts, years, pipeline) - quantity(few, starts, years, pipeline)
        assert difference[0].min() >= 0
        assert not difference[1].any(), "draws do not touch each other"


def test_cohorts_are_placed_in_their_own_years():
    ones = np.ones(1)
    pipeline = TrainingPipeline(3.0, np.zeros((1, 4)), ones * 0.5, ones, ones, ones)
    passed = graduates(np.array([[10.0, 30.0]]), np.array([2021, 2023]), np.arange(2023, 2029), pipeline)
    #                                     2023 2024 2025 2026 2027 2028
    assert passed[0].tolist() == [[0, 5, 5, 0, 0, 0], [0, 0, 0, 15, 15, 0]]
    stock = apprentices_stock(
        np.array([[10.0, 30.0]]), np.array([2021, 2023]), np.arange(2020, 2028), pipeline
    )
    #                          2020 2021 2022 2023 2024 2025 2026 2027; half of each repeats in the year after
    assert stock[0].tolist() == [0, 10, 10, 40, 35, 30, 15, 0]


def test_limits_of_the_final_examination():
    none, every = np.zeros(1), np.ones(1)
    assert eventual_pass(none, every, none)[0] == 0
    assert eventual_pass(every, none, none)[0] == 1
    assert eventual_pass(np.array([0.7]), none, every)[0] == 0.7, "who does not try again does not pass"
    assert eventual_pass(none, every, np.array([0.5]))[0] == 0.75, "two repeats, not three"


def test_impossible_assumptions_are_refused():
    fine = np.array([0.5])
    layers = np.full((1, 4), 0.1)
    with pytest.raises(ModelError, match="Ausbildungsdauer"):
        TrainingPipeline(0, layers, fine, fine, fine, fine)
    with pytest.raises(ModelError, match="mehr Verträge gelöst") as caught:
        TrainingPipeline(3, layers * 3, fine, fine, fine, fine)
    assert caught.value.where == "dissolution"
    with pytest.raises(ModelError, match="zwischen 0 und 1") as caught:
        TrainingPipeline(3, layers, fine, fine * 3, fine, fine)
    assert caught.value.where == "retry"
    with pytest.raises(ModelError, match="zwischen 0 und 1"):
        TrainingPipeline(3, layers, fine * np.nan, fine, fine, fine)
    with pytest.raises(ModelError, match="falsche Form"):
        TrainingPipeline(3, layers, fine, fine, np.array([0.5, 0.5]), fine)
    with pytest.raises(ModelError, match="im Jahr des Beginns"):
        contracts_begun(np.ones((1, 2)), np.array([[1.0, 0, 0, 0]]))
