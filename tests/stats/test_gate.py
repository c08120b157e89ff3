"""How smoothers are averaged: features by hand, a softmax that sums to one, a prior that can be steered."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from forecast.stats.blend import blend_rows
from forecast.stats.defaults import SHORT_SERIES
from forecast.stats.gate import (
    FEATURES,
    PROPERTIES,
    Gate,
    averaged,
    features,
    learned_weights,
    likelihood,
    properties,
)
from forecast.stats.operators import BLOCK, Fits, make_bank, members

NAN = float("nan")
BANK, GATE = SHORT_SERIES.bank, SHORT_SERIES.gate
FLAT = Gate(1.0, 0.0, np.zeros((len(FEATURES), len(PROPERTIES))), 0.05, 0.25)


def blend(z: np.ndarray, gate: Gate = GATE, horizon: int = 3, *, every: bool = False):
    count = len(z)
    return blend_rows(z, z, np.zeros(count), np.zeros(count, bool), BANK, gate, horizon, every=every)


def test_features_by_hand() -> None:
    z = np.array([[10.0, 13.0, NAN, 12.0, 16.0]])
    found = features(z, z, np.array([4.0]), np.array([False]))[0, -1]
    changes = np.array([3.0, -1.0, 4.0])
    square = (9 + 1 + 16) / 3
    expected = {
        "one": 1.0,
        "length": np.log(4 / 12),
        "direction": 6 / 8 - 0.4,
        "bounce": (3 * -1 + -1 * 4) / 26,
        "counting": min(8 / square, 1) - 0.2,
        "recent": 2 / np.sqrt(square) - 0.3,
        "restless": (np.log(np.sqrt(square) / 16 + 1e-3) + 2.5) / 1.5,
        "sign": 1.0,
        "steady": changes.mean() / np.sqrt(changes.var() / 3) / 3 - 0.6,
    }
    assert dict(zip(FEATURES, found, strict=True)) == pytest.approx(expected)


def test_features_do_not_change_with_what_comes_later() -> None:
    z = np.random.default_rng(1).normal(20, 3, (4, 9))
    full = features(z, z, np.ones(4), np.ones(4, bool))
    early = features(z[:, :5], z[:, :5], np.ones(4), np.ones(4, bool))
    assert full[:, :5] == pytest.approx(early)


def test_properties_tell_members_apart() -> None:
    bank = make_bank((0.6,), (0.5,), (0.9, 1.0), ((1.0,), (0.2,), (1.0,)), 1.0)
    found = dict(zip(PROPERTIES, properties(members(bank)).T, strict=True))
    assert found["share"].tolist() == [0, 0.5, 0.5, 0.5, 0.5, 0]
    assert found["damped"].tolist() == [0, 1, 0, 1, 0, 0]
    assert found["line"].tolist() == [0, 0, 0, 1, 1, 0]
    assert found["holt_undamped"].tolist() == [0, 0, 0, 0, 0, 1]
    assert found["holt_alpha"][-1] == pytest.approx(0.4)


def test_likelihood_has_floors() -> None:
    fits = Fits(np.array([[8.0], [0.0]]), np.zeros((2, 1)), np.zeros((2, 1)))
    found = likelihood(fits, np.array([4.0]), np.array([0.0]), FLAT)
    # mean squares 2 and 0, floor 0.05·1
    assert found[:, 0] == pytest.approx([-2 * np.log(2.05), -2 * np.log(0.05)])
    noisy = likelihood(fits, np.array([4.0]), np.array([1.0]), FLAT)
    assert noisy[1, 0] == pytest.approx(-2 * np.log(0.25))


def test_weights_sum_to_one_and_follow_prior_and_fit() -> None:
    bank = make_bank((0.5, 1.0), (), (), ((), (), ()), 1.0)
    kinds = members(bank)
    held = properties(kinds)
    scores, seen = np.array([[0.0], [np.log(3.0)]]), np.array([12.0])
    traits = np.zeros((1, len(FEATURES)))
    traits[0, 0] = 1
    flat = learned_weights(scores, seen, traits, FLAT, kinds, held)
    assert flat[:, 0] == pytest.approx([0.25, 0.75])
    cold = dataclasses.replace(FLAT, temperature=0.5, lengthening=1.0)
    longer = learned_weights(scores, np.array([24.0]), traits, cold, kinds, held)
    assert longer[:, 0] == pytest.approx([0.25, 0.75])  # 0.5·(24/12)¹ = 1
    steered = np.zeros(FLAT.coefficients.shape)
    steered[0, PROPERTIES.index("alpha")] = np.log(3.0) / 0.5
    even = dataclasses.replace(FLAT, coefficients=-steered)
    assert learned_weights(scores, seen, traits, even, kinds, held)[:, 0] == pytest.approx([0.5, 0.5])


def test_the_average_mixes_levels_and_damped_slopes() -> None:
    bank = make_bank((1.0,), (1.0,), (0.5, 1.0), ((), (), ()), 1.0)
    kinds = members(bank)  # level; least squares damped, undamped; line damped, undamped
    fits = Fits(
        np.array([[4.0], [2.0], [0.0]]), np.array([[10.0], [20.0], [0.0]]), np.array([[0.0], [8.0], [0.0]])
    )
    weights = np.array([[0.5], [0.25], [0.25], [0.0], [0.0]])
    point, sse = averaged(fits, weights, kinds, 2)
    assert point[0] == pytest.approx([15 + 0.25 * 4 + 0.25 * 8, 15 + 0.25 * 6 + 0.25 * 16])
    assert sse == pytest.approx([3.0])


def test_the_last_column_is_the_same_alone_and_rolled() -> None:
    z = np.random.default_rng(2).normal(0, 1, (5, 8)).cumsum(axis=1)
    z[2, 6:] = NAN
    z[3, 3] = NAN
    rolled, single = blend(z, every=True), blend(z)
    last = np.array([7, 7, 5, 7, 7])
    rows = np.arange(5)
    assert single.learned[:, 0] == pytest.approx(rolled.learned[rows, last])
    assert single.theta[:, 0] == pytest.approx(rolled.theta[rows, last])
    assert single.sse[:, 0] == pytest.approx(rolled.sse[rows, last])


def test_the_bits_of_a_row_do_not_depend_on_its_neighbours() -> None:
    generator = np.random.default_rng(3)
    z = generator.normal(0, 1, (BLOCK + 30, 12)).cumsum(axis=1)
    for row in range(0, len(z), 3):
        z[row, generator.integers(4, 12) :] = NAN
    z[::7, 2] = NAN
    whole = blend(z)
    for rows in (slice(0, 1), slice(5, 9), slice(BLOCK - 3, BLOCK + 30)):
        part = blend(z[rows])
        assert part.learned.tobytes() == whole.learned[rows].tobytes()
        assert part.theta.tobytes() == whole.theta[rows].tobytes()


def test_the_theta_bank_follows_a_trend_and_the_shipped_prior_shrinks_noise() -> None:
    line = np.arange(15.0)[None, :] * 2 + 30
    assert blend(line).theta[0, 0] == pytest.approx([60, 62, 64], abs=1.5)
    counts = np.random.default_rng(5).poisson(25, (200, 10)).astype(float)
    z, one = 2 * np.sqrt(counts + 0.375), np.ones(200)
    found = blend_rows(counts, z, one, one > 0, BANK, GATE, 3, every=False)
    truth = 2 * np.sqrt(25.0)
    assert np.abs(found.learned[:, 0, 2] - truth).mean() < 0.7 * np.abs(z[:, -1] - truth).mean()
