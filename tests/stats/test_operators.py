"""The bank of smoothers: every origin sees only its past, and its least squares are the exact ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.stats.defaults import SHORT_SERIES
from forecast.stats.operators import Bank, Fits, make_bank, members, rolling_fits

NAN = float("nan")
BANK = SHORT_SERIES.bank
NO_HOLT = ((), (), ())


def at_end(values: list[list[float]], bank: Bank) -> Fits:
    ((_, fits),) = rolling_fits(np.array(values), bank, every=False)
    return fits


def drift_bank(alpha: float, share: float = 1.0, ridge: float = 1.0) -> Bank:
    return make_bank((alpha,), (share,), (1.0,), NO_HOLT, ridge)


def errors_of(values: list[float], step) -> np.ndarray:
    """Run one smoother by hand: ``step(value or NaN)`` returns the one-step error."""
    return np.array([step(value) for value in values])


def simple(alpha: float, level: float, slope: float):
    state = [level]

    def step(value: float) -> float:
        expected = state[0] + slope
        error = 0.0 if np.isnan(value) else value - expected
        state[0] = expected + alpha * error
        return error

    return step, state


def damped(alpha: float, beta: float, phi: float, level: float, slope: float):
    state = [level, slope]

    def step(value: float) -> float:
        state[1] *= phi
        state[0] += state[1]
        error = 0.0 if np.isnan(value) else value - state[0]
        state[0] += alpha * error
        state[1] += beta * error
        return error

    return step, state


def brute_force(values: list[float], make, penalty: list[float]) -> tuple[float, np.ndarray]:
    """Return (sum of squares, final state) with starting values solved as a linear least-squares problem."""
    base = np.zeros(len(penalty))
    runs = []
    for start in (base, *np.eye(len(penalty))):
        step, state = make(*start)
        runs.append((errors_of(values, step), np.array(state)))
    design = -np.column_stack([errors - runs[0][0] for errors, _ in runs[1:]])
    start = np.linalg.solve(design.T @ design + np.diag(penalty), design.T @ runs[0][0])
    errors = runs[0][0] - design @ start
    state = runs[0][1] + sum(s * (end - runs[0][1]) for s, (_, end) in zip(start, runs[1:], strict=True))
    return float(errors @ errors), state


def test_members_name_every_fit_once_and_damp_only_drifts() -> None:
    bank = make_bank((0.3, 1.0), (0.5,), (0.8, 1.0), ((0.4,), (0.25,), (0.9,)), 1.0)
    kinds = members(bank)
    assert kinds.fit.tolist() == [0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6]
    assert kinds.damping.tolist() == [1, 1, 0.8, 0.8, 1, 1, 0.8, 0.8, 1, 1, 0.9]
    assert kinds.line.tolist() == [0] * 6 + [1] * 4 + [0]
    assert kinds.holt.tolist() == [0] * 10 + [1]
    assert kinds.beta_share[-1] == pytest.approx(0.25)


def test_a_line_is_continued_and_a_constant_stays() -> None:
    fits = at_end([[7.0] * 8, [3.0 + 2 * t for t in range(8)]], drift_bank(0.4, ridge=1e-12))
    level, least, line = range(3)
    assert fits.level[:, 0] == pytest.approx([7.0] * 3)
    assert fits.slope[:, 0] == pytest.approx([0.0] * 3, abs=1e-9)
    assert fits.slope[[least, line], 1] == pytest.approx([2.0, 2.0])
    assert fits.level[[least, line], 1] == pytest.approx([17.0, 17.0])
    assert fits.sse[[least, line], 1] == pytest.approx([0.0, 0.0], abs=1e-9)
    assert fits.level[level, 1] < 17.0  # without a slope the level lags behind


def test_a_full_step_smoother_is_drift_shrunk_by_the_ridge() -> None:
    # α = 1: errors are y[t] − y[t−1] − b, apart from the first, where the level is free
    fits = at_end([[10.0, 12.0, 13.0, 17.0]], drift_bank(1.0, share=0.5, ridge=2.0))
    assert fits.level[:, 0] == pytest.approx([17.0] * 3)
    assert fits.slope[1, 0] == pytest.approx(0.5 * 7 / (3 + 2))
    assert fits.slope[2, 0] == pytest.approx(0.5 * (-1.5 * 10 - 0.5 * 12 + 0.5 * 13 + 1.5 * 17) / 5)
    assert fits.sse[0, 0] == pytest.approx(4 + 1 + 16)


@pytest.mark.parametrize("values", [[10.0, 14.0, 13.0, 18.0, 22.0], [10.0, NAN, NAN, 13.0, 18.0, 11.0, NAN]])
def test_starting_values_are_the_ridge_solution_found_by_brute_force(values: list[float]) -> None:
    known = [column for column, value in enumerate(values) if not np.isnan(value)]
    trimmed = values[: known[-1] + 1]
    bank = make_bank((0.6,), (1.0,), (1.0,), ((0.6,), (0.3,), (0.9,)), 2.0)
    fits = at_end([trimmed], bank)
    sse, state = brute_force(trimmed, lambda level, slope: simple(0.6, level, slope), [0.0, 2.0])
    # the slope is part of the start in `simple` by closure, not of the state
    assert fits.sse[1, 0] == pytest.approx(sse)
    assert fits.level[1, 0] == pytest.approx(state[0])
    sse, state = brute_force(trimmed, lambda *start: damped(0.6, 0.18, 0.9, *start), [0.0, 2.0])
    assert fits.sse[3, 0] == pytest.approx(sse)
    assert [fits.level[3, 0], fits.slope[3, 0]] == pytest.approx(state.tolist())


def test_a_fixed_slope_leaves_only_the_level_to_be_fitted() -> None:
    values = [4.0, 9.0, 7.0, 12.0, 10.0]
    slope = float(np.polyfit(np.arange(5), values, 1)[0])
    fits = at_end([values], drift_bank(0.3))
    sse, state = brute_force(values, lambda level: simple(0.3, level, slope), [0.0])
    # with a fixed slope the base run carries it, so the level alone is solved for
    assert fits.slope[2, 0] == pytest.approx(slope)
    assert fits.sse[2, 0] == pytest.approx(sse)
    assert fits.level[2, 0] == pytest.approx(state[0])


@given(st.lists(st.floats(-1e4, 1e4), min_size=3, max_size=12), st.integers(1, 4))
def test_what_comes_later_never_changes_an_earlier_origin(values: list[float], cut: int) -> None:
    column = max(len(values) - 1 - cut, 0)
    rolled = dict(rolling_fits(np.array([values]), BANK, every=True))
    early = at_end([values[: column + 1]], BANK)
    for name in ("sse", "level", "slope"):
        found, expected = getattr(rolled[column], name), getattr(early, name)
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_scale_and_shift_pass_through() -> None:
    base = at_end([[3.0, 5.0, 4.0, 6.0, 9.0]], BANK)
    other = at_end([[10 * v - 20 for v in (3.0, 5.0, 4.0, 6.0, 9.0)]], BANK)
    assert other.level == pytest.approx(10 * base.level - 20)
    assert other.slope == pytest.approx(10 * base.slope)
    assert other.sse == pytest.approx(100 * base.sse)
