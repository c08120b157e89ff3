"""The set of all parameters under a scenario: values, draws and a record of what was read."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from forecast.domain.lookup import Key, Parameter, ParameterEntry, index_of, normal, not_covered, resolve
from forecast.domain.scenario import Override, Scenario, overridden
from forecast.errors import DefinitionError

__all__ = ["Override", "Parameter", "ParameterEntry", "ParameterSet", "Scenario", "triangular"]

Floats = npt.NDArray[np.float64]


def triangular(uniforms: Floats, low: float, mode: float, high: float) -> Floats:
    """Return quantiles of the triangular distribution: its inverse cumulative distribution function.

    F⁻¹(u) = low + √(u·(high−low)·(mode−low)) for u ≤ (mode−low)/(high−low), else
    high − √((1−u)·(high−low)·(high−mode)); its mean is (low + mode + high)/3.

    Args:
        uniforms: Numbers in [0, 1], any shape.
        low: Smallest possible value.
        mode: Most likely value.
        high: Greatest possible value.

    Returns:
        Array of the shape of `uniforms`; constant where low = high.

    Example:
        >>> triangular(np.array([0.0, 0.5, 1.0]), 0.0, 0.0, 2.0).round(3).tolist()
        [0.0, 0.586, 2.0]
    """
    u = np.asarray(uniforms, dtype=np.float64)
    width = high - low
    if width == 0:
        return np.full(u.shape, mode)
    rising = low + np.sqrt(u * width * (mode - low))
    falling = high - np.sqrt((1 - u) * width * (high - mode))
    return np.where(u * width <= mode - low, rising, falling)


@dataclass(frozen=True, slots=True)
class ParameterSet:
    """All parameters of a run under a scenario; records which of them were read.

    Args:
        parameters: Parameters by name.
        overrides: Changes of the scenario, applied in order.

    Raises:
        DefinitionError: An override names an unknown parameter or key.
    """

    parameters: Mapping[str, Parameter]
    overrides: Sequence[Override | Mapping[str, Any]] = ()
    _index: dict[str, dict[Key, dict[float, ParameterEntry]]] = field(init=False, repr=False, compare=False)
    _read: set[str] = field(default_factory=set, repr=False, compare=False)
    _drawn: set[str] = field(default_factory=set, repr=False, compare=False)

    def __post_init__(self) -> None:
        changes = tuple(Override.of(item) for item in self.overrides)
        changed = dict(self.parameters)
        for change in changes:
            changed[change.name] = overridden(self._known(change.name, changed), change)
        object.__setattr__(self, "overrides", changes)
        object.__setattr__(self, "parameters", changed)
        object.__setattr__(self, "_index", {name: index_of(parameter) for name, parameter in changed.items()})

    @property
    def names_read(self) -> frozenset[str]:
        """Names of the parameters that were looked up so far, here or in a set derived by overrides."""
        return frozenset(self._read)

    @property
    def names_drawn(self) -> frozenset[str]:
        """Names of those whose distribution was drawn from, not only their value looked up."""
        return frozenset(self._drawn)

    def also_read(self, names: Iterable[str], drawn: Iterable[str]) -> None:
        """Record what a copy of this set was asked for in another process."""
        self._read.update(names)
        self._drawn.update(drawn)

    def with_overrides(self, overrides: Sequence[Override | Mapping[str, Any]]) -> ParameterSet:
        """Return a set in which these overrides are applied on top; the names read and drawn are shared."""
        derived = ParameterSet(self.parameters, tuple(overrides), _read=self._read, _drawn=self._drawn)
        object.__setattr__(derived, "overrides", (*self.overrides, *derived.overrides))
        return derived

    def apart(self) -> ParameterSet:
        """Return the same set with a record of its own of what is read."""
        own = ParameterSet(self.parameters)
        object.__setattr__(own, "overrides", self.overrides)
        return own

    def entry(self, name: str, **key: Any) -> ParameterEntry:  # noqa: ANN401 -- see normal
        """Return the entry that holds for this key.

        Raises:
            DefinitionError: The parameter or the key is not covered; what is covered is named.
        """
        parameter = self._known(name, self.parameters)
        self._read.add(name)
        if set(key) != set(parameter.keyed_by):
            raise not_covered(parameter, key)
        wanted = tuple(normal(key[part]) for part in parameter.keyed_by)
        found = resolve(parameter, self._index[name], wanted)
        if found is None:
            raise not_covered(parameter, key)
        return found

    def value(self, name: str, **key: Any) -> float:  # noqa: ANN401
        """Return the value that holds for this key, in the parameter's unit.

        Raises:
            DefinitionError: The parameter or the key is not covered.
        """
        return self.entry(name, **key).value

    def draws(self, name: str, uniforms: Floats, **key: Any) -> Floats:  # noqa: ANN401
        """Return draws of the parameter: quantiles of its distribution at given uniforms.

        Args:
            name: Name of the parameter.
            uniforms: Numbers in [0, 1], any shape; the first axis is the draw.
            key: One value for each name in `keyed_by`.

        Returns:
            Array of the shape of `uniforms`, in the parameter's unit.

        Raises:
            DefinitionError: The parameter or the key is not covered.
        """
        entry = self.entry(name, **key)
        if self.parameters[name].distribution == "fixed":
            return np.full(np.shape(uniforms), entry.value)
        if entry.low < entry.high:
            self._drawn.add(name)
        return triangular(uniforms, entry.low, entry.value, entry.high)

    def vector(self, name: str, key_name: str, values: npt.ArrayLike, **other: Any) -> Floats:  # noqa: ANN401
        """Return the values for many values of one key at once, for example a rate for each age.

        Args:
            name: Name of the parameter.
            key_name: The key that varies.
            values: Its values, any shape.
            other: The other keys, constant.

        Returns:
            Array of the shape of `values`.

        Raises:
            DefinitionError: The parameter or one of the keys is not covered.
        """
        keys = np.asarray(values)
        found = [self.value(name, **{key_name: item}, **other) for item in keys.ravel().tolist()]
        return np.array(found, dtype=np.float64).reshape(keys.shape)

    def _known(self, name: str, among: Mapping[str, Parameter]) -> Parameter:
        if name in among:
            return among[name]
        near = difflib.get_close_matches(name, among, n=3)
        raise DefinitionError(
            f"Unbekannter Parameter «{name}».",
            expected="ein Name aus data/parameters/",
            remedy=f"Gemeint war vielleicht: {', '.join(near)}."
            if near
            else "Namen nachschlagen oder Datei anlegen.",
        )
