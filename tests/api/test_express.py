"""The express lane writes what the ordinary way writes, and steps aside for everything that is not plain."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from api import express
from api.app import create_app
from api.caching import lines
from api.express import Express
from api.service import Settings

MATRIX = "/api/v1/matrix?region=HWK-FF&year=2030&measure=gap"
SERIES = "/api/v1/series?trade=A-24&region=HWK-FF&measure=gap"
OWN = re.compile(rb"(x-request-id|ratelimit-remaining|ratelimit-reset): [^\r]*")
CLOCK = (b"date", b"Mon, 23 Nov 2026 08:00:00 GMT")


class Wire(asyncio.Transport):
    """Takes what a protocol writes; says it is full when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ("127.0.0.1", 5), "sockname": ("127.0.0.1", 80)}.get(name, default)

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        """Nothing reads here."""

    def resume_reading(self) -> None:
        """Nothing reads here."""


def asked(method: str, target: str, *headers: str, version: str = "1.1") -> bytes:
    return "\r\n".join((f"{method} {target} HTTP/{version}", "Host: x", *headers, "", "")).encode()


class Line:
    """One connection to an application."""

    def __init__(self, app: Any, kind: type[HttpToolsProtocol]) -> None:
        config = Config(app, log_level="critical", access_log=False, lifespan="off", server_header=False)
        config.load()
        state = ServerState()
        state.default_headers = [CLOCK]
        self.wire = Wire()
        self.protocol = kind(config, state, {}, asyncio.get_running_loop())
        self.protocol.connection_made(self.wire)
        self.state = state

    @property
    def tasks(self) -> int:
        return len(self.state.tasks)

    async def answers(self, *requests: bytes) -> bytes:
        """Everything that is written until all of these, sent at once, are answered."""
        self.wire.written.clear()
        self.protocol.data_received(b"".join(requests))
        while not self.protocol.cycle.response_complete or self.protocol.pipeline:
            await asyncio.sleep(0)
        return b"".join(self.wire.written)


def service(toy_root, **options: Any) -> Any:
    return create_app(Settings(toy_root, refresh_seconds=0, **options))


def plain(data: bytes) -> bytes:
    return OWN.sub(rb"\1", data)


def etag_of(data: bytes) -> str:
    found = re.search(rb"etag: ([^\r]*)", data)
    assert found is not None
    return found[1].decode()


def run(check: Any) -> Any:
    return asyncio.run(check())


TAG = "{tag}"
ALIKE: Sequence[tuple[str, str, tuple[str, ...]]] = (
    ("GET", MATRIX, ()),
    ("HEAD", MATRIX, ()),
    ("GET", MATRIX, ("Accept-Encoding: gzip",)),
    ("HEAD", MATRIX, ("Accept-Encoding: gzip",)),
    ("GET", MATRIX, ("Accept: text/csv",)),
    ("GET", f"{MATRIX}&format=csv-de", ()),
    ("GET", MATRIX, (f"If-None-Match: {TAG}",)),
    ("HEAD", MATRIX, (f"If-None-Match: W/{TAG}, \"x\"",)),
    ("GET", MATRIX, ("If-None-Match: *", "Accept-Encoding: gzip")),
    ("GET", MATRIX, ("If-None-Match: nonsense",)),
    ("GET", MATRIX, ("Origin: https://www.hwk.example",)),
    ("GET", MATRIX, ("Origin: https://elsewhere.example",)),
    ("GET", "/api/v1/trades", ("X-Request-ID: lauf-7",)),
    ("GET", MATRIX, ("X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https")),
)  # fmt: skip


@pytest.mark.parametrize(("method", "target", "headers"), ALIKE)
def test_the_lane_writes_what_the_ordinary_way_writes(toy_root, method, target, headers) -> None:
    async def check() -> None:
        app = service(toy_root, origins=("https://www.hwk.example",))
        first = await Line(app, HttpToolsProtocol).answers(asked("GET", target))
        tag = etag_of(first)
        request = asked(method, target, *(text.replace(TAG, tag) for text in headers))
        await Line(app, HttpToolsProtocol).answers(request)  # the question is known from here on
        ordinary = await Line(app, HttpToolsProtocol).answers(request)
        fast = Line(app, Express)
        fast.protocol.data_received(request)
        assert fast.tasks == 0, "the lane was not taken"
        data = b"".join(fast.wire.written)
        assert plain(data) == plain(ordinary)
        assert data.count(b"x-request-id: ") == data.count(b"ratelimit-reset: ") == 1
        assert fast.state.total_requests == 1
        assert fast.protocol.timeout_keep_alive_task is not None

    run(check)


@pytest.mark.parametrize(("method", "target", "headers"), ALIKE)
def test_an_answer_built_just_now_is_the_same_on_both_ways(toy_root, method, target, headers) -> None:
    async def check() -> None:
        tag = etag_of(await Line(service(toy_root), HttpToolsProtocol).answers(asked("GET", target)))
        request = asked(method, target, *(text.replace(TAG, tag) for text in headers))
        found = []
        for kind in (HttpToolsProtocol, Express):
            app = service(toy_root, origins=("https://www.hwk.example",))
            line = Line(app, kind)
            found.append(plain(await line.answers(request)))
            await asyncio.gather(*line.state.tasks)
            assert line.state.total_requests == 1
            assert app.state.service.metrics.text({}, {}).count(b"requests_total{") == 1
        assert found[0] == found[1]

    run(check)


@pytest.mark.parametrize(
    "request_bytes",
    [
        asked("GET", MATRIX, version="1.0"),
        asked("GET", MATRIX, "Connection: close"),
        asked("GET", MATRIX, "Expect: 100-continue", "Content-Length: 0"),
        asked("GET", "/api/v1/trades?lang=en"),
        asked("GET", f"{MATRIX}&region=nowhere"),
        asked("GET", f"{MATRIX}&lang=xx"),
        asked("GET", f"{MATRIX}&format=xlsx"),
        asked("GET", f"{MATRIX}&lang=en", "Content-Length: 0"),
        asked("GET", f"{MATRIX}&lang=en", "Content-Encoding: gzip"),
        asked("GET", f"{MATRIX}&lang=en", "If-None-Match: *"),
        asked("HEAD", f"{MATRIX}&lang=en"),
        asked("GET", "/"),
        asked("OPTIONS", MATRIX),
        asked("POST", MATRIX, "Content-Length: 0"),
        asked("GET", MATRIX, f"Accept: {'a/b,' * 100}"),
    ],
)
def test_whatever_is_special_goes_the_ordinary_way(toy_root, request_bytes) -> None:
    async def check() -> None:
        app = service(toy_root)
        await Line(app, HttpToolsProtocol).answers(asked("GET", MATRIX), asked("GET", "/"))
        line = Line(app, Express)
        line.protocol.data_received(request_bytes)
        assert line.tasks == 1
        while not line.protocol.cycle.response_complete:
            await asyncio.sleep(0)
        assert b"".join(line.wire.written).startswith((b"HTTP/1.1 ",))

    run(check)


@pytest.mark.parametrize("more", ["", "&format=csv", "&layout=columns", "&lang=en"])
@pytest.mark.parametrize("target", [MATRIX, SERIES])
@pytest.mark.parametrize("headers", [(), ("Accept-Encoding: gzip",), ("Origin: https://www.hwk.example",)])
def test_a_light_question_is_built_without_a_task_and_to_the_same_bytes(
    toy_root, target: str, more: str, headers: tuple[str, ...]
) -> None:
    async def check() -> None:
        request = asked("GET", target + more, *headers)
        found = []
        for kind in (HttpToolsProtocol, Express):
            app = service(toy_root, origins=("https://www.hwk.example",))
            line = Line(app, kind)
            line.protocol.data_received(request)
            assert (line.tasks == 0) == (kind is Express)
            while not line.protocol.cycle.response_complete:
                await asyncio.sleep(0)
            await asyncio.gather(*line.state.tasks)
            found.append(plain(b"".join(line.wire.written)))
            assert b"cache_hits_total 0" in app.state.service.metrics.text({}, {})
        assert found[0] == found[1]
        assert found[1].startswith(b"HTTP/1.1 200 OK")
        assert len(app.state.service.cache) == 1

    run(check)


def test_only_the_first_of_many_questions_sent_at_once_is_built_in_their_way(toy_root) -> None:
    """A queue of new questions on one connection must not keep the others waiting."""

    async def check() -> None:
        line = Line(service(toy_root, requests_per_minute=0), Express)
        built: list[str] = []
        instant = line.protocol.app.app.boundary._ways.instant
        real = instant["/api/v1/matrix"]
        instant["/api/v1/matrix"] = lambda request: (built.append("x"), real(request))[1]
        data = await line.answers(*(asked("GET", f"{MATRIX}&limit={n}") for n in range(1, 6)))
        assert data.count(b"HTTP/1.1 200 OK") == 5
        assert len(built) == 1
        await line.answers(asked("GET", f"{MATRIX}&limit=7"))
        assert len(built) == 2

    run(check)


def test_whoever_has_asked_too_often_gets_nothing_built(toy_root) -> None:
    async def check() -> None:
        app = service(toy_root, requests_per_minute=2)
        line = Line(app, Express)
        seen = [await line.answers(asked("GET", f"{MATRIX}&limit={n}")) for n in range(1, 5)]
        assert [one.split(b" ", 2)[1] for one in seen] == [b"200", b"200", b"429", b"429"]
        assert len(app.state.service.cache) == 2

    run(check)


def test_a_connection_that_takes_no_data_is_not_written_to(toy_root) -> None:
    async def check() -> None:
        app = service(toy_root)
        line = Line(app, Express)
        await line.answers(asked("GET", MATRIX))
        line.protocol.pause_writing()
        line.wire.written.clear()
        line.protocol.data_received(asked("GET", MATRIX) * 5)
        await asyncio.sleep(0)
        assert line.wire.written == []
        line.protocol.resume_writing()
        while line.protocol.pipeline or not line.protocol.cycle.response_complete:
            await asyncio.sleep(0)
        assert b"".join(line.wire.written).count(b"HTTP/1.1 200 OK\r\n") == 5

    run(check)


def test_answers_of_a_pipeline_keep_their_order(toy_root) -> None:
    """A finished answer behind one that has to be built waits for it; two thousand of them do not recurse."""

    async def check() -> None:
        app = service(toy_root, requests_per_minute=0)
        line = Line(app, Express)
        await line.answers(asked("GET", MATRIX))
        names = ["neu", *("alt" for _ in range(2_000)), "ende"]
        requests = [asked("GET", f"{MATRIX}&lang=en", "X-Request-ID: neu")]
        requests += [asked("GET", MATRIX, "X-Request-ID: alt")] * 2_000
        requests += [asked("GET", MATRIX, "X-Request-ID: ende")]
        data = await line.answers(*requests)
        assert re.findall(rb"x-request-id: ([a-z]*)", data) == [name.encode() for name in names]

    run(check)


FORWARDED: Sequence[tuple[str, ...]] = (
    ("X-Forwarded-For: 203.0.113.7",),
    ("X-Forwarded-For: 203.0.113.7, 127.0.0.1",),
    ("X-Forwarded-For: 198.51.100.9", "X-Forwarded-For: 203.0.113.7"),
    ("X-Forwarded-For: [2001:db8::1]:4711",),
    ("X-Forwarded-For: 203.0.113.7:80",),
    ("X-Forwarded-For: nonsense\xe4",),
    ("X-Forwarded-For: ,",),
    ("X-Forwarded-For:",),
)


@pytest.mark.parametrize("headers", FORWARDED)
@pytest.mark.parametrize("peer", ["127.0.0.1", "192.0.2.1"])
def test_whoever_a_proxy_names_is_counted_alike_on_both_ways(toy_root, monkeypatch, headers, peer) -> None:
    async def check() -> None:
        app = service(toy_root)
        counted: list[str] = []
        limiter = app.boundary._limiter
        real = limiter.count
        monkeypatch.setattr(limiter, "count", lambda caller: (counted.append(caller), real(caller))[1])
        for kind in (HttpToolsProtocol, Express):
            line = Line(app, kind)
            line.protocol.client = (peer, 5)
            await line.answers(asked("GET", MATRIX, *headers))
            counted.clear() if kind is HttpToolsProtocol else None
            await line.answers(asked("GET", MATRIX, *headers))
            if kind is HttpToolsProtocol:
                ordinary = list(counted)
        assert len(counted) == 3
        assert set(counted) == set(ordinary)

    run(check)


def test_the_limit_counts_on_the_lane_too(toy_root) -> None:
    async def check() -> None:
        line = Line(service(toy_root, requests_per_minute=3), Express)
        seen = [await line.answers(asked("GET", MATRIX)) for _ in range(4)]
        assert [re.search(rb"ratelimit-remaining: (\d+)", one)[1] for one in seen] == [b"2", b"1", b"0", b"0"]
        assert [one[9:12] for one in seen] == [b"200", b"200", b"200", b"429"]

    run(check)


def test_a_caller_who_leaves_in_the_middle_of_a_pipeline_leaves_nothing_behind(toy_root) -> None:
    """A closed connection cannot be written to, and a request that is still queued is not answered."""

    async def check() -> None:
        line = Line(service(toy_root), Express)
        await line.answers(asked("GET", MATRIX))
        line.protocol.pause_writing()
        line.wire.written.clear()
        line.protocol.data_received(asked("GET", MATRIX) * 5)
        await asyncio.sleep(0)
        line.wire.closed = True
        line.protocol.connection_lost(None)
        await asyncio.gather(*line.state.tasks)
        assert line.wire.written == []
        assert not line.protocol.pipeline

    run(check)


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [b"GET / HTT"],
        [b"GET / HTTP/1.1\r\nHost: x\r\n", b"X-A: 1\r\n"],
        [b"POST /api/v1/scenarios HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"],
        [asked("GET", MATRIX), b"GET / HTT"],
    ],
)
def test_a_request_that_does_not_arrive_ends_its_connection(toy_root, monkeypatch, pieces) -> None:
    monkeypatch.setattr(express, "REQUEST_SECONDS", 0.05)

    async def check() -> None:
        line = Line(service(toy_root), Express)
        for piece in pieces:
            line.protocol.data_received(piece)
            await asyncio.sleep(0)
        for _ in range(200):
            if line.wire.closed:
                break
            await asyncio.sleep(0.01)
        assert line.wire.closed
        line.protocol.connection_lost(None)
        await asyncio.gather(*line.state.tasks, return_exceptions=True)

    run(check)


def test_the_time_a_request_has_is_published(client) -> None:
    assert client.data("/api/v1/config")["limits"]["seconds_to_send_a_request"] == express.REQUEST_SECONDS


def test_a_request_that_arrived_has_all_the_time_it_needs(toy_root, monkeypatch) -> None:
    monkeypatch.setattr(express, "REQUEST_SECONDS", 0.05)

    async def check() -> None:
        line = Line(service(toy_root), Express)
        await line.answers(asked("GET", MATRIX))
        await line.answers(asked("GET", MATRIX))
        await asyncio.sleep(0.2)
        assert not line.wire.closed
        line.protocol.connection_lost(None)

    run(check)


def test_a_new_release_is_answered_at_once(own_root) -> None:
    from tests.toy_snapshot import write_toy

    async def check() -> None:
        app = service(own_root)
        line = Line(app, Express)
        before = await line.answers(asked("GET", MATRIX))
        assert await line.answers(asked("GET", MATRIX)) != b""
        identity = write_toy(own_root, shift=1)
        app.state.service.look(force=True)
        after = await line.answers(asked("GET", MATRIX))
        assert identity.encode() in after
        assert identity.encode() not in before

    run(check)


def test_the_lane_is_counted_and_logged(toy_root, caplog) -> None:
    async def check() -> None:
        app = service(toy_root, access_log="all")
        line = Line(app, Express)
        await line.answers(asked("GET", MATRIX))
        caplog.clear()
        with caplog.at_level("INFO", logger="api.access"):
            await line.answers(asked("GET", f"{MATRIX}", "X-Request-ID: schnell"))
        assert caplog.records[-1].fields["request_id"] == "schnell"
        assert "?" not in caplog.records[-1].fields["path"]
        metrics = app.state.service.metrics
        assert metrics.value("cache_hits_total") == 1

    run(check)


def test_an_application_without_a_boundary_is_served_as_usual() -> None:
    async def bare(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def check() -> None:
        assert (await Line(bare, Express).answers(asked("GET", "/"))).startswith(b"HTTP/1.1 204")

    run(check)


@pytest.mark.parametrize("value", [b"a\r\nb", b"a\nb", b"\x00", b"\x7f"])
def test_no_header_breaks_its_line(value: bytes) -> None:
    with pytest.raises(ValueError, match="control character"):
        lines([(b"link", value)])
