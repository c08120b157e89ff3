"""The general forecaster for panels of short yearly series.

Point: average of last value, combination and smoothing bank, with weights learned from what each would have
earned at the rolling origins of the panel itself, anchored on fixed prior weights. Ranges: the errors this
average made at the same origins (see `forecast.stats.intervals`). Every series is continued from its own
last observed year, and its draws depend only on the seed, its key and the panel. Without draws, for many
series: `forecast.estimators.panels`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from forecast.errors import ModelError
from forecast.estimators.known import known_rows, known_values
from forecast.estimators.panels import (
    Outlook,
    PartLearning,
    learn_panel,
    learn_weights,
    look_ahead,
    panel_quantiles,
)
from forecast.estimators.points import METHODS
from forecast.estimators.protocol import Array, History, Years
from forecast.estimators.rows import SHORT, Rows, reasons, refusals, rooted_rows
from forecast.stats.defaults import SHORT_SERIES, SeriesSettings
from forecast.stats.draws import generator_for
from forecast.stats.intervals import Scale
from forecast.stats.paths import sample_paths

__all__ = [
    "METHODS",
    "SeriesForecast",
    "Status",
    "forecast_series",
    "learn_panel",
    "learn_weights",
    "panel_quantiles",
]

Status = Literal["forecast", "short", "failed"]

_CHUNK = 500  # series drawn at once: bounds memory, changes no result


@dataclass(frozen=True, slots=True)
class SeriesForecast:
    """What became of one history.

    Args:
        key: Name of the series.
        origin: Last observed year; None if there is none.
        years: (H,) years forecast; empty if the series failed.
        mean: (H,) mean over draws.
        draws: (D, H) coherent paths.
        status: "forecast"; "short": fewer points than a trend needs, the last value is kept with the
            panel's range; "failed": nothing could be said.
        reason: German sentence for "short" and "failed", otherwise empty.
        flags: German sentences on what is unusual about the history, for every status.
    """

    key: str
    origin: int | None
    years: Years
    mean: Array
    draws: Array
    status: Status
    reason: str
    flags: tuple[str, ...] = ()


def forecast_series(
    histories: Sequence[History],
    horizon: int,
    *,
    draws: int,
    seed: int,
    settings: SeriesSettings = SHORT_SERIES,
    non_negative: bool | None = None,
    counts: bool | None = None,
    rounding: float | None = None,
    panel: str = "",
) -> tuple[SeriesForecast, ...]:
    """Continue every history by ``horizon`` years with coherent draws.

    Args:
        histories: The panel; its series should measure the same kind of thing, since they share one pool.
        horizon: Years ahead of each series' own last observed year, H >= 1.
        draws: Number of draws, D >= 1.
        seed: Seed of the run.
        settings: Constants that are not learned.
        non_negative: Values cannot fall below zero; None decides per series by what was observed.
        counts: Ranges are never narrower than those of a Poisson count; None decides per series: whole
            numbers whose changes are not much smaller than a Poisson count's.
        rounding: Step to which the values are rounded, 0 for none; None looks whether all are multiples of
            3, 5 or 10.
        panel: Name of the panel: series of one panel share the shocks of a calendar year, those of others do
            not.

    Returns:
        One result per history, in the same order.

    Raises:
        ModelError: Horizon or draws below 1, or two histories with the same key.
    """
    if horizon < 1 or draws < 1:
        raise ModelError("Horizont und Zahl der Ziehungen müssen mindestens 1 sein.")
    if len({history.key for history in histories}) != len(histories):
        raise ModelError("Zwei Reihen tragen denselben Schlüssel.", remedy="Schlüssel eindeutig machen.")
    found: dict[int, SeriesForecast] = {}
    sound: list[int] = []
    for row, history in enumerate(histories):
        reason = _refusal(history, non_negative)
        if reason:
            found[row] = _failed(history, reason, draws)
        else:
            sound.append(row)
    kept = [histories[row] for row in sound]
    known = known_rows(kept)
    learning = learn_panel(
        known, horizon, settings=settings, non_negative=non_negative, counts=counts, rounding=rounding
    )
    rooted = rooted_rows(known.grid, non_negative)
    for root, part in ((True, learning.rooted), (False, learning.plain)):
        mine = np.flatnonzero(rooted == root)
        if mine.size:
            rows, view = look_ahead(known, mine, root, learning, horizon, counts, settings)
            keys = [kept[row].key for row in mine]
            drawn = _drawn(rows, view, keys, part, draws, (seed, panel))
            found.update({sound[row]: item for row, item in zip(mine.tolist(), drawn, strict=True)})
    return tuple(found[row] for row in range(len(histories)))


def _drawn(
    rows: Rows, view: Outlook, keys: Sequence[str], part: PartLearning, draws: int, source: tuple[int, str]
) -> list[SeriesForecast]:
    """Draw paths for rows that share one scale; ``source`` is the seed and the name of the panel."""
    horizon = view.centre.shape[1]
    seed, panel = source
    origins = rows.first + rows.last
    years = range(int(origins.min()) + 1, int(origins.max()) + horizon + 1)
    every = np.stack(
        [generator_for(seed, "common", panel, str(y)).standard_normal(draws) for y in years], axis=1
    )
    ahead = (origins - origins.min())[:, None] + np.arange(horizon)
    found = []
    for start in range(0, len(keys), _CHUNK):
        part_of = slice(start, start + _CHUNK)
        shocks = np.stack(
            [generator_for(seed, "series", key).standard_normal((draws, horizon)) for key in keys[part_of]]
        )
        noise = rows.scale.noise[part_of]
        scale = Scale(rows.scale.root[part_of], rows.scale.offset[part_of], noise, rows.scale.ceiling)
        paths = sample_paths(
            view.centre[part_of],
            view.deviation[part_of],
            noise,
            view.classes[part_of],
            part.pool,
            shocks,
            every[:, ahead[part_of]].transpose(1, 0, 2),
        )
        for offset, path in enumerate(scale.back(paths)):
            found.append(_result(rows, view, start + offset, keys[start + offset], path))
    return found


def _result(rows: Rows, view: Outlook, row: int, key: str, path: Array) -> SeriesForecast:
    """Put one row's paths together with its status."""
    flags, years = int(view.flags[row]), view.years[row].tolist()
    origin = int(rows.first[row] + rows.last[row])
    return SeriesForecast(
        key=key,
        origin=origin,
        years=np.arange(origin + 1, origin + path.shape[1] + 1),
        mean=path.mean(axis=0),
        draws=path,
        status="short" if flags & SHORT else "forecast",
        reason=" ".join(reasons(flags & SHORT)),
        flags=reasons(flags & ~SHORT, years),
    )


def _refusal(history: History, non_negative: bool | None) -> str:
    """Return why a history cannot be forecast, in German; empty if it can."""
    years, values, _ = known_values(history)
    if np.unique(years).size != years.size:
        return "Ein Jahr kommt mehrfach vor."
    return " ".join(reasons(int(refusals(values[None, :], non_negative)[0])))


def _failed(history: History, reason: str, draws: int) -> SeriesForecast:
    """Return an empty result with its reason."""
    years, values, _ = known_values(history)
    known = np.isfinite(values)
    origin = int(years[known].max()) if known.any() else None
    empty = np.empty(0)
    return SeriesForecast(
        history.key, origin, empty.astype(np.int_), empty, np.empty((draws, 0)), "failed", reason
    )
