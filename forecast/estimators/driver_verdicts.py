"""From trials to a verdict: is a driver switched on, and if not, why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecast.domain.parameters import ParameterSet

TRIAL = (
    "indicator", "level", "form", "origin", "horizon", "n",
    "wis", "wis_engine", "wis_without", "error", "error_engine", "error_without", "inside", "inside_engine",
)  # fmt: skip
"""Columns of a trial: sums over the n series of one form, origin and horizon."""


EARNED = ("indicator", "level", "horizon", "wis_ratio", "error_ratio", "origins", "origins_on")


@dataclass(frozen=True, slots=True)
class DriverRules:
    """When a driver is switched on.

    Args:
        margin: Share by which its WIS must lie below the engine's. Against the same model without driver it
            is this times `weight`: both stand beside the engine, which dilutes what sets them apart.
        least_origins: Origin years that must have tested it.
        least_wins: Share of origin years in which its WIS must be the smaller one.
        weight: Share with which it enters the forecast.
    """

    margin: float
    least_origins: int
    least_wins: float
    weight: float

    @classmethod
    def of(cls, parameters: ParameterSet) -> DriverRules:
        """Read the rules from the parameters under ``drivers``."""
        return cls(
            margin=parameters.value("driver_margin"),
            least_origins=int(parameters.value("driver_least_origins")),
            least_wins=parameters.value("driver_least_wins"),
            weight=parameters.value("driver_weight"),
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one form for one indicator and level.

    Args:
        indicator: Code.
        level: Level of the regions.
        form: Model with its driver.
        on: Used.
        wis_ratio: WIS relative to the engine, mean over horizons; NaN if never tried.
        error_ratio: Absolute error relative to the engine.
        without_ratio: WIS relative to the same model without the driver.
        origins: Origin years that tested it.
        wins: Share of them in which its WIS was the smaller one.
        reason_de: Why it is on or off, German.
        reason_en: The same, English.
    """

    indicator: str
    level: str
    form: str
    on: bool
    wis_ratio: float
    error_ratio: float
    without_ratio: float
    origins: int
    wins: float
    reason_de: str
    reason_en: str


def judged(trials: pd.DataFrame, rules: DriverRules) -> Verdict:
    """Judge one form of one indicator and level.

    Every horizon counts the same: sums are taken by horizon first, ratios are averaged over horizons.

    Args:
        trials: Rows of `TRIAL` of one indicator, level and form, at least one.
        rules: When it is switched on.
    """
    by_horizon = trials.groupby("horizon").sum(numeric_only=True)
    ratio = _mean_ratio(by_horizon, "wis", "wis_engine")
    error = _mean_ratio(by_horizon, "error", "error_engine")
    without = _mean_ratio(by_horizon, "wis", "wis_without")
    size = (by_horizon["wis_engine"] / by_horizon["n"]).reindex(trials["horizon"]).to_numpy()
    gain = pd.Series((trials["wis_engine"].to_numpy() - trials["wis"].to_numpy()) / np.maximum(size, _TINY))
    by_origin = gain.groupby(trials["origin"].to_numpy()).sum()
    origins, wins = int(by_origin.size), float((by_origin > 0).mean())
    on, german, english = _reason(rules, ratio, error, without, origins, wins)
    key = trials.iloc[0]
    return Verdict(
        str(key["indicator"]), str(key["level"]), str(key["form"]),
        on, ratio, error, without, origins, wins, german, english,
    )  # fmt: skip


def verdicts(trials: pd.DataFrame, rules: DriverRules) -> tuple[Verdict, ...]:
    """Judge every form; of several that pass for an indicator and level, the smallest WIS is on."""
    found: list[Verdict] = []
    for _, part in trials.groupby(["indicator", "level"], sort=True):
        rows = [judged(form, rules) for _, form in part.groupby("form", sort=True)]
        passed = sorted((row for row in rows if row.on), key=lambda row: (row.wis_ratio, row.form))
        found += [row if not row.on or row is passed[0] else _second(row, passed[0].form) for row in rows]
    return tuple(found)


def earned_by_rule(trials: pd.DataFrame, rules: DriverRules) -> pd.DataFrame:
    """Apply the rule at every origin to what had been tested by then: what switching really earned.

    A trial counts as known at origin o if the year it forecast is not after o. Where the rule had switched
    nothing on, the engine stands. This is the honest estimate; the scores of the chosen form alone flatter
    it, since it was chosen by them.

    Returns:
        Columns `EARNED`; `origins_on` counts the origin years at which something was switched on.
    """
    rows = []
    for (indicator, level), part in trials.groupby(["indicator", "level"], sort=True):
        chosen = pd.concat([_as_ruled(part, int(origin), rules) for origin in part["origin"].unique()])
        for horizon, rows_of in chosen.groupby("horizon"):
            total = rows_of.sum(numeric_only=True)
            rows.append(
                {
                    "indicator": indicator,
                    "level": level,
                    "horizon": horizon,
                    "wis_ratio": total["wis"] / max(total["wis_engine"], _TINY),
                    "error_ratio": total["error"] / max(total["error_engine"], _TINY),
                    "origins": rows_of["origin"].nunique(),
                    "origins_on": rows_of.loc[rows_of["form"] != "", "origin"].nunique(),
                }
            )
    return pd.DataFrame(rows, columns=list(EARNED))


def _as_ruled(part: pd.DataFrame, origin: int, rules: DriverRules) -> pd.DataFrame:
    """Return the trials of one origin under the verdict of that time; form "" where the engine stood."""
    now: pd.DataFrame = part[part["origin"] == origin]
    past = part[part["origin"] + part["horizon"] <= origin]
    on = [verdict.form for verdict in verdicts(past, rules) if verdict.on] if len(past) else []
    if on and (now["form"] == on[0]).any():
        driven: pd.DataFrame = now[now["form"] == on[0]]
        return driven
    widest = now.sort_values("n", kind="stable")["form"].iloc[-1]
    engine: pd.DataFrame = now[now["form"] == widest]
    return engine.assign(form="", wis=engine["wis_engine"], error=engine["error_engine"])


_TINY = float(np.finfo(np.float64).tiny)


def _mean_ratio(sums: pd.DataFrame, top: str, bottom: str) -> float:
    return float((sums[top] / np.maximum(sums[bottom], _TINY)).mean())


def _reason(
    rules: DriverRules, ratio: float, error: float, without: float, origins: int, wins: float
) -> tuple[bool, str, str]:
    """Return the first rule that is broken, or the praise."""

    def percent(value: float) -> Iterator[str]:
        text = f"{abs(value - 1):.1%}".removesuffix("%")
        yield from (text.replace(".", ",") + " %", text + " %")

    (gain_de, gain_en), (worse_de, worse_en) = percent(ratio), percent(error)
    if origins < rules.least_origins:
        return (
            False,
            f"Erst {origins} von {rules.least_origins} nötigen Ausgangsjahren.",
            f"Only {origins} of {rules.least_origins} origin years needed.",
        )
    if ratio > 1 - rules.margin:
        word = ("kleiner", "smaller") if ratio < 1 else ("größer", "larger")
        return (
            False,
            f"WIS {gain_de} {word[0]} als ohne Treiber, das ist kein ausreichender Vorteil.",
            f"WIS {gain_en} {word[1]} than without a driver, not enough of an advantage.",
        )
    if error > 1:
        return False, f"Die Punktschätzung ist {worse_de} schlechter.", f"The points are {worse_en} worse."
    if wins < rules.least_wins:
        return (
            False,
            f"Nur in {round(wins * origins)} von {origins} Ausgangsjahren besser.",
            f"Better in only {round(wins * origins)} of {origins} origin years.",
        )
    if without > 1 - rules.margin * rules.weight:
        return (
            False,
            f"WIS {gain_de} kleiner, aber dasselbe Modell ohne Treiber ist so gut: er hilft nicht.",
            f"WIS {gain_en} smaller, but the same model without the driver does as well: it does not help.",
        )
    return (
        True,
        f"WIS {gain_de} kleiner, in {round(wins * origins)} von {origins} Ausgangsjahren besser.",
        f"WIS {gain_en} smaller, better in {round(wins * origins)} of {origins} origin years.",
    )


def _second(row: Verdict, first: str) -> Verdict:
    """Return a verdict that passed, but behind a better one."""
    return Verdict(
        row.indicator, row.level, row.form, False, row.wis_ratio, row.error_ratio, row.without_ratio,
        row.origins, row.wins, f"Hilft auch, aber weniger als {first}.", f"Helps too, but less than {first}.",
    )  # fmt: skip
