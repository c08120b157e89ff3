"""Rows on what wears a service down: a cold start, thousands of silent connections, load for a long time.

Everything stays on loopback and is bounded: connections by the limit of open files, load by minutes and rate.
"""

from __future__ import annotations

import os
import resource
import selectors
import socket
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from api.limits import REQUEST_SECONDS
from tests.bench import api_goals as goals
from tests.bench.api_load import Load, constant_rate, request
from tests.bench.api_release import LAST_YEAR, SMALL, Size, write_synthetic
from tests.bench.api_rows import cases, matrix_target
from tests.bench.api_server import Server, generator_on_last_core, product
from tests.bench.table import Row, Section

IDLE: Final = 10_000
MOST_MINUTES: Final = 120.0
RATE: Final = 100.0
_SPARE_FILES: Final = 200
_CHUNKS: Final = 8
_LONGEST_CHUNK: Final = 60.0
_AT_ONCE: Final = 200
_MIB: Final = 1 << 20
_MILLI: Final = 1000.0


def endurance_section(
    folder: Path, root: Path, minutes: float, idle: int = IDLE, size: Size = SMALL
) -> Section:
    """Measure all of it.

    Args:
        folder: For releases made up here.
        root: Of the repository.
        minutes: Of load; 0 = none, more than two hours count as two.
        idle: Silent connections.
        size: Of the release.
    """
    snapshots = folder / "snapshots-endurance"
    ids = [write_synthetic(snapshots, size, shift=shift) for shift in (1, 0)]
    rows = list(cold_rows(root, snapshots, size))
    rows.append(idle_row(root, snapshots, size, idle))
    if minutes > 0:
        rows += soak_rows(root, snapshots, size, ids, min(minutes, MOST_MINUTES) * 60)
    return Section("Ausdauer: kalter Start, stille Verbindungen, Last über längere Zeit", rows)


# --- a cold start -------------------------------------------------------------------------------------------


def forget_pages(folder: Path) -> int:
    """Ask the system to drop the pages of all files below a folder; return their bytes."""
    size = 0
    for path in folder.rglob("*"):
        if path.is_file():
            with open(path, "rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
                size += os.fstat(file.fileno()).st_size
    return size


def cold_rows(root: Path, snapshots: Path, size: Size) -> Iterator[Row]:
    """Time to be ready with and without the files in memory, and the first matrix of every region."""
    for name, forgotten in (("kalt", forget_pages(snapshots)), ("warm", 0)):
        with product(root, snapshots) as service, generator_on_last_core():
            started = time.perf_counter()
            while service.status("/health/ready")[0] != 200:
                if time.perf_counter() - started > REQUEST_SECONDS:
                    raise RuntimeError("not ready")
                time.sleep(0.01)
            ready = service.start_seconds + time.perf_counter() - started
            first = [_asked(service, number) for number in range(size.regions)]
        note = f"erste Matrix je Region: p50 {statistics.median(first):.1f} ms, längste {max(first):.1f} ms"
        if forgotten:
            note += f"; {forgotten / _MIB:.0f} MiB verworfen, soweit das System dem folgt"
        yield Row(f"bereit nach dem Start, Dateien {name}", (ready,), "seconds", note=note)


def _asked(service: Server, region: int) -> float:
    started = time.perf_counter()
    status, body, _ = service.status(matrix_target(f"R-{region:03d}", LAST_YEAR))
    if status != 200:
        raise RuntimeError(f"matrix: {status} {body[:200]!r}")
    return (time.perf_counter() - started) * _MILLI


# --- silent connections -------------------------------------------------------------------------------------


@contextmanager
def files_allowed(wanted: int) -> Iterator[int]:
    """Raise the limit of open files of this process and its children as far as allowed; give what is left."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted + _SPARE_FILES if hard == resource.RLIM_INFINITY else min(hard, wanted + _SPARE_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    try:
        yield max(1, min(wanted, max(soft, most) - _SPARE_FILES))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def idle_row(root: Path, snapshots: Path, size: Size, wanted: int) -> Row:
    """p99 of series with many silent connections against without; they are closed when their time is over."""
    asked = next(case for case in cases(size, "") if case.name == "eine Reihe, neu gebaut").requests
    with files_allowed(wanted) as count, product(root, snapshots) as service:
        constant_rate(service.port, asked, RATE, 1.0)
        quiet = constant_rate(service.port, asked, RATE, 3.0)
        before, started = service.private_bytes(), time.perf_counter()
        silent = connected(service.port, count)
        took, memory = time.perf_counter() - started, service.private_bytes() - before
        busy = constant_rate(service.port, asked, RATE, 3.0)
        left = still_open(silent, started + REQUEST_SECONDS + took + 10)
        gone = time.perf_counter() - started
        for plug in silent:
            plug.close()
        after = constant_rate(service.port, asked, RATE, 1.0)
    failures = quiet.failures + busy.failures + after.failures
    note = (
        f"{count} Verbindungen in {took:.1f} s, {memory / _MIB:.0f} MiB mehr; "
        f"p99 {quiet.quantile(0.99) * _MILLI:.1f} → {busy.quantile(0.99) * _MILLI:.1f} ms; "
        f"{left} nach {gone:.0f} s noch offen, {failures} Anfragen gescheitert"
    )
    ratio = busy.quantile(0.99) / quiet.quantile(0.99)
    details = {"connections": count, "left": left, "failures": failures}
    name = f"p99 einer Reihe neben {count} stillen Verbindungen"
    return Row(name, (ratio,), "times", goals.BESIDE, note=note, details=details)


def connected(port: int, count: int) -> list[socket.socket]:
    """Open connections that say nothing, a few hundred at a time so that none waits in the queue for long."""
    found = []
    for number in range(count):
        found.append(socket.create_connection(("127.0.0.1", port), timeout=30))
        if number % _AT_ONCE == _AT_ONCE - 1:
            time.sleep(0.01)
    return found


def still_open(plugs: Sequence[socket.socket], until: float) -> int:
    """Wait until the other side has closed all connections, or until a time; return how many stay."""
    with selectors.DefaultSelector() as ready:
        for plug in plugs:
            plug.setblocking(False)
            ready.register(plug, selectors.EVENT_READ)
        while ready.get_map() and time.perf_counter() < until:
            for key, _ in ready.select(0.2):
                ready.unregister(key.fileobj)
        return len(ready.get_map())


# --- load for a long time -----------------------------------------------------------------------------------


def soak_rows(root: Path, snapshots: Path, size: Size, ids: Sequence[str], seconds: float) -> list[Row]:
    """Ask for everything at a constant rate, change releases meanwhile; what fails, grows, slows down?"""
    asked = [one for case in cases(size, '"x"') for one in case.requests]
    asked += [request(target) for target in ("/", "/api/v1/trades", "/api/v1/observations?limit=50")]
    part = min(_LONGEST_CHUNK, seconds / _CHUNKS)
    loads: list[Load] = []
    memory: list[float] = []
    with product(root, snapshots) as service, generator_on_last_core():
        constant_rate(service.port, asked, RATE, part)  # caches fill before anything counts
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            loads.append(constant_rate(service.port, asked, RATE, part))
            memory.append(service.private_bytes() / _MIB)
            point_at(snapshots, ids[len(loads) % len(ids)])
    failures = sum(load.failures for load in loads)
    count = sum(len(load.latencies) for load in loads)
    first, last = loads[0].quantile(0.99) * _MILLI, loads[-1].quantile(0.99) * _MILLI
    half = len(memory) // 2 or 1
    early, late = statistics.median(memory[:half]), statistics.median(memory[-half:])
    note = f"{count} Anfragen in {seconds / 60:.1f} min, {len(loads)} Stände; p99 {first:.1f} → {last:.1f} ms"
    grown = f"{early:.0f} → {late:.0f} MiB, erste gegen zweite Hälfte"
    return [
        Row("Anfragen, die unter Dauerlast scheiterten", (float(failures),), "number", goals.NONE, note=note),
        Row("Zuwachs des eigenen Speichers unter Dauerlast", (late / early - 1,), "percent", goals.STEADY,
            note=grown),
    ]  # fmt: skip


def point_at(snapshots: Path, identity: str) -> None:
    """Move the pointer as a publisher does."""
    new = snapshots / "current.next"
    new.write_text(f"{identity}\n")
    new.replace(snapshots / "current")
