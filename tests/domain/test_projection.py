"""The projection: accounts over years, an explanation in every draw, a need that closes the gap."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.domain.apprentices import (
    TrainingPipeline,
    contracts_begun,
    graduates,
    skilled_entrants,
)
from forecast.domain.matrix import ITEM_SIGNS, ITEMS
from forecast.domain.workforce import EXITS
from forecast.errors import ModelError
from forecast.projection import (
    CellInputs,
    project_cell,
    project_training_need,
    retained_entrants,
)

BASE, AGES = 2025, 8


def quiet_cell(draws=2, horizon=3, stock=20):
    """A cell in which nothing happens: no exits, no entrants, no growth, the last age empty for long."""
    opening = np.zeros((draws, AGES), dtype=np.int64)
    opening[:, 0] = stock
    profile = np.eye(AGES)[0]
    nothing = np.zeros((draws, horizon))
    return CellInputs(
        base_year=BASE,
        years=BASE + 1 + np.arange(horizon),
        ages=np.arange(60, 60 + AGES),
        opening=opening,
        employed=np.full(draws, stock - 4.0),
        job_seekers=np.full(draws, 4.0),
        vacancies=np.full(draws, 3.0),
        growth_index=np.ones((draws, horizon)),
        hazards={cause: np.zeros((horizon, AGES)) for cause in EXITS},
        entrants_contracted=nothing,
        entrants_expected=nothing,
        entry_profile=profile,
        net_inflow_rate=np.zeros(draws),
        inflow_profile=profile,
    )


@st.composite
def busy_cells(draw):
    """Cells of any rates, with hazards by year or by draw and year."""
    seed = draw(st.integers(0, 2**32))
    rng = np.random.default_rng(seed)
    draws, horizon = 4, draw(st.integers(1, 5))
    opening = rng.integers(0, draw(st.sampled_from([2, 40])), (draws, AGES))
    heads = opening.sum(axis=1).astype(float)
    seekers = heads * rng.random(draws)
    shape = draw(st.sampled_from([(horizon, AGES), (draws, horizon, AGES)]))
    rate_shape = draw(st.sampled_from([(draws,), (draws, horizon)]))
    high = draw(st.sampled_from([0.1, 1.0]))
    return CellInputs(
        base_year=BASE,
        years=BASE + 1 + np.arange(horizon),
        ages=np.arange(AGES),
        opening=opening,
        employed=heads - seekers,
        job_seekers=seekers,
        vacancies=rng.gamma(2, 3, draws),
        growth_index=rng.gamma(20, 0.05, (draws, horizon)),
        hazards={cause: rng.random(shape) * high for cause in EXITS},
        entrants_contracted=rng.gamma(1, 3, (draws, horizon)) * rng.integers(0, 2, (draws, horizon)),
        entrants_expected=rng.gamma(1, 3, (draws, horizon)) * rng.integers(0, 2, (draws, horizon)),
        entry_profile=rng.dirichlet(np.ones(AGES)),
        net_inflow_rate=rng.normal(0, 0.5, rate_shape),
        inflow_profile=rng.dirichlet(np.ones(AGES)),
    )


@given(inputs=busy_cells(), seed=st.integers(0, 2**32))
def test_stocks_flows_and_explanation_close_in_every_draw(inputs, seed):
    result = project_cell(inputs, np.random.default_rng(seed))
    m = result.measures
    before = np.concatenate([inputs.opening.sum(axis=1)[:, None], m["supply"][:, :-1]], axis=1)
    exits = sum(m[cause] for cause in EXITS)
    np.testing.assert_array_equal(m["supply"], before - exits + m["entrants"] + m["net_inflow"])
    np.testing.assert_array_equal(m["replacement_demand"], exits)
    assert m["supply"].min() >= 0
    np.testing.assert_array_equal(result.closing.sum(axis=1), m["supply"][:, -1])
    np.testing.assert_array_equal(m["gap"], m["demand"] - m["supply"])
    np.testing.assert_allclose(sum(m[item] for item in ITEMS), m["gap"], atol=1e-8)
    base = (inputs.employed + inputs.vacancies)[:, None]
    np.testing.assert_allclose(base + np.cumsum(m["expansion_demand"], axis=1), m["demand"], atol=1e-8)
    new = -(m["item_entrants_contracted"] + m["item_entrants_expected"])
    np.testing.assert_allclose(new, np.cumsum(m["entrants"], axis=1), atol=1e-8)
    for item, sign in ITEM_SIGNS.items():
        assert sign == 0 or np.all(m[item] * sign >= 0), item
    assert len(result.accounts) == len(inputs.years)
    assert not any(account.residual.any() for account in result.accounts)


def test_a_quiet_cell_stays_as_it_is(rng):
    m = project_cell(quiet_cell(), rng).measures
    assert np.all(m["supply"] == 20)
    assert np.all(m["workforce"] == 20)
    assert np.all(m["demand"] == 19)  # 16 employed and 3 places to fill
    assert np.all(m["gap"] == -1)  # 3 vacancies against 4 job seekers
    for flow in (*EXITS, "entrants", "net_inflow", "expansion_demand", "replacement_demand"):
        assert not m[flow].any(), flow


def test_every_year_uses_its_own_figures(rng):
    inputs = quiet_cell(draws=1)
    late = np.zeros((3, AGES))
    late[1] = 1  # in the second year everybody leaves the craft
    yearly = {
        "hazards": {**inputs.hazards, "craft_leavers": late},
        "entrants_contracted": np.array([[3.0, 1, 0]]),
        "entrants_expected": np.array([[0.0, 3, 5]]),
        "net_inflow_rate": np.array([[0.5, 0, 2]]),
        "inflow_parts": {"returners": np.zeros(1), "migration": np.array([-0.1])},
        "growth_index": np.array([[1.0, 2, 3]]),
    }
    m = project_cell(replace(inputs, **yearly), rng).measures
    #                         2026: 20 + 3 + 10   2027: all 33 leave, 4 come   2028: 4 + 5 + 8
    assert m["supply"][0].tolist() == [33, 4, 17]
    assert m["entrants"][0].tolist() == [3, 4, 5]
    assert m["net_inflow"][0].tolist() == [10, 0, 8]
    assert m["craft_leavers"][0].tolist() == [0, 33, 0]
    assert m["item_craft_leavers"][0].tolist() == [0, 33, 33]
    assert m["item_entrants_contracted"][0].tolist() == [-3, -4, -4]
    assert m["item_entrants_expected"][0].tolist() == [0, -3, -8]
    assert m["returners"][0].tolist() == [0, 0, 0]
    assert m["migration"][0, 0] <= 0
    assert (m["residual_inflow"] + m["migration"])[0].tolist() == [10, 0, 8]
    assert (m["item_residual"] + m["item_migration"])[0].tolist() == [-10, -10, -18]
    assert m["item_expansion"][0].tolist() == [0, 19, 38]
    assert m["expansion_demand"][0].tolist() == [0, 19, 19]
    assert m["gap"][0].tolist() == [19 - 33, 38 - 4, 57 - 17]


def test_hazards_and_rates_by_draw_touch_only_their_draw(rng):
    inputs = quiet_cell()
    by_draw = np.zeros((2, 3, AGES))
    by_draw[1, 1] = 1
    hazards = {**inputs.hazards, "deaths": by_draw}
    m = project_cell(replace(inputs, hazards=hazards, net_inflow_rate=np.array([1.0, 0])), rng).measures
    assert m["deaths"].tolist() == [[0, 0, 0], [0, 20, 0]]
    assert m["supply"].tolist() == [[40, 80, 160], [20, 0, 0]]


def test_nobody_leaves_who_is_not_there(rng):
    m = project_cell(replace(quiet_cell(), net_inflow_rate=np.array([-5.0, -0.25])), rng).measures
    assert m["net_inflow"][0].tolist() == [-20, 0, 0]
    assert m["net_inflow"][1, 0] == -5


def test_supply_follows_the_expected_number_by_hand(rng):
    """20 people aged 60, one in ten dies and one in five of the rest leaves each year, 6 come in."""
    draws, horizon = 20_000, 2
    inputs = quiet_cell(draws, horizon)
    hazards = {
        **inputs.hazards,
        "deaths": np.full((horizon, AGES), 0.1),
        "craft_leavers": np.full((horizon, AGES), 0.2),
    }
    entrants = np.full((draws, horizon), 3.0)
    m = project_cell(
        replace(inputs, hazards=hazards, entrants_contracted=entrants, entrants_expected=entrants), rng
    ).measures
    # 20·0.72 + 6 = 20.4; 20.4·0.72 + 6 = 20.688
    np.testing.assert_allclose(m["supply"].mean(axis=0), [20.4, 20.688], atol=0.06)
    np.testing.assert_allclose(m["deaths"].mean(axis=0), [2.0, 2.04], atol=0.05)
    np.testing.assert_allclose(m["craft_leavers"].mean(axis=0), [3.6, 3.672], atol=0.06)


def test_more_entrants_never_widen_the_gap(rng):
    few = quiet_cell(draws=400)
    hazards = {cause: np.full((3, AGES), 0.05) for cause in EXITS}
    few = replace(few, hazards=hazards, entrants_expected=np.full((400, 3), 1.5))
    many = replace(few, entrants_expected=np.full((400, 3), 4.5))
    gap_few, gap_many = (project_cell(cell, rng).measures["gap"].mean(axis=0) for cell in (few, many))
    assert np.all(gap_many < gap_few - 2)


@given(inputs=busy_cells(), seed=st.integers(0, 2**32))
def test_same_seed_same_draws(inputs, seed):
    first, second = (project_cell(inputs, np.random.default_rng(seed)) for _ in range(2))
    for name, values in first.measures.items():
        np.testing.assert_array_equal(values, second.measures[name])


def test_retained_entrants_by_hand():
    inputs = quiet_cell(draws=1)
    hazards = {
        **inputs.hazards,
        "deaths": np.tile([0.9, 0.1, 0.2, 0, 0, 0, 0, 0], (3, 1)),  # entrants of age 60 are 61 when at risk
        "craft_leavers": np.array([[0.0] * AGES, [0.5] * AGES, [0.0] * AGES]),  # in 2027 only
    }
    kept = retained_entrants(replace(inputs, hazards=hazards))[0]
    # entered 2026: at 61 in 2027 0.9·0.5, at 62 in 2028 times 0.8; entered 2027: at 61 in 2028 0.9
    np.testing.assert_allclose(kept, [[1, 0.45, 0.36], [0, 1, 0.9], [0, 0, 1]])
    flowing = retained_entrants(replace(inputs, net_inflow_rate=np.array([-0.1])))[0]
    np.testing.assert_allclose(flowing[0], [1, 0.9, 0.81])


def test_retained_entrants_leave_at_the_last_age():
    inputs = replace(quiet_cell(draws=1), entry_profile=np.eye(AGES)[AGES - 2])
    assert retained_entrants(inputs)[0, 0].tolist() == [1, 0, 0]


def training_cell(draws, rng):
    """A shrinking cell over ten years with a pipeline of three and a half years."""
    horizon = 10
    cell = quiet_cell(draws, horizon, stock=300)
    spread_stock = np.tile(np.array([60, 60, 50, 50, 40, 40, 0, 0]), (draws, 1))
    rates = {"deaths": 0.01, "retirements": 0.0, "health_exits": 0.02, "craft_leavers": 0.04}
    pipeline = TrainingPipeline(
        3.5,
        np.tile([0.106, 0.118, 0.104, 0.066], (draws, 1)),
        *(rng.uniform(low, low + 0.05, draws) for low in (0.8, 0.85, 0.55, 0.7)),
    )
    old = np.zeros(AGES)
    old[-3:] = 0.05
    hazards = {c: np.tile(r + old * (c == "retirements"), (horizon, 1)) for c, r in rates.items()}
    return replace(cell, opening=spread_stock, hazards=hazards, ages=np.arange(AGES)), pipeline


def with_contracts(cell, pipeline, contracts, starts):
    begun = contracts_begun(contracts, pipeline.dissolution)
    entrants = skilled_entrants(graduates(begun, starts, cell.years, pipeline), pipeline).sum(axis=1)
    return replace(cell, entrants_expected=entrants)


def test_the_training_need_closes_the_gap_of_its_target_year(rng):
    draws = 3_000
    cell, pipeline = training_cell(draws, rng)
    starts = np.arange(2026, 2035)
    planned = np.tile(np.linspace(20, 24, len(starts)), (draws, 1))
    cell = with_contracts(cell, pipeline, planned, starts)
    gap = project_cell(cell, rng).measures["gap"]
    result = project_training_need(cell, gap, pipeline, planned, starts)
    assert result.reachable.tolist() == [False] * 4 + [True] * 6  # 2026 + 4 = 2030
    assert np.isnan(result.need[:, :4]).all()
    for step in (5, 8):  # targets 2031 and 2034, two and five start years in time
        in_time = starts + 4 <= cell.years[step]
        extra = result.need[:, step] - planned[:, in_time].mean(axis=1)
        more = np.where(in_time, planned + extra[:, None], planned)
        closed = project_cell(with_contracts(cell, pipeline, more, starts), rng).measures["gap"]
        assert gap[:, step].mean() > 50
        assert closed[:, step].mean() == pytest.approx(0, abs=1.0)


def test_a_year_that_few_cohorts_can_reach_has_no_need(rng):
    cell, pipeline = training_cell(3, rng)
    starts = np.arange(2026, 2035)
    planned = np.full((3, len(starts)), 20.0)
    for least in (1, 2, 4):
        need = project_training_need(cell, np.ones((3, 10)), pipeline, planned, starts, least)
        assert need.reachable.tolist() == [year >= 2030 + least - 1 for year in cell.years]
        assert np.isfinite(need.need[:, need.reachable]).all()


def test_jobs_lost_with_closures_leave_at_every_age(rng):
    cell = quiet_cell(2_000, 3, stock=200)
    rate = np.tile(np.array([0.0, 0.1, 0.5]), (2_000, 1))
    closing = replace(cell, hazards={**cell.hazards, "jobs_lost_closures": rate[:, :, None]})
    m = project_cell(closing, rng).measures
    assert not m["jobs_lost_closures"][:, 0].any()
    np.testing.assert_allclose(m["jobs_lost_closures"].mean(axis=0), [0, 20, 90], atol=0.8)
    np.testing.assert_array_equal(m["item_closures"], np.cumsum(m["jobs_lost_closures"], axis=1))
    np.testing.assert_array_equal(m["replacement_demand"], m["jobs_lost_closures"])
    # those who enter in 2027 stay through 2028 with one half
    assert retained_entrants(closing)[0, 1].tolist() == [0, 1, 0.5]


def test_training_need_without_open_start_years_is_out_of_reach(rng):
    cell, pipeline = training_cell(3, rng)
    result = project_training_need(
        cell, np.ones((3, 10)), pipeline, np.zeros((3, 0)), np.array([], dtype=int)
    )
    assert not result.reachable.any()
    assert np.isnan(result.need).all()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("vacancies", np.zeros(3)),
        ("growth_index", np.ones((2, 4))),
        ("entry_profile", np.ones(3) / 3),
        ("net_inflow_rate", np.zeros((3, 2))),
        ("years", np.array([2026, 2028, 2029])),
        ("employed", np.full(2, 17.0)),
    ],
)
def test_inputs_that_do_not_fit_are_named(field, value):
    with pytest.raises(ModelError) as caught:
        replace(quiet_cell(), **{field: value})
    assert caught.value.where == ("opening" if field == "employed" else field)


def test_a_missing_hazard_is_named():
    inputs = quiet_cell()
    hazards = {cause: inputs.hazards[cause] for cause in EXITS if cause != "health_exits"}
    with pytest.raises(ModelError) as caught:
        replace(inputs, hazards=hazards)
    assert caught.value.where == "health_exits"


@pytest.mark.parametrize("parts", [{"returners": np.zeros(3)}, {"tourists": np.zeros(2)}])
def test_parts_of_the_inflow_that_do_not_fit_are_named(parts):
    with pytest.raises(ModelError) as caught:
        replace(quiet_cell(), inflow_parts=parts)
    assert caught.value.where == next(iter(parts))


def test_inputs_sent_to_another_process_are_the_same_and_repeat_nothing() -> None:
    cell = quiet_cell(draws=50, horizon=10)
    rate = np.linspace(0, 0.1, AGES)
    hazards = {**cell.hazards, "health_exits": np.broadcast_to(rate, (50, 10, AGES))}
    inputs = replace(cell, hazards=hazards)
    sent = pickle.dumps(inputs)
    copy = pickle.loads(sent)  # noqa: S301 - our own bytes
    for cause, known in inputs.hazards.items():
        np.testing.assert_array_equal(copy.hazards[cause], known)
    assert len(sent) < len(pickle.dumps(cell)) + 2 * rate.nbytes + 1000
    one, two = (project_cell(item, np.random.default_rng(1)) for item in (inputs, copy))
    np.testing.assert_array_equal(one.measures["gap"], two.measures["gap"])
