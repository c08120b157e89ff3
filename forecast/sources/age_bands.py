"""Age bands held against the total printed beside them: a profile that does not add up is no profile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pandas as pd

KEY: Final = ("indicator", "trade", "region", "year", "source")
OBSERVED: Final = "observed"
UNKNOWN_AGE: Final = 0.001
"""Up to this share of a total the offices count people whose age they do not know."""


def uneven_totals(figures: pd.DataFrame) -> Iterator[tuple[str, int, str, str]]:
    """Return totals that are not the sum of their age bands: file, line, what was found and expected.

    Only where total and all bands of the file are there as observed: rounded and suppressed figures need not
    add up. A few people of unknown age may be in the total.

    Args:
        figures: Rows of one file with `age`, `value`, `status`, `file` and `line`.
    """
    aged = figures[figures["age"] != ""]
    for indicator, rows in aged.groupby("indicator", sort=False):
        bands = frozenset(rows["age"])
        own = figures[figures["indicator"] == indicator]
        for _, cell in own.groupby(list(KEY), sort=False):
            total, parts = cell[cell["age"] == ""], cell[cell["age"] != ""]
            whole = len(total) == 1 and len(parts) == len(bands) and set(parts["age"]) == bands
            if not whole or (cell["status"] != OBSERVED).any():
                continue
            found, summed = float(total["value"].iloc[0]), float(parts["value"].sum())
            if abs(found - summed) > UNKNOWN_AGE * found:
                expected = f"{summed:.15g}, die Summe der {len(bands)} Altersgruppen"
                yield str(total["file"].iloc[0]), int(total["line"].iloc[0]), f"{found:.15g}", expected
