"""Levers in the body of a request: every field checked, every fault with its place and what was expected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from api.language import Text
from api.problems import near
from api.query import is_code
from api.release import Release
from forecast.what_if_terms import (
    ALL,
    GROUP_PREFIX,
    KINDS,
    RANGE_PARAMETER,
    Amount,
    Change,
    Lever,
    LeverRules,
    Scenario,
    combine,
    expanded,
    in_words,
)

__all__ = [
    "ALL", "KINDS", "Amount", "Change", "Lever", "LeverRules", "Scenario", "combine", "expanded",
    "in_english", "in_words", "read_lever", "rules_of",
]  # fmt: skip

COMMON: Final = ("kind", "cause", "trades", "regions", "from_year", "ramp_years")
RANGE: Final = ("value", "low", "high")
MOST_RAMP: Final = 50
MOST_CODES: Final = 1_000
_PLAIN: Final = 33

Report = Callable[[str, str, Text, Text], None]


def rules_of(release: Release, regions: Iterable[str], years: tuple[int, int]) -> LeverRules:
    """Return what levers are checked against, from the catalogue of a release alone."""
    parameter = release.entries["parameters"].get(RANGE_PARAMETER, {})
    ranges = {
        (str(one["lever"]), str(one["amount"])): (float(one["value"]), float(one["low"]), float(one["high"]))
        for one in parameter.get("entries", ())
    }
    kept = frozenset(regions)
    return LeverRules(
        ranges=ranges,
        trades={code: str(entry["group"]) for code, entry in release.entries["trades"].items()},
        regions=kept,
        years=years,
        without_accounts=frozenset(release.entries["regions"]) - kept,
    )


def read_lever(given: object, rules: LeverRules, at: str, report: Report) -> Lever | None:
    """Return a lever, or None after everything wrong with it has been reported.

    Args:
        given: One entry of the list `levers`.
        rules: Ranges and known codes.
        at: Pointer to the entry.
        report: Takes pointer, name, what is wrong and what was expected.
    """
    if not isinstance(given, Mapping):
        report(at, "levers", _NO_OBJECT, Text("ein Objekt mit kind, from_year und Zahlen",
                                              "an object with kind, from_year and numbers"))  # fmt: skip
        return None
    kind = given.get("kind")
    known = [kind for kind in KINDS if all((kind, name) in rules.ranges for name in _numbers(kind))]
    if not isinstance(kind, str) or kind not in known:
        report(f"{at}/kind", "kind", Text("Diesen Hebel gibt es nicht.", "There is no such lever."),
               _such_as(kind, known))  # fmt: skip
        return None
    return _Fields(given, kind, rules, at, report).lever()


def _numbers(kind: str) -> tuple[str, ...]:
    return (*KINDS[kind].required, *KINDS[kind].optional)


class _Fields:
    """The fields of one lever whose kind is known."""

    def __init__(
        self, given: Mapping[str, Any], kind: str, rules: LeverRules, at: str, report: Report
    ) -> None:
        self._given, self._kind, self._rules, self._at = given, kind, rules, at
        self._report = report
        self._sound = True

    def lever(self) -> Lever | None:
        names = _numbers(self._kind)
        for field in self._given:
            if field not in (*COMMON, *names):
                self._wrong(field, _UNKNOWN, _such_as(field, (*COMMON, *names)))
        amounts = {name: amount for name in names if (amount := self._amount(name)) is not None}
        first, last = self._rules.years
        from_year = self._whole("from_year", first, last, None)
        ramp_years = self._whole("ramp_years", 1, MOST_RAMP, 1)
        cause = self._given.get("cause", self._kind)
        if not isinstance(cause, str) or not is_code(cause) or len(cause) >= _PLAIN:
            self._wrong("cause", _NO_CODE, _CODE_EXPECTED)
        groups = sorted(set(self._rules.trades.values()))
        trades = self._targets("trades", [*self._rules.trades, *(GROUP_PREFIX + group for group in groups)])
        regions = self._targets("regions", self._rules.regions)
        if not self._sound:
            return None
        return Lever(
            self._kind, str(cause), MappingProxyType(amounts), trades, regions, from_year, ramp_years
        )

    def _wrong(self, field: str, detail: Text, expected: Text, deeper: str = "") -> None:
        self._sound = False
        shown = field if is_code(field) and len(field) < _PLAIN else "?"
        self._report(f"{self._at}/{shown}{deeper}", shown, detail, expected)

    def _whole(self, field: str, least: int, most: int, default: int | None) -> int:
        given = self._given.get(field, default)
        if type(given) is not int or not least <= given <= most:
            detail = _MISSING if given is None else _NO_YEARS
            self._wrong(field, detail, Text(f"eine ganze Zahl von {least} bis {most}",
                                            f"a whole number from {least} to {most}"))  # fmt: skip
            return least
        return given

    def _amount(self, name: str) -> Amount | None:
        neutral, lowest, highest = self._rules.ranges[(self._kind, name)]
        given = self._given.get(name)
        expected = Text(
            f"eine Zahl von {lowest:g} bis {highest:g} oder value, low und high, low ≤ value ≤ high",
            f"a number from {lowest:g} to {highest:g}, or value, low and high, low ≤ value ≤ high",
        )
        if given is None:
            if name in KINDS[self._kind].required:
                self._wrong(name, _MISSING, expected)
            return Amount(neutral, neutral, neutral)
        fields = given if isinstance(given, Mapping) else {"value": given}
        for field in fields:
            if field not in RANGE:
                self._wrong(name, _UNKNOWN, _such_as(field, RANGE), f"/{field}" if is_code(field) else "")
                return None
        value = fields.get("value")
        numbers = [
            float(one)
            for side in RANGE
            if isinstance(one := value if fields.get(side) is None else fields[side], int | float)
            and not isinstance(one, bool)
        ]
        if len(numbers) < len(RANGE):
            self._wrong(name, Text("Das ist keine Zahl.", "This is no number."), expected)
            return None
        middle, low, high = numbers
        if not lowest <= low <= middle <= high <= highest:
            said = f"{middle:g}" if low == high else f"{middle:g} ({low:g}, {high:g})"
            detail = Text(
                f"Die Zahl liegt außerhalb der erlaubten Spanne: {said}.",
                f"The number is outside the range allowed: {said}.",
            )
            self._wrong(name, detail, expected)
            return None
        return Amount(middle + 0.0, low + 0.0, high + 0.0)

    def _targets(self, field: str, known: Iterable[str]) -> tuple[str, ...]:
        given = self._given.get(field, [ALL])
        listed = given if isinstance(given, list) else [given]
        allowed = {ALL, *known}
        if not 0 < len(listed) <= MOST_CODES:
            self._wrong(field, Text("Die Liste ist leer oder zu lang.", "The list is empty or too long."),
                        Text("mindestens ein Code oder *", "at least one code or *"))  # fmt: skip
            return ()
        for place, code in enumerate(listed):
            if field == "regions" and code in self._rules.without_accounts:
                self._wrong(field, Text("Für diese Region gibt es keine Konten.",
                                        "There are no accounts for this region."),
                            _such_as("", sorted(allowed)), f"/{place}")  # fmt: skip
                return ()
            if not isinstance(code, str) or code not in allowed:
                self._wrong(field, Text("Diesen Code gibt es hier nicht.", "There is no such code here."),
                            _such_as(code, sorted(allowed)), f"/{place}")  # fmt: skip
                return ()
        return (ALL,) if ALL in listed else tuple(sorted(set(listed)))


_NO_OBJECT: Final = Text("Ein Hebel ist kein Objekt.", "A lever is no object.")
_UNKNOWN: Final = Text("Dieses Feld gibt es hier nicht.", "There is no such field here.")
_MISSING: Final = Text("Diese Angabe fehlt.", "This is missing.")
_NO_CODE: Final = Text("Das ist kein Code.", "This is no code.")
_CODE_EXPECTED: Final = Text(
    "bis zu 32 Zeichen A–Z, a–z, 0–9, _ . -", "up to 32 characters A–Z, a–z, 0–9, _ . -"
)
_NO_YEARS: Final = Text(
    "Das Jahr oder die Zahl der Jahre passt nicht.", "The year or the number of years does not fit."
)
_SHOWN: Final = 20


def _such_as(given: object, known: Iterable[str]) -> Text:
    names = dict.fromkeys(known, "")
    similar = near(given, names) if isinstance(given, str) and is_code(given) else ()
    listed = ", ".join(similar or list(names)[:_SHOWN])
    return Text(f"etwa: {listed}", f"such as: {listed}")


def in_english(lever: Lever) -> str:
    """Return a lever in one English line.

    Example:
        >>> lever = Lever("contracts", "x", {"change": Amount(0.1, 0.1, 0.1)}, ("*",), ("*",), 2027)
        >>> in_english(lever)
        'New contracts: change 0.1 from 2027'
    """
    numbers = ", ".join(f"{name} {amount.value:g}" for name, amount in lever.amounts.items())
    trades = "" if ALL in lever.trades else f" for {', '.join(lever.trades)}"
    regions = "" if ALL in lever.regions else f" in {', '.join(lever.regions)}"
    ramp = "" if lever.ramp_years == 1 else f", in full after {lever.ramp_years} years"
    return f"{KINDS[lever.kind].name_en}: {numbers}{trades}{regions} from {lever.from_year}{ramp}"
