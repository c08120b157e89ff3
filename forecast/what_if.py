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

from forecast.assumptions import NOT_PEOPLE, Assumptions, assumed, changed_fields
from forecast.domain.attribution import attribute
from forecast.domain.expected import ROLLED, ExpectedAccount, Movements, Singles, expected_account
from forecast.domain.levers import Lever
from forecast.domain.scenario import Change, Override
from forecast.domain.workforce import EXITS
from forecast.errors import InputError, ModelError
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
    work_per_head,
)
from forecast.what_if_inputs import WhatIfInputs
from forecast.what_if_measures import ITEMS, WORK_MEASURES, Measures, Paths, measures_of, work_of
from forecast.what_if_need import Yields, yields_of

OTHERS_KEPT = 4


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """Draws of every measure under levers.

    Args:
        region: Code of the region.
        trades: Codes of the trades (T).
        years: Workforce years (Y,).
        measures: demand, supply, gap, the flows of each year, the explanation items cumulated since the base
            year, demand, supply and gap once more in full-time equivalents (_fte) and thousand hours
            (_hours), and where asked for training_need (not a number where it cannot be reached), each
            (T, D, Y).
    """

    region: str
    trades: tuple[str, ...]
    years: npt.NDArray[np.int64]
    measures: Measures

    def of(self, measure: str, trade: str, year: int) -> Singles:
        """Draws (D,) of one measure of one trade in one year."""
        at = int(np.flatnonzero(self.years == year)[0])
        return self.measures[measure][self.trades.index(trade), :, at]


class WhatIfModel:
    """The accounts of one region, ready for levers; the side without levers is computed once.

    Args:
        inputs: What the release keeps of the region.
        assumptions: What the release assumes; without them no assumption can be overridden.
    """

    def __init__(self, inputs: WhatIfInputs, assumptions: Assumptions | None = None) -> None:
        self.inputs = inputs
        self.assumptions = assumptions
        self._others: dict[str, WhatIfModel] = {}
        self._base: dict[str, Paths] = {}
        self._base_yields: dict[str, Yields] = {}
        self._base_entrants: dict[int, tuple[Singles, Singles]] = {}
        self._published_stock: dict[str, npt.NDArray[np.float64]] = {}

    def run(
        self,
        changes: Sequence[Change] = (),
        trades: Iterable[str] | None = None,
        years: Iterable[int] | None = None,
        *,
        training_need: bool = True,
        measures: Collection[str] | None = None,
    ) -> WhatIf:
        """Return the draws of every measure under levers and overrides.

        ``variant = published draws + (expected | changes) − (expected | no changes)``

        Args:
            changes: Checked levers and overrides; those on other regions or trades change nothing.
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
        wanted, model, rates, variants = self._changed(changes, chosen)
        for trade in chosen:
            every = measures is None or not ITEMS.isdisjoint(measures)
            made = measures_of(
                inputs, inputs.trades.index(trade), self._base[trade], variants.get(trade, self._base[trade]),
                items=every,
            )  # fmt: skip
            if measures is None or not WORK_MEASURES.isdisjoint(measures):
                per_head = work_per_head(wanted[trade], model.inputs, inputs.trades.index(trade))
                made |= work_of(made, per_head)
            if training_need:
                need = model._yields(trade, wanted[trade], rates).need(made["gap"])
                made["training_need"] = inputs.need_together(inputs.trades.index(trade), need)
            for name, draws in made.items():
                if measures is None or name in measures or name == "training_need":
                    found.setdefault(name, []).append(draws[steps])
        stacked = {name: np.stack(parts).swapaxes(1, 2) for name, parts in found.items()}
        return WhatIf(inputs.region, chosen, inputs.years[steps], stacked)

    def contributions(
        self, changes: Sequence[Change], trade: str, measure: str = "gap"
    ) -> dict[str, Singles]:
        """Mean change of a measure by each lever or override alone and by their interaction, each (Y,).

        Args:
            changes: Levers and overrides; their keys in the answer are positions as text: "0", "1", ….
            trade: Code of the trade.
            measure: demand, supply or gap.
        """

        def mean(some: Sequence[Change]) -> npt.NDArray[np.float64]:
            run = self.run(some, [trade], training_need=False)
            return np.asarray(run.measures[measure][0].mean(axis=0, dtype=np.float64))

        alone = {str(at): mean([one]) for at, one in enumerate(changes)}
        parts = attribute(mean(()), mean(changes), alone)
        return {name: np.asarray(part, dtype=np.float32) for name, part in parts.items()}

    def mean_gap(
        self, changes: Sequence[Change], trades: Iterable[str], years: Iterable[int] | None = None
    ) -> npt.NDArray[np.float64]:
        """Mean gap under levers and overrides (T, Y), without the flows and the training need of `run`.

        Args:
            changes: Checked levers and overrides.
            trades: Codes of trades with accounts (T).
            years: Years to return; None takes all.
        """
        inputs, chosen, steps = self.inputs, tuple(trades), self._steps(years)
        variants = self._changed(changes, chosen)[3]
        found = []
        for trade in chosen:
            at, base = inputs.trades.index(trade), self._base[trade]
            paths = variants.get(trade, base)
            if trade not in self._published_stock:
                signs = [-1.0 if name in EXITS else 1.0 for name in ROLLED]
                rolled = inputs.flows[at, : len(ROLLED)]
                change = np.einsum("f,fyd->yd", signs, rolled, dtype=np.float64)
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

    def _changed(
        self, changes: Sequence[Change], trades: Sequence[str]
    ) -> tuple[
        dict[str, tuple[Lever, ...]], WhatIfModel, dict[tuple[object, ...], ExitRates], dict[str, Paths]
    ]:
        """Levers acting on each trade, the accounts under the overrides, their hazards, the paths moved."""
        overrides = [change for change in changes if isinstance(change, Override)]
        levers = [change for change in changes if isinstance(change, Lever)]
        wanted = {trade: self._acting(levers, trade) for trade in trades}
        rates: dict[tuple[object, ...], ExitRates] = {}
        self._prepare(trades, rates)
        if not overrides:
            return wanted, self, rates, self._variants(wanted, rates)
        other, known = self._under(overrides, trades), {}  # type: WhatIfModel, dict[tuple[object, ...], ExitRates]
        still = [trade for trade, acting in wanted.items() if all(lever.kind in DEMAND for lever in acting)]
        if changed_fields(overrides) <= NOT_PEOPLE:
            for trade in still:
                growth = other.inputs.growth[self.inputs.trades.index(trade)]
                other._base[trade] = replace(self._base[trade], demand=growth)
        other._prepare(still, known)
        bare = {trade: other._base[trade] for trade, acting in wanted.items() if not acting}
        return wanted, other, known, bare | other._variants(wanted, known)

    def _under(self, overrides: Sequence[Override], trades: Sequence[str]) -> WhatIfModel:
        """The accounts under other assumptions, kept for the next question."""
        if self.assumptions is None:
            raise ModelError("Ohne die Annahmen des Standes lässt sich keine überschreiben.")
        said = [(one.name, sorted(one.key.items()), one.value, one.low, one.high) for one in overrides]
        key = repr((sorted(trades), said))
        if key not in self._others:
            while len(self._others) >= OTHERS_KEPT:
                del self._others[next(iter(self._others))]
            self._others[key] = WhatIfModel(assumed(self.inputs, self.assumptions, overrides, trades))
        return self._others[key]

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
            inflow_under(_of(moving, INFLOW), inputs, at).rate,
        )  # fmt: skip
        if not moving:
            self._base_yields[trade] = found
        return found

    def _acting(self, levers: Sequence[Lever], trade: str) -> tuple[Lever, ...]:
        group = self.inputs.groups[self.inputs.trades.index(trade)]
        return tuple(lever for lever in levers if lever.acts_on(trade, group, self.inputs.region))

    def _steps(self, years: Iterable[int] | None) -> npt.NDArray[np.int64] | slice:
        if years is None:
            return slice(None)  # nothing is copied
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
    ) -> dict[str, Paths]:
        """Expected accounts by trade; trades with the same hazards are rolled forward together."""
        together: dict[int, tuple[ExitRates, dict[str, int]]] = {}
        for trade, levers in acting.items():
            at = self.inputs.trades.index(trade)
            rates = self._rates(levers, at, known)
            together.setdefault(id(rates), (rates, {}))[1][trade] = at
        found: dict[str, Paths] = {}
        for rates, positions in together.values():
            found.update(self._roll(positions, acting, rates))
        return found

    def _variants(
        self, acting: Mapping[str, Sequence[Lever]], known: dict[tuple[object, ...], ExitRates]
    ) -> dict[str, Paths]:
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
    ) -> dict[str, Paths]:
        inputs, places = self.inputs, list(positions.values())
        entrants = [self._entrants(acting[trade], at) for trade, at in positions.items()]
        inflow = [inflow_under(_of(acting[trade], INFLOW), inputs, at) for trade, at in positions.items()]
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


def what_if(
    inputs: WhatIfInputs, levers: Sequence[Lever], region: str, years: Iterable[int] | None = None
) -> WhatIf:
    """Return the draws of every measure of all trades of a region under levers (no overrides).

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


def _together(rates: Sequence[Singles]) -> Singles:
    """Rates of several trades as one array (T, Y, D), or (T, 1, D) if none differs between years."""
    years = max(len(rate) for rate in rates)
    return np.stack([np.broadcast_to(rate, (years, rate.shape[1])) for rate in rates])
