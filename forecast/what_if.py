"""What if: the accounts of a region under levers, on demand, from what the release keeps.

The release draws whole persons at random. A question «what if» computes the expected value of the same
accounts twice, without and with the levers, draw by draw, and adds the difference to the published draws.
The chance in the published draws is the same on both sides and cancels; without levers nothing changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from forecast.domain.attribution import attribute
from forecast.domain.expected import FLOWS, ExpectedAccount, Movements, Singles, expected_account
from forecast.domain.levers import Lever
from forecast.domain.matrix import ITEMS as MATRIX_ITEMS
from forecast.domain.workforce import ENTRANTS, EXITS, JOBS_LOST_CLOSURES, NET_INFLOW
from forecast.errors import InputError
from forecast.lever_effects import (
    DEMAND,
    INFLOW,
    LEAVING,
    TRAINING,
    ExitRates,
    demand_factor,
    entrants_of,
    inflow_under,
    training_under,
)
from forecast.what_if_inputs import WhatIfInputs
from forecast.what_if_need import Yields, yields_of

ITEM_OF = {cause: f"item_{cause}" for cause in EXITS} | {JOBS_LOST_CLOSURES: "item_closures"}
ITEMS = frozenset(MATRIX_ITEMS)
Measures = Mapping[str, Singles]


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """Draws of every measure under levers.

    Args:
        region: Code of the region.
        trades: Codes of the trades (T).
        years: Workforce years (Y,).
        measures: demand, supply, gap, the flows of each year, the explanation items cumulated since the base
            year, and where asked for training_need (not a number where it cannot be reached), each (T, D, Y).
    """

    region: str
    trades: tuple[str, ...]
    years: npt.NDArray[np.int64]
    measures: Measures

    def of(self, measure: str, trade: str, year: int) -> Singles:
        """Draws (D,) of one measure of one trade in one year."""
        at = int(np.flatnonzero(self.years == year)[0])
        return self.measures[measure][self.trades.index(trade), :, at]


@dataclass(frozen=True, slots=True, eq=False)
class _Paths:
    """Expected accounts and demand of some trades, (T, Y, D), and how their journeymen come about."""

    account: ExpectedAccount
    demand: Singles
    contracted: Singles


class WhatIfModel:
    """The accounts of one region, ready for levers; the side without levers is computed once.

    Args:
        inputs: What the release keeps of the region.
    """

    def __init__(self, inputs: WhatIfInputs) -> None:
        self.inputs = inputs
        self._base: dict[str, _Paths] = {}
        self._base_yields: dict[str, Yields] = {}
        self._base_entrants: dict[int, tuple[Singles, Singles]] = {}
        self._published_stock: dict[str, npt.NDArray[np.float64]] = {}

    def run(
        self,
        levers: Sequence[Lever] = (),
        trades: Iterable[str] | None = None,
        years: Iterable[int] | None = None,
        *,
        training_need: bool = True,
        measures: Collection[str] | None = None,
    ) -> WhatIf:
        """Return the draws of every measure under the levers.

        ``variant = published draws + (expected | levers) − (expected | no levers)``

        Args:
            levers: Checked levers; those on other regions or trades change nothing.
            trades: Codes of the trades; None takes all of the region.
            years: Years to return; None takes all.
            training_need: Whether to compute the new contracts that would close the gap.
            measures: Which others to return; None returns all.

        Raises:
            InputError: A trade or year has no account here.
        """
        inputs = self.inputs
        chosen = tuple(inputs.trades if trades is None else trades)
        steps = self._steps(years)
        found: dict[str, list[Singles]] = {}
        for trade in chosen:
            self._require(trade, inputs.trades, "Gewerk")
        wanted = {trade: self._acting(levers, trade) for trade in chosen}
        rates: dict[tuple[object, ...], ExitRates] = {}
        self._prepare(chosen, rates)
        variants = self._variants(wanted, rates)
        for trade in chosen:
            every = measures is None or not ITEMS.isdisjoint(measures)
            made = self._measures(trade, variants.get(trade), items=every)
            if training_need:
                made["training_need"] = self._yields(trade, wanted[trade], rates).need(made["gap"])
            for name, draws in made.items():
                if measures is None or name in measures or name == "training_need":
                    found.setdefault(name, []).append(draws[steps])
        stacked = {name: np.stack(parts).swapaxes(1, 2) for name, parts in found.items()}
        return WhatIf(inputs.region, chosen, inputs.years[steps], stacked)

    def contributions(self, levers: Sequence[Lever], trade: str, measure: str = "gap") -> dict[str, Singles]:
        """Mean change of a measure by each lever alone and by their interaction, each (Y,).

        Args:
            levers: Levers; their keys in the answer are positions as text: "0", "1", ….
            trade: Code of the trade.
            measure: demand, supply or gap.
        """

        def mean(some: Sequence[Lever]) -> npt.NDArray[np.float64]:
            run = self.run(some, [trade], training_need=False)
            return np.asarray(run.measures[measure][0].mean(axis=0, dtype=np.float64))

        alone = {str(at): mean([lever]) for at, lever in enumerate(levers)}
        parts = attribute(mean(()), mean(levers), alone)
        return {name: np.asarray(part, dtype=np.float32) for name, part in parts.items()}

    def mean_gap(
        self, levers: Sequence[Lever], trades: Iterable[str], years: Iterable[int] | None = None
    ) -> npt.NDArray[np.float64]:
        """Mean gap under levers (T, Y), without the flows and the training need of `run`.

        Args:
            levers: Checked levers.
            trades: Codes of trades with accounts (T).
            years: Years to return; None takes all.
        """
        inputs, chosen, steps = self.inputs, tuple(trades), self._steps(years)
        rates: dict[tuple[object, ...], ExitRates] = {}
        self._prepare(chosen, rates)
        variants = self._variants({trade: self._acting(levers, trade) for trade in chosen}, rates)
        found = []
        for trade in chosen:
            at, base = inputs.trades.index(trade), self._base[trade]
            paths = variants.get(trade, base)
            if trade not in self._published_stock:
                signs = [-1.0 if name in EXITS else 1.0 for name in FLOWS]
                change = np.einsum("f,fyd->yd", signs, inputs.flows[at], dtype=np.float64)
                self._published_stock[trade] = inputs.opening[at].sum(axis=0) + np.cumsum(change, axis=0)
            moved = paths.account.stock[0] - base.account.stock[0]
            supply = np.maximum(self._published_stock[trade] + moved, 0)
            demand = (inputs.employed[at] + inputs.vacancies[at]) * paths.demand
            found.append((demand - supply)[steps].mean(axis=1, dtype=np.float64))
        return np.stack(found)

    def expected_gap(self, trade: str, year: int) -> float:
        """Mean gap of the expected account without levers, without the chance of the published draws."""
        inputs, at = self.inputs, self.inputs.trades.index(trade)
        self._prepare([trade], {})
        step = inputs.years.tolist().index(year)
        paths = self._base[trade]
        demand = (inputs.employed[at] + inputs.vacancies[at]) * paths.demand[step]
        return float((demand - paths.account.stock[0, step]).mean(dtype=np.float64))

    def _yields(
        self, trade: str, levers: Sequence[Lever], known: dict[tuple[object, ...], ExitRates]
    ) -> Yields:
        """What contracts bring under levers; without levers on people it is computed once."""
        inputs, at = self.inputs, self.inputs.trades.index(trade)
        moving = [lever for lever in levers if lever.kind not in DEMAND]
        if not moving and trade in self._base_yields:
            return self._base_yields[trade]
        found = yields_of(
            inputs, at, training_under(_of(moving, TRAINING), inputs, at), self._rates(moving, at, known),
            inflow_under(_of(moving, INFLOW), inputs, at)[0],
        )  # fmt: skip
        if not moving:
            self._base_yields[trade] = found
        return found

    def _acting(self, levers: Sequence[Lever], trade: str) -> tuple[Lever, ...]:
        group = self.inputs.groups[self.inputs.trades.index(trade)]
        return tuple(lever for lever in levers if lever.acts_on(trade, group, self.inputs.region))

    def _steps(self, years: Iterable[int] | None) -> npt.NDArray[np.int64]:
        if years is None:
            return np.arange(len(self.inputs.years))
        known = [int(year) for year in self.inputs.years]
        for year in (asked := [int(year) for year in years]):
            self._require(year, known, "Jahr")
        return np.array([known.index(year) for year in asked], dtype=np.int64)

    def require_year(self, year: int) -> None:
        """Refuse a year without an account.

        Raises:
            InputError: The accounts do not reach it.
        """
        self._require(year, self.inputs.years.tolist(), "Jahr")

    def _require(self, code: object, known: Sequence[object], noun: str) -> None:
        if code not in known:
            raise InputError(
                f"{noun} «{code}» hat in {self.inputs.region} kein Konto für Szenarien.",
                where=noun,
                expected=f"{known[0]} bis {known[-1]}" if noun == "Jahr" else ", ".join(map(str, known)),
            )

    def _prepare(self, trades: Iterable[str], rates: dict[tuple[object, ...], ExitRates]) -> None:
        """Compute the expected account without levers of trades that have not been asked for yet."""
        self._base.update(self._paths({trade: () for trade in trades if trade not in self._base}, rates))

    def _rates(
        self, levers: Sequence[Lever], at: int, known: dict[tuple[object, ...], ExitRates]
    ) -> ExitRates:
        """Hazards of a trade under levers; trades of one group under the same levers share them."""
        acting = _of(levers, LEAVING)
        key = (self.inputs.groups[at], *map(id, acting))
        if key not in known:
            same = next((rates for other, rates in known.items() if other[1:] == key[1:]), None)
            known[key] = ExitRates(acting, self.inputs, at, {} if same is None else same.shared)
        return known[key]

    def _paths(
        self, acting: Mapping[str, Sequence[Lever]], known: dict[tuple[object, ...], ExitRates]
    ) -> dict[str, _Paths]:
        """Expected accounts by trade; trades with the same hazards are rolled forward together."""
        together: dict[int, tuple[ExitRates, dict[str, int]]] = {}
        for trade, levers in acting.items():
            at = self.inputs.trades.index(trade)
            rates = self._rates(levers, at, known)
            together.setdefault(id(rates), (rates, {}))[1][trade] = at
        found: dict[str, _Paths] = {}
        for rates, positions in together.values():
            found.update(self._roll(positions, acting, rates))
        return found

    def _variants(
        self, acting: Mapping[str, Sequence[Lever]], known: dict[tuple[object, ...], ExitRates]
    ) -> dict[str, _Paths]:
        """Expected accounts under levers; where only demand moves, the workforce is that without levers."""
        only_demand = {
            trade: replace(
                self._base[trade],
                demand=self.inputs.growth[self.inputs.trades.index(trade)]
                * demand_factor(levers, self.inputs),
            )
            for trade, levers in acting.items()
            if levers and all(lever.kind in DEMAND for lever in levers)
        }
        rest = {trade: levers for trade, levers in acting.items() if levers and trade not in only_demand}
        return only_demand | self._paths(rest, known)

    def _roll(
        self,
        positions: Mapping[str, int],
        acting: Mapping[str, Sequence[Lever]],
        rates: ExitRates,
    ) -> dict[str, _Paths]:
        inputs, places = self.inputs, list(positions.values())
        entrants = [self._entrants(acting[trade], at) for trade, at in positions.items()]
        inflow = [inflow_under(_of(acting[trade], INFLOW), inputs, at) for trade, at in positions.items()]
        movements = Movements(
            jobs_lost=inputs.jobs_lost[places],
            entrants=np.stack([contracted + expected for contracted, expected in entrants]),
            entry_profile=inputs.entry_profile,
            inflow_rate=np.stack([rate for rate, _ in inflow]),
            inflow_persons=np.stack([persons for _, persons in inflow]),
            inflow_profiles=inputs.inflow_profiles[places],
        )
        account = expected_account(inputs.opening[places], rates, movements)
        return {
            trade: _Paths(
                ExpectedAccount(
                    {name: flow[place : place + 1] for name, flow in account.flows.items()},
                    account.stock[place : place + 1],
                    account.closing[place : place + 1],
                ),
                inputs.growth[at] * demand_factor(_of(acting[trade], DEMAND), inputs),
                entrants[place][0],
            )
            for place, (trade, at) in enumerate(positions.items())
        }

    def _entrants(self, levers: Sequence[Lever], at: int) -> tuple[Singles, Singles]:
        """Entrants of the release, moved by the ratio of the training model with and without the levers."""
        inputs = self.inputs
        contracted, expected = inputs.entrants_contracted[at], inputs.entrants_expected[at]
        acting = _of(levers, TRAINING)
        if not acting:
            return contracted, expected
        if at not in self._base_entrants:
            self._base_entrants[at] = entrants_of(training_under((), inputs, at), inputs, at)
        before = self._base_entrants[at]
        after = entrants_of(training_under(acting, inputs, at), inputs, at)
        return _scaled(contracted, after[0], before[0]), _scaled(expected, after[1], before[1])

    def _measures(self, trade: str, variant: _Paths | None, *, items: bool) -> dict[str, Singles]:
        """Published draws plus what the levers change, each (Y, D); the items only where asked for."""
        inputs, base = self.inputs, self._base[trade]
        at = inputs.trades.index(trade)
        other = base if variant is None else variant
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
        needed = inputs.employed[at] + inputs.vacancies[at]
        demand = (needed * other.demand).astype(np.float64)
        explained = self._items(at, flows, demand - needed, other) if items else {}
        exact = {"demand": demand, "supply": supply, "gap": demand - supply}
        return {name: part.astype(np.float32) for name, part in exact.items()} | flows | explained

    def _items(self, at: int, flows: Measures, expansion: Singles, paths: _Paths) -> dict[str, Singles]:
        """The explanation items cumulated since the base year, (Y, D): their sum is demand minus supply."""
        inputs = self.inputs
        seekers = inputs.opening[at].sum(axis=0) - inputs.employed[at]
        together = paths.account.flows[ENTRANTS][0]
        share = np.divide(paths.contracted, together, out=np.zeros_like(together), where=together > 0)
        contracted = flows[ENTRANTS] * share
        shape = flows[ENTRANTS].shape
        items = {
            "item_vacancies": np.broadcast_to(inputs.vacancies[at], shape),
            "item_job_seekers": np.broadcast_to(-seekers, shape),
            "item_expansion": expansion.astype(np.float32),
        }
        items |= {ITEM_OF[cause]: np.cumsum(flows[cause], axis=0) for cause in EXITS}
        items["item_entrants_contracted"] = -np.cumsum(contracted, axis=0)
        items["item_entrants_expected"] = -np.cumsum(flows[ENTRANTS] - contracted, axis=0)
        items["item_net_inflow"] = -np.cumsum(flows[NET_INFLOW], axis=0)
        return items


def what_if(
    inputs: WhatIfInputs, levers: Sequence[Lever], region: str, years: Iterable[int] | None = None
) -> WhatIf:
    """Return the draws of every measure of all trades of a region under levers.

    Args:
        inputs: What the release keeps of the region.
        levers: Checked levers.
        region: Code of the region the inputs belong to.
        years: Years to return; None takes all.

    Raises:
        InputError: The inputs are those of another region, or a year has no account.
    """
    if region != inputs.region:
        raise InputError(
            f"Für «{region}» gibt es keine Konten.", where="Region", expected=inputs.region,
            remedy="Eine Region mit Konten wählen.",
        )  # fmt: skip
    return WhatIfModel(inputs).run(levers, years=years)


def _of(levers: Sequence[Lever], kinds: frozenset[str]) -> tuple[Lever, ...]:
    return tuple(lever for lever in levers if lever.kind in kinds)


def _scaled(published: Singles, after: Singles, before: Singles) -> Singles:
    ratio = np.divide(after, before, out=np.ones_like(before), where=before > 0)
    return published * ratio
