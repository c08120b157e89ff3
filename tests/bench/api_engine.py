"""Look-ups and opening without HTTP, on a mapped release of any size."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from forecast import snapshot as snapshots
from forecast.snapshot import Snapshot, open_snapshot

_LOOKUPS: Final = 20_000
_OPENINGS: Final = 3


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of one look-up."""

    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Opening:
    """Seconds to open a release: without and only the verification."""

    plain: float
    verify: float


def engine_times(root: Path) -> dict[str, Times]:
    """Return how long random series and matrices take to be looked up in the map and copied out of it."""
    release = open_snapshot(root)
    axes, chance = release.axes, random.Random(7)

    def series() -> Any:
        region, trade = chance.choice(axes.regions), chance.choice(axes.trades)
        return release.cube[release.index("region", region), release.index("trade", trade)].tolist()

    def matrix() -> Any:
        region, year = chance.choice(axes.regions), chance.choice(axes.years)
        return release.cube[release.index("region", region), :, 2, release.index("year", year)].copy()

    _touch(release)
    return {"series": _measured(series), "matrix": _measured(matrix)}


def _touch(release: Snapshot) -> None:
    """Bring the map into the page cache: a server has been asked before."""
    for region in release.cube:
        region.sum()


def _measured(look_up: Callable[[], Any]) -> Times:
    found = []
    for _ in range(_LOOKUPS):
        before = time.perf_counter()
        look_up()
        found.append(time.perf_counter() - before)
    found.sort()
    return Times(found[len(found) // 2], found[int(0.99 * len(found))])


def load_times(root: Path) -> Opening:
    """Return the seconds to open a release, with the verification taken apart."""
    whole = min(_timed(lambda: open_snapshot(root)) for _ in range(_OPENINGS))
    with patch.object(snapshots.storage, "map_verified", _mapped), patch.object(
        snapshots, "cells_fault", lambda *_: ""
    ):  # fmt: skip
        plain = min(_timed(lambda: open_snapshot(root)) for _ in range(_OPENINGS))
    return Opening(plain, whole - plain)


def _mapped(path: Path, size: int, _sha256: str) -> Any:
    import mmap

    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) if size else b""


def _timed(act: Callable[[], Any]) -> float:
    before = time.perf_counter()
    act()
    return time.perf_counter() - before
