"""The accounts asked at past years: opening stocks and figures known then, rolled forward, beside what came.

Everything published is cut at the day on which the stocks of the origin became public, then the same fit, the
same accounts and the same projection run as for a release. A law not yet announced on that day is not known.
Two things cannot be set back: the other assumptions under data/parameters are those of today, and where an
origin had nothing to show a spread with, the spread estimated today is lent to it. Means are never lent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.assemble import Assembled, assemble
from forecast.compute import Begun, begin_tasks
from forecast.domain.apprentices import training_lag
from forecast.domain.codes import ALL_TRADES
from forecast.domain.demand import base_demand, met_demand
from forecast.domain.harmonise import harmonise
from forecast.domain.panel import Panel
from forecast.errors import ModelError
from forecast.estimators.cell import CellTask
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.region import TradeState, group_figures
from forecast.fit import DISTRICT, LAND, Fitted, employee_years, fit
from forecast.inputs import Inputs, Settings
from forecast.origin_knowledge import Lent, share_spread, shares_55plus, unknown_laws, with_lent_shares
from forecast.projection import project_cell
from forecast.stats.draws import generator_for

FloatArray = NDArray[np.float64]
STOCKS: Final = "employees"
SEEKERS: Final = "unemployed_avg"
GROUPS: Final = "KldB-"
#: Quantities compared, in the order of the report.
QUANTITIES: Final = ("supply", "demand", "employed", "entrants", "gap")
RANGES: Final = (50, 80, 95)
#: What an origin may lack, as the report says it.
NO_SHARES: Final = "Anteil des Bezirks am Land: aus Beschäftigten, Streuung von heute"
NO_INFLOW: Final = "Nettozugang: Mittel null, Streuung von heute"
NO_GROWTH: Final = "Bedarf: Mittel unverändert, Streuung von heute; die Reihen waren zum Schätzen zu kurz"
#: Regions with stocks of their own; what is divided between the other districts was never counted.
COMPARED: Final = (DISTRICT, LAND)
Cell = tuple[str, str]
Paths = dict[str, FloatArray]
Asked = tuple[pd.DataFrame, tuple[str, ...]]  # rows of one past year, and what it had to borrow


@dataclass(frozen=True, slots=True)
class OriginYear:
    """One origin: everything a worker needs to look ahead from it and compare with what came."""

    year: int
    day: date
    last: int
    inputs: Inputs
    settings: Settings
    lent: Lent
    today: Mapping[Cell, TradeState]
    quantities: tuple[str, ...] = QUANTITIES
    ranges: bool = True


@dataclass(frozen=True, slots=True)
class BackCast:
    """All comparisons.

    Args:
        rows: One row per origin, region, trade, quantity and year: ``forecast, truth, naive`` as means over
            draws, ``pit`` = share of draws below the truth, ``in_50, in_80, in_95``. Trade ``*`` is the sum
            of a region.
        borrowed: Origin → what had to be lent to it, in German.
        refused: Origins that could not be computed, with the reason.
    """

    rows: pd.DataFrame
    borrowed: Mapping[int, tuple[str, ...]]
    refused: tuple[tuple[str, str], ...]


def back_cast(
    inputs: Inputs,
    settings: Settings,
    today: Assembled,
    fitted: Fitted,
    on_progress: Callable[[int, int], None] | None = None,
    origins: Sequence[int] | None = None,
    quantities: tuple[str, ...] = QUANTITIES,
    *,
    ranges: bool = True,
) -> BackCast:
    """Look ahead from every past year with stocks and compare with what came.

    Args:
        inputs: All figures of today; every origin cuts them at its own day.
        settings: Seed, draws and workers.
        today: The accounts of today, whose past says what came.
        fitted: What they were assembled from.
        on_progress: Called with (finished, total) origins.
        origins: Years to ask; without them every year with stocks but the last.
        quantities: What to compare.
        ranges: Whether to compare the ranges as well as the means.

    Raises:
        ModelError: No origin could be computed.
    """
    begun = begin_back_cast(inputs, settings, today, fitted, origins, quantities, ranges=ranges)
    return finish_back_cast(begun, on_progress)


def begin_back_cast(
    inputs: Inputs,
    settings: Settings,
    today: Assembled,
    fitted: Fitted,
    origins: Sequence[int] | None = None,
    quantities: tuple[str, ...] = QUANTITIES,
    *,
    ranges: bool = True,
) -> Begun[Asked]:
    """Let the past years be asked in other processes; arguments as for `back_cast`."""
    years = employee_years(inputs.panel, DISTRICT)
    last = int(years[-1])
    lent = Lent(
        inflow_spread=today.inflow_spread,
        share_sd=share_spread(fitted),
        one_year={
            cell: item.draws[:, 0] / item.draws[:, 0].mean() for cell, item in fitted.employees.items()
        },
        share_55plus=shares_55plus(inputs, settings, today, years),
    )
    stocks = inputs.printed.select(indicator=STOCKS, region=DISTRICT).frame
    stocks = stocks[stocks["trade"].str.startswith(GROUPS)]
    came = {cell: state for cell, state in today.states.items() if cell[0] in COMPARED}
    tasks = []
    for year in [int(year) for year in years[:-1]] if origins is None else origins:
        day = stocks.loc[stocks["year"] == year, "published"].max().date()
        tasks.append(
            (str(year), OriginYear(year, day, last, inputs, settings, lent, came, quantities, ranges))
        )
    return begin_tasks(run_origin_year, tasks, settings.workers)


def finish_back_cast(begun: Begun[Asked], on_progress: Callable[[int, int], None] | None = None) -> BackCast:
    """Wait for the past years and put them together; result and errors as for `back_cast`."""
    outcomes = begun.outcomes(on_progress)
    refused = [(one.key, one.failure.reason) for one in outcomes if one.failure is not None]
    asked = {int(one.key): one.value for one in outcomes if one.value is not None}
    if not asked:
        raise ModelError(
            "Kein Ursprungsjahr ließ sich zurückrechnen.", rows=[f"{year}: {why}" for year, why in refused]
        )
    rows = pd.concat([rows for rows, _ in asked.values()], ignore_index=True)
    return BackCast(rows, {year: lent for year, (_, lent) in asked.items()}, tuple(refused))


def run_origin_year(task: OriginYear) -> Asked:
    """Fit, assemble and project with what was known then; compare with the stocks of today's figures."""
    definitions = task.inputs.definitions
    panel = harmonise(task.inputs.printed.as_of(task.day), definitions.codes, definitions.indicators).panel
    if panel.select(indicator=SEEKERS).frame["year"].eq(task.year).sum() == 0:
        raise _incomplete(task.year)
    overrides = [
        {"name": "share_55plus", "key": {"group": group, "trade": trade}, "value": shares[task.year]}
        for (group, trade), shares in sorted(task.lent.share_55plus.items())
    ]
    overrides += unknown_laws(definitions.parameters, task.day, task.last)
    parameters = ParameterDraws(
        definitions.parameters.with_overrides(overrides), task.settings.seed, task.settings.draws
    )
    flat = employee_years(panel, DISTRICT).size < int(definitions.parameters.value("minimum_history"))
    with np.errstate(over="ignore" if flat else "warn"):
        fitted = fit(panel, definitions.codes, definitions.events, parameters, task.last)
    fitted, missing = with_lent_shares(fitted, task.lent.share_sd)
    borrowed: tuple[str, ...] = (NO_SHARES,) if missing else ()
    if flat:
        fitted = _without_growth(fitted, panel, task)
        borrowed = (*borrowed, NO_GROWTH)
    assembled = assemble(
        fitted, panel, definitions.codes, definitions.events, parameters, task.last,
        task.day.year + 1, task.lent.inflow_spread,
    )  # fmt: skip
    if not assembled.tasks:
        raise _incomplete(task.year)
    if not _knows_inflow(assembled):
        borrowed = (*borrowed, NO_INFLOW)
    return _compared(task, assembled), borrowed


def _incomplete(year: int) -> ModelError:
    return ModelError(
        "Der Anfangsbestand ist unvollständig: Arbeitslose oder offene Stellen nach Berufsgruppe fehlen.",
        where=str(year),
        expected="Beschäftigte, offene Stellen und Arbeitslose der Berufsgruppen",
        remedy="Die fehlenden Zahlen des Jahres einlesen.",
    )


def _compared(task: OriginYear, assembled: Assembled) -> pd.DataFrame:
    """Rows of all cells of one origin that exist in today's figures too, and of the sums of the regions."""
    rows: list[dict[str, object]] = []
    sums: dict[str, tuple[Paths, Paths, Paths]] = {}
    for job in assembled.tasks:
        cell = (job.region, job.trade)
        came = task.today.get(cell)
        if came is None or job.region not in COMPARED:
            continue
        said = _said(job)
        truth = _came(came, job)
        naive = _unchanged(job, assembled.states[cell])
        rows.extend(_rows(task, cell, job, said, truth, naive))
        total = sums.setdefault(job.region, ({}, {}, {}))
        for paths, part in zip(total, (said, truth, naive), strict=True):
            for name, values in part.items():
                paths[name] = paths.get(name, 0) + values
    for region, (said, truth, naive) in sums.items():
        job = next(job for job in assembled.tasks if job.region == region)
        rows.extend(_rows(task, (region, ALL_TRADES), job, said, truth, naive))
    return pd.DataFrame(rows)


def _said(job: CellTask) -> Paths:
    """What the accounts of the origin say, each (D, Y)."""
    rng = generator_for(job.seed, "projection", job.region, job.trade)
    measures = project_cell(job.inputs, rng).measures
    said = {name: np.asarray(measures[name], dtype=np.float64) for name in QUANTITIES if name in measures}
    base = base_demand(job.inputs.employed, job.inputs.vacancies)
    opening = job.inputs.opening.sum(axis=1).astype(np.float64)
    said["employed"] = met_demand(said["demand"], said["supply"], job.inputs.employed, base, opening)
    return said


def _came(state: TradeState, job: CellTask) -> Paths:
    """What came, draw by draw, each (D, Y): today's stocks as growth since the origin on its opening stock.

    `truth[t] = opening · today[t] / today[origin]`: shares of a group, coverage and reporting rates are the
    same unknowns in both and cancel; what is compared is the movement. Entrants are those that the contracts
    counted by today give; gap = demand − supply.
    """
    inputs = job.inputs
    at = np.searchsorted(state.years, np.concatenate([[inputs.base_year], inputs.years]))
    stock = (state.skilled + state.job_seekers)[:, at]
    wanted = (state.skilled + state.vacancies)[:, at]
    supply = inputs.opening.sum(axis=1)[:, None] * stock[:, 1:] / stock[:, :1]
    base = base_demand(inputs.employed, inputs.vacancies)
    demand = base[:, None] * wanted[:, 1:] / wanted[:, :1]
    worked = inputs.employed[:, None] * state.skilled[:, at[1:]] / state.skilled[:, at[:1]]
    entered = state.entrants[:, :, np.searchsorted(state.out_years, inputs.years)].sum(axis=1)
    return {
        "supply": supply, "demand": demand, "employed": worked, "entrants": entered, "gap": demand - supply,
    }  # fmt: skip


def _unchanged(job: CellTask, state: TradeState) -> Paths:
    """The last value for ever, each (D, Y); entrants only where every cohort of the origin was counted."""
    inputs = job.inputs
    supply = inputs.opening.sum(axis=1).astype(np.float64)
    demand = base_demand(inputs.employed, inputs.vacancies)
    entered = state.entrants[:, :, state.out_years == inputs.base_year].sum(axis=(1, 2))
    if int(state.path.years[0]) + training_lag(state.pipeline.training_years) + 1 > inputs.base_year:
        entered = np.full_like(entered, np.nan)
    last = {
        "supply": supply, "demand": demand, "employed": inputs.employed, "entrants": entered,
        "gap": demand - supply,
    }  # fmt: skip
    return {name: np.repeat(value[:, None], inputs.years.size, axis=1) for name, value in last.items()}


def _rows(
    task: OriginYear, cell: Cell, job: CellTask, said: Paths, truth: Paths, naive: Paths
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name in task.quantities:
        error = said[name] - truth[name]
        for step, year in enumerate(job.inputs.years.tolist()):
            one = error[:, step]
            if not np.isfinite(one).all():
                continue
            row: dict[str, object] = {
                "origin": task.year, "region": cell[0], "trade": cell[1], "quantity": name, "year": year,
                "horizon": year - task.year, "forecast": float(said[name][:, step].mean()),
                "truth": float(truth[name][:, step].mean()), "naive": float(naive[name][:, step].mean()),
            }  # fmt: skip
            rows.append(row | _ranges(said[name][:, step], one) if task.ranges else row)
    return rows


def _ranges(said: FloatArray, error: FloatArray) -> dict[str, object]:
    """Where the truth stands in what was said (D,), by the error of every draw (D,)."""
    low, high = np.quantile(said, [0.1, 0.9])
    found: dict[str, object] = {
        "pit": float((error < 0).mean() + (error == 0).mean() / 2), "lower_80": float(low),
        "upper_80": float(high),
    }  # fmt: skip
    for promised in RANGES:
        tail = (1 - promised / 100) / 2
        low, high = np.quantile(error, [tail, 1 - tail])
        found[f"in_{promised}"] = bool(low <= 0 <= high)
    return found


def _without_growth(fitted: Fitted, panel: Panel, task: OriginYear) -> Fitted:
    """Employees and open places stay as they are in the mean: with so few years there is no growth to learn.

    Every year ahead takes the spread of one year of today, in an order of the draws that all series share:
    what belongs together today does then, and years are independent.
    """
    employees = {}
    for (region, group), item in fitted.employees.items():
        years = employee_years(panel, region)
        codes, events = task.inputs.definitions.codes, task.inputs.definitions.events
        figures = group_figures(panel, codes, events, group, region, years)
        if figures is not None:
            error = task.lent.one_year.get((region, group), np.ones(len(item.draws)))
            orders = [
                generator_for(task.settings.seed, "lent_year", str(year)).permutation(error.size)
                for year in item.years
            ]
            paths = np.cumprod(error[np.stack(orders, axis=1)], axis=1)
            paths = figures.employees[-1] * paths / paths.mean(axis=0)
            employees[(region, group)] = replace(item, draws=paths)
    return replace(fitted, employees=employees, vacancies={})


def _knows_inflow(assembled: Assembled) -> bool:
    """Whether one cell at least has two past years with every cohort of entrants known."""
    years = [
        int((state.years >= int(state.path.years[0]) + training_lag(state.pipeline.training_years)).sum()) - 1
        for state in assembled.states.values()
    ]
    return max(years, default=0) > 1
