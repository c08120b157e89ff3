"""Rows on simulated counts: coverage by size of the count, and bounds below zero."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.bench import goals
from tests.bench.metrics import LEVELS, covered, scaled_crps
from tests.bench.ours import Said, forecast_sample
from tests.bench.samples import COUNT_BUCKETS, Sample
from tests.bench.table import Row, Section

_95: Final = (LEVELS.index(0.025), LEVELS.index(0.975))
_80: Final = (LEVELS.index(0.10), LEVELS.index(0.90))
_KINDS: Final = ("poisson steady", "negative binomial steady", "poisson moving", "negative binomial moving")


def count_section(
    sample: Sample, asked: NDArray[np.int_], peers: Mapping[str, Said], sampled: bool
) -> Section:
    """Forecast simulated counts and look at their ranges.

    Args:
        sample: All simulated trades.
        asked: Rows the peers have forecast: they need much longer.
        peers: What they said.
        sampled: Fewer trades than usual.
    """
    ours = forecast_sample(sample)
    peer_sample = sample.rows(asked)
    shown = {name: peers[name] for name in ("AutoETS", "DOTM") if name in peers}
    rows = []
    for share, ends, goal in (("95", _95, goals.COUNT_95), ("80", _80, goals.COUNT_80)):
        row = Row(
            f"Deckung {share} %, Erwartung unter 3 / 3 bis 10 / darüber",
            _by_bucket(sample, ours, ends),
            "percent",
            goal,
            {name: _by_bucket(peer_sample, said, ends) for name, said in shown.items()},
            details={"by kind": _by_kind(sample, ours, ends)},
            sampled=sampled,
        )
        rows.append(row)
    rows.append(
        Row(
            "Untergrenzen unter null",
            (_negative(ours),),
            "percent",
            goals.NEGATIVE_BOUNDS,
            {name: (_negative(said),) for name, said in shown.items()},
        )
    )
    if shown:
        rows.append(_crps_row(sample, ours, asked, shown))
    title = (
        f"Simulierte Anzahlen: {len(sample.grid)} Gewerke, Erwartung 1–50, halb Poisson, halb negativ "
        "binomial (k = 8), halb unbewegt, halb bewegt; 10–30 Jahre, h = 1–5"
    )
    return Section(title, rows)


def _buckets(sample: Sample) -> list[NDArray[np.bool_]]:
    """Return which trades belong to each bucket, by their expectation in the last known year."""
    return [(low <= sample.expected) & (sample.expected < high) for low, high in COUNT_BUCKETS]


def _inside(sample: Sample, said: Said, ends: tuple[int, int]) -> NDArray[np.bool_]:
    lower, upper = (said.quantiles[:, :, end] for end in ends)
    return covered(sample.truth, lower, upper)


def _by_bucket(sample: Sample, said: Said, ends: tuple[int, int]) -> tuple[float, ...]:
    inside = _inside(sample, said, ends)
    return tuple(float(inside[bucket].mean()) for bucket in _buckets(sample))


def _by_kind(sample: Sample, said: Said, ends: tuple[int, int]) -> dict[str, list[float]]:
    inside = _inside(sample, said, ends)
    return {
        name: [float(inside[bucket & (sample.kind == kind)].mean()) for bucket in _buckets(sample)]
        for kind, name in enumerate(_KINDS)
    }


def _negative(said: Said) -> float:
    """Return the share of 80 % and 95 % lower bounds below zero."""
    return float((said.quantiles[:, :, [_95[0], _80[0]]] < 0).mean())


def _crps_row(sample: Sample, ours: Said, asked: NDArray[np.int_], shown: Mapping[str, Said]) -> Row:
    """Return the CRPS of all methods relative to AutoETS on the trades everybody has forecast."""
    part = sample.rows(asked)
    reference = _crps(part, shown["AutoETS"])
    own = _crps(part, Said(ours.point[asked], ours.quantiles[asked])) / reference
    others = {name: (_crps(part, said) / reference,) for name, said in shown.items() if name != "AutoETS"}
    return Row("sCRPS relativ zu AutoETS", (own,), "ratio", peers=others)


def _crps(sample: Sample, said: Said) -> float:
    # counts are not scaled by their own changes: a constant small series would weigh without limit
    return float(scaled_crps(sample.truth, said.quantiles, np.sqrt(sample.expected)).mean())
