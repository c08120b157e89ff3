"""Measures of a cell beside its gap: working time, succession, a check of the replacement demand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.domain.demand import net_replacement
from forecast.domain.working_time import WorkingTime, heads_in_work, hours_lost_with_owners
from forecast.estimators.handover import Succession
from forecast.projection import CellDraws, CellInputs

FloatArray = NDArray[np.float64]

WORK_MEASURES = ("demand_fte", "supply_fte", "gap_fte", "demand_hours", "supply_hours", "gap_hours")
TIME_MEASURES = (*WORK_MEASURES, "part_time_share")
OWNER_MEASURES = (
    "owners",
    "owners_leaving",
    "successions_due",
    "craft_handovers",
    "craft_closures",
    "foundings",
    "training_places_lost",
    "owner_hours_lost",
)
NET_CHECK = "replacement_net_check"


def side_measures(
    inputs: CellInputs,
    projected: CellDraws,
    time: WorkingTime,
    succession: Succession | None,
    contracts: FloatArray,
    owner_hours: tuple[float, FloatArray],
) -> dict[str, FloatArray]:
    """Return the draws (D, Y) of every measure that stands beside demand, supply and gap.

    Args:
        inputs: Inputs of the projection.
        projected: The projection.
        time: What a head works.
        succession: The succession account, None for industrial occupations.
        contracts: New contracts in the forecast years (D, Y).
        owner_hours: Hours an owner works in a year, and the share by which an employee works less (D,).
    """
    found = heads_in_work(projected.measures, time)
    found["part_time_share"] = time.part_time
    found[NET_CHECK] = net_replacement(inputs.opening, projected.by_age)
    if succession is not None:
        paths = succession.paths
        counted = {
            "owners": paths.owners,
            "owners_leaving": paths.owners_leaving,
            "successions_due": paths.successions_due,
            "craft_handovers": paths.handovers,
            "craft_closures": paths.all_closures,
            "foundings": paths.foundings,
        }
        found |= {name: np.asarray(count, dtype=np.float64) for name, count in counted.items()}
        found["training_places_lost"] = contracts * succession.training_lost
        hours, loss = owner_hours
        found["owner_hours_lost"] = hours_lost_with_owners(paths.closures, hours, loss[:, None])
    return found
