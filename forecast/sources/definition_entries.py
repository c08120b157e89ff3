"""One document under data/ → one typed entry: indicator, parameter, event, scenario. Every fault is noted."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from forecast.domain.codes import CodeList
from forecast.domain.indicators import KINDS, ROLES, TOPICS, Indicator, PublicationLag
from forecast.domain.lookup import UNITS, Parameter, parameter_from, rule_breaks
from forecast.domain.provenance import EVENT_KINDS, Event
from forecast.errors import DefinitionError
from forecast.sources.documents import Complaints, Document, as_date
from forecast.sources.scenarios import Draft, read_draft

PRINTED_UNITS = (
    "percent",
    "places",
    "firms per year",
    "firms in 5 years",
    "firms until 2030",
    "owners in 5 years",
    "persons per firm",
    "per 1000 firms in 5 years",
    "fte",
    "thousand_hours",
    "year",
)
INDICATOR_UNITS = (*UNITS, *PRINTED_UNITS)
LISTS = frozenset({"breakdowns", "sources", "breaks", "cautions", "additive_over", "topics"})
LAG_FIELDS = ("value", "low", "high", "kind", "source", "reason", "review")
ENTRY_NUMBERS = ("value", "low", "high")
OPTIONAL_PARAMETER = frozenset({"covers", "used_by", "reserved_for", "reason", "review"})
OPTIONAL_INDICATOR = frozenset({"publication_lag_months"})


def is_number(value: object) -> bool:
    """Say whether a value is a finite number and not a truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


@dataclass(frozen=True, slots=True)
class EntryReader:
    """Turns documents into entries against known codes and sources, and notes every fault with its line."""

    codes: CodeList
    sources: frozenset[str]
    complaints: Complaints

    def indicator(self, document: Document) -> Indicator:
        """Return an indicator; text may stand for a list of one.

        Args:
            document: Fields of `Indicator`; those with role model need no publication lag.
        """
        names = [item.name for item in fields(Indicator)]
        self._fields(document, names, OPTIONAL_INDICATOR | {"disclosure", "formula", "purpose"} | LISTS)
        values: dict[str, Any] = {
            name: _texts(document.data.get(name)) if name in LISTS else document.data.get(name)
            for name in names
        }
        for name in set(names) - LISTS - {"non_negative", "publication_lag_months"}:
            values[name] = "" if values[name] is None else str(values[name])
        self._choice(document, "kind", KINDS)
        self._choice(document, "role", ROLES)
        self._choice(document, "unit", INDICATOR_UNITS)
        self._sources(document, values["sources"], "sources")
        for topic in values["topics"]:
            if topic not in TOPICS:
                self._unknown(document, "topics", topic, TOPICS)
        if not isinstance(values["non_negative"], bool):
            self.complaints.add(
                document.where("non_negative"), "non_negative ist kein Wahrheitswert", "true | false"
            )
            values["non_negative"] = False
        values["publication_lag_months"] = self._lag(document, values["role"])
        return Indicator(**values)

    def parameter(self, document: Document) -> Parameter:
        """Return a parameter that obeys its rules."""
        names = [item.name for item in fields(Parameter)]
        self._fields(document, names, OPTIONAL_PARAMETER)
        data = document.data
        keyed_by = data.get("keyed_by") or []
        entries = data.get("entries") or []
        for at, entry in enumerate(entries):
            self._entry(document, at, entry, keyed_by)
        for name in data.get("covers") or {}:
            span = data["covers"][name]
            if not (isinstance(span, list) and len(span) == 2 and all(map(is_number, span))):
                self.complaints.add(document.where("covers", name), "covers ist keine Spanne", "[von, bis]")
        if not isinstance(data.get("in_use"), bool):
            self.complaints.add(document.where("in_use"), "in_use ist kein Wahrheitswert", "true | false")
        try:
            parameter = parameter_from(data)
        except DefinitionError as error:
            self.complaints.add(document.where(), error.what, error.expected)
            raise
        for place, text in rule_breaks(parameter):
            self.complaints.add(document.where(*place), text)
        return parameter

    def event(self, document: Document) -> Event:
        """Return a dated event on known subject codes, regions and source."""
        names = [item.name for item in fields(Event)]
        self._fields(document, names, {"indicators"})
        data = document.data
        self._choice(document, "kind", EVENT_KINDS)
        self._sources(document, [data.get("source")], "source")
        for code in _texts(data.get("trades")):
            if not self.codes.subject(code):
                self._unknown(document, "trades", code, self.codes.subject_names())
        for code in _texts(data.get("regions")):
            if code != "*" and code not in self.codes.regions:
                self._unknown(document, "regions", code, self.codes.regions)
        day = self._date(document, "date")
        span = data.get("years")
        if not (isinstance(span, list) and len(span) == 2 and isinstance(span[0], int)):
            self.complaints.add(
                document.where("years"), "years ist keine Spanne", "[von, bis] oder [von, null]"
            )
            span = [0, None]
        several = ("trades", "regions", "indicators")
        lists: dict[str, Any] = {name: _texts(data.get(name)) for name in several}
        plain: dict[str, Any] = {
            name: str(data.get(name) or "") for name in names if name not in (*several, "years", "date")
        }
        return Event(**plain, **lists, date=day or date.min, years=(span[0], span[1]))

    def scenario(self, document: Document) -> Draft:
        """Return a scenario; whether its overrides and levers fit is decided against all parameters later."""
        return read_draft(document, self.complaints)

    def _fields(self, document: Document, names: Collection[str], optional: Collection[str]) -> None:
        for name in document.data:
            if name not in names:
                self.complaints.add(
                    document.where(name), f"das Feld «{name}» ist unbekannt", ", ".join(names)
                )
        for name in names:
            empty = document.data.get(name) in (None, "")
            if empty and name not in optional and name != "keyed_by":
                self.complaints.add(
                    document.where(name), f"das Feld «{name}» fehlt oder ist leer", "eine Angabe"
                )

    def _choice(self, document: Document, name: str, allowed: tuple[str, ...]) -> None:
        if document.data.get(name) not in allowed:
            text = f"{name} «{document.data.get(name)}» ist unbekannt"
            self.complaints.add(document.where(name), text, " | ".join(allowed))

    def _sources(self, document: Document, found: Iterable[object], *place: str | int) -> None:
        for source in found:
            if source not in self.sources:
                text = f"die Quelle «{source}» steht in keiner Datei unter data/sources"
                self.complaints.add(document.where(*place), text, "die id einer Quelle")

    def _unknown(self, document: Document, name: str, code: str, among: Iterable[str]) -> None:
        near = ", ".join(self.codes.near(code, among))
        self.complaints.add(
            document.where(name), f"{name}: unbekannter Code «{code}»", f"etwa {near}" if near else ""
        )

    def _date(self, document: Document, *place: str) -> date | None:
        found: Any = document.data
        for name in place:
            found = found.get(name)
        try:
            return as_date(found)
        except ValueError:
            self.complaints.add(document.where(*place), f"{place[-1]} «{found}» ist kein Datum", "JJJJ-MM-TT")
            return None

    def _lag(self, document: Document, role: str) -> PublicationLag:
        lag = document.data.get("publication_lag_months")
        if lag is None and role == "model":
            return PublicationLag(0, 0, 0, "measured", "", "", None)
        place = "publication_lag_months"
        if (
            not isinstance(lag, Mapping)
            or set(lag) - set(LAG_FIELDS)
            or not all(is_number(lag.get(n)) for n in ENTRY_NUMBERS)
        ):
            expected = "value, low, high (Zahlen), kind, source und bei Setzungen reason, review"
            self.complaints.add(document.where(place), "publication_lag_months ist unvollständig", expected)
            return PublicationLag(0, 0, 0, "measured", "", "", None)
        if not 0 <= lag["low"] <= lag["value"] <= lag["high"]:
            self.complaints.add(document.where(place), "0 ≤ low ≤ value ≤ high ist verletzt")
        if lag.get("kind") == "judgement" and not (lag.get("reason") and lag.get("review")):
            self.complaints.add(
                document.where(place), "eine Setzung (kind: judgement) braucht reason und review"
            )
        self._sources(document, [lag.get("source")], place, "source")
        kind, source, reason = (str(lag.get(name) or "") for name in ("kind", "source", "reason"))
        review = self._date(document, place, "review") if lag.get("review") else None
        return PublicationLag(lag["value"], lag["low"], lag["high"], kind, source, reason, review)

    def _entry(self, document: Document, at: int, entry: object, keyed_by: list[str]) -> None:
        where = document.where("entries", at)
        if not isinstance(entry, Mapping):
            self.complaints.add(where, "der Eintrag hat keine Felder")
            return
        allowed = (*keyed_by, *ENTRY_NUMBERS, "source", "kind", "note")
        for name in entry:
            if name not in allowed:
                self.complaints.add(
                    document.where("entries", at, name),
                    f"das Feld «{name}» ist unbekannt",
                    ", ".join(allowed),
                )
        for name in (*keyed_by, *ENTRY_NUMBERS):
            if name not in entry or (name in ENTRY_NUMBERS and not is_number(entry[name])):
                self.complaints.add(
                    where, f"{name} fehlt oder ist keine Zahl" if name in ENTRY_NUMBERS else f"{name} fehlt"
                )
        self._sources(document, [entry.get("source")], "entries", at, "source")
        if document.data.get("in_use"):
            for name in keyed_by:
                self._key(document, at, name, entry.get(name))

    def _key(self, document: Document, at: int, name: str, value: object) -> None:
        """Refuse codes that do not exist; other keys (ages, years) are free.

        Called for parameters in use only: reserved ones keep the place as it was printed.
        """
        place = document.where("entries", at, name)
        if value in (None, "*"):
            return
        if name == "region" and value not in self.codes.regions:
            self.complaints.add(
                place, f"die Region «{value}» gibt es nicht", "ein Code aus regions.csv, als Text"
            )
        if name in ("trade", "occupation_group", "training_occupation") and not self.codes.subject(
            str(value)
        ):
            near = ", ".join(self.codes.near(str(value), self.codes.subject_names()))
            self.complaints.add(place, f"den Code «{value}» gibt es nicht", f"etwa {near}" if near else "")


def _texts(value: object) -> tuple[str, ...]:
    """Return a list of texts; one text alone counts as a list of one, nothing as an empty list."""
    if value in (None, ""):
        return ()
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)
