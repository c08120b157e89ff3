"""Rows on the public competition sets: points, coverage and width beside the peers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from tests.bench import goals
from tests.bench.metrics import (
    ALPHA_95,
    LEVELS,
    Array,
    covered,
    geometric_mean,
    msis,
    naive_scale,
    owa,
    owa_ratio_range,
    scaled_crps,
)
from tests.bench.ours import Said, forecast_sample, prior_statement
from tests.bench.peers import ABSENT
from tests.bench.samples import PUBLIC_SETS, Sample
from tests.bench.table import Row, Section, Style, written

Methods = Mapping[str, Said]
Score = Callable[[Sample, Said], float]

_OURS: Final = "ours"
_SHOWN: Final = ("AutoETS", "DOTM", "AutoTheta", "Drift")
_BOOTSTRAP: Final = 300
_RANGE_95: Final = (LEVELS.index(0.025), LEVELS.index(0.975))
_RANGE_80: Final = (LEVELS.index(0.10), LEVELS.index(0.90))


def public_section(sets: Mapping[str, Sample], peers: Mapping[str, Methods], sampled: bool) -> Section:
    """Forecast the public sets and score everybody.

    Args:
        sets: The samples by name; empty if the data could not be read.
        peers: Forecasts of the peers by sample; empty without peers.
        sampled: Not all series are used.
    """
    title = f"Öffentliche Sätze, jährlich: {', '.join(PUBLIC_SETS)}  ({prior_statement()})"
    if not sets:
        return Section(title, _unmeasured())
    methods = {name: {_OURS: forecast_sample(sample), **peers.get(name, {})} for name, sample in sets.items()}
    ours_only = {name: {_OURS: said[_OURS]} for name, said in methods.items()}
    rows = [
        _scores("OWA", sets, methods, _owa),
        _scores("OWA, Median statt Mittelwert", sets, ours_only, _median_owa),
        *_owa_rows(sets, methods, "AutoETS", sampled),
        *_owa_rows(sets, methods, "DOTM", sampled),
        _covered_row("Deckung 95 %", sets, methods, _RANGE_95, goals.COVERAGE_95, sampled),
        *(_by_horizon(sets[name], methods[name], sampled) for name in sets),
        _covered_row("Deckung 80 %", sets, methods, _RANGE_80, goals.COVERAGE_80, sampled),
        _relative("MSIS 95 % relativ zu AutoETS", sets, methods, _msis, goals.MSIS, sampled),
        _relative("sCRPS relativ zu AutoETS", sets, methods, scaled_crps_of, None, sampled),
    ]
    return Section(title, rows)


def _unmeasured() -> list[Row]:
    """Return the rows with a goal, without figures."""
    reason = "die Datensätze ließen sich nicht einrichten"
    named: list[tuple[str, Style, goals.Goal]] = [
        ("OWA relativ zu AutoETS, geometrisches Mittel", "ratio", goals.OWA_AUTOETS),
        ("OWA relativ zu DOTM, geometrisches Mittel", "ratio", goals.OWA_DOTM),
        ("OWA relativ zu DOTM, schlechtester Satz", "ratio", goals.OWA_DOTM_WORST),
        ("Deckung 95 %", "percent", goals.COVERAGE_95),
        ("  Deckung 95 %, jeder Horizont", "percent", goals.COVERAGE_95_BY_HORIZON),
        ("Deckung 80 %", "percent", goals.COVERAGE_80),
        ("MSIS 95 % relativ zu AutoETS, geom. Mittel", "ratio", goals.MSIS),
    ]
    return [Row(name, (), style, goal, note=reason) for name, style, goal in named]


def scaled_crps_of(sample: Sample, said: Said) -> float:
    """Return the scaled CRPS averaged over series."""
    return float(np.nanmean(scaled_crps(sample.truth, said.quantiles, naive_scale(sample.histories))))


def coverage(sample: Sample, said: Said, ends: tuple[int, int]) -> Array:
    """Return the share of values inside a central range, by horizon."""
    lower, upper = (said.quantiles[:, :, end] for end in ends)
    return covered(sample.truth, lower, upper).mean(axis=0)


def _owa(sample: Sample, said: Said) -> float:
    return owa(sample.truth, said.point, sample.last_value, naive_scale(sample.histories))


def _median_owa(sample: Sample, said: Said) -> float:
    return _owa(sample, Said(said.quantiles[:, :, LEVELS.index(0.5)], said.quantiles))


def _msis(sample: Sample, said: Said) -> float:
    lower, upper = (said.quantiles[:, :, end] for end in _RANGE_95)
    return float(np.nanmean(msis(sample.truth, lower, upper, naive_scale(sample.histories), ALPHA_95)))


def _scores(quantity: str, sets: Mapping[str, Sample], methods: Mapping[str, Methods], score: Score) -> Row:
    """Return a score on every set, ours and the peers', without a goal."""
    every = {
        method: tuple(score(sets[name], methods[name][method]) for name in sets)
        for method in (_OURS, *_SHOWN)
        if all(method in methods[name] for name in sets)
    }
    ours = every.pop(_OURS)
    return Row(f"{quantity}  {' / '.join(sets)}", ours, "ratio", peers=every)


def _owa_rows(
    sets: Mapping[str, Sample], methods: Mapping[str, Methods], peer: str, sampled: bool
) -> list[Row]:
    """Return OWA relative to a peer: by set with bootstrap ranges, geometric mean, worst set for DOTM."""
    goal = goals.OWA_AUTOETS if peer == "AutoETS" else goals.OWA_DOTM
    quantity = f"OWA relativ zu {peer}"
    if not all(peer in methods[name] for name in sets):
        return [Row(f"{quantity}, geometrisches Mittel", (), "ratio", goal, note=ABSENT)]
    ratios = [_owa(sets[name], methods[name][_OURS]) / _owa(sets[name], methods[name][peer]) for name in sets]
    ranges = {}
    for name, sample in sets.items():
        ours, other = methods[name][_OURS].point, methods[name][peer].point
        scale = naive_scale(sample.histories)
        ranges[name] = owa_ratio_range(sample.truth, ours, other, sample.last_value, scale, _BOOTSTRAP)
    said = " · ".join(
        f"{name} {written(low, 'ratio')}–{written(high, 'ratio')}" for name, (low, high) in ranges.items()
    )
    others = {
        method: (
            geometric_mean(
                [_owa(sets[n], methods[n][method]) / _owa(sets[n], methods[n][peer]) for n in sets]
            ),
        )
        for method in _SHOWN
        if method != peer
    }
    rows = [
        Row(f"{quantity}  {' / '.join(sets)}", tuple(ratios), "ratio", note=f"95 % (Bootstrap): {said}"),
        Row(
            f"{quantity}, geometrisches Mittel",
            (geometric_mean(ratios),),
            "ratio",
            goal,
            others,
            sampled=sampled,
        ),
    ]
    if peer == "DOTM":
        worst = Row(
            f"{quantity}, schlechtester Satz", (max(ratios),), "ratio", goals.OWA_DOTM_WORST, sampled=sampled
        )
        rows.append(worst)
    return rows


def _covered_row(
    quantity: str,
    sets: Mapping[str, Sample],
    methods: Mapping[str, Methods],
    ends: tuple[int, int],
    goal: goals.Goal,
    sampled: bool,
) -> Row:
    every = {
        method: tuple(float(coverage(sets[n], methods[n][method], ends).mean()) for n in sets)
        for method in (_OURS, "AutoETS", "DOTM")
        if all(method in methods[n] for n in sets)
    }
    return Row(f"{quantity}  {' / '.join(sets)}", every.pop(_OURS), "percent", goal, every, sampled=sampled)


def _by_horizon(sample: Sample, methods: Methods, sampled: bool) -> Row:
    every = {
        method: tuple(coverage(sample, methods[method], _RANGE_95).tolist())
        for method in (_OURS, "AutoETS")
        if method in methods
    }
    ours = every.pop(_OURS)
    return Row(
        f"  Deckung 95 %, {sample.name}, h = 1 bis {sample.horizon}",
        ours,
        "percent",
        goals.COVERAGE_95_BY_HORIZON,
        every,
        sampled=sampled,
    )


def _relative(
    quantity: str,
    sets: Mapping[str, Sample],
    methods: Mapping[str, Methods],
    score: Score,
    goal: goals.Goal | None,
    sampled: bool,
) -> Row:
    """Return the geometric mean of our score over that of AutoETS."""
    style: Style = "ratio"
    if not all("AutoETS" in methods[name] for name in sets):
        return Row(quantity, (), style, goal, note=ABSENT)
    found = {
        method: [score(sets[n], methods[n][method]) / score(sets[n], methods[n]["AutoETS"]) for n in sets]
        for method in (_OURS, "DOTM", "Drift")
    }
    ours = found.pop(_OURS)
    by_set = " · ".join(f"{name} {written(value, style)}" for name, value in zip(sets, ours, strict=True))
    others = {method: (geometric_mean(values),) for method, values in found.items()}
    return Row(
        f"{quantity}, geom. Mittel",
        (geometric_mean(ours),),
        style,
        goal,
        others,
        note=by_set,
        sampled=sampled,
    )
