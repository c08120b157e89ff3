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
from urllib.parse import quote

import orjson
from fastapi import Request, Response

from api import language
from api.language import Lang, Text

MEDIA_TYPE: Final = "application/problem+json"
HELP: Final = "/hilfe/fehler/"
NEAR_CODES: Final = 5
INSTANCE_LIMIT: Final = 300


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of problem: what its help page says.

    Args:
        slug: Last part of the type URI; never changes.
        status: HTTP status code.
        title: Short name of the problem.
        meaning: What happened, in general.
        remedy: What the caller can do.
    """

    slug: str
    status: int
    title: Text
    meaning: Text
    remedy: Text

    @property
    def uri(self) -> str:
        """The problem type; it resolves to a help page of this server."""
        return f"{HELP}{self.slug}"


INVALID = Kind(
    "ungueltige-anfrage",
    422,
    Text("Ungültige Anfrage", "Invalid request"),
    Text(
        "Ein Parameter fehlt, ist unbekannt, steht mehrfach da oder hat nicht die erwartete Form.",
        "A parameter is missing, unknown, repeated, or does not have the expected form.",
    ),
    Text(
        "Die Liste «errors» nennt jeden Parameter und was erwartet wird. Die Beschreibung aller Parameter "
        "steht unter /api/v1/openapi.json.",
        "The list “errors” names each parameter and what is expected. All parameters are described at "
        "/api/v1/openapi.json.",
    ),
)
UNKNOWN_CODE = Kind(
    "unbekannter-code",
    404,
    Text("Unbekannter Code", "Unknown code"),
    Text(
        "Der Code steht in keiner Codeliste dieser Veröffentlichung. Groß- und Kleinschreibung zählt.",
        "The code is in no code list of this release. Codes are case-sensitive.",
    ),
    Text(
        "«near» nennt ähnliche Codes. Alle Codes stehen unter /api/v1/trades, /api/v1/regions und "
        "/api/v1/measures.",
        "“near” lists similar codes. All codes are at /api/v1/trades, /api/v1/regions and /api/v1/measures.",
    ),
)
NOT_FOUND = Kind(
    "nicht-gefunden",
    404,
    Text("Nicht gefunden", "Not found"),
    Text("Unter dieser Adresse gibt es nichts.", "There is nothing at this address."),
    Text("Alle Adressen stehen unter /api/v1.", "All addresses are listed at /api/v1."),
)
METHOD = Kind(
    "methode-nicht-erlaubt",
    405,
    Text("Methode nicht erlaubt", "Method not allowed"),
    Text("Die Veröffentlichung wird nur gelesen: GET und HEAD.", "The release is read only: GET and HEAD."),
    Text("Die Anfrage mit GET stellen.", "Send the request with GET."),
)
TOO_LONG = Kind(
    "anfrage-zu-lang",
    414,
    Text("Anfrage zu lang", "Request too long"),
    Text(
        "Die Anfrage hat mehr Zeichen oder mehr Parameter, als der Dienst annimmt.",
        "The request has more characters or parameters than the service accepts.",
    ),
    Text(
        "Die Anfrage teilen oder Filter weglassen: ohne Filter kommen alle Gewerke auf einmal.",
        "Split the request or drop filters: without filters all trades come at once.",
    ),
)
INTERNAL = Kind(
    "interner-fehler",
    500,
    Text("Interner Fehler", "Internal error"),
    Text("Der Dienst hat einen Fehler gemacht, nicht Sie.", "The service made a mistake, not you."),
    Text(
        "Die Kennung der Anfrage (request_id) der Betreuung nennen.",
        "Tell the operators the request id (request_id).",
    ),
)
NOT_READY = Kind(
    "kein-stand",
    503,
    Text("Kein veröffentlichter Stand", "No published release"),
    Text(
        "Es ist noch kein geprüfter Stand der Fachkräftematrix geladen.",
        "No verified release of the skills matrix is loaded yet.",
    ),
    Text(
        "Später erneut versuchen. Die Betreuung veröffentlicht einen Stand mit «python -m forecast run».",
        "Try again later. Operators publish a release with “python -m forecast run”.",
    ),
)
KINDS: Final[Mapping[str, Kind]] = {
    kind.slug: kind for kind in (INVALID, UNKNOWN_CODE, NOT_FOUND, METHOD, TOO_LONG, INTERNAL, NOT_READY)
}


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
    """

    def __init__(
        self,
        kind: Kind,
        detail: Text | None = None,
        *,
        faults: Sequence[Fault] = (),
        near: Sequence[str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__((detail or kind.meaning).de)
        self.kind = kind
        self.detail = detail or kind.meaning
        self.faults = tuple(faults)
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


def request_id(request: Request) -> str:
    """Return the id the outermost layer gave this request."""
    return str(request.scope.get("request_id", ""))


def respond(problem: Problem, request: Request) -> Response:
    """Return the problem as application/problem+json."""
    lang = language.requested(request.scope.get("query_string", b""))
    body = problem.document(lang, str(request.scope.get("path", "")), request_id(request))
    return Response(
        orjson.dumps(body),
        status_code=problem.kind.status,
        headers={**problem.headers, "Cache-Control": "no-store", "Content-Language": lang},
        media_type=MEDIA_TYPE,
    )


def near(code: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """Return the codes most like an unknown one, by code or by a part of code or name.

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
    wanted = code.casefold()
    by_code = {known_code.casefold(): known_code for known_code in known}
    found = [by_code[match] for match in get_close_matches(wanted, by_code, n=NEAR_CODES, cutoff=0.6)]
    holding = [c for c, name in known.items() if len(wanted) > 2 and wanted in f"{c} {name}".casefold()]
    return tuple(dict.fromkeys(found + holding))[:NEAR_CODES]


def unknown_code(what: Text, code: str, known: Mapping[str, str]) -> Problem:
    """Return the problem for a well-formed code that is in no list."""
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
    )
