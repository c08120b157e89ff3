"""Group rows: sums over trades in every draw, closed like a trade, and never counted beside their trades."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest

from forecast.domain.codes import Trade
from forecast.estimators.cell import CellSummary
from forecast.group_cells import summed
from forecast.group_rows import GROUP_CODES, GROUP_ROWS, group_entries
from forecast.inputs import Inputs
from forecast.snapshot import STATUSES, Snapshot


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
    assert [row.code for row in GROUP_ROWS if row.holds(replace(trades["A-24"], sector="industry"))] == [
        "GRP-SHK"
    ]


def test_trades_and_groups_are_apart_in_catalogue_and_files(release: Snapshot) -> None:
    catalogue = release.documents["catalogue"]
    listed = [entry["code"] for entry in catalogue["trades"]]
    assert not set(listed) & set(GROUP_CODES)
    assert release.axes.trades == (*listed, *GROUP_CODES)
    assert {entry["kind"] for entry in catalogue["trade_groups"]} == {"group"}
    with (release.path / "export/matrix.csv").open(encoding="utf-8", newline="") as lines:
        assert {row["trade_code"] for row in csv.DictReader(lines)} <= set(listed)


@pytest.mark.parametrize("region", ["HWK-FF", "BB"])
@pytest.mark.parametrize("measure", ["demand", "supply", "gap", "retirements", "item_net_inflow", "owners"])
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
        assert full.any() or measure == "owners"
        gaps = np.abs(rows[full, 0] - parts[there][:, full].sum(axis=0))
        assert gaps.max(initial=0) <= 1 + there.sum() / 2, "half a person a trade"
        widths = release.cube[place[0], members, place[2]].astype(float)[there][:, full]
        together, alone = rows[full, 4] - rows[full, 3], widths[..., 4] - widths[..., 3]
        assert together.sum() <= 1.02 * alone.sum() + 2, "what is summed in draws partly cancels"


def test_group_rows_close_and_say_what_they_do_not_hold(release: Snapshot) -> None:
    at = release.index
    year, need = at("year", 2035), at("measure", "training_need")
    row = at("region", "HWK-FF"), at("trade", "GRP-METAL")
    shown = [release.cube[(*row, at("measure", name), year, 0)] for name in ("demand", "supply", "gap")]
    demand, supply, gap = shown
    assert gap == demand - supply
    assert STATUSES[release.status[(*row, need, year)]] == "no_data"
    notes = release.documents["catalogue"]["notes"]
    assert "keine Summe über Gewerke" in notes[release.note[(*row, need, year)]]["de"]
    assert "in jeder Ziehung" in notes[release.note[(*row, at("measure", "gap"), year)]]["de"]
    other = at("region", "DE")
    assert not np.isfinite(release.cube[other, row[1], :, :, 0]).any(), "no group where there is no matrix"
