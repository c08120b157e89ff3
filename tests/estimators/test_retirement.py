"""Exit probabilities from the bundled parameters: the law moves them, groups differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.retirement import death_rates, exit_hazards, statutory_shift
from forecast.sources.definitions import read_definitions

AGES = np.arange(15, 81)
YEARS = np.arange(2026, 2036)


@pytest.fixture(scope="module")
def parameters(data_root: Path) -> ParameterDraws:
    return ParameterDraws(read_definitions(data_root).parameters, seed=1, draws=40)


def test_statutory_age_of_the_cohorts_of_2026(parameters: ParameterDraws) -> None:
    # § 235 SGB VI: born 1959 → 66 y 2 m (reference), born 1961 → 66 y 6 m, born 1964 and later → 67 y
    shift = dict(zip(AGES.tolist(), statutory_shift(2026, AGES, parameters).tolist(), strict=True))
    assert (shift[67], shift[65], shift[62], shift[40]) == (0.0, 4.0, 10.0, 10.0)


def test_every_hazard_is_a_probability_and_retirement_begins_where_it_should(
    parameters: ParameterDraws,
) -> None:
    hazards = exit_hazards(AGES, YEARS, "metal", parameters)
    assert set(hazards) == {"deaths", "retirements", "health_exits", "craft_leavers"}
    for hazard in hazards.values():
        assert np.all((hazard >= 0) & (hazard <= 1))
    first = int(parameters.parameters.value("retirement_first_age"))
    assert hazards["retirements"][:, :, first > AGES].max() == 0
    assert hazards["health_exits"][:, first <= AGES].max() == 0
    older, younger = (hazards["craft_leavers"][:, ages].mean() for ages in (AGES >= 55, AGES < 30))
    assert 0 <= older < younger / 10


def test_later_cohorts_retire_later(parameters: ParameterDraws) -> None:
    retire = exit_hazards(AGES, YEARS, "electro", parameters)["retirements"]
    at_64 = retire[:, :, AGES == 64][:, :, 0].mean(axis=0)
    assert at_64[0] > at_64[-1]  # aged 64 in 2026: born 1962; in 2035: born 1971
    assert at_64[-1] == pytest.approx(at_64[-2])  # from 1964 on the age is 67 for all


def test_health_strains_hard_trades_more(parameters: ParameterDraws) -> None:
    metal = exit_hazards(AGES, YEARS, "metal", parameters)["health_exits"]
    vehicle = exit_hazards(AGES, YEARS, "vehicle", parameters)["health_exits"]
    strained = (AGES >= 55) & (AGES < 57)
    assert metal[:, strained].mean() > vehicle[:, strained].mean()
    assert metal[:, AGES == 40].mean() == pytest.approx(vehicle[:, AGES == 40].mean())


def test_deaths_lie_between_the_two_sexes(parameters: ParameterDraws) -> None:
    values = parameters.parameters
    men, women = (values.value("mortality", sex=sex, age=60) for sex in ("m", "f"))
    mixed = death_rates(AGES, "other", parameters)[AGES == 60][0]
    assert women < mixed < men


def test_the_same_assumption_has_the_same_draws_everywhere(data_root: Path) -> None:
    definitions = read_definitions(data_root)
    one, two = (ParameterDraws(definitions.parameters, 7, 25) for _ in range(2))
    assert one.draw("reporting_rate").tolist() == two.draw("reporting_rate").tolist()
    other = ParameterDraws(definitions.parameters, 8, 25)
    assert one.draw("reporting_rate").tolist() != other.draw("reporting_rate").tolist()
    profile = one.profile("retirement_rate", "age", np.array([62, 64]))
    assert np.corrcoef(profile.T)[0, 1] > 0.99
