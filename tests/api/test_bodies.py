"""Bodies two readers could understand differently, or that cost more than they say, are refused at once."""

from __future__ import annotations

import asyncio
import time

import orjson
import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from api import problems
from api.bodies import parsed, read_object
from api.caching import HEAD_KEY
from api.heads import Head
from api.limits import MAX_BODY_BYTES, bounded
from api.problems import Problem, near

BAD = {
    "NaN": b'{"factor": NaN}',
    "Infinity": b'{"factor": Infinity}',
    "minus Infinity": b'{"factor": -Infinity}',
    "overflow": b'{"factor": 1e999}',
    "NaN in an unknown key": b'{"NaN": [NaN]}',
    "5,000 digits": b'{"factor": ' + b"9" * 5_000 + b"}",
    "400 digits": b'{"factor": ' + b"9" * 400 + b"}",
    "30 digits": b'{"year": ' + b"1" * 30 + b"}",
    "lone surrogate": b'{"region": "\\ud800"}',
    "lone surrogate as a key": b'{"\\udfff": 1}',
    "duplicate key": b'{"region": "BB", "region": "DE"}',
    "duplicate key inside": b'{"levers": [{"a": 1, "\\u0061": 2}]}',
    "100,000 nested arrays": b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "33 nested arrays": b"[" * 33 + b"]" * 33,
    "no object": b"[1]",
    "a number": b"1",
    "nothing": b"",
    "half": b'{"a": ',
    "two": b"{} {}",
    "comment": b"{} // x",
    "invalid UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "BOM": b"\xef\xbb\xbf{}",
    "single quotes": b"{'a': 1}",
    "NUL": b'{"a": "\x00"}',
    "leading zero": b'{"year": 02030}',
    "plus": b'{"year": +2030}',
    "trailing comma": b'{"a": 1,}',
    "60,000 keys": b"{" + b",".join(b'"k%d": 1' % n for n in range(60_000)) + b"}",
    "101 keys": b"{" + b",".join(b'"k%d": 1' % n for n in range(101)) + b"}",
    "90,000 codes": b'{"regions": [' + b",".join(b'"R-%d"' % n for n in range(90_000)) + b"]}",
    "20,000 objects": b'{"levers": [' + b",".join([b'{"kind": "x"}'] * 20_000) + b"]}",
    "a megabyte of brackets in a text, then NaN": b'{"a": "' + b"[" * 900_000 + b'", "b": NaN}',
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_bad_bodies_are_refused_within_50_milliseconds(data: bytes) -> None:
    spent = []
    for _ in range(3):  # a collection of the whole test run's garbage may fall into one of them
        started = time.thread_time()
        with pytest.raises(Problem) as refused:
            parsed(data)
        spent.append(time.thread_time() - started)
    assert min(spent) < 0.05
    assert refused.value.kind.status == 422
    document = orjson.dumps(refused.value.document("de", "/x", "id"))
    assert len(document) < 1_000  # nothing of the body comes back


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(st.dictionaries(st.text(), PLAIN, max_size=5))
def test_any_plain_object_is_read_as_it_is(document) -> None:
    assert parsed(orjson.dumps(document)) == document


def test_a_large_plain_object_is_read_in_time() -> None:
    data = orjson.dumps({"years": [[2030, 'a[b{\\"' * 3]] * 25_000})
    assert 700_000 < len(data) < MAX_BODY_BYTES
    spent = []
    for _ in range(3):
        started = time.thread_time()
        assert len(parsed(data)["years"]) == 25_000
        spent.append(time.thread_time() - started)
    assert min(spent) < 1.0  # it must not grow with the square of the length; about 50 ms on a quiet machine


def request(chunks: list[bytes], media_type: bytes = b"application/json") -> Request:
    messages = [
        {"type": "http.request", "body": chunk, "more_body": at + 1 < len(chunks)}
        for at, chunk in enumerate(chunks)
    ]

    async def receive():
        return messages.pop(0)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    scope[HEAD_KEY] = Head([(b"content-type", media_type)])
    return Request(scope, bounded(receive))


@pytest.mark.parametrize(
    ("media_type", "good"),
    [
        (b"application/json", True),
        (b"Application/JSON; charset=utf-8", True),
        (b"", False),
        (b"text/plain", False),
        (b"multipart/form-data; boundary=x", False),
        (b"application/x-www-form-urlencoded", False),
        (b"application/jsonx", False),
    ],
)
def test_only_json_is_read(media_type: bytes, good: bool) -> None:
    asked = read_object(request([b'{"a"', b": 1}"], media_type))
    if good:
        assert asyncio.run(asked) == {"a": 1}
    else:
        with pytest.raises(Problem) as refused:
            asyncio.run(asked)
        assert refused.value.kind.status == 415


def test_a_body_without_a_length_is_cut_off_where_it_gets_too_large() -> None:
    read = 0

    async def endless():
        nonlocal read
        read += 65_536
        return {"type": "http.request", "body": b" " * 65_536, "more_body": True}

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    scope[HEAD_KEY] = Head([(b"content-type", b"application/json")])
    with pytest.raises(Problem) as refused:
        asyncio.run(read_object(Request(scope, bounded(endless))))
    assert refused.value.kind.status == 413
    assert read <= MAX_BODY_BYTES + 2 * 65_536


def test_a_large_question_within_its_limits_is_read() -> None:
    codes = [f"A-{n}" for n in range(1_000)]
    lever = {f"field_{n}": n for n in range(20)} | {"trades": codes, "regions": codes}
    body = {"levers": [lever] * 24, "regions": [f"R-{n}" for n in range(1_000)], "note": ":" * 500}
    assert parsed(orjson.dumps(body)) == body


def test_nobody_looks_for_codes_like_a_text_of_a_megabyte(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    monkeypatch.setattr(problems, "get_close_matches", lambda word, *_, **__: compared.append(word) or [])
    known = {"A-24": "Installateur und Heizungsbauer", "A-25": "Elektrotechniker"}
    assert near("x" * 1_000_000, known) == ()
    assert compared == []
    assert near("heizung", known) == ("A-24",)
    assert compared == ["heizung"]
