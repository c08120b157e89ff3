"""Training of group rows: what comes of new contracts, courses, and what is printed, summed in draws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from forecast.assemble import Cell
from forecast.cells import whole
from forecast.course_plan import COURSE_MEASURES, CoursePlan
from forecast.district_split import DISTRICTS
from forecast.domain.panel import Panel
from forecast.domain.staying import PLACES
from forecast.estimators.region import on_grid
from forecast.notes import NoteBook
from forecast.publish import PublishedSeries, contain_point
from forecast.rounding import rounded_to
from forecast.stats.draws import summarise
from forecast.stay_cells import place_series
from forecast.trained import Stretch, Trained

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
SUM = "group_sum"
TERMINATIONS = "contract_terminations"
PRINTED = ("new_contracts", "apprentices")
PIPELINE = ("contracts_begun", "graduates", "entrants")


def together(parts: Sequence[Stretch]) -> Stretch:
    """Sum over trades in the years all of them have, each counted in all of them or in none.

    Args:
        parts: The same measure of several trades.

    Example:
        >>> years, known = np.array([2025, 2026]), np.array([True, False])
        >>> one, other = (Stretch(years, np.array([[1.0, n]]), known) for n in (2.0, 5.0))
        >>> together([one, other]).draws
        array([[2., 7.]])
    """
    common = np.array(sorted(set.intersection(*(set(part.years.tolist()) for part in parts))), dtype=np.int64)
    known = np.array([part.known[np.isin(part.years, common)] for part in parts])
    every = np.asarray(known.all(axis=0), dtype=np.bool_)
    alike = every | ~np.asarray(known.any(axis=0), dtype=np.bool_)
    years = common[alike]
    draws = np.sum([part.draws[:, np.isin(part.years, years)] for part in parts], axis=0)
    return Stretch(years, draws, every[alike])


def contracts_of(ways: Mapping[str, Trained]) -> Stretch:
    """New contracts of several trades together."""
    return together([Stretch(way.path.years, way.path.draws, way.path.contracted) for way in ways.values()])


def training_series(
    row: Cell, ways: Mapping[str, Trained], panel: Panel, notes: NoteBook, of: int, shown_from: int | None
) -> Iterable[PublishedSeries]:
    """New contracts, apprentices, terminations and what comes of the contracts of a group row.

    Args:
        row: Region and code of the group row.
        ways: Its trades with what comes of their contracts.
        panel: Observed figures.
        notes: Collects the notes.
        of: Number of trades of the group on the axis.
        shown_from: First year whose entrants the projection shows, None without one.
    """
    region, code = row
    for name in PRINTED:
        parts = {trade: _stretch(way, name) for trade, way in ways.items()}
        there = {trade: part for trade, part in parts.items() if part.years.size}
        if there:
            yield _printed_and_ahead(row, name, there, panel, notes, of)
    for name in PIPELINE:
        stretch = together([_stretch(way, name) for way in ways.values()])
        keep = stretch.years < (shown_from if name == "entrants" and shown_from else np.inf)
        yield PublishedSeries(
            region, code, name, stretch.years[keep], whole(summarise(stretch.draws, axis=0))[keep],
            np.where(stretch.known, "estimated", "forecast")[keep], "C",
            notes.counted(notes.named("pipeline", SUM), len(ways), of),
        )  # fmt: skip
    passed = together([way.graduates for way in ways.values()])
    places = {place: together([way.places[place] for way in ways.values()]) for place in PLACES}
    note = notes.counted(notes.named("pipeline", SUM), len(ways), of)
    yield from place_series(row, passed, places, "C", note)
    if region not in DISTRICTS:
        years = np.array(sorted({int(y) for way in ways.values() for y in way.path.years}), dtype=np.int64)
        values = np.sum([on_grid(panel, TERMINATIONS, trade, region, years) for trade in ways], axis=0)
        known = np.isfinite(values)
        if known.any():
            statistics = np.full((int(known.sum()), 7), np.nan)
            statistics[:, 0] = values[known]
            note = notes.counted(notes.named("rounded", SUM), len(ways), of)
            yield PublishedSeries(region, code, TERMINATIONS, years[known], statistics, "rounded", "A", note)


def _stretch(way: Trained, name: str) -> Stretch:
    if name == "new_contracts":
        return contracts_of({"": way})
    if name == "contracts_begun":
        return way.begun
    found: Stretch = getattr(way, name)
    return found


def _printed_and_ahead(
    row: Cell, name: str, parts: Mapping[str, Stretch], panel: Panel, notes: NoteBook, of: int
) -> PublishedSeries:
    """A measure that is printed by trade: the sum of what is printed, then the forecast."""
    region, code = row
    stretch = together(list(parts.values()))
    statistics = whole(summarise(stretch.draws, axis=0))
    status, grade, later = "estimated", "C", "C"
    words: tuple[str, ...] = ("district",)
    ahead = words if name == "new_contracts" else ("pipeline",)
    if region not in DISTRICTS:
        status, grade, later, words = "rounded", "A", "B", ("rounded",)
        ahead = () if name == "new_contracts" else ("pipeline",)
        printed = np.sum([on_grid(panel, name, trade, region, stretch.years) for trade in parts], axis=0)
        statistics[stretch.known, 0] = printed[stretch.known]
    said = [notes.counted(notes.named(*some, SUM), len(parts), of) for some in (words, ahead)]
    return PublishedSeries(
        region, code, name, stretch.years, contain_point(statistics),
        np.where(stretch.known, status, "forecast"), np.where(stretch.known, grade, later),
        np.where(stretch.known, *said),
    )  # fmt: skip


def course_series(
    row: Cell, plans: Mapping[str, CoursePlan], ways: Mapping[str, Trained], notes: NoteBook, of: int
) -> Iterable[PublishedSeries]:
    """Courses of a group row: the sum over its trades with a plan of courses.

    Args:
        row: Region and code of the group row.
        plans: Courses of its trades.
        ways: What comes of their contracts.
        notes: Collects the notes.
        of: Number of trades of the group on the axis.
    """
    if not plans:
        return
    read = all(plan.read for plan in plans.values())
    words = ("courses", *(() if read else ("courses_unread",)), "group_courses")
    note = notes.counted(notes.named(*words), len(plans), of)
    for name in COURSE_MEASURES:
        stretch = together(
            [
                Stretch(plan.years, plan.draws[name], plan.years <= ways[trade].path.last_observed)
                for trade, plan in plans.items()
            ]
        )
        status = np.where(stretch.known, "estimated", "forecast")
        values = rounded_to(summarise(stretch.draws, axis=0), 0)
        yield PublishedSeries(*row, name, stretch.years, values, status, "C" if read else "D", note)
