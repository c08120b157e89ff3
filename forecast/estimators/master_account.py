"""The account of masters of one trade: from journeymen and firms to stock, gap and successors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecast.domain.apprentices import TrainingPipeline, contracts_begun, graduates, training_lag
from forecast.domain.masters import (
    MASTER_EXITS,
    MasterPaths,
    entry_ages,
    lag_kernel,
    master_examinations,
    positions,
    possible_successors,
    project_masters,
)
from forecast.domain.workforce import RETIREMENTS, whole_numbers
from forecast.estimators.contracts_path import ContractPath
from forecast.estimators.parameter_draws import ParameterDraws

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
HAZARD_BY_YEAR = ("draw", "year", "age")  # axes of an exit rate that changes with the year


@dataclass(frozen=True, slots=True, eq=False)
class MasterInputs:
    """What the account of masters needs, as draws.

    Args:
        examinations: Examinations passed in the forecast years (D, Y).
        per_firm: Masters at the head of a business (D,).
        staff_share: Employed masters per skilled worker (D,).
        unfilled: Share of the positions without a master in the base year (D,).
        stay: Share of new masters who stay (D,).
        success: Share of participants of master courses who pass (D,).
        interest: Share of masters without a business who want one (D,).
        ages_of_new: Ages of new masters (A,).
        ages_of_owners: Ages of owners (D, A).
        owner_exit: Share of owners who give up within the year, by age (D, A).
        takeover_ages: First and last age of those who take over.
    """

    examinations: FloatArray
    per_firm: FloatArray
    staff_share: FloatArray
    unfilled: FloatArray
    stay: FloatArray
    success: FloatArray
    interest: FloatArray
    ages_of_new: FloatArray
    ages_of_owners: FloatArray
    owner_exit: FloatArray
    takeover_ages: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class BaseYear:
    """A trade in the base year, as the account of masters starts from it.

    Args:
        firms: Businesses (D,).
        staff: Skilled workers in work (D,).
        profile: Ages of the skilled workers (A,), adds to 1.
        ages: Single years of age (A,).
        hazards: Exit rates by cause, (A,), (D, A) or (D, Y, A).
    """

    firms: FloatArray
    staff: FloatArray
    profile: FloatArray
    ages: IntArray
    hazards: Mapping[str, FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class MasterAccount:
    """The closed account of masters, and who of them could take over a business.

    Args:
        inputs: What it was made from.
        paths: Masters, examinations, new masters, exits by year.
        successors_before: Possible successors in the base year (D,).
        successors: Possible successors at the end of each forecast year (D, Y).
        opening: Masters by age in the base year (D, A).
        owning: Share of the masters of each age who lead a business (D, A).
    """

    inputs: MasterInputs
    paths: MasterPaths
    successors_before: FloatArray
    successors: FloatArray
    opening: IntArray
    owning: FloatArray

    @property
    def takers(self) -> FloatArray:
        """Possible successors relative to the base year (D, Y); one where there was nobody."""
        before = self.successors_before[:, None]
        return np.asarray(
            np.divide(self.successors, before, out=np.ones_like(self.successors), where=before > 0)
        )

    def first(self, years: int) -> MasterAccount:
        """The first years alone."""
        return replace(
            self,
            inputs=replace(self.inputs, examinations=self.inputs.examinations[:, :years]),
            paths=self.paths.first(years),
            successors=self.successors[:, :years],
        )

    def without_ages(self) -> MasterAccount:
        """The account without the ages of later years and the closed accounts: numbers by year stay."""
        paths = replace(self.paths, by_age=self.paths.by_age[:, :0].copy(), accounts=())
        return replace(self, paths=paths)

    def wanted(self, firms: FloatArray, staff: FloatArray) -> FloatArray:
        """Masters wanted for businesses and staff of the forecast years, each (D, Y)."""
        return positions(firms, staff, self.inputs.per_firm, self.inputs.staff_share)


def journeymen_before(
    path: ContractPath, pipeline: TrainingPipeline, until: int, first_year: int, parameters: ParameterDraws
) -> FloatArray:
    """Journeymen by year of examination up to a year (D, T), with enough earlier years for the lag.

    Years before the first complete one: mean of the first known years times `earlier_graduates`.

    Args:
        path: New contracts.
        pipeline: Transition rates of the training.
        until: Last year of an examination.
        first_year: First year whose master examinations are wanted.
        parameters: Parameter draws.
    """
    values = parameters.parameters
    first = int(path.years[0]) + training_lag(pipeline.training_years) + 1
    years = np.arange(first, until + 1)
    known = graduates(contracts_begun(path.draws, pipeline.dissolution), path.years, years, pipeline).sum(1)
    head = known[:, : int(values.value("earlier_graduates_years"))].mean(axis=1)
    missing = max(first - first_year + int(values.value("master_lag_longest")), 0)
    earlier = (head * parameters.draw("earlier_graduates"))[:, None] * np.ones(missing)
    return np.concatenate([earlier, known], axis=1)


def master_inputs(
    path: ContractPath,
    pipeline: TrainingPipeline,
    horizon: IntArray,
    journeymen_ages: FloatArray,
    owner_ages: FloatArray,
    owner_exit: FloatArray,
    parameters: ParameterDraws,
) -> MasterInputs:
    """Inputs of the account of masters of one trade and region.

    Args:
        path: New contracts.
        pipeline: Transition rates of the training.
        horizon: Forecast years (Y,).
        journeymen_ages: Ages of new journeymen (A,).
        owner_ages: Ages of owners (D, A).
        owner_exit: Share of owners who give up within the year, by age (D, A).
        parameters: Parameter draws.
    """
    p, values = parameters, parameters.parameters
    kernel = lag_kernel(
        p.draw("master_lag"), p.draw("master_lag_spread"), int(values.value("master_lag_longest"))
    )
    journeymen = journeymen_before(path, pipeline, int(horizon[-1]), int(horizon[0]), p)
    passed = master_examinations(journeymen, p.draw("master_share"), kernel)
    yes, maybe = (p.draw("master_self_employment", answer=word) for word in ("selbständig", "vielleicht"))
    return MasterInputs(
        examinations=passed[:, -horizon.size :],
        per_firm=p.draw("masters_per_firm"),
        staff_share=p.draw("master_staff_share"),
        unfilled=p.draw("master_unfilled"),
        stay=p.draw("master_stay"),
        success=p.draw("master_course_success"),
        interest=yes + maybe * p.uniform("master_self_employment", "maybe"),
        ages_of_new=entry_ages(journeymen_ages, kernel),
        ages_of_owners=owner_ages,
        owner_exit=owner_exit,
        takeover_ages=(
            int(values.value("takeover_ages", bound="from")),
            int(values.value("takeover_ages", bound="to")),
        ),
    )


class MastersAhead:
    """The account of masters, drawn forward as far as the examinations are known.

    The same random numbers in the same order, however many years are drawn at a time.

    Args:
        masters: Shares and ages; its examinations are not used, only how many years there are.
        base: The trade in the base year.
        rng: Source of randomness.
    """

    def __init__(self, masters: MasterInputs, base: BaseYear, rng: np.random.Generator) -> None:
        """Draw the stock of the base year."""
        wanted = positions(
            base.firms[:, None], base.staff[:, None], masters.per_firm, masters.staff_share
        )[:, 0]  # fmt: skip
        owning, employed = master_ages(masters, base)
        wanted_by_age = owning + employed
        profile = wanted_by_age / wanted_by_age.sum(axis=-1, keepdims=True)
        self._rng, self._base, self._inputs = rng, base, masters
        self._opening = rng.multinomial(whole_numbers(wanted * (1 - masters.unfilled), rng), profile)
        self._share = np.divide(
            owning, wanted_by_age, out=np.zeros_like(wanted_by_age), where=wanted_by_age > 0
        )
        steps = masters.examinations.shape[1]
        self._by_age = np.zeros((len(self._opening), steps, base.ages.size), dtype=np.int64)
        self._parts: list[MasterPaths] = []

    @property
    def drawn(self) -> int:
        """How many years are drawn."""
        return sum(part.masters.shape[1] for part in self._parts)

    def draw_until(self, masters: MasterInputs, until: int) -> None:
        """Draw the years up to a position; their examinations must be final.

        Args:
            masters: The same shares and ages with examinations (D, Y).
            until: Years drawn afterwards.
        """
        first, base = self.drawn, self._base
        stock = self._by_age[:, first - 1] if first else self._opening
        part = project_masters(
            stock,
            tuple(_master_hazards(masters, base.hazards, self._share, at) for at in range(first, until)),
            masters.examinations[:, first:until], masters.stay, masters.ages_of_new, self._rng, first + 1,
        )  # fmt: skip
        self._inputs = masters
        self._parts.append(part)
        self._by_age[:, first:until] = part.by_age

    def account(self) -> MasterAccount:
        """The account so far; years not drawn yet are empty."""
        masters = self._inputs
        before, after = (
            possible_successors(people, self._share, self._base.ages, masters.takeover_ages, masters.interest)
            for people in (self._opening, self._by_age)
        )
        paths = MasterPaths(
            self._by_age.sum(axis=2),
            masters.examinations,
            np.concatenate([part.entrants for part in self._parts], axis=1),
            np.concatenate([part.exits for part in self._parts], axis=1),
            self._by_age,
            tuple(account for part in self._parts for account in part.accounts),
        )
        return MasterAccount(masters, paths, before, after, self._opening, self._share)


def master_account(masters: MasterInputs, base: BaseYear, rng: np.random.Generator) -> MasterAccount:
    """Draw the account of masters forward.

    Args:
        masters: Examinations and shares.
        base: The trade in the base year.
        rng: Source of randomness.
    """
    ahead = MastersAhead(masters, base, rng)
    ahead.draw_until(masters, masters.examinations.shape[1])
    return ahead.account()


def master_ages(masters: MasterInputs, base: BaseYear) -> tuple[FloatArray, FloatArray]:
    """Masters wanted by age in the base year: at the head of a business (D, A) and employed (A,).

    Employed masters have the ages of the skilled workers, weighted with the share of later masters who have
    passed by that age.

    Args:
        masters: Inputs of the account.
        base: The trade in the base year.
    """
    heads = float((base.firms * masters.per_firm).mean())
    staff = base.profile * np.cumsum(masters.ages_of_new)
    wanted = float((base.staff * masters.staff_share).mean())
    employed = wanted * staff / staff.sum() if staff.sum() > 0 else np.zeros_like(staff)
    owning = heads * masters.ages_of_owners
    if (owning + employed).sum() > 0:
        return owning, employed
    return owning, masters.ages_of_new


def rate_in(rates: FloatArray, step: int) -> FloatArray:
    """An exit rate in one forecast year, (A,) or (D, A)."""
    by_year: FloatArray = rates[:, step, :] if rates.ndim == len(HAZARD_BY_YEAR) else rates
    return by_year


def _master_hazards(
    masters: MasterInputs, hazards: Mapping[str, FloatArray], owning: FloatArray, step: int
) -> dict[str, FloatArray]:
    """Exit probabilities of masters in one year: those of employees, and of owners for the share who own."""
    found = {cause: rate_in(hazards[cause], step) * (1 - owning) for cause in MASTER_EXITS}
    found[RETIREMENTS] = found[RETIREMENTS] + owning * masters.owner_exit
    return found
