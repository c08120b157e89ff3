"""Panels nobody tuned anything to: `python -m tests.bench.holdout` forecasts them and prints the scores.

They come with statsmodels, so nothing is downloaded: births per woman by country (World Bank, 1960–2011),
once with the whole history and once with twelve years of it, and three figures of eleven American firms
(Grunfeld, 1935–1954). The last five years are held out. ``--document`` writes the table into
docs/methods/series.md.

What was decided before the first run: the shipped prior, no setting changed, complete series only, all
figures of one kind are one panel.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from statsmodels.datasets import fertility, grunfeld

from forecast.estimators.baselines import drift
from forecast.estimators.panels import learn_panel, panel_quantiles
from forecast.stats.defaults import QUANTILE_LEVELS, SHORT_SERIES
from forecast.stats.error_band import last_value_band
from tests.bench.measurement import METHODS, write_table
from tests.bench.metrics import (
    Array,
    covered,
    naive_scale,
    owa,
    weighted_interval_score,
)

PAGE: Final = METHODS / "series.md"
COMMAND: Final = "python -m tests.bench.holdout --document"
HORIZON: Final = 5
SHORT: Final = 12
_SUMS_OF_COUNTRIES: Final = ("IFC classification", "all income levels", "OECD members", "small states")
_ALPHAS: Final = (0.05, 0.2, 0.5)


@dataclass(frozen=True, slots=True)
class Untouched:
    """One panel.

    Args:
        name: For the table.
        grid: (N, T) yearly values, the held-out years last.
        first: Year of column 0.
    """

    name: str
    grid: Array
    first: int


@dataclass(frozen=True, slots=True)
class Scored:
    """What one panel said.

    Args:
        owa: Method → mean of sMAPE and MASE, both relative to the last value.
        wis: Weighted interval score relative to the last value with its own error band.
        coverage: 80 and 95 % ranges, ours; then those of the last value's band.
    """

    owa: dict[str, float]
    wis: float
    coverage: tuple[float, float, float, float]


def panels() -> Iterator[Untouched]:
    """Yield the panels; the figures of the firms one by one."""
    births = fertility.load_pandas().data
    names = births["Country Name"]
    sums = np.array([any(part in name for part in _SUMS_OF_COUNTRIES) for name in names])
    years = [column for column in births.columns if column.isdigit() and births[column].notna().any()]
    grid = births.loc[~sums, years].to_numpy(dtype=np.float64)
    grid = grid[~np.isnan(grid).any(axis=1)]
    first = int(years[0])
    yield Untouched("births per woman, whole history", grid, first)
    cut = grid.shape[1] - HORIZON - SHORT
    yield Untouched(f"births per woman, {SHORT} years", grid[:, cut:], first + cut)
    firms = grunfeld.load_pandas().data
    for column, name in (("invest", "investment"), ("value", "market value"), ("capital", "capital stock")):
        table = firms.pivot_table(index="firm", columns="year", values=column)
        yield Untouched(f"firms: {name}", table.to_numpy(dtype=np.float64), int(table.columns[0]))


def scored(panel: Untouched) -> Scored:
    """Forecast the last five years of a panel from those before and score them."""
    known, truth = panel.grid[:, :-HORIZON], panel.grid[:, -HORIZON:]
    first = np.full(len(known), panel.first)
    found = panel_quantiles(learn_panel((known, first), HORIZON), known, first, HORIZON)
    naive = np.repeat(known[:, -1:], HORIZON, axis=1)
    said = {
        "ours": found.mean,
        "drift": drift(known, HORIZON, damping=1.0)[:, -1],
        "damped drift": drift(known, HORIZON, damping=SHORT_SERIES.damping)[:, -1],
    }
    scale = naive_scale(list(known))
    band = last_value_band(known, HORIZON, QUANTILE_LEVELS, counts=False)
    inside = [
        float(covered(truth, bounds[:, :, low], bounds[:, :, -1 - low]).mean())
        for bounds in (found.quantiles, band)
        for low in (1, 0)
    ]
    return Scored(
        {method: owa(truth, point, naive, scale) for method, point in said.items()},
        _wis(truth, found.quantiles, scale) / _wis(truth, band, scale),
        (inside[0], inside[1], inside[2], inside[3]),
    )


def _wis(truth: Array, quantiles: Array, scale: Array) -> float:
    """Return the mean score in units of the mean yearly change of each series."""
    ranges = [
        (alpha, quantiles[:, :, place], quantiles[:, :, -1 - place]) for place, alpha in enumerate(_ALPHAS)
    ]
    return float(np.nanmean(weighted_interval_score(truth, quantiles[:, :, 3], ranges) / scale[:, None]))


def table() -> str:
    """Return the table in Markdown."""
    lines = [
        "| Panel | series | years known | OWA ours | OWA drift | OWA damped drift | WIS to the band "
        "| 80 % covered, ours / band | 95 % covered, ours / band |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for panel in panels():
        found = scored(panel)
        said = " | ".join(f"{value:.3f}" for value in found.owa.values())
        share = [f"{100 * value:.0f}" for value in found.coverage]
        lines.append(
            f"| {panel.name} | {len(panel.grid)} | {panel.grid.shape[1] - HORIZON} | {said} "
            f"| {found.wis:.3f} | {share[0]} / {share[2]} | {share[1]} / {share[3]} |"
        )
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    """Print the table and, if asked to, write it into the page."""
    found = table()
    sys.stdout.write(found + "\n")
    if "--document" in arguments:
        write_table(PAGE, COMMAND, found)


if __name__ == "__main__":
    main(sys.argv[1:])
