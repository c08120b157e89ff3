"""Technicians, and industrial masters in industrial occupations: who leads without an own firm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.domain.apprentices import TrainingPipeline
from forecast.domain.masters import (
    MASTER_EXITS,
    entry_ages,
    lag_kernel,
    master_examinations,
    project_masters,
)
from forecast.domain.technicians import course_entrants, course_places
from forecast.domain.workforce import whole_numbers
from forecast.estimators.contracts_path import ContractPath
from forecast.estimators.master_account import journeymen_before
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.projection import CellInputs

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TECHNICIAN_MEASURES = (
    "technicians", "technician_examinations", "technician_demand", "technician_gap", "technician_entrants",
    "technician_places",
)  # fmt: skip
INDUSTRIAL_MEASURES = (
    "industrial_masters", "industrial_master_examinations", "industrial_master_demand",
    "industrial_master_gap", "industrial_master_entrants", "industrial_master_places",
)  # fmt: skip
TECHNICIAN, INDUSTRIAL_MASTER = "technician", "industrial_master"
INDUSTRY = "industry"


@dataclass(frozen=True, slots=True, eq=False)
class LeaderInputs:
    """What the account of one further qualification needs, as draws.

    Args:
        name: technician or industrial_master: the beginning of its measures.
        examinations: Examinations passed in the forecast years and those of a course beyond (D, Y + L).
        course_years: Length L of the course.
        success: Share of those who start and pass (D,).
        stay: Share of the new ones who stay in occupation and region (D,).
        staff_share: Positions per skilled worker (D,).
        unfilled: Share of the positions unfilled in the base year (D,).
        ages_of_new: Ages of the new ones (A,).
    """

    name: str
    examinations: FloatArray
    course_years: int
    success: FloatArray
    stay: FloatArray
    staff_share: FloatArray
    unfilled: FloatArray
    ages_of_new: FloatArray


def leader_inputs(
    sector: str,
    path: ContractPath,
    pipeline: TrainingPipeline,
    horizon: IntArray,
    journeymen_ages: FloatArray,
    parameters: ParameterDraws,
) -> tuple[LeaderInputs, ...]:
    """Inputs of the accounts of one trade: technicians, and industrial masters where there is no craft.

    Args:
        sector: craft or industry.
        path: New contracts.
        pipeline: Transition rates of the training.
        horizon: Forecast years (Y,).
        journeymen_ages: Ages of new journeymen (A,).
        parameters: Parameter draws.
    """
    p = parameters
    technician = _leader_inputs(
        TECHNICIAN, p.draw("technician_share", sector=sector), "technician_stay",
        "technician_course_success", p.draw("technician_staff_share", sector=sector), "technician_unfilled",
        (path, pipeline, horizon, journeymen_ages), p,
    )  # fmt: skip
    if sector != INDUSTRY:
        return (technician,)
    industrial = _leader_inputs(
        INDUSTRIAL_MASTER, p.draw("industrial_master_share"), "master_stay", "master_course_success",
        p.draw("industrial_master_staff_share"), "master_unfilled",
        (path, pipeline, horizon, journeymen_ages), p,
    )  # fmt: skip
    return technician, industrial


def _leader_inputs(
    name: str,
    share: FloatArray,
    stay: str,
    success: str,
    staff_share: FloatArray,
    unfilled: str,
    trained: tuple[ContractPath, TrainingPipeline, IntArray, FloatArray],
    parameters: ParameterDraws,
) -> LeaderInputs:
    path, pipeline, horizon, journeymen_ages = trained
    values = parameters.parameters
    years = int(values.value(f"{name}_course_years"))
    kernel = lag_kernel(
        parameters.draw(f"{name}_lag"),
        parameters.draw(f"{name}_lag_spread"),
        int(values.value("master_lag_longest")),
    )
    # an examination of a year beyond the horizon was prepared by journeymen of known or forecast years
    until = int(horizon[-1]) + years
    journeymen = journeymen_before(path, pipeline, until, int(horizon[0]), parameters)
    passed = master_examinations(journeymen, share, kernel)
    return LeaderInputs(
        name=name,
        examinations=passed[:, -(horizon.size + years) :],
        course_years=years,
        success=parameters.draw(success),
        stay=parameters.draw(stay),
        staff_share=staff_share,
        unfilled=parameters.draw(unfilled),
        ages_of_new=entry_ages(journeymen_ages, kernel),
    )


def leader_measures(
    leaders: LeaderInputs, inputs: CellInputs, staff: FloatArray, rng: np.random.Generator
) -> dict[str, FloatArray]:
    """Stock, examinations, positions, gap, entrants and places in use, each (D, Y).

    `positions = staff · share`; the stock of the base year is what of them is filled, at the ages of the
    skilled workers weighted with the share who have passed by that age.

    Args:
        leaders: Inputs of the account.
        inputs: Inputs of the projection.
        staff: Skilled workers in work in the base year and each forecast year (D, Y + 1).
        rng: Source of randomness.
    """
    wanted = staff * leaders.staff_share[:, None]
    weight = inputs.opening.mean(axis=0) * np.cumsum(leaders.ages_of_new)
    profile = weight / weight.sum() if weight.sum() > 0 else leaders.ages_of_new
    opening = rng.multinomial(whole_numbers(wanted[:, 0] * (1 - leaders.unfilled), rng), profile)
    hazards = tuple(
        {cause: inputs.hazard(cause, step) for cause in MASTER_EXITS} for step in range(len(inputs.years))
    )
    passed = leaders.examinations[:, : len(inputs.years)]
    paths = project_masters(opening, hazards, passed, leaders.stay, leaders.ages_of_new, rng)
    stock = paths.masters.astype(np.float64)
    name, ahead = leaders.name, (leaders.examinations, leaders.success, leaders.course_years)
    return {
        f"{name}s": stock,
        f"{name}_examinations": passed,
        f"{name}_demand": wanted[:, 1:],
        f"{name}_gap": wanted[:, 1:] - stock,
        f"{name}_entrants": course_entrants(*ahead),
        f"{name}_places": course_places(*ahead),
    }
