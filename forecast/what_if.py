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

from forecast.assumptions import (
    FIRM_FIELDS,
    FIRM_OVERRIDES,
    NOT_PEOPLE,
    Assumptions,
    assumed,
    changed_fields,
)
from forecast.domain.attribution import attribute
from forecast.domain.drawn import drawn
from forecast.domain.expected import ROLLED, Singles
from forecast.domain.levers import Lever
from forecast.domain.scenario import Change, Override
from forecast.domain.workforce import EXITS
from forecast.errors import InputError, ModelError
from forecast.lever_effects import DEMAND, work_per_head
from forecast.what_if_firm_accounts import FirmAccounts
from forecast.what_if_firms import FIRM_MEASURES, FIRMS
from forecast.what_if_inputs import WhatIfInputs
from forecast.what_if_measures import (
    CRAFT_MEASURES,
    CRAFT_SHARE,
    ITEMS,
    WORK_MEASURES,
    Measures,
    Paths,
    in_craft_firms,
    measures_of,
    work_of,
)
from forecast.what_if_paths import RegionPaths, Shared, levers_of
from forecast.what_if_rows import rows_of, summed, summed_plain

OTHERS_KEPT = 4
FIRM_NAMES = frozenset(FIRM_MEASURES)


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """Draws of every measure under levers.

    Args:
        region: Code of the region.
        trades: Codes of the trades and groups of trades (T).
        years: Workforce years (Y,).
        measures: demand, supply, gap, the flows of each year, the explanation items cumulated since the base
            year, demand, supply and gap once more in full-time equivalents (_fte), thousand hours (_hours)
            and in craft firms alone (_craft), and where asked for training_need (not a number where it
            cannot be reached), each (T, D, Y).
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
        self.rows = rows_of({} if assumptions is None else assumptions.groups, inputs.trades)
        self._paths = RegionPaths(inputs)
        self._firms = FirmAccounts(inputs, self._paths)
        self._others: dict[str, WhatIfModel] = {}
        self._base: dict[str, Paths] = {}
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
            trades: Codes of the trades and groups of trades; None takes all trades of the region.
            years: Years to return; None takes all.
            training_need: Whether to compute the new contracts that would close the gap.
            measures: Which others to return; None returns all.

        Raises:
            InputError: A trade or year has no account here.
        """
        inputs = self.inputs
        chosen = tuple(inputs.trades if trades is None else trades)
        steps = self._steps(years)
        for code in chosen:
            self._require(code, tuple(self.rows), "Gewerk")
        singles = self._singles(chosen)
        places = [inputs.trades.index(trade) for trade in singles]
        wanted, model, shared, variants = self._changed(changes, singles)
        made = measures_of(
            inputs, places, [self._base[trade] for trade in singles],
            [variants.get(trade, self._base[trade]) for trade in singles],
            items=measures is None or not ITEMS.isdisjoint(measures),
        )  # fmt: skip
        if measures is None or not (WORK_MEASURES | FIRM_NAMES).isdisjoint(measures):
            per_head = _work_per_head(model.inputs, singles, wanted)
            made |= work_of(made, per_head)
            if inputs.firms is not None and (measures is None or not FIRM_NAMES.isdisjoint(measures)):
                levers = [change for change in changes if isinstance(change, Lever)]
                made |= self._firms.measures(singles, model.inputs, model._paths, levers, made, per_head[1])
        if (measures is None and self._knows_craft) or not set(CRAFT_MEASURES).isdisjoint(measures or ()):
            made |= in_craft_firms(made, self._craft_share(singles))
        if training_need:
            made["training_need"] = np.empty_like(made["gap"])
            for row, trade in enumerate(singles):
                yields = model._paths.yields(trade, wanted[trade], shared)
                need = yields.need(made["gap"][row])
                made["training_need"][row] = inputs.need_together(places[row], need)
        asked = {name: draws for name, draws in made.items() if measures is None or name in measures}
        if training_need:
            asked["training_need"] = made["training_need"]
        shown = {
            name: draws[:, steps].swapaxes(1, 2)
            for name, draws in summed(asked, singles, self.rows, chosen).items()
        }
        return WhatIf(inputs.region, chosen, inputs.years[steps], shown)

    def acts(self, change: Change, code: str) -> bool:
        """Say whether a lever or an override moves a trade, or a trade of a group."""
        at = self.inputs.trades.index
        return any(
            change.acts_on(trade, self.inputs.groups[at(trade)], self.inputs.region)
            for trade in self.rows[code]
        )

    def _singles(self, chosen: Sequence[str]) -> tuple[str, ...]:
        """The trades needed for some rows, each once."""
        return tuple(dict.fromkeys(trade for code in chosen for trade in self.rows[code]))

    @property
    def _knows_craft(self) -> bool:
        return self.assumptions is not None and CRAFT_SHARE in self.assumptions.parameters.parameters

    def _craft_share(self, trades: Sequence[str]) -> Singles:
        """Share of the skilled workers who work in craft firms, as the release draws it, (T, D)."""
        if self.assumptions is None:
            raise ModelError("Ohne die Annahmen des Standes ist kein Handwerksanteil bekannt.")
        values, seed, draws = self.assumptions.parameters, self.inputs.seed, self.inputs.draws
        return np.stack(
            [drawn(values, seed, draws, CRAFT_SHARE, trade=trade).astype(np.float32) for trade in trades]
        )

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
            trades: Codes of trades with accounts or of groups of them (T).
            years: Years to return; None takes all.
        """
        inputs, chosen, steps = self.inputs, tuple(trades), self._steps(years)
        singles = self._singles(chosen)
        variants = self._changed(changes, singles)[3]
        found = []
        for trade in singles:
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
        return summed_plain(np.stack(found), singles, self.rows, chosen)

    def expected_gap(self, trade: str, year: int) -> float:
        """Mean gap of the expected account without levers, without the chance of the published draws."""
        inputs, at = self.inputs, self.inputs.trades.index(trade)
        self._prepare([trade], Shared.nothing())
        step = inputs.years.tolist().index(year)
        paths = self._base[trade]
        demand = (inputs.employed[at] + inputs.vacancies[at]) * paths.demand[step]
        return float((demand - paths.account.stock[0, step]).mean(dtype=np.float64))

    def _changed(
        self, changes: Sequence[Change], trades: Sequence[str]
    ) -> tuple[dict[str, tuple[Lever, ...]], WhatIfModel, Shared, dict[str, Paths]]:
        """Levers acting on each trade, the accounts under the overrides, what they share, the paths moved."""
        overrides = [change for change in changes if isinstance(change, Override)]
        every = [change for change in changes if isinstance(change, Lever)]
        on_firms = levers_of(every, FIRMS)
        unheard = FIRM_OVERRIDES & {one.name for one in overrides}
        if (on_firms or unheard) and self.inputs.firms is None:
            raise InputError(
                "Der Stand hält keine Konten der Betriebe und Meister.",
                where=", ".join(sorted({lever.kind for lever in on_firms} | unheard)),
                expected="andere Hebel oder Annahmen",
                remedy="Mit dieser Fassung neu veröffentlichen: python -m forecast run",
            )
        levers = [lever for lever in every if lever.kind not in FIRMS]
        wanted = {trade: self._acting(levers, trade) for trade in trades}
        shared = Shared.nothing()
        self._prepare(trades, shared)
        if not overrides and not on_firms:
            return wanted, self, shared, self._paths.variants(self._base, wanted, shared)
        other, known = self._under(overrides, on_firms, trades), Shared.nothing()
        still = [trade for trade, acting in wanted.items() if all(lever.kind in DEMAND for lever in acting)]
        if not on_firms and changed_fields(overrides) <= NOT_PEOPLE:
            for trade in still:
                growth = other.inputs.growth[self.inputs.trades.index(trade)]
                other._base[trade] = replace(self._base[trade], demand=growth)
        other._prepare(still, known)
        bare = {trade: other._base[trade] for trade, acting in wanted.items() if not acting}
        return wanted, other, known, bare | other._paths.variants(other._base, wanted, known)

    def _under(
        self, overrides: Sequence[Override], on_firms: Sequence[Lever], trades: Sequence[str]
    ) -> WhatIfModel:
        """The accounts under other assumptions and other closures of firms, kept for the next question."""
        said = [(one.name, sorted(one.key.items()), one.value, one.low, one.high) for one in overrides]
        key = repr((sorted(trades), said, on_firms))
        if key not in self._others:
            while len(self._others) >= OTHERS_KEPT:
                del self._others[next(iter(self._others))]
            inputs = self.inputs
            if overrides:
                if self.assumptions is None:
                    raise ModelError("Ohne die Annahmen des Standes lässt sich keine überschreiben.")
                inputs = assumed(inputs, self.assumptions, overrides, trades)
            if on_firms or not FIRM_FIELDS.isdisjoint(changed_fields(overrides)):
                inputs = self._firms.fed_back(inputs, on_firms, trades)
            self._others[key] = WhatIfModel(inputs)
        return self._others[key]

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

    def _prepare(self, trades: Iterable[str], shared: Shared) -> None:
        """Compute the expected account without levers of trades that have not been asked for yet."""
        missing: dict[str, Sequence[Lever]] = {trade: () for trade in trades if trade not in self._base}
        self._base.update(self._paths.paths(missing, shared))


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


def _work_per_head(
    inputs: WhatIfInputs, trades: Sequence[str], acting: Mapping[str, Sequence[Lever]]
) -> tuple[Singles, Singles]:
    """Full-time equivalents and hours of a head of some trades under their levers, each (T, Y, D)."""
    every = [work_per_head(acting[trade], inputs, inputs.trades.index(trade)) for trade in trades]
    full_time, hours = zip(*every, strict=True)
    return np.stack(full_time), np.stack(hours)
