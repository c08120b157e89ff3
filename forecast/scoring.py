"""Score tables: forecasts and what came, by indicator, region level, size class, method and horizon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.stats.defaults import SHORT_SERIES, SeriesSettings
from forecast.stats.scores import (
    coverage,
    mae,
    mase,
    pit_shares,
    relative_width,
    smape,
    uniformity,
    wape,
    wis,
)

Array = NDArray[np.float64]

PRODUCTION: Final = "production"
NAIVE: Final = "last"
METHODS: Final = (
    PRODUCTION, NAIVE, "mean3", "drift", "damped_drift", "ses", "combination", "boosting", "contracts",
)  # fmt: skip
#: Central ranges scored: one minus nominal coverage, and the columns that hold their bounds.
ALPHAS: Final = (0.5, 0.2, 0.05)
RANGES: Final = ("50", "80", "95")
QUANTILE_COLUMNS: Final = (
    "median", "lower_50", "lower_80", "lower_95", "upper_50", "upper_80", "upper_95",
)  # fmt: skip
#: Levels of `QUANTILE_COLUMNS`, in their order.
LEVELS: Final = (0.5, 0.25, 0.10, 0.025, 0.75, 0.90, 0.975)
INDICATORS: Final = (
    "new_contracts", "apprentices", "contract_terminations", "employees", "vacancies_avg", "unemployed_avg",
)  # fmt: skip
KEY: Final = ("indicator", "level", "method", "horizon")
#: Size class and region level of a row that pools all of them.
ALL: Final = "all"
PIT_BINS: Final = 10
#: Errors of this share of the figures are none.
_NOTHING: Final = 1e-9
_PAIR: Final = ("indicator", "series", "origin", "horizon")


@dataclass(frozen=True, slots=True)
class BacktestSettings:
    """What is tested and how.

    Args:
        indicators: Indicators.
        horizon: Years ahead.
        draws: Draws of the production forecast.
        seed: Seed.
        least_points: Observed years of a series before an origin.
        least_length: Observed years of a series for it to be tested at all.
        minimum_origins: Origin years below which a score is computed but not judged.
        workers: Processes.
        leavers: Indicators of school leavers, the preferred one last.
        vacancies: Indicator of vacancies by occupation group.
        contracts: Indicator the regression explains.
        first_driver_year: Drivers are read from this year on.
        series: Pairs (indicator, settings of its production forecast); the others take the standard ones.
        most_series: Of a larger file only this many series, drawn with the seed, are tested.
        most_origins: Of a longer file only the latest origins are tested.
    """

    indicators: tuple[str, ...] = INDICATORS
    horizon: int = 5
    draws: int = 200
    seed: int = 1
    least_points: int = 5
    least_length: int = 8
    minimum_origins: int = 3
    workers: int = 1
    leavers: tuple[str, ...] = ("leavers_total", "school_leavers")
    vacancies: str = "vacancies_avg"
    contracts: str = "new_contracts"
    first_driver_year: int = 1990
    series: tuple[tuple[str, SeriesSettings], ...] = ()
    most_series: int = 2000
    most_origins: int = 20

    def series_settings(self, indicator: str) -> SeriesSettings:
        """Settings with which production forecasts an indicator."""
        return dict(self.series).get(indicator, SHORT_SERIES)


STANDARD: Final = BacktestSettings()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Production against the last value, for one indicator, level and horizon.

    Args:
        indicator: Code.
        level: Level of the regions.
        horizon: Years ahead.
        skill: ``1 − WAPE/WAPE_last``; negative: the last value was better; NaN: it was always right.
        loses: Worse than the last value in WAPE or in MASE.
        judged: At least the minimum number of origins stands behind it.
        relative_wis: WIS divided by that of the last value with its own error band; NaN if unknown or if
            that was always right.
        loses_ranges: The last value with its own error band has the smaller WIS.
    """

    indicator: str
    level: str
    horizon: int
    skill: float
    loses: bool
    judged: bool
    relative_wis: float = float("nan")
    loses_ranges: bool = False


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """Everything a backtest found.

    Args:
        scores: One row per indicator, level, method and horizon; columns as in `score_table`.
        errors: One row per method, series, origin and horizon: what was said and what came.
        verdicts: Production against the last value.
        refused: (what, German reason) for everything that could not be fitted.
        settings: What was tested.
        vintage: Day on which the newest figure used became public; None where the figures carry no date.
        series: Number of series tested by indicator.
        origins: Origin years by indicator.
        names: Code of an indicator → (German, English) name.
        labels: Key of a series → its name in words.
        remarks: German sentences on how the test was cut down or what it cannot know.
    """

    scores: pd.DataFrame
    errors: pd.DataFrame
    verdicts: tuple[Verdict, ...]
    refused: tuple[tuple[str, str], ...]
    settings: BacktestSettings
    vintage: date | None
    series: Mapping[str, int]
    origins: Mapping[str, tuple[int, ...]]
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def score_table(errors: pd.DataFrame, *, by_size: bool = False) -> pd.DataFrame:
    """Score forecasts by indicator, region level, method and horizon.

    Args:
        errors: Columns indicator, level, method, series, origin, horizon, forecast, truth, scale and, where
            ranges were given, `QUANTILE_COLUMNS`; where known also crps and size.
        by_size: One row per size class, too.

    Returns:
        Columns `KEY`, n, origins, mae, wape, mase, smape, coverage_50, coverage_80, coverage_95, width_50,
        width_80, width_95, wis, crps, relative_wis, skill (and size); NaN where a method has no ranges.
        Skill is ``1 − wape/wape_last`` and relative_wis ``Σ wis / Σ wis_last``, both over the pairs both
        methods have forecast; the last value's WIS is that of its own error band.
    """
    joined = _beside_naive(errors)
    keys = [*KEY, "size"] if by_size else list(KEY)
    rows = []
    for key, part in joined.groupby(keys, sort=False):
        rows.append(dict(zip(keys, key, strict=True)) | _score(part))
    order = {name: place for place, name in enumerate(METHODS)}

    def ranked(column: pd.Series) -> pd.Series:
        if column.name == "method":
            return column.map(order)
        return column.str.split("–").str[0].astype("float64") if column.name == "size" else column

    return pd.DataFrame(rows).sort_values(keys, key=ranked, kind="stable").reset_index(drop=True)


def size_table(errors: pd.DataFrame) -> pd.DataFrame:
    """Return `score_table` by size class with all region levels together."""
    return score_table(errors.assign(level=ALL), by_size=True)


def _beside_naive(errors: pd.DataFrame) -> pd.DataFrame:
    """Return the errors with each pair's last value, its WIS, and the WIS of every range given."""
    scored = errors.assign(wis=_wis(errors))
    if "crps" not in scored:
        scored["crps"] = np.nan
    naive = scored.loc[scored["method"] == NAIVE, [*_PAIR, "forecast", "wis"]]
    naive = naive.rename(columns={"forecast": "naive", "wis": "naive_wis"})
    return scored.merge(naive, on=list(_PAIR), how="left")


def _wis(errors: pd.DataFrame) -> Array:
    """Return the weighted interval score of every row, NaN where it has no ranges."""
    lower = errors[[f"lower_{name}" for name in RANGES]].to_numpy(dtype=np.float64)
    upper = errors[[f"upper_{name}" for name in RANGES]].to_numpy(dtype=np.float64)
    return wis(_column(errors, "truth"), _column(errors, "median"), lower, upper, ALPHAS)


def _score(part: pd.DataFrame) -> dict[str, float]:
    """Return the scores of one method in one group."""
    truth, said, score = _column(part, "truth"), _column(part, "forecast"), _column(part, "wis")
    other, nan = _column(part, "naive_wis"), float("nan")
    known = np.isfinite(score)
    row: dict[str, float] = {
        "n": len(part),
        "origins": part["origin"].nunique(),
        "mae": mae(truth, said),
        "wape": wape(truth, said),
        "mase": mase(truth, said, _column(part, "scale")),
        "smape": smape(truth, said),
    }
    bounds = {name: (_column(part, f"lower_{name}"), _column(part, f"upper_{name}")) for name in RANGES}
    for name, (low, high) in bounds.items():
        row[f"coverage_{name}"] = coverage(truth[known], low[known], high[known]) if known.any() else nan
    for name, (low, high) in bounds.items():
        row[f"width_{name}"] = relative_width(low[known], high[known], truth[known]) if known.any() else nan
    row["wis"] = float(score[known].mean()) if known.any() else nan
    sharp = _column(part, "crps")
    row["crps"] = float(np.nanmean(sharp)) if np.isfinite(sharp).any() else nan
    both = known & np.isfinite(other)
    row["relative_wis"] = _ratio(score[both].sum(), other[both].sum(), truth)
    row["skill"] = 1 - _ratio(np.abs(truth - said).sum(), np.abs(truth - _column(part, "naive")).sum(), truth)
    return row


def _ratio(ours: float, theirs: float, truth: Array) -> float:
    """Return ours / theirs; NaN where theirs is nothing, beside the size of the figures."""
    nothing = _NOTHING * max(float(np.abs(truth).sum()), np.finfo(float).tiny)
    return float(ours / theirs) if theirs > nothing else float("nan")


def judge(scores: pd.DataFrame, minimum_origins: int) -> tuple[Verdict, ...]:
    """Compare production with the last value wherever both were scored."""
    keys = ["indicator", "level", "horizon"]
    ours = scores[scores["method"] == PRODUCTION].set_index(keys)
    naive = scores[scores["method"] == NAIVE].set_index(keys)
    verdicts = []
    for key in ours.index.intersection(naive.index):
        own, other = ours.loc[key], naive.loc[key]
        indicator, level, horizon = key
        relative = float(own["relative_wis"])
        perfect = bool(np.isnan(relative) and own["wis"] > other["wis"])
        verdicts.append(
            Verdict(
                indicator=str(indicator),
                level=str(level),
                horizon=int(horizon),
                skill=float(own["skill"]),
                loses=bool(own["wape"] > other["wape"] or own["mase"] > other["mase"]),
                judged=bool(own["origins"] >= minimum_origins),
                relative_wis=relative,
                loses_ranges=relative > 1 or perfect,
            )
        )
    return tuple(verdicts)


def headline(verdicts: tuple[Verdict, ...]) -> pd.DataFrame:
    """Return the relative WIS per indicator and horizon, the geometric mean over the region levels.

    Args:
        verdicts: Of `judge`; those with too few origins are left out unless all have too few.

    Returns:
        Columns indicator, horizon, relative_wis, levels; horizon 0 stands for all horizons, indicator `ALL`
        for all indicators.
    """
    columns = ["indicator", "horizon", "relative_wis", "levels"]
    known = [v for v in verdicts if np.isfinite(v.relative_wis) and v.relative_wis > 0]
    kept = [verdict for verdict in known if verdict.judged] or known
    if not kept:
        return pd.DataFrame(columns=columns)
    frame = pd.DataFrame([(v.indicator, v.horizon, np.log(v.relative_wis)) for v in kept])
    frame.columns = pd.Index(["indicator", "horizon", "log"])
    parts = [
        frame,
        frame.assign(horizon=0),
        frame.assign(indicator=ALL),
        frame.assign(indicator=ALL, horizon=0),
    ]
    groups = pd.concat(parts).groupby(["indicator", "horizon"], sort=False)["log"]
    found = groups.agg(["mean", "size"]).reset_index()
    found["mean"] = np.exp(found["mean"])
    found.columns = pd.Index(columns)
    order = {name: place for place, name in enumerate([*dict.fromkeys(v.indicator for v in kept), ALL])}
    found["place"] = found["indicator"].map(order)
    return found.sort_values(["place", "horizon"]).drop(columns="place").reset_index(drop=True)


def calibration_table(errors: pd.DataFrame) -> pd.DataFrame:
    """Return the randomised PIT of production by indicator and horizon (0 = all horizons).

    Args:
        errors: With column pit.

    Returns:
        Columns indicator, horizon, n, mean, distance (`uniformity`) and the shares of `PIT_BINS` equal bins,
        bin_1 … bin_10; calibrated forecasts have a mean of one half and every share at a tenth.
    """
    names = [f"bin_{place}" for place in range(1, PIT_BINS + 1)]
    columns = ["indicator", "horizon", "n", "mean", "distance", *names]
    ours = errors[(errors["method"] == PRODUCTION)]
    ours = ours[ours["pit"].notna()] if "pit" in ours else ours.iloc[:0]
    rows = []
    for indicator, part in ours.groupby("indicator", sort=False):
        pooled = [(0, part), *((int(str(h)), rest) for h, rest in part.groupby("horizon"))]
        for horizon, some in pooled:
            pit = _column(some, "pit")
            row = [indicator, horizon, pit.size, pit.mean(), uniformity(pit), *pit_shares(pit, PIT_BINS)]
            rows.append(dict(zip(columns, row, strict=True)))
    return pd.DataFrame(rows, columns=columns)


def _column(frame: pd.DataFrame, name: str) -> Array:
    return frame[name].to_numpy(dtype=np.float64)
