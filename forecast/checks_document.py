"""The table `world_checks` of a release: published facts, the model beside them, and the verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from forecast.domain.facts import Fact
from forecast.errors import DefinitionError, InputError, ModelError
from forecast.world_checks import COMPUTATIONS, CheckedFact, World, check_world

COLUMNS: Final = (
    "code", "name_de", "name_en", "unit", "region", "year", "relation", "independent", "published_low",
    "published_high", "value", "lower_80", "upper_80", "verdict", "missed_by", "computed_de", "computed_en",
    "reason_de", "reason_en", "source",
)  # fmt: skip
MET, WITHIN, MISSED, NOT_COMPUTED = "met", "within_range", "missed", "not_computed"
_DIGITS: Final = 6


def checks_document(world: World, facts: Mapping[str, Fact]) -> dict[str, Any]:
    """Hold every fact against the model; one that this state of the figures cannot answer says so.

    Args:
        world: What the model's values are computed from.
        facts: Published facts.

    Raises:
        DefinitionError: A fact has no computation.
    """
    check_world(world, {code: fact for code, fact in facts.items() if code not in COMPUTATIONS})
    rows = [_row(world, facts[code]) for code in COMPUTATIONS if code in facts]
    return {"columns": list(COLUMNS), "rows": rows}


def verdict_of(item: CheckedFact) -> str:
    """`met` by the model's own value, `within_range`, or `missed`."""
    return MET if item.verdict.exact else WITHIN if item.verdict.inside else MISSED


def _row(world: World, fact: Fact) -> list[Any]:
    head = [fact.code, fact.name_de, fact.name_en, fact.unit, fact.region, fact.year, fact.relation]
    head += [fact.independent, fact.low, fact.high]
    words = [fact.computed_de.strip(), fact.computed_en.strip()]
    try:
        (item,) = check_world(world, {fact.code: fact})
    except (DefinitionError, InputError, ModelError) as error:
        said = [error.what, "The figures of this release do not hold what the calculation needs."]
        return [*head, None, None, None, NOT_COMPUTED, None, *words, *said, fact.source]
    numbers = [round(number, _DIGITS) for number in (item.value, item.lower, item.upper)]
    verdict = verdict_of(item)
    reasons = ["", ""] if verdict == MET else [fact.reason_de.strip(), fact.reason_en.strip()]
    return [*head, *numbers, verdict, round(item.verdict.missed_by, _DIGITS), *words, *reasons, fact.source]
