"""Working time from parameters: a trade works as the groups in which its people are counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.working_time import owner_hours, working_time_of
from forecast.sources.definitions import read_definitions

AHEAD = np.arange(1, 11)


@pytest.fixture(scope="module")
def parameters(data_root: Path) -> ParameterDraws:
    return ParameterDraws(read_definitions(data_root).parameters, seed=1, draws=400)


def test_part_time_is_the_weighted_mean_of_the_groups(parameters: ParameterDraws) -> None:
    one, other = (
        working_time_of({group: 1.0}, AHEAD * 0, parameters).part_time for group in ("KldB-332", "KldB-244")
    )
    both = working_time_of({"KldB-332": 3.0, "KldB-244": 1.0}, AHEAD * 0, parameters).part_time
    np.testing.assert_allclose(both, 0.75 * one + 0.25 * other)


def test_heads_work_less_as_part_time_rises(parameters: ParameterDraws) -> None:
    time = working_time_of({"KldB-342": 1.0}, AHEAD, parameters)
    assert np.all(np.diff(time.part_time, axis=1) > 0)
    assert np.all(np.diff(time.fte_per_head, axis=1) < 0)
    ratio = time.hours_per_head / time.fte_per_head
    hours = parameters.parameters.entry("effective_hours_full_time")
    assert np.all((ratio >= hours.low) & (ratio <= hours.high))


def test_an_owner_works_longer_than_an_employee(parameters: ParameterDraws) -> None:
    hours, loss = owner_hours(parameters)
    values = parameters.parameters
    employee = values.value("hours_per_year", group="Beschäftigte")
    np.testing.assert_allclose(hours * (1 - loss), employee, rtol=1e-3)
