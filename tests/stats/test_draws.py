"""Draws depend on seed and name only; summaries are ordered and contain their mean."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecast.stats.draws import generator_for, quantiles_of, stratify, summarise, uniforms


def test_same_name_same_numbers_whatever_was_drawn_before() -> None:
    first = generator_for(7, "new_contracts", "A-24").random(5)
    generator_for(7, "other").random(1000)
    assert np.array_equal(first, generator_for(7, "new_contracts", "A-24").random(5))


def test_names_are_not_glued_together() -> None:
    assert generator_for(1, "a", "bc").random() != generator_for(1, "ab", "c").random()
    assert generator_for(1, "a").random() != generator_for(2, "a").random()


def test_numbers_are_pinned_across_versions() -> None:
    """A change here changes every published number."""
    assert generator_for(1, "A-24", "HWK-FF").integers(0, 1000, 4).tolist() == [93, 487, 529, 577]


def test_uniforms_fill_every_stratum_once() -> None:
    drawn = uniforms(3, "retirement_rate", size=40)
    assert sorted((drawn * 40).astype(int).tolist()) == list(range(40))
    assert drawn.min() > 0
    assert drawn.max() < 1
    assert not np.array_equal(drawn, np.sort(drawn))


def test_summary_by_hand() -> None:
    found = summarise(np.array([[0.0], [0.0], [0.0], [100.0]]))
    # mean 25; the quartiles are 0 and 25, so the upper bound of the inner range is the mean itself
    assert found.shape == (1, 7)
    assert found[0, :3].tolist() == [25.0, 0.0, 25.0]
    assert found[0, 4] == pytest.approx(70.0)


def test_summary_keeps_other_axes_and_rounds_outward() -> None:
    draws = np.linspace(1.1, 4.9, 30).reshape(30, 1, 1) * np.ones((1, 2, 3))
    found = summarise(draws, whole=True)
    assert found.shape == (2, 3, 7)
    assert found[0, 0, 0] == pytest.approx(3.0)
    assert found[0, 0, 1:].tolist() == [2, 4, 1, 5, 1, 5]
    assert summarise(np.moveaxis(draws, 0, 2), axis=2, whole=True).tolist() == found.tolist()


def test_no_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one draw"):
        summarise(np.empty((0, 3)))


@given(arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e6, 1e6)))
def test_ranges_are_nested_and_contain_the_mean(draws: np.ndarray) -> None:
    mean, low50, high50, low80, high80, low95, high95 = summarise(draws)
    assert low95 <= low80 <= low50 <= mean <= high50 <= high80 <= high95


def test_stratify_keeps_order_and_dependence() -> None:
    scores = np.array([[3.0, -1.0], [1.0, -3.0], [2.0, -2.0]])
    assert stratify(scores).tolist() == [[5 / 6, 5 / 6], [1 / 6, 1 / 6], [0.5, 0.5]]


@given(
    arrays(
        np.float64,
        st.tuples(st.integers(1, 40), st.integers(1, 4), st.integers(1, 3)),
        elements=st.floats(-1e6, 1e6) | st.just(np.nan),
    ),
    st.lists(st.floats(0, 1), min_size=1, max_size=6),
    st.integers(0, 2),
)
def test_quantiles_are_those_of_numpy_bit_by_bit(draws: np.ndarray, levels: list[float], axis: int) -> None:
    with np.errstate(invalid="ignore"):
        expected = np.quantile(draws, levels, axis=axis)
    found = quantiles_of(draws, levels, axis)
    assert found.shape == expected.shape
    assert np.array_equal(found, expected, equal_nan=True)
