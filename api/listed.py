"""Entries of a list of the catalogue: what is listed, and what can only be looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Entry = Mapping[str, Any]


class Listed(Mapping[str, Entry]):
    """Code → entry. Iterating gives what is listed; a look-up finds the rows beside the list too.

    A group of trades is a row of the matrix that can be asked for by its code. It is no trade: a list, a
    pattern or a sum that held it beside its trades would count them twice.

    Args:
        listed: Entries by code.
        beside: Entries that are found by code only.

    Example:
        >>> trades = Listed({"A-24": {}}, {"GRP-SHK": {}})
        >>> list(trades), "GRP-SHK" in trades, len(trades)
        (['A-24'], True, 1)
    """

    def __init__(self, listed: Mapping[str, Entry], beside: Mapping[str, Entry]) -> None:
        self.beside = beside
        self._listed = listed
        self._every = {**listed, **beside}

    def __getitem__(self, code: str) -> Entry:
        return self._every[code]

    def __contains__(self, code: object) -> bool:
        return code in self._every

    def __iter__(self) -> Iterator[str]:
        return iter(self._listed)

    def __len__(self) -> int:
        return len(self._listed)

    @property
    def every(self) -> Mapping[str, Entry]:
        """What is listed and, behind it, what is beside the list."""
        return self._every


def every(entries: Mapping[str, Entry]) -> Mapping[str, Entry]:
    """Return all entries that can be looked up, those beside the list last."""
    return entries.every if isinstance(entries, Listed) else entries


def beside(entries: Mapping[str, Entry]) -> Mapping[str, Entry]:
    """Return the entries that are not listed."""
    return entries.beside if isinstance(entries, Listed) else {}
