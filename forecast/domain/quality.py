"""The grade of a published cell and its reasons: what it rests on, how wide it is, how it did in the past.

A: printed, only rounded. B: estimated from related figures. C: limited. D: a clue only. Each reason alone can
push a cell down, none can lift it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

GRADES = ("A", "B", "C", "D")
SMALL, SHARES, LOST, UNTESTED, WIDE, VERY_WIDE = "small", "shares", "lost", "untested", "wide", "very_wide"
AGES, GAP_LOST = "ages", "gap_lost"
WORST_OF = {
    SMALL: "D", SHARES: "C", LOST: "C", UNTESTED: "C", WIDE: "C", VERY_WIDE: "D", AGES: "C", GAP_LOST: "C",
}  # fmt: skip
"""The best grade a cell can have for which a reason holds."""


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """Where a cell falls to a lower grade.

    Args:
        share_estimated: Part of a value resting on estimated shares above which it is at best C.
        wide: 80 % range relative to the stock above which a cell is at best C.
        very_wide: The same, above which it is D.
        widest: The same, above which a cell of a small trade is not shown at all.
    """

    share_estimated: float
    wide: float
    very_wide: float
    widest: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about one cell.

    Args:
        printed: Whether the figure stands in a publication.
        small: Whether the trade is too small for single numbers.
        share_estimated: Part of the value resting on estimated shares, 0…1.
        relative_width: 80 % range divided by the stock of the base year.
        lost: Whether the backtest lost to the last value at this distance; None if it was not tested.
        ages_judged: Whether the age profile of its people is judged, not measured.
        gap_lost: Whether the gap of the accounts erred more than the last value at this distance, asked at
            past years; None if it was not tested.
        forecast: Whether the cell is a forecast; only then the backtest counts.
    """

    printed: bool
    small: bool
    share_estimated: float
    relative_width: float
    lost: bool | None
    ages_judged: bool
    gap_lost: bool | None
    forecast: bool = True


def grade_of(evidence: Evidence, limits: QualityLimits) -> tuple[str, tuple[str, ...]]:
    """Return the grade and the reasons that hold, the heaviest first.

    Args:
        evidence: What is known about the cell.
        limits: Where it falls.

    Example:
        >>> limits = QualityLimits(0.5, 0.3, 0.6, 1.0)
        >>> grade_of(Evidence(False, False, 0.1, 0.2, None, False, None), limits)
        ('C', ('untested',))
    """
    holds = {
        SMALL: evidence.small,
        VERY_WIDE: evidence.relative_width > limits.very_wide,
        WIDE: limits.wide < evidence.relative_width <= limits.very_wide,
        SHARES: not evidence.printed and evidence.share_estimated > limits.share_estimated,
        AGES: evidence.forecast and evidence.ages_judged,
        GAP_LOST: evidence.forecast and evidence.gap_lost is True,
        LOST: evidence.forecast and evidence.lost is True,
        UNTESTED: evidence.forecast and evidence.lost is None,
    }
    reasons = tuple(reason for reason, found in holds.items() if found)
    best = "A" if evidence.printed else "B"
    return max([best, *(WORST_OF[reason] for reason in reasons)]), reasons


def too_wide(evidence: Evidence, limits: QualityLimits) -> bool:
    """Return whether a cell must not be shown: small, and its range wider than the stock it is about."""
    return evidence.small and evidence.relative_width > limits.widest


def share_resting_on_estimates(shares: Sequence[float]) -> float:
    """Return the part of a value that rests on estimated shares, ``1 − share of its main group``.

    A trade that fills its occupation groups needs no share; one of many in a group needs little else.

    Args:
        shares: Share of the trade in each of its occupation groups, the main one first.

    Example:
        >>> share_resting_on_estimates([0.9, 0.1])
        0.09999999999999998
    """
    return 1 - shares[0] if shares else 1
