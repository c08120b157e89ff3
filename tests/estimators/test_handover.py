"""Owners from published totals: the totals come back, and the chamber's count is kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forecast.estimators.closures import with_capacity
from forecast.estimators.contracts_path import ContractPath
from forecast.estimators.handover import (
    firms_of_trades,
    owner_exit_rates,
    owner_inputs,
    owner_profile,
    succession_of,
)
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
    profile = owner_profile(AGES, parameters, "BB")
    np.testing.assert_allclose(profile.sum(axis=1), 1)
    older, oldest = (parameters.draw(f"owners_{age}plus_share") for age in (55, 60))
    np.testing.assert_allclose(profile[:, AGES >= 55].sum(axis=1), older)
    np.testing.assert_allclose(profile[:, AGES >= 60].sum(axis=1), oldest)
    assert older.std() > 0
    assert oldest.std() > 0


def test_the_district_has_its_own_owners_of_55_to_59(parameters: ParameterDraws) -> None:
    own, land = (owner_profile(AGES, parameters, region) for region in ("HWK-FF", "BB"))
    next_to_go = (AGES >= 55) & (AGES < 60)
    assert own[:, next_to_go].sum(axis=1).mean() * 11_500 == pytest.approx(1500, rel=0.02)
    assert land[:, next_to_go].sum(axis=1).mean() * 11_500 > 1900
    # 55 and over is the published share in both
    np.testing.assert_allclose(own[:, AGES >= 55].sum(axis=1), land[:, AGES >= 55].sum(axis=1))


def test_rates_of_leaving_move_together_over_all_ages(parameters: ParameterDraws) -> None:
    rates = owner_exit_rates(AGES, parameters)
    assert not rates[:, AGES < 55].any()
    at_60, at_70 = rates[:, AGES == 60][:, 0], rates[:, AGES == 70][:, 0]
    assert at_60.std() / at_60.mean() > 0.05
    assert np.corrcoef(at_60, at_70)[0, 1] > 0.99


def test_firms_of_the_trades_stay_within_the_total(parameters: ParameterDraws) -> None:
    skilled = {"A-13": np.full(400, 1000.0), "A-24": np.full(400, 2000.0)}
    firms = firms_of_trades(11_500.0, skilled, parameters, year_gap=3)
    trend = (1 + parameters.draw("firm_trend")) ** 3
    pool = 11_500 * trend * parameters.draw("annex_a_share") * parameters.draw("bundled_share_of_annex_a")
    np.testing.assert_allclose(sum(firms.values()), pool)  # in every draw, not only in the middle
    assert np.median(firms["A-24"]) > np.median(firms["A-13"])


def test_published_firms_decide_not_the_size_of_the_occupation_group(parameters: ParameterDraws) -> None:
    """Two trades with as many workers: the one with more published firms has more; others go by workers."""
    skilled = {trade: np.full(400, 1000.0) for trade in ("A-38", "A-13", "A-01", "A-18")}
    firms = firms_of_trades(11_500.0, skilled, parameters, year_gap=0)
    share = parameters.parameters
    published = share.value("firm_share", trade="A-38") / share.value("firm_share", trade="A-13")
    assert np.median(firms["A-38"] / firms["A-13"]) == pytest.approx(published, rel=0.1)
    workers = share.value("craft_share", trade="A-01") / share.value("craft_share", trade="A-18")
    assert np.median(firms["A-01"] / firms["A-18"]) == pytest.approx(workers, rel=0.15)
    only = firms_of_trades(11_500.0, {"A-01": skilled["A-01"]}, parameters, year_gap=0)
    assert np.all(only["A-01"] > 0)


def test_due_successions_are_what_the_chamber_counts(parameters: ParameterDraws) -> None:
    inputs = owner_inputs(np.full(400, 1000.0), AGES, parameters)
    leaving = inputs.owners.sum(axis=1) * 0 + (inputs.owners * inputs.exit_rates).sum(axis=1)
    due = leaving * inputs.due_ratio
    rate = parameters.parameters.value("due_rate")
    assert np.mean(due) / 1000 == pytest.approx(rate, rel=0.05)
    assert np.all(inputs.due_ratio <= 1)
    np.testing.assert_allclose(inputs.successor_profile.sum(axis=1), 1)
    assert not inputs.successor_profile[:, -1].any()


def test_the_accounts_first_year_has_as_many_due_as_the_chamber_counts(parameters: ParameterDraws) -> None:
    """The owners of the last age, who all leave, are counted in the rate as well."""
    for region in ("HWK-FF", "BB"):
        inputs = owner_inputs(np.full(400, 11_500.0), AGES, parameters, "A-24", region)
        paths = succession_of(inputs, 1, 1, region, "A-24").paths
        assert paths.successions_due.mean() == pytest.approx(300, rel=0.02), region


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


def test_contracts_to_come_follow_the_training_places(parameters: ParameterDraws) -> None:
    years, horizon = np.arange(2023, 2029), np.arange(2026, 2029)
    path = ContractPath(years, np.full((2, 6), 50.0), 2024)
    entrants = np.full((2, 6, 4), 10.0)
    state = with_capacity(as_state(path, entrants), np.tile([0.9, 0.8, 0.7], (2, 1)), horizon)
    assert state.path.draws[0].tolist() == [50, 50, 50, 45, 40, 35]  # 2025 lies before the forecast years
    assert state.entrants[0, :, 0].tolist() == [10, 10, 10, 9, 8, 7]
