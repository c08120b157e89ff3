"""How changes grow with the years between them, and what errors far ahead take from it."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.stats.change_growth import error_steps, growth_exponent

NAN = float("nan")


def walks(series: int, years: int, *, noise: float, step: float, seed: int = 1) -> np.ndarray:
    dice = np.random.default_rng(seed)
    level = np.cumsum(step * dice.standard_normal((series, years)), axis=1)
    return level + noise * dice.standard_normal((series, years))


@pytest.mark.parametrize(("noise", "step", "expected"), [(1.0, 0.0, 0.0), (0.0, 1.0, 1.0), (1.0, 0.7, 0.3)])
def test_noise_stays_a_walk_grows_and_both_lie_between(noise: float, step: float, expected: float) -> None:
    """Var c_h = 2·noise² + h·step²: 2.49, 2.98 … 4.45, between h^0.26 and h^0.36."""
    found, years = growth_exponent(walks(4000, 8, noise=noise, step=step), np.ones(4000), 5)
    assert found == pytest.approx(expected, abs=0.05)
    assert years == 7


def test_worked_by_hand_with_a_gap_and_two_units() -> None:
    """Series 1 in units of 2: changes 1, 1.5 | 2.5. Series 2: none over one year, 4 over two."""
    z = np.array([[0.0, 2.0, 5.0], [1.0, NAN, 5.0]])
    found, years = growth_exponent(z, np.array([2.0, 1.0]), 2)
    # s_1 = 1.25 (series 1 alone); s_2 = (2.5 + 4)/2 = 3.25
    assert found == pytest.approx(min(2 * np.log(3.25 / 1.25) / np.log(2), 2.0))
    assert years == 2


def test_a_still_panel_a_single_year_and_one_distance_say_nothing() -> None:
    for z in (np.ones((3, 6)), np.ones((3, 1)), np.array([[1.0, 2.0]])):
        assert growth_exponent(z, np.ones(len(z)), 4)[1] == 0
        steps = error_steps(z, np.ones(len(z)), np.ones((len(z), 4)), 4, weight=4.0, series=3.0)
        assert steps.tolist() == [1.0] * 4


def test_steps_lead_from_the_expected_growth_down_to_the_seen() -> None:
    """Swings (γ = 0.22) where a walk was expected: h^(k·(γ − 1)/2), k = E/(E + 4), E = 6·1/(1 + 3)."""
    swings = np.array([[0.0, 1.0, 2.0, 1.0, 0.0, 1.0, 2.0]])
    found, years = growth_exponent(swings, np.ones(1), 3)
    assert (round(found, 2), years) == (0.22, 6.0)
    expected = np.sqrt([[1.0, 2.0, 3.0]])
    steps = error_steps(swings, np.ones(1), expected, 3, weight=4.0, series=3.0)
    share = (6 / 4) / (6 / 4 + 4)
    np.testing.assert_allclose(np.cumprod(steps), np.arange(1, 4) ** (share * (found - 1) / 2))
    still = error_steps(swings, np.ones(1), expected, 3, weight=np.inf, series=3.0)
    assert still.tolist() == [1.0] * 3


def test_a_drift_widens_nothing() -> None:
    """Changes of a straight line grow with the years, errors of a forecast that follows it do not."""
    line = np.arange(6.0)[None, :]
    steps = error_steps(line, np.ones(1), np.ones((1, 3)), 3, weight=4.0, series=3.0)
    assert steps.tolist() == [1.0] * 3


def test_what_is_seen_as_expected_changes_nothing() -> None:
    z = walks(4000, 8, noise=0.0, step=1.0)
    expected = np.tile(np.sqrt(np.arange(1, 6)), (4000, 1))
    steps = error_steps(z, np.ones(4000), expected, 5, weight=4.0, series=3.0)
    np.testing.assert_allclose(steps, 1.0, atol=0.02)
