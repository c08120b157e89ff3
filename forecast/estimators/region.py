"""The workforce of every trade in one region, past and base year, as draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.domain.apprentices import TrainingPipeline, contracts_begun, graduates, skilled_entrants
from forecast.domain.codes import CodeList, Trade
from forecast.domain.panel import Panel
from forecast.domain.provenance import Event
from forecast.domain.shortage import (
    seekers_per_vacancy,
    shortage_points,
    unemployment_rate,
    vacancy_overhang,
    vacancy_overhang_rate,
)
from forecast.estimators.contracts_path import ContractPath, carried_forward
from forecast.estimators.occupations import (
    GroupFigures,
    Share,
    TradeFigures,
    matched,
    skilled_workers,
    splice_level,
    take_out_step,
    trade_shares,
)
from forecast.estimators.parameter_draws import ParameterDraws

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
KREIS = "kreis"
STEP, RECLASSIFICATION = "step", "reclassification"
SEEKERS, UNEMPLOYMENT = "seekers_per_vacancy", "unemployment_rate"
POINTS = (3, 2, 1)


@dataclass(frozen=True, slots=True)
class TradeState:
    """One trade in one region up to the base year.

    Args:
        trade: The trade.
        region: Code of the region.
        years: Years of the past (T,), the last one is the base year.
        skilled: Skilled workers employed, apprentices taken out (D, T).
        vacancies: Open places, registered ones divided by the reporting rate (D, T); NaN where not published.
        job_seekers: Registered unemployed (D, T); NaN where not published.
        path: New contracts of the region.
        pipeline: Transition rates of the training.
        entrants: Young skilled workers by cohort and year (D, S, years of past and future).
        out_years: Years of the last axis of `entrants`.
        groups: Occupation groups with the trade's share in each, for the explanation.
        base_employees: Employees of each group in the base year, events taken out.
        adjusted: Whether an event was taken out of one of the groups.
        shortage: Signs of a shortage in the past and today, measure → (D, T).
    """

    trade: Trade
    region: str
    years: IntArray
    skilled: FloatArray
    vacancies: FloatArray
    job_seekers: FloatArray
    path: ContractPath
    pipeline: TrainingPipeline
    entrants: FloatArray
    out_years: IntArray
    groups: Mapping[str, float]
    base_employees: Mapping[str, float]
    adjusted: bool
    shortage: Mapping[str, FloatArray]


def on_grid(panel: Panel, indicator: str, trade: str, region: str, years: IntArray) -> FloatArray:
    """Published values of a series on a grid of years (T,); NaN where nothing is published."""
    series = panel.series(indicator, trade, region)
    known = dict(zip(series.years.tolist(), series.values.tolist(), strict=True))
    return np.array([known.get(int(year), np.nan) for year in years])


def group_figures(
    panel: Panel, codes: CodeList, events: Sequence[Event], group: str, region: str, years: IntArray
) -> GroupFigures | None:
    """Published figures of an occupation group, local steps taken out; None where employees are missing.

    A step in one Kreis (an industrial plant opens) is taken out of every region that holds the Kreis; where
    a group is recoded in one Kreis, the years before are lifted to the new level.
    """
    employees = on_grid(panel, "employees", group, region, years)
    if np.isnan(employees).any():
        return None
    adjusted: set[int] = set()
    for event in events:
        if event.kind not in (STEP, RECLASSIFICATION) or group not in event.trades:
            continue
        first, last = event.years
        for place in event.regions:
            if codes.regions[place].level != KREIS or region not in codes.regions[place].parents:
                continue
            local = on_grid(panel, "employees", group, place, years)
            if event.kind == STEP:
                employees = take_out_step(years, employees, local, first, last)
                adjusted.update(year for year in years.tolist() if year >= first)
            else:
                employees = splice_level(years, employees, local, first)
                adjusted.update(year for year in years.tolist() if year < first)
    return GroupFigures(
        group=group,
        years=years,
        employees=employees,
        vacancies=on_grid(panel, "vacancies_avg", group, region, years),
        unemployed=on_grid(panel, "unemployed_avg", group, region, years),
        adjusted=tuple(sorted(adjusted)),
    )


def trade_figures(
    panel: Panel,
    codes: CodeList,
    events: Sequence[Event],
    region: str,
    apprentices: Mapping[str, Mapping[int, float]],
    years: IntArray,
    recent: int,
    staff_per_apprentice: Mapping[str, Share],
    typical: Mapping[str, float],
) -> dict[str, TradeFigures]:
    """Occupation-group figures of every trade with at least its main group published.

    Args:
        panel: Observed figures.
        codes: Code lists.
        events: Events to take out of the employees.
        region: Code of the region.
        apprentices: Stock of apprentices per trade and year in the region (published or estimated).
        years: Consecutive years (T,).
        recent: Number of last years whose mean stock divides a group among its trades.
        staff_per_apprentice: Weight of a trade's apprentices when a group is divided, as draws.
        typical: The same under the values of the parameters, for the explanation.
    """
    stocks = {trade: carried_forward(values, years) for trade, values in apprentices.items() if values}
    mean = {
        trade: float(np.mean(list(values.values())[-recent:]))
        for trade, values in apprentices.items()
        if values
    }
    names = sorted({link.occupation_group for link in codes.links if link.trade in stocks})
    found = {name: group_figures(panel, codes, events, name, region, years) for name in names}
    drawn, told = (
        {name: trade_shares(codes.links, mean, name, staff) for name in names}
        for staff in (staff_per_apprentice, typical)
    )
    in_group = {name: apprentices_of_group(codes, stocks, name) for name in names}
    result: dict[str, TradeFigures] = {}
    for trade in stocks:
        links = [link for link in codes.links_of(trade) if found.get(link.occupation_group) is not None]
        if not any(link.role == "main" for link in links):
            continue
        groups = [figures for link in links if (figures := found[link.occupation_group]) is not None]
        result[trade] = TradeFigures(
            trade=trade,
            region=region,
            groups=tuple(groups),
            shares=tuple(drawn[figures.group].get(trade, 0.0) for figures in groups),
            group_apprentices=tuple(in_group[figures.group] for figures in groups),
            typical=tuple(float(np.mean(told[figures.group].get(trade, 0.0))) for figures in groups),
        )
    return result


def apprentices_of_group(codes: CodeList, stocks: Mapping[str, FloatArray], group: str) -> FloatArray:
    """Apprentices who are counted in an occupation group (T,): `Σ_i a[i]·w[i,g]`.

    Args:
        codes: Code lists.
        stocks: Apprentices of every trade by year (T,).
        group: Occupation group.
    """
    parts = [
        stocks[link.trade] * link.weight
        for link in codes.links
        if link.occupation_group == group and link.trade in stocks
    ]
    return np.asarray(np.sum(parts, axis=0), dtype=np.float64)


def trade_state(
    trade: Trade,
    figures: TradeFigures,
    path: ContractPath,
    pipeline: TrainingPipeline,
    parameters: ParameterDraws,
    out_years: IntArray,
) -> TradeState:
    """Past and base-year stocks of one trade as draws.

    `vacancies = Σ_g coverage·registered·share / reporting rate`,
    `job seekers = Σ_g coverage·skilled seekers·unemployed·share`.
    """
    coverage = {
        group.group: parameters.draw("group_coverage", occupation_group=group.group)
        for group in figures.groups
    }
    years = figures.groups[0].years
    skilled = {
        group: share * parameters.draw("skilled_seekers", occupation_group=group)
        for group, share in coverage.items()
    }
    reported = parameters.draw("reporting_rate")
    vacancies = np.stack([matched(figures, coverage, "vacancies", int(y)) / reported for y in years], axis=1)
    seekers = np.stack([matched(figures, skilled, "unemployed", int(y)) for y in years], axis=1)
    begun = contracts_begun(path.draws, pipeline.dissolution)
    passed = graduates(begun, path.years, out_years, pipeline)
    stock = skilled_workers(figures, coverage)
    return TradeState(
        trade=trade,
        region=figures.region,
        years=years,
        skilled=stock,
        vacancies=vacancies,
        job_seekers=seekers,
        path=path,
        pipeline=pipeline,
        entrants=skilled_entrants(passed, pipeline),
        out_years=out_years,
        groups={group.group: share for group, share in zip(figures.groups, figures.typical, strict=True)},
        base_employees={group.group: float(group.employees[-1]) for group in figures.groups},
        adjusted=any(years[-1] in group.adjusted for group in figures.groups),
        shortage=shortage_today(stock, vacancies, seekers, reported, parameters),
    )


def shortage_today(
    employed: FloatArray,
    vacancies: FloatArray,
    seekers: FloatArray,
    reported: FloatArray,
    parameters: ParameterDraws,
) -> dict[str, FloatArray]:
    """Signs of a shortage in every year with figures, measure → (D, T).

    Args:
        employed: Skilled workers employed (D, T).
        vacancies: All open places (D, T).
        seekers: Skilled job seekers (D, T).
        reported: Share of open places that are registered (D,).
        parameters: Parameter draws; the limits of the points are read from them.
    """
    ratio = seekers_per_vacancy(seekers, vacancies * reported[:, None])
    indicators = {SEEKERS: ratio, UNEMPLOYMENT: unemployment_rate(seekers, employed)}
    limits = {
        name: tuple(
            parameters.parameters.value("shortage_point_limits", indicator=name, points=score)
            for score in POINTS
        )
        for name in indicators
    }
    return {
        SEEKERS: ratio,
        "vacancy_overhang": vacancy_overhang(vacancies, seekers),
        "vacancy_overhang_rate": vacancy_overhang_rate(vacancies, seekers),
        "shortage_points": shortage_points(indicators, limits),
    }
