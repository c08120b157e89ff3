"""Inter-company courses of one trade in one region: apprentices by year of training, weeks, places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.assemble import Cell
from forecast.district_split import DISTRICTS
from forecast.domain.apprentices import (
    TrainingPipeline,
    apprentices_by_cohort,
    apprentices_stock,
    contracts_begun,
    training_lag,
)
from forecast.domain.courses import (
    Course,
    by_training_year,
    course_places,
    course_weeks,
    weeks_by_year,
)
from forecast.domain.panel import Panel
from forecast.estimators.contracts_path import ContractPath
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.training_plan import PlanFigure, figures_of
from forecast.fit import LAND
from forecast.sources.planning import Planning
from forecast.stats.draws import summarise

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

COURSE_MEASURES = ("course_weeks", "course_places", "course_weeks_unsourced")
REPEAT = "repeat"
Row = tuple[PlanFigure, str, str]


@dataclass(frozen=True, slots=True)
class CoursePlan:
    """Courses of one trade in one region.

    Args:
        years: Years of training that begin in autumn (Y,), the first one the last with printed figures.
        statistics: Measure → (Y, 7), not yet rounded.
        draws: The same as draws (D, Y), for the sums of groups.
        figures: Rows of the training plan with status and marks.
        read: Whether all weeks were read in a source for their year of training.
    """

    years: IntArray
    statistics: Mapping[str, FloatArray]
    draws: Mapping[str, FloatArray]
    figures: tuple[Row, ...]
    read: bool


def apprentice_scale(
    cell: Cell,
    path: ContractPath,
    begun: FloatArray,
    pipeline: TrainingPipeline,
    panel: Panel,
    share: FloatArray,
) -> FloatArray | None:
    """Printed stock of apprentices by modelled stock in the last observed year (D,), None if not printed.

    Args:
        cell: Region and trade.
        path: New contracts.
        begun: Contracts begun (D, S).
        pipeline: Transition rates of the training.
        panel: Observed figures.
        share: Share of the district in the Land (D,), ones elsewhere.
    """
    region, trade = cell
    printed = panel.series("apprentices", trade, LAND if region in DISTRICTS else region)
    at = printed.years == path.last_observed
    if not at.any():
        return None
    last = np.array([path.last_observed])
    stock = apprentices_stock(begun, path.years, last, pipeline)[:, 0]
    return np.asarray(printed.values[at][-1] * share / np.maximum(stock, np.finfo(float).tiny))


def course_plan(
    cell: Cell,
    path: ContractPath,
    pipeline: TrainingPipeline,
    panel: Panel,
    share: FloatArray,
    planning: Planning,
    parameters: ParameterDraws,
) -> CoursePlan | None:
    """Courses of a trade in a region, None where no weeks are known or no apprentices are printed.

    Args:
        cell: Region and trade.
        path: New contracts.
        pipeline: Transition rates of the training.
        panel: Observed figures.
        share: Share of the district in the Land (D,), ones elsewhere.
        planning: Modules and courses.
        parameters: Parameter draws.
    """
    courses = planning.courses_of(cell[1])
    begun = contracts_begun(path.draws, pipeline.dissolution)
    scale = apprentice_scale(cell, path, begun, pipeline, panel, share)
    if not courses or scale is None:
        return None
    years = path.years[path.years >= path.last_observed]
    lag = training_lag(pipeline.training_years)
    cohorts = apprentices_by_cohort(begun, path.years, years, pipeline)
    stock = by_training_year(cohorts, path.years, years, lag) * scale[:, None, None]
    weeks, plans = weeks_by_year(
        courses, lag, years,
        [parameters.uniform("course_weeks", cell[1], str(year + 1)) for year in range(lag)],
        parameters.uniform("course_weeks_total", cell[1]),
    )  # fmt: skip
    taught = course_weeks(stock[:, :lag], weeks)
    unread = np.array([[plan is not None and not plan.read_in_source for plan in row] for row in plans])
    total = taught.sum(axis=1)
    draws = {
        "course_weeks": total,
        "course_places": course_places(total, parameters.draw("course_length")),
        "course_weeks_unsourced": (taught * unread).sum(axis=1),
    }
    status = {int(year): "forecast" if year > path.last_observed else "estimated" for year in years}
    rows = [
        *_year_rows(stock, taught, years, plans),
        *_course_rows(courses, stock, years),
        *_capacity_rows(total, years, planning, parameters),
    ]
    return CoursePlan(
        years,
        {name: summarise(values, axis=0) for name, values in draws.items()},
        draws,
        tuple((figure, status[figure.year], marks) for figure, marks in rows),
        not unread.any(),
    )


def _year_rows(
    stock: FloatArray, taught: FloatArray, years: IntArray, plans: list[list[Course | None]]
) -> Iterable[tuple[PlanFigure, str]]:
    """Apprentices and weeks by year of training; the mark says how much of the weeks was read."""
    lag = taught.shape[1]
    for j in range(lag + 1):
        code = str(j + 1) if j < lag else REPEAT
        for figure in figures_of("training_year", code, "apprentices", years.tolist(), stock[:, j]):
            yield figure, ""
        if j < lag:
            weeks = figures_of("training_year", code, "course_weeks", years.tolist(), taught[:, j])
            for figure, plan in zip(weeks, plans[j], strict=True):
                yield figure, "" if plan is None else plan.basis


def _course_rows(
    courses: Iterable[Course], stock: FloatArray, years: IntArray
) -> Iterable[tuple[PlanFigure, str]]:
    """Participant weeks of each named course: apprentices of its year of training times its weeks."""
    named = [course for course in courses if course.code]
    for code in dict.fromkeys(course.code for course in named):
        parts = [course for course in named if course.code == code]
        draws = np.zeros((stock.shape[0], years.size))
        for course in parts:
            holds = [course.holds_for(int(year) - course.training_year + 1) for year in years]
            draws += stock[:, course.training_year - 1] * course.weeks.value * np.array(holds)
        for figure in figures_of("course", code, "course_weeks", years.tolist(), draws):
            yield figure, parts[0].basis


def _capacity_rows(
    total: FloatArray, years: IntArray, planning: Planning, parameters: ParameterDraws
) -> Iterable[tuple[PlanFigure, str]]:
    """Classes to hold and workshop places in use at the same time."""
    found = {"workshop_places": total / parameters.draw("course_weeks_a_year")[:, None]}
    if planning.group_size is not None:
        size = planning.group_size.draws(parameters.uniform("course_group_size"))
        length = parameters.draw("course_length")
        found["classes"] = course_places(total, length) / size[:, None]
    for measure, draws in found.items():
        for figure in figures_of("course", "*", measure, years.tolist(), draws):
            yield figure, "assumed"
