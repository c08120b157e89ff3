"""Group rows: sums over trades in every draw, closed like a trade, and never counted beside their trades."""

from __future__ import annotations

import csv
import re
from dataclasses import replace

import numpy as np
import pytest

from forecast.domain.codes import Trade
from forecast.estimators.cell import CellSummary
from forecast.group_cells import summed
from forecast.group_rows import GROUP_CODES, GROUP_ROWS, group_entries
from forecast.group_training import together
from forecast.inputs import Inputs
from forecast.snapshot import STATUSES, Snapshot
from forecast.trained import Stretch


def cell(**draws: list[list[float]]) -> CellSummary:
    arrays = {name: np.array(values) for name, values in draws.items()}
    return CellSummary("BB", "A-24", np.array([2026]), {}, np.array([True]), None, arrays)


def test_sums_are_taken_draw_by_draw_and_who_has_no_firms_adds_none() -> None:
    found = summed([cell(gap=[[5], [-2]], owners=[[3], [4]]), cell(gap=[[-5], [3]])])
    assert found["gap"].tolist() == [[0], [1]], "what goes against each other in a draw cancels in that draw"
    assert found["owners"].tolist() == [[3], [4]]


@pytest.fixture(scope="module")
def trades(inputs: Inputs) -> dict[str, Trade]:
    return dict(inputs.definitions.codes.trades)


def test_a_group_holds_its_trades_and_the_crafts_hold_no_industry(trades: dict[str, Trade]) -> None:
    chosen = [trades["A-24"], trades["A-13"], trades["IND-INDUSTRIEMECHANIKER"]]
    found = {one["code"]: one["members"] for one in group_entries(chosen)}
    assert found["GRP-SHK"] == ["A-24"]
    assert found["GRP-METAL"] == ["A-13", "IND-INDUSTRIEMECHANIKER"]
    assert found["GRP-CRAFT"] == ["A-24", "A-13"]
    assert found["GRP-INDUSTRY"] == ["IND-INDUSTRIEMECHANIKER"]
    assert found["GRP-ALL"] == ["A-24", "A-13", "IND-INDUSTRIEMECHANIKER"]
    assert [row.code for row in GROUP_ROWS if row.holds(replace(trades["A-24"], sector="industry"))] == [
        "GRP-SHK", "GRP-INDUSTRY", "GRP-ALL",
    ]  # fmt: skip


def test_trades_and_groups_are_apart_in_catalogue_and_files(release: Snapshot) -> None:
    catalogue = release.documents["catalogue"]
    listed = [entry["code"] for entry in catalogue["trades"]]
    assert not set(listed) & set(GROUP_CODES)
    assert release.axes.trades == (*listed, *GROUP_CODES)
    assert {entry["kind"] for entry in catalogue["trade_groups"]} == {"group"}
    with (release.path / "export/matrix.csv").open(encoding="utf-8", newline="") as lines:
        assert {row["trade_code"] for row in csv.DictReader(lines)} <= set(listed)


@pytest.mark.parametrize("region", ["HWK-FF", "BB"])
@pytest.mark.parametrize("measure", ["demand", "supply", "gap", "retirements", "item_residual", "owners"])
def test_a_group_row_is_the_sum_of_its_trades_up_to_rounding(
    release: Snapshot, region: str, measure: str
) -> None:
    at = release.index
    for entry in release.documents["catalogue"]["trade_groups"]:
        place = at("region", region), at("trade", entry["code"]), at("measure", measure)
        members = [at("trade", code) for code in entry["members"]]
        parts = release.cube[place[0], members, place[2]][:, :, 0].astype(float)
        there = np.isfinite(parts).any(axis=1)
        rows = release.cube[place].astype(float)
        full = np.isfinite(rows[:, 0]) & np.isfinite(parts[there]).all(axis=0)
        assert full.any() or measure in ("owners", "masters", "course_weeks", "training_need")
        gaps = np.abs(rows[full, 0] - parts[there][:, full].sum(axis=0))
        assert gaps.max(initial=0) <= 1 + there.sum() / 2, "half a person a trade"
        widths = release.cube[place[0], members, place[2]].astype(float)[there][:, full]
        together, alone = rows[full, 4] - rows[full, 3], widths[..., 4] - widths[..., 3]
        assert together.sum() <= 1.02 * alone.sum() + 2, "what is summed in draws partly cancels"


def test_group_rows_close_and_ratios_are_those_of_the_sums(release: Snapshot) -> None:
    at, year = release.index, release.index("year", 2035)

    def value(measure: str, row: str, region: str = "HWK-FF") -> float:
        place = at("region", region), at("trade", row), at("measure", measure), year
        return float(release.cube[(*place, 0)])

    for entry in release.documents["catalogue"]["trade_groups"]:
        row = entry["code"]
        demand, supply = value("demand", row), value("supply", row)
        assert value("gap", row) == demand - supply
        assert value("outlook_ratio", row) == pytest.approx(supply / demand, rel=0.03)
        shares = [value("part_time_share", code) for code in entry["members"]]
        assert np.nanmin(shares) <= value("part_time_share", row) <= np.nanmax(shares)
    for measure in ("demand", "gap", "training_need", "new_contracts"):
        parts = value(measure, "GRP-CRAFT") + value(measure, "GRP-INDUSTRY")
        assert value(measure, "GRP-ALL") == pytest.approx(parts, abs=2), measure


def test_every_measure_has_a_group_row_or_says_why_not(release: Snapshot) -> None:
    at = release.index
    notes = release.documents["catalogue"]["notes"]
    members = {
        entry["code"]: [at("trade", code) for code in entry["members"]]
        for entry in release.documents["catalogue"]["trade_groups"]
    }
    for region in ("HWK-FF", "BB", "DE"):
        for row in GROUP_CODES:
            for measure in release.axes.measures:
                place = at("region", region), at("trade", row), at("measure", measure)
                if np.isfinite(release.cube[place][:, 0]).any():
                    continue
                codes = {STATUSES[code] for code in release.status[place]}
                assert codes <= {"no_data", "not_reachable"}, (region, row, measure)
                assert all(notes[number]["de"] for number in release.note[place]), (region, row, measure)
                assert not np.isfinite(release.cube[place[0], members[row], place[2], :, 0]).any(), (
                    f"{region} {row} {measure} could have been summed"
                )


def test_a_group_says_how_many_of_its_trades_it_holds(release: Snapshot) -> None:
    at, notes = release.index, release.documents["catalogue"]["notes"]
    for measure, words in (("gap", "in jeder Ziehung"), ("training_need", "keinen Platz in einem anderen")):
        place = at("region", "HWK-FF"), at("trade", "GRP-METAL"), at("measure", measure), at("year", 2035)
        said = notes[release.note[place]]["de"]
        assert words in said
        assert re.search(r"Enthält \d+ von \d+ Gewerken", said)
    place = at("region", "HWK-FF"), at("trade", "GRP-METAL"), at("measure", "outlook_ratio"), at("year", 2035)
    assert "Verhältnis der Summen" in notes[release.note[place]]["de"]


def test_a_group_has_no_need_before_all_its_trades_can_be_reached(release: Snapshot) -> None:
    at, need = release.index, release.index("measure", "training_need")
    region = at("region", "HWK-FF")
    for entry in release.documents["catalogue"]["trade_groups"]:
        members = [at("trade", code) for code in entry["members"]]
        unreached = (release.status[region, members, need] == STATUSES.index("not_reachable")).any(axis=0)
        row = release.status[region, at("trade", entry["code"]), need]
        assert (row[unreached] == STATUSES.index("not_reachable")).all()


def test_only_years_all_trades_have_are_summed_and_counted_ones_stay_apart() -> None:
    years = np.array([2024, 2025, 2026])
    one = Stretch(years, np.array([[1.0, 2.0, 3.0]]), np.array([True, True, False]))
    other = Stretch(years[1:], np.array([[5.0, 7.0]]), np.array([False, False]))
    found = together([one, other])
    assert found.years.tolist() == [2026], "2025 is counted in one trade and forecast in the other"
    assert found.draws.tolist() == [[10.0]]
    assert not found.known.any()
