"""SDMX-CSV 1.0: one observation a line, dimensions first, then value and attributes.

Source: SDMX technical working group, "SDMX-CSV data message format", version 1.0.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from api import starters
from api.formats.csv_text import cell
from api.formats.jsonstat import statistics_of
from api.formats.tokens import number_tokens
from api.table import Coded, Table
from forecast.snapshot import STATISTICS

DATAFLOW: Final = b"FACHKRAEFTEMATRIX:MATRIX(1.0)"
OUTLOOK: Final = b"FACHKRAEFTEMATRIX:OUTLOOK(1.0)"
HEADER: Final = (
    "DATAFLOW", "FREQ", "REF_AREA", "TRADE", "INDICATOR", "SCENARIO", "STATISTIC", "TIME_PERIOD", "OBS_VALUE",
    "OBS_STATUS", "UNIT_MEASURE", "GRADE", "SNAPSHOT", "COMMENT_OBS",
)  # fmt: skip
# our column → place in the line; the statistic and the value are put between
_BEFORE: Final = ("region_code", "trade_code", "measure", "scenario")
_AFTER: Final = ("obs_status", "unit", "grade", "snapshot_id", "note")
#: attributes of the outlook: codes of its classes, the same on every line of a cell
_CLASSES: Final = tuple(name.upper() for name in starters.CLASS_CODES)


def sdmx_csv(table: Table) -> bytes:
    """Return a page with one line per cell and statistic; a bound that is not there has no line."""

    def spelled(name: str) -> list[bytes]:
        column = table.column(name)
        found = column.values(table.rows) if isinstance(column, Coded) else []
        known: dict[object, bytes] = {}
        return [known.setdefault(one, cell(one)) if one not in known else known[one] for one in found]

    outlook = starters.CLASS_CODES[0] in table.selection.more
    header = (*HEADER, *_CLASSES) if outlook else HEADER
    attributes = (*_AFTER, *starters.CLASS_CODES) if outlook else _AFTER
    flow = OUTLOOK if outlook else DATAFLOW
    shown = statistics_of(table.selection)
    numbers = np.ascontiguousarray(table.numbers(shown).T)
    values = {name: number_tokens(row) for name, row in zip(shown, numbers, strict=True)}
    before = [b",".join(row) for row in zip(*(spelled(name) for name in _BEFORE), strict=True)]
    after = [b",".join(row) for row in zip(*(spelled(name) for name in attributes), strict=True)]
    years = spelled("year")
    lines = [b",".join(name.encode() for name in header)]
    for row in range(table.rows):
        for name in shown:
            value = values[name][row]
            if value == b"null":
                if name != STATISTICS[0]:
                    continue
                value = b""
            lines.append(b",".join((flow, b"A", before[row], name.encode(), years[row], value, after[row])))
    return b"".join(line + b"\r\n" for line in lines)
