"""Yearly exit probabilities by age and birth cohort: death, retirement, health, leaving the craft."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.domain.workforce import retirement_shift
from forecast.estimators.parameter_draws import ParameterDraws

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def death_rates(ages: IntArray, group: str, parameters: ParameterDraws) -> FloatArray:
    """Probability of dying within the year (A,), weighted by the share of women in the group.

    `q = (1 − w)·q_men + w·q_women`, period life table of the parameter `mortality`.
    """
    women = parameters.parameters.value("share_women", group=group)
    table = {
        sex: np.array([parameters.parameters.value("mortality", sex=sex, age=int(age)) for age in ages])
        for sex in ("m", "f")
    }
    return (1 - women) * table["m"] + women * table["f"]


def statutory_shift(year: int, ages: IntArray, parameters: ParameterDraws) -> FloatArray:
    """Months (A,) by which the statutory age of those aged x in `year` lies above the reference cohort's.

    `shift = R(year − x) − R(reference)`, R = statutory retirement age in months (§ 235 SGB VI).
    """
    reference = int(parameters.parameters.value("statutory_reference_birth_year"))
    base = parameters.parameters.value("statutory_retirement_age", birth_year=reference)
    limits = [
        parameters.parameters.value("statutory_retirement_age", birth_year=max(int(year - age), reference))
        for age in ages
    ]
    return np.array(limits) - base


def strain_factor(ages: IntArray, group: str, parameters: ParameterDraws) -> FloatArray:
    """Factor (D, A) on early exits in a group: `health_factor` between `health_factor_ages`, else 1."""
    factor = np.ones((parameters.draws, ages.size))
    strained = (ages >= parameters.parameters.value("health_factor_ages", bound="from")) & (
        ages <= parameters.parameters.value("health_factor_ages", bound="to")
    )
    factor[:, strained] = parameters.draw("health_factor", group=group)[:, None]
    return factor


def exit_schedules(ages: IntArray, parameters: ParameterDraws) -> tuple[FloatArray, FloatArray]:
    """Retirement and health exit rates (D, A) of the reference cohort, before strain and statutory age."""
    first = int(parameters.parameters.value("retirement_first_age"))
    retiring = np.zeros((parameters.draws, ages.size))
    retiring[:, ages >= first] = parameters.profile("retirement_rate", "age", ages[ages >= first])
    health = np.zeros((parameters.draws, ages.size))
    health[:, ages < first] = parameters.profile("health_exit_rate", "age", ages[ages < first])
    return retiring, health


def exit_hazards(
    ages: IntArray, years: IntArray, group: str, parameters: ParameterDraws
) -> dict[str, FloatArray]:
    """Yearly exit probabilities by cause: deaths (A,), the others (D, Y, A) or (D, A).

    Retirement follows the age schedule of the parameters, moved by the change of the statutory age of
    each birth cohort; in groups with hard physical work the ages between the two bounds of
    `health_factor_ages` are multiplied by `health_factor`.

    Args:
        ages: Single years of age (A,).
        years: Forecast years (Y,).
        group: Group of the trade (metal, electro, shk, vehicle, other).
        parameters: Parameter draws.

    Source: methods.md, section 2.
    """
    factor = strain_factor(ages, group, parameters)
    retiring, health = exit_schedules(ages, parameters)
    months = np.stack([statutory_shift(int(year), ages, parameters) for year in years])
    by_year = retirement_shift(retiring, ages.astype(np.float64), months)
    return {
        "deaths": death_rates(ages, group, parameters),
        "retirements": np.clip(by_year * factor[:, None, :], 0, 1),
        "health_exits": np.clip(health * factor, 0, 1),
        "craft_leavers": np.clip(parameters.profile("craft_leaving_rate", "age", ages), 0, 1),
    }
