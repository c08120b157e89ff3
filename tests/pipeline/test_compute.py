"""Fan-out: same results in the same order for any workers and backend, one bad task harms nobody."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import joblib.parallel
import numpy as np
import pytest
from joblib._parallel_backends import ThreadingBackend

from forecast.compute import (
    BACKENDS,
    Failure,
    available_workers,
    begin_imports,
    begin_tasks,
    run_tasks,
    stop_begun,
    stream_tasks,
)
from forecast.errors import ModelError, OperationError
from forecast.stats.draws import generator_for


def simulate(key: str) -> bytes:
    if key == "t3":
        raise ModelError("Zu wenig.")
    if key == "t4":
        raise ZeroDivisionError("unerwartet")
    return (generator_for(1, key).random((30, 30)) @ np.ones((30, 30))).tobytes()


def simulate_or_die(key: str) -> str:
    if key == "t2":
        os.kill(os.getpid(), signal.SIGKILL)
    return key.upper()


TASKS = [(f"t{i}", f"t{i}") for i in range(9)]


class Cluster(ThreadingBackend):
    """Stands in for the backend Dask registers with joblib; counts what it is given."""

    given = 0

    def submit(self, func, callback=None):
        type(self).given += 1
        return super().submit(func, callback)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> type[Cluster]:
    monkeypatch.setitem(joblib.parallel.BACKENDS, "dask", Cluster)
    Cluster.given = 0
    return Cluster


def test_order_failures_and_progress() -> None:
    seen: list[tuple[int, int]] = []
    found = run_tasks(simulate, TASKS, 1, lambda done, total: seen.append((done, total)), chunk=4)
    assert [outcome.key for outcome in found] == [key for key, _ in TASKS]
    assert found[3].failure == Failure("t3", "Zu wenig.")
    assert found[4].failure == Failure("t4", "ZeroDivisionError: unerwartet")
    assert [outcome.value is None for outcome in found] == [i in (3, 4) for i in range(9)]
    assert seen == [(4, 9), (8, 9), (9, 9)]


@pytest.mark.parametrize("backend", ["sequential", "threading", "loky"])
@pytest.mark.parametrize(("workers", "chunk"), [(1, 9), (2, 1), (2, 4)])
def test_workers_chunks_and_backend_change_no_byte(backend: str, workers: int, chunk: int) -> None:
    found = run_tasks(simulate, TASKS, workers, chunk=chunk, backend=backend)
    assert found == run_tasks(simulate, TASKS, 1)


def test_the_dask_backend_of_joblib_gets_the_tasks(cluster: type[Cluster]) -> None:
    assert run_tasks(simulate, TASKS, 2, backend="dask") == run_tasks(simulate, TASKS, 1)
    assert cluster.given == len(TASKS)


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(joblib.parallel.BACKENDS, "dask", raising=False)
    monkeypatch.setitem(sys.modules, "dask", None)  # as if it were not installed, also where it is
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "joblib._dask", raising=False)
    with pytest.raises(OperationError, match="fehlt Dask") as caught:
        run_tasks(simulate, TASKS, 2, backend="dask")
    assert "fachkraeftematrix[cluster]" in str(caught.value)


def test_without_a_client_the_cluster_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def unconnected(**_: object) -> None:
        raise ValueError("To use Joblib with Dask first create a Dask Client")

    monkeypatch.setitem(joblib.parallel.BACKENDS, "dask", unconnected)
    monkeypatch.setattr("forecast.compute.find_spec", lambda name: name)  # as if it were installed
    with pytest.raises(OperationError, match="kein Dask-Verbund"):
        run_tasks(simulate, TASKS, 2, backend="dask")


def test_a_task_that_kills_its_process_is_a_failure_like_any_other() -> None:
    found = run_tasks(simulate_or_die, TASKS[:5], 2)
    assert [outcome.value for outcome in found] == ["T0", "T1", None, "T3", "T4"]
    assert found[2].failure is not None
    assert "Der Rechenprozess ist abgebrochen" in found[2].failure.reason


@pytest.mark.parametrize("workers", [1, 2])
def test_what_was_begun_is_what_running_finds_and_can_be_asked_twice(workers: int) -> None:
    seen: list[tuple[int, int]] = []
    begun = begin_tasks(simulate, TASKS, workers)
    beside = run_tasks(str.upper, [(key, key) for key, _ in TASKS], workers)  # others run meanwhile
    assert [outcome.value for outcome in beside] == [key.upper() for key, _ in TASKS]
    found = begun.outcomes(lambda done, total: seen.append((done, total)))
    assert found == run_tasks(simulate, TASKS, 1)
    assert seen == [(done, 9) for done in range(1, 10)]
    assert begun.outcomes() == found


def test_what_nobody_asks_for_is_stopped_without_a_word(recwarn: pytest.WarningsRecorder) -> None:
    begun = begin_tasks(simulate, [(f"x{i}", f"x{i}") for i in range(200)], 2)
    stop_begun()
    assert len(begun.outcomes()) < 200
    assert not recwarn.list
    assert run_tasks(simulate, TASKS, 2) == run_tasks(simulate, TASKS, 1)  # the next ones run as ever


def test_a_process_that_dies_behind_our_back_is_found_when_asked() -> None:
    found = begin_tasks(simulate_or_die, TASKS[:5], 2).outcomes()
    assert [outcome.value for outcome in found] == ["T0", "T1", None, "T3", "T4"]


def loaded(module: str) -> bool:
    return module in sys.modules


def test_other_processes_load_what_they_were_asked_to_and_this_one_does_not() -> None:
    rare = "modulefinder"
    assert begin_imports(rare, 2) == 2
    found = run_tasks(loaded, [(str(i), rare) for i in range(50)], 2)
    assert any(outcome.value for outcome in found)
    assert begin_imports(rare, 1) == 1
    assert rare not in sys.modules


def test_a_stream_asks_for_few_tasks_ahead() -> None:
    made = 0

    def tasks() -> Iterator[tuple[str, str]]:
        nonlocal made
        for i in range(1000):
            made += 1
            yield f"x{i}", f"x{i}"

    stream = stream_tasks(simulate, tasks(), 2, backend="threading")
    first = next(stream)
    assert made <= 20
    assert [first, *stream] == list(run_tasks(simulate, [(f"x{i}", f"x{i}") for i in range(1000)], 1))


def test_nothing_to_do_and_impossible_settings() -> None:
    assert run_tasks(simulate, [], 2) == ()
    assert available_workers() >= 1
    with pytest.raises(OperationError, match="Mindestens ein Prozess"):
        run_tasks(simulate, TASKS, 0)
    with pytest.raises(OperationError, match="gibt es nicht") as caught:
        run_tasks(simulate, TASKS, 2, backend="wolke")
    assert ", ".join(BACKENDS) in str(caught.value)
