"""Errors as the service tells them: RFC 9457 problem details, in German or English, with a help page each.

A problem never repeats what was sent, except codes that passed the check of their alphabet: a request with
NaN, lone surrogates or control characters must not come back in the answer.

Source: RFC 9457, "Problem Details for HTTP APIs" (July 2023).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final
from urllib.parse import parse_qsl, quote

import orjson
from fastapi import Request, Response

from api import language
from api.language import Lang, Text
from api.problem_kinds import (
    BUSY,
    ENDING,
    FAILED,
    HEAD_TOO_LARGE,
    HELP,
    INTERNAL,
    INVALID,
    KEY_MISSING,
    KEY_ROLE,
    KINDS,
    MEDIA,
    METHOD,
    NOT_FOUND,
    NOT_READY,
    OUT_OF_RANGE,
    SELECTION,
    TOO_LARGE,
    TOO_LONG,
    TOO_MANY,
    UNKNOWN_CODE,
    UNREADABLE,
    Kind,
)

__all__ = [
    "BUSY",
    "ENDING",
    "FAILED",
    "HEAD_TOO_LARGE",
    "HELP",
    "INTERNAL",
    "INVALID",
    "KEY_MISSING",
    "KEY_ROLE",
    "KINDS",
    "MEDIA",
    "MEDIA_TYPE",
    "METHOD",
    "NOT_FOUND",
    "NOT_READY",
    "OUT_OF_RANGE",
    "SELECTION",
    "TOO_LARGE",
    "TOO_LONG",
    "TOO_MANY",
    "UNKNOWN_CODE",
    "UNREADABLE",
    "Fault",
    "Kind",
    "Problem",
    "near",
    "request_id",
    "respond",
    "unknown_code",
]

MEDIA_TYPE: Final = "application/problem+json"
NEAR_CODES: Final = 5
TOLD_FAULTS: Final = 3
LONGEST_CODE: Final = 64
INSTANCE_LIMIT: Final = 300


@dataclass(frozen=True, slots=True)
class Fault:
    """One parameter that is wrong: which, why, and what was expected."""

    parameter: str
    detail: Text
    expected: Text
    pointer: str = ""

    def document(self, lang: Lang) -> dict[str, str]:
        """Return the entry of the problem's `errors`."""
        return {
            "parameter": self.parameter,
            "pointer": self.pointer or f"/query/{self.parameter}",
            "detail": self.detail.of(lang),
            "expected": self.expected.of(lang),
        }


class Problem(Exception):  # noqa: N818  (the name RFC 9457 uses)
    """A request that cannot be answered.

    Args:
        kind: Type of the problem.
        detail: What is wrong with this very request.
        faults: One entry per wrong parameter.
        near: Codes similar to an unknown one.
        headers: Further response headers, for example Allow.
        code: The code that is in no list; where it stands is found when the problem is told.
        parameter: Where it stands if it stands in several places.
    """

    def __init__(
        self,
        kind: Kind,
        detail: Text | None = None,
        *,
        faults: Sequence[Fault] = (),
        near: Sequence[str] | None = None,
        headers: Mapping[str, str] | None = None,
        code: str = "",
        parameter: str = "",
    ) -> None:
        self.kind = kind
        self.parameter = parameter
        self.faults = tuple(faults)
        self.code = code
        self.detail = detail or _summary(self.faults) or kind.meaning
        super().__init__(self.detail.de)
        self.near = None if near is None else tuple(near)
        self.headers = dict(headers or {})

    def document(self, lang: Lang, path: str, request_id: str) -> dict[str, Any]:
        """Return the problem details object."""
        body: dict[str, Any] = {
            "type": self.kind.uri,
            "title": self.kind.title.of(lang),
            "status": self.kind.status,
            "detail": self.detail.of(lang),
            "instance": quote(path, errors="replace")[:INSTANCE_LIMIT],
            "request_id": request_id,
        }
        if self.near is not None:
            body["near"] = list(self.near)
        if self.faults:
            body["errors"] = [fault.document(lang) for fault in self.faults]
        return body


def _summary(faults: Sequence[Fault]) -> Text | None:
    """Return what is wrong in a sentence or a few; None without a fault that says so."""
    told = list(dict.fromkeys(fault.detail for fault in faults))[:TOLD_FAULTS]
    return Text(" ".join(one.de for one in told), " ".join(one.en for one in told)) if told else None


def request_id(request: Request) -> str:
    """Return the id the outermost layer gave this request."""
    return str(request.scope.get("request_id", ""))


def respond(problem: Problem, request: Request) -> Response:
    """Return the problem as application/problem+json."""
    lang = language.requested(request.scope.get("query_string", b""))
    if problem.code and not problem.faults:
        problem.faults = _places(problem, request)
    body = problem.document(lang, str(request.scope.get("path", "")), request_id(request))
    return Response(
        orjson.dumps(body),
        status_code=problem.kind.status,
        headers={**problem.headers, "Cache-Control": "no-store", "Content-Language": lang},
        media_type=MEDIA_TYPE,
    )


def _places(problem: Problem, request: Request) -> tuple[Fault, ...]:
    """Return where in the request the unknown code stands."""
    query = request.scope.get("query_string", b"").decode("ascii", "replace")
    places = [("query", name, text.split(",")) for name, text in parse_qsl(query)]
    places += [("path", name, [str(text)]) for name, text in request.scope.get("path_params", {}).items()]
    listed = ", ".join(problem.near or ())
    expected = Text(
        f"ein Code der Codeliste, zum Beispiel {listed}" if listed else "ein Code der Codeliste",
        f"a code of the code list, for example {listed}" if listed else "a code of the code list",
    )
    found = [
        Fault(name, problem.detail, expected, pointer=f"/{part}/{name}")
        for part, name, codes in places
        if problem.code in codes and name.isidentifier()
    ]
    return tuple([one for one in found if one.parameter == problem.parameter] or found)


def near(code: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """Return the codes most like an unknown one, by code or by a part of code or name; none for a long text.

    Args:
        code: What was asked for.
        known: Code → name.

    Source of method: Ratcliff/Obershelp similarity as in the standard library's difflib.

    Example:
        >>> near("a-24", {"A-24": "Installateur", "A-25": "Elektrotechniker", "B1-05": "Müller"})[0]
        'A-24'
        >>> near("elektro", {"A-24": "Installateur", "A-25": "Elektrotechniker"})
        ('A-25',)
    """
    if len(code) > LONGEST_CODE:
        return ()
    wanted = code.casefold()
    by_code = {known_code.casefold(): known_code for known_code in known}
    found = [by_code[match] for match in get_close_matches(wanted, by_code, n=NEAR_CODES, cutoff=0.6)]
    holding = [c for c, name in known.items() if len(wanted) > 2 and wanted in f"{c} {name}".casefold()]
    return tuple(dict.fromkeys(found + holding))[:NEAR_CODES]


def unknown_code(what: Text, code: str, known: Mapping[str, str], parameter: str = "") -> Problem:
    """Return the problem for a well-formed code that is in no list.

    Args:
        what: What it should be a code of.
        code: The code.
        known: Code → name.
        parameter: Where in a query it most likely stands, if the same code stands elsewhere too.
    """
    similar = near(code, known)
    hint = Text("", "")
    if similar:
        listed = ", ".join(similar)
        hint = Text(f" Ähnlich: {listed}.", f" Similar: {listed}.")
    return Problem(
        UNKNOWN_CODE,
        Text(
            f"{what.de} «{code}» gibt es in dieser Veröffentlichung nicht.{hint.de}",
            f"There is no {what.en} “{code}” in this release.{hint.en}",
        ),
        near=similar,
        code=code if code != "?" else "",
        parameter=parameter,
    )
