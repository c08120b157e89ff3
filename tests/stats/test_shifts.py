"""Jumps nobody announced: found where a hand calculation finds them, seldom where there are none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.stats.defaults import SHORT_SERIES
from forecast.stats.shifts import Jumps, ShiftSettings, find_jumps, without_jumps, without_known

NAN = float("nan")
SHIFTS = SHORT_SERIES.shifts
#: Weight of the panel so large that ρ² = 1: u is then the change less the median change, over √m.
PLAIN = ShiftSettings(least_points=5, threshold=5.0, own_weight=1e12, back=0.4, doubt=0.25)


def look(row: list[float], usual: float = 1.0, noise: float = 0.0, s: ShiftSettings = PLAIN) -> Jumps:
    z = np.array([row])
    return find_jumps(z, np.array([noise]), np.full(z.shape, usual), s)


def test_a_pulse_by_hand() -> None:
    # changes 1, −1, 9, −8, 0, 1: median 0.5, so the pulse is 8.5 usual changes high and goes back by 8.5
    found = look([10, 11, 10, 19, 11, 11, 12])
    assert found.pulse.tolist() == [[0, 0, 0, 8.5, 0, 0, 0]]
    assert not found.step.any()
    assert not found.leap.any()
    assert found.removed == pytest.approx([5**2])  # counted as five usual changes
    kept = without_jumps(np.array([[10.0, 11, 10, 19, 11, 11, 12]]), found)
    assert kept[0] == pytest.approx([10, 11, 10, NAN, 11, 11, 12], nan_ok=True)


def test_a_step_by_hand() -> None:
    # changes 2, 1, 13, 0, 1, 2, 1: median 1; the step is 12 beyond it and earlier years rise by 12
    row = [3.0, 5, 6, 19, 19, 20, 22, 23]
    found = look(row)
    assert found.step.tolist() == [[0, 0, 0, 12, 0, 0, 0, 0]]
    assert not found.pulse.any()
    assert without_jumps(np.array([row]), found)[0].tolist() == [15, 17, 18, 19, 19, 20, 22, 23]


def test_a_leap_by_hand_stays_in_the_last_value() -> None:
    # changes 1, 0, 1, 1, −7: median 1, the leap is −8
    row = [4.0, 5, 5, 6, 7, 0]
    found = look(row)
    assert found.leap.tolist() == [-8]
    assert not found.step.any()
    assert without_jumps(np.array([row]), found)[0].tolist() == [-4, -3, -3, -2, -1, 0]


def test_two_steps_add_up_and_gaps_are_bridged() -> None:
    # observed 0, 1, _, 8, 8, 9, _, 2, 3, 3 : changes 1, 7 (two years), 0, 1, −7 (two years), 1, 0
    row = [0.0, 1, NAN, 8, 8, 9, NAN, 2, 3, 3]
    found = look(row, usual=0.5)
    # median 1; over two years the variance doubles to 1: u = (7/1 − 1/√½·…) is taken on changes over √m
    middle = 1 / np.sqrt(0.5)
    assert np.flatnonzero(found.step[0]).tolist() == [3, 7]
    expected = np.median([middle, 7, 0, middle, -7, middle, 0])
    assert found.step[0, [3, 7]] == pytest.approx([7 - expected, -7 - expected])


def test_counting_noise_is_never_undercut() -> None:
    row = [20.0, 20, 20, 26, 20, 20, 20]
    assert look(row, usual=0.0, noise=0.0).pulse.any()
    assert not look(row, usual=0.0, noise=1.0).pulse.any()  # 6/√2 = 4.2 usual changes
    assert look([20, 20, 20, 28, 20, 20, 20], usual=0.0, noise=1.0).pulse.any()  # 8/√2 = 5.7


def test_a_restless_series_is_judged_by_itself() -> None:
    restless = [0.0, 4, 1, 6, 2, 5, 0, 9, 1, 3, 0]
    assert look(restless).rows.tolist() == [0]
    assert not look(restless, s=SHIFTS).rows.size


def test_a_ramp_is_no_step_and_short_rows_are_left_alone() -> None:
    assert not look([1.0, 1, 2, 8, 16, 24, 25, 25]).step.any()
    assert not look([1.0, 1, 20, 20]).rows.size


def test_a_leap_is_no_leap_if_it_only_undoes_the_year_before() -> None:
    found = look([5.0, 5, 6, 5, 15, 6])
    assert found.pulse[0, 4] > 0
    assert not found.leap.any()


def walks(kind: str, series: int, years: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Panels without jumps: z, counting noise, usual variance."""
    dice = np.random.default_rng(seed)
    if kind == "walk":
        steps = dice.standard_normal((series, years))
        return np.cumsum(steps, axis=1), np.zeros(series), np.ones((series, years))
    if kind == "heavy":  # t with 4 degrees of freedom, variance 1
        steps = dice.standard_t(4, (series, years)) / np.sqrt(2)
        return np.cumsum(steps, axis=1), np.zeros(series), np.ones((series, years))
    level = np.exp(dice.uniform(np.log(4), np.log(200), series))[:, None]
    z = 2 * np.sqrt(dice.poisson(level, (series, years)) + 0.375)
    return z, np.ones(series), np.zeros((series, years))


@pytest.mark.parametrize(("kind", "years", "most"), [
    ("walk", 8, 0.001), ("walk", 12, 0.0015), ("walk", 25, 0.0025),
    ("count", 8, 0.0005), ("count", 12, 0.0005), ("count", 25, 0.0005),
    ("heavy", 12, 0.045), ("heavy", 25, 0.11),
])  # fmt: skip
def test_false_alarms_are_rare(kind: str, years: int, most: float) -> None:
    z, noise, usual = walks(kind, 20_000, years, seed=5)
    found = find_jumps(z, noise, usual, SHIFTS)
    assert found.rows.size / len(z) < most


@pytest.mark.parametrize("kind", ["walk", "count"])
def test_jumps_of_ten_usual_changes_are_found(kind: str) -> None:
    z, noise, usual = walks(kind, 4000, 12, seed=7)
    usual_change = np.sqrt(2 * noise + usual[:, 0])
    pulse, step, leap = z.copy(), z.copy(), z.copy()
    pulse[:, 6] += 10 * usual_change
    step[:, 6:] += 10 * usual_change[:, None]
    leap[:, -1] -= 10 * usual_change
    assert (find_jumps(pulse, noise, usual, SHIFTS).pulse[:, 6] > 0).mean() > 0.93
    assert (find_jumps(step, noise, usual, SHIFTS).step[:, 6] > 0).mean() > 0.97
    assert (find_jumps(leap, noise, usual, SHIFTS).leap < 0).mean() > 0.97


def test_rows_do_not_depend_on_their_neighbours() -> None:
    z, noise, usual = walks("heavy", 300, 14, seed=3)
    z[np.random.default_rng(1).random(z.shape) < 0.1] = NAN
    z[:, 0] = 0.0
    whole = find_jumps(z, noise, usual, SHIFTS)
    assert whole.rows.size > 3
    for row in range(0, 300, 7):
        one = slice(row, row + 1)
        alone = find_jumps(z[one], noise[one], usual[one], SHIFTS)
        assert alone.step.tobytes() == whole.step[one].tobytes()
        assert alone.pulse.tobytes() == whole.pulse[one].tobytes()
        assert alone.leap.tobytes() == whole.leap[one].tobytes()


def test_known_jumps_at_either_end() -> None:
    z = np.array([[9.0, 4, 5, 6, 30], [1, 2, NAN, 9, 10], [1, 2, 3, 4, 5]])
    steps, pulses = np.zeros(z.shape, bool), np.zeros(z.shape, bool)
    pulses[0, [0, 4]] = True  # both ends take the value beside them
    steps[1, 2] = True  # a gap: the step shows in the next value, 7 against the usual 1
    pulses[2] = True  # nothing would be left
    found = without_known(z, steps, pulses)
    assert found[0].tolist() == [4, 4, 5, 6, 6]
    assert found[1] == pytest.approx([7, 8, NAN, 9, 10], nan_ok=True)
    assert found[2].tolist() == z[2].tolist()


def test_a_step_in_the_last_year_moves_all_before() -> None:
    z = np.array([[1.0, 2, 4, 5, 25]])
    steps = np.array([[False, False, False, False, True]])
    assert without_known(z, steps, ~steps & steps)[0].tolist() == [20, 21, 23, 24, 25]


rows = st.lists(st.one_of(st.just(NAN), st.floats(-1e6, 1e6)), min_size=1, max_size=12)


@settings(max_examples=80)
@given(rows, st.floats(0, 10), st.floats(0, 4), st.integers(0, 2**12), st.integers(0, 2**12))
def test_whatever_comes_ends_stay_observed(
    row: list[float], usual: float, noise: float, steps: int, pulses: int
) -> None:
    row[0] = 1.0
    z = np.array([row])
    bits = 1 << np.arange(z.shape[1])
    known = without_known(z, np.array([(steps & bits) > 0]), np.array([(pulses & bits) > 0]))
    found = find_jumps(known, np.array([noise]), np.full(z.shape, usual), SHIFTS)
    last = int(np.flatnonzero(~np.isnan(z[0]))[-1])
    for result in (known[0], *without_jumps(known, found)):
        assert np.isfinite(result[0])
        assert np.isfinite(result[last])
        assert np.isnan(result[np.isnan(z[0])]).all()
