"""Sums over several years: taken in draws, held against the yearly numbers, withheld like single years."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from forecast.domain.inflow_parts import INFLOW_PARTS
from forecast.notes import NOTES
from forecast.snapshot import STATISTICS, Snapshot
from forecast.year_sums import COLUMNS, SUMMED, windows


@pytest.fixture(scope="module")
def rows(release: Snapshot) -> list[dict]:
    document = release.documents["year_sums"]
    assert document["columns"] == list(COLUMNS)
    return [dict(zip(COLUMNS, row, strict=True)) for row in document["rows"]]


def test_windows_are_full_and_do_not_overlap() -> None:
    assert windows(np.arange(2026, 2036), 5) == [(0, 5), (5, 10)]
    assert windows(np.arange(2026, 2034), 5) == [(0, 5)], "a window that is not full is left out"
    assert windows(np.arange(2026, 2029), 5) == []


def test_a_sum_is_that_of_its_years_and_its_range_is_narrower_than_theirs(
    release: Snapshot, rows: list[dict]
) -> None:
    seen = defaultdict(int)
    for row in rows:
        if row["value"] is None:
            continue
        at = [release.index(axis, row[axis]) for axis in ("region", "trade", "measure")]
        years = [release.index("year", year) for year in range(row["first_year"], row["last_year"] + 1)]
        yearly = release.cube[at[0], at[1], at[2], years].astype(float)
        if np.isfinite(yearly).all():
            # each year is rounded by itself, parts of the net inflow so that they add up in print
            slack = 2 * len(years) if row["measure"] in INFLOW_PARTS else 0.5 * len(years) + 0.51
            assert abs(row["value"] - yearly[:, 0].sum()) <= slack, row
            width = row["upper_80"] - row["lower_80"]
            assert width <= 1.15 * (yearly[:, 4] - yearly[:, 3]).sum() + 2, row
            seen[row["measure"]] += 1
    assert {"retirements", "entrants", "net_inflow", "new_contracts", "graduates"} <= set(seen)


def test_bounds_hold_the_value_and_each_other(rows: list[dict]) -> None:
    ascending = ("lower_95", "lower_80", "lower_50", "value", "upper_50", "upper_80", "upper_95")
    for row in rows:
        if row["value"] is not None:
            numbers = [row[name] for name in ascending]
            assert numbers == sorted(numbers)
        else:
            assert {row[name] for name in STATISTICS} == {None}
            assert row["status"] == "no_data"


def test_groups_and_withheld_trades_have_sums(release: Snapshot, rows: list[dict]) -> None:
    found = {(row["region"], row["trade"]) for row in rows}
    assert {("HWK-FF", "GRP-ALL"), ("BB", "GRP-CRAFT"), ("HWK-FF", "A-17")} <= found
    assert {row["measure"] for row in rows} <= set(SUMMED)
    notes = release.documents["year_sums"]["notes"]
    for row in rows[:50]:
        said = notes[row["note"]]["de"]
        assert f"Summe der Jahre {row['first_year']} bis {row['last_year']}" in said


def test_a_withheld_cell_leads_to_its_group_and_to_several_years(release: Snapshot) -> None:
    too_wide = NOTES["too_wide"][0]
    groups = {entry["code"]: entry["members"] for entry in release.documents["catalogue"]["trade_groups"]}
    notes = release.documents["catalogue"]["notes"]
    seen = 0
    for number, note in enumerate(notes):
        if not note["de"].startswith(too_wide):
            continue
        assert "year-sums" in note["de"]
        assert "year-sums" in note["en"]
        (row,) = [code for code in groups if f"«{code}»" in note["de"]]
        for place in np.argwhere(release.note == number):
            trade = release.axes.trades[place[1]]
            assert trade in groups[row] or trade in groups
            seen += 1
    assert seen > 0 or not any(note["de"].startswith(too_wide) for note in notes)


def test_a_sum_wider_than_the_stock_is_withheld(release: Snapshot, rows: list[dict], inputs) -> None:
    widest = inputs.definitions.parameters.value("widest_range")
    assert widest > 0
    at = release.index
    for row in rows:
        if row["value"] is None or row["trade"] not in release.axes.trades:
            continue
        place = at("region", row["region"]), at("trade", row["trade"]), at("measure", "supply")
        stock = np.nanmax(release.cube[place][:, 0])
        if row["grade"] == "D" and np.isfinite(stock) and row["measure"] in ("retirements", "deaths"):
            assert row["upper_80"] - row["lower_80"] <= 2 * widest * stock
