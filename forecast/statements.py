"""What a backtest found, in plain German and English sentences: what the ranges were worth, where we lose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from forecast.scoring import ALL, PRODUCTION, BacktestResult, Verdict, headline
from forecast.stats.scores import coverage, coverage_error

Promise = Literal["kept", "narrow", "wide", "chance", "unknown"]

#: A coverage this near to the nominal one is called kept; a planner cannot tell it apart from the promise.
TOLERANCE: Final = 0.05
NOMINAL: Final = 0.8
_STANDARD_ERRORS: Final = 2
_TENTHS: Final = 10

LEVEL_NAMES: Mapping[str, tuple[str, str]] = {
    "country": ("Bund", "nation"),
    "land": ("Land", "Land"),
    "chamber_district": ("Kammerbezirk", "chamber district"),
    "kreis": ("Kreis", "Kreis"),
    "other": ("übrige", "other"),
    ALL: ("", ""),
}
_PROMISES: Mapping[Promise, tuple[str, str]] = {
    "kept": ("Das Band hielt, was es versprach.", "The band kept its promise."),
    "narrow": (
        "Das Band war zu schmal: Es traf seltener als versprochen.",
        "The band was too narrow: it held less often than promised.",
    ),
    "wide": (
        "Das Band war breiter als nötig: Es traf häufiger als versprochen.",
        "The band was wider than needed: it held more often than promised.",
    ),
    "chance": (
        "Bei so wenigen Jahrgängen kann die Abweichung vom Versprechen Zufall sein.",
        "With so few origin years the difference from the promise may be chance.",
    ),
    "unknown": ("Für ein Urteil sind es zu wenige Jahrgänge.", "Too few origin years for a verdict."),
}


@dataclass(frozen=True, slots=True)
class Statement:
    """What the ranges of one forecast group covered in the past.

    Args:
        indicator: Code.
        level: Level of the regions.
        horizon: Years ahead; 0 = all horizons.
        n: Number of comparisons.
        origins: Number of origin years.
        share_80: Share of figures inside their 80 % range.
        share_95: Share of figures inside their 95 % range.
        promise: kept: within five points of 80 %; narrow, wide: further off by more than two standard errors
            over origin years; chance: further off, but not by that much; unknown: too few origin years.
        text_de: The sentence.
        text_en: The sentence.
    """

    indicator: str
    level: str
    horizon: int
    n: int
    origins: int
    share_80: float
    share_95: float
    promise: Promise
    text_de: str
    text_en: str


def group_name(indicator: str, level: str, names: Mapping[str, tuple[str, str]], *, german: bool) -> str:
    """Return the name of a forecast group.

    Example:
        >>> group_name("x", "land", {"x": ("Neue Verträge", "New contracts")}, german=True)
        'Neue Verträge, Land'
    """
    place = 0 if german else 1
    name = names.get(indicator, (indicator, indicator))[place]
    where = LEVEL_NAMES.get(level, (level, level))[place]
    return f"{name}, {where}" if where else name


def coverage_statements(result: BacktestResult) -> tuple[Statement, ...]:
    """Say for every forecast group, and for each of its horizons, what the ranges covered.

    Args:
        result: The backtest.

    Returns:
        Per indicator and level: all horizons together, then each horizon.
    """
    ours = result.errors[(result.errors["method"] == PRODUCTION) & result.errors["median"].notna()]
    found = []
    for (indicator, level), part in ours.groupby(["indicator", "level"], sort=False):
        pooled = [(0, part), *((int(str(h)), rest) for h, rest in part.groupby("horizon", sort=True))]
        for horizon, some in pooled:
            found.append(_statement(str(indicator), str(level), horizon, some, result))
    return tuple(found)


def in_ten(share: float, *, german: bool) -> str:
    """Return a share as a planner says it.

    Example:
        >>> in_ten(0.82, german=True), in_ten(0.97, german=True), in_ten(1.0, german=False)
        ('In 8 von 10 Jahren', 'In fast jedem Jahr', 'In every year')
    """
    tenths = int(np.floor(_TENTHS * share + 0.5))
    if share >= 1:
        return "In jedem Jahr" if german else "In every year"
    if tenths == _TENTHS:
        return "In fast jedem Jahr" if german else "In nearly every year"
    if tenths == 0:
        return "In kaum einem Jahr" if german else "In hardly any year"
    if tenths == 1:
        return "In 1 von 10 Jahren" if german else "In 1 of 10 years"
    return f"In {tenths} von 10 Jahren" if german else f"In {tenths} of 10 years"


def percent(value: object, *, german: bool = True, digits: int = 1) -> str:
    """Return a share as percent, a dash where it is unknown.

    Example:
        >>> percent(0.8472), percent(0.8472, german=False), percent(float("nan"))
        ('84,7 %', '84.7 %', '–')
    """
    if not isinstance(value, float | int) or value != value:
        return "–"
    text = f"{100 * value:.{digits}f} %"
    return text.replace(".", ",") if german else text


def _statement(
    indicator: str, level: str, horizon: int, part: pd.DataFrame, result: BacktestResult
) -> Statement:
    """Summarise the ranges of one group."""
    columns = {name: part[name].to_numpy(dtype=np.float64) for name in part.columns if "er_" in name}
    truth = part["truth"].to_numpy(dtype=np.float64)
    inside = (columns["lower_80"] <= truth) & (truth <= columns["upper_80"])
    share = float(inside.mean())
    wider = coverage(truth, columns["lower_95"], columns["upper_95"])
    origins = int(part["origin"].nunique())
    error = coverage_error(inside, part["origin"].to_numpy(dtype=np.int_))
    promise = _promise(share, error, origins, result.settings.minimum_origins)
    texts = []
    for german in (True, False):
        name = group_name(indicator, level, result.names, german=german)
        verdict = _PROMISES[promise][0 if german else 1]
        texts.append(
            f"{name}, {ahead_text((horizon,), german=german)}: {in_ten(share, german=german)} "
            + (
                f"lag die Zahl im 80-%-Band ({percent(share)} von {len(part)} Fällen aus "
                f"{_origins(origins)}), im 95-%-Band in {percent(wider)}. {verdict}"
                if german
                else f"the figure lay in the 80 % band ({percent(share, german=False)} of {len(part)} cases, "
                f"{origins} origin year{'s' * (origins != 1)}), "
                f"in the 95 % band in {percent(wider, german=False)}. {verdict}"
            )
        )
    return Statement(indicator, level, horizon, len(part), origins, share, wider, promise, *texts)


def _promise(share: float, error: float, origins: int, minimum: int) -> Promise:
    """Compare a coverage with the nominal one."""
    if origins < minimum or np.isnan(error):
        return "unknown"
    off = share - NOMINAL
    if abs(off) <= TOLERANCE:
        return "kept"
    if abs(off) <= _STANDARD_ERRORS * error:
        return "chance"
    return "narrow" if off < 0 else "wide"


def ahead_text(horizons: Sequence[int], *, german: bool) -> str:
    """Return rising horizons in words.

    Example:
        >>> ahead_text((1,), german=True), ahead_text((2, 3, 5), german=True), ahead_text((0,), german=False)
        ('1 Jahr voraus', '2, 3 und 5 Jahre voraus', 'all horizons')
    """
    if tuple(horizons) == (0,):
        return "alle Horizonte" if german else "all horizons"
    run = tuple(horizons) == tuple(range(horizons[0], horizons[-1] + 1))
    *front, last = (str(horizon) for horizon in horizons)
    joined = f"{', '.join(front)} {'und' if german else 'and'} {last}" if front else last
    if run and len(horizons) > 2:
        joined = f"{horizons[0]} {'bis' if german else 'to'} {last}"
    one = tuple(horizons) == (1,)
    if german:
        return f"{joined} {'Jahr' if one else 'Jahre'} voraus"
    return f"{joined} {'year' if one else 'years'} ahead"


def loss_sentences(result: BacktestResult, *, german: bool) -> tuple[str, ...]:
    """Say where production is worse than the last value, in points and in ranges; empty if nowhere."""
    judged = [verdict for verdict in result.verdicts if verdict.judged]
    places: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in judged:
        if verdict.loses or verdict.loses_ranges:
            places.setdefault((verdict.indicator, verdict.level), []).append(verdict)
    tested = result.errors[["indicator", "level"]].drop_duplicates().itertuples(index=False)
    order = {tuple(pair): place for place, pair in enumerate(tested)}
    sentences = []
    for (indicator, level), found in sorted(places.items(), key=lambda item: order.get(item[0], len(order))):
        name = group_name(indicator, level, result.names, german=german)
        points = [verdict for verdict in found if verdict.loses]
        ranges = [verdict for verdict in found if verdict.loses_ranges]
        parts = [_point_loss(points, german=german)] if points else []
        parts += [_range_loss(ranges, german=german)] if ranges else []
        sentences.append(f"{name}: {'; '.join(parts)}.")
    return tuple(sentences)


def _point_loss(found: Sequence[Verdict], *, german: bool) -> str:
    """Say at which horizons the last value was nearer."""
    ahead = ahead_text([verdict.horizon for verdict in found], german=german)
    worst = min((v.skill for v in found if np.isfinite(v.skill)), default=float("nan"))
    if np.isnan(worst):
        return f"{ahead} traf der letzte Wert genau" if german else f"{ahead} the last value was exact"
    if worst >= 0:
        return (
            f"{ahead} war der letzte Wert nur im MASE besser"
            if german
            else f"{ahead} the last value was better in MASE only"
        )
    size = percent(-worst, german=german)
    return (
        f"{ahead} lag der letzte Wert näher an der Zahl (unser Fehler bis {size} größer)"
        if german
        else f"{ahead} the last value was nearer to the figure (our error up to {size} larger)"
    )


def _range_loss(found: Sequence[Verdict], *, german: bool) -> str:
    """Say at which horizons the last value with its own band was the better range."""
    ahead = ahead_text([verdict.horizon for verdict in found], german=german)
    ratios = [verdict.relative_wis for verdict in found if np.isfinite(verdict.relative_wis)]
    worst = f"{max(ratios):.2f}" if ratios else ""
    if german:
        size = f" (relatives WIS bis {worst.replace('.', ',')})" if worst else ""
        return f"{ahead} war der letzte Wert mit eigenem Fehlerband die bessere Spanne{size}"
    size = f" (relative WIS up to {worst})" if worst else ""
    return f"{ahead} the last value with its own error band was the better range{size}"


def headline_sentence(result: BacktestResult, *, german: bool) -> str:
    """Say how our ranges compare with the last value with its own error band; empty if unknown."""
    table = headline(result.verdicts)
    total = table[(table["indicator"] == ALL) & (table["horizon"] == 0)]
    if total.empty:
        return ""
    ratio = float(total["relative_wis"].iloc[0])
    shown = f"{ratio:.2f}".replace(".", ",") if german else f"{ratio:.2f}"
    size = percent(abs(1 - ratio), german=german, digits=0)
    equal = round(100 * abs(1 - ratio)) == 0
    if german:
        word = "gleich gut" if equal else f"{size} {'besser' if ratio < 1 else 'schlechter'}"
        return (
            f"Gegen den letzten Wert mit seinem eigenen Fehlerband sind unsere Spannen im Mittel {word} "
            f"(relatives WIS {shown}; unter 1 ist besser)."
        )
    word = "equally good" if equal else f"{size} {'better' if ratio < 1 else 'worse'}"
    return (
        f"Against the last value with its own error band our ranges are on average {word} "
        f"(relative WIS {shown}; below 1 is better)."
    )


def _origins(count: int) -> str:
    return f"{count} Jahrgang" if count == 1 else f"{count} Jahrgängen"
