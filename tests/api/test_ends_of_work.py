"""Answers whose work ends before they are ready: the service is stopped, or the process beside it dies."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.problems import Problem
from api.service import Settings
from api.what_if_lanes import Lane
from api.what_ifs import SMALL_REGIONS
from forecast.what_if_inputs import encode, file_name
from tests.api.conftest import Client
from tests.api.test_faults import PATIENCE, process
from tests.bench.api_release import Size, write_synthetic
from tests.toy_accounts import real_parameters, toy_inputs

ADDRESS = "/api/v1/scenarios"
REGIONS = SMALL_REGIONS + 4
EVERYWHERE = {
    "regions": ["*"],
    "levers": [{"kind": "demand_step", "from_year": 2027, "change": 0.1}],
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, repo_root: Path) -> Path:
    """A release with more regions than the quick lane takes."""
    folder = tmp_path_factory.mktemp("many") / "snapshots"
    size = Size(REGIONS, 2, 4, 14)
    names = [f"R-{number:03d}" for number in range(REGIONS)]
    inputs = {name: toy_inputs(name, 40, ("S-000", "S-001"), ("metal", "electro")) for name in names}
    files = {file_name(name): encode(one) for name, one in inputs.items()}
    write_synthetic(folder, size, files=files, parameters=real_parameters(repo_root / "data", ()))
    return folder


def workers_of(service: subprocess.Popen) -> list[int]:
    """The processes that answer scenarios."""
    children = Path(f"/proc/{service.pid}/task/{service.pid}/children")
    if not children.parent.exists():
        pytest.skip("needs /proc")
    # started from threads of the service, so every thread has to be asked
    found = [int(pid) for one in children.parent.parent.glob("*/children") for pid in one.read_text().split()]
    return [pid for pid in found if b"what_if_worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def goes_on(worker: int) -> bool:
    """Whether a process has come as far as to ignore the signals that end the service."""
    status = Path(f"/proc/{worker}/status").read_text()
    ignored = int(status.partition("SigIgn:")[2].split()[0], 16)
    return bool(ignored >> (signal.SIGTERM - 1) & 1)


@contextmanager
def under_way(root: Path, repo_root: Path, grace: int) -> Iterator[tuple[Any, int, Future, str]]:
    """A service whose process for large questions holds one and has been stopped in the middle of it."""
    with process(root, repo_root, "--grace-seconds", str(grace)) as (port, service):
        address = f"http://127.0.0.1:{port}{ADDRESS}"
        with ThreadPoolExecutor(1) as beside:
            asked = beside.submit(httpx.post, address, json=EVERYWHERE, timeout=PATIENCE)
            deadline = time.monotonic() + PATIENCE
            while not (found := [one for one in workers_of(service) if goes_on(one)]):
                assert time.monotonic() < deadline, "the process for scenarios never began"
                time.sleep(0.001)
            (worker,) = found
            os.kill(worker, signal.SIGSTOP)
            assert not asked.done()
            yield service, worker, asked, address


def is_problem(answer: httpx.Response, slug: str) -> None:
    """A 503 that says when to come again."""
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["type"] == f"/hilfe/fehler/{slug}"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


@pytest.mark.slow
def test_a_large_question_that_cannot_finish_is_told_that_the_service_ends(root, repo_root) -> None:
    with under_way(root, repo_root, grace=1) as (service, _, asked, _):
        service.terminate()
        is_problem(asked.result(PATIENCE), "dienst-endet")
        service.wait(PATIENCE)


@pytest.mark.slow
def test_a_large_question_finishes_within_the_grace_though_every_process_was_told_to_end(
    root, repo_root
) -> None:
    with under_way(root, repo_root, grace=60) as (service, worker, asked, _):
        for number in (signal.SIGTERM, signal.SIGINT):  # as a service manager does, and Ctrl+C
            os.kill(worker, number)
        service.terminate()
        os.kill(worker, signal.SIGCONT)
        answer = asked.result(PATIENCE)
        assert answer.status_code == 200, answer.text
        assert {row["region_code"] for row in answer.json()["data"]} == {f"R-{n:03d}" for n in range(REGIONS)}
        service.wait(PATIENCE)


@pytest.mark.slow
def test_a_killed_worker_costs_one_answer_which_says_so(root, repo_root) -> None:
    with under_way(root, repo_root, grace=5) as (_, worker, asked, address):
        os.kill(worker, signal.SIGKILL)
        is_problem(asked.result(PATIENCE), "rechnung-ausgefallen")
        assert httpx.post(address, json=EVERYWHERE, timeout=PATIENCE).status_code == 200


def test_a_lane_at_its_end_takes_no_question() -> None:
    lane = Lane("probe", waiting=1, seconds=30)
    lane.close()
    with pytest.raises(Problem) as refused:
        asyncio.run(lane.ask({}, 1.0))
    assert (refused.value.kind.slug, refused.value.headers) == ("dienst-endet", {"Retry-After": "10"})


@pytest.mark.parametrize("path", ["/api/v1/trades", "/api/v1/trades/A-24", "/api/v1/tables/matrix/metadata"])
def test_a_crash_is_a_problem_on_every_way_through_the_framework(own_root, monkeypatch, path: str) -> None:
    client = Client(create_app(Settings(own_root, refresh_seconds=0, requests_per_minute=0)))

    def burst(_: object) -> None:
        raise RuntimeError("secret path /srv/x")

    monkeypatch.setattr(type(client.service), "release", property(burst))
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json()["type"] == "/hilfe/fehler/interner-fehler"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "secret" not in answer.text


def test_a_page_about_an_error_that_fails_itself_becomes_a_document(own_root, monkeypatch) -> None:
    client = Client(create_app(Settings(own_root, refresh_seconds=0, requests_per_minute=0)))

    def burst(*_: object) -> None:
        raise RuntimeError("no template")

    monkeypatch.setattr("api.pages.rendering.Pages.render", burst)
    answer = client.get("/nichts")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_an_answer_cancelled_in_the_middle_stays_cancelled(client) -> None:
    """Half an answer cannot become a problem: the connection has to end."""
    boundary = client.app.boundary
    sent: list[Any] = []

    async def half(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise asyncio.CancelledError

    async def send(message: Any) -> None:
        sent.append(message)

    async def ask() -> None:
        scope = {"type": "http", "method": "GET", "path": "/api/v1/nichts", "query_string": b"",
                 "headers": [], "client": ("127.0.0.1", 1)}  # fmt: skip
        await boundary(scope, lambda: asyncio.sleep(60), send)

    before, boundary._app = boundary._app, half
    try:
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(ask())
    finally:
        boundary._app = before
    assert [message["type"] for message in sent] == ["http.response.start"]
