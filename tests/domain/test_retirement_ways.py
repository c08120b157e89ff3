"""Three ways into retirement: the law moves each by its own months, and their shares add to the whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecast.domain.retirement import moved_rates, retirement_by_way
from forecast.errors import ModelError

SCHEDULE = np.array([[0.0], [0.1], [0.2], [0.4], [0.8]])  # 61 … 65, the schedule begins with 62


def months(*by_age: float) -> np.ndarray:
    return np.array(by_age)[:, None]


def test_rates_move_by_months_between_ages() -> None:
    moved = moved_rates(SCHEDULE, months(12, 0, 6, 3, 24), first=1)
    # 61: before the schedule; 62 as it is; 63 − ½; 64 − ¼; 65 − 2 = as at 63
    np.testing.assert_allclose(moved[:, 0], [0, 0.1, 0.15, 0.35, 0.2])
    earlier = moved_rates(SCHEDULE, months(-12, -6, -6, -24, -12), first=1)
    np.testing.assert_allclose(earlier[:, 0], [0, 0.15, 0.3, 0.8, 0.8])
    held = moved_rates(SCHEDULE, months(0, 36, 36, 36, 36), first=1)
    np.testing.assert_allclose(held[:, 0], [0, 0.1, 0.1, 0.1, 0.1])  # nobody reads below the first age


def test_months_of_every_draw_and_rows_from_the_middle() -> None:
    two = np.hstack([SCHEDULE, SCHEDULE / 2])
    by_draw = moved_rates(two, np.tile([0.0, 12.0], (3, 1)), first=1, start=2)
    np.testing.assert_allclose(by_draw, [[0.2, 0.05], [0.4, 0.1], [0.8, 0.2]])


def test_three_ways_by_hand() -> None:
    # Of eight people aged 64 two wait a year longer, two go as ever, four half a year longer:
    # 2·0.2 + 2·0.4 + 4·0.3 = 2.4 of eight
    ways = np.stack([months(*[12] * 5), months(*[0] * 5), months(*[6] * 5)])
    mixed = retirement_by_way(SCHEDULE, ways, np.array([[0.25], [0.25], [0.5]]), first=1)
    assert mixed[3, 0] == pytest.approx(2.4 / 8)


def test_shares_that_are_no_whole_are_refused() -> None:
    ways = np.zeros((3, 5, 1))
    with pytest.raises(ModelError, match="Wege in den Ruhestand"):
        retirement_by_way(SCHEDULE, ways, np.array([[0.5], [0.5], [0.5]]), first=1)
    with pytest.raises(ModelError, match="Wege in den Ruhestand"):
        retirement_by_way(SCHEDULE, ways, np.array([[0.7], [-0.1], [0.4]]), first=1)


@given(
    rates=hnp.arrays(float, (8, 2), elements=st.floats(0, 1)),
    shares=hnp.arrays(float, (3, 2), elements=st.floats(0.01, 1)),
    law=hnp.arrays(float, (3, 8), elements=st.floats(-24, 24)),
    first=st.integers(0, 7),
)
def test_a_mixture_of_ways_stays_a_probability(rates, shares, law, first) -> None:
    rates[:first] = 0
    weights = shares / shares.sum(axis=0)
    mixed = retirement_by_way(rates, law[:, :, None], weights, first)
    assert np.all((mixed >= -1e-12) & (mixed <= rates.max() + 1e-9))
    assert not mixed[:first].any()
    same = retirement_by_way(rates, np.zeros((3, 8, 1)), weights, first)
    np.testing.assert_allclose(same, rates, atol=1e-12)  # the law as it was: the schedule as it was


@given(later=st.floats(0, 36), before=st.floats(-12, 36))
def test_a_later_age_never_raises_retirement(later, before) -> None:
    rates = (np.linspace(0, 0.9, 10) ** 2)[:, None]
    few, many = (moved_rates(rates, np.full((10, 1), m), first=0) for m in (before, before + later))
    assert np.all(many <= few + 1e-12)
