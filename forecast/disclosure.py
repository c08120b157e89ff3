"""No published number lets a withheld one be worked out: what an attacker finds, and what else is withheld.

A withheld count is exposed if sums and accounts, solved together, leave less than a minimum of room for it.
Then further cells are withheld until every interval is wide enough; if none is left, nothing is published.

Source: Hundepool et al., *Statistical Disclosure Control* (2012), chapter 4: secondary suppression and audit.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from forecast.disclosure_relations import Cell, Relation, Relations
from forecast.errors import ModelError, OperationError
from forecast.snapshot import (
    STATISTICS,
    STATUSES,
    VALUE_STATUSES,
    Snapshot,
    SnapshotContent,
    list_snapshots,
    open_snapshot,
)

_OPEN: Final = (3, 4)  # of the solver: unbounded, or unbounded so far that it gives up
SUPPRESSED: Final = STATUSES.index("suppressed")
SHOWN: Final = np.isin(np.arange(len(STATUSES)), [STATUSES.index(name) for name in VALUE_STATUSES])
NOTE: Final = {
    "de": "Nicht gezeigt: Aus dieser Zahl ließe sich eine andere errechnen, die geheim zu halten ist.",
    "en": "Not shown: another figure that has to be kept secret could be worked out from this one.",
}
Earlier = Callable[[], Iterable[Snapshot]]


def nothing_earlier() -> Iterable[Snapshot]:
    """Return no earlier release."""
    return ()


def kept_releases(root: Path) -> Iterable[Snapshot]:
    """Open the releases of a directory; one that can no longer be opened is not served either."""
    for info in list_snapshots(root):
        with contextlib.suppress(OperationError):
            yield open_snapshot(root, info.id)


@dataclass(frozen=True, slots=True)
class Room:
    """What an attacker can say about a withheld cell.

    Args:
        low: It is at least this.
        high: And at most this.
        rounding: How much of the room between them is only the rounding of sums.
    """

    low: float
    high: float
    rounding: float = 0.0

    @property
    def width(self) -> float:
        """How much room is left without counting on rounding; none where the sums contradict each other."""
        return max(self.high - self.low - self.rounding, 0.0)


def protect(content: SnapshotContent, minimum: float, earlier: Earlier = nothing_earlier) -> SnapshotContent:
    """Withhold what a withheld count could be worked out from; without one the content stays as it is.

    Args:
        content: A release before its export files are made.
        minimum: Least width of the interval an attacker may reach, in units of the measure.
        earlier: Opens the releases that stay public beside this one: what they show cannot be withheld any
            more, and what they withheld for protection stays withheld.

    Raises:
        ModelError: A withheld cell cannot be protected; nothing must be published then.
    """
    primary = [_cell(at) for at in np.argwhere(content.status == SUPPRESSED)]
    if not primary:
        return content
    relations = Relations.of(content)
    public, before = _earlier_cells(content, earlier(), frozenset(primary))
    hidden = set(primary)
    for cell in (*primary, *(before & _shown(content))):
        hidden |= relations.block(cell)
    exposed = primary
    # withholding more never leaves less room: what is protected stays so
    while exposed := _exposed(exposed, hidden, content, relations, minimum):
        cell = exposed[0]
        found = _next(cell, hidden, public, content, relations, minimum)
        if found is None:
            raise ModelError(
                "Eine geheime Zahl ließe sich aus der Veröffentlichung errechnen.",
                where=_name(content, cell),
                expected=f"mindestens {minimum:g} Spielraum",
                remedy="Auch die Summen geheim halten, in denen sie steht, oder frühere Stände zurückziehen.",
            )
        hidden |= relations.block(found)
    return _withheld(content, hidden, minimum, len(primary))


def rooms(
    cells: Iterable[Cell], hidden: set[Cell], content: SnapshotContent, relations: Relations
) -> dict[Cell, Room]:
    """Return what sums and accounts leave of withheld cells, solved together.

    Args:
        cells: Withheld cells that are asked about.
        hidden: All withheld cells.
        content: Values of the others.
        relations: Sums and accounts.
    """
    return {cell: _room(cell, *_joined(cell, hidden, relations), content, relations) for cell in cells}


def _joined(cell: Cell, hidden: set[Cell], relations: Relations) -> tuple[list[Cell], list[Relation]]:
    """Return the withheld cells that hang together with one, and the relations they stand in."""
    found, known, waiting = {cell}, dict[Relation, None](), [cell]
    while waiting:
        for relation in relations.around(waiting.pop()):
            known[relation] = None
            new = {one for one in relation.cells if one in hidden} - found
            found |= new
            waiting += sorted(new)
    return sorted(found), list(known)


def _room(
    cell: Cell, unknown: list[Cell], known: list[Relation], content: SnapshotContent, relations: Relations
) -> Room:
    """Return the least and the largest value of a cell that all relations allow."""
    places = {one: at for at, one in enumerate(unknown)}
    equal, most = _system(known, places, content)
    bounds: list[tuple[float | None, float | None]] = [
        (0.0, None) if relations.non_negative(one) else (None, None) for one in unknown
    ]
    bounds += [(-one.slack, one.slack) for one in known]
    ends = []
    for sign in (1.0, -1.0):
        weights = np.zeros(len(bounds))
        weights[places[cell]] = sign
        solved = linprog(weights, *most, *equal, bounds=bounds, method="highs")
        if solved.status in _OPEN:
            ends.append(-sign * np.inf)
        elif solved.success:
            ends.append(sign * float(solved.fun))
        else:
            return Room(0.0, 0.0)  # the sums contradict each other: nothing is known to be safe
    return Room(ends[0], ends[1], sum(2 * one.slack for one in known))


def _system(
    known: list[Relation], places: Mapping[Cell, int], content: SnapshotContent
) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Return the equations and the inequalities over withheld cells and one rounding slack per relation."""
    width = len(places) + len(known)
    rows: dict[bool, list[NDArray[np.float64]]] = {True: [], False: []}
    sides: dict[bool, list[float]] = {True: [], False: []}
    for number, relation in enumerate(known):
        row, side = np.zeros(width), 0.0
        for cell, weight in zip(relation.cells, relation.weights, strict=True):
            if cell in places:
                row[places[cell]] += weight
            else:
                side -= weight * float(content.cube[(*cell, 0)])
        row[len(places) + number] = 1.0
        # Σ ≥ 0 is −Σ ≤ 0
        rows[relation.closes].append(row if relation.closes else -row)
        sides[relation.closes].append(side if relation.closes else -side)
    return tuple(  # type: ignore[return-value]
        (np.array(rows[closes]), np.array(sides[closes])) if rows[closes] else (None, None)
        for closes in (True, False)
    )


def _exposed(
    cells: list[Cell], hidden: set[Cell], content: SnapshotContent, relations: Relations, minimum: float
) -> list[Cell]:
    """Return the cells whose room is too small."""
    found = rooms(cells, hidden, content, relations)
    return [cell for cell in cells if found[cell].width < minimum]


def _next(
    cell: Cell, hidden: set[Cell], public: set[Cell], content: SnapshotContent, relations: Relations,
    minimum: float,
) -> Cell | None:  # fmt: skip
    """Return the cell to withhold next: in the tightest sum, the smallest part that gives enough room.

    Sums that close come first: one that need not close leaves room by itself.
    """
    _, joined = _joined(cell, hidden, relations)
    order = sorted(
        (one for one in joined if any(other not in hidden for other in one.cells)),
        key=lambda one: (
            not one.closes,
            sum(other in hidden for other in one.cells),
            len(one.cells),
            one.cells,
        ),
    )
    for relation in order:
        free = [other for other in relation.cells if other not in hidden and other not in public]
        parts = [other for other in free if other != relation.total] or free
        if parts:
            size = {other: abs(float(content.cube[(*other, 0)])) for other in parts}
            enough = [other for other in parts if size[other] >= minimum]
            return min(enough, key=lambda one: (size[one], one)) if enough else max(
                parts, key=lambda one: (size[one], one)
            )  # fmt: skip
    return None


def _shown(content: SnapshotContent) -> set[Cell]:
    return {_cell(at) for at in np.argwhere(SHOWN[content.status])}


def _earlier_cells(
    content: SnapshotContent, earlier: Iterable[Snapshot], primary: frozenset[Cell]
) -> tuple[set[Cell], set[Cell]]:
    """Return cells of the past that earlier releases show, and those they withheld to protect others.

    A release that shows what is to be withheld now is not counted: the service no longer hands it out.
    """
    public: set[Cell] = set()
    before: set[Cell] = set()
    base = int(content.meta.get("base_year", max(content.axes.years)))
    names = ("regions", "trades", "measures", "years")
    places = [{code: at for at, code in enumerate(getattr(content.axes, name))} for name in names]
    for release in earlier:
        past = np.asarray(release.axes.years) <= base
        notes = release.documents["catalogue"]["notes"]
        ours = np.isin(release.note, [at for at, one in enumerate(notes) if one == NOTE])
        axes = [getattr(release.axes, name) for name in names]
        found: list[set[Cell]] = []
        for wanted in (SHOWN[release.status], ours):
            codes = ([axis[n] for axis, n in zip(axes, at, strict=True)] for at in np.argwhere(wanted & past))
            cells = ([known.get(code) for code, known in zip(one, places, strict=True)] for one in codes)
            found.append({_cell(one) for one in cells if None not in one})
        if not found[0] & primary:
            public |= found[0]
            before |= found[1]
    return public, before


def _cell(at: Iterable[Any]) -> Cell:
    region, trade, measure, year = (int(one) for one in at)
    return region, trade, measure, year


def _name(content: SnapshotContent, cell: Cell) -> str:
    axes = content.axes
    region, trade, measure, year = cell
    return f"{axes.regions[region]}|{axes.trades[trade]} {axes.measures[measure]} {axes.years[year]}"


# --- taking out ---------------------------------------------------------------------------------------------


def _withheld(content: SnapshotContent, hidden: set[Cell], minimum: float, primary: int) -> SnapshotContent:
    """Take the values of cells out of everything a release says."""
    cube, status = content.cube.copy(), content.status.copy()
    grade, note = content.grade.copy(), content.note.copy()
    catalogue = dict(content.documents["catalogue"])
    catalogue["notes"] = [*catalogue["notes"], NOTE]
    added = {cell for cell in hidden if status[cell] != SUPPRESSED and SHOWN[status[cell]]}
    catalogue["disclosure"] = {"minimum_interval": minimum, "primary": primary, "secondary": len(added)}
    for cell in added:
        cube[cell] = np.nan
        status[cell], grade[cell], note[cell] = SUPPRESSED, 0, len(catalogue["notes"]) - 1
    axes = content.axes
    names = {(axes.measures[m], axes.trades[t], axes.regions[r], axes.years[y]) for r, t, m, y in hidden}
    documents = {**content.documents, "catalogue": catalogue}
    # a figure of a training occupation stands for the trade that is withheld
    printed = names | {
        (measure, str(occupation["code"]), region, year)
        for measure, trade, region, year in names
        for entry in catalogue.get("trades", ())
        if entry["code"] == trade
        for occupation in entry.get("training_occupations") or ()
    }
    documents["observations"] = _observations(documents.get("observations"), printed)
    documents["derivations"] = _derivations(documents.get("derivations") or {}, printed)
    if "year_sums" in documents:
        documents["year_sums"] = _sums(documents["year_sums"], names)
    if "training_plan" in documents:
        documents["training_plan"] = _plan(documents["training_plan"], {name[1:] for name in names})
    return replace(content, cube=cube, status=status, grade=grade, note=note, documents=documents)


def _observations(document: Any, names: set[tuple[str, str, str, int]]) -> Any:  # noqa: ANN401
    """Printed figures without the withheld ones; the rows stay, without a number."""
    if not isinstance(document, dict):
        return document
    at = {name: place for place, name in enumerate(document["columns"])}
    rows = []
    for row in document["rows"]:
        key = (row[at["indicator"]], row[at["trade"]], row[at["region"]], row[at["year"]])
        if key in names:
            row = [*row]
            row[at["value"]], row[at["status"]] = None, "suppressed"
        rows.append(row)
    return {**document, "rows": rows}


def _derivations(document: Mapping[str, Any], names: set[tuple[str, str, str, int]]) -> dict[str, Any]:
    """Derivations without the withheld inputs; figures that are one object stay one."""
    seen: dict[int, tuple[Any, Any]] = {}  # with what was seen, since the place of a lost object is reused

    def masked(one: Mapping[str, Any]) -> Mapping[str, Any]:
        key = (one.get("indicator"), one.get("trade"), one.get("region"), one.get("year"))
        return {**one, "value": None, "status": "suppressed"} if key in names else one

    def once(figures: Sequence[Mapping[str, Any]]) -> Any:  # noqa: ANN401
        if id(figures) not in seen:
            seen[id(figures)] = (figures, [masked(one) for one in figures])
        return seen[id(figures)][1]

    return {
        cell: {
            measure: {**made, "inputs": once(made.get("inputs", ()))} if isinstance(made, dict) else made
            for measure, made in measures.items()
        }
        for cell, measures in document.items()
    }


def _sums(document: Mapping[str, Any], names: set[tuple[str, str, str, int]]) -> Mapping[str, Any]:
    """Sums over years without those that hold a withheld year."""
    at = {name: place for place, name in enumerate(document["columns"])}
    numbers = {at[name] for name in STATISTICS if name in at}
    rows = []
    for row in document["rows"]:
        head = tuple(row[at[name]] for name in ("measure", "trade", "region"))
        if any((*head, year) in names for year in range(row[at["first_year"]], row[at["last_year"]] + 1)):
            row = [None if place in numbers else cell for place, cell in enumerate(row)]
            row[at["status"]], row[at["grade"]] = "suppressed", ""
        rows.append(row)
    return {**document, "rows": rows}


def _plan(document: Mapping[str, Any], names: set[tuple[str, str, int]]) -> Mapping[str, Any]:
    """The training plan without rows of trades, regions and years of which anything is withheld."""
    at = {name: place for place, name in enumerate(document["columns"])}
    if not {"trade", "region", "year", "value", "status"} <= at.keys():
        return document
    numbers = [at[name] for name in ("value", "lower_80", "upper_80") if name in at]
    rows = []
    for row in document["rows"]:
        if (row[at["trade"]], row[at["region"]], row[at["year"]]) in names:
            row = [None if place in numbers else cell for place, cell in enumerate(row)]
            row[at["status"]] = "suppressed"
        rows.append(row)
    return {**document, "rows": rows}
