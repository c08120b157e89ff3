"""Whole numbers that add up: each moves by less than one, whole ones stay, nothing is lost on the way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecast.errors import ModelError
from forecast.stats.whole_numbers import running_whole, share_out

NUMBERS = st.floats(-50, 50).map(lambda number: round(number, 4))


@given(arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 4)), elements=NUMBERS))
def test_shares_add_up_move_by_less_than_one_and_whole_ones_stay(parts: np.ndarray) -> None:
    totals = running_whole(parts.sum(axis=0), np.zeros(parts.shape[1]))
    carry = np.random.default_rng(1).uniform(-1, 1, parts.shape)
    found = share_out(parts, totals, carry)
    assert (found.sum(axis=0) == totals).all()
    assert (np.abs(found - parts) < 1).all()
    assert (found[parts == np.rint(parts)] == parts[parts == np.rint(parts)]).all()
    assert (found[parts >= 0] >= 0).all(), "who is not below nought does not fall below it"


@given(arrays(np.float64, st.integers(1, 80), elements=NUMBERS))
def test_a_sequence_stays_within_one_and_a_half_of_its_sum(numbers: np.ndarray) -> None:
    carry = np.zeros(1)
    shown = []
    for number in numbers:
        whole = running_whole(np.array([number]), carry)
        assert abs(whole[0] - number) < 1
        carry = carry + number - whole
        shown.append(whole[0])
        assert abs(carry[0]) <= 1.5 + 1e-4
    assert abs(sum(shown) - numbers.sum()) <= 1.5 + 1e-4


def test_small_numbers_do_not_vanish() -> None:
    """Eighty times 0.4: rounded one by one they are nothing, one after the other they are about 32."""
    carry, shown = np.zeros(1), 0.0
    for _ in range(80):
        whole = running_whole(np.array([0.4]), carry)
        carry, shown = carry + 0.4 - whole, shown + float(whole[0])
    assert abs(shown - 32) <= 1.5
    assert np.rint(np.full(80, 0.4)).sum() == 0


def test_who_was_cut_off_before_is_rounded_up_now() -> None:
    parts, totals = np.array([[1.5], [1.5], [2.0]]), np.array([5.0])
    assert share_out(parts, totals, np.zeros((3, 1)))[:, 0].tolist() == [2, 1, 2]
    assert share_out(parts, totals, np.array([[0.0], [0.5], [9.0]]))[:, 0].tolist() == [1, 2, 2]


def test_most_numbers_go_to_the_nearest() -> None:
    numbers = np.random.default_rng(3).gamma(0.5, 3, 4000)
    carry, nearest = np.zeros(1), 0
    for number in numbers:
        whole = running_whole(np.array([number]), carry)
        carry, nearest = carry + number - whole, nearest + int(whole[0] == np.rint(number))
    assert nearest > 0.75 * numbers.size


def test_a_total_far_from_its_parts_is_refused() -> None:
    with pytest.raises(ModelError, match="auf ihre Summen runden"):
        share_out(np.array([[1.5], [1.5]]), np.array([5.0]), np.zeros((2, 1)))
