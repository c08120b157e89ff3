"""Every published number that is counted adds up: districts to the Land, trades to groups, in all tables."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from forecast.adding_up import FAMILIES
from forecast.district_split import DISTRICTS
from forecast.fit import LAND
from forecast.joint_points import SUMMED, WITHOUT_ACCOUNT
from forecast.snapshot import Snapshot
from forecast.training_plan import DIGITS

#: Measures that are no sum: ratios, points, years, verdicts, the larger of nought and a difference.
NO_SUM = {
    "gap_rate", "part_time_share", "hours_per_head", "seekers_per_vacancy", "vacancy_overhang",
    "vacancy_overhang_rate", "shortage_points", "today_disagrees", "first_effective_year", "outlook_ratio",
}  # fmt: skip
#: Printed for the Land only.
LAND_ONLY = {"contract_terminations"}


def points(release: Snapshot, region: str, measure: str) -> np.ndarray:
    """Points (T, Y) of a region."""
    at = release.index("region", region), release.index("measure", measure)
    return np.asarray(release.cube[at[0], :, at[1], :, 0], dtype=np.float64)


def test_every_measure_is_a_sum_or_known_to_be_none(release: Snapshot) -> None:
    assert set(release.axes.measures) == (set(SUMMED) - {WITHOUT_ACCOUNT}) | NO_SUM | LAND_ONLY


@pytest.mark.parametrize("measure", [name for name in SUMMED if name != WITHOUT_ACCOUNT])
def test_the_land_is_the_sum_of_its_districts_exactly(release: Snapshot, measure: str) -> None:
    """All trades, group rows and years in which all four are shown."""
    land, parts = points(release, LAND, measure), [points(release, one, measure) for one in DISTRICTS]
    shown = np.isfinite([land, *parts]).all(axis=0)
    assert shown.sum() >= 30, measure
    assert (land[shown] == np.sum(parts, axis=0)[shown]).all(), measure


@pytest.mark.parametrize("measure", [name for name in SUMMED if name != WITHOUT_ACCOUNT] + [*LAND_ONLY])
def test_a_group_row_is_the_sum_of_its_trades_exactly(release: Snapshot, measure: str) -> None:
    """In every region and year in which all trades of the row that have the measure are shown."""
    groups = release.documents["catalogue"]["trade_groups"]
    ahead = np.array(release.axes.years) > release.documents["catalogue"]["base_year"]
    seen = 0
    for region in (*DISTRICTS, LAND, "DE"):
        table, gap = points(release, region, measure), points(release, region, "gap")
        for group in groups:
            row = table[release.index("trade", group["code"])]
            members = [release.index("trade", code) for code in group["members"]]
            parts = table[members]
            if measure == "entrants" and np.isfinite(gap[members]).any():
                # entrants of a forecast year belong to the account: trades without one are not in the row
                account = np.isfinite(gap[members]).any(axis=1)
                parts = np.where(ahead[None, :] & ~account[:, None], np.nan, parts)
            has = np.isfinite(parts).any(axis=1)
            shown = np.isfinite(row) & np.isfinite(parts[has]).all(axis=0)
            assert (row[shown] == parts[has][:, shown].sum(axis=0)).all(), (region, group["code"], measure)
            seen += int(shown.sum())
    assert seen >= 30, measure


@pytest.mark.parametrize(("total", "parts"), FAMILIES)
def test_parts_make_their_total_exactly(release: Snapshot, total: str, parts: tuple) -> None:
    """Flows of a year, places of graduates, both sides of every gap: in every cell that shows all of them."""
    for region in (*DISTRICTS, LAND, "DE"):
        whole = points(release, region, total)
        signed = [sign * points(release, region, part) for part, sign in parts]
        shown = np.isfinite([whole, *signed]).all(axis=0)
        assert shown.any() or region == "DE"
        assert (whole[shown] == np.sum(signed, axis=0)[shown]).all(), (region, total)


def test_what_is_shown_twice_in_the_training_plan_is_the_same_number(release: Snapshot) -> None:
    document = release.documents["training_plan"]
    rows = [dict(zip(document["columns"], row, strict=True)) for row in document["rows"]]
    seen = 0
    for row in rows:
        if (row["kind"], row["measure"]) == ("master", "examinations"):
            at = [release.index(axis, row[axis]) for axis in ("region", "trade")]
            cell = release.cube[at[0], at[1], release.index("measure", "master_examinations")]
            shown = cell[release.index("year", row["year"]), 0]
            assert row["value"] == shown or (row["value"] is None and np.isnan(shown))
            seen += 1
    assert seen > 500


def test_rows_of_the_training_plan_add_up_exactly(release: Snapshot) -> None:
    document = release.documents["training_plan"]
    rows = [dict(zip(document["columns"], row, strict=True)) for row in document["rows"]]
    found: dict[tuple, dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row["measure"] not in DIGITS and row["value"] is not None:
            key = tuple(row[name] for name in ("kind", "code", "measure", "trade", "year"))
            found[key][row["region"]] = row["value"]
            assert row["lower_80"] <= row["value"] <= row["upper_80"]
    kinds = defaultdict(int)
    for key, values in found.items():
        if {LAND, *DISTRICTS} <= set(values):
            assert values[LAND] == sum(values[region] for region in DISTRICTS), key
            kinds[key[0]] += 1
    assert set(kinds) == {"module", "master", "technician", "training_year", "course"}
    assert min(kinds.values()) > 200


def test_sums_of_years_add_up_exactly(release: Snapshot) -> None:
    document = release.documents["year_sums"]
    rows = [dict(zip(document["columns"], row, strict=True)) for row in document["rows"]]
    found = {
        (row["region"], row["trade"], row["measure"], row["first_year"]): row["value"]
        for row in rows
        if row["value"] is not None
    }
    districts = groups = 0
    for (region, trade, measure, first), value in found.items():
        parts = [found.get((one, trade, measure, first)) for one in DISTRICTS]
        if region == LAND and None not in parts:
            assert value == sum(parts), (trade, measure, first)
            districts += 1
    members = {one["code"]: one["members"] for one in release.documents["catalogue"]["trade_groups"]}
    given = {(row["region"], row["trade"], row["measure"]) for row in rows}
    for (region, code, measure, first), value in found.items():
        if code not in members or measure in ("new_contracts", "graduates"):
            continue  # these hold the contracts of trades without accounts, too, which have no row here
        of = [trade for trade in members[code] if (region, trade, measure) in given]
        values = [found.get((region, trade, measure, first)) for trade in of]
        if None not in values:
            assert value == sum(values), (region, code, measure, first)
            groups += 1
    assert districts > 500
    assert groups > 500
