"""The load generator counts what it says, and the synthetic release is one the service accepts."""

from __future__ import annotations

import pytest

from api.release import Release
from forecast.snapshot import open_snapshot
from tests.bench.api_bad_input import bad_input_row, requests
from tests.bench.api_engine import engine_times, load_times
from tests.bench.api_load import Load, closed_loop, constant_rate, request
from tests.bench.api_release import FIFTY_MILLION, HUNDRED_MILLION, LESS, write_synthetic
from tests.bench.api_server import bare, product
from tests.toy_accounts import write_toy_with_accounts


@pytest.mark.slow
def test_every_answer_is_counted_once(repo_root) -> None:
    with bare(repo_root, 5_000) as server:
        closed = closed_loop(server.port, [request("/")], 4, 0.3)
        steady = constant_rate(server.port, [request("/")], 200.0, 0.5, 4)
    assert (closed.failures, steady.failures) == (0, 0)
    assert len(closed.latencies) > 20
    assert 0 <= closed.received // 5_000 - len(closed.latencies) <= 4  # the last ones were cut off
    assert len(steady.latencies) == 100
    assert 0 < steady.quantile(0.5) <= steady.quantile(0.99)


def test_quantiles_of_nothing_are_infinite() -> None:
    assert Load().quantile(0.99) == float("inf")
    assert Load(1.0, [3.0, 1.0, 2.0]).quantile(0.5) == 2.0


def test_the_synthetic_release_is_accepted_and_read(tmp_path) -> None:
    identity = write_synthetic(tmp_path, LESS)
    snapshot = open_snapshot(tmp_path)
    Release(snapshot).check()
    assert snapshot.id == identity
    assert snapshot.cube.size == LESS.values
    assert snapshot.cube.shape[:2] == (4, 12)
    found = engine_times(tmp_path)
    assert 0 < found["series"].p50 <= found["series"].p99
    opening = load_times(tmp_path)
    assert opening.plain > 0


def test_the_sizes_are_the_ones_promised() -> None:
    assert FIFTY_MILLION.values > 50_000_000
    assert HUNDRED_MILLION.values == 2 * FIFTY_MILLION.values > 100_000_000
    assert (FIFTY_MILLION.trades, FIFTY_MILLION.regions) == (330, 400)


@pytest.mark.slow
def test_every_kind_of_bad_input_is_refused_by_the_service_that_is_measured(
    tmp_path, data_root, repo_root
) -> None:
    write_toy_with_accounts(tmp_path, data_root)
    with product(repo_root, tmp_path) as service:
        row = bad_input_row(service, 2)
    assert row.details["wrong"] == 0, row.note
    assert "4xx" in row.note
    assert len(row.details) == len(requests()) + 1
