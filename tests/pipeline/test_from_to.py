"""From – to: the base year beside the forecast, and the gap per 100 workers needed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from forecast.base_year import added, leaders_of
from forecast.domain.matrix import gap_rate
from forecast.estimators.side_accounts import CRAFT_MEASURES, TIME_MEASURES
from forecast.group_rows import GROUP_CODES
from forecast.notes import NoteBook
from forecast.snapshot import STATUSES, Snapshot
from forecast.workforce_cells import rate_series

BASE_YEAR = 2025
STOCKS = ("owners", "masters", "master_demand", "technicians", "industrial_masters")


def cube_of(release: Snapshot, measure: str) -> np.ndarray:
    """(region, trade, year, statistic) of one measure."""
    return release.cube[:, :, release.index("measure", measure)].astype(float)


def test_the_rate_stands_wherever_the_gap_does_with_its_status_and_grade(release: Snapshot) -> None:
    gap, rate = (release.index("measure", name) for name in ("gap", "gap_rate"))
    known = np.isfinite(cube_of(release, "gap")[..., 0])
    assert known.sum() > 1000
    np.testing.assert_array_equal(np.isfinite(cube_of(release, "gap_rate")[..., 0]), known)
    np.testing.assert_array_equal(release.status[:, :, gap], release.status[:, :, rate])
    np.testing.assert_array_equal(release.grade[:, :, gap], release.grade[:, :, rate])


def test_the_rate_is_the_gap_by_the_demand_and_never_above_a_hundred(release: Snapshot) -> None:
    """A reader divides the printed numbers: whole persons among more than 500 move the rate by a fifth."""
    gap, demand, rate = (cube_of(release, name) for name in ("gap", "demand", "gap_rate"))
    known = np.isfinite(gap[..., 0]) & (demand[..., 0] > 500)
    printed = 100 * gap[..., 0][known] / demand[..., 0][known]
    assert known.sum() > 200
    np.testing.assert_allclose(rate[..., 0][known], printed, atol=0.25)
    shown = rate[np.isfinite(rate[..., 0])]
    assert shown.max() <= 100
    np.testing.assert_allclose(shown * 10, np.rint(shown * 10), atol=1e-3)


def test_the_rate_of_a_group_is_that_of_its_sums_and_a_year_that_needs_nobody_has_none() -> None:
    """10 of 50 and −10 of 150 lack: together nobody of 200; the mean of the rates would say one in 15."""
    one, other = gap_rate(np.array([10.0]), np.array([50.0])), gap_rate(np.array([-10.0]), np.array([150.0]))
    assert (one + other)[0] / 2 == pytest.approx(1 / 15)
    assert gap_rate(np.array([10.0 - 10.0]), np.array([50.0 + 150.0]))[0] == 0
    rows = np.array([np.linspace(0.031, 0.037, 7)[[3, 2, 4, 1, 5, 0, 6]], np.full(7, np.nan)])
    notes = NoteBook()
    gap, demand = np.full((2, 7), 21.0), np.full((2, 7), 600.0)
    statistics = {"gap_rate": rows, "gap": gap, "demand": demand}
    (series,) = rate_series(("BB", "A-24"), statistics, np.array([2026, 2027]), "forecast",
                            np.array(["B", "C"]), np.array([3, 4]))  # fmt: skip
    assert list(series.years) == [2026]
    assert (list(series.grade), list(np.asarray(series.note_index))) == (["B"], [3])
    # 21 of 600, whatever the mean of the draws
    assert series.statistics[0].tolist() == [3.5, 3.3, 3.5, 3.2, 3.6, 3.1, 3.7]
    assert notes.documents()


@pytest.mark.parametrize("measure", [*TIME_MEASURES, *CRAFT_MEASURES, *STOCKS])
def test_a_planner_sees_from_and_to(release: Snapshot, measure: str) -> None:
    first, last = (release.index("year", year) for year in (BASE_YEAR, 2035))
    place = release.index("measure", measure)
    values, status = cube_of(release, measure), release.status[:, :, place]
    ahead, today = np.isfinite(values[:, :, last, 0]), np.isfinite(values[:, :, first, 0])
    assert today.any()
    assert not (ahead & ~today).any(), "a forecast without the base year it starts from"
    assert {STATUSES[code] for code in status[:, :, first][today]} == {"estimated"}
    notes = release.documents["catalogue"]["notes"]
    said = {notes[number]["de"] for number in release.note[:, :, place, first][today]}
    assert all("Stand des Basisjahrs" in one for one in said)


def test_the_base_year_closes_in_every_unit_and_is_never_more_than_the_heads(release: Snapshot) -> None:
    year = release.index("year", BASE_YEAR)
    for unit in ("_fte", "_hours", "_craft"):
        gap, demand, supply = (
            cube_of(release, f"{name}{unit}")[:, :, year, 0] for name in ("gap", "demand", "supply")
        )
        known = np.isfinite(gap)
        np.testing.assert_array_equal(gap[known], (demand - supply)[known])
    heads, full = (cube_of(release, name)[:, :, year, 0] for name in ("demand", "demand_fte"))
    known = np.isfinite(full)
    assert np.all(full[known] <= heads[known])


def test_part_time_rises_and_a_head_works_fewer_hours(release: Snapshot) -> None:
    years = [release.index("year", year) for year in range(BASE_YEAR, 2036)]
    for measure, sign in (("part_time_share", 1), ("hours_per_head", -1)):
        path = cube_of(release, measure)[..., 0][:, :, years]
        path = path[np.isfinite(path).all(axis=2)]
        assert len(path) > 20
        assert np.all(np.diff(path, axis=1) * sign >= 0), measure
        assert np.all((path[:, -1] - path[:, 0]) * sign > 0), measure


def test_a_group_is_the_sum_of_its_trades_in_the_base_year(release: Snapshot) -> None:
    entries = {one["code"]: one["members"] for one in release.documents["catalogue"]["trade_groups"]}
    year = release.index("year", BASE_YEAR)
    for measure in ("supply_fte", "owners", "masters"):
        values = cube_of(release, measure)[:, :, year, 0]
        for code in GROUP_CODES:
            members = [release.index("trade", trade) for trade in entries[code]]
            whole = values[:, release.index("trade", code)]
            parts = np.nansum(values[:, members], axis=1)
            known = np.isfinite(whole)
            assert np.all(np.abs(whole - parts)[known] <= len(members) / 2), (measure, code)


def test_leaders_of_the_base_year_by_hand() -> None:
    """100 skilled workers, 8 firms: 8 · 0.9 + 100 · 0.05 = 12.2 masters wanted, 11 there; 4 technicians.

    A quarter of the technicians is missing: 3 there, 1 lacking.
    """
    masters = SimpleNamespace(
        paths=SimpleNamespace(accounts=(SimpleNamespace(opening=np.array([11])),)),
        wanted=lambda firms, staff: firms * 0.9 + staff * 0.05,
        successors_before=np.array([2.5]),
    )
    technician = SimpleNamespace(name="technician", staff_share=np.array([0.04]), unfilled=np.array([0.25]))
    task: Any = SimpleNamespace(
        plan=SimpleNamespace(masters=masters, leaders=(technician,)),
        inputs=SimpleNamespace(employed=np.array([100.0])),
    )
    found = {name: float(values[0, 0]) for name, values in leaders_of(task, np.array([[8.0]])).items()}
    assert found == pytest.approx(
        {
            "masters": 11, "master_demand": 12.2, "master_gap": 1.2, "possible_successors": 2.5,
            "technicians": 3, "technician_demand": 4, "technician_gap": 1,
        }
    )  # fmt: skip
    assert "masters" not in leaders_of(task, None), "without firms of one's own nobody needs a master"
    assert leaders_of(SimpleNamespace(plan=None), None) == {}  # type: ignore[arg-type]


def test_who_has_no_firms_adds_none() -> None:
    craft, industry = (
        {"owners": np.array([[3.0]]), "supply": np.array([[50.0]])},
        {"supply": np.array([[20.0]])},
    )
    total = added([craft, industry])
    assert (total["owners"].tolist(), total["supply"].tolist()) == ([[3.0]], [[70.0]])
