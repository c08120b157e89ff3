"""Supply for demand in the year in which today's starter finishes, in five classes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecast.domain.outlook import CLASSES, class_of, class_probabilities, finish_year, supply_ratio
from forecast.errors import ModelError

LIMITS = np.array([0.85, 1.0, 1.05, 1.15])


def test_outlook_worked_on_paper(case, same_as_printed):
    paper = case("outlook")
    assert finish_year(paper["start"], paper["training_years"]) == paper["finish"]
    supply, demand = (np.array([[row[at]] for row in paper["draws"]], float) for at in (0, 1))
    ratio = supply_ratio(supply, demand)
    same_as_printed(ratio[:, 0], [row[2] for row in paper["draws"]])
    limits = np.array([float(text) for text in paper["limits"]])
    assert [CLASSES[at] for at in class_of(ratio[:, 0], limits)] == [row[3] for row in paper["draws"]]
    shares = dict(zip(CLASSES, class_probabilities(ratio, limits)[:, 0], strict=True))
    for name, text in paper["probabilities"].items():
        same_as_printed(shares[name], text)


@given(ratio=hnp.arrays(np.float64, (20, 3), elements=st.floats(0, 3)))
def test_every_draw_is_in_one_class(ratio):
    shares = class_probabilities(ratio, LIMITS)
    np.testing.assert_allclose(shares.sum(axis=0), 1)
    assert np.all(np.diff(class_of(np.sort(ratio, axis=0), LIMITS), axis=0) >= 0)


def test_nobody_wanted_or_limits_out_of_order_are_refused():
    with pytest.raises(ModelError, match="ohne Bedarf"):
        supply_ratio(np.ones((1, 1)), np.zeros((1, 1)))
    with pytest.raises(ModelError, match="Ampel"):
        class_of(np.ones(1), LIMITS[::-1])
    with pytest.raises(ModelError, match="Ampel"):
        class_of(np.ones(1), LIMITS[:3])
