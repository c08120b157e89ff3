"""Score tables: forecasts and what came, summarised by indicator, region level, method and horizon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.stats.defaults import SHORT_SERIES, SeriesSettings
from forecast.stats.scores import coverage, mae, mase, smape, wape, wis

Array = NDArray[np.float64]

PRODUCTION: Final = "production"
NAIVE: Final = "last"
METHODS: Final = (
    PRODUCTION, NAIVE, "mean3", "drift", "damped_drift", "ses", "combination", "boosting", "contracts",
)  # fmt: skip
#: Central ranges scored: one minus nominal coverage, and the columns that hold their bounds.
ALPHAS: Final = (0.5, 0.2, 0.05)
QUANTILE_COLUMNS: Final = (
    "median", "lower_50", "lower_80", "lower_95", "upper_50", "upper_80", "upper_95",
)  # fmt: skip
INDICATORS: Final = (
    "new_contracts", "apprentices", "contract_terminations", "employees", "vacancies_avg", "unemployed_avg",
)  # fmt: skip
KEY: Final = ("indicator", "level", "method", "horizon")


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
        skill: ``1 − WAPE/WAPE_last``; negative: the last value was better.
        loses: Worse than the last value in WAPE or in MASE.
        judged: At least the minimum number of origins stands behind it.
    """

    indicator: str
    level: str
    horizon: int
    skill: float
    loses: bool
    judged: bool


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """Everything a backtest found.

    Args:
        scores: One row per indicator, level, method and horizon; columns as in `score_table`.
        errors: One row per method, series, origin and horizon: what was said and what came.
        verdicts: Production against the last value.
        refused: (what, German reason) for everything that could not be fitted.
        settings: What was tested.
        vintage: Day on which the newest figure used became public.
        series: Number of series tested by indicator.
        origins: Origin years by indicator.
    """

    scores: pd.DataFrame
    errors: pd.DataFrame
    verdicts: tuple[Verdict, ...]
    refused: tuple[tuple[str, str], ...]
    settings: BacktestSettings
    vintage: date
    series: Mapping[str, int]
    origins: Mapping[str, tuple[int, ...]]


def score_table(errors: pd.DataFrame) -> pd.DataFrame:
    """Score forecasts by indicator, region level, method and horizon.

    Args:
        errors: Columns indicator, level, method, horizon, origin, forecast, truth, scale and, where ranges
            were given, `QUANTILE_COLUMNS`.

    Returns:
        Columns `KEY`, n, origins, mae, wape, mase, smape, coverage_80, coverage_95, wis, skill; ranges NaN
        where a method has none. Skill is ``1 − wape/wape_last`` over the pairs both methods have forecast.
    """
    pair = ["indicator", "series", "origin", "horizon"]
    naive = errors.loc[errors["method"] == NAIVE, [*pair, "forecast"]].rename(columns={"forecast": "naive"})
    joined = errors.merge(naive, on=pair, how="left")
    rows = []
    for key, part in joined.groupby(list(KEY), sort=False):
        truth, said = _column(part, "truth"), _column(part, "forecast")
        row = dict(zip(KEY, key, strict=True)) | {
            "n": len(part),
            "origins": part["origin"].nunique(),
            "mae": mae(truth, said),
            "wape": wape(truth, said),
            "mase": mase(truth, said, _column(part, "scale")),
            "smape": smape(truth, said),
            "coverage_80": float("nan"),
            "coverage_95": float("nan"),
            "wis": float("nan"),
            "skill": 1 - mae(truth, said) / max(mae(truth, _column(part, "naive")), np.finfo(float).tiny),
        }
        if part["median"].notna().all():
            lower = part[["lower_50", "lower_80", "lower_95"]].to_numpy(dtype=np.float64)
            upper = part[["upper_50", "upper_80", "upper_95"]].to_numpy(dtype=np.float64)
            row["coverage_80"] = coverage(truth, lower[:, 1], upper[:, 1])
            row["coverage_95"] = coverage(truth, lower[:, 2], upper[:, 2])
            row["wis"] = float(wis(truth, _column(part, "median"), lower, upper, ALPHAS).mean())
        rows.append(row)
    table = pd.DataFrame(rows)
    order = {name: place for place, name in enumerate(METHODS)}
    return table.sort_values(
        list(KEY), key=lambda column: column.map(order) if column.name == "method" else column, kind="stable"
    ).reset_index(drop=True)


def judge(scores: pd.DataFrame, minimum_origins: int) -> tuple[Verdict, ...]:
    """Compare production with the last value wherever both were scored."""
    keys = ["indicator", "level", "horizon"]
    ours = scores[scores["method"] == PRODUCTION].set_index(keys)
    naive = scores[scores["method"] == NAIVE].set_index(keys)
    verdicts = []
    for key in ours.index.intersection(naive.index):
        own, other = ours.loc[key], naive.loc[key]
        indicator, level, horizon = key
        verdicts.append(
            Verdict(
                indicator=str(indicator),
                level=str(level),
                horizon=int(horizon),
                skill=float(own["skill"]),
                loses=bool(own["wape"] > other["wape"] or own["mase"] > other["mase"]),
                judged=bool(own["origins"] >= minimum_origins),
            )
        )
    return tuple(verdicts)


def _column(frame: pd.DataFrame, name: str) -> Array:
    return frame[name].to_numpy(dtype=np.float64)
