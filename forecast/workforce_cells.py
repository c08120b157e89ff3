"""Published cells beside the gap: working time, succession, shortage today, checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from forecast.domain.matrix import round_matrix
from forecast.domain.shortage import today_against_forecast
from forecast.estimators.cell import CellSummary
from forecast.estimators.region import TradeState
from forecast.estimators.side_accounts import (
    CRAFT_MEASURES,
    GAP_RATE,
    NET_CHECK,
    OWNER_MEASURES,
    TIME_MEASURES,
)
from forecast.notes import NoteBook
from forecast.publish import PublishedSeries, contain_point
from forecast.rounding import decimals_of, in_shown_unit, rounded_to
from forecast.snapshot import STATISTICS
from forecast.stats.draws import summarise

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

FIRST_EFFECTIVE = "first_effective_year"
DISAGREES = "today_disagrees"
TODAY_SAID: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        1: (
            "heute kein Engpass, die Vorausschätzung sieht einen.",
            "no shortage today, the forecast has one.",
        ),
        -1: ("heute Engpass, die Vorausschätzung sieht keinen.", "a shortage today, the forecast has none."),
        0: ("Heute und Vorausschätzung widersprechen sich nicht.", "today and forecast do not contradict."),
    }
)
"""What `today_disagrees` says in words."""
TODAY = ("seekers_per_vacancy", "vacancy_overhang", "vacancy_overhang_rate", "shortage_points")
SIDE_MEASURES = (*TIME_MEASURES, *CRAFT_MEASURES, *TODAY, DISAGREES, FIRST_EFFECTIVE, NET_CHECK)
WORK_UNITS = ("fte", "hours")
CRAFT_FIRMS = "craft"
LIMITED = "C"
POINTS = "shortage_points"


def jointly_rounded(statistics: dict[str, FloatArray], unit: str) -> dict[str, FloatArray]:
    """Demand, supply and gap of one kind, rounded so that gap = demand − supply also in print.

    Args:
        statistics: Measure → (Y, 7), not yet rounded.
        unit: fte, hours, or craft for those in craft firms.
    """
    names = {side: f"{side}_{unit}" for side in ("demand", "supply", "gap")}
    rounded = {name: rounded_to(statistics[name], 0, signed=side == "gap") for side, name in names.items()}
    for step in range(len(rounded[names["gap"]])):
        demand, supply = (float(statistics[names[side]][step, 0]) for side in ("demand", "supply"))
        cell = round_matrix(demand, supply, {"gap": demand - supply})
        for side, value in (("demand", cell.demand), ("supply", cell.supply), ("gap", cell.gap)):
            rounded[names[side]][step, 0] = value
    return {name: contain_point(values) for name, values in rounded.items()}


def craft_series(
    place: tuple[str, str],
    statistics: dict[str, FloatArray],
    years: IntArray,
    grade: NDArray[np.str_],
    note: IntArray,
    notes: NoteBook,
) -> Iterable[PublishedSeries]:
    """Of demand, supply and gap what belongs to craft firms; the share is judged, hence at best limited.

    Args:
        place: Region and trade or group row.
        statistics: Measure → (Y, 7), not yet rounded.
        years: Forecast years (Y,).
        grade: Grade of the whole by year (Y,).
        note: Number of the note of the whole (Y,).
        notes: Collects the notes.
    """
    limited = np.where(grade > LIMITED, grade, LIMITED)
    said = np.array([notes.joined(int(number), "craft_firms") for number in note])
    for name, values in jointly_rounded(statistics, CRAFT_FIRMS).items():
        yield PublishedSeries(*place, name, years, values, "forecast", limited, said)


def rate_series(
    place: tuple[str, str],
    statistics: Mapping[str, FloatArray],
    years: IntArray,
    status: str,
    grade: str | NDArray[np.str_],
    note: int | IntArray,
) -> Iterable[PublishedSeries]:
    """The gap per 100 skilled workers needed, with status, grade and note of the gap.

    Point: `mean gap / mean demand`, what a reader works out from the two printed numbers. Ranges: of the
    ratio in every draw.

    Args:
        place: Region and trade or group row.
        statistics: Gap, demand and their ratio (Y, 7), not yet rounded; the ratio is not a number where some
            draw needs nobody.
        years: Years (Y,).
        status: Status of the gap.
        grade: Grade of the gap.
        note: Number of the note of the gap.
    """
    known = np.isfinite(statistics[GAP_RATE]).all(axis=1)
    rate = statistics[GAP_RATE][known]
    rate[:, 0] = statistics["gap"][known, 0] / statistics["demand"][known, 0]
    values = rounded_to(in_shown_unit(GAP_RATE, rate), decimals_of(GAP_RATE), signed=True)
    letters, notes = (np.broadcast_to(np.asarray(given), known.shape)[known] for given in (grade, note))
    yield PublishedSeries(*place, GAP_RATE, years[known], values, status, letters, notes)


def side_series(
    summary: CellSummary,
    grade: NDArray[np.str_],
    note: IntArray,
    notes: NoteBook,
    first_effective: int,
) -> Iterable[PublishedSeries]:
    """Forecast years of what stands beside the gap of one cell.

    Args:
        summary: The projected cell.
        grade: Grade by year (Y,).
        note: Number of the note that goes with it (Y,).
        notes: Collects the notes.
        first_effective: First year in which contracts from next year on bring skilled workers.
    """
    place, years = (summary.region, summary.trade), summary.years
    statistics = {name: in_shown_unit(name, values) for name, values in summary.statistics.items()}
    shown = {
        name: values for unit in WORK_UNITS for name, values in jointly_rounded(statistics, unit).items()
    }
    for name in TIME_MEASURES:
        values = shown.get(name)
        if values is None:
            values = rounded_to(statistics[name], decimals_of(name))
        words = np.array([notes.joined(int(said), "working_time") for said in note])
        yield PublishedSeries(*place, name, years, values, "forecast", grade, words)
    yield from craft_series(place, statistics, years, grade, note, notes)
    for name in OWNER_MEASURES:
        if name in statistics:
            values = rounded_to(statistics[name], decimals_of(name))
            yield PublishedSeries(*place, name, years, values, "forecast", "D", notes.named("firms"))
    known = np.isfinite(statistics[NET_CHECK]).all(axis=1)
    if known.any():
        values = rounded_to(statistics[NET_CHECK][known], 0)
        words = np.array([notes.joined(int(said), "net_check") for said in note[known]])
        yield PublishedSeries(*place, NET_CHECK, years[known], values, "forecast", grade[known], words)
    yield PublishedSeries(
        *place, FIRST_EFFECTIVE, years, np.full((years.size, len(STATISTICS)), float(first_effective)),
        "forecast", "A", notes.reached_from(first_effective),
    )  # fmt: skip


def today_series(
    state: TradeState, grade: str, words: tuple[str, ...], notes: NoteBook, reading: tuple[float, float]
) -> Iterable[PublishedSeries]:
    """What figures of the past and of today say about a shortage, beside the forecast.

    Args:
        state: Past and base-year stocks of the trade.
        grade: Grade of what is estimated from occupation groups.
        words: Standing notes that go with it.
        notes: Collects the notes.
        reading: Points from which on there is a shortage, and below which there is none.
    """
    for name, draws in state.shortage.items():
        known = np.isfinite(draws).all(axis=0)
        if known.any():
            values = rounded_to(in_shown_unit(name, summarise(draws[:, known], axis=0)), decimals_of(name))
            note = notes.named(*words)
            if name == POINTS:
                note = notes.points_read(notes.named(*words, "points"), *reading)
            yield PublishedSeries(
                state.region, state.trade.code, name, state.years[known], values, "estimated", grade, note
            )


def disagreement_series(
    state: TradeState, gap: PublishedSeries, notes: NoteBook, reading: tuple[float, float]
) -> Iterable[PublishedSeries]:
    """Where the shortage points of the last year known and the printed gap say the opposite.

    The points and the 80 % range as they are printed, so that a reader comes to the same answer; nothing
    where no points are known.

    Args:
        state: Past and base-year stocks of the trade.
        gap: The published gap of the forecast years.
        notes: Collects the notes.
        reading: Points from which on there is a shortage, and below which there is none.
    """
    draws = state.shortage.get(POINTS)
    known = np.isfinite(draws).all(axis=0) if draws is not None else np.zeros(0, dtype=bool)
    if draws is None or not known.any():
        return
    last = int(np.flatnonzero(known)[-1])
    points = float(rounded_to(summarise(draws[:, [last]], axis=0), decimals_of(POINTS))[0, 0])
    lower, upper = (gap.statistics[:, STATISTICS.index(name)] for name in ("lower_80", "upper_80"))
    found = today_against_forecast(points, reading, lower, upper)
    values = np.repeat(found[:, None], len(STATISTICS), axis=1)
    said = np.array([_today_note(int(one), points, int(state.years[last]), notes) for one in found])
    yield PublishedSeries(
        gap.region, gap.trade, DISAGREES, gap.years, values, gap.status, gap.grade, said
    )  # fmt: skip


def _today_note(verdict: int, points: float, year: int, notes: NoteBook) -> int:
    """Number of the note that says whether today and the forecast disagree."""
    german, english = TODAY_SAID[verdict]
    return notes.number(
        f"{points:.1f}".replace(".", ",") + f" Engpasspunkte {year}: {german}",
        f"{points:.1f} shortage points in {year}: {english}",
    )
