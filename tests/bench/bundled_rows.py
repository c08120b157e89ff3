"""Rows on the bundled figures: our points and ranges against the last value, with what was public then.

The backtest of the product says what it and the last value would have forecast at every past origin. The band
of the last value is made here, from nothing but its own past errors, and as good as we can make it: a weak
yardstick would flatter us.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from forecast.backtest import run_backtest
from forecast.origins import OriginTask
from forecast.panel_origins import panel_tasks
from forecast.quantities import production_settings
from forecast.scoring import STANDARD
from forecast.sources.definitions import read_definitions
from forecast.sources.figures import read_panel
from tests.bench import goals
from tests.bench.metrics import LEVELS, Array, geometric_mean, weighted_interval_score
from tests.bench.peers import Peers
from tests.bench.samples import Sample, side_by_side
from tests.bench.table import Row, Section, written

HORIZONS: Final = (1, 3, 5)
_OURS, _LAST = "production", "last"
_PAIR: Final = ["indicator", "series", "origin", "horizon"]
_CELL: Final = ["indicator", "level"]
_RANGES: Final = ((0.5, "50"), (0.2, "80"), (0.05, "95"))
_LEVELS: Final = tuple(sorted([0.5, *(p for alpha, _ in _RANGES for p in (alpha / 2, 1 - alpha / 2))]))
#: Standard normal quantiles of `_LEVELS`.
_NORMAL: Final = (-1.959964, -1.281552, -0.674490, 0.0, 0.674490, 1.281552, 1.959964)
_QUANTILES: Final = ("lower_95", "lower_80", "lower_50", "median", "upper_50", "upper_80", "upper_95")
#: Where these seven stand among the nine quantiles of the peers.
_SEVEN: Final = tuple(place for place, level in enumerate(LEVELS) if level not in (0.05, 0.95))
_PEERS: Final = ("AutoETS", "DynamicOptimizedTheta")
#: Name in the table → method in the error table.
_OTHERS: Final = {
    "AutoETS": "AutoETS", "DOTM": "DOTM", "Drift": "drift", "gedämpft": "damped_drift", "SES": "ses",
}  # fmt: skip
_LEAST_ERRORS: Final = 40  # past errors below which the band is that of a random walk
_APPRENTICESHIP: Final = ("new_contracts", "apprentices", "contract_terminations")


def bundled_section(root: Path, peers: Peers | None) -> Section:
    """Run the backtest of the product on the bundled figures and compare.

    Args:
        root: The checkout.
        peers: Asked for the same forecasts from the same histories; None leaves them out.
    """
    definitions = read_definitions(root / "data")
    panel = read_panel(root / "data", definitions).panel
    settings = replace(STANDARD, series=production_settings(definitions.parameters))
    errors = run_backtest(panel, definitions.codes, settings, events=definitions.events).errors
    if peers is not None and peers.python is not None:
        cuts = [
            cut
            for name in STANDARD.indicators
            for cut in panel_tasks(panel, definitions.codes, name, STANDARD)
        ]
        errors = pd.concat([errors, peer_errors(cuts, peers)], ignore_index=True)
        level = errors.drop_duplicates("series").set_index("series")["level"]
        errors["level"] = errors["series"].map(level)
    return Section(
        "Mitgelieferte Zahlen, rollende Ursprünge  (geometrisches Mittel über Indikator × Gebietsebene)",
        rows_from(errors),
    )


def peer_errors(cuts: Sequence[OriginTask], peers: Peers) -> pd.DataFrame:
    """Return what the peers would have said at every origin, laid out as the product's own errors.

    Gaps inside a history are filled with the value before, since the peers know no gaps; what they say below
    zero is set to zero.
    """
    none = np.empty(0)
    samples = [
        Sample(f"cut{i}", side_by_side([_without_gaps(line) for line in cut.known]), cut.truth,
               cut.truth.shape[1], none, none.astype(np.int_))
        for i, cut in enumerate(cuts)
    ]  # fmt: skip
    said = peers.forecasts(samples, _PEERS)
    frames = []
    for sample, cut in zip(samples, cuts, strict=True):
        known = np.isfinite(cut.truth)
        row, ahead = np.nonzero(known)
        for method, found in said.get(sample.name, {}).items():
            quantiles = np.maximum(found.quantiles[known], 0.0)[:, _SEVEN]
            columns = {
                "indicator": cut.indicator,
                "method": method,
                "series": np.array(cut.keys, dtype=object)[row],
                "origin": cut.origin,
                "horizon": ahead + 1,
                "forecast": np.maximum(found.point[known], 0.0),
                "truth": cut.truth[known],
            }
            frames.append(pd.DataFrame({**columns, **dict(zip(_QUANTILES, quantiles.T, strict=True))}))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def rows_from(errors: pd.DataFrame) -> list[Row]:
    """Return the rows of an error table as `run_backtest` makes it, with or without peers."""
    rows = []
    for horizon in HORIZONS:
        part = errors[errors["horizon"] == horizon]
        cells = wape_ratios(part)
        others = {
            name: (geometric_mean(list(wape_ratios(part, method).values())),)
            for name, method in _OTHERS.items()
            if (part["method"] == method).any()
        }
        row = Row(
            f"WAPE relativ zum letzten Wert, h = {horizon}",
            (geometric_mean(list(cells.values())),),
            "ratio",
            goals.BUNDLED_WAPE[horizon],
            others,
            note=_by_panel(cells),
            details={" ".join(key): value for key, value in cells.items()},
        )
        rows.append(row)
    return [*rows, _wis_row(errors)]


def _wis_row(errors: pd.DataFrame) -> Row:
    """Return WIS relative to the band of the last value that is hardest to beat, ours and the peers'."""
    hardest, by_band, coverage = wis_ratios(errors)
    ratios = by_band[hardest]
    others = {
        name: (geometric_mean(list(wis_ratios(errors, name)[1][hardest].values())),)
        for name in _OTHERS
        if (errors["method"] == name).any()
    }
    covers = " · ".join(f"{name} {written(value, 'percent')} %" for name, value in coverage.items())
    bands = ", ".join(
        f"{name} {written(geometric_mean(list(cells.values())), 'ratio')}" for name, cells in by_band.items()
    )
    return Row(
        "WIS relativ zum letzten Wert mit eigenem Band",
        (geometric_mean(list(ratios.values())),),
        "ratio",
        goals.BUNDLED_WIS,
        others,
        note=f"{_by_panel(ratios)};  gegen Band {bands} (das schwerste zählt);  Deckung {covers}",
        details={" ".join(key): value for key, value in ratios.items()},
    )


def wape_ratios(errors: pd.DataFrame, method: str = _OURS) -> dict[tuple[str, str], float]:
    """Return ``Σ|y − f| / Σ|y − last|`` by indicator and level over pairs both have forecast."""
    last = errors.loc[errors["method"] == _LAST, [*_PAIR, "forecast"]].rename(columns={"forecast": "last"})
    both = errors[errors["method"] == method].merge(last, on=_PAIR)
    both = both.assign(
        own=(both["truth"] - both["forecast"]).abs(), naive=(both["truth"] - both["last"]).abs()
    )
    sums = both.groupby(_CELL)[["own", "naive"]].sum()
    return {key: float(row["own"] / row["naive"]) for key, row in sums.iterrows() if row["naive"] > 0}


def wis_ratios(
    errors: pd.DataFrame, method: str = _OURS
) -> tuple[str, dict[str, dict[tuple[str, str], float]], dict[str, float]]:
    """Return the WIS of a method over that of the last value by indicator and level, for every band of it.

    Returns:
        Name of the band that is hardest to beat; ratios by band; what our ranges and that band covered.
    """
    ours = errors[errors["method"] == method].set_index(_PAIR)
    last = errors[errors["method"] == _LAST].set_index(_PAIR).loc[ours.index]
    truth = ours["truth"].to_numpy(dtype=np.float64)
    bands = dict(zip(("Zufallsgang", "eigene Fehler"), last_value_bands(last.reset_index()), strict=True))
    product = _own_quantiles(last)
    if np.isfinite(product).all():  # the backtest of the product may bring a band as well
        bands["der Rückrechnung"] = product
    cells = pd.DataFrame({"level": ours["level"].to_numpy()}, index=ours.index).reset_index()[_CELL]
    own = cells.assign(score=_wis_of(truth, _own_quantiles(ours))).groupby(_CELL)["score"].sum()
    ratios: dict[str, dict[tuple[str, str], float]] = {}
    for name, quantiles in bands.items():
        naive = cells.assign(score=_wis_of(truth, quantiles)).groupby(_CELL)["score"].sum()
        ratios[name] = {key: float(own[key] / value) for key, value in naive.items() if value > 0}
    hardest = max(ratios, key=lambda name: geometric_mean(list(ratios[name].values())))
    covers = {}
    for name, quantiles in (("wir", _own_quantiles(ours)), ("letzter Wert", bands[hardest])):
        for place, share in ((1, "80"), (0, "95")):
            inside = (quantiles[:, place] <= truth) & (truth <= quantiles[:, -1 - place])
            covers[f"{name} {share}:"] = float(inside.mean())
    return hardest, ratios, covers


def last_value_bands(last: pd.DataFrame) -> tuple[Array, Array]:
    """Return two bands around the last value, (n, 7) quantiles each, from what was known at each origin.

    A unit of error is half the series' own mean change and half what series of its size change (on the scale
    of squares, in proportion to the level, as for counts). Random walk: unit times the square root of h times
    normal quantiles. Pooled: unit times the quantiles of all past errors of the same indicator and
    horizon that were known by then, made symmetric; the random walk where there are too few.

    Args:
        last: Rows of the last value: indicator, origin, horizon, forecast, truth, scale.
    """
    level = np.maximum(last["forecast"].to_numpy(dtype=np.float64), 1.0)
    own = last["scale"].to_numpy(dtype=np.float64) * np.sqrt(np.pi / 2)
    unit = np.empty(len(last))
    groups = last.groupby(["indicator", "origin"]).indices
    for rows in groups.values():
        typical = np.median(np.square(own[rows]) / level[rows])
        unit[rows] = np.sqrt((np.square(own[rows]) + typical * level[rows]) / 2)
    unit = np.maximum(unit, np.finfo(float).tiny)
    horizon = last["horizon"].to_numpy(dtype=np.int_)
    origin = last["origin"].to_numpy(dtype=np.int_)
    standard = (last["truth"].to_numpy(dtype=np.float64) - last["forecast"].to_numpy(dtype=np.float64)) / unit
    walk = np.sqrt(horizon)[:, None] * np.asarray(_NORMAL)
    pooled = walk.copy()
    indicator = last["indicator"].to_numpy()
    for (name, year), rows in groups.items():
        for h in np.unique(horizon[rows]):
            past = standard[(indicator == name) & (horizon == h) & (origin + h <= year)]
            if past.size >= _LEAST_ERRORS:
                mine = rows[horizon[rows] == h]
                pooled[mine] = np.quantile(np.concatenate([past, -past]), _LEVELS)
    centre = last["forecast"].to_numpy(dtype=np.float64)[:, None]
    return tuple(np.maximum(centre + unit[:, None] * shape, 0.0) for shape in (walk, pooled))


def _own_quantiles(frame: pd.DataFrame) -> Array:
    return frame[list(_QUANTILES)].to_numpy(dtype=np.float64)


def _without_gaps(line: Array) -> Array:
    """Return a history from its first known value on, gaps filled with the value before."""
    return pd.Series(line).ffill().dropna().to_numpy(dtype=np.float64)


def _wis_of(truth: Array, quantiles: Array) -> Array:
    ranges = [(alpha, quantiles[:, 2 - i], quantiles[:, 4 + i]) for i, (alpha, _) in enumerate(_RANGES)]
    return weighted_interval_score(truth, quantiles[:, 3], ranges)


def _by_panel(cells: dict[tuple[str, str], float]) -> str:
    """Return the means of the two panels behind the bundled figures."""
    training = [value for (indicator, _), value in cells.items() if indicator in _APPRENTICESHIP]
    groups = [value for (indicator, _), value in cells.items() if indicator not in _APPRENTICESHIP]
    parts = [("Ausbildung", training), ("Berufsgruppen", groups)]
    return " · ".join(
        f"{name} {geometric_mean(values):.3f}".replace(".", ",") for name, values in parts if values
    )
