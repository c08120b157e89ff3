"""What is wrong with an override in a question «what if»: unknown, not read, out of range, in conflict.

Every fault is said in German and English, so that the command line and the web service say the same.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from forecast.assumptions import OVERRIDABLE, Assumptions
from forecast.domain.levers import KINDS, Lever
from forecast.domain.lookup import Key, Parameter
from forecast.domain.scenario import Override
from forecast.errors import DefinitionError

RANGE: Final = "override_range"
BOUNDS: Final = ("lowest", "highest")
SHOWN: Final = 12
Words = tuple[str, str]
#: How the unit of a bound is said; shares need no word.
UNIT_WORDS: Final[Mapping[str, Words]] = {
    "share_per_year": (" je Jahr", " a year"), "share_per_month": (" je Monat", " a month"),
    "persons": (" Personen", " persons"), "hours": (" Stunden", " hours"),
    "hours_per_year": (" Stunden je Jahr", " hours a year"), "weeks": (" Wochen", " weeks"),
    "months": (" Monate", " months"), "years": (" Jahre", " years"),
}  # fmt: skip

#: Parameters whose entries along one key are parts of one whole.
PARTS_OF_ONE: Final[Mapping[str, str]] = {"dissolution_layer": "layer"}
#: Levers that move the same component as a parameter.
LEVERS_ON: Final[Mapping[str, frozenset[str]]] = {
    "productivity_growth": frozenset({"productivity"}),
    "dissolution_layer": frozenset({"dissolution"}),
    "exam_pass_first": frozenset({"exam_pass"}),
    "exam_retry": frozenset({"exam_pass"}),
    "exam_pass_retry": frozenset({"exam_pass"}),
    "firm_stay": frozenset({"stay"}),
    "changers_in_craft": frozenset({"stay"}),
    "changers_away": frozenset({"stay"}),
    "return_share": frozenset({"returners"}),
    "parental_return_rate": frozenset({"returners"}),
    "migration_gain": frozenset({"migration"}),
    "migration_works_here": frozenset({"migration"}),
    "migration_trade_share": frozenset({"migration"}),
    "craft_leaving_rate": frozenset({"craft_leaving"}),
    "health_exit_rate": frozenset({"health_exits"}),
    "health_factor": frozenset({"health_exits", "exit_age"}),
    "retirement_rate": frozenset({"exit_age"}),
    "retirement_way_share": frozenset({"exit_age"}),
    "master_share": frozenset({"masters"}),
    "master_stay": frozenset({"masters"}),
}

_LEVER_NUMBER: Final[Words] = (
    "Er ist eine Zahl für einen Hebel; den Hebel (levers) mit der gewünschten Zahl angeben",
    "It is a number for a lever; give the lever (levers) with the number you want",
)
_LAW: Final[Words] = (
    "Er ist geltendes Recht oder eine Grenze des Modells; für ein anderes Alter des Ausscheidens den Hebel "
    "exit_age angeben",
    "It is the law in force or a bound of the model; for another age of leaving give the lever exit_age",
)
_FIRMS: Final[Words] = (
    "Er wirkt im Ausgangsbestand der Betriebe und Meister, der auf Abruf nicht neu geschätzt wird; für "
    "Meister, Inhaber und Gründungen gibt es Hebel",
    "It acts in the opening stocks of firms and masters, which are not estimated anew on demand; for "
    "masters, owners and foundings there are levers",
)
_PAST: Final[Words] = (
    "Er wirkt in den Beständen des Basisjahrs und im Zugang der Vergangenheit, die auf Abruf nicht neu "
    "geschätzt werden; für künftigen Zugang gibt es Hebel",
    "It acts in the stocks of the base year and in the inflow of the past, which are not estimated anew on "
    "demand; for inflow to come there are levers",
)
_SERIES: Final[Words] = (
    "Er wirkt beim Schätzen und Beurteilen der Reihen, nicht in den Konten",
    "It acts when series are fitted and judged, not in the accounts",
)
_UNREAD: Final[Words] = ("Kein Konto liest ihn", "No account reads it")
#: Why the accounts on demand do not read what a module uses.
REASONS: Final[Mapping[str, Words]] = {
    "forecast.domain.levers": _LEVER_NUMBER,
    "forecast.estimators.retirement": _LAW,
    "forecast.estimators.handover": _FIRMS,
    "forecast.estimators.training_plan": _FIRMS,
    "forecast.estimators.masters": _FIRMS,
    "forecast.assemble": _PAST,
    "forecast.estimators.region": _PAST,
    "forecast.estimators.inflow_parts": _PAST,
    "forecast.estimators.working_time": _PAST,
}
_RUN: Final[Words] = (
    "; er wirkt in einem neuen Lauf (python -m forecast run) mit geänderter Datei unter data/parameters.",
    "; it acts in a new run (python -m forecast run) with its file under data/parameters changed.",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an override.

    Args:
        at: Position of the override in its list.
        field: name, key, value, low or high; empty for the whole.
        what: What is wrong, German and English.
        expected: What would be right, German and English.
    """

    at: int
    field: str
    what: Words
    expected: Words


def faults(
    overrides: Sequence[Override], levers: Iterable[Lever], known: Assumptions, trades: Mapping[str, str]
) -> Iterator[Fault]:
    """Return everything wrong with overrides: each by itself, with each other, and beside levers.

    Args:
        overrides: Overrides as given.
        levers: Levers of the same question.
        known: What the release assumes.
        trades: Group of each trade.
    """
    chosen = list(levers)
    for at, one in enumerate(overrides):
        own = list(_own_faults(at, one, known, trades))
        yield from own
        if not own:
            yield from _against_levers(at, one, chosen, trades)
            yield from _against_others(at, one, overrides[:at])
    yield from _more_than_all(overrides, known)


def _more_than_all(overrides: Sequence[Override], known: Assumptions) -> Iterator[Fault]:
    """Shares of one whole that together are more than it."""
    for name, part in PARTS_OF_ONE.items():
        mine = [(at, one) for at, one in enumerate(overrides) if one.name == name]
        if not mine or name not in known.parameters.parameters:
            continue
        try:
            changed = known.parameters.with_overrides([one for _, one in mine]).parameters[name]
        except DefinitionError:
            continue  # said before, with what is wrong
        place = changed.keyed_by.index(part)
        sums: dict[Key, float] = {}
        for entry in changed.entries:
            whole = (*entry.key[:place], *entry.key[place + 1 :])
            sums[whole] = sums.get(whole, 0.0) + entry.value
        whole, largest = max(sums.items(), key=lambda item: item[1])
        if largest > 1:
            where = ", ".join(map(str, whole))
            yield Fault(
                mine[-1][0], "value",
                (f"Die Anteile von «{name}» ergeben für {where} zusammen {_plain(round(largest, 3))}: mehr "
                 "als alle.",
                 f"The shares of “{name}” add up to {largest:.3g} for {where}: more than all."),
                ("zusammen höchstens 1", "together at most 1"),
            )  # fmt: skip


def _own_faults(at: int, one: Override, known: Assumptions, trades: Mapping[str, str]) -> Iterator[Fault]:
    parameters = known.parameters.parameters
    if one.name not in parameters:
        near = (
            difflib.get_close_matches(one.name, parameters, n=3)
            or sorted(OVERRIDABLE & set(parameters))[:SHOWN]
        )
        listed = ", ".join(near)
        yield Fault(
            at, "name", (f"Unbekannter Parameter «{one.name}».", f"Unknown parameter “{one.name}”."),
            (f"etwa: {listed}", f"such as: {listed}"),
        )  # fmt: skip
        return
    parameter = parameters[one.name]
    allowed = permitted(one.name, known)
    if allowed is None:
        why = _UNREAD if not parameter.in_use else REASONS.get(parameter.used_by, _SERIES)
        listed = ", ".join(sorted(name for name in OVERRIDABLE if permitted(name, known)))
        yield Fault(
            at, "name",
            (f"Der Parameter «{one.name}» lässt sich auf Abruf nicht überschreiben. {why[0]}{_RUN[0]}",
             f"The parameter “{one.name}” cannot be overridden on demand. {why[1]}{_RUN[1]}"),
            (f"einer von: {listed}", f"one of: {listed}"),
        )  # fmt: skip
        return
    yield from _key_faults(at, one, parameter, trades)
    yield from _number_faults(at, one, parameter, allowed)


def permitted(name: str, known: Assumptions) -> tuple[float, float] | None:
    """Lowest and highest value an override may have, None where the accounts do not read the parameter."""
    values = known.parameters
    if name not in OVERRIDABLE or name not in values.parameters or RANGE not in values.parameters:
        return None
    if all(entry.key[0] != name for entry in values.parameters[RANGE].entries):
        return None
    low, high = (values.value(RANGE, parameter=name, bound=bound) for bound in BOUNDS)
    return low, high


def _number_faults(
    at: int, one: Override, parameter: Parameter, allowed: tuple[float, float]
) -> Iterator[Fault]:
    low = one.value if one.low is None else one.low
    high = one.value if one.high is None else one.high
    span = f"{_plain(allowed[0])} bis {_plain(allowed[1])}", f"{allowed[0]:g} to {allowed[1]:g}"
    unit = UNIT_WORDS.get(parameter.unit, ("", ""))
    expected = (f"{span[0]}{unit[0]}", f"{span[1]}{unit[1]}")
    if not low <= one.value <= high:
        yield Fault(
            at, "value",
            (f"Die Spanne {_plain(low)} bis {_plain(high)} passt nicht zum Wert {_plain(one.value)}.",
             f"The range {low:g} to {high:g} does not fit the value {one.value:g}."),
            ("low ≤ value ≤ high", "low ≤ value ≤ high"),
        )  # fmt: skip
    elif not (allowed[0] <= low and high <= allowed[1]):
        yield Fault(
            at, "value",
            (f"«{one.name}» liegt außerhalb der erlaubten Spanne: {_plain(one.value)}.",
             f"“{one.name}” is outside the permitted range: {one.value:g}."), expected,
        )  # fmt: skip
    elif parameter.distribution == "fixed" and not low == one.value == high:
        yield Fault(
            at, "low",
            (f"«{one.name}» hat einen festen Wert und keine Spanne.",
             f"“{one.name}” has a fixed value and no range."), ("nur value", "value only"),
        )  # fmt: skip
    elif parameter.unit == "count" and one.value != int(one.value):
        yield Fault(at, "value", (f"«{one.name}» ist eine Anzahl.", f"“{one.name}” is a count."),
                    ("eine ganze Zahl", "a whole number"))  # fmt: skip


def _key_faults(at: int, one: Override, parameter: Parameter, trades: Mapping[str, str]) -> Iterator[Fault]:
    for name, value in one.key.items():
        if name not in parameter.keyed_by:
            listed = ", ".join(parameter.keyed_by)
            yield Fault(
                at, "key",
                (f"«{parameter.name}» hat den Schlüssel «{name}» nicht.",
                 f"“{parameter.name}” has no key “{name}”."),
                (listed or "kein Schlüssel", listed or "no key"),
            )  # fmt: skip
            continue
        if name in parameter.covers:
            first, last = parameter.covers[name]
            if isinstance(value, str) or not first <= value <= last:
                yield _no_key(at, name, value, (f"{first:g} bis {last:g}", f"{first:g} to {last:g}"))
            continue
        place = parameter.keyed_by.index(name)
        codes = {"trade": set(trades), "group": set(trades.values())}.get(name, set())
        codes |= {str(entry.key[place]) for entry in parameter.entries}
        codes |= {
            f"{entry.key[place]:g}" for entry in parameter.entries if isinstance(entry.key[place], float)
        }
        shown = f"{value:g}" if isinstance(value, float) else str(value)
        if shown not in codes:
            near = difflib.get_close_matches(shown, codes, n=3) or sorted(codes)
            listed = ", ".join(near[:12])
            yield _no_key(at, name, shown, (f"etwa: {listed}", f"such as: {listed}"))


def _no_key(at: int, name: str, value: object, expected: Words) -> Fault:
    said = (f"«{value}» gibt es als «{name}» nicht.", f"There is no “{value}” as “{name}”.")
    return Fault(at, "key", said, expected)


def _against_levers(
    at: int, one: Override, levers: Iterable[Lever], trades: Mapping[str, str]
) -> Iterator[Fault]:
    for lever in levers:
        if lever.kind in LEVERS_ON.get(one.name, ()) and any(
            lever.acts_on(trade, group, region) and one.acts_on(trade, group, region)
            for trade, group in trades.items()
            for region in lever.regions
        ):
            kind = KINDS[lever.kind]
            yield Fault(
                at, "name",
                (f"Die Annahme «{one.name}» und der Hebel «{lever.kind}» ({kind.name_de}) bewegen dieselbe "
                 "Größe.",
                 f"The assumption “{one.name}” and the lever “{lever.kind}” ({kind.name_en}) move the same "
                 "component."),
                ("eines von beiden", "one of the two"),
            )  # fmt: skip


def _against_others(at: int, one: Override, before: Sequence[Override]) -> Iterator[Fault]:
    for other in before:
        same = other.name == one.name and dict(other.key) == dict(one.key)
        if same and (other.value, other.low, other.high) != (one.value, one.low, one.high):
            yield Fault(
                at, "value",
                (f"«{one.name}» ist zweimal gesetzt: {_plain(other.value)} und {_plain(one.value)}.",
                 f"“{one.name}” is set twice: {other.value:g} and {one.value:g}."),
                ("für denselben Schlüssel nur ein Wert", "one value for the same key"),
            )  # fmt: skip


def in_words(one: Override, known: Assumptions) -> Words:
    """An override in one line, German and English: which assumption, where, which value."""
    parameter = known.parameters.parameters[one.name]
    key = ", ".join(f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
                    for name, value in one.key.items())  # fmt: skip
    where = f" ({one.name}{', ' + key if key else ''})"
    german, english = _plain(one.value), f"{one.value:g}"
    if one.low is not None and one.high is not None and one.low != one.high:
        german += f" ({_plain(one.low)} bis {_plain(one.high)})"
        english += f" ({one.low:g} to {one.high:g})"
    return f"{parameter.name_de}{where}: {german}", f"{parameter.name_en}{where}: {english}"


def _plain(number: float) -> str:
    return f"{number:g}".replace(".", ",").replace("-", "−")
