"""The joined accounts: demand against supply, and an explanation that sums to the gap.

``gap = demand − supply``; positive is a shortage (Fachkräftelücke). Every contribution is signed by what it
does to the gap and cumulated since the base year. The employed of the base year stand on both sides and
cancel; what is left is thirteen items::

    gap = vacancies − job seekers + expansion
        + retirements + deaths + health exits + craft leavers + jobs lost with closures
        − entrants under contract − entrants expected − returners − migration − residual inflow
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from forecast.domain.account import Counts, Floats, float_tolerance
from forecast.errors import ModelError
from forecast.stats.whole_numbers import share_out

ITEM_SIGNS: Mapping[str, int] = MappingProxyType(
    {
        "item_vacancies": +1,
        "item_job_seekers": -1,
        "item_expansion": 0,
        "item_retirements": +1,
        "item_deaths": +1,
        "item_health_exits": +1,
        "item_craft_leavers": +1,
        "item_closures": +1,
        "item_entrants_contracted": -1,
        "item_entrants_expected": -1,
        "item_returners": -1,
        "item_migration": 0,
        "item_residual": 0,
    }
)
"""Each item and its sign: +1 only widens the gap, −1 only narrows it, 0 either."""

ITEMS: tuple[str, ...] = tuple(ITEM_SIGNS)
"""The items of an explanation in the order in which they are shown."""


@dataclass(frozen=True, slots=True, eq=False)
class DemandParts:
    """Demand and what it is made of: ``demand = employed + vacancies + expansion``.

    Args:
        demand: Demand by year, (D, Y).
        employed: Employed skilled workers at the base year, (D,).
        vacancies: Places to fill at the base year, (D,).
        expansion: Demand above the base year, (D, Y).
    """

    demand: Floats
    employed: Floats
    vacancies: Floats
    expansion: Floats


@dataclass(frozen=True, slots=True, eq=False)
class SupplyParts:
    """Supply and what it is made of; all flows cumulated since the base year, (D, Y).

    ``supply = employed + job seekers − exits + entrants + returners + migration + residual inflow``.

    Args:
        supply: Skilled workers by year, (D, Y).
        job_seekers: Skilled workers looking for work at the base year, (D,).
        exits: Persons by cause: deaths, retirements, health_exits, craft_leavers, and where there are
            businesses to close jobs_lost_closures.
        entrants_contracted: New journeymen from contracts already signed.
        entrants_expected: New journeymen from contracts still to be signed.
        returners: Skilled workers who come back to the trade.
        migration: Moves and commuting between regions and from abroad, signed.
        residual_inflow: Net inflow that neither explains, signed.
    """

    supply: Floats
    job_seekers: Floats
    exits: Mapping[str, Floats]
    entrants_contracted: Floats
    entrants_expected: Floats
    returners: Floats
    migration: Floats
    residual_inflow: Floats


@dataclass(frozen=True, slots=True)
class RoundedCell:
    """One cell in whole numbers: the items add to the gap, and the gap is demand minus supply."""

    demand: int
    supply: int
    gap: int
    items: Mapping[str, int]


def explain(demand: DemandParts, supply: SupplyParts) -> dict[str, Floats]:
    """Split the gap into its items, exactly, in every draw and year.

    ``Σ items = demand − supply``

    Args:
        demand: Demand and its parts.
        supply: Supply and its parts.

    Returns:
        Items in the order of `ITEMS`, each (D, Y), signed by what they do to the gap.

    Raises:
        ModelError: If the items do not add to the gap, or an item has the wrong sign.
    """
    shape = demand.demand.shape
    items = {
        "item_vacancies": np.broadcast_to(demand.vacancies[:, None], shape),
        "item_job_seekers": -np.broadcast_to(supply.job_seekers[:, None], shape),
        "item_expansion": demand.expansion,
        "item_retirements": supply.exits["retirements"],
        "item_deaths": supply.exits["deaths"],
        "item_health_exits": supply.exits["health_exits"],
        "item_craft_leavers": supply.exits["craft_leavers"],
        "item_closures": supply.exits.get("jobs_lost_closures", np.zeros(shape)),
        "item_entrants_contracted": -supply.entrants_contracted,
        "item_entrants_expected": -supply.entrants_expected,
        "item_returners": -supply.returners,
        "item_migration": -supply.migration,
        "item_residual": -supply.residual_inflow,
    }
    tolerance = float_tolerance(demand.demand, supply.supply, *items.values())
    _refuse_wrong_signs(items, tolerance)
    gap = demand.demand - supply.supply
    residual = np.sum(list(items.values()), axis=0) - gap
    if not np.all(np.abs(residual) <= tolerance):
        raise ModelError(
            "Die Erklärung ergibt nicht die Fachkräftelücke.",
            where="explain",
            expected="Summe der Beiträge = Bedarf − Angebot",
            remedy="Prüfen, ob alle Ströme seit dem Basisjahr kumuliert sind.",
            rows=(f"größte Abweichung: {np.max(np.abs(residual)):g}",),
        )
    return items


def gap_rate(gap: Floats, demand: Floats) -> Floats:
    """Return the gap per skilled worker needed, ``gap / demand``; shown per 100, so that trades compare.

    A ratio in every draw: of a sum it is the ratio of the sums, never a mean of ratios.

    Args:
        gap: Demand minus supply, any shape.
        demand: Skilled workers needed, same shape.

    Returns:
        At most 1, where nobody is there; not a number where nobody is needed.

    Example:
        >>> gap_rate(np.array([5.0, -4.0, 3.0]), np.array([50.0, 20.0, 0.0])).tolist()
        [0.1, -0.2, nan]
    """
    rate = np.full(np.shape(gap), np.nan)
    np.divide(gap, demand, out=rate, where=demand > 0)
    return rate


def round_coherently(parts: Floats, total: int) -> Counts:
    """Round parts to whole numbers that add to a given total, by largest remainders.

    Every part moves by less than one; whole parts stay. Equal remainders are served in the order of
    the parts, so that the same input always gives the same output.

    Args:
        parts: Numbers of any sign, (N,).
        total: The whole number they have to add to.

    Returns:
        Whole numbers, (N,).

    Raises:
        ModelError: If no rounding of the parts can reach the total.

    Example:
        >>> round_coherently(np.array([1.4, 2.4, -0.4]), 3)
        array([1, 2, 0])
    """
    column = parts[:, None]
    return share_out(column, np.array([total], np.float64), np.zeros_like(column))[:, 0].astype(np.int64)


def round_matrix(demand: float, supply: float, items: Mapping[str, float]) -> RoundedCell:
    """Round one cell so that the whole numbers shown add: Σ items = gap and gap = demand − supply.

    The gap is rounded first, to the nearest whole number; demand, supply and the items follow it, each
    moved by less than one.

    Args:
        demand: Demand of the cell.
        supply: Supply of the cell.
        items: Contributions adding to ``demand − supply``.

    Returns:
        The cell in whole numbers.

    Raises:
        ModelError: If the items do not add to demand minus supply.
    """
    parts = np.array(list(items.values()), dtype=np.float64)
    gap = float(parts.sum())
    tolerance = float_tolerance(parts, np.array([demand, supply]), *parts)
    if not abs(gap - (demand - supply)) <= tolerance:
        raise ModelError(
            "Die Beiträge einer Zelle ergeben nicht Bedarf − Angebot.",
            where="round_matrix",
            expected=f"{demand - supply:g}",
            rows=(f"Summe der Beiträge: {gap:g}",),
        )
    whole_gap = int(np.rint(gap))
    sides = round_coherently(np.array([demand, -supply]), whole_gap)
    whole_items = round_coherently(parts, whole_gap)
    return RoundedCell(
        demand=int(sides[0]),
        supply=-int(sides[1]),
        gap=whole_gap,
        items=dict(zip(items, whole_items.tolist(), strict=True)),
    )


def _refuse_wrong_signs(items: Mapping[str, Floats], tolerance: float) -> None:
    for item, sign in ITEM_SIGNS.items():
        if sign and np.any(items[item] * sign < -tolerance):
            raise ModelError("Ein Beitrag zur Lücke hat das falsche Vorzeichen.", where=item)
