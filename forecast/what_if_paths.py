"""Expected accounts of the trades of a region under levers: what is shared is computed once a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecast.domain.expected import ExpectedAccount, Movements, Singles, expected_account
from forecast.domain.levers import Lever
from forecast.lever_effects import (
    DEMAND,
    INFLOW,
    LEAVING,
    TRAINING,
    ExitForces,
    ExitRates,
    Inflow,
    Training,
    demand_factor,
    entrants_of,
    inflow_under,
    training_under,
)
from forecast.what_if_inputs import WhatIfInputs
from forecast.what_if_measures import Paths
from forecast.what_if_need import Yields, yields_of

Levers = Sequence[Lever]
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """What several steps of one question share, each under the same levers."""

    rates: dict[Key, ExitRates]
    forces: dict[Key, ExitForces]
    demand: dict[Key, Singles]
    training: dict[Key, Training]
    inflow: dict[Key, Inflow]

    @classmethod
    def nothing(cls) -> Shared:
        """Nothing is known yet."""
        return cls({}, {}, {}, {}, {})


class RegionPaths:
    """Expected accounts of one region.

    Args:
        inputs: Accounts of the region.
    """

    def __init__(self, inputs: WhatIfInputs) -> None:
        self.inputs = inputs
        self._base_entrants: dict[int, tuple[Singles, Singles]] = {}
        self._base_yields: dict[str, Yields] = {}

    def paths(self, acting: Mapping[str, Levers], shared: Shared) -> dict[str, Paths]:
        """Expected accounts by trade; trades with the same hazards are rolled forward together.

        Args:
            acting: Levers on each trade.
            shared: What has been computed for this question.
        """
        together: dict[int, tuple[ExitRates, dict[str, int]]] = {}
        for trade, levers in acting.items():
            at = self.inputs.trades.index(trade)
            rates = self.rates(levers, at, shared)
            together.setdefault(id(rates), (rates, {}))[1][trade] = at
        found: dict[str, Paths] = {}
        for rates, positions in together.values():
            found.update(self._roll(positions, acting, rates, shared))
        return found

    def variants(
        self, base: Mapping[str, Paths], acting: Mapping[str, Levers], shared: Shared
    ) -> dict[str, Paths]:
        """Expected accounts under levers; where only demand moves, the workforce is that without levers.

        Args:
            base: Expected accounts without levers.
            acting: Levers on each trade; trades without any are left out.
            shared: What has been computed for this question.
        """
        only_demand = {
            trade: replace(base[trade], demand=self._demand(levers, self.inputs.trades.index(trade), shared))
            for trade, levers in acting.items()
            if levers and all(lever.kind in DEMAND for lever in levers)
        }
        rest = {trade: levers for trade, levers in acting.items() if levers and trade not in only_demand}
        return only_demand | self.paths(rest, shared)

    def yields(self, trade: str, levers: Levers, shared: Shared) -> Yields:
        """What contracts bring under levers; without levers on people it is computed once."""
        inputs, at = self.inputs, self.inputs.trades.index(trade)
        moving = [lever for lever in levers if lever.kind not in DEMAND]
        if not moving and trade in self._base_yields:
            return self._base_yields[trade]
        found = yields_of(
            inputs, at, self.training(levers_of(moving, TRAINING), at, shared),
            self.rates(moving, at, shared), self._inflow(moving, at, shared).rate,
        )  # fmt: skip
        if not moving:
            self._base_yields[trade] = found
        return found

    def rates(self, levers: Levers, at: int, shared: Shared) -> ExitRates:
        """Hazards of a trade under levers; trades of one group under the same levers share them."""
        acting = levers_of(levers, LEAVING)
        said = tuple(map(id, acting))
        key = (self.inputs.groups[at], *said)
        if key not in shared.rates:
            if said not in shared.forces:
                shared.forces[said] = ExitForces(acting, self.inputs)
            shared.rates[key] = ExitRates(acting, self.inputs, at, shared.forces[said])
        return shared.rates[key]

    def _demand(self, levers: Levers, at: int, shared: Shared) -> Singles:
        """Demand of a trade relative to the base year under levers, (Y, D)."""
        acting = levers_of(levers, DEMAND)
        if not acting:
            return np.asarray(self.inputs.growth[at])
        key = tuple(map(id, acting))
        if key not in shared.demand:
            shared.demand[key] = demand_factor(acting, self.inputs)
        return np.asarray(self.inputs.growth[at] * shared.demand[key])

    def training(self, acting: Levers, at: int, shared: Shared) -> Training:
        """The way from contract to journeyman of a trade under levers on it."""
        key = (at, *map(id, acting))
        if key not in shared.training:
            shared.training[key] = training_under(acting, self.inputs, at)
        return shared.training[key]

    def _inflow(self, levers: Levers, at: int, shared: Shared) -> Inflow:
        acting = levers_of(levers, INFLOW)
        key = (at, *map(id, acting))
        if key not in shared.inflow:
            shared.inflow[key] = inflow_under(acting, self.inputs, at)
        return shared.inflow[key]

    def _roll(
        self, positions: Mapping[str, int], acting: Mapping[str, Levers], rates: ExitRates, shared: Shared
    ) -> dict[str, Paths]:
        inputs, places = self.inputs, _rows(list(positions.values()))
        entrants = [self._entrants(acting[trade], at, shared) for trade, at in positions.items()]
        inflow = [self._inflow(acting[trade], at, shared) for trade, at in positions.items()]
        movements = Movements(
            jobs_lost=inputs.jobs_lost[places],
            entrants=np.stack([contracted + expected for contracted, expected in entrants]),
            entry_profile=inputs.entry_profile,
            inflow_rate=np.stack([one.rate for one in inflow]),
            inflow_persons=np.stack([one.persons for one in inflow]),
            inflow_profiles=inputs.inflow_profiles[places],
            returner_rate=_together([one.returners for one in inflow]),
            migration_rate=_together([one.migration for one in inflow]),
        )
        account = expected_account(inputs.opening[places], rates, movements)
        return {
            trade: Paths(
                ExpectedAccount(
                    {name: flow[place : place + 1] for name, flow in account.flows.items()},
                    account.stock[place : place + 1],
                    account.closing[place : place + 1],
                ),
                self._demand(acting[trade], at, shared),
                entrants[place][0],
            )
            for place, (trade, at) in enumerate(positions.items())
        }

    def _entrants(self, levers: Levers, at: int, shared: Shared) -> tuple[Singles, Singles]:
        """Entrants of the release, moved by the ratio of the training model with and without the levers."""
        inputs = self.inputs
        contracted, expected = inputs.entrants_contracted[at], inputs.entrants_expected[at]
        acting = levers_of(levers, TRAINING)
        if not acting:
            return contracted, expected
        if at not in self._base_entrants:
            self._base_entrants[at] = entrants_of(training_under((), inputs, at), inputs, at)
        before = self._base_entrants[at]
        after = entrants_of(self.training(acting, at, shared), inputs, at)
        return _scaled(contracted, after[0], before[0]), _scaled(expected, after[1], before[1])


def _rows(places: list[int]) -> list[int] | slice:
    """Neighbouring trades as a slice, which copies nothing."""
    together = places == list(range(places[0], places[0] + len(places)))
    return slice(places[0], places[-1] + 1) if together else places


def levers_of(levers: Levers, kinds: frozenset[str]) -> tuple[Lever, ...]:
    """Return the levers of some kinds."""
    return tuple(lever for lever in levers if lever.kind in kinds)


def _scaled(published: Singles, after: Singles, before: Singles) -> Singles:
    ratio = np.divide(after, before, out=np.ones_like(before), where=before > 0)
    return published * ratio


def _together(rates: Sequence[Singles]) -> Singles:
    """Rates of several trades as one array (T, Y, D), or (T, 1, D) if none differs between years."""
    years = max(len(rate) for rate in rates)
    return np.stack([np.broadcast_to(rate, (years, rate.shape[1])) for rate in rates])
