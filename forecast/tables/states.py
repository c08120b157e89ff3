"""What a table says about a cell beside its number: suppressed, unfinished, a new level, an outlier."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

STATUS: Final = "status"
BOUNDS: Final = ("low", "high")

#: Kinds of cells; positions are the codes of `Block.states`.
KINDS: Final = ("plain", "suppressed", "partial", "step", "pulse")
PLAIN, SUPPRESSED, PARTIAL, STEP, PULSE = range(len(KINDS))

#: Words of the column `status`; a rounded, provisional or estimated value counts as it stands.
WORDS: Final = {
    "": PLAIN, "observed": PLAIN, "rounded": PLAIN, "provisional": PLAIN, "estimated": PLAIN,
    **{kind: code for code, kind in enumerate(KINDS) if code},
}  # fmt: skip

States = NDArray[np.uint8]
Numbers = NDArray[np.float64]


def read_state(word: str, value: float, low: float, high: float) -> tuple[str, int]:
    """Return what is wrong with the state of a cell, in German, or nothing; then its code.

    Args:
        word: Text of the column `status`.
        value: Value of the row, NaN if empty.
        low: Lowest possible value; NaN if empty, infinite if it is no usable number.
        high: Highest possible value, likewise.

    Example:
        >>> read_state("suppressed", math.nan, 0.0, 2.0), read_state("gesperrt", math.nan, 0.0, 2.0)[1]
        (('', 1), 0)
    """
    code = WORDS.get(word)
    if code is None:
        known = ", ".join(name for name in WORDS if name)
        return f"Status «{word[:40]}» ist unbekannt (möglich: {known} oder leer)", PLAIN
    if math.isinf(low) or math.isinf(high):
        return "low und high müssen gewöhnliche Zahlen mit Dezimalpunkt sein", PLAIN
    stated = [not math.isnan(bound) for bound in (low, high)]
    if code != SUPPRESSED:
        if any(stated):
            return "low und high gelten nur für Zeilen mit dem Status suppressed", PLAIN
        return "", code
    if not math.isnan(value):
        return "der Status suppressed verlangt einen leeren Wert (low und high nennen die Grenzen)", PLAIN
    if stated[0] != stated[1]:
        return "von low und high ist nur eines angegeben", PLAIN
    if low > high:
        return f"low {low:g} ist größer als high {high:g}", PLAIN
    return "", code


def sound_states(
    words: Sequence[str], codes: NDArray[np.int64], values: Numbers, low: Numbers, high: Numbers
) -> States | None:
    """Return the codes of whole columns; None if a row breaks a rule of `read_state`.

    Args:
        words: Distinct texts of the column `status`.
        codes: (n,) positions in ``words``.
        values: (n,) NaN where empty.
        low: (n,) NaN where empty.
        high: (n,) NaN where empty.
    """
    known = [WORDS.get(word, -1) for word in words]
    if -1 in known:
        return None
    states = np.array(known, dtype=np.uint8)[codes]
    hidden = states == SUPPRESSED
    stated = ~np.isnan(low)
    broken = (stated != ~np.isnan(high)) | (stated & ~hidden) | (hidden & ~np.isnan(values)) | (low > high)
    return None if broken.any() else states


def middles(values: Numbers, low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
    """Return values with the middle of the bounds where there are some, and the widths of the bounds.

    Example:
        >>> middles(np.array([5.0, np.nan]), np.array([np.nan, 0.0]), np.array([np.nan, 2.0]))
        (array([5., 1.]), array([0., 2.]))
    """
    stated = ~np.isnan(low)
    return np.where(stated, (low + high) / 2, values), np.where(stated, high - low, 0.0)
