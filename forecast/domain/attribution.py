"""Where a difference comes from: the effect of each step alone, and what the steps do together.

The effect of a step depends on what was done before it. Two numbers do not: what a step does alone, and
what is left of the total after all of these. The rest is shown as its own item, the interaction, so that the
items add to the difference whatever the order of the steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecast.domain.account import Floats
from forecast.errors import ModelError

INTERACTION = "interaction"


@dataclass(frozen=True, slots=True)
class WholeDifference:
    """A difference in whole numbers: ``after − before = Σ contributions``, the interaction among them."""

    before: int
    after: int
    contributions: Mapping[str, int]


def attribute(before: Floats, after: Floats, alone: Mapping[str, Floats]) -> dict[str, Floats]:
    """Split a difference into the contribution of each step and the interaction.

    ``contribution[i] = alone[i] − before``; ``interaction = (after − before) − Σ contributions``

    Args:
        before: The quantity without any step, any shape.
        after: The quantity with all steps.
        alone: The quantity with only this step, by name of the step.

    Returns:
        Contributions in the order given, the interaction last; they add to ``after − before``.

    Raises:
        ModelError: If a step is called like the interaction or shapes differ.

    Example:
        >>> parts = attribute(np.array(10.0), np.array(16.0), {"a": np.array(12.0), "b": np.array(13.0)})
        >>> {name: float(part) for name, part in parts.items()}
        {'a': 2.0, 'b': 3.0, 'interaction': 1.0}
    """
    if INTERACTION in alone:
        raise ModelError("Ein Schritt heißt wie das Zusammenwirken.", where=INTERACTION)
    shapes = {np.shape(part) for part in (before, after, *alone.values())}
    if len(shapes) > 1:
        raise ModelError(
            "Die Größen haben verschiedene Form.", where="attribute", rows=tuple(map(str, sorted(shapes)))
        )
    parts = {name: np.asarray(value - before, dtype=np.float64) for name, value in alone.items()}
    explained = np.sum(list(parts.values()), axis=0) if parts else np.zeros(np.shape(before))
    return {**parts, INTERACTION: np.asarray(after - before - explained, dtype=np.float64)}


def whole_difference(before: float, after: float, parts: Mapping[str, float]) -> WholeDifference:
    """Round a difference so that the whole numbers shown add, whatever is rounded.

    Both ends go to the nearest whole number, as a page shows them. Contributions move by less than one, by
    largest remainders; what rounding the two ends adds or takes away goes into the interaction.

    Args:
        before: The quantity without any step.
        after: The quantity with all steps.
        parts: Contributions by name, the interaction among them, as `attribute` returns them.

    Raises:
        ModelError: If there is no interaction among the parts.

    Example:
        >>> whole_difference(10.4, 16.6, {"a": 2.6, "b": 3.6, "interaction": 0.0}).contributions
        {'a': 3, 'b': 4, 'interaction': 0}
    """
    if INTERACTION not in parts:
        raise ModelError("Unter den Beiträgen fehlt das Zusammenwirken.", where="whole_difference")
    first, last = int(np.rint(before)), int(np.rint(after))
    values = np.array(list(parts.values()), dtype=np.float64)
    below = np.floor(values)
    remainder = values - below
    missing = last - first - int(below.sum())
    whole = below.astype(np.int64)
    up = min(max(missing, 0), int(np.count_nonzero(remainder)))
    whole[np.argsort(-remainder, kind="stable")[:up]] += 1
    contributions = dict(zip(parts, whole.tolist(), strict=True))
    contributions[INTERACTION] += missing - up
    return WholeDifference(first, last, contributions)
