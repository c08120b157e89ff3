"""The matrix of every district of the Land, and the Land as their sum.

The published district keeps its own accounts. The others share what it leaves of the Land (`district_split`).
Stocks, contracts, demand, every flow, masters, further training and the training need of the Land are the sum
of its districts, draw by draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecast.coherent import SeriesDraws
from forecast.demand_paths import Demand, demand_of
from forecast.district_split import DISTRICTS, OTHERS, REST, TradeSplit, expit, logit
from forecast.domain.codes import CodeList
from forecast.domain.succession import OwnerPaths
from forecast.domain.workforce import JOBS_LOST_CLOSURES
from forecast.estimators.cell import CellTask
from forecast.estimators.contracts_path import ContractPath
from forecast.estimators.handover import Succession
from forecast.estimators.inflow import PooledInflow
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.region import TradeState, shortage_today
from forecast.fit import DISTRICT, LAND, Fitted
from forecast.projection import CellInputs

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Cell = tuple[str, str]
CRAFT = "craft"
_TINY = float(np.finfo(np.float64).tiny)
_PATHS = (
    "owners_leaving", "successions_due", "postponed", "handovers", "closures", "foundings", "young_closures",
    "owners", "owners_before",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Divided:
    """States and demand of all regions, districts before the Land.

    Args:
        states: Published and divided cells.
        demand: Employment and demand relative to the base year of every cell that is no sum.
        trades: Trades whose Land is the sum of its districts.
    """

    states: dict[Cell, TradeState]
    demand: dict[Cell, Demand]
    trades: frozenset[str]


def divided_paths(
    paths: Mapping[Cell, ContractPath], pieces: Mapping[str, TradeSplit]
) -> dict[Cell, ContractPath]:
    """New contracts of the other districts: what the published one leaves of the Land, divided."""
    found: dict[Cell, ContractPath] = {}
    for trade, piece in pieces.items():
        land, here = paths.get((LAND, trade)), paths.get((DISTRICT, trade))
        if land is not None and here is not None:
            rest = np.maximum(land.draws - here.draws, 0)
            for region, part in zip(OTHERS, (piece.contracts, 1 - piece.contracts), strict=True):
                found[(region, trade)] = replace(land, draws=rest * part[:, None])
    return found


def other_districts(
    known: Mapping[Cell, TradeState],
    pieces: Mapping[str, TradeSplit],
    paths: Mapping[Cell, ContractPath],
    demand: Mapping[Cell, Demand],
    fitted: Fitted,
    codes: CodeList,
    horizon: IntArray,
    parameters: ParameterDraws,
) -> Divided:
    """Add the other districts to the cells with published stocks.

    Args:
        known: Cells of the published district and the Land.
        pieces: How each trade is divided.
        paths: New contracts of every region.
        demand: Employment and demand of the known cells.
        fitted: Fitted series with those of the rest of the Land.
        codes: Code lists.
        horizon: Forecast years (Y,).
        parameters: Parameter draws.
    """
    states = {cell: state for cell, state in known.items() if cell[0] != LAND}
    added = dict(demand)
    trades = []
    for region, trade in known:
        if region != LAND or trade not in pieces or (DISTRICT, trade) not in known:
            continue
        rest = rest_state(known[(LAND, trade)], known[(DISTRICT, trade)])
        parts = part_states(rest, pieces[trade], paths, parameters)
        moved = divided_demand(demand_of(rest, fitted, codes, horizon, parameters), pieces[trade], parts)
        states |= {(place, trade): state for place, state in parts.items()}
        added |= {(place, trade): one for place, one in moved.items()}
        trades.append(trade)
    order = {cell: states[cell] for region in OTHERS for cell in states if cell[0] == region}
    first = {cell: state for cell, state in states.items() if cell[0] == DISTRICT}
    land = {cell: state for cell, state in known.items() if cell[0] == LAND}
    return Divided({**first, **order, **land}, added, frozenset(trades))


def land_as_sum(
    states: Mapping[Cell, TradeState],
    succession: Mapping[Cell, Succession],
    trades: frozenset[str],
    horizon: IntArray,
    parameters: ParameterDraws,
) -> tuple[dict[Cell, TradeState], dict[Cell, Succession]]:
    """States and owners in which the Land is the sum of its districts, for trades that have all of them."""
    joined, owners = dict(states), dict(succession)
    for trade in sorted(trades):
        cells = [(region, trade) for region in DISTRICTS]
        parts = [states[cell] for cell in cells]
        joined[(LAND, trade)] = joined_state(parts, states[(LAND, trade)], parameters)
        owners.pop((LAND, trade), None)
        if all(cell in succession for cell in cells):
            owners[(LAND, trade)] = joined_succession([succession[cell] for cell in cells], parts, horizon)
    return joined, owners


def has_own_firms(
    region: str,
    states: Mapping[Cell, TradeState],
    succession: Mapping[Cell, Succession],
    trades: frozenset[str],
) -> bool:
    """Whether a region needs succession accounts of its own: not if all are the sum of its districts'.

    Args:
        region: Code of the region.
        states: States of all cells.
        succession: Accounts known so far, districts before the Land.
        trades: Trades whose Land is the sum of its districts.
    """
    if region != LAND:
        return True
    craft = {trade for (place, trade), one in states.items() if place == region and one.trade.sector == CRAFT}
    return not all(
        trade in trades and all((place, trade) in succession for place in DISTRICTS) for trade in craft
    )


def rest_state(land: TradeState, here: TradeState) -> TradeState:
    """What the Land holds beside the published district, draw by draw; nothing below zero."""

    def less(whole: FloatArray, part: FloatArray) -> FloatArray:
        return np.asarray(np.maximum(whole - part, 0), dtype=np.float64)

    return replace(
        land,
        region=REST,
        skilled=less(land.skilled, here.skilled),
        vacancies=less(land.vacancies, here.vacancies),
        job_seekers=less(land.job_seekers, here.job_seekers),
        path=replace(land.path, draws=less(land.path.draws, here.path.draws)),
        entrants=less(land.entrants, here.entrants),
        base_employees={
            group: max(count - here.base_employees.get(group, 0.0), 1.0)
            for group, count in land.base_employees.items()
        },
    )


def part_states(
    rest: TradeState, split: TradeSplit, paths: Mapping[Cell, ContractPath], parameters: ParameterDraws
) -> dict[str, TradeState]:
    """Past and base-year workforce of the other districts; together they are the rest in every draw."""
    found: dict[str, TradeState] = {}
    for position, region in enumerate(OTHERS):
        staff, places, seekers, contracts = (
            (part if position == 0 else 1 - part)[:, None]
            for part in (split.staff, split.open_places, split.seekers, split.contracts)
        )
        skilled, vacancies = rest.skilled * staff, rest.vacancies * places
        job_seekers = rest.job_seekers * seekers
        found[region] = replace(
            rest,
            region=region,
            skilled=skilled,
            vacancies=vacancies,
            job_seekers=job_seekers,
            path=paths[(region, rest.trade.code)],
            entrants=rest.entrants * contracts[:, :, None],
            shortage=shortage_today(
                skilled, vacancies, job_seekers, parameters.draw("reporting_rate"), parameters
            ),
        )
    return found


def with_rest(fitted: Fitted) -> Fitted:
    """The fitted series with those of the rest of the Land: Land less published district in every draw."""

    def rest(series: Mapping[Cell, SeriesDraws]) -> dict[Cell, SeriesDraws]:
        return {
            (REST, subject): replace(item, draws=np.maximum(item.draws - series[here].draws, 0))
            for (region, subject), item in series.items()
            if region == LAND and (here := (DISTRICT, subject)) in series and item.years == series[here].years
        }

    return replace(
        fitted,
        employees={**fitted.employees, **rest(fitted.employees)},
        vacancies={**fitted.vacancies, **rest(fitted.vacancies)},
    )


def divided_demand(demand: Demand, split: TradeSplit, parts: Mapping[str, TradeState]) -> dict[str, Demand]:
    """Employment and demand relative to the base year of the other districts (D, Y), from those of the rest.

    `q[t] = expit(logit(q) + tilt[t])` of the rest's demand is the first one's, q its share in the base year:
    what one district gains against the rest the other loses.
    """
    base = [parts[region].skilled[:, -1] + parts[region].vacancies[:, -1] for region in OTHERS]
    share = np.clip(base[0] / np.maximum(base[0] + base[1], _TINY), 1e-6, 1 - 1e-6)
    moved = expit(logit(share)[:, None] + split.tilt)
    factors = (moved / share[:, None], (1 - moved) / (1 - share[:, None]))
    return {
        region: (demand[0] * factor, demand[1] * factor)
        for region, factor in zip(OTHERS, factors, strict=True)
    }


def rest_inflow(
    land: PooledInflow, here: PooledInflow, land_state: TradeState, here_state: TradeState
) -> PooledInflow:
    """Net inflow of the rest, so that stock by stock it and the district give that of the Land."""
    stocks = [state.skilled[:, -1] + state.job_seekers[:, -1] for state in (here_state, land_state)]
    weight = np.clip(stocks[0] / np.maximum(stocks[1], _TINY), 0, 0.9)

    def rest(whole: FloatArray, part: FloatArray) -> FloatArray:
        return np.asarray((whole - weight * part) / (1 - weight))

    last = None if land.last is None or here.last is None else rest(land.last, here.last)
    return replace(land, mean=rest(land.mean, here.mean), last=last)


def joined_state(parts: Sequence[TradeState], land: TradeState, parameters: ParameterDraws) -> TradeState:
    """Past and base-year workforce of the Land as the sum of its districts; ratios are those of the sums."""
    skilled, vacancies, seekers, entrants = (
        np.sum([getattr(part, name) for part in parts], axis=0)
        for name in ("skilled", "vacancies", "job_seekers", "entrants")
    )
    return replace(
        land,
        skilled=skilled,
        vacancies=vacancies,
        job_seekers=seekers,
        path=replace(land.path, draws=np.sum([part.path.draws for part in parts], axis=0)),
        entrants=entrants,
        shortage=shortage_today(skilled, vacancies, seekers, parameters.draw("reporting_rate"), parameters),
    )


def joined_succession(
    parts: Sequence[Succession], states: Sequence[TradeState], horizon: IntArray
) -> Succession:
    """Owners of the Land as the sum of its districts; shares weighted by staff and by contracts."""
    staff = np.stack([state.skilled[:, -1] for state in states])
    trained = np.stack([state.path.draws[:, np.isin(state.path.years, horizon)] for state in states])

    def mean(values: Sequence[FloatArray], weight: FloatArray) -> FloatArray:
        return np.asarray(
            (np.stack(values) * weight).sum(axis=0) / np.maximum(weight.sum(axis=0), _TINY), dtype=np.float64
        )

    later = [part.later for part in parts if part.later is not None]
    ahead = horizon
    if len(later) == len(parts):
        ahead = int(horizon[0]) + np.arange(later[0].capacity.shape[1])
        states = [replace(state, path=state.path.until(int(ahead[-1]))) for state in states]
    return Succession(
        later=joined_succession(later, states, ahead) if len(ahead) > len(horizon) else None,
        paths=OwnerPaths(
            **{name: np.sum([getattr(part.paths, name) for part in parts], axis=0) for name in _PATHS}
        ),
        jobs_lost=mean([part.jobs_lost for part in parts], staff[:, :, None]),
        usual_jobs=mean([part.usual_jobs for part in parts], staff),
        training_lost=mean([part.training_lost for part in parts], trained),
        capacity=mean([part.capacity for part in parts], trained),
    )


def land_inputs(parts: Sequence[CellInputs]) -> CellInputs:
    """Inputs of the Land as one cell: stocks and entrants added, rates weighted by the opening stock.

    They serve what is computed anew for the Land: questions «what if» and its years beyond the release. Its
    flows and everything else that is counted are added up.
    """
    heads = np.stack([part.opening.sum(axis=1) for part in parts]).astype(np.float64)
    total = np.maximum(heads.sum(axis=0), _TINY)
    base = np.stack([part.employed + part.vacancies for part in parts])
    demand = np.sum([one[:, None] * part.growth_index for one, part in zip(base, parts, strict=True)], axis=0)
    growth = np.divide(
        demand, base.sum(axis=0)[:, None], out=np.ones(demand.shape), where=base.sum(axis=0)[:, None] > 0
    )
    hazards = dict(parts[0].hazards)
    if JOBS_LOST_CLOSURES in hazards:
        lost = [
            one[:, None, None] * part.hazards[JOBS_LOST_CLOSURES]
            for one, part in zip(heads, parts, strict=True)
        ]
        hazards[JOBS_LOST_CLOSURES] = np.sum(lost, axis=0) / total[:, None, None]
    rate = np.sum(
        [one[:, None] * part.net_inflow_rate for one, part in zip(heads, parts, strict=True)], axis=0
    )
    weights = heads.mean(axis=1)
    profile = np.sum([one * part.inflow_profile for one, part in zip(weights, parts, strict=True)], axis=0)
    return replace(
        parts[0],
        opening=np.sum([part.opening for part in parts], axis=0),
        employed=np.sum([part.employed for part in parts], axis=0),
        job_seekers=np.sum([part.job_seekers for part in parts], axis=0),
        vacancies=np.sum([part.vacancies for part in parts], axis=0),
        growth_index=growth,
        hazards=hazards,
        entrants_contracted=np.sum([part.entrants_contracted for part in parts], axis=0),
        entrants_expected=np.sum([part.entrants_expected for part in parts], axis=0),
        net_inflow_rate=rate / total[:, None],
        inflow_profile=profile / profile.sum(),
    )


def land_task(parts: Sequence[CellTask], succession: Succession | None) -> CellTask:
    """The task of the Land whose flows are the sums of its districts'."""
    return replace(
        parts[0],
        region=LAND,
        inputs=land_inputs([part.inputs for part in parts]),
        planned=np.sum([part.planned for part in parts], axis=0),
        contracts=np.sum([part.contracts for part in parts], axis=0),
        succession=succession,
        parts=tuple(part.region for part in parts),
    )


def own_accounts(tasks: Sequence[CellTask], region: str) -> list[CellTask]:
    """Tasks that hold the masters and technicians of a region: its own, or those of its parts.

    Args:
        tasks: Tasks of all cells.
        region: Code of the region.
    """
    known = {(task.region, task.trade): task for task in tasks}
    return [
        known[(part, task.trade)]
        for task in tasks
        if task.region == region
        for part in task.parts or (region,)
    ]
