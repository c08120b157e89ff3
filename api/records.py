"""Cells of the cube as flat records: the same columns in the same order, always all of them.

A value exists only under a status that has one. Anything else is null with its status, never 0. Whole numbers
are written as integers; other float32 values in their shortest decimal spelling.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from api import language
from api.language import Lang, Text
from api.release import Release
from forecast.snapshot import GRADES, STATISTICS, STATUSES, VALUE_STATUSES

Record = dict[str, Any]

COLUMNS: Final = (
    "snapshot_id", "measure", "unit", "trade_code", "trade_label", "region_code", "region_label",
    "region_level", "year", "scenario", "is_forecast", *STATISTICS, "status", "grade", "note",
)  # fmt: skip

SIGN: Final = Text(
    "Lücke = Bedarf − Angebot; positiv heißt, es fehlen Fachkräfte.",
    "Gap = demand − supply; positive means a shortage of skilled workers.",
)
RANGES: Final = Text(
    "lower_80 bis upper_80: In 8 von 10 Fällen soll der wahre Wert darin liegen (entsprechend 50 und 95). "
    "«value» ist der Mittelwert der Ziehungen. Bereiche lassen sich nicht addieren.",
    "lower_80 to upper_80: in 8 of 10 cases the true value should lie inside (50 and 95 alike). "
    "“value” is the mean of the draws. Ranges must not be added.",
)


@dataclass(frozen=True, slots=True)
class _Cells:
    """A block of the cube with status, grade and note: trades by measures by years, as plain lists."""

    values: list[list[list[list[int | float | None]]]]
    status: list[list[list[int]]]
    grade: list[list[list[int]]]
    note: list[list[list[int]]]


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


def _cells(
    release: Release, region: str, trades: Sequence[str], measures: Sequence[str], years: Sequence[int]
) -> _Cells:
    """Look the block up; a code without any number is a row of `no_data`."""
    snapshot = release.snapshot
    at_region = release.position("region", region)
    shape = (len(trades), len(measures), len(years))
    values: NDArray[np.float32] = np.full((*shape, len(STATISTICS)), np.nan, dtype=np.float32)
    status, grade, note = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    places = [[release.position(axis, code) for code in codes] for axis, codes in
              (("trade", trades), ("measure", measures), ("year", years))]  # fmt: skip
    found = [[at for at, place in enumerate(axis) if place is not None] for axis in places]
    if at_region is not None and all(found):
        here = np.ix_(*found)
        there = np.ix_(*([place for place in axis if place is not None] for axis in places))
        values[here] = snapshot.cube[at_region][there]
        status[here] = snapshot.status[at_region][there]
        grade[here] = snapshot.grade[at_region][there]
        note[here] = snapshot.note[at_region][there]
    has_value = np.isin(status, [STATUSES.index(name) for name in VALUE_STATUSES])
    return _Cells(plain_numbers(values, has_value).tolist(), status.tolist(), grade.tolist(), note.tolist())


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
    cells = _cells(release, region, trades, measures, years)
    place = release.entry("regions", region)
    notes = [entry.get(lang) or entry.get("de") or None for entry in release.catalogue["notes"]]
    scenario = release.catalogue["scenario"]
    heads = [(measure, release.entries["measures"][measure]["unit"]) for measure in measures]
    region_part = (region, language.label(place, lang), place["level"])
    result: list[Record] = []
    for t, trade in enumerate(trades):
        trade_part = (trade, release.label("trades", trade, lang))
        for m, head in enumerate(heads):
            for y, year in enumerate(years):
                status = STATUSES[cells.status[t][m][y]]
                result.append(
                    dict(
                        zip(
                            COLUMNS,
                            (
                                release.id, *head, *trade_part, *region_part, year, scenario,
                                is_forecast(status, year, release.base_year), *cells.values[t][m][y],
                                status, GRADES[cells.grade[t][m][y]] or None, notes[cells.note[t][m][y]],
                            ),
                            strict=True,
                        )
                    )
                )  # fmt: skip
    return result


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
