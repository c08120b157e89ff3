"""The verdict on a published fact: inside, or by how much the model misses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.domain.facts import Fact, judge

numbers = st.floats(-1e6, 1e6)


def a_fact(low, high, relation="range"):
    return Fact("x", "", "", "share", "DE", 2023, low, high, relation, True, "s", "", "")


@pytest.mark.parametrize(
    ("relation", "value", "lower", "upper", "inside", "missed"),
    [
        ("range", 0.55, 0.54, 0.56, True, 0),
        ("range", 0.7, 0.58, 0.8, True, 0.1),  # the range reaches what was published, the mean does not
        ("range", 0.7, 0.65, 0.8, False, 0.1),
        ("range", 0.4, 0.3, 0.45, False, -0.1),
        ("at_least", 0.9, 0.8, 0.95, True, 0),
        ("at_least", 0.3, 0.2, 0.45, False, -0.2),
        ("at_most", 0.1, 0.0, 0.2, True, 0),
        ("at_most", 0.8, 0.65, 0.9, False, 0.2),
    ],
)
def test_verdicts_by_hand(relation, value, lower, upper, inside, missed):
    found = judge(a_fact(0.5, 0.6, relation), value, lower, upper)
    assert found.inside is inside
    assert found.missed_by == pytest.approx(missed)
    assert found.exact is (missed == 0)


@given(ends=st.tuples(numbers, numbers), value=numbers, width=st.floats(0, 1e6))
def test_a_value_that_agrees_is_inside(ends, value, width):
    low, high = sorted(ends)
    for relation in ("range", "at_least", "at_most"):
        found = judge(a_fact(low, high, relation), value, value - width, value + width)
        assert found.inside or not found.exact
        assert found.exact == (found.missed_by == 0)
