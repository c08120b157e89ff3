"""Whole numbers of a release that add up: districts to the Land, trades to groups, parts to their totals.

Trades are rounded one after the other, those of a group next to each other. The Land takes the next whole
number, its districts share it out, and within a district the parts share out their total.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecast.district_split import DISTRICTS
from forecast.domain.codes import GROUPS, Trade
from forecast.domain.inflow_parts import INFLOW_PARTS
from forecast.domain.matrix import ITEMS
from forecast.domain.staying import PLACES
from forecast.domain.workforce import EXITS, NET_INFLOW
from forecast.errors import ModelError
from forecast.fit import LAND
from forecast.stats.whole_numbers import DIGITS, running_whole, share_out

FloatArray = NDArray[np.float64]
Cell = tuple[str, str]
Parts = tuple[tuple[str, int], ...]
Families = Sequence[tuple[int, Sequence[tuple[int, int]]]]
#: What the means of parts may miss of their total through sums of floating-point numbers.
_NOISE: Final = 1e-3
#: Total → its parts with their signs, in the order in which they are rounded.
FAMILIES: Final[tuple[tuple[str, Parts], ...]] = (
    ("gap", tuple((item, 1) for item in ITEMS)),
    *(
        (f"gap{unit}", ((f"demand{unit}", 1), (f"supply{unit}", -1)))
        for unit in ("", "_fte", "_hours", "_craft")
    ),
    (NET_INFLOW, tuple((part, 1) for part in INFLOW_PARTS)),
    ("replacement_demand", tuple((cause, 1) for cause in EXITS)),
    ("graduates", tuple((place, 1) for place in PLACES)),
    ("master_gap", (("master_demand", 1), ("masters", -1))),
    ("technician_gap", (("technician_demand", 1), ("technicians", -1))),
    ("industrial_master_gap", (("industrial_master_demand", 1), ("industrial_masters", -1))),
)


def by_group(trades: Iterable[Trade]) -> list[str]:
    """Codes of trades, those of a group next to each other, in it crafts beside crafts."""
    return [
        one.code for one in sorted(trades, key=lambda one: (GROUPS.index(one.group), one.sector, one.code))
    ]


def whole_points(
    exact: Mapping[Cell, FloatArray],
    names: Sequence[str],
    order: Sequence[str],
    printed: Mapping[Cell, FloatArray] | None = None,
) -> dict[Cell, FloatArray]:
    """Whole numbers (M, Y) of every cell that add up over districts and over parts.

    Every number moves by less than one and whole ones stay, but those of the Land: where all districts have a
    number it is their sum. What has been cut off in a region so far decides who is rounded up in the next
    trade, so that sums over trades stay near the sums of the means.

    Args:
        exact: Region and trade → means (M, Y), not a number where there is none.
        names: Measures (M).
        order: Trades, those that are summed next to each other.
        printed: Region and trade → printed whole numbers that stand as they are, else not a number.
    """
    families = [
        (names.index(total), [(names.index(part), sign) for part, sign in parts])
        for total, parts in FAMILIES
        if {total, *(part for part, _ in parts)} <= set(names)
    ]
    carry: dict[str, FloatArray] = {}
    found: dict[Cell, FloatArray] = {}
    for trade in [code for code in order if any(code == other for _, other in exact)]:
        here = {
            region: closed(values, names, families)
            for (region, other), values in exact.items()
            if other == trade
        }
        given = {} if printed is None else {r: printed[(r, trade)] for r in here if (r, trade) in printed}
        whole = _one_trade(here, given, carry, families)
        for region, values in here.items():
            found[(region, trade)] = np.where(np.isfinite(values), whole[region], np.nan)
            cut = np.nan_to_num(values) - np.nan_to_num(found[(region, trade)])
            carry[region] = carry.get(region, np.zeros(values.shape)) + cut
    return found


def closed(values: FloatArray, names: Sequence[str], families: Families) -> FloatArray:
    """Means (M, Y) whose parts add up to their totals to the last digit: binary noise taken out.

    The first family of a total sets it; in a further one the last part is what the others leave.

    Args:
        values: Means (M, Y), not a number where there is none.
        names: Measures (M).
        families: Total and its parts with their signs, as positions.

    Raises:
        ModelError: Parts do not make up their total.
    """
    exact, done = np.round(values, DIGITS), set[int]()
    for total, parts in families:
        *others, (last, sign) = parts
        left = exact[total] - sum(way * exact[part] for part, way in others)
        if np.nanmax(np.abs(left - sign * exact[last]), initial=0) > _NOISE:
            raise ModelError(
                "Mittelwerte von Teilen ergeben nicht ihre Summe.",
                where=names[total],
                expected=" + ".join(names[part] for part, _ in parts),
            )
        row, made = total, exact[total] - left + sign * exact[last]
        if total in done:
            row, made = last, sign * left
        exact[row] = np.where(np.isfinite(made), made, exact[row])
        done.add(total)
    return exact


def _one_trade(
    exact: Mapping[str, FloatArray],
    printed: Mapping[str, FloatArray],
    carry: Mapping[str, FloatArray],
    families: Families,
) -> dict[str, FloatArray]:
    """Whole numbers (M, Y) of one trade by region."""
    means = {region: np.nan_to_num(values) for region, values in exact.items()}
    before = {region: carry.get(region, np.zeros(values.shape)) for region, values in exact.items()}
    split: NDArray[np.bool_] = np.zeros(next(iter(means.values())).shape, dtype=np.bool_)
    if {LAND, *DISTRICTS} <= set(exact):
        every = np.stack([exact[region] for region in (LAND, *DISTRICTS)])
        split = np.asarray(np.isfinite(every).all(axis=0), dtype=np.bool_)
        together = np.sum([means[region] for region in DISTRICTS], axis=0)
        means[LAND] = np.where(split, together, means[LAND])
    whole = {region: running_whole(values, before[region]) for region, values in means.items()}
    for region, values in printed.items():
        whole[region] = np.where(np.isfinite(values), values, whole[region])
    if split.any():
        _districts(whole, means, before, split, printed.get(LAND))
    for region in means:
        _parts(whole[region], means[region], before[region], families, exact[region])
    if split.any():
        together = np.sum([whole[region] for region in DISTRICTS], axis=0)
        whole[LAND] = np.where(split, together, whole[LAND])
    return whole


def _districts(
    whole: dict[str, FloatArray],
    means: Mapping[str, FloatArray],
    before: Mapping[str, FloatArray],
    split: NDArray[np.bool_],
    printed: FloatArray | None,
) -> None:
    """Share the whole numbers of the Land out to its districts, where it is their sum."""
    parts = np.stack([means[region] for region in DISTRICTS])
    total = np.where(split, whole[LAND], 0)
    if printed is not None:
        together = parts.sum(axis=0)
        scale = np.isfinite(printed) & (together > 0)
        parts = parts * np.divide(total, together, out=np.ones_like(total), where=scale)
    shared = share_out(np.where(split, parts, 0), total, np.stack([before[region] for region in DISTRICTS]))
    for at, region in enumerate(DISTRICTS):
        whole[region] = np.where(split, shared[at], whole[region])


def _parts(
    whole: FloatArray, means: FloatArray, before: FloatArray, families: Families, exact: FloatArray
) -> None:
    """Share the whole totals of a cell out to their parts, in place."""
    for total, parts in families:
        rows = [part for part, _ in parts]
        signs = np.array([sign for _, sign in parts])[:, None]
        known = np.isfinite(exact[[total, *rows]]).all(axis=0)
        shared = share_out(
            np.where(known, signs * means[rows], 0), np.where(known, whole[total], 0), signs * before[rows]
        )
        whole[rows] = np.where(known, signs * shared, whole[rows])
