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
LONGEST_CODE: Final = 64
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
    Text(
        "Diese Adresse kennt die Methode nicht; fast alle werden nur gelesen.",
        "This address does not know the method; almost all are read only.",
    ),
    Text(
        "Eine der Methoden verwenden, die im Kopf «Allow» stehen.",
        "Use one of the methods in the header “Allow”.",
    ),
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
TOO_LARGE = Kind(
    "rumpf-zu-gross",
    413,
    Text("Anfrage zu groß", "Request too large"),
    Text(
        "Der Rumpf der Anfrage oder die verlangte Auswahl ist größer, als der Dienst annimmt.",
        "The body of the request or the selection asked for is larger than the service accepts.",
    ),
    Text(
        "Die Anfrage in mehrere teilen; die Grenzen stehen in der Beschreibung.",
        "Split the request into several; the description names the limits.",
    ),
)
SELECTION = Kind(
    "auswahl-zu-gross",
    413,
    Text("Auswahl zu groß", "Selection too large"),
    Text(
        "Die Auswahl hat mehr Zeilen, als in diesem Format in einem Stück ausgeliefert werden.",
        "The selection has more rows than are delivered in one piece in this format.",
    ),
    Text(
        "Weniger Regionen, Messgrößen oder Jahre wählen, ein Format mit Blättern nehmen (json, ndjson, csv) "
        "oder den ganzen Stand unter /api/v1/downloads holen. Die Grenzen stehen unter /api/v1/config.",
        "Choose fewer regions, measures or years, use a format with pages (json, ndjson, csv), or take the "
        "whole release from /api/v1/downloads. Limits are at /api/v1/config.",
    ),
)
MEDIA = Kind(
    "falsches-format",
    415,
    Text("Format der Anfrage nicht unterstützt", "Unsupported media type"),
    Text(
        "Der Dienst liest Rümpfe nur als unkomprimiertes JSON in UTF-8.",
        "The service reads bodies only as uncompressed JSON in UTF-8.",
    ),
    Text(
        "«Content-Type: application/json» setzen und «Content-Encoding» weglassen.",
        "Set “Content-Type: application/json” and leave out “Content-Encoding”.",
    ),
)
TOO_MANY = Kind(
    "zu-viele-anfragen",
    429,
    Text("Zu viele Anfragen", "Too many requests"),
    Text(
        "Von dieser Adresse kamen in einer Minute mehr Anfragen, als der Dienst annimmt.",
        "More requests came from this address within a minute than the service accepts.",
    ),
    Text(
        "So viele Sekunden warten, wie «Retry-After» sagt. Eine Anfrage ohne Filter liefert alle Gewerke auf "
        "einmal; mit «If-None-Match» wird nur Neues übertragen.",
        "Wait as many seconds as “Retry-After” says. One request without filters returns all trades at once; "
        "with “If-None-Match” only news are sent.",
    ),
)
KEY_MISSING = Kind(
    "schluessel-fehlt",
    401,
    Text("Schlüssel fehlt oder gilt nicht", "Key missing or not valid"),
    Text(
        "Veröffentlichte Zahlen sind frei. Entwürfe und Betriebsdaten brauchen einen gültigen Schlüssel.",
        "Published figures are open. Drafts and operations need a valid key.",
    ),
    Text(
        "Den Schlüssel im Kopf «X-API-Key» oder als «Authorization: Bearer …» senden, nie in der Adresse. "
        "Schlüssel vergibt die Betreuung mit «python -m api keys add».",
        "Send the key in the header “X-API-Key” or as “Authorization: Bearer …”, never in the address. "
        "Operators issue keys with “python -m api keys add”.",
    ),
)
KEY_ROLE = Kind(
    "keine-berechtigung",
    403,
    Text("Keine Berechtigung", "Not allowed"),
    Text("Der Schlüssel gilt, aber nicht für diese Adresse.", "The key is valid, but not for this address."),
    Text("Bei der Betreuung eine weitere Rolle erbitten.", "Ask the operators for another role."),
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
BUSY = Kind(
    "ausgelastet",
    503,
    Text("Gerade ausgelastet", "Busy at the moment"),
    Text(
        "Es werden schon so viele große Antworten gebaut, wie gleichzeitig gebaut werden.",
        "As many large answers are being built as are built at the same time.",
    ),
    Text(
        "So viele Sekunden warten, wie «Retry-After» sagt, oder den Stand unter /api/v1/downloads holen.",
        "Wait as many seconds as “Retry-After” says, or take the whole release from /api/v1/downloads.",
    ),
)
KINDS: Final[Mapping[str, Kind]] = {
    kind.slug: kind
    for kind in (
        INVALID,
        UNKNOWN_CODE,
        NOT_FOUND,
        METHOD,
        TOO_LONG,
        TOO_LARGE,
        SELECTION,
        MEDIA,
        TOO_MANY,
        KEY_MISSING,
        KEY_ROLE,
        INTERNAL,
        NOT_READY,
        BUSY,
    )
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
