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
    flows = {name: np.empty((trades, horizon, draws), dtype=np.float32) for name in ROLLED}
    stock = np.empty((trades, horizon + 1, draws), dtype=np.float32)
    np.add.reduce(people, axis=1, out=stock[:, 0])
    ages_of_new = _ages_of_new(movements, trades, ages)
    for step in range(horizon):
        window = people[:, horizon - step : horizon - step + ages]
        weights = _weights(hazards(step))
        stock[:, step + 1] = _year(window, stock[:, step], weights, movements, step, ages_of_new, flows)
    before = stock[:, :-1]
    flows[RETURNERS] = before * movements.returner_rate
    flows[MIGRATION] = before * movements.migration_rate
    return ExpectedAccount(flows, stock[:, 1:], people[:, :ages].copy())


def _ages_of_new(movements: Movements, trades: int, ages: int) -> Singles:
    """Ages of those who come in, side by side: net inflow and entrants, (T, A, 2)."""
    entering = movements.entry_profile > np.finfo(np.float32).eps
    shares = np.where(entering, movements.entry_profile, np.float32(0))
    found = np.empty((trades, ages, 2), dtype=np.float32)
    found[..., 0] = movements.inflow_profiles
    found[..., 1] = shares / shares.sum()
    return found


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
    retiring, failing = _span(hazards.retirements), _span(hazards.health_exits)
    left = np.empty_like(hazards.craft_leavers)
    left[...] = (1 - hazards.deaths)[:, None]
    retirements = left[retiring] * hazards.retirements[retiring]
    left[retiring] -= retirements
    health = left[failing] * hazards.health_exits[failing]
    left[failing] -= health
    left *= 1 - hazards.craft_leavers
    return _Weights(hazards.deaths, retirements, retiring, health, failing, left)


def _span(shares: Singles) -> slice:
    """The ages from the first to the last at which a share is not nought."""
    ages = np.flatnonzero(shares.any(axis=1))
    return slice(int(ages[0]), int(ages[-1]) + 1) if ages.size else slice(0, 1)


def _year(
    people: Singles,
    opening: Singles,
    weights: _Weights,
    movements: Movements,
    step: int,
    ages_of_new: Singles,
    flows: Mapping[str, Singles],
) -> Singles:
    """One year of all trades from their totals (T, D): fills in its flows, changes `people` in place.

    Returns:
        Stock at the end of the year (T, D).
    """
    everybody = np.ones(people.shape[1], dtype=np.float32)
    deaths = np.matmul(weights.deaths, people, out=flows[DEATHS][:, step])
    retirements = np.einsum("tad,ad->td", people[:, weights.retiring], weights.retirements)
    health = np.einsum("tad,ad->td", people[:, weights.failing], weights.health_exits)
    people *= weights.staying
    left = np.matmul(everybody, people)
    leavers = np.maximum(opening - deaths - retirements - health - left, 0)
    lost = np.multiply(left, movements.jobs_lost[:, step], out=flows[JOBS_LOST_CLOSURES][:, step])
    after = left - lost
    wanted = opening * movements.inflow_rate[:, step] + movements.inflow_persons[:, step]
    going = np.minimum(np.maximum(-wanted, 0), after)
    coming = np.maximum(wanted, 0)
    if going.any() or lost.any():
        people *= np.divide(after - going, left, out=np.zeros_like(left), where=left > 0)[:, None]
    entrants = movements.entrants[:, step]
    people += np.matmul(ages_of_new, np.stack([coming, entrants], axis=1))
    beyond = people[:, -1].copy()
    people[:, -1] = 0
    flows[RETIREMENTS][:, step] = retirements + beyond
    flows[HEALTH_EXITS][:, step] = health
    flows[CRAFT_LEAVERS][:, step] = leavers
    flows[ENTRANTS][:, step] = entrants
    flows[NET_INFLOW][:, step] = coming - going
    return np.asarray(np.matmul(everybody, people))
