"""Query strings, read strictly: the same fields check a request and describe it in the OpenAPI document.

Nothing is guessed: an unknown or repeated parameter, `2030.0`, `1_990`, other scripts' digits, a trailing
newline or invalid UTF-8 is an error that names the parameter and what was expected. Lists may be repeated
(`trade=A-24&trade=A-25`) or separated by commas; a code named twice counts once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final, Literal, cast
from urllib.parse import parse_qsl, quote_plus

from api.language import DEFAULT, LANGUAGES, Lang, Text
from api.problems import INVALID, TOO_LONG, Fault, Problem

MAX_QUERY_BYTES: Final = 8_000
MAX_FIELDS: Final = 500
MAX_FAULTS: Final = 20
NOTHING: Final = Text("", "")
YEAR_EXAMPLE: Final = 2030
_PARTS_KEPT: Final = 4_096
_PART_KEPT: Final = 200

CODE: Final = r"[A-Za-z0-9*][A-Za-z0-9*_.-]{0,63}"
_CODE = re.compile(CODE + r"\Z")
_YEAR = re.compile(r"[0-9]{4}\Z")
YEARS: Final = r"(\*|[0-9]{4}|[0-9]{4}\.\.([0-9]{4})?|\.\.[0-9]{4})"
_YEARS = re.compile(YEARS + r"\Z")
CURSOR: Final = r"[A-Za-z0-9_-]{1,120}"
_CURSOR = re.compile(CURSOR + r"\Z")
_NUMBER = re.compile(r"(0|[1-9][0-9]{0,8})\Z")
_PLAIN = re.compile(r"[A-Za-z0-9_.,*-]*\Z")  # nothing to quote
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,31}\Z")

Form = Literal["code", "year", "years", "number", "choice", "cursor"]
Values = dict[str, tuple[str, ...]]

_SHAPES: Final[Mapping[Form, Text]] = {
    "code": Text("ein Code wie «A-24» oder «HWK-FF»", "a code such as “A-24” or “HWK-FF”"),
    "year": Text("eine Jahreszahl mit vier Ziffern 0–9", "a year in four digits 0–9"),
    "years": Text(
        "Jahreszahlen mit vier Ziffern 0–9, einzeln, als Liste oder als Bereich wie 2026..2035",
        "years in four digits 0–9, alone, as a list or as a range such as 2026..2035",
    ),
    "cursor": Text("der Wert aus «links.next»", "the value from “links.next”"),
    "number": Text("eine ganze Zahl in den Ziffern 0–9", "a whole number in digits 0–9"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A query parameter: how it is checked and how it is documented.

    Args:
        name: As it stands in the query string.
        form: What a value looks like.
        description: For the OpenAPI document (German).
        example: A value that works with the published data.
        required: Whether a request without it is refused.
        many: Whether it may stand several times or hold a comma list.
        choices: The only values of a ``choice``.
        most: Largest value of a ``number``.
        unless: Names of parameters any of which may stand in for a required one.
        default: Whether a ``choice`` that is not given means its first value.
    """

    name: str
    form: Form
    description: str
    example: Any
    required: bool = False
    many: bool = False
    choices: tuple[str, ...] = ()
    most: int = 0
    unless: tuple[str, ...] = ()
    default: bool = True

    def accepts(self, value: str) -> bool:
        """Tell whether one value has the right form."""
        match self.form:
            case "code":
                return _CODE.match(value) is not None
            case "year":
                return _YEAR.match(value) is not None
            case "years":
                return _YEARS.match(value) is not None
            case "cursor":
                return _CURSOR.match(value) is not None
            case "number":
                return _NUMBER.match(value) is not None and int(value) <= self.most
            case "choice":
                return value in self.choices

    def expected(self) -> Text:
        """Say what a value should look like."""
        if self.form == "choice":
            listed = ", ".join(self.choices)
            return Text(f"einer der Werte: {listed}", f"one of: {listed}")
        if self.form == "number":
            return Text(f"eine ganze Zahl von 0 bis {self.most}", f"a whole number from 0 to {self.most}")
        return _SHAPES[self.form]

    def document(self) -> dict[str, Any]:
        """Return the OpenAPI parameter object."""
        schema: dict[str, Any] = {"type": "string", "pattern": f"^{CODE}$"}
        if self.form in ("year", "number"):
            schema = {"type": "integer", "minimum": 0}
            schema |= {"maximum": self.most} if self.most else {}
        if self.form in ("years", "cursor"):
            schema = {"type": "string", "pattern": f"^{YEARS if self.form == 'years' else CURSOR}$"}
        if self.form == "choice":
            schema = {"type": "string", "enum": list(self.choices)}
            schema |= {} if self.many or not self.default else {"default": self.choices[0]}
        if self.many:
            schema = {"type": "array", "items": schema, "maxItems": MAX_FIELDS}
        document = {
            "name": self.name,
            "in": "query",
            "required": self.required and not self.unless,
            "description": self.description,
            "schema": schema,
        }
        if self.example is None:
            return document
        return document | {"example": [str(self.example)] if self.many else self.example}


LANG: Final = Field(
    "lang", "choice", "Sprache der Bezeichnungen; Zahlen, Codes und Spaltennamen bleiben gleich.", "de",
    choices=LANGUAGES,
)  # fmt: skip
REGION: Final = Field("region", "code", "Code einer Region aus /api/v1/regions.", "HWK-FF", required=True)
YEAR: Final = Field("year", "year", "Jahr der Achse, Verlauf oder Vorausschau.", YEAR_EXAMPLE, required=True)
TRADE: Final = Field("trade", "code", "Code eines Gewerks aus /api/v1/trades.", "A-24", required=True)
EXPLAIN_FIELDS: Final = (TRADE, REGION, YEAR, LANG)


def split(raw: bytes) -> list[tuple[str, str]]:
    """Return the name–value pairs of a query string.

    Raises:
        Problem: 414 if it is longer than the service reads; 422 if it is not percent-encoded UTF-8.
    """
    too_long = Text(
        f"Höchstens {MAX_QUERY_BYTES} Zeichen und {MAX_FIELDS} Parameter.",
        f"At most {MAX_QUERY_BYTES} characters and {MAX_FIELDS} parameters.",
    )
    if len(raw) > MAX_QUERY_BYTES or raw.count(b"&") >= MAX_FIELDS:
        raise Problem(TOO_LONG, too_long)
    try:
        text = raw.decode("ascii")
        if "%" not in text and "+" not in text:  # nothing to decode: most questions
            parts = [part.partition("=") for part in text.split("&") if part]
            return [(name, value) for name, _, value in parts]
        return parse_qsl(text, keep_blank_values=True, errors="strict")
    except ValueError:
        detail = Text(
            "Die Anfrage ist nicht als UTF-8 mit Prozentzeichen kodiert.",
            "The query is not percent-encoded UTF-8.",
        )
        raise Problem(INVALID, detail) from None


def read(raw: bytes, fields: Sequence[Field]) -> Values:
    """Return the values of a query string after checking every one of them.

    Args:
        raw: Query string as it came, without the question mark.
        fields: The parameters this route knows.

    Returns:
        Name → values; a parameter that was not given is missing. Repeated codes are dropped.

    Raises:
        Problem: 422 naming every wrong parameter, or 414.

    Example:
        >>> from dataclasses import replace
        >>> many = replace(TRADE, many=True)
        >>> read(b"region=HWK-FF&trade=A-25,A-24&trade=A-25", (REGION, many))["trade"]
        ('A-25', 'A-24')
    """
    known = {one.name: one for one in fields}
    values: dict[str, list[str]] = {}
    faults: list[Fault] = []
    for name, text in split(raw):
        spec = known.get(name)
        if spec is None:
            faults.append(_unknown_name(name, known))
        elif name in values and not spec.many:
            faults.append(
                Fault(
                    name,
                    Text(f"«{name}» steht mehrfach.", f"“{name}” is repeated."),
                    Text("genau ein Wert", "exactly one value"),
                )
            )
        else:
            parts = text.split(",") if spec.many else [text]
            values.setdefault(name, []).extend(parts)
            if not all(spec.accepts(part) for part in parts):
                faults.append(_malformed(spec))
    missing = [
        one
        for one in fields
        if one.required and one.name not in values and not any(other in values for other in one.unless)
    ]
    faults += [
        Fault(one.name, Text(f"«{one.name}» fehlt.", f"“{one.name}” is missing."), one.expected())
        for one in missing
    ]
    if faults:
        raise invalid(faults)
    return {name: tuple(dict.fromkeys(found)) for name, found in values.items()}


class Reader:
    """Reads the query strings of one resource; a parameter seen before is not checked again.

    Args:
        fields: The parameters the resource knows.
    """

    def __init__(self, fields: Sequence[Field]) -> None:
        self._fields = fields
        self._required = tuple((one.name, one.unless) for one in fields if one.required)
        self._seen: dict[str, tuple[str, tuple[str, ...]]] = {}

    def read(self, raw: bytes) -> Values:
        """Return the values of a query string, as `read` does.

        Raises:
            Problem: 422 naming every wrong parameter, or 414.
        """
        values: Values = {}
        try:
            for part in raw.decode("ascii").split("&"):
                name, found = self._seen[part]
                if name in values:
                    return self._checked(raw)
                values[name] = found
        except (KeyError, UnicodeDecodeError):
            return self._checked(raw)
        for name, unless in self._required:
            if name not in values and not any(other in values for other in unless):
                return self._checked(raw)
        return values

    def _checked(self, raw: bytes) -> Values:
        """Check everything, then remember the parameters that stand in the query once and as they are."""
        values = read(raw, self._fields)
        pairs = split(raw)
        if len(pairs) == len(values) and b"%" not in raw and b"+" not in raw:
            if len(self._seen) >= _PARTS_KEPT:
                self._seen.clear()
            for name, text in pairs:
                if len(text) <= _PART_KEPT:
                    self._seen[f"{name}={text}"] = (name, values[name])
        return values


def invalid(faults: Sequence[Fault]) -> Problem:
    """Return the 422 problem for a list of wrong parameters."""
    shown = tuple(dict.fromkeys(faults))[:MAX_FAULTS]
    details = Text(" ".join(f.detail.de for f in shown), " ".join(f.detail.en for f in shown))
    return Problem(INVALID, details, faults=shown)


def _unknown_name(name: str, known: Mapping[str, Field]) -> Fault:
    """The name is repeated only if it is a plain word; anything else stays outside the answer."""
    listed = ", ".join(known) or "–"
    expected = Text(f"nur: {listed}", f"only: {listed}")
    if _NAME.match(name) is None:
        return Fault(
            "?", Text("Ein Parameter ist unbekannt.", "A parameter is unknown."), expected, pointer="/query"
        )
    near = get_close_matches(name.casefold(), known, n=1, cutoff=0.6)
    hint = (
        Text(f" Gemeint ist vielleicht «{near[0]}».", f" Perhaps “{near[0]}” is meant.") if near else NOTHING
    )
    detail = Text(
        f"Der Parameter «{name}» ist unbekannt.{hint.de}", f"The parameter “{name}” is unknown.{hint.en}"
    )
    return Fault(name, detail, expected)


def _malformed(spec: Field) -> Fault:
    return Fault(
        spec.name,
        Text(
            f"«{spec.name}» hat nicht die erwartete Form.", f"“{spec.name}” does not have the expected form."
        ),
        spec.expected(),
    )


# --- what the routes work with ----------------------------------------------------------------------------


def language_of(values: Values) -> Lang:
    """Return the language of the labels."""
    return cast("Lang", values.get("lang", (DEFAULT,))[0])


def is_code(text: str) -> bool:
    """Tell whether a text may be a code at all; anything else is not repeated in an answer."""
    return _CODE.match(text) is not None


def year_on_axis(text: str, years: Sequence[int], name: str = "year") -> int:
    """Return the year if the axis has it.

    Raises:
        Problem: 422 naming the range.
    """
    year = int(text)
    if year not in years:
        first, last = years[0], years[-1]
        fault = Fault(
            name,
            Text(f"Das Jahr {year} liegt außerhalb der Achse.", f"The year {year} is outside the axis."),
            Text(f"ein Jahr von {first} bis {last}", f"a year from {first} to {last}"),
        )
        raise invalid([fault])
    return year


def canonical(pairs: Sequence[tuple[str, Sequence[str | int]]], lang: Lang) -> str:
    """Return the one spelling of a query: fixed order, comma lists, German left out.

    Example:
        >>> canonical([("region", ["HWK-FF"]), ("year", [2030]), ("trade", [])], "en")
        'region=HWK-FF&year=2030&lang=en'
    """
    parts = [(name, ",".join(str(value) for value in values)) for name, values in pairs if values]
    if lang != DEFAULT:
        parts.append(("lang", lang))
    return "&".join([f"{name}={_quoted(value)}" for name, value in parts])


@lru_cache(maxsize=_PARTS_KEPT)
def _quoted(value: str) -> str:
    return value if _PLAIN.match(value) else quote_plus(value, safe=",*")
