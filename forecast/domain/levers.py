"""Levers: typed changes of simulated components from a year on, each number with its range and source.

A lever never touches the gap. It moves demand, new contracts, shares on the way from contract to journeyman,
exit probabilities or net inflow; the accounts then say what becomes of supply, demand and gap. What each kind
may hold is a table here; how far each number may go is the parameter `lever_range`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from forecast.errors import DefinitionError

ALL = "*"
GROUP_PREFIX = "group:"
RANGE_PARAMETER = "lever_range"


@dataclass(frozen=True, slots=True)
class LeverKind:
    """What one kind of lever is called, which numbers it takes, and what it moves."""

    name_de: str
    name_en: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    moves_de: str


KINDS: Mapping[str, LeverKind] = MappingProxyType(
    {
        "productivity": LeverKind("Produktivität", "Productivity", ("growth",), (), "Bedarf"),
        "demand_step": LeverKind("Bedarf", "Demand", ("change",), ("probability",), "Bedarf"),
        "working_time": LeverKind(
            "Arbeitszeit", "Working time", ("hours_before", "hours_after"), ("offset", "uptake"), "Bedarf"
        ),
        "contracts": LeverKind("Neuabschlüsse", "New contracts", ("change",), (), "Ausbildung"),
        "leavers": LeverKind("Schulabgänge", "School leavers", ("change",), ("elasticity",), "Ausbildung"),
        "dissolution": LeverKind("Vertragslösungen", "Dissolutions", ("points",), (), "Ausbildung"),
        "exam_pass": LeverKind("Bestehen der Prüfung", "Passing the exam", ("points",), (), "Ausbildung"),
        "stay": LeverKind("Verbleib nach der Prüfung", "Stay after the exam", ("points",), (), "Ausbildung"),
        "craft_leaving": LeverKind(
            "Abwanderung aus dem Gewerk", "Leaving the craft", ("change",), (), "Abgänge"
        ),
        "health_exits": LeverKind("Erwerbsminderung", "Health exits", ("change",), (), "Abgänge"),
        "exit_age": LeverKind("Alter des Ausscheidens", "Exit age", ("months",), ("share",), "Abgänge"),
        "returners": LeverKind("Rückkehr in das Gewerk", "Returning to the trade", ("change",), (), "Zugang"),
        "migration": LeverKind("Zuzug und Pendeln", "Moving and commuting", ("points",), (), "Zugang"),
        "net_inflow": LeverKind("Übriger Zugang", "Other net inflow", ("points",), (), "Zugang"),
        "inflow_persons": LeverKind(
            "Einmaliger Zugang", "One-off inflow", ("persons",), ("probability",), "Zugang"
        ),
        "masters": LeverKind("Meisterprüfungen", "Master examinations", ("change",), (), "Betriebe"),
        "owner_exits": LeverKind("Ausscheiden von Inhabern", "Owners giving up", ("change",), (), "Betriebe"),
        "foundings": LeverKind("Gründungen", "Foundings", ("change",), (), "Betriebe"),
    }
)
"""Every kind of lever by its code."""

AMOUNT_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "growth": ("{:+.2%} je Jahr", ""),
        "change": ("{:+.1%}", ""),
        "points": ("{:+.1%}-Punkte", ""),
        "persons": ("{:+.0f} Personen", ""),
        "months": ("{:+.0f} Monate", ""),
        "share": ("befolgt zu {:.0%}", "befolgt zu 100%"),
        "probability": ("mit Wahrscheinlichkeit {:.0%}", "mit Wahrscheinlichkeit 100%"),
        "elasticity": ("davon kommt das {:.1f}-Fache bei den Verträgen an", ""),
        "hours_before": ("von {:.0f}", ""),
        "hours_after": ("auf {:.0f} Stunden", ""),
        "offset": ("davon {:.0%} ausgeglichen", "davon 0% ausgeglichen"),
        "uptake": ("in {:.0%} der Betriebe", "in 100% der Betriebe"),
    }
)
"""How a number is said in a sentence, and the wording that goes without saying."""

FIELDS = ("kind", "cause", "trades", "regions", "from_year", "ramp_years", "reason")
AMOUNT_FIELDS = ("value", "low", "high", "source", "note", "note_en")


@dataclass(frozen=True, slots=True)
class Amount:
    """One number of a lever with its range, low ≤ value ≤ high, and where it comes from."""

    value: float
    low: float
    high: float
    source: str = ""
    note: str = ""
    note_en: str = ""


@dataclass(frozen=True, slots=True)
class Lever:
    """One change of one component for some trades and regions from a year on.

    Args:
        kind: Code of `KINDS`.
        cause: Why; two levers of one kind and cause must not contradict, those of different causes add up.
        amounts: The numbers by name.
        trades: Codes, ``group:<group>`` or ``*``.
        regions: Codes or ``*``.
        from_year: First workforce year it acts in.
        ramp_years: Years until it acts in full; 1 acts in full at once.
        reason: Why these numbers.
    """

    kind: str
    cause: str
    amounts: Mapping[str, Amount]
    trades: tuple[str, ...]
    regions: tuple[str, ...]
    from_year: int
    ramp_years: int = 1
    reason: str = ""

    @property
    def name_de(self) -> str:
        """How a table calls it."""
        return KINDS[self.kind].name_de

    def acts_on(self, trade: str, group: str, region: str) -> bool:
        """Say whether the lever moves this trade in this region."""
        wanted = {ALL, trade, GROUP_PREFIX + group}
        return not wanted.isdisjoint(self.trades) and not {ALL, region}.isdisjoint(self.regions)


@dataclass(frozen=True, slots=True)
class LeverRules:
    """What a lever is checked against.

    Args:
        ranges: (kind, amount) → neutral value, lowest and highest value allowed.
        trades: Group of each trade.
        regions: Regions for which there are accounts.
        years: First and last year of the accounts.
        parameter: Gives the amount of a named parameter and key; None where references are not allowed.
        without_accounts: Known regions for which there are no accounts.
    """

    ranges: Mapping[tuple[str, str], tuple[float, float, float]]
    trades: Mapping[str, str]
    regions: frozenset[str]
    years: tuple[int, int]
    parameter: Callable[[str, Mapping[str, Any]], Amount] | None = None
    without_accounts: frozenset[str] = frozenset()


def lever_of(given: object, rules: LeverRules, where: str = "") -> Lever:
    """Build a lever from a mapping and check it.

    Args:
        given: Fields of `FIELDS` and one field per number of the kind: a plain number, a mapping with value,
            low, high, source, note, or a mapping with `parameter` and its key.
        rules: Ranges and known codes.
        where: Place for messages.

    Raises:
        DefinitionError: Something is unknown (with near matches), missing or outside its range.
    """
    if not isinstance(given, Mapping):
        raise _fault("Ein Hebel hat keine Felder.", where, "Felder kind, from_year und die Zahlen des Hebels")
    kind = str(given.get("kind") or "")
    if kind not in KINDS:
        raise _unknown("Hebel", kind, KINDS, where)
    numbers = (*KINDS[kind].required, *KINDS[kind].optional)
    for name in given:
        if name not in (*FIELDS, *numbers):
            raise _fault(
                f"Unbekannt: Feld im Hebel «{kind}»: «{name}».", where,
                f"Zahlen dieses Hebels: {', '.join(numbers)}; außerdem: {', '.join(FIELDS)}",
            )  # fmt: skip
    missing = [name for name in (*KINDS[kind].required, "from_year") if given.get(name) is None]
    if missing:
        wanted = "; ".join(_wanted(kind, name, rules) for name in missing)
        raise _fault(f"Im Hebel «{kind}» fehlt «{missing[0]}».", where, wanted)
    amounts = {
        name: _in_range(kind, name, _amount(kind, name, given[name], rules, where), rules, where)
        for name in numbers
        if given.get(name) is not None
    }
    for name in numbers:
        neutral = rules.ranges[(kind, name)][0]
        amounts.setdefault(name, Amount(neutral, neutral, neutral))
    return Lever(
        kind=kind,
        cause=str(given.get("cause") or kind),
        amounts=MappingProxyType(amounts),
        trades=_targets("Gewerk", given.get("trades"), _trade_names(rules), where),
        regions=_targets("Region", given.get("regions"), rules.regions, where, rules.without_accounts),
        from_year=_year(kind, given["from_year"], rules, where),
        ramp_years=_whole(kind, "ramp_years", given.get("ramp_years", 1), where),
        reason=str(given.get("reason") or ""),
    )


def combine(named: Iterable[tuple[str, Sequence[Lever]]]) -> tuple[Lever, ...]:
    """Put the levers of several scenarios together; the same lever twice counts once.

    Args:
        named: Name of the scenario and its levers, in order.

    Raises:
        DefinitionError: Two levers of one kind and cause act on the same trade and region with different
            numbers or years; both scenarios are named.
    """
    found: list[tuple[str, int, Lever]] = []
    for name, levers in named:
        for place, lever in enumerate(levers, start=1):
            other = next((one for one in found if _same_subject(one[2], lever)), None)
            if other is None:
                found.append((name, place, lever))
            elif other[2] != lever:
                raise _contradiction(other, (name, place, lever))
    return tuple(lever for _, _, lever in found)


def _contradiction(one: tuple[str, int, Lever], other: tuple[str, int, Lever]) -> DefinitionError:
    """Name both levers; within one scenario by their places in its list."""
    alike = one[0] == other[0]
    where = [f"Hebel {place}" if alike else name for name, place, _ in (one, other)]
    both = (
        f"Hebel {one[1]} und {other[1]} des Szenarios «{one[0]}»" if alike else
        f"Die Szenarien «{one[0]}» und «{other[0]}»"
    )  # fmt: skip
    return DefinitionError(
        f"{both} widersprechen sich.",
        where=f"Hebel «{other[2].kind}», Ursache «{other[2].cause}»",
        expected="für dasselbe Gewerk und dieselbe Region nur eine Angabe je Hebel und Ursache",
        remedy=f"{'Einen der beiden Hebel' if alike else 'Eines der beiden Szenarien'} weglassen oder eine "
        "andere Ursache (cause) angeben.",
        rows=tuple(
            f"{said}: {in_words(lever)}" for said, (_, _, lever) in zip(where, (one, other), strict=True)
        ),
    )


def in_words(lever: Lever) -> str:
    """A lever in one German line: what, for whom, from when.

    Example:
        >>> lever = Lever("contracts", "x", {"change": Amount(0.1, 0.1, 0.1)}, ("*",), ("*",), 2027)
        >>> in_words(lever)
        'Neuabschlüsse +10,0 % ab 2027'
    """
    said = []
    for name, amount in lever.amounts.items():
        sentence, needless = AMOUNT_WORDS[name]
        if (words := sentence.format(amount.value)) != needless:
            said.append(_decimal_comma(words, negative=amount.value < 0))
    numbers = ", ".join(said).replace(", auf", " auf")
    trades = "" if ALL in lever.trades else f" für {', '.join(lever.trades)}"
    regions = "" if ALL in lever.regions else f" in {', '.join(lever.regions)}"
    ramp = "" if lever.ramp_years == 1 else f", voll nach {lever.ramp_years} Jahren"
    return f"{lever.name_de} {numbers}{trades}{regions} ab {lever.from_year}{ramp}"


def _decimal_comma(words: str, *, negative: bool) -> str:
    return words.replace("-", "−", 1 if negative else 0).replace(".", ",").replace("%", " %")


def _same_subject(one: Lever, other: Lever) -> bool:
    """Whether two levers speak of the same thing for at least one trade and region."""
    alike = (one.kind, one.cause) == (other.kind, other.cause)
    return alike and _overlap(one.trades, other.trades) and _overlap(one.regions, other.regions)


def _overlap(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return ALL in one or ALL in other or not set(one).isdisjoint(other)


def _trade_names(rules: LeverRules) -> list[str]:
    return [*rules.trades, *(GROUP_PREFIX + group for group in sorted(set(rules.trades.values())))]


def _amount(kind: str, name: str, given: object, rules: LeverRules, where: str) -> Amount:
    if isinstance(given, Mapping) and "parameter" in given:
        if rules.parameter is None:
            raise _fault(
                f"Der Hebel «{kind}» verweist auf einen Parameter.", where, f"eine Zahl für «{name}»"
            )
        return rules.parameter(str(given["parameter"]), given.get("key") or {})
    fields = given if isinstance(given, Mapping) else {"value": given}
    for field in fields:
        if field not in AMOUNT_FIELDS:
            raise _unknown(f"Feld bei «{name}»:", str(field), (*AMOUNT_FIELDS, "parameter"), where)
    value = fields.get("value")
    bounds = [value if fields.get(side) is None else fields[side] for side in ("low", "high")]
    for number in (value, *bounds):
        if isinstance(number, bool) or not isinstance(number, int | float) or number - number != 0:
            raise _fault(f"«{name}» im Hebel «{kind}» ist keine Zahl.", where, "value, low und high als Zahl")
    value, low, high = float(value), float(bounds[0]), float(bounds[1])  # type: ignore[arg-type]
    if not low <= value <= high:
        raise _fault(f"Die Spanne von «{name}» im Hebel «{kind}» passt nicht.", where, "low ≤ value ≤ high")
    texts = (str(fields.get(name) or "") for name in ("source", "note", "note_en"))
    return Amount(value, low, high, *texts)


def _in_range(kind: str, name: str, amount: Amount, rules: LeverRules, where: str) -> Amount:
    if (kind, name) not in rules.ranges:
        expected = f"ein Eintrag in {RANGE_PARAMETER}"
        raise _fault(f"Für «{kind}.{name}» ist keine Spanne festgelegt.", where, expected)
    _, lowest, highest = rules.ranges[(kind, name)]
    if amount.low < lowest or amount.high > highest:
        found = f"{amount.value:g}" + (
            f" ({amount.low:g} bis {amount.high:g})" if amount.low < amount.high else ""
        )
        raise _fault(
            f"«{name}» im Hebel «{kind}» liegt außerhalb der erlaubten Spanne: {found}.",
            where,
            f"{lowest:g} bis {highest:g}{_example(name, lowest, highest)}",
        )
    return amount


def _example(name: str, lowest: float, highest: float) -> str:
    """How a share is written, for those who typed per hundred; empty for other numbers."""
    if "%" not in AMOUNT_WORDS[name][0]:
        return ""
    small = min(highest, 1) / 10 if highest > 0 else lowest
    words = _decimal_comma(AMOUNT_WORDS[name][0].format(small), negative=small < 0)
    return f"; Anteile als Dezimalzahl mit Punkt: {small:g} heißt «{words}»"


def _wanted(kind: str, name: str, rules: LeverRules) -> str:
    """What a missing field should hold."""
    if name == "from_year":
        return f"from_year: das Jahr, ab dem der Hebel wirkt, {rules.years[0]} bis {rules.years[1]}"
    _, lowest, highest = rules.ranges[(kind, name)]
    return f"{name}: eine Zahl von {lowest:g} bis {highest:g}{_example(name, lowest, highest)}"


def _targets(
    noun: str, given: object, known: Iterable[str], where: str, without: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    listed = [ALL] if given is None else given if isinstance(given, list | tuple) else [given]
    names = tuple(dict.fromkeys(str(name) for name in listed))
    allowed = {ALL, *known}
    for name in names:
        if name not in allowed and name in without:
            others = ", ".join(sorted(allowed))
            raise _fault(f"Für die {noun} «{name}» gibt es keine Konten.", where, f"eine von: {others}")
        if name not in allowed:
            raise _unknown(noun, name, allowed, where)
    if not names:
        raise _fault(f"Die Liste «{noun}» ist leer.", where, "mindestens ein Code oder *")
    return names


def _whole(kind: str, name: str, given: object, where: str) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise _fault(f"«{name}» im Hebel «{kind}» ist keine Jahresangabe.", where, "eine ganze Zahl ab 1")
    return given


def _year(kind: str, given: object, rules: LeverRules, where: str) -> int:
    year = _whole(kind, "from_year", given, where)
    first, last = rules.years
    if not first <= year <= last:
        raise _fault(f"from_year {year} im Hebel «{kind}» liegt außerhalb.", where, f"{first} bis {last}")
    return year


def _fault(what: str, where: str, expected: str = "") -> DefinitionError:
    return DefinitionError(what, where=where, expected=expected, remedy="Das Szenario berichtigen.")


def _unknown(noun: str, name: str, known: Iterable[str], where: str) -> DefinitionError:
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    shown = ", ".join(near) if near else ", ".join(sorted(known))
    return _fault(f"Unbekannt: {noun} «{name}».", where, f"etwa {shown}" if near else shown)
