"""The last value with its own error band: by size class, on both sides, borrowed where there are too few."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.stats.error_band import LEAST_ERRORS, OFFSET, last_value_band, size_classes

LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


def alternating(series: int, years: int, low: float, high: float) -> np.ndarray:
    """Series that go up and down between two values and end low."""
    row = [low if (years - 1 - year) % 2 == 0 else high for year in range(years)]
    return np.tile(np.array(row), (series, 1))


def test_the_band_is_the_error_really_made_on_both_sides() -> None:
    band = last_value_band(alternating(10, 7, 100.0, 121.0), 2, LEVELS, counts=False)
    # on the root scale every change is 10 ↔ 11, one up or one down: the band is 9² to 11² around 10²
    assert band[0, 0].tolist() == pytest.approx([81.0, 81.0, 81.0, 100.0, 121.0, 121.0, 121.0])
    # two years apart nothing has ever changed
    assert band[3, 1].tolist() == pytest.approx([100.0] * 7)


def test_counts_have_the_offset_of_anscombe() -> None:
    band = last_value_band(alternating(10, 7, 9.0, 12.0), 1, LEVELS, counts=True)
    step = np.sqrt(12 + OFFSET) - np.sqrt(9 + OFFSET)
    assert band[0, 0, -1] == pytest.approx(12.0)
    assert band[0, 0, 0] == pytest.approx((np.sqrt(9 + OFFSET) - step) ** 2 - OFFSET)


def test_classes_have_pools_of_their_own() -> None:
    calm, wild = np.tile([[400.0]], (10, 6)), alternating(10, 6, 36.0, 49.0)
    band = last_value_band(np.concatenate([calm, wild]), 1, LEVELS, counts=False)
    assert band[0, 0, [0, 6]].tolist() == pytest.approx([400.0, 400.0])
    assert band[10, 0, [0, 6]].tolist() == pytest.approx([25.0, 49.0])


def test_a_class_with_too_few_errors_borrows_from_the_nearest() -> None:
    alone = np.tile([[4000.0]], (1, 6))  # five errors, all zero
    many = alternating(10, 6, 400.0, 441.0)  # fifty errors of one on the root scale
    far = np.tile([[4.0]], (10, 6))  # fifty errors of zero, two classes further down
    band = last_value_band(np.concatenate([alone, many, far]), 1, LEVELS, counts=False)
    root = np.sqrt(4000.0)
    assert band[0, 0, 6] == pytest.approx((root + 1) ** 2)
    assert band[0, 0, 3] == pytest.approx(4000.0)


def test_horizons_beyond_the_past_are_stretched_like_a_random_walk() -> None:
    known = alternating(LEAST_ERRORS, 2, 100.0, 121.0)  # one change each, one year apart
    band = last_value_band(known, 4, (0.0, 1.0), counts=False)
    widths = np.sqrt(band[0, :, 1]) - 10
    assert widths.tolist() == pytest.approx([1.0, np.sqrt(2), np.sqrt(3), 2.0])


def test_without_a_single_change_nothing_is_said() -> None:
    known = np.array([[np.nan, 5.0], [np.nan, 7.0]])
    assert np.isnan(last_value_band(known, 2, LEVELS, counts=True)).all()


def test_gaps_are_no_errors_and_negative_values_keep_their_scale() -> None:
    row = np.array([[-3.0, np.nan, -3.0, 2.0, -3.0]])
    band = last_value_band(np.repeat(row, 30, axis=0), 1, (0.0, 0.5, 1.0), counts=False)
    assert band[0, 0].tolist() == pytest.approx([-8.0, -3.0, 2.0])


@given(
    st.lists(st.lists(st.integers(0, 5000), min_size=6, max_size=6), min_size=1, max_size=8),
)
def test_bands_are_ordered_not_negative_and_centred_on_the_last_value(rows: list[list[int]]) -> None:
    known = np.array(rows, dtype=float)
    band = last_value_band(known, 3, LEVELS, counts=True)
    assert (np.diff(band, axis=2) >= -1e-9).all()
    assert (band >= 0).all()
    assert band[:, :, 3] == pytest.approx(np.repeat(known[:, -1:], 3, axis=1), abs=1e-6)


def test_size_classes_by_hand() -> None:
    assert size_classes(np.array([0.0, 9.9, 10.0, 99.0, 100.0, 12345.0]), counts=True).tolist() == [
        0, 0, 1, 1, 2, 4,
    ]  # fmt: skip
    assert size_classes(np.array([0.05, -0.5, 0.0, 3.0]), counts=False).tolist() == [-2, -1, -2, 0]
    assert size_classes(np.zeros(2), counts=False).tolist() == [0, 0]
