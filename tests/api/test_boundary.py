"""The outermost layer: OPTIONS and other web sites, limits per caller and per body, what reaches the log."""

from __future__ import annotations

import itertools
import json
import logging
import time
from datetime import UTC, datetime

import pytest

from api.app import create_app, direct_endpoints
from api.boundary import route_name
from api.cors import Origins
from api.deprecation import Notice
from api.heads import Head
from api.limits import MAX_BODY_BYTES, RateLimiter
from api.logs import Access, JsonFormatter, redacted
from api.metrics import Metrics
from api.service import Settings

MATRIX = "/api/v1/matrix?region=HWK-FF&year=2030"
HOME = "https://www.kammer.example"


@pytest.fixture
def configured(toy_root, tmp_path):
    """Make a client of a service with other settings."""
    from tests.api.conftest import Client

    def make(**settings) -> Client:
        given = {"refresh_seconds": 0, "requests_per_minute": 0, "keys": tmp_path / "none.json", **settings}
        return Client(create_app(Settings(toy_root, **given)))

    return make


# --- OPTIONS and other web sites ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/v1/matrix", "/api/v1", "/api/v1/trades/A-24", "/", "/health/live"])
def test_options_names_the_methods(client, path: str) -> None:
    answer = client.raw(path, method="OPTIONS")
    assert (answer.status, answer.headers["allow"], answer.body) == (204, "GET, HEAD, OPTIONS", b"")
    assert "access-control-allow-origin" not in answer.headers


def test_options_of_nothing_is_not_found(client) -> None:
    assert client.raw("/api/v1/nothing", method="OPTIONS").status == 404


def test_only_listed_web_sites_may_read(configured) -> None:
    client = configured(origins=(HOME,))
    for url in (MATRIX, MATRIX, "/api/v1/nothing"):  # built, from the cache, refused
        listed = client.get(url, headers={"Origin": HOME})
        assert listed.headers["access-control-allow-origin"] == HOME
        assert "ETag" in listed.headers["access-control-expose-headers"]
        foreign = client.get(url, headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in foreign.headers
        for answer in (listed, foreign, client.get(url)):
            assert "Origin" in answer.headers.get_list("vary", split_commas=True)
            assert "access-control-allow-credentials" not in answer.headers


def test_a_preflight_is_answered_for_listed_web_sites_only(configured) -> None:
    client = configured(origins=(HOME,))
    wanted = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "x-api-key"}
    answer = client.request("OPTIONS", "/api/v1/matrix", headers={"Origin": HOME, **wanted})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert "X-API-Key" in answer.headers["access-control-allow-headers"]
    refused = client.request(
        "OPTIONS", "/api/v1/matrix", headers={"Origin": f"{HOME}.evil.example", **wanted}
    )
    assert not [name for name in refused.headers if name.startswith("access-control")]


@pytest.mark.parametrize("origin", ["*", "null", "www.kammer.example", f"{HOME}/", f"{HOME}\n", "file:///x"])
def test_what_is_no_origin_is_no_setting(origin: str) -> None:
    with pytest.raises(ValueError, match="not an origin"):
        Origins((origin,))


# --- limits -------------------------------------------------------------------------------------------------


def test_too_many_requests_are_told_when_to_come_back(configured) -> None:
    client = configured(requests_per_minute=3)
    for left in (2, 1, 0):
        answer = client.get(MATRIX)
        assert answer.status_code == 200
        assert answer.headers["ratelimit-limit"] == "3"
        assert answer.headers["ratelimit-remaining"] == str(left)
        assert 0 < int(answer.headers["ratelimit-reset"]) <= 60
    refused = client.get(f"{MATRIX}&lang=en")
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "/hilfe/fehler/zu-viele-anfragen"
    assert refused.json()["title"] == "Too many requests"
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert refused.headers["ratelimit-remaining"] == "0"
    assert client.service.metrics.value("refused_total") == 1


def test_a_window_ends_and_callers_do_not_share_it() -> None:
    now = [0.0]
    limiter = RateLimiter(2, lambda: now[0])
    assert [limiter.count("a")[0] for _ in range(3)] == [1, 0, -1]
    assert limiter.count("b") == (1, 60)
    now[0] = 59.5
    assert limiter.count("a") == (-2, 1)
    now[0] = 60.0
    assert limiter.count("a") == (1, 60)


def test_any_number_of_callers_takes_bounded_memory() -> None:
    limiter = RateLimiter(5, lambda: 0.0)
    for number in range(25_000):
        limiter.count(str(number))
    assert len(limiter._counts) <= 10_000


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([(b"content-length", str(MAX_BODY_BYTES + 1).encode())], 413),
        ([(b"content-length", b"9" * 5_000)], 413),
        ([(b"content-length", b"1_0")], 413),
        ([(b"content-encoding", b"gzip"), (b"content-length", b"20")], 415),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_bodies_nobody_reads_are_refused_by_their_headers(client, headers, status: int, method: str) -> None:
    started = time.thread_time()
    never_kept = b"region=BB&year=2019&trade=A-13&measure=apprentices"  # a kept answer reads no body anyway
    answer = client.raw("/api/v1/matrix", never_kept, method, headers)
    assert time.thread_time() - started < 0.05
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


# --- the way around the framework ---------------------------------------------------------------------------


def test_hot_addresses_are_reached_directly_and_answer_the_same(client, monkeypatch) -> None:
    urls = [MATRIX, f"{MATRIX}&regoin=x", "/api/v1/trades", "/api/v1/matrix?region=XX&year=2030", "/"]
    direct = [client.get(url) for url in urls]
    client.service.cache = type(client.service.cache)(64 << 20)
    monkeypatch.setattr(client.app.boundary, "_ways", _without_direct(client.app.boundary._ways))
    framework = [client.get(url) for url in urls]
    for one, other in zip(direct, framework, strict=True):
        assert one.status_code == other.status_code
        assert _without_ids(one) == _without_ids(other)


def _without_direct(ways):
    from dataclasses import replace

    assert {"/api/v1/matrix", "/api/v1/series", "/"} <= set(ways.direct)
    return replace(ways, direct={})


def _without_ids(answer) -> tuple[bytes, dict]:
    identity = answer.headers["x-request-id"].encode()
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.content.replace(identity, b""), headers


def test_a_function_that_takes_more_than_the_request_is_left_to_the_framework() -> None:
    assert direct_endpoints([]) == {}


def test_an_address_that_will_go_says_so(client, monkeypatch) -> None:
    since, sunset = datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
    notice = Notice(since, sunset, "/api/v2/matrix")
    assert "deprecation" not in client.get(MATRIX).headers
    monkeypatch.setattr(client.app.boundary, "_notices", {"/api/v1/matrix": notice})
    for url in (MATRIX, f"{MATRIX}&lang=en", "/api/v1/matrix"):  # kept, built, refused
        headers = client.get(url).headers
        assert headers["deprecation"] == f"@{int(since.timestamp())}"
        assert headers["sunset"] == "Sat, 01 Jan 2028 00:00:00 GMT"
        assert '</api/v2/matrix>; rel="successor-version"' in headers["link"]
    assert "deprecation" not in client.get("/api/v1/trades").headers


# --- counting and logging -----------------------------------------------------------------------------------


def test_requests_are_counted_by_address_and_result(configured) -> None:
    client = configured()
    for url in (MATRIX, MATRIX, "/api/v1/trades/A-99", "/api/v1/nothing/at-all", "/", "/health/live"):
        client.get(url)
    text = client.service.metrics.text({}, {"snapshot": "x"}).decode()
    for line in (
        'requests_total{route="matrix",status="2xx"} 2',
        'requests_total{route="trades",status="4xx"} 1',
        'requests_total{route="other",status="4xx"} 1',
        'requests_total{route="page",status="2xx"} 1',
        'requests_total{route="health",status="2xx"} 1',
        "cache_hits_total 1",
        "request_seconds_count 6",
        'request_seconds_bucket{le="+Inf"} 6',
    ):
        assert f"fachkraeftematrix_{line}\n" in text
    assert "A-99" not in text


def test_workers_count_together(tmp_path, monkeypatch) -> None:
    for pid, times in ((11, 2), (12, 3)):
        monkeypatch.setattr("api.metrics.os.getpid", lambda pid=pid: pid)
        worker = Metrics(("matrix", "other"), tmp_path)
        for _ in range(times):
            worker.request("matrix", 200, 0.003)
    assert b'requests_total{route="matrix",status="2xx"} 5\n' in worker.text({}, {})
    assert b'request_seconds_bucket{le="0.0025"} 0\n' in worker.text({}, {})
    assert b'request_seconds_bucket{le="0.005"} 5\n' in worker.text({}, {})


@pytest.mark.parametrize(
    ("mode", "expected"), [("off", [False] * 3), ("errors", [False, True, True]), ("all", [True] * 3)]
)
def test_what_is_logged(mode, expected: list[bool]) -> None:
    access = Access(mode)
    assert [access.wants(*case) for case in ((404, 0.01), (503, 0.01), (200, 1.5))] == expected


def test_a_line_of_the_log_is_json_without_queries_and_keys(configured, caplog) -> None:
    client = configured(access_log="all")
    secret = "fkm_01234567_" + "s" * 43
    with caplog.at_level(logging.INFO, logger="api.access"):
        client.raw("/api/v1/matrix", f"key={secret}".encode(), headers=[(b"x-api-key", secret.encode())])
    record = caplog.records[-1]
    line = json.loads(JsonFormatter().format(record))
    assert (line["path"], line["status"], line["method"]) == ("/api/v1/matrix", 422, "GET")
    assert line["request_id"]
    assert "s" * 43 not in json.dumps(line)
    assert redacted(f"Bearer {secret}, again {secret}") == "Bearer fkm_…, again fkm_…"


def test_control_characters_do_not_break_a_line(configured, caplog) -> None:
    client = configured(access_log="all")
    with caplog.at_level(logging.INFO, logger="api.access"):
        client.raw("/api/v1/trades/\n{\u202e")
    text = JsonFormatter().format(caplog.records[-1])
    assert "\n" not in text
    assert "\u202e" not in text


def test_names_requests_are_counted_under() -> None:
    assert route_name("/api/v1/series") == "series"
    assert route_name("/metrics") == "metrics"


def test_request_ids_differ() -> None:
    found = {Head([]).new_id() for _ in itertools.repeat(None, 1_000)}
    assert len(found) == 1_000
    assert {len(identity) for identity in found} == {16}
