"""What changed between two releases, cell by cell: values, statuses, and whether it was to be expected."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from api.release import Release
from api.selection import Selection
from api.table import Coded, Table
from forecast.snapshot import STATISTICS, STATUSES

HEAD: Final = ("measure", "unit", "trade_code", "trade_label", "region_code", "region_label", "year")
COLUMNS: Final = (
    *HEAD,
    "value_before",
    "value_after",
    "change",
    "inside_80",
    "status_before",
    "status_after",
)


def changes(before: Release, after: Release, chosen: Selection) -> list[dict[str, Any]]:
    """Return one record per cell whose value or status differs.

    Args:
        before: The earlier release.
        after: The later release, in whose catalogue the selection was read.
        chosen: Cells to compare; one the earlier release lacks counts as `no_data` there.

    Returns:
        Records with the values of both, their difference, and whether the later value lies in the earlier
        80 % range (None where there was none).
    """
    old, new = Table(before, chosen), Table(after, chosen)
    was, now = old.statistics(), new.statistics()
    had, has = old.column("status"), new.column("status")
    if not isinstance(had, Coded) or not isinstance(has, Coded) or had.index is None or has.index is None:
        return []
    low, high = (was[:, STATISTICS.index(name)] for name in ("lower_80", "upper_80"))
    with np.errstate(invalid="ignore"):
        same = (was[:, 0] == now[:, 0]) | (np.isnan(was[:, 0]) & np.isnan(now[:, 0]))
        inside = (now[:, 0] >= low) & (now[:, 0] <= high)
        step = now[:, 0].astype(np.float64) - was[:, 0].astype(np.float64)
    judged = np.isfinite(low) & np.isfinite(high) & np.isfinite(now[:, 0])
    rows = np.flatnonzero(~same | (had.index != has.index)).tolist()
    heads = {name: column.values(new.rows) for name in HEAD if isinstance(column := new.column(name), Coded)}
    return [
        {
            **{name: values[row] for name, values in heads.items()},
            "value_before": _plain(was[row, 0]),
            "value_after": _plain(now[row, 0]),
            "change": _plain(step[row]),
            "inside_80": bool(inside[row]) if judged[row] else None,
            "status_before": STATUSES[had.index[row]],
            "status_after": STATUSES[has.index[row]],
        }
        for row in rows
    ]


def _plain(number: Any) -> int | float | None:  # noqa: ANN401  (a numpy scalar)
    """Whole numbers as integers, others in their shortest spelling, nothing for NaN."""
    if not np.isfinite(number):
        return None
    shown = float(str(number))
    return int(shown) if shown.is_integer() else shown
