"""What an estimator of this package looks like from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Years: TypeAlias = NDArray[np.int_]


class KnownEvent(NamedTuple):
    """Something known to have moved a series.

    Args:
        year: First year concerned.
        kind: ``step`` and ``definition_change``: a new level from this year on; ``pulse``: this year alone.
    """

    year: int
    kind: Literal["step", "definition_change", "pulse"]


@dataclass(frozen=True, slots=True)
class History:
    """One yearly series as it was known.

    Args:
        key: Name of the series; seeds its draws.
        years: (T,) years, any order, each at most once.
        values: (T,) values; NaN is a gap.
        events: What is known to have moved it.
        partial: The last observed year is not complete; it is left out.
        bounds: (T, 2) lowest and highest possible value where the value is suppressed, NaN elsewhere; None
            without suppressed values.
    """

    key: str
    years: Years
    values: Array
    events: tuple[KnownEvent, ...] = ()
    partial: bool = False
    bounds: Array | None = None


class PointForecaster(Protocol):
    """A method that continues one history by H years."""

    def __call__(self, years: Years, values: Array, horizon: int) -> Array:
        """Return (H,) values for the years after the last observed one."""
        ...


#: A method for many series at once: (N, T) yearly values → (N, T, H) forecasts after every column.
RollingForecaster: TypeAlias = Callable[[Array, int], Array]


@runtime_checkable
class Fitted(Protocol):
    """What training leaves behind: parameters that can be stored with a card."""

    def summary(self) -> dict[str, float]:
        """Return the fitted numbers by name, for the model card."""
        ...
