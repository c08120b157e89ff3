"""Reconciliation: worked by hand, against dense algebra, and what must hold for any hierarchy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls
from scipy.sparse import csr_array

from forecast.stats import reconcile as module
from forecast.stats.reconcile import (
    Weight,
    incoherence,
    ols_weight,
    projection,
    reconcile,
    shrink_weight,
    shrinkage_intensity,
    structural_weight,
    variance_weight,
)

PAIR = np.array([[1.0, 1.0]])
# total, two regions, three trades over the six cells of region × trade
CROSSED = np.array(
    [
        [1.0, 1, 1, 1, 1, 1],
        [1, 1, 1, 0, 0, 0],
        [0, 0, 0, 1, 1, 1],
        [1, 0, 0, 1, 0, 0],
        [0, 1, 0, 0, 1, 0],
        [0, 0, 1, 0, 0, 1],
    ]
)


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)[:, None]


def dense_oracle(base: np.ndarray, aggregation: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """ŷ − W Cᵀ (C W Cᵀ)⁻¹ C ŷ, written down as it stands."""
    c = np.hstack([np.eye(len(aggregation)), -aggregation])
    return base - weight @ c.T @ np.linalg.solve(c @ weight @ c.T, c @ base)


def formed(weight: Weight) -> np.ndarray:
    full = np.diag(weight.diagonal)
    return full if weight.factors is None else full + weight.factors @ weight.factors.T


def test_by_hand_the_gap_is_shared_by_variance() -> None:
    # gap 20 − 14 = 6, variances 3 + 1 + 2 = 6: one unit of variance moves by one
    plan = projection(PAIR, Weight(np.array([3.0, 1.0, 2.0])))
    assert reconcile(column(20, 5, 9), plan).ravel().tolist() == pytest.approx([17, 6, 11])


def test_by_hand_with_half_a_leaf() -> None:
    # gap 10 − (4 + 6/2) = 3; 1 + 1 + 4·(1/2)² = 3; the second leaf moves by 4·1/2
    plan = projection(np.array([[1.0, 0.5]]), Weight(np.array([1.0, 1.0, 4.0])))
    assert reconcile(column(10, 4, 6), plan).ravel().tolist() == pytest.approx([9, 5, 8])


def test_by_hand_with_a_shared_error() -> None:
    # F = (2, 1, 0): C F = 1, C W Cᵀ = 3 + 1 = 4, gap 4, x = 1; leaves move by 1 − 1·1 and 1 − 0·1
    plan = projection(PAIR, Weight(np.ones(3), np.array([[2.0], [1.0], [0.0]])))
    assert reconcile(column(14, 4, 6), plan).ravel().tolist() == pytest.approx([11, 4, 7])


def test_by_hand_two_levels() -> None:
    # nation ⊃ {land ⊃ {a, b}, c}; all alike: normal equations (SᵀS) b = Sᵀŷ solved by hand
    aggregation = np.array([[1.0, 1, 1], [1, 1, 0]])
    plan = projection(aggregation, ols_weight(aggregation))
    found = reconcile(column(30, 14, 6, 4, 10), plan).ravel()
    # SᵀS = [[3,2,1],[2,3,1],[1,1,2]], Sᵀŷ = (50, 48, 40): a − b = 2, c = 21 − a, 4a = 33
    assert found.tolist() == pytest.approx([27.25, 14.5, 8.25, 6.25, 12.75])


def test_one_child_meets_its_parent_in_between() -> None:
    plan = projection(np.array([[1.0]]), Weight(np.array([1.0, 3.0])))
    assert reconcile(column(8, 4), plan).ravel().tolist() == pytest.approx([7, 7])


def test_the_same_sum_twice_is_no_trouble() -> None:
    aggregation = np.array([[1.0, 1], [1, 1]])
    found = reconcile(column(12, 16, 5, 5), projection(aggregation, ols_weight(aggregation)))
    assert found[0] == found[1]
    assert found[0] == pytest.approx(dense_oracle(column(12, 16, 5, 5), aggregation, np.eye(4))[0])


def weights_under_test(generator: np.random.Generator, aggregation: np.ndarray) -> dict[str, Weight]:
    n = sum(aggregation.shape)
    errors = generator.normal(size=(n, 7)) * generator.gamma(1.0, 3.0, size=(n, 1))
    return {
        "ols": ols_weight(aggregation),
        "structural": structural_weight(aggregation),
        "variance": variance_weight(np.square(errors).mean(axis=1)),
        "shrink": shrink_weight(errors),
        "shrink, fixed": shrink_weight(errors, 0.2),
    }


@pytest.mark.parametrize("name", ["ols", "structural", "variance", "shrink", "shrink, fixed"])
@pytest.mark.parametrize("aggregation", [PAIR, CROSSED, np.array([[1.0, 0.3, 0.0], [0.0, 0.7, 2.0]])])
def test_every_weight_agrees_with_dense_algebra(name: str, aggregation: np.ndarray, rng) -> None:
    weight = weights_under_test(rng, aggregation)[name]
    base = rng.normal(50, 20, size=(sum(aggregation.shape), 3))
    found = reconcile(base, projection(csr_array(aggregation), weight))
    assert found == pytest.approx(dense_oracle(base, aggregation, formed(weight)), rel=1e-9)


def test_shrinkage_is_formed_as_defined(rng) -> None:
    errors = rng.normal(size=(9, 5)) * np.arange(1, 10)[:, None]
    covariance = errors @ errors.T / 5
    expected = 0.3 * np.diag(np.diag(covariance)) + 0.7 * covariance
    found = formed(shrink_weight(errors, 0.3))
    assert found / found[0, 0] == pytest.approx(expected / expected[0, 0])


def test_shrinkage_intensity_agrees_with_its_double_sum(rng) -> None:
    common = rng.normal(size=(1, 24))
    errors = rng.normal(size=(6, 24)) + 1.5 * common
    x = errors / np.sqrt(np.square(errors).mean(axis=1, keepdims=True))
    top = bottom = 0.0
    for i in range(6):
        for j in range(6):
            if i != j:
                w = x[i] * x[j]
                top += 24 / 23**3 * np.square(w - w.mean()).sum()
                bottom += w.mean() ** 2
    assert 0 < top / bottom < 1
    assert shrinkage_intensity(errors) == pytest.approx(top / bottom)


def test_shrinkage_without_evidence_is_full(rng) -> None:
    assert shrinkage_intensity(rng.normal(size=(4, 1))) == 1.0
    assert shrinkage_intensity(np.zeros((4, 6))) == 1.0
    assert shrinkage_intensity(np.array([[1.0, -1, 1, -1], [1, 1, -1, -1]])) == 1.0  # no correlation at all


def test_ols_is_the_orthogonal_projection(rng) -> None:
    s = np.vstack([CROSSED, np.eye(6)])
    base = rng.normal(10, 5, size=(12, 2))
    expected = s @ np.linalg.lstsq(s, base)[0]
    assert reconcile(base, projection(CROSSED, ols_weight(CROSSED))) == pytest.approx(expected)


def test_structural_counts_leaves() -> None:
    assert structural_weight(CROSSED).diagonal.tolist() == [6, 3, 3, 2, 2, 2] + [1] * 6


def test_a_constant_series_needs_no_variance() -> None:
    plan = projection(PAIR, variance_weight(np.array([4.0, 0.0, 4.0])))
    found = reconcile(column(20, 7, 9), plan).ravel()
    assert found[1] == pytest.approx(7, abs=1e-4)
    assert found[0] == pytest.approx(18, abs=1e-4)
    for nothing in (np.zeros(3), np.full(3, 5e-324)):
        assert reconcile(column(20, 5, 9), projection(PAIR, variance_weight(nothing))).ravel().tolist() == (
            pytest.approx([18, 7, 11])
        )
    assert np.isfinite(reconcile(column(20, 5, 9), projection(PAIR, shrink_weight(np.zeros((3, 4)))))).all()


numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3))


@st.composite
def cases(draw, low: float = -1e6):
    m, leaves, years, count = (draw(st.integers(1, top)) for top in (5, 7, 3, 4))
    seed = draw(st.integers(0, 2**32 - 1))
    generator = np.random.default_rng(seed)
    aggregation = (generator.random((m, leaves)) < 0.5) * generator.choice([1.0, 0.25], size=(m, leaves))
    diagonal = 10 ** generator.uniform(-3, 3, size=m + leaves)
    factors = generator.normal(size=(m + leaves, 2)) if draw(st.booleans()) else None
    size = 10 ** draw(st.integers(-3, 6))
    draws = np.maximum(generator.normal(1, 2, size=(count, m + leaves, years)) * size, low)
    return aggregation, Weight(diagonal, factors), draws


@given(cases())
@settings(deadline=None, max_examples=60)
def test_any_forecast_becomes_coherent_and_stays(case) -> None:
    aggregation, weight, draws = case
    plan = projection(aggregation, weight)
    once = reconcile(draws, plan)
    scale = np.abs(draws).max() * max(1, *weight.diagonal) + 1
    assert incoherence(once, aggregation) <= 1e-8
    assert np.abs(reconcile(once, plan) - once).max() <= 1e-9 * scale
    larger = projection(aggregation, Weight(7 * weight.diagonal, _times(weight.factors, 7**0.5)))
    assert np.abs(reconcile(draws, larger) - once).max() <= 1e-8 * scale


def _times(factors: np.ndarray | None, by: float) -> np.ndarray | None:
    return None if factors is None else factors * by


@given(cases())
@settings(deadline=None, max_examples=60)
def test_the_mean_of_reconciled_draws_is_the_reconciled_mean(case) -> None:
    aggregation, weight, draws = case
    plan = projection(aggregation, weight)
    found = reconcile(draws, plan).mean(axis=0)
    assert found == pytest.approx(
        reconcile(draws.mean(axis=0), plan), rel=1e-7, abs=1e-7 * np.abs(draws).max()
    )


@given(cases())
@settings(deadline=None, max_examples=60)
def test_not_negative_and_coherent_at_once(case) -> None:
    aggregation, weight, draws = case
    plan = projection(aggregation, weight)
    found = reconcile(draws, plan, non_negative=True)
    assert (found >= 0).all()
    assert incoherence(found, aggregation) <= 1e-8
    free = reconcile(draws, plan)
    untouched = (free[:, len(aggregation) :] >= 0).all(axis=1)  # by draw and year
    assert np.array_equal(np.where(untouched[:, None], found, 0), np.where(untouched[:, None], free, 0))


@given(cases(low=0.0))
@settings(deadline=None, max_examples=60)
def test_coherent_draws_are_left_unchanged(case) -> None:
    aggregation, weight, draws = case
    leaves = np.rint(
        draws[:, len(aggregation) :]
    )  # whole numbers and quarters of them add up without rounding
    coherent = np.concatenate([np.stack([aggregation @ one for one in leaves]), leaves], axis=1)
    plan = projection(aggregation, weight)
    assert np.array_equal(reconcile(coherent, plan), coherent)
    assert np.array_equal(reconcile(coherent, plan, non_negative=True), coherent)


def test_many_visits_lead_to_the_nearest_point_without_negative_leaves(rng) -> None:
    diagonal = rng.uniform(0.5, 4, size=12)
    base = rng.normal(1, 4, size=(12, 1))
    plan = projection(CROSSED, Weight(diagonal))
    s = np.vstack([CROSSED, np.eye(6)])
    root = 1 / np.sqrt(diagonal)
    nearest = nnls(root[:, None] * s, root * base[:, 0])[0]
    assert (nearest == 0).any()
    found = reconcile(base, plan, non_negative=True, sweeps=2000)[6:, 0]
    assert found == pytest.approx(nearest, abs=1e-4)


def test_cutting_alone_would_lift_the_total_and_further_visits_do_not(rng) -> None:
    aggregation = np.ones((1, 40))
    base = np.vstack([np.full((1, 3), 40.0), rng.normal(1, 3, size=(40, 3))])
    plan = projection(aggregation, variance_weight(np.r_[1.0, np.full(40, 9.0)]))
    free = reconcile(base, plan)[0]
    cut = reconcile(base, plan, non_negative=True, sweeps=0)[0]
    visited = reconcile(base, plan, non_negative=True)[0]
    assert (cut > 1.5 * free).all()
    assert visited == pytest.approx(free, rel=0.08)


def test_summed_medians_are_too_low_and_reconciled_means_are_not(rng) -> None:
    """Leaves with skewed forecasts: the median is right for each leaf, their sum wrong for the total."""
    sigma, leaves = 0.8, 30
    level = rng.uniform(5, 50, size=leaves)
    draws = level[None, :, None] * np.exp(rng.normal(0, sigma, size=(4000, leaves, 1)))
    truth = (level * np.exp(sigma**2 / 2)).sum()  # expected total
    total = truth + rng.normal(0, 0.3 * truth, size=(4000, 1, 1))
    stack = np.concatenate([total, draws], axis=1)
    plan = projection(np.ones((1, leaves)), variance_weight(stack.var(axis=0)[:, 0]))
    of_draws = reconcile(stack, plan).mean(axis=0)[0, 0]
    of_medians = reconcile(np.median(stack, axis=0), plan)[0, 0]
    assert np.median(draws, axis=0).sum() < 0.78 * truth
    assert of_medians < 0.85 * truth
    assert of_draws == pytest.approx(truth, rel=0.02)


def test_many_small_hierarchies_take_the_sparse_way_with_the_same_result(rng, monkeypatch) -> None:
    aggregation = np.kron(np.eye(5), PAIR)
    base = rng.normal(20, 5, size=(15, 4))
    weight = variance_weight(rng.uniform(0, 4, size=15))
    dense = reconcile(base, projection(aggregation, weight))
    monkeypatch.setattr(module, "_DENSE_LIMIT", 2)
    assert reconcile(base, projection(aggregation, weight)) == pytest.approx(dense, rel=1e-12)


def test_blocks_of_draws_give_what_one_block_gives(rng, monkeypatch) -> None:
    draws = rng.normal(20, 5, size=(11, 12, 3))
    plan = projection(CROSSED, structural_weight(CROSSED))
    whole = reconcile(draws, plan, non_negative=True)
    monkeypatch.setattr(module, "_BLOCK", 100)
    assert reconcile(draws, plan, non_negative=True) == pytest.approx(whole, rel=1e-12)
    assert reconcile(draws[3], plan, non_negative=True) == pytest.approx(whole[3], rel=1e-12)


def test_without_aggregates_nothing_happens(rng) -> None:
    base = rng.normal(size=(4, 2))
    plan = projection(np.empty((0, 4)), Weight(np.ones(4)))
    assert np.array_equal(reconcile(base, plan), base)
    assert incoherence(base, np.empty((0, 4))) == 0


def test_incoherence_is_measured_against_the_larger_side() -> None:
    assert incoherence(column(8, 6, 4), PAIR) == pytest.approx(0.2)
    assert incoherence(column(0, 0, 0), PAIR) == 0


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (lambda: projection(-PAIR, Weight(np.ones(3))), "not negative"),
        (lambda: projection(np.array([[1.0, np.nan]]), Weight(np.ones(3))), "finite"),
        (lambda: projection(PAIR, Weight(np.ones(2))), "one positive number"),
        (lambda: projection(PAIR, Weight(np.array([1.0, 0.0, 1.0]))), "one positive number"),
        (lambda: projection(PAIR, Weight(np.ones(3), np.ones((2, 1)))), "one row"),
        (lambda: reconcile(np.ones((2, 1)), projection(PAIR, Weight(np.ones(3)))), "3 rows"),
        (lambda: reconcile(np.ones(3), projection(PAIR, Weight(np.ones(3)))), "3 rows"),
        (lambda: reconcile(column(1, np.nan, 1), projection(PAIR, Weight(np.ones(3)))), "finite"),
        (lambda: variance_weight(np.array([1.0, -1.0])), "not negative"),
        (lambda: variance_weight(np.array([1.0, np.inf])), "finite"),
        (lambda: variance_weight(np.ones(2), 0.0), "floor"),
        (lambda: shrink_weight(np.array([[1.0, np.nan]])), "full table"),
        (lambda: shrink_weight(np.ones((3, 2)), 0.0), "shrinkage"),
    ],
)
def test_what_cannot_be_reconciled_is_refused(broken, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        broken()


@pytest.mark.parametrize("shrunk", [False, True])
def test_fifty_thousand_leaves_agree_with_their_totals(shrunk: bool, rng) -> None:
    trades, regions = 400, 125
    cell = np.arange(trades * regions)
    rows = np.concatenate([np.zeros_like(cell), 1 + cell // regions, 1 + trades + cell % regions])
    aggregation = csr_array((np.ones(rows.size), (rows, np.tile(cell, 3))), shape=(526, cell.size))
    leaves = rng.gamma(1.0, 3.0, size=(cell.size, 4)) - 0.5
    base = np.vstack([aggregation @ leaves * rng.normal(1, 0.05, size=(526, 4)), leaves])
    errors = rng.normal(size=(len(base), 16)) * np.sqrt(np.abs(base[:, :1]) + 1)
    weight = shrink_weight(errors, 0.3) if shrunk else variance_weight(np.square(errors).mean(axis=1))
    found = reconcile(base, projection(aggregation, weight), non_negative=True)
    assert incoherence(found, aggregation) <= 1e-8
