"""Working time of a trade from parameters: part time by occupation group, hours of a year, their drifts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from forecast.domain.working_time import WorkingTime, drifting_hours, drifting_share, working_time
from forecast.estimators.parameter_draws import ParameterDraws

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
SELF_EMPLOYED = "Selbständige"


def working_time_of(
    weights: Mapping[str, float], years_ahead: IntArray, parameters: ParameterDraws
) -> WorkingTime:
    """Working time per head of a trade in the base year or in every forecast year.

    Args:
        weights: Share of the trade's workers in each occupation group.
        years_ahead: Years since the base year (Y,); 0 is the base year itself.
        parameters: Parameter draws.
    """
    p, week = parameters, "part_timer_hours"
    share = part_time_of(weights, parameters)
    return working_time(
        drifting_share(share, p.draw("part_time_drift"), years_ahead, "part_time_share"),
        drifting_share(p.draw(week), p.draw("part_timer_drift"), years_ahead, week),
        drifting_hours(p.draw("effective_hours_full_time"), p.draw("full_time_hours_drift"), years_ahead),
    )


def part_time_of(weights: Mapping[str, float], parameters: ParameterDraws) -> FloatArray:
    """Share of a trade in part time at the base year (D,).

    `pt[0] = Σ_g weight[g]·part_time_share[g] / Σ_g weight[g]`: the trade works as the groups in which its
    people are counted.

    Args:
        weights: Share of the trade's workers in each occupation group.
        parameters: Parameter draws.
    """
    p = parameters
    shares = [p.draw("part_time_share", occupation_group=group) * part for group, part in weights.items()]
    return np.asarray(np.sum(shares, axis=0) / sum(weights.values()), dtype=np.float64)


def owner_hours(parameters: ParameterDraws) -> tuple[float, FloatArray]:
    """Hours an owner works in a year, and the share by which an employee works less (D,)."""
    hours = parameters.parameters.value("hours_per_year", group=SELF_EMPLOYED)
    return hours, parameters.draw("owner_to_employee_hours_loss")
