"""`make bench-api`: how fast the interface is beside a bare application, and how much memory it takes.

    python -m tests.bench.api_bench [--quick] [--soak MINUTES] [--document]

Nothing here fails on a figure: the table says what is reached and what is not.
"""

from __future__ import annotations

import argparse
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tests.bench.api_endurance import MOST_MINUTES, endurance_section
from tests.bench.api_rows import Effort, engine_section, throughput_section
from tests.bench.measurement import METHODS, ROOT, Measurement, fenced, write_table
from tests.bench.table import as_text, closing

DOCUMENT: Final = METHODS / "interface.md"
COMMAND: Final = "make bench-api ARGS=--document"
_STANDARD: Final = Effort(rounds=5, seconds=2.0, large=True)
_QUICK: Final = Effort(rounds=3, seconds=1.0, large=False)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="make bench-api", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="kleiner Stand, unter einer Minute")
    parser.add_argument(
        "--soak",
        type=float,
        default=0.0,
        metavar="MINUTEN",
        help=f"dazu so lange Last, zum Beispiel 60; höchstens {MOST_MINUTES:.0f}",
    )
    parser.add_argument(
        "--document", action="store_true", help=f"Tabelle auch nach {DOCUMENT.name} schreiben"
    )
    options = parser.parse_args()
    measurement = Measurement("api", options.quick)
    with tempfile.TemporaryDirectory(prefix="bench-api-") as name:
        folder = Path(name)
        sections = [throughput_section(folder, ROOT, _QUICK if options.quick else _STANDARD)]
        if not options.quick:
            sections.append(engine_section(folder, ROOT))
        if options.soak > 0 or not options.quick:
            sections.append(endurance_section(folder, ROOT, options.soak))
    parts = [measurement.heading(f"uvicorn {version('uvicorn')}"), as_text(sections), closing(sections)]
    text = "\n\n".join(parts) + f"\nDauer: {measurement.seconds:.0f} s"
    print("\n" + text)
    print(f"Datei: {measurement.stored(sections, text)}")
    if options.document:
        write_table(DOCUMENT, COMMAND, fenced(text))
        print(f"Tabelle: {DOCUMENT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
