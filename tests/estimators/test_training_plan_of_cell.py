"""The plan of one cell: nothing is invented where there is nothing; owners retire as owners do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecast.domain.outlook import CLASSES
from forecast.domain.skills import ModuleDraws
from forecast.domain.workforce import EXITS
from forecast.estimators.master_account import BaseYear, MasterInputs, master_account, master_ages
from forecast.estimators.technicians import LeaderInputs
from forecast.estimators.training_plan import (
    PlanInputs,
    added_plans,
    outlook_figures,
    plan_cell,
    plan_draws,
    plan_result,
)
from forecast.projection import CellInputs

DRAWS, AGES = 4, np.arange(20, 70)
YEARS = np.array([2026, 2027, 2028, 2029, 2030])
LIMITS = np.array([0.85, 1.0, 1.05, 1.15])


def column(value: float) -> np.ndarray:
    return np.full(DRAWS, float(value))


@pytest.fixture
def inputs() -> CellInputs:
    opening = np.zeros((DRAWS, AGES.size), dtype=np.int64)
    opening[:, (AGES >= 25) & (AGES < 45)] = 5
    profile = np.where(AGES == 20, 1.0, 0.0)
    nothing = np.zeros((YEARS.size, AGES.size))
    return CellInputs(
        base_year=2025, years=YEARS, ages=AGES, opening=opening, employed=column(100), job_seekers=column(0),
        vacancies=column(0), growth_index=np.ones((DRAWS, YEARS.size)),
        hazards=dict.fromkeys(EXITS, nothing), entrants_contracted=np.zeros((DRAWS, YEARS.size)),
        entrants_expected=np.zeros((DRAWS, YEARS.size)), entry_profile=profile,
        net_inflow_rate=column(0), inflow_profile=profile,
    )  # fmt: skip


@pytest.fixture
def masters() -> MasterInputs:
    return MasterInputs(
        examinations=np.zeros((DRAWS, YEARS.size)), per_firm=column(0.5), staff_share=column(0.1),
        unfilled=column(0), stay=column(1), success=column(0.5), interest=column(1),
        ages_of_new=np.where(AGES == 30, 1.0, 0.0),
        ages_of_owners=np.tile(np.where(AGES == 60, 1.0, 0.0), (DRAWS, 1)),
        owner_exit=np.tile(np.where(AGES >= 60, 1.0, 0.0), (DRAWS, 1)), takeover_ages=(28, 50),
    )  # fmt: skip


def measures(demand: float = 100, supply: float = 90) -> dict[str, np.ndarray]:
    shape = np.ones((DRAWS, YEARS.size))
    return {"demand": demand * shape, "supply": supply * shape, "replacement_demand": 0 * shape}


def base_year(inputs: CellInputs, firms: float = 40) -> BaseYear:
    profile = inputs.opening.mean(axis=0)
    hazards = {cause: rates[0] for cause, rates in inputs.hazards.items()}
    return BaseYear(column(firms), column(100), profile / profile.sum(), AGES, hazards)


def plan(inputs=None, masters: MasterInputs | None = None, modules=None, leaders=()) -> PlanInputs:
    rng = np.random.default_rng(3)
    account = None if masters is None else master_account(masters, base_year(inputs), rng)
    return PlanInputs(modules or {}, account, LIMITS, 3.5, leaders)


def test_owners_and_employed_masters_leave_at_their_own_ages(inputs, masters):
    firms = np.full((DRAWS, YEARS.size + 1), 40.0)
    found = plan_cell(plan(inputs, masters), inputs, measures(), firms, np.random.default_rng(3))
    # 40 firms · 0.5 at the age of 60, 100 workers · 0.1 employed: the owners are gone after a year
    owning, employed = master_ages(masters, base_year(inputs))
    np.testing.assert_allclose(owning.sum(axis=1), 20)
    assert employed.sum() == pytest.approx(10)
    assert not employed[AGES < 30].any()  # nobody is a master before the age of the first ones
    stock = found.statistics["masters"][:, 0]
    assert 5 <= stock[0] <= 15
    assert np.all(stock == stock[0])  # the employed stay: no exits, no examinations
    gap, wanted = (found.statistics[name][:, 0] for name in ("master_gap", "master_demand"))
    np.testing.assert_allclose(gap, wanted - stock)
    assert wanted[0] == pytest.approx(20 + 9)  # 90 workers are there, though 100 are wanted


def test_course_places_allow_for_those_who_do_not_pass(inputs, masters):
    busy = replace(masters, examinations=np.full((DRAWS, YEARS.size), 6.0))
    firms = np.full((DRAWS, YEARS.size + 1), 40.0)
    found = plan_cell(plan(inputs, busy), inputs, measures(), firms, np.random.default_rng(3)).statistics
    assert found["master_course_places"][:, 0].tolist() == [12] * YEARS.size
    assert np.diff(found["masters"][:, 0]).tolist() == [6] * (YEARS.size - 1)


def test_without_firms_there_are_no_masters_and_without_modules_no_hours(inputs, masters):
    for one, firms in ((plan(), np.ones((DRAWS, YEARS.size + 1))), (plan(inputs, masters), None)):
        found = plan_cell(one, inputs, measures(), firms, np.random.default_rng(3))
        assert set(found.statistics) == {"outlook_ratio"}
        assert {figure.kind for figure in found.figures} == {"outlook"}


def test_technicians_lead_without_firms(inputs):
    """100 workers, one in ten leads; six pass a year, nobody leaves; three start for two who pass."""
    passed = np.full((DRAWS, YEARS.size + 2), 6.0)
    leaders = LeaderInputs(
        name="technician", examinations=passed, course_years=2, success=column(2 / 3), stay=column(0.5),
        staff_share=column(0.1), unfilled=column(0.2), ages_of_new=np.where(AGES == 30, 1.0, 0.0),
    )  # fmt: skip
    found = plan_cell(plan(leaders=(leaders,)), inputs, measures(), None, np.random.default_rng(3))
    stock = found.statistics["technicians"][:, 0]
    np.testing.assert_allclose(stock, 8 + 3 * np.arange(1, YEARS.size + 1))  # 10 · (1 − 0.2), then 6 · 0.5
    assert found.statistics["technician_demand"][0, 0] == pytest.approx(9)  # 90 of the 100 are there
    np.testing.assert_allclose(
        found.statistics["technician_gap"][:, 0], found.statistics["technician_demand"][:, 0] - stock
    )
    assert found.statistics["technician_entrants"][0, 0] == pytest.approx(9)
    assert found.statistics["technician_places"][0, 0] == pytest.approx(18)  # two years of entrants
    rows = {(row.kind, row.code, row.measure) for row in found.figures}
    assert ("technician", "technician", "places") in rows
    assert not any(name.startswith("industrial") for name in found.statistics)


def test_hours_are_summed_over_modules_and_shown_per_worker(inputs):
    module = ModuleDraws(
        expires=True, clock=column(2), course_hours=column(30), refresh_hours=column(8), core_hours=column(0),
        share=column(0.5), growth=column(0), first_course_share=column(0),
    )  # fmt: skip
    two = plan(modules={"one": module, "two": module})
    found = plan_cell(two, inputs, measures(supply=100), None, np.random.default_rng(3))
    assert found.statistics["further_training_hours"][0, 0] == pytest.approx(2 * 50 / 2 * 8)
    assert found.statistics["further_training_participants"][0, 0] == pytest.approx(50)
    rows = {(figure.code, figure.measure, figure.year): figure.value for figure in found.figures}
    assert rows["one", "hours", 2030] == rows["two", "hours", 2030] == pytest.approx(200)
    assert rows["*", "hours_per_worker", 2026] == pytest.approx(4)


def test_outlook_speaks_of_start_years_that_can_be_finished():
    ratio = np.array([[0.8, 0.9, 1.0, 1.1, 0.95], [0.8, 0.9, 1.0, 1.1, 1.2]])
    rows = outlook_figures(ratio, LIMITS, YEARS, 3.5)
    assert {row.year for row in rows} == {2026}  # 2027 would finish in 2031
    shares = {row.code: row.value for row in rows if row.measure == "probability"}
    assert tuple(shares) == CLASSES
    assert (shares["good"], shares["bad"]) == (0.5, 0.5)


def test_nobody_wanted_has_no_ratio(inputs):
    found = plan_cell(plan(), inputs, measures(demand=0), None, np.random.default_rng(3))
    assert found.statistics == {}
    assert found.figures == ()


def test_the_plan_of_two_districts_is_their_sum_and_ratios_are_those_of_the_sums(inputs):
    """90 at work in one district, 30 in the other: hours per worker weigh them, no mean of means."""

    def expiring(hours: float) -> ModuleDraws:
        return ModuleDraws(
            expires=True, clock=column(2), course_hours=column(hours), refresh_hours=column(hours),
            core_hours=column(hours), share=column(1), growth=column(1), first_course_share=column(0),
            deadline=None,
        )  # fmt: skip

    drawn, staff = [], (90.0, 30.0)
    for hours, people in zip((8.0, 16.0), staff, strict=True):
        one, counted = plan(modules={"m": expiring(hours)}), measures(people, people)
        drawn.append(plan_draws(one, inputs, counted, None, np.random.default_rng(3)))
    together = added_plans(drawn)
    for name, whole in together.measures.items():
        np.testing.assert_allclose(whole, drawn[0].measures[name] + drawn[1].measures[name])
    found = plan_result(together, plan(), measures(150, 120), YEARS)
    rows = {(row.code, row.measure, row.year): row.value for row in found.figures}
    hours = [one.measures["further_training_hours"][0, 0] for one in drawn]
    assert rows[("*", "hours_per_worker", 2026)] == pytest.approx(sum(hours) / 120)
    assert rows[("*", "hours_per_worker", 2026)] != pytest.approx((hours[0] / 90 + hours[1] / 30) / 2)
    assert rows[("m", "hours", 2026)] == pytest.approx(sum(hours))
    assert found.statistics["outlook_ratio"][0, 0] == pytest.approx(120 / 150)


def test_what_only_one_part_has_is_not_in_the_sum(inputs, masters):
    firms = np.full((DRAWS, YEARS.size + 1), 40.0)
    both = [
        plan_draws(plan(inputs, masters), inputs, measures(), there, np.random.default_rng(3))
        for there in (firms, None)
    ]
    assert "masters" in both[0].measures
    assert "masters" not in added_plans(both).measures, "half a Land is no Land"
