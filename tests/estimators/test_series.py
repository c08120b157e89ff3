"""The short-series forecaster: nothing crashes, nothing is negative, the same key gives the same draws."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.errors import ModelError
from forecast.estimators.protocol import History
from forecast.estimators.series import METHODS, forecast_series, learn_weights
from forecast.stats.defaults import SHORT_SERIES

NAN = float("nan")


def panel(count: int = 40, length: int = 16, seed: int = 1, trend: float = 0.0) -> list[History]:
    generator = np.random.default_rng(seed)
    level = generator.uniform(5, 400, count)
    steps = generator.normal(trend, 0.06, (count, length))
    rates = level[:, None] * np.exp(np.cumsum(steps, axis=1))
    years = np.arange(2008, 2008 + length)
    return [History(f"s{i}", years, generator.poisson(rate).astype(float)) for i, rate in enumerate(rates)]


def test_each_series_starts_from_its_own_last_year() -> None:
    histories = panel(12)
    histories[3] = History("s3", histories[3].years[:9], histories[3].values[:9])
    gap = histories[5].values.copy()
    gap[[2, 3, -1]] = NAN
    histories[5] = History("s5", histories[5].years, gap)
    found = forecast_series(histories, 4, draws=60, seed=1)
    assert [item.key for item in found] == [history.key for history in histories]
    assert (found[0].origin, found[3].origin, found[5].origin) == (2023, 2016, 2022)
    assert found[3].years.tolist() == [2017, 2018, 2019, 2020]
    for item in found:
        assert item.draws.shape == (60, 4)
        assert item.mean == pytest.approx(item.draws.mean(axis=0))
        assert (item.draws >= 0).all()


def test_what_cannot_be_forecast_says_so_and_stops_nobody() -> None:
    years = np.array([2019, 2020, 2021])
    bad = [
        History("leer", years, np.array([NAN, NAN, NAN])),
        History("nichts", np.array([], dtype=int), np.array([])),
        History("unendlich", years, np.array([1.0, np.inf, 2.0])),
        History("doppelt", np.array([2019, 2019, 2020]), np.array([1.0, 2.0, 3.0])),
        History("negativ", years, np.array([1.0, -2.0, 3.0])),
    ]
    found = forecast_series([*panel(5), *bad], 3, draws=20, seed=1, non_negative=True)
    assert [item.status for item in found] == ["forecast"] * 5 + ["failed"] * 5
    reasons = [item.reason for item in found[5:]]
    assert len(set(reasons)) == 4
    assert all(reason.endswith(".") for reason in reasons)
    assert found[5].origin is None
    assert found[9].origin == 2021
    assert found[9].draws.shape == (20, 0)


def test_one_point_keeps_its_value_with_the_panels_range() -> None:
    found = forecast_series(
        [*panel(), History("neu", np.array([2023]), np.array([50.0]))], 3, draws=400, seed=1
    )
    new = found[-1]
    assert new.status == "short"
    assert "letzter Wert" in new.reason
    assert new.mean == pytest.approx([50.0] * 3, rel=0.1)
    assert np.ptp(np.quantile(new.draws[:, 0], [0.1, 0.9])) > 2 * 1.28 * np.sqrt(50) * 0.9


def test_negative_values_are_allowed_where_they_were_observed() -> None:
    generator = np.random.default_rng(2)
    years = np.arange(2005, 2024)
    balance = [History(f"b{i}", years, generator.normal(0, 20, years.size)) for i in range(20)]
    found = forecast_series([*balance, *panel(10)], 3, draws=300, seed=1)
    assert all((item.draws < 0).any() for item in found[:20])
    assert all((item.draws >= 0).all() for item in found[20:])


def test_draws_depend_on_key_and_seed_and_not_on_order() -> None:
    histories = panel(8)
    straight = forecast_series(histories, 3, draws=30, seed=5)
    turned = forecast_series(histories[::-1], 3, draws=30, seed=5)[::-1]
    for a, b in zip(straight, turned, strict=True):
        assert a.draws == pytest.approx(b.draws, rel=1e-12)
    again = forecast_series(histories, 3, draws=30, seed=5)
    assert all(np.array_equal(a.draws, b.draws) for a, b in zip(straight, again, strict=True))
    other = forecast_series(histories, 3, draws=30, seed=6)
    assert not np.array_equal(straight[0].draws, other[0].draws)
    assert not np.array_equal(straight[0].draws - straight[0].mean, straight[1].draws - straight[1].mean)


def test_years_of_a_path_hang_together() -> None:
    found = forecast_series(panel(80, 24), 4, draws=500, seed=1)
    neighbours = [np.corrcoef(item.draws[:, 2], item.draws[:, 3])[0, 1] for item in found]
    assert np.mean(neighbours) > 0.4


def test_ranges_cover_a_simulated_panel_and_are_no_wider_than_needed() -> None:
    histories = panel(300, 26, seed=3)
    known = [History(h.key, h.years[:21], h.values[:21]) for h in histories]
    found = forecast_series(known, 5, draws=300, seed=1, counts=True)
    truth = np.stack([h.values[21:] for h in histories])
    draws = np.stack([item.draws for item in found], axis=1)
    for nominal, slack in ((0.5, 0.12), (0.8, 0.1), (0.95, 0.045)):
        low, high = np.quantile(draws, [(1 - nominal) / 2, (1 + nominal) / 2], axis=0)
        assert np.mean((low <= truth) & (truth <= high)) == pytest.approx(nominal, abs=slack)


def test_counts_are_never_narrower_than_counting_noise() -> None:
    years = np.arange(2010, 2024)
    calm = [History(f"c{i}", years, np.full(years.size, 20.0 + i)) for i in range(30)]
    found = forecast_series(calm, 2, draws=1000, seed=1, counts=True)
    for item in found:
        low, high = np.quantile(item.draws[:, 0], [0.025, 0.975])
        assert high - low > 2 * 1.9 * np.sqrt(item.mean[0])
    free = forecast_series(calm, 2, draws=200, seed=1, counts=False)
    assert np.ptp(free[0].draws[:, 0]) < 5


def test_zeros_stay_near_zero_but_not_certain() -> None:
    years = np.arange(2012, 2024)
    found = forecast_series([*panel(), History("null", years, np.zeros(years.size))], 2, draws=500, seed=1)
    assert found[-1].mean[0] < 1.5
    assert np.quantile(found[-1].draws[:, 0], 0.975) > 0


def test_weights_follow_what_would_have_been_earned() -> None:
    generator = np.random.default_rng(4)
    first = np.full(40, 2000)
    noise = 50 + generator.normal(0, 5, (40, 20))
    noise[:, 0] = 50
    good, bad = np.full((40, 20, 3), 50.0), np.full((40, 20, 3), 70.0)
    weights, years = learn_weights(
        noise, first, {"last": bad, "damped": bad, "theta": bad, "learned": good}, SHORT_SERIES
    )
    assert years == 17
    assert weights[METHODS.index("learned")] > 0.95
    blind = dataclasses.replace(SHORT_SERIES, evidence=0.0)
    weights, _ = learn_weights(
        noise, first, {"last": bad, "damped": bad, "theta": bad, "learned": good}, blind
    )
    assert weights == pytest.approx(np.array(SHORT_SERIES.prior))


def test_a_shared_trend_is_continued() -> None:
    found = forecast_series(panel(60, 24, trend=0.05), 4, draws=100, seed=1)
    last = np.array([history.values[-1] for history in panel(60, 24, trend=0.05)])
    grown = np.array([item.mean[3] for item in found]).sum() / last.sum()
    assert 1.08 < grown < 1.35  # the truth is exp(4·0.05) = 1.22


def test_very_long_histories_are_cut_to_the_window() -> None:
    years = np.arange(1700, 2024)
    long = History("lang", years, np.concatenate([np.full(250, 1e6), np.full(74, 50.0)]))
    found = forecast_series([long, *panel(5)], 2, draws=50, seed=1)
    assert found[0].mean == pytest.approx([50.0, 50.0], rel=0.2)


def test_arguments_are_checked() -> None:
    with pytest.raises(ModelError, match="mindestens 1"):
        forecast_series(panel(2), 0, draws=10, seed=1)
    with pytest.raises(ModelError, match="denselben Schlüssel"):
        forecast_series([panel(1)[0]] * 2, 1, draws=10, seed=1)
    assert forecast_series([], 3, draws=10, seed=1) == ()


history = st.lists(st.one_of(st.just(NAN), st.floats(-1e9, 1e9)), min_size=0, max_size=8)


@settings(max_examples=60)
@given(st.lists(history, min_size=1, max_size=5), st.integers(1, 6))
def test_any_panel_gives_finite_ordered_numbers_or_a_reason(values: list[list[float]], horizon: int) -> None:
    histories = [
        History(str(i), np.arange(2000, 2000 + len(row)), np.array(row)) for i, row in enumerate(values)
    ]
    for item, row in zip(forecast_series(histories, horizon, draws=7, seed=1), values, strict=True):
        if item.status == "failed":
            assert item.reason
            assert all(np.isnan(row))
        else:
            assert np.isfinite(item.draws).all()
            assert item.draws.shape == (7, horizon)
            if not any(value < 0 for value in row):
                assert (item.draws >= 0).all()
