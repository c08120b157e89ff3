"""`make bench`: today's figures beside peers and goals, as a table and as a file.

    python -m tests.bench [--quick] [--full] [--document]

Nothing here fails on a figure: the table says what is reached and what is not.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tests.bench.bundled_rows import bundled_section
from tests.bench.count_rows import count_section
from tests.bench.measurement import METHODS, ROOT, Measurement, fenced, write_table
from tests.bench.peers import Peers, find_peers
from tests.bench.public_rows import public_section
from tests.bench.reconcile_rows import reconcile_section
from tests.bench.samples import simulated_counts, spread_rows
from tests.bench.service_rows import service_section
from tests.bench.speed_rows import Sizes, million_section, speed_section
from tests.bench.table import Section, as_text, closing
from tests.bench.what_if_rows import what_if_section

DOCUMENT: Final = METHODS / "benchmark.md"
COMMAND: Final = "make bench ARGS=--document"

_STANDARD: Final = Sizes(ours=50_000, peers=400, predict=50_000, runs=3, full=True)
_QUICK: Final = Sizes(ours=8_000, peers=150, predict=5_000, runs=1, full=False)
_COUNTS: Final = {False: (6_000, 1_000), True: (2_000, 200)}  # simulated trades: ours, peers
_PUBLIC_QUICK: Final = 120  # series of each public set in a quick run


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="Stichproben, unter zwei Minuten")
    parser.add_argument("--full", action="store_true", help="auch eine Million Reihen")
    parser.add_argument(
        "--document", action="store_true", help=f"Tabelle auch nach {DOCUMENT.name} schreiben"
    )
    options = parser.parse_args()
    measurement = Measurement("", options.quick)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        peers = find_peers(ROOT, folder)
        if peers.python is None:
            print("Hinweis: ohne Vergleichsverfahren, nur die eigenen Zeilen.", flush=True)
        sections = list(_sections(peers, folder, quick=options.quick, full=options.full))
    parts = [measurement.heading(f"numpy {version('numpy')}"), as_text(sections), closing(sections)]
    text = "\n\n".join(parts) + f"\nDauer: {measurement.seconds:.0f} s"
    print("\n" + text)
    print(f"Datei: {measurement.stored(sections, text)}")
    if options.document:
        write_table(DOCUMENT, COMMAND, fenced(text))
        print(f"Tabelle: {DOCUMENT.relative_to(ROOT)}")


def _sections(peers: Peers, folder: Path, *, quick: bool, full: bool) -> Iterator[Section]:
    """Measure section by section; say what is being done."""
    sizes = _QUICK if quick else _STANDARD
    sets = peers.public_sets()
    if quick:
        sets = {
            name: sample.rows(spread_rows(len(sample.grid), _PUBLIC_QUICK)) for name, sample in sets.items()
        }
    ours, theirs = _COUNTS[quick]
    counts = simulated_counts(ours, seed=1)
    asked = spread_rows(len(counts.grid), theirs)
    if peers.python is not None:
        print("Vergleichsverfahren rechnen …", flush=True)
    said = peers.forecasts([*sets.values(), counts.rows(asked)])
    steps: list[tuple[str, Callable[[], Section]]] = [
        ("öffentliche Sätze", lambda: public_section(sets, said, quick)),
        ("Anzahlen", lambda: count_section(counts, asked, said.get(counts.name, {}), quick)),
        ("mitgelieferte Zahlen", lambda: bundled_section(ROOT, None if quick else peers)),
        ("Tempo", lambda: speed_section(peers, ROOT, sizes)),
        ("Hierarchie", lambda: reconcile_section(sizes.runs)),
        ("Was wäre, wenn", what_if_section),
    ]
    if full:
        steps.append(("eine Million Reihen", lambda: million_section(folder, ROOT)))
    if not quick:
        steps.append(("Lauf und Dienst", lambda: service_section(folder, ROOT)))
    for name, step in steps:
        print(f"{name} …", flush=True)
        yield step()


if __name__ == "__main__":
    main()
