"""Rows on the interface: throughput beside a bare application of the same run, latency, memory, load."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench import api_goals as goals
from tests.bench.api_engine import engine_times, load_times
from tests.bench.api_load import closed_loop, constant_rate, request
from tests.bench.api_release import FIFTY_MILLION, HUNDRED_MILLION, LAST_YEAR, Size, write_synthetic
from tests.bench.api_server import Server, bare, generator_on_last_core, product
from tests.bench.api_what_if import busy_rows
from tests.bench.goals import Goal
from tests.bench.table import Row, Section, whole

BARE_BYTES: Final = 20_000
SMALL_CACHE: Final = 1
CONNECTIONS: Final = 32
_MIB: Final = 1 << 20
_MICRO: Final = 1e6
_YEARS: Final = range(2026, LAST_YEAR + 1)
_SERIES: Final = "year,value,lower_50,upper_50,lower_80,upper_80,lower_95,upper_95,status"
_NUMBERS: Final = "trade_code,value,lower_50,upper_50,lower_80,upper_80,lower_95,upper_95"


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure.

    Args:
        rounds: Times every case gets its turn; the median counts.
        seconds: Of one turn.
        large: Also 50 and 100 million values.
    """

    rounds: int
    seconds: float
    large: bool


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked again and again."""

    name: str
    requests: Sequence[bytes]
    goal: Goal | None = None
    built: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One case in one round."""

    rate: float
    cpu: float
    p99: float
    failures: int


def matrix_target(region: str, year: int) -> str:
    """Return the address of all trades of a region: 330 trades × 7 figures, in columns."""
    return f"/api/v1/matrix?region={region}&year={year}&measure=gap&layout=columns&columns={_NUMBERS}"


def cases(size: Size, tag: str) -> list[Case]:
    """Return the cases over a synthetic release; `built` ones ask far more than a small cache can hold."""
    regions = [f"R-{number:03d}" for number in range(size.regions)]
    matrices = [request(matrix_target(region, year)) for year in _YEARS for region in regions]
    series = [
        request(
            f"/api/v1/series?region={region}&trade=S-{trade:03d}&measure=demand&layout=columns&columns={_SERIES}"
        )
        for trade in range(0, size.trades, 5)
        for region in regions
    ]
    one = matrix_target(regions[0], LAST_YEAR)
    return [
        Case("Matrix einer Region, im Speicher", [request(one)], goals.MATRIX_CACHED),
        Case("  dasselbe, gzip", [request(one, Accept_Encoding="gzip")]),
        Case("Matrix einer Region, neu gebaut", matrices, goals.MATRIX_UNCACHED, built=True),
        Case("304 (unverändert)", [request(one, If_None_Match=tag)], goals.NOT_MODIFIED),
        Case("eine Reihe, neu gebaut", series, goals.SERIES_UNCACHED, built=True),
        Case("  eine Reihe, im Speicher", series[:1]),
    ]


def throughput_section(folder: Path, root: Path, effort: Effort) -> Section:
    """Ask as fast as answers come, in turn with the bare application."""
    size = FIFTY_MILLION if effort.large else Size(40, 330, 4, 14)
    snapshots = folder / f"snapshots-{size.values}"
    write_synthetic(snapshots, size)
    with (
        bare(root, BARE_BYTES) as yardstick,
        product(root, snapshots) as service,
        product(root, snapshots, cache_megabytes=SMALL_CACHE) as builder,
    ):
        status, body, headers = service.status(matrix_target("R-000", LAST_YEAR))
        if status != 200:
            raise RuntimeError(f"matrix: {status} {body[:200]!r}")
        asked = cases(size, headers["etag"])
        servers = {"bare": yardstick, "kept": service, "built": builder}
        with generator_on_last_core():
            turns = _turns(servers, asked, effort)
            rows = _throughput_rows(turns, asked, len(body))
            rows += _latency_rows(builder, asked[-2], turns[asked[-2].name], effort)
    rows += busy_rows(folder, root, size.regions, effort.seconds)  # starts its server on the first core
    return Section(f"Tempo: eine leere ASGI-Anwendung = 1, je Kern ({whole(size.values)} Werte)", rows)


def _turns(servers: Mapping[str, Server], asked: Sequence[Case], effort: Effort) -> dict[str, list[Turn]]:
    plain = Case("bare", [request("/")])
    found: dict[str, list[Turn]] = {}
    for _ in range(effort.rounds):
        for case in (plain, *asked):
            server = servers["bare" if case is plain else "built" if case.built else "kept"]
            before = server.cpu_seconds()
            load = closed_loop(server.port, case.requests, CONNECTIONS, effort.seconds)
            cpu = (server.cpu_seconds() - before) / max(1, len(load.latencies))
            found.setdefault(case.name, []).append(Turn(load.rate, cpu, load.quantile(0.99), load.failures))
    return found


def _throughput_rows(turns: Mapping[str, Sequence[Turn]], asked: Sequence[Case], size: int) -> list[Row]:
    """Ratios of processor time per answer, round by round.

    The server has one core, so that is the ratio of what it could answer at most; a generator that cannot ask
    faster, or a neighbour on the machine, does not flatter it.
    """
    plain = turns["bare"]
    bare_rate = statistics.median(turn.rate for turn in plain)
    cpu = statistics.median(turn.cpu for turn in plain)
    rows = [
        Row(
            "leere ASGI-Anwendung, 20 kB: Antworten je Sekunde", (bare_rate,), "number",
            note=f"{cpu * _MICRO:.0f} µs CPU je Anfrage; die Matrix hat {whole(size)} Bytes",
        )
    ]  # fmt: skip
    for case in asked:
        mine = turns[case.name]
        ratio = statistics.median(other.cpu / one.cpu for one, other in zip(mine, plain, strict=True))
        spent = statistics.median(turn.cpu for turn in mine)
        failures = sum(turn.failures for turn in mine)
        rate = statistics.median(turn.rate for turn in mine)
        note = f"{rate:.0f}/s ({rate / bare_rate:.2f}), {spent * _MICRO:.0f} µs CPU ({spent / cpu:.1f} ×)"
        note += f", p99 {statistics.median(t.p99 for t in mine) * 1000:.1f} ms"
        note += f", {failures} gescheitert" if failures else ""
        details = {"rate_ratio": rate / bare_rate, "failures": failures}
        rows.append(Row(case.name, (ratio,), "ratio", case.goal, note=note, details=details))
    return rows


def _latency_rows(service: Server, case: Case, turns: Sequence[Turn], effort: Effort) -> list[Row]:
    """Constant rate at half and four fifths of saturation, latency from the intended moment."""
    saturation = statistics.median(turn.rate for turn in turns)
    rows = []
    for share, goal in ((0.5, goals.TAIL), (0.8, None)):
        load = constant_rate(service.port, case.requests, share * saturation, max(2.0, effort.seconds))
        name = f"p99 / p50 bei {share:.0%} der Sättigung".replace("%", " %")
        note = f"p50 {load.quantile(0.5) * 1000:.2f} ms, p99 {load.quantile(0.99) * 1000:.2f} ms"
        rows.append(Row(name, (load.quantile(0.99) / load.quantile(0.5),), "times", goal, note=note))
    return rows


def engine_section(folder: Path, root: Path) -> Section:
    """Look-ups without HTTP, opening, and memory of workers over 50 and 100 million values."""
    rows: list[Row] = []
    private: dict[int, float] = {}
    empty = _private(root, folder / "none", 1)
    for size in (FIFTY_MILLION, HUNDRED_MILLION):
        name = f"{size.values / 1e6:.0f} Millionen Werte"
        snapshots = folder / f"snapshots-{size.values}"
        if not (snapshots / "current").exists():
            write_synthetic(snapshots, size)
        if size is FIFTY_MILLION:
            rows += _engine_rows(snapshots, root)
        private[size.values] = _private(root, snapshots, 1) - empty
        goal = goals.PRIVATE if size is FIFTY_MILLION else None
        rows.append(
            Row(
                f"{name}: eigener Speicher über einem leeren Prozess, MiB",
                (private[size.values],),
                "number",
                goal,
            )
        )
    fifty, hundred = (private[size.values] for size in (FIFTY_MILLION, HUNDRED_MILLION))
    # of all a worker has for itself: what it has above an empty one is near nought, and no base for a ratio
    more = (hundred - fifty) / (empty + fifty)
    note = f"{hundred - fifty:+.1f} MiB bei {empty + fifty:.0f} MiB"
    rows.append(Row("100 statt 50 Millionen: mehr Speicher", (more,), "percent", goals.DOUBLE, note=note))
    four = _private(root, folder / f"snapshots-{FIFTY_MILLION.values}", 4) - empty
    rows.append(Row("  eigener Speicher eines von vier Prozessen, MiB", (four,), "number", goals.PRIVATE))
    return Section("50 und 100 Millionen Werte", rows)


def _engine_rows(snapshots: Path, root: Path) -> list[Row]:
    times = engine_times(snapshots)
    load = load_times(snapshots)
    with product(root, snapshots) as service:
        ready = _ready(service)
    slow = max(times["series"].p99, times["matrix"].p99) * 1000
    note = "; ".join(
        f"{name} p50 {one.p50 * 1000:.3f} ms, p99 {one.p99 * 1000:.3f} ms" for name, one in times.items()
    )
    return [
        Row("Nachschlagen, Reihe und Matrix: p99", (slow,), "fine_milliseconds", goals.ENGINE, note=note),
        Row("Laden ohne Prüfung", (load.plain * 1000,), "milliseconds", goals.LOAD),
        Row("  Prüfung von Summen und Zellen, einmal je Stand und Prozess", (load.verify,), "seconds"),
        Row("  vom Start des Prozesses bis bereit", (ready,), "seconds", goals.READY),
    ]


def _ready(service: Server) -> float:
    started = time.perf_counter()
    while service.status("/health/ready")[0] != 200 and time.perf_counter() - started < 30:
        time.sleep(0.01)
    return service.start_seconds + time.perf_counter() - started


def _private(root: Path, snapshots: Path, workers: int) -> float:
    """Return the private MiB of a worker after it has answered from every part of the snapshot."""
    with product(root, snapshots, workers) as service:
        time.sleep(3.0 if workers > 1 else 1.0)
        for number in range(0, 400, 4):
            service.status(matrix_target(f"R-{number:03d}", LAST_YEAR))
        return service.private_bytes() / _MIB
