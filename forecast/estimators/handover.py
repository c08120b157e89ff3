"""Owners of a trade in a district and how many of them leave, estimated from the chamber's totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecast.domain.succession import (
    ClosingFirms,
    OwnerPaths,
    Survival,
    Takers,
    firms_by_trade,
    jobs_lost_share,
    project_owners,
    training_capacity,
    training_lost_share,
)
from forecast.estimators.master_account import MasterAccount
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.stats.bands import spread_bands
from forecast.stats.draws import generator_for

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ANNEX_A = "HwO-A"
SURVIVAL_YEARS = 5  # firm_survival_5_years counts after five years


@dataclass(frozen=True, slots=True)
class OwnerInputs:
    """What the succession account of a trade needs: owners by age and the rates of leaving, as draws.

    Args:
        owners: Owners by single age in the base year (D, A).
        exit_rates: Probability of leaving within the year (D, A).
        due_ratio: Share of leaving owners whose firm the chamber counts as due for succession (D,).
        success: Share of due successions that find a successor (D,).
        successor_profile: Age profile of successors and founders (D, A), rows sum to 1.
        foundings_rate: Foundings per owner and year that keep the number of firms on its trend (D,).
        put_off: Share of the failed successions whose owner goes on (D,).
        closing_rate: Firms of leaving owners that end, per owner and year at the rates of the base year (D,).
        survival: How long new firms live.
        closing: What a closing firm takes with it.
    """

    owners: NDArray[np.int64]
    exit_rates: FloatArray
    due_ratio: FloatArray
    success: FloatArray
    successor_profile: FloatArray
    foundings_rate: FloatArray
    put_off: FloatArray
    closing_rate: FloatArray
    survival: Survival
    closing: ClosingFirms

    @property
    def usual_jobs(self) -> FloatArray:
        """Share of the skilled workers who leave the trade with closing firms in a usual year (D,)."""
        return self.closing_rate * self.closing.jobs

    @property
    def usual_training(self) -> FloatArray:
        """Net loss of training places in a usual year (D,): closures less surviving foundings."""
        gained = self.foundings_rate * self.survival.share * self.closing.new_training
        return self.closing_rate * self.closing.training - gained


@dataclass(frozen=True, slots=True, eq=False)
class Succession:
    """The succession account of one trade and what it does to workforce and training.

    Args:
        paths: Owners, handovers, closures, foundings (D, Y).
        jobs_lost: Share of the skilled workers who leave the trade with closing firms (D, Y).
        usual_jobs: The same share in a usual year of the past (D,).
        training_lost: Share of the training places lost with closing firms (D, Y).
        capacity: Training places relative to the usual rate of closures (D, Y).
        masters: The account of masters who could take over, None where success stays as it is.
        later: The same account with years beyond the release, masters without their ages; None where it ends
            with the release.
    """

    paths: OwnerPaths
    jobs_lost: FloatArray
    usual_jobs: FloatArray
    training_lost: FloatArray
    capacity: FloatArray
    masters: MasterAccount | None = None
    later: Succession | None = None

    def until(self, years: int) -> Succession:
        """The account of the first years; all of its years stay beside it as `later`."""
        if self.capacity.shape[1] <= years:
            return self
        return replace(
            self,
            paths=self.paths.first(years),
            jobs_lost=self.jobs_lost[:, :years],
            training_lost=self.training_lost[:, :years],
            capacity=self.capacity[:, :years],
            masters=None if self.masters is None else self.masters.first(years),
            later=replace(self, masters=None if self.masters is None else self.masters.without_ages()),
        )


def owner_shares(region: str, parameters: ParameterDraws) -> tuple[FloatArray, FloatArray]:
    """Shares of owners aged 55 to 59 and 60+ in a region, (D,) each; together the published share 55+.

    Where the owners of 55 to 59 are published for the region itself, 60+ is what they leave of 55+:
    `60+ = (55+) − (55–59)`. Elsewhere 60+ is the national share and 55 to 59 the rest.
    """
    p = parameters
    older = p.draw("owners_55plus_share")
    if region in {str(entry.key[0]) for entry in p.parameters.parameters["owners_55_59_share"].entries}:
        next_to_go = np.minimum(p.draw("owners_55_59_share", region=region), older)
        return next_to_go, older - next_to_go
    oldest = np.minimum(p.draw("owners_60plus_share"), older)
    return older - oldest, oldest


def owner_profile(ages: IntArray, parameters: ParameterDraws, region: str) -> FloatArray:
    """Share of owners by single age (D, A) from the published shares of `owner_shares`, rows add to 1.

    Below 55, 55–59, 60–64 and 65+ are spread by a monotone spline on the cumulated shares of each draw; of
    those aged 60+ the share `owners_65_of_60_share` is 65 or older.
    """
    return parameters.once(
        ("owner_profile", region, *ages.tolist()), lambda: _owner_profile(ages, parameters, region)
    )


def _owner_profile(ages: IntArray, parameters: ParameterDraws, region: str) -> FloatArray:
    p = parameters.parameters
    next_to_go, oldest = owner_shares(region, parameters)
    edges = np.array(
        [p.value("owner_age_bounds", bound=b) for b in ("from", "older", "oldest", "late", "to")]
    )
    late = oldest * parameters.draw("owners_65_of_60_share")
    bands = np.stack([np.maximum(1 - next_to_go - oldest, 0), next_to_go, oldest - late, late], axis=1)
    single, spread = spread_bands(edges.astype(np.int64), bands)
    profile = np.zeros((parameters.draws, ages.size))
    known = np.isin(ages, single)
    profile[:, known] = spread[:, np.searchsorted(single, ages[known])]
    return np.asarray(profile / profile.sum(axis=1, keepdims=True), dtype=np.float64)


def owner_exit_rates(ages: IntArray, parameters: ParameterDraws) -> FloatArray:
    """Share of owners who give up within the year (D, A); zero before the first age of giving up.

    One random number moves the rates of all ages: where owners leave sooner at 60, they do at 65. At the last
    age all leave: nobody is counted beyond it.
    """
    return parameters.once(("owner_exit_rates", *ages.tolist()), lambda: _owner_exit_rates(ages, parameters))


def _owner_exit_rates(ages: IntArray, parameters: ParameterDraws) -> FloatArray:
    rates = np.zeros((parameters.draws, ages.size))
    old = ages >= parameters.parameters.value("owner_exit_first_age")
    rates[:, old] = np.clip(parameters.profile("owner_exit_rate", "age", ages[old]), 0, 1)
    rates[:, -1] = 1
    return rates


def firms_of_trades(
    firms: float, skilled: Mapping[str, FloatArray], parameters: ParameterDraws, year_gap: int
) -> dict[str, FloatArray]:
    """Firms of each craft trade as draws (D,); their sum is held to the published number in every draw.

    `F·(1+trend)^gap·annex A share·bundled share` is divided by `firms_by_trade`: by published shares, off by
    `exp(s·z)`, where the firms of a trade are published for the Land or the nation; elsewhere by workers in
    the craft, off by `exp(s'·z)`. One number of workers a firm for all trades would give a trade whose
    occupation group is counted completely far too many firms.

    Args:
        firms: Published number of firms of the district.
        skilled: Skilled workers per craft trade (D,).
        parameters: Parameter draws.
        year_gap: Years between the published count and the base year.
    """
    p = parameters
    trend = (1 + p.draw("firm_trend")) ** year_gap
    pool = firms * trend * p.draw("annex_a_share") * p.draw("bundled_share_of_annex_a")
    craft = {trade: stock * p.draw("craft_share", trade=trade) for trade, stock in skilled.items()}
    listed = {str(entry.key[0]) for entry in p.parameters.parameters["firm_share"].entries}
    near, far = p.draw("firm_share_spread"), p.draw("firm_size_spread")
    share = {
        trade: p.draw("firm_share", trade=trade) * np.exp(near * p.normal("firms", trade))
        for trade in craft
        if trade in listed
    }
    workers = {
        trade: part if trade in listed else part * np.exp(far * p.normal("firms", trade))
        for trade, part in craft.items()
    }
    return firms_by_trade(pool, share, workers)


def owner_inputs(
    firms: FloatArray, ages: IntArray, parameters: ParameterDraws, trade: str = "*", region: str = "*"
) -> OwnerInputs:
    """Owners by age and rates of a trade; one owner a firm.

    `due_ratio = due_rate / Σ_x profile[x]·exit[x]`: the share of leaving owners whose firm is worth taking
    over and counted as due by the chamber; the rest fades out unseen. Of the due that fail the share
    `put_off` goes on. `foundings·s5 = closures + trend`: of the foundings the share s5 is alive after five
    years, and those keep the number of firms on its trend.

    Args:
        firms: Firms of the trade (D,).
        ages: Single years of age (A,).
        parameters: Parameter draws.
        trade: Code of the trade.
        region: Code of the region; "*" for one without shares of its own.
    """
    p = parameters
    profile = owner_profile(ages, p, region)
    exit_rates = owner_exit_rates(ages, p)
    leaving = (profile * exit_rates).sum(axis=1)
    due_ratio = np.minimum(p.draw("due_rate") / leaving, 1)
    success = p.draw("success_share")
    put_off = p.draw("succession_postponed")
    closing = leaving * (1 - due_ratio * (success + (1 - success) * put_off))
    survival = Survival(p.draw("firm_survival_5_years", annex=ANNEX_A), SURVIVAL_YEARS)
    middle, width = p.draw("successor_age")[:, None], p.draw("successor_age_spread")[:, None]
    distance = (ages - middle) / width
    # nobody starts at the age of leaving
    successors = np.where(exit_rates > 0, 0, np.exp(-(distance**2) / 2))
    return OwnerInputs(
        owners=_whole_by_age(firms, profile),
        exit_rates=exit_rates,
        due_ratio=due_ratio,
        success=success,
        successor_profile=successors / successors.sum(axis=1, keepdims=True),
        foundings_rate=np.maximum(closing + p.draw("firm_trend"), 0) / survival.share,
        put_off=put_off,
        closing_rate=closing,
        survival=survival,
        closing=closing_firms(trade, p),
    )


def closing_firms(trade: str, parameters: ParameterDraws) -> ClosingFirms:
    """What a closing firm takes out of the trade, relative to an average one.

    `jobs = size·craft share·(1 − ρ)`, `training = size·(1 − places others take on)`.
    """
    p = parameters
    size = p.draw("closing_firm_size")
    return ClosingFirms(
        jobs=size * p.draw("craft_share", trade=trade) * (1 - p.draw("closure_staff_kept")),
        training=size * (1 - p.draw("closure_training_kept")),
        new_training=p.draw("new_firm_training"),
    )


def succession_of(
    owners: OwnerInputs, years: int, seed: int, region: str, trade: str, masters: MasterAccount | None = None
) -> Succession:
    """Draw the succession account of a trade forward, with its effect on workforce and training.

    Args:
        owners: Owners by age and rates.
        years: Number of forecast years Y.
        seed: Seed of the run.
        region: Code of the region.
        trade: Code of the trade.
        masters: The account of masters who could take over; None keeps the success share.
    """
    takers = None if masters is None else masters.takers
    paths = owner_paths(owners, years, generator_for(seed, "succession", region, trade), takers)
    return succession_from(paths, owners, masters)


def owner_paths(
    owners: OwnerInputs, years: int, rng: np.random.Generator, takers: FloatArray | Takers | None
) -> OwnerPaths:
    """Owners of a trade drawn forward.

    Args:
        owners: Owners by age and rates.
        years: Number of forecast years Y.
        rng: Source of randomness.
        takers: Masters ready to take over relative to the base year; None keeps the success share.
    """
    return project_owners(
        owners.owners,
        owners.exit_rates,
        owners.due_ratio,
        owners.success,
        owners.successor_profile,
        owners.foundings_rate,
        owners.successor_profile,
        years,
        rng,
        takers=takers,
        survival=owners.survival,
        put_off=owners.put_off,
    )


def capacity_of(paths: OwnerPaths, owners: OwnerInputs) -> FloatArray:
    """Training places relative to the usual rate of closures in the years drawn (D, Y)."""
    return training_capacity(paths, owners.closing, owners.survival, owners.usual_training)


def succession_from(paths: OwnerPaths, owners: OwnerInputs, masters: MasterAccount | None) -> Succession:
    """The succession account of owners drawn forward, with its effect on workforce and training."""
    return Succession(
        paths=paths,
        jobs_lost=jobs_lost_share(paths, owners.closing),
        usual_jobs=owners.usual_jobs,
        training_lost=training_lost_share(paths, owners.closing),
        capacity=capacity_of(paths, owners),
        masters=masters,
    )


def _whole_by_age(firms: FloatArray, profile: FloatArray) -> NDArray[np.int64]:
    """Whole owners by age (D, A) that add to the whole number of firms: rounded on the cumulated shares.

    Rounding each age by itself would lose most owners of a small trade.
    """
    cumulated = np.rint(np.rint(firms)[:, None] * np.minimum(np.cumsum(profile, axis=1), 1))
    return np.asarray(np.diff(cumulated, axis=1, prepend=0), dtype=np.int64)
