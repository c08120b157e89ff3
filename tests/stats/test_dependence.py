"""Which draws belong together: values stay, order changes, and ranges of sums survive the projection."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.stats.dependence import align_draws, tie_leaves
from forecast.stats.reconcile import projection, reconcile, variance_weight

TRIPLE = np.ones((1, 3))


def unrelated(seed: int, aggregate_sd: float, count: int = 800) -> np.ndarray:
    """A sum and three leaves, drawn one by one, three years each."""
    generator = np.random.default_rng(seed)
    leaves = np.array([40.0, 10.0, 25.0])[:, None] + generator.normal(0, 2, size=(count, 3, 3))
    total = 75.0 + generator.normal(0, aggregate_sd, size=(count, 1, 3))
    return np.concatenate([total, leaves], axis=1)


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(np.argsort(np.argsort(a)), np.argsort(np.argsort(b)))[0, 1])


@given(st.integers(0, 1000), st.floats(0.5, 9))
@settings(deadline=None, max_examples=20)
def test_every_series_keeps_its_values_of_every_year(seed: int, sd: float) -> None:
    draws = unrelated(seed, sd, count=50)
    for found in (align_draws(draws, TRIPLE), tie_leaves(draws, TRIPLE)):
        assert np.array_equal(np.sort(found, axis=0), np.sort(draws, axis=0))


def test_after_alignment_the_aggregate_ranks_as_its_leaves_do() -> None:
    draws = unrelated(1, 5.0)
    found = align_draws(draws, TRIPLE)
    assert np.array_equal(found[:, 1:], draws[:, 1:])
    for year in range(3):
        sums = draws[:, 1:, year].sum(axis=1)
        assert abs(rank_correlation(draws[:, 0, year], sums)) < 0.1
        assert np.array_equal(np.argsort(found[:, 0, year]), np.argsort(sums))


def test_tied_leaves_spread_as_their_aggregate_does() -> None:
    draws = unrelated(2, 5.0)  # one by one the leaves' sum has an sd of 2·√3 = 3.5, all together 6
    found = tie_leaves(draws, TRIPLE)
    assert np.allclose(found[:, 1:].sum(axis=1).std(axis=0), draws[:, 0].std(axis=0), rtol=0.02)
    assert np.array_equal(found[:, 0], draws[:, 0])


def test_tied_leaves_cannot_spread_wider_than_all_together() -> None:
    found = tie_leaves(unrelated(3, 20.0), TRIPLE)
    assert np.all(np.abs(found[:, 1:].sum(axis=1).std(axis=0) - 6) < 0.3)


def test_a_sum_that_is_wide_enough_is_left_alone() -> None:
    draws = unrelated(4, 1.0)
    assert np.array_equal(tie_leaves(draws, TRIPLE), draws)


def test_draws_that_agree_are_left_alone() -> None:
    draws = unrelated(5, 1.0)
    draws[:, 0] = draws[:, 1:].sum(axis=1)
    assert np.array_equal(tie_leaves(draws, TRIPLE), draws)
    assert np.allclose(align_draws(draws, TRIPLE), draws, rtol=1e-12)


def test_projecting_unrelated_draws_makes_ranges_too_narrow_and_joint_draws_do_not() -> None:
    draws = unrelated(6, 5.0)
    plan = projection(TRIPLE, variance_weight(draws.var(axis=0).mean(axis=1)))
    plain = reconcile(draws, plan).std(axis=0)
    joint = reconcile(align_draws(tie_leaves(draws, TRIPLE), TRIPLE), plan).std(axis=0)
    own = draws.std(axis=0)
    assert (plain[0] < 0.65 * own[0]).all()
    assert np.allclose(joint[0], own[0], rtol=0.03)
    assert np.allclose(joint[1:], own[1:], rtol=0.05)


def test_leaves_that_are_one_child_are_not_reordered() -> None:
    draws = unrelated(7, 5.0)[:, :2]
    assert np.array_equal(tie_leaves(draws, np.ones((1, 1))), draws)
