"""`make bench`: today's figures beside peers and goals, as a table and as a file.

    python -m tests.bench [--quick] [--full] [--document]

Nothing here fails on a figure: the table says what is reached and what is not.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tests.bench.bundled_rows import bundled_section
from tests.bench.count_rows import count_section
from tests.bench.metered import busy
from tests.bench.peers import Peers, find_peers
from tests.bench.public_rows import public_section
from tests.bench.reconcile_rows import reconcile_section
from tests.bench.samples import simulated_counts, spread_rows
from tests.bench.service_rows import service_section
from tests.bench.speed_rows import Sizes, million_section, speed_section
from tests.bench.table import Section, as_json, as_text, closing
from tests.bench.what_if_rows import what_if_section

ROOT: Final = Path(__file__).resolve().parents[2]
RESULTS: Final = Path(__file__).resolve().parent / "results"
DOCUMENT: Final = ROOT / "docs" / "methods" / "benchmark.md"
_TABLE: Final = "<!-- table: written by make bench ARGS=--document -->"
_END: Final = "<!-- end of table -->"

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
    started, load = time.perf_counter(), busy()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        peers = find_peers(ROOT, folder)
        if peers.python is None:
            print("Hinweis: ohne Vergleichsverfahren, nur die eigenen Zeilen.", flush=True)
        sections = list(_sections(peers, folder, quick=options.quick, full=options.full))
    seconds = time.perf_counter() - started
    parts = [_heading(options.quick, load), as_text(sections), closing(sections)]
    text = "\n\n".join(parts) + f"\nDauer: {seconds:.0f} s"
    print("\n" + text)
    print(f"Datei: {_stored(sections, text, seconds, options.quick).relative_to(ROOT)}")
    if options.document:
        DOCUMENT.write_text(with_table(DOCUMENT.read_text(encoding="utf-8"), text), encoding="utf-8")
        print(f"Tabelle: {DOCUMENT.relative_to(ROOT)}")


def with_table(document: str, text: str) -> str:
    """Return the document with the text as its table.

    Raises:
        ValueError: The marks around the table are missing.
    """
    before, mark, rest = document.partition(_TABLE)
    _, end, after = rest.partition(_END)
    if not mark or not end:
        raise ValueError(f"{DOCUMENT.name}: the marks around the table are missing")
    return f"{before}{mark}\n```\n{text}\n```\n{end}{after}"


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


def _heading(quick: bool, load: str) -> str:
    """Say when, where and with what was measured."""
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    kind = ", Stichproben" if quick else ""
    parts = [f"Python {platform.python_version()}", f"numpy {version('numpy')}", f"{os.cpu_count()} Kerne"]
    if load:
        parts.append(f"Last {load} zu Beginn, {busy()} am Ende")
    return f"Messung {when} UTC{kind}  ({', '.join(parts)})"


def _stored(sections: list[Section], text: str, seconds: float, quick: bool) -> Path:
    """Write the result beside this file and return its path; results are not under version control."""
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    path = RESULTS / f"{now:%Y%m%dT%H%M%SZ}{'-quick' if quick else ''}.json"
    content = {
        "measured": now.isoformat(timespec="seconds"),
        "quick": quick,
        "seconds": seconds,
        "python": sys.version.split()[0],
        "rows": as_json(sections),
        "text": text,
    }
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1, default=float), encoding="utf-8")
    return path


if __name__ == "__main__":
    main()
