"""Paths of drivers as draws: printed where public, joined between printed points, forecast after them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from forecast.domain.codes import ALL_TRADES, CodeList
from forecast.domain.panel import Panel
from forecast.domain.parameters import ParameterSet
from forecast.estimators.protocol import Array, History, Years
from forecast.estimators.series import SeriesForecast, forecast_series
from forecast.stats.draws import generator_for, quantiles_of

LEAVERS = ("leavers_total", "school_leavers")
"""Printed school leavers, the long series last: where both print a year, the official count stands."""
LEAVERS_AHEAD = "school_leavers_forecast"
LEAVER_POINTS = "school_leavers"
"""Parameter with single printed points and the KMK's forecasts by vintage."""


@dataclass(frozen=True, slots=True)
class Path:
    """One driver on consecutive years.

    Args:
        first: First year.
        draws: (D, n) values; the same in every draw where the figure was printed.
        estimated: (n,) True where no figure was printed: joined, or forecast.
    """

    first: int
    draws: Array
    estimated: np.ndarray[tuple[int], np.dtype[np.bool_]]

    def at(self, years: Years) -> Array:
        """Return draws (D, len(years)), NaN outside the path."""
        place = np.asarray(years) - self.first
        inside = (place >= 0) & (place < self.draws.shape[1])
        found = self.draws[:, np.clip(place, 0, self.draws.shape[1] - 1)]
        return np.where(inside, found, np.nan)

    def middle(self, years: Years) -> Array:
        """Return the median over draws, (len(years),)."""
        return np.asarray(quantiles_of(self.at(years), (0.5,))[0])


def joined(years: Years, values: Array) -> tuple[int, Array, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Fill interior gaps of a series by straight lines on the log scale.

    Returns:
        First year, values of consecutive years up to the last observed one, and which of them were filled.

    Example:
        >>> joined(np.array([2013, 2015]), np.array([1.5, 7.5]))[1].round(6).tolist()
        [1.5, 3.5, 7.5]
    """
    known = np.isfinite(values)
    seen, found = np.asarray(years)[known], np.asarray(values, dtype=np.float64)[known]
    order = np.argsort(seen)
    seen, found = seen[order], np.maximum(found[order], 0)
    every = np.arange(seen[0], seen[-1] + 1)
    filled = np.exp(np.interp(every, seen, np.log(found + 0.5))) - 0.5
    printed = np.isin(every, seen)
    filled[printed] = found
    return int(seen[0]), filled, ~printed


def engine_path(history: History, forecast: SeriesForecast) -> Path | None:
    """Return printed values followed by the engine's draws; None if the engine could say nothing."""
    if forecast.status == "failed":
        return None
    first, values, filled = joined(history.years, history.values)
    past = np.broadcast_to(values, (len(forecast.draws), values.size))
    ahead = np.ones(forecast.draws.shape[1], dtype=bool)
    return Path(first, np.concatenate([past, forecast.draws], axis=1), np.concatenate([filled, ahead]))


def weighted_histories(
    panel: Panel, codes: CodeList, indicator: str, pairs: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], History]:
    """Return the driver published by occupation group for every (subject, region).

    ``V[subject] = Σ_g w[g]·V[g]`` with the weights of the subject's trade; a subject that is an occupation
    group has its own figures. Years in which a group with weight is missing are missing.

    Args:
        panel: What was public.
        codes: Links from trades to occupation groups.
        indicator: For example ``vacancies_avg``.
        pairs: (subject, region).
    """
    frame = panel.select(indicator=indicator).preferred().frame
    frame = frame[frame["value"].notna()]
    known: dict[tuple[str, str], dict[int, float]] = {}
    columns = (frame[name].tolist() for name in ("trade", "region", "year", "value"))
    for group, region, year, value in zip(*columns, strict=True):
        known.setdefault((group, region), {})[year] = value
    found = {}
    for subject, region in pairs:
        parts = [(w, known[g, region]) for g, w in group_weights(codes, subject) if (g, region) in known]
        if not parts:
            continue
        years = sorted(set.intersection(*(set(values) for _, values in parts)))
        if years:
            total = np.array([sum(w * values[year] for w, values in parts) for year in years])
            key = f"{subject}|{region}|{indicator}"
            found[subject, region] = History(key, np.array(years, dtype=np.int_), total)
    return found


def group_weights(codes: CodeList, subject: str) -> tuple[tuple[str, float], ...]:
    """Return occupation groups and weights of a trade, a training occupation or a group itself."""
    occupation = codes.training_occupations.get(subject)
    trade = occupation.trade if occupation else subject
    links = codes.links_of(trade)
    if links:
        return tuple((link.occupation_group, link.weight) for link in links)
    return ((subject, 1.0),)


def engine_paths(
    histories: Mapping[tuple[str, str], History], last: int, *, draws: int, seed: int
) -> dict[tuple[str, str], Path]:
    """Forecast drivers that are themselves short yearly series up to a year; all share one panel."""
    if not histories:
        return {}
    ends = [int(history.years[np.isfinite(history.values)].max()) for history in histories.values()]
    horizon = max(last - min(ends), 1)
    found = forecast_series(list(histories.values()), horizon, draws=draws, seed=seed, non_negative=True)
    paths = {}
    for (pair, history), forecast in zip(histories.items(), found, strict=True):
        path = engine_path(history, forecast)
        if path is not None:
            paths[pair] = path
    return paths


@dataclass(frozen=True, slots=True)
class LeaverPoints:
    """School leavers of one region as they were known on a day.

    Args:
        printed: Year → counted leavers.
        projected: Year → leavers in the newest forecast public that day.
    """

    printed: Mapping[int, float]
    projected: Mapping[int, float]


def leaver_points(panel: Panel, parameters: ParameterSet, region: str, day: date) -> LeaverPoints:
    """Collect printed leavers and forecasts public on a day.

    Args:
        panel: Figures; cut at the day here.
        parameters: Single points under `LEAVER_POINTS`; `leaver_vintage` says when each became public.
        region: Region.
        day: What became public later is not used.
    """
    public = panel.as_of(day)
    printed: dict[int, float] = {}
    projected: dict[int, float] = {}
    vintages: dict[int, float] = {}
    for entry in parameters.parameters[LEAVER_POINTS].entries:
        figure, certificate, school, place, year, status, base = (str(part) for part in entry.key)
        if (figure, certificate, school, place) != ("leavers", "alle", "general schools", region):
            continue
        named = dict(zip(parameters.parameters[LEAVER_POINTS].keyed_by, entry.key, strict=True))
        entry = parameters.entry(LEAVER_POINTS, **named)
        at = int(float(year))
        vintage = at + 1 if base == "alle" else parameters.value("leaver_vintage", base=base)
        if vintage >= day.year:  # public at the end of its year
            continue
        if status == "actual" and vintage > vintages.get(at, -np.inf):
            printed[at], vintages[at] = entry.value, vintage
        if status == "forecast" and vintage > vintages.get(-at, -np.inf):
            projected[at], vintages[-at] = entry.value, vintage
    for indicator, target in ((LEAVERS_AHEAD, projected), (LEAVERS[1], printed), (LEAVERS[0], printed)):
        series = public.series(indicator, ALL_TRADES, region)
        for year, value in zip(series.years.tolist(), series.values.tolist(), strict=True):
            if np.isfinite(value):
                target[int(year)] = float(value)
    return LeaverPoints(printed, {year: v for year, v in projected.items() if year > max(printed, default=0)})


def leaver_path(
    points: LeaverPoints, last: int, *, yearly_sd: Array, draws: int, seed: int, region: str
) -> Path | None:
    """Return school leavers from the first printed year to ``last``; None without printed years.

    Printed years are certain. Between printed points the path is a straight line with the spread of a random
    walk tied at both ends; towards a forecast point, a straight line whose spread grows from the last printed
    year with ``yearly_sd·√k``; after the last point it stays, and the spread of a year is that of the yearly
    changes printed so far, if that is larger.

    Args:
        points: What was known.
        last: Last year needed.
        yearly_sd: Standard deviation of a forecast's log error per √year, (D,).
        draws: D.
        seed: Seed of the run.
        region: Seeds the draws.
    """
    if not points.printed:
        return None
    printed = np.array(sorted(points.printed))
    knots = {**points.projected, **points.printed}
    every = np.arange(printed[0], max(last, printed[-1]) + 1)
    known = np.array(sorted(knots))
    level = np.interp(every, known, np.log([knots[int(year)] for year in known]))
    neighbours = np.diff(printed) == 1
    changes = np.diff(np.log([points.printed[int(year)] for year in printed]))[neighbours]
    own = yearly_sd[:, None]
    free = np.maximum(own, float(np.std(changes)) if changes.size > 1 else 0.0)
    steps = np.where(every > known[-1], free, own)
    z = generator_for(seed, "leavers", region).standard_normal((draws, every.size))
    walk = np.zeros((draws, every.size))
    for left, right in pairwise(printed.tolist()):
        inside = (every > left) & (every <= right)
        share = (every[inside] - left) / (right - left)
        step = np.cumsum(own * z[:, inside], axis=1)
        walk[:, inside] = step - share * step[:, -1:]
    after = every > printed[-1]
    walk[:, after] = np.cumsum(steps[:, after] * z[:, after], axis=1)
    return Path(int(every[0]), np.exp(level + walk), ~np.isin(every, printed))
