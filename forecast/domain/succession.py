"""Owners of craft businesses: who leaves, who hands over, who closes, who founds.

Two counts stand side by side because they differ and both are true: ``owners_leaving`` are all owners who
give up in a year (age by age), ``successions_due`` are the businesses among them that are worth taking
over and that a chamber counts as due. The rest closes unseen.

    owners[t+1] = owners[t] − leaving + handovers (the successors) + foundings − young closures
    leaving     = handovers + failed successions + silent closures
    due         = handovers + failed successions + postponed

Whether a successor is found depends on who is there to take over: ``m[t] = min(1, m0·takers[t]/sellers[t])``.
Who finds nobody closes or goes on for another year; whoever goes on stays an owner, a year older.
A closed business takes jobs and training places with it; what others do not take on is lost to the trade.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from forecast.domain.account import Account, Counts, Floats
from forecast.domain.workforce import age_by_one, spread, take, whole_numbers
from forecast.domain.workforce import leaving_of as leavers_of
from forecast.errors import ModelError


@dataclass(frozen=True, slots=True, eq=False)
class OwnerPaths:
    """Owners and businesses by draw and year, each (D, Y) whole numbers.

    Args:
        owners_leaving: Owners who give up within the year.
        successions_due: Businesses that look for a successor in the year.
        postponed: Successions that find none and are put off: the owner stays.
        handovers: Successions that find one.
        closures: Businesses of leaving owners that end, ``owners_leaving − handovers``.
        foundings: New owners of new businesses.
        young_closures: New businesses that end within the years of `Survival`.
        owners: Stock at the end of the year.
        owners_before: Stock at the start of the year.
    """

    owners_leaving: Counts
    successions_due: Counts
    postponed: Counts
    handovers: Counts
    closures: Counts
    foundings: Counts
    young_closures: Counts
    owners: Counts
    owners_before: Counts

    @property
    def all_closures(self) -> Counts:
        """Businesses that end, whoever owned them: ``owners' = owners + foundings − all closures``."""
        return self.closures + self.young_closures

    @property
    def failed_successions(self) -> Counts:
        """Businesses that looked for a successor in vain and end, ``due − handovers − postponed``."""
        return self.successions_due - self.handovers - self.postponed

    @property
    def silent_closures(self) -> Counts:
        """Businesses that end without being counted as due, ``closures − failed successions``."""
        return self.closures - self.failed_successions

    def first(self, years: int) -> OwnerPaths:
        """The first years alone."""
        return OwnerPaths(**{field.name: getattr(self, field.name)[:, :years] for field in fields(self)})


Takers = Callable[[int, Callable[[], OwnerPaths]], Floats]
"""People ready to take over in a year relative to the base year, (D,), out of the years before it."""


@dataclass(frozen=True, slots=True, eq=False)
class Survival:
    """How long new businesses live.

    Args:
        share: Share alive after `years`, (D,), above zero; the yearly rate is its root.
        years: Years after which the share was counted.
    """

    share: Floats
    years: int

    @property
    def yearly(self) -> Floats:
        """Share that survives one year, (D,)."""
        return np.asarray(self.share ** (1 / self.years), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class ClosingFirms:
    """What a closing business takes out of its trade, relative to an average one.

    Args:
        jobs: Share of the trade's skilled workers who leave it if all businesses closed, (D,):
            size of a closing business · share of the skilled workers in craft firms · (1 − ρ).
        training: Share of the trade's training places lost if all businesses closed, (D,):
            training of a closing business · (1 − share taken on by others).
        new_training: Training places of a surviving new business relative to an average one, (D,).
    """

    jobs: Floats
    training: Floats
    new_training: Floats


def firms_by_trade(
    total: Floats, published: Mapping[str, Floats], workers: Mapping[str, Floats]
) -> dict[str, Floats]:
    """Divide the firms of an area among its trades, (D,) each; they add to the total in every draw.

    ``firms[i] = total · w[i] / Σ w``: w is the published share of a trade, and for a trade without one its
    workers times ``Σ published / Σ workers of those trades``: the same number of workers a firm.

    Args:
        total: Firms of all these trades together, (D,).
        published: Published shares of some trades, (D,) each.
        workers: Workers of every trade in firms of the craft, (D,) each.

    Raises:
        ModelError: If a trade has a published share and no workers entry, or nobody works anywhere.

    Example:
        >>> share, staff = {"a": np.array([0.1])}, {"a": np.array([50.0]), "b": np.array([100.0])}
        >>> [firms.round(6).tolist() for firms in firms_by_trade(np.array([90.0]), share, staff).values()]
        [[30.0], [60.0]]
    """
    per_worker: Floats | float = 1.0
    if published:
        unknown = sorted(set(published) - set(workers))
        staff = np.sum([workers[trade] for trade in published if trade in workers], axis=0)
        if unknown or not np.all(staff > 0):
            raise ModelError(
                "Zu veröffentlichten Betrieben fehlen die Fachkräfte.",
                where=", ".join(unknown or sorted(published)),
                expected="Fachkräfte über 0 in jedem dieser Gewerke",
            )
        per_worker = np.sum(list(published.values()), axis=0) / staff
    weight = {trade: published.get(trade, staff_of * per_worker) for trade, staff_of in workers.items()}
    together = np.sum(list(weight.values()), axis=0)
    return {trade: np.asarray(total * one / together, dtype=np.float64) for trade, one in weight.items()}


def successor_found(success: Floats, takers: Floats | float, sellers: Floats | float) -> Floats:
    """Return the share of due successions that find a successor, ``min(1, m0·takers/sellers)``, (D,).

    Args:
        success: m0, the share observed in the base year, (D,).
        takers: People ready to take over, relative to the base year, (D,).
        sellers: Businesses due, relative to the base year, (D,); nobody selling means everybody is found.

    Example:
        >>> successor_found(np.array([0.6]), np.array([0.9]), np.array([1.2])).round(2).tolist()
        [0.45]
    """
    wanted = np.asarray(sellers, dtype=np.float64)
    share = np.divide(success * takers, wanted, out=np.ones_like(success), where=wanted > 0)
    return np.clip(share, 0, 1)


def jobs_lost_share(paths: OwnerPaths, closing: ClosingFirms) -> Floats:
    """Return the share of the skilled workers who leave the trade because their firm closes, (D, Y).

    ``closures[t] / owners[t−1] · size · craft share · (1 − ρ)``; the number of firms cancels out.

    Args:
        paths: Owners and closures.
        closing: What a closing business takes with it.
    """
    return np.asarray(np.clip(_closing_rate(paths) * closing.jobs[:, None], 0, 1), dtype=np.float64)


def training_lost_share(paths: OwnerPaths, closing: ClosingFirms) -> Floats:
    """Return the share of the training places lost with closing businesses, before foundings, (D, Y)."""
    return np.asarray(np.clip(_closing_rate(paths) * closing.training[:, None], 0, 1), dtype=np.float64)


def training_capacity(paths: OwnerPaths, closing: ClosingFirms, survival: Survival, usual: Floats) -> Floats:
    """Return training places relative to what the past rate of closures would leave, (D, Y).

    ``F[t] = Π_s (1 − (λ[s] − λ0))`` with λ the net loss of training places: closures less surviving
    foundings. The forecast of contracts continues a past in which businesses closed as well, so that only
    what goes beyond the usual rate λ0 may count.

    Args:
        paths: Owners, closures and foundings.
        closing: What a closing business takes with it.
        survival: Survival of new businesses.
        usual: λ0, (D,): the same net loss at the rates of the base year.
    """
    before = np.maximum(paths.owners_before, 1)
    gained = paths.foundings / before * (survival.share * closing.new_training)[:, None]
    net = training_lost_share(paths, closing) - gained
    return np.asarray(np.cumprod(np.clip(1 - (net - usual[:, None]), 0, 2), axis=1), dtype=np.float64)


def _closing_rate(paths: OwnerPaths) -> Floats:
    return np.asarray(paths.closures / np.maximum(paths.owners_before, 1), dtype=np.float64)


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
    *,
    takers: Floats | Takers | None = None,
    survival: Survival | None = None,
    put_off: Floats | None = None,
) -> OwnerPaths:
    """Draw the owners of one trade and region forward, year by year.

    ``owners' = owners − leaving + handovers + foundings − young closures``: leaving binomial by age (the
    last age leaves altogether), due successions binomial among them, handovers among the due.

    Args:
        owners: Owners by age at the base year, (D, A) whole numbers.
        exit_rates: Share of owners giving up within a year, by age (A,) or draw and age (D, A).
        due_ratio: Share of leaving owners whose business is worth taking over and offered, (D,).
        success: Share of due successions that find a successor in the base year, (D,).
        successor_profile: Ages of successors at the start of the year, (A,) or (D, A), adds to 1.
        foundings_rate: Foundings a year per owner, (D,).
        founder_profile: Ages of founders at the start of the year, (A,) or (D, A), adds to 1.
        years: Number of years to draw.
        rng: Source of randomness.
        takers: People ready to take over relative to the base year, (D, Y) or year by year; or success stays.
        survival: Survival of new businesses; without it all of them stay.
        put_off: Share of the failed successions whose owner goes on, (D,), if not of the last age.

    Raises:
        ModelError: If a share is outside 0…1, somebody would start at the last age or an account does
            not close.
    """
    on = np.zeros(len(owners)) if put_off is None else put_off
    _refuse_wrong_shares(exit_rates, due_ratio, success, foundings_rate, on)
    _refuse_starts_at_last_age(successor_profile, founder_profile)
    rate = np.array(np.broadcast_to(exit_rates, owners.shape))
    rate[:, -1] = 1  # nobody is counted beyond the last age
    first_sellers = (owners * rate).sum(axis=1)
    young = _young_at_start(owners.sum(axis=1) * foundings_rate, survival, rng)
    stock, steps = owners, list[tuple[Counts, ...]]()
    for step in range(years):
        found = success
        if takers is not None:
            ready = takers(step, lambda: _owner_paths(steps)) if callable(takers) else takers[:, step]
            found = successor_found(success, ready, _relative((stock * rate).sum(axis=1), first_sellers))
        founded = whole_numbers(stock.sum(axis=1) * foundings_rate, rng)
        leaving, due, postponed, handed_over = _leaving_of(stock, rate, due_ratio, found, on, rng)
        young, ended = _young_next(stock - leaving, rate, young, founded, survival, rng)
        starting = successor_profile, founder_profile
        after = _owners_after(stock, leaving, ended, handed_over, founded, starting, rng)
        steps.append((leaving, due, postponed, handed_over, founded, ended, after, stock))
        stock = after
    return _owner_paths(steps)


def _owner_paths(steps: Sequence[tuple[Counts, ...]]) -> OwnerPaths:
    """Totals of the years drawn so far."""
    paths = {name: np.stack([_totals(year[at]) for year in steps], axis=1) for at, name in enumerate(_DRAWN)}
    return OwnerPaths(**paths, closures=paths["owners_leaving"] - paths["handovers"])


def _leaving_of(
    stock: Counts,
    rate: Floats,
    due_ratio: Floats,
    found: Floats,
    put_off: Floats,
    rng: np.random.Generator,
) -> tuple[Counts, Counts, Counts, Counts]:
    """Owners who leave by age, (D, A), and successions due, put off and handed over, each (D,)."""
    wanting = leavers_of(stock, rate, rng)
    due = rng.binomial(wanting.sum(axis=1), due_ratio)
    handed_over = rng.binomial(due, found)
    going_on = take(_before_last_age(wanting), rng.binomial(due - handed_over, put_off), rng)
    return wanting - going_on, due, going_on.sum(axis=1), handed_over


def _owners_after(
    stock: Counts,
    leaving: Counts,
    ended: Counts,
    handed_over: Counts,
    founded: Counts,
    profiles: tuple[Floats, Floats],
    rng: np.random.Generator,
) -> Counts:
    """Owners by age a year later, out of a closed account by age."""
    successors, founders = profiles
    account = Account.close(
        "Inhaberinnen und Inhaber nach Alter",
        opening=stock,
        inflows={
            "handovers": spread(handed_over, successors, rng),
            "foundings": spread(founded, founders, rng),
        },
        outflows={"owners_leaving": leaving, "young_closures": ended},
    )
    return age_by_one(account.closing)


def _relative(now: Floats, first: Floats) -> Floats:
    """Now against the base year, (D,); one where there was nothing."""
    # a share that rounds to nobody is nobody: dividing by it would leave the range of numbers
    there = first > np.finfo(np.float64).eps
    return np.asarray(np.divide(now, first, out=np.ones(now.shape), where=there), dtype=np.float64)


def _totals(persons: Counts) -> Counts:
    """Persons by draw, summed over ages where there are any."""
    return persons if persons.ndim == 1 else np.asarray(persons.sum(axis=1), dtype=np.int64)


_DRAWN = (
    "owners_leaving",
    "successions_due",
    "postponed",
    "handovers",
    "foundings",
    "young_closures",
    "owners",
    "owners_before",
)


def _before_last_age(owners: Counts) -> Counts:
    """Owners of all ages but the last, who cannot go on."""
    return np.where(np.arange(owners.shape[1]) < owners.shape[1] - 1, owners, 0)


def _young_at_start(founded: Floats, survival: Survival | None, rng: np.random.Generator) -> Counts:
    """New businesses by years since founding at the base year, as a steady past would have left them."""
    if survival is None:
        return np.zeros((founded.size, 1), dtype=np.int64)
    alive = founded[:, None] * survival.yearly[:, None] ** np.arange(survival.years)
    return whole_numbers(alive, rng)


def _young_next(
    staying: Counts,
    rate: Floats,
    young: Counts,
    founded: Counts,
    survival: Survival | None,
    rng: np.random.Generator,
) -> tuple[Counts, Counts]:
    """Young businesses a year later, (D, years), and owners by age whose new business ended, (D, A)."""
    if survival is None:
        return young, np.zeros_like(staying)
    ending = rng.binomial(young, 1 - survival.yearly[:, None])
    # founders are younger than those who retire; ages at which owners retire are left alone
    ended = take(np.where(rate > 0, 0, staying), ending.sum(axis=1), rng)
    left = np.concatenate([founded[:, None], (young - ending)[:, :-1]], axis=1)
    return left, ended


def _refuse_wrong_shares(
    exit_rates: Floats, due_ratio: Floats, success: Floats, foundings: Floats, put_off: Floats
) -> None:
    shares = {"exit_rates": exit_rates, "due_ratio": due_ratio, "success": success, "put_off": put_off}
    for name, share in shares.items():
        if not np.all((share >= 0) & (share <= 1)):
            raise ModelError("Ein Anteil liegt nicht zwischen 0 und 1.", where=name, expected="0 bis 1")
    if not np.all(foundings >= 0):
        raise ModelError("Die Gründungsrate ist negativ oder fehlt.", where="foundings_rate")


def _refuse_starts_at_last_age(*profiles: Floats) -> None:
    if any(np.any(profile[..., -1] > 0) for profile in profiles):
        raise ModelError(
            "Niemand kann im letzten Alter einen Betrieb beginnen.",
            where="Altersprofil",
            expected="Anteil 0 in der letzten Altersstufe",
        )
