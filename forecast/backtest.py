"""What would we have said then, and what came? Rolling origins on what was public, beside simple methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast import artefacts
from forecast.backtest_report import report_files
from forecast.compute import run_tasks
from forecast.domain.codes import ALL_TRADES, CodeList
from forecast.domain.panel import Panel
from forecast.errors import InputError, ModelError
from forecast.estimators.baselines import left_aligned, rolling_baselines
from forecast.estimators.boosting import boosted_forecasts
from forecast.estimators.contracts import ContractRows, fit_contracts
from forecast.estimators.protocol import History
from forecast.estimators.series import forecast_series
from forecast.scoring import (
    PRODUCTION,
    QUANTILE_COLUMNS,
    STANDARD,
    BacktestResult,
    BacktestSettings,
    judge,
    score_table,
)
from forecast.stats.defaults import SHORT_SERIES

Array = NDArray[np.float64]
Years = NDArray[np.int_]

_LEVELS: Final = (0.5, 0.25, 0.10, 0.025, 0.75, 0.90, 0.975)  # in the order of QUANTILE_COLUMNS


@dataclass(frozen=True, slots=True)
class Drivers:
    """What the regression of new contracts may use at one origin: value by (group, year)."""

    leavers: Mapping[tuple[str, int], float]
    vacancies: Mapping[tuple[str, int], float]


@dataclass(frozen=True, slots=True)
class _Task:
    """One indicator at one origin: all that was public then, and what came."""

    indicator: str
    origin: int
    keys: tuple[str, ...]
    years: Years
    known: Array
    truth: Array
    drivers: Drivers | None
    settings: BacktestSettings


def run_backtest(
    panel: Panel,
    codes: CodeList,
    settings: BacktestSettings = STANDARD,
    on_progress: Callable[[int, int], None] | None = None,
) -> BacktestResult:
    """Test the forecasts of published series at every possible origin.

    At origin t the panel is cut at the day on which most figures of year t became public; series whose
    figure of t was not yet public that day are left out of this origin. Truth is the newest figure.

    Args:
        panel: All figures, with the day each became public.
        codes: Levels of regions and the occupation groups of training occupations.
        settings: What is tested.
        on_progress: Called with (finished, total) origins.

    Returns:
        Scores, verdicts and what was refused.

    Raises:
        InputError: No series is long enough.
    """
    tasks = [task for name in settings.indicators for task in _tasks(panel, codes, name, settings)]
    if not tasks:
        raise InputError(
            "Keine Reihe ist lang genug für eine Rückrechnung.",
            expected=f"mindestens {settings.least_length} Jahreswerte",
            remedy="Mehr Jahre einlesen oder andere Indikatoren wählen.",
        )
    named = [(f"{task.indicator} {task.origin}", task) for task in tasks]
    outcomes = run_tasks(_run_task, named, settings.workers, on_progress)
    parts, refused = [], []
    for outcome in outcomes:
        if outcome.failure is not None:
            refused.append((outcome.key, outcome.failure.reason))
        if outcome.value is not None:
            parts.append(outcome.value[0])
            refused.extend(outcome.value[1])
    errors = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if errors.empty:
        raise ModelError("Keine Rückrechnung ist gelungen.", rows=[f"{what}: {why}" for what, why in refused])
    region = errors["series"].str.split("|").str[1]
    errors["level"] = region.map({code: entry.level for code, entry in codes.regions.items()})
    scores = score_table(errors)
    return BacktestResult(
        scores=scores,
        errors=errors,
        verdicts=judge(scores, settings.minimum_origins),
        refused=tuple(refused),
        settings=settings,
        vintage=panel.latest_publication(),
        series={str(k): int(v) for k, v in errors.groupby("indicator")["series"].nunique().items()},
        origins={
            str(k): tuple(sorted(int(y) for y in v))
            for k, v in errors.groupby("indicator")["origin"].unique().items()
        },
    )


def _table(panel: Panel, indicator: str) -> pd.DataFrame:
    """Return preferred values of an indicator: one row per ``trade|region``, one column per year."""
    frame = panel.select(indicator=indicator).preferred().frame
    frame = frame[frame["value"].notna() & (frame["trade"] != ALL_TRADES)]
    keys = frame["trade"] + "|" + frame["region"]
    return frame.assign(series=keys).pivot_table(index="series", columns="year", values="value").sort_index()


def _tasks(panel: Panel, codes: CodeList, indicator: str, settings: BacktestSettings) -> list[_Task]:
    """Cut the panel at every origin of one indicator."""
    everything = panel.select(indicator=indicator)
    truth = _table(everything, indicator)
    truth = truth[truth.notna().sum(axis=1) >= settings.least_length]
    if truth.empty:
        return []
    groups = occupation_groups(codes)
    published = everything.frame
    tasks = []
    for origin in [int(year) for year in truth.columns[:-1]]:
        days = published.loc[published["year"] == origin, "published"].mode()
        if days.empty:
            continue
        day = days.iloc[0].date()
        known = _table(everything.as_of(day), indicator).reindex(truth.index)
        known = known[[year for year in known.columns if int(year) <= origin]]
        if origin not in known.columns:
            continue
        ready = known[origin].notna() & (known.notna().sum(axis=1) >= settings.least_points)
        ahead = truth.reindex(columns=range(origin + 1, origin + settings.horizon + 1))
        ready &= ahead.notna().any(axis=1)
        if not ready.any():
            continue
        keys = tuple(str(key) for key in truth.index[ready])
        drivers = (
            _drivers(panel.as_of(day), keys, groups, settings) if indicator == settings.contracts else None
        )
        task = _Task(
            indicator=indicator,
            origin=origin,
            keys=keys,
            years=known.columns.to_numpy(dtype=np.int_),
            known=known[ready].to_numpy(dtype=np.float64),
            truth=ahead[ready].to_numpy(dtype=np.float64),
            drivers=drivers,
            settings=settings,
        )
        tasks.append(task)
    return tasks


def occupation_groups(codes: CodeList) -> dict[str, str]:
    """Return the occupation group with the largest weight for every training occupation with a trade."""
    main: dict[str, tuple[float, str]] = {}
    for link in codes.links:
        best = main.get(link.trade, (0.0, ""))
        main[link.trade] = max(best, (link.weight, link.occupation_group))
    return {
        code: main[entry.trade][1]
        for code, entry in codes.training_occupations.items()
        if entry.trade in main
    }


def _drivers(
    panel: Panel, keys: Sequence[str], groups: Mapping[str, str], settings: BacktestSettings
) -> Drivers:
    """Return school leavers and last year's vacancies of every series, as far as they were public.

    A year without figure has the latest earlier one: for the years ahead that is all that was known.
    """
    years = range(settings.first_driver_year, int(panel.frame["year"].max()) + settings.horizon + 1)
    by_region: dict[str, dict[int, float]] = {}
    for name in settings.leavers:
        for (subject, region), values in _by_year(panel, name).items():
            if subject == ALL_TRADES:
                by_region.setdefault(region, {}).update(values)
    open_places = _by_year(panel, settings.vacancies)
    leavers: dict[tuple[str, int], float] = {}
    vacancies: dict[tuple[str, int], float] = {}
    for key in keys:
        subject, region = key.split("|")
        for year, value in _carried(by_region.get(region, {}), years).items():
            leavers[key, year] = value
        for year, value in _carried(open_places.get((groups.get(subject, ""), region), {}), years).items():
            vacancies[key, year + 1] = value
    return Drivers(leavers, vacancies)


def _by_year(panel: Panel, indicator: str) -> dict[tuple[str, str], dict[int, float]]:
    """Return the preferred values of an indicator: (trade, region) → year → value."""
    frame = panel.select(indicator=indicator).preferred().frame
    found: dict[tuple[str, str], dict[int, float]] = {}
    columns = (frame[name].tolist() for name in ("trade", "region", "year", "value"))
    for trade, region, year, value in zip(*columns, strict=True):
        found.setdefault((trade, region), {})[year] = value
    return found


def _carried(values: Mapping[int, float], years: range) -> dict[int, float]:
    """Return the latest known value for every year from the first known one on."""
    result: dict[int, float] = {}
    latest = float("nan")
    for year in years:
        value = values.get(year, latest)
        latest = latest if np.isnan(value) else value
        if not np.isnan(latest):
            result[year] = latest
    return result


def _run_task(task: _Task) -> tuple[pd.DataFrame, tuple[tuple[str, str], ...]]:
    """Forecast one indicator from one origin by every method and lay the errors out."""
    settings = task.settings
    histories = [History(key, task.years, row) for key, row in zip(task.keys, task.known, strict=True)]
    production = forecast_series(
        histories,
        settings.horizon,
        draws=settings.draws,
        seed=settings.seed,
        settings=settings.series_settings(task.indicator),
        non_negative=True,
    )
    points = {PRODUCTION: np.stack([item.mean for item in production])}
    grid, _ = left_aligned([(task.years, row) for row in task.known])
    last = np.array([np.flatnonzero(~np.isnan(row))[-1] for row in grid])
    rolled = rolling_baselines(
        grid, settings.horizon, damping=SHORT_SERIES.damping, alphas=SHORT_SERIES.alphas
    )
    points |= {name: np.maximum(values[np.arange(len(grid)), last], 0.0) for name, values in rolled.items()}
    refused = []
    label = f"{task.indicator} {task.origin}"
    try:
        points["boosting"] = boosted_forecasts(grid, settings.horizon, seed=settings.seed)
    except ModelError as error:
        refused.append((f"{label} boosting", error.what))
    if task.drivers is not None:
        try:
            points["contracts"] = _contracts_points(task, task.drivers)
        except ModelError as error:
            refused.append((f"{label} contracts", error.what))
    quantiles = np.quantile(np.stack([item.draws for item in production]), _LEVELS, axis=1)
    changes = np.abs(np.diff(task.known, axis=1))
    known = ~np.isnan(changes)
    scale = np.where(known, changes, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return _laid_out(task, points, quantiles, scale), tuple(refused)


def _contracts_points(task: _Task, drivers: Drivers) -> Array:
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


def _laid_out(task: _Task, points: Mapping[str, Array], quantiles: Array, scale: Array) -> pd.DataFrame:
    """Return one row per method, series and horizon for which truth and forecast are known."""
    series, horizon = task.truth.shape
    row, ahead = np.indices((series, horizon))
    frames = []
    for method, values in points.items():
        usable = ~np.isnan(task.truth) & ~np.isnan(values)
        count = int(usable.sum())
        columns: dict[str, object] = {
            "indicator": np.full(count, task.indicator, dtype=object),
            "method": np.full(count, method, dtype=object),
            "series": np.array(task.keys, dtype=object)[row[usable]],
            "origin": np.full(count, task.origin),
            "horizon": ahead[usable] + 1,
            "forecast": values[usable],
            "truth": task.truth[usable],
            "scale": scale[row[usable]],
        }
        for place, name in enumerate(QUANTILE_COLUMNS):
            own = quantiles[place][usable] if method == PRODUCTION else np.full(count, np.nan)
            columns[name] = own
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def write_backtest(result: BacktestResult, root: Path, quantity: str = "backtest") -> Path:
    """Write scores, card and report as one verified folder.

    Args:
        result: The backtest.
        root: Usually ``models``.
        quantity: Name of the folder below it.

    Returns:
        ``<root>/<quantity>/<run id>`` with scores.csv, card.yaml, CARD.md, report.html and manifest.json; the
        same result has the same run id.

    Raises:
        OperationError: The disk refuses.
    """
    return artefacts.save_folder(root, quantity, report_files(result))
