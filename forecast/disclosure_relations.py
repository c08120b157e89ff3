"""Sums and accounts in which the cells of a release stand: what an attacker knows besides the numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from forecast.snapshot import STATUSES, VALUE_STATUSES, SnapshotContent

Cell = tuple[int, int, int, int]
"""Places on the axes: region, trade, measure, year."""
SHOWN: Final = np.isin(np.arange(len(STATUSES)), [STATUSES.index(name) for name in VALUE_STATUSES])
NO_DATA: Final = STATUSES.index("no_data")
SUPPRESSED: Final = STATUSES.index("suppressed")
ADDED_UP: Final = ("stock", "flow")
UNITS: Final = ("", "_fte", "_hours", "_craft")
_EXITS: Final = ("retirements", "deaths", "health_exits", "craft_leavers", "jobs_lost_closures")
_PEOPLE: Final = {"entrants": 1.0, "net_inflow": 1.0} | dict.fromkeys(_EXITS, -1.0)
#: What grows from year to year by flows that are shown as well: stock or item → flow and its sign.
STEPS: Final[Mapping[str, Mapping[str, float]]] = {
    "item_retirements": {"retirements": 1.0},
    "item_deaths": {"deaths": 1.0},
    "item_health_exits": {"health_exits": 1.0},
    "item_craft_leavers": {"craft_leavers": 1.0},
    "item_closures": {"jobs_lost_closures": 1.0},
    "item_expansion": {"expansion_demand": 1.0},
    "item_net_inflow": {"net_inflow": -1.0},
    "demand": {"expansion_demand": 1.0},
    "supply": _PEOPLE,
    "workforce": _PEOPLE,
}


@dataclass(frozen=True, slots=True)
class Relation:
    """Σ weight · cell = 0, or ≥ 0 where a sum need not close.

    Args:
        cells: What it is about.
        weights: One per cell.
        closes: Whether it is an equation.
        slack: By how much rounding may keep it from closing.
        total: The cell that is the sum of the others; withheld last.
    """

    cells: tuple[Cell, ...]
    weights: tuple[float, ...]
    closes: bool
    slack: float
    total: Cell


@dataclass(frozen=True, slots=True)
class Relations:
    """The relations of a release, found as they are asked for.

    Args:
        content: The release.
        regions: Place of a region → places of the regions of one level within it.
        groups: Place of a group row → places of its trades.
        measures: Code → place.
        entries: Code → entry of the catalogue.
    """

    content: SnapshotContent
    regions: tuple[tuple[int, tuple[int, ...]], ...]
    groups: tuple[tuple[int, tuple[int, ...]], ...]
    measures: Mapping[str, int]
    entries: Mapping[str, Mapping[str, Any]]
    items: tuple[str, ...]
    _known: dict[tuple[Any, ...], float | None] = field(default_factory=dict)
    _around: dict[Cell, list[Relation]] = field(default_factory=dict)

    @classmethod
    def of(cls, content: SnapshotContent) -> Relations:
        """Read the hierarchies of a release from its catalogue."""
        axes, catalogue = content.axes, content.documents["catalogue"]
        region, trade = ({code: at for at, code in enumerate(codes)} for codes in (axes.regions, axes.trades))
        within: dict[tuple[int, str], list[int]] = {}
        for entry in catalogue["regions"]:
            for parent in entry.get("parents") or ():
                if entry["code"] in region and parent in region:
                    within.setdefault((region[parent], str(entry["level"])), []).append(region[entry["code"]])
        groups = [
            (trade[entry["code"]], tuple(trade[code] for code in entry["members"] if code in trade))
            for entry in catalogue.get("trade_groups", ())
            if entry["code"] in trade
        ]
        return cls(
            content,
            tuple((parent, tuple(children)) for (parent, _), children in within.items()),
            tuple(groups),
            {code: at for at, code in enumerate(axes.measures)},
            {str(entry["code"]): entry for entry in catalogue["measures"]},
            tuple(str(item["code"]) for item in catalogue["items"] if item["code"] in axes.measures),
        )

    def non_negative(self, cell: Cell) -> bool:
        """Tell whether a cell cannot be below zero."""
        code = self.content.axes.measures[cell[2]]
        signed = code.startswith(("gap", "item_")) or code in {"net_inflow", "expansion_demand"}
        return bool(self.entries.get(code, {}).get("non_negative", not signed))

    def block(self, cell: Cell) -> set[Cell]:
        """Return the cells that are shown or withheld together.

        A gap, its sides, its rate and items are one account in every unit; from the base year on its years
        hang together by stocks and flows, so all of them are.
        """
        region, trade, measure, year = cell
        codes = [f"{name}{unit}" for name in ("gap", "demand", "supply") for unit in UNITS]
        codes += ["gap_rate", "workforce", *self.items]
        together = {self.measures[code] for code in codes if code in self.measures}
        if measure not in together:
            return {cell}
        axis = self.content.axes.years
        base = axis.index(min(max(int(self.content.documents["catalogue"]["base_year"]), axis[0]), axis[-1]))
        years = range(base, len(axis)) if year >= base else [year]
        found = {(region, trade, one, at) for one in together for at in years}
        return {one for one in found if self.content.status[one] != NO_DATA} | {cell}

    def around(self, cell: Cell) -> list[Relation]:
        """Return every relation a cell stands in."""
        if cell not in self._around:
            found = [*self._over_regions(cell), *self._over_trades(cell), *self._over_measures(cell)]
            self._around[cell] = [one for one in found if cell in one.cells]
        return self._around[cell]

    def _over_regions(self, cell: Cell) -> Iterable[Relation]:
        region, trade, measure, year = cell
        if not self._adds_up(measure, "region"):
            return
        for parent, children in self.regions:
            if region == parent or region in children:
                cells = [(one, trade, measure, year) for one in children]
                yield from self._sum((parent, trade, measure, year), cells, 0)

    def _over_trades(self, cell: Cell) -> Iterable[Relation]:
        region, trade, measure, year = cell
        if not self._adds_up(measure, "trade"):
            return
        for group, members in self.groups:
            if trade == group or trade in members:
                cells = [(region, one, measure, year) for one in members]
                yield from self._sum((region, group, measure, year), cells, 1)

    def _over_measures(self, cell: Cell) -> Iterable[Relation]:
        region, trade, measure, year = cell
        code = self.content.axes.measures[measure]
        for unit in UNITS:
            names = (f"gap{unit}", f"demand{unit}", f"supply{unit}")
            if code in names:
                yield from self._account(cell, names, (1.0, -1.0, 1.0))
        if code == "gap" or code in self.items:
            yield from self._account(cell, ("gap", *self.items), (1.0, *(-1.0 for _ in self.items)))
        for stock, flows in STEPS.items():
            known = {name: sign for name, sign in flows.items() if name in self.measures}
            if stock in self.measures and known:
                years = [year] if code in known else [year, year + 1] if code == stock else []
                yield from self._steps((region, trade), stock, known, years)

    def _steps(
        self, place: tuple[int, int], stock: str, flows: Mapping[str, float], years: Iterable[int]
    ) -> Iterable[Relation]:
        """A stock or an item grows by its flows from year to year."""
        first = self.measures[stock]
        slack = self._miss_of_steps(stock, flows)
        for at in years:
            if slack is None or not 0 < at < len(self.content.axes.years):
                continue
            parts = [(*place, self.measures[name], at) for name in flows]
            cells = ((*place, first, at), (*place, first, at - 1), *parts)
            if all(self._said(one) for one in cells):
                weights = (1.0, -1.0, *(-sign for sign in flows.values()))
                yield Relation(cells, weights, True, slack, cells[0])

    def _account(self, cell: Cell, names: Sequence[str], weights: Sequence[float]) -> Iterable[Relation]:
        region, trade, _, year = cell
        if all(name in self.measures for name in names):
            cells = tuple((region, trade, self.measures[name], year) for name in names)
            if all(self._said(one) for one in cells):
                yield Relation(cells, tuple(weights), True, 0.0, cells[0])

    def _sum(self, total: Cell, parts: Sequence[Cell], axis: int) -> Iterable[Relation]:
        """A total and its parts that say anything, along the axis of regions (0) or of trades (1)."""
        said = [one for one in parts if self._said(one)]
        if not said or not self._said(total):
            return
        slack = self._rounding(total[axis], tuple(one[axis] for one in parts), total[2], axis)
        closes = slack is not None and (axis == 1 or len(said) == len(parts))
        if not closes and not self.non_negative(total):
            return  # a part of a signed total may well be larger than it
        weights = (1.0, *(-1.0 for _ in said))
        yield Relation((total, *said), weights, closes, slack or 0.0, total)

    def _rounding(self, total: int, parts: tuple[int, ...], measure: int, axis: int) -> float | None:
        """Return how far the parts miss their total at most where all is shown; None if they are no parts.

        A total that is missed by more than rounding holds more than these parts.
        """
        key = ("sum", total, parts, measure, axis)
        if key not in self._known:
            values = np.moveaxis(self.content.cube[:, :, measure, :, 0].astype(np.float64), axis, 0)
            several, whole = values[list(parts)], values[total]
            shown = np.isfinite(whole) & np.isfinite(several).any(axis=0)
            if axis == 0:
                shown &= np.isfinite(several).all(axis=0)
            hidden = np.moveaxis(self.content.status[:, :, measure, :] == SUPPRESSED, axis, 0)
            shown &= ~hidden[list(parts)].any(axis=0)
            self._known[key] = _largest(
                np.abs(whole - np.nansum(several, axis=0))[shown], (len(parts) + 1) / 2
            )
        return self._known[key]

    def _miss_of_steps(self, stock: str, flows: Mapping[str, float]) -> float | None:
        """Return how far a stock misses the sum of its flows at most; None if they are not all of them."""
        key = ("steps", stock)
        if key not in self._known:
            values = self.content.cube[..., 0].astype(np.float64)
            moved = sum(sign * values[:, :, self.measures[name], 1:] for name, sign in flows.items())
            rest = np.abs(np.diff(values[:, :, self.measures[stock]], axis=-1) - moved)
            self._known[key] = _largest(rest[np.isfinite(rest)], (len(flows) + 2) / 2)
        return self._known[key]

    def _adds_up(self, measure: int, dimension: str) -> bool:
        entry = self.entries.get(self.content.axes.measures[measure], {})
        additive = entry.get("additive_over")
        return dimension in additive if additive is not None else entry.get("kind") in ADDED_UP

    def _said(self, cell: Cell) -> bool:
        """Whether a cell has a value or withholds one."""
        status = self.content.status[cell]
        return bool(SHOWN[status]) or STATUSES[status] == "suppressed"


def _largest(rest: NDArray[np.float64], most: float) -> float | None:
    """Return the largest of some differences; None if one is more than rounding, 0 without any."""
    largest = float(rest.max()) if rest.size else 0.0
    return largest if largest <= most else None
