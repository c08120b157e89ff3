"""Files to download that are part of a release: the matrix, printed figures and the training plan as tables.

Text is spelled once for every different value and then put into its rows: a release has a few thousand texts
and more than a hundred thousand rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from forecast.errors import ModelError
from forecast.snapshot import GRADES, STATISTICS, STATUSES, SnapshotContent

EXPORT_COLUMNS = (
    "measure", "unit", "trade_code", "trade_label", "region_code", "region_label", "region_level", "year",
    "scenario", "is_forecast", *STATISTICS, "status", "grade", "note",
)  # fmt: skip
ROW_GROUP_ROWS = 65_536
FORECAST = STATUSES.index("forecast")

_QUOTED = re.compile(r'[,"\n]')
_FORMULA = re.compile(r"[=+\-@\t\r]")


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """A column of texts: the different ones, and which of them stands in each row."""

    words: Sequence[str | None]
    at: NDArray[Any]


Column = Words | NDArray[Any]


def export_files(content: SnapshotContent) -> dict[str, bytes]:
    """Return the files to download: the matrix as CSV and Parquet, observations and training plan as CSV.

    The columns are EXPORT_COLUMNS, one row a cell whose status is not ``no_data``, in the order of the axes.
    Group rows are left out: a sum over the column of trades must not count anyone twice.
    There is no column ``snapshot_id``: the id is the hash of the release and these files are part of it.
    Where a file leaves the release (download, report), the id belongs into its name or its header.
    CSV: UTF-8, comma, decimal point, LF; text that a spreadsheet would take for a formula gets a leading «'».
    """
    columns = _matrix_columns(content)
    observed = content.documents["observations"]
    return {
        **_plan_file(content.documents.get("training_plan")),
        "export/matrix.csv": _csv(EXPORT_COLUMNS, zip(*map(_spelled_column, columns.values()), strict=True)),
        "export/matrix.parquet": _parquet(columns),
        "export/observations.csv": rows_as_csv(observed["columns"], observed["rows"]),
    }


def _plan_file(plan: Mapping[str, Any] | None) -> dict[str, bytes]:
    """Return the training plan as CSV with its notes in German; nothing where there is no plan."""
    if plan is None:
        return {}
    at = plan["columns"].index("note")
    rows = [[*row[:at], plan["notes"][row[at]]["de"], *row[at + 1 :]] for row in plan["rows"]]
    return {"export/training_plan.csv": rows_as_csv(plan["columns"], rows)}


def _matrix_columns(content: SnapshotContent) -> dict[str, Column]:
    """Return the columns of the flat table."""
    catalogue = content.documents["catalogue"]
    groups = {entry["code"] for entry in catalogue.get("trade_groups", ())}
    trades = np.array([code not in groups for code in content.axes.trades])
    kept = np.nonzero(np.where(trades[None, :, None, None], content.status, 0))
    region, trade, measure, year = kept

    def labels(kind: str, codes: Sequence[str], field: str, at: NDArray[np.int64]) -> Words:
        entries = {entry["code"]: entry[field] for entry in catalogue[kind]}
        missing = sorted(set(codes) - set(entries) - groups)
        if missing:
            raise ModelError(f"Dem Katalog fehlt «{missing[0]}».", where=f"catalogue.{kind}")
        return Words([entries.get(code) for code in codes], at)

    axes = content.axes
    status = content.status[kept]
    statistics = content.cube[kept]
    return {
        "measure": Words(axes.measures, measure),
        "unit": labels("measures", axes.measures, "unit", measure),
        "trade_code": Words(axes.trades, trade),
        "trade_label": labels("trades", axes.trades, "name_de", trade),
        "region_code": Words(axes.regions, region),
        "region_label": labels("regions", axes.regions, "name_de", region),
        "region_level": labels("regions", axes.regions, "level", region),
        "year": np.array(axes.years, dtype=np.int32)[year],
        "scenario": Words([catalogue["scenario"]], np.zeros(len(status), dtype=np.int64)),
        "is_forecast": status == FORECAST,
        **{name: statistics[:, at] for at, name in enumerate(STATISTICS)},
        "status": Words(STATUSES, status),
        "grade": Words(GRADES, content.grade[kept]),
        "note": Words([entry["de"] for entry in catalogue["notes"]], content.note[kept]),
    }


def _parquet(columns: Mapping[str, Column]) -> bytes:
    """Return the table as Parquet: text stays text, NaN becomes null, the same bytes each time."""
    arrays = {
        name: pa.array(column.words, type=pa.string()).take(pa.array(column.at)) if isinstance(column, Words)
        else pa.array(column, from_pandas=column.dtype.kind == "f")
        for name, column in columns.items()
    }  # fmt: skip
    sink = pa.BufferOutputStream()
    pq.write_table(
        pa.table(arrays), sink, compression="zstd", row_group_size=ROW_GROUP_ROWS, store_schema=False
    )
    return bytes(sink.getvalue().to_pybytes())


def _spelled_column(column: Column) -> list[str]:
    """Return a column as CSV fields; every different value is spelled once."""
    if isinstance(column, Words):
        spelled, at = [_cell(word) for word in column.words], column.at
    else:
        different, at = np.unique(column, return_inverse=True, equal_nan=True)
        spelled = [_cell(value) for value in different]
    return list(np.array([_field(text) for text in spelled], dtype=object)[at])


def _cell(value: Any) -> str:  # noqa: ANN401
    """Spell one value for CSV; text that looks like a formula is disarmed, a number never is."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = f"'{value}" if _FORMULA.match(value) else value
        return text.replace("\r\n", "\n").replace("\r", "\n")  # a lone CR would end the row for some readers
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else np.format_float_positional(value, unique=True, trim="-")
    return str(value)


def _field(text: str) -> str:
    """Put a text into quotation marks where CSV needs them."""
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def rows_as_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return rows of JSON values as CSV; every different text is spelled once."""
    texts: dict[str, str] = {}

    def field(value: Any) -> str:  # noqa: ANN401
        if not isinstance(value, str):
            return _cell(value)
        if value not in texts:
            texts[value] = _field(_cell(value))
        return texts[value]

    return _csv(header, ([field(value) for value in row] for row in rows))


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return CSV of rows whose fields are spelled already; more than one field, so no line is empty."""
    lines = map(",".join, rows)
    return "\n".join([",".join(map(_field, header)), *lines, ""]).encode("utf-8")
