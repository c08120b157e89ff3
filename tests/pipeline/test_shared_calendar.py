"""Employment and open places are moved by the same years: forecasts of two panels may share a calendar."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.coherent import Figures, forecast_coherently
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.fit import EMPLOYMENT
from forecast.inputs import Inputs

YEARS = range(2013, 2026)
GROUPS = ("KldB-244", "KldB-262", "KldB-321", "KldB-342")


def panel(level: float, seed: int) -> Figures:
    """Four groups of one Land that wander by themselves."""
    steps = np.random.default_rng(seed).normal(0, 0.05, (len(GROUPS), len(YEARS)))
    paths = level * np.exp(np.cumsum(steps, axis=1))
    return {
        ("BB", group): dict(zip(YEARS, path.tolist(), strict=True))
        for group, path in zip(GROUPS, paths, strict=True)
    }


def sums(inputs: Inputs, figures: Figures, quantity: str, calendar: str | None) -> np.ndarray:
    """Sum of all groups one year ahead (D,)."""
    draws = ParameterDraws(inputs.definitions.parameters, seed=3, draws=400)
    found, refused = forecast_coherently(
        figures, inputs.definitions.codes, quantity, 2026, draws, calendar=calendar
    )
    assert not refused
    return np.sum([item.draws[:, 0] for item in found.values()], axis=0)


def test_open_places_rise_and_fall_with_employment_only_on_a_shared_calendar(inputs: Inputs) -> None:
    staff = sums(inputs, panel(5000, 1), EMPLOYMENT, None)
    apart, together = (sums(inputs, panel(400, 2), "labour_market", one) for one in (None, EMPLOYMENT))
    assert abs(np.corrcoef(staff, apart)[0, 1]) < 0.2
    assert np.corrcoef(staff, together)[0, 1] > 0.4
    # the range of each panel is its own
    assert together.std() == pytest.approx(apart.std(), rel=0.15)
    assert together.mean() == pytest.approx(apart.mean(), rel=0.02)
