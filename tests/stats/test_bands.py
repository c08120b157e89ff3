"""Age bands: totals are kept exactly, nobody is negative, a share is met without moving the total."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.stats.bands import spread_bands, tilt_share


def test_an_even_population_stays_even() -> None:
    ages, persons = spread_bands(np.array([15, 20, 30]), np.array([50.0, 100.0]))
    assert ages.tolist() == list(range(15, 30))
    assert persons == pytest.approx(np.full(15, 10.0))


def test_a_falling_population_falls_inside_the_bands_too() -> None:
    _, persons = spread_bands(np.array([50, 55, 60, 65]), np.array([100.0, 80.0, 20.0]))
    assert (np.diff(persons[7:]) < 0).all()
    assert persons[14] < 2 < persons[10]


def test_an_empty_band_is_empty_at_every_age() -> None:
    _, persons = spread_bands(np.array([15, 20, 25, 30]), np.array([5.0, 0.0, 7.0]))
    assert persons[5:10].tolist() == [0.0] * 5


@given(st.lists(st.tuples(st.integers(1, 12), st.just(0.0) | st.floats(1e-3, 1e6)), min_size=1, max_size=8))
def test_totals_of_bands_are_kept(bands: list[tuple[int, float]]) -> None:
    widths = [width for width, _ in bands]
    counts = np.array([count for _, count in bands])
    edges = 15 + np.concatenate(([0], np.cumsum(widths)))
    _, persons = spread_bands(edges, counts)
    assert (persons >= 0).all()
    assert np.add.reduceat(persons, edges[:-1] - 15) == pytest.approx(counts, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("edges", "counts", "match"),
    [
        ([15, 20], [1.0, 2.0], "need 3 edges"),
        ([15, 15, 20], [1.0, 2.0], "must rise"),
        ([15, 20, 25], [1.0, -2.0], "not negative"),
        ([15, 20, 25], [1.0, np.nan], "not negative"),
    ],
)
def test_bad_bands_are_refused(edges: list[int], counts: list[float], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        spread_bands(np.array(edges), np.array(counts))


def test_tilt_meets_the_share_and_keeps_total_and_inner_shape() -> None:
    ages = np.arange(52, 58)
    profile = np.array([10.0, 20.0, 30.0, 8.0, 4.0, 8.0])  # 20 of 80 are 55 or older
    tilted = tilt_share(profile, ages, 55, 0.4)
    assert tilted.sum() == pytest.approx(80.0)
    assert tilted[3:].sum() == pytest.approx(32.0)
    assert tilted[3] / tilted[4] == pytest.approx(2.0)
    assert tilted[2] / tilted[0] == pytest.approx(3.0)


def test_tilt_refuses_persons_where_the_profile_has_none() -> None:
    with pytest.raises(ValueError, match="has none"):
        tilt_share(np.array([5.0, 0.0]), np.array([54, 55]), 55, 0.3)
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        tilt_share(np.array([5.0, 1.0]), np.array([54, 55]), 55, 1.3)


def test_an_empty_profile_stays_empty() -> None:
    assert tilt_share(np.zeros(2), np.array([54, 55]), 55, 0.3).tolist() == [0.0, 0.0]
