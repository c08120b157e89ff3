"""Inter-company courses: apprentices by year of training → course weeks, places and classes.

A training centre teaches the apprentices there are, year of training by year of training. Training year
``y`` of this module runs from autumn ``y`` to summer ``y + 1``; its apprentices are those under contract at
31 December of ``y``::

    course weeks[y] = Σ_j apprentices[j, y] · weeks[j, cohort y − j + 1]

The stock by year of training sums to the stock of apprentices; who waits for a repeated examination stands
apart, because no course is held for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from forecast.domain.account import Counts, Floats, float_tolerance
from forecast.domain.estimate import Estimate
from forecast.errors import ModelError

READ, SPLIT, ASSUMED = "read", "split", "assumed"
BASES = (READ, SPLIT, ASSUMED)
START_MONTH = 9
"""Contracts begin in autumn: the plan in force on 1 September of the start year holds for the cohort."""


@dataclass(frozen=True, slots=True)
class Course:
    """Weeks of inter-company courses in one year of training, or one named course in it.

    Args:
        trade: Code of the trade.
        code: Code of a named course, empty for the weeks of the whole year.
        title: Title of a named course.
        training_year: Year of training, from 1 on.
        weeks: Weeks of course for one apprentice.
        basis: `read` in a source for this year of training; `split`: only the sum over several years was
            read and its distribution is set; `assumed`: nothing was read.
        total: Weeks over the whole training where a sum is known.
        valid_from: First day of contracts under this plan, None if unbounded.
        valid_to: Last day, None if unbounded.
    """

    trade: str
    code: str
    title: str
    training_year: int
    weeks: Estimate
    basis: str
    total: Estimate | None
    valid_from: date | None
    valid_to: date | None

    @property
    def source(self) -> str:
        """Id of the source of the weeks; where only their sum was read, of the sum."""
        return self.total.source if self.basis == SPLIT and self.total is not None else self.weeks.source

    @property
    def read_in_source(self) -> bool:
        """Whether the weeks of this very year of training were read in a source."""
        return self.basis == READ

    def holds_for(self, start_year: int) -> bool:
        """Say whether the plan holds for contracts that begin in autumn of a year."""
        day = date(start_year, START_MONTH, 1)
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


def plan_in_force(courses: Iterable[Course], training_year: int, start_year: int) -> Course | None:
    """Return the weeks of one year of training for one cohort, None where no plan is known."""
    found = (
        c for c in courses if not c.code and c.training_year == training_year and c.holds_for(start_year)
    )
    return next(found, None)


def by_training_year(by_cohort: Floats, start_years: Counts, out_years: Counts, lag: int) -> Floats:
    """Regroup apprentices of each cohort by their year of training, (D, lag + 1, Y).

    The cohort of start year s is in year of training ``y − s + 1`` at 31 December of y; the last position
    holds those who failed and wait for a repeat.

    Args:
        by_cohort: Apprentices by cohort and year, (D, S, Y).
        start_years: Start years, (S,).
        out_years: Calendar years, (Y,).
        lag: Years of training, rounded up.

    Raises:
        ModelError: If somebody is lost: the sum over years of training is not the sum over cohorts.
    """
    since = out_years[None, :] - start_years[:, None]
    grouped = np.stack([(by_cohort * (since == year)).sum(axis=1) for year in range(lag + 1)], axis=1)
    whole, tolerance = by_cohort.sum(axis=1), float_tolerance(by_cohort) * len(start_years)
    if not np.all(np.abs(grouped.sum(axis=1) - whole) <= tolerance):
        raise ModelError(
            "Die Ausbildungsjahre ergeben nicht den Bestand an Auszubildenden.",
            where="by_training_year",
            expected="Summe über die Ausbildungsjahre = Bestand",
        )
    return np.asarray(grouped, dtype=np.float64)


def weeks_by_year(
    courses: Sequence[Course], lag: int, out_years: Counts, uniforms: Sequence[Floats], total_uniform: Floats
) -> tuple[Floats, list[list[Course | None]]]:
    """Return course weeks of one apprentice by year of training and calendar year, (D, lag, Y).

    Years of training whose distribution is set are drawn and brought to the drawn sum of the whole training.

    Args:
        courses: Courses of one trade.
        lag: Years of training, rounded up.
        out_years: Calendar years, (Y,).
        uniforms: One array (D,) of uniform numbers for each year of training.
        total_uniform: Uniform numbers (D,) of the sum.

    Returns:
        Weeks, and the plan behind each year of training and calendar year; no weeks where there is no plan.
    """
    weeks = np.zeros((len(total_uniform), lag, len(out_years)))
    plans: list[list[Course | None]] = []
    for j in range(lag):
        plans.append([plan_in_force(courses, j + 1, int(year) - j) for year in out_years])
        for y, plan in enumerate(plans[-1]):
            if plan is not None:
                weeks[:, j, y] = plan.weeks.draws(uniforms[j])
    for y in range(len(out_years)):
        column = [row[y] for row in plans]
        total = next((plan.total for plan in column if plan is not None and plan.total is not None), None)
        same = [plan is not None and plan.basis != READ and plan.total == total for plan in column]
        if total is not None and all(same):
            drawn = weeks[:, :, y].sum(axis=1)
            scale = np.divide(total.draws(total_uniform), drawn, out=np.ones_like(drawn), where=drawn > 0)
            weeks[:, :, y] *= scale[:, None]
    return weeks, plans


def course_weeks(apprentices: Floats, weeks: Floats) -> Floats:
    """Return participant weeks by year of training, ``apprentices · weeks``, (D, J, Y).

    Args:
        apprentices: Apprentices by year of training, (D, J, Y).
        weeks: Weeks of course for one apprentice, (D, J, Y).

    Raises:
        ModelError: If a number is negative or the shapes differ.
    """
    if apprentices.shape != weeks.shape or not (np.all(apprentices >= 0) and np.all(weeks >= 0)):
        raise ModelError(
            "Auszubildende oder Lehrgangswochen sind negativ oder passen nicht zusammen.",
            where="course_weeks",
            rows=(f"{apprentices.shape}", f"{weeks.shape}"),
        )
    return np.asarray(apprentices * weeks, dtype=np.float64)


def course_places(participant_weeks: Floats, course_length: Floats) -> Floats:
    """Return places in courses a year, ``participant weeks / weeks of one course``, (D, Y).

    Args:
        participant_weeks: Participant weeks, (D, Y).
        course_length: Weeks of one course, (D,).
    """
    return np.asarray(participant_weeks / course_length[:, None], dtype=np.float64)
