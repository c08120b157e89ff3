"""How many skilled workers firms need: those employed, the places they cannot fill, and growth.

Demand is counted in heads of one trade and region. At the base year it is what firms have plus what they
look for; afterwards it moves with an index of the trade. Expansion is what the index adds or takes away,
replacement is what leaves and has to be replaced for the number to stay: gross exits, because net flows
hide exits that are made good in the same year.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from forecast.domain.account import Counts, Floats
from forecast.errors import ModelError


def base_demand(employed: Floats, vacancies: Floats) -> Floats:
    """Return demand at the base year, ``employed + vacancies``, (D,).

    Args:
        employed: Skilled workers employed at 30 June of the base year, (D,).
        vacancies: Places for skilled workers that firms want to fill, (D,).

    Raises:
        ModelError: If one of them is negative or missing.
    """
    for name, count in (("employed", employed), ("vacancies", vacancies)):
        if not np.all(count >= 0):
            raise ModelError(
                "Eine Bedarfsgröße ist negativ oder fehlt.", where=name, expected="Personen ab 0"
            )
    return np.asarray(employed + vacancies, dtype=np.float64)


def demand_path(employed: Floats, vacancies: Floats, growth_index: Floats) -> Floats:
    """Return demand in every forecast year.

    ``demand[t] = (employed + vacancies) · index[t]``; an index of 1 keeps the base year.

    Args:
        employed: Skilled workers employed at the base year, (D,).
        vacancies: Places to fill at the base year, (D,).
        growth_index: Demand of year t relative to the base year, (D, Y).

    Returns:
        Persons, (D, Y).

    Raises:
        ModelError: If an index is negative or missing.
    """
    if not np.all(growth_index >= 0):
        raise ModelError("Der Bedarfsindex ist negativ oder fehlt.", where="growth_index", expected="ab 0")
    return np.asarray(base_demand(employed, vacancies)[:, None] * growth_index, dtype=np.float64)


def met_demand(
    demand: Floats, supply: Floats, employed: Floats, base_demand: Floats, base_supply: Floats
) -> Floats:
    """Return who would be employed: what the smaller of the two sides allows, (D, Y).

    ``min(demand[t]·employed/base demand, supply[t]·employed/base supply)``: as many places stay open and as
    many people look for work per head as in the base year. Nobody is employed who is not there, and nobody
    who is not wanted. It is what can be counted afterwards; demand and supply are not.

    Args:
        demand: Demand path, (D, Y).
        supply: Supply path, (D, Y).
        employed: Skilled workers employed at the base year, (D,).
        base_demand: Employed and open places then, (D,).
        base_supply: Employed and job seekers then, (D,).

    Example:
        >>> ninety, hundred = np.array([90.0]), np.array([100.0])
        >>> met_demand(np.array([[120.0]]), np.array([[80.0]]), ninety, hundred, hundred).tolist()
        [[72.0]]
    """
    filled = np.divide(employed, base_demand, out=np.zeros_like(base_demand), where=base_demand > 0)
    working = np.divide(employed, base_supply, out=np.zeros_like(base_supply), where=base_supply > 0)
    return np.minimum(demand * filled[:, None], supply * working[:, None])


def expansion_since_base(demand: Floats, base: Floats) -> Floats:
    """Return demand above or below the base year, ``demand[t] − demand[base]``, (D, Y).

    Args:
        demand: Demand path, (D, Y).
        base: Demand at the base year, (D,).
    """
    return np.asarray(demand - base[:, None], dtype=np.float64)


def expansion_demand(demand: Floats, base: Floats) -> Floats:
    """Return the yearly change of demand, ``demand[t] − demand[t−1]``, may be negative, (D, Y).

    Cumulated over the years it is `expansion_since_base`.

    Args:
        demand: Demand path, (D, Y).
        base: Demand at the base year, (D,).
    """
    change: Floats = np.diff(demand, axis=1, prepend=base[:, None])
    return change


def replacement_demand(exits: Mapping[str, Floats | Counts]) -> Floats:
    """Return gross exits of a year over all causes, ``Σ deaths + retirements + …``, (D, Y).

    Args:
        exits: Persons leaving by cause, each (D, Y).
    """
    gross: Floats = np.sum([np.asarray(flow, dtype=np.float64) for flow in exits.values()], axis=0)
    return gross


NET_WINDOW = 5
"""Years a cohort is followed in the net method: as wide as the age bands it was made for."""


def net_replacement(opening: Counts, by_age: Counts) -> Floats:
    """Return replacement demand a year by the net cohort method, as a check only, (D, Y).

    ``Σ_x max(0, P[x, t−5] − P[x+5, t]) / 5``: what cohorts have become smaller by. People who leave and
    are made good by newcomers of the same age are not seen, so that the method counts fewer exits than
    there are where people change, and turns every shrinking of a trade into a demand to be replaced.

    Args:
        opening: Persons by age at the base year, (D, A).
        by_age: Persons by age at the end of each forecast year, (D, Y, A).

    Returns:
        Persons a year; not a number in the years before a cohort has been followed for five.
    """
    stocks = np.concatenate([opening[:, None, :], by_age], axis=1)
    found = np.full(by_age.shape[:2], np.nan)
    if by_age.shape[1] >= NET_WINDOW and by_age.shape[2] > NET_WINDOW:
        change = stocks[:, NET_WINDOW:, NET_WINDOW:] - stocks[:, :-NET_WINDOW, :-NET_WINDOW]
        beyond = stocks[:, :-NET_WINDOW, -NET_WINDOW:].sum(axis=2)  # they grow beyond the last age
        found[:, NET_WINDOW - 1 :] = (np.maximum(-change, 0).sum(axis=2) + beyond) / NET_WINDOW
    return found
