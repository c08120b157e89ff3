"""The numbers of an answer: the same statistics as elsewhere, the same gap as the whole run."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.domain.levers import Amount, Lever
from forecast.stats.draws import summarise
from forecast.what_if import WhatIfModel
from forecast.what_if_answer import summary
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
