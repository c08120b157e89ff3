"""Drivers on trial: compared with the production engine on rolling origins, used only where they help.

A driver is switched on for an indicator and a level of regions if, over enough origin years and on what was
public then, its ranges beat those of the engine by a margin, its points are not worse, most years agree, and
the same model without the driver does not do as well. Otherwise it is off, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from forecast.domain.codes import CodeList
from forecast.domain.panel import Panel
from forecast.domain.parameters import ParameterSet
from forecast.errors import ModelError
from forecast.estimators.driver_origin import (
    BOTH,
    NATION,
    DriverSettings,
    Known,
    Pair,
    Run,
    blended,
    figures_table,
    histories_of,
    known_on,
    origin_day,
)
from forecast.estimators.driver_verdicts import (
    TRIAL,
    DriverRules,
    Verdict,
    earned_by_rule,
    verdicts,
)
from forecast.estimators.protocol import Array, History
from forecast.estimators.series import SeriesForecast, forecast_series
from forecast.stats.defaults import SHORT_SERIES, SeriesSettings
from forecast.stats.draws import RANGE_LEVELS, quantiles_of
from forecast.stats.scores import wis

#: Models tried for each indicator; a national trend is no driver of the nation itself.
FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "new_contracts": ("national", "leavers", "vacancies", "unemployment", BOTH),
    "apprentices": ("national", "leavers", "vacancies", "unemployment"),
    "contract_terminations": ("national", "vacancies", "unemployment"),
    "employees": ("national", "vacancies", "unemployment"),
    "vacancies_avg": ("national", "unemployment"),
    "unemployed_avg": ("vacancies",),
}


@dataclass(frozen=True, slots=True)
class ProofSettings:
    """How drivers are tried.

    Args:
        horizon: Years ahead.
        draws: Draws of engine and models.
        seed: Seed.
        least_points: Observed years of a series before an origin.
        series: Settings of the engine by indicator; the others take the standard ones.
    """

    horizon: int = 5
    draws: int = 200
    seed: int = 1
    least_points: int = 5
    series: Mapping[str, SeriesSettings] | None = None

    def run(self, indicator: str) -> Run:
        """How the engine runs for an indicator."""
        return Run(self.horizon, self.draws, self.seed, (self.series or {}).get(indicator, SHORT_SERIES))


STANDARD: Final = ProofSettings()


@dataclass(frozen=True, slots=True)
class OriginTrial:
    """One origin of one indicator: everything another process needs to try the drivers there."""

    panel: Panel
    codes: CodeList
    parameters: ParameterSet
    indicator: str
    year: int
    day: date
    truth: pd.DataFrame
    weight: float
    settings: ProofSettings


Tried = tuple[list[dict[str, object]], frozenset[str], frozenset[str]]
"""Rows of `TRIAL` of one origin, and the names of the parameters it read and drew from."""
Each = Callable[[Callable[[OriginTrial], Tried], Sequence[OriginTrial]], Iterable[Tried]]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which drivers are on, and the evidence.

    Args:
        verdicts: One for each indicator, level and form tried.
        trials: Rows of `TRIAL`.
        earned: What the rule itself would have earned, see `earned_by_rule`.
        rules: The rules applied.
    """

    verdicts: tuple[Verdict, ...]
    trials: pd.DataFrame
    earned: pd.DataFrame
    rules: DriverRules

    def form(self, indicator: str, level: str) -> str | None:
        """Return the form that is on for an indicator and level."""
        for verdict in self.verdicts:
            if verdict.on and (verdict.indicator, verdict.level) == (indicator, level):
                return verdict.form
        return None


def choose(
    panel: Panel,
    codes: CodeList,
    parameters: ParameterSet,
    *,
    indicators: Sequence[str] = tuple(FORMS),
    settings: ProofSettings = STANDARD,
    each: Each = map,
) -> Choice:
    """Try every driver at every origin and decide which are used.

    At origin t everything, drivers included, is cut at the day on which most figures of year t became public;
    drivers of later years are forecast. The model enters with its weight beside the engine, as it would in
    production, and is scored so. Truth is the newest figure.

    Args:
        panel: All figures with the day each became public.
        codes: Code lists.
        parameters: The parameters under ``drivers`` and `school_leavers`.
        indicators: Indicators, among the keys of `FORMS`.
        settings: Horizon, draws, seed.
        each: Runs the origins in any order; returns what they found in theirs.
    """
    rules = DriverRules.of(parameters)
    tasks: list[OriginTrial] = []
    for indicator in indicators:
        truth = figures_table(panel, codes, indicator)
        for year in [int(column) for column in truth.columns[:-1]]:
            day = origin_day(panel, indicator, year)
            if day is not None:
                task = (panel, codes, parameters, indicator, year, day, truth, rules.weight, settings)
                tasks.append(OriginTrial(*task))
    rows: list[dict[str, object]] = []
    for found, read, drawn in each(try_origin, tasks):
        parameters.also_read(read, drawn)
        rows += found
    trials = pd.DataFrame(rows, columns=list(TRIAL))
    return Choice(verdicts(trials, rules), trials, earned_by_rule(trials, rules), rules)


def try_origin(task: OriginTrial) -> Tried:
    """Cut everything at the day of an origin and try the drivers there."""
    run = task.settings.run(task.indicator)
    known = known_on(task.panel, task.codes, task.parameters, task.indicator, task.day, task.year, run)
    rows = trials_at(known, task.indicator, task.truth, task.weight, task.settings)
    return rows, task.parameters.names_read, task.parameters.names_drawn


def trials_at(
    known: Known, indicator: str, truth: pd.DataFrame, weight: float, settings: ProofSettings
) -> list[dict[str, object]]:
    """Try every form of one indicator at one origin; forms that refuse are left out.

    Args:
        known: What was public.
        indicator: Code.
        truth: Newest figures, one row per (subject, region), one column per year.
        weight: Share of the model beside the engine.
        settings: Ranges scored.

    Returns:
        Rows of `TRIAL`.
    """
    years = range(known.year + 1, known.year + settings.horizon + 1)
    rows: list[dict[str, object]] = []
    for level, pairs in _levels(known, settings.least_points).items():
        for form in FORMS[indicator]:
            try:
                kept, data = known.driven(form, pairs)
                model = known.draws(data, known.fit(form, data))
                without = known.draws(data, known.fit(form, data, without=True))
            except ModelError:
                continue
            came = truth.reindex(index=pd.MultiIndex.from_tuples(kept), columns=years)
            engine = np.stack([known.engine[pair].draws[:, : settings.horizon] for pair in kept])
            mixed, alone = _beside(engine, model, weight), _beside(engine, without, weight)
            sets = _Sets(engine, mixed, alone, came.to_numpy(dtype=np.float64))
            key = {"indicator": indicator, "level": level, "form": form, "origin": known.year}
            rows += [key | row for row in _scored(sets)]
    return rows


@dataclass(frozen=True, slots=True)
class _Sets:
    """Draws (N, D, H) of the engine and of the models with and without driver beside it, what came (N, H)."""

    engine: Array
    mixed: Array
    without: Array
    came: Array


def _levels(known: Known, least_points: int) -> dict[str, list[Pair]]:
    """Return the series that reach the origin and have enough years, by level of their region."""
    found: dict[str, list[Pair]] = {}
    for pair, history in known.histories.items():
        years = np.asarray(history.years)[np.isfinite(history.values)]
        forecast = known.engine[pair].status == "forecast"
        if forecast and int(years.max()) == known.year and years.size >= least_points:
            found.setdefault(known.codes.regions[pair[1]].level, []).append(pair)
    return found


def _scored(sets: _Sets) -> list[dict[str, object]]:
    """Score the three by horizon, over the series whose truth is known."""
    rows: list[dict[str, object]] = []
    for ahead in range(sets.came.shape[1]):
        there = np.isfinite(sets.came[:, ahead])
        if not there.any():
            continue
        truth = sets.came[there, ahead]
        row: dict[str, object] = {"horizon": ahead + 1, "n": int(there.sum())}
        for name, draws in (("", sets.mixed), ("_engine", sets.engine), ("_without", sets.without)):
            score, error, inside = _score(draws[there, :, ahead], truth)
            row |= {f"wis{name}": score, f"error{name}": error, f"inside{name}": inside}
        rows.append({name: value for name, value in row.items() if name in TRIAL})
    return rows


def _beside(engine: Array, model: Array, weight: float) -> Array:
    return np.stack([blended(e, m, weight) for e, m in zip(engine, model, strict=True)])


def _score(draws: Array, truth: Array) -> tuple[float, float, float]:
    """Return sums of WIS, of absolute errors of the mean, and of hits of the second range (80 %)."""
    tails = np.asarray(RANGE_LEVELS[0::2])
    levels = np.concatenate([tails, 1 - tails, [0.5]])
    bounds = quantiles_of(draws, levels, axis=1).T
    lower, upper = bounds[:, : tails.size], bounds[:, tails.size : -1]
    score = wis(truth, bounds[:, -1], lower, upper, tuple(2 * tails))
    inside = (lower[:, 1] <= truth) & (truth <= upper[:, 1])
    return float(score.sum()), float(np.abs(draws.mean(axis=1) - truth).sum()), float(inside.sum())


def with_drivers(
    found: Sequence[SeriesForecast],
    histories: Sequence[History],
    indicator: str,
    choice: Choice,
    panel: Panel,
    codes: CodeList,
    parameters: ParameterSet,
    *,
    seed: int,
) -> tuple[SeriesForecast, ...]:
    """Replace forecasts of series whose driver is on; all others are returned as they are.

    Call it between the engine and the reconciliation. Without a driver that is on it costs nothing.

    Args:
        found: Forecasts of the engine for one indicator.
        histories: Their histories, in the same order; keys begin with ``region|subject``. Regions without an
            entry in the code list (rests of a hierarchy) keep the engine.
        indicator: Code.
        choice: What `choose` found.
        panel: What is public now.
        codes: Code lists.
        parameters: Parameters.
        seed: Seed of the run.

    Returns:
        One forecast per history, in the same order, with mean and draws blended where a driver is on.
    """
    on = [verdict.form for verdict in choice.verdicts if verdict.on and verdict.indicator == indicator]
    where = {_pair(item.key): place for place, item in enumerate(found) if item.status == "forecast"}
    if not on or not where:
        return tuple(found)
    year = max(item.origin or 0 for item in found)
    run = Run(
        horizon=max(int(found[place].years[-1]) for place in where.values()) - year,
        draws=len(found[next(iter(where.values()))].draws),
        seed=seed,
    )
    both = {pair: (histories[place], found[place]) for pair, place in where.items()}
    if "national" in on:
        both |= _nation(panel, codes, indicator, both, year, run)
    known = Known(
        panel=panel,
        codes=codes,
        parameters=parameters,
        day=panel.latest_publication(),
        year=year,
        histories={pair: history for pair, (history, _) in both.items()},
        engine={pair: forecast for pair, (_, forecast) in both.items()},
        run=run,
        settings=DriverSettings.of(parameters),
    )
    result = list(found)
    for pair, draws in _driven_now(known, indicator, choice, where).items():
        item = found[where[pair]]
        paths = blended(item.draws, draws[:, : item.years.size], choice.rules.weight)
        result[where[pair]] = replace(item, draws=paths, mean=paths.mean(axis=0))
    return tuple(result)


def _pair(key: str) -> Pair:
    region, subject = key.split("|")[:2]
    return subject, region


def _nation(
    panel: Panel, codes: CodeList, indicator: str, present: Collection[Pair], year: int, run: Run
) -> dict[Pair, tuple[History, SeriesForecast]]:
    """Forecast the nation's series that are not among those to be replaced, up to the same year."""
    histories = histories_of(figures_table(panel, codes, indicator))
    missing = {p: h for p, h in histories.items() if p[1] == NATION and p not in present}
    if not missing:
        return {}
    last = min(int(h.years[np.isfinite(h.values)].max()) for h in missing.values())
    horizon = max(year + run.horizon - last, 1)
    found = forecast_series(
        list(missing.values()), horizon, draws=run.draws, seed=run.seed, non_negative=True
    )
    return {pair: (missing[pair], item) for pair, item in zip(missing, found, strict=True)}


def _driven_now(known: Known, indicator: str, choice: Choice, wanted: Iterable[Pair]) -> dict[Pair, Array]:
    """Return draws of the series whose driver is on, by level; a model that refuses leaves the engine."""
    levels: dict[str, list[Pair]] = {}
    for pair in wanted:
        region = known.codes.regions.get(pair[1])
        if region is not None and known.engine[pair].origin == known.year:
            levels.setdefault(region.level, []).append(pair)
    found: dict[Pair, Array] = {}
    for level, pairs in levels.items():
        form = choice.form(indicator, level)
        if form is None:
            continue
        try:
            kept, data = known.driven(form, pairs)
            draws = known.draws(data, known.fit(form, data))
        except ModelError:
            continue
        found.update(zip(kept, draws, strict=True))
    return found


def evidence(
    panel: Panel, codes: CodeList, parameters: ParameterSet, settings: ProofSettings = STANDARD
) -> pd.DataFrame:
    """Return the table of what helps where, for the card.

    Returns:
        One row per indicator, level, form and horizon: WIS and absolute error relative to the engine, both
        relative to the same model without driver, coverage of the 80 % range beside the engine's, number of
        pairs and origin years, whether the form is on, and why (German and English).
    """
    return evidence_table(choose(panel, codes, parameters, settings=settings))


def evidence_table(choice: Choice) -> pd.DataFrame:
    """Return the table of `evidence` for a choice already made."""
    key = ["indicator", "level", "form"]
    sums = choice.trials.groupby([*key, "horizon"]).sum(numeric_only=True)
    origins = choice.trials.groupby([*key, "horizon"])["origin"].nunique()
    table = pd.DataFrame(
        {
            "wis_ratio": sums["wis"] / sums["wis_engine"],
            "error_ratio": sums["error"] / sums["error_engine"],
            "without_ratio": sums["wis"] / sums["wis_without"],
            "error_without_ratio": sums["error"] / sums["error_without"],
            "coverage_80": sums["inside"] / sums["n"],
            "coverage_80_engine": sums["inside_engine"] / sums["n"],
            "n": sums["n"],
            "origins": origins,
        }
    ).reset_index()
    names = ("on", "reason_de", "reason_en")
    said = {(v.indicator, v.level, v.form): [getattr(v, name) for name in names] for v in choice.verdicts}
    rows = [said[tuple(row)] for row in table[key].itertuples(index=False)]
    return table.join(pd.DataFrame(rows, columns=list(names)))
