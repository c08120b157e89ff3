"""Draws of parameters under one seed: which random numbers belong to which assumption.

One rule for the release and for questions «what if»: the numbers belong to the entry that holds, so that an
assumption that is wrong is wrong in every cell at once, and an override with the same value changes no bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from forecast.domain.parameters import ParameterSet
from forecast.stats.draws import uniforms

Floats = npt.NDArray[np.float64]


def uniform_of(seed: int, draws: int, name: str, *key: str) -> Floats:
    """Stratified uniform numbers (D,) that belong to one parameter and key."""
    return uniforms(seed, "parameter", name, *key, size=draws)


def drawn(values: ParameterSet, seed: int, draws: int, name: str, **key: Any) -> Floats:  # noqa: ANN401
    """Draws (D,) of one entry, triangular between its low and high.

    Args:
        values: Parameters with overrides applied.
        seed: Seed of the release.
        draws: Number of draws D.
        name: Name of the parameter.
        key: One value for each name in `keyed_by`.
    """
    keyed_by = values.parameters[name].keyed_by if name in values.parameters else ()
    found = zip(keyed_by, values.entry(name, **key).key, strict=True)
    labels = tuple(f"{part}={value}" for part, value in sorted(found))
    return values.draws(name, uniform_of(seed, draws, name, *labels), **key)


def drawn_profile(
    values: ParameterSet,
    seed: int,
    draws: int,
    name: str,
    key_name: str,
    at: npt.NDArray[np.int64],
    **other: Any,  # noqa: ANN401
) -> Floats:
    """Draws (D, n) along a numeric key such as age; one uniform number moves the whole profile.

    Args:
        values: Parameters with overrides applied.
        seed: Seed of the release.
        draws: Number of draws D.
        name: Name of the parameter.
        key_name: The key that varies.
        at: Its values (n,).
        other: The other keys, constant.
    """
    labels = tuple(f"{part}={value}" for part, value in sorted(other.items()))
    common = uniform_of(seed, draws, name, *labels)
    columns = [values.draws(name, common, **{key_name: int(value)}, **other) for value in at]
    return np.stack(columns, axis=1)
