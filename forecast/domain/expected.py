"""The workforce account in expected values: what the random projection gives on average, draw by draw.

The random projection (`forecast.domain.workforce`) draws whole persons. Its expected value given the
parameters of a draw is plain arithmetic on the same identity and takes a hundredth of the time::

    P[x+1, t+1] = P[x, t] · Π(1 − hazard) + entrants + net inflow

Arrays are (trade, age, draw) or (trade, year, draw) in single precision: neighbouring draws lie side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.domain.inflow_parts import MIGRATION, RETURNERS
from forecast.domain.workforce import (
    CRAFT_LEAVERS,
    DEATHS,
    ENTRANTS,
    EXITS,
    HEALTH_EXITS,
    JOBS_LOST_CLOSURES,
    NET_INFLOW,
    RETIREMENTS,
)
from forecast.errors import ModelError

Singles = npt.NDArray[np.float32]
ROLLED = (*EXITS, ENTRANTS, NET_INFLOW)
"""Flows that move the stock."""
FLOWS = (*ROLLED, RETURNERS, MIGRATION)
"""With what is known of the net inflow; the residual is what they leave of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Hazards:
    """Shares leaving within one year by age and draw.

    Args:
        deaths: (A,).
        retirements: (A, D).
        health_exits: (A, D).
        craft_leavers: (A, D).
    """

    deaths: Singles
    retirements: Singles
    health_exits: Singles
    craft_leavers: Singles


@dataclass(frozen=True, slots=True, eq=False)
class Movements:
    """Who comes in and which jobs go with closing firms, of all trades and years.

    Args:
        jobs_lost: Share of those still there who leave with a closing firm, the same at every age, (T, Y, D).
        entrants: New journeymen, (T, Y, D).
        entry_profile: Their ages at the start of the year, (A,), adding to 1.
        inflow_rate: Net inflow per head of the stock at the start of the year, (T, Y, D).
        inflow_persons: Net inflow in persons on top of it, (T, Y, D).
        inflow_profiles: Ages of a positive net inflow, (T, A), each adding to 1.
        returner_rate: Returners per head of the same stock, part of the net inflow, (T, Y, D) or (T, 1, D).
        migration_rate: Net migration per head of the same stock, part of the net inflow, (T, Y, D) or
            (T, 1, D).
    """

    jobs_lost: Singles
    entrants: Singles
    entry_profile: Singles
    inflow_rate: Singles
    inflow_persons: Singles
    inflow_profiles: Singles
    returner_rate: Singles
    migration_rate: Singles


@dataclass(frozen=True, slots=True, eq=False)
class ExpectedAccount:
    """Expected flows and stocks; ``stock[t] = stock[t−1] − exits + entrants + net inflow``.

    Args:
        flows: The causes of leaving, entrants, net_inflow and its known parts returners and migration, each
            (T, Y, D).
        stock: Workforce at the end of each year, (T, Y, D).
        closing: Workforce by age at the end, (T, A, D).
    """

    flows: Mapping[str, Singles]
    stock: Singles
    closing: Singles


def expected_account(
    opening: Singles, hazards: Callable[[int], Hazards], movements: Movements
) -> ExpectedAccount:
    """Roll trades that share their hazards forward in expected values.

    Order within the year as in the random projection: deaths, retirements, health exits, leaving the craft
    and jobs lost with closures on what the causes before left over, then net inflow (a negative one from all
    ages as they are staffed, never more than is there), then entrants; whoever outgrows the last age retires.

    Args:
        opening: Persons by age at the base year, (T, A, D).
        hazards: Hazards of forecast year 0, 1, ….
        movements: Entrants and net inflow.

    Returns:
        Flows and stocks.

    Raises:
        ModelError: If a hazard is no share or the opening stock is negative.
    """
    if np.any(opening < 0):
        raise ModelError("Der Anfangsbestand ist negativ.", where="opening", expected="Personen ab 0")
    trades, ages, draws = opening.shape
    horizon = movements.entrants.shape[1]
    # Everybody keeps the place in memory; the window of ages moves down by one a year instead.
    people = np.zeros((trades, ages + horizon, draws), dtype=np.float32)
    people[:, horizon:] = opening
    flows = {name: np.zeros((trades, horizon, draws), dtype=np.float32) for name in ROLLED}
    stock = np.zeros((trades, horizon, draws), dtype=np.float32)
    entering = np.flatnonzero(movements.entry_profile > np.finfo(np.float32).eps)
    entry = slice(int(entering[0]), int(entering[-1]) + 1)
    entry_shares = movements.entry_profile[entry] / movements.entry_profile[entry].sum()
    totals = opening.sum(axis=1)
    for step in range(horizon):
        weights = _weights(hazards(step))
        for trade in range(trades):
            window = people[trade, horizon - step : horizon - step + ages]
            before = stock[trade, step - 1] if step else totals[trade]
            flow = _year(window, before, weights, movements, trade, step, entry, entry_shares)
            for name in ROLLED:
                flows[name][trade, step] = flow[name]
            stock[trade, step] = flow["stock"]
    before = np.concatenate([totals[:, None], stock[:, :-1]], axis=1)
    flows[RETURNERS] = before * movements.returner_rate
    flows[MIGRATION] = before * movements.migration_rate
    return ExpectedAccount(flows, stock, people[:, :ages].copy())


@dataclass(frozen=True, slots=True, eq=False)
class _Weights:
    """Shares of a year's opening stock by what becomes of them; slices of the ages not nought."""

    deaths: Singles
    retirements: Singles
    retiring: slice
    health_exits: Singles
    failing: slice
    staying: Singles


def _weights(hazards: Hazards) -> _Weights:
    for name in (DEATHS, RETIREMENTS, HEALTH_EXITS, CRAFT_LEAVERS):
        rate = getattr(hazards, name)
        if not (rate.min() >= 0 and rate.max() <= 1):
            raise ModelError("Eine Abgangsrate liegt nicht zwischen 0 und 1.", where=name, expected="0 bis 1")
    alive = (1 - hazards.deaths)[:, None]
    retirements = alive * hazards.retirements
    left = alive - retirements
    health = left * hazards.health_exits
    staying = (left - health) * (1 - hazards.craft_leavers)
    retiring, failing = _span(retirements), _span(health)
    return _Weights(
        hazards.deaths, retirements[retiring], retiring, health[failing], failing, staying.astype(np.float32)
    )


def _span(shares: Singles) -> slice:
    """The ages from the first to the last at which a share is not nought."""
    ages = np.flatnonzero(shares.any(axis=1))
    return slice(int(ages[0]), int(ages[-1]) + 1) if ages.size else slice(0, 1)


def _year(
    people: Singles,
    opening: Singles,
    weights: _Weights,
    movements: Movements,
    trade: int,
    step: int,
    entry: slice,
    entry_shares: Singles,
) -> dict[str, Singles]:
    """One year of one trade from its opening total (D,): flows and stock; changes `people` in place."""
    everybody = np.ones(people.shape[0], dtype=np.float32)
    deaths = weights.deaths @ people
    retirements = np.einsum("ad,ad->d", people[weights.retiring], weights.retirements)
    health = np.einsum("ad,ad->d", people[weights.failing], weights.health_exits)
    people *= weights.staying
    left = everybody @ people
    leavers = np.maximum(opening - deaths - retirements - health - left, 0)
    lost = left * movements.jobs_lost[trade, step]
    left = left - lost
    wanted = opening * movements.inflow_rate[trade, step] + movements.inflow_persons[trade, step]
    going = np.minimum(np.maximum(-wanted, 0), left)
    coming = np.maximum(wanted, 0)
    if going.any() or lost.any():
        there = left + lost
        people *= np.divide(left - going, there, out=np.zeros_like(left), where=there > 0)
    if coming.any():
        people += movements.inflow_profiles[trade][:, None] * coming
    entrants = movements.entrants[trade, step]
    people[entry] += entry_shares[:, None] * entrants
    beyond = people[-1].copy()
    people[-1] = 0
    return {
        DEATHS: deaths,
        RETIREMENTS: retirements + beyond,
        HEALTH_EXITS: health,
        CRAFT_LEAVERS: leavers,
        JOBS_LOST_CLOSURES: lost,
        ENTRANTS: entrants,
        NET_INFLOW: coming - going,
        "stock": everybody @ people,
    }
