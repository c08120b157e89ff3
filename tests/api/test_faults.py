"""What goes wrong around the service: swaps under load, broken disks, slow callers, dying workers."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from forecast.snapshot import open_snapshot
from tests.api.conftest import Client
from tests.toy_snapshot import write_toy

VALUE = "/api/v1/matrix?region=HWK-FF&year=2030&measure=gap&trade=A-24"
QUESTIONS = (
    VALUE,
    f"{VALUE}&lang=en",
    "/api/v1/series?trade=A-24&region=HWK-FF&measure=gap",
    "/api/v1/explain?trade=A-24&region=HWK-FF&year=2030",
    "/api/v1/trades",
    "/",
)
SWAPS = 100
PATIENCE = 120.0
# Shorter than the 20 s after which the server ends a slow caller: who waits for that is held up.
UNHINDERED = 15.0


@contextmanager
def process(
    root: Path, repo_root: Path, *options: str, **variables: str
) -> Iterator[tuple[int, subprocess.Popen]]:
    """The runner on a free port, ready to answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "api", "--port", str(port), "--snapshots", str(root), *options]
    environment = {**os.environ, "FACHKRAEFTEMATRIX_REQUESTS_PER_MINUTE": "0", **variables}
    running = subprocess.Popen(command, cwd=repo_root, env=environment, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and running.poll() is None:
            try:
                httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=2)
                break
            except httpx.HTTPError:
                time.sleep(0.05)
        yield port, running
    finally:
        if running.poll() is None:
            running.terminate()
        _, errors = running.communicate(timeout=PATIENCE)
    assert b"Traceback" not in errors, errors.decode()


def point_at(root: Path, identity: str) -> None:
    """Move the pointer as a publisher does."""
    new = root / f"current.{identity}"
    new.write_text(f"{identity}\n")
    new.replace(root / "current")


# --- swaps under load ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_hundred_swaps_under_load_fail_nobody_and_mix_nothing(own_root, repo_root) -> None:
    ids = [open_snapshot(own_root).id, write_toy(own_root, shift=1)]
    values: dict[str, set[object]] = {identity: set() for identity in ids}
    seen: Counter[str] = Counter()
    faults: list[str] = []
    done = threading.Event()

    def ask(port: int, seed: int) -> None:
        chance = random.Random(seed)
        tags: dict[str, str] = {}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as session:
            while not done.is_set():
                url = chance.choice(QUESTIONS)
                headers = {"If-None-Match": tags[url]} if url in tags and chance.random() < 0.3 else {}
                answer = session.get(url, headers=headers)
                tag = answer.headers.get("etag", "")
                identity = tag[1:17]
                seen[identity] += 1
                if answer.status_code not in (200, 304) or identity not in values:
                    faults.append(f"{url}: {answer.status_code} {tag}")
                elif answer.status_code == 200:
                    tags[url] = tag
                    other = ids[1 - ids.index(identity)]
                    if identity not in answer.text or other in answer.text:
                        faults.append(f"{url}: {tag}, but the body is of another release")
                    if url == VALUE:
                        values[identity].add(answer.json()["data"][0]["value"])

    with process(own_root, repo_root, "--refresh-seconds", "0.01") as (port, _):
        threads = [threading.Thread(target=ask, args=(port, seed)) for seed in range(3)]
        for thread in threads:
            thread.start()
        state = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE)
        for turn in range(SWAPS):
            wanted = ids[(turn + 1) % 2]
            point_at(own_root, wanted)
            deadline = time.monotonic() + PATIENCE
            while state.get("/health/ready").json()["snapshot_id"] != wanted:
                assert time.monotonic() < deadline, f"swap {turn} did not happen"
                time.sleep(0.005)
        done.set()
        for thread in threads:
            thread.join(PATIENCE)
        state.close()
    assert not faults, faults[:5]
    assert min(seen[identity] for identity in ids) > 50
    assert [len(values[identity]) for identity in ids] == [1, 1]
    assert values[ids[1]] == {value + 1 for value in values[ids[0]]}


def test_going_back_to_a_kept_release_hashes_nothing(serve, own_root, monkeypatch) -> None:
    client = serve(own_root)
    ids = [client.service.release.id, write_toy(own_root, shift=1)]
    assert client.service.look()
    hashed: list[str] = []
    monkeypatch.setattr("api.store.open_snapshot", lambda root, identity: hashed.append(identity))
    for turn in range(6):
        point_at(own_root, ids[turn % 2])
        assert client.service.look()
        assert client.service.release.id == ids[turn % 2]
    assert hashed == []


# --- what is on disk changes --------------------------------------------------------------------------------


def flip(path: Path, position: int, bit: int) -> None:
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.seek(position)
        byte = file.read(1)[0]
        file.seek(position)
        file.write(bytes([byte ^ (1 << bit)]))


def test_a_flipped_bit_in_the_release_in_force_withdraws_it(serve, own_root) -> None:
    client = serve(own_root)
    intact = client.get(VALUE)
    release = client.service.release
    cube = own_root / release.id / "cube.npy"
    flip(cube, cube.stat().st_size - 3, 2)
    assert not client.service.look()
    for url in (VALUE, "/", "/health/ready"):
        assert client.get(url).status_code == 503
    assert client.get(VALUE, headers={"If-None-Match": intact.headers["etag"]}).status_code == 503
    assert client.get("/health/live").status_code == 200
    flip(cube, cube.stat().st_size - 3, 2)  # mended: the bytes are the published ones again
    client.service.look(force=True)
    assert client.get(VALUE).content == intact.content


def test_a_release_written_to_but_equal_stays(serve, own_root) -> None:
    client = serve(own_root)
    before = client.get(VALUE)
    cube = own_root / client.service.release.id / "cube.npy"
    flip(cube, 4_000, 1)
    flip(cube, 4_000, 1)
    assert not client.service.look()
    assert client.get("/health/ready").json()["last_error"] is None
    assert client.get(VALUE).content == before.content


@pytest.mark.parametrize("replaced", ["cube.npy", "catalogue.json", "manifest.json"])
def test_a_file_replaced_or_removed_under_the_map_leaves_it_in_force(serve, own_root, replaced: str) -> None:
    client = serve(own_root)
    before = client.get(VALUE)
    path = own_root / client.service.release.id / replaced
    for act in (lambda: path.write_bytes(b"other"), lambda: None):
        path.unlink(missing_ok=True)
        act()
        assert not client.service.look()
        answer = client.get(VALUE)
        assert (answer.status_code, answer.content) == (200, before.content)
        ready = client.get("/health/ready")
        assert ready.status_code == 200
        assert ready.json()["last_error"]


@pytest.mark.slow
def test_a_flipped_bit_of_a_newer_release_is_never_served(serve, own_root) -> None:
    client = serve(own_root)
    old = client.service.release.id
    before = client.get(VALUE).content
    newer = write_toy(own_root, shift=1)
    files = [path for path in sorted((own_root / newer).rglob("*")) if path.is_file()]
    chance = random.Random(20_261_123)
    for number in range(200):
        path = files[number % len(files)]
        position, bit = chance.randrange(path.stat().st_size), chance.randrange(8)
        flip(path, position, bit)
        assert not client.service.look(force=True)
        assert client.service.release.id == old
        assert client.get("/health/ready").json()["last_error"]
        flip(path, position, bit)
    assert client.get(VALUE).content == before
    assert client.service.look(force=True)
    assert client.service.release.id == newer


def test_a_deleted_directory_keeps_the_release_and_shows(serve, own_root) -> None:
    client = serve(own_root)
    before = client.get(VALUE)
    shutil.rmtree(own_root)
    client.service.look()
    fresh = f"{VALUE}&lang=en"  # not yet in the cache: read from the map
    assert client.get(fresh).status_code == 200
    assert client.get(VALUE).content == before.content
    ready = client.get("/health/ready").json()
    assert ready["status"] == "ready"
    assert "verschwunden" in ready["last_error"] or "kein Stand" in ready["last_error"]
    assert str(own_root) not in str(ready)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EMFILE])
def test_a_publisher_that_fails_changes_nothing_for_readers(
    serve, own_root, monkeypatch, number: int
) -> None:
    from forecast import storage
    from forecast.errors import OperationError

    client = serve(own_root)
    before = client.get(VALUE)
    real = os.fsync

    def full(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(storage.os, "fsync", full)
    with pytest.raises(OperationError):
        write_toy(own_root, shift=1)
    monkeypatch.setattr(storage.os, "fsync", real)
    assert not client.service.look()
    assert client.get(VALUE).content == before.content
    assert client.get("/health/ready").json()["last_error"] is None


def test_a_full_disk_shows_before_the_next_release_fails(serve, own_root, monkeypatch, caplog) -> None:
    from api import service

    client = serve(own_root)
    before = client.get(VALUE)
    size = sum(path.stat().st_size for path in (own_root / client.service.release.id).rglob("*.*"))
    real = shutil.disk_usage(own_root)
    usage = type(real)
    with monkeypatch.context() as patched:
        patched.setattr(service.shutil, "disk_usage", lambda _: usage(10**9, 10**9, size // 2))
        assert not client.service.look()
        ready = client.get("/health/ready")
        assert ready.status_code == 200
        assert "kein Platz" in ready.json()["last_error"]
        assert str(own_root) not in ready.text
        client.service.look()
        assert len([record for record in caplog.records if "kein Platz" in record.message]) == 1
    assert client.get(VALUE).content == before.content
    client.service.look()
    assert client.get("/health/ready").json()["last_error"] is None


def test_a_disk_that_cannot_be_read_keeps_the_release_and_shows(serve, own_root, monkeypatch) -> None:
    client = serve(own_root)
    before = client.get(VALUE)
    write_toy(own_root, shift=1)

    def broken(descriptor: int, count: int) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr("forecast.storage.os.read", broken)
        assert not client.service.look()
    assert client.get(VALUE).content == before.content
    assert client.get("/health/ready").json()["last_error"]
    assert client.service.look(force=True)


# --- slow and many callers, workers that die, an orderly end ------------------------------------------------


@pytest.mark.slow
def test_slow_callers_and_idle_connections_hold_nobody_up(toy_root, repo_root) -> None:
    with process(toy_root, repo_root) as (port, _):
        slow = []
        for number in range(200):
            connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
            # one header that never ends, a body that never comes, or nothing at all
            start = (
                b"GET / HTTP/1.1\r\nX-A",
                b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n",
                b"",
            )
            connection.sendall(start[number % 3])
            slow.append(connection)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=UNHINDERED) as session:
            for number in range(100):
                year = 2026 + number % 10
                assert session.get(f"/api/v1/matrix?region=BB&year={year}").status_code == 200
        for connection in slow:
            connection.close()


@pytest.mark.slow
def test_more_connections_than_open_files_are_survived(toy_root, repo_root) -> None:
    with process(toy_root, repo_root) as (port, running):
        resource.prlimit(running.pid, resource.RLIMIT_NOFILE, (100, 100))
        connections = []
        for _ in range(300):  # those the process cannot take wait in the system's queue, or are refused
            with contextlib.suppress(OSError):
                connections.append(socket.create_connection(("127.0.0.1", port), timeout=2))
        assert len(connections) > 100
        time.sleep(0.5)
        for connection in connections:
            connection.close()
        deadline = time.monotonic() + PATIENCE
        status = 0
        while status != 200 and time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                status = httpx.get(f"http://127.0.0.1:{port}{VALUE}", timeout=5).status_code
        assert status == 200
        used = running.pid and len(list(Path(f"/proc/{running.pid}/fd").iterdir()))
        assert used < 50


@pytest.mark.slow
def test_a_thousand_finished_answers_nobody_reads_are_not_piled_up(toy_root, repo_root) -> None:
    """Finished answers are written at once, but only as long as the caller takes them."""
    with process(toy_root, repo_root) as (port, running):
        whole = "/api/v1/matrix?region=HWK-FF&year=2030"
        size = len(httpx.get(f"http://127.0.0.1:{port}{whole}", headers={"Accept-Encoding": ""}).content)
        before = _resident(running.pid)
        stuck = []
        for _ in range(10):
            connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            connection.sendall(f"GET {whole} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 1_000)
            stuck.append(connection)
        assert httpx.get(f"http://127.0.0.1:{port}{VALUE}", timeout=UNHINDERED).status_code == 200
        grown = _resident(running.pid) - before
        for connection in stuck:
            connection.close()
        assert grown < 10 * 1_000 * size / 4
        assert httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=PATIENCE).status_code == 200


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
def test_readers_that_do_not_read_hold_nobody_up(toy_root, repo_root) -> None:
    with process(toy_root, repo_root) as (port, _):
        stuck = []
        for _ in range(50):
            connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            connection.sendall(b"GET /api/v1/observations HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
            stuck.append(connection)
        answer = httpx.get(f"http://127.0.0.1:{port}{VALUE}", timeout=UNHINDERED)
        assert answer.status_code == 200
        for connection in stuck:
            connection.close()
        assert httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=UNHINDERED).status_code == 200


@pytest.mark.slow
def test_a_killed_worker_is_replaced_while_the_others_answer(toy_root, repo_root) -> None:
    with process(toy_root, repo_root, "--workers", "2") as (port, parent):
        children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
        if not children.exists():
            pytest.skip("needs /proc")
        workers = _workers(children, without=0)
        os.kill(workers[0], signal.SIGKILL)
        good = 0
        with httpx.Client(timeout=PATIENCE, headers={"Connection": "close"}) as session:
            for _ in range(100):
                try:
                    good += session.get(f"http://127.0.0.1:{port}{VALUE}").status_code == 200
                except httpx.HTTPError:  # the connection the dead worker had taken
                    continue
        assert good >= 95
        _workers(children, without=workers[0])


def _workers(children: Path, *, without: int) -> list[int]:
    """Wait for two workers, none of them the one that died."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        now = [int(pid) for pid in children.read_text().split() if _is_worker(int(pid))]
        if len(now) == 2 and without not in now:
            return now
        time.sleep(0.1)
    pytest.fail("never two workers")


def _is_worker(pid: int) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


@pytest.mark.slow
def test_an_orderly_end_finishes_what_it_began(toy_root, repo_root) -> None:
    with process(toy_root, repo_root) as (port, running):
        connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        connection.sendall(b"GET /api/v1/observations HTTP/1.1\r\nHost: x\r\n\r\n")
        data = connection.recv(1)  # begun, and far from its end
        running.terminate()
        while chunk := connection.recv(65_536):
            data += chunk
        connection.close()
        running.wait(timeout=PATIENCE)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    assert head.startswith(b"HTTP/1.1 200")
    assert len(body) == length


@pytest.mark.slow
def test_an_orderly_end_in_the_middle_of_swaps(own_root, repo_root) -> None:
    ids = [open_snapshot(own_root).id, write_toy(own_root, shift=1)]
    with process(own_root, repo_root, "--refresh-seconds", "0.001") as (port, running):
        for turn in range(20):
            point_at(own_root, ids[turn % 2])
            httpx.get(f"http://127.0.0.1:{port}{VALUE}", timeout=PATIENCE)
        running.terminate()
        for turn in range(20):
            point_at(own_root, ids[turn % 2])
            time.sleep(0.005)
        running.wait(timeout=PATIENCE)
    assert open_snapshot(own_root).id == ids[1]


# --- questions that are bad or many -------------------------------------------------------------------------


def test_a_flood_of_spellings_is_bounded(client: Client) -> None:
    trades = ["A-13", "A-25", "A-24", "A-20", "A-27"]
    chance = random.Random(3)
    for _ in range(300):
        chance.shuffle(trades)
        query = "&".join(f"trade={trade}" for trade in trades)
        assert client.raw("/api/v1/matrix", f"region=BB&year=2030&{query}".encode()).status == 200
    assert client.service.cache.size <= 64 << 20


@pytest.mark.parametrize(
    "query",
    [b"region=BB&year=" + b"9" * 5_000, b"a=1&" * 1_999, b"x" * 60_000, b"region=" + b"%ED%A0%80" * 800,
     b"region=BB&year=2030&trade=" + b"A-24," * 1_500, b"region=" + b"(a+)+" * 1_000 + b"$", b"%" * 7_000],
)  # fmt: skip
def test_bad_questions_are_refused_within_50_milliseconds(client: Client, query: bytes) -> None:
    client.raw("/api/v1/matrix", query)  # once to warm up
    started = time.thread_time()
    answer = client.raw("/api/v1/matrix", query)
    assert time.thread_time() - started < 0.05
    assert 400 <= answer.status < 500


@pytest.mark.parametrize(
    "value", ["bytes=0-1", "bytes=0-0," * 5_000, "bytes=-1", "lines=1-2", "bytes=9999999999999999999-"]
)
def test_ranges_are_ignored(client: Client, value: str) -> None:
    plain = client.raw_get(VALUE)
    ranged = client.raw_get(VALUE, range=value)
    assert (ranged.status, ranged.body) == (200, plain.body)
