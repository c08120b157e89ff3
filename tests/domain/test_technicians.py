"""Technicians and industrial masters: who starts passes later or not; places hold all who are under way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecast.domain.technicians import course_entrants, course_places
from forecast.errors import ModelError


def test_the_school_worked_on_paper(case):
    paper = case("paper_technical_school")
    passed = np.array([[float(one) for one in paper["examinations"].values()]])
    success, years = np.array([float(paper["success"])]), paper["course_years"]
    for name, count in (("entrants", course_entrants), ("places", course_places)):
        assert count(passed, success, years)[0].tolist() == [float(one) for one in paper[name].values()], name


@given(
    passed=hnp.arrays(np.float64, (3, 7), elements=st.floats(0, 50)),
    success=st.floats(0.05, 1),
    years=st.integers(1, 4),
)
def test_places_change_by_who_starts_and_who_finishes(passed, success, years):
    share = np.full(3, success)
    entrants, places = course_entrants(passed, share, years), course_places(passed, share, years)
    finishing = passed[:, 1 : places.shape[1]] / success
    np.testing.assert_allclose(
        places[:, 1:], places[:, :-1] + entrants[:, 1:] - finishing, rtol=1e-9, atol=1e-6
    )
    assert np.all(places >= entrants - 1e-9)


def test_wrong_input_is_refused():
    passed = np.ones((1, 3))
    with pytest.raises(ModelError, match="besteht"):
        course_entrants(passed, np.zeros(1), 1)
    with pytest.raises(ModelError, match="Dauer"):
        course_places(passed, np.ones(1), 3)
