"""Training need: how many new contracts a year would close the gap in a target year.

A contract signed now adds a skilled worker years later and not always: it may be dissolved, failed, or
the journeyman may leave. The yield of a contract follows the same pipeline as the forecast itself, so
that the need, put back into the accounts, closes the gap on average.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forecast.domain.account import Counts, Floats
from forecast.domain.apprentices import (
    TrainingPipeline,
    contracts_begun,
    graduates,
    skilled_entrants,
    training_lag,
)
from forecast.errors import ModelError


def first_effective_year(first_start: int, training_years: float) -> int:
    """Return the first year in which contracts begun in ``first_start`` add skilled workers.

    Args:
        first_start: First start year that can still be influenced.
        training_years: Length of training in years.

    Example:
        >>> first_effective_year(2026, 3.5)
        2030
    """
    return first_start + training_lag(training_years)


def starts_in_time(start_years: Counts, target: int, training_years: float) -> npt.NDArray[np.bool_]:
    """Mark the start years whose first examinations fall into the target year or before, (S,).

    Args:
        start_years: Start years that can still be influenced, (S,).
        target: Year in which the gap is to be closed.
        training_years: Length of training in years.
    """
    return np.asarray(start_years) + training_lag(training_years) <= target


def yield_per_new_contract(
    pipeline: TrainingPipeline, start_years: Counts, entry_years: Counts, retained: Floats
) -> Floats:
    """Return the skilled workers at the target year that one more published new contract brings.

    ``Σ_t kernel[t − s] · stay · retained[t] / (1 − l0)`` over the entry years t up to the target; the
    division turns a published new contract into contracts begun.

    Args:
        pipeline: Assumptions of one trade.
        start_years: Start years, (S,).
        entry_years: Years of entry up to and including the target, (Y,).
        retained: Share of those entering in each year who are still there at the target, (D, Y).

    Returns:
        Persons per contract, (D, S).
    """
    one_contract = np.ones((pipeline.pass_first.size, len(start_years)))
    begun = contracts_begun(one_contract, pipeline.dissolution)
    passed = graduates(begun, start_years, entry_years, pipeline)
    still_there = skilled_entrants(passed, pipeline) * retained[:, None, :]
    return np.asarray(still_there.sum(axis=2), dtype=np.float64)


def training_need(gap: Floats, planned: Floats, yield_per_contract: Floats) -> Floats:
    """Return the new contracts a year that close the gap, if kept up over all start years in time.

    ``need = max(0, mean_s planned[s] + gap / Σ_s yield[s])``: each start year gets the same number of
    additional contracts. The planned contracts are those already in the forecast of supply; a negative
    gap lowers the need, never below zero.

    Args:
        gap: Demand minus supply in the target year, (D,).
        planned: New contracts expected anyway, by start year, (D, S).
        yield_per_contract: Skilled workers at the target year per new contract, (D, S).

    Returns:
        New contracts a year, (D,).

    Raises:
        ModelError: If no start year is in time or no contract yields anybody; callers show the status
            ``not_reachable``.

    Example:
        >>> training_need(np.array([30.0]), np.array([[10.0, 14.0]]), np.array([[0.4, 0.2]])).round(6)
        array([62.])
    """
    total_yield = yield_per_contract.sum(axis=1)
    if yield_per_contract.shape[1] == 0 or not np.all(total_yield > 0):
        raise ModelError(
            "Kein Ausbildungsjahrgang kann die Lücke bis zum Zieljahr schließen.",
            where="training_need",
            expected="mindestens ein Jahrgang, der bis zum Zieljahr ausgelernt hat",
            remedy="Ein späteres Zieljahr wählen.",
        )
    need: Floats = np.maximum(planned.mean(axis=1) + gap / total_yield, 0)
    return need
