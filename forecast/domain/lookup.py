"""One parameter: its entries, its rules, and which entry holds for a key.

Every entry has one key value for each name in `keyed_by`. An exact lookup takes the entry of these very
values, or the entry with `*` in a position whose value is not listed. A step lookup has one numeric position
(the one in `covers`): an entry holds from its number on until the next one begins.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, cast

import numpy as np

from forecast.errors import DefinitionError

UNITS = (
    "share",
    "share_per_year",
    "share_per_month",
    "persons",
    "contracts",
    "firms",
    "hours",
    "hours_per_year",
    "weeks",
    "months",
    "years",
    "ratio",
    "count",
    "index",
    "probability",
)
UNITS_UP_TO_ONE = ("share", "share_per_month", "probability")
"""Units between nought and one; a share per year may be negative: it is a rate of growth."""
KINDS = ("law", "measured", "judgement")
LOOKUPS = ("exact", "step")
DISTRIBUTIONS = ("triangular", "fixed")
ANY = "*"

_TEXTS = (
    "name",
    "name_de",
    "name_en",
    "unit",
    "kind",
    "lookup",
    "description",
    "description_en",
    "used_by",
    "reserved_for",
    "reason",
    "distribution",
)

KeyValue = str | float
Key = tuple[KeyValue, ...]
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class ParameterEntry:
    """One dated value with its range (low ≤ value ≤ high) and the id of its source."""

    key: Key
    value: float
    low: float
    high: float
    source: str
    kind: str
    note: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named assumption with all its entries; `reason` and `review` are filled for judgements."""

    name: str
    name_de: str
    name_en: str
    unit: str
    kind: str
    keyed_by: tuple[str, ...]
    lookup: str
    covers: Mapping[str, tuple[float, float]]
    description: str
    description_en: str
    in_use: bool
    used_by: str
    reserved_for: str
    reason: str
    review: date | None
    distribution: str
    entries: tuple[ParameterEntry, ...]

    @property
    def step_position(self) -> int | None:
        """Position of the numeric key of a step lookup, None for an exact lookup."""
        steps = [place for place, name in enumerate(self.keyed_by) if name in self.covers]
        return steps[0] if self.lookup == "step" and steps else None


def normal(value: Any) -> KeyValue:  # noqa: ANN401 -- numpy scalars, dates of YAML and text all arrive here
    """Return a key value in its one spelling: numbers as float, everything else as text."""
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        return float(value)
    return str(value)


def parameter_from(document: Mapping[str, Any]) -> Parameter:
    """Build a parameter from its document, as it stands in its file or in the catalogue of a snapshot.

    Args:
        document: The fields of `Parameter`; each entry has one field for each name in `keyed_by`.

    Raises:
        DefinitionError: A field that every parameter must have is missing.
    """
    try:
        keyed_by = tuple(document.get("keyed_by") or ())
        covers = {
            name: (float(low), float(high)) for name, (low, high) in (document.get("covers") or {}).items()
        }
        entries = tuple(_entry_from(item, keyed_by, document["kind"]) for item in document["entries"])
        texts = {name: str(document.get(name) or "") for name in _TEXTS}
    except (KeyError, TypeError, ValueError) as error:
        raise DefinitionError(
            f"Parameter «{document.get('name', '?')}» ist unvollständig: {error}.",
            expected="alle Felder eines Parameters, Zahlen als Zahl",
            remedy="Parameterdatei berichtigen.",
        ) from error
    review = document.get("review") or None
    return Parameter(
        **texts,
        keyed_by=keyed_by,
        covers=covers,
        entries=entries,
        in_use=bool(document.get("in_use", True)),
        review=date.fromisoformat(review) if isinstance(review, str) else review,
    )


def document_of(parameter: Parameter) -> dict[str, Any]:
    """Return the parameter as plain text, numbers and lists; `parameter_from` builds it again."""
    document: dict[str, Any] = {item.name: getattr(parameter, item.name) for item in fields(parameter)}
    document["keyed_by"] = list(parameter.keyed_by)
    document["covers"] = {name: list(span) for name, span in parameter.covers.items()}
    document["review"] = parameter.review.isoformat() if parameter.review else ""
    document["entries"] = [
        dict(zip(parameter.keyed_by, entry.key, strict=True))
        | {name: getattr(entry, name) for name in ("value", "low", "high", "source", "kind", "note")}
        for entry in parameter.entries
    ]
    return document


def rule_breaks(parameter: Parameter) -> list[tuple[Place, str]]:
    """Return what is wrong with a parameter: parts of its document, each with a text in German."""
    choices = {"unit": UNITS, "kind": KINDS, "lookup": LOOKUPS, "distribution": DISTRIBUTIONS}
    breaks: list[tuple[Place, str]] = [
        ((name,), f"{name} «{getattr(parameter, name)}» steht nicht in der Liste: {', '.join(allowed)}")
        for name, allowed in choices.items()
        if getattr(parameter, name) not in allowed
    ]
    judged = parameter.kind == "judgement" or any(entry.kind == "judgement" for entry in parameter.entries)
    if judged and not (parameter.reason and parameter.review):
        breaks.append((("kind",), "eine Setzung (kind: judgement) braucht reason und review"))
    if parameter.in_use and not parameter.used_by:
        breaks.append((("in_use",), "in_use: true braucht used_by"))
    if not parameter.in_use and not parameter.reserved_for:
        breaks.append((("in_use",), "in_use: false braucht reserved_for"))
    stray = [name for name in parameter.covers if name not in parameter.keyed_by]
    if stray or (parameter.lookup == "step" and len(parameter.covers) != 1):
        breaks.append((("covers",), "covers nennt bei lookup: step genau einen Schlüssel aus keyed_by"))
    if not parameter.entries:
        breaks.append((("entries",), "entries ist leer"))
    for at, entry in enumerate(parameter.entries):
        known = {other.key for other in parameter.entries[:at]}
        breaks.extend((("entries", at), text) for text in _entry_breaks(parameter, entry, known))
    return breaks


def _entry_breaks(parameter: Parameter, entry: ParameterEntry, known: Collection[Key]) -> list[str]:
    shown = f"Eintrag {shown_key(entry.key)}"
    low, value, high = entry.low, entry.value, entry.high
    breaks = []
    if not low <= value <= high:
        breaks.append(f"{shown}: low ≤ value ≤ high ist verletzt ({low}, {value}, {high})")
    if parameter.distribution == "fixed" and not low == value == high:
        breaks.append(f"{shown}: distribution: fixed verlangt low = value = high")
    if parameter.unit in UNITS_UP_TO_ONE and not (low >= 0 and high <= 1):
        breaks.append(f"{shown}: {parameter.unit} liegt nicht zwischen 0 und 1 ({low} bis {high})")
    if entry.kind not in KINDS:
        breaks.append(f"{shown}: kind «{entry.kind}» steht nicht in der Liste: {', '.join(KINDS)}")
    if entry.key in known:
        breaks.append(f"{shown}: der Schlüssel steht doppelt")
    position = parameter.step_position
    if position is not None and isinstance(entry.key[position], str):
        breaks.append(f"{shown}: {parameter.keyed_by[position]} ist bei lookup: step eine Zahl")
    return breaks


def shown_key(key: Key) -> str:
    """Return a key as text for messages."""
    return ", ".join(f"{part:g}" if isinstance(part, float) else part for part in key) or "ohne Schlüssel"


def index_of(parameter: Parameter) -> dict[Key, dict[float, ParameterEntry]]:
    """Return the entries by their exact key positions and, for step lookups, by the start of validity."""
    index: dict[Key, dict[float, ParameterEntry]] = {}
    for entry in parameter.entries:
        rest, start = _split(parameter, entry.key)
        index.setdefault(rest, {})[start] = entry
    return index


def resolve(
    parameter: Parameter, index: Mapping[Key, Mapping[float, ParameterEntry]], wanted: Key
) -> ParameterEntry | None:
    """Return the entry that holds for a full key, the most specific first, or None."""
    position = parameter.step_position
    start = 0.0
    if position is not None:
        if isinstance(wanted[position], str):
            return None
        start = cast(float, wanted[position])
        first, last = parameter.covers[parameter.keyed_by[position]]
        if not first <= start <= last:
            return None
    rest, _ = _split(parameter, wanted)
    for candidate in itertools.product(*((part, ANY) for part in rest)):
        begun = [begin for begin in index.get(candidate, {}) if begin <= start]
        if begun:
            return index[candidate][max(begun)]
    return None


def _split(parameter: Parameter, key: Key) -> tuple[Key, float]:
    position = parameter.step_position
    if position is None:
        return key, 0.0
    return key[:position] + key[position + 1 :], cast(float, key[position])


def not_covered(parameter: Parameter, key: Mapping[str, Any]) -> DefinitionError:
    """Return the error for a key that no entry covers; it names what is covered."""
    asked = ", ".join(f"{name}={value}" for name, value in key.items()) or "ohne Schlüssel"
    spans = [f"{name} von {first:g} bis {last:g}" for name, (first, last) in parameter.covers.items()]
    for place, name in enumerate(parameter.keyed_by):
        if name not in parameter.covers:
            listed = sorted(
                {
                    f"{e.key[place]:g}" if isinstance(e.key[place], float) else str(e.key[place])
                    for e in parameter.entries
                }
            )
            spans.append(f"{name}: {', '.join(listed)}")
    return DefinitionError(
        f"Parameter «{parameter.name}» gilt nicht für {asked}.",
        where=f"Parameter {parameter.name}",
        expected="; ".join(spans) or "kein Schlüssel",
        remedy="Eintrag in der Parameterdatei ergänzen oder die Abfrage berichtigen.",
    )


def _entry_from(item: Mapping[str, Any], keyed_by: tuple[str, ...], kind: str) -> ParameterEntry:
    return ParameterEntry(
        key=tuple(normal(item[name]) for name in keyed_by),
        value=float(item["value"]),
        low=float(item["low"]),
        high=float(item["high"]),
        source=str(item["source"]),
        kind=str(item.get("kind") or kind),
        note=str(item.get("note") or ""),
    )
