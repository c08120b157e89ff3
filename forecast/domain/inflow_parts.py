"""Net inflow told apart: who comes back to the trade, who moves, and what neither of them explains.

``net inflow = returners + migration + residual``, in every draw and year.

The past shows the sum alone: what a stock changed by and exits and young journeymen do not explain. What
comes back and what moves rests on assumptions of its own; the residual is what they leave of the sum in the
same draw. Whatever is assumed of the two, the sum keeps the distribution the past has given it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from forecast.domain.account import Counts, Floats
from forecast.errors import ModelError

RETURNERS, MIGRATION, RESIDUAL_INFLOW = "returners", "migration", "residual_inflow"
KNOWN_PARTS = (RETURNERS, MIGRATION)
"""Parts with assumptions of their own."""
INFLOW_PARTS = (*KNOWN_PARTS, RESIDUAL_INFLOW)
"""All parts in the order in which they are shown; they add to the net inflow."""

ORIGINS = ("abroad", "berlin", "other_laender")
"""Where those who move in or out come from, as the population forecast tells them apart."""
MIGRATION_FACTORS = ("migration_gain", "migration_works_here", "migration_trade_share")
"""Parameters by origin whose product, summed over origins, is the rate of migration."""

Numbers = TypeVar("Numbers", bound=npt.NDArray[Any])


def returner_rate(leaving: Floats, back: Floats, women: Floats, parental: Floats) -> Floats:
    """Skilled workers who come back to the trade per head of its stock and year (D,).

    `r = o·b + w·f`: a share b of as many as leave for other work in a year, and women after parental leave.

    Args:
        leaving: Share o of the stock that leaves for other work in a year (D,).
        back: Share b of those leaving who come back some day (D,).
        women: Share w of women in the stock (D,).
        parental: Women who come back from parental leave per woman in the stock and year, f (D,).

    Example:
        >>> numbers = (np.array([x]) for x in (0.016, 0.25, 0.04, 0.015))
        >>> returner_rate(*numbers).round(4).tolist()
        [0.0046]
    """
    return np.asarray(leaving * back + women * parental)


def migration_rate(gain: Floats, here: Floats, skilled: Floats) -> Floats:
    """Net migration into a trade per head of its stock and year (D,), signed.

    `m = Σ over origins: gain · here · skilled`. Whoever moves to the region and goes on working across its
    border is no gain for its workplaces; commuting is in the second factor.

    Args:
        gain: Net migration per head of the employees at the region's workplaces, by origin (O, D).
        here: Share of these people who work in the region, by origin (O, D).
        skilled: How much of them are skilled workers of a trade, held against residents, by origin (O, D).

    Example:
        >>> factors = ([[0.01], [0.02]], [[0.4], [0.25]], [[0.25], [0.5]])
        >>> migration_rate(*(np.array(part) for part in factors)).round(4).tolist()
        [0.0035]
    """
    return np.asarray((gain * here * skilled).sum(axis=0))


def residual_inflow(net: Numbers, returners: Numbers, migration: Numbers) -> Numbers:
    """Return what returning and moving leave of the net inflow, signed: ``net − returners − migration``.

    Example:
        >>> residual_inflow(np.array([-4]), np.array([7]), np.array([2]))
        array([-13])
    """
    rest: Numbers = net - returners - migration
    return rest


def split_inflow(
    net: Counts, opening: Counts, rates: Mapping[str, Floats], rng: np.random.Generator
) -> dict[str, Counts]:
    """Tell the net inflow of one year apart in whole persons; the parts add to it in every draw.

    ``returners ~ Poisson(opening · r)``, ``migration ~ sign(m) · Poisson(opening · |m|)``,
    ``residual = net − returners − migration``.

    Args:
        net: Net inflow that took place, (D,) whole numbers of any sign.
        opening: Stock at the start of the year, (D,).
        rates: For each of `KNOWN_PARTS` its persons per head of the stock and year, (D,); migration may be
            negative. A part that is missing is nought and stays in the residual.
        rng: Source of randomness.

    Returns:
        Persons by part in the order of `INFLOW_PARTS`, each (D,).

    Raises:
        ModelError: A part is unknown, a rate is missing or not a number, or fewer than none come back.
    """
    if not set(rates) <= set(KNOWN_PARTS):
        raise ModelError(
            "Ein Teil des Zugangs ist unbekannt.",
            where="Teile des Zugangs",
            expected=", ".join(KNOWN_PARTS),
            rows=tuple(sorted(rates)),
        )
    parts: dict[str, Counts] = {}
    for name in KNOWN_PARTS:
        rate = rates.get(name, np.zeros(opening.shape))
        if not np.all(np.isfinite(rate)) or (name == RETURNERS and np.any(rate < 0)):
            raise ModelError(
                "Eine Rate des Zugangs fehlt oder ist negativ.", where=name, expected="eine Zahl ab 0 je Kopf"
            )
        persons = rng.poisson(opening * np.abs(rate)) * np.sign(rate).astype(np.int64)
        parts[name] = np.asarray(persons, dtype=np.int64)
    parts[RESIDUAL_INFLOW] = residual_inflow(net, parts[RETURNERS], parts[MIGRATION])
    return parts
