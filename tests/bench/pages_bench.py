"""`make bench-pages`: how quickly pages are there, in Chromium on a slowed-down processor and on the server.

    python -m tests.bench.pages_bench [--quick] [--document]

Nothing here fails on a figure: the table says what is reached and what is not.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Final

from tests.bench.measurement import METHODS, ROOT, Measurement, fenced, write_table
from tests.bench.pages_rows import measured, page_table, worst_rows
from tests.bench.table import as_text, closing
from tests.browser.chromium import NoChromiumError, provided

ROUNDS: Final = 5
QUICK_ROUNDS: Final = 3
DOCUMENT: Final = METHODS / "pages.md"
COMMAND: Final = "make bench-pages ARGS=--document"
DRAWS: Final = 60  # the size of a page does not depend on it


def release(folder: Path) -> Path:
    """Publish the bundled figures in a folder, as `make run` does, from few draws."""
    places = ["--models", str(folder / "models"), "--snapshots", str(folder / "snapshots")]
    command = [sys.executable, "-m", "forecast", "run", "--draws", str(DRAWS), *places]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return folder / "snapshots"


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
    measurement = Measurement("pages", options.quick)
    with tempfile.TemporaryDirectory(prefix="bench-pages-") as name:
        snapshots = release(Path(name))
        rounds = QUICK_ROUNDS if options.quick else ROUNDS
        found = measured(ROOT, snapshots, program, rounds, lambda page: print(f"  {page} …", flush=True))
    sections = [worst_rows(found)]
    heading = measurement.heading(version_of(program), after=f"; Median aus {rounds} Besuchen")
    goals, pages = "\n\n".join([heading, as_text(sections), closing(sections)]), page_table(found)
    text = f"{goals}\n\n{pages}\n\nDauer: {measurement.seconds:.0f} s"
    print("\n" + text)
    each = {page: asdict(one) for page, one in found.items()}
    print(f"Datei: {measurement.stored(sections, text, {'pages': each})}")
    if options.document:
        write_table(DOCUMENT, COMMAND, f"{fenced(goals)}\n\n{pages}")
        print(f"Tabelle: {DOCUMENT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
