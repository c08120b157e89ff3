"""What a release keeps of owners and masters of a region for questions «what if»."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from forecast.domain.expected import Singles
from forecast.domain.expected_firms import OWNER_FLOWS
from forecast.errors import ModelError

PREFIX = "firms_"
"""What the names of these arrays begin with in the file of a region."""
COUNTED = ("owners", "owner_draws", "masters")
BY_TRADE = (
    "places", "owners", "owner_draws", "jobs", "masters", "examinations", "master_draws", "successors_before",
    "owning", "ages_of_new",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class FirmInputs:
    """Owners and masters of the trades of a region that have businesses of their own.

    Args:
        places: Positions of these trades among the trades of the region (C,).
        owners: Owners by age at the base year (C, A, D).
        owner_draws: The published random draws of `OWNER_FLOWS`, whole persons (C, F, P, D).
        owner_exits: Share of owners who give up within a year (A, D).
        due: Share of them whose business is offered (D,).
        success: Share of those that find a successor in the base year (D,).
        put_off: Share of the others whose owner goes on (D,).
        foundings: Foundings a year per owner (D,).
        starters: Ages of successors and founders (A, D).
        survival: Share of new businesses alive after `survival_years` (D,).
        survival_years: Years after which it was counted (1,).
        jobs: Share of the skilled workers who leave if all businesses closed (C, D).
        training: Share of the training places lost if all businesses closed (D,).
        new_training: Training places of a new business relative to an average one (D,).
        usual_training: Net loss of training places in a usual year (D,).
        owner_hours: Hours an owner works in a year (1,).
        owner_loss: Share by which an employee works less (D,).
        masters: Masters by age at the base year (C, A, D).
        examinations: Master examinations passed, expected (C, P, D).
        master_draws: The published random draws of masters and possible successors (C, 2, P, D).
        successors_before: Possible successors in the base year (C, D).
        owning: Share of the masters of each age who lead a business (C, A, D).
        ages_of_new: Ages of new masters (C, A).
        window: First and last row of the ages of those who take over (2,).
        interest: Share of masters without a business who want one (D,).
        master_stay: Share of new masters who stay (D,).
        course_success: Share of participants of master courses who pass (D,).
        per_firm: Masters at the head of a business (D,).
        staff_share: Employed masters per skilled worker (D,).
        later: Share of a year's journeymen who pass the master examination 1, 2, … years later (K, D).
    """

    places: npt.NDArray[np.int64]
    owners: Singles
    owner_draws: Singles
    owner_exits: Singles
    due: Singles
    success: Singles
    put_off: Singles
    foundings: Singles
    starters: Singles
    survival: Singles
    survival_years: Singles
    jobs: Singles
    training: Singles
    new_training: Singles
    usual_training: Singles
    owner_hours: Singles
    owner_loss: Singles
    masters: Singles
    examinations: Singles
    master_draws: Singles
    successors_before: Singles
    owning: Singles
    ages_of_new: Singles
    window: Singles
    interest: Singles
    master_stay: Singles
    course_success: Singles
    per_firm: Singles
    staff_share: Singles
    later: Singles

    def __post_init__(self) -> None:
        trades, ages, draws = self.owners.shape
        years = self.examinations.shape[1]
        by_age, by_draw = (ages, draws), (draws,)
        wanted = {
            "places": (trades,), "owner_draws": (trades, len(OWNER_FLOWS), years, draws),
            **dict.fromkeys(("owner_exits", "starters"), by_age),
            **dict.fromkeys(("due", "success", "put_off", "foundings", "survival"), by_draw),
            **dict.fromkeys(("training", "new_training", "usual_training", "owner_loss"), by_draw),
            **dict.fromkeys(("interest", "master_stay", "course_success"), by_draw),
            **dict.fromkeys(("per_firm", "staff_share"), by_draw),
            **dict.fromkeys(("masters", "owning"), (trades, ages, draws)),
            **dict.fromkeys(("jobs", "successors_before"), (trades, draws)),
            "examinations": (trades, years, draws), "master_draws": (trades, 2, years, draws),
            "ages_of_new": (trades, ages), "window": (2,), "owner_hours": (1,), "survival_years": (1,),
            "later": (len(self.later), draws),
        }  # fmt: skip
        for name, shape in wanted.items():
            if getattr(self, name).shape != shape:
                raise ModelError(
                    "Eine Eingangsgröße hat die falsche Form.", where=name, expected=f"{shape}",
                    rows=(f"{getattr(self, name).shape}",),
                )  # fmt: skip

    def of(self, rows: Sequence[int]) -> FirmInputs:
        """Return some of the trades; rates of all trades stay."""
        if len(rows) == len(self.places):
            return self
        picked: dict[str, Any] = {name: getattr(self, name)[list(rows)] for name in BY_TRADE}
        return replace(self, **picked)

    @property
    def years(self) -> int:
        """Number of years for which the release keeps owners and masters, P."""
        return int(self.examinations.shape[1])


NAMES = tuple(field.name for field in fields(FirmInputs))


def holds_firms(names: Container[str]) -> bool:
    """Say whether the arrays of a file are those of a region with owners and masters."""
    return f"{PREFIX}{NAMES[0]}" in names


def firms_from(arrays: Mapping[str, npt.NDArray[Any]]) -> FirmInputs | None:
    """Return the owners and masters among the arrays of a file; None in one that keeps none."""
    if not holds_firms(arrays):
        return None
    found = {name: arrays[PREFIX + name] for name in NAMES}
    singles = {name: one.astype(np.float32, copy=False) for name, one in found.items() if name != "places"}
    return FirmInputs(places=found["places"].astype(np.int64), **singles)
