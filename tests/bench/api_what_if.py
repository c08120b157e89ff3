"""Rows on questions «what if» over HTTP: one region, and the readers beside a question about all of them."""

from __future__ import annotations

import json
import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from forecast.what_if_inputs import encode, file_name
from tests.bench import api_goals as goals
from tests.bench.api_bad_input import bad_input_row
from tests.bench.api_load import constant_rate, request
from tests.bench.api_release import GROUPS, Size, write_synthetic
from tests.bench.api_server import Server, generator_on_last_core, product
from tests.bench.table import Row
from tests.toy_accounts import LAST, real_parameters, toy_inputs

ADDRESS: Final = "/api/v1/scenarios"
DRAWS: Final = 500
TRADES: Final = 23
FEW: Final = 2
RUNS: Final = 9
RATE: Final = 200.0
_SIZE: Final = Size(400, TRADES, 4, 14)
BAD_TIMES: Final = 100
_PATIENCE: Final = 60.0


def write_accounts(folder: Path, root: Path, regions: int) -> Path:
    """Publish a release whose first region has the size of a chamber; the others have two trades each."""
    size = replace(_SIZE, regions=regions)
    trades = tuple(f"S-{number:03d}" for number in range(TRADES))
    groups = tuple(GROUPS[number * len(GROUPS) // TRADES] for number in range(TRADES))
    large = toy_inputs("R-000", DRAWS, trades, groups)
    small = toy_inputs("R-001", DRAWS, trades[:FEW], groups[:FEW])
    files = {file_name("R-000"): encode(large)}
    for number in range(1, regions):
        files[file_name(f"R-{number:03d}")] = encode(replace(small, region=f"R-{number:03d}"))
    snapshots = folder / "snapshots-accounts"
    write_synthetic(snapshots, size, files=files, parameters=real_parameters(root / "data", ()))
    return snapshots


def _levers(number: int) -> list[dict[str, Any]]:
    """Demand, training and exits; never the same numbers twice."""
    change = 0.05 + number / 10_000
    return [
        {"kind": "demand_step", "from_year": 2027, "ramp_years": 5, "change": change},
        {"kind": "dissolution", "from_year": 2027, "points": -0.05},
        {"kind": "exit_age", "from_year": 2027, "months": {"value": 9, "low": 6, "high": 12 + change}},
    ]


def _ask(service: Server, body: dict[str, Any]) -> float:
    started = time.perf_counter()
    status, answer, _ = service.status(ADDRESS, json.dumps(body).encode())
    if status != 200:
        raise RuntimeError(f"what-if: {status} {answer[:300]!r}")
    return (time.perf_counter() - started) * 1000


def busy_rows(folder: Path, root: Path, regions: int, seconds: float) -> list[Row]:
    """Measure one region to the last year of the accounts, and series beside a question about all regions."""
    with product(root, write_accounts(folder, root, regions)) as service, generator_on_last_core():
        rows = [*_region_rows(service), bad_input_row(service, BAD_TIMES)]
        rows.append(_beside(service, regions, max(4.0, seconds)))
    return rows


def _region_rows(service: Server) -> Iterator[Row]:
    years = list(range(2026, LAST + 1))
    name = f"Was-wäre-wenn einer Region, {DRAWS} Ziehungen, bis {LAST}"
    body = {"regions": ["R-000"], "years": years, "contributions": False}
    first = _ask(service, body)
    numbers = iter(range(10_000))
    for label, goal, levers, more in (
        (name, goals.WHAT_IF, 1, {}),
        ("  drei Hebel: Bedarf, Ausbildung, Abgänge", goals.WHAT_IF, 3, {}),
        ("  dazu der Beitrag jedes Hebels", None, 3, {"contributions": True}),
    ):
        before = service.cpu_seconds()
        times = [
            _ask(service, {**body, "levers": _levers(next(numbers))[-levers:], **more}) for _ in range(RUNS)
        ]
        work = (service.cpu_seconds() - before) / RUNS * 1000
        note = f"{TRADES} Gewerke × {len(years)} Jahre; {work:.0f} ms CPU, langsamste {max(times):.0f} ms"
        yield Row(label, (statistics.median(times),), "milliseconds", goal, note=note)
    yield Row("  erste Frage: Prozess starten, Stand prüfen", (first,), "milliseconds")


def _beside(service: Server, regions: int, seconds: float) -> Row:
    """p99 of series at a constant rate with and without a large question, same rate, same requests."""
    series = [
        request(f"/api/v1/series?region=R-{number:03d}&trade=S-{trade:03d}&measure=demand")
        for number in range(0, regions, 3)
        for trade in range(TRADES)
    ]
    constant_rate(service.port, series, RATE, 1.0)
    quiet = constant_rate(service.port, series, RATE, seconds)
    took: list[float] = []
    body = {"regions": ["*"], "years": [LAST], "measures": ["gap"], "levers": _levers(77)}
    asking = threading.Thread(target=lambda: took.append(_ask(service, body)), daemon=True)
    asking.start()
    time.sleep(0.2)
    busy = constant_rate(service.port, series, RATE, seconds)
    still = asking.is_alive()
    asking.join(_PATIENCE)
    ratio = busy.quantile(0.99) / quiet.quantile(0.99)
    note = (
        f"{quiet.quantile(0.99) * 1000:.2f} → {busy.quantile(0.99) * 1000:.2f} ms bei {RATE:.0f}/s; die "
        f"große Frage dauerte {took[0] / 1000 if took else float('nan'):.1f} s"
    )
    note += "" if still else ", kürzer als die Messung"
    return Row(f"p99 einer Reihe neben einem Was-wäre-wenn über {regions} Regionen", (ratio,), "times",
               goals.BESIDE, note=note)  # fmt: skip
