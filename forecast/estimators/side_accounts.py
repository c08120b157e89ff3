"""Measures of a cell beside its gap: working time, succession, a check of the replacement demand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from forecast.domain.demand import net_replacement
from forecast.domain.working_time import WorkingTime, employees_for, heads_in_work, hours_lost_with_owners
from forecast.estimators.handover import Succession
from forecast.projection import CellDraws, CellInputs

FloatArray = NDArray[np.float64]

WORK_MEASURES = ("demand_fte", "supply_fte", "gap_fte", "demand_hours", "supply_hours", "gap_hours")
PART_TIME, HOURS_PER_HEAD = "part_time_share", "hours_per_head"
TIME_MEASURES = (*WORK_MEASURES, PART_TIME, HOURS_PER_HEAD)
#: Of demand, supply and gap what belongs to craft firms; the rest is industry, trade and administration.
CRAFT_MEASURES = ("demand_craft", "supply_craft", "gap_craft")
OWNER_MEASURES = (
    "owners",
    "owners_leaving",
    "successions_due",
    "successions_postponed",
    "craft_handovers",
    "craft_closures",
    "foundings",
    "training_places_lost",
    "owner_hours_lost",
    "owner_extra_employees",
)
NET_CHECK = "replacement_net_check"
#: Gap per skilled worker needed, made anew from every sum.
GAP_RATE = "gap_rate"
#: Skilled workers in part time: what the share of a group is made of, not shown by itself.
PART_TIME_HEADS = "part_time_heads"


def in_craft_firms(measures: Mapping[str, FloatArray], craft_share: FloatArray) -> dict[str, FloatArray]:
    """Part of demand, supply and gap that belongs to craft firms, draw by draw (D, Y).

    `demand_craft = demand · s`, `supply_craft = supply · s`, `gap_craft = demand_craft − supply_craft`. The
    occupation groups count craft and industry together and nothing published parts them by trade; the share
    s is the one by which the firms of the district are divided among the trades, the same draw for draw.

    Args:
        measures: demand and supply, each (D, Y).
        craft_share: Share of the skilled workers who work in craft firms (D,).

    Example:
        >>> heads = {"demand": np.array([[50.0, 60.0]]), "supply": np.array([[40.0, 30.0]])}
        >>> in_craft_firms(heads, np.array([0.5]))["gap_craft"].tolist()
        [[5.0, 15.0]]
    """
    demand, supply = (measures[side] * craft_share[:, None] for side in ("demand", "supply"))
    return dict(zip(CRAFT_MEASURES, (demand, supply, demand - supply), strict=True))


def side_measures(
    inputs: CellInputs,
    projected: CellDraws,
    time: WorkingTime,
    succession: Succession | None,
    contracts: FloatArray,
    owner_hours: tuple[float, FloatArray],
    craft_share: FloatArray,
) -> dict[str, FloatArray]:
    """Return the draws (D, Y) of every measure that stands beside demand, supply and gap.

    Args:
        inputs: Inputs of the projection.
        projected: The projection.
        time: What a head works.
        succession: The succession account, None for industrial occupations.
        contracts: New contracts in the forecast years (D, Y).
        owner_hours: Hours an owner works in a year, and the share by which an employee works less (D,).
        craft_share: Share of the skilled workers who work in craft firms (D,).
    """
    found = heads_in_work(projected.measures, time) | in_craft_firms(projected.measures, craft_share)
    found |= {PART_TIME: time.part_time, HOURS_PER_HEAD: time.hours_per_head}
    found[NET_CHECK] = net_replacement(inputs.opening, projected.by_age)
    if succession is not None:
        paths = succession.paths
        counted = {
            "owners": paths.owners,
            "owners_leaving": paths.owners_leaving,
            "successions_due": paths.successions_due,
            "successions_postponed": paths.postponed,
            "craft_handovers": paths.handovers,
            "craft_closures": paths.all_closures,
            "foundings": paths.foundings,
        }
        found |= {name: np.asarray(count, dtype=np.float64) for name, count in counted.items()}
        found["training_places_lost"] = contracts * succession.training_lost
        hours, loss = owner_hours
        found["owner_hours_lost"] = hours_lost_with_owners(paths.closures, hours, loss[:, None])
        found["owner_extra_employees"] = employees_for(found["owner_hours_lost"], time)
    return found
