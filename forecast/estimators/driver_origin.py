"""One indicator as it was known on one day: engine forecasts, paths of drivers, and models that use them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from forecast.domain.codes import ALL_TRADES, CodeList
from forecast.domain.drawn import drawn
from forecast.domain.panel import Panel
from forecast.domain.parameters import ParameterSet
from forecast.errors import ModelError
from forecast.estimators.driven import Driven
from forecast.estimators.driver_counts import CountFit, count_draws, fit_counts
from forecast.estimators.driver_level import Elasticity, LevelFit, fit_level, level_draws
from forecast.estimators.driver_paths import (
    Path,
    engine_path,
    engine_paths,
    leaver_path,
    leaver_points,
    weighted_histories,
)
from forecast.estimators.protocol import Array, History
from forecast.estimators.series import SeriesForecast, forecast_series
from forecast.stats.defaults import SHORT_SERIES, SeriesSettings

Pair = tuple[str, str]
"""Subject and region of a series."""

NATION: Final = "DE"
BOTH: Final = "leavers_and_vacancies"
#: Drivers published by occupation group; they act a year later.
LAGGED: Final[Mapping[str, str]] = {"vacancies": "vacancies_avg", "unemployment": "unemployed_avg"}
DRIVERS: Final = ("national", "leavers", *LAGGED)


@dataclass(frozen=True, slots=True)
class DriverSettings:
    """What a model with driver needs, read from the parameters under ``drivers``.

    Args:
        priors: What is believed of each driver's elasticity.
        least_rows: Years with value and driver a series needs.
        least_series: Series a model needs.
        least_size: Mean value below which a series goes without a driver.
    """

    priors: Mapping[str, Elasticity]
    least_rows: int
    least_series: int
    least_size: float

    @classmethod
    def of(cls, parameters: ParameterSet) -> DriverSettings:
        """Read the settings; the range of an elasticity spans two standard deviations to either side."""
        entries = {driver: parameters.entry("driver_elasticity", driver=driver) for driver in DRIVERS}
        return cls(
            priors={name: Elasticity(e.value, (e.high - e.low) / 4) for name, e in entries.items()},
            least_rows=int(parameters.value("driver_least_rows")),
            least_series=int(parameters.value("driver_least_series")),
            least_size=parameters.value("driver_least_size"),
        )


@dataclass(frozen=True, slots=True)
class Run:
    """How far ahead, with how many draws, under which seed, by which settings of the engine."""

    horizon: int
    draws: int
    seed: int
    series: SeriesSettings = SHORT_SERIES


def figures_table(panel: Panel, codes: CodeList, indicator: str) -> pd.DataFrame:
    """Return preferred values: one row per (subject, region), one column per year.

    Totals and printed aggregates are left out, and so are training occupations of a trade that has a row of
    its own in the region.
    """
    frame = panel.select(indicator=indicator).preferred().frame
    single = (frame["trade"] != ALL_TRADES) & ~frame["trade"].isin(list(codes.aggregates))
    frame = frame[frame["value"].notna() & single]
    present = set(zip(frame["trade"], frame["region"], strict=True))
    trades = {code: entry.trade for code, entry in codes.training_occupations.items()}
    own = [
        (trades.get(t, ""), r) not in present for t, r in zip(frame["trade"], frame["region"], strict=True)
    ]
    chosen = frame[np.array(own, dtype=bool)]
    return chosen.pivot_table(index=["trade", "region"], columns="year", values="value").sort_index()


def histories_of(table: pd.DataFrame) -> dict[Pair, History]:
    """Return the rows of a table as histories with keys ``subject|region``."""
    years = table.columns.to_numpy(dtype=np.int_)
    rows = zip(table.index, table.to_numpy(dtype=np.float64), strict=True)
    return {
        (str(s), str(r)): History(f"{s}|{r}", years, row) for (s, r), row in rows if np.isfinite(row).any()
    }


@dataclass(frozen=True, slots=True)
class Known:
    """What was public on a day about one indicator. Made by `known_on`, which cuts the panel.

    Args:
        panel: Only figures public on the day.
        codes: Code lists.
        parameters: Printed points of school leavers and `leaver_vintage`.
        day: The day.
        year: Origin: last year with figures.
        histories: Series by (subject, region).
        engine: Their forecasts by the production engine.
        run: Horizon, draws, seed.
        settings: Settings of the models.
    """

    panel: Panel
    codes: CodeList
    parameters: ParameterSet
    day: date
    year: int
    histories: Mapping[Pair, History]
    engine: Mapping[Pair, SeriesForecast]
    run: Run
    settings: DriverSettings
    _first: int = field(init=False, repr=False)
    _leavers: dict[str, Path | None] = field(default_factory=dict, repr=False)
    _lagged: dict[str, dict[Pair, Path]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        first = min(int(history.years.min()) for history in self.histories.values())
        object.__setattr__(self, "_first", first)

    def path(self, driver: str, pair: Pair) -> Path | None:
        """Return a driver of a series as draws; None where nothing was published."""
        if driver == "national":
            parent = (pair[0], NATION)
            if pair == parent or parent not in self.engine:
                return None
            return engine_path(self.histories[parent], self.engine[parent])
        if driver in LAGGED:
            return self._lagged_paths(driver).get(pair)
        region = pair[1]
        if region not in self._leavers:
            self._leavers[region] = leaver_path(
                leaver_points(self.panel, self.parameters, region, self.day),
                self.year + self.run.horizon,
                yearly_sd=drawn(self.parameters, self.run.seed, self.run.draws, "leaver_forecast_error"),
                draws=self.run.draws,
                seed=self.run.seed,
                region=region,
            )
        return self._leavers[region]

    def _lagged_paths(self, driver: str) -> dict[Pair, Path]:
        if driver not in self._lagged:
            self._lagged[driver] = engine_paths(
                weighted_histories(self.panel, self.codes, LAGGED[driver], list(self.histories)),
                self.year + self.run.horizon,
                draws=self.run.draws,
                seed=self.run.seed,
            )
        return self._lagged[driver]

    def driven(self, form: str, pairs: Iterable[Pair]) -> tuple[tuple[Pair, ...], Driven]:
        """Lay series with enough years of value and driver side by side.

        Returns:
            The series that take part, and their values and drivers.

        Raises:
            ModelError: Fewer series than a model needs.
        """
        names = ("leavers", "vacancies") if form == BOTH else (form,)
        kept, values, drivers = [], [], []
        for pair in pairs:
            found = self._row(names, pair)
            if found is not None:
                kept.append(pair)
                values.append(found[0])
                drivers.append(found[1])
        if len(kept) < self.settings.least_series:
            raise ModelError(
                "Zu wenige Reihen mit Treiber.",
                where=f"{len(kept)} Reihen",
                expected=f"mindestens {self.settings.least_series}",
            )
        past = [np.stack([row[place][0] for row in drivers]) for place in range(len(names))]
        ahead = [np.stack([row[place][1] for row in drivers]) for place in range(len(names))]
        two = len(names) > 1
        data = Driven(
            keys=tuple("|".join(pair) for pair in kept),
            figures=np.stack(values),
            driver=past[0],
            ahead=ahead[0],
            second=past[1] if two else None,
            second_ahead=ahead[1] if two else None,
        )
        return tuple(kept), data

    def _row(self, names: Sequence[str], pair: Pair) -> tuple[Array, list[tuple[Array, Array]]] | None:
        """Return values of a series on common years, and each driver's past and draws ahead."""
        first = self._first
        years = np.arange(first, self.year + 1)
        ahead = np.arange(self.year + 1, self.year + self.run.horizon + 1)
        history = self.histories[pair]
        values = np.full(years.size, np.nan)
        np.put(values, np.asarray(history.years) - first, history.values)
        usable = np.isfinite(values)
        if not usable[-1] or values[usable].mean() < self.settings.least_size:
            return None
        drivers = []
        for name in names:
            lag = 1 if name in LAGGED else 0
            path = self.path(name, pair)
            if path is None:
                return None
            past, draws = path.middle(years - lag), path.at(ahead - lag)
            # half a unit keeps the logarithm of a driver that once was zero
            drivers.append((np.maximum(past, 0.5), np.maximum(draws, 0.5)))
            usable &= np.isfinite(past)
            if np.isnan(draws).any():
                return None
        if int(usable.sum()) < self.settings.least_rows:
            return None
        return np.where(usable, values, np.nan), drivers

    def fit(self, form: str, data: Driven, *, without: bool = False) -> LevelFit | CountFit:
        """Fit a form; ``without`` leaves the driver out, for comparison, in the same series and years."""
        rows, series = self.settings.least_rows, self.settings.least_series
        if form == BOTH and not without:
            return fit_counts(data, least_rows=rows, least_series=series)
        prior = None if without else self.settings.priors[form]
        return fit_level(data, prior, least_rows=rows, least_series=series)

    def draws(self, data: Driven, fitted: LevelFit | CountFit) -> Array:
        """Return draws (N, D, H) of the fitted form for the years after the origin."""
        if isinstance(fitted, CountFit):
            return count_draws(data, fitted, self.run.seed)
        return level_draws(data, fitted, self.run.seed)


def known_on(
    panel: Panel, codes: CodeList, parameters: ParameterSet, indicator: str, day: date, year: int, run: Run
) -> Known:
    """Return what was known about an indicator on a day, for forecasts from an origin year.

    Raises:
        ModelError: Nothing was published by then.
    """
    public = panel.as_of(day)
    table = figures_table(public, codes, indicator)
    known_years = [column for column in table.columns if int(column) <= year]
    histories = histories_of(table[known_years])
    if not histories:
        raise ModelError("An diesem Tag war keine Zahl veröffentlicht.", where=f"{indicator}, {day:%d.%m.%Y}")
    last = min(int(h.years[np.isfinite(h.values)].max()) for h in histories.values())
    found = forecast_series(
        list(histories.values()),
        year + run.horizon - last,
        draws=run.draws,
        seed=run.seed,
        settings=run.series,
        non_negative=True,
        panel=indicator,
    )
    engine = dict(zip(histories, found, strict=True))
    settings = DriverSettings.of(parameters)
    return Known(public, codes, parameters, day, year, histories, engine, run, settings)


def origin_day(panel: Panel, indicator: str, year: int) -> date | None:
    """Return the day on which most figures of a year became public; None if there are none."""
    frame = panel.select(indicator=indicator).frame
    days = frame.loc[frame["year"] == year, "published"].mode()
    found: date | None = None if days.empty else days.iloc[0].date()
    return found


def blended(engine: Array, driven: Array, weight: float) -> Array:
    """Average the quantiles of two sets of draws, in the order of the engine's draws.

    Draw d of the result is ``(1 − w)·e_d + w·q(rank of e_d)`` with q the driven draws in rising order: the
    dependence between years and between series is the engine's, so that sums stay as wide as they were.

    Args:
        engine: (D, H) draws of the engine.
        driven: (D, H) draws of the model with driver.
        weight: w in [0, 1].

    Example:
        >>> blended(np.array([[3.0], [1.0]]), np.array([[4.0], [8.0]]), 0.5).tolist()
        [[5.5], [2.5]]
    """
    rank = engine.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    return np.asarray(
        (1 - weight) * engine + weight * np.take_along_axis(np.sort(driven, axis=0), rank, axis=0)
    )
