"""Documents that say the same thing many times, stored so that each thing is written once.

How a cell was made is told for every measure, with the printed figures and the parameters behind it; most of
them stand behind hundreds of cells. In a release a document of this kind is

    {"cells": {cell: {item: {field: number}}}, "parts": [part, …]}

A number is the place of a part. A part that is an array holds the numbers of earlier parts; any other part is
what it says. Opened, the document is what it was: what was the same is one object, and nobody may change it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

BY_CELL: Final = "derivations"
CELLS: Final = "cells"
PARTS: Final = "parts"


class MissingPartError(ValueError):
    """A document refers to a part that is not there."""


class _Table:
    """Parts in the order in which they were first met, each once."""

    def __init__(self) -> None:
        self.parts: list[Any] = []
        self._spelled: dict[str, int] = {}
        self._seen: dict[int, tuple[int, Any]] = {}  # with the value, since the place of a lost one is reused

    def number(self, value: Any) -> int:  # noqa: ANN401  (JSON has no narrower type)
        """Return the place of a value; what has been met as an object need not be spelled again."""
        known = self._seen.get(id(value))
        if known is not None:
            return known[0]
        part = [self.number(one) for one in value] if isinstance(value, list | tuple) else value
        text = json.dumps(part, sort_keys=True)  # by spelling, since 1, 1.0 and true are equal in Python
        if text not in self._spelled:
            self._spelled[text] = len(self.parts)
            self.parts.append(part)
        self._seen[id(value)] = (self._spelled[text], value)
        return self._spelled[text]


def packed(document: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """Return a document by cell, item and field with every part written once.

    Equal documents give equal results, whatever the order of their keys.

    Args:
        document: Cell → item → field → JSON value.

    Raises:
        TypeError: The document is not made of cells, items and fields, or a value is not JSON.
        ValueError: A value is not JSON, such as one that contains itself.

    Example:
        >>> row = {"year": 2025, "value": 7}
        >>> packed({"BB|A-24": {"gap": {"inputs": [row]}, "demand": {"inputs": [row]}}})["cells"]
        {'BB|A-24': {'demand': {'inputs': 1}, 'gap': {'inputs': 1}}}
    """
    table = _Table()
    cells = {
        cell: {
            item: {field: table.number(value) for field, value in _entries(fields)}
            for item, fields in _entries(items)
        }
        for cell, items in _entries(document)
    }
    return {CELLS: cells, PARTS: table.parts}


def _entries(value: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
    """Return names and values in the one order a release knows."""
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise TypeError("cells, items and fields have names")
    return sorted(value.items())


def unpacked(document: Any) -> dict[str, dict[str, dict[str, Any]]]:  # noqa: ANN401
    """Return the document that was packed.

    Args:
        document: What `packed` returned, or anything else that was read from a file.

    Raises:
        MissingPartError: A number leads nowhere, or an array to a part that does not stand before it.
        ValueError: This is no packed document.

    Example:
        >>> told = {"BB|A-24": {"gap": {"formula": "a − b", "inputs": [{"year": 2025}]}}}
        >>> unpacked(packed(told)) == told
        True
    """
    if not isinstance(document, dict) or document.keys() != {CELLS, PARTS}:
        raise ValueError("no document of cells and parts")
    if not isinstance(document[PARTS], list):
        raise ValueError("the parts are no list")
    parts: list[Any] = []
    for part in document[PARTS]:
        parts.append(_at(parts, part) if isinstance(part, list) else part)
    try:
        return {
            cell: {
                item: dict(zip(fields, _at(parts, list(fields.values())), strict=True))
                for item, fields in items.items()
            }
            for cell, items in document[CELLS].items()
        }
    except AttributeError as error:
        raise ValueError("cells, items and fields have names") from error


def _at(parts: Sequence[Any], numbers: Sequence[Any]) -> list[Any]:
    """Return parts by number; neither a negative number nor ``true`` is one."""
    for number in numbers:
        if type(number) is not int or not 0 <= number < len(parts):
            raise MissingPartError(f"no part {number!r}")
    return [parts[number] for number in numbers]
