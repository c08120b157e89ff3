"""The two calculations of `predict`: learn from a sample of a panel, forecast one chunk of its series."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from forecast.errors import OperationError
from forecast.estimators.known import KnownRows, plain_rows, told_rows
from forecast.estimators.panels import PanelLearning, known_quantiles, learn_panel
from forecast.estimators.rows import SHORT, STATUSES, reasons
from forecast.stats.defaults import QUANTILE_LEVELS, SHORT_SERIES, SeriesSettings
from forecast.tables.panel_rows import Drawer, Grid, PanelRows
from forecast.tables.parts import Part
from forecast.tables.results import csv_bytes, ipc_bytes, report_bytes, result_table
from forecast.tables.states import PULSE, STEP, SUPPRESSED

Array = NDArray[np.float64]

SAMPLE: Final = 4000  # series learned from at most
LEAST_SAMPLE: Final = 500
CELLS: Final = 1_500_000  # series times years times horizons learned from; bounds memory for long series
UNIT: Final = 1024  # chunks are multiples of it
BATCH: Final = 8192  # series forecast at once: many of each length, and the same result whatever the chunk
SHOWN: Final = 20  # series named to the caller; the report beside the output names all


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a worker needs for one chunk of series.

    Args:
        drawer: The series; None if an interrupted run has finished them.
        finished: The part it has made of them.
        learning: What was learned from the panel.
        horizon: Years ahead.
        parquet: Rows are wanted for Parquet, not as CSV.
        settings: Constants of the forecaster.
    """

    drawer: Drawer | None
    finished: Part | None
    learning: PanelLearning
    horizon: int
    parquet: bool
    settings: SeriesSettings = SHORT_SERIES


def learn(panel: PanelRows, horizon: int, settings: SeriesSettings = SHORT_SERIES) -> PanelLearning:
    """Learn from the series whose names have the smallest hashes, in that order.

    Which series are learned from, and their order, follow from their names, not from the order of the rows.

    Args:
        panel: All series.
        horizon: Years ahead.
        settings: Constants of the forecaster.
    """
    hashes = np.concatenate([_hashes(panel.keys[s : s + BATCH]) for s in range(0, len(panel.keys), BATCH)])
    chosen = np.argsort(hashes, kind="stable")[:SAMPLE]
    rank = np.full(len(panel.keys), -1, dtype=np.int32)
    rank[chosen] = np.arange(chosen.size)
    pieces = []
    for drawer in panel.drawers():
        rows = drawer.rows[rank[drawer.rows["series"]] >= 0]
        rows["series"] = rank[rows["series"]]
        pieces.append(rows)
    rows = np.concatenate(pieces)
    rows = rows[np.argsort(rows["series"], kind="stable")]
    names = [panel.keys[place : place + 1][0] for place in chosen.tolist()]
    known = laid_out(Drawer(0, names, rows).grid(SHORT_SERIES.window))
    most = max(CELLS // (known.grid.shape[1] * horizon), LEAST_SAMPLE)
    with threadpool_limits(limits=1), np.errstate(all="ignore"):
        return learn_panel(known.part(slice(most)), horizon, settings=settings)


def laid_out(grid: Grid) -> KnownRows:
    """Return the series of a table as the forecaster takes them, with what is told about their cells."""
    plain = plain_rows(grid.values, grid.first)
    if grid.states is None or grid.widths is None or grid.partial is None or grid.unbounded is None:
        return plain
    half = np.where(grid.states == SUPPRESSED, grid.widths / 2, np.nan)
    return told_rows(
        plain,
        steps=grid.states == STEP,
        pulses=grid.states == PULSE,
        low=grid.values - half,
        high=grid.values + half,
        partial=grid.partial,
        unbounded=grid.unbounded,
    )


def _hashes(keys: Sequence[str]) -> NDArray[np.uint64]:
    """Return a hash of every name."""
    digests = b"".join(hashlib.blake2b(key.encode(), digest_size=8).digest() for key in keys)
    return np.frombuffer(digests, dtype=">u8").astype(np.uint64)


def forecast_chunk(chunk: Chunk) -> Part:
    """Forecast one chunk of series; runs in a worker.

    Args:
        chunk: What to forecast.

    Returns:
        The part with its rows, or the finished one that came with the chunk.
    """
    if chunk.drawer is None:
        if chunk.finished is None:
            raise OperationError("Ein Paket ohne Reihen kann nicht gerechnet werden.")
        return chunk.finished
    payloads, notes = [], []
    for start in range(0, len(chunk.drawer.keys), BATCH):
        first = chunk.drawer.start + start
        keys, table, found = _forecast_batch(chunk.drawer.part(first, first + BATCH), chunk)
        payloads.append(table)
        notes += [(key, *note) for key, note in zip(keys, found, strict=True)]
    table = pa.concat_tables(payloads).combine_chunks()
    remarks = [note for note in notes if note[1] != STATUSES[0] or note[3]]
    failed = [(key, reason) for key, status, reason, _ in remarks if status == "failed"]
    short = [(key, reason) for key, status, reason, _ in remarks if status == "short"]
    return Part(
        payload=ipc_bytes(table) if chunk.parquet else csv_bytes(table),
        report=report_bytes(remarks),
        series=len(notes),
        short=len(short),
        failed=len(failed),
        flagged=sum(bool(flags) for _, _, _, flags in remarks),
        refused=tuple(failed[:SHOWN]),
        noted=tuple(short[:SHOWN]),
    )


def _forecast_batch(drawer: Drawer, chunk: Chunk) -> tuple[list[str], pa.Table, list[tuple[str, str, str]]]:
    """Return names, rows and (status, reason, flags) of some series."""
    grid = drawer.grid(SHORT_SERIES.window)
    with np.errstate(all="ignore"):
        mean, quantiles, notes = _forecast_rows(chunk, laid_out(grid))
    return drawer.keys, result_table(drawer.keys, grid.last, mean, quantiles), notes


def _forecast_rows(chunk: Chunk, known: KnownRows) -> tuple[Array, Array, list[tuple[str, str, str]]]:
    """Forecast rows; if the engine gives up, halve them until the row that caused it stands alone."""
    count, horizon = len(known.grid), chunk.horizon
    try:
        found = known_quantiles(chunk.learning, known, horizon, settings=chunk.settings)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - one series must not take the others with it
        if count == 1:
            note = ("failed", f"Rechenfehler: {type(error).__name__}: {error}", "")
            return np.full((1, horizon), np.nan), np.full((1, horizon, len(QUANTILE_LEVELS)), np.nan), [note]
        halves = [
            _forecast_rows(chunk, known.part(part))
            for part in (slice(0, count // 2), slice(count // 2, count))
        ]
        means, bands, notes = zip(*halves, strict=True)
        return np.concatenate(means), np.concatenate(bands), [note for half in notes for note in half]
    mean, quantiles = found.mean, found.quantiles
    whole = np.isfinite(mean).all(axis=1) & np.isfinite(quantiles).all(axis=(1, 2))
    texts = [_note(status, 0, ()) for status in found.status.tolist()]
    for row in np.flatnonzero(found.flags):
        texts[row] = _note(int(found.status[row]), int(found.flags[row]), tuple(found.years[row].tolist()))
    for row in np.flatnonzero(~whole):
        mean[row], quantiles[row] = np.nan, np.nan
        if texts[row][0] != "failed":
            texts[row] = ("failed", "Das Ergebnis ist keine endliche Zahl.", "")
    return mean, quantiles, texts


@lru_cache(maxsize=1024)
def _note(status: int, flags: int, years: tuple[int, ...]) -> tuple[str, str, str]:
    """Return status, reason and flags of a series as they stand in the report."""
    name = STATUSES[status]
    why = {"forecast": 0, "short": SHORT}.get(name, flags)
    return name, " ".join(reasons(flags & why)), " ".join(reasons(flags & ~why, years))
