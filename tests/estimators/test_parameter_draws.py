"""Random numbers belong to an assumption: who shares it shares its error."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from forecast.errors import DefinitionError
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.sources.definitions import read_definitions


@pytest.fixture(scope="module")
def parameters(data_root: Path) -> ParameterDraws:
    return ParameterDraws(read_definitions(data_root).parameters, seed=1, draws=40)


def test_one_assumption_for_all_groups_is_wrong_for_all_in_the_same_way(parameters: ParameterDraws) -> None:
    one, other = (parameters.draw("skilled_seekers", occupation_group=f"KldB-{n}") for n in (262, 342))
    np.testing.assert_array_equal(one, other)
    assert np.ptp(one) > 0


def test_assumptions_of_their_own_stay_apart(parameters: ParameterDraws) -> None:
    one, other = (parameters.draw("group_coverage", occupation_group=f"KldB-{n}") for n in (262, 252))
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.6


def test_an_unknown_parameter_is_named(parameters: ParameterDraws) -> None:
    with pytest.raises(DefinitionError, match="no_such_thing"):
        parameters.draw("no_such_thing")


def test_draws_are_made_once_and_nobody_can_change_them(parameters: ParameterDraws) -> None:
    one = parameters.draw("entry_age")
    assert parameters.draw("entry_age") is one
    with pytest.raises(ValueError, match="read-only"):
        one[0] = 0
    assert parameters.once(("probe",), lambda: np.ones(1)) is parameters.once(("probe",), lambda: np.zeros(1))


def test_in_another_process_the_draws_are_the_same(parameters: ParameterDraws) -> None:
    parameters.draw("entry_age")
    copy = pickle.loads(pickle.dumps(parameters))  # noqa: S301 - our own bytes
    np.testing.assert_array_equal(copy.draw("entry_age"), parameters.draw("entry_age"))


def test_what_a_copy_was_asked_for_counts_as_read(parameters: ParameterDraws) -> None:
    own = parameters.parameters.apart()
    own.also_read({"entry_age"}, {"entry_age_spread"})
    assert own.names_read == {"entry_age"}
    assert own.names_drawn == {"entry_age_spread"}
