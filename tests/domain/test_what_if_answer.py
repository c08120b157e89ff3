"""The numbers of an answer: the same statistics as elsewhere, the same gap as the whole run."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.domain.levers import Amount, Lever
from forecast.stats.draws import summarise
from forecast.what_if import WhatIfModel
from forecast.what_if_answer import Answers, summary
from forecast.what_if_inputs import decode, encode, years_of
from tests.toy_accounts import toy_inputs


def lever(kind: str, **numbers: float) -> Lever:
    amounts = {name: Amount(value, value, value) for name, value in numbers.items()}
    return Lever(kind, kind, amounts, ("*",), ("*",), 2027)


@pytest.mark.parametrize("draws", [1, 2, 39, 400])
def test_the_fast_summary_is_the_summary(rng: np.random.Generator, draws: int) -> None:
    values = rng.gamma(0.3, 50, (5, draws)).astype(np.float32)
    exact = summarise(values.astype(np.float64), axis=1)
    np.testing.assert_allclose(summary(values), exact, rtol=1e-12)


def test_the_mean_gap_is_that_of_the_whole_run() -> None:
    model = WhatIfModel(toy_inputs("BB"))
    levers = [
        lever("demand_step", change=0.2, probability=1), lever("craft_leaving", change=-0.5),
        lever("contracts", change=0.3),
    ]  # fmt: skip
    trades = model.inputs.trades
    for some in ([], levers[:1], levers[1:], levers):
        whole = model.run(some, trades, [2026, 2034]).measures["gap"].mean(axis=1, dtype=np.float64)
        np.testing.assert_allclose(model.mean_gap(some, trades, [2026, 2034]), whole, atol=1e-2)


def test_a_run_of_some_measures_has_the_numbers_of_all() -> None:
    model = WhatIfModel(toy_inputs("BB"))
    some = model.run([lever("stay", points=0.1)], training_need=False, measures=("supply", "deaths"))
    every = model.run([lever("stay", points=0.1)])
    assert set(some.measures) == {"supply", "deaths"}
    for name, draws in some.measures.items():
        np.testing.assert_array_equal(draws, every.measures[name])


def test_a_view_of_the_file_is_read_like_its_bytes() -> None:
    inputs = toy_inputs("BB")
    data = encode(inputs)
    assert years_of(memoryview(data)) == tuple(inputs.years.tolist())
    np.testing.assert_array_equal(decode(memoryview(data)).opening, inputs.opening)


@pytest.mark.parametrize("asked", [("returners", "change", 0.7), ("migration", "points", -0.004), None])
def test_the_parts_of_the_inflow_shown_add_to_it_in_whole_persons(asked) -> None:
    model = WhatIfModel(toy_inputs("BB"))
    kind, name, value = asked or ("dissolution", "points", -0.05)
    measures, years = ("net_inflow", "returners", "migration", "residual_inflow"), (2026, 2029, 2034)
    nothing = np.full((len(measures), len(model.inputs.trades), len(years), 7), np.nan)
    found = Answers(model).figures(
        [lever(kind, **{name: value})], model.inputs.trades, years, measures, nothing
    )
    for side in (found.base, found.variant, found.difference):
        net, *parts = side[..., 0]
        np.testing.assert_array_equal(sum(parts), net)
        assert np.all(side[..., 1] <= side[..., 0])
        assert np.all(side[..., 0] <= side[..., 2])
    moved = {name: np.abs(part).max() for name, part in zip(measures, found.difference[..., 0], strict=True)}
    if asked is not None:
        assert moved["net_inflow"] > 0
        assert moved[kind] > moved["residual_inflow"]


@pytest.mark.parametrize("offset", [0.0, 0.5, 1.0])
def test_a_shorter_week_stands_side_by_side_in_heads_full_time_and_hours(offset: float) -> None:
    model = WhatIfModel(toy_inputs("BB"))
    week = lever("working_time", hours_before=40, hours_after=32, offset=offset, uptake=1)
    units = ("", "_fte", "_hours")
    measures = [f"{side}{unit}" for unit in units for side in ("demand", "supply", "gap")]
    trades, years = model.inputs.trades, (2026, 2030, 2038)
    published = np.full((len(measures), len(trades), len(years), 7), np.nan)
    found = Answers(model).figures([week], trades, years, measures, published, explained=False)
    for numbers in (found.base, found.variant, found.difference):
        for at in range(len(units)):
            demand, supply, gap = numbers[3 * at : 3 * at + 3, ..., 0]
            np.testing.assert_array_equal(demand - supply, gap)
    moved = dict(zip(measures, found.difference[..., 1:, 0], strict=True))
    assert np.all(found.difference[..., 0, 0] == 0), "no lever acts in 2026"
    assert np.all(moved["supply"] == 0), "nobody comes or goes"
    assert np.all(moved["supply_fte"] < 0)
    assert np.all(moved["supply_hours"] < 0)
    assert np.all(moved["demand"] > 0) == (offset < 1), "what output makes good needs no heads"
    run = model.run([week], years=[2030])
    work = run.measures["supply_fte"] / model.run((), years=[2030]).measures["supply_fte"]
    np.testing.assert_allclose(work, 32 / 40, rtol=1e-5)
