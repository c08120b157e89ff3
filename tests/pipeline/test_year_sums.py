"""Sums over several years: taken in draws, held against the yearly numbers, withheld like single years."""

from __future__ import annotations

import re
from collections import defaultdict

import numpy as np
import pytest

from forecast.district_split import DISTRICTS
from forecast.fit import LAND
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
    listed = {entry["code"] for entry in release.documents["catalogue"]["trades"]}
    for row in rows:
        if row["value"] is None:
            continue
        at = [release.index(axis, row[axis]) for axis in ("region", "trade", "measure")]
        years = [release.index("year", year) for year in range(row["first_year"], row["last_year"] + 1)]
        yearly = release.cube[at[0], at[1], at[2], years].astype(float)
        if np.isfinite(yearly).all():
            # each year is rounded with the other trades and regions, and so is the sum
            trade = row["trade"] in listed
            slack = (1 if trade and row["region"] != LAND else 3) * (len(years) + 1)
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


def named_in(note: dict[str, str]) -> tuple[list[str], bool, list[tuple[int, int]]]:
    """Group rows, whether the Land, and windows of years a note sends to; alike in both languages."""
    rows = re.findall(r"«(GRP-[A-Z]+)»", note["de"])
    assert rows == re.findall(r"“(GRP-[A-Z]+)”", note["en"])
    land = "das Land" in note["de"]
    assert land == ("the Land" in note["en"])
    windows_de = re.findall(r"Summe der Jahre (\d+) bis (\d+)", note["de"])
    assert windows_de == re.findall(r"sum of the years (\d+) to (\d+)", note["en"])
    return rows, land, [(int(first), int(last)) for first, last in windows_de]


def test_a_withheld_number_leads_only_to_what_is_shown(release: Snapshot, rows: list[dict]) -> None:
    """Row of the group, Land and sum of years a note names have a value, in every region and measure."""
    too_wide = NOTES["too_wide"][0]
    groups = {entry["code"]: entry["members"] for entry in release.documents["catalogue"]["trade_groups"]}
    notes = release.documents["catalogue"]["notes"]
    shown: dict[tuple, list[tuple[int, int]]] = defaultdict(list)
    for row in rows:
        if row["value"] is not None:
            shown[(row["region"], row["trade"], row["measure"])].append((row["first_year"], row["last_year"]))
    at, axes, seen = release.index, release.axes, 0
    for number in [place for place, note in enumerate(notes) if note["de"].startswith(too_wide)]:
        group_rows, land, spans = named_in(notes[number])
        for region, trade, measure, year in np.argwhere(release.note == number):
            assert np.isnan(release.cube[region, trade, measure, year]).all()
            code, name = axes.trades[trade], axes.measures[measure]
            assert group_rows or land or spans
            for row in group_rows:
                assert code in groups[row] or code in groups
                assert np.isfinite(release.cube[region, at("trade", row), measure, year, 0]), (code, name)
            if land:
                assert axes.regions[region] in DISTRICTS
                assert np.isfinite(release.cube[at("region", LAND), trade, measure, year, 0]), (code, name)
            sums = shown[(axes.regions[region], code, name)]
            assert spans == [(first, last) for first, last in sums if first <= axes.years[year] <= last]
            seen += 1
    assert seen > 0 or not any(note["de"].startswith(too_wide) for note in notes)


def test_a_withheld_sum_leads_only_to_sums_that_are_shown(release: Snapshot, rows: list[dict]) -> None:
    shown = {
        (row["region"], row["trade"], row["measure"], row["first_year"]): row["value"] is not None
        for row in rows
    }
    notes = release.documents["year_sums"]["notes"]
    for row in rows:
        if row["value"] is None:
            group_rows, land, spans = named_in(notes[row["note"]])
            assert not spans, "a sum of years does not send its reader to itself"
            for code in group_rows:
                assert shown[(row["region"], code, row["measure"], row["first_year"])]
            if land:
                assert shown[(LAND, row["trade"], row["measure"], row["first_year"])]


def test_what_is_made_from_a_withheld_workforce_is_withheld_as_well(release: Snapshot) -> None:
    """Outlook, technicians, further training, rows of the training plan: no number beside a hidden gap."""
    too_wide = NOTES["too_wide"][0]
    at, axes, notes = release.index, release.axes, release.documents["catalogue"]["notes"]
    hidden = {
        (axes.regions[region], axes.trades[trade], axes.years[year])
        for number, note in enumerate(notes)
        if note["de"].startswith(too_wide)
        for region, trade, measure, year in np.argwhere(release.note == number)
        if axes.measures[measure] == "gap"
    }
    for region, trade, year in hidden:
        for name in ("demand", "outlook_ratio", "technicians", "further_training_hours", "gap_fte"):
            place = at("region", region), at("trade", trade), at("measure", name), at("year", year)
            assert not np.isfinite(release.cube[place]).any(), (region, trade, name)
        place = at("region", region), at("trade", trade), at("measure", "new_contracts"), at("year", year)
        assert np.isfinite(release.cube[place]).all(), "contracts have their own basis"
    plan = release.documents["training_plan"]
    for row in (dict(zip(plan["columns"], row, strict=True)) for row in plan["rows"]):
        if row["kind"] in ("module", "technician") and (row["region"], row["trade"], row["year"]) in hidden:
            assert row["value"] is None
            assert row["status"] == "no_data"
            assert plan["notes"][row["note"]]["de"].startswith(too_wide)
    assert hidden, "the bundled figures have a trade too small for its last years"


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
