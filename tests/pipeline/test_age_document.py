"""Ages of the skilled workers: bands are every age once, whole persons add up to what is published."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from forecast.age_document import BAND, COLUMNS, OLDER, banded, bands
from forecast.notes import NOTES
from forecast.snapshot import STATISTICS, Snapshot

AGES = np.arange(15, 81)


@pytest.fixture(scope="module")
def rows(release: Snapshot) -> list[dict[str, Any]]:
    document = release.documents["age_profiles"]
    assert document["columns"] == list(COLUMNS)
    return [dict(zip(COLUMNS, row, strict=True)) for row in document["rows"]]


def test_the_bands_are_every_age_once() -> None:
    covered = [age for low, high in bands(AGES) for age in range(low, high + 1)]
    assert covered == AGES.tolist()
    assert [high - low + 1 for low, high in bands(AGES)] == [10, *[5] * 8, 16]


def test_a_worked_cell_adds_up_and_says_who_is_older() -> None:
    by_age = np.zeros((2, AGES.size), dtype=np.int64)
    by_age[0, [25 - 15, 54 - 15, 55 - 15, 65 - 15]] = 10, 4, 7, 2
    by_age[1, [25 - 15, 54 - 15, 55 - 15, 65 - 15]] = 12, 4, 7, 3
    found = list(banded(by_age, AGES, 25, 55))
    values = {(kind, low): numbers[0] for kind, low, _, numbers in found}
    # means 11, 4, 7 and 2.5 of 24.5, published as 25: 11.2, 4.1, 7.1 and 2.6 rounded so that they add up
    assert {key: value for key, value in values.items() if value} == {
        (BAND, 25): 11, (BAND, 50): 4, (BAND, 55): 7, (BAND, 65): 3, (OLDER, 55): 10,
    }  # fmt: skip
    assert found[-1][:3] == (OLDER, 55, 80)
    low, high = STATISTICS.index("lower_80"), STATISTICS.index("upper_80")
    assert found[1][3][low] == 10
    assert found[1][3][high] == 12


def test_nobody_is_nobody_in_every_band() -> None:
    found = list(banded(np.zeros((3, AGES.size), dtype=np.int64), AGES, 0, 55))
    assert {number for *_, numbers in found for number in numbers} == {0}


def test_bands_add_up_to_the_published_supply_in_every_cell(
    release: Snapshot, rows: list[dict[str, Any]]
) -> None:
    cells: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        cells[row["region"], row["trade"]].append(row)
    assert {("HWK-FF", "GRP-ALL"), ("BB", "A-24"), ("HWK-CB", "A-24")} <= set(cells)
    base = release.index("year", release.documents["catalogue"]["base_year"])
    supply = release.index("measure", "supply")
    for (region, trade), found in cells.items():
        published = release.cube[release.index("region", region), release.index("trade", trade), supply, base]
        parts = [row for row in found if row["kind"] == BAND]
        (older,) = [row for row in found if row["kind"] == OLDER]
        assert sum(row["value"] for row in parts) == published[0], (region, trade)
        assert older["value"] == sum(row["value"] for row in parts if row["age_from"] >= older["age_from"])
        ascending = ("lower_95", "lower_80", "lower_50", "value", "upper_50", "upper_80", "upper_95")
        for row in found:
            numbers = [row[name] for name in ascending]
            assert numbers == sorted(numbers)
            assert row["status"] == "estimated"


def test_ages_that_are_judged_are_said_to_be(
    release: Snapshot, rows: list[dict[str, Any]], inputs: Any
) -> None:
    notes = release.documents["age_profiles"]["notes"]
    ages = inputs.definitions.parameters.parameters["share_55plus"]
    at = ages.keyed_by.index("trade")
    measured = {str(entry.key[at]) for entry in ages.entries if entry.kind == "measured"}
    for row in rows:
        said = NOTES["grade_ages"][0] in notes[row["note"]]["de"]
        assert said is (row["trade"] not in measured), row["trade"]


def test_a_land_made_of_districts_is_as_old_as_they_are(rows: list[dict[str, Any]]) -> None:
    """The Land's ages are the sum of its districts', up to what is published for each as a whole."""
    by_region = defaultdict(dict)
    for row in rows:
        if row["trade"] == "A-24" and row["kind"] == BAND:
            by_region[row["region"]][row["age_from"]] = row["value"]
    land = by_region.pop("BB")
    parts = [by_region[region] for region in ("HWK-FF", "HWK-CB", "HWK-P")]
    total = sum(land.values())
    for age, value in land.items():
        assert abs(value - sum(part[age] for part in parts)) <= 0.02 * total + 3, age
