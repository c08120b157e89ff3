"""What levers do to the components of a trade, worked by hand on one trade with two draws."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.domain.expected import FLOWS
from forecast.domain.levers import Amount, Lever
from forecast.domain.matrix import ITEMS
from forecast.errors import ModelError
from forecast.lever_effects import (
    ExitRates,
    amount_draws,
    demand_factor,
    entrants_of,
    inflow_under,
    training_under,
    work_per_head,
)
from forecast.what_if import WhatIfModel
from forecast.what_if_inputs import WhatIfInputs

YEARS, STARTS, AGES, DRAWS = (2026, 2027, 2028, 2029, 2030), tuple(range(2022, 2031)), 3, 2


def single(value: object, *shape: int) -> np.ndarray:
    return np.broadcast_to(np.asarray(value, dtype=np.float32), shape).copy()


def tiny(**changes: np.ndarray) -> WhatIfInputs:
    """One trade of three years' training; 100 begun a year, 10 + 10 + 5 + 0 of a hundred dissolved."""
    years, starts = len(YEARS), len(STARTS)
    given = {
        "opening": single([[[300], [200], [100]]], 1, AGES, DRAWS),
        "employed": single(580, 1, DRAWS), "vacancies": single(20, 1, DRAWS),
        "growth": single(1, 1, years, DRAWS), "deaths": single(0, 1, AGES),
        "strain": single(1, 1, DRAWS), "strained": single(0, AGES),
        "retiring": single([[0], [0], [0.5]], AGES, DRAWS), "months": single(0, years, 3, AGES),
        "ways": single([[0.25], [0.25], [0.5]], 3, DRAWS),
        "health_exits": single(0, AGES, DRAWS), "craft_leavers": single(0.1, AGES, DRAWS),
        "jobs_lost": single(0, 1, years, DRAWS),
        "entrants_contracted": single(30, 1, years, DRAWS), "entrants_expected": single(0, 1, years, DRAWS),
        "entry_profile": single([1, 0, 0], AGES), "inflow_rate": single(0.01, 1, years, DRAWS),
        "inflow_profiles": single([1, 0, 0], 1, AGES),
        "returner_rate": single(0.004, 1, DRAWS), "migration_rate": single(0.002, 1, DRAWS),
        "contracts": single(90, 1, starts, DRAWS),
        "signed": single([s <= 2025 for s in STARTS], 1, starts),
        "training_years": single(3, 1),
        "dissolution": single([[[0.1], [0.1], [0.05], [0]]], 1, 4, DRAWS),
        "pass_first": single(0.8, 1, DRAWS), "retry": single(0.5, 1, DRAWS),
        "pass_retry": single(0.5, 1, DRAWS), "stay": single(0.6, 1, DRAWS),
        "flows": single(0, 1, len(FLOWS), years, DRAWS),
        "part_time": single(0.2, 1, DRAWS), "part_time_drift": single(0, DRAWS),
        "part_timer_hours": single(0.5, DRAWS), "full_time_hours": single(1600, DRAWS),
        "part_timer_drift": single(0, DRAWS), "full_time_drift": single(0, DRAWS),
    }  # fmt: skip
    return WhatIfInputs(
        region="XX", base_year=2025, seed=1, first_start=2027, least_cohorts=1, published_to=2030,
        trades=("T",), groups=("shk",), years=np.array(YEARS), ages=np.array([62, 63, 64]),
        start_years=np.array(STARTS), **{**given, **changes},
    )  # fmt: skip


def lever(kind: str, year: int = 2027, ramp: int = 1, **numbers: float) -> Lever:
    amounts = {name: Amount(value, value, value) for name, value in numbers.items()}
    return Lever(kind, kind, amounts, ("*",), ("*",), year, ramp)


def test_demand_levers_by_hand() -> None:
    """Two per cent a year from 2027; one tenth more in two steps; 40 → 36 hours, a quarter made up."""
    one = demand_factor([lever("productivity", growth=0.02)], tiny())[:, 0]
    assert one.tolist() == pytest.approx([1, 1 / 1.02, 1 / 1.02**2, 1 / 1.02**3, 1 / 1.02**4], rel=1e-6)
    two = demand_factor([lever("demand_step", ramp=2, change=0.1, probability=1)], tiny())[:, 0]
    assert two.tolist() == pytest.approx([1, 1.05, 1.1, 1.1, 1.1], rel=1e-6)
    week = lever("working_time", hours_before=40, hours_after=36, offset=0.25, uptake=1)
    assert demand_factor([week], tiny())[:, 1].tolist() == pytest.approx([1, *4 * [1 / 0.925]], rel=1e-6)
    together = demand_factor([week, lever("productivity", growth=0.02)], tiny())[4, 0]
    assert together == pytest.approx(1 / 0.925 / 1.02**4, rel=1e-6)


def test_work_per_head_by_hand() -> None:
    """A fifth in part time at half a week: 0.9; from 2027 half the staff works 36 of 40 hours: 0.9 · 0.95."""
    fte, hours = (one[:, 0] for one in work_per_head((), tiny(), 0))
    assert fte.tolist() == pytest.approx([0.9] * 5, rel=1e-6)
    assert hours.tolist() == pytest.approx([1440.0] * 5, rel=1e-6)
    week = lever("working_time", ramp=2, hours_before=40, hours_after=36, offset=0.25, uptake=0.5)
    fte, hours = (one[:, 0] for one in work_per_head([week], tiny(), 0))
    assert fte.tolist() == pytest.approx([0.9, 0.9 * 0.975, *3 * [0.9 * 0.95]], rel=1e-6)
    assert hours[-1] == pytest.approx(1368.0, rel=1e-6)
    drifting = tiny(part_time_drift=np.full(DRAWS, np.log(2.0), dtype=np.float32))
    assert work_per_head((), drifting, 0)[0][0, 0] == pytest.approx(1 - 0.5 / 3, rel=1e-5), "odds 1:4 → 1:2"
    longer = tiny(part_timer_drift=np.full(DRAWS, np.log(3.0), dtype=np.float32))
    assert work_per_head((), longer, 0)[0][0, 0] == pytest.approx(0.95, rel=1e-5), "odds 1:1 → 3:1"
    shorter = tiny(full_time_drift=np.full(DRAWS, np.log(0.99), dtype=np.float32))
    fte, hours = (one[:, 0] for one in work_per_head((), shorter, 0))
    assert fte.tolist() == pytest.approx([0.9] * 5, rel=1e-6)
    assert hours[:2].tolist() == pytest.approx([1440 * 0.99, 1440 * 0.99**2], rel=1e-5)


def test_training_by_hand_without_levers() -> None:
    """90 published = 100 begun; 75 reach the exam, 60 pass, of 15 who fail 7.5 repeat: 3.75, then 0.9375.

    In work stay 60 %: 36 in the third year after the start, 2.8125 in the fourth.
    """
    training = training_under((), tiny(), 0)
    assert training.begun[0, 0] == pytest.approx(100)
    assert (training.begun * training.first)[0, 0] == pytest.approx(60)
    assert (training.begun * training.later)[0, 0] == pytest.approx(3.75 + 0.9375)
    signed, expected = entrants_of(training, tiny(), 0)
    assert signed[:, 0].tolist() == pytest.approx([38.8125, 38.8125, 38.8125, 2.8125, 0], rel=1e-5)
    assert expected[:, 0].tolist() == pytest.approx([0, 0, 0, 36, 38.8125], rel=1e-5)


def test_five_points_fewer_dissolutions_by_hand() -> None:
    """25 → 20 of a hundred, 2 + 2 + 1 fewer by layer; from 2027 on also for those in training then.

    Begun 2025: layer 0 (2025) and 1 (2026) as before, layer 2 (2027) 4 instead of 5: 76 reach the exam.
    Begun 2027: 100 begun still, 8 end in the year of the start: 92 published, 80 reach the exam.
    """
    training = training_under([lever("dissolution", points=-0.05)], tiny(), 0)
    at = {year: place for place, year in enumerate(STARTS)}
    assert training.first[at[2025], 0] == pytest.approx(0.76 * 0.8)
    assert training.first[at[2026], 0] == pytest.approx(0.78 * 0.8)
    assert training.first[at[2027], 0] == pytest.approx(0.80 * 0.8)
    assert training.begun[at[2027], 0] == pytest.approx(100)
    assert training.contracts[at[2027], 0] == pytest.approx(92)
    assert training.contracts[at[2026], 0] == pytest.approx(90)


def test_contracts_already_signed_do_not_change() -> None:
    training = training_under([lever("contracts", year=2025, ramp=2, change=0.2)], tiny(), 0)
    assert training.contracts[:, 0].tolist() == pytest.approx([90, 90, 90, 90, 108, 108, 108, 108, 108])


def test_exam_and_stay_by_the_year_in_which_they_act() -> None:
    training = training_under(
        [lever("exam_pass", 2028, points=0.1), lever("stay", 2029, points=0.5)], tiny(), 0
    )
    assert training.first[:4, 0].tolist() == pytest.approx([0.6, 0.6, 0.6, 0.675])  # started 2025, exam 2028
    assert training.stay[:, 0].tolist() == pytest.approx([0.6, 0.6, 0.6, 1, 1])


def test_exits_and_inflow_by_hand() -> None:
    """Six months later: halfway to 63, where the schedule begins; half the leaving; 30 in three steps."""
    later = [lever("exit_age", months=6, share=1), lever("craft_leaving", change=-0.5)]
    schedule = tiny(retiring=single([[0], [0.1], [0.5]], AGES, DRAWS))
    rates = ExitRates(later, schedule, 0)
    assert rates(0).retirements[:, 0].tolist() == pytest.approx([0, 0.1, 0.5])
    assert rates(1).retirements[:, 0].tolist() == pytest.approx([0, 0.1, 0.3])
    assert rates(0).craft_leavers[:, 0].tolist() == pytest.approx([0.1, 0.1, 0.1])
    assert rates(1).craft_leavers[:, 0].tolist() == pytest.approx([0.05, 0.05, 0.05])
    earlier = ExitRates([lever("exit_age", months=-6, share=0.5)], schedule, 0)(1)
    assert earlier.retirements[:, 0].tolist() == pytest.approx([0, 0.2, 0.5])  # a quarter of the way to 64
    law = single([[12], [0], [6]], len(YEARS), 3, AGES)  # ways: ¼ by a year, ¼ not at all, ½ by half a year
    mixed = ExitRates([], tiny(retiring=schedule.retiring, months=law), 0)(1)
    assert mixed.retirements[:, 0].tolist() == pytest.approx([0, 0.1, 0.1 / 4 + 0.5 / 4 + 0.3 / 2])
    under = inflow_under(
        [lever("net_inflow", points=0.02), lever("inflow_persons", ramp=3, persons=30, probability=1)],
        tiny(),
        0,
    )
    assert under.rate[:, 0].tolist() == pytest.approx([0.01, 0.03, 0.03, 0.03, 0.03])
    assert under.persons[:, 0].tolist() == pytest.approx([0, 10, 10, 10, 0], abs=1e-4)
    assert under.returners[:, 0].tolist() == pytest.approx([0.004])
    assert under.migration[:, 0].tolist() == pytest.approx([0.002])


def test_a_lever_on_the_inflow_moves_its_part_and_the_sum_by_hand() -> None:
    """Of 0.01 net inflow 0.004 come back and 0.002 move in; the residual is 0.004.

    Half as many again come back from 2027: 0.006, the sum 0.012. Five per thousand fewer move in, in two
    steps: −0.0005, then −0.003, the sum 0.0075, then 0.005. Nobody comes back: the sum falls to 0.006.
    """
    more = inflow_under([lever("returners", change=0.5)], tiny(), 0)
    assert more.returners[:, 0].tolist() == pytest.approx([0.004, *4 * [0.006]])
    assert more.rate[:, 0].tolist() == pytest.approx([0.01, *4 * [0.012]])
    assert more.migration[:, 0].tolist() == pytest.approx([0.002])
    fewer = inflow_under([lever("migration", ramp=2, points=-0.005)], tiny(), 0)
    assert fewer.migration[:, 0].tolist() == pytest.approx([0.002, -0.0005, *3 * [-0.003]])
    assert fewer.rate[:, 0].tolist() == pytest.approx([0.01, 0.0075, *3 * [0.005]])
    assert fewer.returners[:, 0].tolist() == pytest.approx([0.004])
    nobody = inflow_under([lever("returners", change=-1)], tiny(), 0)
    assert nobody.returners[1:].max() == 0
    assert nobody.rate[1:, 0].tolist() == pytest.approx(4 * [0.006])


@pytest.mark.parametrize(
    ("one", "item"),
    [
        (lever("returners", 2026, change=0.5), "item_returners"),
        (lever("migration", 2026, points=-0.005), "item_migration"),
        (lever("net_inflow", 2026, points=0.02), "item_residual"),
        (lever("inflow_persons", 2026, persons=30, probability=1), "item_residual"),
    ],
    ids=lambda one: one if isinstance(one, str) else one.kind,
)
def test_in_its_first_year_a_lever_moves_one_item_alone(one: Lever, item: str) -> None:
    """Later years differ elsewhere too: who has come can retire or leave."""
    model = WhatIfModel(tiny())
    base, moved = (model.run(some, years=[2026]).measures for some in ((), (one,)))
    for name in (*ITEMS, "gap"):
        change = float((moved[name] - base[name])[0, 0, 0])
        assert (abs(change) > 1) == (name in (item, "gap")), name
    gap = float((moved["gap"] - base["gap"])[0, 0, 0])
    assert float((moved[item] - base[item])[0, 0, 0]) == pytest.approx(gap, rel=1e-4)


def test_the_whole_answer_by_hand() -> None:
    """Published draws of nought flows: supply stays 600, the levers take it down by what they do alone.

    2026: leaving 0.1 → 0.15 of the 600, less those who retire first: of 300, 200 and 100 aged 62 to
    64 are 50 retired at 64; of 550 left not 55 but 82.5 leave. 2.5 of the 27.5 more are 64 and would have
    retired for reaching the last age: 25 fewer remain. Demand 600 up by a tenth: 660.
    """
    model = WhatIfModel(tiny())
    levers = [lever("craft_leaving", 2026, change=0.5), lever("demand_step", 2026, change=0.1, probability=1)]
    run = model.run(levers, years=[2026])
    assert run.of("supply", "T", 2026).tolist() == pytest.approx([575, 575], rel=1e-5)
    assert run.of("demand", "T", 2026).tolist() == pytest.approx([660, 660], rel=1e-5)
    assert run.of("gap", "T", 2026).tolist() == pytest.approx([85, 85], rel=1e-5)
    assert run.of("item_craft_leavers", "T", 2026).tolist() == pytest.approx([27.5, 27.5], rel=1e-4)
    assert run.of("item_retirements", "T", 2026).tolist() == pytest.approx([-2.5, -2.5], rel=1e-4)


def test_a_number_with_a_range_is_drawn_and_the_same_again() -> None:
    unsure = Lever("contracts", "x", {"change": Amount(0.1, 0.0, 0.4)}, ("*",), ("*",), 2027)
    drawn = amount_draws(unsure, "change", 1, 500)
    assert 0 <= drawn.min() < 0.03
    assert 0.33 < drawn.max() <= 0.4
    assert drawn.mean() == pytest.approx(0.5 / 3, abs=0.005)
    np.testing.assert_array_equal(drawn, amount_draws(unsure, "change", 1, 500))


def test_inputs_of_a_wrong_shape_are_refused() -> None:
    with pytest.raises(ModelError, match="falsche Form"):
        tiny(growth=single(1, 1, 4, DRAWS))


def test_school_leavers_move_open_years_by_their_elasticity() -> None:
    """A fifth more leavers in two steps: 1.1 and 1.2 times the contracts, squared where elasticity is two."""
    for elasticity, expected in (
        (1, [1, 1, 1, 1, 1, 1.1, 1.2, 1.2, 1.2]),
        (2, [1.0] * 5 + [1.21] + [1.44] * 3),
    ):
        more = lever("leavers", 2027, ramp=2, change=0.2, elasticity=elasticity)
        ratio = training_under([more], tiny(), 0).begun / training_under([], tiny(), 0).begun
        assert ratio[:, 0].tolist() == pytest.approx(expected)
    signed = lever("leavers", 2022, change=0.5, elasticity=1)
    ratio = training_under([signed], tiny(), 0).begun / training_under([], tiny(), 0).begun
    assert ratio[:, 0].tolist() == pytest.approx([1.0] * 4 + [1.5] * 5)  # signed until 2025: nothing to move
    none = lever("leavers", 2027, change=0.2, elasticity=0)
    np.testing.assert_allclose(training_under([none], tiny(), 0).begun, training_under([], tiny(), 0).begun)
