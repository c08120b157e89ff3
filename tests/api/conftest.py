"""The service over the toy release, asked as a client would, and with bytes no client sends."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.service import Service, Settings
from forecast.snapshot import Snapshot, open_snapshot
from tests.toy_snapshot import write_toy


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over bare ASGI."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True)
class Client:
    """Asks an application without a network."""

    app: FastAPI

    @property
    def service(self) -> Service:
        service: Service = self.app.state.service
        return service

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as session:
                return await session.request(method, url, **options)

        return asyncio.run(ask())

    def get(self, url: str, **options: Any) -> httpx.Response:
        return self.request("GET", url, **options)

    def data(self, url: str) -> Any:
        """The JSON of a successful answer."""
        answer = self.get(url)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def raw_get(self, url: str, **headers: str) -> Answer:
        """GET with exactly these headers (underscores become hyphens), the body as it came."""
        path, _, query = url.partition("?")
        fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        return self.raw(path, query.encode(), headers=fields)

    def raw(
        self, path: str, query: bytes = b"", method: str = "GET", headers: Any = (), body: bytes = b""
    ) -> Answer:
        """Send a path, query string and body exactly as given."""
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
            "scheme": "http", "path": path, "raw_path": path.encode("utf-8", "surrogatepass"),
            "query_string": query, "root_path": "", "headers": list(headers), "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 1),
        }  # fmt: skip
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(self.app(scope, receive, send))
        fields = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], fields, b"".join(part.get("body", b"") for part in sent[1:]))


@pytest.fixture(scope="session")
def toy_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the toy release in force. Read only."""
    root = tmp_path_factory.mktemp("toy") / "snapshots"
    write_toy(root)
    return root


@pytest.fixture(scope="session")
def snapshot(toy_root: Path) -> Snapshot:
    """The toy release, opened beside the service."""
    return open_snapshot(toy_root)


@pytest.fixture(scope="session")
def client(toy_root: Path) -> Client:
    """The service over the toy release; the tests that change releases make their own."""
    return Client(create_app(Settings(toy_root, refresh_seconds=0, requests_per_minute=0)))


@pytest.fixture
def own_root(toy_root: Path, tmp_path: Path) -> Path:
    """A copy of the toy directory that a test may break."""
    return Path(shutil.copytree(toy_root, tmp_path / "snapshots"))


@pytest.fixture
def serve() -> Callable[[Path], Client]:
    """Make a service over another directory."""
    return lambda root: Client(create_app(Settings(root, refresh_seconds=0, requests_per_minute=0)))
