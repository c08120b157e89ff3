"""An account closes or does not exist."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecast.domain.account import Account, float_tolerance
from forecast.errors import ModelError

persons = hnp.arrays(np.int64, (3, 4), elements=st.integers(0, 1_000))


@given(opening=persons, joined=persons, came=persons, left=persons)
def test_closing_follows_from_the_identity_or_is_refused(opening, joined, came, left):
    by_hand = opening + joined + came - left
    if by_hand.min() < 0:
        with pytest.raises(ModelError, match="Endbestand ist negativ"):
            Account.close("Test", opening, {"joined": joined, "came": came}, {"left": left})
        return
    account = Account.close("Test", opening, {"joined": joined, "came": came}, {"left": left})
    np.testing.assert_array_equal(account.closing, by_hand)
    assert not account.residual.any()


@given(opening=persons, error=st.integers(1, 5), draw=st.integers(0, 2), age=st.integers(0, 3))
def test_one_person_lost_in_one_draw_is_noticed(opening, error, draw, age):
    closing = opening.copy()
    closing[draw, age] += error
    with pytest.raises(ModelError, match="geht nicht auf") as caught:
        Account("Gesellen", opening, {}, {}, closing)
    assert caught.value.where == "Gesellen"
    assert str(error) in caught.value.rows[0]


def test_tolerance_admits_rounding_but_not_more():
    opening, closing = np.array([10.0]), np.array([10.4])
    assert Account("Test", opening, {}, {}, closing, tolerance=0.5).residual[0] == pytest.approx(-0.4)
    with pytest.raises(ModelError, match="geht nicht auf"):
        Account("Test", opening, {}, {}, closing, tolerance=0.3)


def test_a_net_flow_may_be_negative_a_stock_may_not():
    account = Account.close("Test", np.array([5]), {"net_inflow": np.array([-2])}, {})
    assert account.closing.tolist() == [3]
    with pytest.raises(ModelError, match="Anfangsbestand ist negativ"):
        Account.close("Test", np.array([-1]), {"net_inflow": np.array([5])}, {})


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_no_number_is_refused(bad):
    with pytest.raises(ModelError, match="keine Zahl"):
        Account.close("Test", np.array([bad, 1.0]), {}, {})
    with pytest.raises(ModelError):
        Account.close("Test", np.array([2.0, 1.0]), {"came": np.array([0.0, bad])}, {})


def test_flows_of_another_shape_are_refused_not_broadcast():
    with pytest.raises(ModelError, match="verschiedene Formen"):
        Account.close("Test", np.ones((2, 3)), {"came": np.ones(3)}, {})
    with pytest.raises(ModelError, match="verschiedene Formen"):
        Account("Test", np.ones((2, 3)), {}, {}, np.ones((2, 1)))


def test_an_account_cannot_be_changed_afterwards():
    opening = np.array([4])
    account = Account.close("Test", opening, {"came": np.array([1])}, {})
    with pytest.raises(ValueError, match="read-only"):
        account.closing[0] = 7
    with pytest.raises(TypeError):
        account.inflows["came"] = np.array([2])  # type: ignore[index]
    opening[0] = 5  # the caller's own array stays the caller's
    assert opening[0] == 5


def test_tolerance_of_floats_grows_with_the_numbers_and_stays_tiny():
    small, large = float_tolerance(np.array([0.1])), float_tolerance(np.array([1e9]), np.array([1.0]))
    assert 0 < small < large < 1e-5
