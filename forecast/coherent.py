"""Forecast a panel of published series and make regions that contain each other agree in every draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecast.domain.codes import CodeList
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.protocol import History, KnownEvent
from forecast.estimators.series import SeriesForecast, forecast_series
from forecast.hierarchy import build_hierarchy, reconcile_forecasts, rest_figures
from forecast.quantities import series_settings

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SeriesDraws:
    """Forecast of one published series: last observed year, years ahead and paths (D, H).

    ``flags`` says in German what is unusual about the history and what was done about it.
    """

    origin: int
    years: tuple[int, ...]
    draws: FloatArray
    flags: tuple[str, ...] = ()


Figures = dict[tuple[str, str], dict[int, float]]
Driven = Callable[[Sequence[SeriesForecast], Sequence[History]], tuple[SeriesForecast, ...]]
Forecasts = tuple[dict[tuple[str, str], SeriesDraws], list[tuple[str, str]]]


def cell_of(key: str) -> tuple[str, str]:
    """Region and subject of a series key.

    Example:
        >>> cell_of("BB|A-24|contracts")
        ('BB', 'A-24')
    """
    region, subject = key.split("|")[:2]
    return region, subject


def forecast_coherently(
    figures: Figures,
    codes: CodeList,
    quantity: str,
    horizon_year: int,
    parameters: ParameterDraws,
    *,
    rounding: float = 0.0,
    counts: bool | None = None,
    events: Mapping[tuple[str, str], tuple[KnownEvent, ...]] | None = None,
    driven: Driven | None = None,
    calendar: str | None = None,
) -> Forecasts:
    """Forecast a panel and make regions that contain each other agree in every draw.

    What a region holds beside its published parts is forecast as a series of its own («rest»), so that a
    Land with one published district can be reconciled; the rests are not returned.

    Args:
        figures: (region, subject) → value by year.
        codes: Code lists.
        quantity: Key of the interval parameters: contracts or employees.
        horizon_year: Last year of the forecast.
        parameters: Parameter draws; its seed is the seed of the series.
        rounding: Multiple to which the printed values are rounded.
        counts: Whether values are counts of events; None decides by series.
        events: (region, subject) → what is known to have moved the series.
        driven: Blends drivers into the forecasts that earn one, before regions are made to agree.
        calendar: Panel with which this one shares what moves all series of a calendar year; its own without.
    """
    year = max(max(values) for values in figures.values())
    hierarchy = build_hierarchy(figures, codes, year, figures=figures, rounding=rounding)
    histories = _histories({**figures, **rest_figures(hierarchy, figures)}, quantity, events or {})
    last = min(int(history.years.max()) for history in histories)
    forecasts = forecast_series(
        histories,
        horizon_year - last,
        draws=parameters.draws,
        seed=parameters.seed,
        settings=series_settings(quantity, parameters.parameters),
        non_negative=True,
        counts=counts,
        rounding=rounding,
        panel=calendar or quantity,
    )
    found, refused = _collect(driven(forecasts, histories) if driven else forecasts)
    series = {cell_of(key): item for key, item in found.items()}
    # only series that end in the same year can be held against each other
    together = [key for key in figures if key in series and series[key].origin == year]
    sums = build_hierarchy(together, codes, year, figures=figures, rounding=rounding)
    wanted = [key for key in (*together, *sums.rests) if key in series]
    agreed = reconcile_forecasts({key: series[key].draws for key in wanted}, sums)
    result = {
        key: replace(item, draws=agreed.get(key, item.draws))
        for key, item in series.items()
        if key in figures
    }
    return result, [pair for pair in refused if cell_of(pair[0]) in figures]


def _collect(found: Sequence[SeriesForecast]) -> tuple[dict[str, SeriesDraws], list[tuple[str, str]]]:
    kept: dict[str, SeriesDraws] = {}
    refused: list[tuple[str, str]] = []
    for item in found:
        if item.status == "failed" or item.origin is None:
            refused.append((item.key, item.reason))
        else:
            kept[item.key] = SeriesDraws(item.origin, tuple(map(int, item.years)), item.draws, item.flags)
    return kept, refused


def _histories(
    figures: Figures, quantity: str, events: Mapping[tuple[str, str], tuple[KnownEvent, ...]]
) -> list[History]:
    """Every non-empty series in the order of its years."""
    return [
        History(
            f"{region}|{subject}|{quantity}",
            np.array(sorted(values)),
            np.array([values[year] for year in sorted(values)]),
            events.get((region, subject), ()),
        )
        for (region, subject), values in figures.items()
        if values
    ]
