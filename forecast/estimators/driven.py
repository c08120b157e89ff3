"""Many series with one driver each, side by side: the input of every model with a driver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecast.errors import ModelError
from forecast.estimators.protocol import Array

HALF: Final = 0.5  # added to counts under the logarithm


@dataclass(frozen=True, slots=True)
class Driven:
    """N series of one kind with one driver each, on consecutive calendar years.

    Args:
        keys: (N,) names; seed the draws.
        figures: (N, T) observed values, NaN for gaps; the last column is the origin.
        driver: (N, T) driver in the same years (already lagged), > 0 or NaN; estimated where not printed.
        ahead: (N, D, H) draws of the driver in the years after the origin, > 0.
        second: (N, T) second driver of the regression, e.g. vacancies a year earlier; None without.
        second_ahead: (N, D, H) its draws.
    """

    keys: tuple[str, ...]
    figures: Array
    driver: Array
    ahead: Array
    second: Array | None = None
    second_ahead: Array | None = None


def enough(usable: NDArray[np.bool_], values: Array, least_rows: int, least_series: int) -> None:
    """Refuse if a series is too short or if there are too few of them."""
    good = (usable.sum(axis=1) >= least_rows) & (np.where(usable, values, 0).sum(axis=1) > 0)
    if not good.all() or len(good) < least_series:
        raise ModelError(
            "Zu wenige Beobachtungen für ein Modell mit Treiber.",
            where=f"{int(good.sum())} von {len(good)} Reihen mit mindestens {least_rows} Jahren",
            expected=f"mindestens {least_series}, alle lang genug",
            remedy="Die Vorausschätzung läuft ohne den Treiber weiter.",
        )


def ceiling(values: Array) -> float:
    """Return the log of what no draw may exceed: e² times the largest value seen."""
    return float(np.log(np.nanmax(values) + 1) + 2)
