"""One rolling origin: what every method would have said from what was known then, beside what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import ModelError
from forecast.estimators.baselines import left_aligned, rolling_baselines
from forecast.estimators.boosting import boosted_forecasts
from forecast.estimators.contracts import ContractRows, fit_contracts
from forecast.estimators.protocol import History, KnownEvent
from forecast.estimators.series import SeriesForecast, forecast_series
from forecast.scoring import LEVELS, NAIVE, PRODUCTION, QUANTILE_COLUMNS, BacktestSettings
from forecast.stats.defaults import SHORT_SERIES
from forecast.stats.draws import generator_for, quantiles_of
from forecast.stats.error_band import last_value_band, size_classes
from forecast.stats.scores import crps, randomised_pit, rounding_step

Array = NDArray[np.float64]
Years = NDArray[np.int_]
#: What a method says about a whole panel: the quantiles of `QUANTILE_COLUMNS` (N, H, 7), crps and pit (N, H).
Ranges = tuple[Array, Array, Array]

#: Offices publish whole numbers or round to these steps; draws are rounded likewise before the PIT is taken.
_STEPS: Final = (1, 3, 5, 10)
#: The band of the last value as an even sample, so that its CRPS is computed like that of draws.
_BAND_SAMPLE: Final = 100


@dataclass(frozen=True, slots=True)
class Drivers:
    """What the regression of new contracts may use at one origin: value by (group, year)."""

    leavers: Mapping[tuple[str, int], float]
    vacancies: Mapping[tuple[str, int], float]


@dataclass(frozen=True, slots=True)
class OriginTask:
    """One panel at one origin: all that was public then, and what came.

    Args:
        indicator: What the panel measures.
        origin: Last year known.
        keys: (N,) names of the series.
        years: (T,) years of the columns, the last one the origin.
        known: (N, T) values as known then, NaN for gaps; the last column is observed.
        truth: (N, H) what came, NaN where nothing has come yet.
        drivers: For the regression of new contracts, None for all others.
        settings: What is tested.
        non_negative: Values cannot be negative; None decides per series by what was observed.
        events: (N,) what was known to have moved each series; empty if nothing was.
        bounds: (N, T, 2) lowest and highest possible value of suppressed ones, NaN elsewhere; None without.
    """

    indicator: str
    origin: int
    keys: tuple[str, ...]
    years: Years
    known: Array
    truth: Array
    drivers: Drivers | None
    settings: BacktestSettings
    non_negative: bool | None = None
    events: tuple[tuple[KnownEvent, ...], ...] = ()
    bounds: Array | None = None


def run_origin(task: OriginTask) -> tuple[pd.DataFrame, tuple[tuple[str, str], ...]]:
    """Forecast one panel from one origin by every method and lay the errors out.

    Args:
        task: The panel.

    Returns:
        ``(errors, refused)``: one row per method, series and horizon with truth; (what, German reason) for
        every method that could not be fitted.
    """
    settings = task.settings
    events = task.events or ((),) * len(task.keys)
    bounds = (None,) * len(task.keys) if task.bounds is None else task.bounds
    histories = [
        History(key, task.years, row, moved, bounds=hidden)
        for key, row, moved, hidden in zip(task.keys, task.known, events, bounds, strict=True)
    ]
    production = forecast_series(
        histories,
        settings.horizon,
        draws=settings.draws,
        seed=settings.seed,
        settings=settings.series_settings(task.indicator),
        non_negative=task.non_negative,
        panel=task.indicator,
    )
    points = {PRODUCTION: _means(production, settings.horizon)}
    grid, _ = left_aligned([(task.years, row) for row in task.known])
    last = np.array([np.flatnonzero(~np.isnan(row))[-1] for row in grid])
    rolled = rolling_baselines(
        grid, settings.horizon, damping=SHORT_SERIES.damping, alphas=SHORT_SERIES.alphas
    )
    floor = np.where(np.nanmin(task.known, axis=1) >= 0, 0.0, -np.inf)[:, None]
    points |= {name: np.maximum(values[np.arange(len(grid)), last], floor) for name, values in rolled.items()}
    refused = []
    label = f"{task.indicator} {task.origin}"
    try:
        rooted = bool((floor == 0).all())
        points["boosting"] = boosted_forecasts(grid, settings.horizon, seed=settings.seed, root=rooted)
    except ModelError as error:
        refused.append((f"{label} boosting", error.what))
    if task.drivers is not None:
        try:
            points["contracts"] = _contracts_points(task, task.drivers)
        except ModelError as error:
            refused.append((f"{label} contracts", error.what))
    refused += [(f"{label} {item.key}", item.reason) for item in production if item.status == "failed"]
    step = rounding_step(task.known, _STEPS) if (floor == 0).all() else 0
    ranges = {PRODUCTION: _production_ranges(task, production, step), NAIVE: _band_ranges(task, step)}
    return _laid_out(task, points, ranges, step), tuple(refused)


def _means(production: Sequence[SeriesForecast], horizon: int) -> Array:
    """Return the points (N, H) of production, NaN for series it refused."""
    nothing = np.full(horizon, np.nan)
    return np.stack([nothing if item.status == "failed" else item.mean for item in production])


def _production_ranges(task: OriginTask, production: Sequence[SeriesForecast], step: int) -> Ranges:
    """Return quantiles, CRPS and randomised PIT of production's draws."""
    series, horizon = task.truth.shape
    draws = np.full((series, task.settings.draws, horizon), np.nan)
    for row, item in enumerate(production):
        if item.status != "failed":
            draws[row] = item.draws
    flat = draws.transpose(0, 2, 1).reshape(series * horizon, -1)
    truth = task.truth.ravel()
    quantiles = quantiles_of(draws, LEVELS, axis=1).transpose(1, 2, 0)
    seed, name = task.settings.seed, f"{task.indicator}|{task.origin}"
    uniform = generator_for(seed, "pit", name).random((series, horizon))
    whole = np.rint(flat / step) * step if step else flat
    pit = randomised_pit(truth, whole, uniform.ravel())
    unknown = np.isnan(truth) | np.isnan(flat[:, 0])
    pit[unknown] = np.nan
    return quantiles, crps(truth, flat).reshape(series, horizon), pit.reshape(series, horizon)


def _band_ranges(task: OriginTask, step: int) -> Ranges:
    """Return quantiles and CRPS of the last value with its own error band."""
    series, horizon = task.truth.shape
    width = int(task.years[-1] - task.years[0]) + 1
    even = np.full((series, width), np.nan)  # columns of the panel may skip years; those of the band do not
    even[:, task.years - task.years[0]] = task.known
    sample = (np.arange(_BAND_SAMPLE) + 0.5) / _BAND_SAMPLE
    found = last_value_band(even, horizon, (*LEVELS, *sample), counts=step > 0)
    draws = found[:, :, len(LEVELS) :].reshape(series * horizon, -1)
    score = crps(task.truth.ravel(), draws).reshape(series, horizon)
    return found[:, :, : len(LEVELS)], score, np.full((series, horizon), np.nan)


def _contracts_points(task: OriginTask, drivers: Drivers) -> Array:
    """Return the regression's forecasts (N, H), NaN where a driver was not public."""
    nan = float("nan")

    def column(source: Mapping[tuple[str, int], float], cells: Sequence[tuple[str, int]]) -> Array:
        return np.array([source.get(cell, nan) for cell in cells])

    past = [(key, int(year)) for key in task.keys for year in task.years]
    fitted = fit_contracts(
        ContractRows(
            group=[key for key, _ in past],
            year=np.array([year for _, year in past]),
            contracts=task.known.ravel(),
            leavers=column(drivers.leavers, past),
            vacancies=column(drivers.vacancies, past),
        )
    )
    ahead = [(key, task.origin + h) for key in task.keys for h in range(1, task.settings.horizon + 1)]
    names = [key if key in fitted.groups else "" for key, _ in ahead]
    said = fitted.predict(
        names,
        np.array([year for _, year in ahead]),
        column(drivers.leavers, ahead),
        column(drivers.vacancies, ahead),
    )
    known = np.array([name != "" for name in names])
    return np.where(known, said, nan).reshape(len(task.keys), -1)


def _laid_out(
    task: OriginTask, points: Mapping[str, Array], ranges: Mapping[str, Ranges], step: int
) -> pd.DataFrame:
    """Return one row per method, series and horizon for which truth and forecast are known."""
    row, ahead = (np.asarray(place) for place in np.indices(task.truth.shape))
    changes = np.abs(np.diff(task.known, axis=1))
    seen = ~np.isnan(changes)
    scale = np.where(seen, changes, 0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    power = size_classes(task.known[:, -1], counts=step > 0)
    size = np.array([size_name(int(k), counts=step > 0) for k in power], dtype=object)
    keys = np.array(task.keys, dtype=object)
    frames = []
    for method, values in points.items():
        usable = ~np.isnan(task.truth) & ~np.isnan(values)
        rows, count = row[usable], int(usable.sum())
        columns: dict[str, object] = {
            "indicator": np.full(count, task.indicator, dtype=object),
            "method": np.full(count, method, dtype=object),
            "series": keys[rows],
            "size": size[rows],
            "origin": np.full(count, task.origin),
            "horizon": ahead[usable] + 1,
            "forecast": values[usable],
            "truth": task.truth[usable],
            "scale": scale[rows],
        }
        empty = np.full(count, np.nan)
        own = ranges.get(method)
        for place, name in enumerate(QUANTILE_COLUMNS):
            columns[name] = empty if own is None else own[0][usable][:, place]
        columns["crps"] = empty if own is None else own[1][usable]
        columns["pit"] = empty if own is None else own[2][usable]
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def size_name(power: int, *, counts: bool) -> str:
    """Return the name of a size class.

    Example:
        >>> size_name(0, counts=True), size_name(2, counts=True), size_name(-1, counts=False)
        ('0–9', '100–999', '0.1–1')
    """
    low = 10.0**power
    if not counts:
        return f"{low:g}–{10 * low:g}"
    return "0–9" if power <= 0 else f"{int(low)}–{int(10 * low) - 1}"
