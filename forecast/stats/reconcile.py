"""Forecasts of a hierarchy made to add up: means and whole draws, by one solve the size of the aggregates.

Rows are ordered aggregates first, leaves after them: ``y = (a, b)`` with ``a = A b``. Forecasts of all rows
are projected onto this plane, ``ỹ = ŷ − W Cᵀ (C W Cᵀ)⁻¹ C ŷ`` with ``C = [I, −A]``; W says how far each row
may be moved. The projection is linear: applied to every draw, it reconciles the mean of the draws as well.
Medians of skewed leaves must not be handed in, since their sum lies below the mean of the total.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array, dia_array
from scipy.sparse.linalg import splu

Array = NDArray[np.float64]
Sparse = Any  # scipy.sparse carries no types

#: Smallest variance of a row as a share of the mean over rows: a constant series has none, and no row without
#: any can take part in a division. Between 1e-4 and 1e-12 aggregates of the test panel move by under 1e-5.
VARIANCE_FLOOR: Final = 1e-6

#: Alternations between the plane and the non-negative leaves; with four, aggregates of the test panel, half
#: of whose leaves go below zero, are within 0.02 % of the limit.
SWEEPS: Final = 4

_DENSE_LIMIT: Final = 3000  # aggregates up to which a dense factor is faster than a sparse one
_BLOCK: Final = 4_000_000  # numbers reconciled at once; bounds memory


@dataclass(frozen=True, slots=True)
class Weight:
    """How far each row may be moved: ``W = diag(diagonal) + F Fᵀ``, never formed.

    Args:
        diagonal: (n,) positive.
        factors: F (n, R), or None for a diagonal W.
    """

    diagonal: Array
    factors: Array | None = None


@dataclass(frozen=True, slots=True)
class Projection:
    """A hierarchy with its weights, ready for any number of forecasts. Made by `projection`.

    Args:
        aggregation: A (m, l), sparse, not negative.
        transposed: Aᵀ, row by row.
        weight: W.
        factor: Cholesky or sparse LU factor of C W Cᵀ.
        low_rank: C F (m, R), or None.
    """

    aggregation: Sparse
    transposed: Sparse
    weight: Weight
    factor: Any
    low_rank: Array | None


def ols_weight(aggregation: Sparse) -> Weight:
    """Return ``W = I``: every row moves alike; reconciliation is then the orthogonal projection."""
    return Weight(np.ones(sum(aggregation.shape)))


def structural_weight(aggregation: Sparse) -> Weight:
    """Return ``W = diag(Σ_j A_ij²)``, the number of leaves where A is 0/1: all leaves equally uncertain."""
    squares = np.asarray(csr_array(aggregation).power(2).sum(axis=1), dtype=np.float64).ravel()
    return Weight(np.concatenate([squares, np.ones(aggregation.shape[1])]))


def variance_weight(variances: Array, floor: float = VARIANCE_FLOOR) -> Weight:
    """Return ``W = diag(max(σ²_i, floor · mean σ²))``: rows with small errors hardly move.

    Args:
        variances: (n,) variances of the forecast errors, not negative; all zero is taken as all equal.
        floor: Smallest variance as a share of the mean; a constant series would have none.

    Raises:
        ValueError: A variance is negative or not finite, or the floor is not positive.
    """
    sigma2 = np.asarray(variances, dtype=np.float64)
    if not np.isfinite(sigma2).all() or (sigma2 < 0).any():
        raise ValueError("variances must be finite and not negative")
    if floor <= 0:
        raise ValueError("the floor of the variances must be positive")
    top = sigma2.max(initial=0)
    if top == 0:
        return Weight(np.ones(sigma2.size))
    relative = sigma2 / top  # W counts up to a factor; without it tiny variances would underflow
    return Weight(np.maximum(relative, floor * relative.mean()))


def shrink_weight(errors: Array, intensity: float | None = None, floor: float = VARIANCE_FLOOR) -> Weight:
    """Return ``W = λ D + (1 − λ) E Eᵀ / T`` with ``D = diag(E Eᵀ / T)`` as diagonal plus low rank.

    Args:
        errors: E (n, T), forecast errors of past origins, one column a year.
        intensity: λ in (0, 1]; None estimates it by `shrinkage_intensity`.
        floor: As in `variance_weight`; the raised part stays on the diagonal.

    Raises:
        ValueError: Errors are missing or λ is not in (0, 1].

    Source of method: MinT, Wickramasuriya, Athanasopoulos and Hyndman (2019).
    """
    e = np.asarray(errors, dtype=np.float64)
    if e.ndim != 2 or e.shape[1] < 1 or not np.isfinite(e).all():
        raise ValueError("errors must be a full table: rows, years")
    lam = shrinkage_intensity(e) if intensity is None else intensity
    if not 0 < lam <= 1:
        raise ValueError("the shrinkage must lie in (0, 1]")
    sigma2 = np.square(e).mean(axis=1)
    top = sigma2.max(initial=0)
    full = variance_weight(sigma2, floor)
    if lam == 1 or top == 0:
        return full
    own = (1 - lam) * sigma2 / top
    return Weight(full.diagonal - own, e * np.sqrt((1 - lam) / (e.shape[1] * top)))


def shrinkage_intensity(errors: Array) -> float:
    """Return λ of Schäfer and Strimmer, ``Σ Var(r_ij) / Σ r_ij²`` over i ≠ j, without any (n, n) table.

    With standardised errors x and ``w_ijt = x_it x_jt`` both sums follow from the (T, T) table XᵀX. One error
    per row says nothing of its own chance: λ is then 1. It is kept above one in a million, so that W stays
    invertible.

    Args:
        errors: E (n, T); rows without any error are left out.

    Source of method: Schäfer and Strimmer (2005), with mean zero, as forecasts are taken to be unbiased.
    """
    e = np.asarray(errors, dtype=np.float64)
    count = e.shape[1]
    sd = np.sqrt(np.square(e).mean(axis=1, keepdims=True))
    x = (e / np.where(sd > 0, sd, 1))[sd[:, 0] > 0]
    if count < 2 or len(x) < 2:
        return 1.0
    own = np.square(x)
    gram = x.T @ x
    correlations = np.square(gram).sum() / count**2 - len(x)  # Σ_{i≠j} r_ij²; every r_ii is one
    squares = np.square(own.sum(axis=0)).sum() - np.square(own).sum()  # Σ_{i≠j} Σ_t w_ijt²
    spread = squares - count * correlations  # Σ_{i≠j} Σ_t (w_ijt − r_ij)²
    if correlations <= 0:
        return 1.0
    return float(np.clip(count / (count - 1) ** 3 * spread / correlations, VARIANCE_FLOOR, 1))


def projection(aggregation: Sparse, weight: Weight) -> Projection:
    """Factor ``C W Cᵀ = diag(d_a) + A diag(d_b) Aᵀ + (C F)(C F)ᵀ``, the only solve that is needed.

    Dense and the size of the aggregates; the low rank is simply added, since that table is formed anyway.
    Very many small hierarchies side by side (diagonal W) are factored sparsely.

    Args:
        aggregation: A (m, l): which leaves, with which weight, make an aggregate; sparse or dense.
        weight: W for the m aggregates and, after them, the l leaves.

    Raises:
        ValueError: A is negative or not finite, or W does not fit or is not positive.
    """
    a = csr_array(aggregation, dtype=np.float64)
    m, leaves = a.shape
    if not np.isfinite(a.data).all() or (a.data < 0).any():
        raise ValueError("the aggregation must be finite and not negative")
    d = weight.diagonal
    if d.shape != (m + leaves,) or not np.isfinite(d).all() or (d <= 0).any():
        raise ValueError("the weight needs one positive number for every aggregate and leaf")
    transposed = csr_array(a.T)
    gram = a @ (dia_array((d[None, m:], [0]), shape=(leaves, leaves)) @ transposed)
    gram = gram + dia_array((d[None, :m], [0]), shape=(m, m))
    low_rank = None
    if weight.factors is not None:
        if weight.factors.shape[0] != m + leaves:
            raise ValueError("the factors need one row for every aggregate and leaf")
        low_rank = weight.factors[:m] - a @ weight.factors[m:]
    if low_rank is None and m > _DENSE_LIMIT:
        factor = splu(gram.tocsc())
    else:
        dense = gram.toarray() + (0 if low_rank is None else low_rank @ low_rank.T)
        factor = cho_factor(dense, lower=True) if m else None
    return Projection(a, transposed, weight, factor, low_rank)


def reconcile(base: Array, plan: Projection, *, non_negative: bool = False, sweeps: int = SWEEPS) -> Array:
    """Return the forecasts moved as little as W allows until every aggregate is the sum of its leaves.

    Leaves come from the closed form, aggregates are their sums, so that coherence holds to the rounding of
    one sum. With ``non_negative`` the plane and the leaves ≥ 0 are visited in turns (Dykstra's rule, which
    for a diagonal W leads to the nearest non-negative coherent point); at the end negative leaves are set
    to zero and added up again. Visiting the plane once more after the first cut keeps totals from rising by
    what was cut. A column without a negative leaf is not touched by any of this.

    Args:
        base: (n, H) means or (D, n, H) draws, aggregates first. Means, not medians.
        plan: The hierarchy with its weights.
        non_negative: Leaves, and with them aggregates, cannot fall below zero.
        sweeps: Further visits of the plane after the first cut, >= 0.

    Returns:
        The same shape.

    Raises:
        ValueError: The rows do not fit the hierarchy, or a number is not finite.

    Example:
        >>> plan = projection(np.array([[1.0, 1.0]]), Weight(np.array([2.0, 1.0, 1.0])))
        >>> reconcile(np.array([[14.0], [4.0], [6.0]]), plan).ravel().tolist()
        [12.0, 5.0, 7.0]
    """
    given = np.asarray(base, dtype=np.float64)
    m, leaves = plan.aggregation.shape
    if given.ndim not in (2, 3) or given.shape[-2] != m + leaves:
        raise ValueError(f"forecasts need {m + leaves} rows: {m} aggregates and {leaves} leaves")
    if not np.isfinite(given).all():
        raise ValueError("forecasts must be finite")
    stack = given if given.ndim == 3 else given[None]
    result = np.empty(stack.shape)
    step = max(1, _BLOCK // max(1, stack.shape[1] * stack.shape[2]))
    for start in range(0, len(stack), step):
        part = stack[start : start + step]
        columns = np.moveaxis(part, 1, 0).reshape(m + leaves, -1)
        found = _leaves(plan, columns[:m], columns[m:])
        if non_negative:
            found = _not_negative(plan, found, sweeps)
        shape = (len(part), part.shape[2])
        result[start : start + step, :m] = np.moveaxis((plan.aggregation @ found).reshape(m, *shape), 0, 1)
        result[start : start + step, m:] = np.moveaxis(found.reshape(leaves, *shape), 0, 1)
    return result if given.ndim == 3 else result[0]


def incoherence(values: Array, aggregation: Sparse) -> float:
    """Return the largest gap between an aggregate and its leaves, relative to the largest of its terms.

    Args:
        values: (n, H) or (D, n, H), aggregates first.
        aggregation: A (m, l).
    """
    a = csr_array(aggregation, dtype=np.float64)
    m = a.shape[0]
    stack = values if values.ndim == 3 else values[None]
    worst = 0.0
    for one in stack:
        gap = np.abs(one[:m] - a @ one[m:])
        size = np.maximum(np.abs(one[:m]), a @ np.abs(one[m:]))
        worst = max(worst, float((gap / np.where(size > 0, size, 1)).max(initial=0)))
    return worst


def _leaves(plan: Projection, aggregates: Array, leaves: Array) -> Array:
    """Return the leaves of the projection: ``b + D_b Aᵀ x − F_b (C F)ᵀ x`` with ``x = (C W Cᵀ)⁻¹ C y``."""
    m = len(aggregates)
    if not m:
        return leaves
    gap = aggregates - plan.aggregation @ leaves
    x = cho_solve(plan.factor, gap) if isinstance(plan.factor, tuple) else plan.factor.solve(gap)
    moved = plan.weight.diagonal[m:, None] * (plan.transposed @ x)
    if plan.low_rank is not None and plan.weight.factors is not None:
        moved -= plan.weight.factors[m:] @ (plan.low_rank.T @ x)
    return np.asarray(leaves + moved)


def _not_negative(plan: Projection, leaves: Array, sweeps: int) -> Array:
    """Return leaves that are nowhere below zero; columns are independent of each other."""
    touched = np.flatnonzero((leaves < 0).any(axis=0))
    if not touched.size:
        return leaves
    result = leaves.copy()
    current = leaves[:, touched]
    removed = np.zeros(current.shape)
    for _ in range(sweeps):
        wanted = current + removed
        kept = np.maximum(wanted, 0)
        removed = wanted - kept
        current = _leaves(plan, plan.aggregation @ current, kept)
    result[:, touched] = np.maximum(current, 0)
    return result
