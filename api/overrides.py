"""Overridden assumptions in the body of a request: read strictly, every fault with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from api.language import Lang, Text
from api.query import is_code
from forecast.errors import DefinitionError
from forecast.what_if_terms import (
    Assumptions,
    Lever,
    Override,
    assumptions_of,
    combined_overrides,
    override_faults,
    override_in_words,
)

__all__ = [
    "Assumptions", "Override", "assumptions_of", "combined_overrides", "document_of", "in_words",
    "overrides_of", "read_overrides", "report_faults",
]  # fmt: skip

FIELDS: Final = ("name", "value", "key", "low", "high")
NUMBERS: Final = ("value", "low", "high")
MOST: Final = 24
_PLAIN: Final = 33

Report = Callable[[str, str, Text, Text], None]


def document_of(one: Override) -> dict[str, Any]:
    """Return an override in the spelling in which it can be sent."""
    numbers = {name: number for name in NUMBERS if (number := getattr(one, name)) is not None}
    return {"name": one.name, **({"key": dict(one.key)} if one.key else {}), **numbers}


def in_words(one: Override, known: Assumptions, lang: Lang) -> str:
    """Return an override in one line."""
    return Text(*override_in_words(one, known)).of(lang)


def read_overrides(given: object, report: Report) -> tuple[Override, ...]:
    """Return overrides of the right form; whether the accounts can follow them is asked later.

    Args:
        given: The list `overrides` of a body.
        report: Takes pointer, name, what is wrong and what was expected.
    """
    if given is None or given == []:
        return ()
    if not isinstance(given, list) or len(given) > MOST:
        expected = Text(f"eine Liste von bis zu {MOST} Einträgen", f"a list of up to {MOST} entries")
        report("/overrides", "overrides", _LENGTH, expected)
        return ()
    read = [_override(one, f"/overrides/{at}", report) for at, one in enumerate(given)]
    return tuple(one for one in read if one is not None)


def _override(given: object, at: str, report: Report) -> Override | None:
    if not isinstance(given, Mapping):
        report(at, "overrides", _NO_OBJECT, _FIELDS_EXPECTED)
        return None
    unknown = [field for field in given if field not in FIELDS]
    for field in unknown:
        shown = field if is_code(field) and len(field) < _PLAIN else "?"
        report(f"{at}/{shown}", shown, _UNKNOWN, _FIELDS_EXPECTED)
    name, key = given.get("name"), given.get("key") or {}
    if not isinstance(name, str) or not is_code(name):
        report(f"{at}/name", "name", _NO_NAME, Text("der Name einer Annahme", "the name of an assumption"))
        return None
    wrong = [
        field for field in NUMBERS
        if (given.get(field) is None and field == "value")
        or (given.get(field) is not None and not _is_number(given[field]))
    ]  # fmt: skip
    for field in wrong:
        report(f"{at}/{field}", field, _NO_NUMBER, Text("eine Zahl", "a number"))
    sound = isinstance(key, Mapping) and all(
        is_code(str(part)) and (_is_number(value) or (isinstance(value, str) and is_code(value)))
        for part, value in key.items()
    )
    if not sound:
        report(f"{at}/key", "key", _NO_KEY, Text("Namen und Codes oder Zahlen", "names and codes or numbers"))
    if unknown or wrong or not sound:
        return None
    return Override.of({**given, "key": key})


def _is_number(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and given - given == 0


def report_faults(
    every: Sequence[Override],
    own: int,
    levers: Sequence[Lever],
    known: Assumptions,
    trades: Mapping[str, str],
    report: Report,
) -> None:
    """Report what the accounts cannot follow; faults of shipped scenarios point at the scenarios.

    Args:
        every: All overrides, those of scenarios first.
        own: How many of them, at the end, stand in the body.
        levers: All levers of the question.
        known: What the release assumes.
        trades: Group of each trade.
        report: Takes pointer, name, what is wrong and what was expected.
    """
    shipped = len(every) - own
    for fault in override_faults(every, levers, known, trades):
        place = f"/overrides/{fault.at - shipped}" if fault.at >= shipped else "/scenarios"
        pointer = f"{place}/{fault.field}" if fault.field and fault.at >= shipped else place
        report(pointer, fault.field or "overrides", Text(*fault.what), Text(*fault.expected))


def overrides_of(entry: Mapping[str, Any]) -> tuple[Override, ...]:
    """Return the overrides of a shipped scenario from its entry in the catalogue.

    Raises:
        DefinitionError: One of them is not complete.
    """
    try:
        return tuple(
            Override.of({field: one[field] for field in FIELDS if one.get(field) is not None})
            for one in entry.get("overrides", ())
        )
    except (TypeError, AttributeError) as error:
        raise DefinitionError("Eine Überschreibung im Katalog ist unlesbar.", where=str(error)) from error


_LENGTH: Final = Text("Die Liste ist zu lang oder keine Liste.", "The list is too long or no list.")
_NO_OBJECT: Final = Text("Eine Überschreibung ist kein Objekt.", "An override is no object.")
_FIELDS_EXPECTED: Final = Text("name, value und, wo nötig, key, low, high",
                               "name, value and, where needed, key, low, high")  # fmt: skip
_UNKNOWN: Final = Text("Dieses Feld gibt es hier nicht.", "There is no such field here.")
_NO_NAME: Final = Text("Das ist kein Name einer Annahme.", "This is no name of an assumption.")
_NO_NUMBER: Final = Text("Das ist keine Zahl.", "This is no number.")
_NO_KEY: Final = Text("Der Schlüssel ist kein Objekt aus Namen und Werten.",
                      "The key is no object of names and values.")  # fmt: skip
