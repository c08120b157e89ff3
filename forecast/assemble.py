"""From fitted series and parameters to one task a cell: contracts, past workforce, inflow, owners."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from forecast.contract_draws import apprentice_shares, contract_paths, district_share_draws
from forecast.demand_paths import Demand, demand_of
from forecast.district_split import DISTRICTS, OTHERS, DistrictSplit, divided, split_of
from forecast.districts import (
    divided_paths,
    has_own_firms,
    land_as_sum,
    land_task,
    other_districts,
    with_rest,
)
from forecast.domain.apprentices import TrainingPipeline
from forecast.domain.codes import CodeList
from forecast.domain.panel import Panel
from forecast.domain.parameters import ParameterSet
from forecast.domain.provenance import Event
from forecast.domain.workforce import CRAFT_LEAVERS
from forecast.estimators.ages import entry_profile
from forecast.estimators.cell import CellTask, cell_inputs
from forecast.estimators.closures import successions_of, with_capacity
from forecast.estimators.contracts_path import ContractPath, is_small
from forecast.estimators.handover import Succession
from forecast.estimators.inflow import inflow_path
from forecast.estimators.inflow_parts import known_inflow
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.region import TradeState, trade_figures, trade_state
from forecast.estimators.transitions import training_pipeline
from forecast.estimators.working_time import owner_hours, working_time_of
from forecast.fit import DISTRICT, LAND, Fitted, employee_years
from forecast.past_flows import Outflow, inflow_of, learned_inflow, leaving_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Cell = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Assembled:
    """Everything between the fitted series and the projection.

    Args:
        ages: Single years of age (A,).
        horizon: Forecast years (Y,).
        paths: New contracts by (region, trade).
        shares: Share of the district in the Land's new contracts as draws (D,) by trade.
        pipelines: Transition rates of the training by trade.
        states: Past and base-year workforce by (region, trade).
        tasks: One projection task a cell.
        inflow_spread: Year-to-year spread of the net inflow per head; not a number without a cell.
        apprentice_shares: Share of every district in the Land's apprentices (D,) by (region, trade).
        split: How the rest of the Land is divided between the other districts, None where it is not.
    """

    ages: IntArray
    horizon: IntArray
    paths: Mapping[Cell, ContractPath]
    shares: Mapping[str, FloatArray]
    pipelines: Mapping[str, TrainingPipeline]
    states: Mapping[Cell, TradeState]
    tasks: tuple[CellTask, ...]
    inflow_spread: float
    apprentice_shares: Mapping[Cell, FloatArray] = field(default_factory=dict)
    split: DistrictSplit | None = None

    @property
    def base_year(self) -> int:
        """Last year with observed stocks."""
        return int(self.horizon[0]) - 1

    def share_of(self, cell: Cell) -> FloatArray:
        """Share of a region in the Land's apprentices of a trade (D,); one where it is no district."""
        region, trade = cell
        if region not in DISTRICTS:
            return np.ones(self.paths[cell].draws.shape[0])
        return self.apprentice_shares[cell] if cell in self.apprentice_shares else self.shares[trade]


def apprentices_in(region: str, fitted: Fitted, panel: Panel, codes: CodeList) -> dict[str, dict[int, float]]:
    """Stock of apprentices by trade and year: published for the Land, by share for the district."""
    stocks: dict[str, dict[int, float]] = {}
    for trade in fitted.shares:
        series = panel.series("apprentices", trade, LAND)
        share = 1.0 if region == LAND else float(np.exp(fitted.shares[trade].log_mean))
        if series.years.size and np.isfinite(share):
            stocks[trade] = {
                int(y): float(v) * share for y, v in zip(series.years, series.values, strict=True)
            }
    return stocks


def staff_per_apprentice(trades: Iterable[str], values: ParameterSet) -> dict[str, float]:
    """Typical weight of every trade's apprentices when an occupation group is divided among its trades."""
    return {trade: values.value("staff_per_apprentice", trade=trade) for trade in trades}


def states_of(
    region: str,
    fitted: Fitted,
    panel: Panel,
    codes: CodeList,
    events: Sequence[Event],
    parameters: ParameterDraws,
    paths: Mapping[Cell, ContractPath],
    pipelines: Mapping[str, TrainingPipeline],
    horizon: IntArray,
) -> dict[Cell, TradeState]:
    """Past and base-year workforce of every trade of a region whose occupation groups are published."""
    years = employee_years(panel, region)
    recent = int(parameters.parameters.value("recent_years"))
    stocks = apprentices_in(region, fitted, panel, codes)
    staff = {trade: parameters.draw("staff_per_apprentice", trade=trade) for trade in stocks}
    typical = staff_per_apprentice(stocks, parameters.parameters)
    figures = trade_figures(panel, codes, events, region, stocks, years, recent, staff, typical)
    states: dict[Cell, TradeState] = {}
    for trade, figure in figures.items():
        pipeline = pipelines.get(trade)
        path = paths.get((region, trade))
        if pipeline is not None and path is not None:
            out_years = np.concatenate([years, horizon])
            states[(region, trade)] = trade_state(
                codes.trades[trade], figure, path, pipeline, parameters, out_years
            )
    return states


def pipelines_of(
    cells: Iterable[Cell], codes: CodeList, parameters: ParameterDraws
) -> dict[str, TrainingPipeline]:
    """Transition rates of every trade with contracts whose length of training is known."""
    found = {
        trade: training_pipeline(codes.trades[trade], parameters)
        for trade in sorted({trade for _, trade in cells})
    }
    return {trade: pipeline for trade, pipeline in found.items() if pipeline is not None}


def known_states(
    fitted: Fitted,
    panel: Panel,
    codes: CodeList,
    events: Sequence[Event],
    parameters: ParameterDraws,
    paths: Mapping[Cell, ContractPath],
    pipelines: Mapping[str, TrainingPipeline],
    horizon: IntArray,
) -> dict[Cell, TradeState]:
    """Cells of the regions with published stocks whose job seekers of the base year are known."""
    found: dict[Cell, TradeState] = {}
    for region in (DISTRICT, LAND):
        found |= states_of(region, fitted, panel, codes, events, parameters, paths, pipelines, horizon)
    return {cell: state for cell, state in found.items() if np.isfinite(state.job_seekers[:, -1]).all()}


def assemble(
    fitted: Fitted, panel: Panel, codes: CodeList, events: Sequence[Event], parameters: ParameterDraws,
    horizon_year: int, first_start: int, inflow_spread: float | None = None, owners_to: int = 0,
) -> Assembled:  # fmt: skip
    """Build the projection task of every cell of the districts and the Land, which is their sum.

    Args:
        fitted: Fitted series and shares.
        panel: Observed figures, harmonised to trades.
        codes: Code lists.
        events: Events the estimators must use.
        parameters: Parameter draws.
        horizon_year: Last forecast year.
        first_start: First start year that a decision of today can influence.
        inflow_spread: Year-to-year spread of the net inflow where the past is too short to show one.
        owners_to: Last year of owners and masters where it lies beyond the last forecast year.
    """
    values = parameters.parameters
    ages = np.arange(int(values.value("first_age")), int(values.value("last_age")) + 1)
    base = int(employee_years(panel, DISTRICT)[-1])
    horizon = np.arange(base + 1, horizon_year + 1)
    shares = district_share_draws(fitted, parameters)
    paths = contract_paths(fitted, panel, codes, parameters, shares)
    split = split_of(panel, codes, events, fitted, int(values.value("recent_years")))
    pieces = divided(split, shares, horizon.size, parameters)
    paths |= divided_paths(paths, pieces)
    limit = values.value("small_trade")
    paths = {cell: replace(path, small=is_small(path, base, limit)) for cell, path in paths.items()}
    pipelines = pipelines_of(paths, codes, parameters)
    known = known_states(fitted, panel, codes, events, parameters, paths, pipelines, horizon)
    later = np.arange(base + 1, max(horizon_year, owners_to) + 1)
    leaving = leaving_of(known, panel, codes, ages, later, parameters)
    demand = {cell: demand_of(state, fitted, codes, horizon, parameters) for cell, state in known.items()}
    found = other_districts(known, pieces, paths, demand, with_rest(fitted), codes, horizon, parameters)
    states, demand = found.states, found.demand
    leaving |= {cell: leaving[(LAND, cell[1])] for cell in states if cell[0] in OTHERS}
    longer = _successions(states, found.trades, leaving, panel, ages, later, parameters)
    succession = {cell: one.until(horizon.size) for cell, one in longer.items()}
    leaving = {cell: one.until(horizon.size) for cell, one in leaving.items()}
    states |= {cell: with_capacity(states[cell], one.capacity, horizon) for cell, one in succession.items()}
    states, succession = land_as_sum(states, succession, found.trades, horizon, parameters)
    paths |= {cell: states[cell].path for cell in states}
    learned = learned_inflow(states, tuple(known), leaving, succession, inflow_spread, values)
    tasks: dict[Cell, CellTask] = {}
    for cell, state in states.items():
        if cell[0] == LAND and cell[1] in found.trades:
            parts = [tasks[(region, cell[1])] for region in DISTRICTS]
            tasks[cell] = land_task(parts, succession.get(cell))
            continue
        inflow = inflow_of(cell, learned, states, horizon, parameters)
        tasks[cell] = _task(
            state, codes, ages, horizon, first_start, leaving[cell], demand[cell], inflow,
            succession.get(cell), parameters,
        )  # fmt: skip
    spread = next((one.spread for one in learned.pooled.values()), float("nan"))
    trained = apprentice_shares(paths, pipelines)
    return Assembled(
        ages, horizon, paths, shares, pipelines, states, tuple(tasks.values()), spread, trained, split
    )


def _successions(
    states: Mapping[Cell, TradeState], summed: frozenset[str], leaving: Mapping[Cell, Outflow], panel: Panel,
    ages: IntArray, years: IntArray, parameters: ParameterDraws,
) -> dict[Cell, Succession]:  # fmt: skip
    """Owners and masters of every region that is not the sum of others, in these years."""
    found: dict[Cell, Succession] = {}
    for region in dict.fromkeys(region for region, _ in states):
        if has_own_firms(region, states, found, summed):
            found |= successions_of(region, states, leaving, panel, ages, years, parameters)
    return found


def _task(
    state: TradeState,
    codes: CodeList,
    ages: IntArray,
    horizon: IntArray,
    first_start: int,
    leaving: Outflow,
    demand: Demand,
    inflow: tuple[FloatArray, FloatArray],
    succession: Succession | None,
    parameters: ParameterDraws,
) -> CellTask:
    trade = state.trade
    weights = {link.occupation_group: link.weight for link in codes.links_of(trade.code)}
    time = working_time_of(weights, horizon - int(state.years[-1]), parameters)
    mean, yearly = inflow
    growth, needed = demand
    starts = np.arange(first_start, int(horizon[-1]) + 1)
    planned = state.path.draws[:, np.isin(state.path.years, starts)]
    inputs = cell_inputs(
        state,
        horizon=horizon,
        ages=ages,
        profile=leaving.profile,
        entry_profile=entry_profile(ages, parameters),
        hazards=leaving.hazards,
        growth=needed,
        jobs_lost=None if succession is None else succession.jobs_lost,
        inflow=inflow_path(mean, yearly, growth, parameters.draw("inflow_response")),
        inflow_parts=known_inflow(leaving.profile, leaving.hazards[CRAFT_LEAVERS], trade.group, parameters),
        seed=parameters.seed,
    )
    return CellTask(
        region=state.region,
        trade=trade.code,
        inputs=inputs,
        pipeline=state.pipeline,
        planned=planned,
        start_years=starts,
        least_cohorts=int(parameters.parameters.value("least_cohorts")),
        contracts=state.path.draws[:, np.isin(state.path.years, horizon)],
        time=time,
        succession=succession,
        owner_hours=owner_hours(parameters),
        craft_share=parameters.draw("craft_share", trade=trade.code),
        seed=parameters.seed,
    )
