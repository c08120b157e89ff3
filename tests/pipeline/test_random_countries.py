"""Small countries of any trades, regions, stocks and rates: whatever they are, the accounts must hold."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from forecast.cells import jointly_whole
from forecast.domain.apprentices import (
    TrainingPipeline,
    apprentices_stock,
    cohort_fates,
    contract_terminations,
    contracts_begun,
    graduates,
    skilled_entrants,
    training_lag,
)
from forecast.domain.inflow_parts import INFLOW_PARTS
from forecast.domain.lookup import Parameter, ParameterEntry
from forecast.domain.matrix import ITEMS, round_matrix
from forecast.domain.parameters import ParameterSet
from forecast.domain.workforce import EXITS
from forecast.projection import CellInputs, project_cell, project_training_need
from forecast.stats.draws import summarise

BASE, AGES, DRAWS = 2025, 9, 3
seeds = st.integers(0, 2**32)


@dataclass(frozen=True)
class Town:
    """One trade in one region: where its journeymen come from, and its accounts."""

    pipeline: TrainingPipeline
    starts: np.ndarray
    begun: np.ndarray
    inputs: CellInputs


def a_pipeline(rng, draws):
    layers = rng.dirichlet([1, 1, 1, 1, 6], draws)[:, :4]
    columns = (rng.uniform(0.3, 1, draws) for _ in range(4))
    return TrainingPipeline(float(rng.choice([2.0, 3.0, 3.5])), layers, *columns)


def profile_below_the_last_age(rng):
    """Nobody enters at an age from which there is no way but out."""
    return np.append(rng.dirichlet(np.ones(AGES - 1)), 0.0)


def a_town(rng, *, draws=DRAWS, horizon=6, size=30, growth=1.0):
    pipeline = a_pipeline(rng, draws)
    years = BASE + 1 + np.arange(horizon)
    starts = np.arange(BASE - 6, years[-1] + 1)
    begun = contracts_begun(rng.gamma(2, size / 8, (draws, starts.size)), pipeline.dissolution)
    entrants = skilled_entrants(graduates(begun, starts, years, pipeline), pipeline)
    signed = starts <= BASE - 1
    opening = rng.integers(0, size + 1, (draws, AGES))
    heads = opening.sum(axis=1).astype(float)
    seekers = np.floor(heads * rng.random(draws) / 4)
    shape = ((horizon, AGES), (draws, horizon, AGES))[rng.integers(0, 2)]
    return Town(
        pipeline,
        starts,
        begun,
        CellInputs(
            base_year=BASE,
            years=years,
            ages=np.arange(20, 20 + AGES),
            opening=opening,
            employed=heads - seekers,
            job_seekers=seekers,
            vacancies=rng.gamma(2, size / 10, draws),
            growth_index=growth * rng.gamma(40, 0.025, (draws, horizon)),
            hazards={cause: rng.random(shape) * rng.choice([0.02, 0.2, 1.0]) for cause in EXITS},
            entrants_contracted=entrants[:, signed].sum(axis=1),
            entrants_expected=entrants[:, ~signed].sum(axis=1),
            entry_profile=profile_below_the_last_age(rng),
            net_inflow_rate=rng.normal(0, 0.2, (draws, horizon)),
            inflow_profile=profile_below_the_last_age(rng),
            inflow_parts={
                "returners": rng.uniform(0, 0.3, draws),
                "migration": rng.normal(0, 0.2, draws),
            },
        ),
    )


@st.composite
def countries(draw):
    """A country: (region, trade) → town."""
    rng = np.random.default_rng(draw(seeds))
    size = draw(st.sampled_from([1, 5, 60]))
    horizon = draw(st.integers(1, 7))
    return {
        (region, trade): a_town(rng, horizon=horizon, size=size)
        for region in range(draw(st.integers(1, 3)))
        for trade in range(draw(st.integers(1, 3)))
    }


@given(country=countries(), seed=seeds)
def test_every_account_of_a_country_closes_in_every_draw(country, seed):
    rng = np.random.default_rng(seed)
    for town in country.values():
        opening = town.inputs.opening.sum(axis=1)
        result = project_cell(town.inputs, rng)
        for account in result.accounts:
            assert not np.any(account.residual)
            np.testing.assert_array_equal(account.opening, opening)
            leaving = sum(account.outflows.values())
            assert np.all(leaving <= account.opening), "more people left than were there"
            assert all(np.all(flow >= 0) for flow in account.outflows.values())
            opening = account.closing
            parts = sum(account.inflows[part] for part in INFLOW_PARTS)
            change = account.closing - account.opening
            np.testing.assert_array_equal(change, parts + account.inflows["entrants"] - leaving)
        assert result.by_age.min() >= 0
        np.testing.assert_array_equal(result.by_age.sum(axis=2), result.measures["supply"])
        told = sum(result.measures[part] for part in INFLOW_PARTS)
        np.testing.assert_array_equal(told, result.measures["net_inflow"])


@given(country=countries(), seed=seeds)
def test_the_explanation_sums_to_the_gap_before_and_after_rounding(country, seed):
    rng = np.random.default_rng(seed)
    parts = [project_cell(town.inputs, rng).measures for town in country.values()]
    total = {name: sum(part[name] for part in parts) for name in (*ITEMS, "gap", "demand", "supply")}
    for measures in (*parts, total):
        np.testing.assert_allclose(measures["demand"] - measures["supply"], measures["gap"], atol=1e-7)
        np.testing.assert_allclose(sum(measures[item] for item in ITEMS), measures["gap"], atol=1e-7)
        point = {name: measures[name].mean(axis=0) for name in (*ITEMS, "demand", "supply")}
        for step in range(point["demand"].size):
            items = {item: float(point[item][step]) for item in ITEMS}
            cell = round_matrix(float(point["demand"][step]), float(point["supply"][step]), items)
            assert cell.demand - cell.supply == cell.gap
            assert sum(cell.items.values()) == cell.gap
            assert all(abs(cell.items[item] - items[item]) < 1 for item in ITEMS)


@given(country=countries(), seed=seeds)
def test_printed_cells_and_group_rows_add_up_in_whole_persons(country, seed):
    """Items to the gap, gap to demand minus supply, the parts of the inflow to the inflow: as printed."""
    rng = np.random.default_rng(seed)
    parts = [project_cell(town.inputs, rng).measures for town in country.values()]
    total = {name: np.sum([part[name] for part in parts], axis=0) for name in parts[0]}
    for measures in (*parts, total):
        exact = {name: summarise(draws, axis=0) for name, draws in measures.items()}
        shown = {name: values[:, 0] for name, values in jointly_whole(exact).items()}
        np.testing.assert_array_equal(shown["demand"] - shown["supply"], shown["gap"])
        np.testing.assert_array_equal(sum(shown[item] for item in ITEMS), shown["gap"])
        np.testing.assert_array_equal(sum(shown[part] for part in INFLOW_PARTS), shown["net_inflow"])
        for name in (*ITEMS, *INFLOW_PARTS):
            assert np.abs(shown[name] - exact[name][:, 0]).max() < 1, name
            np.testing.assert_array_equal(shown[name], np.rint(shown[name]))


@given(country=countries(), seed=seeds)
def test_telling_the_inflow_apart_changes_nothing_else(country, seed):
    for town in country.values():
        told, untold = (
            project_cell(replace(town.inputs, inflow_parts=parts), np.random.default_rng(seed)).measures
            for parts in (town.inputs.inflow_parts, {})
        )
        apart = {*INFLOW_PARTS, "item_returners", "item_migration", "item_residual"}
        for name in set(told) - apart:
            np.testing.assert_array_equal(told[name], untold[name], err_msg=name)
        np.testing.assert_array_equal(untold["residual_inflow"], untold["net_inflow"])


@given(country=countries())
def test_nobody_is_lost_between_contract_and_certificate(country):
    for town in country.values():
        fates = cohort_fates(town.begun, town.pipeline)
        ends = fates.dissolved[:, :, -1] + fates.passed[:, :, -1] + fates.failed[:, :, -1]
        np.testing.assert_allclose(ends + fates.in_training[:, :, -1], town.begun, atol=1e-7)
        for state in (fates.in_training, fates.dissolved, fates.passed, fates.failed):
            assert state.min() >= -1e-9
        # the same cohorts seen along the calendar: what began = ended + passed + failed + still there
        last = int(town.starts[-1])
        ended = contract_terminations(
            town.begun, town.starts, np.arange(town.starts[0], last + 1), town.pipeline
        )
        passed = graduates(town.begun, town.starts, np.arange(town.starts[0], last + 1), town.pipeline)
        there = apprentices_stock(town.begun, town.starts, np.array([last]), town.pipeline)[:, 0]
        since = np.minimum(last - town.starts, fates.failed.shape[2] - 1)
        failed = fates.failed[:, np.arange(town.starts.size), since].sum(axis=1)
        np.testing.assert_allclose(
            ended.sum(axis=1) + passed.sum(axis=(1, 2)) + failed + there, town.begun.sum(axis=1), atol=1e-7
        )


@given(value=st.floats(0.01, 0.99), width=st.floats(0, 1), seed=seeds)
def test_a_lever_at_its_default_changes_no_draw(value, width, seed):
    entry = ParameterEntry((), value, value * (1 - width), value + (1 - value) * width, "s", "measured", "")
    texts = dict.fromkeys(("name_de", "name_en", "description", "description_en"), "x")
    parameter = Parameter(
        name="stay", unit="share", kind="measured", keyed_by=(), lookup="exact", covers={}, in_use=True,
        used_by="x", reserved_for="", reason="", review=None, distribution="triangular", entries=(entry,),
        **texts,
    )  # fmt: skip
    base = ParameterSet({"stay": parameter})
    moved = base.with_overrides([{"name": "stay", "value": value}])
    uniforms = np.random.default_rng(seed).random(50)
    np.testing.assert_array_equal(base.draws("stay", uniforms), moved.draws("stay", uniforms))


@settings(max_examples=8, suppress_health_check=[HealthCheck.filter_too_much])
@given(seed=seeds)
def test_the_training_need_put_into_the_contracts_closes_the_gap(seed):
    rng = np.random.default_rng(seed)
    draws, horizon = 1500, 8
    town = a_town(rng, draws=draws, horizon=horizon, size=200, growth=1.6)
    mild = {cause: np.minimum(rates, 0.05) for cause, rates in town.inputs.hazards.items()}
    # newcomers from elsewhere have ages of their own, which the need approximates; here there are none
    cell = replace(town.inputs, hazards=mild, net_inflow_rate=np.zeros(draws))
    ahead = town.starts > BASE
    starts, planned = town.starts[ahead], (town.begun * (1 - town.pipeline.dissolution[:, :1]))[:, ahead]
    gap = project_cell(cell, np.random.default_rng(seed)).measures["gap"]
    result = project_training_need(cell, gap, town.pipeline, planned, starts)
    step = horizon - 1
    assert result.reachable[step]
    assume(np.all(result.need[:, step] > 0))

    in_time = starts + training_lag(town.pipeline.training_years) <= cell.years[step]
    extra = result.need[:, step] - planned[:, in_time].mean(axis=1)
    more = np.where(in_time, np.maximum(planned + extra[:, None], 0), planned)
    assume(np.all(planned + extra[:, None] >= 0))
    additional = contracts_begun(more - planned, town.pipeline.dissolution)
    entering = skilled_entrants(graduates(additional, starts, cell.years, town.pipeline), town.pipeline)
    trained = replace(cell, entrants_expected=cell.entrants_expected + entering.sum(axis=1))
    closed = project_cell(trained, np.random.default_rng(seed + 1)).measures["gap"][:, step]
    noise = closed.std() / np.sqrt(draws)
    assert gap[:, step].mean() > 20 * noise
    assert closed.mean() == pytest.approx(0, abs=6 * noise + 0.5)
