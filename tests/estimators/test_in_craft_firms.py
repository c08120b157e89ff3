"""What of demand, supply and gap belongs to craft firms: closes in every draw, never above the whole."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecast.estimators.side_accounts import in_craft_firms

heads = arrays(np.float64, (3, 2), elements=st.floats(0, 1e5))


@given(demand=heads, supply=heads, share=arrays(np.float64, 3, elements=st.floats(0, 1)))
def test_craft_and_the_rest_add_to_the_whole_in_every_draw(
    demand: np.ndarray, supply: np.ndarray, share: np.ndarray
) -> None:
    whole = {"demand": demand, "supply": supply}
    craft, rest = in_craft_firms(whole, share), in_craft_firms(whole, 1 - share)
    np.testing.assert_array_equal(craft["gap_craft"], craft["demand_craft"] - craft["supply_craft"])
    for side in ("demand", "supply"):
        np.testing.assert_allclose(craft[f"{side}_craft"] + rest[f"{side}_craft"], whole[side], atol=1e-6)
        assert (craft[f"{side}_craft"] <= whole[side]).all()


def test_on_paper() -> None:
    # 200 needed and 150 there, two draws of the share: three quarters and one half in craft firms
    whole = {"demand": np.array([[200.0], [200.0]]), "supply": np.array([[150.0], [150.0]])}
    found = in_craft_firms(whole, np.array([0.75, 0.5]))
    assert found["demand_craft"].ravel().tolist() == [150, 100]
    assert found["supply_craft"].ravel().tolist() == [112.5, 75]
    assert found["gap_craft"].ravel().tolist() == [37.5, 25]
