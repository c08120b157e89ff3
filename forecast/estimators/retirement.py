"""Yearly exit probabilities by age and birth cohort: death, retirement, health, leaving the craft."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.domain.retirement import AFTER_45_YEARS, WITH_DEDUCTIONS, retirement_by_way
from forecast.estimators.parameter_draws import ParameterDraws

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def death_rates(ages: IntArray, group: str, parameters: ParameterDraws) -> FloatArray:
    """Probability of dying within the year (D, A), weighted by the share of women in the group.

    `q = (1 − w)·q_men + w·q_women`, period life table of the parameter `mortality`; w is drawn.
    """
    women = parameters.draw("share_women", group=group)[:, None]
    table = {
        sex: np.array([parameters.parameters.value("mortality", sex=sex, age=int(age)) for age in ages])
        for sex in ("m", "f")
    }
    return np.asarray((1 - women) * table["m"] + women * table["f"], dtype=np.float64)


def limit_months(name: str, year: int, ages: IntArray, parameters: ParameterDraws) -> FloatArray:
    """Months (A,) by which an age limit of those aged x in `year` lies above that of the reference cohort.

    `limit(year − x) − limit(reference)`; negative for cohorts before the reference. Cohorts before the first
    one of the table have its limit: the law begins to raise it there.
    """
    values = parameters.parameters
    reference = int(values.value("statutory_reference_birth_year"))
    earliest = int(values.parameters[name].covers["birth_year"][0])
    limits = [values.value(name, birth_year=max(int(year - age), earliest)) for age in ages]
    return np.array(limits) - values.value(name, birth_year=reference)


def way_months(year: int, ages: IntArray, parameters: ParameterDraws) -> FloatArray:
    """Months (3, A) by which each way into retirement lies later, in the order of `WAYS`.

    After 45 years of insurance: § 236b SGB VI, the regular age before it was in force. With deductions:
    from 63 on for every cohort, so never later (§ 236 SGB VI). Regular: § 235 SGB VI.
    """
    regular = limit_months("statutory_retirement_age", year, ages, parameters)
    in_force = year >= parameters.parameters.value("long_insured_since")
    own = limit_months("statutory_age_long_insured", year, ages, parameters)
    long_insured = own if in_force else regular
    return np.stack([long_insured, np.zeros_like(regular), regular])


def way_weights(parameters: ParameterDraws) -> FloatArray:
    """Share of those who retire on each way, (3, D); what the early ways leave follows the regular age."""
    early = [parameters.draw("retirement_way_share", way=way) for way in (AFTER_45_YEARS, WITH_DEDUCTIONS)]
    return np.stack([*early, 1 - np.sum(early, axis=0)])


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


def retirement_by_year(ages: IntArray, years: IntArray, parameters: ParameterDraws) -> FloatArray:
    """Retirement rates before strain under the law of every year, (D, Y, A): every cohort on its three ways.

    The law of a year is that of the cohorts alive in it, so past years have theirs as forecast years do.
    The same for all groups: computed once.

    Args:
        ages: Single years of age (A,).
        years: Workforce years (Y,), past or forecast.
        parameters: Parameter draws.
    """

    def made() -> FloatArray:
        retiring, _ = exit_schedules(ages, parameters)
        first = int(np.searchsorted(ages, parameters.parameters.value("retirement_first_age")))
        weights = way_weights(parameters)
        found = np.zeros((parameters.draws, years.size, ages.size))
        schedule = np.ascontiguousarray(retiring.T)
        for at, year in enumerate(years.tolist()):
            months = way_months(year, ages[first:], parameters)[:, :, None]
            found[:, at, first:] = retirement_by_way(schedule, months, weights, first, first).T
        return found

    return parameters.once(("retirement_by_year", *ages.tolist(), "in", *years.tolist()), made)


def exit_hazards(
    ages: IntArray, years: IntArray, group: str, parameters: ParameterDraws
) -> dict[str, FloatArray]:
    """Yearly exit probabilities by cause: retirements (D, Y, A), the others (D, A).

    Retirement follows the age schedule of the parameters on three ways, each moved by the change of its own
    age limit for each birth cohort (`forecast.domain.retirement`); in groups with hard physical work the
    ages between the two bounds of `health_factor_ages` are multiplied by `health_factor`.

    Args:
        ages: Single years of age (A,).
        years: Workforce years (Y,), past or to come: shares leaving within the year that ends in each.
        group: Group of the trade (metal, electro, shk, vehicle, other).
        parameters: Parameter draws.

    Source: methods.md, section 2.
    """
    factor = strain_factor(ages, group, parameters)
    _, health = exit_schedules(ages, parameters)
    by_year = retirement_by_year(ages, years, parameters)
    return {
        "deaths": death_rates(ages, group, parameters),
        "retirements": np.clip(by_year * factor[:, None, :], 0, 1),
        "health_exits": np.clip(health * factor, 0, 1),
        "craft_leavers": np.clip(parameters.profile("craft_leaving_rate", "age", ages), 0, 1),
    }
