"""The numbers of an answer «what if»: base, variant and difference with ranges, and what each lever adds.

Points and ranges are rounded as the release rounds them: points to the nearest whole number, bounds outward,
`gap = demand − supply` in whole persons. Where the release shows a number, the base is that very number.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.domain.attribution import INTERACTION, whole_difference
from forecast.domain.expected import FLOWS
from forecast.domain.inflow_parts import INFLOW_PARTS, MIGRATION, RESIDUAL_INFLOW, residual_inflow
from forecast.domain.scenario import Change
from forecast.domain.workforce import NET_INFLOW
from forecast.stats.draws import RANGE_LEVELS
from forecast.what_if import WhatIf, WhatIfModel
from forecast.what_if_firms import FIRM_MEASURES
from forecast.what_if_measures import CRAFT_MEASURES, WORK_UNITS

Floats = npt.NDArray[np.float64]

GAP, DEMAND, SUPPLY, NEED = "gap", "demand", "supply", "training_need"
ACCOUNTS = (
    (DEMAND, SUPPLY, GAP),
    *((f"{DEMAND}_{unit}", f"{SUPPLY}_{unit}", f"{GAP}_{unit}") for unit in WORK_UNITS),
    CRAFT_MEASURES,
)
"""Measures of which the third is the first less the second: heads, full-time equivalents, hours, craft."""
MEASURES = (
    DEMAND,
    SUPPLY,
    GAP,
    NEED,
    *FLOWS,
    RESIDUAL_INFLOW,
    *(name for unit in ACCOUNTS[1:] for name in unit),
    *FIRM_MEASURES,
)
"""What can be asked; the items of the explanation are the flows, cumulated."""
SELECTIONS_KEPT = 2
SIGNED = frozenset({*(gap for _, _, gap in ACCOUNTS), NET_INFLOW, MIGRATION, RESIDUAL_INFLOW, "master_gap"})
PARTIAL = frozenset({NEED, *FIRM_MEASURES})
"""Measures that do not exist in every year and trade."""
BINARY_DIGITS = 7
"""Digits after the point beyond which a bound counts as standing on the whole number."""


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """Numbers of some trades, years and measures of a region, not a number where there is none.

    Args:
        trades: Codes of trades and groups of trades (T).
        years: Years (Y).
        measures: Codes (M).
        base: Without the levers (M, T, Y, 7).
        variant: With them (M, T, Y, 7).
        difference: Variant minus base, with the range of the difference (M, T, Y, 7).
        acting: Whether any lever acts on the trade (T,).
        contributions: By position of the change as text and by `interaction`: its part of the difference of
            the gap in whole persons (T, Y); empty if not asked for.
    """

    trades: tuple[str, ...]
    years: tuple[int, ...]
    measures: tuple[str, ...]
    base: Floats
    variant: Floats
    difference: Floats
    acting: npt.NDArray[np.bool_]
    contributions: dict[str, Floats]


class Answers:
    """The accounts of a region and what their side without levers shows, computed once a selection.

    Args:
        model: Accounts of a region.
    """

    def __init__(self, model: WhatIfModel) -> None:
        self.model = model
        self._kept: OrderedDict[tuple[object, ...], tuple[WhatIf, Floats, Floats]] = OrderedDict()

    def figures(
        self,
        changes: Sequence[Change],
        trades: Sequence[str],
        years: Sequence[int],
        measures: Sequence[str],
        published: Floats,
        *,
        explained: bool = True,
    ) -> Figures:
        """Run the accounts without and with levers and return the numbers to show.

        Args:
            changes: Checked levers and overrides.
            trades: Codes of trades and groups of trades (T).
            years: Years of the accounts (Y).
            measures: Codes of `MEASURES` (M).
            published: What the release shows (M, T, Y, 7); it stands as the base, and trades without an
                acting lever keep it. Not a number where the release has no such year.
            explained: Whether to say what each lever adds to the gap.

        Raises:
            InputError: A trade or year has no account here.
        """
        asked = [unit for unit in ACCOUNTS if unit is ACCOUNTS[0] or not set(unit).isdisjoint(measures)]
        shown = tuple(dict.fromkeys((*measures, *(name for unit in asked for name in unit))))
        base, exact, means = self._base(trades, years, shown)
        before = _shown_base(exact, shown, measures, published)
        after = before.copy()
        difference = np.where(np.isnan(before), np.nan, 0.0)
        acting = np.array(
            [any(self.model.acts(change, trade) for change in changes) for trade in trades], dtype=np.bool_
        )
        at = np.flatnonzero(acting)
        if at.size:
            variant = self._run(changes, trades, years, shown)
            _vary(base, variant, shown, at, means, before, after, difference)
        parts = (
            _parts(self.model, changes, trades, years, at, means, before, after, shown) if explained else {}
        )
        wanted = [shown.index(name) for name in measures]
        return Figures(
            tuple(trades), tuple(int(year) for year in years), tuple(measures),
            before[wanted], after[wanted], difference[wanted], acting, parts,
        )  # fmt: skip

    def _run(
        self, changes: Sequence[Change], trades: Sequence[str], years: Sequence[int], shown: Sequence[str]
    ) -> WhatIf:
        return self.model.run(changes, trades, years, training_need=NEED in shown, measures=shown)

    def _base(
        self, trades: Sequence[str], years: Sequence[int], shown: Sequence[str]
    ) -> tuple[WhatIf, Floats, Floats]:
        """Draws without levers, their statistics (M, T, Y, 7) and their means (M, T, Y)."""
        key = (tuple(trades), tuple(years), tuple(shown))
        if key not in self._kept:
            run = self._run((), trades, years, shown)
            exact = np.stack([_summary(run.measures[name], name) for name in shown])
            self._kept[key] = (run, exact, exact[..., 0].copy())
        self._kept.move_to_end(key)
        while len(self._kept) > SELECTIONS_KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]


def _triples(shown: Sequence[str]) -> list[list[int]]:
    """Positions of demand, supply and gap in every unit that is there."""
    return [[shown.index(name) for name in unit] for unit in ACCOUNTS if set(unit) <= set(shown)]


def _shown_base(exact: Floats, shown: Sequence[str], measures: Sequence[str], published: Floats) -> Floats:
    """Return the base as it is shown (M, T, Y, 7): published numbers stand as they are."""
    rounded = _rounded(exact, shown)
    _join(rounded, shown)
    given = np.full_like(rounded, np.nan)
    for at, name in enumerate(measures):
        given[shown.index(name)] = published[at]
    known = np.isfinite(given[..., 0])
    rounded[known] = given[known]
    return rounded


def _vary(
    base: WhatIf,
    variant: WhatIf,
    shown: Sequence[str],
    at: npt.NDArray[np.intp],
    means: Floats,
    before: Floats,
    after: Floats,
    difference: Floats,
) -> None:
    """Fill in variant and difference of the trades on which a lever acts."""
    moved = np.stack([_summary(variant.measures[name][at], name) for name in shown])
    new = _rounded(moved, shown)
    change = moved[..., 0] - means[:, at]
    # the shown numbers move by what the rounded means move: without a change nothing does
    new[..., 0] = before[:, at][..., 0] + np.rint(moved[..., 0]) - np.rint(means[:, at])
    untouched = np.abs(change) == 0
    for demand, supply, gap in _triples(shown):
        still = change[supply] == 0  # only demand moves: supply stays the number the release shows
        new[demand, ..., 0] = np.where(
            still,
            before[supply][at, :, 0] + new[gap, ..., 0],
            before[demand][at, :, 0] + np.rint(change[demand]),
        )
        new[supply, ..., 0] = new[demand, ..., 0] - new[gap, ..., 0]
        untouched[[demand, supply, gap]] = False
    new[untouched] = before[:, at][untouched]
    _tell_apart(new, shown)
    new[:, ...] = _containing(new)
    after[:, at] = new
    for place, name in enumerate(shown):
        both = variant.measures[name][at] - base.measures[name][at]
        spread = _rounded(_summary(both, name)[None], (GAP,))[0]
        spread[..., 0] = new[place, ..., 0] - before[place][at, :, 0]
        difference[place, at] = _containing(spread)


def _summary(draws: npt.NDArray[np.float32], name: str) -> Floats:
    """Mean and ranges (…, 7) of draws (…, D, Y); not numbers where a year cannot be reached."""
    side_by_side = np.ascontiguousarray(draws.swapaxes(1, 2))
    if name not in PARTIAL:
        return summary(side_by_side)
    reached = ~np.isnan(side_by_side).any(axis=2)
    found = np.full((*reached.shape, 1 + len(RANGE_LEVELS)), np.nan)
    if reached.any():
        found[reached] = summary(side_by_side[reached])
    return found


def summary(draws: npt.NDArray[np.float32]) -> Floats:
    """Return mean and central ranges (…, 7) of draws along the last axis, as `summarise` does.

    Sorting numbers of single precision takes a tenth of the time; quantiles lie between neighbours in double
    precision.

    Args:
        draws: (…, D).
    """
    ordered = np.sort(draws, axis=-1)
    place = np.array(RANGE_LEVELS) * (draws.shape[-1] - 1)
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, draws.shape[-1] - 1)
    low, high = ordered[..., below].astype(np.float64), ordered[..., above].astype(np.float64)
    mean = draws.mean(axis=-1, dtype=np.float64)[..., None]
    return _containing(np.concatenate([mean, low + (high - low) * (place - below)], axis=-1))


def _rounded(exact: Floats, names: Sequence[str]) -> Floats:
    """The point to the nearest, bounds outward; counts do not fall below nought."""
    scaled = np.round(exact, BINARY_DIGITS)
    whole = np.where(np.arange(exact.shape[-1]) % 2 == 1, np.floor(scaled), np.ceil(scaled))
    whole[..., 0] = np.rint(scaled[..., 0])
    for place, name in enumerate(names):
        if name not in SIGNED:
            whole[place] = np.maximum(whole[place], 0)
    return np.asarray(whole + 0.0)


def _join(rounded: Floats, shown: Sequence[str]) -> None:
    """Let supply follow demand and gap, and the residual the other parts of the inflow, in whole persons."""
    for demand, supply, gap in _triples(shown):
        rounded[supply, ..., 0] = rounded[demand, ..., 0] - rounded[gap, ..., 0]
    _tell_apart(rounded, shown)
    rounded[...] = _containing(rounded)


def _tell_apart(points: Floats, shown: Sequence[str]) -> None:
    """Let the residual be what the other parts leave of the net inflow, in whole persons."""
    if {NET_INFLOW, *INFLOW_PARTS} <= set(shown):
        net, returners, migration, residual = (shown.index(name) for name in (NET_INFLOW, *INFLOW_PARTS))
        points[residual, ..., 0] = residual_inflow(
            points[net, ..., 0], points[returners, ..., 0], points[migration, ..., 0]
        )


def _containing(statistics: Floats) -> Floats:
    """Widen ranges just so far that they are nested and contain the point."""
    found = statistics.copy()
    for side, pick in ((1, np.fmin), (2, np.fmax)):
        inner = found[..., 0]
        for place in range(side, found.shape[-1], 2):
            inner = found[..., place] = pick(found[..., place], inner)
    return found


def _parts(
    model: WhatIfModel,
    changes: Sequence[Change],
    trades: Sequence[str],
    years: Sequence[int],
    at: npt.NDArray[np.intp],
    means: Floats,
    before: Floats,
    after: Floats,
    shown: Sequence[str],
) -> dict[str, Floats]:
    """What each change adds to the gap alone, and what they do together, in whole persons (T, Y)."""
    names = [str(place) for place in range(len(changes))]
    parts = {name: np.zeros((len(trades), len(years))) for name in (*names, INTERACTION)}
    gap = shown.index(GAP)
    shift = after[gap, ..., 0] - before[gap, ..., 0]
    if len(changes) == 1:
        parts[names[0]] = shift
        return parts
    if not at.size:
        return parts
    moved = [trades[place] for place in at]
    alone = {}
    for name, change in zip(names, changes, strict=True):
        alone[name] = model.mean_gap([change], moved, years) - means[gap][at]
    for row, trade in enumerate(at):
        for column in range(len(years)):
            some = {name: float(part[row, column]) for name, part in alone.items()}
            first, last = float(before[gap, trade, column, 0]), float(after[gap, trade, column, 0])
            if not np.isfinite(first):
                continue
            some[INTERACTION] = (last - first) - sum(some.values())
            for name, count in whole_difference(first, last, some).contributions.items():
                parts[name][trade, column] = count
    return parts
