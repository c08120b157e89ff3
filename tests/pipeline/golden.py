"""Golden cells as decimal text, and the way to renew them: `python -m tests.pipeline.golden`."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path

from forecast.snapshot import STATUSES, Snapshot

GOLDEN = Path(__file__).parent / "golden_cells.txt"
CELLS = [
    (region, trade, measure, year)
    for region in ("HWK-FF", "BB")
    for trade in ("A-24", "A-13", "A-38", "IND-MECHATRONIKER")
    for measure in (
        "demand",
        "supply",
        "gap",
        "training_need",
        "retirements",
        "successions_due",
        "new_contracts",
    )
    for year in (2025, 2030, 2035)
]


def golden_line(release: Snapshot, region: str, trade: str, measure: str, year: int) -> str:
    """One cell: codes, value, 80 % range and status."""
    at = release.index
    place = at("region", region), at("trade", trade), at("measure", measure), at("year", year)
    value, lower, upper = (f"{release.cube[place][n]:.0f}" for n in (0, 3, 4))
    return f"{region} {trade} {measure} {year} {value} [{lower} {upper}] {STATUSES[release.status[place]]}"


def main() -> None:
    """Publish with the settings of the tests and write the file anew."""
    from forecast import pipeline
    from forecast.inputs import Settings
    from forecast.snapshot import open_snapshot

    class Quiet:
        @contextmanager
        def step(self, name: str):
            yield self

        def reached(self, done: int, total: int) -> None: ...
        def done(self, message: str) -> None: ...
        def warn(self, message: str) -> None: ...

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        settings = Settings(Path("data"), root / "models", root / "snapshots", seed=1, draws=60)
        inputs = pipeline.load(settings, Quiet())
        released = pipeline.publish(inputs, pipeline.train(inputs, settings, Quiet()), settings, Quiet())
        release = open_snapshot(settings.snapshot_root, released)
        GOLDEN.write_text("".join(golden_line(release, *cell) + "\n" for cell in CELLS), encoding="utf-8")


if __name__ == "__main__":
    main()
