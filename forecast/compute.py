"""Fan-out of independent tasks: same results in the same order for any number of workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from joblib import Parallel, delayed, parallel_config
from threadpoolctl import threadpool_limits

from forecast.errors import FachkraefteError, OperationError

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Failure:
    """A task that did not finish.

    Args:
        key: Name of the task.
        reason: What it said.
    """

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Result]):
    """Result of one task, or why there is none; exactly one of the two is set.

    Args:
        key: Name of the task.
        value: What the function returned, None after a failure.
        failure: None after success.
    """

    key: str
    value: Result | None
    failure: Failure | None


def run_tasks(
    function: Callable[[Task], Result],
    tasks: Sequence[tuple[str, Task]],
    workers: int,
    on_progress: Callable[[int, int], None] | None = None,
    *,
    chunk: int = 1,
) -> tuple[Outcome[Result], ...]:
    """Apply a function to every task.

    Tasks must not depend on each other and take their random numbers from their own key
    (`forecast.stats.draws.generator_for`); then workers and chunks cannot change a byte. Linear algebra runs
    on one thread per worker, also sequentially, since its sums depend on the number of threads.

    Args:
        function: Module-level function (it is sent to other processes).
        tasks: Pairs (key, task).
        workers: Processes; 1 runs here.
        on_progress: Called with (finished, total) after each chunk.
        chunk: Tasks sent to a worker at once.

    Returns:
        One outcome per task, in the order of the tasks. A task that raises becomes a failure record.

    Raises:
        OperationError: Workers or chunk below 1, or a worker process died.
    """
    if workers < 1 or chunk < 1:
        raise OperationError(
            "Mindestens ein Prozess und eine Aufgabe je Paket sind nötig.",
            where=f"{workers} Prozesse, Paket {chunk}",
        )
    parts = [tasks[start : start + chunk] for start in range(0, len(tasks), chunk)]
    found: list[Outcome[Result]] = []
    try:
        for part in _results(function, parts, workers):
            found.extend(part)
            if on_progress is not None:
                on_progress(len(found), len(tasks))
    except (RuntimeError, MemoryError) as error:  # loky: a worker was killed, or memory ran out
        raise OperationError(
            "Ein Rechenprozess ist abgebrochen.",
            where=str(error).splitlines()[0] if str(error) else type(error).__name__,
            remedy="Mit weniger Prozessen (--workers 1) wiederholen.",
        ) from error
    return tuple(found)


def _results(
    function: Callable[[Task], Result], parts: Sequence[Sequence[tuple[str, Task]]], workers: int
) -> Iterator[list[Outcome[Result]]]:
    """Yield the outcomes of each part in order."""
    if workers == 1 or len(parts) <= 1:
        for part in parts:
            yield _run_part(function, part)
        return
    with parallel_config(backend="loky", inner_max_num_threads=1):
        yield from Parallel(n_jobs=min(workers, len(parts)), return_as="generator")(
            delayed(_run_part)(function, part) for part in parts
        )


def _run_part(function: Callable[[Task], Result], part: Sequence[tuple[str, Task]]) -> list[Outcome[Result]]:
    """Run some tasks one after the other on one thread."""
    outcomes: list[Outcome[Result]] = []
    with threadpool_limits(limits=1):
        for key, task in part:
            try:
                outcomes.append(Outcome(key, function(task), None))
            except FachkraefteError as error:
                outcomes.append(Outcome(key, None, Failure(key, str(error))))
            except Exception as error:  # noqa: BLE001 - one bad task must not take the others with it
                outcomes.append(Outcome(key, None, Failure(key, f"{type(error).__name__}: {error}")))
    return outcomes
