"""Ranges from past errors: exact where they can be, coherent over years, never below counting noise."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.stats.class_variance import by_size, relative_variance
from forecast.stats.defaults import SHORT_SERIES
from forecast.stats.intervals import (
    ErrorPool,
    Scale,
    deviations,
    errors_by_origin,
    learn_pool,
    own_variance,
)
from forecast.stats.paths import lowered_centre, sample_paths

NAN = float("nan")
SETTINGS = SHORT_SERIES.intervals
RELATIVE = np.array([0.01])


def pool_of(tables: list[list[float]], persistence: list[float], common: float = 0.0) -> ErrorPool:
    rows = (tuple(np.array(table) for table in tables),)
    return ErrorPool((), rows, np.array(persistence), common, np.array([0.01]), np.ones(len(tables)))


@given(st.floats(0, 1e7), st.sampled_from([0.0, 0.375]))
def test_the_root_scale_can_be_undone(value: float, offset: float) -> None:
    scale = Scale(np.array([True]), np.array([offset]), np.zeros(1))
    assert scale.back(scale.forward(np.array([[value]])))[0, 0] == pytest.approx(value, rel=1e-9, abs=1e-9)


def test_the_root_scale_is_never_negative_and_the_plain_one_is_plain() -> None:
    scale = Scale(np.array([True, False]), np.array([0.375, 0.0]), np.zeros(2))
    assert scale.back(np.array([[-5.0], [-5.0]])).ravel().tolist() == [0.0, -5.0]


def test_errors_belong_to_their_origin() -> None:
    z = np.array([[1.0, 2.0, NAN, 7.0]])
    forecast = np.array([[[1.0, 1.0], [2.5, 3.0], [9.0, 9.0], [8.0, 8.0]]])
    found = errors_by_origin(z, forecast, 1)
    assert found[0, 0].tolist() == pytest.approx([1.0, NAN], nan_ok=True)
    assert found[0, 1].tolist() == pytest.approx([NAN, 4.0], nan_ok=True)
    assert np.isnan(found[0, 2:]).all()  # a gap is no origin, and behind the end nothing came
    assert np.isnan(errors_by_origin(z, forecast, 2)[0, 0]).all()


def test_a_series_is_judged_by_its_own_errors_and_its_size() -> None:
    sse, seen = np.array([[0.0, 9.0, 30.0]]), np.array([[1.0, 3.0, 6.0]])
    found = own_variance(sse, seen, np.full((1, 3), 40.0), np.array([1.0]), np.full((1, 3), 0.1), 5.0)
    expected = 1 + 0.1 * 40
    assert found[0] == pytest.approx([expected, (9 + 5 * expected) / 7, (30 + 5 * expected) / 10])
    none = np.zeros((1, 3))
    assert own_variance(none, seen, none, np.array([1.0]), none, 5.0)[0, -1] == 1.0  # counting noise stays


def test_relative_variance_of_a_series_and_of_its_size() -> None:
    errors = np.array([[2.0, 2.0], [3.0, NAN], [100.0, 100.0], [NAN, NAN]])
    size = np.array([[10.0, 20.0], [10.0, 999.0], [10.0, 10.0], [5.0, 5.0]])
    found = relative_variance(errors, size, np.ones(4))
    # (8 − 2)/30, (9 − 1)/10, (20000 − 2)/20
    assert found[:3] == pytest.approx([0.2, 0.8, 999.9])
    assert np.isnan(found[3])
    classes = np.array([0, 0, 2, 1])
    pooled = by_size(found, classes, (1.0, 2.0, 3.0), 2.0)
    # panel median 0.8; class 0: median 0.5 of two series; class 2: one, its logarithm counts a third
    assert pooled == pytest.approx([(2 * 0.5 + 2 * 0.8) / 4, 0.8, 0.8 * (999.9 / 0.8) ** (1 / 3), 0.8])
    assert by_size(np.array([-1.0, NAN]), np.zeros(2, int), (), 5.0).tolist() == [0.0]


def test_counting_noise_does_not_accumulate_and_few_points_widen() -> None:
    seen = np.array([[4.0]])
    plain = deviations(np.array([[5.0]]), seen, np.array([1.0]), 3, growth=1.0, few_points=0.0)
    assert plain[0, 0] ** 2 == pytest.approx([5.0, 9.0, 13.0])
    wide = deviations(np.array([[5.0]]), seen, np.array([1.0]), 3, growth=1.0, few_points=2.0)
    assert wide[0, 0] ** 2 == pytest.approx([5.0 * 2, 9.0 * 2.5, 13.0 * 3])


def test_quantiles_are_symmetric_and_reach_the_extremes() -> None:
    pool = pool_of([[1.0, 3.0, 8.0]], [0.0])
    levels = np.array([0.01, 0.25, 0.5, 0.75, 0.875, 0.99])
    # |error| at 1/4, 2/4, 3/4 of the tail: 1, 3, 8
    assert pool.quantiles(0, levels)[:, 0] == pytest.approx([-8.0, -3.0, 0.0, 3.0, 8.0, 8.0])


def test_paths_have_the_pooled_distribution_in_every_year_and_hang_together() -> None:
    generator = np.random.default_rng(3)
    pool = pool_of([[1.0, 2.0, 4.0]] * 3, [0.0, 0.9, 0.9])
    shocks = generator.standard_normal((1, 4000, 3))
    paths = sample_paths(
        np.array([[10.0, 20.0, 30.0]]),
        np.full((1, 3), 2.0),
        np.zeros(1),
        np.zeros(1, int),
        pool,
        shocks,
        shocks[0] * 0,
    )
    expected = np.sort(pool.quantiles(0, (np.arange(4000) + 0.5) / 4000)[:, 0]) * 2
    for year in range(3):
        assert np.sort(paths[0, :, year]) == pytest.approx(expected + 10 * (year + 1))
    assert 0.8 < np.corrcoef(paths[0, :, 0], paths[0, :, 1])[0, 1] < 0.95
    assert np.corrcoef(paths[0, :, 0], paths[0, :, 2])[0, 1] > 0.6


def test_calm_counts_keep_their_counting_noise() -> None:
    pool = pool_of([[0.0, 0.0, 0.1]], [0.0])
    shocks = np.random.default_rng(3).standard_normal((2, 2000, 1))
    deviation, noise = np.ones((2, 1)), np.array([1.0, 0.0])
    paths = sample_paths(np.zeros((2, 1)), deviation, noise, np.zeros(2, int), pool, shocks, shocks[0] * 0)
    assert paths[0].std() == pytest.approx(1.0, abs=0.01)
    assert np.abs(paths[1]).max() == pytest.approx(0.1)


def test_common_shocks_move_series_together() -> None:
    generator = np.random.default_rng(5)
    pool = pool_of([list(np.linspace(0.1, 3, 50))], [0.0], common=0.6)
    shocks = generator.standard_normal((2, 3000, 1))
    common = generator.standard_normal((3000, 1))
    paths = sample_paths(
        np.zeros((2, 1)), np.ones((2, 1)), np.zeros(2), np.zeros(2, int), pool, shocks, common
    )
    assert np.corrcoef(paths[0, :, 0], paths[1, :, 0])[0, 1] == pytest.approx(0.6, abs=0.06)


def test_the_share_of_common_shocks_is_measured() -> None:
    generator = np.random.default_rng(6)
    calendar = np.tile(np.arange(60), (30, 1))
    errors = np.sqrt(0.4) * generator.standard_normal(60) + np.sqrt(0.6) * generator.standard_normal((30, 60))
    pool = learn_pool(errors[:, :, None], np.full((30, 60), 50.0), calendar, 1, RELATIVE, SETTINGS)
    assert pool.common == pytest.approx(0.4, abs=0.12)


def test_thin_classes_use_the_panel_and_thin_horizons_the_year_before() -> None:
    generator = np.random.default_rng(7)
    standard = generator.standard_normal((40, 30, 2))
    standard[:, :, 1] = NAN
    size = np.full((40, 30), 5.0)
    size[0] = 5000.0  # 30 errors only: too few for a class of their own
    calendar = np.tile(np.arange(30), (40, 1))
    quiet = dataclasses.replace(SETTINGS, few_years=0.0, tail=1.0)
    pool = learn_pool(standard, size, calendar, 2, RELATIVE, quiet)
    own, large = pool.classes(np.array([5.0, 5000.0]))
    assert pool.tables[own][0].size == 39 * 30
    assert pool.tables[large][0].size == 40 * 30
    assert np.array_equal(pool.tables[large][1], pool.tables[large][0])


def test_a_horizon_nobody_has_seen_grows_by_the_step() -> None:
    standard = np.random.default_rng(11).standard_normal((40, 30, 3))
    standard[:, :, 1:] = NAN
    size, calendar = np.full((40, 30), 5.0), np.tile(np.arange(30), (40, 1))
    quiet = dataclasses.replace(SETTINGS, few_years=0.0)
    pool = learn_pool(standard, size, calendar, 3, RELATIVE, quiet, np.array([1.0, 0.5, 3.0]))
    first, second, third = pool.tables[0]
    np.testing.assert_allclose(second, first * 0.5)
    np.testing.assert_allclose(third, first * 1.5)


def test_without_any_error_the_tables_are_normal_and_wide() -> None:
    empty = np.full((2, 3, 2), NAN)
    pool = learn_pool(empty, np.ones((2, 3)), np.zeros((2, 3), int), 2, RELATIVE, SETTINGS)
    spread = pool.quantiles(0, np.array([0.975]))[0]
    assert (spread > 1.96).all()
    assert pool.common == 0
    assert pool.persistence[1] == pytest.approx(np.sqrt(0.5))


def test_few_years_widen_the_range() -> None:
    standard = np.random.default_rng(8).standard_normal((100, 30, 1))
    calendar = np.tile(np.arange(30), (100, 1))
    size = np.full((100, 30), 50.0)
    years = SETTINGS.prior_years
    many = learn_pool(standard, size, calendar, 1, RELATIVE, SETTINGS)
    few = learn_pool(standard, size, calendar // 15, 1, RELATIVE, SETTINGS)
    assert few.widening[0] == pytest.approx(np.sqrt(1 + SETTINGS.few_years / (2 + years)))
    assert few.spread(np.zeros(1, int))[0, 0] > 1.08 * many.spread(np.zeros(1, int))[0, 0]


def test_the_largest_errors_are_drawn_in() -> None:
    standard = np.random.default_rng(9).standard_normal((100, 20, 1))
    standard[0, 0] = 1e6
    calendar, size = np.tile(np.arange(20), (100, 1)), np.full((100, 20), 50.0)
    pool = learn_pool(standard, size, calendar, 1, RELATIVE, SETTINGS)
    assert pool.tables[0][0].max() < 3.5


def test_the_lift_of_the_mean_is_taken_back_in_part() -> None:
    centre, spread = np.array([[20.0], [20.0], [1.0]]), np.array([[6.0], [6.0], [6.0]])
    root = np.array([True, False, True])
    lowered = lowered_centre(centre, spread, 1.0, root)
    assert lowered[0, 0] ** 2 + 36 == pytest.approx(400)
    assert lowered[1, 0] == 20.0
    assert lowered[2, 0] == 0.5
    assert lowered_centre(centre, spread, 0.0, root) == pytest.approx(centre)
    assert lowered_centre(centre, spread, 0.25, root)[0, 0] ** 2 + 36 / 4 == pytest.approx(400)


def test_what_is_assumed_to_be_common_gives_way_to_years_seen() -> None:
    generator = np.random.default_rng(3)
    errors = generator.standard_normal((60, 11, 1))
    errors[:, -1] = np.nan
    calendar = np.broadcast_to(np.arange(11), (60, 11))
    size = np.full((60, 11), 50.0)

    def common(assumed: float, years: float, seen: np.ndarray) -> float:
        settings = dataclasses.replace(SETTINGS, common=assumed, common_years=years)
        return learn_pool(seen, size, calendar, 1, np.ones(len(SETTINGS.class_edges) + 1), settings).common

    alone = common(0.0, 0.0, errors)
    assert alone < 0.05
    assert common(0.4, 30.0, errors) == pytest.approx((10 * alone + 30 * 0.4) / 40)
    assert common(0.4, 30.0, np.full_like(errors, np.nan)) == pytest.approx(0.4), "no year seen"
    assert common(0.4, 0.0, np.full_like(errors, np.nan)) == 0
