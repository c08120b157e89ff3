"""Cut the figures at every origin: what was public on the day the year became known, and what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from forecast.domain.codes import ALL_TRADES, CodeList, OccupationGroup, Trade, TrainingOccupation
from forecast.domain.panel import Panel
from forecast.domain.provenance import Event
from forecast.estimators.events import known_events
from forecast.estimators.protocol import History, KnownEvent
from forecast.origins import Drivers, OriginTask
from forecast.scoring import BacktestSettings


def panel_tasks(
    panel: Panel,
    codes: CodeList,
    indicator: str,
    settings: BacktestSettings,
    events: Sequence[Event] = (),
) -> list[OriginTask]:
    """Cut the panel at every origin of one indicator.

    At origin t the panel is cut at the day on which most figures of year t became public; series whose figure
    of t was not yet public that day are left out of this origin. Truth is the newest figure.

    Args:
        panel: All figures, with the day each became public.
        codes: Occupation groups of training occupations, for the drivers.
        indicator: Code.
        settings: What is tested.
        events: Dated events; those that had happened by the day of the cut are known.

    Returns:
        One task per origin; empty if no series is long enough.
    """
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
        with_drivers = indicator == settings.contracts
        task = OriginTask(
            indicator=indicator,
            origin=origin,
            keys=keys,
            years=known.columns.to_numpy(dtype=np.int_),
            known=known[ready].to_numpy(dtype=np.float64),
            truth=ahead[ready].to_numpy(dtype=np.float64),
            drivers=_drivers(panel.as_of(day), keys, groups, settings) if with_drivers else None,
            settings=settings,
            non_negative=True,
            events=_known_events(events, codes, indicator, keys, day),
        )
        tasks.append(task)
    return tasks


def history_tasks(
    name: str, histories: Sequence[History], settings: BacktestSettings, non_negative: bool | None = None
) -> list[OriginTask]:
    """Cut histories without publication days at every year: what lay before was known, what follows came.

    Args:
        name: What the series measure.
        histories: The series; an unfinished year is left out, known events count from their year on, a
            suppressed value is known within its bounds but never the truth.
        settings: What is tested; at most `most_origins` origins, the latest ones.
        non_negative: Values cannot be negative; None decides per series.

    Returns:
        One task per origin; empty if no series is long enough.
    """
    long_enough = [item for item in histories if np.isfinite(item.values).sum() >= settings.least_length]
    if not long_enough:
        return []
    first = min(int(item.years.min()) for item in long_enough)
    years = np.arange(first, max(int(item.years.max()) for item in long_enough) + settings.horizon + 1)
    grid = np.full((len(long_enough), years.size), np.nan)
    bounds = np.full((*grid.shape, 2), np.nan)
    for row, item in enumerate(long_enough):
        grid[row, item.years - first] = np.where(np.isfinite(item.values), item.values, np.nan)
        if item.partial:  # an unfinished year is no truth
            grid[row, item.years.max() - first] = np.nan
        if item.bounds is not None:
            bounds[row, item.years - first] = item.bounds
    seen = ~np.isnan(grid)
    suppressed = not np.isnan(bounds).all()
    tasks = []
    for place in range(years.size - settings.horizon):
        known, ahead = slice(place + 1), slice(place + 1, place + 1 + settings.horizon)
        ready = seen[:, place] & (seen[:, known].sum(axis=1) >= settings.least_points)
        ready &= seen[:, ahead].any(axis=1)
        if not ready.any():
            continue
        origin = int(years[place])
        tested = [item for item, chosen in zip(long_enough, ready, strict=True) if chosen]
        tasks.append(
            OriginTask(
                indicator=name,
                origin=origin,
                keys=tuple(item.key for item in tested),
                years=years[known],
                known=grid[ready, known],
                truth=grid[ready, ahead],
                drivers=None,
                settings=settings,
                non_negative=non_negative,
                events=tuple(
                    tuple(event for event in item.events if event.year <= origin) for item in tested
                ),
                bounds=bounds[ready, known] if suppressed else None,
            )
        )
    return tasks[-settings.most_origins :]


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


def series_labels(codes: CodeList, keys: Sequence[str]) -> dict[str, str]:
    """Return the German names of series ``subject|region``; parts without an entry keep their code."""
    subjects: dict[str, Trade | TrainingOccupation | OccupationGroup] = {
        **codes.trades,
        **codes.training_occupations,
        **codes.occupation_groups,
    }
    labels = {}
    for key in keys:
        subject, _, region = key.partition("|")
        thing, place = subjects.get(subject), codes.regions.get(region)
        labels[key] = f"{thing.name_de if thing else subject}, {place.name_de if place else region}"
    return labels


def _table(panel: Panel, indicator: str) -> pd.DataFrame:
    """Return preferred values of an indicator: one row per ``trade|region``, one column per year."""
    frame = panel.select(indicator=indicator).preferred().frame
    frame = frame[frame["value"].notna() & (frame["trade"] != ALL_TRADES)]
    keys = frame["trade"] + "|" + frame["region"]
    return frame.assign(series=keys).pivot_table(index="series", columns="year", values="value").sort_index()


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


def _known_events(
    events: Sequence[Event], codes: CodeList, indicator: str, keys: Sequence[str], day: date
) -> tuple[tuple[KnownEvent, ...], ...]:
    """Return what was known on a day to have moved every series ``subject|region``."""
    cells = (key.partition("|") for key in keys)
    return tuple(known_events(events, codes, indicator, trade, region, day) for trade, _, region in cells)


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
