"""Masters (Meister): who becomes one, who retires, how many are wanted.

A share of each year's journeymen passes the examination years later; the account of masters by age closes in
every draw::

    masters[x+1, t+1] = masters[x, t] − deaths − retirements − health exits + examinations · stay

Wanted are masters at the head of businesses and in their workshops, as leaders and trainers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecast.domain.account import Account, Counts, Floats
from forecast.domain.workforce import DEATHS, ENTRANTS, EXITS, HEALTH_EXITS, RETIREMENTS, exits_and_ageing
from forecast.errors import ModelError

MASTER_EXITS = (DEATHS, RETIREMENTS, HEALTH_EXITS)
"""Masters hardly change their occupation: other causes of leaving are not counted."""


@dataclass(frozen=True, slots=True, eq=False)
class MasterPaths:
    """Masters by draw and year, each (D, Y).

    Args:
        masters: Stock at the end of the year.
        examinations: Examinations passed in the year.
        entrants: New masters who stay in trade and region.
        exits: Masters who leave through death, retirement or health.
        by_age: Stock by age at the end of each year, (D, Y, A).
        accounts: One closed account of totals per year.
    """

    masters: Counts
    examinations: Floats
    entrants: Counts
    exits: Counts
    by_age: Counts
    accounts: tuple[Account[Counts], ...]

    def first(self, years: int) -> MasterPaths:
        """The first years alone."""
        return MasterPaths(
            self.masters[:, :years], self.examinations[:, :years], self.entrants[:, :years],
            self.exits[:, :years], self.by_age[:, :years].copy(), self.accounts[:years],
        )  # fmt: skip


def lag_kernel(mean: Floats, spread: Floats, longest: int) -> Floats:
    """Return how the later masters of a cohort spread over 1 … `longest` years, (D, longest), rows add to 1.

    ``f[k] ∝ k^(a−1) · exp(−k/b)`` with ``a = (mean/spread)²``, ``b = spread²/mean``: a gamma density at whole
    years. Cutting it off at the last year takes a little from its mean.

    Args:
        mean: Mean years between the two examinations, (D,).
        spread: Standard deviation, (D,).
        longest: Last year counted.

    Raises:
        ModelError: If mean or spread is not positive.

    Example:
        >>> lag_kernel(np.array([2.0]), np.array([2.0]), 2).round(3).tolist()
        [[0.622, 0.378]]
    """
    if not (np.all(mean > 0) and np.all(spread > 0) and longest > 0):
        raise ModelError(
            "Der Abstand zur Meisterprüfung ist nicht positiv.", where="lag_kernel", expected="Jahre über 0"
        )
    years = np.arange(1, longest + 1)
    shape, scale = (mean / spread) ** 2, spread**2 / mean
    weight = np.exp((shape[:, None] - 1) * np.log(years) - years / scale[:, None])
    return np.asarray(weight / weight.sum(axis=1, keepdims=True), dtype=np.float64)


def master_examinations(graduates: Floats, share: Floats, kernel: Floats) -> Floats:
    """Return the master examinations passed in each year, (D, T).

    ``examinations[t] = share · Σ_k kernel[k] · graduates[t − k]``. Years before the first one given count as
    empty; give as many years before the first wanted one as the kernel is long.

    Args:
        graduates: Journeymen by year of their examination, (D, T), consecutive years.
        share: Share of journeymen who later pass, (D,).
        kernel: Lag, (D, K); position 0 is one year later.

    Raises:
        ModelError: If the share is outside 0…1 or somebody is negative.
    """
    if not (np.all((share >= 0) & (share <= 1)) and np.all(graduates >= 0)):
        raise ModelError(
            "Anteil der Meister oder Zahl der Gesellen liegt außerhalb des Möglichen.",
            where="master_examinations",
            expected="Anteil 0 bis 1, Personen ab 0",
        )
    years = graduates.shape[1]
    passed = np.zeros(graduates.shape)
    for lag in range(1, min(kernel.shape[1], years - 1) + 1):
        passed[:, lag:] += kernel[:, lag - 1 : lag] * graduates[:, :-lag]
    return np.asarray(share[:, None] * passed, dtype=np.float64)


def entry_ages(journeymen: Floats, kernel: Floats) -> Floats:
    """Return the ages of new masters, (A,): ages of journeymen, moved on by the lag; adds to 1.

    Args:
        journeymen: Ages of new journeymen, (A,), adds to 1.
        kernel: Lag, (D, K).

    Raises:
        ModelError: If nobody would be younger than the last age.
    """
    mean = kernel.mean(axis=0)
    ages = np.convolve(journeymen, np.concatenate([[0.0], mean]))[: len(journeymen)]
    ages[-1] = 0  # nobody is counted beyond the last age
    total = ages.sum()
    if not total > 0:
        raise ModelError(
            "Neue Meisterinnen und Meister wären jenseits der letzten Altersstufe.", where="entry_ages"
        )
    return np.asarray(ages / total, dtype=np.float64)


def positions(firms: Floats, staff: Floats, per_firm: Floats, staff_share: Floats) -> Floats:
    """Return the masters wanted, ``firms · masters per firm + staff · share of staff``, (D, Y).

    Args:
        firms: Businesses of the trade, (D, Y).
        staff: Skilled workers of the trade, (D, Y).
        per_firm: Masters at the head of a business, (D,).
        staff_share: Employed masters who lead or train, per skilled worker, (D,).
    """
    return np.asarray(firms * per_firm[:, None] + staff * staff_share[:, None], dtype=np.float64)


def project_masters(
    opening: Counts,
    hazards: tuple[Mapping[str, Floats], ...],
    examinations: Floats,
    stay: Floats,
    profile: Floats,
    rng: np.random.Generator,
    first: int = 1,
) -> MasterPaths:
    """Draw the masters of a trade and region forward, year by year.

    Args:
        opening: Masters by age in the base year, (D, A) whole numbers.
        hazards: For each year the exit probabilities by cause, (A,) or (D, A); only those of
            `MASTER_EXITS` are used.
        examinations: Expected examinations passed, (D, Y).
        stay: Share of new masters who stay in trade and region, (D,).
        profile: Ages of new masters at the start of the year, (A,), adds to 1.
        rng: Source of randomness.
        first: Which forecast year the first one is, for messages.

    Raises:
        ModelError: If the share is outside 0…1 or an account does not close.
    """
    if not np.all((stay >= 0) & (stay <= 1)):
        raise ModelError("Ein Anteil liegt nicht zwischen 0 und 1.", where="stay", expected="0 bis 1")
    stock, nobody = opening, np.zeros(len(opening))
    entrants, exits, by_age, accounts = [], [], [], []
    for step, hazard in enumerate(hazards):
        staying = {cause: hazard[cause] if cause in MASTER_EXITS else np.zeros(1) for cause in EXITS}
        year = exits_and_ageing(stock, staying, examinations[:, step] * stay, profile, nobody, profile, rng)
        new = year.flows[ENTRANTS].sum(axis=1)
        gone = np.sum([year.flows[cause].sum(axis=1) for cause in EXITS], axis=0)
        accounts.append(
            Account(
                f"Meisterinnen und Meister, Jahr {step + first}",
                opening=stock.sum(axis=1),
                inflows={"examinations": new},
                outflows={"exits": gone},
                closing=year.closing.sum(axis=1),
            )
        )
        stock = year.closing
        entrants.append(new)
        exits.append(gone)
        by_age.append(stock)
    ages = np.stack(by_age, axis=1)
    return MasterPaths(
        ages.sum(axis=2),
        examinations,
        np.stack(entrants, axis=1),
        np.stack(exits, axis=1),
        ages,
        tuple(accounts),
    )


def possible_successors(
    by_age: Counts, owning: Floats, ages: Counts, window: tuple[int, int], interest: Floats
) -> Floats:
    """Return the masters who could take over a business, (D,) or (D, Y).

    ``Σ_x masters[x] · (1 − owning[x]) · interest`` over the ages of succession: those who passed lately and
    those who passed before and lead no business yet.

    Args:
        by_age: Masters by age, (D, A) or (D, Y, A).
        owning: Share of the masters of each age who lead a business, (A,) or (D, A).
        ages: Single years of age, (A,).
        window: First and last age of those who take over.
        interest: Share who want a business of their own, (D,).

    Raises:
        ModelError: If a share is outside 0…1.
    """
    if not (np.all((owning >= 0) & (owning <= 1)) and np.all((interest >= 0) & (interest <= 1))):
        raise ModelError(
            "Ein Anteil liegt nicht zwischen 0 und 1.", where="possible_successors", expected="0 bis 1"
        )
    first, last = window
    free = np.where((ages >= first) & (ages <= last), 1 - owning, 0.0)
    here = np.broadcast_to(free, (len(by_age), ages.size))
    return np.asarray((np.einsum("d...a,da->d...", by_age, here).T * interest).T, dtype=np.float64)
