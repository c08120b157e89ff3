"""What is published of the stay after the examination: places a year later by cell, and the curve."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from forecast.assemble import Cell
from forecast.domain.matrix import round_coherently
from forecast.domain.staying import PLACES, StayCurve
from forecast.publish import PublishedSeries, contain_point
from forecast.rounding import rounded_to
from forecast.stats.draws import summarise
from forecast.trained import Stretch

FloatArray = NDArray[np.float64]

#: Years after the first that the published curve covers: until leaving the craft comes to rest.
STAY_YEARS: Final = 30
IN_CRAFT: Final = "in_craft"
COLUMNS: Final = (
    "years_since_exam", "place", "name_de", "name_en", "value", "lower_80", "upper_80", "lower_95", "upper_95"
)  # fmt: skip
NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "stayed_in_firm": ("im Ausbildungsbetrieb", "with the training firm"),
    "changed_firm": ("in einem anderen Betrieb des Gewerks am Ort", "with another firm of the craft near by"),
    "left_region": ("im Gewerk, in einer anderen Region", "in the craft, in another region"),
    "left_craft": ("nicht mehr im Gewerk", "no longer in the craft"),
    IN_CRAFT: ("im Gewerk zusammen", "in the craft together"),
}
_DIGITS: Final = 4


def place_series(
    cell: Cell,
    graduates: Stretch,
    places: Mapping[str, Stretch],
    grade: str,
    note: int,
) -> Iterable[PublishedSeries]:
    """Graduates by where they work a year later, in whole persons that add up to the graduates.

    Args:
        cell: Region and code of the row.
        graduates: All graduates.
        places: The same years, by place.
        grade: Quality grade.
        note: Position of the note.
    """
    total = np.rint(graduates.draws.mean(axis=0)).astype(np.int64)
    found = {place: summarise(places[place].draws, axis=0) for place in PLACES}
    whole = {place: rounded_to(values, 0) for place, values in found.items()}
    for step, count in enumerate(total.tolist()):
        parts = np.array([found[place][step, 0] for place in PLACES])
        for place, persons in zip(PLACES, round_coherently(parts, count), strict=True):
            whole[place][step, 0] = persons
    status = np.where(graduates.known, "estimated", "forecast")
    for place in PLACES:
        values = contain_point(whole[place])
        yield PublishedSeries(*cell, place, graduates.years, values, status, grade, note)


def stay_document(curve: StayCurve) -> dict[str, Any]:
    """The table `stay_curve`: share of the graduates at each place by years since the examination.

    The four places add up to 1 in every row of years; `in_craft` is the sum of the first three.

    Args:
        curve: Stay curve as draws.
    """
    rows: list[Sequence[Any]] = []
    for years in curve.years.tolist():
        shares = {place: curve.at(place, years) for place in PLACES} | {IN_CRAFT: curve.in_craft(years)}
        for place, draws in shares.items():
            value, _, _, *wide = summarise(draws[:, None], axis=0)[0].tolist()
            rows.append([years, place, *NAMES[place], *(round(one, _DIGITS) for one in (value, *wide))])
    return {"columns": list(COLUMNS), "rows": rows}
