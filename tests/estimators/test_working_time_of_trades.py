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
    assert np.all(np.diff(time.hours_per_head, axis=1) < 0)
    ratio = time.hours_per_head / time.fte_per_head
    hours, drift = (
        parameters.parameters.entry(name) for name in ("effective_hours_full_time", "full_time_hours_drift")
    )
    assert np.all(ratio >= hours.low * np.exp(drift.low * AHEAD))
    assert np.all(ratio <= hours.high * np.exp(drift.high * AHEAD))
    assert np.all(np.diff(ratio, axis=1) < 0), "full weeks get shorter"


def test_longer_short_weeks_make_up_a_part_of_the_rise_of_part_time(parameters: ParameterDraws) -> None:
    today, later = working_time_of({"KldB-342": 1.0}, np.array([0, 10]), parameters).fte_per_head.T
    more = working_time_of({"KldB-342": 1.0}, np.array([10]), parameters).part_time[:, 0]
    week = parameters.draw("part_timer_hours")
    without = 1 - more * (1 - week)
    assert np.all(later >= without)
    assert today.mean() > later.mean() > without.mean()


def test_an_owner_works_longer_than_an_employee(parameters: ParameterDraws) -> None:
    """Between what all employees work, part time of all sectors included, and a skilled worker here."""
    hours, loss = owner_hours(parameters)
    values = parameters.parameters
    everyone = values.value("hours_per_year", group="Beschäftigte")
    here = working_time_of({"KldB-342": 1.0}, np.array([0]), parameters).hours_per_head.mean()
    assert np.all(hours * (1 - loss) >= everyone - 1)
    assert np.all(hours * (1 - loss) <= here + 1)
    assert loss.std() > 0, "an assumption with a range"
