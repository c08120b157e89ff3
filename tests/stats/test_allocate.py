"""Shares of the district: figures where there are some, the corrected proxy elsewhere, honest spread."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.stats.allocate import district_shares, left_out_shares

NAN = float("nan")


def test_one_checked_trade_by_hand() -> None:
    mean, sd, shared = district_shares(
        np.array([40.0, NAN]), np.array([200.0, 90.0]), np.array([0.25, 0.10]), least_sd=0.05
    )
    noise, tau2 = 1 / 40 + 1 / 200, 0.05**2
    error2 = noise + tau2  # of the only measured factor, log(0.8)
    assert np.exp(mean) == pytest.approx([0.20, 0.08])
    keep = tau2 / (tau2 + noise)
    assert sd[0] == pytest.approx(np.sqrt(keep * noise + (1 - keep) ** 2 * error2))
    assert sd[1] == pytest.approx(np.sqrt(tau2 + error2))
    assert shared == pytest.approx([(1 - keep) * np.sqrt(error2), np.sqrt(error2)])


def test_large_figures_speak_for_themselves_and_small_ones_lean_on_the_proxy() -> None:
    district = np.array([4000.0, 2.0, 900.0, 2000.0])
    land = np.array([10_000.0, 10.0, 5000.0, 5000.0])
    mean, sd, _ = district_shares(district, land, np.full(4, 0.3))
    share = np.exp(mean)
    assert share[0] == pytest.approx(0.4, rel=0.01)
    assert share[2] == pytest.approx(0.18, rel=0.02)
    assert 0.2 < share[1] < 0.3
    assert sd[0] < sd[2] < sd[1]


def test_trades_without_figure_have_the_wide_spread_that_was_measured() -> None:
    generator = np.random.default_rng(8)
    land = np.full(4000, 2000.0)
    proxy = generator.uniform(0.1, 0.4, 4000)
    true_share = proxy * np.exp(generator.normal(0.2, 0.3, 4000))
    district = generator.poisson(true_share * land).astype(float)
    district[2000:] = NAN
    mean, sd, _ = district_shares(district, land, proxy)
    z = (np.log(true_share) - mean) / sd
    assert sd[3000] == pytest.approx(0.3, abs=0.04)
    assert np.mean(np.abs(z[2000:]) < 1.96) == pytest.approx(0.95, abs=0.02)
    assert np.mean(np.abs(z[:2000]) < 1.96) == pytest.approx(0.95, abs=0.03)


def test_zero_in_the_district_stays_finite() -> None:
    mean, sd, _ = district_shares(np.array([0.0, 30.0]), np.array([50.0, 100.0]), np.array([0.2, 0.3]))
    assert np.isfinite(mean).all()
    assert sd[0] > sd[1]


def test_without_any_figure_the_proxy_stands_and_the_spread_is_unknown() -> None:
    mean, sd, _ = district_shares(np.array([NAN]), np.array([100.0]), np.array([0.25]))
    assert np.exp(mean) == pytest.approx([0.25])
    assert np.isnan(sd).all()


def test_figures_without_proxy_stand_alone_and_nothing_is_nothing() -> None:
    mean, sd, _ = district_shares(
        np.array([10.0, NAN, 20.0]), np.array([100.0, 100.0, 80.0]), np.array([NAN, NAN, 0.5])
    )
    assert np.exp(mean[0]) == pytest.approx(0.1)
    assert sd[0] == pytest.approx(np.sqrt(1 / 10 + 1 / 100))
    assert np.isnan(mean[1])
    assert np.isnan(sd[1])


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="same length"):
        district_shares(np.array([1.0]), np.array([1.0]), np.array([0.0]))
    with pytest.raises(ValueError, match="same length"):
        district_shares(np.array([1.0, 2.0]), np.array([1.0]), np.array([0.5]))


def test_a_share_left_out_is_estimated_from_the_others() -> None:
    """The estimate of each is that of a panel without its figure, with its noise on top."""
    district, land = np.array([40.0, 66.0, NAN, 9.0]), np.array([200.0, 250.0, 90.0, 60.0])
    proxy = np.array([0.25, 0.2, 0.3, 0.2])
    mean, spread = left_out_shares(district, land, proxy)
    for row in (0, 1, 3):
        hidden = district.copy()
        hidden[row] = NAN
        estimate, sd, _ = district_shares(hidden, land, proxy)
        assert mean[row] == estimate[row]
        assert spread[row] == pytest.approx(np.sqrt(sd[row] ** 2 + 1 / district[row] + 1 / land[row]))
    assert np.isnan(mean[2])
    assert np.isnan(spread[2])


def test_a_single_published_share_leaves_nothing_to_learn_from() -> None:
    mean, spread = left_out_shares(np.array([40.0, NAN]), np.array([200.0, 90.0]), np.array([0.25, 0.2]))
    assert np.isnan(mean).all()
    assert np.isnan(spread).all()
