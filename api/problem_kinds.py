"""The types of problems the service tells: what their help pages say, in German and English.

Source: RFC 9457, "Problem Details for HTTP APIs" (July 2023), section 3.1.1 (type).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from api.language import Text

HELP: Final = "/hilfe/fehler/"


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
        "Ähnliche Codes stehen dabei. Alle Codes stehen unter /api/v1/trades, /api/v1/regions und "
        "/api/v1/measures.",
        "Similar codes are listed. All codes are at /api/v1/trades, /api/v1/regions and /api/v1/measures.",
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
ENDING = Kind(
    "dienst-endet",
    503,
    Text("Der Dienst wird neu gestartet", "The service is restarting"),
    Text(
        "Der Dienst wurde beendet, bevor die Antwort fertig war. Die Anfrage war in Ordnung.",
        "The service was stopped before the answer was ready. There was nothing wrong with the request.",
    ),
    Text(
        "So viele Sekunden warten, wie «Retry-After» sagt, und dieselbe Anfrage noch einmal senden.",
        "Wait as many seconds as “Retry-After” says and send the same request again.",
    ),
)
FAILED = Kind(
    "rechnung-ausgefallen",
    503,
    Text("Die Rechnung ist ausgefallen", "The computation failed"),
    Text(
        "Der Prozess, der diese Antwort rechnet, ist ausgefallen und wird neu gestartet.",
        "The process that computes this answer has failed and is being restarted.",
    ),
    Text(
        "So viele Sekunden warten, wie «Retry-After» sagt, und dieselbe Anfrage noch einmal senden. Fällt "
        "sie wieder aus, die Kennung der Anfrage (request_id) der Betreuung nennen.",
        "Wait as many seconds as “Retry-After” says and send the same request again. If it fails again, tell "
        "the operators the request id (request_id).",
    ),
)
UNREADABLE = Kind(
    "unlesbare-anfrage",
    400,
    Text("Unlesbare Anfrage", "Unreadable request"),
    Text(
        "Was ankam, ist keine Anfrage nach HTTP/1.1, oder ihre Methode gibt es nicht.",
        "What arrived is no request as of HTTP/1.1, or its method does not exist.",
    ),
    Text(
        "Methode, Adresse und Kopfzeilen der Anfrage prüfen; die Verbindung wurde beendet.",
        "Check method, address and header lines of the request; the connection was ended.",
    ),
)
HEAD_TOO_LARGE = Kind(
    "kopf-zu-gross",
    431,
    Text("Kopf der Anfrage zu groß", "Request header fields too large"),
    Text(
        "Adresse und Kopfzeilen der Anfrage haben zusammen mehr Bytes, als der Dienst annimmt.",
        "Address and header lines of the request have more bytes together than the service accepts.",
    ),
    Text(
        "Kopfzeilen weglassen, meist sind es Cookies; der Dienst liest keine.",
        "Leave out header lines, mostly these are cookies; the service reads none.",
    ),
)
OUT_OF_RANGE = Kind(
    "bereich-ausserhalb",
    416,
    Text("Bereich außerhalb der Datei", "Range not satisfiable"),
    Text(
        "Keiner der mit «Range» verlangten Bereiche liegt in der Datei.",
        "None of the ranges asked for with “Range” lies in the file.",
    ),
    Text(
        "Die Größe der Datei steht im Kopf «Content-Range»; ohne «Range» kommt sie ganz.",
        "The size of the file stands in the header “Content-Range”; without “Range” it comes whole.",
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
        ENDING,
        FAILED,
        UNREADABLE,
        HEAD_TOO_LARGE,
        OUT_OF_RANGE,
    )
}
