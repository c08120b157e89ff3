"""Published facts a model is held against, and the verdict: inside, or by how much it misses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Relation = Literal["range", "at_least", "at_most"]
RELATIONS: tuple[str, ...] = get_args(Relation)


@dataclass(frozen=True, slots=True)
class Fact:
    """One published value with its rounding, and how the model's value beside it is made.

    Args:
        code: Name of the fact.
        name_de: What was published, German.
        name_en: The same in English.
        unit: Unit of both values.
        region: Region the published value is about.
        year: Year it is about.
        low: Smallest value the publication allows (rounding, «mehr als»).
        high: Largest value it allows.
        relation: ``range`` = the model must meet it; ``at_least`` / ``at_most`` = it bounds the model.
        independent: Whether the model was made without this value; a calibrated one can only show that the
            calculation comes back to it.
        source: Id of the publication.
        computed_de: How the model's value is computed.
        computed_en: The same in English.
        reason_de: Why the model may miss it.
        reason_en: The same in English.
        base: Published total a share is applied to, where there is one.
    """

    code: str
    name_de: str
    name_en: str
    unit: str
    region: str
    year: int
    low: float
    high: float
    relation: Relation
    independent: bool
    source: str
    computed_de: str
    computed_en: str
    reason_de: str = ""
    reason_en: str = ""
    base: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a model's value stands to a fact.

    Args:
        inside: The model's range and the published values meet.
        exact: The model's own value, not only its range, agrees.
        missed_by: Distance from the model's value to the published values, signed; 0 if it agrees.
    """

    inside: bool
    exact: bool
    missed_by: float


def judge(fact: Fact, value: float, lower: float, upper: float) -> Verdict:
    """Hold a model's value and range against a fact.

    ``missed_by = value − nearest allowed value``; inside if ``[lower, upper]`` holds an allowed value.
    What the relation does not bound is allowed without end.

    Args:
        fact: What was published.
        value: The model's value, in the unit of the fact.
        lower: Lower end of its range.
        upper: Upper end of its range.

    Example:
        >>> share = Fact("x", "", "", "share", "DE", 2023, 0.5, 0.6, "range", True, "", "", "")
        >>> judge(share, 0.75, 0.5, 1.0)
        Verdict(inside=True, exact=False, missed_by=0.15000000000000002)
    """
    low = -float("inf") if fact.relation == "at_most" else fact.low
    high = float("inf") if fact.relation == "at_least" else fact.high
    missed = value - min(max(value, low), high)
    return Verdict(inside=lower <= high and upper >= low, exact=missed == 0, missed_by=missed)
