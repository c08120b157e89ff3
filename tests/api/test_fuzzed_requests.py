"""Whatever is asked, the answer is data, a page or a problem: never a server error, never broken JSON."""

from __future__ import annotations

from urllib.parse import quote

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.toy_snapshot import MEASURES, REGIONS, TRADES, YEARS

EVERYTHING = st.text(st.characters(exclude_categories=()), max_size=40)  # lone surrogates too
NAMES = st.sampled_from(
    ["region", "year", "trade", "measure", "group", "lang", "limit", "offset", "indicator"]
)
CODES = st.sampled_from([*REGIONS, *TRADES, *(code for code, *_ in MEASURES), "shk", "en", "de", "A-99", "*"])
VALUES = st.one_of(
    CODES, st.sampled_from(YEARS).map(str), EVERYTHING, st.integers().map(str), st.floats().map(str)
)
PAIRS = st.lists(st.tuples(st.one_of(NAMES, EVERYTHING), VALUES), max_size=6)
PATHS = st.sampled_from(
    ["matrix", "series", "explain", "observations", "training-plan", "trades", "trades/A-24", "", "snapshots"]
)
EXAMPLES = 300


def _encode(pairs) -> bytes:
    return "&".join(
        f"{quote(name, errors='surrogatepass')}={quote(value, errors='surrogatepass')}"
        for name, value in pairs
    ).encode()


def _check(answer, *, page: bool = False) -> None:
    assert answer.status in {200, 304, 404, 414, 422}, answer.body
    if not page:
        orjson.loads(answer.body)
        expected = "application/json" if answer.status == 200 else "application/problem+json"
        assert answer.headers["content-type"] == expected


@settings(max_examples=EXAMPLES)
@given(path=PATHS, pairs=PAIRS)
def test_any_parameters_get_an_orderly_answer(client, path: str, pairs) -> None:
    _check(client.raw(f"/api/v1/{path}".rstrip("/"), _encode(pairs)))
    _check(client.raw("/", _encode(pairs)), page=True)


@settings(max_examples=EXAMPLES)
@given(query=st.binary(max_size=60))
def test_any_bytes_get_an_orderly_answer(client, query: bytes) -> None:
    _check(client.raw("/api/v1/matrix", query))
    _check(client.raw("/api/v1/matrix", b"region=BB&year=2030&" + query))


@settings(max_examples=EXAMPLES)
@given(tail=EVERYTHING)
def test_any_address_gets_an_orderly_answer(client, tail: str) -> None:
    for start in ("/api/v1/trades/", "/api/", "/hilfe/fehler/", "/static/"):
        _check(client.raw(start + tail), page=not start.startswith("/api"))


@settings(max_examples=EXAMPLES)
@given(tag=st.text(st.characters(max_codepoint=255), max_size=40))
def test_any_validator_gets_an_orderly_answer(client, tag: str) -> None:
    headers = [(b"if-none-match", tag.encode("latin-1")), (b"if-none-match", b'"x"')]
    _check(client.raw("/api/v1/trades", headers=headers))  # "*" beside another tag is malformed: no match
    assert client.raw("/api/v1/trades", headers=headers).status == 200


@settings(max_examples=EXAMPLES)
@given(
    region=st.sampled_from(REGIONS),
    year=st.sampled_from(YEARS),
    trades=st.lists(st.sampled_from(TRADES), max_size=8),
    lang=st.sampled_from(["", "&lang=de", "&lang=en"]),
)
def test_any_good_question_is_answered(client, region: str, year: int, trades: list[str], lang: str) -> None:
    query = f"region={region}&year={year}{lang}" + "".join(f"&trade={trade}" for trade in trades)
    answer = client.raw("/api/v1/matrix", query.encode())
    assert answer.status == 200
    shown = list(dict.fromkeys(record["trade_code"] for record in answer.json()["data"]))
    assert shown == [trade for trade in TRADES if trade in trades or not trades]
