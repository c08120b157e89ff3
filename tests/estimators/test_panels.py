"""Learn once, forecast any rows: the same bytes for any chunks, no draws, and what the draws would say."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from forecast.errors import ModelError
from forecast.estimators.known import as_grid
from forecast.estimators.panels import PanelForecast, learn_panel, panel_quantiles
from forecast.estimators.protocol import History
from forecast.estimators.rows import REASONS, STATUSES, reasons
from forecast.estimators.series import forecast_series
from forecast.stats.defaults import QUANTILE_LEVELS, SHORT_SERIES

NAN = float("nan")


def mixed(count: int = 120, seed: int = 1) -> list[History]:
    """Counts of all sizes and lengths, with gaps, zeros, balances below zero and single values."""
    generator = np.random.default_rng(seed)
    found = []
    for place in range(count):
        length = int(generator.integers(1, 22))
        values = generator.poisson(np.exp(generator.uniform(0, 6)), length).astype(float)
        values[generator.random(length) < 0.1] = NAN
        if place % 13 == 0:
            values -= 80
        if place % 17 == 0:
            values[:] = 0
        if place % 29 == 0:
            values[:] = NAN
        found.append(History(f"s{place}", np.arange(2024 - length, 2024), values))
    return found


def same(a: PanelForecast, b: PanelForecast) -> bool:
    return all(left.tobytes() == right.tobytes() for left, right in zip(a, b, strict=True))


@pytest.mark.parametrize("size", [1, 7, 50])
def test_chunks_change_no_byte(size: int) -> None:
    grid, first = as_grid(mixed())
    learning = learn_panel((grid, first), 4)
    whole = panel_quantiles(learning, grid, first, 4)
    starts = range(0, len(grid), size)
    parts = [panel_quantiles(learning, grid[i : i + size], first[i : i + size], 4) for i in starts]
    assert same(whole, PanelForecast(*(np.concatenate(column) for column in zip(*parts, strict=True))))


def test_padding_on_either_side_changes_no_byte() -> None:
    grid, first = as_grid(mixed())
    learning = learn_panel((grid, first), 3)
    padded = np.pad(grid, ((0, 0), (3, 5)), constant_values=NAN)
    assert same(panel_quantiles(learning, grid, first, 3), panel_quantiles(learning, padded, first - 3, 3))


def test_histories_and_a_grid_teach_the_same() -> None:
    histories = mixed()
    by_list = learn_panel(histories, 3)
    by_grid = learn_panel(as_grid(histories), 3)
    assert pickle.dumps(by_list) == pickle.dumps(by_grid)
    assert len(pickle.dumps(by_list)) < 300_000


def test_quantiles_are_those_of_the_draws() -> None:
    histories = [history for history in mixed(60) if np.isfinite(history.values).any()]
    drawn = forecast_series(histories, 3, draws=4000, seed=1)
    learning = learn_panel(histories, 3)
    found = panel_quantiles(learning, *as_grid(histories), 3)
    draws = np.stack([item.draws for item in drawn])
    expected = np.quantile(draws, QUANTILE_LEVELS, axis=1).transpose(1, 2, 0)
    spread = np.maximum(found.quantiles[:, :, -1] - found.quantiles[:, :, 0], 1.0)[:, :, None]
    assert np.abs(found.quantiles - expected).max() < 0.02 * spread.max()
    assert (np.abs(found.quantiles - expected) / spread).max() < 0.02
    assert (np.abs(found.mean - draws.mean(axis=1)) / spread[:, :, 0]).max() < 0.02
    assert [STATUSES[code] for code in found.status] == [item.status for item in drawn]


def test_quantiles_rise_and_counts_stay_above_zero() -> None:
    grid, first = as_grid(mixed(200))
    found = panel_quantiles(learn_panel((grid, first), 5), grid, first, 5)
    sound = found.status < STATUSES.index("failed")
    assert (np.diff(found.quantiles[sound], axis=2) >= 0).all()
    rooted = sound & ~(grid < 0).any(axis=1)
    assert (found.quantiles[rooted] >= 0).all()
    assert np.isnan(found.quantiles[~sound]).all()


def test_status_and_reasons() -> None:
    grid = np.array([[1.0, 2.0, 3.0], [NAN, NAN, NAN], [1.0, np.inf, 2.0], [NAN, 4.0, NAN], [1.0, -2.0, 3.0]])
    first = np.full(5, 2020)
    learning = learn_panel((grid, first), 2, non_negative=True)
    found = panel_quantiles(learning, grid, first, 2, non_negative=True)
    assert [STATUSES[code] for code in found.status] == ["forecast", "failed", "failed", "short", "failed"]
    said = [reasons(int(flag), years) for flag, years in zip(found.flags, found.years.tolist(), strict=True)]
    assert said[0] == ()
    ends = "Endet vor 2022, dem letzten Jahr der meisten Reihen."
    assert said[1:] == [(REASONS[1],), (REASONS[2],), (REASONS[0], ends), (REASONS[3],)]


def test_a_longer_horizon_than_learned_is_refused() -> None:
    grid, first = as_grid(mixed(20))
    learning = learn_panel((grid, first), 2)
    with pytest.raises(ModelError, match="nicht gelernt"):
        panel_quantiles(learning, grid, first, 3)
    with pytest.raises(ModelError, match="mindestens 1"):
        learn_panel((grid, first), 0)


def test_a_shorter_horizon_is_the_beginning_of_the_longer() -> None:
    grid, first = as_grid(mixed(60))
    learning = learn_panel((grid, first), 5)
    long, short = (panel_quantiles(learning, grid, first, horizon) for horizon in (5, 2))
    assert long.quantiles[:, :2] == pytest.approx(short.quantiles, nan_ok=True)


def test_a_large_panel_is_learned_from_some_of_its_series() -> None:
    generator = np.random.default_rng(7)
    grid = generator.poisson(30, (3 * SHORT_SERIES.learn_most, 6)).astype(float)
    first = np.full(len(grid), 2018)
    grid[::3] = 30.0  # every third is calm: whoever takes every third sees a panel without movement
    whole = learn_panel((grid, first), 1).rooted.pool.relative_variance.max()
    shuffled = generator.permutation(len(grid))
    mixed = learn_panel((grid[shuffled], first), 1).rooted.pool.relative_variance.max()
    assert whole == pytest.approx(mixed, abs=0.1)
    assert pickle.dumps(learn_panel((grid, first), 1)) == pickle.dumps(learn_panel((grid, first), 1))


def test_an_empty_panel_still_forecasts_with_the_fallback() -> None:
    nothing = np.full((2, 3), NAN)
    learning = learn_panel((nothing, np.zeros(2, int)), 3)
    found = panel_quantiles(learning, np.array([[20.0, 22.0, 19.0]]), np.array([2020]), 3)
    assert found.quantiles[0, 0, 0] < 19 < found.quantiles[0, 0, -1]
