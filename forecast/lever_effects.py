"""What levers do to the simulated components of one trade: demand, training, exits, inflow; never the gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from forecast.domain.apprentices import training_lag
from forecast.domain.expected import Hazards, Singles
from forecast.domain.levers import Amount, Lever
from forecast.domain.parameters import triangular
from forecast.domain.retirement import retirement_by_way
from forecast.domain.working_time import shorter_week
from forecast.stats.draws import uniforms
from forecast.what_if_inputs import WhatIfInputs

DEMAND = frozenset({"productivity", "demand_step", "working_time"})
TRAINING = frozenset({"contracts", "leavers", "dissolution", "exam_pass", "stay"})
LEAVING = frozenset({"craft_leaving", "health_exits", "exit_age"})
INFLOW = frozenset({"returners", "migration", "net_inflow", "inflow_persons"})
DRAWS_KEPT = 256
"""Numbers of levers whose draws are kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """One trade's way from contract to journeyman under some levers.

    Args:
        contracts: New contracts as they would be published (S, D).
        begun: Contracts begun (S, D).
        kept: Share of contracts begun that outlast the year of their start (S, D).
        first: Graduates per contract begun, by start year, in the year of the first attempt (S, D).
        later: The same one year later, from repeats (S, D).
        stay: Share of graduates who stay, by workforce year (Y, D).
    """

    contracts: Singles
    begun: Singles
    kept: Singles
    first: Singles
    later: Singles
    stay: Singles


@dataclass(frozen=True, slots=True, eq=False)
class Inflow:
    """One trade's inflow from elsewhere under some levers.

    Args:
        rate: Net inflow per head of the stock at the start of the year, all parts together, (Y, D).
        persons: Net inflow in persons on top of it, (Y, D); part of the residual.
        returners: Returners per head, part of the rate, (Y, D), or (1, D) if the same every year.
        migration: Net migration per head, part of the rate, (Y, D) or (1, D).
    """

    rate: Singles
    persons: Singles
    returners: Singles
    migration: Singles


def phase(lever: Lever, years: npt.ArrayLike) -> Singles:
    """How far a lever is in force in each year: ``(t − from_year + 1) / ramp_years``, from 0 to 1.

    Example:
        >>> lever = Lever("contracts", "x", {}, ("*",), ("*",), 2027, 2)
        >>> phase(lever, [2026, 2027, 2028, 2029]).tolist()
        [0.0, 0.5, 1.0, 1.0]
    """
    share = (np.asarray(years) - lever.from_year + 1) / lever.ramp_years
    return np.clip(share, 0, 1).astype(np.float32)


def amount_draws(lever: Lever, name: str, seed: int, draws: int) -> Singles:
    """Draws (D,) of one number of a lever, triangular between its low and high; not to be written to."""
    amount: Amount = lever.amounts[name]
    return _amount_draws(
        (lever.kind, lever.cause, name), (amount.low, amount.value, amount.high), seed, draws
    )


@lru_cache(maxsize=DRAWS_KEPT)
def _amount_draws(
    key: tuple[str, str, str], bounds: tuple[float, float, float], seed: int, draws: int
) -> Singles:
    """The same numbers serve every trade and the next question with the same lever."""
    low, value, high = bounds
    if low == high:
        found = np.full(draws, value, dtype=np.float32)
    else:
        found = triangular(uniforms(seed, "lever", *key, size=draws), low, value, high).astype(np.float32)
    found.setflags(write=False)
    return found


def occurs(lever: Lever, seed: int, draws: int) -> Singles:
    """1 in the draws in which the cause of the lever happens (D,); the same draws for all its levers."""
    return (_happening(lever.cause, seed, draws) < amount_draws(lever, "probability", seed, draws)).astype(
        np.float32
    )


@lru_cache(maxsize=DRAWS_KEPT)
def _happening(cause: str, seed: int, draws: int) -> npt.NDArray[np.float64]:
    found = uniforms(seed, "lever", cause, "occurs", size=draws)
    found.setflags(write=False)
    return found


def demand_factor(levers: Sequence[Lever], inputs: WhatIfInputs) -> Singles:
    """Demand under the levers relative to the base (Y, D), the product over the levers.

    productivity ``(1 + g)^−(years in force)``; demand_step ``1 + change·phase``;
    working_time ``1 / (1 − cut·(1 − offset)·uptake·phase)`` with ``cut = 1 − after/before``: the same work
    needs more heads.
    """
    factor = np.ones((len(inputs.years), inputs.draws), dtype=np.float32)
    for lever in levers:
        given = {name: amount_draws(lever, name, inputs.seed, inputs.draws) for name in lever.amounts}
        force = phase(lever, inputs.years)[:, None]
        if lever.kind == "productivity":
            since = np.maximum(inputs.years - lever.from_year + 1, 0)[:, None].astype(np.float32)
            factor = factor / (1 + given["growth"]) ** since
        elif lever.kind == "demand_step":
            factor = factor * (1 + given["change"] * occurs(lever, inputs.seed, inputs.draws) * force)
        elif lever.kind == "working_time":
            cut = 1 - given["hours_after"] / given["hours_before"]
            factor = factor * shorter_week(cut, given["offset"], given["uptake"] * force)[1]
    return np.maximum(factor, 0)


def work_per_head(levers: Sequence[Lever], inputs: WhatIfInputs, trade: int) -> tuple[Singles, Singles]:
    """Full-time equivalents and hours of a head of one trade under the levers, each (Y, D).

    ``FTE = (1 − pt[t]·(1 − r[t])) · Π(1 − cut·uptake·phase)``, ``hours = FTE · h[t]``, h[t] those of a
    full-time year.
    """
    steps = (inputs.years - inputs.base_year).astype(np.float32)[:, None]
    part_time, week = (
        share / (share + (1 - share) * np.exp(-drift * steps))
        for share, drift in (
            (inputs.part_time[trade], inputs.part_time_drift),
            (inputs.part_timer_hours, inputs.part_timer_drift),
        )
    )
    fte = 1 - part_time * (1 - week)
    for lever in levers:
        if lever.kind == "working_time":
            given = {name: amount_draws(lever, name, inputs.seed, inputs.draws) for name in lever.amounts}
            cut = 1 - given["hours_after"] / given["hours_before"]
            taken = given["uptake"] * phase(lever, inputs.years)[:, None]
            fte = fte * shorter_week(cut, given["offset"], taken)[0]
    full_time = inputs.full_time_hours * np.exp(inputs.full_time_drift * steps)
    return fte.astype(np.float32), (fte * full_time).astype(np.float32)


def training_under(levers: Sequence[Lever], inputs: WhatIfInputs, trade: int) -> Training:
    """The way from contract to journeyman of one trade under the levers.

    contracts: start years not yet signed times ``1 + change·phase(start)``. leavers: the same years times
    ``(1 + change·phase)^elasticity``. dissolution: the sum of the
    layers moves by ``points``, each layer in proportion, where the layer falls into a year in force;
    contracts begun stay as they are. exam_pass: first attempts by year of the exam. stay: by year of entry.
    """
    layers = inputs.dissolution[trade][None, :, :]  # (1, layer, D), per start year where a lever says so
    total = layers.sum(axis=1, keepdims=True)
    starts, seed, draws = inputs.start_years, inputs.seed, inputs.draws
    lag = training_lag(float(inputs.training_years[trade]))
    begun = inputs.contracts[trade] / (1 - inputs.dissolution[trade, 0])
    first_pass = np.broadcast_to(inputs.pass_first[trade], (len(starts), draws))
    stay = np.broadcast_to(inputs.stay[trade], (len(inputs.years), draws))
    moved = layers
    for lever in levers:
        if lever.kind == "contracts":
            open_years = (1 - inputs.signed[trade]) * phase(lever, starts)
            begun = begun * (1 + amount_draws(lever, "change", seed, draws) * open_years[:, None])
            continue
        if lever.kind == "leavers":
            begun = begun * _more_leavers(lever, inputs, trade)
            continue
        points = amount_draws(lever, "points", seed, draws)
        if lever.kind == "dissolution":
            kept = np.arange(layers.shape[1])
            force = phase(lever, starts[:, None] + kept[None, :])
            share = np.divide(layers, total, out=np.zeros_like(layers), where=total > 0)
            moved = moved + points * share * force[:, :, None]
        elif lever.kind == "exam_pass":
            first_pass = first_pass + points * phase(lever, starts + lag)[:, None]
        elif lever.kind == "stay":
            stay = stay + points * phase(lever, inputs.years)[:, None]
    moved = np.clip(moved, 0, 1)
    first_pass, stay = np.clip(first_pass, 0, 1), np.clip(stay, 0, 1)
    kept = np.broadcast_to(1 - moved[:, 0], begun.shape)
    completing = np.clip(1 - moved.sum(axis=1), 0, 1)
    again, repeat = inputs.retry[trade], inputs.pass_retry[trade]
    repeats = (1 - first_pass) * again * repeat * (1 + (1 - repeat) * again)
    return Training(
        contracts=begun * kept,
        begun=begun,
        kept=kept,
        first=np.broadcast_to(completing * first_pass, begun.shape),
        later=np.broadcast_to(completing * repeats, begun.shape),
        stay=stay,
    )


def _more_leavers(lever: Lever, inputs: WhatIfInputs, trade: int) -> Singles:
    """New contracts under another number of school leavers, relative to the base: (S, D).

    ``(1 + change·phase)^elasticity`` in start years not yet signed, 1 in the others.
    """
    change, elasticity = (
        amount_draws(lever, name, inputs.seed, inputs.draws) for name in ("change", "elasticity")
    )
    open_years = (1 - inputs.signed[trade]) * phase(lever, inputs.start_years)
    return np.asarray((1 + change * open_years[:, None]) ** elasticity)


def entrants_of(training: Training, inputs: WhatIfInputs, trade: int) -> tuple[Singles, Singles]:
    """New journeymen by year from contracts signed and still expected, each (Y, D).

    ``entrants[t] = stay[t] · (begun[t−lag]·first + begun[t−lag−1]·later)``
    """
    lag = training_lag(float(inputs.training_years[trade]))
    signed = inputs.signed[trade] > 0
    found = np.zeros((2, len(inputs.years), inputs.draws), dtype=np.float32)
    for delay, share in ((lag, training.first), (lag + 1, training.later)):
        place = inputs.years - delay - int(inputs.start_years[0])
        there = (place >= 0) & (place < len(inputs.start_years))
        at = place[there]
        passed = training.begun[at] * share[at] * training.stay[there]
        found[0][there] += passed * signed[at][:, None]
        found[1][there] += passed * ~signed[at][:, None]
    return found[0], found[1]


class ExitForces:
    """What some levers do to the exits of every trade, year by year; the same for all trades.

    Args:
        levers: Levers on exits.
        inputs: Inputs of the region.
    """

    def __init__(self, levers: Sequence[Lever], inputs: WhatIfInputs) -> None:
        self._inputs = inputs
        shape = (len(inputs.years), inputs.draws)
        self.leaving_factor = np.ones(shape, dtype=np.float32)
        self.failing_factor = np.ones(shape, dtype=np.float32)
        self._months = np.zeros(shape, dtype=np.float32)
        for lever in levers:
            force = phase(lever, inputs.years)[:, None]
            if lever.kind == "exit_age":
                months = amount_draws(lever, "months", inputs.seed, inputs.draws)
                self._months += months * amount_draws(lever, "share", inputs.seed, inputs.draws) * force
            else:
                change = 1 + amount_draws(lever, "change", inputs.seed, inputs.draws) * force
                if lever.kind == "craft_leaving":
                    self.leaving_factor *= change
                else:
                    self.failing_factor *= change
        self.moved = {kind: any(lever.kind == kind for lever in levers) for kind in LEAVING}
        self.first = int(np.argmax(inputs.retiring.any(axis=1)))
        alike = (self.leaving_factor[1:] == self.leaving_factor[:-1]).all(axis=1)
        self._first_alike = np.maximum.accumulate(np.where(np.append(False, alike), 0, np.arange(shape[0])))
        self._leaving: dict[int, Singles] = {}
        self._retiring: dict[int, Singles] = {}

    def leaving(self, step: int) -> Singles:
        """Share leaving the craft by age, (A, D)."""
        if not self.moved["craft_leaving"]:
            return self._inputs.craft_leavers
        first = int(self._first_alike[step])  # from there on the levers act as they do in this year
        if first not in self._leaving:
            self._leaving[first] = np.minimum(self._inputs.craft_leavers * self.leaving_factor[step], 1)
        return self._leaving[first]

    def retiring(self, step: int) -> Singles:
        """Retirement rates at ages moved by the law and the levers, which move every way alike.

        ``Σ_way weight · rate(age − (months of the way + months of the levers)/12)``, see
        `forecast.domain.retirement`.
        """
        if step in self._retiring:
            return self._retiring[step]
        inputs, start = self._inputs, self.first
        months = inputs.months[step][:, start:, None]
        if self._months[step].any():
            months = months + self._months[step]
        rates = np.zeros_like(inputs.retiring)
        rates[start:] = retirement_by_way(inputs.retiring[start:], months, inputs.ways, 0)
        self._retiring[step] = rates
        return rates


class ExitRates:
    """Hazards of trades of one kind under some levers, year by year.

    Args:
        levers: Levers on exits.
        inputs: Inputs of the region.
        trade: One of the trades that share the hazards.
        shared: What the same levers do to the exits of every trade.
    """

    def __init__(
        self,
        levers: Sequence[Lever],
        inputs: WhatIfInputs,
        trade: int,
        shared: ExitForces | None = None,
    ) -> None:
        self._inputs, self._trade = inputs, trade
        self.shared = ExitForces(levers, inputs) if shared is None else shared
        marked = inputs.strained[:, None] > 0
        self._factor = np.where(marked, inputs.strain[trade], np.float32(1))
        self._failing_base = np.minimum(inputs.health_exits * self._factor, 1)
        self._staying: dict[tuple[int, int], Singles] = {}

    def __call__(self, step: int) -> Hazards:
        """Hazards of one forecast year."""
        return Hazards(
            deaths=self._inputs.deaths[self._trade],
            retirements=self._retiring(step),
            health_exits=self.failing(step),
            craft_leavers=self.shared.leaving(step),
        )

    def _retiring(self, step: int) -> Singles:
        """Retirement rates of the trade by age, (A, D); those who work hard retire sooner."""
        start, usual = self.shared.first, self.shared.retiring(step)
        rates = np.zeros_like(usual)
        np.minimum(usual[start:] * self._factor[start:], 1, out=rates[start:])
        return rates

    def staying(self, step: int, youngest: int) -> Singles:
        """Share of each of the youngest ages that no cause takes in a forecast year, (n, D)."""
        if (step, youngest) not in self._staying:
            young = slice(0, youngest)
            kept = 1 - self.shared.leaving(step)[young]
            kept *= 1 - self.failing(step, youngest)
            kept *= (1 - self._inputs.deaths[self._trade])[young, None]
            if youngest > self.shared.first:
                kept *= 1 - self.shared.retiring(step)[young] * self._factor[young]
            self._staying[step, youngest] = kept
        return self._staying[step, youngest]

    def failing(self, step: int, youngest: int | None = None) -> Singles:
        """Share leaving for their health by age, (A, D), or that of the youngest ages alone."""
        usual = self._failing_base[:youngest]
        if not self.shared.moved["health_exits"]:
            return usual
        return np.asarray(np.minimum(usual * self.shared.failing_factor[step], 1))


def inflow_under(levers: Sequence[Lever], inputs: WhatIfInputs, trade: int) -> Inflow:
    """Inflow from elsewhere under the levers; each lever moves one part, and with it the sum.

    returners: ``r · (1 + change·phase)``; migration: ``m + points·phase``; net_inflow moves the residual by
    ``points·phase``; inflow_persons adds ``persons / ramp_years`` to it in each of the ramp's years.
    """
    rate = inputs.inflow_rate[trade]
    persons = np.zeros_like(rate)
    returners, moving = inputs.returner_rate[trade][None, :], inputs.migration_rate[trade][None, :]
    for lever in levers:
        force = phase(lever, inputs.years)[:, None]
        if lever.kind == "returners":
            change = amount_draws(lever, "change", inputs.seed, inputs.draws) * force
            rate, returners = rate + returners * change, returners * (1 + change)
        elif lever.kind == "inflow_persons":
            share = np.diff(force, axis=0, prepend=np.float32(0))
            count = amount_draws(lever, "persons", inputs.seed, inputs.draws)
            persons = persons + count * occurs(lever, inputs.seed, inputs.draws) * share
        else:
            points = amount_draws(lever, "points", inputs.seed, inputs.draws) * force
            rate = rate + points
            if lever.kind == "migration":
                moving = moving + points
    return Inflow(rate, persons, returners, moving)
