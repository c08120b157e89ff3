"""Parameters as draws: one assumption, one random number per draw, shared by every cell that uses it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.domain.parameters import ParameterSet
from forecast.stats.draws import generator_for, uniforms

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
        return uniforms(self.seed, "parameter", name, *key, size=self.draws)

    def draw(self, name: str, **key: str | float) -> FloatArray:
        """Draws (D,) of one parameter entry, triangular between its low and high.

        The random numbers belong to the entry, not to the key asked for: one assumption for all trades (`*`)
        is wrong for all of them in the same way.
        """
        keyed_by = self.parameters.parameters[name].keyed_by if name in self.parameters.parameters else ()
        found = zip(keyed_by, self.parameters.entry(name, **key).key, strict=True)
        labels = tuple(f"{part}={value}" for part, value in sorted(found))
        return self.parameters.draws(name, self.uniform(name, *labels), **key)

    def profile(
        self, name: str, key_name: str, values: NDArray[np.int64], **other: str | float
    ) -> FloatArray:
        """Draws (D, n) of a parameter along a numeric key such as age.

        One uniform number moves the whole profile: if exits at 62 are higher than assumed, so are those
        at 63.
        """
        labels = tuple(f"{part}={value}" for part, value in sorted(other.items()))
        common = self.uniform(name, *labels)
        columns = [self.parameters.draws(name, common, **{key_name: int(value)}, **other) for value in values]
        return np.stack(columns, axis=1)

    def normal(self, name: str, *key: str) -> FloatArray:
        """Standard normal numbers (D,) that belong to one estimate and key."""
        return generator_for(self.seed, "estimate", name, *key).standard_normal(self.draws)
