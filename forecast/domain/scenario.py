"""Scenarios: overrides of parameters and levers with a reason. They change values and never code."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from forecast.domain.levers import Lever
from forecast.domain.lookup import (
    UNITS_UP_TO_ONE,
    Key,
    KeyValue,
    Parameter,
    ParameterEntry,
    index_of,
    normal,
    not_covered,
    resolve,
)
from forecast.errors import DefinitionError


@dataclass(frozen=True, slots=True)
class Override:
    """One change of a scenario: every entry that matches the given key positions takes the value.

    Without `low` and `high` the range of the entry is kept in proportion, so that an override with the base
    value changes nothing at all.
    """

    name: str
    value: float
    key: Mapping[str, KeyValue] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    reason: str = ""

    def acts_on(self, trade: str, group: str, region: str) -> bool:
        """Say whether it can move this trade: a key for a trade or group names all it moves."""
        return self.key.get("trade", trade) == trade and self.key.get("group", group) == group

    @classmethod
    def of(cls, item: Override | Mapping[str, Any]) -> Override:
        """Build an override from a mapping with name, value and optionally key, low, high, reason.

        Raises:
            DefinitionError: A field is unknown, missing, or not a number where one belongs.
        """
        if isinstance(item, Override):
            return item
        allowed = ("name", "value", "key", "low", "high", "reason")
        if fault := _fault_of(item, allowed):
            what, expected = fault
            raise DefinitionError(
                what, where=f"{dict(item)}", expected=expected, remedy="Szenario berichtigen."
            )
        bounds = {side: None if item.get(side) is None else float(item[side]) for side in ("low", "high")}
        key = {name: normal(value) for name, value in (item.get("key") or {}).items()}
        return cls(
            item["name"],
            float(item["value"]),
            key,
            bounds["low"],
            bounds["high"],
            str(item.get("reason", "")),
        )


def _fault_of(item: Mapping[str, Any], allowed: tuple[str, ...]) -> tuple[str, str] | None:
    """What is wrong with the fields of an override, and what would be right; None if nothing is."""
    unknown = sorted(str(label) for label in set(item) - set(allowed))
    if unknown:
        return (
            f"Eine Überschreibung hat das unbekannte Feld «{unknown[0]}».",
            f"eines von: {', '.join(allowed)}",
        )
    name = item.get("name")
    if not isinstance(name, str) or not name:
        return "In einer Überschreibung fehlt «name».", "name: eine Annahme, etwa success_share"
    if item.get("value") is None:
        return f"In der Überschreibung von «{name}» fehlt «value».", "value: der neue Wert als Zahl"
    for label in ("value", "low", "high"):
        given = item.get(label)
        if isinstance(given, bool) or not isinstance(given, int | float | None):
            what = f"«{label}» in der Überschreibung von «{name}» ist keine Zahl: «{given}»."
            return what, "eine Zahl mit Dezimalpunkt, etwa 0.7"
    if not isinstance(item.get("key") or {}, Mapping):
        what = f"«key» in der Überschreibung von «{name}» hat keine Felder: «{item['key']}»."
        return what, "Namen und Werte, etwa {trade: A-24}"
    return None


Change = Lever | Override
"""What a question «what if» changes: a component by a lever, or an assumption by an override."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named list of overrides and levers with a reason; it changes values and never code.

    Args:
        name: Code.
        name_de: Name for readers.
        name_en: The same in English.
        reason: Why these numbers.
        overrides: Changed parameters; they act in a new run.
        description_de: What happens, in plain words.
        description_en: The same in English.
        review: Day by which somebody looks at it again.
        reason_en: The reason in English.
        extends: Names of the scenarios it builds on.
        levers: Changed components; they act in what-if accounts.
    """

    name: str
    name_de: str
    name_en: str
    reason: str
    overrides: tuple[Override, ...]
    description_de: str = ""
    description_en: str = ""
    review: str = ""
    extends: tuple[str, ...] = ()
    levers: tuple[Lever, ...] = ()
    reason_en: str = ""


def expanded(names: Iterable[str], known: Mapping[str, Scenario]) -> tuple[Scenario, ...]:
    """Return the scenarios and all they build on, each once, those built on first.

    Raises:
        DefinitionError: A name is unknown, or scenarios build on each other in a circle.
    """
    found: dict[str, Scenario] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise DefinitionError(
                "Szenarien bauen im Kreis aufeinander auf.",
                where=" → ".join((*path, name)),
                expected="kein Szenario in seiner eigenen Liste extends",
            )
        if name not in known:
            others = [one for one in known if one not in path]
            near = difflib.get_close_matches(name, others, n=3)
            raise DefinitionError(
                f"Unbekanntes Szenario «{name}».",
                where=f"extends von «{path[-1]}»" if path else "Szenario",
                expected=f"etwa {', '.join(near)}" if near else ", ".join(sorted(others)),
                remedy="Eines davon wählen.",
            )
        for other in known[name].extends:
            visit(other, (*path, name))
        found.setdefault(name, known[name])

    for name in names:
        visit(name, ())
    return tuple(found.values())


def combined_overrides(scenarios: Iterable[Scenario]) -> tuple[Override, ...]:
    """Put the overrides of several scenarios together; the same one twice counts once.

    Raises:
        DefinitionError: Two scenarios set the same parameter and key to different values; both are named.
    """
    found: dict[tuple[str, tuple[tuple[str, KeyValue], ...]], tuple[str, Override]] = {}
    for scenario in scenarios:
        for change in scenario.overrides:
            place = (change.name, tuple(sorted(change.key.items())))
            name, other = found.setdefault(place, (scenario.name, change))
            if (other.value, other.low, other.high) != (change.value, change.low, change.high):
                key = ", ".join(f"{part} {value}" for part, value in change.key.items())
                raise DefinitionError(
                    f"Das Szenario «{name}» widerspricht sich selbst."
                    if name == scenario.name
                    else f"Die Szenarien «{name}» und «{scenario.name}» widersprechen sich.",
                    where=f"Parameter {change.name}" + (f", {key}" if key else ""),
                    expected="für denselben Parameter und Schlüssel nur ein Wert",
                    remedy="Eine der beiden Angaben streichen."
                    if name == scenario.name
                    else "Eines der beiden Szenarien weglassen.",
                    rows=(f"{name}: {other.value:g}", f"{scenario.name}: {change.value:g}"),
                )
    return tuple(change for _, change in found.values())


def overridden(parameter: Parameter, change: Override) -> Parameter:
    """Return the parameter with the change applied.

    Entries whose key agrees in every given position are replaced. If there are none, the entries that hold
    there by `*` or from an earlier step on are repeated under the given key, and that copy takes the value.

    Raises:
        DefinitionError: A key name is unknown or nothing holds for the given key.
    """
    given = {
        parameter.keyed_by.index(name): value
        for name, value in change.key.items()
        if name in parameter.keyed_by
    }
    hits = [
        entry
        for entry in parameter.entries
        if all(entry.key[place] == value for place, value in given.items())
    ]
    if len(given) != len(change.key):
        raise not_covered(parameter, change.key)
    if hits:
        entries = tuple(_changed(parameter, e, change) if e in hits else e for e in parameter.entries)
        return replace(parameter, entries=entries)
    index = index_of(parameter)
    copies: dict[Key, ParameterEntry] = {}
    for entry in parameter.entries:
        key = tuple(given.get(place, part) for place, part in enumerate(entry.key))
        holding = resolve(parameter, index, key)
        if holding is not None:
            copies[key] = replace(_changed(parameter, holding, change), key=key)
    if not copies:
        raise not_covered(parameter, change.key)
    return replace(parameter, entries=(*parameter.entries, *copies.values()))


def _changed(parameter: Parameter, entry: ParameterEntry, change: Override) -> ParameterEntry:
    scale = change.value / entry.value if entry.value else 1.0
    low, high = sorted((entry.low * scale, entry.high * scale))
    if parameter.unit in UNITS_UP_TO_ONE:
        high = min(high, max(change.value, 1.0))
    low = min(low, change.value) if change.low is None else change.low
    high = max(high, change.value) if change.high is None else change.high
    if not low <= change.value <= high:
        raise DefinitionError(
            f"Die Überschreibung von «{parameter.name}» liegt außerhalb ihrer eigenen Spanne.",
            where=f"low {low}, value {change.value}, high {high}",
            expected="low ≤ value ≤ high",
            remedy="Szenario berichtigen.",
        )
    if parameter.unit in UNITS_UP_TO_ONE and not (low >= 0 and high <= 1):
        raise DefinitionError(
            f"Die Überschreibung von «{parameter.name}» ist kein Anteil.",
            where=f"low {low}, value {change.value}, high {high}",
            expected=f"{parameter.unit}: zwischen 0 und 1",
            remedy="Szenario berichtigen.",
        )
    if parameter.distribution == "fixed":
        low = high = change.value
    return replace(entry, value=change.value, low=low, high=high, note=change.reason or entry.note)
