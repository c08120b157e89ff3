"""ETag and 304, HEAD, headers that protect: equal tags exactly when the bytes are equal."""

from __future__ import annotations

import gzip
import random
import re
from email.utils import parsedate_to_datetime
from itertools import combinations

import pytest

from api.answer_cache import AnswerCache
from api.caching import Entry, etag, matches

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


PLAIN = {"Accept-Encoding": "identity"}
CONTROL = "public, max-age=300, stale-while-revalidate=86400"


@pytest.mark.parametrize("url", URLS)
def test_a_known_answer_is_not_sent_again(client, snapshot, url: str) -> None:
    first = client.get(url, headers=PLAIN)
    tag = first.headers["etag"]
    assert re.fullmatch(rf'"{snapshot.id}-[0-9a-f]{{16}}"', tag)
    assert first.headers["cache-control"] == CONTROL
    assert first.headers["vary"] == "Accept, Accept-Encoding"
    assert parsedate_to_datetime(first.headers["last-modified"]).tzinfo is not None
    for header in (tag, f"W/{tag}", "*", f'"other", {tag}', f'W/"a-b" , W/{tag}'):
        again = client.get(url, headers={"If-None-Match": header, **PLAIN})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        for name in ("cache-control", "vary", "x-content-type-options", "x-request-id"):
            assert name in again.headers
    for header in ('"other"', tag.strip('"'), tag[:-2], "", '"'):
        assert client.get(url, headers={"If-None-Match": header}).status_code == 200


@pytest.mark.parametrize("url", URLS)
def test_the_cached_answer_is_the_built_one(serve, toy_root, url: str) -> None:
    fresh = serve(toy_root)
    built, kept = fresh.get(url, headers=PLAIN), fresh.get(url, headers=PLAIN)
    assert built.content == kept.content
    drop = {"x-request-id"}
    assert {k: v for k, v in built.headers.items() if k not in drop} == {
        k: v for k, v in kept.headers.items() if k not in drop
    }
    assert fresh.service.metrics.value("cache_hits_total") == 1


def test_compressed_answers_hold_the_same_and_have_their_own_tag(client) -> None:
    for url in URLS:
        plain = client.raw_get(url)
        packed = client.raw_get(url, accept_encoding="br, gzip;q=0.8")
        if packed.headers.get("content-encoding") == "gzip":
            assert gzip.decompress(packed.body) == plain.body
            assert len(packed.body) < len(plain.body) / 2
            assert packed.headers["etag"] == f'{plain.headers["etag"][:-1]}-gzip"'
        else:
            assert packed.body == plain.body
            assert packed.headers["etag"] == plain.headers["etag"]
        assert int(packed.headers["content-length"]) == len(packed.body)
        for tag in (plain.headers["etag"], packed.headers["etag"]):
            again = client.raw_get(url, accept_encoding="gzip", if_none_match=tag)
            assert (again.status, again.headers["etag"], again.body) == (304, tag, b"")
    matrix = client.raw_get(URLS[1], accept_encoding="gzip")
    assert matrix.headers["content-encoding"] == "gzip"
    for refused in ("gzip;q=0", "gzip;q=0.000, *", "identity", "", "zstd", "br;q=1"):
        assert "content-encoding" not in client.raw_get(URLS[1], accept_encoding=refused).headers
    for taken in ("*", "zstd;q=0, *", "GZIP", "x-gzip"):
        assert client.raw_get(URLS[1], accept_encoding=taken).headers["content-encoding"] == "gzip"


def test_an_unchanged_answer_is_not_even_built(serve, toy_root, monkeypatch) -> None:
    first = serve(toy_root).raw_get(URLS[1])
    other = serve(toy_root)  # restarted: nothing in its cache
    monkeypatch.setattr("api.delivery.body_of", None)
    for tag in (first.headers["etag"], f'{first.headers["etag"][:-1]}-gzip"', "*"):
        assert other.raw_get(URLS[1], if_none_match=tag).status == 304


def test_links_say_where_to_go_on(client) -> None:
    headers = client.get("/api/v1/matrix?region=HWK-FF&year=2030").headers
    for relation in ("describedby", "service-desc", "license"):
        target = re.search(rf'<([^>]+)>; rel="{relation}"', headers["link"])
        assert target
        assert client.get(target[1]).status_code == 200


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
    get, head = client.get(url, headers=PLAIN), client.request("HEAD", url, headers=PLAIN)
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
    assert "unsafe" not in policy
    assert ("script-src 'self'" in policy) == (url == "/")
    assert headers["x-content-type-options"] == "nosniff"
    assert url.startswith("/api") or headers["referrer-policy"] == "same-origin"
    assert headers["x-request-id"]


def test_malformed_tags_match_nothing() -> None:
    tag = etag("0" * 16, "/", "")
    assert matches(f"W/{tag}", tag)
    assert not matches("W/*", tag)
    assert not matches('"*"', tag)
    assert not matches('"' * 5_000, tag)
    assert not matches(tag.replace('"', "'"), tag)


def _entry(tag: str, size: int) -> Entry:
    return Entry("r", f'"{tag}"', b"x" * size, [], pinned=False, compressible=False)


def test_the_cache_forgets_the_least_used_first() -> None:
    cache = AnswerCache(20_000)
    for tag, size in (("a", 3_000), ("b", 5_000), ("huge", 19_000)):
        cache.put(_entry(tag, size), (tag, b"", b""))
    assert (len(cache), cache.get('"huge"')) == (2, None)
    assert cache.find(("a", b"", b""), "r").tag == '"a"'  # used: now "b" is the oldest
    cache.put(_entry("c", 6_000))
    assert cache.get('"b"') is None
    assert cache.find(("b", b"", b""), "r") is None
    assert cache.get('"a"') is not None
    assert cache.get('"c"') is not None
    assert cache.size == 3_000 + 6_000 + 3 * 2_000  # two answers and one question


def test_spellings_of_a_question_share_one_answer_and_are_counted() -> None:
    cache = AnswerCache(20_000)
    entry = _entry("a", 1_000)
    for number in range(100):
        cache.put(entry, ("path", b"%d" % number, b""))
        assert cache.size <= 20_000
    assert cache.find(("path", b"99", b""), "r") is entry
    cache.put(_entry("b", 1_000), ("path", b"99", b""))  # the same question, another answer
    assert cache.find(("path", b"99", b""), "r").tag == '"b"'


def test_an_answer_of_another_release_is_not_found_unless_its_address_names_it() -> None:
    cache = AnswerCache(20_000)
    cache.put(_entry("a", 10), ("path", b"", b""))
    assert cache.find(("path", b"", b""), "newer") is None
    pinned = Entry("r", '"p"', b"x", [], pinned=True, compressible=False)
    cache.put(pinned, ("pinned", b"", b""))
    assert cache.find(("pinned", b"", b""), "newer") is None, "nobody has checked it against the newer one"
    pinned.checked = "newer"
    assert cache.find(("pinned", b"", b""), "newer") is pinned


def test_a_body_that_hardly_shrinks_is_counted_the_same_when_it_goes() -> None:
    cache = AnswerCache(20_000)
    for number in range(30):
        body = random.Random(number).randbytes(5_000)
        entry = Entry("r", f'"{number}"', body, [], pinned=False, compressible=True)
        cache.put(entry, ("/", b"%d" % number, b""))
        entry.pack()
    assert len(cache) >= 1
    assert cache.size == sum(one.size for one in cache._entries.values()) + 2_000 * len(cache)
    assert cache.size <= 20_000


def test_a_flood_of_questions_stays_below_the_limit(client) -> None:
    for year in range(2010, 2036):
        for region in ("HWK-FF", "BB", "DE"):
            client.get(f"/api/v1/matrix?region={region}&year={year}")
    assert 0 < client.service.cache.size <= 64 << 20


def test_large_answers_are_compressed_too_and_only_once(serve, toy_root, monkeypatch) -> None:
    client = serve(toy_root)
    packed: list[int] = []
    real = gzip.compress

    def counting(data: bytes, level: int, *, mtime: int) -> bytes:
        packed.append(len(data))
        return real(data, level, mtime=mtime)

    monkeypatch.setattr("api.caching.gzip.compress", counting)
    monkeypatch.setattr("api.caching._PACKED_INLINE", 2_000)
    answers = [client.raw_get(URLS[1], accept_encoding="gzip") for _ in range(3)]
    assert len({answer.body for answer in answers}) == 1
    assert gzip.decompress(answers[0].body) == client.raw_get(URLS[1]).body
    assert len(packed) == 1


def test_an_accept_header_decides_and_a_very_long_one_is_not_remembered(serve, toy_root) -> None:
    client = serve(toy_root)
    plain = client.raw_get(URLS[1], accept="application/json")
    tabular = client.raw_get(URLS[1], accept="text/csv")
    assert plain.headers["content-type"] != tabular.headers["content-type"]
    long = "application/json, " * 20
    assert client.raw_get(URLS[1], accept=f"{long}text/csv").body == plain.body
    hits = client.service.metrics.value("cache_hits_total")
    assert client.raw_get(URLS[1], accept=f"{long}text/csv").body == plain.body
    assert client.service.metrics.value("cache_hits_total") == hits
    assert client.raw_get(URLS[1], accept="text/csv").body == tabular.body
