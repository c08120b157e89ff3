"""`predict`: any tidy table of yearly series in, mean and quantiles by series and horizon out.

Two passes. The first reads the table in blocks, checks every row, gathers the rows by series and learns from
a sample of the series that depends on their names only. The second forecasts chunk by chunk and writes what
is finished. Memory follows from the size of a chunk and the names of the series, not from the length of the
table; the bytes of the output depend neither on the size of the chunks nor on the number of workers.
"""

from __future__ import annotations

import hashlib
import pickle
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from forecast.compute import Outcome, available_workers, stream_tasks
from forecast.errors import InputError, OperationError
from forecast.estimators.protocol import History, KnownEvent
from forecast.predict_checks import check_input, check_numbers, check_paths, chosen_settings, like_thousands
from forecast.predict_chunk import BATCH, SHOWN, UNIT, Chunk, forecast_chunk, learn
from forecast.storage import disk_error
from forecast.tables import csv_input, genesis_input, parquet_input
from forecast.tables.memory import give_back
from forecast.tables.panel_rows import PanelRows
from forecast.tables.parts import Part, PartStore, leftovers
from forecast.tables.pending import PendingFile
from forecast.tables.results import REPORT_COLUMNS, Sink, is_parquet, make_sink
from forecast.tables.states import PARTIAL, PULSE, STEP, SUPPRESSED

CHUNK: Final = BATCH  # series of a finished part: what is forecast at once
LARGEST_CHUNK: Final = 1 << 16
_LOOKED_AT: Final = 10_000  # values looked at for points between thousands


@dataclass(frozen=True, slots=True)
class PredictReport:
    """What `predict_file` did.

    Args:
        series: Number of series in the input.
        forecast: Number of series with numbers in the output.
        rows: Rows written.
        refused: The first (series_id, German reason) of series without numbers.
        noted: The first (series_id, German reason) of series forecast with a reservation.
        short: Number of series forecast with a reservation.
        failed: Number of series without numbers.
        flagged: Number of series with a flag.
        report: The file that lists all of them.
        reused: Series taken over from an interrupted run.
        leftovers: Folders left by interrupted runs with other inputs or settings.
        doubt: What about the whole table may have been misread, in German; mostly nothing.
    """

    series: int
    forecast: int
    rows: int
    refused: tuple[tuple[str, str], ...]
    noted: tuple[tuple[str, str], ...]
    short: int
    failed: int
    flagged: int
    report: Path
    reused: int
    leftovers: tuple[Path, ...]
    doubt: str = ""

    def remarks(self) -> tuple[str, ...]:
        """Return what the user should know of the whole run, in German."""
        reused = f"{self.reused} Reihen aus einem abgebrochenen Lauf übernommen" if self.reused else ""
        return tuple(filter(None, (self.doubt, reused)))


def predict_file(
    input_path: Path,
    output_path: Path,
    horizon: int,
    seed: int = 1,
    draws: int = 1000,
    *,
    workers: int | None = None,
    chunk: int = CHUNK,
    backend: str = "threading",
    resume: bool = True,
    ceiling: float | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> PredictReport:
    """Forecast every series of a CSV or Parquet file from its own last observed year.

    Input: columns series_id, year, value and perhaps unit, status, low, high (others are ignored), rows in
    any order; an empty value is a gap; or a flat file of GENESIS. Output: `OUTPUT_COLUMNS` of
    `forecast.tables.results`, series in the order of their first row, horizons 1 to H, without numbers where
    there is no forecast. Beside it `<output>.report.csv` lists every series with a reservation, a refusal or
    a flag. Both files appear complete or not at all.

    Args:
        input_path: The table; its suffix tells the format.
        output_path: Where to write; an existing file is replaced.
        horizon: Years ahead, 1 to 15.
        seed: Without effect, the quantiles need no draws; >= 0.
        draws: Without effect.
        workers: Chunks forecast at the same time; None takes all processors.
        chunk: Series of a finished part; an interrupted run loses one part per worker at most.
        backend: One of `forecast.compute.BACKENDS`; threads share memory and compute side by side.
        ceiling: Largest value there can be, such as 1 or 100 for shares; None for none.
        resume: Take over the parts an interrupted run with the same input and settings has finished.
        on_progress: Called with (series done, series in all).

    Returns:
        What was done and what was refused.

    Raises:
        InputError: The table or an argument is wrong.
        OperationError: The disk refuses, or a worker cannot go on.
    """
    settings, count = chosen_settings(ceiling), workers or available_workers()
    check_numbers(horizon, seed, draws, workers, chunk)
    check_paths(input_path, output_path, report_path(output_path))
    step = min(-(-chunk // UNIT) * UNIT, LARGEST_CHUNK)
    with closing(_gathered(input_path, output_path.parent, count, _drawer(step))) as panel:
        doubt = like_thousands(next(panel.drawers()).rows["value"][:_LOOKED_AT])
        learning = learn(panel, horizon, settings)
        common = Chunk(None, None, learning, horizon, is_parquet(output_path), settings)
        store = _parts(input_path, output_path, common, step, resume) if len(panel.keys) > step else None
        tally = _Tally(len(panel.keys), on_progress)
        try:
            tasks = _chunks(panel, step, common, store)
            with closing(stream_tasks(forecast_chunk, tasks, count, backend=backend)) as outcomes:
                _write(output_path, outcomes, store, tally)
        finally:
            if store:
                store.leave()
    return replace(tally.report(output_path, horizon), doubt=doubt)


def read_series(path: Path) -> tuple[History, ...]:
    """Read a tidy table of yearly series that fits into memory.

    Args:
        path: CSV or Parquet; see `predict_file`.

    Returns:
        One history per series_id, in the order of the first rows, years rising; gaps are NaN.

    Raises:
        InputError: The file is missing, of the wrong kind, has no rows, or holds rows that cannot be read; up
            to five are shown.
        OperationError: The disk refuses.
    """
    check_input(path)
    found = []
    with closing(_gathered(path, Path(tempfile.gettempdir()), 1, LARGEST_CHUNK)) as panel:
        for drawer in panel.drawers():
            cuts = np.searchsorted(drawer.rows["series"], drawer.start + np.arange(1, len(drawer.keys)))
            for key, rows in zip(drawer.keys, np.split(drawer.rows, cuts), strict=True):
                found.append(_history(key, rows))
    return tuple(found)


def _history(key: str, rows: NDArray[np.void]) -> History:
    """Return the rows of one series, in order of years, with what the table tells about its cells."""
    state, values = rows["state"], rows["value"].astype(np.float64)
    half = rows["width"] / 2
    hidden = state == SUPPRESSED
    bounds = np.where(hidden[:, None], np.stack([values - half, values + half], axis=1), np.nan)
    events = [
        KnownEvent(int(year), "step" if kind == STEP else "pulse")
        for year, kind in zip(rows["year"], state, strict=True)
        if kind in {STEP, PULSE}
    ]
    return History(
        key,
        rows["year"].astype(np.int_),
        np.where(hidden, np.nan, values),
        tuple(events),
        bool((state == PARTIAL).any()),
        bounds if hidden.any() else None,
    )


def report_path(output_path: Path) -> Path:
    """Return where the report beside an output lies."""
    return output_path.with_name(f"{output_path.name}.report.csv")


def _drawer(step: int) -> int:
    """Return how many series are loaded at once: whole chunks."""
    return max(LARGEST_CHUNK // step, 1) * step


def _gathered(path: Path, folder: Path, workers: int, drawer: int) -> PanelRows:
    """Read and check a whole table."""
    if is_parquet(path):
        blocks, noun = parquet_input.parquet_blocks(path), parquet_input.NOUN
    elif genesis_input.is_genesis(path):
        blocks, noun = genesis_input.genesis_blocks(path), genesis_input.NOUN
    else:
        blocks, noun = csv_input.csv_blocks(path, workers=workers), csv_input.NOUN
    panel = PanelRows(path, noun, drawer, folder)
    try:
        with closing(blocks):
            panel.gather(blocks)
        panel.forget_names()
        if not panel.keys:
            raise InputError(
                "Die Tabelle hat keine Zeilen.", where=str(path), remedy="Mindestens eine Reihe angeben."
            )
    except BaseException:
        panel.close()
        raise
    return panel


def _parts(input_path: Path, output_path: Path, common: Chunk, step: int, resume: bool) -> PartStore:
    """Return where finished parts are kept, under the name of the run."""
    return PartStore(output_path, _identity(input_path, output_path, common, step), resume=resume)


def _identity(input_path: Path, output_path: Path, common: Chunk, step: int) -> dict[str, str | int]:
    """Return everything the numbers of a part depend on."""
    code = hashlib.sha256()
    for source in sorted(Path(__file__).parent.rglob("*.py")):
        code.update(source.read_bytes())
    try:
        with input_path.open("rb") as file:
            table = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise disk_error(input_path, error) from error
    return {
        "input": table,
        "input_format": input_path.suffix.lower(),
        "output_format": output_path.suffix.lower(),
        "horizon": common.horizon,
        "chunk": step,
        "ceiling": str(common.settings.ceiling),
        "learning": hashlib.sha256(pickle.dumps(common.learning)).hexdigest(),
        "code": code.hexdigest(),
        "numpy": np.__version__,
        "pyarrow": pa.__version__,
    }


def _chunks(
    panel: PanelRows, step: int, common: Chunk, store: PartStore | None
) -> Iterator[tuple[str, Chunk]]:
    """Yield the chunks of the panel in order, those an interrupted run has finished with their part."""
    index = 0
    for drawer in panel.drawers():
        for start in range(drawer.start, drawer.start + len(drawer.keys), step):
            finished = store.load(index) if store else None
            part = None if finished else drawer.part(start, start + step)
            yield str(index), replace(common, drawer=part, finished=finished)
            index += 1


def _write(path: Path, outcomes: Iterator[Outcome[Part]], store: PartStore | None, tally: _Tally) -> None:
    """Write output and report as parts come in; both appear at the end, or neither."""
    folder = store.folder if store else path.parent
    with PendingFile(path, folder) as output, PendingFile(report_path(path), folder) as report:
        sink: Sink | None = None
        try:
            sink = make_sink(path, output.file)
            report.file.write((",".join(REPORT_COLUMNS) + "\n").encode())
            for index, outcome in enumerate(outcomes):
                part = outcome.value
                if part is None:
                    raise _stopped(outcome, store)
                reused = store is not None and store.reused(index)
                if store and not reused:
                    store.save(index, part)
                sink.add(part.payload)
                report.file.write(part.report)
                tally.add(part, reused=reused)
                give_back()
            sink.close()
        except BaseException as error:
            if sink:
                sink.abandon()
            if isinstance(error, OSError):
                raise disk_error(path, error) from error
            raise
        for file in (report, output):
            file.sync()
        for file in (report, output):
            file.replace()
    if store:
        store.remove()


def _stopped(outcome: Outcome[Part], store: PartStore | None) -> OperationError:
    """Say why a chunk could not be finished and what becomes of the others."""
    kept = f" Fertige Teile bleiben in {store.folder.name} und werden weiterverwendet." if store else ""
    return OperationError(
        "Die Vorausschätzung ist abgebrochen.",
        where=outcome.failure.reason if outcome.failure else outcome.key,
        remedy=f"Mit weniger Prozessen (--workers 1) wiederholen.{kept}",
    )


class _Tally:
    """Adds up what became of the series."""

    def __init__(self, total: int, on_progress: Callable[[int, int], None] | None) -> None:
        self._total, self._on_progress = total, on_progress
        self._done = self._short = self._failed = self._flagged = self._reused = 0
        self._refused: list[tuple[str, str]] = []
        self._noted: list[tuple[str, str]] = []

    def add(self, part: Part, *, reused: bool) -> None:
        """Count one part and tell how far the run is."""
        self._done += part.series
        self._short += part.short
        self._failed += part.failed
        self._flagged += part.flagged
        self._reused += part.series if reused else 0
        self._refused = [*self._refused, *part.refused][:SHOWN]
        self._noted = [*self._noted, *part.noted][:SHOWN]
        if self._on_progress is not None:
            self._on_progress(self._done, self._total)

    def report(self, path: Path, horizon: int) -> PredictReport:
        """Return the sums."""
        return PredictReport(
            series=self._done,
            forecast=self._done - self._failed,
            rows=self._done * horizon,
            refused=tuple(self._refused),
            noted=tuple(self._noted),
            short=self._short,
            failed=self._failed,
            flagged=self._flagged,
            report=report_path(path),
            reused=self._reused,
            leftovers=leftovers(path),
        )
