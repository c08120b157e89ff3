"""Owners and masters in expected values: what their random accounts give on average, draw by draw.

The identities are those of `forecast.domain.succession` and `forecast.domain.masters`; instead of whole
persons drawn at random their expected numbers move on. Arrays are (trade, age, draw) or (trade, year, draw)
in single precision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from forecast.domain.expected import Singles
from forecast.domain.workforce import DEATHS, HEALTH_EXITS, RETIREMENTS

LEAVING, DUE, POSTPONED, HANDOVERS = "owners_leaving", "successions_due", "postponed", "handovers"
FOUNDINGS, YOUNG_CLOSURES, OWNERS = "foundings", "young_closures", "owners"
OWNER_FLOWS = (LEAVING, DUE, POSTPONED, HANDOVERS, FOUNDINGS, YOUNG_CLOSURES, OWNERS)
"""Numbers of each year; the last one is the stock at its end."""


@dataclass(frozen=True, slots=True, eq=False)
class OwnerRates:
    """Rates of owners and their businesses, the same for all trades of a region.

    Args:
        exits: Share of owners who give up within a year, by age (Y, A, D), or (1, A, D) if always the same;
            in the last age all do.
        usual_exits: The same in the base year (A, D), against which the number of sellers is measured.
        due: Share of them whose business is offered (D,).
        success: Share of those that find a successor in the base year (D,).
        put_off: Share of the others whose owner goes on (D,).
        foundings: Foundings a year per owner, (Y, D) or (1, D).
        starters: Ages of successors and founders (A, D), adding to 1.
        survival: Share of new businesses alive after `years` (D,).
        years: Years after which it was counted.
    """

    exits: Singles
    usual_exits: Singles
    due: Singles
    success: Singles
    put_off: Singles
    foundings: Singles
    starters: Singles
    survival: Singles
    years: int


def expected_owners(opening: Singles, rates: OwnerRates, takers: Singles) -> dict[str, Singles]:
    """Roll owners forward: ``owners' = owners − leaving + handovers + foundings − young closures``.

    ``handovers = due · min(1, success · takers / sellers)``; of the others the share put off goes on, if not
    of the last age.

    Args:
        opening: Owners by age at the base year, (T, A, D).
        rates: Rates of the region.
        takers: People ready to take over relative to the base year, (T, Y, D).

    Returns:
        The numbers of `OWNER_FLOWS`, each (T, Y, D).
    """
    trades, _, draws = opening.shape
    horizon = takers.shape[1]
    found = {name: np.zeros((trades, horizon, draws), dtype=np.float32) for name in OWNER_FLOWS}
    stock = opening.copy()
    first = np.einsum("tad,ad->td", stock, _last_all(rates.usual_exits))
    yearly = rates.survival ** np.float32(1 / rates.years)
    total = stock.sum(axis=1)
    giving_up = int(np.argmax(rates.exits.any(axis=(0, 2)) | rates.usual_exits.any(axis=1)))
    old = stock[:, giving_up:]  # nobody younger gives up
    ages_of_firms = np.arange(rates.years, dtype=np.float32)[:, None]
    young = total[:, None] * (_in(rates.foundings, 0) * yearly**ages_of_firms)
    for step in range(horizon):
        exits = _last_all(_in(rates.exits, step))
        wanting = old * exits[giving_up:]
        sellers = wanting.sum(axis=1)
        there = first > np.finfo(np.float32).eps  # a share that rounds to nobody is nobody
        relative = np.divide(sellers, first, out=np.ones_like(sellers), where=there)
        share = np.divide(
            rates.success * takers[:, step], relative, out=np.ones_like(sellers), where=relative > 0
        )
        due = sellers * rates.due
        handed = due * np.clip(share, 0, 1)
        younger = sellers - wanting[:, -1]
        going_on = np.minimum((due - handed) * rates.put_off, younger)
        kept = np.divide(going_on, younger, out=np.zeros_like(younger), where=younger > 0)
        founded = total * _in(rates.foundings, step)
        ending = young * (1 - yearly)
        old -= wanting
        old[:, :-1] += wanting[:, :-1] * kept[:, None]
        ended = _end_young(stock, exits, ending.sum(axis=1))
        young = np.concatenate([founded[:, None], (young - ending)[:, :-1]], axis=1)
        stock += rates.starters * (handed + founded)[:, None]
        stock[:, 1:] = stock[:, :-1]
        stock[:, 0] = 0
        total = stock.sum(axis=1)
        numbers = (sellers - going_on, due, going_on, handed, founded, ended, total)
        for name, number in zip(OWNER_FLOWS, numbers, strict=True):
            found[name][:, step] = number
    return found


def _in(values: Singles, step: int) -> Singles:
    """The values of a year; the last ones go on."""
    return np.asarray(values[min(step, len(values) - 1)])


def _last_all(exits: Singles) -> Singles:
    found = exits.copy()
    found[-1] = 1
    return found


def _end_young(stock: Singles, exits: Singles, ending: Singles) -> Singles:
    """Take owners of new businesses that end from the ages at which nobody gives up; how many, (T, D)."""
    none = np.asarray(~exits.any(axis=1))
    until = int(np.argmin(none))
    early = none if none[until:].any() else slice(until)  # a slice copies nothing
    there = stock[:, early].sum(axis=1)
    ended = np.minimum(ending, there)
    left = np.divide(there - ended, there, out=np.ones_like(there), where=there > 0)
    stock[:, early] *= left[:, None]
    return np.asarray(ended)


@dataclass(frozen=True, slots=True, eq=False)
class MasterRates:
    """What moves the masters of one trade.

    Args:
        owning: Share of the masters of each age who lead a business (A, D).
        owner_exits: Share of owners who give up within a year (Y, A, D) or (1, A, D).
        ages_of_new: Ages of new masters (A,).
        window: Rows of the ages of those who take over, first and last.
        interest: Share of masters without a business who want one (D,).
    """

    owning: Singles
    owner_exits: Singles
    ages_of_new: Singles
    window: tuple[int, int]
    interest: Singles


def expected_masters(
    opening: Singles, hazards: Callable[[int], Mapping[str, Singles]], entrants: Singles, rates: MasterRates
) -> tuple[Singles, Singles]:
    """Roll the masters of one trade forward, ``masters' = masters − deaths − retirements − health + new``.

    Args:
        opening: Masters by age at the base year (A, D).
        hazards: deaths, retirements and health_exits of employees in each forecast year, (A,) or (A, D).
        entrants: New masters who stay (Y, D).
        rates: Ages and shares.

    Returns:
        Masters at the end of each year and possible successors among them, each (Y, D).
    """
    found = np.zeros((2, *entrants.shape), dtype=np.float32)
    there = int(np.argmax(opening.any(axis=1) | (rates.ages_of_new > 0)))
    youngest = min(there, rates.window[0])  # nobody is younger
    stock, owning = opening[youngest:].copy(), rates.owning[youngest:]
    employed, gone = 1 - owning, np.empty_like(owning)
    newcomers = rates.ages_of_new[youngest:, None]
    first, last = (row - youngest for row in rates.window)
    free = employed[first : last + 1] * rates.interest
    for step in range(len(entrants)):
        year = hazards(step)
        for cause in (DEATHS, RETIREMENTS, HEALTH_EXITS):
            rate = year[cause] if year[cause].ndim > 1 else year[cause][:, None]
            np.multiply(rate[youngest:], employed, out=gone)
            if cause == RETIREMENTS:
                gone += owning * _in(rates.owner_exits, step)[youngest:]
            np.multiply(stock, gone, out=gone)
            stock -= gone
        stock += newcomers * entrants[step]
        stock[1:] = stock[:-1]
        stock[0] = 0
        found[0, step] = stock.sum(axis=0)
        found[1, step] = (stock[first : last + 1] * free).sum(axis=0)
    return found[0], found[1]
