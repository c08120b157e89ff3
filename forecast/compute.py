"""Fan-out of independent tasks: same results in the same order for any number of workers and any backend."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from typing import Final, Generic, TypeVar

from joblib import Parallel, cpu_count, delayed, parallel_config
from threadpoolctl import threadpool_limits

from forecast.errors import FachkraefteError, OperationError

Task = TypeVar("Task")
Result = TypeVar("Result")

#: Where tasks run: here; in threads; in processes of this machine; on the Dask cluster of the current client.
BACKENDS: Final = ("sequential", "threading", "loky", "dask")
_AHEAD: Final = 4  # tasks per worker that may wait to be fetched


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


def available_workers() -> int:
    """Return how many tasks this machine can run at the same time."""
    return int(cpu_count())


def run_tasks(
    function: Callable[[Task], Result],
    tasks: Sequence[tuple[str, Task]],
    workers: int,
    on_progress: Callable[[int, int], None] | None = None,
    *,
    chunk: int = 1,
    backend: str = "loky",
) -> tuple[Outcome[Result], ...]:
    """Apply a function to every task.

    Tasks must not depend on each other and take their random numbers from their own key
    (`forecast.stats.draws.generator_for`); then workers, chunks and backend cannot change a byte. Linear
    algebra runs on one thread per worker, also sequentially, since its sums depend on the number of threads.

    Args:
        function: Module-level function (it is sent to other processes).
        tasks: Pairs (key, task).
        workers: Tasks at the same time; 1 runs here.
        on_progress: Called with (finished, total) after each chunk.
        chunk: Tasks sent to a worker at once.
        backend: One of `BACKENDS`.

    Returns:
        One outcome per task, in the order of the tasks. A task that raises, or kills its process, becomes a
        failure record.

    Raises:
        OperationError: Workers or chunk below 1, an unknown backend, or one that is not there.
    """
    found: list[Outcome[Result]] = []
    for part in _stream(function, iter(tasks), workers, chunk, backend, len(tasks)):
        found.extend(part)
        if on_progress is not None:
            on_progress(len(found), len(tasks))
    return tuple(found)


def stream_tasks(
    function: Callable[[Task], Result],
    tasks: Iterable[tuple[str, Task]],
    workers: int,
    *,
    backend: str = "loky",
) -> Generator[Outcome[Result], None, None]:
    """Apply a function to tasks that are made and consumed one after the other, so that few exist at once.

    Args:
        function: As for `run_tasks`.
        tasks: Pairs (key, task); asked for only a few ahead.
        workers: As for `run_tasks`.
        backend: One of `BACKENDS`.

    Yields:
        One outcome per task, in the order of the tasks.

    Raises:
        OperationError: As for `run_tasks`.
    """
    for part in _stream(function, iter(tasks), workers, 1, backend, _AHEAD * workers):
        yield from part


def _stream(
    function: Callable[[Task], Result],
    tasks: Iterator[tuple[str, Task]],
    workers: int,
    chunk: int,
    backend: str,
    ahead: int,
) -> Iterator[list[Outcome[Result]]]:
    """Yield the outcomes of each part in order, taking ``ahead`` tasks at a time."""
    if workers < 1 or chunk < 1:
        raise OperationError(
            "Mindestens ein Prozess und eine Aufgabe je Paket sind nötig.",
            where=f"{workers} Prozesse, Paket {chunk}",
        )
    if backend not in BACKENDS:
        raise OperationError(
            f"Die Verteilung «{backend}» gibt es nicht.", where="backend", expected=", ".join(BACKENDS)
        )
    if backend == "dask":
        _require_dask()
    while wave := list(islice(tasks, ahead)):
        parts = [wave[start : start + chunk] for start in range(0, len(wave), chunk)]
        if backend == "sequential" or workers == 1 or len(parts) == 1:
            for part in parts:
                yield _run_part(function, part)
        else:
            yield from _distributed(function, parts, workers, backend)


def _distributed(
    function: Callable[[Task], Result],
    parts: Sequence[Sequence[tuple[str, Task]]],
    workers: int,
    backend: str,
) -> Iterator[list[Outcome[Result]]]:
    """Run parts side by side; if a process dies, find out which task did it and go on without it."""
    done = 0
    # loky sets the limit before its processes load the linear algebra; `_run_part` sets it everywhere
    limit = {"inner_max_num_threads": 1} if backend == "loky" else {}
    # threads share one setting: the first to finish must not give the others more
    here = threadpool_limits(limits=1) if backend == "threading" else nullcontext()
    try:
        with here, parallel_config(backend=backend, **limit):
            parallel = Parallel(n_jobs=workers, return_as="generator")
            for part in parallel(delayed(_run_part)(function, part) for part in parts):
                done += 1
                yield part
    except (BrokenProcessPool, MemoryError):
        for part in parts[done:]:
            yield [_alone(function, task) for task in part]


def _alone(function: Callable[[Task], Result], task: tuple[str, Task]) -> Outcome[Result]:
    """Run one task in a process of its own."""
    try:
        with parallel_config(backend="loky", inner_max_num_threads=1):
            ((outcome,),) = Parallel(n_jobs=2)([delayed(_run_part)(function, [task])])
    except (BrokenProcessPool, MemoryError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        return Outcome(task[0], None, Failure(task[0], f"Der Rechenprozess ist abgebrochen: {first}"))
    return outcome  # type: ignore[no-any-return]  # joblib is untyped


def _require_dask() -> None:
    """Refuse the cluster where its library or a client is missing, before any task is made."""
    try:
        with parallel_config(backend="dask"):
            pass
    except (ImportError, ValueError) as error:
        if isinstance(error, ImportError) or find_spec("dask") is None or find_spec("distributed") is None:
            raise OperationError(
                "Für die Verteilung auf mehrere Rechner fehlt Dask.",
                where="dask.distributed",
                expected="die Erweiterung «cluster»",
                remedy='pip install "fachkraeftematrix[cluster]", oder ohne Verteilung rechnen.',
            ) from error
        raise OperationError(
            "Es ist kein Dask-Verbund verbunden.",
            where=str(error).splitlines()[0] if str(error) else "dask.distributed.Client",
            expected="ein dask.distributed.Client in diesem Prozess",
            remedy="Vorher Client(Adresse) anlegen, oder ohne Verteilung rechnen.",
        ) from error


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
