"""Fan-out: same results in the same order for any number of workers, one bad task harms nobody."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.compute import Failure, run_tasks
from forecast.errors import ModelError, OperationError
from forecast.stats.draws import generator_for


def simulate(key: str) -> bytes:
    if key == "t3":
        raise ModelError("Zu wenig.")
    if key == "t4":
        raise ZeroDivisionError("unerwartet")
    return (generator_for(1, key).random((30, 30)) @ np.ones((30, 30))).tobytes()


TASKS = [(f"t{i}", f"t{i}") for i in range(9)]


def test_order_failures_and_progress() -> None:
    seen: list[tuple[int, int]] = []
    found = run_tasks(simulate, TASKS, 1, lambda done, total: seen.append((done, total)), chunk=4)
    assert [outcome.key for outcome in found] == [key for key, _ in TASKS]
    assert found[3].failure == Failure("t3", "Zu wenig.")
    assert found[4].failure == Failure("t4", "ZeroDivisionError: unerwartet")
    assert [outcome.value is None for outcome in found] == [i in (3, 4) for i in range(9)]
    assert seen == [(4, 9), (8, 9), (9, 9)]


@pytest.mark.parametrize(("workers", "chunk"), [(1, 9), (2, 1), (2, 4)])
def test_workers_and_chunks_change_no_byte(workers: int, chunk: int) -> None:
    assert run_tasks(simulate, TASKS, workers, chunk=chunk) == run_tasks(simulate, TASKS, 1)


def test_nothing_to_do_and_impossible_settings() -> None:
    assert run_tasks(simulate, [], 2) == ()
    with pytest.raises(OperationError, match="Mindestens ein Prozess"):
        run_tasks(simulate, TASKS, 0)
