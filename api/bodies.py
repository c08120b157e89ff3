"""Bodies of requests, read strictly: one JSON object, nothing that two readers could understand differently.

Refused before any work: another media type, more bytes than allowed, invalid UTF-8, NaN, Infinity, numbers
that overflow, lone surrogates, nesting beyond reason, a key given twice. Nothing of it is repeated.

Source: RFC 8259 (JSON), sections 4, 6 and 8; RFC 7493 (I-JSON).
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

import orjson
from fastapi import Request

from api.caching import HEAD_KEY
from api.language import Text
from api.problems import INVALID, MEDIA, Fault, Problem

MAX_DEPTH: Final = 32
MAX_DIGITS: Final = 20
MAX_MEMBERS: Final = 100
MAX_COLONS: Final = 10_000  # in the whole body: 24 levers of 20 members and all assumptions are far fewer
MAX_COMMAS: Final = 60_000  # 24 levers with lists of 1,000 trades and 1,000 regions stay below
_MEMBERS: Final = Text(
    "Der Rumpf hat zu viele Schlüssel oder Werte.", "The body has too many keys or values."
)
_TEXTS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')  # unrolled: a text without a backslash is one step
_BRACKETS = re.compile(rb"[\[\]{}]")
_TYPES: Final = ("application/json",)
_CHARSETS: Final = frozenset({"utf-8", "utf8"})  # JSON knows no other; who names one means other bytes


async def read_object(request: Request) -> dict[str, Any]:
    """Return the JSON object in the body of a request.

    Raises:
        Problem: 413, 415 or 422.
    """
    kind, *parameters = request.scope[HEAD_KEY].get(b"content-type").decode("latin-1").lower().split(";")
    named = [value.strip(' "') for name, _, value in (one.partition("=") for one in parameters)
             if name.strip() == "charset"]  # fmt: skip
    if kind.strip() not in _TYPES or not set(named) <= _CHARSETS:
        raise Problem(MEDIA, headers={"Accept-Post": _TYPES[0]})
    return parsed(await request.body())


def parsed(data: bytes) -> dict[str, Any]:
    """Return a JSON object as Python values.

    Raises:
        Problem: 422 saying what is wrong with it.

    Example:
        >>> parsed(b'{"region": "HWK-FF", "years": [2030]}')
        {'region': 'HWK-FF', 'years': [2030]}
    """
    if data.count(b":") > MAX_COLONS or data.count(b",") > MAX_COMMAS:  # before anything is built of them
        raise _problem(_MEMBERS)
    try:
        orjson.loads(data)  # refuses NaN, Infinity, overflow, lone surrogates, depth, invalid UTF-8
        _check_depth(data)
        found = json.loads(data, object_pairs_hook=_unique, parse_int=_integer)
    except _Refused as refused:
        raise _problem(refused.text) from None
    except (ValueError, RecursionError):
        raise _problem(Text("Der Rumpf ist kein gültiges JSON.", "The body is not valid JSON.")) from None
    if not isinstance(found, dict):
        raise _problem(Text("Der Rumpf ist kein JSON-Objekt.", "The body is not a JSON object."))
    return found


class _Refused(Exception):  # noqa: N818
    def __init__(self, text: Text) -> None:
        self.text = text


def _problem(detail: Text) -> Problem:
    expected = Text("ein JSON-Objekt nach RFC 8259 in UTF-8", "a JSON object as of RFC 8259 in UTF-8")
    return Problem(INVALID, detail, faults=[Fault("body", detail, expected, pointer="/body")])


def _check_depth(data: bytes) -> None:
    """Count brackets outside of texts; the document is known to be valid."""
    depth = 0
    for bracket in _BRACKETS.findall(_TEXTS.sub(b"", data)):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            raise _Refused(Text("Der Rumpf ist zu tief verschachtelt.", "The body is nested too deeply."))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_MEMBERS:  # no question has so many, and every unknown one is looked up
        raise _Refused(_MEMBERS)
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Refused(Text("Ein Schlüssel steht doppelt im Rumpf.", "The body names a key twice."))
    return found


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _Refused(Text("Eine Zahl hat zu viele Ziffern.", "A number has too many digits."))
    return int(digits)
