"""What an estimator of this package looks like from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Years: TypeAlias = NDArray[np.int_]


@dataclass(frozen=True, slots=True)
class History:
    """One yearly series as it was known.

    Args:
        key: Name of the series; seeds its draws.
        years: (T,) years, any order, each at most once.
        values: (T,) values; NaN is a gap.
    """

    key: str
    years: Years
    values: Array


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
