"""Owners, masters, groups and craft firms in questions «what if»: they answer levers, or say they do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecast.assumptions import assumptions_of
from forecast.domain.levers import Amount, Lever
from forecast.domain.scenario import Override
from forecast.errors import InputError
from forecast.what_if import WhatIf, WhatIfModel
from forecast.what_if_answer import Answers
from forecast.what_if_firms import FIRM_MEASURES
from forecast.what_if_inputs import decode, encode
from forecast.what_if_rows import rows_of
from tests.toy_accounts import HORIZON, TRADES, real_parameters, toy_inputs

DATA = Path(__file__).parents[2] / "data"
GROUPS = [
    {"code": "GRP-A", "members": [TRADES[0], TRADES[1]]},
    {"code": "GRP-ALL", "members": list(TRADES)},
    {"code": "GRP-NONE", "members": ["X-1"]},
]


def lever(kind: str, year: int = 2027, trades: tuple[str, ...] = ("*",), **numbers: float) -> Lever:
    amounts = {name: Amount(value, value, value) for name, value in numbers.items()}
    return Lever(kind, kind, amounts, trades, ("*",), year)


@pytest.fixture(scope="module")
def model() -> WhatIfModel:
    catalogue = {"parameters": real_parameters(DATA, ()), "trade_groups": GROUPS}
    return WhatIfModel(toy_inputs("BB"), assumptions_of(catalogue))


def mean(run: WhatIf, measure: str, trade: str, year: int) -> float:
    return float(run.of(measure, trade, year).astype(float).mean())


def test_the_file_keeps_owners_and_masters() -> None:
    inputs = toy_inputs("BB")
    again = decode(encode(inputs))
    assert again.firms is not None
    assert encode(again) == encode(inputs)
    bare = replace(inputs, firms=None)
    assert decode(encode(bare)).firms is None


@pytest.mark.parametrize("kind", ["masters", "owner_exits", "foundings"])
def test_a_lever_on_firms_that_moves_nothing_changes_no_number(model: WhatIfModel, kind: str) -> None:
    base, same = model.run(), model.run([lever(kind, change=0)])
    for name, draws in base.measures.items():
        scale = max(1.0, float(np.nanmax(np.abs(draws))))
        np.testing.assert_allclose(draws, same.measures[name], atol=scale * 1e-6, err_msg=name)


def test_without_levers_owners_and_masters_are_the_published_draws(model: WhatIfModel) -> None:
    firms, run = model.inputs.firms, model.run()
    assert firms is not None
    np.testing.assert_array_equal(
        run.measures["owners"][: len(firms.places), :, : firms.years], firms.owner_draws[:, 6].swapaxes(1, 2)
    )
    np.testing.assert_array_equal(
        run.measures["masters"][: len(firms.places), :, : firms.years],
        firms.master_draws[:, 0].swapaxes(1, 2),
    )
    assert np.isnan(run.measures["owners"][-1]).all(), "the last trade has no businesses of its own"
    beyond = run.years > HORIZON
    assert all(np.isnan(run.measures[name][:, :, beyond]).all() for name in FIRM_MEASURES)


def test_fewer_masters_find_fewer_successors_and_more_firms_close(model: WhatIfModel) -> None:
    trade = TRADES[0]
    base, fewer = model.run(), model.run([lever("masters", change=-0.5)])

    def moved(measure: str, year: int = HORIZON, row: str = trade) -> float:
        return mean(fewer, measure, row, year) - mean(base, measure, row, year)

    for measure in ("masters", "master_examinations", "possible_successors", "craft_handovers", "owners"):
        assert moved(measure) < 0, measure
    for measure in ("craft_closures", "jobs_lost_closures", "gap", "master_gap"):
        assert moved(measure) > 0, measure
    assert moved("supply", 2040) < 0, "what is lost stays lost after the last year of the release"
    assert moved("entrants", 2040) < 0, "places for apprentices go with the firms"
    assert moved("gap", HORIZON, TRADES[-1]) == 0, "no businesses, no closures"
    assert moved("masters", 2026) == 0, "no lever acts in 2026"


def test_levers_on_training_and_exits_move_masters_and_say_nothing_of_closures(model: WhatIfModel) -> None:
    trade = TRADES[0]
    base = model.run((), [trade])
    more = model.run([lever("contracts", change=0.5)], [trade])
    assert mean(more, "masters", trade, HORIZON) > mean(base, "masters", trade, HORIZON)
    assert mean(more, "craft_handovers", trade, HORIZON) > mean(base, "craft_handovers", trade, HORIZON)
    np.testing.assert_allclose(
        more.measures["jobs_lost_closures"] / more.measures["supply"],
        base.measures["jobs_lost_closures"] / base.measures["supply"], rtol=0.2,
    )  # fmt: skip
    later = model.run([lever("exit_age", months=24, share=1)], [trade])
    assert mean(later, "masters", trade, HORIZON) > mean(base, "masters", trade, HORIZON)


def test_more_successes_are_an_assumption_that_comes_back_to_the_workforce(model: WhatIfModel) -> None:
    trade = TRADES[0]
    base = model.run((), [trade])
    better = model.run([Override("success_share", 0.95, low=0.95, high=0.95)], [trade])
    assert mean(better, "craft_handovers", trade, 2030) > mean(base, "craft_handovers", trade, 2030)
    assert mean(better, "supply", trade, HORIZON) > mean(base, "supply", trade, HORIZON)


def test_without_accounts_of_firms_nothing_is_silently_left_out() -> None:
    catalogue = {"parameters": real_parameters(DATA, ())}
    model = WhatIfModel(replace(toy_inputs("BB"), firms=None), assumptions_of(catalogue))
    assert set(FIRM_MEASURES).isdisjoint(model.run().measures)
    for change in (lever("masters", change=0.1), Override("success_share", 0.9)):
        with pytest.raises(InputError, match="Betriebe und Meister"):
            model.run([change])


def test_rows_are_trades_and_groups_that_hold_any(model: WhatIfModel) -> None:
    assert tuple(model.rows) == (*TRADES, "GRP-A", "GRP-ALL")
    assert rows_of({}, ["A"]) == {"A": ("A",)}
    with pytest.raises(InputError, match="GRP-NONE"):
        model.run((), ["GRP-NONE"])


def test_a_group_is_the_sum_of_its_members_in_every_draw(model: WhatIfModel) -> None:
    levers = [lever("craft_leaving", change=-0.3), lever("masters", change=-0.3)]
    group, members = model.run(levers, ["GRP-A", TRADES[2]]), model.run(levers, TRADES[:2])
    for name, draws in members.measures.items():
        total = np.where(np.isnan(draws).all(axis=0), np.nan, np.nansum(draws, axis=0))
        np.testing.assert_allclose(group.measures[name][0], total, rtol=1e-4, atol=1e-2, err_msg=name)
    mean_gap = model.mean_gap(levers, ["GRP-A"])
    np.testing.assert_allclose(mean_gap[0], model.mean_gap(levers, TRADES[:2]).sum(axis=0), rtol=1e-9)


def test_in_craft_firms_the_gap_is_the_share_of_the_trade(model: WhatIfModel) -> None:
    run = model.run([lever("demand_step", change=0.1, probability=1)])
    demand, supply, gap = (run.measures[f"{side}_craft"] for side in ("demand", "supply", "gap"))
    np.testing.assert_allclose(demand - supply, gap, rtol=1e-5, atol=1e-3)
    share = demand / run.measures["demand"]
    assert np.all((share > 0) & (share <= 1))
    np.testing.assert_allclose(share, share[:, :, :1] * np.ones(share.shape[2]), rtol=1e-5)


def test_an_answer_holds_groups_and_adds_in_whole_numbers(model: WhatIfModel) -> None:
    measures = ("demand", "supply", "gap", "demand_craft", "supply_craft", "gap_craft", "masters", "owners")
    rows, years = (*TRADES, "GRP-ALL"), (2026, HORIZON, 2038)
    nothing = np.full((len(measures), len(rows), len(years), 7), np.nan)
    levers = [lever("masters", change=-0.4), lever("stay", points=0.05)]
    found = Answers(model).figures(levers, rows, years, measures, nothing)
    for numbers in (found.base, found.variant, found.difference):
        for at in (0, 3):
            np.testing.assert_array_equal(
                numbers[at, ..., 0] - numbers[at + 1, ..., 0], numbers[at + 2, ..., 0]
            )
    assert found.acting.all()
    for row in range(len(rows)):
        for column in range(len(years)):
            parts = sum(part[row, column] for part in found.contributions.values())
            assert parts == found.difference[2, row, column, 0]
    assert np.isnan(found.variant[6, :, 2]).all(), "masters end with the release"


@pytest.mark.parametrize("kind", ["craft_leaving", "stay", "returners", "exit_age"])
def test_a_trade_asked_for_alone_starts_from_the_very_base_of_all(model: WhatIfModel, kind: str) -> None:
    """Rolled alone or beside others, a trade has the same bits: before the lever acts nothing moves."""
    numbers = {"craft_leaving": {"change": -0.5}, "stay": {"points": 0.1}, "returners": {"change": 0.5},
               "exit_age": {"months": 12.0, "share": 1.0}}[kind]  # fmt: skip
    model.run()
    for trade in TRADES:
        base = model.run((), [trade])
        later = model.run([lever(kind, 2036, **numbers)], [trade])
        before = base.years < 2036
        for name in ("supply", "gap", "deaths", "retirements", "craft_leavers", "net_inflow"):
            np.testing.assert_array_equal(
                base.measures[name][:, :, before], later.measures[name][:, :, before], err_msg=name
            )
