"""Which series are sums of others, read from the code lists: Kreis → chamber → Land → nation, trade → group.

A series is named by (region, subject). Regions count as sets of the smallest regions of the code list, so
that a Kreis may have two parents and a level may be left out. Where only some children of a parent are
there, the rest becomes a leaf of its own, parent minus children, named ``BB−HWK-FF``; it can be forecast
like any other series.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from forecast.domain.codes import CodeList, valid_in
from forecast.errors import ModelError
from forecast.stats.dependence import align_draws, tie_leaves
from forecast.stats.reconcile import (
    Weight,
    ols_weight,
    projection,
    reconcile,
    structural_weight,
    variance_weight,
)

Array = NDArray[np.float64]
Key: TypeAlias = tuple[str, str]
Figures: TypeAlias = Mapping[int, float]
Scheme = Literal["variance", "structural", "ols"]

MINUS: Final = "−"
_PRINT_ERROR: Final = 1e-9  # of the parent: exact printed numbers add up but for the last binary digits


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Sums among series, ready to be reconciled. Made by `build_hierarchy`.

    Args:
        aggregates: Series that are sums, m of them.
        leaves: Series they are made of, l of them, among them the rests.
        aggregation: A (m, l), sparse: ``aggregates = A leaves``.
        rests: Rest → the series it is made of: its parent with weight 1, its known children with their
            weights, negative.
        alone: Series that are in no sum, as given.
        unclosed: Parents whose printed children exceed them; taken as leaves, because the figures do not
            measure the same thing.
    """

    aggregates: tuple[Key, ...]
    leaves: tuple[Key, ...]
    aggregation: Any
    rests: Mapping[Key, Mapping[Key, float]]
    alone: tuple[Key, ...]
    unclosed: tuple[Key, ...]


def subject_members(codes: CodeList) -> dict[str, dict[str, float]]:
    """Return what each subject is made of: group → trades, published sum → members, trade → occupations."""
    members: dict[str, dict[str, float]] = {}
    for trade in codes.trades.values():
        members.setdefault(trade.group, {})[trade.code] = 1.0
    for aggregate in codes.aggregates.values():
        if aggregate.members:
            members[aggregate.code] = dict.fromkeys(aggregate.members, 1.0)
    for occupation in codes.training_occupations.values():
        if occupation.trade:
            members.setdefault(occupation.trade, {})[occupation.code] = occupation.weight
    return members


def region_atoms(codes: CodeList, year: int) -> dict[str, frozenset[str]]:
    """Return the smallest regions that each region is made of, as valid in a year.

    A single listed child is not taken for the whole of its parent: the parent keeps a remainder of its own.
    """
    children: dict[str, list[str]] = {}
    for code, region in codes.regions.items():
        if valid_in(year, region.valid_from, region.valid_to):
            for parent in region.parents:
                children.setdefault(parent, []).append(code)
    atoms: dict[str, frozenset[str]] = {}

    def resolve(code: str) -> frozenset[str]:
        if code not in atoms:
            below = children.get(code, [])
            own = frozenset([code]) if len(below) < 2 else frozenset[str]()
            atoms[code] = own.union(*(resolve(child) for child in below))
        return atoms[code]

    return {code: resolve(code) for code in codes.regions}


def build_hierarchy(
    keys: Iterable[Key],
    codes: CodeList,
    year: int,
    *,
    figures: Mapping[Key, Figures] | None = None,
    rounding: float = 0.0,
    members: Mapping[str, Mapping[str, float]] | None = None,
) -> Hierarchy:
    """Find the sums among series.

    First by subject: a group in a region is the sum of its trades there. Then by region: what is not
    already a sum of subjects is the sum of the largest disjoint regions inside it. Missing parts become a
    rest. Printed figures, where given, have the last word: a difference of zero in all years needs no rest,
    one that is not needs a rest even where the code list knows all children, and where children exceed
    their parent in some year they are not summed.

    Args:
        keys: (region, subject) of the series; unknown codes stand alone.
        codes: Code lists.
        year: Year whose regions count, usually the last one observed.
        figures: Printed values by year.
        rounding: Printed values are rounded to multiples of this; a sum of k of them may be off by (k + 1)/2.
        members: What subjects are made of; None takes `subject_members`.
    """
    builder = _Builder(figures or {}, rounding)
    given = sorted(set(keys))
    parts = subject_members(codes) if members is None else members
    present = set(given)
    for region, subject in given:
        if whole := parts.get(subject):
            inside = {(region, part): weight for part, weight in whole.items() if (region, part) in present}
            builder.add((region, subject), inside, len(inside) == len(whole), by_region=False)
    families: dict[str, set[str]] = {}
    atoms = region_atoms(codes, year)
    for region, subject in present.union(builder.rests):
        if region in atoms and (region, subject) not in builder.sums:
            families.setdefault(subject, set()).add(region)
    split = _Splitter(atoms)
    for subject, regions in sorted(families.items()):
        for region, (inside_regions, complete) in split(frozenset(regions)).items():
            inside = {(part, subject): 1.0 for part in inside_regions}
            builder.add((region, subject), inside, complete, by_region=True)
    return builder.hierarchy(given)


class _Splitter:
    """Largest disjoint regions inside each region of a family; families repeat, so answers are kept."""

    def __init__(self, atoms: Mapping[str, frozenset[str]]) -> None:
        self._atoms = atoms
        self._kept: dict[frozenset[str], dict[str, tuple[tuple[str, ...], bool]]] = {}

    def __call__(self, family: frozenset[str]) -> dict[str, tuple[tuple[str, ...], bool]]:
        if family not in self._kept:
            self._kept[family] = {region: self._inside(region, family) for region in sorted(family)}
        return self._kept[family]

    def _inside(self, region: str, family: Collection[str]) -> tuple[tuple[str, ...], bool]:
        left = self._atoms[region]
        taken = []
        smaller = [code for code in family if self._atoms[code] < left]
        for code in sorted(smaller, key=lambda code: (-len(self._atoms[code]), code)):
            if self._atoms[code] <= left:
                taken.append(code)
                left -= self._atoms[code]
        return tuple(sorted(taken)), not left


class _Builder:
    """Collects sums one by one and expands them to leaves at the end."""

    def __init__(self, figures: Mapping[Key, Figures], rounding: float) -> None:
        self.figures = dict(figures)
        self.rounding = rounding
        self.sums: dict[Key, dict[Key, float]] = {}
        self.rests: dict[Key, dict[Key, float]] = {}
        self.unclosed: list[Key] = []

    def add(self, parent: Key, inside: Mapping[Key, float], complete: bool, *, by_region: bool) -> None:
        """Note that a parent is the sum of these series, plus a rest unless they are complete."""
        if not inside:
            return
        terms = {parent: 1.0} | {key: -weight for key, weight in inside.items()}
        rest = combined(terms, self.figures)
        if rest:
            size = max(abs(self.figures[parent][year]) for year in rest)
            allowed = _PRINT_ERROR * size + self.rounding * (1 + sum(inside.values())) / 2
            if min(rest.values()) < -allowed:
                self.unclosed.append(parent)
                return
            complete = max(rest.values()) <= allowed
        self.sums[parent] = dict(inside)
        if not complete:
            name = _rest_name(parent, inside, by_region)
            self.rests[name] = terms
            self.sums[parent][name] = 1.0
            if rest:
                self.figures[name] = rest

    def hierarchy(self, given: Iterable[Key]) -> Hierarchy:
        """Expand every sum to leaves."""
        expanded: dict[Key, dict[Key, float]] = {}

        def expand(key: Key) -> dict[Key, float]:
            if key not in self.sums:
                return {key: 1.0}
            if key not in expanded:
                total: dict[Key, float] = {}
                for part, weight in self.sums[key].items():
                    for leaf, inner in expand(part).items():
                        total[leaf] = total.get(leaf, 0.0) + weight * inner
                expanded[key] = total
            return expanded[key]

        aggregates = tuple(sorted(self.sums))
        leaves = tuple(sorted({leaf for key in aggregates for leaf in expand(key)}))
        column = {leaf: place for place, leaf in enumerate(leaves)}
        cells = [
            (row, column[leaf], w) for row, key in enumerate(aggregates) for leaf, w in expand(key).items()
        ]
        rows, columns, weights = zip(*cells, strict=True) if cells else ((), (), ())
        shape = (len(aggregates), len(leaves))
        inside = set(aggregates).union(leaves)
        return Hierarchy(
            aggregates=aggregates,
            leaves=leaves,
            aggregation=csr_array((np.array(weights, dtype=np.float64), (rows, columns)), shape=shape),
            rests=self.rests,
            alone=tuple(key for key in given if key not in inside),
            unclosed=tuple(self.unclosed),
        )


def combined(terms: Mapping[Key, float], figures: Mapping[Key, Figures]) -> dict[int, float]:
    """Return ``Σ weight · figure`` for the years in which every term is known."""
    if any(key not in figures for key in terms):
        return {}
    known = [{year for year, value in figures[key].items() if not np.isnan(value)} for key in terms]
    years = sorted(set.intersection(*known))
    return {year: sum(weight * figures[key][year] for key, weight in terms.items()) for year in years}


def rest_figures(hierarchy: Hierarchy, figures: Mapping[Key, Figures]) -> dict[Key, dict[int, float]]:
    """Return the history of every rest, to be forecast beside the printed series; empty where unknown.

    A rest that rounding makes negative is zero.
    """
    known: dict[Key, Figures] = dict(figures)
    for rest, terms in hierarchy.rests.items():  # subjects come before regions, so terms are always known
        known[rest] = {year: max(value, 0.0) for year, value in combined(terms, known).items()}
    return {rest: dict(known[rest]) for rest in hierarchy.rests}


def reconcile_forecasts(
    forecasts: Mapping[Key, Array],
    hierarchy: Hierarchy,
    variances: Mapping[Key, float] | None = None,
    *,
    scheme: Scheme = "variance",
    joint: bool = True,
    non_negative: bool = True,
) -> dict[Key, Array]:
    """Return the forecasts, coherent in every draw.

    Args:
        forecasts: Series → draws (D, H), all for the same years. A rest that is not among them is taken as
            its parent minus its children, draw by draw; it then carries no information of its own.
        hierarchy: The sums among them.
        variances: Variance of the forecast error of each series; None takes that of its draws, mean over
            years.
        scheme: How far rows are moved: by variance, by number of leaves, or all alike.
        joint: Draws of different series know nothing of each other: reorder them first (`tie_leaves`, then
            `align_draws`), so that a sum and its leaves speak of the same future.
        non_negative: Nothing falls below zero.

    Returns:
        The same keys; series that stand alone are the same arrays. Rests appear only if they were given.

    Raises:
        ModelError: Draws or years differ between series, or a series of the hierarchy is missing.
    """
    order = (*hierarchy.aggregates, *hierarchy.leaves)
    if not hierarchy.aggregates:
        return dict(forecasts)
    complete = _with_rests(forecasts, hierarchy)
    stack = np.stack([complete[key] for key in order], axis=1)
    if joint:
        stack = align_draws(tie_leaves(stack, hierarchy.aggregation), hierarchy.aggregation)
    spread = stack.var(axis=0).mean(axis=1)
    if variances is not None:
        spread = np.array([variances.get(key, own) for key, own in zip(order, spread, strict=True)])
    plan = projection(hierarchy.aggregation, _weight(scheme, hierarchy, spread))
    found = reconcile(stack, plan, non_negative=non_negative)
    place = {key: row for row, key in enumerate(order)}
    return {key: found[:, place[key]] if key in place else own for key, own in forecasts.items()}


def _weight(scheme: Scheme, hierarchy: Hierarchy, variances: Array) -> Weight:
    if scheme == "variance":
        return variance_weight(variances)
    return (
        structural_weight(hierarchy.aggregation)
        if scheme == "structural"
        else ols_weight(hierarchy.aggregation)
    )


def _with_rests(forecasts: Mapping[Key, Array], hierarchy: Hierarchy) -> dict[Key, Array]:
    """Add the rests that were not forecast: parent minus children, draw by draw."""
    complete = dict(forecasts)
    for rest, terms in hierarchy.rests.items():
        if rest not in complete and all(key in complete for key in terms):
            complete[rest] = np.asarray(sum(weight * complete[key] for key, weight in terms.items()))
    wanted = (*hierarchy.aggregates, *hierarchy.leaves)
    missing = [" ".join(key) for key in wanted if key not in complete]
    if missing:
        raise ModelError("Zu einer Summe fehlen Vorausschätzungen.", rows=missing)
    shapes = {complete[key].shape for key in wanted}
    if len(shapes) > 1 or any(len(shape) != 2 for shape in shapes):
        raise ModelError(
            "Vorausschätzungen, die sich addieren sollen, haben verschiedene Jahre oder Ziehungen.",
            expected="überall gleich viele Ziehungen und dieselben Jahre",
        )
    return complete


def _rest_name(parent: Key, inside: Iterable[Key], by_region: bool) -> Key:
    region, subject = parent
    if by_region:
        return MINUS.join([region, *sorted(part for part, _ in inside)]), subject
    return region, MINUS.join([subject, *sorted(part for _, part in inside)])
