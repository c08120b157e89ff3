"""A difference split into steps: the parts add up in any order, before and after rounding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.domain.attribution import INTERACTION, attribute, whole_difference
from forecast.errors import ModelError

numbers = st.floats(-1e6, 1e6, allow_nan=False, width=32)
steps = st.dictionaries(st.sampled_from("abcdef"), numbers, max_size=6)


@given(numbers, numbers, steps)
def test_contributions_sum_to_the_difference(before: float, after: float, alone: dict[str, float]) -> None:
    parts = attribute(np.array(before), np.array(after), {name: np.array(v) for name, v in alone.items()})
    assert float(sum(parts.values())) == pytest.approx(after - before, abs=1e-6)
    whole = whole_difference(before, after, {name: float(part) for name, part in parts.items()})
    assert sum(whole.contributions.values()) == whole.after - whole.before
    assert (whole.before, whole.after) == (int(np.rint(before)), int(np.rint(after)))


@given(numbers, numbers, steps, st.randoms())
def test_the_order_of_the_steps_does_not_matter(before: float, after: float, alone, random) -> None:
    shuffled = list(alone.items())
    random.shuffle(shuffled)
    one = attribute(np.array(before), np.array(after), {n: np.array(v) for n, v in alone.items()})
    other = attribute(np.array(before), np.array(after), {n: np.array(v) for n, v in shuffled})
    assert {name: float(part) for name, part in one.items()} == pytest.approx(
        {name: float(part) for name, part in other.items()}, abs=1e-6
    )


@given(numbers, steps)
def test_steps_move_by_less_than_one_when_rounded(before: float, alone: dict[str, float]) -> None:
    parts = {name: value / 7 for name, value in alone.items()} | {INTERACTION: 0.25}
    whole = whole_difference(before, before + sum(parts.values()), parts)
    for name, value in parts.items():
        if name != INTERACTION:
            assert abs(whole.contributions[name] - value) < 1
    assert abs(whole.contributions[INTERACTION] - parts[INTERACTION]) < 3


def test_two_steps_that_meet_leave_an_interaction() -> None:
    """A demand of 100 one tenth and one fifth higher: 10 and 20 alone, 2 together."""
    parts = attribute(np.array(100.0), np.array(132.0), {"a": np.array(110.0), "b": np.array(120.0)})
    assert {name: float(part) for name, part in parts.items()} == {"a": 10, "b": 20, INTERACTION: 2}


def test_wrong_input_is_refused() -> None:
    with pytest.raises(ModelError):
        attribute(np.array(1.0), np.array(2.0), {INTERACTION: np.array(1.0)})
    with pytest.raises(ModelError):
        attribute(np.zeros(2), np.zeros(2), {"a": np.zeros(3)})
    with pytest.raises(ModelError):
        whole_difference(1, 2, {"a": 1.0})
