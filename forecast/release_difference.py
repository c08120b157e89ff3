"""Why a number of this release differs from the one before: item by item, and component by component.

Items are those of the explanation: in both releases they add to the gap in whole persons, so their
changes add to its change, exactly. Components (demand, stock, exits, training,
inflow) can be told apart where both releases keep accounts of the same years: each alone is put into the
older accounts, the rest is interaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from forecast.domain.attribution import INTERACTION, WholeDifference, attribute, whole_difference
from forecast.domain.matrix import ITEMS
from forecast.errors import InputError
from forecast.snapshot import Snapshot
from forecast.what_if import WhatIfModel
from forecast.what_if_inputs import WhatIfInputs, decode, file_name, in_this_form

COMPONENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "demand": ("employed", "vacancies", "growth"),
        "stock": ("opening", "inflow_profiles"),
        "exits": ("deaths", "strain", "strained", "retiring", "months", "ways", "health_exits",
                  "craft_leavers", "jobs_lost"),
        "training": ("entrants_contracted", "entrants_expected", "entry_profile"),
        "inflow": ("inflow_rate", "returner_rate", "migration_rate"),
    }
)  # fmt: skip
"""What of the accounts each component holds; the random draws are in none and belong to the interaction."""

COMPONENT_NAMES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "demand": (
            "Nachfrage (Beschäftigte, offene Stellen, Wachstum)",
            "Demand (employed, open places, growth)",
        ),
        "stock": ("Bestand im ersten Jahr", "Stock in the first year"),
        "exits": (
            "Abgänge (Rente, Gesundheit, Wechsel, Betriebsschließungen)",
            "Exits (retirement, health, change of occupation, closures)",
        ),
        "training": ("Nachwuchs aus der Ausbildung", "Newcomers from training"),
        "inflow": ("Zuwanderung, Rückkehr und Rest", "Migration, return and the rest"),
        INTERACTION: ("Zusammenwirken und Zufall der Ziehungen", "Interaction and chance of the draws"),
    }
)
"""The components for readers, German and English."""

FORMER_ITEMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"item_net_inflow": ("item_returners", "item_migration", "item_residual")}
)
"""Items of earlier releases, and those into which they have been told apart since."""


@dataclass(frozen=True, slots=True)
class ReleaseDifference:
    """The gap of one cell in two releases.

    Args:
        before: Gap in the older release.
        after: Gap in the newer release.
        items: Change of every item of the explanation; they add to ``after − before``.
        items_before: The items of the older release; they add to ``before``.
        components: The same split by component; None where the accounts are of different years or draws
            or a release keeps them in a form of earlier versions.
    """

    before: int
    after: int
    items: Mapping[str, int]
    items_before: Mapping[str, int]
    components: WholeDifference | None


def release_difference(
    before: Snapshot, after: Snapshot, region: str, trade: str, year: int
) -> ReleaseDifference:
    """Attribute the change of the gap of one cell from one release to the next.

    Args:
        before: The older release.
        after: The newer release.
        region: Code of the region.
        trade: Code of the trade.
        year: Workforce year.

    Raises:
        InputError: One of the releases has no gap for this cell.
    """
    old, new = (_items(one, region, trade, year) for one in (before, after))
    old, new = _told_apart_alike(old, new), _told_apart_alike(new, old)
    names = tuple(dict.fromkeys((*old, *new)))
    return ReleaseDifference(
        before=sum(old.values()),
        after=sum(new.values()),
        items={name: new.get(name, 0) - old.get(name, 0) for name in names},
        items_before={name: old.get(name, 0) for name in names},
        components=_components(before, after, region, trade, year),
    )


def _items(snapshot: Snapshot, region: str, trade: str, year: int) -> dict[str, int]:
    """Whole persons of every item a release knows; they add to its gap."""
    try:
        place = (snapshot.index("region", region), snapshot.index("trade", trade))
        at = snapshot.index("year", year)
    except KeyError as error:
        raise InputError(
            f"Der Stand {snapshot.id} kennt {error} nicht.", where=f"{region}|{trade} {year}",
            expected="eine Zelle, die es in beiden Ständen gibt",
        ) from None  # fmt: skip
    names = [item for item in (*ITEMS, *FORMER_ITEMS) if item in snapshot.axes.measures]
    values = {name: snapshot.cube[(*place, snapshot.index("measure", name), at, 0)] for name in names}
    if not values or np.isnan(list(values.values())).any():
        raise InputError(
            f"Der Stand {snapshot.id} zeigt für diese Zelle keine Lücke.", where=f"{region}|{trade} {year}",
            expected="eine Zelle mit einem Wert in beiden Ständen",
        )  # fmt: skip
    return {name: int(value) for name, value in values.items()}


def _told_apart_alike(items: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    """The items of a release, those put together again that the other one does not tell apart."""
    found = dict(items)
    for former, parts in FORMER_ITEMS.items():
        if former in other and former not in found:
            found[former] = sum(found.pop(part, 0) for part in parts)
    return found


def _components(
    before: Snapshot, after: Snapshot, region: str, trade: str, year: int
) -> WholeDifference | None:
    name = file_name(region)
    if name not in before.files or name not in after.files:
        return None
    kept = [one.read_file(name) for one in (before, after)]
    if not all(in_this_form(data) for data in kept):
        return None
    old, new = (_of_trade(decode(data, name), trade) for data in kept)
    if old is None or new is None or year not in old.years:
        return None
    if not np.array_equal(old.years, new.years) or old.opening.shape != new.opening.shape:
        return None

    def gap(inputs: WhatIfInputs) -> np.float64:
        run = WhatIfModel(inputs).run((), [trade], [year], training_need=False)
        return np.float64(run.of("gap", trade, year).mean(dtype=np.float64))

    def expected(inputs: WhatIfInputs) -> np.float64:
        return np.float64(WhatIfModel(inputs).expected_gap(trade, year))

    start = gap(old)
    changed = {
        part: replace(old, **{field: getattr(new, field) for field in fields})
        for part, fields in COMPONENTS.items()
    }
    alone = {part: np.asarray(start + expected(one) - expected(old)) for part, one in changed.items()}
    parts = attribute(np.asarray(start), np.asarray(gap(new)), alone)
    return whole_difference(float(start), float(gap(new)), {key: float(one) for key, one in parts.items()})


def _of_trade(inputs: WhatIfInputs, trade: str) -> WhatIfInputs | None:
    """The accounts of one trade; None where there are none."""
    if trade not in inputs.trades:
        return None
    at = inputs.trades.index(trade)
    by_trade: dict[str, Any] = {
        field: value[at : at + 1]
        for field in WhatIfInputs.__dataclass_fields__
        if isinstance(value := getattr(inputs, field), np.ndarray)
        and field not in ("years", "ages", "start_years", "strained", "retiring", "months", "ways")
        and field not in ("health_exits", "craft_leavers", "entry_profile")
        and field not in ("part_time_drift", "part_timer_hours", "part_timer_drift")
        and field not in ("full_time_hours", "full_time_drift")
    }
    return replace(inputs, trades=(trade,), groups=(inputs.groups[at],), firms=None, **by_trade)
