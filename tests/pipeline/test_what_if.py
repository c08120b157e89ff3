"""What-if accounts: the release without levers, closed with them, on average as the full pipeline."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecast.assemble import assemble
from forecast.domain.expected import FLOWS
from forecast.domain.inflow_parts import INFLOW_PARTS
from forecast.domain.levers import Amount, Lever, combine
from forecast.domain.matrix import ITEMS
from forecast.domain.scenario import Override, expanded
from forecast.domain.workforce import EXITS
from forecast.errors import InputError, OperationError
from forecast.estimators.cell import run_cell
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.projection import project_cell
from forecast.scenario_table import BASE, Comparison, contributions
from forecast.scenarios import published_points
from forecast.stats.draws import generator_for
from forecast.what_if import WhatIfModel, what_if
from forecast.what_if_inputs import decode, encode, file_name

REGION, TRADE = "HWK-FF", "A-24"


def lever(kind: str, year: int = 2027, ramp: int = 1, **numbers: float) -> Lever:
    amounts = {name: Amount(value, value, value) for name, value in numbers.items()}
    return Lever(kind, kind, amounts, ("*",), ("*",), year, ramp)


ONE_OF_EACH = (
    lever("productivity", growth=0.01),
    lever("demand_step", change=0.06, probability=0.5),
    lever("working_time", ramp=5, hours_before=40, hours_after=36, offset=0.25, uptake=1),
    lever("contracts", change=0.1),
    lever("dissolution", points=-0.05),
    lever("exam_pass", points=0.03),
    lever("stay", points=0.05),
    lever("craft_leaving", change=-0.2),
    lever("health_exits", change=0.5),
    lever("exit_age", ramp=5, months=7.8, share=1),
    lever("returners", change=0.5),
    lever("migration", points=-0.01),
    lever("net_inflow", points=-0.03),
    lever("inflow_persons", persons=-400, probability=1),
)


@pytest.fixture(scope="module", params=["HWK-FF", "BB"])
def model(request, release) -> WhatIfModel:
    return WhatIfModel(decode(release.read_file(file_name(request.param))))


@pytest.fixture(scope="module")
def district(release) -> WhatIfModel:
    return WhatIfModel(decode(release.read_file(file_name(REGION))))


def test_without_levers_the_answer_is_the_release(model: WhatIfModel, release) -> None:
    run = model.run()
    points = published_points(release, model)
    shown = Comparison("base", run, run, model.inputs.published_to, published=points)
    plain = Comparison("base", run, run, model.inputs.published_to)
    region = release.index("region", model.inputs.region)
    for trade in run.trades:
        cells = release.cube[region, release.index("trade", trade), :, :, 0]
        for year in range(model.inputs.base_year + 1, model.inputs.published_to + 1):
            at = release.index("year", year)
            if np.isnan(cells[release.index("measure", "gap"), at]):
                continue  # too small for a number of its own: the command does not show it either
            whole = shown.whole(trade, year, BASE)
            assert whole == {name: int(cells[release.index("measure", name), at]) for name in whole}
            alone = plain.whole(trade, year, BASE)
            assert all(abs(alone[name] - count) <= 2 for name, count in whole.items())
            need = float(run.of("training_need", trade, year).astype(float).mean())
            published = cells[release.index("measure", "training_need"), at]
            assert np.isnan(need) == np.isnan(published)
            assert np.isnan(need) or abs(need - published) < 1.01  # rounded with the other trades


@pytest.mark.parametrize("one", ONE_OF_EACH, ids=lambda one: one.kind)
def test_a_lever_that_moves_nothing_changes_no_bit(district: WhatIfModel, one: Lever) -> None:
    neutral = {"hours_before": 40.0, "hours_after": 40.0, "probability": 1.0, "share": 1.0, "uptake": 1.0}
    still = replace(
        one, amounts={n: Amount(neutral.get(n, 0.0), *2 * [neutral.get(n, 0.0)]) for n in one.amounts}
    )
    base, same = district.run(), district.run([still])
    for name, draws in base.measures.items():
        np.testing.assert_array_equal(draws, same.measures[name], err_msg=name)


@pytest.mark.parametrize("levers", [*((one,) for one in ONE_OF_EACH), ONE_OF_EACH], ids=lambda ls: ls[0].kind)
def test_accounts_close_under_every_lever(model: WhatIfModel, levers: tuple[Lever, ...]) -> None:
    run = model.run(levers, training_need=False)
    opening = model.inputs.opening.sum(axis=1)[:, :, None]
    flows = {name: run.measures[name].astype(float) for name in FLOWS}
    change = flows["entrants"] + flows["net_inflow"] - sum(flows[cause] for cause in EXITS)
    scale = run.measures["supply"].max()
    parts = sum(run.measures[part].astype(float) for part in INFLOW_PARTS)
    assert np.abs(parts - flows["net_inflow"]).max() < scale * 1e-5
    assert np.abs(run.measures["supply"] - opening - change.cumsum(axis=2)).max() < scale * 1e-5
    items = sum(run.measures[item].astype(float) for item in ITEMS)
    assert np.abs(items - run.measures["gap"]).max() < scale * 1e-5
    gap = run.measures["demand"].astype(float) - run.measures["supply"]
    assert np.abs(gap - run.measures["gap"]).max() < scale * 1e-5
    assert run.measures["supply"].min() >= 0


DIRECTIONS = {
    "heat_pump_pv_low": -1, "heat_pump_pv_mid": 1, "heat_pump_pv_high": 1, "digital_productivity": -1,
    "retirement_age_plus_1": -1, "exit_earlier": 1, "exit_later": -1, "dissolution_minus_5": -1,
    "retention": -1, "immigration_up": -1, "immigration_down": 1, "four_day_week": 1, "plant_closure": 0,
    "returners_up": -1,
    "fewer_masters": 1, "plant_closure_risk": 0, "demography_low": 1, "demography_high": -1,
    "tight_market": 1, "relief": -1,
}  # fmt: skip


NAMED = {
    "heat pumps, low, mid, high": {"heat_pump_pv_low", "heat_pump_pv_mid", "heat_pump_pv_high"},
    "digital productivity": {"digital_productivity"}, "statutory age": {"retirement_age_plus_1"},
    "later and earlier exit": {"exit_later", "exit_earlier"}, "dissolution": {"dissolution_minus_5"},
    "retention": {"retention"}, "immigration": {"immigration_up", "immigration_down"},
    "four-day week": {"four_day_week"}, "a large plant closes": {"plant_closure", "plant_closure_risk"},
    "demography, low and high": {"demography_low", "demography_high"}, "masters": {"fewer_masters"},
}  # fmt: skip
"""What a planner expects to find, and the scenarios that answer it."""


def test_what_a_planner_expects_is_shipped(inputs) -> None:
    for what, names in NAMED.items():
        assert names <= set(inputs.definitions.scenarios), what


def test_every_shipped_scenario_moves_the_gap_where_it_should(district: WhatIfModel, inputs) -> None:
    known = inputs.definitions.scenarios
    assert set(DIRECTIONS) | {"base"} == set(known)
    base = district.run((), [TRADE], [2035], training_need=False).of("gap", TRADE, 2035)
    for name, direction in DIRECTIONS.items():
        levers = combine((part.name, part.levers) for part in expanded([name], known))
        gap = district.run(levers, [TRADE], [2035], training_need=False).of("gap", TRADE, 2035)
        assert np.sign(np.round((gap - base).mean(), 3)) == direction, name


def test_the_plant_acts_on_its_group_with_its_probability(district: WhatIfModel, inputs) -> None:
    known = inputs.definitions.scenarios
    base = district.run((), ["A-20"], [2030], training_need=False).of("supply", "A-20", 2030)
    sure, risk = (
        district.run(known[name].levers, ["A-20"], [2030], training_need=False).of("supply", "A-20", 2030)
        for name in ("plant_closure", "plant_closure_risk")
    )
    assert (sure - base).mean() > 50
    happens = np.abs(risk - base) > 0.5
    assert 0.1 < happens.mean() < 0.35


def test_contributions_of_levers_add_to_the_change(district: WhatIfModel, inputs) -> None:
    known = inputs.definitions.scenarios
    levers = combine((part.name, part.levers) for part in expanded(["tight_market"], known))
    difference = contributions(district, levers, TRADE, 2035)
    assert difference is not None
    assert sum(difference.contributions.values()) == difference.after - difference.before
    parts = district.contributions(levers, TRADE)
    mean = [
        district.run(some, [TRADE], training_need=False).measures["gap"][0].mean(axis=0)
        for some in ((), levers)
    ]
    assert np.abs(sum(parts.values()) - (mean[1] - mean[0])).max() < 0.01


def test_the_mean_agrees_with_the_full_pipeline_under_the_same_override(
    district: WhatIfModel, inputs, settings, trained
) -> None:
    """One per cent more productivity a year: parameters → estimators → random accounts, and as a lever."""
    override = Override("productivity_growth", 0.01, low=0.01, high=0.01)
    parameters = ParameterDraws(
        inputs.definitions.parameters.with_overrides([override]), settings.seed, settings.draws
    )
    assembled = assemble(
        trained[0], inputs.panel, inputs.definitions.codes, inputs.definitions.events, parameters, 2035,
        inputs.as_of.year + 1,
    )  # fmt: skip
    for trade in (TRADE, "A-13"):
        task = next(one for one in assembled.tasks if (one.region, one.trade) == (REGION, trade))
        summary = run_cell(task)
        run = district.run([lever("productivity", 2026, growth=0.01)], [trade])
        for name in ("demand", "supply", "gap"):
            ours = run.measures[name][0, :, : summary.years.size].astype(float)
            error = ours.std(axis=0) / np.sqrt(len(ours))
            assert np.all(np.abs(ours.mean(axis=0) - summary.statistics[name][:, 0]) <= 4 * error + 0.5), name


def test_levers_on_exits_training_and_inflow_agree_with_the_random_account(
    district: WhatIfModel, inputs, settings, trained
) -> None:
    """The same change put into the inputs of the random projection gives the same mean."""
    parameters = inputs.draws(settings)
    assembled = assemble(
        trained[0], inputs.panel, inputs.definitions.codes, inputs.definitions.events, parameters, 2035,
        inputs.as_of.year + 1,
    )  # fmt: skip
    task = next(one for one in assembled.tasks if (one.region, one.trade) == (REGION, TRADE))
    cell = task.inputs
    changed = replace(
        cell,
        hazards={**cell.hazards, "craft_leavers": cell.hazards["craft_leavers"] * 0.5},
        net_inflow_rate=cell.net_inflow_rate + 0.01,
        entrants_contracted=cell.entrants_contracted * 0.9,
        entrants_expected=cell.entrants_expected * 0.9,
    )
    drawn = [
        np.mean(
            [
                project_cell(one, generator_for(seed, "test")).measures["supply"].mean(axis=0)
                for seed in range(40)
            ],
            axis=0,
        )
        for one in (cell, changed)
    ]
    stay = float(district.inputs.stay[district.inputs.trades.index(TRADE)].mean())
    levers = [
        lever("craft_leaving", 2026, change=-0.5), lever("net_inflow", 2026, points=0.01),
        lever("stay", 2026, points=-0.1 * stay),
    ]  # fmt: skip
    mean = [district.run(some, [TRADE]).measures["supply"][0, :, :10].mean(axis=0) for some in ((), levers)]
    assert np.abs((mean[1] - mean[0]) - (drawn[1] - drawn[0])).max() < 0.005 * drawn[0].max()


def test_one_year_later_is_twelve_months_on_every_way(district: WhatIfModel) -> None:
    """The levers read the schedule with the function of the estimator: the law's months plus theirs."""
    from forecast.domain.retirement import retirement_by_way
    from forecast.lever_effects import ExitRates

    inputs = district.inputs
    rates = ExitRates([lever("exit_age", 2026, months=12, share=1)], inputs, inputs.trades.index("A-01"))(4)
    first = int(np.argmax(inputs.ages == 57))
    months = inputs.months[4][:, :, None].astype(float) + 12
    expected = retirement_by_way(inputs.retiring.astype(float), months, inputs.ways.astype(float), first)
    np.testing.assert_allclose(rates.retirements, np.clip(expected * factor(inputs, "A-01"), 0, 1), atol=1e-6)


def factor(inputs, trade: str) -> np.ndarray:
    strain = inputs.strain[inputs.trades.index(trade)][None, :]
    return np.where(inputs.strained[:, None] > 0, strain, 1)


def test_years_after_the_release_are_continued_and_say_so(district: WhatIfModel) -> None:
    run = district.run((), [TRADE])
    assert run.years[-1] == 2040
    assert district.inputs.published_to == 2035
    growth = district.inputs.growth[district.inputs.trades.index(TRADE)]
    pace = np.abs(np.diff(np.log(growth[9:]), axis=0))
    assert np.all(np.diff(pace, axis=0) <= 1e-6), "the trend fades"


def test_the_file_of_a_region_keeps_everything(district: WhatIfModel, release) -> None:
    data = release.read_file(file_name(REGION))
    assert encode(decode(data)) == data


def test_the_signature_for_the_service(district: WhatIfModel) -> None:
    run = what_if(district.inputs, [lever("contracts", change=0.1)], REGION, [2030, 2040])
    trades, draws = len(district.inputs.trades), district.inputs.draws
    assert {draws_of.shape for draws_of in run.measures.values()} == {(trades, draws, 2)}
    with pytest.raises(InputError, match="«BB»"):
        what_if(district.inputs, [], "BB")
    with pytest.raises(InputError, match="2041"):
        what_if(district.inputs, [], REGION, [2041])


@pytest.mark.parametrize("data", [b"", b"{}\n", b"\xff\xfe", b'{"format":"x"}\n', b'{"format":1'])
def test_a_file_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(OperationError, match="Szenarien"):
        decode(data, "what_if/x.bin")
