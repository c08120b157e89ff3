"""What the pages promise: «must» and «aim» of every measured quantity; every page has to keep each."""

from __future__ import annotations

from typing import Final

from tests.bench.goals import at_most

FIRST_PAINT: Final = at_most(1.0, 0.6)  # seconds, processor slowed down four times
LOADED: Final = at_most(1.5, 1.0)  # seconds, likewise
WEIGHT: Final = at_most(100.0, 60.0)  # kB of HTML, CSS and JS, compressed
UNCACHED: Final = at_most(30.0, 20.0)  # milliseconds on the server
FIRST: Final = at_most(100.0, 50.0)  # milliseconds of the first reader after a start
