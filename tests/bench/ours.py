"""The product's forecasts of a sample, as the benchmark needs them: nine quantiles, prior without the set."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from forecast.estimators.panels import learn_panel, panel_quantiles
from forecast.predict_chunk import BATCH, SAMPLE
from forecast.stats.defaults import SHORT_SERIES, SeriesSettings
from tests.bench.metrics import LEVELS, Array
from tests.bench.samples import PUBLIC_SETS, Sample, spread_rows


@dataclass(frozen=True, slots=True)
class Said:
    """What a method said about a sample.

    Args:
        point: (N, H) point forecasts; ours are the means, as in the backtest of the product.
        quantiles: (N, H, 9) in the order of `LEVELS`.
    """

    point: Array
    quantiles: Array


@dataclass(frozen=True, slots=True)
class Timing:
    """CPU seconds of one run.

    Args:
        learning: Everything learned from the panel, from as many of its series as `predict` learns from.
        forecasting: Means and nine quantiles of all its series.
    """

    learning: float
    forecasting: float


def prior_without() -> Callable[[str], Any] | None:
    """Return what gives the shipped prior trained without a set, if the product offers it.

    It is looked for as ``forecast.prior.prior_without(name)`` and may return whole settings or a prior.
    """
    if find_spec("forecast.prior") is None:
        return None
    return getattr(import_module("forecast.prior"), "prior_without", None)


def prior_statement() -> str:
    """Say in German which prior the public sets were forecast with."""
    if prior_without() is not None:
        return "gelernte Vorgewichte, jeweils ohne den geprüften Satz trainiert"
    if find_spec("forecast.prior") is not None:
        return "ACHTUNG: ausgelieferte Vorgewichte, auch am geprüften Satz trainiert"
    return "feste Vorgewichte, an keinem der Sätze trainiert; sonst aus dem Satz selbst gelernt"


def forecast_sample(sample: Sample, *, counts: bool | None = None) -> Said:
    """Forecast every series of a sample from its own history and what the sample teaches.

    Args:
        sample: Only its histories are looked at.
        counts: As in the product; None decides per series.
    """
    settings, prior = _without(sample.name)
    learning = learn_panel(
        (sample.grid, sample.first_years), sample.horizon, settings=settings, counts=counts, **prior
    )
    found = panel_quantiles(
        learning,
        sample.grid,
        sample.first_years,
        sample.horizon,
        levels=LEVELS,
        settings=settings,
        counts=counts,
    )
    return Said(found.mean, found.quantiles)


def time_sample(sample: Sample) -> Timing:
    """Take the CPU time of learning and of forecasting, one after the other, in the portions of `predict`."""
    learned_from = spread_rows(len(sample.grid), SAMPLE)
    started = time.process_time()
    learning = learn_panel((sample.grid[learned_from], sample.first_years[learned_from]), sample.horizon)
    learned = time.process_time()
    for start in range(0, len(sample.grid), BATCH):
        part = slice(start, start + BATCH)
        panel_quantiles(learning, sample.grid[part], sample.first_years[part], sample.horizon, levels=LEVELS)
    return Timing(learned - started, time.process_time() - learned)


def _without(name: str) -> tuple[SeriesSettings, dict[str, Any]]:
    """Return settings and further arguments of `learn_panel` that have not seen a public set."""
    load = prior_without()
    if load is None or name not in PUBLIC_SETS:
        return SHORT_SERIES, {}
    loaded = load(name)
    if isinstance(loaded, SeriesSettings):
        return loaded, {}
    return SHORT_SERIES, {"prior": loaded}
