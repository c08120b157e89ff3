"""Grades and notes of forecast cells: how good, why, and what a reader has to know beside the number."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from forecast.district_split import DISTRICTS, OTHERS
from forecast.domain.lookup import ANY
from forecast.domain.parameters import ParameterSet
from forecast.domain.quality import (
    Evidence,
    QualityLimits,
    grade_of,
    share_resting_on_estimates,
    too_wide,
)
from forecast.estimators.region import TradeState
from forecast.estimators.side_accounts import OWNER_MEASURES
from forecast.fit import LAND
from forecast.group_rows import PREFIX, SINGLE, GroupRow
from forecast.notes import NOTES, NoteBook
from forecast.publish import PublishedSeries
from forecast.scoring import BacktestResult

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
EMPLOYEES = "employees"
POINTS = "shortage_points"
SHARE_OLDER, MEASURED = "share_55plus", "measured"
LOWER_80, UPPER_80 = 3, 4
NOT_FROM_THE_STOCK = frozenset({*OWNER_MEASURES, "first_effective_year"})


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where the reader of a withheld number finds a reliable one.

    Args:
        hidden: Region and trade or group row with accounts → forecast years that are withheld.
        sums: Region, trade and measure → first and last years of the sums over several years that are shown.
    """

    hidden: Mapping[tuple[str, str], Collection[int]] = field(default_factory=dict)
    sums: Mapping[tuple[str, str, str], Collection[tuple[int, int]]] = field(default_factory=dict)

    def places(
        self, region: str, trade: str, year: int, measure: str, row: GroupRow
    ) -> list[tuple[str, str]]:
        """Row of the group, the Land and the sum of several years, German and English, as far as shown.

        Args:
            region: Code of the region.
            trade: Code of the trade or group row.
            year: Year that is withheld.
            measure: What is withheld.
            row: Group row above the trade.
        """
        found = []
        if row.code != trade and year not in self.hidden.get((region, row.code), ()):
            found.append((f"die Zeile «{row.code}» ({row.name_de})", f"the row “{row.code}” ({row.name_en})"))
        if region in DISTRICTS and year not in self.hidden.get((LAND, trade), (year,)):
            found.append(("das Land", "the Land"))
        for first, last in self.sums.get((region, trade, measure), ()):
            if first <= year <= last:
                found.append(
                    (
                        f"die Summe der Jahre {first} bis {last} (Tabelle «year-sums»)",
                        f"the sum of the years {first} to {last} (table “year-sums”)",
                    )
                )
        return found


@dataclass(frozen=True, slots=True)
class Grading:
    """What grades are given by.

    Args:
        limits: Where a cell falls to a lower grade.
        lost: Level of regions → years ahead → whether the backtest of the employees lost to the last value.
        levels: Region → its level.
        points_read: Shortage points from which on there is a shortage, and below which there is none.
        ages_measured: Trades whose share aged 55 and over is measured; of all others it is judged.
        gap_lost: Region → group row (empty for single trades) → years ahead → whether the gap of the
            accounts, asked at past years, erred more than the last value.
        elsewhere: Where the reader of a withheld number is sent.
    """

    limits: QualityLimits
    lost: Mapping[str, Mapping[int, bool]]
    levels: Mapping[str, str]
    points_read: tuple[float, float]
    ages_measured: frozenset[str]
    gap_lost: Mapping[str, Mapping[str, Mapping[int, bool]]]
    elsewhere: Elsewhere = field(default_factory=Elsewhere)

    @classmethod
    def of(
        cls,
        evaluated: BacktestResult,
        levels: Mapping[str, str],
        parameters: ParameterSet,
        gap_lost: Mapping[str, Mapping[str, Mapping[int, bool]]],
    ) -> Grading:
        """Read the limits from the parameters and the verdicts from the backtest.

        Args:
            evaluated: Backtest of the published series.
            levels: Region → its level.
            parameters: Validated parameters.
            gap_lost: Region → group row → years ahead → whether the gap erred more than the last value.
        """
        lost: dict[str, dict[int, bool]] = {}
        for verdict in evaluated.verdicts:
            if verdict.indicator == EMPLOYEES and verdict.judged and verdict.horizon > 0:
                lost.setdefault(verdict.level, {})[verdict.horizon] = verdict.loses
        limits = QualityLimits(
            share_estimated=parameters.value("grade_share_estimated"),
            wide=parameters.value("grade_width", grade="C"),
            very_wide=parameters.value("grade_width", grade="D"),
            widest=parameters.value("widest_range"),
        )
        points = tuple(
            parameters.value(POINTS, verdict=word) for word in ("Engpass ab", "kein Engpass unter")
        )
        ages = parameters.parameters[SHARE_OLDER]
        at = ages.keyed_by.index("trade")
        measured = frozenset(str(entry.key[at]) for entry in ages.entries if entry.kind == MEASURED)
        return cls(limits, lost, levels, (points[0], points[1]), measured - {ANY}, gap_lost)


@dataclass(frozen=True, slots=True)
class CellGrades:
    """Grades of one cell by forecast year (Y,), the number of the note with the reasons, what is withheld."""

    grade: NDArray[np.str_]
    note: IntArray
    words: tuple[tuple[str, ...], ...]
    withheld: NDArray[np.bool_]


def cell_grades(
    gap: FloatArray, state: TradeState, years: IntArray, grading: Grading, notes: NoteBook
) -> CellGrades:
    """Grade every forecast year of a cell.

    Args:
        gap: Gap as published statistics (Y, 7); its 80 % range is held against the stock of the base year.
        state: Past and base-year stocks of the trade.
        years: Forecast years (Y,).
        grading: What grades are given by.
        notes: Collects the notes.
    """
    stock = max(float(state.skilled[:, -1].mean()), 1.0)
    width = (gap[:, UPPER_80] - gap[:, LOWER_80]) / stock
    tested = grading.lost.get(grading.levels.get(state.region, ""), {})
    row = state.trade.code if state.trade.code.startswith(PREFIX) else SINGLE
    held = grading.gap_lost.get(state.region, {}).get(row, {})
    estimated = share_resting_on_estimates(tuple(state.groups.values()))
    found = [
        Evidence(
            printed=False,
            small=state.path.small,
            share_estimated=estimated,
            relative_width=float(width[step]),
            lost=tested.get(int(year - state.years[-1])),
            ages_judged=state.trade.code not in grading.ages_measured,
            gap_lost=held.get(int(year - state.years[-1])),
        )
        for step, year in enumerate(years.tolist())
    ]
    graded = [grade_of(one, grading.limits) for one in found]
    words = tuple((*(_WORDS[reason] for reason in reasons), *source_words(state)) for _, reasons in graded)
    return CellGrades(
        grade=np.array(["D" if state.region in OTHERS else letter for letter, _ in graded]),
        note=np.array([notes.named(*said) for said in words]),
        words=words,
        withheld=np.array([too_wide(one, grading.limits) for one in found]),
    )


_WORDS = {
    "small": "small",
    "shares": "grade_shares",
    "lost": "grade_lost",
    "untested": "grade_untested",
    "ages": "grade_ages",
    "gap_lost": "grade_gap_lost",
    "wide": "grade_wide",
    "very_wide": "grade_very_wide",
}


def too_wide_note(places: Sequence[tuple[str, str]], notes: NoteBook) -> int:
    """Number of the note of a withheld cell: why, and where the reader finds what is reliable.

    Args:
        places: What to read instead, German and English; none if all of it is too wide as well.
        notes: Collects the notes.
    """
    if not places:
        return notes.named("too_wide", "all_too_wide")
    (german, english), several = NOTES["too_wide"], len(places) > 1
    names_de, names_en = zip(*places, strict=True)
    return notes.number(
        f"{german} Belastbar {'sind' if several else 'ist'} {listed(names_de, 'oder')}.",
        f"{english} Reliable {'are' if several else 'is'} {listed(names_en, 'or')}.",
    )


def listed(names: Sequence[str], last: str) -> str:
    """Names in a sentence.

    Example:
        >>> listed(["the row", "the Land", "the sum"], "or")
        'the row, the Land or the sum'
    """
    return f" {last} ".join([*([", ".join(names[:-1])] if len(names) > 1 else []), names[-1]])


def withhold(series: PublishedSeries, withheld: NDArray[np.bool_], note: IntArray) -> PublishedSeries:
    """Take the values of withheld years out of a series and say why; the years stay.

    Args:
        series: A series of the cell over its forecast years, all or some of them.
        withheld: Years to withhold, one for each year of the series.
        note: Number of the note that says why, and what to read instead, one for each year.
    """

    def words(given: object) -> NDArray[np.str_]:
        return np.broadcast_to(np.asarray(given, dtype=np.str_), withheld.shape)

    return replace(
        series,
        statistics=np.where(withheld[:, None], np.nan, series.statistics),
        status=np.where(withheld, "no_data", words(series.status)),
        grade=np.where(withheld, "", words(series.grade)),
        note_index=np.where(withheld, note, np.asarray(series.note_index)),
    )


def withheld_years(gap: FloatArray, state: TradeState, years: IntArray, grading: Grading) -> frozenset[int]:
    """Forecast years of a cell whose stock must not be shown: small, and the range wider than the stock.

    Args:
        gap: Gap as published statistics (Y, 7).
        state: Past and base-year stocks of the trade.
        years: Forecast years (Y,).
        grading: What grades are given by.
    """
    found = cell_grades(gap, state, years, grading, NoteBook()).withheld
    return frozenset(years[found].tolist())


def withheld_where(
    series: Iterable[PublishedSeries],
    hidden: Collection[int],
    row: GroupRow,
    notes: NoteBook,
    elsewhere: Elsewhere,
) -> Iterable[PublishedSeries]:
    """Withhold the years of every series of a cell that must not be shown.

    Args:
        series: Series of the cell.
        hidden: Its years that are withheld.
        row: Group row above its trade.
        notes: Collects the notes.
        elsewhere: Where the reader is sent.
    """
    for one in series:
        years = [int(year) for year in one.years]
        # what has no value anyway keeps its own reason
        withheld = np.array([year in hidden for year in years]) & np.isfinite(one.statistics[:, 0])
        if one.measure in NOT_FROM_THE_STOCK or not withheld.any():
            yield one
            continue
        note = np.array(
            [
                too_wide_note(elsewhere.places(one.region, one.trade, year, one.measure, row), notes)
                if taken
                else 0
                for year, taken in zip(years, withheld.tolist(), strict=True)
            ]
        )
        yield withhold(one, withheld, note)


def estimate_grade(state: TradeState, *, small: bool) -> tuple[str, tuple[str, ...]]:
    """Grade of what is estimated from occupation groups, and the standing notes that go with it."""
    words = source_words(state)
    return ("D", ("small", *words)) if small else ("D" if state.region in OTHERS else "C", words)


def source_words(state: TradeState) -> tuple[str, ...]:
    """Notes that say what the stocks of a cell were estimated from."""
    groups = "event" if state.adjusted else "groups"
    return ("divided", groups) if state.region in OTHERS else (groups,)


def gap_notes(
    gap: FloatArray, state: TradeState, words: tuple[tuple[str, ...], ...], notes: NoteBook
) -> IntArray:
    """Notes of the gap by year (Y,): where today and the forecast disagree, the note says so."""
    slack = state.vacancies[:, -1].mean() - state.job_seekers[:, -1].mean()
    found = []
    for value, said in zip(gap.tolist(), words, strict=True):
        opens, closes = slack < 0 < value, value < 0 < slack
        found.append(notes.named(*said, *(("later",) if opens else ()), *(("eases",) if closes else ())))
    return np.array(found)


def unreached_note(year: int, first: int, reached: IntArray, notes: NoteBook) -> int:
    """Why a year has no training need: before the first examination, or too few cohorts by then.

    Args:
        year: Target year without a need.
        first: First year in which contracts from next year on bring skilled workers.
        reached: Years with a need.
        notes: Collects the notes.
    """
    if year < first or not reached.size:
        return notes.reached_from(first)
    return notes.too_few_cohorts(year - first + 1, first, int(reached[0]))
