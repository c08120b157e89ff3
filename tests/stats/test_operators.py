"""The bank of smoothers: every origin sees only its past, and its least squares are the exact ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.stats.defaults import SHORT_SERIES
from forecast.stats.operators import Bank, bank_paths, make_bank

NAN = float("nan")
BANK = SHORT_SERIES.bank


def one(alpha: float, beta_share: float, phi: float, ridge: float = 1.0) -> Bank:
    return make_bank((alpha,), (beta_share,), (phi,), (ridge,), 0.3, 0.05)


def test_a_constant_stays_and_a_level_shift_is_equivariant() -> None:
    flat = np.full((1, 8), 7.0)
    assert bank_paths(flat, BANK, 3)[0, -1] == pytest.approx([7.0] * 3)
    values = np.array([[3.0, 5.0, 4.0, 6.0, 9.0]])
    base = bank_paths(values, BANK, 4)
    assert bank_paths(values * 10 - 20, BANK, 4) == pytest.approx(base * 10 - 20)


def test_a_full_step_smoother_without_slope_updates_is_drift_shrunk_by_the_ridge() -> None:
    # α = 1, β = 0, φ = 1: errors are y[t] − y[t−1] − b0 apart from the first, where the level is free
    values = np.array([[10.0, 12.0, 13.0, 17.0]])
    # over (l0, b0): the first error 10 − l0 − b0 can always be 0, the others give b0 = 7 / (3 + ridge)
    found = bank_paths(values, one(1.0, 0.0, 1.0, ridge=2.0), 2)[0, -1]
    assert found == pytest.approx([17 + 7 / 5, 17 + 14 / 5])


def test_starting_values_are_the_ridge_solution_found_by_brute_force() -> None:
    values = np.array([[10.0, 14.0, NAN, 13.0, 18.0, 22.0]])
    alpha, beta, phi, ridge = 0.6, 0.18, 0.9, 2.0
    errors, ends = [], []
    for level, slope in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)):
        out = []
        for value in values[0]:
            slope *= phi
            level += slope
            error = 0.0 if np.isnan(value) else value - level
            level, slope = level + alpha * error, slope + beta * error
            out.append(error)
        errors.append(np.array(out))
        ends.append((level, slope))
    design = -np.column_stack([errors[1] - errors[0], errors[2] - errors[0]])
    penalty = np.diag([0.0, ridge])
    start = np.linalg.solve(design.T @ design + penalty, design.T @ errors[0])
    level, slope = (
        ends[0][i] + sum(start[j] * (ends[j + 1][i] - ends[0][i]) for j in range(2)) for i in range(2)
    )
    found = bank_paths(values, one(alpha, 0.3, phi, ridge), 2)[0, -1]
    assert found == pytest.approx([level + phi * slope, level + (phi + phi**2) * slope])


@given(st.lists(st.floats(0, 1e4), min_size=3, max_size=12), st.integers(1, 4))
def test_what_comes_later_never_changes_an_earlier_origin(values: list[float], cut: int) -> None:
    full = np.array([values])
    cut = min(cut, len(values) - 1)
    early = bank_paths(full[:, :-cut], BANK, 3)
    assert bank_paths(full, BANK, 3)[:, :-cut] == pytest.approx(early, rel=1e-9, abs=1e-6)


def test_series_do_not_disturb_each_other_and_gaps_do_not_either() -> None:
    a, b = [4.0, 6.0, 5.0, 9.0], [100.0, NAN, 90.0, 80.0]
    both = bank_paths(np.array([a, b]), BANK, 2)
    assert both[0, -1] == pytest.approx(bank_paths(np.array([a]), BANK, 2)[0, -1])
    assert both[1, -1] == pytest.approx(bank_paths(np.array([b]), BANK, 2)[0, -1])
    short = bank_paths(np.array([a, [7.0, 8.0, NAN, NAN]]), BANK, 2)
    assert short[1, 1] == pytest.approx(bank_paths(np.array([[7.0, 8.0]]), BANK, 2)[0, -1])


def test_a_better_fit_weighs_more() -> None:
    trend = np.arange(20.0)[None, :] * 3
    slow, fast = one(0.2, 0.0, 0.8), one(1.0, 0.2, 1.0)
    mixed = make_bank((0.2, 1.0), (0.0, 0.2), (0.8, 1.0), (1.0,), 1.0, 0.001)
    distance = [abs(bank_paths(trend, bank, 1)[0, -1, 0] - 60) for bank in (slow, fast, mixed)]
    assert distance[1] < distance[2] < 0.2 * distance[0]
