"""Four cohorts in whole persons, written down in German for people who run a chamber; the code must agree."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.domain.apprentices import (
    TrainingPipeline,
    cohort_fates,
    completion_rate,
    contract_terminations,
    contracts_begun,
    graduates,
    skilled_entrants,
)
from forecast.domain.retirement import moved_rates
from forecast.domain.succession import project_owners
from forecast.domain.training import starts_in_time, training_need, yield_per_new_contract
from forecast.domain.workforce import EXITS
from forecast.projection import CellInputs, project_cell

DRAWS = 20_000
TOLERANCE = 0.2  # persons, of means over the draws


def pipeline_of(paper):
    one = {name: np.array([paper[name]]) for name in ("pass_first", "retry", "pass_retry", "stay")}
    return TrainingPipeline(paper["training_years"], np.array([paper["dissolution"]]), **one)


def test_a_training_cohort_from_contract_to_skilled_worker(case):
    paper = case("paper_training_cohort")
    pipeline, start = pipeline_of(paper), np.array([paper["start_year"]])
    begun = contracts_begun(np.array([[float(paper["counted_at_year_end"])]]), pipeline.dissolution)
    calendar = np.arange(paper["start_year"], paper["start_year"] + 6)
    ended = contract_terminations(begun, start, calendar, pipeline)[0]
    passed = graduates(begun, start, calendar, pipeline)
    arrived = skilled_entrants(passed, pipeline)[0, 0]

    assert begun[0, 0] == pytest.approx(paper["begun"])
    np.testing.assert_allclose(ended[:4], paper["dissolved_each_year"])
    assert completion_rate(pipeline.dissolution)[0] * paper["begun"] == pytest.approx(
        paper["reach_examination"]
    )
    repeats = paper["pass_first_repeat"] + paper["pass_second_repeat"]
    np.testing.assert_allclose(passed[0, 0, 4:], [paper["pass_first_attempt"], repeats])
    assert passed.sum() == pytest.approx(paper["journeymen"])
    np.testing.assert_allclose(arrived[4:], [paper["entrants_2025"], paper["entrants_2026"]])
    assert arrived.sum() == pytest.approx(paper["stay_in_trade"])
    fates = cohort_fates(begun, pipeline)
    for name in ("in_training", "dissolved", "passed", "failed"):
        np.testing.assert_allclose(getattr(fates, name)[0, 0], paper[name], atol=1e-9, err_msg=name)
    assert fates.failed[0, 0, -1] == pytest.approx(paper["without_certificate"])


def test_the_training_cohort_adds_up_on_paper(case):
    """The file itself: whoever edits a number must keep the sums."""
    paper = case("paper_training_cohort")
    states = np.array([paper[name] for name in ("in_training", "dissolved", "passed", "failed")])
    assert (states.sum(axis=0) == paper["begun"]).all()
    assert paper["begun"] - sum(paper["dissolved_each_year"]) == paper["reach_examination"]
    assert paper["journeymen"] + paper["without_certificate"] == paper["reach_examination"]
    assert paper["entrants_2025"] + paper["entrants_2026"] == paper["stay_in_trade"]


@pytest.mark.parametrize(
    ("months", "retire", "working"), [(0, "retire", "still_working"), (12, "retire_later", "working_later")]
)
def test_an_age_cohort_through_retirement(months, retire, working, case, rng):
    paper = case("paper_age_cohort")
    assert months in (0, paper["months_later"])
    ages, stock = np.array(paper["ages"], float), np.array(paper["stock"])
    schedule = np.array(paper["retirement_rate"])[:, None]
    rates = moved_rates(schedule, np.full((ages.size, 1), float(months)), first=0)[:, 0]
    years = np.array(paper["years"])
    nothing, none = np.zeros((DRAWS, years.size)), np.zeros((years.size, ages.size))
    profile = np.eye(ages.size)[0]
    cell = CellInputs(
        base_year=int(years[0]) - 1,
        years=years,
        ages=ages.astype(np.int64),
        opening=np.tile(stock, (DRAWS, 1)),
        employed=np.full(DRAWS, float(stock.sum())),
        job_seekers=np.zeros(DRAWS),
        vacancies=np.zeros(DRAWS),
        growth_index=np.ones_like(nothing),
        hazards=dict.fromkeys(EXITS, none) | {"retirements": np.tile(rates, (years.size, 1))},
        entrants_contracted=nothing,
        entrants_expected=nothing,
        entry_profile=profile,
        net_inflow_rate=np.zeros(DRAWS),
        inflow_profile=profile,
    )
    measures = project_cell(cell, rng).measures
    np.testing.assert_allclose(measures["retirements"].mean(axis=0), paper[retire], atol=TOLERANCE)
    np.testing.assert_allclose(measures["workforce"].mean(axis=0), paper[working], atol=TOLERANCE)
    assert np.cumsum(paper[retire]).tolist() == [stock.sum() - left for left in paper[working]]


def test_a_cohort_of_owners(case, rng):
    paper = case("paper_owner_cohort")
    column, young = np.ones(DRAWS), np.eye(3)[0]
    paths = project_owners(
        np.tile([paper["owners"], 0, 0], (DRAWS, 1)), np.array([paper["exit_rate"], 0, 0]),
        column * paper["due_ratio"], column * paper["success"], young, column * paper["foundings_rate"],
        young, 1, rng,
    )  # fmt: skip
    expected = {
        "owners_leaving": "leave", "successions_due": "due", "handovers": "handed_over", "closures": "closed",
        "failed_successions": "searched_in_vain", "silent_closures": "closed_unseen", "foundings": "founded",
        "owners": "owners_after",
    }  # fmt: skip
    for measure, written in expected.items():
        assert getattr(paths, measure).mean() == pytest.approx(paper[written], abs=TOLERANCE), written
    assert paper["handed_over"] + paper["searched_in_vain"] + paper["closed_unseen"] == paper["leave"]


def test_the_training_need_backwards_and_forwards(case):
    paper, cohort = case("paper_training_need"), case("paper_training_cohort")
    pipeline = pipeline_of(cohort)
    starts = np.array(paper["start_years"])
    in_time = starts_in_time(starts, paper["target"], pipeline.training_years)
    assert in_time.tolist() == paper["in_time"]
    entry_years = np.array([paper["target"]])
    per_contract = yield_per_new_contract(pipeline, starts[in_time], entry_years, np.ones((1, 1)))
    np.testing.assert_allclose(per_contract, [[paper["yield_per_contract"]]])
    need = training_need(np.array([float(paper["gap"])]), np.array([[float(paper["planned"])]]), per_contract)
    assert need[0] == pytest.approx(paper["need"])
    assert paper["planned"] + paper["additional"] == paper["need"]

    begun = contracts_begun(np.array([[float(paper["additional"])]]), pipeline.dissolution)
    assert begun[0, 0] == pytest.approx(paper["begun"])
    assert begun[0, 0] * completion_rate(pipeline.dissolution)[0] == pytest.approx(paper["reach_examination"])
    passed = graduates(begun, starts[in_time], entry_years, pipeline)
    assert passed.sum() == pytest.approx(paper["pass_first_attempt"])
    assert skilled_entrants(passed, pipeline).sum() == pytest.approx(paper["arrive"])
