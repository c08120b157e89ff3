"""What estimation leaves behind: forecasts of the published series and the district's shares of the Land."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from forecast.coherent import Driven, Figures, Forecasts, SeriesDraws, forecast_coherently
from forecast.compute import run_tasks
from forecast.domain.codes import ALL_TRADES, CodeList
from forecast.domain.panel import Panel
from forecast.domain.parameters import ParameterSet
from forecast.domain.provenance import Event
from forecast.errors import InputError, ModelError
from forecast.estimators.drivers import Choice, OriginTrial, ProofSettings, Tried, choose, with_drivers
from forecast.estimators.events import known_events
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.protocol import History
from forecast.estimators.region import group_figures
from forecast.estimators.series import SeriesForecast
from forecast.estimators.share_path import ShareTotals, year_totals
from forecast.quantities import production_settings
from forecast.stats.allocate import district_shares, left_out_shares

FloatArray = NDArray[np.float64]
LAND = "BB"
DISTRICT = "HWK-FF"
COUNTRY = "DE"
#: Panel whose common movement of a year open places share.
EMPLOYMENT = "employees"


@dataclass(frozen=True, slots=True)
class DistrictShare:
    """Share of the district in the Land's new contracts of a trade, on the log scale.

    Args:
        log_mean: Mean.
        log_sd: Standard error.
        shared_sd: Part of the standard error that all trades share, of the factor between proxy and truth.
        observed: Published share, None where there is none.
        proxy: Share of the district in the employees of the trade's occupation groups.
        error: Name of its error: estimates that are wrong in different ways have different names.
        left_out: Log mean and spread as if this trade's own figure had not been published; None without one.
    """

    log_mean: float
    log_sd: float
    shared_sd: float
    observed: float | None
    proxy: float
    error: str = "district_share"
    left_out: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Fitted:
    """Fitted quantities of one run.

    Args:
        contracts: (region, trade) → forecast of new contracts.
        employees: (region, occupation group) → forecast of employees, events taken out.
        shares: trade → share of the district in the Land.
        refused: Series that could not be forecast, with the reason.
        vacancies: (region, occupation group) → forecast of registered vacancies.
        totals: How the district's share of all crafts moved, by the chamber's totals.
    """

    contracts: Mapping[tuple[str, str], SeriesDraws]
    employees: Mapping[tuple[str, str], SeriesDraws]
    shares: Mapping[str, DistrictShare]
    refused: tuple[tuple[str, str], ...]
    vacancies: Mapping[tuple[str, str], SeriesDraws] = field(default_factory=dict)
    totals: ShareTotals = field(default_factory=ShareTotals)

    def remarks(self) -> tuple[tuple[str, int], ...]:
        """Return what is unusual about the series, in German, and how many series it holds for."""
        found = Counter(
            flag for item in (*self.contracts.values(), *self.employees.values()) for flag in item.flags
        )
        return tuple(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def trades_with_contracts(panel: Panel, codes: CodeList, region: str) -> tuple[str, ...]:
    """Trades with published new contracts in a region, in the order of the code list."""
    published = set(panel.select(indicator="new_contracts", region=region).frame["trade"])
    return tuple(code for code in codes.trades if code in published)


def base_year(panel: Panel, region: str) -> int:
    """Last year with employees by occupation group in the region."""
    return int(panel.select(indicator="employees", region=region).frame["year"].max())


def employee_years(panel: Panel, region: str) -> NDArray[np.int64]:
    """Years from the first to the last with employees by occupation group in the region (T,)."""
    frame = panel.select(indicator="employees", region=region).frame
    groups = frame[frame["trade"].str.startswith("KldB-")]
    if groups.empty:
        raise InputError(
            f"Für die Region «{region}» sind keine Beschäftigten nach Berufsgruppe veröffentlicht.",
            where=region,
            expected="Beschäftigte nach Berufsgruppe (KldB)",
            remedy="Die Zahlen der Region einlesen oder eine andere Region wählen.",
        )
    return np.arange(int(groups["year"].min()), int(groups["year"].max()) + 1)


def prove_drivers(
    panel: Panel, codes: CodeList, parameters: ParameterSet, seed: int, workers: int = 1
) -> Choice:
    """Try every driver of what production forecasts, at every origin, beside the engine as it runs there.

    Raises:
        ModelError: An origin could not be computed.
    """

    def each(function: Callable[[OriginTrial], Tried], tasks: Sequence[OriginTrial]) -> list[Tried]:
        named = [(f"{task.indicator} {task.year}", task) for task in tasks]
        outcomes = run_tasks(function, named, workers)
        failed = [outcome.failure for outcome in outcomes if outcome.failure is not None]
        if failed:
            raise ModelError(
                "Die Treiber ließen sich nicht erproben.",
                rows=[f"{failure.key}: {failure.reason}" for failure in failed],
            )
        return [outcome.value for outcome in outcomes if outcome.value is not None]

    settings = ProofSettings(seed=seed, series=dict(production_settings(parameters)))
    return choose(
        panel, codes, parameters, indicators=("new_contracts", "employees"), settings=settings, each=each
    )


def driven_by(
    choice: Choice | None, indicator: str, panel: Panel, codes: CodeList, parameters: ParameterDraws
) -> Driven | None:
    """What blends the drivers of a choice into forecasts of an indicator; None without a choice."""
    if choice is None:
        return None

    def blended(found: Sequence[SeriesForecast], histories: Sequence[History]) -> tuple[SeriesForecast, ...]:
        return with_drivers(
            found, histories, indicator, choice, panel, codes, parameters.parameters, seed=parameters.seed
        )

    return blended


def fit_contracts_series(
    panel: Panel,
    codes: CodeList,
    events: Sequence[Event],
    horizon_year: int,
    parameters: ParameterDraws,
    choice: Choice | None = None,
) -> Forecasts:
    """Forecast new contracts of every trade in the Land and the nation up to the horizon."""
    figures: Figures = {}
    for region in (LAND, COUNTRY):
        for trade in trades_with_contracts(panel, codes, region):
            series = panel.series("new_contracts", trade, region)
            figures[(region, trade)] = dict(zip(series.years.tolist(), series.values.tolist(), strict=True))
    rounding = parameters.parameters.value("rounding_base")
    moved = {
        (region, trade): known_events(events, codes, "new_contracts", trade, region)
        for region, trade in figures
    }
    driven = driven_by(choice, "new_contracts", panel, codes, parameters)
    return forecast_coherently(
        figures, codes, "contracts", horizon_year, parameters, rounding=rounding, events=moved, driven=driven
    )


def fit_employees(
    panel: Panel,
    codes: CodeList,
    events: Sequence[Event],
    horizon_year: int,
    parameters: ParameterDraws,
    choice: Choice | None = None,
) -> Forecasts:
    """Forecast employees of every occupation group of a trade in the district and the Land."""
    figures: Figures = {}
    for region in (DISTRICT, LAND):
        years = employee_years(panel, region)
        for group in sorted({link.occupation_group for link in codes.links}):
            found = group_figures(panel, codes, events, group, region, years)
            if found is not None:
                figures[(region, group)] = dict(zip(years.tolist(), found.employees.tolist(), strict=True))
    moved = {
        (region, group): known_events(events, codes, "employees", group, region) for region, group in figures
    }
    driven = driven_by(choice, "employees", panel, codes, parameters)
    return forecast_coherently(
        figures, codes, EMPLOYMENT, horizon_year, parameters, counts=True, events=moved, driven=driven
    )


def fit_vacancies(
    panel: Panel, codes: CodeList, events: Sequence[Event], horizon_year: int, parameters: ParameterDraws
) -> Forecasts:
    """Forecast registered vacancies of every occupation group in the district and the Land.

    They rise and fall with employment: what moves all series of a calendar year is the same for both.
    Groups whose vacancies of the last year are not published are left out: their open places go with demand.
    """
    figures: Figures = {}
    for region in (DISTRICT, LAND):
        years = employee_years(panel, region)
        for group in sorted({link.occupation_group for link in codes.links}):
            found = group_figures(panel, codes, events, group, region, years)
            if found is not None and np.isfinite(found.vacancies[-1]):
                known = np.isfinite(found.vacancies)
                values = zip(years[known].tolist(), found.vacancies[known].tolist(), strict=True)
                figures[(region, group)] = dict(values)
    if not figures:
        return {}, []
    return forecast_coherently(figures, codes, "labour_market", horizon_year, parameters, calendar=EMPLOYMENT)


def share_totals(panel: Panel, codes: CodeList) -> ShareTotals:
    """New contracts of all crafts the chamber counted, beside the Land's in the trades published for it.

    Years of the same date only (31 December); counts of other days are never chained to them.
    """
    years, totals = _counted(panel, ALL_TRADES, DISTRICT)
    land = dict.fromkeys(years.tolist(), 0.0)
    for trade in trades_with_contracts(panel, codes, LAND):
        if codes.trades[trade].sector == "craft":
            series = panel.series("new_contracts", trade, LAND)
            for year, value in zip(series.years.tolist(), series.values.tolist(), strict=True):
                if year in land:
                    land[year] += value
    counted = np.array([land[year] for year in years.tolist()])
    anchors = [
        int(known[-1])
        for trade in trades_with_contracts(panel, codes, LAND)
        for occupation in codes.occupations_of(trade)
        if (known := _counted(panel, occupation.code, DISTRICT)[0]).size
    ]
    return year_totals(years, totals, counted, max(anchors, default=None))


def proxy_share(panel: Panel, codes: CodeList, events: Sequence[Event], trade: str, recent: int) -> float:
    """Share of the district in the Land by the trade's occupation groups, mean of the last years.

    `p = Σ_g w[g]·employees_district[g] / Σ_g w[g]·employees_land[g]`; trades whose groups are not published
    take the district's share of all employees.
    """
    years = employee_years(panel, DISTRICT)
    top = bottom = 0.0
    for link in codes.links_of(trade):
        district = group_figures(panel, codes, events, link.occupation_group, DISTRICT, years)
        land = group_figures(panel, codes, events, link.occupation_group, LAND, years)
        if district is not None and land is not None:
            top += link.weight * float(district.employees[-recent:].mean())
            bottom += link.weight * float(land.employees[-recent:].mean())
    if bottom > 0:
        return top / bottom
    return all_employees(panel, DISTRICT, codes) / all_employees(panel, LAND, codes)


def all_employees(panel: Panel, region: str, codes: CodeList) -> float:
    """Employees of all sectors in a region, newest year; a district is the sum of its Kreise."""
    total = panel.series("employees_by_age", "*", region)
    if total.years.size:
        return float(total.values[-1])
    return sum(
        float(panel.series("employees_by_age", "*", kreis).values[-1]) for kreis in codes.children(region)
    )


def _counted(panel: Panel, trade: str, region: str) -> tuple[NDArray[np.int64], FloatArray]:
    """Years and new contracts of a series without those that are withheld."""
    series = panel.series("new_contracts", trade, region)
    known = np.isfinite(series.values)
    return series.years[known], series.values[known]


def published_share(panel: Panel, codes: CodeList, trade: str, region: str = DISTRICT) -> tuple[float, float]:
    """Newest published new contracts of the trade in a district, and the Land's of the same year.

    Only training occupations that are published for both count, so that the two sums hold the same people; a
    withheld count is not published.
    """
    district = land = 0.0
    for occupation in codes.occupations_of(trade):
        years, values = _counted(panel, occupation.code, region)
        if not years.size:
            continue
        whole = panel.value("new_contracts", occupation.code, LAND, int(years[-1]))
        if whole is not None and whole.value is not None:
            district += float(values[-1])
            land += whole.value
    return (district, land) if land > 0 else (float("nan"), float("nan"))


def without_craft_factor(
    mean: FloatArray, sd: FloatArray, log_proxy: FloatArray, craft: NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray]:
    """Industrial occupations keep their proxy: `mean = log p`, `sd² ← sd² + μ²`.

    The factor μ between proxy and truth was measured on craft trades only. For industry it is not applied,
    but its size is added to the uncertainty, so that the range spans both readings.
    """
    factor = np.where(craft, 0.0, mean - log_proxy)
    return mean - factor, np.hypot(sd, factor)


def fit_shares(
    panel: Panel, codes: CodeList, events: Sequence[Event], parameters: ParameterDraws
) -> dict[str, DistrictShare]:
    """Share of the district in the Land's new contracts, trade by trade."""
    recent = int(parameters.parameters.value("recent_years"))
    trades = trades_with_contracts(panel, codes, LAND)
    observed = np.array([published_share(panel, codes, trade) for trade in trades])
    proxies = np.array([proxy_share(panel, codes, events, trade, recent) for trade in trades])
    mean, sd, shared = district_shares(observed[:, 0], observed[:, 1], proxies)
    apart, spread = left_out_shares(observed[:, 0], observed[:, 1], proxies)
    craft = np.array([codes.trades[trade].sector == "craft" for trade in trades])
    mean, sd = without_craft_factor(mean, sd, np.log(proxies), craft)
    return {
        trade: DistrictShare(
            log_mean=float(mean[row]),
            log_sd=float(sd[row]),
            shared_sd=float(shared[row]),
            observed=None if np.isnan(observed[row, 0]) else float(observed[row, 0] / observed[row, 1]),
            proxy=float(proxies[row]),
            left_out=None if np.isnan(spread[row]) else (float(apart[row]), float(spread[row])),
        )
        for row, trade in enumerate(trades)
    }


def fit(
    panel: Panel,
    codes: CodeList,
    events: Sequence[Event],
    parameters: ParameterDraws,
    horizon_year: int,
    choice: Choice | None = None,
) -> Fitted:
    """Fit everything the projection needs from the panel; deterministic under the seed.

    Args:
        panel: Observed figures, harmonised to trades.
        codes: Code lists.
        events: Known events.
        parameters: Parameter draws.
        horizon_year: Last year of the forecasts.
        choice: Which drivers are on (`prove_drivers`); None leaves them all off.
    """
    contracts, refused = fit_contracts_series(panel, codes, events, horizon_year, parameters, choice)
    employees, more = fit_employees(panel, codes, events, horizon_year, parameters, choice)
    vacancies, others = fit_vacancies(panel, codes, events, horizon_year, parameters)
    return Fitted(
        contracts=contracts,
        employees=employees,
        shares=fit_shares(panel, codes, events, parameters),
        refused=(*refused, *more, *others),
        vacancies=vacancies,
        totals=share_totals(panel, codes),
    )
