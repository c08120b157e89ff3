"""ETag and 304, HEAD, headers that protect: equal tags exactly when the bytes are equal."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from api.caching import ByteCache, etag, matches

URLS = [
    "/api/v1",
    "/api/v1/matrix?region=HWK-FF&year=2030",
    "/api/v1/matrix?region=HWK-FF&year=2031",
    "/api/v1/matrix?region=HWK-FF&year=2030&lang=en",
    "/api/v1/matrix?region=HWK-FF&year=2030&trade=A-24",
    "/api/v1/series?trade=A-24&region=BB&measure=gap",
    "/api/v1/explain?trade=A-24&region=BB&year=2030",
    "/api/v1/trades",
    "/api/v1/trades?lang=en",
    "/api/v1/trades/A-24",
    "/api/v1/parameters",
    "/api/v1/observations?limit=3",
    "/api/v1/training-plan?kind=module",
    "/api/v1/observations?limit=3&offset=3",
    "/",
    "/?lang=en",
    "/?region=BB&year=2027",
]


@pytest.mark.parametrize("url", URLS)
def test_a_known_answer_is_not_sent_again(client, snapshot, url: str) -> None:
    first = client.get(url)
    tag = first.headers["etag"]
    assert re.fullmatch(rf'"{snapshot.id}-[0-9a-f]{{16}}"', tag)
    assert first.headers["cache-control"] == "public, max-age=300"
    assert "vary" not in first.headers
    for header in (tag, f"W/{tag}", "*", f'"other", {tag}', f'W/"a-b" , W/{tag}'):
        again = client.get(url, headers={"If-None-Match": header})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["x-content-type-options"] == "nosniff"
    for header in ('"other"', tag.strip('"'), tag[:-2], "", '"'):
        assert client.get(url, headers={"If-None-Match": header}).status_code == 200


def test_tags_are_equal_exactly_when_bytes_are(client) -> None:
    answers = [client.get(url) for url in URLS]
    for one, other in combinations(answers, 2):
        assert one.headers["etag"] != other.headers["etag"]
        assert one.content != other.content
    reordered = client.get("/api/v1/matrix?lang=de&year=2030&region=HWK-FF")
    assert reordered.headers["etag"] == answers[1].headers["etag"]
    assert reordered.content == answers[1].content


@pytest.mark.parametrize("url", [*URLS, "/health/ready", "/api/v1/openapi.json", "/hilfe/fehler/kein-stand"])
def test_head_is_get_without_a_body(client, url: str) -> None:
    get, head = client.get(url), client.request("HEAD", url)
    assert (head.status_code, head.content) == (200, b"")
    drop = {"x-request-id"}
    assert {k: v for k, v in head.headers.items() if k not in drop} == {
        k: v for k, v in get.headers.items() if k not in drop
    }
    assert int(head.headers["content-length"]) == len(get.content)


@pytest.mark.parametrize("url", ["/", "/api/v1", "/nichts", "/api/v1/nichts", "/health/live"])
def test_every_answer_protects_its_reader(client, url: str) -> None:
    headers = client.get(url).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "script-src" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-request-id"]


def test_malformed_tags_match_nothing() -> None:
    tag = etag("0" * 16, "/", "")
    assert matches(f"W/{tag}", tag)
    assert not matches("W/*", tag)
    assert not matches('"*"', tag)
    assert not matches('"' * 5_000, tag)
    assert not matches(tag.replace('"', "'"), tag)


def test_the_byte_cache_forgets_the_least_used_first() -> None:
    cache = ByteCache(10)
    for tag, body in (("a", b"1234"), ("b", b"5678"), ("huge", b"x" * 11)):
        cache.put(tag, body)
    assert (cache.size, cache.get("huge")) == (8, None)
    assert cache.get("a") == b"1234"  # used: now "b" is the oldest
    cache.put("c", b"90")
    cache.put("d", b"!")
    assert cache.get("b") is None
    assert (cache.get("a"), cache.get("c"), cache.get("d"), cache.size) == (b"1234", b"90", b"!", 7)
    cache.put("a", b"zzzz")
    assert (cache.get("a"), cache.size) == (b"1234", 7)


def test_a_flood_of_questions_stays_below_the_limit(client) -> None:
    for year in range(2010, 2036):
        for region in ("HWK-FF", "BB", "DE"):
            client.get(f"/api/v1/matrix?region={region}&year={year}")
    assert 0 < client.service.cache.size <= 32 << 20
