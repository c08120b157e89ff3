"""Owners and masters under levers: published draws plus what changes in their expected accounts.

Levers on training and exits move the masters, and with them who can take over; levers on masters, owners and
foundings do so directly. Who closes takes jobs and training places along: see `fed_back`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forecast.domain.apprentices import training_lag
from forecast.domain.expected import Hazards, Singles
from forecast.domain.expected_firms import (
    DUE,
    FOUNDINGS,
    HANDOVERS,
    LEAVING,
    OWNER_FLOWS,
    OWNERS,
    POSTPONED,
    YOUNG_CLOSURES,
    MasterRates,
    OwnerRates,
    expected_masters,
    expected_owners,
)
from forecast.domain.levers import Lever
from forecast.domain.workforce import DEATHS, HEALTH_EXITS, RETIREMENTS
from forecast.errors import ModelError
from forecast.lever_effects import ExitRates, Training, amount_draws, entrants_of, phase, training_under
from forecast.what_if_firm_inputs import FirmInputs
from forecast.what_if_inputs import WhatIfInputs
from forecast.what_if_measures import THOUSAND

FIRMS = frozenset({"masters", "owner_exits", "foundings"})
"""Kinds of levers on masters and firms."""
OWNER_MEASURES = {
    "owners": OWNERS, "owners_leaving": LEAVING, "successions_due": DUE, "successions_postponed": POSTPONED,
    "craft_handovers": HANDOVERS, "foundings": FOUNDINGS,
}  # fmt: skip
CLOSURES = "craft_closures"
LOST = ("training_places_lost", "owner_hours_lost", "owner_extra_employees")
MASTER_MEASURES = (
    "masters", "master_examinations", "master_demand", "master_gap", "master_course_places",
    "possible_successors",
)  # fmt: skip
FIRM_MEASURES = (*OWNER_MEASURES, CLOSURES, *LOST, *MASTER_MEASURES)
"""Measures that exist for trades with businesses of their own."""
Levers = Sequence[Lever]


@dataclass(frozen=True, slots=True, eq=False)
class FirmPaths:
    """Expected owners and masters, each (C, P, D).

    Args:
        owners: The numbers of `OWNER_FLOWS`.
        before: Owners at the start of each year.
        masters: Masters at the end of each year.
        successors: Possible successors among them.
        examinations: Master examinations passed.
    """

    owners: Mapping[str, Singles]
    before: Singles
    masters: Singles
    successors: Singles
    examinations: Singles

    @property
    def closing_rate(self) -> Singles:
        """Businesses of leaving owners that end, per owner."""
        ended = self.owners[LEAVING] - self.owners[HANDOVERS]
        return np.asarray(ended / np.maximum(self.before, 1))


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """What the accounts of owners and masters read: one side of the comparison.

    Args:
        firms: Owners, masters and their rates.
        levers: Levers on masters and firms, by position of the trade.
        rates: Hazards of employees, by position of the trade.
        training: The way from contract to journeyman, by position of the trade.
    """

    firms: FirmInputs
    levers: Callable[[int], Levers]
    rates: Callable[[int], ExitRates]
    training: Callable[[int], Training]


class RegionFirms:
    """Owners and masters of a region; the side without levers is computed once.

    Args:
        inputs: Accounts of the region.
        base: The side without levers.
    """

    def __init__(self, inputs: WhatIfInputs, base: Side) -> None:
        self.inputs, self._base_side = inputs, base
        self.years = inputs.years[: base.firms.years]
        self._base: FirmPaths | None = None

    @property
    def base(self) -> FirmPaths:
        """Expected owners and masters without levers."""
        if self._base is None:
            self._base = self._expected(self._base_side, None)
        return self._base

    def under(self, side: Side) -> FirmPaths:
        """Expected owners and masters of another side."""
        return self._expected(side, self.base)

    def _expected(self, side: Side, base: FirmPaths | None) -> FirmPaths:
        firms = side.firms
        passed = np.stack([self._examinations(side, row, int(at)) for row, at in enumerate(firms.places)])
        known: dict[tuple[int, int], Hazards] = {}
        rolled = [
            self._masters(side, row, int(at), passed[row], known) for row, at in enumerate(firms.places)
        ]
        masters, successors = (np.stack(part) for part in zip(*rolled, strict=True))
        owners = self._owners(side, successors, base)
        stock = owners[OWNERS]
        before = np.concatenate([firms.owners.sum(axis=1)[:, None], stock[:, :-1]], axis=1)
        return FirmPaths(owners, before, masters, successors, passed)

    def _examinations(self, side: Side, row: int, at: int) -> Singles:
        """Examinations passed (P, D): those of the release, moved by journeymen and levers.

        ``(examinations[t] + Σ_k later[k] · (journeymen' − journeymen)[t − k]) · (1 + change · phase[t])``
        """
        firms, inputs = side.firms, self.inputs
        found = firms.examinations[row].copy()
        training = side.training(at)
        if training is not self._base_side.training(at):
            moved = self._journeymen(training, at) - self._journeymen(self._base_side.training(at), at)
            for lag in range(1, min(len(firms.later), len(self.years) - 1) + 1):
                found[lag:] += firms.later[lag - 1] * moved[:-lag]
        for lever in side.levers(at):
            if lever.kind == "masters":
                change = amount_draws(lever, "change", inputs.seed, inputs.draws)
                found *= 1 + change * phase(lever, self.years)[:, None]
        return np.asarray(np.maximum(found, 0))

    def _journeymen(self, training: Training, at: int) -> Singles:
        """Journeymen by year of their examination (P, D)."""
        inputs, found = self.inputs, np.zeros((len(self.years), self.inputs.draws), dtype=np.float32)
        lag = training_lag(float(inputs.training_years[at]))
        for delay, share in ((lag, training.first), (lag + 1, training.later)):
            place = self.years - delay - int(inputs.start_years[0])
            there = (place >= 0) & (place < len(inputs.start_years))
            found[there] += training.begun[place[there]] * share[place[there]]
        return found

    def _masters(
        self, side: Side, row: int, at: int, passed: Singles, known: dict[tuple[int, int], Hazards]
    ) -> tuple[Singles, Singles]:
        """Masters of one trade; trades of one group share the hazards of employees, known by year."""
        firms, hazards = side.firms, side.rates(at)

        def leaving(step: int) -> dict[str, Singles]:
            if (id(hazards), step) not in known:
                known[id(hazards), step] = hazards(step)
            year = known[id(hazards), step]
            return {
                DEATHS: year.deaths, RETIREMENTS: year.retirements, HEALTH_EXITS: year.health_exits
            }  # fmt: skip

        window = int(firms.window[0]), int(firms.window[1])
        exits = self._owner_exits(side, at)
        rates = MasterRates(firms.owning[row], exits, firms.ages_of_new[row], window, firms.interest)
        return expected_masters(firms.masters[row], leaving, passed * firms.master_stay, rates)

    def _owner_exits(self, side: Side, at: int) -> Singles:
        """Share of owners who give up by age, (P, A, D), or (1, A, D) where no lever moves it."""
        found, inputs = side.firms.owner_exits[None], self.inputs
        for lever in side.levers(at):
            if lever.kind == "owner_exits":
                change = amount_draws(lever, "change", inputs.seed, inputs.draws)
                found = found * (1 + change * phase(lever, self.years)[:, None, None])
        return np.asarray(np.clip(found, 0, 1))

    def _foundings(self, side: Side, at: int) -> Singles:
        found, inputs = side.firms.foundings[None], self.inputs
        for lever in side.levers(at):
            if lever.kind == "foundings":
                change = amount_draws(lever, "change", inputs.seed, inputs.draws)
                found = found * (1 + change * phase(lever, self.years)[:, None])
        return np.asarray(np.maximum(found, 0))

    def _owners(self, side: Side, successors: Singles, base: FirmPaths | None) -> dict[str, Singles]:
        """Owners; successors are those of the release times the ratio of the expected ones."""
        firms = side.firms
        usual = firms.successors_before[:, None]
        published = self._base_side.firms.master_draws[:, 1]
        takers = np.divide(published, usual, out=np.ones_like(published), where=usual > 0)
        if base is not None:
            takers = takers * np.divide(
                successors, base.successors, out=np.ones_like(successors), where=base.successors > 0
            )
        found = {name: np.empty_like(takers) for name in OWNER_FLOWS}
        together: dict[tuple[int, ...], list[int]] = {}
        for row, at in enumerate(firms.places.tolist()):
            together.setdefault(tuple(map(id, side.levers(at))), []).append(row)
        for rows in together.values():
            at = int(firms.places[rows[0]])
            rates = OwnerRates(
                self._owner_exits(side, at), firms.owner_exits, firms.due, firms.success, firms.put_off,
                self._foundings(side, at), firms.starters, firms.survival, int(firms.survival_years[0]),
            )  # fmt: skip
            for name, numbers in expected_owners(firms.owners[rows], rates, takers[rows]).items():
                found[name][rows] = numbers
        return found

    def measures(
        self, side: Side, paths: FirmPaths, staff: Singles, hours_per_head: Singles, contracts: Singles
    ) -> dict[str, Singles]:
        """Measures of owners and masters, published draws plus what changes, each (C, P, D).

        Args:
            side: The side asked for.
            paths: Its expected owners and masters; the very base where nothing changes.
            staff: Skilled workers in work, the smaller of demand and supply (C, P, D).
            hours_per_head: Hours a head works in a year (C, P, D).
            contracts: New contracts (C, P, D).
        """
        firms, base = side.firms, self.base
        known = self._base_side.firms

        def moved(published: Singles, after: Singles, before: Singles) -> Singles:
            return np.asarray(np.maximum(published + (after - before), 0))

        owners = {
            name: moved(known.owner_draws[:, place], paths.owners[name], base.owners[name])
            for place, name in enumerate(OWNER_FLOWS)
        }
        ended = np.maximum(owners[LEAVING] - owners[HANDOVERS], 0)
        start = np.concatenate([firms.owners.sum(axis=1)[:, None], owners[OWNERS][:, :-1]], axis=1)
        lost = np.clip(ended / np.maximum(start, 1) * firms.training, 0, 1)
        gone = ended * firms.owner_hours[0] * firms.owner_loss
        shown = gone * np.float32(1 / THOUSAND)
        masters = moved(known.master_draws[:, 0], paths.masters, base.masters)
        wanted = owners[OWNERS] * firms.per_firm + staff * firms.staff_share
        passed = paths.examinations
        return {
            **{measure: owners[name] for measure, name in OWNER_MEASURES.items()},
            CLOSURES: ended + owners[YOUNG_CLOSURES],
            **dict(zip(LOST, (contracts * lost, shown, gone / hours_per_head), strict=True)),
            "masters": masters, "master_examinations": passed, "master_demand": wanted,
            "master_gap": wanted - masters, "master_course_places": passed / firms.course_success,
            "possible_successors": moved(known.master_draws[:, 1], paths.successors, base.successors),
        }  # fmt: skip

    def fed_back(self, inputs: WhatIfInputs, side: Side, paths: FirmPaths) -> WhatIfInputs:
        """Accounts of the workforce in which jobs and training places go with the firms that close.

        ``jobs lost + Δ closing rate · jobs``, ``contracts · Π(1 − (λ' − λ))`` with λ the net loss of training
        places; both stay after the last year these accounts hold. Entrants follow the contracts.
        """
        firms, ahead = side.firms, len(self.inputs.years) - len(self.years)
        rate, usual = paths.closing_rate, self.base.closing_rate
        known = self._base_side.firms
        more_jobs = (rate - usual) * firms.jobs[:, None]
        capacity = self._capacity(firms, paths) / self._capacity(known, self.base)
        made: dict[str, Any] = {
            name: getattr(inputs, name).copy()
            for name in ("jobs_lost", "contracts", "entrants_contracted", "entrants_expected")
        }
        for row, at in enumerate(firms.places.tolist()):
            jobs = np.concatenate([more_jobs[row], np.repeat(more_jobs[row][-1:], ahead, axis=0)])
            made["jobs_lost"][at] = np.clip(made["jobs_lost"][at] + jobs, 0, 1)
            step = np.clip(inputs.start_years - int(self.years[0]), 0, len(self.years) - 1)
            open_years = (inputs.start_years >= self.years[0]) & (inputs.signed[at] == 0)
            made["contracts"][at] *= np.where(open_years[:, None], capacity[row][step], np.float32(1))
        changed = replace(inputs, contracts=made["contracts"])
        for at in firms.places.tolist():
            old, new = (entrants_of(training_under((), one, at), one, at) for one in (inputs, changed))
            for name, first, second in zip(
                ("entrants_contracted", "entrants_expected"), old, new, strict=True
            ):
                ratio = np.divide(second, first, out=np.ones_like(first), where=first > 0)
                made[name][at] *= ratio
        return replace(inputs, **made)

    def _capacity(self, firms: FirmInputs, paths: FirmPaths) -> Singles:
        """Training places relative to the usual rate of closures (C, P, D), see `training_capacity`."""
        gained = paths.owners[FOUNDINGS] / np.maximum(paths.before, 1) * firms.survival * firms.new_training
        net = np.clip(paths.closing_rate * firms.training, 0, 1) - gained
        found = np.cumprod(np.clip(1 - (net - firms.usual_training), 0, 2), axis=1)
        if not np.all(found > 0):
            raise ModelError("Mit den Betrieben verschwänden alle Ausbildungsplätze.", where="foundings")
        return np.asarray(found)
