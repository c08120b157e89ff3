"""What the interface promises: «must» and «aim» of every measured quantity."""

from __future__ import annotations

from typing import Final

from tests.bench.goals import at_least, at_most

MATRIX_CACHED: Final = at_least(0.7, 1.0)
MATRIX_UNCACHED: Final = at_least(0.12, 0.2)
NOT_MODIFIED: Final = at_least(0.8, 1.1)
SERIES_UNCACHED: Final = at_least(0.20, 0.30)
ENGINE: Final = at_most(1.0, 0.2)  # milliseconds
LOAD: Final = at_most(100.0, 100.0)  # milliseconds, hashing apart
READY: Final = at_most(2.0, 2.0)
PRIVATE: Final = at_most(150.0, 60.0)  # MiB above an empty worker
DOUBLE: Final = at_most(0.05, 0.0)  # twice the values
TAIL: Final = at_most(10.0, 10.0)  # p99 over p50 at half of saturation
WHAT_IF: Final = at_most(100.0, 30.0)  # milliseconds
BESIDE: Final = at_most(3.0, 1.5)
BAD_INPUT: Final = at_most(50.0, 10.0)  # milliseconds
NONE: Final = at_most(0.0, 0.0)
STEADY: Final = at_most(0.10, 0.05)  # more memory in the second half of a long load
