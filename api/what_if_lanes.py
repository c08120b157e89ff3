"""Lanes for what takes longer than a look-up: questions «what if», pages on paper.

Each lane is one process, started on the first request, and a short queue. The event loop only waits; a lane
that is full says so at once. Small questions have a lane of their own and do not wait behind large ones.
"""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import orjson

from api.language import Text
from api.problems import BUSY, ENDING, FAILED, INTERNAL, Problem

LOG = logging.getLogger("api")

ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_KEPT = str(64 << 20)
#: glibc hands freed arrays back to the system and fetches them again for the next question, page by page: a
#: quarter of the time of one. A process of a lane keeps this much for itself instead.
KEEPING_MEMORY: Final = {
    "MALLOC_TRIM_THRESHOLD_": _KEPT, "MALLOC_MMAP_THRESHOLD_": _KEPT, "MALLOC_TOP_PAD_": str(8 << 20)
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """What the process of a lane does.

    Args:
        module: The process, started as ``python -m``.
        name: For the log.
        full: What a caller is told when too many are waiting.
        late: What a caller is told when it took too long.
    """

    module: str
    name: str
    full: Text
    late: Text


SCENARIOS: Final = Work(
    "api.what_if_worker",
    "Szenario",
    Text(
        "Es warten schon so viele Szenarien, wie der Dienst annimmt.",
        "As many scenarios are waiting as the service accepts.",
    ),
    Text(
        "Die Rechnung hat länger gedauert als erlaubt und wurde beendet.",
        "The computation took longer than allowed and was ended.",
    ),
)


class Lane:
    """One process and the questions waiting for it.

    Args:
        name: For the log.
        waiting: Most questions at once, the running one included.
        seconds: Longest time for one question.
        niceness: By how much its process steps back behind the service.
        work: What the process does.
    """

    def __init__(
        self, name: str, waiting: int, seconds: float, niceness: int = 5, work: Work = SCENARIOS
    ) -> None:
        self._name = name
        self._work = work
        self._most = waiting
        self._seconds = seconds
        self._niceness = niceness
        self._queued: dict[int, float] = {}
        self._number = 0
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=f"lane-{name}")
        self._processes: list[subprocess.Popen[bytes]] = []
        self._finalize = weakref.finalize(self, _end, self._processes, self._executor)

    @property
    def in_flight(self) -> int:
        """How many questions are running or waiting."""
        return len(self._queued)

    async def ask(self, request: Mapping[str, Any], estimate: float) -> bytes:
        """Return the answer of the process.

        Args:
            request: For the process.
            estimate: Seconds it will take; says when to come again.

        Raises:
            Problem: 503 if the lane is full or at its end, the question took too long or the process died;
                500 if the question made it fail.
        """
        if len(self._queued) >= self._most:
            after = max(1, round(sum(self._queued.values())))
            raise Problem(BUSY, self._work.full, headers={"Retry-After": str(after)})
        if not self._finalize.alive:
            raise Problem(ENDING, headers={"Retry-After": "10"})
        self._number += 1
        ticket = self._number
        self._queued[ticket] = estimate
        running = asyncio.get_running_loop().run_in_executor(self._executor, self._run, orjson.dumps(request))
        running.add_done_callback(lambda _: self._queued.pop(ticket, None))  # also when the caller has gone
        return await asyncio.shield(running)

    def close(self) -> None:
        """End the process; what is running ends with it."""
        self._finalize()

    def _run(self, line: bytes) -> bytes:
        process = self._process()
        timer = threading.Timer(self._seconds, process.kill)
        timer.daemon = True
        timer.start()
        try:
            return self._exchange(process, line)
        except (OSError, ValueError, EOFError):
            process.kill()
            process.wait()
            if timer.finished.is_set():
                raise Problem(BUSY, self._work.late, headers={"Retry-After": "60"}) from None
            if not self._finalize.alive:
                raise Problem(ENDING, headers={"Retry-After": "10"}) from None
            LOG.warning(
                "Der Prozess für %s (%s) ist ausgefallen und wird neu gestartet.", self._work.name, self._name
            )
            raise Problem(FAILED, headers={"Retry-After": "2"}) from None
        finally:
            timer.cancel()

    def _process(self) -> subprocess.Popen[bytes]:
        if self._processes and self._processes[0].poll() is None:
            return self._processes[0]
        _end(self._processes, None)
        process = subprocess.Popen(  # noqa: S603  (our own module, no shell)
            (sys.executable, "-m", self._work.module, str(self._niceness)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**KEEPING_MEMORY, **os.environ, **ONE_THREAD},
        )
        self._processes.append(process)
        return process

    def _exchange(self, process: subprocess.Popen[bytes], line: bytes) -> bytes:
        """Write a line, read the head and as many bytes as it says."""
        if process.stdin is None or process.stdout is None:
            raise EOFError
        process.stdin.write(line + b"\n")
        process.stdin.flush()
        state, _, size = process.stdout.readline().partition(b" ")
        if not size:
            raise EOFError
        answer = process.stdout.read(int(size))
        if len(answer) < int(size):
            raise EOFError
        if state != b"done":
            LOG.error("%s gescheitert: %s", self._work.name, answer.decode("utf-8", "replace"))
            raise Problem(INTERNAL)
        return answer


def _end(processes: list[subprocess.Popen[bytes]], executor: ThreadPoolExecutor | None) -> None:
    for process in processes:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:  # what was still to be written has no reader
                    continue
    processes.clear()
    if executor is not None:
        executor.shutdown(wait=False, cancel_futures=True)
