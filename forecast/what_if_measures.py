"""From paths without and with changes to the measures of a trade: published draws plus what changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecast.domain.expected import FLOWS, ExpectedAccount, Singles
from forecast.domain.inflow_parts import MIGRATION, RESIDUAL_INFLOW, RETURNERS, residual_inflow
from forecast.domain.matrix import ITEMS as MATRIX_ITEMS
from forecast.domain.workforce import ENTRANTS, EXITS, NET_INFLOW
from forecast.what_if_inputs import WhatIfInputs
from forecast.what_if_items import items_of, running_sum

ITEMS = frozenset(MATRIX_ITEMS)
WORK_UNITS = ("fte", "hours")
WORK_MEASURES = frozenset(f"{side}_{unit}" for side in ("demand", "supply", "gap") for unit in WORK_UNITS)
CRAFT_MEASURES = ("demand_craft", "supply_craft", "gap_craft")
CRAFT_SHARE = "craft_share"
THOUSAND = 1_000
"""Hours are shown in thousands, as the release shows them."""
Measures = Mapping[str, Singles]


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Expected account of one trade, (1, Y, D), its demand and journeymen from contracts signed, (Y, D)."""

    account: ExpectedAccount
    demand: Singles
    contracted: Singles


def measures_of(
    inputs: WhatIfInputs, places: Sequence[int], base: Sequence[Paths], other: Sequence[Paths], *, items: bool
) -> dict[str, Singles]:
    """Published draws plus what the levers change, each (T, Y, D); the items only where asked for.

    Args:
        inputs: Inputs of the region.
        places: Positions of the trades (T).
        base: Their paths without changes.
        other: Their paths with them; the very same where nothing changes.
        items: Whether to explain the gap.
    """
    flows = {name: inputs.flows[places, place] for place, name in enumerate(FLOWS)}
    for row, (before, after) in enumerate(zip(base, other, strict=True)):
        if after.account is not before.account:
            for name, flow in flows.items():
                flow[row] += after.account.flows[name][0] - before.account.flows[name][0]
    opening = inputs.opening[places].sum(axis=1)[:, None]
    coming = np.asarray(sum(flows[name] for name in (ENTRANTS, NET_INFLOW)))
    change = coming - np.asarray(sum(flows[name] for name in EXITS))
    supply = opening + running_sum(change, np.float64)
    lacking = np.maximum(-supply, 0)  # nobody leaves who is not there: a stock below nought stays open
    if lacking.any():
        supply = supply + lacking
        flows[NET_INFLOW] = flows[NET_INFLOW] + np.diff(lacking, axis=1, prepend=0).astype(np.float32)
    flows[RESIDUAL_INFLOW] = residual_inflow(flows[NET_INFLOW], flows[RETURNERS], flows[MIGRATION])
    needed = (inputs.employed[places] + inputs.vacancies[places])[:, None]
    demand = (needed * np.stack([paths.demand for paths in other])).astype(np.float64)
    explained = {}
    if items:
        together = np.concatenate([paths.account.flows[ENTRANTS] for paths in other])
        contracted = np.stack([paths.contracted for paths in other])
        share = np.divide(contracted, together, out=np.zeros_like(together), where=together > 0)
        explained = items_of(inputs, places, flows, demand - needed, share)
    exact = {"demand": demand, "supply": supply, "gap": demand - supply}
    return {name: part.astype(np.float32) for name, part in exact.items()} | flows | explained


def work_of(made: Measures, per_head: tuple[Singles, Singles]) -> dict[str, Singles]:
    """Demand, supply and gap in full-time equivalents and in thousand hours a year, as many as there are."""
    found: dict[str, Singles] = {}
    for unit, work in zip(WORK_UNITS, per_head, strict=True):
        scale = np.float32(1 / THOUSAND if unit == "hours" else 1)
        for side in ("demand", "supply", "gap"):
            found[f"{side}_{unit}"] = made[side] * work * scale
    return found


def in_craft_firms(made: Measures, share: Singles) -> dict[str, Singles]:
    """Part of demand, supply and gap that belongs to craft firms, (T, Y, D): `demand · s`, `supply · s`.

    Args:
        made: demand and supply in heads, (T, Y, D).
        share: Share of the skilled workers who work in craft firms, (T, D).
    """
    demand, supply = (made[side] * share[:, None] for side in ("demand", "supply"))
    return dict(zip(CRAFT_MEASURES, (demand, supply, demand - supply), strict=True))
