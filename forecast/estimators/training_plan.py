"""The training plan of one cell: further training, masters, technicians, outlook; inputs and results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from forecast.domain.outlook import CLASSES, class_probabilities, finish_year, supply_ratio
from forecast.domain.skills import ModuleDraws, SkillModule, core_hours, module_need
from forecast.estimators.master_account import MasterAccount
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.technicians import LeaderInputs, leader_measures
from forecast.projection import CellInputs
from forecast.stats.draws import summarise

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Key = TypeVar("Key")

SKILL_MEASURES = ("further_training_hours", "further_training_participants")
MASTER_MEASURES = (
    "masters", "master_examinations", "master_demand", "master_gap", "master_course_places",
    "possible_successors",
)  # fmt: skip
OUTLOOK_MEASURES = ("outlook_ratio",)
#: Rows of the training plan: name in the plan → measure.
MASTER_ROWS = {
    "entrants": "master_course_places",
    "examinations": "master_examinations",
    "possible_successors": "possible_successors",
}
LEADER_ROWS = ("entrants", "examinations", "places")
ALL, MODULE = "*", "module"


@dataclass(frozen=True, slots=True)
class PlanFigure:
    """One row of the training plan: a value with its 80 % range.

    Args:
        kind: module, master, technician or outlook.
        code: Code of the module or class, `*` for the whole cell.
        measure: What is counted.
        year: Calendar year; start of the training for the outlook.
        value: Mean over the draws.
        lower: Lower end of the 80 % range, None where a range has no meaning.
        upper: Upper end.
    """

    kind: str
    code: str
    measure: str
    year: int
    value: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class PlanResult:
    """What the plan adds to a cell.

    Args:
        statistics: Measure → (Y, 7), not yet rounded.
        figures: Rows of the training plan.
        draws: Measures that add up over trades (D, Y), for the sums of groups.
    """

    statistics: Mapping[str, FloatArray]
    figures: tuple[PlanFigure, ...]
    draws: Mapping[str, FloatArray] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class PlanDraws:
    """The training plan of a cell before it is summarised: what adds up over trades and over districts.

    Args:
        measures: Measure → draws (D, Y).
        rows: Kind, code and measure of the rows of the training plan → draws (D, Y).
        staff: Skilled workers in work in each forecast year (D, Y), what hours per worker are made of.
    """

    measures: Mapping[str, FloatArray]
    rows: Mapping[tuple[str, str, str], FloatArray]
    staff: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class PlanInputs:
    """What the training plan of one cell needs beside its projection.

    Args:
        modules: Perishable modules of the trade.
        masters: The account of masters, None for trades without businesses of their own.
        limits: Upper limits of the classes of the outlook.
        training_years: Length of training.
        leaders: Inputs of the accounts of technicians and industrial masters.
    """

    modules: Mapping[str, ModuleDraws]
    masters: MasterAccount | None
    limits: FloatArray
    training_years: float
    leaders: tuple[LeaderInputs, ...] = ()


def module_draws(module: SkillModule, parameters: ParameterDraws) -> ModuleDraws:
    """The numbers of a module as draws; the same module is off in every trade alike."""
    drawn = {
        name: fact.draws(parameters.uniform("skill_module", module.code, name))
        for name, fact in module.estimates.items()
    }
    return ModuleDraws(
        expires=module.expires,
        clock=drawn["validity" if module.expires else "half_life"],
        course_hours=drawn["course_hours"],
        refresh_hours=drawn["refresh_hours"],
        core_hours=core_hours(
            drawn["course_hours"], drawn["refresh_hours"], parameters.draw("refresh_restores")
        ),
        share=drawn["share_of_staff"],
        growth=parameters.draw("skill_trend", trend=module.trend),
        first_course_share=parameters.draw("first_course_share"),
        deadline=None if module.deadline is None else module.deadline.year,
    )


def outlook_limits(parameters: ParameterDraws) -> FloatArray:
    """Upper limits of the classes of the outlook, ascending."""
    values = parameters.parameters
    return np.array(
        [values.value("traffic_light_limits", limit=at) for at in range(1, len(CLASSES))], dtype=np.float64
    )


def plan_cell(
    plan: PlanInputs,
    inputs: CellInputs,
    measures: Mapping[str, FloatArray],
    firms: FloatArray | None,
    rng: np.random.Generator,
) -> PlanResult:
    """Further training, masters, technicians and outlook of a projected cell.

    Args:
        plan: Inputs of the plan.
        inputs: Inputs of the projection.
        measures: Its draws (D, Y): demand, supply, replacement_demand.
        firms: Businesses in the base year and each forecast year (D, Y + 1), None where there are none.
        rng: Source of randomness.
    """
    return plan_result(plan_draws(plan, inputs, measures, firms, rng), plan, measures, inputs.years)


def plan_draws(
    plan: PlanInputs,
    inputs: CellInputs,
    measures: Mapping[str, FloatArray],
    firms: FloatArray | None,
    rng: np.random.Generator,
) -> PlanDraws:
    """The accounts of a projected cell's further training, masters and technicians, as draws.

    Args:
        plan: Inputs of the plan.
        inputs: Inputs of the projection.
        measures: Its draws (D, Y): demand, supply, replacement_demand.
        firms: Businesses in the base year and each forecast year (D, Y + 1), None where there are none.
        rng: Source of randomness.
    """
    filled = np.minimum(measures["demand"], measures["supply"])
    staff = np.concatenate([inputs.employed[:, None], filled], axis=1)
    there = np.concatenate([inputs.opening.sum(axis=1)[:, None], measures["supply"][:, :-1]], axis=1)
    leaving = np.clip(measures["replacement_demand"] / np.maximum(there, 1), 0, 1)
    found, rows = _further_training(plan.modules, staff, leaving, inputs)
    if plan.masters is not None and firms is not None:
        found = found | _masters(plan.masters, staff[:, 1:], firms[:, 1:])
        rows |= {("master", ALL, shown): found[measure] for shown, measure in MASTER_ROWS.items()}
    for leaders in plan.leaders:
        found = found | leader_measures(leaders, inputs, staff, rng)
        rows |= {
            ("technician", leaders.name, shown): found[f"{leaders.name}_{shown}"] for shown in LEADER_ROWS
        }
    return PlanDraws(found, rows, filled)


def added_plans(parts: Sequence[PlanDraws]) -> PlanDraws:
    """The plan of a region as the sum of its parts, draw by draw; only what all of them have.

    Args:
        parts: Plans of the same trade and years.
    """
    return PlanDraws(
        _total([part.measures for part in parts]),
        _total([part.rows for part in parts]),
        np.sum([part.staff for part in parts], axis=0),
    )


def _total(every: Sequence[Mapping[Key, FloatArray]]) -> dict[Key, FloatArray]:
    return {
        name: np.sum([one[name] for one in every], axis=0)
        for name in every[0]
        if all(name in one for one in every)
    }


def plan_result(
    drawn: PlanDraws, plan: PlanInputs, measures: Mapping[str, FloatArray], years: IntArray
) -> PlanResult:
    """Summarise a plan; what is a ratio is made from its sums: hours per worker, supply per demand.

    Args:
        drawn: The plan as draws.
        plan: Its limits and length of training.
        measures: Draws (D, Y) of the projection: demand, supply.
        years: Forecast years (Y,).
    """
    found, rows = dict(drawn.measures), dict(drawn.rows)
    if SKILL_MEASURES[0] in found:
        rows = _with_ratio(rows, found[SKILL_MEASURES[0]] / np.maximum(drawn.staff, 1))
    figures = [row for key, draws in rows.items() for row in figures_of(*key, years.tolist(), draws)]
    if np.all(measures["demand"] > 0):
        ratio = supply_ratio(measures["supply"], measures["demand"])
        found[OUTLOOK_MEASURES[0]] = ratio
        figures += outlook_figures(ratio, plan.limits, years, plan.training_years)
    return PlanResult(
        {name: summarise(draws, axis=0) for name, draws in found.items()},
        tuple(figures),
        {name: draws for name, draws in found.items() if name not in OUTLOOK_MEASURES},
    )


def _with_ratio(
    rows: Mapping[tuple[str, str, str], FloatArray], ratio: FloatArray
) -> dict[tuple[str, str, str], FloatArray]:
    """Rows with hours per worker behind those of the modules."""
    modules = {key: draws for key, draws in rows.items() if key[0] == MODULE}
    return {**modules, (MODULE, ALL, "hours_per_worker"): ratio, **rows}


def figures_of(
    kind: str, code: str, measure: str, years: Sequence[int], draws: FloatArray
) -> list[PlanFigure]:
    """Rows of the plan from draws (D, Y), one a year."""
    value, lower, upper = (summarise(draws, axis=0)[:, at] for at in (0, 3, 4))
    return [
        PlanFigure(kind, code, measure, int(year), float(value[y]), float(lower[y]), float(upper[y]))
        for y, year in enumerate(years)
    ]


def _further_training(
    modules: Mapping[str, ModuleDraws], staff: FloatArray, leaving: FloatArray, inputs: CellInputs
) -> tuple[dict[str, FloatArray], dict[tuple[str, str, str], FloatArray]]:
    """Hours and participations of all modules, and the rows of each."""
    hours, participants = np.zeros(leaving.shape), np.zeros(leaving.shape)
    rows: dict[tuple[str, str, str], FloatArray] = {}
    for code, module in modules.items():
        need = module_need(module, staff, leaving, inputs.base_year)
        hours, participants = hours + need.hours, participants + need.participants
        rows[(MODULE, code, "participants")] = need.participants
        rows[(MODULE, code, "hours")] = need.hours
    if not modules:
        return {}, rows
    return dict(zip(SKILL_MEASURES, (hours, participants), strict=True)), rows


def _masters(account: MasterAccount, staff: FloatArray, firms: FloatArray) -> dict[str, FloatArray]:
    """The account of masters beside the positions for them, each (D, Y)."""
    stock, demand = account.paths.masters.astype(np.float64), account.wanted(firms, staff)
    passed = account.inputs.examinations
    return {
        "masters": stock,
        "master_examinations": passed,
        "master_demand": demand,
        "master_gap": demand - stock,
        "master_course_places": passed / account.inputs.success[:, None],
        "possible_successors": account.successors,
    }


def outlook_figures(
    ratio: FloatArray, limits: FloatArray, years: IntArray, training_years: float
) -> list[PlanFigure]:
    """Outlook by start year: ratio in the year of the examination and the probability of each class.

    Args:
        ratio: Supply per demand (D, Y).
        limits: Upper limits of the classes.
        years: Forecast years (Y,).
        training_years: Length of training.
    """
    shares = class_probabilities(ratio, limits)
    rows: list[PlanFigure] = []
    for start in years.tolist():
        finish = finish_year(start, training_years)
        if finish > int(years[-1]):
            break
        at = finish - int(years[0])
        rows += figures_of("outlook", ALL, "outlook_ratio", [start], ratio[:, at : at + 1])
        rows += [
            PlanFigure("outlook", name, "probability", start, float(shares[c, at]), None, None)
            for c, name in enumerate(CLASSES)
        ]
    return rows
