"""`make bench-api`: how fast the interface is beside a bare application, and how much memory it takes.

    python -m tests.bench.api_bench [--quick] [--soak MINUTES]

Nothing here fails on a figure: the table says what is reached and what is not.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tests.bench.api_endurance import MOST_MINUTES, endurance_section
from tests.bench.api_rows import Effort, engine_section, throughput_section
from tests.bench.metered import busy
from tests.bench.table import as_json, as_text, closing

ROOT: Final = Path(__file__).resolve().parents[2]
RESULTS: Final = Path(__file__).resolve().parent / "results"
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
    options = parser.parse_args()
    started, load = time.perf_counter(), busy()
    with tempfile.TemporaryDirectory(prefix="bench-api-") as name:
        folder = Path(name)
        sections = [throughput_section(folder, ROOT, _QUICK if options.quick else _STANDARD)]
        if not options.quick:
            sections.append(engine_section(folder, ROOT))
        if options.soak > 0 or not options.quick:
            sections.append(endurance_section(folder, ROOT, options.soak))
    seconds = time.perf_counter() - started
    when = datetime.now(UTC)
    heading = (
        f"Messung {when:%Y-%m-%d %H:%M} UTC  (Python {platform.python_version()}, "
        f"uvicorn {version('uvicorn')}, {os.cpu_count()} Kerne, Last {load} zu Beginn, {busy()} am Ende)"
    )
    text = "\n\n".join([heading, as_text(sections), closing(sections)]) + f"\nDauer: {seconds:.0f} s"
    print("\n" + text)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{when:%Y%m%dT%H%M%SZ}-api{'-quick' if options.quick else ''}.json"
    content = {"measured": when.isoformat(timespec="seconds"), "rows": as_json(sections), "text": text}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1, default=float), encoding="utf-8")
    print(f"Datei: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
