"""Counters of the service in Prometheus' text format; several workers count into one directory.

Every worker owns one small file of float64 cells that it maps; whoever is asked adds all files up. Nothing in
here names a caller, a query or a key.

Source: Prometheus, "Exposition formats", text format 0.0.4.
"""

from __future__ import annotations

import mmap
import os
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Final

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
PREFIX: Final = "fachkraeftematrix"
CLASSES: Final = ("2xx", "3xx", "4xx", "5xx")
BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
COUNTERS: Final[Mapping[str, str]] = {
    "cache_hits_total": "Antworten aus dem Speicher der fertigen Antworten",
    "refused_total": "Anfragen, die über der Grenze eines Aufrufers lagen",
    "crashes_total": "Anfragen, deren Bearbeitung unerwartet scheiterte",
    "snapshot_swaps_total": "Wechsel auf einen anderen Stand",
    "snapshot_failures_total": "Blicke auf den Zeiger, die zu keinem brauchbaren Stand führten",
}
_CLASS_OF: Final = (3, 0, 0, 1, 2, 3, 3, 3, 3, 3)  # first digit of a status → place in CLASSES
_CELL: Final = 8
_SUFFIX: Final = ".cells"


class Metrics:
    """What one worker has counted.

    Args:
        routes: Names requests are counted under; the last one takes everything else.
        folder: Shared by all workers of the service; None = this process counts for itself.
    """

    def __init__(self, routes: Sequence[str], folder: Path | None = None) -> None:
        self._routes = {name: at for at, name in enumerate(routes)}
        self._other = len(routes) - 1
        self._folder = folder
        self._length = len(routes) * len(CLASSES) + len(BUCKETS) + 2 + len(COUNTERS)
        self._times = len(routes) * len(CLASSES)
        self._sum = self._times + len(BUCKETS) + 1
        self._counter = {name: self._sum + 1 + at for at, name in enumerate(COUNTERS)}
        self._hits = self._counter["cache_hits_total"]
        self._cells = self._own_cells()

    def _own_cells(self) -> memoryview[float]:
        size = self._length * _CELL
        if self._folder is None:
            return memoryview(bytearray(size)).cast("d")
        self._folder.mkdir(parents=True, exist_ok=True)
        with open(self._folder / f"{os.getpid()}{_SUFFIX}", "w+b") as file:
            file.truncate(size)
            return memoryview(mmap.mmap(file.fileno(), size)).cast("d")

    def request(self, route: str, status: int, seconds: float, *, hit: bool = False) -> None:
        """Count one answered request, and whether the answer was at hand."""
        cells = self._cells
        at = self._routes.get(route, self._other)
        cells[at * 4 + _CLASS_OF[status // 100]] += 1
        cells[self._times + (bisect_left(BUCKETS, seconds) if seconds > BUCKETS[0] else 0)] += 1
        cells[self._sum] += seconds
        if hit:
            cells[self._hits] += 1

    def add(self, counter: str, count: float = 1) -> None:
        """Raise one of COUNTERS."""
        self._cells[self._counter[counter]] += count

    def value(self, counter: str) -> float:
        """Return one of COUNTERS over all workers."""
        return self._totals()[self._counter[counter]]

    def _totals(self) -> list[float]:
        if self._folder is None:
            return list(self._cells)
        totals = [0.0] * self._length
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            data = path.read_bytes()
            if len(data) == self._length * _CELL:
                totals = [a + b for a, b in zip(totals, memoryview(data).cast("d"), strict=True)]
        return totals

    def text(self, gauges: Mapping[str, tuple[str, float]], labels: Mapping[str, str]) -> bytes:
        """Return everything in the exposition format.

        Args:
            gauges: Name → help and value, of the moment.
            labels: Facts without a number, for example the snapshot in force.
        """
        totals = self._totals()
        lines = _head("requests_total", "counter", "Beantwortete Anfragen nach Adresse und Ergebnis")
        for route, at in self._routes.items():
            for offset, kind in enumerate(CLASSES):
                if count := totals[at * len(CLASSES) + offset]:
                    lines.append(f'{PREFIX}_requests_total{{route="{route}",status="{kind}"}} {count:.0f}')
        lines += _head("request_seconds", "histogram", "Dauer vom ersten bis zum letzten Byte")
        counts = list(accumulate(totals[self._times : self._sum]))
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), counts, strict=True):
            lines.append(f'{PREFIX}_request_seconds_bucket{{le="{bound}"}} {count:.0f}')
        lines.append(f"{PREFIX}_request_seconds_sum {totals[self._sum]:.6f}")
        lines.append(f"{PREFIX}_request_seconds_count {counts[-1]:.0f}")
        for name, text in COUNTERS.items():
            lines += [*_head(name, "counter", text), f"{PREFIX}_{name} {totals[self._counter[name]]:.0f}"]
        for name, (text, value) in gauges.items():
            lines += [*_head(name, "gauge", text), f"{PREFIX}_{name} {value:g}"]
        facts = ",".join(f'{name}="{value}"' for name, value in labels.items())
        lines += [*_head("info", "gauge", "Stand und Version"), f"{PREFIX}_info{{{facts}}} 1"]
        return ("\n".join(lines) + "\n").encode()


def _head(name: str, kind: str, text: str) -> list[str]:
    return [f"# HELP {PREFIX}_{name} {text}", f"# TYPE {PREFIX}_{name} {kind}"]
