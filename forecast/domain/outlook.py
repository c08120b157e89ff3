"""Outlook for someone who starts today: supply for demand in the year in which they finish.

``ratio = supply / demand``, set into the five classes of the Research Centre for Education and the Labour
Market (ROA, Maastricht): up to 0.85 very good for the newcomer, up to 1.00 good, up to 1.05 fair (a surplus
of a size that job changes explain), up to 1.15 moderate, above that bad.
"""

from __future__ import annotations

import numpy as np

from forecast.domain.account import Floats
from forecast.domain.apprentices import training_lag
from forecast.errors import ModelError

CLASSES = ("very_good", "good", "fair", "moderate", "bad")
"""From too few skilled workers to too many, as seen by someone looking for work."""


def finish_year(start_year: int, training_years: float) -> int:
    """Return the year of the first final examination of someone who starts in autumn of a year.

    Example:
        >>> finish_year(2026, 3.5)
        2030
    """
    return start_year + training_lag(training_years)


def supply_ratio(supply: Floats, demand: Floats) -> Floats:
    """Return supply per demand, (D, Y).

    Args:
        supply: Skilled workers there are, (D, Y).
        demand: Skilled workers wanted, (D, Y).

    Raises:
        ModelError: If nobody is wanted anywhere or a number is negative.
    """
    if not (np.all(demand > 0) and np.all(supply >= 0)):
        raise ModelError(
            "Angebot je Bedarf ist ohne Bedarf nicht bestimmt.", where="demand", expected="Bedarf über 0"
        )
    return np.asarray(supply / demand, dtype=np.float64)


def class_of(ratio: Floats, limits: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Return positions in CLASSES; a ratio on a limit belongs to the class below it.

    Args:
        ratio: Supply per demand, any shape.
        limits: The four limits, ascending.

    Raises:
        ModelError: If there are not four ascending limits.

    Example:
        >>> class_of(np.array([0.85, 0.86, 1.0, 1.2]), np.array([0.85, 1.0, 1.05, 1.15])).tolist()
        [0, 1, 1, 4]
    """
    if limits.shape != (len(CLASSES) - 1,) or np.any(np.diff(limits) <= 0):
        raise ModelError(
            "Die Grenzen der Ampel steigen nicht an oder sind nicht vier.",
            where="traffic_light_limits",
            rows=(str(limits.tolist()),),
        )
    return np.searchsorted(limits, ratio, side="left").astype(np.int64)


def class_probabilities(ratio: Floats, limits: Floats) -> Floats:
    """Return the share of draws in each class, (5, Y); the columns add to 1.

    Args:
        ratio: Supply per demand, (D, Y).
        limits: The four limits, ascending.
    """
    classes = class_of(ratio, limits)
    return np.stack([(classes == at).mean(axis=0) for at in range(len(CLASSES))])
