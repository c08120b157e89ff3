"""What the project promises of its forecasts: «must» and «aim» of every measured quantity."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Final


@dataclass(frozen=True, slots=True)
class Bound:
    """A closed range of good values."""

    low: float
    high: float

    def holds(self, values: tuple[float, ...]) -> bool:
        """Tell whether every value lies in the range; a value that is not a number does not."""
        return all(self.low <= value <= self.high for value in values)


@dataclass(frozen=True, slots=True)
class Goal:
    """What must hold and what is aimed at."""

    must: Bound
    aim: Bound


def at_most(must: float, aim: float) -> Goal:
    """Return the goal of a quantity that should be small."""
    return Goal(Bound(-inf, must), Bound(-inf, aim))


def at_least(must: float, aim: float) -> Goal:
    """Return the goal of a quantity that should be large."""
    return Goal(Bound(must, inf), Bound(aim, inf))


OWA_AUTOETS: Final = at_most(0.94, 0.90)
OWA_DOTM: Final = at_most(0.97, 0.93)
OWA_DOTM_WORST: Final = at_most(1.00, 0.98)
COVERAGE_95: Final = Goal(Bound(0.92, 0.98), Bound(0.94, 0.96))
COVERAGE_95_BY_HORIZON: Final = Goal(Bound(0.89, 1.0), Bound(0.93, 0.97))
COVERAGE_80: Final = Goal(Bound(0.74, 0.86), Bound(0.78, 0.82))
MSIS: Final = at_most(0.75, 0.60)
COUNT_95: Final = Goal(Bound(0.93, 0.97), Bound(0.94, 0.96))
COUNT_80: Final = Goal(Bound(0.77, 0.84), Bound(0.79, 0.81))
NEGATIVE_BOUNDS: Final = at_most(0.0, 0.0)
BUNDLED_WAPE: Final = {1: at_most(1.00, 0.97), 3: at_most(0.98, 0.94), 5: at_most(0.94, 0.89)}
BUNDLED_WIS: Final = at_most(0.95, 0.90)
SERIES_PER_SECOND: Final = at_least(20_000, 100_000)
TIMES_AUTOETS: Final = at_least(70, 350)
PREDICT_SECONDS: Final = at_most(10.0, 3.0)
PREDICT_GIGABYTES: Final = at_most(1.0, 0.5)
RECONCILE_SECONDS: Final = at_most(0.5, 0.05)
RECONCILE_COHERENCE: Final = at_most(1e-8, 1e-8)
MILLION_GIGABYTES: Final = at_most(2.0, 1.0)
#: Peak memory of a million series over that of a quarter: flat means that it hardly grows.
MILLION_GROWTH: Final = at_most(1.25, 1.10)
WHAT_IF_MILLISECONDS: Final = at_most(100.0, 30.0)
WHAT_IF_CELL_MILLISECONDS: Final = at_most(10.0, 5.0)
# The service has limits, no separate aim.
RUN_SECONDS: Final = at_most(60.0, 60.0)
START_SECONDS: Final = at_most(2.0, 2.0)
ANSWER_MILLISECONDS: Final = at_most(20.0, 20.0)
