"""One year of a workforce by single years of age: who leaves, who comes, everybody else grows older.

The account per age is the cohort-component identity of Hyndman and Nguyen (age structure of the
scientific workforce), with three more causes of leaving::

    P[x+1, t+1] = P[x, t] − deaths − retirements − health exits − craft leavers − jobs lost with closures
                + entrants + net inflow

Exits are binomial draws on what the causes before have left over, so that small cells never lose more
people than they have. A workforce year runs from 30 June to 30 June.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecast.domain.account import Account, Counts, Floats
from forecast.errors import ModelError

DEATHS, RETIREMENTS, HEALTH_EXITS, CRAFT_LEAVERS = "deaths", "retirements", "health_exits", "craft_leavers"
JOBS_LOST_CLOSURES = "jobs_lost_closures"
EXITS = (DEATHS, RETIREMENTS, HEALTH_EXITS, CRAFT_LEAVERS, JOBS_LOST_CLOSURES)
OPTIONAL_EXITS = frozenset({JOBS_LOST_CLOSURES})
"""Causes that not every trade has: an industrial occupation has no craft businesses that could close."""
ENTRANTS, NET_INFLOW = "entrants", "net_inflow"
_CLOSE = float(np.sqrt(np.finfo(np.float64).eps))
"""How far from 1 the sum of a distribution may be through rounding."""
SHOWN = 3
"""How many wrong rows an error names."""


@dataclass(frozen=True, slots=True, eq=False)
class YearStep:
    """What happened in one year.

    Args:
        flows: Persons by flow, draw and age at the start of the year, (D, A) whole numbers;
            ``net_inflow`` is signed, all others are zero or more.
        closing: Stock at the end of the year by age then, (D, A).
        account: The closed account by age at the start of the year.
    """

    flows: Mapping[str, Counts]
    closing: Counts
    account: Account[Counts]


def exits_and_ageing(
    stock: Counts,
    hazards: Mapping[str, Floats],
    entrants: Floats,
    entry_profile: Floats,
    net_inflow: Floats,
    inflow_profile: Floats,
    rng: np.random.Generator,
) -> YearStep:
    """Draw one year of exits, entrants and net inflow, and let everybody grow one year older.

    ``P[x+1, t+1] = P[x, t] − D − R − H − O − C + G + E``. Order within the year: the causes of leaving
    in the order of `EXITS`, then net inflow, then entrants. Whoever would grow beyond the last age
    retires. Entrants and newcomers are not at risk of leaving in the year in which they come.

    Args:
        stock: Persons by age at the start, (D, A) whole numbers.
        hazards: For each of `EXITS` the share leaving within the year, (A,), (D, A) or (D, 1); those of
            `OPTIONAL_EXITS` may be missing.
        entrants: Expected number of new journeymen, (D,).
        entry_profile: Their distribution over ages at the start of the year, (A,) or (D, A), adds to 1.
        net_inflow: Expected persons from (+) or to (−) other trades, regions and inactivity, (D,).
        inflow_profile: Ages of a positive net inflow, (A,), adds to 1; a negative one is taken from all
            ages as they are staffed, and never more than is there.
        rng: Source of randomness.

    Returns:
        Flows, closing stock and the account that proves them.

    Raises:
        ModelError: If a hazard is no share, a profile does not add to 1 or a stock is negative.
    """
    _refuse_wrong_input(stock, hazards, entrants)
    left = stock
    exits: dict[str, Counts] = {}
    for cause in EXITS:
        exits[cause] = leaving_of(left, hazards.get(cause), rng)
        left = left - exits[cause]
    net = _net_inflow_by_age(left, whole_numbers(net_inflow, rng), inflow_profile, rng)
    new = spread(whole_numbers(entrants, rng), entry_profile, rng)
    exits[RETIREMENTS] = exits[RETIREMENTS] + _beyond_last_age(left + net + new)
    account = Account.close(
        "Beschäftigte nach Alter", opening=stock, inflows={ENTRANTS: new, NET_INFLOW: net}, outflows=exits
    )
    return YearStep({**exits, ENTRANTS: new, NET_INFLOW: net}, age_by_one(account.closing), account)


def age_by_one(cohorts: Counts) -> Counts:
    """Move everybody to the next age; the youngest age becomes empty.

    Args:
        cohorts: Persons by age at the start of the year, (D, A); the last age must be empty.

    Returns:
        Persons by age at the end of the year, same total in every draw.

    Raises:
        ModelError: If the last age still holds people, who would be lost.
    """
    if np.any(cohorts[:, -1]):
        raise ModelError(
            "Beim Altern gingen Personen verloren.",
            where="age_by_one",
            expected="die letzte Altersstufe ist vor dem Altern leer",
            remedy="Personen der letzten Altersstufe zuerst in den Ruhestand buchen.",
        )
    older = np.zeros_like(cohorts)
    older[:, 1:] = cohorts[:, :-1]
    return older


def leaving_of(stock: Counts, hazard: Floats | None, rng: np.random.Generator) -> Counts:
    """Draw who leaves, binomial in every draw and age; ages without risk take no random number.

    Args:
        stock: Persons by age, (D, A).
        hazard: Share leaving, (A,), (D, A) or (D, 1); None where nobody leaves.
        rng: Source of randomness.
    """
    gone = np.zeros(stock.shape, dtype=np.int64)
    if hazard is None or not hazard.any():
        return gone
    ages = slice(None)
    if hazard.shape[-1] > 1:
        at_risk = np.flatnonzero(hazard if hazard.ndim == 1 else hazard.max(axis=0))
        ages = slice(int(at_risk[0]), int(at_risk[-1]) + 1)
        hazard = hazard[..., ages]
    gone[:, ages] = rng.binomial(stock[:, ages], hazard)
    return gone


def whole_numbers(expected: Floats, rng: np.random.Generator) -> Counts:
    """Round expected numbers to whole ones at random, so that their mean is kept: ``E⌊v + U⌋ = v``.

    Args:
        expected: Expected numbers of any sign, (D,).
        rng: Source of randomness.

    Returns:
        The whole number below or above, (D,); a whole number stays.
    """
    below = np.floor(expected)
    return (below + (rng.random(expected.shape) < expected - below)).astype(np.int64)


def spread(totals: Counts, profile: Floats, rng: np.random.Generator) -> Counts:
    """Spread whole numbers over ages by multinomial draws; nobody is lost.

    Args:
        totals: Persons, (D,), zero or more.
        profile: Shares by age, (A,) or (D, A), adding to 1.
        rng: Source of randomness.

    Returns:
        Persons by age, (D, A), rows adding to the totals.

    Raises:
        ModelError: If the profile is not a distribution.
    """
    total = profile.sum(axis=-1, keepdims=True)
    if not (profile.min() >= 0 and np.abs(total - 1).max() <= _CLOSE):
        raise ModelError(
            "Eine Altersverteilung ergibt nicht 1.",
            where="Altersprofil",
            expected="Anteile ab 0 mit der Summe 1",
            rows=tuple(f"Summe: {one:g}" for one in np.ravel(total)[~np.isclose(np.ravel(total), 1)][:SHOWN]),
        )
    people = np.zeros((totals.size, profile.shape[-1]), dtype=np.int64)
    if totals.any():  # nobody to spread takes no random number
        used = np.flatnonzero(profile if profile.ndim == 1 else profile.max(axis=0))
        people[:, used] = rng.multinomial(totals, profile[..., used] / total)
    return people


def take(stock: Counts, totals: Counts, rng: np.random.Generator) -> Counts:
    """Take whole numbers of people out of a stock, spread over ages as the stock is.

    Systematic sampling without replacement in whole numbers: with people lined up by age and one
    random start, every k-th person goes. Each age loses its share, rounded up or down at random.

    Args:
        stock: Persons by age, (D, A).
        totals: Persons to take, (D,); more than are there means all.
        rng: Source of randomness.

    Returns:
        Persons taken by age, (D, A), never more than the stock.
    """
    there = stock.sum(axis=1)
    wanted = np.minimum(totals, there)
    divisor = np.maximum(there, 1)
    start = rng.integers(0, divisor)
    taken = np.zeros(stock.shape, dtype=np.int64)
    rows = np.flatnonzero(wanted)
    if rows.size:
        people = wanted[rows, None] * np.cumsum(stock[rows], axis=1) + start[rows, None]
        taken[rows] = np.diff(people // divisor[rows, None], axis=1, prepend=0)
    return taken


def _net_inflow_by_age(
    left: Counts, totals: Counts, inflow_profile: Floats, rng: np.random.Generator
) -> Counts:
    coming = spread(np.maximum(totals, 0), inflow_profile, rng)
    going = take(left, np.maximum(-totals, 0), rng)
    return coming - going


def _beyond_last_age(people: Counts) -> Counts:
    beyond = np.zeros_like(people)
    beyond[:, -1] = people[:, -1]
    return beyond


def _refuse_wrong_input(stock: Counts, hazards: Mapping[str, Floats], entrants: Floats) -> None:
    if set(hazards) | OPTIONAL_EXITS != set(EXITS):
        raise ModelError(
            "Die Abgangsarten sind unvollständig oder unbekannt.",
            where="hazards",
            expected=", ".join(EXITS),
            rows=tuple(sorted(hazards)),
        )
    for cause, hazard in hazards.items():
        if not (hazard.min() >= 0 and hazard.max() <= 1):
            raise ModelError(
                "Eine Abgangsrate liegt nicht zwischen 0 und 1.", where=cause, expected="0 bis 1"
            )
    if not np.issubdtype(stock.dtype, np.integer) or stock.min() < 0:
        raise ModelError("Der Bestand muss aus ganzen Zahlen ab 0 bestehen.", where="Beschäftigte nach Alter")
    if not np.all(entrants >= 0):
        raise ModelError("Die Zahl der neuen Fachkräfte ist negativ oder fehlt.", where="entrants")


def entry_ages(ages: Counts, middle: Floats | float, width: Floats | float, first: float) -> Floats:
    """Return the ages of young journeymen, a bell around the mean entry age, (A,) or (D, A), adding to 1.

    Args:
        ages: Single years of age, (A,).
        middle: Mean age of entry, one number or draws (D,).
        width: Its standard deviation in years, likewise.
        first: Nobody is skilled before this age.
    """
    distance = (ages - np.asarray(middle)[..., None]) / np.asarray(width)[..., None]
    profile = np.where(ages < first, 0.0, np.exp(-(distance**2) / 2))
    return np.asarray(profile / profile.sum(axis=-1, keepdims=True))
