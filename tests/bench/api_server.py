"""Servers for the benchmark: the product and a bare ASGI application, each a process on the first core.

python -m tests.bench.api_server PORT BYTES        the bare application
"""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_PATIENCE_SECONDS: Final = 60
_KIB: Final = 1024


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    pid: int
    port: int
    start_seconds: float

    def cpu_seconds(self) -> float:
        """User and system time of the process and its children so far."""
        ticks = 0
        for pid in self._family():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def private_bytes(self) -> int:
        """Memory the largest process of the family has for itself.

        Clean pages of a mapped file are the system's cache, also where only one process maps the file.
        """
        return max(sum(_smaps(pid, ("Private_Dirty", "Swap"))) for pid in self._family())

    def _family(self) -> list[int]:
        members = [self.pid]
        for parent in members:
            for thread in Path(f"/proc/{parent}/task").iterdir():  # any thread may have started one
                with contextlib.suppress(OSError):  # a thread may end between listing and reading
                    members += [int(child) for child in (thread / "children").read_text().split()]
        return members

    def status(self, target: str, body: bytes | None = None) -> tuple[int, bytes, dict[str, str]]:
        """Ask once; return status, body and headers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request("GET" if body is None else "POST", target, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), {k.lower(): v for k, v in answer.getheaders()}
        finally:
            connection.close()


def _smaps(pid: int, names: tuple[str, ...]) -> Iterator[int]:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return
    for line in text.splitlines():
        name, _, rest = line.partition(":")
        if name in names:
            yield int(rest.split()[0]) * _KIB


@contextmanager
def running(root: Path, command: list[str], environment: Mapping[str, str]) -> Iterator[Server]:
    """Start a server on a free port (its last argument but those given), wait for it, stop it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    started = time.perf_counter()
    arguments = [part.replace("{port}", str(port)) for part in command]
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=root, env={**os.environ, **environment}, preexec_fn=_on_first_core,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while process.poll() is None and time.perf_counter() - started < _PATIENCE_SECONDS:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.01)
        yield Server(process.pid, port, time.perf_counter() - started)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()


def bare(root: Path, size: int) -> Any:
    """Run the bare application with a body of so many bytes."""
    return running(root, ["-m", "tests.bench.api_server", "{port}", str(size)], {})


def product(root: Path, snapshots: Path, workers: int = 1, cache_megabytes: int = 64) -> Any:
    """Run the service over a directory of snapshots, with a limit per caller nobody reaches."""
    return running(
        root,
        ["-m", "api", "--port", "{port}", "--snapshots", str(snapshots), "--workers", str(workers)],
        {
            "FACHKRAEFTEMATRIX_REQUESTS_PER_MINUTE": str(10**9),
            "FACHKRAEFTEMATRIX_CACHE_MEGABYTES": str(cache_megabytes),
        },
    )


def _on_first_core() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])


@contextmanager
def generator_on_last_core() -> Iterator[None]:
    """Keep this process off the server's core, where there is another one."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[-1:])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _serve_bare(port: int, size: int) -> None:
    import uvicorn

    body = b"x" * size
    headers = [(b"content-type", b"application/json"), (b"content-length", str(size).encode())]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    uvicorn.run(app, port=port, log_level="error", access_log=False, lifespan="off", server_header=False)


if __name__ == "__main__":
    _serve_bare(int(sys.argv[1]), int(sys.argv[2]))
