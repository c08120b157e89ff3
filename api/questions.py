"""A question «what if» as a request states it: read strictly, checked against the release, in one spelling.

Nothing of `data/` is read: allowed ranges, trades, regions and shipped scenarios stand in the catalogue of
the release, the years in its accounts. No free text is taken: what is kept and shared are codes and numbers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

import orjson

from api.language import Text
from api.levers import ALL, Amount, Change, Lever, Scenario, combine, expanded, read_lever
from api.overrides import (
    Override,
    combined_overrides,
    overrides_of,
    read_overrides,
    report_faults,
)
from api.overrides import document_of as override_document
from api.problems import INVALID, UNKNOWN_CODE, Fault, Problem, near
from api.query import MAX_FAULTS, is_code
from api.what_if_accounts import Accounts
from forecast.errors import DefinitionError
from forecast.what_if_answer import MEASURES
from forecast.what_if_terms import FIRM_MEASURES, FIRM_OVERRIDES, FIRMS

FIELDS: Final = (
    "snapshot_id", "scenarios", "levers", "overrides", "regions", "trades", "years", "measures",
    "contributions",
)  # fmt: skip
DEFAULT_MEASURES: Final = ("demand", "supply", "gap", "training_need")
MOST_LEVERS: Final = 24
MOST_SCENARIOS: Final = 8
MOST_CODES: Final = 1_000
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_HASH_BYTES: Final = 16
_VERSION: Final = 8  # RFC 9562: custom, here a hash
BASE: Final = "base"
OWN: Final = "what-if"


@dataclass(frozen=True, slots=True)
class Question:
    """A checked question; equal questions have equal ids.

    Args:
        snapshot_id: The release it is asked of: the answer never changes.
        scenarios: Names of shipped scenarios.
        levers: All levers, those of the scenarios first.
        own: How many of them, at the end, are not from scenarios.
        regions: Codes.
        trades: Codes of trades and groups of trades; empty takes all trades that have accounts.
        years: Workforce years, ascending.
        measures: Codes.
        contributions: Whether to say what each lever and override adds to the gap.
        overrides: All overridden assumptions, those of the scenarios first.
        own_overrides: How many of them, at the end, are not from scenarios.
    """

    snapshot_id: str
    scenarios: tuple[str, ...]
    levers: tuple[Lever, ...]
    own: int
    regions: tuple[str, ...]
    trades: tuple[str, ...]
    years: tuple[int, ...]
    measures: tuple[str, ...]
    contributions: bool
    overrides: tuple[Override, ...] = ()
    own_overrides: int = 0

    @property
    def name(self) -> str:
        """What the records of the variant are called."""
        if not self.own and not self.own_overrides and len(self.scenarios) == 1:
            return self.scenarios[0]
        return OWN if self.changes else BASE

    @property
    def changes(self) -> tuple[Change, ...]:
        """Everything that is different: levers first, then overridden assumptions."""
        return (*self.levers, *self.overrides)

    def document(self) -> dict[str, Any]:
        """Return the question as it is asked again: the body of a request that has this very id."""
        own = self.overrides[len(self.overrides) - self.own_overrides :]
        return {
            **({"overrides": [override_document(one) for one in own]} if own else {}),
            "snapshot_id": self.snapshot_id,
            "scenarios": list(self.scenarios),
            "levers": [lever_document(lever) for lever in self.levers[len(self.levers) - self.own :]],
            "regions": list(self.regions),
            "trades": list(self.trades),
            "years": list(self.years),
            "measures": list(self.measures),
            "contributions": self.contributions,
        }

    @property
    def id(self) -> str:
        """The id: a hash of the question with all its levers and the release."""
        whole = {**self.document(), "all": [lever_document(lever) for lever in self.levers]}
        if self.overrides:
            whole["assumed"] = [override_document(one) for one in self.overrides]
        digest = bytearray(hashlib.sha256(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)).digest())
        digest[6] = digest[6] & 0x0F | _VERSION << 4
        digest[8] = digest[8] & 0x3F | 0x80
        return str(UUID(bytes=bytes(digest[:_HASH_BYTES])))


def is_id(text: str) -> bool:
    """Tell whether a part of an address is the id of a question.

    Example:
        >>> is_id("5f8c1f0e-9d1e-8a51-9f6e-0242ac120002"), is_id("retention")
        (True, False)
    """
    return _ID.match(text) is not None


def lever_document(lever: Lever) -> dict[str, Any]:
    """Return a lever in the spelling in which it can be sent."""
    numbers = {
        name: {"value": amount.value, "low": amount.low, "high": amount.high}
        for name, amount in lever.amounts.items()
    }
    return {
        "kind": lever.kind, "cause": lever.cause,
        "trades": list(lever.trades), "regions": list(lever.regions),
        "from_year": lever.from_year, "ramp_years": lever.ramp_years, **numbers,
    }  # fmt: skip


def read_question(body: Mapping[str, Any], accounts: Accounts) -> Question:
    """Return the question in the body of a request.

    Args:
        body: As `api.bodies` read it.
        accounts: What the release can be asked.

    Raises:
        Problem: 404 for an unknown region or trade, 422 naming every field that is wrong.
    """
    return _Reader(accounts).read(body)


class _Reader:
    """Reads one body and gathers what is wrong with it."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._release = accounts.release
        self._faults: list[Fault] = []
        self._shipped: tuple[Override, ...] = ()

    def read(self, body: Mapping[str, Any]) -> Question:
        for name in body:
            if name not in FIELDS:
                self._unknown_field(name)
        scenarios = self._scenarios(body)
        levers = self._levers(body.get("levers"))
        overrides = read_overrides(body.get("overrides"), self._fault)
        regions = self._codes(
            body, "regions", self._accounts.regions, [self._release.catalogue["default_region"]]
        )
        trades = self._trades(body, regions)
        years = self._years(body.get("years"))
        measures = self._measures(body, regions)
        contributions = body.get("contributions", True)
        if not isinstance(contributions, bool):
            self._fault(
                "/contributions", "contributions", _NO_BOOLEAN, Text("true oder false", "true or false")
            )
        if self._faults:
            raise Problem(INVALID, faults=self._faults[:MAX_FAULTS])
        every, assumed = self._combined(scenarios, levers, overrides)
        if not self._with_firms(regions):
            if any(lever.kind in FIRMS for lever in every):
                self._fault("/levers", "levers", _NO_FIRMS, Text("andere Hebel", "other levers"))
            if any(one.name in FIRM_OVERRIDES for one in assumed):
                other = Text("andere Annahmen", "other assumptions")
                self._fault("/overrides", "overrides", _NO_FIRMS, other)
        own = len(assumed) - len(self._shipped)
        report_faults(
            assumed, own, every, self._accounts.assumptions, self._accounts.rules.trades, self._fault
        )
        if self._faults:
            raise Problem(INVALID, faults=self._faults[:MAX_FAULTS])
        return Question(
            self._release.id, scenarios, every, len(levers), regions, trades, years, measures,
            bool(contributions), assumed, own,
        )  # fmt: skip

    def _with_firms(self, regions: Sequence[str]) -> bool:
        return all(self._accounts.firms(region) for region in regions)

    def _fault(self, pointer: str, name: str, detail: Text, expected: Text) -> None:
        self._faults.append(Fault(name, detail, expected, pointer=f"/body{pointer}"))

    def _unknown_field(self, name: str) -> None:
        shown = name if is_code(name) and len(name) < 33 else "?"
        similar = near(shown, dict.fromkeys(FIELDS, "")) or FIELDS
        listed = ", ".join(similar)
        self._fault(f"/{shown}", shown, _UNKNOWN_FIELD, Text(f"etwa: {listed}", f"such as: {listed}"))

    def _list(self, body: Mapping[str, Any], name: str, most: int) -> list[Any] | None:
        given = body.get(name)
        if given is None:
            return None
        items = given if isinstance(given, list) else [given]
        if not 0 < len(items) <= most:
            self._fault(f"/{name}", name, _LENGTH, Text(f"1 bis {most} Einträge", f"1 to {most} entries"))
            return None
        return items

    def _scenarios(self, body: Mapping[str, Any]) -> tuple[str, ...]:
        known = {
            name: str(entry.get("name_de", "")) for name, entry in self._release.entries["scenarios"].items()
        }
        given = self._list(body, "scenarios", MOST_SCENARIOS) if body.get("scenarios") != [] else None
        return self._known("scenarios", given or [], known)

    def _known(self, name: str, given: Sequence[Any], known: Mapping[str, str]) -> tuple[str, ...]:
        """Return codes in the order given, once each; unknown ones with near matches are faults."""
        found = []
        for at, code in enumerate(given):
            if isinstance(code, str) and code in known:
                found.append(code)
                continue
            shown = code if isinstance(code, str) and is_code(code) else "?"
            listed = ", ".join(near(shown, known) or list(known)[:12])
            detail = Text(f"«{shown}» gibt es hier nicht.", f"There is no “{shown}” here.")
            if name == "regions" and code in self._release.entries["regions"]:
                detail = Text(f"Für «{shown}» gibt es keine Konten.", f"There are no accounts for “{shown}”.")
            self._fault(f"/{name}/{at}", name, detail, Text(f"etwa: {listed}", f"such as: {listed}"))
        return tuple(dict.fromkeys(found))

    def _codes(
        self, body: Mapping[str, Any], name: str, known: Iterable[str], default: Sequence[str]
    ) -> tuple[str, ...]:
        given = self._list(body, name, MOST_CODES)
        named = {code: self._release.names(name).get(code, "") for code in known}
        if given is None:
            return tuple(code for code in default if code in named) or tuple(named)[:1]
        if given == [ALL]:
            return tuple(named)
        found = self._known(name, given, named)
        return tuple(code for code in named if code in found)

    def _trades(self, body: Mapping[str, Any], regions: Sequence[str]) -> tuple[str, ...]:
        if body.get("trades") in (None, [ALL], ALL, []):
            return ()
        asked = regions or self._accounts.regions  # an unknown region is a fault of its own
        known = dict.fromkeys(row for region in asked for row in self._accounts.rows(region))
        return self._codes(body, "trades", known, ())

    def _years(self, given: object) -> tuple[int, ...]:
        years = self._accounts.years
        if given is None:
            default = self._release.catalogue["default_year"]
            return (default,) if default in years else years[-1:]
        if given == ALL:
            return years
        items = given if isinstance(given, list) else [given]
        expected = Text(
            f"Jahre von {years[0]} bis {years[-1]}, oder «*»", f"years from {years[0]} to {years[-1]}, or “*”"
        )
        if not items or len(items) > MOST_CODES:
            self._fault("/years", "years", _LENGTH, expected)
        for at, year in enumerate(items):
            if type(year) is not int or year not in years:
                self._fault(f"/years/{at}", "years", _NO_YEAR, expected)
                return ()
        return tuple(sorted(set(items)))

    def _measures(self, body: Mapping[str, Any], regions: Sequence[str]) -> tuple[str, ...]:
        known = [
            code for code in MEASURES
            if code in self._release.measures and (code not in FIRM_MEASURES or self._with_firms(regions))
        ]  # fmt: skip
        return self._codes(body, "measures", known, ()) if "measures" in body else tuple(
            code for code in known if code in DEFAULT_MEASURES
        )  # fmt: skip

    def _levers(self, given: object) -> tuple[Lever, ...]:
        if given is None or given == []:
            return ()
        if not isinstance(given, list) or len(given) > MOST_LEVERS:
            self._fault(
                "/levers", "levers", _LENGTH,
                Text(f"eine Liste von bis zu {MOST_LEVERS} Hebeln", f"a list of up to {MOST_LEVERS} levers"),
            )  # fmt: skip
            return ()
        found = []
        for at, one in enumerate(given):
            lever = read_lever(one, self._accounts.rules, f"/levers/{at}", self._fault)
            if lever is not None:
                found.append(lever)
        return tuple(found)

    def _combined(
        self, scenarios: Sequence[str], own: Sequence[Lever], overrides: Sequence[Override]
    ) -> tuple[tuple[Lever, ...], tuple[Override, ...]]:
        """Return levers and overrides of scenarios and body together, each once."""
        known = {name: scenario_of(entry) for name, entry in self._release.entries["scenarios"].items()}
        try:
            parts = expanded(scenarios, known)
            self._shipped = combined_overrides(parts)
            levers = combine([*((part.name, part.levers) for part in parts), ("levers", own)])
            more = [one for one in overrides if one not in self._shipped]
            return levers, (*self._shipped, *more)
        except DefinitionError as error:
            detail = Text(
                f"{error.what} {error.where}",
                "Two levers of the same kind and cause for the same trade and region contradict each other.",
            )
            expected = Text(
                "je Ursache (cause) eine Angabe für ein Gewerk und eine Region",
                "one statement per cause for a trade and a region",
            )
            pointer = "/body/levers" if own else "/body/scenarios"
            raise Problem(
                INVALID, detail, faults=[Fault("levers", detail, expected, pointer=pointer)]
            ) from None


_NO_FIRMS: Final = Text(
    "Dieser Stand hält keine Konten der Betriebe und Meister; Änderungen dort lassen sich nicht rechnen.",
    "This release keeps no accounts of firms and masters; changes there cannot be computed.",
)
_NO_BOOLEAN: Final = Text("Das ist kein Wahrheitswert.", "This is no boolean.")
_UNKNOWN_FIELD: Final = Text("Dieses Feld gibt es nicht.", "There is no such field.")
_LENGTH: Final = Text(
    "Die Liste ist leer, zu lang oder keine Liste.", "The list is empty, too long or no list."
)
_NO_YEAR: Final = Text("Dieses Jahr haben die Konten nicht.", "The accounts do not have this year.")


def scenario_of(entry: Mapping[str, Any]) -> Scenario:
    """Return a shipped scenario from its entry in the catalogue."""
    levers = tuple(
        Lever(
            str(one["kind"]), str(one["cause"]),
            MappingProxyType({name: Amount(float(a["value"]), float(a["low"]), float(a["high"]))
                              for name, a in one["amounts"].items()}),
            tuple(one["trades"]), tuple(one["regions"]), int(one["from_year"]), int(one["ramp_years"]),
        )
        for one in entry.get("levers", ())
    )  # fmt: skip
    return Scenario(
        str(entry["name"]), str(entry["name_de"]), str(entry["name_en"]), "",
        overrides=overrides_of(entry), extends=tuple(entry.get("extends", ())), levers=levers,
    )  # fmt: skip


def unknown_question() -> Problem:
    """Return the problem of an id nobody has asked under, or whose release is no longer kept."""
    return Problem(
        UNKNOWN_CODE,
        Text("Unter dieser Kennung ist keine Frage aufbewahrt.", "No question is kept under this id."),
        near=(),
    )
