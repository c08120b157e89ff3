"""What small series say of the spread of larger ones."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.estimators.panels import learn_panel, panel_quantiles
from forecast.stats.class_variance import by_size, mean_size

EDGES = (3.0, 30.0)
CLASSES = np.array([0, 0, 2])


def test_a_small_series_lends_its_excess_not_its_ratio() -> None:
    """Two series of size 2 with σ² = 0.6, one of size 200 with 0.01; small = 20, weight 2."""
    relative, size = np.array([0.6, 0.6, 0.01]), np.array([2.0, 2.0, 200.0])
    plain = by_size(relative, CLASSES, EDGES, 2.0)
    assert plain[2] == pytest.approx(0.01 / 3 + 0.6 * 2 / 3)
    found = by_size(relative, CLASSES, EDGES, 2.0, size=size, small=20.0)
    assert found[0] == pytest.approx(0.6)  # of its own size it says what it says
    assert found[1] == pytest.approx(0.6 * 2 / 3)  # nobody is there: the lower limit of the class counts
    assert found[2] == pytest.approx(0.01 / 3 + 0.06 * 2 / 3)  # 0.6·2/20


def test_series_of_one_size_lend_everything() -> None:
    relative, size = np.array([0.5, 0.2, 0.4]), np.array([40.0, 50.0, 60.0])
    same = np.full(3, 2)
    assert by_size(relative, same, EDGES, 2.0, size=size, small=30.0)[2] == pytest.approx(0.4)


def test_mean_size_counts_where_an_error_is_known() -> None:
    errors, size = np.array([[1.0, np.nan, 2.0], [np.nan] * 3]), np.array([[4.0, 9.0, 8.0], [5.0] * 3])
    assert mean_size(errors, size).tolist() == [6.0, 0.0]


def test_a_calm_series_beside_two_of_hardly_any_cases_keeps_a_sober_range() -> None:
    """Once 1427 five years ahead, between 0 and 10,777: two neighbours go from 0 to 3 and back."""
    grid = np.array([[315.0, 276, 255, 243, 273, 249], [0, 3, 0, 3, 0, 3], [3, 0, 3, 0, 0, 0]])
    first = np.full(3, 2019)
    found = panel_quantiles(learn_panel((grid, first), 5), grid, first, 5)
    assert (found.mean[0] < 400).all()
    assert found.quantiles[0, 0, -2] < 500
    assert found.quantiles[0, 4, -1] < 2000
