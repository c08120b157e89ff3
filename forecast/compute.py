"""Fan-out of independent tasks: same results in the same order for any number of workers and any backend."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from typing import Final, Generic, TypeAlias, TypeVar
from warnings import catch_warnings, simplefilter
from weakref import finalize

from joblib import Parallel, cpu_count, delayed, parallel_config
from threadpoolctl import ThreadpoolController, threadpool_limits

from forecast.errors import FachkraefteError, OperationError
from forecast.interrupts import deaf

Task = TypeVar("Task")
Result = TypeVar("Result")

#: Where tasks run: here; in threads; in processes of this machine; on the Dask cluster of the current client.
BACKENDS: Final = ("sequential", "threading", "loky", "dask")
_AHEAD: Final = 4  # tasks per worker that may wait to be fetched
_LOADING: Final[list[Begun[None]]] = []  # kept, since what nobody can ask for is stopped
_RUNNING: Final[list[Callable[[], object]]] = []  # how to stop what was begun


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


#: Outcomes of parts that run in other processes; closing it stops them.
Running: TypeAlias = Generator[list[Outcome[Result]], None, None]


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
    parts = _stream(function, iter(tasks), workers, chunk, backend, len(tasks))
    return Begun(parts, len(tasks)).outcomes(on_progress)


class Begun(Generic[Result]):
    """Tasks that run in other processes while this one goes on, until somebody asks what they found.

    Args:
        parts: Outcomes in the order of the tasks, as they come.
        total: Number of tasks.
        running: What runs in other processes; stopped without a word if nobody asks for it any more.
    """

    def __init__(
        self, parts: Iterator[list[Outcome[Result]]], total: int, running: Running[Result] | None = None
    ) -> None:
        self._parts = parts
        self._found: list[Outcome[Result]] = []
        self.total = total
        if running is not None:
            _RUNNING.append(finalize(self, _stop, running))

    def outcomes(self, on_progress: Callable[[int, int], None] | None = None) -> tuple[Outcome[Result], ...]:
        """Wait for all tasks; one outcome each, in their order.

        Args:
            on_progress: Called with (finished, total) after each part.
        """
        for part in self._parts:
            self._found.extend(part)
            if on_progress is not None:
                on_progress(len(self._found), self.total)
        return tuple(self._found)


def begin_tasks(
    function: Callable[[Task], Result], tasks: Sequence[tuple[str, Task]], workers: int
) -> Begun[Result]:
    """Hand tasks to the processes of this machine and return at once; one worker waits until asked.

    Args:
        function: As for `run_tasks`.
        tasks: Pairs (key, task).
        workers: As for `run_tasks`; other tasks may be run beside these.

    Returns:
        What is running; the outcomes are those of `run_tasks`.
    """
    if workers < 2:
        return Begun(_stream(function, iter(tasks), workers, 1, "loky", len(tasks)), len(tasks))
    parts = [[task] for task in tasks]
    running = _started(function, parts, workers, "loky")
    return Begun(_collected(running, function, parts), len(tasks), running)


def stop_begun() -> None:
    """Stop all that was begun and will not be asked for, since this process ends early."""
    while _RUNNING:
        _RUNNING.pop()()


def _stop(running: Running[Result]) -> None:
    with catch_warnings():
        simplefilter("ignore")  # joblib tells the user, in English, that tasks were not used
        running.close()


def begin_imports(module: str, workers: int) -> int:
    """Let every process load a module while this one reads its inputs: the libraries take seconds to load.

    Args:
        module: Full name of the module.
        workers: Processes; with one there is nothing to do.

    Returns:
        The workers.
    """
    if workers > 1:
        _LOADING.append(begin_tasks(_load, [(str(one), module) for one in range(workers)], workers))
    return workers


def _load(module: str) -> None:
    import_module(module)


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
    # threads share one setting: the first to finish must not give the others more
    with threadpool_limits(limits=1) if backend == "threading" else nullcontext():
        yield from _collected(_started(function, parts, workers, backend), function, parts)


def _started(
    function: Callable[[Task], Result],
    parts: Sequence[Sequence[tuple[str, Task]]],
    workers: int,
    backend: str,
) -> Running[Result] | None:
    """Let the parts run; their outcomes in order, None if a process died before anything was handed over."""
    # loky sets the limit before its processes load the linear algebra; `_run_part` sets it everywhere
    limit = {"inner_max_num_threads": 1} if backend == "loky" else {}
    try:
        with deaf(), parallel_config(backend=backend, **limit):
            parallel = Parallel(n_jobs=workers, return_as="generator")
            return parallel(delayed(_run_part)(function, part) for part in parts)  # type: ignore[no-any-return]  # joblib is untyped
    except (BrokenProcessPool, MemoryError):
        return None


def _collected(
    running: Running[Result] | None,
    function: Callable[[Task], Result],
    parts: Sequence[Sequence[tuple[str, Task]]],
) -> Iterator[list[Outcome[Result]]]:
    """Yield the outcomes of parts that run; if a process dies, find out which task did it."""
    done, broken = 0, running is None
    try:
        for found in running or ():
            done += 1
            yield found
    except (BrokenProcessPool, MemoryError):
        broken = True
    if broken:
        for part in parts[done:]:
            yield [_alone(function, task) for task in part]


def _alone(function: Callable[[Task], Result], task: tuple[str, Task]) -> Outcome[Result]:
    """Run one task in a process of its own."""
    try:
        with deaf(), parallel_config(backend="loky", inner_max_num_threads=1):
            running = Parallel(n_jobs=2, return_as="generator")([delayed(_run_part)(function, [task])])
        ((outcome,),) = running
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
    with _threads(len(sys.modules)).limit(limits=1):
        for key, task in part:
            try:
                outcomes.append(Outcome(key, function(task), None))
            except FachkraefteError as error:
                outcomes.append(Outcome(key, None, Failure(key, str(error))))
            except Exception as error:  # noqa: BLE001 - one bad task must not take the others with it
                outcomes.append(Outcome(key, None, Failure(key, f"{type(error).__name__}: {error}")))
    return outcomes


@lru_cache(maxsize=1)
def _threads(modules: int) -> ThreadpoolController:
    """Libraries with threads of their own; looked for again whenever a module more has been loaded."""
    return ThreadpoolController()
