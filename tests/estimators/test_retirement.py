"""Exit probabilities from the bundled parameters: the law moves them, groups differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.retirement import death_rates, exit_hazards, limit_months, way_months, way_weights
from forecast.sources.definitions import read_definitions

AGES = np.arange(15, 81)
YEARS = np.arange(2026, 2036)


@pytest.fixture(scope="module")
def parameters(data_root: Path) -> ParameterDraws:
    return ParameterDraws(read_definitions(data_root).parameters, seed=1, draws=40)


def test_statutory_age_of_the_cohorts_of_2026(parameters: ParameterDraws) -> None:
    # § 235 SGB VI: born 1959 → 66 y 2 m (reference), born 1961 → 66 y 6 m, born 1964 and later → 67 y
    shift = limit_months("statutory_retirement_age", 2026, AGES, parameters)
    found = dict(zip(AGES.tolist(), shift.tolist(), strict=True))
    assert (found[67], found[65], found[62], found[40]) == (0.0, 4.0, 10.0, 10.0)
    assert (found[69], found[80]) == (-3.0, -14.0)  # born 1957: 65 y 11 m; born 1946: 65 y


def test_the_three_ways_move_apart_for_older_cohorts(parameters: ParameterDraws) -> None:
    # aged 64 in 2015, born 1951: 63 after 45 years (14 months less than the reference), regular 65 y 5 m
    after_45, with_deductions, regular = way_months(2015, AGES, parameters)[:, AGES == 64][:, 0]
    assert (after_45, with_deductions, regular) == (-14.0, 0.0, -9.0)
    # a year before the law was in force these people waited for the regular age
    before, _, follows = way_months(2014, AGES, parameters)
    assert before.tolist() == follows.tolist()
    weights = way_weights(parameters)
    assert weights.shape == (3, 40)
    np.testing.assert_allclose(weights.sum(axis=0), 1)
    assert weights.min() > 0.15
    assert 0.25 < weights[0].mean() < 0.4


def test_of_the_reference_cohort_nobody_is_moved(parameters: ParameterDraws) -> None:
    # aged 64 in 2023: born 1959
    retire = exit_hazards(AGES, np.array([2023]), "*", parameters)["retirements"][:, 0, AGES == 64][:, 0]
    schedule = parameters.profile("retirement_rate", "age", np.array([64]))[:, 0]
    np.testing.assert_allclose(retire, schedule)


def test_the_first_age_keeps_its_rate(parameters: ParameterDraws) -> None:
    retire = exit_hazards(AGES, np.array([2035]), "*", parameters)["retirements"][:, 0]
    factor = parameters.draw("health_factor", group="*")
    at_57 = parameters.profile("retirement_rate", "age", np.array([57]))[:, 0]
    np.testing.assert_allclose(retire[:, AGES == 57][:, 0], at_57 * factor)


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


def test_a_past_year_has_its_own_law(parameters: ParameterDraws) -> None:
    """Aged 63 nobody left after 45 years in 2014, in 2015 they did; at 66 the limit was lower than today."""
    years = np.array([2014, 2015, 2026])
    retire = exit_hazards(AGES, years, "electro", parameters)["retirements"].mean(axis=0)
    before, since, today = retire[:, AGES == 63][:, 0]
    assert since > before
    assert since > today
    assert retire[0, AGES == 66][0] > retire[2, AGES == 66][0]


def test_years_are_computed_one_by_one_and_together_alike(parameters: ParameterDraws) -> None:
    together = exit_hazards(AGES, np.arange(2013, 2030), "shk", parameters)["retirements"]
    alone = exit_hazards(AGES, np.array([2019]), "shk", parameters)["retirements"]
    np.testing.assert_array_equal(together[:, 6], alone[:, 0])


def test_health_strains_hard_trades_more(parameters: ParameterDraws) -> None:
    metal = exit_hazards(AGES, YEARS, "metal", parameters)["health_exits"]
    vehicle = exit_hazards(AGES, YEARS, "vehicle", parameters)["health_exits"]
    strained = (AGES >= 55) & (AGES < 57)
    assert metal[:, strained].mean() > vehicle[:, strained].mean()
    assert metal[:, AGES == 40].mean() == pytest.approx(vehicle[:, AGES == 40].mean())


def test_deaths_lie_between_the_two_sexes(parameters: ParameterDraws) -> None:
    values = parameters.parameters
    men, women = (values.value("mortality", sex=sex, age=60) for sex in ("m", "f"))
    mixed = death_rates(AGES, "other", parameters)[:, AGES == 60][:, 0]
    assert np.all((women < mixed) & (mixed < men))


def test_where_more_women_work_fewer_die(parameters: ParameterDraws) -> None:
    share = parameters.draw("share_women", group="other")
    rate = death_rates(AGES, "other", parameters)[:, AGES == 60][:, 0]
    order = np.argsort(share)
    assert np.all(np.diff(rate[order]) < 0), "the share is drawn, and the same draw counts for the deaths"


def test_the_same_assumption_has_the_same_draws_everywhere(data_root: Path) -> None:
    definitions = read_definitions(data_root)
    one, two = (ParameterDraws(definitions.parameters, 7, 25) for _ in range(2))
    assert one.draw("reporting_rate").tolist() == two.draw("reporting_rate").tolist()
    other = ParameterDraws(definitions.parameters, 8, 25)
    assert one.draw("reporting_rate").tolist() != other.draw("reporting_rate").tolist()
    profile = one.profile("retirement_rate", "age", np.array([62, 64]))
    assert np.corrcoef(profile.T)[0, 1] > 0.99
