"""Owners from published totals: the totals come back, and the chamber's count is kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forecast.domain.apprentices import TrainingPipeline
from forecast.estimators.closures import takers_of, with_capacity
from forecast.estimators.contracts_path import ContractPath
from forecast.estimators.handover import firms_of_trades, owner_inputs, owner_profile, succession_of
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.sources.definitions import read_definitions

AGES = np.arange(15, 81)


@dataclass(frozen=True)
class StateLike:
    """The two fields of a trade's state that follow the training places."""

    path: ContractPath
    entrants: Any


def as_state(path: ContractPath, entrants: Any) -> Any:
    return StateLike(path, entrants)


@pytest.fixture(scope="module")
def parameters(data_root: Path) -> ParameterDraws:
    return ParameterDraws(read_definitions(data_root).parameters, seed=1, draws=400)


def test_owner_profile_meets_the_published_shares(parameters: ParameterDraws) -> None:
    profile = owner_profile(AGES, parameters)
    values = parameters.parameters
    assert profile.sum() == pytest.approx(1)
    assert profile[AGES >= 55].sum() == pytest.approx(values.value("owners_55plus_share"), abs=1e-6)
    assert profile[AGES >= 60].sum() == pytest.approx(values.value("owners_60plus_share"), abs=1e-6)


def test_firms_of_the_trades_stay_within_the_total(parameters: ParameterDraws) -> None:
    skilled = {"A-13": np.full(400, 1000.0), "A-24": np.full(400, 2000.0)}
    firms = firms_of_trades(11_500.0, skilled, parameters, year_gap=3)
    total = sum(firms.values())
    values = parameters.parameters
    expected = 11_500 * values.value("annex_a_share") * values.value("bundled_share_of_annex_a")
    assert np.median(total) == pytest.approx(expected, rel=0.08)
    assert np.median(firms["A-24"]) > np.median(firms["A-13"])


def test_due_successions_are_what_the_chamber_counts(parameters: ParameterDraws) -> None:
    inputs = owner_inputs(np.full(400, 1000.0), AGES, parameters)
    leaving = inputs.owners.sum(axis=1) * 0 + (inputs.owners * inputs.exit_rates).sum(axis=1)
    due = leaving * inputs.due_ratio
    rate = parameters.parameters.value("due_rate")
    assert np.mean(due) / 1000 == pytest.approx(rate, rel=0.05)
    assert np.all(inputs.due_ratio <= 1)
    assert inputs.successor_profile.sum() == pytest.approx(1)
    assert inputs.successor_profile[-1] == 0


def test_no_owner_of_a_small_trade_is_lost_in_rounding(parameters: ParameterDraws) -> None:
    for firms in (7.0, 23.0, 240.0):
        owners = owner_inputs(np.full(400, firms), AGES, parameters).owners
        assert np.all(owners.sum(axis=1) == firms)
        assert owners.min() >= 0


def test_foundings_that_survive_keep_the_firms_on_their_trend(parameters: ParameterDraws) -> None:
    inputs = owner_inputs(np.full(400, 1000.0), AGES, parameters, "A-24")
    trend = parameters.draw("firm_trend")
    lasting = inputs.foundings_rate * inputs.survival.share
    np.testing.assert_allclose(lasting, np.maximum(inputs.closing_rate + trend, 0))
    assert np.all(inputs.foundings_rate > lasting)


def test_the_usual_year_is_what_the_first_years_show(parameters: ParameterDraws) -> None:
    """What is taken out of the past's remainder is what the forecast starts with: nothing counted twice."""
    inputs = owner_inputs(np.full(400, 2000.0), AGES, parameters, "A-24")
    succession = succession_of(inputs, 3, 1, "HWK-FF", "A-24")
    assert succession.jobs_lost[:, 0].mean() == pytest.approx(inputs.usual_jobs.mean(), rel=0.06)
    assert succession.capacity[:, 0].mean() == pytest.approx(1, abs=0.002)
    assert np.all((succession.jobs_lost >= 0) & (succession.jobs_lost <= 1))
    firms = succession.paths.owners_before[:, 0] + succession.paths.foundings[:, 0]
    np.testing.assert_array_equal(succession.paths.owners[:, 0], firms - succession.paths.all_closures[:, 0])


def test_fewer_takers_close_more_firms_and_cost_training_places(parameters: ParameterDraws) -> None:
    inputs = owner_inputs(np.full(400, 2000.0), AGES, parameters, "A-24")
    half = succession_of(inputs, 5, 1, "HWK-FF", "A-24", np.full((400, 5), 0.5))
    same = succession_of(inputs, 5, 1, "HWK-FF", "A-24", np.ones((400, 5)))
    assert half.paths.handovers.sum() < same.paths.handovers.sum()
    assert half.capacity[:, -1].mean() < same.capacity[:, -1].mean()
    assert half.jobs_lost.mean() > same.jobs_lost.mean()


def test_takers_follow_the_masters_of_the_years_before(parameters: ParameterDraws) -> None:
    years, horizon = np.arange(2010, 2036), np.arange(2026, 2036)
    pipeline = TrainingPipeline(3.5, np.full((400, 4), 0.08), *(np.full(400, 0.8) for _ in range(4)))
    same = ContractPath(years, np.full((400, years.size), 100.0), 2024)
    rising = ContractPath(years, np.tile(np.linspace(100, 200, years.size), (400, 1)), 2024)
    steady, more = (takers_of(path, pipeline, horizon, parameters) for path in (same, rising))
    assert steady is not None
    assert more is not None
    assert steady.shape == more.shape == (400, 10)
    assert np.all(more[:, -1] > steady[:, -1])  # masters of the years to come are more in a growing trade
    short = ContractPath(np.arange(2022, 2036), np.full((400, 14), 100.0), 2024)
    assert takers_of(short, pipeline, horizon, parameters) is None


def test_contracts_to_come_follow_the_training_places(parameters: ParameterDraws) -> None:
    years, horizon = np.arange(2023, 2029), np.arange(2026, 2029)
    path = ContractPath(years, np.full((2, 6), 50.0), 2024)
    entrants = np.full((2, 6, 4), 10.0)
    state = with_capacity(as_state(path, entrants), np.tile([0.9, 0.8, 0.7], (2, 1)), horizon)
    assert state.path.draws[0].tolist() == [50, 50, 50, 45, 40, 35]  # 2025 lies before the forecast years
    assert state.entrants[0, :, 0].tolist() == [10, 10, 10, 9, 8, 7]
