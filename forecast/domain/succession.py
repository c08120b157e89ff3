"""Owners of craft businesses: who leaves, who hands over, who closes, who founds.

Two counts stand side by side because they differ and both are true: ``owners_leaving`` are all owners who
give up in a year (age by age), ``successions_due`` are the businesses among them that are worth taking
over and that a chamber counts as due. The rest closes unseen.

    owners[t+1] = owners[t] − leaving + handovers (the successors) + foundings
    leaving     = handovers + failed successions + silent closures
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.domain.account import Account, Counts, Floats
from forecast.domain.workforce import age_by_one, spread, whole_numbers
from forecast.errors import ModelError


@dataclass(frozen=True, slots=True, eq=False)
class OwnerPaths:
    """Owners and businesses by draw and year, each (D, Y) whole numbers.

    Args:
        owners_leaving: Owners who give up within the year.
        successions_due: Businesses of leaving owners that look for a successor.
        handovers: Successions that find one.
        closures: Businesses of leaving owners that end, ``owners_leaving − handovers``.
        foundings: New owners of new businesses.
        owners: Stock at the end of the year.
    """

    owners_leaving: Counts
    successions_due: Counts
    handovers: Counts
    closures: Counts
    foundings: Counts
    owners: Counts

    @property
    def failed_successions(self) -> Counts:
        """Businesses that looked for a successor in vain, ``due − handovers``."""
        return self.successions_due - self.handovers

    @property
    def silent_closures(self) -> Counts:
        """Businesses that end without being counted as due, ``leaving − due``."""
        return self.owners_leaving - self.successions_due


def project_owners(
    owners: Counts,
    exit_rates: Floats,
    due_ratio: Floats,
    success: Floats,
    successor_profile: Floats,
    foundings_rate: Floats,
    founder_profile: Floats,
    years: int,
    rng: np.random.Generator,
) -> OwnerPaths:
    """Draw the owners of one trade and region forward, year by year.

    ``owners' = owners − leaving + handovers + foundings``; leaving is binomial by age (the last age
    leaves altogether), due successions are binomial among the leaving, handovers among the due.

    Args:
        owners: Owners by age at the base year, (D, A) whole numbers.
        exit_rates: Share of owners giving up within a year, by age (A,) or year and age (Y, A).
        due_ratio: Share of leaving owners whose business is offered for succession, (D,).
        success: Share of due successions that find a successor, (D,).
        successor_profile: Ages of successors at the start of the year, (A,), adds to 1.
        foundings_rate: Foundings a year per owner, (D,).
        founder_profile: Ages of founders at the start of the year, (A,), adds to 1.
        years: Number of years to draw.
        rng: Source of randomness.

    Returns:
        Paths of flows and stock.

    Raises:
        ModelError: If a share is outside 0…1, somebody would start at the last age or an account does
            not close.
    """
    _refuse_wrong_shares(exit_rates, due_ratio, success, foundings_rate)
    _refuse_starts_at_last_age(successor_profile, founder_profile)
    rates = np.array(np.broadcast_to(exit_rates, (years, owners.shape[1])))
    rates[:, -1] = 1  # nobody is counted beyond the last age
    stock = owners
    drawn = ("owners_leaving", "successions_due", "handovers", "foundings", "owners")
    paths = {name: np.zeros((len(owners), years), dtype=np.int64) for name in drawn}
    for step, rate in enumerate(rates):
        leaving = rng.binomial(stock, rate)
        due = rng.binomial(leaving.sum(axis=1), due_ratio)
        handed_over = rng.binomial(due, success)
        founded = whole_numbers(stock.sum(axis=1) * foundings_rate, rng)
        successors = spread(handed_over, successor_profile, rng)
        founders = spread(founded, founder_profile, rng)
        account = Account.close(
            "Inhaberinnen und Inhaber nach Alter",
            opening=stock,
            inflows={"handovers": successors, "foundings": founders},
            outflows={"owners_leaving": leaving},
        )
        stock = age_by_one(account.closing)
        year = (leaving.sum(axis=1), due, handed_over, founded, stock.sum(axis=1))
        for name, persons in zip(drawn, year, strict=True):
            paths[name][:, step] = persons
    return OwnerPaths(**paths, closures=paths["owners_leaving"] - paths["handovers"])


def _refuse_wrong_shares(exit_rates: Floats, due_ratio: Floats, success: Floats, foundings: Floats) -> None:
    shares = {"exit_rates": exit_rates, "due_ratio": due_ratio, "success": success}
    for name, share in shares.items():
        if not np.all((share >= 0) & (share <= 1)):
            raise ModelError("Ein Anteil liegt nicht zwischen 0 und 1.", where=name, expected="0 bis 1")
    if not np.all(foundings >= 0):
        raise ModelError("Die Gründungsrate ist negativ oder fehlt.", where="foundings_rate")


def _refuse_starts_at_last_age(*profiles: Floats) -> None:
    if any(profile[-1] > 0 for profile in profiles):
        raise ModelError(
            "Niemand kann im letzten Alter einen Betrieb beginnen.",
            where="Altersprofil",
            expected="Anteil 0 in der letzten Altersstufe",
        )
