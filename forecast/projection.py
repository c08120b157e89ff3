"""Accounts rolled forward: from opening stocks and draws to supply, demand, gap and training need.

Used by the pipeline for the published release and by what-if requests of the web service: both get the
same arithmetic. A workforce year t is the stock at 30 June of t; year 1 of a projection leads from the
base year to the first forecast year.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from forecast.domain.account import Account, Counts, Floats, float_tolerance
from forecast.domain.apprentices import TrainingPipeline
from forecast.domain.demand import (
    base_demand,
    demand_path,
    expansion_demand,
    expansion_since_base,
    replacement_demand,
)
from forecast.domain.inflow_parts import (
    INFLOW_PARTS,
    KNOWN_PARTS,
    MIGRATION,
    RESIDUAL_INFLOW,
    RETURNERS,
    split_inflow,
)
from forecast.domain.matrix import DemandParts, SupplyParts, explain
from forecast.domain.training import starts_in_time, training_need, yield_per_new_contract
from forecast.domain.workforce import ENTRANTS, EXITS, NET_INFLOW, OPTIONAL_EXITS, exits_and_ageing
from forecast.errors import ModelError

FLOWS = (*EXITS, ENTRANTS, NET_INFLOW, *INFLOW_PARTS)


@dataclass(frozen=True, slots=True, eq=False)
class CellInputs:
    """Everything the projection of one trade in one region needs; first axis of draws is D.

    Args:
        base_year: Year of the opening stock.
        years: Forecast years, the ones right after the base year, (Y,).
        ages: Single years of age, (A,).
        opening: Skilled employed and job seekers by age at the base year, (D, A) whole numbers.
        employed: Skilled employed at the base year, (D,).
        job_seekers: Skilled job seekers at the base year, (D,); ``employed + job_seekers = Σ opening``.
        vacancies: Places for skilled workers to fill at the base year, (D,).
        growth_index: Demand relative to the base year, (D, Y).
        hazards: deaths, retirements, health_exits, craft_leavers and, where firms can close,
            jobs_lost_closures: shares leaving within the year that ends in t, (Y, A), (D, Y, A) or, the
            same at every age, (D, Y, 1).
        entrants_contracted: Expected new journeymen from contracts already signed, (D, Y).
        entrants_expected: Expected new journeymen from contracts still to be signed, (D, Y).
        entry_profile: Ages of new journeymen at the start of the year, (A,) or (D, A), adds to 1.
        net_inflow_rate: Net inflow per head of the stock at the start of the year, (D,) or (D, Y).
        inflow_profile: Ages of a positive net inflow, (A,), adds to 1.
        inflow_parts: What is known of the net inflow, per head of the stock: returners and migration, each
            (D,); the residual follows. Without one of them it stays in the residual.

    Raises:
        ModelError: If shapes do not fit, years have holes or the opening stock is not what it is made of.
    """

    base_year: int
    years: Counts
    ages: Counts
    opening: Counts
    employed: Floats
    job_seekers: Floats
    vacancies: Floats
    growth_index: Floats
    hazards: Mapping[str, Floats]
    entrants_contracted: Floats
    entrants_expected: Floats
    entry_profile: Floats
    net_inflow_rate: Floats
    inflow_profile: Floats
    inflow_parts: Mapping[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        draws, horizon, ages = len(self.opening), len(self.years), len(self.ages)
        shapes: dict[str, tuple[tuple[int, ...], ...]] = {
            "opening": ((draws, ages),),
            "employed": ((draws,),),
            "job_seekers": ((draws,),),
            "vacancies": ((draws,),),
            "growth_index": ((draws, horizon),),
            "entrants_contracted": ((draws, horizon),),
            "entrants_expected": ((draws, horizon),),
            "entry_profile": ((ages,), (draws, ages)),
            "net_inflow_rate": ((draws,), (draws, horizon)),
            "inflow_profile": ((ages,),),
        }
        found = {name: getattr(self, name).shape for name in shapes}
        for name in self.inflow_parts:
            found[name] = self.inflow_parts[name].shape
            shapes[name] = ((draws,),) if name in KNOWN_PARTS else ()
        for name in EXITS:
            if name in self.hazards or name not in OPTIONAL_EXITS:
                found[name] = self.hazards[name].shape if name in self.hazards else ()
                shapes[name] = ((horizon, ages), (draws, horizon, ages), (draws, horizon, 1))
        for name, shape in found.items():
            if shape not in shapes[name]:
                expected = " oder ".join(map(str, shapes[name]))
                raise ModelError(
                    "Eine Eingangsgröße hat die falsche Form.",
                    where=name,
                    expected=expected,
                    rows=(str(shape),),
                )
        if not np.array_equal(self.years, self.base_year + 1 + np.arange(horizon)):
            raise ModelError(
                "Die Vorausberechnungsjahre müssen lückenlos auf das Basisjahr folgen.",
                where="years",
                expected=f"ab {self.base_year + 1}",
            )
        self._refuse_impossible_numbers()
        heads = self.employed + self.job_seekers
        if not np.all(np.abs(heads - self.opening.sum(axis=1)) <= float_tolerance(heads, self.opening)):
            raise ModelError(
                "Der Anfangsbestand ist nicht die Summe aus Beschäftigten und Arbeitsuchenden.",
                where="opening",
                expected="employed + job_seekers = Summe über die Altersstufen",
            )

    def _refuse_impossible_numbers(self) -> None:
        """Refuse a number that is missing, a negative stock and a profile that does not sum, by name."""
        for name in ("employed", "job_seekers", "vacancies", "growth_index", "opening"):
            values = getattr(self, name)
            wrong = np.argwhere(~(np.isfinite(values) & (values >= 0)))
            if wrong.size:
                raise ModelError(
                    "Ein Bestand ist negativ oder fehlt.",
                    where=name,
                    expected="eine Zahl ab 0 in jeder Ziehung",
                    rows=tuple(f"Ziehung {at[0]}: {values[tuple(at)]:g}" for at in wrong),
                )
        for name in ("entry_profile", "inflow_profile"):
            profile = getattr(self, name)
            total = np.atleast_1d(profile.sum(axis=-1))
            if not (np.all(profile >= 0) and np.allclose(total, 1)):
                raise ModelError(
                    "Eine Altersverteilung ergibt nicht 1.",
                    where=name,
                    expected="Anteile ab 0 mit der Summe 1",
                    rows=(f"Summe: {total[np.argmax(np.abs(total - 1))]:g}",),
                )

    def __reduce__(self) -> tuple[Callable[..., CellInputs], tuple[dict[str, Any]]]:
        """What is repeated along an axis travels once to other processes."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        values["hazards"] = {cause: _packed(rates) for cause, rates in self.hazards.items()}
        return _unpacked, (values,)

    def hazard(self, cause: str, step: int) -> Floats:
        """Return the hazard of one cause in one forecast year, (A,), (D, A) or (D, 1); zero if absent."""
        if cause not in self.hazards:
            return np.zeros(len(self.ages))
        hazards = self.hazards[cause]
        return hazards[step] if hazards.ndim == self.opening.ndim else hazards[:, step]

    def inflow_rate(self, step: int) -> Floats:
        """Return the net inflow per head in one forecast year, (D,)."""
        return self.net_inflow_rate if self.net_inflow_rate.ndim == 1 else self.net_inflow_rate[:, step]


def _packed(rates: Floats) -> tuple[Floats, tuple[int, ...]]:
    """An array without the axes it only repeats, and its shape."""
    kept = tuple(slice(0, 1) if stride == 0 else slice(None) for stride in rates.strides)
    return np.ascontiguousarray(rates[kept]), rates.shape


def _unpacked(values: dict[str, Any]) -> CellInputs:
    hazards = {cause: np.broadcast_to(rates, shape) for cause, (rates, shape) in values["hazards"].items()}
    return CellInputs(**{**values, "hazards": hazards})


@dataclass(frozen=True, slots=True, eq=False)
class CellDraws:
    """The projection of one cell.

    Args:
        measures: ``demand, supply, workforce, gap``, the yearly flows ``deaths, retirements,
            health_exits, craft_leavers, jobs_lost_closures, entrants, net_inflow, returners, migration,
            residual_inflow, expansion_demand, replacement_demand`` and the explanation items cumulated
            since the base year; each (D, Y).
        accounts: One closed account of the whole workforce per year, stocks (D,).
        by_age: Workforce by age at the end of each year, (D, Y, A).
    """

    measures: Mapping[str, Floats]
    accounts: tuple[Account[Counts], ...]
    by_age: Counts

    @property
    def closing(self) -> Counts:
        """Workforce by age in the last year, (D, A)."""
        return self.by_age[:, -1]


@dataclass(frozen=True, slots=True, eq=False)
class TrainingNeed:
    """New contracts a year that would close the gap of each target year.

    Args:
        need: Contracts a year, (D, Y); not a number where the year cannot be reached.
        reachable: Whether a cohort that has not started yet can finish by then, (Y,).
    """

    need: Floats
    reachable: npt.NDArray[np.bool_]


def project_cell(inputs: CellInputs, rng: np.random.Generator) -> CellDraws:
    """Roll one cell forward and set supply against demand.

    ``supply[t] = opening + Σ inflows − Σ outflows``; ``gap = demand − supply``; the explanation sums to
    the gap in every draw: vacancies + expansion − job seekers + exits − entrants − returners − migration −
    residual inflow.

    Args:
        inputs: Opening stocks, hazards, entrants and demand of one trade and region.
        rng: Source of randomness; the same state gives the same draws.

    Returns:
        Measures, closed accounts and the closing stock by age.

    Raises:
        ModelError: If an account or the explanation does not close.
    """
    flows, supply, accounts, by_age = _roll_forward(inputs, rng)
    exits = {cause: flows[cause] for cause in EXITS}
    base = base_demand(inputs.employed, inputs.vacancies)
    demand = demand_path(inputs.employed, inputs.vacancies, inputs.growth_index)
    contracted = flows[ENTRANTS] * _contracted_share(inputs)
    items = explain(
        DemandParts(demand, inputs.employed, inputs.vacancies, expansion_since_base(demand, base)),
        SupplyParts(
            supply=supply,
            job_seekers=inputs.job_seekers,
            exits={cause: np.cumsum(flow, axis=1) for cause, flow in exits.items()},
            entrants_contracted=np.cumsum(contracted, axis=1),
            entrants_expected=np.cumsum(flows[ENTRANTS] - contracted, axis=1),
            returners=np.cumsum(flows[RETURNERS], axis=1),
            migration=np.cumsum(flows[MIGRATION], axis=1),
            residual_inflow=np.cumsum(flows[RESIDUAL_INFLOW], axis=1),
        ),
    )
    measures = {
        "demand": demand,
        "supply": supply,
        "workforce": supply,
        "gap": demand - supply,
        **flows,
        "expansion_demand": expansion_demand(demand, base),
        "replacement_demand": replacement_demand(exits),
        **items,
    }
    return CellDraws(measures, accounts, by_age)


def project_training_need(
    inputs: CellInputs,
    gap: Floats,
    pipeline: TrainingPipeline,
    planned: Floats,
    start_years: Counts,
    least_cohorts: int = 1,
) -> TrainingNeed:
    """Return the training need for every forecast year as target.

    For each target only start years whose cohorts can finish by then count; a year that fewer than
    ``least_cohorts`` of them can reach has no need but the mark ``reachable = False``.

    Args:
        inputs: The inputs of the projection; its hazards and inflow rates thin out the new journeymen.
        gap: Demand minus supply, (D, Y).
        pipeline: Assumptions on training in the trade.
        planned: New contracts expected in the start years, as published they would be, (D, S).
        start_years: Start years that can still be influenced, (S,).
        least_cohorts: Start years that must be in time, 1 or more.

    Returns:
        Need by draw and target year, and which years can be reached.
    """
    need = np.full(gap.shape, np.nan)
    reachable = np.zeros(len(inputs.years), dtype=np.bool_)
    retained = retained_entrants(inputs)
    for step, target in enumerate(inputs.years.tolist()):
        in_time = starts_in_time(start_years, target, pipeline.training_years)
        if np.count_nonzero(in_time) < max(least_cohorts, 1):
            continue
        through = slice(0, step + 1)
        per_contract = yield_per_new_contract(
            pipeline, start_years[in_time], inputs.years[through], retained[:, through, step]
        )
        need[:, step] = training_need(gap[:, step], planned[:, in_time], per_contract)
        reachable[step] = True
    return TrainingNeed(need, reachable)


def retained_entrants(inputs: CellInputs) -> Floats:
    """Return how many of those entering in one year are there in a later one.

    Entrants of year t are counted in full in t; afterwards every year keeps
    ``(1 − deaths)·(1 − retirements)·(1 − health exits)·(1 − craft leavers) + net inflow rate`` of them,
    age by age: the expected value of what the projection draws.

    Args:
        inputs: The inputs of the projection.

    Returns:
        Shares by draw, entry year and later year, (D, Y, Y); zero before the entry.
    """
    draws, horizon, ages = len(inputs.opening), len(inputs.years), len(inputs.ages)
    kept = np.zeros((draws, horizon, horizon))
    people = np.zeros((draws, horizon, ages))
    for step in range(horizon):
        surviving = np.ones((draws, ages))
        for cause in EXITS:
            surviving = surviving * (1 - inputs.hazard(cause, step))
        staying = np.maximum(surviving + inputs.inflow_rate(step)[:, None], 0)
        people = people * staying[:, None, :]
        people[:, step] = inputs.entry_profile
        people = np.roll(people, 1, axis=2)
        people[:, :, 0] = 0  # whoever grows beyond the last age has left
        kept[:, :, step] = people.sum(axis=2)
    return kept


def _roll_forward(
    inputs: CellInputs, rng: np.random.Generator
) -> tuple[dict[str, Floats], Floats, tuple[Account[Counts], ...], Counts]:
    """Draw all years: flows (D, Y), stock (D, Y), one account of totals per year, stock by age (D, Y, A)."""
    shape = (len(inputs.opening), len(inputs.years))
    flows = {name: np.zeros(shape) for name in FLOWS}
    supply = np.zeros(shape)
    by_age = np.zeros((*shape, len(inputs.ages)), dtype=np.int64)
    accounts: list[Account[Counts]] = []
    entrants = inputs.entrants_contracted + inputs.entrants_expected
    stock = inputs.opening
    apart = rng.spawn(1)[0]  # telling the inflow apart takes no random number away from the account
    for step in range(len(inputs.years)):
        opening = stock.sum(axis=1)
        year = exits_and_ageing(
            stock,
            {cause: inputs.hazard(cause, step) for cause in EXITS},
            entrants[:, step],
            inputs.entry_profile,
            opening * inputs.inflow_rate(step),
            inputs.inflow_profile,
            rng,
        )
        stock = year.closing
        by_age[:, step] = stock
        totals = {name: flow.sum(axis=1) for name, flow in year.flows.items()}
        totals |= split_inflow(totals[NET_INFLOW], opening, inputs.inflow_parts, apart)
        accounts.append(
            Account(
                f"Fachkräfte {inputs.years[step]}",
                opening=opening,
                inflows={name: totals[name] for name in (ENTRANTS, *INFLOW_PARTS)},
                outflows={name: totals[name] for name in EXITS},
                closing=stock.sum(axis=1),
            )
        )
        supply[:, step] = accounts[-1].closing
        for name, total in totals.items():
            flows[name][:, step] = total
    return flows, supply, tuple(accounts), by_age


def _contracted_share(inputs: CellInputs) -> Floats:
    """Share of the entrants that comes from contracts already signed, (D, Y)."""
    together = inputs.entrants_contracted + inputs.entrants_expected
    return np.divide(inputs.entrants_contracted, together, out=np.zeros_like(together), where=together > 0)
