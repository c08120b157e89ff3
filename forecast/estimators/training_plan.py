"""The training plan of one cell: further training, masters, outlook; its inputs as draws and its results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.domain.apprentices import TrainingPipeline, contracts_begun, graduates, training_lag
from forecast.domain.masters import (
    MASTER_EXITS,
    entry_ages,
    lag_kernel,
    master_examinations,
    positions,
    possible_successors,
    project_masters,
)
from forecast.domain.outlook import CLASSES, class_probabilities, finish_year, supply_ratio
from forecast.domain.skills import ModuleDraws, SkillModule, core_hours, module_need
from forecast.domain.workforce import RETIREMENTS, whole_numbers
from forecast.estimators.contracts_path import ContractPath
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.projection import CellInputs
from forecast.stats.draws import summarise

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SKILL_MEASURES = ("further_training_hours", "further_training_participants")
MASTER_MEASURES = ("masters", "master_examinations", "master_demand", "master_gap", "master_course_places")
OUTLOOK_MEASURES = ("outlook_ratio",)
ALL = "*"


@dataclass(frozen=True, slots=True)
class PlanFigure:
    """One row of the training plan: a value with its 80 % range.

    Args:
        kind: module, master or outlook.
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
    """

    statistics: Mapping[str, FloatArray]
    figures: tuple[PlanFigure, ...]


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
        ages_of_owners: Ages of owners (A,).
        owner_exit: Share of owners who give up within the year, by age (A,).
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
class PlanInputs:
    """What the training plan of one cell needs beside its projection.

    Args:
        modules: Perishable modules of the trade.
        masters: Inputs of the account of masters, None for trades without businesses of their own.
        limits: Upper limits of the classes of the outlook.
        training_years: Length of training.
    """

    modules: Mapping[str, ModuleDraws]
    masters: MasterInputs | None
    limits: FloatArray
    training_years: float


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


def journeymen_before(
    path: ContractPath, pipeline: TrainingPipeline, horizon: IntArray, parameters: ParameterDraws
) -> FloatArray:
    """Journeymen by year of examination up to the horizon (D, T), with enough earlier years for the lag.

    Years before the first complete one: mean of the first known years times `earlier_graduates`.
    """
    values = parameters.parameters
    first = int(path.years[0]) + training_lag(pipeline.training_years) + 1
    years = np.arange(first, int(horizon[-1]) + 1)
    known = graduates(contracts_begun(path.draws, pipeline.dissolution), path.years, years, pipeline).sum(1)
    head = known[:, : int(values.value("earlier_graduates_years"))].mean(axis=1)
    missing = max(first - int(horizon[0]) + int(values.value("master_lag_longest")), 0)
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
        owner_ages: Ages of owners (A,).
        owner_exit: Share of owners who give up within the year, by age (A,).
        parameters: Parameter draws.
    """
    p, values = parameters, parameters.parameters
    kernel = lag_kernel(
        p.draw("master_lag"), p.draw("master_lag_spread"), int(values.value("master_lag_longest"))
    )
    passed = master_examinations(
        journeymen_before(path, pipeline, horizon, p), p.draw("master_share"), kernel
    )
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


def plan_cell(
    plan: PlanInputs,
    inputs: CellInputs,
    measures: Mapping[str, FloatArray],
    firms: FloatArray | None,
    rng: np.random.Generator,
) -> PlanResult:
    """Further training, masters and outlook of a projected cell.

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
    found, figures = _further_training(plan.modules, staff, leaving, inputs)
    if plan.masters is not None and firms is not None:
        more, rows = _masters(plan.masters, inputs, staff, firms, rng)
        found, figures = found | more, figures + rows
    if np.all(measures["demand"] > 0):
        ratio = supply_ratio(measures["supply"], measures["demand"])
        found = found | {"outlook_ratio": ratio}
        figures = figures + outlook_figures(ratio, plan.limits, inputs.years, plan.training_years)
    return PlanResult({name: summarise(draws, axis=0) for name, draws in found.items()}, tuple(figures))


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
) -> tuple[dict[str, FloatArray], list[PlanFigure]]:
    """Hours and participations of all modules, and the rows of each."""
    years = inputs.years.tolist()
    hours, participants = np.zeros(leaving.shape), np.zeros(leaving.shape)
    rows: list[PlanFigure] = []
    for code, module in modules.items():
        need = module_need(module, staff, leaving, inputs.base_year)
        hours, participants = hours + need.hours, participants + need.participants
        rows += figures_of("module", code, "participants", years, need.participants)
        rows += figures_of("module", code, "hours", years, need.hours)
    if not modules:
        return {}, rows
    rows += figures_of("module", ALL, "hours_per_worker", years, hours / np.maximum(staff[:, 1:], 1))
    return dict(zip(SKILL_MEASURES, (hours, participants), strict=True)), rows


def _masters(
    masters: MasterInputs, inputs: CellInputs, staff: FloatArray, firms: FloatArray, rng: np.random.Generator
) -> tuple[dict[str, FloatArray], list[PlanFigure]]:
    """The account of masters, and who could take over a business."""
    wanted = positions(firms, staff, masters.per_firm, masters.staff_share)
    owning, employed = master_ages(masters, inputs, wanted[:, 0], firms[:, 0])
    profile = (owning + employed) / (owning + employed).sum()
    opening = rng.multinomial(whole_numbers(wanted[:, 0] * (1 - masters.unfilled), rng), profile)
    share = np.divide(owning, owning + employed, out=np.zeros_like(owning), where=owning + employed > 0)
    hazards = tuple(_master_hazards(masters, inputs, share, step) for step in range(len(inputs.years)))
    paths = project_masters(opening, hazards, masters.examinations, masters.stay, masters.ages_of_new, rng)
    successors = possible_successors(
        paths.by_age,
        firms[:, 1:] * np.minimum(masters.per_firm, 1)[:, None],
        inputs.ages,
        masters.takeover_ages,
        masters.interest,
    )
    stock, demand = paths.masters.astype(np.float64), wanted[:, 1:]
    found = {
        "masters": stock,
        "master_examinations": masters.examinations,
        "master_demand": demand,
        "master_gap": demand - stock,
        "master_course_places": masters.examinations / masters.success[:, None],
    }
    return found, figures_of("master", ALL, "possible_successors", inputs.years.tolist(), successors)


def master_ages(
    masters: MasterInputs, inputs: CellInputs, wanted: FloatArray, firms: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Masters wanted by age in the base year: at the head of a business and employed, each (A,).

    Employed masters have the ages of the skilled workers, weighted with the share of later masters who have
    passed by that age.

    Args:
        masters: Inputs of the account.
        inputs: Inputs of the projection.
        wanted: Positions in the base year (D,).
        firms: Businesses in the base year (D,).
    """
    heads = float((firms * masters.per_firm).mean())
    staff = inputs.opening.mean(axis=0) * np.cumsum(masters.ages_of_new)
    employed = max(float(wanted.mean()) - heads, 0) * staff / max(float(staff.sum()), 1)
    owning = heads * masters.ages_of_owners
    if (owning + employed).sum() > 0:
        return owning, employed
    return owning, masters.ages_of_new


def _master_hazards(
    masters: MasterInputs, inputs: CellInputs, owning: FloatArray, step: int
) -> dict[str, FloatArray]:
    """Exit probabilities of masters in one year: those of employees, and of owners for the share who own."""
    hazards = {cause: inputs.hazard(cause, step) * (1 - owning) for cause in MASTER_EXITS}
    hazards[RETIREMENTS] = hazards[RETIREMENTS] + owning * masters.owner_exit
    return hazards


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
