"""Cells of the cube as flat records: the same columns in the same order, always all of them.

A value exists only under a status that has one. Anything else is null with its status, never 0. Whole numbers
are written as integers; other float32 values in their shortest decimal spelling.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from api import language
from api.columns import COLUMNS
from api.language import Lang, Text
from api.release import Release
from api.table import RANGES, Coded, cells_of
from forecast.snapshot import STATISTICS, VALUE_STATUSES

Record = dict[str, Any]

SIGN: Final = Text(
    "Lücke = Bedarf − Angebot; positiv heißt, es fehlen Fachkräfte.",
    "Gap = demand − supply; positive means a shortage of skilled workers.",
)


def plain_numbers(values: NDArray[np.float32], has_value: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Return float32 values as Python numbers: int where whole, None where missing.

    Args:
        values: Any shape; the last axis holds value and bounds.
        has_value: The same shape without the last axis.

    Example:
        >>> plain_numbers(np.array([[12.0, 0.1, np.nan]], np.float32), np.array([True])).tolist()
        [[12, 0.1, None]]
    """
    out = np.full(values.shape, None, dtype=object)
    present = np.isfinite(values) & has_value[..., None]
    with np.errstate(invalid="ignore"):
        whole = present & (values == np.rint(values))
    out[whole] = values[whole].astype(np.int64).tolist()
    fractional = present & ~whole
    out[fractional] = [float(str(value)) for value in values[fractional]]
    return out


def records(
    release: Release,
    region: str,
    trades: Sequence[str],
    measures: Sequence[str],
    years: Sequence[int],
    lang: Lang,
) -> list[Record]:
    """Return one record per trade, measure and year, in this order.

    Args:
        release: The release to read.
        region: Code of a region of the catalogue.
        trades: Codes of trades of the catalogue.
        measures: Codes of measures of the catalogue.
        years: Years of the axis.
        lang: Language of labels and notes.
    """
    table = cells_of(release, region, trades, measures, years, lang, COLUMNS)
    numbers = table.statistics()
    plain = plain_numbers(numbers, np.isfinite(numbers[:, 0])).T.tolist()
    shown = dict(zip(STATISTICS, plain, strict=True))
    columns = [
        column.values(table.rows) if isinstance(column := table.column(name), Coded) else shown[name]
        for name in COLUMNS
    ]
    return [dict(zip(COLUMNS, row, strict=True)) for row in zip(*columns, strict=True)]


def is_forecast(status: str, year: int, base_year: int) -> bool:
    """Tell whether a cell is about the future: by its status, or by its year where there is no value."""
    return status == "forecast" if status in VALUE_STATUSES else year > base_year


def meta(release: Release, lang: Lang, **more: object) -> dict[str, Any]:
    """Return what stands above every answer: which release, what the numbers mean, whom to name."""
    catalogue = release.catalogue
    return {
        "snapshot_id": release.id,
        "as_of": catalogue["as_of"],
        "base_year": release.base_year,
        "scenario": catalogue["scenario"],
        "lang": lang,
        **more,
        "sign_convention": SIGN.of(lang),
        "ranges": RANGES.of(lang),
        "attribution": list(release.attribution()),
    }


def region_head(release: Release, region: str, lang: Lang) -> dict[str, str]:
    """Return code, label and level of a region."""
    entry = release.entry("regions", region)
    return {"code": region, "label": language.label(entry, lang), "level": entry["level"]}


def trade_head(release: Release, trade: str, lang: Lang) -> dict[str, str]:
    """Return code, label and group of a trade."""
    entry = release.entry("trades", trade)
    return {"code": trade, "label": language.label(entry, lang), "group": entry["group"]}


def has_value(record: Mapping[str, Any]) -> bool:
    """Tell whether a record shows a number."""
    return record["value"] is not None
