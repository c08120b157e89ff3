"""Heads, full-time equivalents and hours of the same people, side by side with their drift.

A head is a head whatever its week; the work done is not. Three numbers per person turn heads into work:
the share in part time, the length of a part-timer's week against a full one, and the hours of a full-time
year. All three drift: the shares on the logit scale, so that they never leave 0…1, the hours by a rate::

    logit(pt[t]) = logit(pt[0]) + g·t      logit(r[t]) = logit(r[0]) + k·t      h[t] = h[0]·exp(d·t)
    FTE per head = 1 − pt·(1 − r)          hours per head = FTE per head · h

A full-time equivalent is a full week of its own year; that full weeks get shorter shows in the hours.

A shorter week is a lever of a scenario (`working_time`), never an assumption of the base: see `shorter_week`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from forecast.domain.account import Counts, Floats
from forecast.errors import ModelError

Reals = npt.NDArray[Any]
HEADS = ("demand", "supply")


@dataclass(frozen=True, slots=True, eq=False)
class WorkingTime:
    """What a head of one trade works in every forecast year.

    Args:
        part_time: Share of the staff in part time, (D, Y).
        fte_per_head: Full-time equivalents of a head, measured in full weeks of the year, (D, Y).
        hours_per_head: Hours worked per head and year, (D, Y).
    """

    part_time: Floats
    fte_per_head: Floats
    hours_per_head: Floats


def drifting_share(share: Floats, drift: Floats, steps: Counts, name: str) -> Floats:
    """Return a share that drifts in its odds, ``logit(s[t]) = logit(s[0]) + g·t``, (D, Y).

    ``s[t] = s[0] / (s[0] + (1 − s[0])·exp(−g·t))``: nobody and everybody have no odds to drift and stay.

    Args:
        share: Share at the base year, (D,).
        drift: Yearly change of the logit, (D,).
        steps: Years since the base year, (Y,).
        name: Parameter the share belongs to, for the message.

    Raises:
        ModelError: If a share is not between 0 and 1.

    Example:
        >>> drifting_share(np.array([0.5]), np.array([0.0]), np.array([1, 10]), "part_time_share").tolist()
        [[0.5, 0.5]]
    """
    if not np.all((share >= 0) & (share <= 1)):
        raise ModelError("Ein Anteil liegt nicht zwischen 0 und 1.", where=name, expected="0 bis 1")
    others = (1 - share)[:, None] * np.exp(-drift[:, None] * steps[None, :])
    return np.asarray(share[:, None] / (share[:, None] + others), dtype=np.float64)


def drifting_hours(hours: Floats, drift: Floats, steps: Counts) -> Floats:
    """Return the hours of a full-time year, ``h[t] = h[0]·exp(d·t)``, (D, Y).

    Args:
        hours: Hours worked in a full-time year of the base year, (D,).
        drift: Yearly change of their logarithm, (D,); below 0 where full weeks get shorter.
        steps: Years since the base year, (Y,).

    Example:
        >>> drifting_hours(np.array([1600.0]), np.array([-np.log(2) / 10]), np.array([0, 10])).tolist()
        [[1600.0, 800.0]]
    """
    return np.asarray(hours[:, None] * np.exp(drift[:, None] * steps[None, :]), dtype=np.float64)


def working_time(part_time: Floats, part_timer_hours: Floats, full_time_hours: Floats) -> WorkingTime:
    """Return full-time equivalents and hours per head, ``FTE = 1 − pt·(1 − r)``, ``hours = FTE·h``.

    Args:
        part_time: Share in part time, (D, Y).
        part_timer_hours: Week of a part-timer relative to a full week, (D, Y).
        full_time_hours: Hours worked in a full-time year, (D, Y).

    Raises:
        ModelError: If a year has no hours.
    """
    if not np.all(full_time_hours > 0):
        raise ModelError("Die Jahresarbeitszeit muss positiv sein.", where="effective_hours_full_time")
    fte = 1 - part_time * (1 - part_timer_hours)
    return WorkingTime(part_time, fte, fte * full_time_hours)


def shorter_week(cut: Reals, offset: Reals, taken: Reals) -> tuple[Reals, Reals]:
    """Return work per head and heads needed when part of the staff works a shorter week.

    ``work per head = 1 − a·c``, ``heads = 1/(1 − a·c·(1 − o))``: the hours that are cut are missing in every
    head, and as far as higher output per hour does not offset them, more heads have to do the same work.

    Args:
        cut: Part of the week that is cut, c = 1 − hours after / hours before.
        offset: Part of the cut that higher output per hour makes good, o.
        taken: Share of the staff on the shorter week, a; any shapes that fit together.

    Raises:
        ModelError: If a week without hours would have to be made good.

    Example:
        >>> work, heads = shorter_week(np.array([0.1]), np.array([0.25]), np.array([1.0]))
        >>> work.round(3).tolist(), heads.round(3).tolist()
        ([0.9], [1.081])
    """
    gone = taken * cut
    missing = gone * (1 - offset)
    if not np.all(missing < 1):
        raise ModelError("Eine Woche ohne Stunden lässt sich nicht ausgleichen.", where="hours_after")
    return 1 - gone, 1 / (1 - missing)


def heads_in_work(heads: Mapping[str, Floats], time: WorkingTime) -> dict[str, Floats]:
    """Return demand, supply and gap in full-time equivalents and in hours a year.

    ``gap_fte = demand_fte − supply_fte``, ``gap_hours = demand_hours − supply_hours``: the same people
    counted three times, so that a shortage in heads is a shortage in work.

    Args:
        heads: ``demand`` and ``supply`` in persons, (D, Y).
        time: What a head works.

    Returns:
        demand_fte, supply_fte, gap_fte, demand_hours, supply_hours, gap_hours, each (D, Y).
    """
    units = {"fte": time.fte_per_head, "hours": time.hours_per_head}
    found: dict[str, Floats] = {}
    for unit, per_head in units.items():
        for side in HEADS:
            found[f"{side}_{unit}"] = np.asarray(heads[side] * per_head, dtype=np.float64)
        found[f"gap_{unit}"] = found[f"demand_{unit}"] - found[f"supply_{unit}"]
    return found


def hours_lost_with_owners(owners: Floats | Counts, owner_hours: float, loss: Floats | float) -> Floats:
    """Return hours a year lost when employees do what owners did, ``owners · h_owner · loss``.

    Args:
        owners: Owners who give up and whose work goes on in another firm, (D, Y).
        owner_hours: Hours an owner works in a year.
        loss: Share by which an employee works less, ``1 − h_employee/h_owner``.

    Example:
        >>> hours_lost_with_owners(np.array([[10.0]]), 2000, 0.25).tolist()
        [[5000.0]]
    """
    return np.asarray(owners * owner_hours * loss, dtype=np.float64)


def employees_for(hours: Floats, time: WorkingTime) -> Floats:
    """Return how many more employees it takes to work some hours a year, ``hours / hours per head``, (D, Y).

    Args:
        hours: Hours a year, (D, Y).
        time: What a head works.

    Example:
        >>> week = working_time(np.array([[0.2]]), np.array([0.5]), np.array([1500.0]))
        >>> employees_for(np.array([[5400.0]]), week).tolist()
        [[4.0]]
    """
    return np.asarray(hours / time.hours_per_head, dtype=np.float64)
