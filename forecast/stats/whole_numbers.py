"""Whole numbers that add up: what is cut off in one place is made good in the next.

Rounding every number by itself makes small numbers vanish from a sum of many: eighty times 0.4 would be
nothing. Here numbers are rounded one after the other, and what has been cut off so far decides who is rounded
up.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecast.errors import ModelError

FloatArray = NDArray[np.float64]
#: Digits after the point beyond which a number counts as whole: means of draws carry binary noise.
DIGITS: Final = 6
#: How much of what has been cut off counts: all of it would often round 0.9 down, nothing would lose small
#: numbers. With a third nineteen of twenty numbers move by less than 0.65; sums stay within one and a half.
KEPT: Final = 1 / 3
_HALF: Final = 0.5


def running_whole(exact: FloatArray, carry: FloatArray) -> FloatArray:
    """The next whole numbers of a sequence, `⌊x + c/3 + ½⌋`: up or down by less than one, whole ones stay.

    Args:
        exact: Numbers, any shape.
        carry: What has been cut off before (c), the same shape; it stays below one and a half.

    Example:
        >>> running_whole(np.array([0.4, 0.4, 3.0]), np.array([0.0, 0.4, 0.4])).tolist()
        [0.0, 1.0, 3.0]
    """
    known = np.clip(np.round(KEPT * carry, DIGITS), -_HALF, _HALF - 10.0**-DIGITS)
    return np.asarray(np.floor(np.round(exact, DIGITS) + known + _HALF)) + 0.0


def share_out(parts: FloatArray, totals: FloatArray, carry: FloatArray) -> FloatArray:
    """Round parts so that they add up to given whole numbers; each moves by less than one, whole ones stay.

    Of those with a remainder the ones with the largest remainder and a third of the carry are rounded up;
    equal ones in the order of the parts.

    Args:
        parts: Numbers of any sign (K, …).
        totals: Whole numbers next to their sums (…).
        carry: What has been cut off of each part before (K, …).

    Returns:
        Whole numbers (K, …).

    Raises:
        ModelError: A total is not next to the sum of its parts.

    Example:
        >>> share_out(np.array([[0.4], [0.6]]), np.array([1.0]), np.array([[0.9], [0.0]])).tolist()
        [[1.0], [0.0]]
    """
    exact = np.round(parts, DIGITS)
    below = np.floor(exact)
    rest = exact - below
    up = totals - below.sum(axis=0)
    if np.any((up < 0) | (up > np.count_nonzero(rest, axis=0))):
        raise ModelError(
            "Die Teile lassen sich nicht auf ihre Summen runden.",
            where="share_out",
            expected="ganze Zahlen neben den Summen der Teile",
        )
    wish = np.where(rest > 0, rest + KEPT * carry, -np.inf)
    rank = np.argsort(np.argsort(-wish, axis=0, kind="stable"), axis=0, kind="stable")
    return np.asarray(below + (rank < up), dtype=np.float64) + 0.0
