"""Owners from published totals: the totals come back, and the chamber's count is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forecast.estimators.handover import firms_of_trades, owner_inputs, owner_profile
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.sources.definitions import read_definitions

AGES = np.arange(15, 81)


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
