"""Scenarios of data/scenarios and of a user: texts, other scenarios they build on, overrides and levers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from forecast.domain.codes import CodeList
from forecast.domain.levers import RANGE_PARAMETER, Amount, LeverRules, combine, lever_of
from forecast.domain.parameters import ParameterSet
from forecast.domain.scenario import Override, Scenario, combined_overrides, expanded
from forecast.errors import DefinitionError
from forecast.sources.documents import Complaints, Document

ANY_YEAR = (1, 9999)
OVERRIDE_RANGE = "override_range"
REQUIRED = ("name", "name_de", "name_en", "reason", "reason_en")
ALLOWED = tuple(field.name for field in fields(Scenario))


@dataclass(frozen=True, slots=True)
class Draft:
    """A scenario whose levers have not been checked against parameters and codes yet."""

    scenario: Scenario
    document: Document


def read_draft(document: Document, complaints: Complaints, required: Sequence[str] = REQUIRED) -> Draft:
    """Return the texts and overrides of a scenario; its levers wait until all parameters are known."""
    data = document.data
    for name in data:
        if name not in ALLOWED:
            complaints.add(document.where(name), f"das Feld «{name}» ist unbekannt", ", ".join(ALLOWED))
    for name in required:
        if data.get(name) in (None, ""):
            complaints.add(document.where(name), f"das Feld «{name}» fehlt oder ist leer", "eine Angabe")
    overrides = []
    for at, item in enumerate(_listed(document, "overrides", complaints)):
        try:
            overrides.append(Override.of(item))
        except (DefinitionError, TypeError, AttributeError) as error:
            what = getattr(error, "what", "eine Überschreibung hat keine Felder")
            complaints.add(document.where("overrides", at), what, getattr(error, "expected", ""))
    texts: dict[str, Any] = {
        name: str(data.get(name) or "") for name in (*REQUIRED, "description_de", "description_en", "review")
    }
    _listed(document, "levers", complaints)
    extends = tuple(str(name) for name in _listed(document, "extends", complaints))
    return Draft(Scenario(**texts, overrides=tuple(overrides), extends=extends), document)


def _listed(document: Document, name: str, complaints: Complaints) -> list[Any]:
    found = document.data.get(name) or []
    if not isinstance(found, list):
        complaints.add(document.where(name), f"das Feld «{name}» ist keine Liste", "eine Liste")
        return []
    return found


def lever_rules(
    values: ParameterSet, codes: CodeList, regions: Iterable[str], years: tuple[int, int] = ANY_YEAR
) -> LeverRules:
    """What levers are checked against: the allowed ranges, the trades and the regions with accounts."""
    limits = values.parameters[RANGE_PARAMETER]
    for entry in limits.entries:
        values.entry(RANGE_PARAMETER, **dict(zip(limits.keyed_by, entry.key, strict=True)))

    def amount(name: str, key: Mapping[str, Any]) -> Amount:
        entry = values.entry(name, **key)
        return Amount(entry.value, entry.low, entry.high, entry.source, entry.note or f"Parameter {name}")

    return LeverRules(
        ranges={
            (str(entry.key[0]), str(entry.key[1])): (entry.value, entry.low, entry.high)
            for entry in limits.entries
        },
        trades={code: trade.group for code, trade in codes.trades.items()},
        regions=(kept := frozenset(regions)),
        without_accounts=frozenset(codes.regions) - kept,
        years=years,
        parameter=amount,
    )


def settled(draft: Draft, rules: LeverRules | None) -> Scenario:
    """Return the scenario with its levers checked.

    Raises:
        DefinitionError: A lever is unknown, incomplete, out of range or aims at something unknown.
    """
    given = draft.document.data.get("levers") or []
    if given and (rules is None or not isinstance(given, list)):
        raise DefinitionError(
            "Die Hebel des Szenarios lassen sich nicht prüfen.",
            where=draft.document.where("levers"),
            expected=f"eine Liste von Hebeln und der Parameter {RANGE_PARAMETER}",
        )
    levers = tuple(
        lever_of(item, rules, draft.document.where("levers", at))
        for at, item in enumerate(given)
        if rules is not None
    )
    return replace(draft.scenario, levers=levers)


def require_known_ranges(values: ParameterSet) -> None:
    """Refuse a permitted range for an override of a parameter that does not exist.

    Raises:
        DefinitionError: `override_range` names an unknown parameter.
    """
    if OVERRIDE_RANGE not in values.parameters:
        return
    for entry in values.parameters[OVERRIDE_RANGE].entries:
        name, bound = (str(part) for part in entry.key)
        values.entry(OVERRIDE_RANGE, parameter=name, bound=bound)
        if name not in values.parameters:
            raise DefinitionError(
                f"Für die unbekannte Annahme «{name}» ist eine Spanne festgelegt.",
                where=f"Parameter {OVERRIDE_RANGE}", expected="ein Name aus data/parameters/",
                remedy="Den Eintrag berichtigen oder löschen.",
            )  # fmt: skip


def settled_scenarios(
    drafts: Mapping[str, Draft], values: ParameterSet, codes: CodeList, sources: Iterable[str]
) -> dict[str, Scenario]:
    """Check all shipped scenarios: levers, sources, what they build on, and that nothing contradicts.

    Raises:
        DefinitionError: One of them breaks a rule; the scenario is named.
    """
    require_known_ranges(values)
    rules = lever_rules(values, codes, codes.regions) if RANGE_PARAMETER in values.parameters else None
    found = {name: settled(draft, rules) for name, draft in drafts.items()}
    known = frozenset(sources)
    for name, scenario in found.items():
        where = f"data/scenarios/{name}.yaml"
        for lever in scenario.levers:
            for label, amount in lever.amounts.items():
                if amount.source and amount.source not in known:
                    raise DefinitionError(
                        f"Die Quelle «{amount.source}» steht in keiner Datei unter data/sources.",
                        where=f"{where}, {lever.kind}.{label}", expected="die id einer Quelle",
                    )  # fmt: skip
        try:
            parts = expanded([name], found)
            combine((part.name, part.levers) for part in parts)
            values.with_overrides(combined_overrides(parts))
        except DefinitionError as error:
            raise DefinitionError(
                f"Das Szenario «{name}» passt nicht zu den Parametern oder zu den anderen: {error.what}",
                where=where, expected=error.expected, remedy=error.remedy, rows=error.rows,
            ) from error  # fmt: skip
    return found
