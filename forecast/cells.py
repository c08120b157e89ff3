"""From draws to published cells: point, ranges, whole persons that add up, status, grade and note."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from forecast.assemble import Assembled, Cell
from forecast.district_split import DISTRICTS
from forecast.domain.apprentices import training_lag
from forecast.domain.codes import CodeList
from forecast.domain.inflow_parts import INFLOW_PARTS, MIGRATION, RESIDUAL_INFLOW
from forecast.domain.matrix import ITEMS, gap_rate, round_coherently, round_matrix
from forecast.domain.panel import Panel
from forecast.domain.staying import PLACES
from forecast.domain.workforce import NET_INFLOW
from forecast.estimators.cell import CellSummary
from forecast.estimators.contracts_path import ContractPath
from forecast.estimators.region import TradeState
from forecast.estimators.side_accounts import GAP_RATE, OWNER_MEASURES
from forecast.estimators.training_plan import MASTER_MEASURES
from forecast.grading import (
    CellGrades,
    Grading,
    cell_grades,
    estimate_grade,
    gap_notes,
    unreached_note,
    withheld_where,
)
from forecast.group_rows import CRAFT, GROUP_CODES, GROUP_ROWS, row_above
from forecast.notes import NOTES, NoteBook
from forecast.publish import PublishedSeries, contain_point
from forecast.rounding import rounded_to
from forecast.snapshot import Axes
from forecast.stats.draws import summarise
from forecast.stay_cells import place_series
from forecast.trained import Stretch, Trained
from forecast.training_plan import PLAN_MEASURES
from forecast.workforce_cells import (
    SIDE_MEASURES,
    disagreement_series,
    rate_series,
    side_series,
    today_series,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
MATRIX = ("demand", "supply", "gap", GAP_RATE, "training_need", "retirements", "successions_due")
FLOWS = (
    "deaths",
    "retirements",
    "health_exits",
    "craft_leavers",
    "jobs_lost_closures",
    NET_INFLOW,
    *INFLOW_PARTS,
    "expansion_demand",
    "replacement_demand",
)
#: Measures that may fall below nought.
SIGNED = frozenset({"gap", GAP_RATE, NET_INFLOW, MIGRATION, RESIDUAL_INFLOW, "expansion_demand", *ITEMS})
PIPELINE = (
    "new_contracts",
    "contracts_begun",
    "apprentices",
    "contract_terminations",
    "graduates",
    "entrants",
    *PLACES,
)
MEASURES: tuple[str, ...] = tuple(
    dict.fromkeys((*MATRIX, *PIPELINE, *FLOWS, *OWNER_MEASURES, *ITEMS, *SIDE_MEASURES, *PLAN_MEASURES))
)


def whole(statistics: FloatArray, *, signed: bool = False) -> FloatArray:
    """Whole persons: the point to the nearest, bounds outward, so that no range gets narrower.

    Example:
        >>> whole(np.array([2.4, 2.2, 2.6, 1.5, 3.5, 1.0, 4.2]))
        array([2., 2., 3., 1., 4., 1., 5.])
    """
    return rounded_to(statistics, 0, signed=signed)


def jointly_whole(statistics: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Statistics (Y, 7) in whole persons; demand, supply, gap and items so that they add up in print.

    The parts of the net inflow add up to it as well.
    """
    rounded = {name: whole(values, signed=name in SIGNED) for name, values in statistics.items()}
    for step in range(len(rounded["gap"])):
        point = {name: float(values[step, 0]) for name, values in statistics.items()}
        cell = round_matrix(point["demand"], point["supply"], {item: point[item] for item in ITEMS})
        for name, value in {
            "demand": cell.demand,
            "supply": cell.supply,
            "gap": cell.gap,
            **cell.items,
        }.items():
            rounded[name][step, 0] = value
        parts = np.array([point[name] for name in INFLOW_PARTS])
        for name, count in zip(
            INFLOW_PARTS, round_coherently(parts, int(rounded[NET_INFLOW][step, 0])), strict=True
        ):
            rounded[name][step, 0] = count
    return rounded


def summary_series(
    summary: CellSummary, state: TradeState, notes: NoteBook, first_start: int, grades: CellGrades
) -> Iterable[PublishedSeries]:
    """The forecast years of one projected cell; demand, supply, gap and items rounded jointly."""
    rounded = jointly_whole(summary.statistics)
    place, years = (summary.region, summary.trade), summary.years
    for name in ("demand", "supply", "gap", *FLOWS, "entrants", *ITEMS):
        shown = gap_notes(rounded["gap"][:, 0], state, grades.words, notes) if name == "gap" else grades.note
        values = contain_point(rounded[name])
        yield PublishedSeries(*place, name, years, values, "forecast", grades.grade, shown)
        if name == "gap":
            yield from rate_series(place, summary.statistics, years, "forecast", grades.grade, shown)
    lag = training_lag(state.pipeline.training_years)
    reach = summary.reachable
    yield PublishedSeries(
        *place,
        "training_need",
        years,
        np.where(reach[:, None], rounded["training_need"], np.nan),
        np.where(reach, "forecast", "not_reachable"),
        np.where(reach, grades.grade, ""),
        np.array(
            [
                notes.closed_by(first_start, int(year) - lag, first_start + lag, *words[:-1])
                if reached
                else unreached_note(int(year), first_start + lag, years[reach], notes)
                for year, reached, words in zip(years, reach, grades.words, strict=True)
            ]
        ),
    )
    yield from side_series(summary, grades.grade, grades.note, notes, first_start + lag)


def past_draws(state: TradeState) -> tuple[IntArray, dict[str, FloatArray]]:
    """Demand, supply, gap and items of the years in which open places and job seekers are known (D, T)."""
    known = np.isfinite(state.vacancies).all(axis=0) & np.isfinite(state.job_seekers).all(axis=0)
    skilled, vacancies, seekers = (
        values[:, known] for values in (state.skilled, state.vacancies, state.job_seekers)
    )
    nothing = np.zeros((1, int(known.sum())))
    return state.years[known], {
        **dict.fromkeys(ITEMS, nothing),
        "demand": skilled + vacancies,
        "supply": skilled + seekers,
        "gap": vacancies - seekers,
        "item_vacancies": vacancies,
        "item_job_seekers": -seekers,
    }


def past_series(state: TradeState, notes: NoteBook) -> Iterable[PublishedSeries]:
    """Demand, supply and gap up to the base year: what open places and job seekers say, nothing else."""
    years, draws = past_draws(state)
    statistics = {name: summarise(values, axis=0) for name, values in draws.items()}
    rounded = {
        name: whole(values, signed=name not in {"demand", "supply"}) for name, values in statistics.items()
    }
    for step in range(years.size):
        items = {item: float(statistics[item][step, 0]) for item in ITEMS}
        cell = round_matrix(float(statistics["demand"][step, 0]), float(statistics["supply"][step, 0]), items)
        sides = {"demand": cell.demand, "supply": cell.supply, "gap": cell.gap}
        for name, value in (sides | dict(cell.items)).items():
            rounded[name][step, 0] = value
    grade, words = estimate_grade(state, small=state.path.small)
    note = notes.named(*words)
    for name in ("demand", "supply", "gap", *ITEMS):
        values = contain_point(rounded[name])
        yield PublishedSeries(state.region, state.trade.code, name, years, values, "estimated", grade, note)
    statistics[GAP_RATE] = summarise(gap_rate(draws["gap"], draws["demand"]), axis=0)
    yield from rate_series((state.region, state.trade.code), statistics, years, "estimated", grade, note)


def contract_series(
    cell: Cell, path: ContractPath, panel: Panel, notes: NoteBook, base_year: int
) -> Iterable[PublishedSeries]:
    """New contracts: printed figures as printed, with the range of their rounding, then the forecast.

    A count of the district that its source withholds is withheld; no estimate stands in its place.
    """
    region, trade = cell
    statistics = whole(summarise(path.draws, axis=0))
    observed = path.contracted
    small = path.small
    printed = panel.series("new_contracts", trade, region)
    if region in DISTRICTS:
        withheld = np.isin(path.years, printed.years[[one == "suppressed" for one in printed.statuses]])
        statistics[withheld] = np.nan
        note = notes.named("small", "district") if small else notes.named("district")
        secret = notes.named("withheld") if withheld.any() else 0
        yield PublishedSeries(
            region, trade, "new_contracts", path.years, statistics,
            np.where(withheld, "suppressed", np.where(observed, "estimated", "forecast")),
            np.where(withheld, "", "D" if small else "C"), np.where(withheld, secret, note),
        )  # fmt: skip
        return
    statistics[observed, 0] = printed.values[np.isin(printed.years, path.years[observed])]
    yield PublishedSeries(
        region,
        trade,
        "new_contracts",
        path.years,
        contain_point(statistics),
        np.where(observed, "rounded", "forecast"),
        np.where(observed, "A", "D" if small else "B"),
        np.where(observed, notes.named("rounded"), notes.named("small" if small else "")),
    )


def observed_series(
    cell: Cell, measure: str, panel: Panel, first: int, notes: NoteBook
) -> Iterable[PublishedSeries]:
    """A published series as printed, its rounding named in the note; what the source withholds stays so."""
    region, trade = cell
    printed = panel.series(measure, trade, region)
    keep = printed.years >= first
    if keep.any():
        statistics = np.full((int(keep.sum()), 7), np.nan)
        statistics[:, 0] = printed.values[keep]
        withheld = np.array([one == "suppressed" for one in printed.statuses])[keep]
        yield PublishedSeries(
            region, trade, measure, printed.years[keep], statistics,
            np.where(withheld, "suppressed", "rounded"), np.where(withheld, "", "A"),
            np.where(withheld, notes.named("withheld") if withheld.any() else 0, notes.named("rounded")),
        )  # fmt: skip


def pipeline_series(
    cell: Cell, way: Trained, panel: Panel, has_projection: bool, notes: NoteBook
) -> Iterable[PublishedSeries]:
    """What comes of the new contracts of a trade: begun, apprentices, graduates, their places, entrants."""
    region, trade = cell
    small = way.path.small
    weak = "D" if small else "C"
    before = ("small",) if small else ()
    note = notes.named(*before, "pipeline")
    for name in ("contracts_begun", "graduates", "entrants"):
        stretch: Stretch = way.begun if name == "contracts_begun" else getattr(way, name)
        shown = stretch.known if name == "entrants" and has_projection else np.full(stretch.years.shape, True)
        status = np.where(stretch.known, "estimated", "forecast")
        yield PublishedSeries(
            region, trade, name, stretch.years[shown], whole(summarise(stretch.draws, axis=0))[shown],
            status[shown], weak, note,
        )  # fmt: skip
    yield from place_series(cell, way.graduates, way.places, weak, note)
    stock = way.apprentices
    if not stock.years.size:
        return
    statistics = whole(summarise(stock.draws, axis=0))
    if region in DISTRICTS:
        yield PublishedSeries(
            region, trade, "apprentices", stock.years[stock.known], statistics[stock.known], "estimated",
            weak, notes.named(*before, "district"),
        )  # fmt: skip
    else:
        yield from observed_series(cell, "apprentices", panel, int(stock.years[0]), notes)
    ahead = ~stock.known
    grade = "D" if small else "C" if region in DISTRICTS else "B"
    yield PublishedSeries(
        region, trade, "apprentices", stock.years[ahead], statistics[ahead], "forecast", grade, note
    )


def missing_notes(
    series: Iterable[PublishedSeries], assembled: Assembled, codes: CodeList, axes: Axes, notes: NoteBook
) -> NDArray[np.uint16]:
    """The note that says why a value is missing, (R, T, M, Y) as the axes; zero where a series speaks.

    Args:
        series: Every series of the release.
        assembled: Paths and states.
        codes: Code lists.
        axes: Axes of the release.
        notes: Collects the notes.
    """
    given: dict[Cell, dict[str, set[int]]] = {}
    for one in series:
        by_measure = given.setdefault((one.region, one.trade), {})
        by_measure.setdefault(one.measure, set()).update(int(year) for year in one.years)
    numbers: dict[tuple[str, str], int] = {}

    def number(name: str, region: str = "") -> int:
        key = name, region
        if key not in numbers:
            numbers[key] = notes.number(*_without_accounts(name, region, codes))
        return numbers[key]

    known_regions = {place for place, _ in assembled.states}
    known_trades = {code for _, code in assembled.paths}
    at = {measure: place for place, measure in enumerate(axes.measures)}
    found = np.zeros(axes.shape[:-1], dtype=np.uint16)
    for row, region in enumerate(axes.regions):
        for column, trade in enumerate(axes.trades):
            no_crafts = _sector(trade, codes) not in ("", CRAFT)
            reason = _missing_reason(region, trade, known_regions, known_trades)
            here = given.get((region, trade), {})
            for measure in MEASURES:
                known = here.get(measure, set())
                place = found[row, column, at[measure]]
                if known:
                    first = min(known)
                    for step, year in enumerate(axes.years):
                        if year not in known:
                            place[step] = number("no_past" if year < first else "no_forecast")
                elif measure in OWNER_MEASURES and no_crafts:
                    place[:] = number("industry")
                elif measure in MASTER_MEASURES and no_crafts:
                    place[:] = number("industry_masters")
                else:
                    place[:] = number(reason, region)
    return found


def _missing_reason(region: str, trade: str, regions: Collection[str], trades: Collection[str]) -> str:
    """Why a cell has nothing at all, as the name of a standing note."""
    if trade in GROUP_CODES:
        return "group_unknown" if region in regions else "no_region"
    if trade not in trades:
        return "no_trade"
    return "no_group" if region in regions else "no_region"


def _without_accounts(name: str, region: str, codes: CodeList) -> tuple[str, str]:
    """A standing note, German and English; a Kreis names the chamber district that holds it."""
    parents = codes.regions[region].parents if name == "no_region" else ()
    around = next((codes.regions[parent] for parent in parents if parent in DISTRICTS), None)
    if around is None:
        return NOTES[name]
    german, english = NOTES["kreis"]
    words = {"code": around.code, "german": around.name_de, "english": around.name_en}
    return german.format(**words), english.format(**words)


def _sector(trade: str, codes: CodeList) -> str:
    """Sector of a trade or of a group row."""
    row = next((one for one in GROUP_ROWS if one.code == trade), None)
    return (row or codes.trades[trade]).sector


def published_series(
    assembled: Assembled,
    summaries: Iterable[CellSummary],
    panel: Panel,
    *,
    first_start: int,
    notes: NoteBook,
    grading: Grading,
    ways: Mapping[Cell, Trained],
    plan: Iterable[PublishedSeries] = (),
) -> list[PublishedSeries]:
    """Every published series of the release, in a fixed order.

    Args:
        assembled: Paths, states and tasks.
        summaries: Projected cells.
        panel: Observed figures.
        first_start: First start year that can still be influenced.
        notes: Collects the notes.
        grading: What grades are given by.
        ways: What comes of the new contracts, by region and trade.
        plan: Series made elsewhere: the training plan, sums of groups.
    """
    found: list[PublishedSeries] = list(plan)
    for summary in summaries:
        state = assembled.states[(summary.region, summary.trade)]
        found.extend(past_series(state, notes))
        found.extend(
            today_series(state, *estimate_grade(state, small=state.path.small), notes, grading.points_read)
        )
        grades = cell_grades(summary.statistics["gap"], state, summary.years, grading, notes)
        series = list(summary_series(summary, state, notes, first_start, grades))
        gap = next(one for one in series if one.measure == "gap")
        series.extend(disagreement_series(state, gap, notes, grading.points_read))
        hidden = summary.years[grades.withheld].tolist()
        found.extend(withheld_where(series, hidden, row_above(state.trade), notes, grading.elsewhere))
    for cell, path in assembled.paths.items():
        found.extend(contract_series(cell, path, panel, notes, assembled.base_year))
        if cell[0] not in DISTRICTS:
            found.extend(observed_series(cell, "contract_terminations", panel, int(path.years[0]), notes))
        if cell in ways:
            found.extend(pipeline_series(cell, ways[cell], panel, cell in assembled.states, notes))
    return found
