"""A value with its range and where it comes from: one fact of a table under data/skills."""

from __future__ import annotations

from dataclasses import dataclass

from forecast.domain.account import Floats
from forecast.domain.parameters import triangular

READ_KINDS = ("measured", "derived", "law")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with low ≤ value ≤ high, its kind and the id of its source.

    Args:
        kind: measured, derived or law if it was read; judgement or memory if it was not.
    """

    value: float
    low: float
    high: float
    kind: str
    source: str

    @property
    def read_in_source(self) -> bool:
        """Whether the number stands in a source that was read."""
        return self.kind in READ_KINDS

    def scaled(self, factor: float, kind: str) -> Estimate:
        """Return the estimate times a factor, under another kind."""
        return Estimate(self.value * factor, self.low * factor, self.high * factor, kind, self.source)

    def draws(self, uniforms: Floats) -> Floats:
        """Return draws (D,): triangular between low and high with the value as mode.

        Args:
            uniforms: Numbers in [0, 1], (D,).

        Example:
            >>> import numpy as np
            >>> Estimate(2.0, 2.0, 2.0, "measured", "x").draws(np.array([0.1, 0.9])).tolist()
            [2.0, 2.0]
        """
        return triangular(uniforms, self.low, self.value, self.high)
