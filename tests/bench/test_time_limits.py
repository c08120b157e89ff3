"""The promised times on this machine: `make bench`. Kept out of `make test`, which must not hang on load."""

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

import pytest

pytestmark = pytest.mark.bench

RUN_SECONDS = 60.0  # train and publish the bundled figures on two cores
START_SECONDS = 2.0  # from the command to the first answer, on an existing snapshot
ANSWER_MILLISECONDS = 20.0  # median of one matrix, one request after the other
REQUESTS = 200


@pytest.fixture(scope="module")
def published(repo_root: Path, tmp_path_factory) -> tuple[Path, float]:
    """A snapshot of the bundled figures and the seconds it took."""
    folder = tmp_path_factory.mktemp("published")
    started = time.perf_counter()
    targets = ["--models", str(folder / "models"), "--snapshots", str(folder / "snapshots")]
    subprocess.run([sys.executable, "-m", "forecast", "run", *targets], cwd=repo_root, check=True)
    return folder / "snapshots", time.perf_counter() - started


@contextmanager
def _served(repo_root: Path, snapshots: Path) -> Iterator[tuple[http.client.HTTPConnection, float]]:
    """The service on a free port, and the seconds until it was ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "forecast", "serve", "--port", str(port), "--snapshots", str(snapshots)]
    started = time.perf_counter()
    service = subprocess.Popen(command, cwd=repo_root)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        while service.poll() is None and time.perf_counter() - started < 30:
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


def test_training_and_publishing_stay_below_a_minute(published) -> None:
    _, seconds = published
    print(f"\nrun: {seconds:.1f} s (limit {RUN_SECONDS:.0f})")
    assert seconds <= RUN_SECONDS


def test_the_service_starts_and_answers_fast(published, repo_root: Path) -> None:
    snapshots, _ = published
    with _served(repo_root, snapshots) as (connection, start):
        times = []
        for _ in range(REQUESTS):
            before = time.perf_counter()
            connection.request("GET", "/api/v1/matrix?region=HWK-FF&year=2030")
            answer = connection.getresponse()
            body = answer.read()
            times.append((time.perf_counter() - before) * 1000)
            assert answer.status == 200, body
    median, worst = statistics.median(times), sorted(times)[-REQUESTS // 100]
    print(f"\nstart: {start:.2f} s (limit {START_SECONDS:.0f})")
    print(f"matrix: {median:.2f} ms (limit {ANSWER_MILLISECONDS:.0f}), 99th percentile {worst:.2f} ms")
    assert start <= START_SECONDS
    assert median <= ANSWER_MILLISECONDS
