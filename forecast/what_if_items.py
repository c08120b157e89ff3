"""The explanation of a gap under levers: flows cumulated since the base year, signed as they move it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from forecast.domain.expected import Singles
from forecast.domain.inflow_parts import MIGRATION, RESIDUAL_INFLOW, RETURNERS
from forecast.domain.workforce import ENTRANTS, EXITS, JOBS_LOST_CLOSURES
from forecast.what_if_inputs import WhatIfInputs

WIDENING = {cause: f"item_{cause}" for cause in EXITS} | {JOBS_LOST_CLOSURES: "item_closures"}
NARROWING = {RETURNERS: "item_returners", MIGRATION: "item_migration", RESIDUAL_INFLOW: "item_residual"}


def items_of(
    inputs: WhatIfInputs, trade: int, flows: Mapping[str, Singles], expansion: Singles, contracted: Singles
) -> dict[str, Singles]:
    """Return the items of one trade, each (Y, D); their sum is demand minus supply.

    Args:
        inputs: Inputs of the region.
        trade: Position of the trade.
        flows: Flows of each year (Y, D): the causes of leaving, entrants and the parts of the net inflow.
        expansion: Demand above that of the base year (Y, D).
        contracted: Share of the entrants who come from contracts already signed (Y, D).
    """
    shape = flows[ENTRANTS].shape
    seekers = inputs.opening[trade].sum(axis=0) - inputs.employed[trade]
    signed = flows[ENTRANTS] * contracted
    return {
        "item_vacancies": np.broadcast_to(inputs.vacancies[trade], shape),
        "item_job_seekers": np.broadcast_to(-seekers, shape),
        "item_expansion": expansion.astype(np.float32),
        **{item: np.cumsum(flows[cause], axis=0) for cause, item in WIDENING.items()},
        "item_entrants_contracted": -np.cumsum(signed, axis=0),
        "item_entrants_expected": -np.cumsum(flows[ENTRANTS] - signed, axis=0),
        **{item: -np.cumsum(flows[part], axis=0) for part, item in NARROWING.items()},
    }
