"""Succession and masters of one trade settle each other: fewer masters, fewer firms, fewer places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forecast.domain.apprentices import TrainingPipeline
from forecast.domain.parameters import ParameterSet
from forecast.domain.workforce import EXITS
from forecast.estimators.closures import masters_of, path_with_capacity, succession_with_masters
from forecast.estimators.contracts_path import ContractPath
from forecast.estimators.handover import Succession, owner_inputs, succession_of
from forecast.estimators.master_account import BaseYear
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.technicians import leader_inputs
from forecast.sources.definitions import read_definitions

AGES, HORIZON, DRAWS = np.arange(15, 81), np.arange(2026, 2036), 200
FIRMS, STAFF, CONTRACTS = 600.0, 1600.0, 90.0


@dataclass(frozen=True)
class TradeLike:
    """A trade as the accounts of masters see it."""

    code: str = "A-24"


@dataclass(frozen=True)
class StateLike:
    """The fields of a trade's state that these accounts read."""

    path: ContractPath
    pipeline: TrainingPipeline
    region: str = "HWK-FF"
    trade: TradeLike = TradeLike()


@pytest.fixture(scope="module")
def parameters(data_root: Path) -> ParameterDraws:
    return ParameterDraws(read_definitions(data_root).parameters, seed=1, draws=DRAWS)


def state_of(contracts: float = CONTRACTS) -> Any:
    years = np.arange(2010, 2036)
    pipeline = TrainingPipeline(3.5, np.full((DRAWS, 4), 0.08), *(np.full(DRAWS, 0.8) for _ in range(4)))
    return StateLike(ContractPath(years, np.full((DRAWS, years.size), contracts), 2024), pipeline)


def base_of() -> BaseYear:
    profile = np.where((AGES >= 20) & (AGES < 65), 1.0, 0.0)
    hazards: Mapping[str, Any] = {cause: np.where(AGES >= 65, 0.5, 0.005) for cause in EXITS}
    return BaseYear(np.full(DRAWS, FIRMS), np.full(DRAWS, STAFF), profile / profile.sum(), AGES, hazards)


def settled(parameters: ParameterDraws, state: Any) -> Succession:
    owners = owner_inputs(np.full(DRAWS, FIRMS), AGES, parameters, "A-24")
    return succession_with_masters(state, owners, base_of(), HORIZON, parameters)


def with_value(parameters: ParameterDraws, name: str, factor: float) -> ParameterDraws:
    """The same draws with one assumption changed by a factor."""
    held: ParameterSet = parameters.parameters
    known = held.parameters[name]
    entries = tuple(
        replace(one, value=one.value * factor, low=one.low * factor, high=one.high * factor)
        for one in known.entries
    )
    changed = {**held.parameters, name: replace(known, entries=entries)}
    return replace(parameters, parameters=ParameterSet(changed))


def test_another_round_changes_nothing(parameters: ParameterDraws) -> None:
    state = state_of()
    found = settled(parameters, state)
    again = replace(state, path=path_with_capacity(state.path, found.capacity, HORIZON))
    masters = masters_of(again, base_of(), HORIZON, parameters)
    assert found.masters is not None
    np.testing.assert_array_equal(masters.paths.masters, found.masters.paths.masters)
    owners = owner_inputs(np.full(DRAWS, FIRMS), AGES, parameters, "A-24")
    repeated = succession_of(owners, HORIZON.size, parameters.seed, "HWK-FF", "A-24", masters)
    np.testing.assert_array_equal(repeated.paths.handovers, found.paths.handovers)
    np.testing.assert_array_equal(repeated.capacity, found.capacity)


def test_the_items_of_succession_close_in_every_draw(parameters: ParameterDraws) -> None:
    paths = settled(parameters, state_of()).paths
    np.testing.assert_array_equal(
        paths.successions_due, paths.handovers + paths.failed_successions + paths.postponed
    )
    assert paths.postponed.sum() > 0


def test_half_the_masters_lower_handovers_and_raise_closures_jobs_and_places_lost(
    parameters: ParameterDraws,
) -> None:
    state = state_of()
    usual = settled(parameters, state)
    halved = settled(with_value(parameters, "master_share", 0.5), state)
    last = slice(-3, None)
    assert halved.paths.handovers[:, last].sum() < usual.paths.handovers[:, last].sum()
    assert halved.paths.closures[:, last].sum() > usual.paths.closures[:, last].sum()
    assert halved.jobs_lost[:, -1].mean() > usual.jobs_lost[:, -1].mean()
    assert halved.training_lost[:, -1].mean() > usual.training_lost[:, -1].mean()
    assert halved.capacity[:, -1].mean() < usual.capacity[:, -1].mean()


def test_fewer_journeymen_are_fewer_successors_later(parameters: ParameterDraws) -> None:
    state = state_of()
    years = state.path.years
    fewer = replace(
        state, path=replace(state.path, draws=np.where(years >= 2019, 0.4, 1.0) * state.path.draws)
    )
    many, few = settled(parameters, state).masters, settled(parameters, fewer).masters
    assert many is not None
    assert few is not None
    np.testing.assert_array_equal(many.successors_before, few.successors_before)  # the base year is the same
    assert few.successors[:, -1].mean() < many.successors[:, -1].mean()
    assert np.all(few.takers >= 0)


def test_where_nobody_could_take_over_in_the_base_year_success_stays(parameters: ParameterDraws) -> None:
    masters = masters_of(state_of(), replace(base_of(), staff=np.zeros(DRAWS), firms=np.zeros(DRAWS)),
                         HORIZON, parameters)  # fmt: skip
    assert np.all(masters.takers[masters.successors_before == 0] == 1)


def test_industry_has_industrial_masters_and_the_craft_has_none(parameters: ParameterDraws) -> None:
    state, journeymen = state_of(), np.where(AGES == 21, 1.0, 0.0)
    for sector, names in (("craft", ["technician"]), ("industry", ["technician", "industrial_master"])):
        leaders = leader_inputs(sector, state.path, state.pipeline, HORIZON, journeymen, parameters)
        assert [one.name for one in leaders] == names
        for one in leaders:
            assert one.examinations.shape == (DRAWS, HORIZON.size + one.course_years)
            assert np.all(one.examinations > 0)
