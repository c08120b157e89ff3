"""Rows on the product as a whole: training and publishing, start of the service, its answers."""

from __future__ import annotations

import http.client
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.bench import goals
from tests.bench.metered import metered
from tests.bench.table import Row, Section

_REQUESTS: Final = 200
_STARTS: Final = 3
_PATH: Final = "/api/v1/matrix?region=HWK-FF&year=2030"
_PATIENCE_SECONDS: Final = 30
_RUN_LIMIT_SECONDS: Final = 240.0


def service_section(folder: Path, root: Path) -> Section:
    """Train and publish the bundled figures, start the service on them several times, ask it.

    Args:
        folder: For models and snapshots.
        root: The checkout.
    """
    snapshots = folder / "snapshots"
    targets = ["--models", str(folder / "models"), "--snapshots", str(snapshots)]
    run = metered(folder, root, ["run", *targets], _RUN_LIMIT_SECONDS)
    title = "Lauf und Dienst auf diesem Rechner"
    name = "Trainieren und Veröffentlichen"
    if run.failure:
        return Section(title, [Row(name, (), "seconds", goals.RUN_SECONDS, note=run.failure)])
    starts, answers = [], []
    for _ in range(_STARTS):
        with _served(root, snapshots) as (connection, start):
            starts.append(start)
            answers += _answer_times(connection)
    worst = sorted(answers)[-len(answers) // 100]
    return Section(
        title,
        [
            Row(name, (run.seconds,), "seconds", goals.RUN_SECONDS, note=run.remark),
            Row("  größter Speicher dabei", (run.gigabytes,), "gigabytes"),
            Row("Start des Dienstes", (statistics.median(starts),), "seconds", goals.START_SECONDS),
            Row("Matrix, Median", (statistics.median(answers),), "milliseconds", goals.ANSWER_MILLISECONDS),
            Row("  99 von 100 Antworten unter", (worst,), "milliseconds"),
        ],
    )


def _answer_times(connection: http.client.HTTPConnection) -> list[float]:
    """Return the milliseconds of one request after the other.

    Raises:
        RuntimeError: The service refuses.
    """
    times = []
    for _ in range(_REQUESTS):
        before = time.perf_counter()
        connection.request("GET", _PATH)
        answer = connection.getresponse()
        body = answer.read()
        times.append((time.perf_counter() - before) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"{_PATH}: {answer.status} {body[:200]!r}")
    return times


@contextmanager
def _served(root: Path, snapshots: Path) -> Iterator[tuple[http.client.HTTPConnection, float]]:
    """Yield a connection to the service on a free port, and the seconds until it was ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "forecast", "serve", "--port", str(port), "--snapshots", str(snapshots)]
    started = time.perf_counter()
    service = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        while service.poll() is None and time.perf_counter() - started < _PATIENCE_SECONDS:
            try:
                connection.request("GET", "/health/ready")
                if connection.getresponse().read() is not None:
                    break
            except OSError:
                connection.close()
                time.sleep(0.02)
        yield connection, time.perf_counter() - started
    finally:
        connection.close()
        service.terminate()
        service.wait(timeout=10)
