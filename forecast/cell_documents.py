"""Documents by cell, such as how every number was made: read from both formats in which releases keep them.

Today a release writes every part once (`forecast.shared_parts`): the document is small and parsed whole.
Releases of format 2 spell everything out for every cell. Parsed whole that takes several times the size of
the file, in every process that serves it: their members are found by their names, region and trade with a
bar between them, and parsed when somebody asks for them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from mmap import mmap
from typing import Any, Final

from forecast.shared_parts import BY_CELL, unpacked

SPELLED_OUT: Final = 2  # the format that repeats every part in every cell
KEPT: Final = 8  # members kept parsed: a reader asks for one trade year after year
_NAME: Final = re.compile(rb'[{,]"([A-Za-z0-9_-]+\|[A-Za-z0-9_-]+)":\{')
_LONGEST_CODE: Final = 64


class Members(Mapping[str, Any]):
    """The members of one object whose names are cells, parsed on demand.

    Args:
        data: The object as `canonical` bytes, kept as they are.
        spans: Name → where its value begins and ends.
    """

    def __init__(self, data: bytes | mmap, spans: Mapping[str, tuple[int, int]]) -> None:
        self._data, self._spans = data, spans
        self._parsed = lru_cache(maxsize=KEPT)(self._parse)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  (JSON has no narrower type)
        self._spans[name]  # a name that is not there is no member of the cache either
        return self._parsed(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._spans)

    def __len__(self) -> int:
        return len(self._spans)

    def _parse(self, name: str) -> Any:  # noqa: ANN401
        start, end = self._spans[name]
        return json.loads(self._data[start:end])


def parsed(name: str, data: bytes | mmap, version: int) -> Any:  # noqa: ANN401
    """Return a document of a release.

    Args:
        name: Name of the document.
        data: Its bytes.
        version: Format of the release.

    Raises:
        ValueError: The bytes are not what a release writes.
    """
    if name == BY_CELL and version != SPELLED_OUT:
        return unpacked(json.loads(bytes(data)))
    found = members_of(data) if name == BY_CELL else None
    return json.loads(bytes(data)) if found is None else found


def members_of(data: bytes | mmap) -> Members | None:
    r"""Return the members of a document by cell; None where its names are others.

    Args:
        data: Bytes of a JSON object as a release spells it: no spaces, sorted, a newline at the end.

    Raises:
        ValueError: A member is not where its name says.

    Example:
        >>> found = members_of(b'{"BB|A-13":{"gap":{}},"BB|A-24":{"gap":{"formula":1}}}\n')
        >>> list(found), found["BB|A-24"]
        (['BB|A-13', 'BB|A-24'], {'gap': {'formula': 1}})
        >>> members_of(b'{}\n') is None
        True
    """
    names = list(_names(data))
    if not names or names[0][0] != 0 or data[-2:] != b"}\n":
        return None
    ends = [start for start, *_ in names[1:]] + [len(data) - 2]
    spans = {name: (value, end) for (_, value, name), end in zip(names, ends, strict=True)}
    if len(spans) < len(names) or any(data[end - 1 : end] != b"}" for _, end in spans.values()):
        raise ValueError("a name of a cell stands where no member begins")
    return Members(data, spans)


def _names(data: bytes | mmap) -> Iterator[tuple[int, int, str]]:
    """Yield where a member begins, where its value begins, and its name."""
    bar = data.find(b"|")
    while bar >= 0:
        start = data.rfind(b'"', max(0, bar - _LONGEST_CODE), bar) - 1
        if start >= 0 and (found := _NAME.match(data, start)):
            yield start, found.end() - 1, found[1].decode()
        bar = data.find(b"|", bar + 1)
