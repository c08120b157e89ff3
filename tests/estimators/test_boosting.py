"""The second opinion learns what the panel repeats, is deterministic, and refuses too little."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from forecast.errors import ModelError
from forecast.estimators.boosting import boosted_forecasts

NAN = float("nan")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As in production: many threads on tiny trees only wait for each other."""
    with threadpool_limits(limits=1):
        yield


def zigzag(count: int = 60, length: int = 14) -> np.ndarray:
    """Series that alternate around their level: the last value is the worst guess."""
    generator = np.random.default_rng(1)
    level = generator.uniform(50, 200, count)[:, None]
    sign = np.where(np.arange(length) % 2 == 0, 1, -1)
    return level * (1 + 0.2 * sign) + generator.normal(0, 2, (count, length))


def test_a_repeated_pattern_is_learned() -> None:
    grid = zigzag()
    truth = grid[:, 12]
    found = boosted_forecasts(grid[:, :12], 2, seed=1)
    assert found.shape == (60, 2)
    assert np.abs(found[:, 0] - truth).mean() < 0.35 * np.abs(grid[:, 11] - truth).mean()


def test_same_seed_same_numbers_and_short_series_have_none() -> None:
    grid = zigzag()
    grid[0, 3:] = NAN
    grid[1, 10:] = NAN
    found = boosted_forecasts(grid, 3, seed=1)
    assert np.isnan(found[0]).all()
    assert np.isfinite(found[1:]).all()
    assert np.array_equal(found, boosted_forecasts(grid, 3, seed=1), equal_nan=True)


def test_values_that_cannot_be_negative_stay_so_and_others_may_fall() -> None:
    falling = np.linspace(60, 1, 14)[None, :] * np.linspace(0.5, 1, 40)[:, None]
    assert (boosted_forecasts(falling, 5, seed=1) >= 0).all()
    assert (boosted_forecasts(falling - 10, 5, seed=1, root=False) < -5).any()


def test_too_few_windows_are_refused() -> None:
    with pytest.raises(ModelError, match="Zu wenige Verläufe"):
        boosted_forecasts(zigzag(3, 6), 1, seed=1)
