"""Rows on speed and memory: series per CPU second, `predict` from file to file, a million series."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from threadpoolctl import threadpool_limits

from tests.bench import goals
from tests.bench.metered import Metered, metered
from tests.bench.ours import Timing, time_sample
from tests.bench.peers import ABSENT, Peers
from tests.bench.samples import timing_panel
from tests.bench.table import Row, Section, whole

_YEARS: Final = 20
_HORIZON: Final = 6
_WORKERS: Final = 2
_LIMIT_SECONDS: Final = 120.0
_MILLION_LIMIT_SECONDS: Final = 1800.0
_MANY: Final = (250_000, 1_000_000)
_PER_PART: Final = 50_000  # series written at once when a large table is made


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is timed.

    Args:
        ours: Series of the product's own timing.
        peers: Series of the peers' timing.
        predict: Series of the table for `predict`.
        runs: Repetitions; medians count.
        full: The series are as many as the goals speak of.
    """

    ours: int
    peers: int
    predict: int
    runs: int
    full: bool


def speed_section(peers: Peers, root: Path, sizes: Sizes) -> Section:
    """Time the engine against AutoETS, turn by turn, and `predict` as a command."""
    rows = [*_engine_rows(peers, sizes)]
    suffixes = [".csv", ".parquet"] if predict_takes("parquet", root) else [".csv"]
    for suffix in suffixes:
        rows += _predict_rows(peers.folder, root, sizes, suffix)
    return Section("Tempo und Speicher", rows)


def million_section(folder: Path, root: Path) -> Section:
    """Run `predict` on a quarter of a million and on a million series in Parquet."""
    if not predict_takes("parquet", root):
        note = "predict liest und schreibt noch kein Parquet"
        return Section(
            "Eine Million Reihen", [Row("Speicher", (), "gigabytes", goals.MILLION_GIGABYTES, note=note)]
        )
    found = []
    for count in _MANY:
        source = folder / f"series-{count}.parquet"
        write_table(source, count)
        found.append(_predict(folder, root, source, _MILLION_LIMIT_SECONDS))
        source.unlink()
    small, large = found
    if large.failure or small.failure:
        note = large.failure or small.failure
        return Section(
            "Eine Million Reihen", [Row("Speicher", (), "gigabytes", goals.MILLION_GIGABYTES, note=note)]
        )
    growth = large.gigabytes / small.gigabytes
    return Section(
        "Eine Million Reihen × 20 Jahre durch predict, Parquet zu Parquet",
        [
            Row("größter Speicher", (large.gigabytes,), "gigabytes", goals.MILLION_GIGABYTES),
            Row("Speicher relativ zu 250.000 Reihen", (growth,), "ratio", goals.MILLION_GROWTH),
            Row("Dauer", (large.seconds,), "seconds", note=large.remark),
        ],
    )


def predict_takes(word: str, root: Path) -> bool:
    """Tell whether the help of `predict` speaks of something."""
    command = [sys.executable, "-m", "forecast", "predict", "--help"]
    wide = {**os.environ, "COLUMNS": "200"}
    shown = subprocess.run(command, cwd=root, env=wide, capture_output=True, text=True, check=True).stdout
    return word.lower() in shown.lower()


def write_table(path: Path, series: int) -> None:
    """Write a tidy table series_id, year, value of 20 years each, part by part."""
    writer: pyarrow.csv.CSVWriter | pyarrow.parquet.ParquetWriter | None = None
    for start in range(0, series, _PER_PART):
        count = min(_PER_PART, series - start)
        values = timing_panel(count, seed=start + 1, length=_YEARS).grid
        names = np.repeat(np.char.add("S", np.arange(start, start + count).astype(str)), _YEARS)
        years = np.tile(np.arange(2025 - _YEARS + 1, 2026), count)
        part = pa.table({"series_id": names, "year": years, "value": values.ravel()})
        if writer is None:
            kind = pyarrow.csv.CSVWriter if path.suffix == ".csv" else pyarrow.parquet.ParquetWriter
            writer = kind(path, part.schema)
        writer.write_table(part)
    if writer is not None:
        writer.close()


def _engine_rows(peers: Peers, sizes: Sizes) -> list[Row]:
    """Return series per CPU second on one core, and the ratio to AutoETS in the same minutes."""
    ours_sample, peer_sample = timing_panel(sizes.ours, seed=1), timing_panel(sizes.peers, seed=2)
    runs: list[Timing] = []
    others: list[float] = []
    with threadpool_limits(limits=1):
        for _ in range(sizes.runs):
            runs.append(time_sample(ours_sample))
            other = peers.series_per_second(peer_sample)
            if other is not None:
                others.append(other)
    forecasting = statistics.median(sizes.ours / run.forecasting for run in runs)
    everything = statistics.median(sizes.ours / (run.forecasting + run.learning) for run in runs)
    details = {"series": sizes.ours, "runs": sizes.runs, "learning seconds": [run.learning for run in runs]}
    quantity = "Reihen je CPU-Sekunde, ein Kern, 9 Quantile, h = 6"
    ets = {"AutoETS": (statistics.median(others),)} if others else {}
    rows = [
        Row(
            f"{quantity}, mit Lernen",
            (everything,),
            "number",
            goals.SERIES_PER_SECOND,
            ets,
            details=details,
            sampled=not sizes.full,
        ),
        Row("  davon nur Vorausschätzen", (forecasting,), "number"),
    ]
    if not others:
        rows.append(Row("  Tempo relativ zu AutoETS", (), "times", goals.TIMES_AUTOETS, note=ABSENT))
        return rows
    ratio = everything / statistics.median(others)
    rows.append(
        Row(
            "  Tempo relativ zu AutoETS, mit Lernen",
            (ratio,),
            "times",
            goals.TIMES_AUTOETS,
            note=f"Mediane von {sizes.runs}, abwechselnd gemessen",
            sampled=not sizes.full,
        )
    )
    return rows


def _predict_rows(folder: Path, root: Path, sizes: Sizes, suffix: str) -> list[Row]:
    """Return seconds and peak memory of `predict` as a command on two cores."""
    source = folder / f"series{suffix}"
    write_table(source, sizes.predict)
    size = f"{whole(sizes.predict)} Reihen × {_YEARS} Jahre, h = {_HORIZON}"
    kind = {".csv": "CSV", ".parquet": "Parquet"}[suffix]
    name = f"predict, {size}, {kind} zu {kind}"
    found: list[Metered] = []
    for _ in range(sizes.runs):
        found.append(_predict(folder, root, source, _LIMIT_SECONDS))
        if found[-1].failure or found[-1].seconds > _LIMIT_SECONDS / 4:
            break  # one slow run is enough to know
    source.unlink()
    memory = "  größter Speicher von predict"
    failure = next((run.failure for run in found if run.failure), "")
    if failure:
        return [
            Row(name, (), "seconds", goals.PREDICT_SECONDS, note=failure),
            Row(memory, (), "gigabytes", goals.PREDICT_GIGABYTES),
        ]
    middle = sorted(found, key=lambda run: run.seconds)[len(found) // 2]
    peak = max(run.gigabytes for run in found)
    details = {"runs": [asdict(run) for run in found]}
    small = not sizes.full
    return [
        Row(name, (middle.seconds,), "seconds", goals.PREDICT_SECONDS, {}, middle.remark, details, small),
        Row(memory, (peak,), "gigabytes", goals.PREDICT_GIGABYTES, sampled=small),
    ]


def _predict(folder: Path, root: Path, source: Path, limit: float) -> Metered:
    """Run `predict` once."""
    target = folder / f"out{source.suffix}"
    command = ["predict", "--input", str(source), "--output", str(target), "--horizon", str(_HORIZON)]
    if predict_takes("--workers", root):
        command += ["--workers", str(_WORKERS)]
    found = metered(folder, root, command, limit)
    target.unlink(missing_ok=True)
    return found
