"""The service as a process of its own: what it loads, and that it answers over real HTTP."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

FORBIDDEN = (
    "pandas", "pandera", "pyarrow", "sklearn", "scipy", "statsmodels", "joblib", "cloudpickle", "typer",
    "rich", "plotly", "yaml", "forecast.sources", "forecast.estimators", "forecast.pipeline",
)  # fmt: skip

# pickle is loaded because numpy and Babel import it; the import contracts keep it out of our own code
PROGRAM = """
import asyncio, sys
from pathlib import Path
from api.app import create_app
from api.service import Settings

app = create_app(Settings(Path(sys.argv[1]), 0))

async def ask(path, query):
    sent = []
    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}
    async def send(message):
        sent.append(message)
    scope = {"type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": path,
             "raw_path": path.encode(), "query_string": query, "root_path": "", "headers": [],
             "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1)}
    await app(scope, receive, send)
    return sent[0]["status"]

async def main():
    for path, query in (("/", b""), ("/", b"lang=en"), ("/api/v1/matrix", b"region=HWK-FF&year=2030"),
                        ("/api/v1/explain", b"trade=A-24&region=HWK-FF&year=2030"),
                        ("/api/v1/observations", b""), ("/api/v1/openapi.json", b"")):
        assert await ask(path, query) == 200, path

asyncio.run(main())
print(*sorted(sys.modules))
"""


def test_the_service_loads_no_training_library(toy_root: Path, repo_root: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(toy_root)],
        cwd=repo_root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    loaded = set(result.stdout.split())
    assert "api.app" in loaded
    assert "numpy" in loaded
    assert "uvicorn" not in loaded  # only the runner needs a server
    assert not [name for name in loaded if name.startswith(FORBIDDEN)]


@pytest.fixture(scope="module")
def port(toy_root: Path, repo_root: Path) -> Iterator[int]:
    """The runner on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "api", "--port", str(free), "--snapshots", str(toy_root)]
    process = subprocess.Popen(command, cwd=repo_root, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", free), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield free
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=120)
    assert process.returncode in (0, -15), errors
    assert b"Traceback" not in errors


def ask(port: int, method: str, target: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request(method, target, headers=headers)
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def test_real_requests_are_answered(port: int) -> None:
    status, headers, body = ask(port, "GET", "/api/v1/matrix?region=HWK-FF&year=2030")
    assert status == 200
    assert headers["content-type"] == "application/json"
    assert "server" not in headers
    assert orjson.loads(body)["meta"]["year"] == 2030
    again, _, empty = ask(
        port, "GET", "/api/v1/matrix?year=2030&region=HWK-FF", **{"If-None-Match": headers["etag"]}
    )
    assert (again, empty) == (304, b"")
    status, head, empty = ask(port, "HEAD", "/api/v1/matrix?region=HWK-FF&year=2030")
    assert (status, empty, head["content-length"]) == (200, b"", str(len(body)))
    status, headers, page = ask(port, "GET", "/")
    assert (status, headers["content-language"]) == (200, "de")
    assert b"</html>" in page


def test_real_bad_requests_are_problems(port: int) -> None:
    for target, expected in (
        ("/api/v1/matrix?region=%00&year=2030", 422),
        ("/api/v1/matrix?region=HWK-FF&year=2%E2%80%8F030", 422),
        ("/api/v1/trades/%2e%2e%2fetc", 404),
        ("/api/v1/trades/A-99", 404),
        ("//api/v1/matrix", 404),
        ("/api/v1/matrix?" + "x" * 9_000, 414),
        ("/api/v1/matrix?region=%ED%A0%80", 422),
    ):
        status, headers, body = ask(port, "GET", target)
        assert status == expected, target
        if target.startswith("/api"):
            assert headers["content-type"] == "application/problem+json"
            assert orjson.loads(body)["status"] == expected
    status, headers, _ = ask(port, "POST", "/api/v1/matrix?region=HWK-FF&year=2030")
    assert (status, headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_a_foreign_host_name_changes_nothing(port: int) -> None:
    plain = ask(port, "GET", "/api/v1/trades")
    foreign = ask(port, "GET", "/api/v1/trades", Host="evil.example")
    assert (plain[0], plain[2]) == (foreign[0], foreign[2])
    assert b"evil" not in ask(port, "GET", "/", Host="evil.example")[2]
