"""Every cell of a release rolled forward, and what is written meanwhile because no draw changes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forecast.assemble import Assembled, Cell
from forecast.checks_document import checks_document
from forecast.compute import begin_tasks
from forecast.domain.staying import StayCurve
from forecast.errors import ModelError
from forecast.estimators.cell import CellSummary, CellTask, run_together
from forecast.estimators.staying import craft_stay
from forecast.fit import Fitted
from forecast.inputs import Inputs, Settings
from forecast.progress import Report
from forecast.release import HORIZON, derivations_of
from forecast.sources.checks import read_checks
from forecast.stay_cells import STAY_YEARS
from forecast.trained import Trained, trained_of
from forecast.world_checks import World


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a release says that no draw of the projection changes.

    Args:
        stay: Where journeymen work after the examination.
        ways: What comes of the new contracts of every trade and region.
        derivations: How the items of every explained cell were made.
        checks: Published facts beside what the model says.
    """

    stay: StayCurve
    ways: Mapping[Cell, Trained]
    derivations: Mapping[str, Any]
    checks: Mapping[str, Any]


def draft(inputs: Inputs, assembled: Assembled, fitted: Fitted, settings: Settings) -> Drafted:
    """Write what needs no projection; other processes draw meanwhile."""
    parameters, definitions = inputs.draws(settings), inputs.definitions
    stay = craft_stay(parameters, STAY_YEARS)
    facts = read_checks(settings.data_root, definitions.codes, definitions.sources)
    return Drafted(
        stay=stay,
        ways=trained_of(assembled, inputs.panel, stay),
        derivations=derivations_of(inputs, assembled, fitted),
        checks=checks_document(World(inputs, parameters, assembled), facts),
    )


def project(
    assembled: Assembled, settings: Settings, report: Report, meanwhile: Callable[[], Drafted]
) -> tuple[list[CellSummary], Drafted]:
    """Roll every cell forward; the number of workers does not change a byte.

    Args:
        assembled: One task a cell.
        settings: Draws and workers.
        report: Where the step is shown.
        meanwhile: What this process does while others draw.

    Raises:
        ModelError: A cell could not be projected.
    """
    with report.step("Bestände fortschreiben") as step:
        together = trade_tasks(assembled.tasks)
        begun = begin_tasks(run_together, list(together.items()), settings.workers)
        drafted = meanwhile()
        outcomes = begun.outcomes(step.reached)
        failed = [outcome.failure for outcome in outcomes if outcome.failure is not None]
        if failed:
            raise ModelError(
                f"{len(failed)} Zellen ließen sich nicht fortschreiben.",
                remedy="Der Entwicklung melden.",
                rows=[f"{failure.key}: {failure.reason}" for failure in failed],
            )
        found = {
            (one.region, one.trade): one
            for outcome in outcomes
            for one in (() if outcome.value is None else outcome.value)
        }
        step.done(f"{len(found)} Zellen (Gewerk × Region), {settings.draws} Ziehungen bis {HORIZON}")
    return [found[(task.region, task.trade)] for task in assembled.tasks], drafted


def trade_tasks(tasks: Sequence[CellTask]) -> dict[str, tuple[CellTask, ...]]:
    """Cells of one trade together, parts before the region they make."""
    found: dict[str, list[CellTask]] = {}
    for task in sorted(tasks, key=lambda task: bool(task.parts)):
        found.setdefault(task.trade, []).append(task)
    return {trade: tuple(cells) for trade, cells in found.items()}
