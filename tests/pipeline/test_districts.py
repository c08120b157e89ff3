"""Three districts make the Land: in every draw, for every measure that adds up, and in what is published."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecast.assemble import Assembled, assemble
from forecast.district_split import (
    DISTRICTS,
    OPEN_PLACES,
    OTHERS,
    SEEKERS,
    STAFF,
    census_counts,
    expit,
    split_of,
    trade_split,
    unprinted,
)
from forecast.estimators.cell import CellSummary, run_together
from forecast.estimators.share_path import ShareTotals
from forecast.fit import DISTRICT, LAND, Fitted
from forecast.inputs import Inputs, Settings
from forecast.projecting import trade_tasks
from forecast.scoring import BacktestResult
from forecast.snapshot import Snapshot
from forecast.stats.draws import summarise
from forecast.training_plan import with_plans
from forecast.what_if_release import LAST_YEAR, continued

HORIZON = 2032
#: New contracts the chamber of Cottbus printed for 2020, and Ostbrandenburg for the same occupations.
PRINTED = {"HWK-CB": {"A-13": 25, "A-20": 101, "A-24": 47}, "HWK-FF": {"A-13": 31, "A-20": 163, "A-24": 92}}


@pytest.fixture(scope="module")
def fitted(trained: tuple[Fitted, BacktestResult]) -> Fitted:
    return trained[0]


@pytest.fixture(scope="module")
def assembled(fitted: Fitted, inputs: Inputs, settings: Settings) -> Assembled:
    definitions, parameters = inputs.definitions, inputs.draws(settings)
    found = assemble(
        fitted, inputs.panel, definitions.codes, definitions.events, parameters, HORIZON,
        inputs.as_of.year + 1,
    )  # fmt: skip
    return with_plans(found, definitions.planning, definitions.codes, parameters)


@pytest.fixture(scope="module")
def summaries(assembled: Assembled) -> dict[str, dict[str, CellSummary]]:
    return {
        trade: {one.region: one for one in run_together(tasks)}
        for trade, tasks in trade_tasks(assembled.tasks).items()
    }


def test_years_after_the_release_change_nothing_before_them(
    assembled: Assembled, summaries: dict[str, dict[str, CellSummary]], inputs: Inputs, settings: Settings
) -> None:
    tasks = trade_tasks(continued(assembled, inputs.draws(settings)).tasks)["A-24"]
    for one in run_together(tasks):
        short = summaries["A-24"][one.region]
        assert short.later is None
        assert one.years.tolist() == short.years.tolist()
        for name, values in short.statistics.items():
            assert np.array_equal(one.statistics[name], values, equal_nan=True), name
        assert one.later is not None
        assert one.later["deaths"].shape == (settings.draws, LAST_YEAR - assembled.base_year)
        for name in ("deaths", "entrants", "net_inflow"):
            assert np.array_equal(one.later[name][:, : short.years.size], short.draws[name]), name


def test_every_trade_has_a_matrix_in_every_district(assembled: Assembled) -> None:
    published = {trade for region, trade in assembled.states if region == DISTRICT}
    assert len(published) > 20
    for region in (*DISTRICTS, LAND):
        assert {trade for place, trade in assembled.states if place == region} == published


def test_the_land_is_the_sum_of_its_districts_in_every_draw(
    summaries: dict[str, dict[str, CellSummary]],
) -> None:
    seen: set[str] = set()
    for trade, cells in summaries.items():
        land = cells[LAND].draws
        assert set(land) == set(cells[DISTRICT].draws), trade
        for name, whole in land.items():
            parts = np.sum([cells[region].draws[name] for region in DISTRICTS], axis=0)
            assert whole == pytest.approx(parts, rel=1e-9, abs=1e-6, nan_ok=True), (trade, name)
        seen |= set(land)
    assert {
        "demand", "gap", "retirements", "net_inflow", "gap_hours", "training_need", "owners", "masters",
        "master_gap", "technicians", "industrial_masters", "further_training_hours",
    } <= seen  # fmt: skip


def test_a_need_is_the_sum_of_the_districts_and_a_surplus_trains_for_nobody_else(
    summaries: dict[str, dict[str, CellSummary]],
) -> None:
    apart = 0
    for cells in summaries.values():
        assert all((cells[region].reachable == cells[LAND].reachable).all() for region in DISTRICTS)
        needs = np.stack([cells[region].draws["training_need"] for region in DISTRICTS])
        gaps = np.stack([cells[region].draws["gap"] for region in DISTRICTS])
        reached = cells[LAND].reachable
        assert cells[LAND].draws["training_need"] == pytest.approx(needs.sum(axis=0))
        # one district short, another one with a surplus larger than its whole training: nothing is set off
        unlike = (needs.min(axis=0) == 0) & (needs.max(axis=0) > 0) & (gaps.min(axis=0) < 0)
        apart += int(unlike[:, reached].sum())
    assert apart > 0


def test_contracts_and_past_stocks_of_the_land_are_sums_too(assembled: Assembled) -> None:
    for (region, trade), whole in assembled.paths.items():
        if region != LAND or (OTHERS[0], trade) not in assembled.paths:
            continue
        parts = np.sum([assembled.paths[(one, trade)].draws for one in DISTRICTS], axis=0)
        assert whole.draws == pytest.approx(parts)
    for (region, trade), whole in assembled.states.items():
        if region == LAND:
            districts = [assembled.states[(one, trade)] for one in DISTRICTS]
            for name in ("skilled", "vacancies", "job_seekers", "entrants"):
                parts = np.sum([getattr(one, name) for one in districts], axis=0)
                assert getattr(whole, name) == pytest.approx(parts, nan_ok=True), (trade, name)


def test_what_is_no_sum_lies_between_the_districts(summaries: dict[str, dict[str, CellSummary]]) -> None:
    for cells in summaries.values():
        shares = [cells[region].statistics["part_time_share"][:, 0] for region in DISTRICTS]
        whole = cells[LAND].statistics["part_time_share"][:, 0]
        assert (whole <= np.max(shares, axis=0) + 1e-12).all()
        assert (whole >= np.min(shares, axis=0) - 1e-12).all()


def test_what_the_chambers_printed_lies_in_the_range_of_the_districts(assembled: Assembled) -> None:
    for region, printed in PRINTED.items():
        for trade, value in printed.items():
            path = assembled.paths[(region, trade)]
            lower, upper = np.quantile(path.draws[:, path.years == 2020], [0.025, 0.975])
            assert lower <= value <= upper, (region, trade, lower, upper)


def test_totals_nobody_used_speak_for_the_division(assembled: Assembled, inputs: Inputs) -> None:
    """Trades in the matrix by all crafts of a chamber: alike in three districts; Potsdam was not asked."""
    craft = [
        trade
        for region, trade in assembled.paths
        if region == LAND and inputs.definitions.codes.trades[trade].sector == "craft"
    ]
    ratios = {}
    for region, year, total in (("HWK-FF", 2020, 866), ("HWK-CB", 2020, 673), ("HWK-P", 2024, 1297)):
        paths = [assembled.paths[(region, trade)] for trade in craft]
        ratios[region] = sum(path.draws[:, path.years == year].mean() for path in paths) / total
    assert all(0.6 < ratio < 0.85 for ratio in ratios.values()), ratios
    assert max(ratios.values()) - min(ratios.values()) < 0.12, ratios


def test_what_a_total_leaves_is_what_was_not_printed(inputs: Inputs, fitted: Fitted) -> None:
    counted = census_counts(inputs.panel, inputs.definitions.codes)
    assert counted is not None
    left = unprinted(inputs.panel, inputs.definitions.codes, fitted, counted)
    assert left is not None
    assert left.district == 673 - (25 + 101 + 47 + 43 + 25)
    assert left.proxy == pytest.approx(27437 / 94820)
    assert left.sd > left.error > 0
    silent = replace(fitted, totals=ShareTotals())
    assert unprinted(inputs.panel, inputs.definitions.codes, silent, counted) is None


def test_the_division_is_as_wrong_as_it_is_where_it_can_be_checked(inputs: Inputs, fitted: Fitted) -> None:
    definitions = inputs.definitions
    counted = census_counts(inputs.panel, definitions.codes)
    assert counted == {"HWK-FF": 26384, "HWK-CB": 27437, "HWK-P": 40999}  # 94,820 in the Land
    split = split_of(inputs.panel, definitions.codes, definitions.events, fitted, 5)
    assert split is not None
    assert float(expit(np.array(split.log_odds))) == pytest.approx(27437 / (27437 + 40999))
    assert 0.1 < split.spreads[STAFF].own < 0.3
    assert split.spreads[OPEN_PLACES].shared > split.spreads[STAFF].shared
    assert split.spreads[SEEKERS].shared > split.spreads[STAFF].shared
    assert 0.01 < split.drift < 0.08


def test_shares_of_a_trade_stay_shares(inputs: Inputs, fitted: Fitted, settings: Settings) -> None:
    definitions, parameters = inputs.definitions, inputs.draws(settings)
    split = split_of(inputs.panel, definitions.codes, definitions.events, fitted, 5)
    assert split is not None
    piece = trade_split(split, "A-24", np.full(parameters.draws, 0.37), 7, parameters)
    assert piece is not None
    for share in (piece.staff, piece.open_places, piece.seekers, piece.contracts):
        assert ((share > 0) & (share < 1)).all()
    assert piece.tilt.shape == (parameters.draws, 7)
    assert trade_split(split, "B1-01", np.full(parameters.draws, 0.37), 7, parameters) is None


def test_without_a_census_the_land_keeps_accounts_of_its_own(
    fitted: Fitted, inputs: Inputs, settings: Settings
) -> None:
    definitions = inputs.definitions
    frame = inputs.panel.frame
    blind = replace(inputs.panel, frame=frame[frame["indicator"] != "sv_employees"])
    found = assemble(
        fitted, blind, definitions.codes, definitions.events, inputs.draws(settings), HORIZON,
        inputs.as_of.year + 1,
    )  # fmt: skip
    assert {region for region, _ in found.states} == {DISTRICT, LAND}
    assert not any(task.parts for task in found.tasks)


def test_a_divided_cell_says_so_and_has_the_lowest_grade(release: Snapshot) -> None:
    axes = release.axes
    notes = release.documents["catalogue"]["notes"]
    year, trade = axes.years.index(2030), axes.trades.index("A-24")
    for name in ("demand", "supply", "gap"):
        at = (axes.regions.index("HWK-P"), trade, axes.measures.index(name), year)
        assert np.isfinite(release.cube[at][0]), name
    assert any("geteilt nach der Handwerkszählung 2014" in note["de"] for note in notes)


def test_published_points_of_districts_make_the_land_but_for_rounding(release: Snapshot) -> None:
    axes = release.axes
    years = [axes.years.index(year) for year in range(2026, 2036)]
    for name in ("demand", "supply", "gap", "retirements", "deaths", "entrants"):
        measure = axes.measures.index(name)
        points = {
            region: release.cube[axes.regions.index(region)][:, measure][:, years, 0]
            for region in (*DISTRICTS, LAND)
        }
        gap = points[LAND] - sum(points[region] for region in DISTRICTS)
        shown = np.isfinite(gap)
        assert shown.sum() > 150
        assert np.abs(gap[shown]).max() <= 3, name  # demand, supply and gap are rounded jointly


def test_summaries_do_not_depend_on_who_else_is_computed(assembled: Assembled) -> None:
    tasks = trade_tasks(assembled.tasks)["A-24"]
    alone = next(task for task in tasks if task.region == DISTRICT)
    one = run_together((alone,))[0]
    other = next(one for one in run_together(tasks) if one.region == DISTRICT)
    assert one.statistics["gap"] == pytest.approx(other.statistics["gap"])
    assert one.statistics["supply"] == pytest.approx(summarise(other.draws["supply"], axis=0))


def test_printed_shares_lie_in_the_range_the_others_give_them(fitted: Fitted) -> None:
    """Six shares, each estimated without its own figure: ranges far too narrow would miss two."""
    printed = {trade: share for trade, share in fitted.shares.items() if share.left_out is not None}
    assert len(printed) == 6
    inside = 0
    for share in printed.values():
        assert share.left_out is not None
        assert share.observed is not None
        mean, spread = share.left_out
        inside += abs(np.log(share.observed) - mean) < 1.2816 * spread
    assert inside >= 5
