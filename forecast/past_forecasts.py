"""What the accounts would have said at past years, trade by trade, beside what came: one document.

The comparison is that of `forecast.back_cast`, which also decides how gaps are graded. Assumptions are those
of today, so this is a test of the accounts and not a record of what was published; that record is kept in
`forecast.error_record`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.domain.codes import ALL_TRADES
from forecast.group_rows import group_code

QUANTITIES: Final = ("gap", "demand", "supply")
EVERYBODY: Final = group_code("all")
COLUMNS: Final = (
    "region", "trade", "measure", "asked_in", "year", "horizon", "said", "lower_80", "upper_80", "came",
    "last_value", "inside_80",
)  # fmt: skip
PLACE: Final = ["region", "trade", "quantity", "year"]
SCORES: Final = ("region", "trade", "measure", "compared", "inside_80", "mean_error", "mean_error_last")
HORIZONS: Final = (*SCORES[:3], "horizon", *SCORES[3:])  # the same for every number of years ahead
ABOUT: Final = {
    "summary_de": (
        "Was die Konten in früheren Jahren mit den damals veröffentlichten Zahlen gesagt hätten, mit "
        "80-%-Bereich, und was nach den heutigen Zahlen gekommen ist. Die Annahmen sind von heute; was "
        "frühere Veröffentlichungen wirklich gesagt haben, steht im Fehlerprotokoll. Zum Vergleich steht der "
        "letzte Wert von damals, unverändert fortgeschrieben."
    ),
    "summary_en": (
        "What the accounts would have said in past years with the figures published then, with 80% ranges, "
        "and what came by the figures of today. The assumptions are those of today; what earlier releases "
        "really said stands in the error record. Beside it stands the last value of then, carried on."
    ),
}  # fmt: skip


def past_document(rows: pd.DataFrame, trades: Collection[str], draws: int) -> dict[str, Any]:
    """The document `past_forecasts`: one row a region, trade, measure, year of asking and target year.

    A count is whole; bounds are rounded outward. What came in a year is one number, the mean over the years
    of asking, whose draws differ. `inside_80` says whether that number lies in the printed range. The sum of
    all trades of a region is the row of all trades, if every trade of it is on the axis.

    Args:
        rows: Rows of a back-cast with ranges.
        trades: Trades on the axis.
        draws: Number of draws of the back-cast.
    """
    kept = rows[rows["quantity"].isin(QUANTITIES)]
    kept = kept.assign(truth=kept.groupby(PLACE)["truth"].transform("mean"))
    single = kept[kept["trade"] != ALL_TRADES]
    whole = [str(region) for region, found in single.groupby("region") if set(found["trade"]) <= set(trades)]
    together = kept[(kept["trade"] == ALL_TRADES) & kept["region"].isin(whole)]
    shown = pd.concat([single[single["trade"].isin(trades)], together.assign(trade=EVERYBODY)])
    shown = shown.sort_values([*PLACE, "origin"])
    table = [_row(one) for one in shown.to_dict("records")]
    exact = {name: shown[name].to_numpy(dtype=np.float64) for name in ("forecast", "naive", "truth")}
    scores = _scores(table, exact, SCORES[:3])
    apart = _scores(table, exact, HORIZONS[:4])
    return {
        "columns": list(COLUMNS), "rows": table, "card": {**ABOUT, "draws": draws},
        "scores": [dict(zip(SCORES, score, strict=True)) for score in scores],
        "horizons": [dict(zip(HORIZONS, score, strict=True)) for score in apart],
    }  # fmt: skip


def _row(one: dict[Any, Any]) -> list[Any]:
    said, came = round(float(one["forecast"])), round(float(one["truth"]))
    low, high = _printed(one)
    last = None if np.isnan(one["naive"]) else round(float(one["naive"]))
    return [
        one["region"], one["trade"], one["quantity"], int(one["origin"]), int(one["year"]),
        int(one["horizon"]), said, low, high, came, last, low <= came <= high,
    ]  # fmt: skip


def _printed(one: dict[Any, Any]) -> tuple[int, int]:
    """The 80 % range in whole persons, wide enough to hold what was said."""
    said = round(float(one["forecast"]))
    return min(int(np.floor(one["lower_80"])), said), max(int(np.ceil(one["upper_80"])), said)


def _scores(
    table: Sequence[list[Any]], exact: Mapping[str, NDArray[np.float64]], key: Sequence[str]
) -> list[list[Any]]:
    """For every key: how many comparisons, how many in the range, mean error and that of the last value.

    Args:
        table: Rows of the document.
        exact: What was said, the last value and what came, not rounded, in the order of the rows.
        key: Columns of the document by which the rows are taken together.
    """
    columns = [COLUMNS.index(name) for name in key]
    found: dict[tuple[Any, ...], list[int]] = {}
    for at, row in enumerate(table):
        found.setdefault(tuple(row[column] for column in columns), []).append(at)
    scores = []
    for place, held in sorted(found.items()):
        compared = [one for one in held if not np.isnan(exact["naive"][one])]
        errors = [
            round(float(np.abs(exact[name][compared] - exact["truth"][compared]).mean()), 1)
            if compared else None
            for name in ("forecast", "naive")
        ]  # fmt: skip
        scores.append([*place, len(held), sum(table[one][-1] for one in held), *errors])
    return scores
