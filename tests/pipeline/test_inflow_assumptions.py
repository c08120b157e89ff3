"""Other assumptions on who comes back and who moves, on demand: they move their part and the sum."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecast.assumptions import Assumptions, assumed
from forecast.domain.matrix import ITEMS
from forecast.domain.scenario import Override
from forecast.estimators.inflow_parts import known_inflow
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.sources.definitions import read_definitions
from forecast.what_if import WhatIfModel
from forecast.what_if_inputs import WhatIfInputs
from tests.toy_accounts import toy_inputs

PARTS = {"returners": "returner_rate", "migration": "migration_rate"}


@pytest.fixture(scope="module")
def known(data_root: Path) -> Assumptions:
    return Assumptions(read_definitions(data_root).parameters, {})


@pytest.fixture(scope="module")
def inputs(known: Assumptions) -> WhatIfInputs:
    """Two trades of which 16 in a thousand leave for other work in a year."""
    toy, seed = toy_inputs("XX", trades=("T-1", "T-2"), groups=("shk", "other")), 1
    draws = ParameterDraws(known.parameters, seed, toy.draws)
    people = np.ones((toy.draws, 1))
    rates = [known_inflow(people, 0.016 * people, group, draws) for group in toy.groups]
    return replace(
        toy,
        seed=seed,
        returner_rate=np.stack([rate["returners"] for rate in rates]).astype(np.float32),
        migration_rate=np.stack([rate["migration"] for rate in rates]).astype(np.float32),
    )


@pytest.mark.parametrize(
    ("name", "value", "key", "part", "more"),
    [
        ("return_share", 0.4, {}, "returners", True),
        ("return_share", 0.1, {}, "returners", False),
        ("parental_return_rate", 0.03, {}, "returners", True),
        ("migration_gain", 0.015, {"origin": "abroad"}, "migration", True),
        ("migration_works_here", 0.1, {"origin": "berlin"}, "migration", False),
        ("migration_trade_share", 1.0, {"origin": "abroad"}, "migration", True),
    ],
)
def test_an_assumption_moves_its_part_and_the_sum(known, inputs, name, value, key, part, more) -> None:
    changed = assumed(inputs, known, [Override(name, value, key)])
    moved = getattr(changed, PARTS[part]) - getattr(inputs, PARTS[part])
    assert np.all(moved >= 0 if more else moved <= 0)
    assert np.abs(moved).mean() > 1e-5
    for other, field in PARTS.items():
        if other != part:
            np.testing.assert_array_equal(getattr(changed, field), getattr(inputs, field))
    total = changed.inflow_rate - inputs.inflow_rate
    np.testing.assert_allclose(total, np.broadcast_to(moved[:, None], total.shape), atol=1e-7)
    model = WhatIfModel(inputs, known)
    base, variant = (model.run(some, years=[2026]).measures for some in ((), [Override(name, value, key)]))
    shifts = {item: float(np.abs(variant[item] - base[item]).max()) for item in ITEMS}
    item = f"item_{part}"
    assert shifts[item] > 0.01
    # in its first year nothing else moves, but for newcomers of the last age, who retire at once
    assert max(shift for name, shift in shifts.items() if name != item) < 0.05 * shifts[item]


@pytest.mark.parametrize("name", ["return_share", "parental_return_rate"])
def test_the_value_of_the_release_changes_no_bit(known, inputs, name: str) -> None:
    same = assumed(inputs, known, [Override(name, known.parameters.value(name))])
    for field in (*PARTS.values(), "inflow_rate"):
        np.testing.assert_array_equal(getattr(same, field), getattr(inputs, field))


def test_nobody_comes_back_where_the_shares_are_nought(known, inputs) -> None:
    none = [
        Override("return_share", 0.0, low=0.0, high=0.0),
        Override("parental_return_rate", 0.0, low=0.0, high=0.0),
    ]
    changed = assumed(inputs, known, none)
    assert np.abs(changed.returner_rate).max() < 1e-6
    assert changed.returner_rate.min() >= 0
