"""The stay after the examination: nobody is lost, and the first year enters the workforce account."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecast.domain.staying import (
    LEFT_CRAFT,
    ONE_YEAR,
    OTHER_FIRM,
    PLACES,
    TRAINING_FIRM,
    Staying,
    entering_share,
    stay_curve,
)
from forecast.errors import ModelError

shares = st.floats(0, 1)
DRAWS = 3


def of(firm, in_craft, away, leaving) -> Staying:
    return Staying(np.array([firm], float), *(np.array([one], float) for one in (in_craft, away, leaving)))


def test_a_hundred_journeymen_on_paper(case) -> None:
    paper = case("stay_paper")
    everybody = paper["graduates"]
    staying = of(
        [one / everybody for one in paper["with_training_firm"]],
        paper["half_of_changers_stay_in_craft"],
        paper["fifth_of_them_elsewhere"],
        paper["one_of_four_leaves_the_firm"],
    )
    curve = stay_curve(staying, np.array([paper["leave_the_craft"]]))
    assert curve.years.tolist() == paper["years_since_exam"]
    for place in PLACES:
        there = [float(everybody * curve.at(place, years)[0]) for years in paper["years_since_exam"]]
        assert there == pytest.approx(paper[place], abs=1e-9), place
    assert np.sum([paper[place] for place in PLACES], axis=0).tolist() == pytest.approx([everybody] * 4)
    entering = entering_share(staying.firm[:, 1], staying.changers_in_craft, staying.changers_away)
    assert everybody * entering[0] == pytest.approx(paper["entrants"])


@given(
    firm=hnp.arrays(float, (DRAWS, 2), elements=shares),
    rest=hnp.arrays(float, (3, DRAWS), elements=shares),
    leaving=hnp.arrays(float, (DRAWS, 5), elements=shares),
)
def test_nobody_is_lost_and_nobody_comes_back(firm, rest, leaving) -> None:
    staying = Staying(np.sort(firm, axis=1)[:, ::-1], *rest)
    curve = stay_curve(staying, leaving)
    total = sum(curve.at(place, 2.0) for place in PLACES)
    np.testing.assert_allclose(total, 1)
    np.testing.assert_allclose(curve.shares.sum(axis=-1), 1)
    assert curve.shares.min() >= -1e-12
    firm_over_time, gone = (curve.shares[..., PLACES.index(one)] for one in (TRAINING_FIRM, LEFT_CRAFT))
    assert np.all(np.diff(firm_over_time, axis=1) <= 1e-12)
    assert np.all(np.diff(gone[:, 1:], axis=1) >= -1e-12)
    entering = entering_share(staying.firm[:, 1], staying.changers_in_craft, staying.changers_away)
    np.testing.assert_allclose(
        entering, curve.at(TRAINING_FIRM, ONE_YEAR) + curve.at(OTHER_FIRM, ONE_YEAR), atol=1e-12
    )


@given(hazard=st.floats(0, 0.5), first=st.floats(0.1, 1), years=st.integers(1, 12))
def test_the_curve_after_a_year_is_the_leaving_of_the_account(hazard, first, years) -> None:
    """Entrants thinned by the account's hazard are the curve: counted once, not twice."""
    curve = stay_curve(of([first, first], 0.5, 0.0, 0.3), np.full((1, years), hazard))
    in_account = curve.in_craft(ONE_YEAR)[0] * (1 - hazard) ** years
    assert curve.in_craft(ONE_YEAR + years)[0] == pytest.approx(in_account)


def test_wrong_input_is_named() -> None:
    with pytest.raises(ModelError, match="nach sechs"):
        of([0.5, 0.6], 0.5, 0.2, 0.2)
    with pytest.raises(ModelError, match="zwischen 0 und 1") as caught:
        of([0.6, 0.5], 0.5, 1.2, 0.2)
    assert caught.value.where == "changers_away"
    with pytest.raises(ModelError, match="Form"):
        Staying(np.zeros((2, 2)), np.zeros(1), np.zeros(1), np.zeros(1))
    fine = of([0.6, 0.5], 0.5, 0.2, 0.2)
    with pytest.raises(ModelError, match="Abgangsrate"):
        stay_curve(fine, np.array([[1.5]]))
    curve = stay_curve(fine, np.array([[0.1]]))
    with pytest.raises(ModelError, match="diesen Punkt"):
        curve.at(TRAINING_FIRM, 3.0)
    with pytest.raises(ModelError, match="diesen Punkt"):
        curve.at("moon", 1.0)
