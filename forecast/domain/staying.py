"""Where journeymen work after the examination: training firm, elsewhere in the craft, away, out of the craft.

Everybody who passed is in exactly one place at every time since the examination::

    graduates = training firm + other firm of the craft + other region + left the craft

The first year starts from the measured stay with the training firm; what follows is the yearly leaving of the
workforce account, so that curve and account are one: whoever is in the craft and the region after a year
enters that account, and leaves it later by its rate of leaving the craft and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.domain.account import Account, Floats, float_tolerance
from forecast.errors import ModelError

TRAINING_FIRM, OTHER_FIRM = "stayed_in_firm", "changed_firm"
OTHER_REGION, LEFT_CRAFT = "left_region", "left_craft"
PLACES = (TRAINING_FIRM, OTHER_FIRM, OTHER_REGION, LEFT_CRAFT)
"""Where a journeyman can be, in the order of every array that has an axis for it."""

MONTHS_PER_YEAR = 12
MEASURED_MONTHS = (6, 12)
"""Months after the examination at which the stay with the training firm is measured."""
HALF_A_YEAR, ONE_YEAR = (months / MONTHS_PER_YEAR for months in MEASURED_MONTHS)


@dataclass(frozen=True, slots=True, eq=False)
class Staying:
    """What is assumed about the time after the examination, draw by draw.

    Args:
        firm: Share still with the training firm after six and after twelve months, (D, 2).
        changers_in_craft: Of those who left the training firm in the first year, share in the craft, (D,).
        changers_away: Of those in the craft but not in the training firm, share in another region, (D,).
        firm_leaving: Share leaving the training firm within a year, from the second year on, (D,).

    Raises:
        ModelError: If a share is outside 0…1, more are with the firm later than before, or shapes differ.
    """

    firm: Floats
    changers_in_craft: Floats
    changers_away: Floats
    firm_leaving: Floats

    def __post_init__(self) -> None:
        draws = self.changers_in_craft.shape
        named = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for name, share in named.items():
            if share.shape != (*draws, 2) if name == "firm" else share.shape != draws:
                raise ModelError(
                    "Ein Anteil hat die falsche Form.", where=name, expected=f"erste Achse {draws}"
                )
            if not np.all((share >= 0) & (share <= 1)):
                raise ModelError("Ein Anteil liegt nicht zwischen 0 und 1.", where=name, expected="0 bis 1")
        if np.any(self.firm[:, 1] > self.firm[:, 0]):
            raise ModelError(
                "Nach zwölf Monaten wären mehr im Ausbildungsbetrieb als nach sechs.",
                where="firm",
                expected="ein Anteil, der mit der Zeit nicht wächst",
            )


@dataclass(frozen=True, slots=True, eq=False)
class StayCurve:
    """Shares of the graduates by time since the examination and place; nobody is lost.

    Args:
        years: Years since the examination: ½, 1, 2, 3 …, (K,).
        shares: Shares by place in the order of `PLACES`, (D, K, 4).
        account: The closed account: everybody who passed, less those elsewhere, is with the training firm.
    """

    years: Floats
    shares: Floats
    account: Account[Floats]

    def at(self, place: str, years: float) -> Floats:
        """Share (D,) at one place after some years.

        Raises:
            ModelError: If the curve has no such point.
        """
        there = np.flatnonzero(self.years == years)
        if not there.size or place not in PLACES:
            raise ModelError("Der Verbleib kennt diesen Punkt nicht.", where=f"{place}, {years:g} Jahre")
        return np.asarray(self.shares[:, int(there[0]), PLACES.index(place)])

    def in_craft(self, years: float) -> Floats:
        """Share (D,) in the craft after some years, wherever it is."""
        return np.asarray(1 - self.at(LEFT_CRAFT, years))


def stay_curve(staying: Staying, craft_leaving: Floats) -> StayCurve:
    """Follow the graduates through the years.

    In the first year ``craft = firm + (1 − firm)·changers in craft``; from then on
    ``craft[t+1] = craft[t]·(1 − craft leaving[t])`` and ``firm[t+1] = firm[t]·(1 − firm leaving)``, the firm
    never keeping more than the craft does. Of those in the craft and not with the firm, the same share is in
    another region at all times.

    Args:
        staying: Assumptions.
        craft_leaving: Share leaving the craft within each year after the first, (D, n): the hazards of the
            workforce account at the ages the journeymen then have.

    Returns:
        Shares at half a year, one year and each of the n years after.

    Raises:
        ModelError: If a hazard is no share or anybody is lost.
    """
    if not np.all((craft_leaving >= 0) & (craft_leaving <= 1)):
        raise ModelError("Eine Abgangsrate liegt nicht zwischen 0 und 1.", where="craft_leaving")
    first = staying.firm + (1 - staying.firm) * staying.changers_in_craft[:, None]
    kept = 1 - craft_leaving
    in_firm = np.minimum(kept, 1 - staying.firm_leaving[:, None])
    craft = np.hstack([first, first[:, -1:] * np.cumprod(kept, axis=1)])
    firm: Floats = np.hstack([staying.firm, staying.firm[:, -1:] * np.cumprod(in_firm, axis=1)])
    elsewhere = craft - firm
    away = elsewhere * staying.changers_away[:, None]
    shares = np.stack([firm, elsewhere - away, away, 1 - craft], axis=-1)
    everybody: Floats = np.ones(firm.shape)
    gone: dict[str, Floats] = {
        place: shares[..., at] for at, place in enumerate(PLACES) if place != TRAINING_FIRM
    }
    account = Account(
        "Verbleib nach der Prüfung",
        opening=everybody,
        inflows={},
        outflows=gone,
        closing=firm,
        tolerance=float_tolerance(everybody, *gone.values(), firm),
    )
    years = np.concatenate([[HALF_A_YEAR], ONE_YEAR + np.arange(craft_leaving.shape[1] + 1)])
    return StayCurve(years, shares, account)


def entering_share(firm: Floats, changers_in_craft: Floats, changers_away: Floats) -> Floats:
    """Share of the graduates who enter the workforce of trade and region: with the training firm or near it.

    ``entrants / graduates = firm + (1 − firm)·changers in craft·(1 − changers away)``, a year after the
    examination; the places `TRAINING_FIRM` and `OTHER_FIRM` of the curve at that time.

    Args:
        firm: Share with the training firm after a year, (D,).
        changers_in_craft: Share of the others who work in the craft, (D,).
        changers_away: Share of these in another region, (D,).

    Example:
        >>> float(entering_share(np.array([0.5]), np.array([0.5]), np.array([0.2]))[0])
        0.7
    """
    return np.asarray(firm + (1 - firm) * changers_in_craft * (1 - changers_away), dtype=np.float64)
