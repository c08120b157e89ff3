"""Retirement by age where the law moves the age: three ways into the pension, each with its own limit.

The schedule of yearly rates belongs to one cohort. Of the people it describes, some wait for the age after 45
years of insurance, some leave at 63 with deductions whatever the law says about later ages, the others follow
the regular age. Each way reads the same schedule at an age moved by its own months::

    rate'(x) = Σ_way weight[way] · rate(max(x − months[way]/12, first age))

Below the first age of the schedule nobody retires, and no shift reaches there: exits of younger people are
health exits and have their own rates.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forecast.errors import ModelError

Rates = npt.NDArray[np.floating]

MONTHS_PER_YEAR = 12
AFTER_45_YEARS, WITH_DEDUCTIONS, REGULAR = "after_45_years", "with_deductions", "regular"
WAYS = (AFTER_45_YEARS, WITH_DEDUCTIONS, REGULAR)
"""Ways into retirement, in the order of every array that has an axis for them."""


def moved_rates(rates: Rates, months: Rates, first: int, start: int = 0) -> Rates:
    """Read a schedule at ages moved by some months: ``rate'(x) = rate(max(x − months/12, first))``.

    Linear between ages, constant beyond the last one and down to the first: whoever may retire six months
    later behaves like someone half a year younger. Negative months move retirement forward.

    Args:
        rates: Yearly rates of single years of age, (A, D).
        months: Months by which the limit of those now at each age lies later, (…, n, 1) or (…, n, D) for the
            ages from row ``start`` on.
        first: Row of the first age of the schedule; rows before it are read where they are.
        start: First row asked for.

    Returns:
        Rates of the rows from ``start`` on, (…, n, D).

    Example:
        >>> schedule = np.array([[0.0], [0.1], [0.3]])
        >>> moved_rates(schedule, np.full((3, 1), 6.0), first=1)[:, 0].round(3).tolist()
        [0.0, 0.1, 0.2]
    """
    last = len(rates) - 1
    rows = np.arange(start, last + 1, dtype=rates.dtype)[:, None]
    read: Rates = rows - months / rates.dtype.type(MONTHS_PER_YEAR)
    np.clip(read, rates.dtype.type(first), rates.dtype.type(last), out=read)
    if start < first:
        read = np.where(rows < first, rows, read)
    below = read.astype(np.intp)
    weight = read - below.astype(rates.dtype)
    steps = np.zeros_like(rates)  # to the next age; nothing beyond the last one
    np.subtract(rates[1:], rates[:-1], out=steps[:-1])
    if below.shape[-1] == 1:  # one shift for all draws: whole rows move
        found = steps[below[..., 0]] * weight
        found += rates[below[..., 0]]
        return np.asarray(found)
    below *= rates.shape[1]
    below += np.arange(rates.shape[1])
    moved: Rates = steps.take(below)
    moved *= weight
    moved += rates.take(below)
    return moved


def retirement_by_way(rates: Rates, months: Rates, weights: Rates, first: int, start: int = 0) -> Rates:
    """Mix the ways into retirement: ``rate'(x) = Σ_way weight · rate(max(x − months[way]/12, first))``.

    Args:
        rates: Yearly rates of the reference cohort, (A, D).
        months: Months by which the limit of each way lies later, (3, n, 1) or (3, n, D).
        weights: Share of the people on each way, (3, D), adding to 1.
        first: Row of the first age of the schedule.
        start: First row asked for.

    Returns:
        Rates of the rows from ``start`` on, (n, D).

    Raises:
        ModelError: If the weights are no shares of a whole.
    """
    if not (np.all(weights >= 0) and np.allclose(weights.sum(axis=0), 1)):
        raise ModelError(
            "Die Wege in den Ruhestand ergeben zusammen nicht 1.",
            where=", ".join(WAYS),
            expected="Anteile ab 0 mit der Summe 1",
        )
    every = moved_rates(rates, months, first, start)
    every *= weights[:, None]
    return np.asarray(np.add.reduce(every, axis=0))
