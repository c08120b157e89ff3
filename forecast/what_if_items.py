"""The explanation of a gap under levers: flows cumulated since the base year, signed as they move it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from forecast.domain.expected import Singles
from forecast.domain.inflow_parts import MIGRATION, RESIDUAL_INFLOW, RETURNERS
from forecast.domain.workforce import ENTRANTS, EXITS, JOBS_LOST_CLOSURES
from forecast.what_if_inputs import WhatIfInputs

WIDENING = {cause: f"item_{cause}" for cause in EXITS} | {JOBS_LOST_CLOSURES: "item_closures"}
NARROWING = {RETURNERS: "item_returners", MIGRATION: "item_migration", RESIDUAL_INFLOW: "item_residual"}


def items_of(
    inputs: WhatIfInputs,
    places: Sequence[int],
    flows: Mapping[str, Singles],
    expansion: npt.NDArray[np.float64],
    contracted: Singles,
) -> dict[str, Singles]:
    """Return the items of some trades, each (T, Y, D); their sum is demand minus supply.

    Args:
        inputs: Inputs of the region.
        places: Positions of the trades (T).
        flows: Flows of each year (T, Y, D): the causes of leaving, entrants and the parts of the net inflow.
        expansion: Demand above that of the base year (T, Y, D).
        contracted: Share of the entrants who come from contracts already signed (T, Y, D).
    """
    shape = flows[ENTRANTS].shape
    seekers = inputs.opening[places].sum(axis=1) - inputs.employed[places]
    signed = flows[ENTRANTS] * contracted
    return {
        "item_vacancies": np.broadcast_to(inputs.vacancies[places][:, None], shape),
        "item_job_seekers": np.broadcast_to(-seekers[:, None], shape),
        "item_expansion": expansion.astype(np.float32),
        **{item: running_sum(flows[cause]) for cause, item in WIDENING.items()},
        "item_entrants_contracted": -running_sum(signed),
        "item_entrants_expected": -running_sum(flows[ENTRANTS] - signed),
        **{item: -running_sum(flows[part]) for part, item in NARROWING.items()},
    }


def running_sum(flow: Singles, kind: type[np.floating] = np.float32) -> npt.NDArray[Any]:
    """Cumulate a flow (T, Y, D) over the years; whole rows of draws at a time."""
    total = np.empty(flow.shape, dtype=kind)
    total[:, 0] = flow[:, 0]
    for year in range(1, flow.shape[1]):
        np.add(total[:, year - 1], flow[:, year], out=total[:, year])
    return total
