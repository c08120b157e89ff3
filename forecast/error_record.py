"""The public error record: what releases said, beside the figures that were printed later.

Every release looks at all earlier ones that are kept, takes their forecasts of years for which a figure has
been printed since, and appends the comparison to one table that is only ever added to.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np

from forecast.errors import InputError, OperationError
from forecast.snapshot import STATUSES, Snapshot, list_snapshots, open_snapshot
from forecast.storage import no_hook, read_small, replace_text, step

MEASURES: Final = ("new_contracts", "apprentices")
FILE: Final = "record.csv"
#: Statuses of a cell that shows a figure as printed, and of one that shows a forecast.
_PRINTED: Final = ("observed", "rounded", "provisional")
_FORECAST: Final = "forecast"
_MOST_BYTES: Final = 1 << 30

Key = tuple[str, str, str, int]


@dataclass(frozen=True, slots=True)
class Said:
    """One forecast of a release.

    Args:
        snapshot: Id of the release.
        as_of: Day up to which it knew figures, YYYY-MM-DD.
        region: Code.
        trade: Code.
        measure: Code.
        year: Year forecast.
        value: What was said.
        lower_80: Lower bound of the 80 % range.
        upper_80: Upper bound.
        lower_95: Lower bound of the 95 % range.
        upper_95: Upper bound.
        last_year: Year of the last printed figure the release shows for this series; 0 without one.
        last_value: That figure; NaN without one.
    """

    snapshot: str
    as_of: str
    region: str
    trade: str
    measure: str
    year: int
    value: float
    lower_80: float
    upper_80: float
    lower_95: float
    upper_95: float
    last_year: int
    last_value: float

    @property
    def key(self) -> Key:
        """Which figure it is about: region, trade, measure, year."""
        return self.region, self.trade, self.measure, self.year


@dataclass(frozen=True, slots=True)
class Printed:
    """A figure as printed.

    Args:
        value: The figure.
        status: observed, rounded or provisional.
        as_of: Day up to which the figures were read that hold it, YYYY-MM-DD.
    """

    value: float
    status: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A forecast beside the figure that came."""

    said: Said
    printed: Printed

    @property
    def inside_80(self) -> bool:
        """Whether the figure lay in the 80 % range, bounds included."""
        return self.said.lower_80 <= self.printed.value <= self.said.upper_80

    @property
    def inside_95(self) -> bool:
        """Whether the figure lay in the 95 % range, bounds included."""
        return self.said.lower_95 <= self.printed.value <= self.said.upper_95

    @property
    def error(self) -> float:
        """What was said minus what came."""
        return self.said.value - self.printed.value

    @property
    def error_last(self) -> float:
        """What the last value would have said minus what came; NaN without a last value."""
        return self.said.last_value - self.printed.value


#: Columns of the record: all of `Said`, the figure with its status and vintage, and what follows from them.
COLUMNS: Final = (
    "snapshot", "as_of", "region", "trade", "measure", "year", "said", "lower_80", "upper_80", "lower_95",
    "upper_95", "last_year", "last_value", "came", "status", "seen", "inside_80", "inside_95", "error",
    "error_last",
)  # fmt: skip
_KINDS: Final = {"year": int, "last_year": int} | dict.fromkeys(
    ("said", "lower_80", "upper_80", "lower_95", "upper_95", "last_value", "came"), float
)


def forecasts_in(snapshot: Snapshot, measures: Sequence[str] = MEASURES) -> tuple[Said, ...]:
    """Return the forecasts a release made; one without ranges promised nothing and is left out.

    Args:
        snapshot: An opened release.
        measures: Measures that are printed later; those a release does not have are left out.
    """
    years = np.asarray(snapshot.axes.years)
    place = {name: snapshot.index("statistic", name) for name in snapshot.axes.statistics}
    bounds = [place[name] for name in ("value", "lower_80", "upper_80", "lower_95", "upper_95")]
    found = []
    for region, trade, measure, status, cells in _series(snapshot, measures):
        printed = np.flatnonzero(np.isin(status, [STATUSES.index(name) for name in _PRINTED]))
        for step_ in np.flatnonzero(status == STATUSES.index(_FORECAST)):
            before = printed[printed < step_]
            last = int(before[-1]) if before.size else -1
            value, low_80, high_80, low_95, high_95 = (float(cells[step_, at]) for at in bounds)
            if np.isnan((low_80, high_80, low_95, high_95)).any():
                continue
            found.append(
                Said(
                    snapshot.id, str(snapshot.meta["as_of"]), region, trade, measure, int(years[step_]),
                    value, low_80, high_80, low_95, high_95,
                    int(years[last]) if last >= 0 else 0,
                    float(cells[last, place["value"]]) if last >= 0 else float("nan"),
                )
            )  # fmt: skip
    return tuple(found)


def printed_in(snapshot: Snapshot, measures: Sequence[str] = MEASURES) -> dict[Key, Printed]:
    """Return the figures a release shows as printed, by region, trade, measure and year."""
    as_of, value = str(snapshot.meta["as_of"]), snapshot.index("statistic", "value")
    return {
        (region, trade, measure, int(snapshot.axes.years[step_])): Printed(
            float(cells[step_, value]), STATUSES[status[step_]], as_of
        )
        for region, trade, measure, status, cells in _series(snapshot, measures)
        for step_ in np.flatnonzero(np.isin(status, [STATUSES.index(name) for name in _PRINTED]))
    }


def compare(said: Iterable[Said], printed: Mapping[Key, Printed]) -> tuple[Compared, ...]:
    """Lay forecasts beside the figures that came.

    A figure counts only if it was read at a later data vintage than the forecast's: then the forecast cannot
    have known it.

    Args:
        said: Forecasts of earlier releases.
        printed: Figures known today.

    Returns:
        One row per forecast whose figure has come, in the order of the forecasts.

    Example:
        >>> cell = ("BB", "A-24", "apprentices", 2024)
        >>> one = Said("s", "2024-09-30", *cell, 90.0, 80.0, 99.0, 75.0, 110.0, 2023, 85.0)
        >>> row, = compare([one], {one.key: Printed(100.0, "rounded", "2025-09-30")})
        >>> (row.inside_80, row.inside_95, row.error, row.error_last)
        (False, True, -10.0, -15.0)
    """
    rows = []
    for item in said:
        figure = printed.get(item.key)
        if figure is None or figure.as_of <= item.as_of:
            continue
        rows.append(Compared(item, figure))
    return tuple(rows)


def record_release(snapshot_root: Path, current: Snapshot, folder: Path) -> int:
    """Compare all other releases that are kept with the figures of one release and append the result.

    Args:
        snapshot_root: Directory of the snapshots.
        current: The release whose printed figures are the truth.
        folder: Of the record, usually ``models/error_record``.

    Returns:
        Number of rows added. A release that can no longer be opened is left out.

    Raises:
        InputError: The record is damaged.
        OperationError: The disk refuses.
    """
    printed = printed_in(current)
    rows: list[Compared] = []
    for info in list_snapshots(snapshot_root):
        if info.id == current.id or str(info.meta.get("as_of", "")) >= str(current.meta["as_of"]):
            continue
        try:
            earlier = open_snapshot(snapshot_root, info.id)
        except OperationError:
            continue
        rows.extend(compare(forecasts_in(earlier), printed))
    return append_record(folder, rows)


def append_record(folder: Path, rows: Iterable[Compared]) -> int:
    """Add comparisons to the record; what stands in it is never changed.

    A row that is already there – same release, cell and figure – is not added again. A figure that was
    revised since is another figure and gives another row.

    Args:
        folder: Usually ``models/error_record``; created if missing.
        rows: Comparisons.

    Returns:
        Number of rows added; with none the file is not touched.

    Raises:
        InputError: The file there is not a record.
        OperationError: The disk refuses; the record is then as it was.
    """
    path = folder / FILE
    known = list(read_record(folder))
    seen = {_identity(row) for row in known}
    added = []
    for row in rows:
        if _identity(row) not in seen:
            seen.add(_identity(row))
            added.append(row)
    if added:
        with step("make record", folder, no_hook):
            folder.mkdir(parents=True, exist_ok=True)
        replace_text(path, _text([*known, *added]), no_hook, name="record")
    return len(added)


def read_record(folder: Path) -> tuple[Compared, ...]:
    """Return all rows of the record, the oldest first; none if there is no record yet.

    Raises:
        InputError: The file is not a record.
        OperationError: The file cannot be read.
    """
    path = folder / FILE
    if not path.exists():
        return ()
    try:
        lines = list(csv.reader(io.StringIO(read_small(path, _MOST_BYTES).decode("utf-8"), newline="")))
        if not lines or tuple(lines[0]) != COLUMNS:
            raise ValueError("die Spalten sind andere")
        return tuple(_row(cells) for cells in lines[1:])
    except (ValueError, csv.Error) as error:
        raise InputError(
            "Das Fehlerprotokoll ist nicht lesbar.",
            where=f"{path}: {error}",
            expected=", ".join(COLUMNS),
            remedy="Die Datei aus der Versionsverwaltung wiederherstellen.",
        ) from error


def _series(snapshot: Snapshot, measures: Sequence[str]) -> Iterable[tuple[str, str, str, Any, Any]]:
    """Yield region, trade, measure, status (years) and cells (years, statistics) of series with numbers."""
    for measure in measures:
        if measure not in snapshot.axes.measures:
            continue
        m = snapshot.index("measure", measure)
        for r, region in enumerate(snapshot.axes.regions):
            for t, trade in enumerate(snapshot.axes.trades):
                status = snapshot.status[r, t, m]
                if status.any():
                    yield region, trade, measure, status, snapshot.cube[r, t, m]


def _identity(row: Compared) -> tuple[str, Key, float]:
    return row.said.snapshot, row.said.key, row.printed.value


def _text(rows: Sequence[Compared]) -> str:
    """Return the record as CSV; numbers so that reading gives back the same ones."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        found = (row.inside_80, row.inside_95, row.error, row.error_last)
        writer.writerow([_cell(value) for value in (*astuple(row.said), *astuple(row.printed), *found)])
    return buffer.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "" if np.isnan(value) else repr(value).removesuffix(".0")
    return str(value)


def _row(cells: Sequence[str]) -> Compared:
    """Return one row of the file; raises ValueError where a cell is not what its column holds."""
    values: list[Any] = []
    for name, cell in zip(COLUMNS, cells, strict=True):
        kind = _KINDS.get(name, str)
        values.append(kind(cell or "nan") if kind is float else kind(cell))
    said = len(fields(Said))
    return Compared(Said(*values[:said]), Printed(*values[said : said + len(fields(Printed))]))
