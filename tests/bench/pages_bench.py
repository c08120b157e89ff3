"""`make bench-pages`: how quickly pages are there, in Chromium on a slowed-down processor and on the server.

    python -m tests.bench.pages_bench [--quick] [--document]

Nothing here fails on a figure: the table says what is reached and what is not.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.bench.metered import busy
from tests.bench.pages_rows import measured, page_table, worst_rows
from tests.bench.table import as_json, as_text, closing
from tests.browser.chromium import NoChromiumError, provided

ROOT: Final = Path(__file__).resolve().parents[2]
RESULTS: Final = Path(__file__).resolve().parent / "results"
ROUNDS: Final = 5
QUICK_ROUNDS: Final = 3
DOCUMENT: Final = ROOT / "docs" / "methods" / "pages.md"
START, END = "<!-- table: written by make bench-pages ARGS=--document -->", "<!-- end of table -->"
DRAWS: Final = 60  # the size of a page does not depend on it


def release(folder: Path) -> Path:
    """Publish the bundled figures in a folder, as `make run` does, from few draws."""
    places = ["--models", str(folder / "models"), "--snapshots", str(folder / "snapshots")]
    command = [sys.executable, "-m", "forecast", "run", "--draws", str(DRAWS), *places]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return folder / "snapshots"


def with_table(document: str, text: str, pages: str) -> str:
    """Return the document with a measurement between its marks.

    Args:
        document: The whole text.
        text: Goals, as for a terminal.
        pages: Table of the pages.

    Raises:
        ValueError: If a mark is missing.
    """
    before, start, rest = document.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"no place for the table: {START} … {END}")
    return f"{before}{START}\n```\n{text}\n```\n\n{pages}\n{END}{after}"


def version_of(program: str) -> str:
    """Return what Chromium calls itself."""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split()[:2])


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="make bench-pages", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="weniger Besuche, unter einer Minute")
    parser.add_argument(
        "--document", action="store_true", help=f"Tabelle auch nach {DOCUMENT.name} schreiben"
    )
    options = parser.parse_args()
    try:
        program = provided()
    except NoChromiumError as error:
        sys.exit(str(error))
    started, load = time.perf_counter(), busy()
    with tempfile.TemporaryDirectory(prefix="bench-pages-") as name:
        snapshots = release(Path(name))
        rounds = QUICK_ROUNDS if options.quick else ROUNDS
        found = measured(ROOT, snapshots, program, rounds, lambda page: print(f"  {page} …", flush=True))
    sections = [worst_rows(found)]
    when = datetime.now(UTC)
    heading = (
        f"Messung {when:%Y-%m-%d %H:%M} UTC  (Python {platform.python_version()}, {version_of(program)}, "
        f"{os.cpu_count()} Kerne, Last {load} zu Beginn, {busy()} am Ende; Median aus {rounds} Besuchen)"
    )
    goals, pages = "\n\n".join([heading, as_text(sections), closing(sections)]), page_table(found)
    text = f"{goals}\n\n{pages}\n\nDauer: {time.perf_counter() - started:.0f} s"
    print("\n" + text)
    if options.document:
        DOCUMENT.write_text(with_table(DOCUMENT.read_text(encoding="utf-8"), goals, pages), encoding="utf-8")
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{when:%Y%m%dT%H%M%SZ}-pages{'-quick' if options.quick else ''}.json"
    content = {
        "measured": when.isoformat(timespec="seconds"), "rows": as_json(sections), "text": text,
        "pages": {page: asdict(one) for page, one in found.items()},
    }  # fmt: skip
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1, default=float), encoding="utf-8")
    print(f"Datei: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
