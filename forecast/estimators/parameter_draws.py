"""Parameters as draws: one assumption, one random number per draw, shared by every cell that uses it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.domain.drawn import drawn, drawn_profile, uniform_of
from forecast.domain.parameters import ParameterSet
from forecast.stats.draws import generator_for

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ParameterDraws:
    """Draws of parameters under one seed.

    The same parameter with the same key gives the same draws in every trade and region: an assumption that
    is wrong is wrong everywhere at once, and sums over cells show it.

    Args:
        parameters: Validated parameters (with scenario overrides applied).
        seed: Seed of the run.
        draws: Number of draws D.
    """

    parameters: ParameterSet
    seed: int
    draws: int

    def uniform(self, name: str, *key: str) -> FloatArray:
        """Stratified uniform numbers (D,) that belong to one parameter and key."""
        return uniform_of(self.seed, self.draws, name, *key)

    def draw(self, name: str, **key: str | float) -> FloatArray:
        """Draws (D,) of one parameter entry, triangular between its low and high.

        The random numbers belong to the entry, not to the key asked for: one assumption for all trades (`*`)
        is wrong for all of them in the same way.
        """
        return drawn(self.parameters, self.seed, self.draws, name, **key)

    def profile(
        self, name: str, key_name: str, values: NDArray[np.int64], **other: str | float
    ) -> FloatArray:
        """Draws (D, n) of a parameter along a numeric key such as age.

        One uniform number moves the whole profile: if exits at 62 are higher than assumed, so are those
        at 63.
        """
        return drawn_profile(self.parameters, self.seed, self.draws, name, key_name, values, **other)

    def normal(self, name: str, *key: str) -> FloatArray:
        """Standard normal numbers (D,) that belong to one estimate and key."""
        return generator_for(self.seed, "estimate", name, *key).standard_normal(self.draws)
