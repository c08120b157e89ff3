"""Parameters as draws: one assumption, one random number per draw, shared by every cell that uses it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

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
    _known: dict[tuple[object, ...], FloatArray] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __reduce__(self) -> tuple[type[ParameterDraws], tuple[ParameterSet, int, int]]:
        """Only what the draws follow from travels to other processes."""
        return ParameterDraws, (self.parameters, self.seed, self.draws)

    def once(self, key: tuple[object, ...], make: Callable[[], FloatArray]) -> FloatArray:
        """What follows from the parameters alone, computed once and shared; it cannot be written to.

        Args:
            key: Name of the quantity and everything else it depends on.
            make: Computes it.
        """
        if key not in self._known:
            made = make()
            made.flags.writeable = False
            self._known[key] = made
        return self._known[key]

    def uniform(self, name: str, *key: str) -> FloatArray:
        """Stratified uniform numbers (D,) that belong to one parameter and key."""
        return uniform_of(self.seed, self.draws, name, *key)

    def draw(self, name: str, **key: str | float) -> FloatArray:
        """Draws (D,) of one parameter entry, triangular between its low and high.

        The random numbers belong to the entry, not to the key asked for: one assumption for all trades (`*`)
        is wrong for all of them in the same way.
        """
        return self.once(
            ("draw", name, *((part, repr(key[part])) for part in sorted(key))),
            lambda: drawn(self.parameters, self.seed, self.draws, name, **key),
        )

    def profile(
        self, name: str, key_name: str, values: NDArray[np.int64], **other: str | float
    ) -> FloatArray:
        """Draws (D, n) of a parameter along a numeric key such as age.

        One uniform number moves the whole profile: if exits at 62 are higher than assumed, so are those
        at 63.
        """
        return self.once(
            (
                "profile",
                name,
                key_name,
                *values.tolist(),
                *((part, repr(other[part])) for part in sorted(other)),
            ),
            lambda: drawn_profile(self.parameters, self.seed, self.draws, name, key_name, values, **other),
        )

    def normal(self, name: str, *key: str) -> FloatArray:
        """Standard normal numbers (D,) that belong to one estimate and key."""
        return generator_for(self.seed, "estimate", name, *key).standard_normal(self.draws)
