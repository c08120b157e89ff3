"""Rows on questions «what if»: one region with all trades, and one cell, on one core.

    python -m tests.bench.what_if_rows

The inputs are simulated in the size of a chamber: 23 trades, 66 ages, 500 draws, 2026 to 2040.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from forecast.domain.expected import FLOWS
from forecast.domain.levers import Amount, Lever
from forecast.what_if import WhatIfModel
from forecast.what_if_inputs import WhatIfInputs, decode, encode
from tests.bench import goals
from tests.bench.table import Row, Section, as_text
from tests.toy_accounts import toy_firms

_TRADES: Final = 23
_CRAFTS: Final = 17
_DRAWS: Final = 500
_GROUPS: Final = ("metal", "electro", "shk", "vehicle", "other")
_AGES: Final = 66
_YEARS: Final = tuple(range(2026, 2041))
_RUNS: Final = 7
_MIX: Final = {
    "nur Bedarf": ("demand_step",),
    "Ausbildung": ("dissolution", "stay"),
    "Abgänge": ("exit_age", "craft_leaving"),
    "alles zugleich": ("demand_step", "dissolution", "stay", "exit_age", "craft_leaving", "migration"),
}
_ON_FIRMS: Final = {
    "dazu Inhaber und Meister, alles zugleich": _MIX["alles zugleich"],
    "weniger Meister, mit Rückwirkung auf Beschäftigte": ("masters",),
}
_NUMBERS: Final = {
    "masters": {"change": (-0.2, -0.3, -0.1)},
    "demand_step": {"change": (0.06, 0.04, 0.08), "probability": (1.0, 1.0, 1.0)},
    "dissolution": {"points": (-0.05, -0.05, -0.05)},
    "stay": {"points": (0.05, 0.02, 0.08)},
    "exit_age": {"months": (12.0, 12.0, 12.0), "share": (0.65, 0.5, 0.8)},
    "craft_leaving": {"change": (-0.2, -0.3, -0.1)},
    "migration": {"points": (0.005, 0.002, 0.008)},
}


def what_if_section() -> Section:
    """Measure a region and a cell under several sets of levers; median and worst of a few runs."""
    with threadpool_limits(1):
        data = encode(simulated_inputs())
        model = WhatIfModel(decode(encode(simulated_inputs(firms=False))))
        model.run()  # the side without levers is computed once a release
        rows = []
        for name, kinds in _MIX.items():
            levers = [_lever(kind) for kind in kinds]
            times, work = _milliseconds(lambda levers=levers: model.run(levers))  # type: ignore[misc]
            rows.append(Row(f"Region, {_TRADES} Gewerke, {name}", (statistics.median(times),), "milliseconds",
                            goals.WHAT_IF_MILLISECONDS))  # fmt: skip
            rows.append(Row("  Rechenzeit des Kerns", (statistics.median(work),), "milliseconds"))
            rows.append(Row("  langsamster Lauf", (max(times),), "milliseconds"))
        levers = [_lever(kind) for kind in _MIX["alles zugleich"]]
        cell, work = _milliseconds(lambda: model.run(levers, [model.inputs.trades[0]]))
        rows.append(Row("Eine Zelle, alles zugleich", (statistics.median(cell),), "milliseconds",
                        goals.WHAT_IF_CELL_MILLISECONDS))  # fmt: skip
        rows.append(Row("  Rechenzeit des Kerns", (statistics.median(work),), "milliseconds"))
        owners = WhatIfModel(decode(data))
        for name, kinds in _ON_FIRMS.items():
            levers = [_lever(kind) for kind in kinds]
            times, work = _milliseconds(lambda levers=levers: owners.run(levers))  # type: ignore[misc]
            rows.append(Row(f"  {name}", (statistics.median(times),), "milliseconds"))
            rows.append(Row("  Rechenzeit des Kerns", (statistics.median(work),), "milliseconds"))
        opened, _ = _milliseconds(lambda: WhatIfModel(decode(data)).run())
        rows.append(Row("Konten öffnen und Basis rechnen", (statistics.median(opened),), "milliseconds"))
        rows.append(Row("Datei einer Region", (len(data) / 1e9,), "gigabytes"))
    return Section(f"Was wäre, wenn: {_DRAWS} Ziehungen bis {_YEARS[-1]}, ein Kern", rows)


def simulated_inputs(*, firms: bool = True) -> WhatIfInputs:
    """Inputs of a region in the size of a chamber, with or without owners and masters."""
    rng = np.random.default_rng(1)
    years, ages = np.array(_YEARS), np.arange(15, 15 + _AGES)
    starts = np.arange(_YEARS[0] - 5, _YEARS[-1] + 1)
    by_year = (_TRADES, len(_YEARS), _DRAWS)
    by_draw = (_TRADES, _DRAWS)

    def uniform(low: float, high: float, shape: tuple[int, ...]) -> np.ndarray:
        return rng.uniform(low, high, shape).astype(np.float32)

    def profile(middle: float, width: float) -> np.ndarray:
        bell = np.exp(-(((ages - middle) / width) ** 2) / 2)
        return (bell / bell.sum()).astype(np.float32)

    late, early = (ages >= 57)[:, None], (ages < 57)[:, None]
    opening = rng.poisson(20, (_TRADES, _AGES, _DRAWS)).astype(np.float32)
    return WhatIfInputs(
        region="XX", base_year=_YEARS[0] - 1, seed=1, first_start=2027, least_cohorts=1, published_to=2035,
        trades=tuple(f"T-{n:02}" for n in range(_TRADES)),
        groups=tuple(_GROUPS[n * len(_GROUPS) // _TRADES] for n in range(_TRADES)),
        years=years, ages=ages, start_years=starts, opening=opening,
        employed=opening.sum(axis=1) * np.float32(0.95), vacancies=uniform(50, 100, by_draw),
        growth=uniform(0.9, 1.1, by_year), deaths=uniform(0, 0.01, (_TRADES, _AGES)),
        strain=uniform(1.0, 1.5, by_draw), strained=((ages >= 55) & (ages <= 62)).astype(np.float32),
        retiring=uniform(0.1, 0.7, (_AGES, _DRAWS)) * late.astype(np.float32),
        months=np.tile(np.arange(len(_YEARS), dtype=np.float32)[:, None, None], (1, 3, _AGES)),
        ways=np.tile(np.array([[0.25], [0.25], [0.5]], dtype=np.float32), _DRAWS),
        health_exits=uniform(0, 0.01, (_AGES, _DRAWS)) * early.astype(np.float32),
        craft_leavers=uniform(0, 0.03, (_AGES, _DRAWS)), jobs_lost=uniform(0, 0.005, by_year),
        entrants_contracted=uniform(0, 20, by_year), entrants_expected=uniform(0, 20, by_year),
        entry_profile=profile(21, 2.5), inflow_rate=rng.normal(0, 0.02, by_year).astype(np.float32),
        inflow_profiles=np.tile(profile(42, 12), (_TRADES, 1)),
        returner_rate=uniform(0.002, 0.008, by_draw), migration_rate=uniform(-0.002, 0.006, by_draw),
        contracts=uniform(20, 60, (_TRADES, len(starts), _DRAWS)),
        signed=np.tile((starts <= 2025).astype(np.float32), (_TRADES, 1)),
        training_years=np.full(_TRADES, 3.5, dtype=np.float32),
        dissolution=uniform(0.02, 0.12, (_TRADES, 4, _DRAWS)), pass_first=uniform(0.8, 0.95, by_draw),
        retry=uniform(0.7, 0.9, by_draw), pass_retry=uniform(0.6, 0.8, by_draw),
        stay=uniform(0.65, 0.85, by_draw),
        part_time=uniform(0.05, 0.3, by_draw), part_time_drift=uniform(0.01, 0.04, by_draw[1:]),
        part_timer_hours=uniform(0.48, 0.65, by_draw[1:]), full_time_hours=uniform(1560, 1740, by_draw[1:]),
        part_timer_drift=uniform(0, 0.029, by_draw[1:]), full_time_drift=uniform(-0.002, 0, by_draw[1:]),
        flows=rng.poisson(15, (_TRADES, len(FLOWS), len(_YEARS), _DRAWS)).astype(np.float32),
        firms=toy_firms(rng, ages, _DRAWS, _CRAFTS, len(_YEARS)) if firms else None,
    )  # fmt: skip


def _lever(kind: str) -> Lever:
    amounts = {name: Amount(*numbers) for name, numbers in _NUMBERS[kind].items()}
    return Lever(kind, kind, amounts, ("*",), ("*",), 2027, 5)


def _milliseconds(work: Callable[[], object]) -> tuple[list[float], list[float]]:
    """Times of a few runs after one that does not count: by the clock, and what the core worked."""
    work()
    times, worked = [], []
    for _ in range(_RUNS):
        started, busy = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - started) * 1000)
        worked.append((time.process_time() - busy) * 1000)
    return times, worked


if __name__ == "__main__":
    print(as_text([what_if_section()]))
