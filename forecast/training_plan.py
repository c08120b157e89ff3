"""The training plan of a release: courses, further training, masters, outlook; measures and one document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.adding_up import by_group, whole_points
from forecast.assemble import Assembled, Cell
from forecast.course_plan import COURSE_MEASURES, CoursePlan, course_plan
from forecast.domain.codes import CodeList
from forecast.domain.courses import Course
from forecast.domain.estimate import Estimate
from forecast.domain.outlook import CLASSES, finish_year
from forecast.domain.panel import Panel
from forecast.domain.skills import SkillModule
from forecast.estimators.ages import entry_profile
from forecast.estimators.cell import CellSummary
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.technicians import INDUSTRIAL_MEASURES, TECHNICIAN_MEASURES, leader_inputs
from forecast.estimators.training_plan import (
    MASTER_MEASURES,
    OUTLOOK_MEASURES,
    SKILL_MEASURES,
    PlanFigure,
    PlanInputs,
    module_draws,
    outlook_limits,
)
from forecast.notes import NoteBook
from forecast.publish import PublishedSeries
from forecast.rounding import decimals_of, rounded_to
from forecast.sources.planning import Planning

FloatArray = NDArray[np.float64]

PLAN_MEASURES = (
    *SKILL_MEASURES, *COURSE_MEASURES, *MASTER_MEASURES, *TECHNICIAN_MEASURES, *INDUSTRIAL_MEASURES,
    *OUTLOOK_MEASURES,
)  # fmt: skip
SIGNED = frozenset({"master_gap", "technician_gap", "industrial_master_gap"})
COLUMNS = (
    "trade", "region", "year", "kind", "code", "measure", "value", "lower_80", "upper_80", "status", "grade",
    "marks", "note",
)  # fmt: skip
DIGITS = {"outlook_ratio": 2, "probability": 2, "hours_per_worker": 1}
CRAFT, OUTLOOK = "craft", "outlook"
#: Measure → the standing note beside it, where it is not that of the masters.
NOTE_OF = {
    **dict.fromkeys(OUTLOOK_MEASURES, "outlook"),
    **dict.fromkeys(SKILL_MEASURES, "modules"),
    **dict.fromkeys((*TECHNICIAN_MEASURES, *INDUSTRIAL_MEASURES), "technicians"),
}


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """What the plan adds to a release: series on the axes and one document."""

    series: tuple[PublishedSeries, ...]
    document: Mapping[str, Any]
    courses: Mapping[Cell, CoursePlan] = field(default_factory=dict)


@dataclass(slots=True)
class _Rows:
    """Rows of the document with their notes numbered as used."""

    notes: dict[tuple[str, str], int] = field(default_factory=lambda: {("", ""): 0})
    given: list[tuple[Cell, PlanFigure, list[Any]]] = field(default_factory=list)

    def add(
        self,
        cell: Cell,
        figure: PlanFigure,
        status: str,
        grade: str,
        marks: str = "",
        note: tuple[str, str] = ("", ""),
    ) -> None:
        """Append one row, not yet rounded."""
        position = self.notes.setdefault(note, len(self.notes))
        self.given.append((cell, figure, [status, grade, marks, position]))

    def finished(self, order: Sequence[str]) -> list[list[Any]]:
        """Rows rounded as their measure is shown; what is counted adds up over districts.

        Args:
            order: Trades, those of a group next to each other.
        """
        points = _whole_points([(cell, figure) for cell, figure, _ in self.given], order)
        return [
            [trade, region, one.year, one.kind, one.code, one.measure,
             *_shown(one, points.get((region, trade, *_key(one), one.year))), *rest]
            for (region, trade), one, rest in self.given
        ]  # fmt: skip


def _key(figure: PlanFigure) -> tuple[str, str, str]:
    return figure.kind, figure.code, figure.measure


def _whole_points(
    given: Sequence[tuple[Cell, PlanFigure]], order: Sequence[str]
) -> dict[tuple[str, str, str, str, str, int], int]:
    """Whole numbers of what is counted, by region, trade, kind, code, measure and year."""
    counted = [(cell, one) for cell, one in given if one.measure not in DIGITS]
    keys = list(dict.fromkeys(_key(one) for _, one in counted))
    years = sorted({one.year for _, one in counted})
    row, column = {key: at for at, key in enumerate(keys)}, {year: at for at, year in enumerate(years)}
    tables: dict[Cell, FloatArray] = {}
    for cell, one in counted:
        if cell not in tables:
            tables[cell] = np.full((len(keys), len(years)), np.nan)
        tables[cell][row[_key(one)], column[one.year]] = one.value
    whole = whole_points(tables, ["|".join(key) for key in keys], order)
    return {
        (*cell, *_key(one), one.year): int(whole[cell][row[_key(one)], column[one.year]])
        for cell, one in counted
    }


def _shown(figure: PlanFigure, point: int | None) -> list[float | int | None]:
    """Value and ends of the range as they are shown; the range holds the value."""
    digits = DIGITS.get(figure.measure, 0)
    value = rounded(figure.value, digits) if point is None else point
    ends = [None if end is None else rounded(end, digits) for end in (figure.lower, figure.upper)]
    low, high = ends
    return [value, None if low is None else min(low, value), None if high is None else max(high, value)]


def rounded(number: float, digits: int) -> float | int:
    """A number as it is shown: whole, or with few digits; never −0.

    Example:
        >>> rounded(3.6, 0), rounded(0.9749, 2)
        (4, 0.97)
    """
    return round(number, digits) + 0.0 if digits else round(number)


def with_plans(
    assembled: Assembled, planning: Planning, codes: CodeList, parameters: ParameterDraws
) -> Assembled:
    """Give every projection task what its training plan needs.

    Args:
        assembled: Tasks without a plan.
        planning: Modules and courses.
        codes: Code lists.
        parameters: Parameter draws.
    """
    limits = outlook_limits(parameters)
    journeymen = entry_profile(assembled.ages, parameters).mean(axis=0)
    tasks = []
    for task in assembled.tasks:
        state = assembled.states[(task.region, task.trade)]
        if task.parts:  # nothing of its own: the plans of the districts are added up
            plan = PlanInputs({}, None, limits, task.pipeline.training_years)
            tasks.append(replace(task, plan=plan))
            continue
        plan = PlanInputs(
            modules={m.code: module_draws(m, parameters) for m in planning.modules_of(task.trade)},
            masters=None if task.succession is None else task.succession.masters,
            limits=limits,
            training_years=task.pipeline.training_years,
            leaders=leader_inputs(
                codes.trades[task.trade].sector, state.path, task.pipeline, assembled.horizon, journeymen,
                parameters,
            ),
        )  # fmt: skip
        tasks.append(replace(task, plan=plan))
    return replace(assembled, tasks=tuple(tasks))


def training_plan(
    assembled: Assembled,
    summaries: Sequence[CellSummary],
    planning: Planning,
    panel: Panel,
    codes: CodeList,
    parameters: ParameterDraws,
    notes: NoteBook,
) -> TrainingPlan:
    """Series and document of the training plan.

    Args:
        assembled: Paths, states, shares.
        summaries: Projected cells with their plan.
        planning: Modules and courses.
        panel: Observed figures.
        codes: Code lists.
        parameters: Parameter draws.
        notes: Collects the notes of the cells.
    """
    rows = _Rows()
    series: list[PublishedSeries] = []
    courses: dict[Cell, CoursePlan] = {}
    for summary in summaries:
        if summary.plan is not None:
            own = any(module.trade == summary.trade for module in planning.modules)
            series.extend(_cell_series(summary, assembled, codes, notes, own_modules=own))
            _cell_rows(summary, assembled, planning, rows)
    for cell, path in assembled.paths.items():
        pipeline = assembled.pipelines.get(cell[1])
        plan = None
        if pipeline is not None:
            plan = course_plan(cell, path, pipeline, panel, assembled.share_of(cell), planning, parameters)
        series.extend(_course_series(cell, plan, assembled, codes, notes))
        if plan is not None:
            courses[cell] = plan
            for figure, status, marks in plan.figures:
                rows.add(cell, figure, status, course_grade(plan, small=path.small), marks)
    finished = rows.finished(by_group(codes.trades.values()))
    lags = {
        summary.trade: finish_year(0, assembled.states[summary.region, summary.trade].pipeline.training_years)
        for summary in summaries
        if summary.plan is not None
    }
    document = plan_document(planning, finished, rows.notes, parameters, lags)
    return TrainingPlan(tuple(series), document, courses)


def plan_grade(kind: str, *, small: bool) -> str:
    """Grade of a row or series made from the workforce account.

    The outlook is supply by demand and as good as these; modules, masters and technicians rest mostly on
    judged shares.

    Example:
        >>> plan_grade("outlook", small=False), plan_grade("outlook", small=True)
        ('C', 'D')
    """
    return "C" if kind == OUTLOOK and not small else "D"


def course_grade(plan: CoursePlan, *, small: bool) -> str:
    """Grade of courses: a clue only where a week by year of training was read in no source."""
    return "D" if small or not plan.read else "C"


def _cell_series(
    summary: CellSummary, assembled: Assembled, codes: CodeList, notes: NoteBook, *, own_modules: bool
) -> Iterable[PublishedSeries]:
    """Further training, masters or industrial masters, technicians and outlook of a projected cell."""
    plan = summary.plan
    if plan is None:
        return
    place, years = (summary.region, summary.trade), summary.years
    small = assembled.states[place].path.small
    weak = ("small",) if small else ()
    for name, statistics in plan.statistics.items():
        kind = NOTE_OF.get(name, "masters")
        values = rounded_to(statistics, decimals_of(name), signed=name in SIGNED)
        grade = plan_grade(kind, small=small)
        words = (*weak, kind, *(("modules_general",) if kind == "modules" and not own_modules else ()))
        yield PublishedSeries(*place, name, years, values, "forecast", grade, notes.named(*words))
    craft = codes.trades[summary.trade].sector == CRAFT
    nothing = np.full((years.size, 7), np.nan)
    for name in INDUSTRIAL_MEASURES if craft else MASTER_MEASURES:
        note = notes.named("craft_masters" if craft else "industry_masters")
        yield PublishedSeries(*place, name, years, nothing, "no_data", "", note)


def _cell_rows(summary: CellSummary, assembled: Assembled, planning: Planning, rows: _Rows) -> None:
    cell = (summary.region, summary.trade)
    marks = {module.code: "|".join(module.judged) for module in planning.modules_of(summary.trade)}
    length = assembled.states[cell].pipeline.training_years
    for figure in summary.plan.figures if summary.plan is not None else ():
        note = ("", "")
        if figure.kind == "outlook":
            year = finish_year(figure.year, length)
            note = (f"Abschluss {year}", f"Examination {year}")
        grade = plan_grade(figure.kind, small=assembled.states[cell].path.small)
        rows.add(cell, figure, "forecast", grade, marks.get(figure.code, ""), note)


def _course_series(
    cell: Cell, plan: CoursePlan | None, assembled: Assembled, codes: CodeList, notes: NoteBook
) -> Iterable[PublishedSeries]:
    region, trade = cell
    if plan is None:
        craft = codes.trades[trade].sector == CRAFT
        years = assembled.horizon
        nothing = np.full((years.size, 7), np.nan)
        for name in COURSE_MEASURES:
            note = notes.named("no_courses" if craft else "industry")
            yield PublishedSeries(region, trade, name, years, nothing, "no_data", "", note)
        return
    path = assembled.paths[cell]
    words = (*(("small",) if path.small else ()), "courses", *(() if plan.read else ("courses_unread",)))
    for name, statistics in plan.statistics.items():
        grade = course_grade(plan, small=path.small)
        status = np.where(plan.years > path.last_observed, "forecast", "estimated")
        yield PublishedSeries(
            region, trade, name, plan.years, rounded_to(statistics, 0), status, grade, notes.named(*words)
        )


def plan_document(
    planning: Planning,
    rows: list[list[Any]],
    notes: Mapping[tuple[str, str], int],
    parameters: ParameterDraws,
    lags: Mapping[str, int],
) -> dict[str, Any]:
    """The document `training_plan`: rows, and what stands behind their codes and marks.

    Args:
        planning: Modules and courses.
        rows: Rows in the order of COLUMNS.
        notes: Notes by number.
        parameters: Parameter draws, for the limits of the classes.
        lags: Trade → years from the start of training to the first final examination.
    """
    limits = outlook_limits(parameters).tolist()
    return {
        "columns": list(COLUMNS),
        "rows": rows,
        "notes": [{"de": german, "en": english} for german, english in notes],
        "modules": [_module_entry(module) for module in planning.modules],
        "courses": [_course_entry(course) for course in planning.courses],
        "group_size": None if planning.group_size is None else _estimate(planning.group_size),
        "outlook_classes": [
            {"code": code, "above": low, "up_to": high}
            for code, low, high in zip(CLASSES, [None, *limits], [*limits, None], strict=True)
        ],
        "training_lags": dict(lags),
    }


def _module_entry(module: SkillModule) -> dict[str, Any]:
    return {
        "code": module.code, "name_de": module.name_de, "name_en": module.name_en, "trade": module.trade,
        "ageing": module.ageing, "base_en": module.base_en, "judged": list(module.judged),
        "facts": {name: _estimate(fact) for name, fact in module.estimates.items()},
        "trend": {"value": module.trend, "kind": module.trend_kind, "source": module.trend_source},
        "deadline": None if module.deadline is None else module.deadline.isoformat(),
    }  # fmt: skip


def _course_entry(course: Course) -> dict[str, Any]:
    return {
        "trade": course.trade, "code": course.code, "title": course.title,
        "training_year": course.training_year, "weeks": _estimate(course.weeks), "basis": course.basis,
        "total": None if course.total is None else _estimate(course.total),
        "read_in_source": course.read_in_source, "source": course.source,
        "valid_from": _bounded(course.valid_from), "valid_to": _bounded(course.valid_to),
    }  # fmt: skip


def _bounded(day: Any) -> str | None:  # noqa: ANN401 -- a date, or one of the two that stand for no bound
    return None if day is None or day in (type(day).min, type(day).max) else str(day.isoformat())


def _estimate(fact: Estimate) -> dict[str, Any]:
    return {
        "value": fact.value, "low": fact.low, "high": fact.high, "kind": fact.kind, "source": fact.source,
    }  # fmt: skip
