"""From paths without and with changes to the measures of a trade: published draws plus what changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecast.domain.expected import FLOWS, ExpectedAccount, Singles
from forecast.domain.inflow_parts import MIGRATION, RESIDUAL_INFLOW, RETURNERS, residual_inflow
from forecast.domain.matrix import ITEMS as MATRIX_ITEMS
from forecast.domain.workforce import ENTRANTS, EXITS, NET_INFLOW
from forecast.what_if_inputs import WhatIfInputs
from forecast.what_if_items import items_of

ITEMS = frozenset(MATRIX_ITEMS)
WORK_UNITS = ("fte", "hours")
WORK_MEASURES = frozenset(f"{side}_{unit}" for side in ("demand", "supply", "gap") for unit in WORK_UNITS)
THOUSAND = 1_000
"""Hours are shown in thousands, as the release shows them."""
Measures = Mapping[str, Singles]


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Expected accounts and demand of some trades, (T, Y, D), and how their journeymen come about."""

    account: ExpectedAccount
    demand: Singles
    contracted: Singles


def measures_of(
    inputs: WhatIfInputs, at: int, base: Paths, other: Paths, *, items: bool
) -> dict[str, Singles]:
    """Published draws plus what the levers change, each (Y, D); the items only where asked for."""
    flows = {
        name: inputs.flows[at, place] + (other.account.flows[name][0] - base.account.flows[name][0])
        for place, name in enumerate(FLOWS)
    }
    opening = inputs.opening[at].sum(axis=0)
    change = sum(flows[name] for name in (ENTRANTS, NET_INFLOW)) - sum(flows[name] for name in EXITS)
    supply = opening + np.cumsum(change, axis=0, dtype=np.float64)
    lacking = np.maximum(-supply, 0)  # nobody leaves who is not there: a stock below nought stays open
    if lacking.any():
        supply = supply + lacking
        flows[NET_INFLOW] = flows[NET_INFLOW] + np.diff(lacking, axis=0, prepend=0).astype(np.float32)
    flows[RESIDUAL_INFLOW] = residual_inflow(flows[NET_INFLOW], flows[RETURNERS], flows[MIGRATION])
    needed = inputs.employed[at] + inputs.vacancies[at]
    demand = (needed * other.demand).astype(np.float64)
    explained = {}
    if items:
        together = other.account.flows[ENTRANTS][0]
        share = np.divide(other.contracted, together, out=np.zeros_like(together), where=together > 0)
        explained = items_of(inputs, at, flows, demand - needed, share)
    exact = {"demand": demand, "supply": supply, "gap": demand - supply}
    return {name: part.astype(np.float32) for name, part in exact.items()} | flows | explained


def work_of(made: Measures, per_head: tuple[Singles, Singles]) -> dict[str, Singles]:
    """Demand, supply and gap in full-time equivalents and in thousand hours a year, each (Y, D)."""
    found: dict[str, Singles] = {}
    for unit, work in zip(WORK_UNITS, per_head, strict=True):
        scale = np.float32(1 / THOUSAND if unit == "hours" else 1)
        for side in ("demand", "supply", "gap"):
            found[f"{side}_{unit}"] = made[side] * work * scale
    return found
